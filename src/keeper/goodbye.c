/*
 * The end. The package's postrm writes a file into /run/holdfast, or the package is seen to be gone; what the ledger and the statement
 * say decides whether that is the goodbye or an alarm. After a goodbye nothing of the enrolment
 * stays.
 */
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "keeper/keeper.h"
#include "keeper/program.h"

/* Less than postrm waits, so that it sees the keeper gone. */
#define FLUSH_MS 9000
#define GOING_MS 2000
#define ASK_MS 1000
#define HOUR_MS (INT64_C(3600) * 1000)

static void end(struct keeper *k)
{
	struct err e;

	k->goodbye.left = true;
	loop_timer_stop(k->goodbye.timer);
	if (!device_leave(&k->device, &e))
		log_err(LOG_LEVEL_ERROR, "leaving", &e);
	holding_load(&k->holding, &k->device);
	guards_leave(k);
	(void)unlink(k->paths.starts);
	(void)unlink(k->paths.removed);
	loop_stop(k->loop);
}

static void on_timer(void *arg)
{
	struct keeper *k = arg;

	if (k->goodbye.leaving) {
		log_line(LOG_LEVEL_WARN, "the server did not take the goodbye in time");
		end(k);
		return;
	}
	loop_stop(k->loop);
}

/* A removal with a ground: a grant used within the hour and not given back, or a statement that lets the package
 * go. */
static bool has_ground(const struct keeper *k, const char *grant)
{
	if (k->device.standing != DEVICE_ENROLLED)
		return false;
	return grant || (k->holding.has_statement && !holding_blocks(&k->holding, KEEPER_PACKAGE));
}

void goodbye_gone(struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	struct going going;

	keeper_follow(k);
	going = (struct going){.grant = packages_used_grant(k, &a, KEEPER_PACKAGE, HOUR_MS)};
	k->goodbye.leaving = has_ground(k, going.grant);
	going.forced = !k->goodbye.leaving;
	removing_gone(k);
	staying_settle(k);
	packages_gone(k, KEEPER_PACKAGE, &going);
	/* At once, also when the agent is waiting to try again. */
	link_send_reports(k);
	if (k->goodbye.leaving) {
		loop_timer_start(k->goodbye.timer, FLUSH_MS, 0);
		goodbye_progress(k);
		return;
	}
	k->goodbye.alarmed = true;
	(void)unlink(k->paths.removed);
}

void goodbye_look(struct keeper *k)
{
	if (k->goodbye.leaving || access(k->paths.removed, F_OK))
		return;
	if (k->device.standing == DEVICE_NEW)
		end(k);
	else
		goodbye_gone(k);
}

void goodbye_progress(struct keeper *k)
{
	if (!spool_empty(&k->paths))
		return;
	suspend_told(k);
	if (k->goodbye.leaving && !k->goodbye.left)
		end(k);
	else if (k->goodbye.stopping)
		loop_stop(k->loop);
}

/* What systemd says of itself while the machine goes down (systemctl(1), is-system-running). */
static bool is_shutdown(const struct keeper *k)
{
	char *const argv[] = {(char *)k->paths.systemctl, (char *)"is-system-running", NULL};
	AUTO(buf_done) struct buf said = {0};
	struct err e;

	return access(k->paths.systemd, F_OK) == 0 && program_run(argv, ASK_MS, &said, &e) &&
	       said.data && text_starts(said.data, "stopping");
}

void goodbye_announce(struct keeper *k, const char *why)
{
	if (k->device.standing == DEVICE_ENROLLED && !k->goodbye.leaving)
		keeper_report(k, &(struct report){
				     .kind = REPORT_GOING, .package = KEEPER_PACKAGE, .text = why});
}

void goodbye_stop(struct keeper *k)
{
	if (k->goodbye.stopping || k->goodbye.leaving)
		return;
	k->goodbye.stopping = true;
	goodbye_announce(k, is_shutdown(k) ? "shutdown" : "stop");
	if (!k->link.online || spool_empty(&k->paths))
		loop_stop(k->loop);
	else
		loop_timer_start(k->goodbye.timer, k->goodbye.alarmed ? FLUSH_MS : GOING_MS, 0);
}

void goodbye_init(struct keeper *k)
{
	k->goodbye.timer = loop_timer_new(k->loop, on_timer, k);
}

void goodbye_done(struct keeper *k)
{
	loop_timer_free(k->goodbye.timer);
}
