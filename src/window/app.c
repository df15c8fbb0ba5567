#include "window/app.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "window/link.h"
#include "window/trouble.h"
#include "window/view.h"

#define SOCKET "/run/holdfast/keeper.sock"
#define KEEPER "/usr/lib/holdfast/holdfast-keeper"
#define TICK_S 1
/* What the keeper does not tell by itself: that time has passed. */
#define ASK_AGAIN_TICKS 30
#define PACKAGE_MAX 128

struct app {
	AdwApplication *application;
	const char *root;
	struct link *link;
	struct view *view; /* NULL before the first window */
	guint tick;
	int ticks;

	struct arena arena; /* of facts */
	struct facts facts;
	bool has_facts;
	bool asking, ask_again;
	struct wish wish;
	char *asked;  /* the package that the last question was about */
	char *chosen; /* the package that the person means; NULL: the request's, or the client */
	char *removed;
	enum act waiting; /* for the answer to this */
	struct arena trouble_arena;
	const char *trouble; /* NULL, or what went wrong last */
	struct view_code code;
	struct arena code_arena;
	int64_t code_free_ms; /* monotonic; when the next try is possible */
};

static void ask_status(struct app *app);
static void show(struct app *app);

/* --- showing ------------------------------------------------------------------------------------------ */

/* Answers and seconds still come for a moment when the window is closed. */
static bool is_open(const struct app *app)
{
	return app->view && view_is_open(app->view);
}

static const char *package_of(const struct app *app)
{
	if (app->chosen)
		return app->chosen;
	return app->has_facts && app->facts.request.package ? app->facts.request.package
							    : CLIENT_PACKAGE;
}

static void show_menu(struct app *app)
{
	const struct facts *f = &app->facts;
	bool mine = app->has_facts && f->enrolled && f->full && !f->tampered;

	view_menu(app->view, mine && f->is_protected, mine && !f->session_ended,
		  mine && !f->session_ended && !f->stays_signed_in);
}

static void show_code(struct app *app)
{
	int64_t wait_ms = app->code_free_ms - clock_mono_ms();

	app->code.wait_ms = wait_ms > 0 ? wait_ms : 0;
	view_show_code(app->view, &app->code);
}

static void show(struct app *app)
{
	AUTO(arena_done) struct arena a = {0};
	struct page page;

	if (!is_open(app))
		return;
	app->wish.package = package_of(app);
	app->wish.removed = app->removed;
	page_make(&a, app->has_facts ? &app->facts : NULL, &app->wish, clock_utc_ms(), &page);
	view_show(app->view, &page, app->trouble, app->waiting != ACT_NONE);
	show_menu(app);
	show_code(app);
}

static void forget_trouble(struct app *app)
{
	arena_done(&app->trouble_arena);
	app->trouble = NULL;
}

static void go(struct app *app, enum place place)
{
	app->wish.place = place;
	forget_trouble(app);
}

static void choose(struct app *app, const char *package)
{
	char *chosen = g_strdup(package);

	g_free(app->chosen);
	app->chosen = chosen;
}

/* --- what the keeper says ----------------------------------------------------------------------------- */

/* Who was signing in here is told how it ended. */
static void follow_login(struct app *app)
{
	const struct facts *f = &app->facts;

	if (!app->wish.signing_in || f->login.state == LOGIN_WAITING || !is_open(app))
		return;
	app->wish.signing_in = false;
	forget_trouble(app);
	if (f->login.state == LOGIN_FAILED) {
		app->trouble = trouble_of_login(&app->trouble_arena, &f->login);
	} else if (f->enrolled && f->owner) {
		g_autofree char *text =
		    g_strdup_printf(_("This computer is enrolled for %s."), f->owner);

		view_note(app->view, text);
	}
}

/* The client's own removal ends the keeper, which then tells nothing any more. */
static bool client_is_gone(const struct app *app)
{
	g_autofree char *keeper = g_strconcat(app->root, KEEPER, NULL);

	return app->has_facts && text_equal(app->facts.removal.state, "running") &&
	       text_equal(app->facts.removal.package, CLIENT_PACKAGE) && access(keeper, F_OK) < 0;
}

