#include "session/desktop.h"

#include <poll.h>
#include <string.h>

#include <systemd/sd-bus.h>

#include "base/arena.h"
#include "base/text.h"

#define DAEMON "org.freedesktop.Notifications"
#define PATH "/org/freedesktop/Notifications"
#define APP "Holdfast"
#define ICON "org.holdfast.Window"
/* The daemon may have to be started first. */
#define CALL_TIMEOUT_US 15000000
#define URGENCY_NORMAL 1
#define URGENCY_CRITICAL 2
/* Milliseconds; the daemon's own choice, never. */
#define EXPIRES_DEFAULT (-1)
#define EXPIRES_NEVER 0

struct desktop {
	struct loop *loop;
	const struct desktop_events *on;
	void *arg;
	sd_bus *bus; /* NULL: not connected */
	sd_bus_slot *signals, *call;
	struct loop_watch *watch;
	struct loop_timer *timer;
	struct arena arena; /* of the notice */
	struct desktop_notice notice;
	bool again;  /* the notice changed while the one before was on its way */
	bool markup; /* what the daemon can do */
	bool buttons;
	uint32_t shown; /* its number, 0: nothing is shown */
	char *daemon;   /* whose number it is: a unique name on the bus */
	char *token;    /* for what is started by the click that follows */
};

static void ask_abilities(struct desktop *d);

/* --- the bus on the loop -------------------------------------------------------------------------- */

static void disconnect(struct desktop *d)
{
	loop_watch_free(d->watch);
	d->watch = NULL;
	loop_timer_stop(d->timer);
	d->call = sd_bus_slot_unref(d->call);
	d->signals = sd_bus_slot_unref(d->signals);
	d->bus = sd_bus_close_unref(d->bus);
	d->shown = 0;
}

static void fail(struct desktop *d, const char *what, const char *why)
{
	struct err e;

	(void)err_set(&e, ERR_UNAVAILABLE, "%s: %s", what, why);
	d->again = false;
	disconnect(d);
	d->on->unheard(d->arg, &e);
}

/* sd-bus says what it waits for anew after each turn. */
static void wait_for_bus(struct desktop *d)
{
	int events = sd_bus_get_events(d->bus);
	uint64_t at_us = UINT64_MAX;

	loop_watch_set(d->watch, events > 0 && (events & POLLIN), events > 0 && (events & POLLOUT));
	if (sd_bus_get_timeout(d->bus, &at_us) < 0 || at_us == UINT64_MAX)
		loop_timer_stop(d->timer);
	else
		loop_timer_start(d->timer, (int64_t)(at_us / 1000) - loop_now_ms(d->loop) + 1, 0);
}

static void turn(struct desktop *d)
{
	int done = 1;

	while (d->bus && done > 0)
		done = sd_bus_process(d->bus, NULL);
	if (!d->bus)
		return;
	if (done >= 0) {
		wait_for_bus(d);
		return;
	}
	if (d->call)
		fail(d, "the session's bus", strerror(-done));
	else
		disconnect(d);
}

static void on_ready(void *arg, [[maybe_unused]] bool readable, [[maybe_unused]] bool writable)
{
	turn(arg);
}

static void on_timer(void *arg)
{
	turn(arg);
}

/* --- what the daemon says ------------------------------------------------------------------------- */

static void keep(char **place, const char *text)
{
	mem_free(*place);
	*place = mem_dup(text);
}

static void on_chosen(struct desktop *d, const char *action)
{
	char *token = TAKE(d->token);

	/* Not every daemon takes it away itself. */
	desktop_close(d);
	d->on->chosen(d->arg, action, token);
	mem_free(token);
}

/* Anybody on the bus can send these signals; only the daemon's count. */
static int on_signal(sd_bus_message *m, void *arg, [[maybe_unused]] sd_bus_error *error)
{
	struct desktop *d = arg;
	const char *text = NULL;
	uint32_t number = 0;

	if (!text_equal(sd_bus_message_get_sender(m), d->daemon) ||
	    sd_bus_message_read_basic(m, 'u', &number) < 0 || !number || number != d->shown)
		return 0;
	if (sd_bus_message_is_signal(m, DAEMON, "NotificationClosed"))
		d->shown = 0;
	else if (sd_bus_message_read_basic(m, 's', &text) < 0)
		return 0;
	else if (sd_bus_message_is_signal(m, DAEMON, "ActivationToken"))
		keep(&d->token, text);
	else if (sd_bus_message_is_signal(m, DAEMON, "ActionInvoked"))
		on_chosen(d, text);
	return 0;
}

static bool connect_bus(struct desktop *d)
{
	int status, fd;

	if (d->bus)
		return true;
	status = sd_bus_open_user(&d->bus);
	if (status >= 0)
		status = sd_bus_set_exit_on_disconnect(d->bus, 0);
	if (status >= 0)
		status = sd_bus_match_signal_async(d->bus, &d->signals, NULL, PATH, DAEMON, NULL,
						   on_signal, NULL, d);
	fd = status < 0 ? status : sd_bus_get_fd(d->bus);
	if (fd < 0) {
		fail(d, "the session's bus", strerror(-fd));
		return false;
	}
	d->watch = loop_watch_new(d->loop, fd, on_ready, d);
	return true;
}

/* --- showing -------------------------------------------------------------------------------------- */

/* How the call that was under way ended; false: nothing more is to be done with it. */
static bool ended(struct desktop *d, sd_bus_message *m)
{
	const sd_bus_error *error = sd_bus_message_get_error(m);

	d->call = sd_bus_slot_unref(d->call);
	if (d->again) {
		d->again = false;
		ask_abilities(d);
		return false;
	}
	if (!error)
		return true;
	fail(d, "the notification daemon", error->message ? error->message : error->name);
	return false;
}

