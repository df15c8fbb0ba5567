/*
 * A computer that goes to sleep says so first. logind tells of it (PrepareForSleep), and before it sleeps waits for those who
 * hold a "delay" inhibitor to let go of it (systemd-inhibit(1); 5 seconds at most, InhibitDelayMaxSec). Where there is no
 * bus or no logind nothing is announced, and nobody is told. Nothing here wakes the process but the bus.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#include "base/log.h"
#include "base/text.h"
#include "keeper/keeper.h"

#define BUS "org.freedesktop.DBus"
#define LOGIND "org.freedesktop.login1"
#define PATH "/org/freedesktop/login1"
#define MANAGER "org.freedesktop.login1.Manager"
#define CALL_TIMEOUT_US 25000000
#define FLUSH_MS 2000
#define FIRST_FD 3 /* never in the place of a standard stream */

struct suspend {
	struct keeper *k;
	sd_bus *bus; /* NULL: not connected */
	sd_bus_slot *sleeps, *owners, *call;
	struct loop_watch *watch;
	struct loop_timer *timer; /* of the bus: runs only while an answer is waited for */
	char *logind;             /* its unique name; nobody else's signal counts */
	int inhibitor;            /* -1: none */
	bool near;                /* it is going to sleep, and the server does not know yet */
	struct loop_timer *flush;
};

/* --- the bus on the loop -------------------------------------------------------------------------- */

static void let_go(struct suspend *s)
{
	s->near = false;
	loop_timer_stop(s->flush);
	if (s->inhibitor >= 0)
		(void)close(s->inhibitor);
	s->inhibitor = -1;
}

/* An inhibitor whose signal would not be heard would only hold up every sleep. */
static void disconnect(struct suspend *s)
{
	let_go(s);
	loop_watch_free(s->watch);
	s->watch = NULL;
	loop_timer_stop(s->timer);
	s->call = sd_bus_slot_unref(s->call);
	s->sleeps = sd_bus_slot_unref(s->sleeps);
	s->owners = sd_bus_slot_unref(s->owners);
	s->bus = sd_bus_close_unref(s->bus);
	mem_free(TAKE(s->logind));
}

/* sd-bus says what it waits for anew after each turn. */
static void wait_for_bus(struct suspend *s)
{
	int events = sd_bus_get_events(s->bus);
	uint64_t at_us = UINT64_MAX;

	loop_watch_set(s->watch, events > 0 && (events & POLLIN), events > 0 && (events & POLLOUT));
	if (sd_bus_get_timeout(s->bus, &at_us) < 0 || at_us == UINT64_MAX)
		loop_timer_stop(s->timer);
	else
		loop_timer_start(s->timer, (int64_t)(at_us / 1000) - loop_now_ms(s->k->loop) + 1,
				 0);
}

static void turn(struct suspend *s)
{
	int done = 1;

	while (done > 0)
		done = sd_bus_process(s->bus, NULL);
	if (done < 0)
		disconnect(s);
	else
		wait_for_bus(s);
}

static void on_ready(void *arg, [[maybe_unused]] bool readable, [[maybe_unused]] bool writable)
{
	turn(arg);
}

static void on_timer(void *arg)
{
	turn(arg);
}

/* --- the inhibitor -------------------------------------------------------------------------------- */

static void keep_fd(struct suspend *s, sd_bus_message *answer)
{
	int fd = -1;

	/* The message's own is closed with it. */
	if (sd_bus_message_read_basic(answer, 'h', &fd) > 0)
		fd = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);
	if (fd < 0)
		return;
	if (s->inhibitor >= 0)
		(void)close(s->inhibitor);
	s->inhibitor = fd;
}

/* In the middle of a sleep logind gives none; it is asked again when that is over. */
static int on_taken(sd_bus_message *m, void *arg, [[maybe_unused]] sd_bus_error *error)
{
	struct suspend *s = arg;
	const char *sender = sd_bus_message_get_sender(m);

	s->call = sd_bus_slot_unref(s->call);
	if (text_equal(sender, BUS))
		return 0; /* there is no logind */
	mem_free(s->logind);
	s->logind = sender ? mem_dup(sender) : NULL;
	if (!sd_bus_message_is_method_error(m, NULL))
		keep_fd(s, m);
	return 0;
}

/* Whoever starts logind, this does not. */
static int ask(struct suspend *s, sd_bus_message *m)
{
	int status = sd_bus_message_set_auto_start(m, 0);

	if (status >= 0)
		status =
		    sd_bus_message_append(m, "ssss", "sleep", "Holdfast",
					  "The server is told that this computer sleeps.", "delay");
	return status < 0 ? status
			  : sd_bus_call_async(s->bus, &s->call, m, on_taken, s, CALL_TIMEOUT_US);
}

