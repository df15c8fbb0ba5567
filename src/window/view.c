#include "window/view.h"

#include <glib/gi18n.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/text.h"
#include "window/form.h"
#include "window/picture.h"

#define WIDTH 480
#define HEIGHT 640
#define CONTENT_WIDTH 440
#define MARGIN 24
#define PULSE_MS 120
/* What a frame can carry, with room for the command around it. */
#define GRANT_MAX 60000

struct view {
	GtkWindow *window; /* NULL once it is closed */
	AdwToastOverlay *toasts;
	GtkWidget *scrolled, *content; /* of the page; made anew when the page changes */
	GtkWidget *heading, *buttons;  /* in content */
	GtkProgressBar *bar;           /* in content, or NULL */
	guint pulse;
	struct reason_form reason;
	struct offline_form offline;
	view_act_fn *on_act;
	void *arg;
	enum page_kind kind;
	enum act escape;
	char *shown; /* what page_print says of the page that is there */
};

static const char style[] =
    ".code { font-family: monospace; font-size: 1.35em; font-weight: bold; }\n"
    ".quote { font-family: monospace; padding: 9px; }\n"
    ".page-icon { -gtk-icon-size: 56px; }\n"
    ".qr { border-radius: 9px; }\n"
    ".facts > row { padding: 8px 12px; }\n"
    "box.announce:focus { outline: none; }\n";

/* --- small parts -------------------------------------------------------------------------------------- */

static void add(GtkWidget *box, GtkWidget *child)
{
	gtk_box_append(GTK_BOX(box), child);
}

static void set_name(GtkWidget *widget, const char *name)
{
	gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
				       -1);
}

static void on_button(GtkButton *button, gpointer arg)
{
	struct view *v = arg;
	enum act act = GPOINTER_TO_INT(g_object_get_data(G_OBJECT(button), "act"));
	g_autofree char *package = g_strdup(g_object_get_data(G_OBJECT(button), "package"));

	v->on_act(v->arg, act, package);
}

static GtkWidget *button_with(struct view *v, GtkWidget *label, enum act act, const char *package)
{
	GtkWidget *button = gtk_button_new();

	gtk_label_set_wrap(GTK_LABEL(label), TRUE);
	gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
	gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
	gtk_button_set_child(GTK_BUTTON(button), label);
	/* With the label beside its own mnemonic a reader would say the name twice. */
	gtk_accessible_update_relation(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_RELATION_LABELLED_BY,
				       label, NULL, -1);
	g_object_set_data(G_OBJECT(button), "act", GINT_TO_POINTER(act));
	g_object_set_data_full(G_OBJECT(button), "package", g_strdup(package), g_free);
	g_signal_connect(button, "clicked", G_CALLBACK(on_button), v);
	return button;
}

static GtkWidget *button_new(struct view *v, const char *text, enum act act)
{
	return button_with(v, gtk_label_new_with_mnemonic(text), act, NULL);
}

/* --- the page ----------------------------------------------------------------------------------------- */

static GtkWidget *centred(const char *text, const char *css_class)
{
	GtkWidget *label = form_label(text, css_class);

	gtk_label_set_xalign(GTK_LABEL(label), 0.5f);
	gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
	return label;
}

/* Takes the focus when the page changes, so that a screen reader says what has happened. */
static GtkWidget *heading_new(const struct page *page, const char *trouble)
{
	g_autofree char *all = g_strjoin("\n", page->title, page->text ? page->text : trouble,
					 page->text ? trouble : NULL, NULL);
	GtkWidget *box =
	    g_object_new(GTK_TYPE_BOX, "orientation", GTK_ORIENTATION_VERTICAL, "spacing", 9,
			 "focusable", TRUE, "accessible-role", GTK_ACCESSIBLE_ROLE_ALERT, NULL);
	GtkWidget *icon = g_object_new(GTK_TYPE_IMAGE, "icon-name", page->icon, "accessible-role",
				       GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);

	gtk_widget_add_css_class(box, "announce");
	gtk_widget_add_css_class(icon, "page-icon");
	gtk_widget_add_css_class(icon, "dim-label");
	add(box, icon);
	add(box, centred(page->title, "title-2"));
	if (page->text)
		add(box, centred(page->text, NULL));
	if (trouble)
		add(box, centred(trouble, "error"));
	set_name(box, all);
	return box;
}