static int on_shown(sd_bus_message *m, void *arg, [[maybe_unused]] sd_bus_error *error)
{
	struct desktop *d = arg;
	struct err e;

	/* Also of a notice that another one is to replace at once. */
	if (!sd_bus_message_is_method_error(m, NULL) &&
	    sd_bus_message_read_basic(m, 'u', &d->shown) > 0)
		keep(&d->daemon, sd_bus_message_get_sender(m));
	if (!ended(d, m) || d->buttons)
		return 0;
	(void)err_set(&e, ERR_UNSUPPORTED, "the notification daemon shows no buttons");
	d->on->unheard(d->arg, &e);
	return 0;
}

static const char *body_of(struct desktop *d)
{
	return d->markup ? text_html(&d->arena, d->notice.body) : d->notice.body;
}

static int put_actions(sd_bus_message *m, const struct desktop_notice *n)
{
	int status = sd_bus_message_open_container(m, 'a', "s");
	size_t i;

	for (i = 0; status >= 0 && i < DESKTOP_MAX_ACTIONS && n->actions[i].key; i++)
		status = sd_bus_message_append(m, "ss", n->actions[i].key, n->actions[i].label);
	return status < 0 ? status : sd_bus_message_close_container(m);
}

static int notify(struct desktop *d, sd_bus_message *m)
{
	const struct desktop_notice *n = &d->notice;
	int status;

	status = sd_bus_message_append(m, "susss", APP, d->shown, ICON, n->title, body_of(d));
	if (status >= 0)
		status = put_actions(m, n);
	if (status >= 0)
		status = sd_bus_message_append(
		    m, "a{sv}i", 2, "urgency", "y", n->critical ? URGENCY_CRITICAL : URGENCY_NORMAL,
		    "desktop-entry", "s", ICON, n->critical ? EXPIRES_NEVER : EXPIRES_DEFAULT);
	return status < 0 ? status
			  : sd_bus_call_async(d->bus, &d->call, m, on_shown, d, CALL_TIMEOUT_US);
}

static void send_notice(struct desktop *d)
{
	sd_bus_message *m = NULL;
	int status = sd_bus_message_new_method_call(d->bus, &m, DAEMON, PATH, DAEMON, "Notify");

	if (status >= 0)
		status = notify(d, m);
	(void)sd_bus_message_unref(m);
	if (status < 0)
		fail(d, "the notification", strerror(-status));
}

static int on_abilities(sd_bus_message *m, void *arg, [[maybe_unused]] sd_bus_error *error)
{
	struct desktop *d = arg;
	const char *word;

	if (!ended(d, m))
		return 0;
	d->markup = d->buttons = false;
	if (sd_bus_message_enter_container(m, 'a', "s") > 0)
		while (sd_bus_message_read_basic(m, 's', &word) > 0) {
			d->markup = d->markup || !strcmp(word, "body-markup");
			d->buttons = d->buttons || !strcmp(word, "actions");
		}
	send_notice(d);
	return 0;
}

/* Each time: another daemon may have taken over. */
static void ask_abilities(struct desktop *d)
{
	sd_bus_message *m = NULL;
	int status;

	status =
	    sd_bus_message_new_method_call(d->bus, &m, DAEMON, PATH, DAEMON, "GetCapabilities");
	if (status >= 0)
		status = sd_bus_call_async(d->bus, &d->call, m, on_abilities, d, CALL_TIMEOUT_US);
	(void)sd_bus_message_unref(m);
	if (status < 0)
		fail(d, "the notification daemon", strerror(-status));
}

static void copy(struct desktop *d, const struct desktop_notice *n)
{
	struct arena fresh = {0};
	size_t i;

	d->notice = (struct desktop_notice){.critical = n->critical};
	d->notice.title = arena_dup(&fresh, n->title);
	d->notice.body = arena_dup(&fresh, n->body);
	for (i = 0; i < DESKTOP_MAX_ACTIONS && n->actions[i].key; i++) {
		d->notice.actions[i].key = arena_dup(&fresh, n->actions[i].key);
		d->notice.actions[i].label = arena_dup(&fresh, n->actions[i].label);
	}
	arena_done(&d->arena);
	d->arena = fresh;
}

void desktop_show(struct desktop *d, const struct desktop_notice *notice)
{
	copy(d, notice);
	if (d->call) {
		d->again = true;
		return;
	}
	if (!connect_bus(d))
		return;
	ask_abilities(d);
	if (d->bus)
		wait_for_bus(d);
}

void desktop_close(struct desktop *d)
{
	if (!d->bus || !d->shown)
		return;
	(void)sd_bus_call_method_async(d->bus, NULL, DAEMON, PATH, DAEMON, "CloseNotification",
				       NULL, NULL, "u", d->shown);
	d->shown = 0;
	wait_for_bus(d);
}

struct desktop *desktop_new(struct loop *l, const struct desktop_events *on, void *arg)
{
	struct desktop *d = mem_new(struct desktop);

	d->loop = l;
	d->on = on;
	d->arg = arg;
	d->timer = loop_timer_new(l, on_timer, d);
	return d;
}

void desktop_free(struct desktop *d)
{
	if (!d)
		return;
	disconnect(d);
	loop_timer_free(d->timer);
	arena_done(&d->arena);
	mem_free(d->daemon);
	mem_free(d->token);
	mem_free(d);
}
