/* The frame of dingsim's pages: language, headers, escaping. */
#pragma once

#include "dingsim/call.h"

struct page {
	struct call *c;
	bool chinese;
	const char *lang; /* "lang=zh&amp;" or "": goes behind the '?' of every link */
};

/* Language: ?lang=zh or en, else Accept-Language, else English. Sets the headers and writes the
 * head and the page's top. form_target, NULL for none, is an origin that a form of the page may
 * be redirected to. */
struct page page_open(struct call *c, const char *english, const char *chinese,
		      const char *form_target);
void page_close(struct page *p);
bool page_chinese(struct call *c);

/* A fault in the reader's language: false, and the form is shown again with it. */
bool page_refuse(struct call *c, struct err *e, const char *english, const char *chinese);

/* The text of the page's language. */
const char *page_text(const struct page *p, const char *english, const char *chinese);

/* Appends; fmt is a literal of our own HTML, every %s in it is a text and gets escaped. Only %s is
 * known. */
void html(struct page *p, const char *fmt, ...) PRINTF(2, 3);

/* The same for a text in the page's language: a literal each, both with the same %s. */
#define html_both(p, en, zh, ...)                                \
	((p)->chinese ? html((p), zh __VA_OPT__(, ) __VA_ARGS__) \
		      : html((p), en __VA_OPT__(, ) __VA_ARGS__))

/* The same as a text of its own; any printf formats. */
#define page_printf(p, en, zh, ...)                                                       \
	((p)->chinese ? arena_printf((p)->c->store.arena, (zh)__VA_OPT__(, ) __VA_ARGS__) \
		      : arena_printf((p)->c->store.arena, (en)__VA_OPT__(, ) __VA_ARGS__))

/* <a href="path?language: the caller goes on with the query, '">', text and </a>. */
void html_link(struct page *p, const char *path);
/* <form> that posts to path with the language and this query. */
void html_form(struct page *p, const char *path, const char *query);
void html_heading(struct page *p, const char *english, const char *chinese);
void html_nothing(struct page *p, const char *english, const char *chinese);
void html_hidden(struct page *p, const char *name, const char *value);
/* A button that sends do=act; tone is go, stop, small or "". */
void html_button(struct page *p, const char *tone, const char *act, const char *label);

struct field {
	const char *name, *label, *value, *placeholder;
	const char *type; /* of an input, or area, or person (see people.h); NULL: text */
	const char *list; /* the id of suggestions, NULL: none */
	const char *id;   /* NULL: made of the name, which is there once then */
	bool required;
};
void html_field(struct page *p, const struct field *f);
void html_check(struct page *p, const char *name, const char *label, bool on);
void html_option(struct page *p, const char *value, const char *label, const char *chosen);

/* A page that says what went wrong. Does not touch the answer's status. */
void html_error(struct call *c, const char *text);

/* 303 to the page at path with this query ("" none), in the present language. */
void html_redirect(struct call *c, const char *path, const char *query);
