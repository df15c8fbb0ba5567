/* The window's widgets: shows a page, asks for nothing, decides nothing. The only place for GTK but app.c. */
#pragma once

#include <adwaita.h>

#include "window/page.h"

struct view;

/* The person has pressed, or typed, something. package: of the page's or the fact's. */
typedef void view_act_fn(void *arg, enum act act, const char *package);

/* The spoken way of an approval, as the keeper tells it. */
struct view_code {
	const char *device_code; /* NULL: no code is on this computer */
	int64_t index;
	int64_t left; /* tries before a pause; -1: not known */
	int64_t wait_ms;
};

[[nodiscard]] struct view *view_new(GtkApplication *application, view_act_fn *on_act, void *arg);
void view_free(struct view *v); /* after its window is gone; accepts NULL */

void view_present(struct view *v);
bool view_is_open(const struct view *v); /* false once its window is closed */

/*
 * Makes the window show this page; what the person has typed stays as long as its form is on the page. trouble:
 * what went wrong last, or NULL. busy: an answer is waited for.
 */
void view_show(struct view *v, const struct page *page, const char *trouble, bool busy);

/* The offline page's own part. */
void view_show_code(struct view *v, const struct view_code *code);

/* Which commands of the menu are there. */
void view_menu(struct view *v, bool offline, bool take_over, bool sign_out);

/* A passing note. */
void view_note(struct view *v, const char *text);

/* Asks before act is done. */
void view_confirm(struct view *v, const char *title, const char *text, const char *label,
		  enum act act);

/* A file that the person chooses is put into the field for a pasted approval, as if it were pasted. */
void view_choose_file(struct view *v);

void view_copy(struct view *v, const char *text);
void view_open(struct view *v, const char *address);
void view_close(struct view *v);

/* What was typed; given to g_free. Forgetting empties the forms. */
[[nodiscard]] char *view_reason(const struct view *v);
[[nodiscard]] char *view_code_typed(const struct view *v);
[[nodiscard]] char *view_grant_typed(const struct view *v);
void view_forget(struct view *v);