static GtkWidget *fact_new(struct view *v, const struct page_fact *fact)
{
	GtkWidget *row = gtk_list_box_row_new();
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
	GtkWidget *texts = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
	g_autofree char *name = *fact->name ? g_strdup_printf(_("%s: %s"), fact->name, fact->value)
					    : g_strdup(fact->value);

	if (*fact->name) {
		GtkWidget *label = form_label(fact->name, "caption");

		gtk_widget_add_css_class(label, "dim-label");
		add(texts, label);
	}
	add(texts, form_label(fact->value, NULL));
	gtk_widget_set_hexpand(texts, TRUE);
	gtk_widget_set_valign(texts, GTK_ALIGN_CENTER);
	add(box, texts);
	if (fact->package) {
		GtkWidget *button =
		    button_with(v, gtk_label_new(_("Uninstall…")), ACT_PROMPT, fact->package);
		g_autofree char *what = g_strdup_printf(_("Uninstall %s…"), fact->package);

		gtk_accessible_reset_relation(GTK_ACCESSIBLE(button),
					      GTK_ACCESSIBLE_RELATION_LABELLED_BY);
		set_name(button, what);
		gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
		add(box, button);
	}
	gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
	gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
	set_name(row, name);
	return row;
}

static void add_facts(struct view *v, const char *name, const struct page_facts *facts)
{
	GtkWidget *list;
	size_t i;

	if (!facts->count)
		return;
	list = gtk_list_box_new();
	gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
	gtk_widget_add_css_class(list, "boxed-list");
	gtk_widget_add_css_class(list, "facts");
	set_name(list, name);
	for (i = 0; i < facts->count; i++)
		gtk_list_box_append(GTK_LIST_BOX(list), fact_new(v, &facts->items[i]));
	add(v->content, list);
}

static void add_quote(struct view *v, const char *quote)
{
	GtkWidget *label = form_label(quote, "quote");

	gtk_label_set_selectable(GTK_LABEL(label), TRUE);
	gtk_widget_add_css_class(label, "card");
	add(v->content, label);
}

static gboolean on_pulse(gpointer arg)
{
	struct view *v = arg;

	gtk_progress_bar_pulse(v->bar);
	return G_SOURCE_CONTINUE;
}

static void add_progress(struct view *v, const struct page *page)
{
	GtkWidget *bar = gtk_progress_bar_new();

	v->bar = GTK_PROGRESS_BAR(bar);
	gtk_progress_bar_set_pulse_step(v->bar, 0.08);
	set_name(bar, page->title);
	add(v->content, bar);
	v->pulse = g_timeout_add(PULSE_MS, on_pulse, v);
}

static void add_qr(struct view *v, const char *text)
{
	GtkWidget *picture = picture_new();

	picture_show_qr(GTK_PICTURE(picture), text, _("QR code of the address"));
	add(v->content, picture);
}

static GtkWidget *page_button_new(struct view *v, const struct page *page,
				  const struct page_button *b)
{
	GtkWidget *label =
	    b->literal ? gtk_label_new(b->label) : gtk_label_new_with_mnemonic(b->label);
	GtkWidget *button = button_with(v, label, b->act, page->package);

	if (b->look == LOOK_FIRST)
		gtk_widget_add_css_class(button, "suggested-action");
	if (b->look == LOOK_GRAVE)
		gtk_widget_add_css_class(button, "destructive-action");
	gtk_widget_add_css_class(button, "pill");
	if (b->look == LOOK_FIRST)
		gtk_window_set_default_widget(v->window, button);
	if (b->act == ACT_FILE)
		v->reason.send = button;
	return button;
}

static void add_buttons(struct view *v, const struct page *page)
{
	size_t i;

	v->buttons = gtk_box_new(GTK_ORIENTATION_VERTICAL, 9);
	gtk_widget_set_halign(v->buttons, GTK_ALIGN_CENTER);
	for (i = 0; i < page->button_count; i++)
		add(v->buttons, page_button_new(v, page, &page->buttons[i]));
	gtk_widget_set_visible(v->buttons, page->button_count > 0);
	add(v->content, v->buttons);
}

