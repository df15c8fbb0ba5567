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

struct option {
	struct option *next;
	const char *value;
	const char *key; /* as extValue says it */
	bool own_key;    /* the form gave the key; else it is option_0, option_1… */
};

struct control {
	struct control *next;
	const char *type, *id, *label;
	const char *alias, *placeholder, *unit, *content; /* NULL: none */
	const char *format;                               /* of a date, NULL: yyyy-MM-dd */
	struct option *options;                           /* of a select */
	bool required;
	struct control *children; /* of a TableField */
};

/* The controls of a form's components. ERR_INVALID names the one that is wrong: an unknown type, no
 * id or label, the same label twice, a select without options. An option is a text, or an object with
 * value and key. The kits (DDBizSuite: leave, overtime, payment…) may stand in a form, and as in
 * DingTalk nobody can file one through the interface. */
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
