/* What several pages show: states, times, lists of forms and pushes. */
#pragma once

#include "dingsim/html.h"

/* A word of DingTalk's and how it is shown. */
struct word {
	const char *code, *english, *chinese, *tone;
};

/* The word of that code in a table that ends with {NULL, …}; that last one when there is none. */
const struct word *view_word(const struct word *words, const char *code);
void view_tag(struct page *p, const struct word *words, const char *code);

/* "2026-04-16 15:34:37" in Beijing; "" for 0. */
const char *view_time(struct page *p, int64_t ms);
/* "1 d 2 h 3 min 4 s" without the zeros; milliseconds only when it is less than a second. */
const char *view_duration(struct page *p, int64_t ms);
const char *view_number(struct page *p, int64_t number);

/* The person's name, for one who left with a word on it; the id of somebody unknown. */
[[nodiscard]] bool view_name(struct page *p, const char *userid, const char **out, struct err *e);
[[nodiscard]] bool view_union_name(struct page *p, const char *unionid, const char **out,
				   struct err *e);

/* A value of an instance's form as people read it. */
[[nodiscard]] bool view_value(struct page *p, const struct json *value, struct err *e);

/* How an instance stands, as a tag. */
void view_state(struct page *p, const struct instance *i);

/* Instances as a list of links; user is who looks, "" nobody. */
[[nodiscard]] bool view_tasks(struct page *p, const struct task *tasks, const char *user,
			      struct err *e);
void view_instances(struct page *p, const struct instance *i, const char *user);

struct tab {
	const char *path, *english, *chinese;
};
/* Links beside each other; the one of the present path is marked. query goes behind the '?'. Ends
 * with {0}. */
void view_tabs(struct page *p, const struct tab *tabs, const char *query);

/* The newest pushes of an instance, or of an app, or of all. */
[[nodiscard]] bool view_pushes(struct page *p, const char *instance, const char *client_id,
			       struct err *e);