static void on_removed(struct app *app, const char *package)
{
	g_free(app->removed);
	app->removed = g_strdup(package);
	choose(app, NULL);
	go(app, PLACE_HOME);
}

static const char *language(void)
{
	/* TRANSLATORS: not a text: "zh" in Chinese, "en" elsewhere; chooses the organisation's texts. */
	return text_equal(_("en"), "zh") ? "zh" : "en";
}

static void take_status(struct app *app, const struct json *answer)
{
	bool ok = false;

	if (!answer || !json_bool(answer, "ok", &ok) || !ok) {
		if (client_is_gone(app))
			on_removed(app, CLIENT_PACKAGE);
		app->has_facts = false;
		return;
	}
	arena_done(&app->arena);
	facts_read(&app->arena, answer, language(), &app->facts);
	app->has_facts = true;
	follow_login(app);
}

static void on_status(void *arg, const struct json *answer)
{
	struct app *app = arg;

	app->asking = false;
	app->wish.asked = true;
	take_status(app, answer);
	/* What was asked about may not be what it turns out to be about. */
	if (app->has_facts && !text_equal(package_of(app), app->asked))
		app->ask_again = true;
	else
		show(app);
	if (app->ask_again)
		ask_status(app);
}

static void ask_status(struct app *app)
{
	AUTO(buf_done) struct buf request = {0};
	struct json_writer w = {.out = &request};

	app->ask_again = app->asking;
	if (app->asking)
		return;
	app->asking = true;
	g_free(app->asked);
	app->asked = g_strdup(package_of(app));
	json_object(&w, NULL);
	json_put_text(&w, "cmd", "status");
	json_put_text(&w, "package", app->asked);
	json_object_end(&w);
	link_ask(app->link, request.data, on_status, app);
}

/* Somebody has just tried to uninstall it: the prompt comes, unless the person is busy with something. */
static void on_attempt(struct app *app, const char *package)
{
	if (!package || app->wish.place != PLACE_HOME || app->waiting != ACT_NONE)
		return;
	choose(app, package);
	go(app, PLACE_PROMPT);
}

static void on_event(void *arg, const struct json *event)
{
	struct app *app = arg;
	const char *kind = json_text(event, "event");

	if (text_equal(kind, "attempt"))
		on_attempt(app, json_text(event, "package"));
	if (text_equal(kind, "removal") && text_equal(json_text(event, "state"), "done"))
		on_removed(app, json_text(event, "package"));
	ask_status(app);
}

static gboolean on_tick(gpointer arg)
{
	struct app *app = arg;

	if (!is_open(app))
		return G_SOURCE_CONTINUE;
	if (!link_is_watching(app->link) || ++app->ticks % ASK_AGAIN_TICKS == 0)
		ask_status(app);
	show(app);
	return G_SOURCE_CONTINUE;
}

/* --- the offline page --------------------------------------------------------------------------------- */

static void take_pause(struct app *app, const struct json *answer)
{
	int64_t retry_ms = 0;

	(void)json_i64(answer, "retry_ms", &retry_ms);
	app->code_free_ms = clock_mono_ms() + retry_ms;
}

static void on_offline(void *arg, const struct json *answer)
{
	struct app *app = arg;
	const char *device_code = text_some(json_text(answer, "device_code"));

	arena_done(&app->code_arena);
	app->code.device_code =
	    device_code ? text_plain(&app->code_arena, device_code, false) : NULL;
	(void)json_i64(answer, "index", &app->code.index);
	take_pause(app, answer);
	show(app);
}

/* A wrong one says how many tries are left; of none the pause says enough. */
static void after_code(struct app *app, const struct json *answer)
{
	int64_t left = 0;

	(void)json_i64(answer, "left", &left);
	app->code.left = left > 0 ? left : -1;
	take_pause(app, answer);
}

