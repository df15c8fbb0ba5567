#include "window/form.h"

#include <glib/gi18n.h>

#include "base/text.h"
#include "window/picture.h"

#define CODE_WIDTH 24 /* characters of a spoken code with its groups */

GtkWidget *form_label(const char *text, const char *css_class)
{
	GtkWidget *label = gtk_label_new(text);

	gtk_label_set_wrap(GTK_LABEL(label), TRUE);
	gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
	gtk_label_set_xalign(GTK_LABEL(label), 0);
	if (css_class)
		gtk_widget_add_css_class(label, css_class);
	return label;
}

/* The label of a field, whose mnemonic leads to it. */
static GtkWidget *field_label(const char *text, GtkWidget *field)
{
	GtkWidget *label = form_label(NULL, "heading");

	gtk_label_set_text_with_mnemonic(GTK_LABEL(label), text);
	gtk_label_set_mnemonic_widget(GTK_LABEL(label), field);
	return label;
}

static GtkWidget *box_new(int spacing)
{
	return gtk_box_new(GTK_ORIENTATION_VERTICAL, spacing);
}

static void add(GtkWidget *box, GtkWidget *child)
{
	gtk_box_append(GTK_BOX(box), child);
}

/* --- the reason --------------------------------------------------------------------------------------- */

char *reason_form_text(const struct reason_form *f)
{
	GtkTextBuffer *buffer = gtk_text_view_get_buffer(f->field);
	g_autofree char *text = NULL;
	GtkTextIter from, to;

	gtk_text_buffer_get_bounds(buffer, &from, &to);
	text = gtk_text_buffer_get_text(buffer, &from, &to, FALSE);
	return g_strdup(text_trim(text));
}

void reason_form_check(struct reason_form *f)
{
	g_autofree char *text = reason_form_text(f);
	size_t n = text_length(text);
	g_autofree char *count = g_strdup_printf(_("%zu of %d characters"), n, FORM_REASON_MAX);

	gtk_label_set_text(f->counter, count);
	if (n > FORM_REASON_MAX)
		gtk_widget_add_css_class(GTK_WIDGET(f->counter), "error");
	else
		gtk_widget_remove_css_class(GTK_WIDGET(f->counter), "error");
	if (f->send)
		gtk_widget_set_sensitive(f->send, n && n <= FORM_REASON_MAX);
}

static void on_reason_changed([[maybe_unused]] GtkTextBuffer *buffer, gpointer arg)
{
	reason_form_check(arg);
}

void reason_form_init(struct reason_form *f)
{
	GtkWidget *field = gtk_text_view_new();
	GtkWidget *scrolled = gtk_scrolled_window_new();

	f->root = g_object_ref_sink(box_new(6));
	f->field = GTK_TEXT_VIEW(field);
	gtk_text_view_set_wrap_mode(f->field, GTK_WRAP_WORD_CHAR);
	/* Tab leads on; a reason needs none. */
	gtk_text_view_set_accepts_tab(f->field, FALSE);
	gtk_text_view_set_left_margin(f->field, 9);
	gtk_text_view_set_right_margin(f->field, 9);
	gtk_text_view_set_top_margin(f->field, 9);
	gtk_text_view_set_bottom_margin(f->field, 9);
	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scrolled), field);
	gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(scrolled), 110);
	gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_NEVER,
				       GTK_POLICY_AUTOMATIC);
	gtk_widget_add_css_class(scrolled, "card");
	gtk_widget_set_overflow(scrolled, GTK_OVERFLOW_HIDDEN);
	f->counter = GTK_LABEL(form_label(NULL, "caption"));
	gtk_label_set_xalign(f->counter, 1);
	add(f->root, field_label(_("_Reason for filing"), field));
	add(f->root, scrolled);
	add(f->root, GTK_WIDGET(f->counter));
	g_signal_connect(gtk_text_view_get_buffer(f->field), "changed",
			 G_CALLBACK(on_reason_changed), f);
	reason_form_check(f);
}

/* --- without a connection ------------------------------------------------------------------------------ */

static void check_offline(struct offline_form *f)
{
	g_autofree char *code = g_strdup(gtk_editable_get_text(f->code));
	g_autofree char *grant = g_strdup(gtk_editable_get_text(f->grant));

	gtk_widget_set_sensitive(f->use, *text_trim(code) && !f->blocked);
	gtk_widget_set_sensitive(f->import, *text_trim(grant));
}

static void on_typed([[maybe_unused]] GtkEditable *editable, gpointer arg)
{
	check_offline(arg);
}

/* Enter in a field does what its button does. */
static void on_entered([[maybe_unused]] GtkEntry *entry, gpointer button)
{
	(void)gtk_widget_activate(button);
}

