/* The two pages on which a person types: the reason for filing, and approvals that come without a connection. */
#pragma once

#include "window/view.h"

#define FORM_REASON_MAX 500

/* Widgets that stay while pages around them change. */
struct reason_form {
	GtkWidget *root;
	GtkTextView *field;
	GtkLabel *counter;
	GtkWidget *send; /* the page's button for it, or NULL */
};

struct offline_form {
	GtkWidget *root;
	GtkWidget *spoken, *none; /* the part for the code; the other says that there is none */
	GtkLabel *device, *index, *left;
	GtkPicture *qr;
	GtkEditable *code;
	GtkWidget *use;
	GtkEditable *grant;
	GtkWidget *import;
	bool blocked;
};

/* pressed: what a button with an act and a package does when it is clicked. */
typedef GtkWidget *form_button_fn(struct view *v, const char *label, enum act act);

void reason_form_init(struct reason_form *f);
/* The button that sends is only there for a reason that can be filed. */
void reason_form_check(struct reason_form *f);
[[nodiscard]] char *reason_form_text(const struct reason_form *f); /* trimmed; for g_free */

void offline_form_init(struct offline_form *f, struct view *v, form_button_fn *button);
void offline_form_show(struct offline_form *f, const struct view_code *code);

/* A label that wraps, at the start of the line. */
GtkWidget *form_label(const char *text, const char *css_class);