static int take(struct suspend *s)
{
	sd_bus_message *m = NULL;
	int status = sd_bus_message_new_method_call(s->bus, &m, LOGIND, PATH, MANAGER, "Inhibit");

	s->call = sd_bus_slot_unref(s->call);
	if (status >= 0)
		status = ask(s, m);
	(void)sd_bus_message_unref(m);
	return status;
}

/* --- what logind says ----------------------------------------------------------------------------- */

static void on_flush(void *arg)
{
	let_go(arg);
}

static void go(struct suspend *s)
{
	struct keeper *k = s->k;

	log_line(LOG_LEVEL_INFO, "the computer is going to sleep");
	s->near = true;
	goodbye_announce(k, "suspend");
	if (!k->link.online || spool_empty(&k->paths))
		let_go(s);
	else
		loop_timer_start(s->flush, FLUSH_MS, 0);
}

/* The connections of before are of no use: a new agent asks at once. Where somebody waits for the one that is there, it finds
 * that out itself. */
static int come_back(struct suspend *s)
{
	struct keeper *k = s->k;

	log_line(LOG_LEVEL_INFO, "the computer is awake again");
	let_go(s);
	if (!renew_is_busy(k) && !k->goodbye.leaving && !k->goodbye.stopping)
		link_restart(k);
	return take(s);
}

static int on_sleep(sd_bus_message *m, void *arg, [[maybe_unused]] sd_bus_error *error)
{
	struct suspend *s = arg;
	int goes;

	if (!text_equal(sd_bus_message_get_sender(m), s->logind) ||
	    sd_bus_message_read_basic(m, 'b', &goes) <= 0)
		return 0;
	if (!goes)
		return come_back(s);
	go(s);
	return 0;
}

/* logind has started, or was started anew and keeps the inhibitors that it gave. */
static int on_owner(sd_bus_message *m, void *arg, [[maybe_unused]] sd_bus_error *error)
{
	const char *name, *before, *now;

	if (!text_equal(sd_bus_message_get_sender(m), BUS) ||
	    sd_bus_message_read(m, "sss", &name, &before, &now) <= 0 || !*now)
		return 0;
	return take(arg);
}

/* --- for the keeper ------------------------------------------------------------------------------- */

static int connect_bus(struct suspend *s)
{
	AUTO(arena_done) struct arena a = {0};
	int status = sd_bus_new(&s->bus);

	if (status >= 0)
		status = sd_bus_set_address(
		    s->bus, arena_printf(&a, "unix:path=%s", s->k->paths.system_bus));
	if (status >= 0)
		status = sd_bus_set_bus_client(s->bus, 1);
	if (status >= 0)
		status = sd_bus_start(s->bus);
	return status < 0 ? status : sd_bus_get_fd(s->bus);
}

/* The signals are asked for first, so that none is missed. */
static int listen_and_take(struct suspend *s)
{
	int status = sd_bus_match_signal_async(s->bus, &s->sleeps, LOGIND, PATH, MANAGER,
					       "PrepareForSleep", on_sleep, NULL, s);

	if (status >= 0)
		status = sd_bus_add_match_async(s->bus, &s->owners,
						"type='signal',sender='" BUS
						"',path='/org/freedesktop/DBus',interface='" BUS
						"',member='NameOwnerChanged',arg0='" LOGIND "'",
						on_owner, NULL, s);
	return status < 0 ? status : take(s);
}

void suspend_tick(struct keeper *k)
{
	struct suspend *s = k->suspend;
	int fd;

	if (s->bus)
		return;
	fd = connect_bus(s);
	if (fd >= 0)
		s->watch = loop_watch_new(k->loop, fd, on_ready, s);
	if (fd < 0 || listen_and_take(s) < 0)
		disconnect(s);
	else
		wait_for_bus(s);
}

bool suspend_near(const struct keeper *k)
{
	return k->suspend->near;
}

void suspend_told(struct keeper *k)
{
	if (k->suspend->near)
		let_go(k->suspend);
}

void suspend_init(struct keeper *k)
{
	struct suspend *s = mem_new(struct suspend);

	*s = (struct suspend){.k = k, .inhibitor = -1};
	s->timer = loop_timer_new(k->loop, on_timer, s);
	s->flush = loop_timer_new(k->loop, on_flush, s);
	k->suspend = s;
}

void suspend_done(struct keeper *k)
{
	struct suspend *s = k->suspend;

	disconnect(s);
	loop_timer_free(s->timer);
	loop_timer_free(s->flush);
	mem_free(s);
}