/* The forms outlive the page that they are on. */
static void take_apart(struct view *v)
{
	if (v->pulse)
		(void)g_source_remove(v->pulse);
	v->pulse = 0;
	v->bar = NULL;
	v->reason.send = NULL;
	gtk_window_set_default_widget(v->window, NULL);
	if (gtk_widget_get_parent(v->reason.root))
		gtk_box_remove(GTK_BOX(v->content), v->reason.root);
	if (gtk_widget_get_parent(v->offline.root))
		gtk_box_remove(GTK_BOX(v->content), v->offline.root);
}

static void put_together(struct view *v, const struct page *page, const char *trouble)
{
	v->content = gtk_box_new(GTK_ORIENTATION_VERTICAL, 18);
	gtk_widget_set_margin_top(v->content, MARGIN);
	gtk_widget_set_margin_bottom(v->content, MARGIN);
	gtk_widget_set_margin_start(v->content, MARGIN / 2);
	gtk_widget_set_margin_end(v->content, MARGIN / 2);
	v->heading = heading_new(page, trouble);
	add(v->content, v->heading);
	if (page->progress)
		add_progress(v, page);
	if (page->quote)
		add_quote(v, page->quote);
	if (page->kind == PAGE_FILING)
		add(v->content, v->reason.root);
	if (page->kind == PAGE_OFFLINE)
		add(v->content, v->offline.root);
	add_buttons(v, page);
	add_facts(v, page->title, &page->about);
	if (page->qr)
		add_qr(v, page->qr);
	add_facts(v, _("This computer"), &page->computer);
}

/* The act of the button that has the focus; ACT_NONE: another widget has it. */
static enum act focused_act(const struct view *v)
{
	GtkWidget *focus = gtk_window_get_focus(v->window);

	return focus && GTK_IS_BUTTON(focus) && gtk_widget_is_ancestor(focus, v->buttons)
		   ? GPOINTER_TO_INT(g_object_get_data(G_OBJECT(focus), "act"))
		   : ACT_NONE;
}

static bool focus_button(struct view *v, enum act act)
{
	GtkWidget *button = gtk_widget_get_first_child(v->buttons);

	while (button && GPOINTER_TO_INT(g_object_get_data(G_OBJECT(button), "act")) != (int)act)
		button = gtk_widget_get_next_sibling(button);
	return act != ACT_NONE && button && gtk_widget_grab_focus(button);
}

static void place_focus(struct view *v, const struct page *page, enum act before, bool new_kind)
{
	if (page->kind == PAGE_FILING)
		(void)gtk_widget_grab_focus(GTK_WIDGET(v->reason.field));
	else if (new_kind || !focus_button(v, before))
		(void)gtk_widget_grab_focus(v->heading);
}

static char *print(const struct page *page, const char *trouble)
{
	AUTO(buf_done) struct buf out = {0};

	page_print(page, &out);
	return g_strdup_printf("%s%s", out.data, trouble ? trouble : "");
}

void view_show(struct view *v, const struct page *page, const char *trouble, bool busy)
{
	g_autofree char *shown = print(page, trouble);
	bool new_kind = !v->shown || page->kind != v->kind;
	enum act before;

	v->escape = page->escape;
	if (g_strcmp0(shown, v->shown)) {
		GtkAdjustment *scroll =
		    gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(v->scrolled));
		double at = new_kind ? 0 : gtk_adjustment_get_value(scroll);
		GtkWidget *clamp = adw_clamp_new();

		before = v->shown ? focused_act(v) : ACT_NONE;
		take_apart(v);
		put_together(v, page, trouble);
		adw_clamp_set_maximum_size(ADW_CLAMP(clamp), CONTENT_WIDTH);
		adw_clamp_set_child(ADW_CLAMP(clamp), v->content);
		gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(v->scrolled), clamp);
		place_focus(v, page, before, new_kind);
		gtk_adjustment_set_value(scroll, at);
		v->kind = page->kind;
		g_free(v->shown);
		v->shown = g_steal_pointer(&shown);
	}
	gtk_widget_set_sensitive(v->buttons, !busy);
	gtk_widget_set_sensitive(v->offline.root, !busy);
	if (v->reason.send)
		reason_form_check(&v->reason);
}

