#include "server/upkeep.h"

#include "base/clock.h"
#include "base/log.h"
#include "flow/device_admin.h"
#include "flow/record.h"
#include "flow/signer.h"
#include "flow/silence.h"
#include "flow/snapshots.h"
#include "model/signin.h"
#include "web/live.h"
#include "web/presence.h"
#include "store/credential.h"
#include "store/enrolment.h"
#include "store/note.h"
#include "store/offline_code.h"
#include "store/rate.h"
#include "store/request_url.h"
#include "store/session.h"
#include "store/token.h"

#define EVERY_MS 60000
#define WARN_EVERY 1440 /* rounds: once a day */

/* A used code is answered again until it expires, and for a while it says that it has. */
#define ENROLMENT_KEPT_MS ((int64_t)3600 * 1000)

/* Who looks for one that ended finds it in the list for a while; the record has it for good. */
#define TOKENS_KEPT_MS ((int64_t)90 * 24 * 3600 * 1000)

struct upkeep {
	struct server *server;
	struct loop_timer *timer;
	int64_t rounds, due_ms; /* by the monotonic clock */
};

/* Whoever renewed it: this server signs with it from now on. */
static bool record_key(struct server *s, struct db *db, int64_t now_ms, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct flow f = {.db = db, .arena = &a, .now_ms = now_ms, .node = s->node};

	db_note(db, NOTE_POLICY, POLICY_RENEW);
	return flow_event(&f,
			  &(struct flow_event){.kind = "key-in-use",
					       .object = "key",
					       .object_id = signer_kid(s->signer, &a),
					       .text = "a new signing key is in use"},
			  e);
}

static bool unit(struct db *db, void *arg, struct err *e)
{
	struct server *s = arg;
	int64_t now_ms = clock_utc_ms();
	bool changed;

	if (!signer_refresh(s->signer, db, now_ms, &changed, e))
		return false;
	/* The signer has it now, whatever becomes of this unit. */
	s->key_unrecorded |= changed;
	if (s->key_unrecorded && !record_key(s, db, now_ms, e))
		return false;
	return store_enrolment_purge(db, now_ms - ENROLMENT_KEPT_MS, e) &&
	       store_session_purge(db, now_ms, e) &&
	       store_known_purge(db, NULL, now_ms - SIGNIN_KNOWN_MS, e) &&
	       store_rate_purge(db, now_ms, e) &&
	       store_token_purge(db, now_ms - TOKENS_KEPT_MS, e) &&
	       store_request_url_purge(db, now_ms, e) && store_offline_purge(db, now_ms, e);
}

static bool silence(struct db *db, void *arg, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct server *s = arg;
	const struct snapshot *snapshot = snapshots_take(s->snapshots);
	struct flow f = {
	    .db = db, .arena = &a, .now_ms = clock_utc_ms(), .node = s->node, .snapshot = snapshot};
	bool ok = flow_silence(&f, e);

	snapshots_give(s->snapshots, snapshot);
	return ok;
}

/* So many a minute: that half of all are heard of no more is seen in other ways. */
static bool silent(struct db *db, void *arg, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const struct server *s = arg;
	struct flow f = {.db = db, .arena = &a, .now_ms = clock_utc_ms(), .node = s->node};
	size_t count;

	return flow_device_silent(&f, &count, e);
}

static void unit_done(void *arg, const struct err *e)
{
	struct server *s = arg;

	if (e->code != ERR_NONE)
		log_err(LOG_LEVEL_WARN, "upkeep", e);
	else
		s->key_unrecorded = false;
}

static void silent_done(void *arg, const struct err *e)
{
	(void)arg;
	if (e->code != ERR_NONE)
		log_err(LOG_LEVEL_WARN, "devices that are silent", e);
}

static void warn_of_end(struct server *s)
{
	int64_t left_ms = signer_ends_ms(s->signer) - clock_utc_ms();

	if (left_ms < SIGNER_RENEW_MS)
		log_line(
		    LOG_LEVEL_WARN,
		    "the signing key ends in %lld days and the root is not on this server: run "
		    "\"holdfast-server keys renew\"",
		    (long long)(left_ms / 86400000));
}

static void round_of(struct upkeep *u)
{
	if (presence_flush(u->server->presence, u->server->committer, clock_utc_ms()))
		live_tell(u->server->live, LIVE(DEVICES));
	committer_submit(u->server->committer, unit, unit_done, u->server);
	committer_submit(u->server->committer, silent, silent_done, u->server);
	committer_submit(u->server->committer, silence, silent_done, u->server);
	if (u->rounds++ % WARN_EVERY == 0)
		warn_of_end(u->server);
}

static void on_time(void *arg)
{
	struct upkeep *u = arg;
	int64_t wait_ms = u->due_ms - clock_mono_ms();

	/* A test may set the clock back. */
	if (wait_ms <= 0 || wait_ms > EVERY_MS) {
		round_of(u);
		wait_ms = EVERY_MS;
		u->due_ms = clock_mono_ms() + wait_ms;
	}
	loop_timer_start(u->timer, clock_wait_ms(wait_ms), 0);
}

struct upkeep *upkeep_new(struct server *s)
{
	struct upkeep *u = mem_new(struct upkeep);

	u->server = s;
	u->timer = loop_timer_new(s->workers[0].loop, on_time, u);
	u->due_ms = clock_mono_ms() + EVERY_MS;
	loop_timer_start(u->timer, clock_wait_ms(EVERY_MS), 0);
	return u;
}

void upkeep_free(struct upkeep *u)
{
	if (u == NULL)
		return;
	loop_timer_free(u->timer);
	mem_free(u);
}