static GtkEditable *entry_new(struct offline_form *f, GtkWidget *button)
{
	GtkWidget *entry = gtk_entry_new();

	gtk_widget_set_hexpand(entry, TRUE);
	g_signal_connect(entry, "changed", G_CALLBACK(on_typed), f);
	g_signal_connect(entry, "activate", G_CALLBACK(on_entered), button);
	return GTK_EDITABLE(entry);
}

/* What is read out, large, beside its name. */
static GtkLabel *read_out(GtkWidget *grid, int row, const char *name)
{
	GtkWidget *value = form_label(NULL, "code");

	gtk_label_set_selectable(GTK_LABEL(value), TRUE);
	gtk_grid_attach(GTK_GRID(grid), form_label(name, "dim-label"), 0, row, 1, 1);
	gtk_grid_attach(GTK_GRID(grid), value, 1, row, 1, 1);
	return GTK_LABEL(value);
}

static GtkWidget *read_out_part(struct offline_form *f)
{
	GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
	GtkWidget *grid = gtk_grid_new();

	gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
	gtk_grid_set_row_spacing(GTK_GRID(grid), 6);
	gtk_widget_set_hexpand(grid, TRUE);
	gtk_widget_set_valign(grid, GTK_ALIGN_CENTER);
	f->device = read_out(grid, 0, _("Device"));
	f->index = read_out(grid, 1, _("Number"));
	f->qr = GTK_PICTURE(picture_new());
	add(row, grid);
	add(row, GTK_WIDGET(f->qr));
	return row;
}

static void spoken_part(struct offline_form *f, struct view *v, form_button_fn *button)
{
	GtkWidget *code;

	f->spoken = box_new(9);
	f->use = button(v, _("_Use the Code"), ACT_CODE);
	f->code = entry_new(f, f->use);
	code = GTK_WIDGET(f->code);
	gtk_editable_set_max_width_chars(f->code, CODE_WIDTH);
	gtk_entry_set_input_hints(GTK_ENTRY(code),
				  GTK_INPUT_HINT_NO_SPELLCHECK | GTK_INPUT_HINT_UPPERCASE_CHARS);
	f->left = GTK_LABEL(form_label(NULL, "caption"));
	add(f->spoken, form_label(_("By telephone"), "title-4"));
	add(f->spoken, form_label(_("Read these two out to your administrator, then type the code "
				    "that you are told."),
				  NULL));
	add(f->spoken, read_out_part(f));
	add(f->spoken, field_label(_("Co_de"), code));
	add(f->spoken, code);
	add(f->spoken, GTK_WIDGET(f->left));
	add(f->spoken, f->use);
}

static GtkWidget *carried_part(struct offline_form *f, struct view *v, form_button_fn *button)
{
	GtkWidget *part = box_new(9);
	GtkWidget *grant;

	f->import = button(v, _("_Import"), ACT_IMPORT_TEXT);
	f->grant = entry_new(f, f->import);
	grant = GTK_WIDGET(f->grant);
	add(part, form_label(_("As a file or a message"), "title-4"));
	add(part,
	    form_label(_("Open the file that your administrator gave you, or paste the text."),
		       NULL));
	add(part, button(v, _("_Open a File…"), ACT_IMPORT_FILE));
	add(part, field_label(_("_Pasted approval"), grant));
	add(part, grant);
	add(part, f->import);
	return part;
}

void offline_form_init(struct offline_form *f, struct view *v, form_button_fn *button)
{
	f->root = g_object_ref_sink(box_new(24));
	spoken_part(f, v, button);
	f->none = form_label(_("No offline code is on this computer. It gets new ones when it "
			       "reaches the server."),
			     NULL);
	add(f->root, f->spoken);
	add(f->root, f->none);
	add(f->root, carried_part(f, v, button));
	check_offline(f);
}

static char *tries_left(const struct view_code *code)
{
	int64_t seconds = (code->wait_ms + 999) / 1000;

	if (code->wait_ms > 0)
		return g_strdup_printf(
		    _("Too many wrong codes were entered. The next can be tried in "
		      "%d:%02d minutes."),
		    (int)(seconds / 60), (int)(seconds % 60));
	if (code->left < 0)
		return g_strdup("");
	return g_strdup_printf(ngettext("%d try left before a pause",
					"%d tries left before a pause", (unsigned long)code->left),
			       (int)code->left);
}

void offline_form_show(struct offline_form *f, const struct view_code *code)
{
	gtk_widget_set_visible(f->spoken, code->device_code != NULL);
	gtk_widget_set_visible(f->none, !code->device_code);
	if (!code->device_code)
		return;
	g_autofree char *index = g_strdup_printf("%d", (int)code->index);
	g_autofree char *left = tries_left(code);
	g_autofree char *both = g_strdup_printf("%s %s", code->device_code, index);

	gtk_label_set_text(f->device, code->device_code);
	gtk_label_set_text(f->index, index);
	gtk_label_set_text(f->left, left);
	picture_show_qr(f->qr, both, _("QR code of the device and the number"));
	f->blocked = code->wait_ms > 0;
	check_offline(f);
}