static void ask_offline(struct app *app)
{
	link_ask(app->link, "{\"cmd\":\"offline\"}", on_offline, app);
}

/* --- what the person does ----------------------------------------------------------------------------- */

/* Done: where to go from here, and what is said. */
static void done_login(struct app *app, const struct json *answer)
{
	const char *url = json_text(answer, "url");

	app->wish.signing_in = true;
	go(app, PLACE_HOME);
	if (url)
		view_open(app->view, url);
}

static void done_file(struct app *app, const struct json *answer)
{
	g_autofree char *reason = view_reason(app->view);
	const char *filed = json_text(json_get(answer, "instance"), "reason");

	if (filed && !text_equal(filed, reason))
		view_note(app->view, _("You had a request waiting already."));
	view_forget(app->view);
	choose(app, NULL);
	go(app, PLACE_HOME);
}

static void done_withdraw(struct app *app, [[maybe_unused]] const struct json *answer)
{
	view_note(app->view, _("Your request is withdrawn."));
}

static void done_import(struct app *app, const struct json *answer)
{
	const char *package = json_text(json_get(answer, "grant"), "package");

	view_forget(app->view);
	choose(app, package);
	go(app, PLACE_HOME);
}

static void done_nothing([[maybe_unused]] struct app *app,
			 [[maybe_unused]] const struct json *answer)
{
}

static const struct {
	void (*done)(struct app *app, const struct json *answer);
} answers[] = {
    [ACT_SIGN_IN] = {done_login},     [ACT_TAKE_OVER] = {done_login},
    [ACT_FILE] = {done_file},         [ACT_WITHDRAW_SURE] = {done_withdraw},
    [ACT_UNINSTALL] = {done_nothing}, [ACT_IMPORT_TEXT] = {done_import},
    [ACT_CODE] = {done_import},       [ACT_SIGN_OUT_SURE] = {done_nothing},
};

static void on_answer(void *arg, const struct json *answer)
{
	struct app *app = arg;
	enum act act = app->waiting;
	bool ok = false;

	app->waiting = ACT_NONE;
	if (!is_open(app))
		return;
	forget_trouble(app);
	if (answer && json_bool(answer, "ok", &ok) && ok)
		answers[act].done(app, answer);
	else
		app->trouble = trouble_say(&app->trouble_arena, act, answer);
	if (act == ACT_CODE) {
		after_code(app, answer);
		ask_offline(app);
	}
	ask_status(app);
	show(app);
}

static void ask(struct app *app, enum act act, struct buf *request)
{
	if (app->waiting != ACT_NONE)
		return;
	app->waiting = act;
	forget_trouble(app);
	link_ask(app->link, request->data, on_answer, app);
	show(app);
}

/* {"cmd":…, key: value}; key NULL: the command alone. */
static void ask_with(struct app *app, enum act act, const char *cmd, const char *key,
		     const char *value)
{
	AUTO(buf_wipe) struct buf request = {0};
	struct json_writer w = {.out = &request};

	json_object(&w, NULL);
	json_put_text(&w, "cmd", cmd);
	if (key)
		json_put_text(&w, key, value);
	json_object_end(&w);
	ask(app, act, &request);
}

static void ask_login(struct app *app, enum act act)
{
	AUTO(buf_done) struct buf request = {0};
	struct json_writer w = {.out = &request};

	json_object(&w, NULL);
	json_put_text(&w, "cmd", "login");
	json_put_bool(&w, "switch", act == ACT_TAKE_OVER);
	json_object_end(&w);
	ask(app, act, &request);
}

static void ask_file(struct app *app)
{
	AUTO(buf_done) struct buf request = {0};
	struct json_writer w = {.out = &request};
	g_autofree char *reason = view_reason(app->view);

	json_object(&w, NULL);
	json_put_text(&w, "cmd", "file");
	json_put_text(&w, "reason", reason);
	json_put_text(&w, "package", package_of(app));
	json_object_end(&w);
	ask(app, ACT_FILE, &request);
}

