/* What the developer console's pages share. */
#pragma once

#include "dingsim/view.h"

void page_app_title(struct page *p, const struct app *app);
/* The app's name and the links between its pages. */
void page_app_tabs(struct page *p, const struct app *app);

/* A stored JSON array of texts, one a line; and lines as such an array. */
[[nodiscard]] bool page_app_lines(struct call *c, const char *list, const char **out,
				  struct err *e);
void page_app_put_lines(struct call *c, struct json_writer *w, const char *key, const char *text);
