/*
 * A form as the OA admin console's editor has it: read from a stored form or from what the editor
 * sent, changed by its buttons, and written back as a stored form once it is published.
 */
#pragma once

#include "dingsim/form.h"
#include "dingsim/html.h"

#define DRAFT_CONTROLS 100
#define DRAFT_STEPS 20

struct draft_control {
	const char *type, *id, *label, *placeholder, *format;
	const char *options; /* one a line: of a select its options, of a table its columns */
	bool required;
};

struct draft_step {
	bool selected;      /* by whoever initiates the form */
	const char *key;    /* of a selected one, "" when it is new */
	const char *method; /* AND or OR */
	const char *people; /* JSON array, of a stored form */
	const char *when;   /* the title of the select it depends on, "" none */
	const char *values; /* one a line: of that select, with any of which it is gone through */
	int sent;           /* which step it was in what was sent: where its people are */
};

struct draft {
	const struct form *stored; /* NULL: a new form */
	const char *name, *description, *category, *departments;
	bool allow_withdraw, allow_revoke, automatic;
	const char *cc_position;
	struct draft_control controls[DRAFT_CONTROLS];
	int control_count;
	struct draft_step steps[DRAFT_STEPS];
	int step_count;
};

extern const char *const draft_types[]; /* of controls, NULL at the end */

/* form NULL: a new one. */
[[nodiscard]] bool draft_read(struct call *c, const struct form *form, struct draft *out,
			      struct err *e);

/* The editor's buttons: "add", "drop3", "up3", "step", "unstep2"; anything else does nothing. */
void draft_change(struct draft *d, const char *act);

/* Everything checked and saved as published. */
[[nodiscard]] bool draft_publish(struct call *c, const struct draft *d, struct err *e);
