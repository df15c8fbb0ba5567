#include "session/session.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "session/desktop.h"
#include "session/line.h"
#include "session/words.h"

#define SOCKET "/run/holdfast/keeper.sock"
#define WINDOW "/usr/bin/holdfast-window"
#define TOLD_MAX 256
/* A program that tries again and again does not make the person's desktop flicker. */
#define ATTEMPT_PAUSE_MS 10000
#define MAX_ARGS 8
#define MAX_ENV 1024

enum question { ASK_NOTHING, ASK_STATUS, ASK_PACKAGE, ASK_ATTEMPT };

struct session {
	struct loop *loop;
	struct arena arena;
	const char *root, *window, *state, *told_file;
	struct line *line;
	struct desktop *desktop;

	bool owner; /* as of the last status: this person is to be told */
	enum question asked;
	bool status_due;
	char *attempt_due;  /* package of a refused removal, NULL: none */
	char *package_due;  /* package whose approval is looked for, NULL: none */
	char *attempt;      /* package that was asked for */
	int64_t attempt_ms; /* when the last one was shown; 0: none was */

	bool prompting; /* what is shown is a prompt, which the person must see somehow */
	char *package;  /* that what is shown is of; NULL: the client itself */
	char *told;     /* key of the last news */
};

static void keep(char **place, const char *text)
{
	mem_free(*place);
	*place = mem_dup(text);
}

/* --- what has been told --------------------------------------------------------------------------- */

static void told_load(struct session *s)
{
	AUTO(arena_done) struct arena a = {0};
	struct err e;
	char *text;

	if (file_read(&a, s->told_file, TOLD_MAX, &text, NULL, &e))
		s->told = mem_dup(text_trim(text));
}

static void told_store(struct session *s, const char *key)
{
	AUTO(arena_done) struct arena a = {0};
	const char *line = arena_printf(&a, "%s\n", key);
	struct err e;

	keep(&s->told, key);
	if (!folder_make(s->state, 0700, &e) ||
	    !file_replace(s->told_file, line, strlen(line), 0600, &e))
		log_err(LOG_LEVEL_WARN, "what was told", &e);
}

/* --- the window ----------------------------------------------------------------------------------- */

/* Our environment, and what lets the window come to the front (xdg-activation). */
static char **environment(struct arena *a, const char *token)
{
	char **out = arena_array(a, MAX_ENV + 2, sizeof(*out));
	size_t n = 0, i;

	for (i = 0; environ[i] && n < MAX_ENV; i++)
		if (!text_starts(environ[i], "XDG_ACTIVATION_TOKEN="))
			out[n++] = environ[i];
	if (token)
		out[n++] = arena_printf(a, "XDG_ACTIVATION_TOKEN=%s", token);
	return out;
}

static void start_window(struct session *s, const char *page, const char *token)
{
	AUTO(arena_done) struct arena a = {0};
	char *argv[MAX_ARGS] = {arena_dup(&a, s->window), arena_dup(&a, "--show"),
				arena_dup(&a, page)};
	size_t n = 3;
	int status;
	pid_t pid;

	if (s->package) {
		argv[n++] = arena_dup(&a, "--package");
		argv[n++] = s->package;
	}
	if (*s->root) {
		argv[n++] = arena_dup(&a, "--root");
		argv[n++] = arena_dup(&a, s->root);
	}
	status = posix_spawn(&pid, s->window, NULL, NULL, argv, environment(&a, token));
	if (status)
		log_line(LOG_LEVEL_ERROR, "%s: %s", s->window, strerror(status));
}

static void on_child([[maybe_unused]] void *arg, [[maybe_unused]] int signal)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* --- the desktop ---------------------------------------------------------------------------------- */

static void on_chosen(void *arg, const char *action, const char *token)
{
	struct session *s = arg;

	if (text_equal(action, ACTION_CLOSE))
		return;
	start_window(
	    s, s->prompting && !text_equal(action, ACTION_STATUS) ? ACTION_PROMPT : ACTION_STATUS,
	    token);
}

/* Whoever was refused is told in any case; the rest the person sees when they look. */
static void on_unheard(void *arg, const struct err *e)
{
	struct session *s = arg;

	log_err(LOG_LEVEL_INFO, "no notification", e);
	if (s->prompting)
		start_window(s, ACTION_PROMPT, NULL);
}

static void show(struct session *s, bool prompting, const char *package,
		 const struct desktop_notice *notice)
{
	s->prompting = prompting;
	keep(&s->package, text_equal(package, SESSION_CLIENT) ? NULL : package);
	desktop_show(s->desktop, notice);
}

/* --- what the keeper says ------------------------------------------------------------------------- */

