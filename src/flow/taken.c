#include "flow/taken.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/ahead.h"
#include "flow/release.h"
#include "flow/snapshots.h"
#include "flow/statement.h"
#include "model/release.h"
#include "store/group.h"
#include "store/release.h"
#include "store/rows.h"
#include "store/taken.h"

static int64_t since(const struct flow *f)
{
	return f->now_ms - POLICY_SECOND_LATE_MS;
}

/* --- many at once --- */

struct count {
	struct arena *arena;
	const struct snapshot_ahead *now, *after;
	const char *const *before; /* taken in the last day, by id */
	size_t before_count;
	struct flow_taken *out;
};

static int compare_ids(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static bool taken_before(const struct count *c, const char *device)
{
	return c->before_count > 0 && bsearch((const void *)&device, (const void *)c->before,
					      c->before_count, sizeof(*c->before), compare_ids);
}

static void see(void *arg, const struct store_device_owner *d)
{
	struct count *c = arg;
	struct flow_taken *out = c->out;
	bool before = taken_before(c, d->id);

	if (flow_ahead_device(c->after, d)) {
		out->of_late -= before;
		return;
	}
	if (!flow_ahead_device(c->now, d))
		return;
	out->of_late += !before;
	if (out->count < FLOW_TAKEN_MAX) {
		out->devices = rows_grow(c->arena, (void *)out->devices, (size_t)out->count,
					 sizeof(*out->devices));
		out->devices[out->count] = arena_dup(c->arena, d->id);
	}
	out->count++;
}

static bool has_all_groups(struct flow *f, bool *out, struct err *e)
{
	struct store_group_version *all;
	size_t count;

	if (!store_group_versions(f->db, f->arena, &all, &count, e))
		return false;
	*out = true;
	for (size_t i = 0; i < count && *out; i++)
		*out = snapshot_has_group(f->snapshot, all[i].id, all[i].updated_ms);
	return true;
}

static bool count_with(struct flow *f, const struct snapshot *s, const struct flow_taking *t,
		       struct flow_taken *out, struct err *e)
{
	struct count c = {.arena = f->arena, .out = out};

	c.now = snapshot_ahead_new(s, f->arena, t->now, NULL);
	c.after = snapshot_ahead_new(s, f->arena, t->after, t->group);
	*out = (struct flow_taken){0};
	if (!store_taken_since(f->db, f->arena, since(f), &c.before, &c.before_count, e))
		return false;
	out->of_late = (int64_t)c.before_count;
	return store_device_owners(f->db, see, &c, e);
}

bool flow_taken_count(struct flow *f, const struct flow_taking *t, struct flow_taken *out,
		      struct err *e)
{
	struct snapshot *own = NULL;
	bool fresh, ok;

	if (!has_all_groups(f, &fresh, e) ||
	    (!fresh && !snapshots_read(f->db, f->snapshot, &own, e)))
		return false;
	ok = count_with(f, fresh ? f->snapshot : own, t, out, e);
	snapshot_free(own);
	return ok;
}

bool flow_taken_note(struct flow *f, const struct flow_taken *taken, struct err *e)
{
	for (int64_t i = 0; i < taken->count && i < FLOW_TAKEN_MAX; i++) {
		if (!store_taken_add(
			f->db,
			&(struct store_taken){.device = taken->devices[i], .at_ms = f->now_ms},
			since(f), e))
			return false;
	}
	return true;
}

/* --- one by hand --- */

static bool refuse(int64_t count, int64_t threshold, struct err *e)
{
	return err_set(
	    e, ERR_CONFLICT,
	    "It would be device %lld that you take out of the protection within 24 hours; "
	    "one person may do that with %lld. Make a release of these devices: a second "
	    "administrator confirms it.",
	    (long long)count, (long long)threshold);
}

bool flow_taken_one(struct flow *f, const struct store_device *d, struct err *e)
{
	const char *account = text_equal(f->actor.kind, "account") ? f->actor.id : "";
	int64_t released, taken, threshold;

	if ((!text_equal(d->state, STORE_DEVICE_ACTIVE) &&
	     !text_equal(d->state, STORE_DEVICE_LOST)) ||
	    snapshot_policy(f->snapshot)->mode == POLICY_OFF ||
	    !flow_device_coverage(f->snapshot, d).covered)
		return true;
	if (!store_release_one_by_one(f->db, e) || !flow_release_threshold(f, &threshold, e) ||
	    !store_release_alone(f->db, account, f->now_ms - RELEASE_ALONE_MS, &released, e) ||
	    !store_taken_alone(f->db, account, d->id, since(f), &taken, e))
		return false;
	if (released + taken + 1 > threshold)
		return refuse(released + taken + 1, threshold, e);
	return store_taken_add(f->db, &(struct store_taken){d->id, account, f->now_ms}, since(f),
			       e);
}
