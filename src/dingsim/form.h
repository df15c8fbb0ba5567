/*
 * A form's controls, and whether submitted values fit them. Every value is a text; what must be in
 * it depends on the control's type.
 */
#pragma once

#include "dingsim/store.h"
#include "json/json.h"

#define FORM_MAX_CONTROLS 200
#define FORM_MAX_VALUES 150
#define FORM_MAX_TEXT 65535 /* characters of a value */

struct control {
	struct control *next;
	const char *type, *id, *label, *alias, *placeholder;
	const char *format;         /* of a date, NULL: yyyy-MM-dd */
	const struct json *options; /* array of texts, NULL: none */
	bool required;
	struct control *children; /* of a TableField */
};

/* The controls of a form's components. ERR_INVALID names the one that is wrong: an unknown type, no
 * id or label, the same label twice, a select without options. */
[[nodiscard]] bool form_controls(struct arena *a, const struct json *components,
				 struct control **out, struct err *e);

struct form_fault {
	const char *code;  /* formConverterError or illegalComponent */
	const char *label; /* the control, or what was given as its name */
};

/*
 * Checks formComponentValues and gives them as DingTalk reads them back: a JSON array in the form's
 * order. false with fault->code: the values are wrong; false without: e says what failed.
 */
[[nodiscard]] bool form_values(struct store *s, const struct control *controls,
			       const struct json *values, const char **out,
			       struct form_fault *fault, struct err *e);
