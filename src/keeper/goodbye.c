/*
 * The end. The package's postrm writes a file into /run/holdfast; what the ledger and the statement
 * say decides whether that is the goodbye or an alarm. After a goodbye nothing of the enrolment
 * stays.
 */
#include <unistd.h>

#include "base/log.h"
#include "keeper/keeper.h"

/* Less than postrm waits, so that it sees the keeper gone. */
#define FLUSH_MS 9000

static void end(struct keeper *k)
{
	struct err e;

	k->goodbye.left = true;
	loop_timer_stop(k->goodbye.timer);
	if (!device_leave(&k->device, &e))
		log_err(LOG_LEVEL_ERROR, "leaving", &e);
	holding_load(&k->holding, &k->device);
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

/* A grant used within the hour and not given back. In a container the guard and this process may see
 * different boot ids, so the one that the guard wrote is taken. */
static bool was_granted(const struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	struct ledger_moment at = {.version = HOLDFAST_VERSION,
				   .now_ms = holding_now_ms(&k->holding)};
	struct ledger ledger;
	struct err e;
	size_t i;

	if (!holding_ledger(&k->device, &a, &ledger, &e))
		return false;
	for (i = ledger.count; i > 0; i--)
		if (ledger.entries[i - 1].kind == LEDGER_CONSUMED) {
			at.boot = ledger.entries[i - 1].boot;
			return ledger_restorable(&ledger, &at);
		}
	return false;
}

/* A removal with a ground: that, or a statement that lets the package go. */
static bool has_ground(const struct keeper *k)
{
	if (k->device.standing != DEVICE_ENROLLED)
		return false;
	return was_granted(k) ||
	       (k->holding.has_statement && !holding_blocks(&k->holding, KEEPER_PACKAGE));
}

void goodbye_look(struct keeper *k)
{
	struct report report = {.kind = REPORT_REMOVED, .package = KEEPER_PACKAGE};

	if (k->goodbye.leaving || access(k->paths.removed, F_OK))
		return;
	if (k->device.standing == DEVICE_NEW) {
		end(k);
		return;
	}
	keeper_follow(k);
	k->goodbye.leaving = has_ground(k);
	removing_gone(k);
	staying_settle(k);
	if (!k->goodbye.leaving)
		report.kind = REPORT_REMOVED_WITHOUT_GRANT;
	log_line(k->goodbye.leaving ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, "the package was removed%s",
		 k->goodbye.leaving ? "" : " without a grant");
	keeper_report(k, &report);
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

void goodbye_progress(struct keeper *k)
{
	if (!spool_empty(&k->paths))
		return;
	if (k->goodbye.leaving && !k->goodbye.left)
		end(k);
	else if (k->goodbye.stopping)
		loop_stop(k->loop);
}

void goodbye_stop(struct keeper *k)
{
	if (!k->goodbye.alarmed || !k->link.online || spool_empty(&k->paths)) {
		loop_stop(k->loop);
		return;
	}
	k->goodbye.stopping = true;
	loop_timer_start(k->goodbye.timer, FLUSH_MS, 0);
}

void goodbye_init(struct keeper *k)
{
	k->goodbye.timer = loop_timer_new(k->loop, on_timer, k);
}

void goodbye_done(struct keeper *k)
{
	loop_timer_free(k->goodbye.timer);
}
