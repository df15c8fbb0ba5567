/*
 * A form's controls as fields of a page, and what was typed there as DingTalk's form values.
 */
#pragma once

#include "dingsim/form.h"
#include "dingsim/html.h"

/* The field's name is name, or begins with it where a control needs several. */
[[nodiscard]] bool control_put(struct page *p, const struct control *control, const char *name,
			       struct err *e);

/* Fills in the control's fields with a value, as control_read gives it. */
[[nodiscard]] bool control_fill(struct call *c, const struct control *control, const char *name,
				const char *value, struct err *e);

/* The value as a create takes it, "" when nothing was typed. */
[[nodiscard]] bool control_read(struct call *c, const struct control *control, const char *name,
				const char **out, struct err *e);