void view_show_code(struct view *v, const struct view_code *code)
{
	offline_form_show(&v->offline, code);
}

/* --- the window --------------------------------------------------------------------------------------- */

static const struct {
	const char *name, *label;
	enum act act;
} menu_items[] = {
    {"offline", N_("Approval _Without a Connection"), ACT_OFFLINE},
    {"take-over", N_("S_witch User…"), ACT_TAKE_OVER},
    {"sign-out", N_("_Sign Out…"), ACT_SIGN_OUT},
};

static void on_menu(GSimpleAction *action, [[maybe_unused]] GVariant *parameter, gpointer arg)
{
	struct view *v = arg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(menu_items); i++)
		if (!g_strcmp0(g_action_get_name(G_ACTION(action)), menu_items[i].name))
			v->on_act(v->arg, menu_items[i].act, NULL);
}

static void on_about([[maybe_unused]] GSimpleAction *action, [[maybe_unused]] GVariant *parameter,
		     gpointer arg)
{
	struct view *v = arg;

	adw_show_about_window(v->window, "application-name", "Holdfast", "application-icon",
			      "org.holdfast.Window", "version", HOLDFAST_VERSION, "comments",
			      _("Keeps your organisation's security software installed until its "
				"removal is approved."),
			      "license-type", GTK_LICENSE_APACHE_2_0, NULL);
}

static GtkWidget *menu_new(struct view *v)
{
	GtkWidget *button = gtk_menu_button_new();
	g_autoptr(GMenu) menu = g_menu_new();
	GSimpleAction *about = g_simple_action_new("about", NULL);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(menu_items); i++) {
		GSimpleAction *action = g_simple_action_new(menu_items[i].name, NULL);
		g_autofree char *name = g_strdup_printf("win.%s", menu_items[i].name);
		g_autoptr(GMenuItem) item = g_menu_item_new(_(menu_items[i].label), name);

		g_signal_connect(action, "activate", G_CALLBACK(on_menu), v);
		g_action_map_add_action(G_ACTION_MAP(v->window), G_ACTION(action));
		g_object_unref(action);
		g_menu_item_set_attribute(item, "hidden-when", "s", "action-disabled");
		g_menu_append_item(menu, item);
	}
	g_signal_connect(about, "activate", G_CALLBACK(on_about), v);
	g_action_map_add_action(G_ACTION_MAP(v->window), G_ACTION(about));
	g_object_unref(about);
	g_menu_append(menu, _("_About Holdfast"), "win.about");
	gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(button), "open-menu-symbolic");
	gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(button), G_MENU_MODEL(menu));
	gtk_menu_button_set_primary(GTK_MENU_BUTTON(button), TRUE);
	gtk_widget_set_tooltip_text(button, _("Menu"));
	set_name(button, _("Menu"));
	return button;
}

void view_menu(struct view *v, bool offline, bool take_over, bool sign_out)
{
	const bool there[] = {offline, take_over, sign_out};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(menu_items); i++)
		g_simple_action_set_enabled(G_SIMPLE_ACTION(g_action_map_lookup_action(
						G_ACTION_MAP(v->window), menu_items[i].name)),
					    there[i]);
}

static gboolean on_escape([[maybe_unused]] GtkWidget *widget, [[maybe_unused]] GVariant *arguments,
			  gpointer arg)
{
	struct view *v = arg;

	v->on_act(v->arg, v->escape, NULL);
	return TRUE;
}

static gboolean on_close_key([[maybe_unused]] GtkWidget *widget,
			     [[maybe_unused]] GVariant *arguments, gpointer arg)
{
	view_close(arg);
	return TRUE;
}

/* Ctrl+Enter, since Enter makes a new line in the reason. */
static gboolean on_send_key([[maybe_unused]] GtkWidget *widget,
			    [[maybe_unused]] GVariant *arguments, gpointer arg)
{
	struct view *v = arg;

	return v->reason.send && gtk_widget_activate(v->reason.send);
}