/* A message may have broken the text into lines. */
static void ask_import(struct app *app)
{
	g_autofree char *text = view_grant_typed(app->view);
	char *to = text;
	const char *from;

	for (from = text; *from; from++)
		if (!g_ascii_isspace(*from))
			*to++ = *from;
	*to = '\0';
	ask_with(app, ACT_IMPORT_TEXT, "import", "grant", text);
}

static void ask_code(struct app *app)
{
	g_autofree char *code = view_code_typed(app->view);

	ask_with(app, ACT_CODE, "code", "code", text_trim(code));
	if (code)
		explicit_bzero(code, strlen(code));
}

static void act_other(struct app *app, enum act act);

static void on_act(void *arg, enum act act, const char *package)
{
	struct app *app = arg;

	switch (act) {
	case ACT_SIGN_IN:
	case ACT_TAKE_OVER:
		ask_login(app, act);
		break;
	case ACT_PROMPT:
		choose(app, package);
		go(app, PLACE_PROMPT);
		ask_status(app);
		break;
	case ACT_WRITE:
		choose(app, package_of(app));
		go(app, PLACE_FILING);
		break;
	case ACT_FILE:
		ask_file(app);
		break;
	case ACT_WITHDRAW_SURE:
		ask_with(app, act, "withdraw", NULL, NULL);
		break;
	case ACT_UNINSTALL:
		ask_with(app, act, "uninstall-now", "grant", app->facts.grant.id);
		break;
	case ACT_IMPORT_TEXT:
		ask_import(app);
		break;
	case ACT_CODE:
		ask_code(app);
		break;
	case ACT_SIGN_OUT_SURE:
		ask_with(app, act, "logout", NULL, NULL);
		break;
	case ACT_NONE:
	case ACT_OPEN_ADDRESS:
	case ACT_COPY_ADDRESS:
	case ACT_WITHDRAW:
	case ACT_OFFLINE:
	case ACT_IMPORT_FILE:
	case ACT_SIGN_OUT:
	case ACT_BACK:
	case ACT_CLOSE:
		act_other(app, act);
		break;
	}
	show(app);
}

/* What the keeper is not asked for. */
static void act_other(struct app *app, enum act act)
{
	if (act == ACT_OPEN_ADDRESS && app->facts.login.url)
		view_open(app->view, app->facts.login.url);
	if (act == ACT_COPY_ADDRESS && app->facts.login.url)
		view_copy(app->view, app->facts.login.url);
	if (act == ACT_WITHDRAW)
		view_confirm(app->view, _("Withdraw the request?"),
			     _("Nobody decides about it any more. The software stays installed."),
			     _("Withdraw"), ACT_WITHDRAW_SURE);
	if (act == ACT_SIGN_OUT)
		view_confirm(
		    app->view, _("Sign out on this computer?"),
		    _("It stays as protected as it is. Nothing can be filed until somebody "
		      "signs in."),
		    _("Sign Out"), ACT_SIGN_OUT_SURE);
	if (act == ACT_IMPORT_FILE)
		view_choose_file(app->view);
	if (act == ACT_OFFLINE) {
		go(app, PLACE_OFFLINE);
		ask_offline(app);
	}
	if (act == ACT_BACK) {
		choose(app, NULL);
		go(app, PLACE_HOME);
		ask_status(app);
	}
	if (act == ACT_CLOSE)
		view_close(app->view);
}

/* --- the program -------------------------------------------------------------------------------------- */

static void on_startup([[maybe_unused]] GApplication *application, gpointer arg)
{
	struct app *app = arg;
	g_autofree char *socket = g_strconcat(app->root, SOCKET, NULL);

	app->link = link_new(socket, on_event, app);
	app->tick = g_timeout_add_seconds(TICK_S, on_tick, app);
}

static void present(struct app *app)
{
	if (!is_open(app)) {
		view_free(app->view);
		app->view = view_new(GTK_APPLICATION(app->application), on_act, app);
	}
	ask_status(app);
	show(app);
	view_present(app->view);
}

static void on_activate([[maybe_unused]] GApplication *application, gpointer arg)
{
	present(arg);
}