static void ask_next(struct session *s)
{
	if (s->asked != ASK_NOTHING)
		return;
	if (s->attempt_due && line_ask(s->line, s->attempt_due)) {
		s->asked = ASK_ATTEMPT;
		mem_free(s->attempt);
		s->attempt = TAKE(s->attempt_due);
	} else if (s->package_due && line_ask(s->line, s->package_due)) {
		s->asked = ASK_PACKAGE;
		mem_freep(&s->package_due);
		s->package_due = NULL;
	} else if (s->status_due && line_ask(s->line, NULL)) {
		s->asked = ASK_STATUS;
		s->status_due = false;
	}
}

static void tell_attempt(struct session *s, const struct json *status)
{
	AUTO(arena_done) struct arena a = {0};
	int64_t now_ms = loop_now_ms(s->loop);
	struct desktop_notice notice;

	if (s->attempt_ms && now_ms - s->attempt_ms < ATTEMPT_PAUSE_MS && s->prompting &&
	    text_equal(s->package ? s->package : SESSION_CLIENT, s->attempt))
		return;
	s->attempt_ms = now_ms;
	words_attempt(&a, status, s->attempt, &notice);
	show(s, true, s->attempt, &notice);
}

static void tell_news(struct session *s, const struct json *status)
{
	AUTO(arena_done) struct arena a = {0};
	struct desktop_notice notice;
	struct news news;

	news_read(&a, status, &news);
	if (news.kind == NEWS_NONE || text_equal(news.key, s->told))
		return;
	told_store(s, news.key);
	words_news(&a, &news, &notice);
	show(s, false, news.package, &notice);
}

/* The approval of another package is in the status that is asked of it. */
static void look_for_approval(struct session *s, const struct json *status)
{
	const struct json *instance = json_get(status, "instance");
	const char *package = json_text(instance, "package");

	if (text_equal(json_text(instance, "status"), "approved") && package &&
	    !text_equal(package, SESSION_CLIENT))
		keep(&s->package_due, package);
}

/* Of a computer that is nobody's everybody may know. */
static bool concerns_us(struct session *s, const struct json *status)
{
	bool enrolled = false;

	s->owner = json_get(status, "online");
	return s->owner || (json_bool(status, "enrolled", &enrolled) && !enrolled);
}

static void on_answer(void *arg, const struct json *status)
{
	struct session *s = arg;
	enum question asked = s->asked;

	s->asked = ASK_NOTHING;
	if (!status) {
		/* It is asked again once the keeper is there. */
		if (asked == ASK_ATTEMPT && !s->attempt_due)
			s->attempt_due = TAKE(s->attempt);
		return;
	}
	if (concerns_us(s, status)) {
		if (asked == ASK_ATTEMPT)
			tell_attempt(s, status);
		else
			tell_news(s, status);
		if (asked == ASK_STATUS)
			look_for_approval(s, status);
	}
	ask_next(s);
}

static void on_found(void *arg)
{
	struct session *s = arg;

	s->status_due = true;
	ask_next(s);
}

static void tell_removal(struct session *s, const struct json *event)
{
	AUTO(arena_done) struct arena a = {0};
	const char *state = json_text(event, "state"), *package = json_text(event, "package");
	bool failed = text_equal(state, "failed");
	struct desktop_notice notice;

	if (!s->owner || !package || (!failed && !text_equal(state, "done")))
		return;
	words_removal(&a, package, failed, failed ? json_text(event, "text") : NULL, &notice);
	show(s, false, package, &notice);
}

static void on_event(void *arg, const struct json *event)
{
	struct session *s = arg;
	const char *name = json_text(event, "event"), *package = json_text(event, "package");

	if (text_equal(name, "attempt"))
		keep(&s->attempt_due, package ? package : SESSION_CLIENT);
	else if (text_equal(name, "removal"))
		tell_removal(s, event);
	else if (text_equal(name, "status"))
		s->status_due = true;
	ask_next(s);
}

/* --- the whole ------------------------------------------------------------------------------------ */

struct session *session_new(struct loop *l, const char *root, const char *state)
{
	static const struct line_events on_line = {on_found, on_event, on_answer};
	static const struct desktop_events on_desktop = {on_chosen, on_unheard};
	struct session *s = mem_new(struct session);

	s->loop = l;
	s->root = root;
	s->state = state;
	s->window = arena_printf(&s->arena, "%s" WINDOW, root);
	s->told_file = arena_printf(&s->arena, "%s/told", state);
	told_load(s);
	loop_on_signal(l, SIGCHLD, on_child, NULL);
	s->desktop = desktop_new(l, &on_desktop, s);
	s->line = line_new(l, arena_printf(&s->arena, "%s" SOCKET, root), &on_line, s);
	return s;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	line_free(s->line);
	desktop_free(s->desktop);
	mem_free(s->attempt_due);
	mem_free(s->package_due);
	mem_free(s->attempt);
	mem_free(s->package);
	mem_free(s->told);
	arena_done(&s->arena);
	mem_free(s);
}
