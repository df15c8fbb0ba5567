#include "flow/trust.h"

#include "flow/record.h"
#include "store/check.h"
#include "store/note.h"

/* DingTalk offers pushes that failed three to five minutes after the last try. */
#define MISSED_MS (INT64_C(5) * 60 * 1000)

static bool announced(struct flow *f, const char *app, struct err *e)
{
	struct trust_record before, t;

	if (!store_check_trust(f->db, app, &before, e))
		return false;
	t = before;
	trust_announced(&t);
	if (t.silent_ms == before.silent_ms && t.proven == before.proven)
		return true;
	return store_check_trust_set(f->db, app, &t, e);
}

static bool missed(struct flow *f, const struct store_check_judged *j, struct err *e)
{
	struct store_instance i;
	struct trust_record t;
	bool first;

	if (!store_check_trust(f->db, j->app, &t, e) ||
	    !store_instance_get(f->db, f->arena, j->id, &i, e))
		return false;
	first = t.silent_ms == 0;
	trust_missed(&t, j->found_ms);
	return store_check_trust_set(f->db, j->app, &t, e) &&
	       flow_record(f, &i, "unannounced", "", "no event of DingTalk announced this end",
			   e) &&
	       (!first || (store_check_hurry(f->db, j->app, f->now_ms, NULL, e) &&
			   store_check_missed_want(f->db, j->app, f->now_ms + MISSED_MS, e)));
}

bool flow_trust_found(struct flow *f, const struct store_instance *i, struct err *e)
{
	if (i->announced_ms != 0)
		return announced(f, i->app, e);
	db_note(f->db, NOTE_CLOCK, "");
	return store_check_found(f->db, i->id, f->now_ms, e);
}

bool flow_trust_judge(struct flow *f, bool *any, struct err *e)
{
	struct store_check_judged j;

	if (!store_check_judge(f->db, f->arena, f->now_ms - TRUST_GRACE_MS, &j, e))
		return false;
	*any = j.id != NULL;
	if (!*any)
		return true;
	return j.announced ? announced(f, j.app, e) : missed(f, &j, e);
}

bool flow_trust_due(struct db *db, int64_t *due_ms, struct err *e)
{
	if (!store_check_found_due(db, due_ms, e))
		return false;
	*due_ms += *due_ms == 0 ? 0 : TRUST_GRACE_MS;
	return true;
}