static const struct {
	const char *name;
	enum place place;
} shows[] = {{"status", PLACE_HOME}, {"login", PLACE_HOME}, {"prompt", PLACE_PROMPT}};

static bool place_find(const char *name, enum place *out)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shows); i++)
		if (text_equal(name, shows[i].name)) {
			*out = shows[i].place;
			return true;
		}
	return false;
}

/* In the first process, on behalf of each that is started. */
static int on_command_line([[maybe_unused]] GApplication *application,
			   GApplicationCommandLine *line, gpointer arg)
{
	struct app *app = arg;
	GVariantDict *options = g_application_command_line_get_options_dict(line);
	const char *name = "status", *package = NULL;
	enum place place = PLACE_HOME;

	(void)g_variant_dict_lookup(options, "show", "&s", &name);
	(void)g_variant_dict_lookup(options, "package", "&s", &package);
	(void)place_find(name, &place);
	/* Who is writing is not interrupted by the same wish again. */
	if (!(place == PLACE_PROMPT && app->wish.place == PLACE_FILING &&
	      text_equal(package ? package : CLIENT_PACKAGE, app->chosen))) {
		choose(app, place == PLACE_PROMPT && !package ? CLIENT_PACKAGE : package);
		go(app, place);
	}
	present(app);
	return 0;
}

static int on_local_options([[maybe_unused]] GApplication *application, GVariantDict *options,
			    [[maybe_unused]] gpointer arg)
{
	const char *name, *package;
	enum place place;

	if (g_variant_dict_contains(options, "version")) {
		g_print("holdfast-window " HOLDFAST_VERSION "\n");
		return 0;
	}
	if (g_variant_dict_lookup(options, "show", "&s", &name) && !place_find(name, &place)) {
		g_printerr(_("There is no page \"%s\"; there are status, prompt and login.\n"),
			   name);
		return 2;
	}
	if (g_variant_dict_lookup(options, "package", "&s", &package) &&
	    (!*package || text_length(package) > PACKAGE_MAX || !text_printable(package, false))) {
		g_printerr(_("That is no name of a package.\n"));
		return 2;
	}
	return -1;
}

static void add_options(GApplication *application)
{
	static const GOptionEntry options[] = {
	    {"show", 0, 0, G_OPTION_ARG_STRING, NULL,
	     N_("Which page to begin with: status, prompt or login"), N_("PAGE")},
	    {"package", 0, 0, G_OPTION_ARG_STRING, NULL,
	     N_("The package that is about to be uninstalled"), N_("NAME")},
	    {"root", 0, 0, G_OPTION_ARG_FILENAME, NULL,
	     N_("Everything below a folder instead of /, for tests"), N_("FOLDER")},
	    {"version", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Print the version"), NULL},
	    {0}};

	g_application_add_main_option_entries(application, options);
}

static void app_done(struct app *app)
{
	if (app->tick)
		(void)g_source_remove(app->tick);
	link_free(app->link);
	view_free(app->view);
	arena_done(&app->arena);
	arena_done(&app->trouble_arena);
	arena_done(&app->code_arena);
	g_free(app->asked);
	g_free(app->chosen);
	g_free(app->removed);
}

int app_run(const char *root, int argc, char **argv)
{
	struct app app = {.root = root, .code.left = -1};
	int status;

	app.application =
	    adw_application_new("org.holdfast.Window", G_APPLICATION_HANDLES_COMMAND_LINE);
	add_options(G_APPLICATION(app.application));
	g_signal_connect(app.application, "startup", G_CALLBACK(on_startup), &app);
	g_signal_connect(app.application, "activate", G_CALLBACK(on_activate), &app);
	g_signal_connect(app.application, "command-line", G_CALLBACK(on_command_line), &app);
	g_signal_connect(app.application, "handle-local-options", G_CALLBACK(on_local_options),
			 &app);
	status = g_application_run(G_APPLICATION(app.application), argc, argv);
	app_done(&app);
	g_object_unref(app.application);
	return status;
}