static void add_key(struct view *v, const char *key, GtkPropagationPhase phase, GtkShortcutFunc fn)
{
	GtkEventController *keys = gtk_shortcut_controller_new();

	gtk_event_controller_set_propagation_phase(keys, phase);
	gtk_shortcut_controller_add_shortcut(
	    GTK_SHORTCUT_CONTROLLER(keys), gtk_shortcut_new(gtk_shortcut_trigger_parse_string(key),
							    gtk_callback_action_new(fn, v, NULL)));
	gtk_widget_add_controller(GTK_WIDGET(v->window), keys);
}

static void load_style(void)
{
	g_autoptr(GtkCssProvider) provider = gtk_css_provider_new();

	gtk_css_provider_load_from_data(provider, style, -1);
	gtk_style_context_add_provider_for_display(gdk_display_get_default(),
						   GTK_STYLE_PROVIDER(provider),
						   GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

static void on_destroy([[maybe_unused]] GtkWidget *window, gpointer arg)
{
	struct view *v = arg;

	if (v->pulse)
		(void)g_source_remove(v->pulse);
	v->pulse = 0;
	v->window = NULL;
}

struct view *view_new(GtkApplication *application, view_act_fn *on_act, void *arg)
{
	struct view *v = mem_new(struct view);
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
	GtkWidget *bar = adw_header_bar_new();
	GtkWidget *toasts = adw_toast_overlay_new();

	v->on_act = on_act;
	v->arg = arg;
	v->window = GTK_WINDOW(adw_application_window_new(application));
	v->toasts = ADW_TOAST_OVERLAY(toasts);
	load_style();
	reason_form_init(&v->reason);
	offline_form_init(&v->offline, v, button_new);
	v->scrolled = gtk_scrolled_window_new();
	gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(v->scrolled), GTK_POLICY_NEVER,
				       GTK_POLICY_AUTOMATIC);
	/* A bar that comes only when it is touched would not say that the buttons are further down. */
	gtk_scrolled_window_set_overlay_scrolling(GTK_SCROLLED_WINDOW(v->scrolled), FALSE);
	gtk_widget_set_vexpand(v->scrolled, TRUE);
	adw_header_bar_pack_end(ADW_HEADER_BAR(bar), menu_new(v));
	add(box, bar);
	add(box, v->scrolled);
	adw_toast_overlay_set_child(v->toasts, box);
	adw_application_window_set_content(ADW_APPLICATION_WINDOW(v->window), toasts);
	gtk_window_set_title(v->window, "Holdfast");
	gtk_window_set_icon_name(v->window, "org.holdfast.Window");
	gtk_window_set_default_size(v->window, WIDTH, HEIGHT);
	add_key(v, "Escape", GTK_PHASE_BUBBLE, on_escape);
	add_key(v, "<Control>w", GTK_PHASE_BUBBLE, on_close_key);
	/* Before the field makes a line of it. */
	add_key(v, "<Control>Return", GTK_PHASE_CAPTURE, on_send_key);
	g_signal_connect(v->window, "destroy", G_CALLBACK(on_destroy), v);
	return v;
}

void view_free(struct view *v)
{
	if (!v)
		return;
	g_object_unref(v->reason.root);
	g_object_unref(v->offline.root);
	g_free(v->shown);
	mem_free(v);
}

void view_present(struct view *v)
{
	gtk_window_present(v->window);
}

bool view_is_open(const struct view *v)
{
	return v->window;
}

void view_close(struct view *v)
{
	gtk_window_close(v->window);
}

void view_note(struct view *v, const char *text)
{
	/* It reads markup, and names of people are in some of these texts. */
	g_autofree char *plain = g_markup_escape_text(text, -1);
	AdwToast *toast = adw_toast_new(plain);

	adw_toast_overlay_add_toast(v->toasts, toast);
}

/* --- what asks or gives back -------------------------------------------------------------------------- */

static void on_confirmed(AdwMessageDialog *dialog, const char *response, gpointer arg)
{
	struct view *v = arg;

	if (!g_strcmp0(response, "do"))
		v->on_act(v->arg, GPOINTER_TO_INT(g_object_get_data(G_OBJECT(dialog), "act")),
			  NULL);
}

/* The dialog's own buttons have their names twice, as a property and by their labels; a reader would say both. */
static void name_buttons(GtkWidget *widget)
{
	GtkWidget *child = gtk_widget_get_first_child(widget);

	if (GTK_IS_BUTTON(widget))
		gtk_accessible_reset_property(GTK_ACCESSIBLE(widget),
					      GTK_ACCESSIBLE_PROPERTY_LABEL);
	for (; child; child = gtk_widget_get_next_sibling(child))
		name_buttons(child);
}

void view_confirm(struct view *v, const char *title, const char *text, const char *label,
		  enum act act)
{
	AdwMessageDialog *dialog =
	    ADW_MESSAGE_DIALOG(adw_message_dialog_new(v->window, title, text));

	adw_message_dialog_add_responses(dialog, "cancel", _("Cancel"), "do", label, NULL);
	name_buttons(GTK_WIDGET(dialog));
	adw_message_dialog_set_response_appearance(dialog, "do", ADW_RESPONSE_DESTRUCTIVE);
	adw_message_dialog_set_default_response(dialog, "cancel");
	adw_message_dialog_set_close_response(dialog, "cancel");
	g_object_set_data(G_OBJECT(dialog), "act", GINT_TO_POINTER(act));
	g_signal_connect(dialog, "response", G_CALLBACK(on_confirmed), v);
	gtk_window_present(GTK_WINDOW(dialog));
}

static void on_chosen(GtkNativeDialog *dialog, int response, gpointer arg)
{
	struct view *v = arg;
	g_autoptr(GFile) file = NULL;
	g_autofree char *path = NULL;
	AUTO(arena_wipe) struct arena a = {0};
	struct err e;
	char *text;

	if (response == GTK_RESPONSE_ACCEPT)
		file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
	path = file ? g_file_get_path(file) : NULL;
	if (path && file_read(&a, path, GRANT_MAX, &text, NULL, &e) && text_printable(text, true)) {
		gtk_editable_set_text(v->offline.grant, text);
		v->on_act(v->arg, ACT_IMPORT_TEXT, NULL);
	} else if (file) {
		view_note(v, _("This file holds no approval."));
	}
	g_object_unref(dialog);
}

void view_choose_file(struct view *v)
{
	GtkFileChooserNative *dialog = gtk_file_chooser_native_new(
	    _("Open an Approval"), v->window, GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);

	gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(dialog), TRUE);
	g_signal_connect(dialog, "response", G_CALLBACK(on_chosen), v);
	gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}

void view_copy(struct view *v, const char *text)
{
	gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(v->window)), text);
	view_note(v, _("Copied"));
}

void view_open(struct view *v, const char *address)
{
	g_autoptr(GdkAppLaunchContext) context =
	    gdk_display_get_app_launch_context(gtk_widget_get_display(GTK_WIDGET(v->window)));

	/* main's choices for this program are none of the browser's. */
	g_app_launch_context_unsetenv(G_APP_LAUNCH_CONTEXT(context), "GSK_RENDERER");
	g_app_launch_context_unsetenv(G_APP_LAUNCH_CONTEXT(context), "GDK_DEBUG");
	g_app_info_launch_default_for_uri_async(address, G_APP_LAUNCH_CONTEXT(context), NULL, NULL,
						NULL);
}

char *view_reason(const struct view *v)
{
	return reason_form_text(&v->reason);
}

char *view_code_typed(const struct view *v)
{
	return g_strdup(gtk_editable_get_text(v->offline.code));
}

char *view_grant_typed(const struct view *v)
{
	return g_strdup(gtk_editable_get_text(v->offline.grant));
}

void view_forget(struct view *v)
{
	gtk_text_buffer_set_text(gtk_text_view_get_buffer(v->reason.field), "", 0);
	gtk_editable_set_text(v->offline.code, "");
	gtk_editable_set_text(v->offline.grant, "");
}
