#include "flow/removal.h"

#include "base/text.h"
#include "flow/policy_version.h"
#include "flow/snapshots.h"
#include "json/json.h"
#include "model/removal.h"
#include "store/device_history.h"
#include "store/grant.h"
#include "store/instance.h"
#include "store/offline_code.h"
#include "store/release.h"
#include "store/removal.h"

/* Between letting through and the package being gone: a package manager at its longest. */
#define UNDER_WAY_MS (INT64_C(24) * 3600 * 1000)

/* Whose decision an approved request is: a release's has two people where it was confirmed. */
static bool decision(struct flow *f, const struct store_instance *i, struct store_removal *out,
		     struct err *e)
{
	struct store_release release;

	out->instance = i->id;
	out->decided_by = i->decided_by;
	out->channel = i->channel;
	if (i->release == NULL)
		return true;
	if (!store_release_get(f->db, f->arena, i->release, &release, e))
		return false;
	out->decided_by = release.confirmed_by == NULL || *release.confirmed_by == '\0'
			      ? release.created_by
			      : arena_printf(f->arena, "%s, confirmed by %s", release.created_by,
					     release.confirmed_by);
	out->channel = "release";
	return true;
}

static bool look_up_grant(struct flow *f, const struct store_device *d, const char *id,
			  struct removal_fact *fact, struct store_removal *out, struct err *e)
{
	struct store_offline_code code;
	struct store_instance i;
	struct store_grant g;

	out->grant = id;
	if (!store_grant_get(f->db, f->arena, id, &g, e) ||
	    !store_offline_by_grant(f->db, f->arena, id, &code, e))
		return false;
	fact->by_code = code.instance != NULL && text_equal(code.device, d->id);
	fact->grant_known = fact->by_code || (g.id != NULL && text_equal(g.device, d->id));
	if (!fact->grant_known)
		return true;
	if (!store_instance_get(f->db, f->arena, fact->by_code ? code.instance : g.instance, &i, e))
		return false;
	fact->released = i.release != NULL;
	return decision(f, &i, out, e);
}

#define OWNERS 20 /* looked at, the newest first */

/* Whose it was then: what a device tells may be older than its present owner. */
static bool look_up_owner(struct flow *f, struct store_device *d, int64_t at_ms, struct err *e)
{
	struct store_device_owning *all;
	size_t count;

	if (!store_device_owners_of(f->db, f->arena, d->id, OWNERS, &all, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		bool then = all[i].from_ms <= at_ms && (all[i].to_ms == 0 || at_ms < all[i].to_ms);

		if (!then || text_equal(all[i].person, d->owner))
			continue;
		d->owner = all[i].person;
		d->owner_name = all[i].person_name;
		d->held_for = NULL;
		return true;
	}
	return true;
}

/* As flow_device_coverage says it of the present policy. */
static struct coverage coverage_of(const struct snapshot_ahead *policy,
				   const struct store_device *d)
{
	struct coverage own = snapshot_ahead_coverage(policy, d->owner);

	return d->held_for == NULL || own.covered ? own
						  : snapshot_ahead_coverage(policy, d->held_for);
}

/* The policy in force at the time, for the people and groups of today. */
static bool look_up_policy(struct flow *f, const struct store_device *d, int64_t at_ms,
			   struct removal_fact *fact, struct store_removal *out,
			   const char **saved_by, struct err *e)
{
	struct flow_policy_version v;
	struct coverage c;

	if (!store_policy_at(f->db, f->arena, at_ms, &out->policy_version, saved_by, e) ||
	    !flow_policy_version(f, out->policy_version, &v, e))
		return false;
	c = coverage_of(snapshot_ahead_new(f->snapshot, f->arena, &v.policy, NULL), d);
	fact->mode = v.policy.mode;
	fact->covered = c.covered;
	fact->why = c.why;
	out->coverage = c.why;
	return true;
}

static const char *detail_of(struct flow *f, const struct store_removal *r)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};

	json_object(&w, NULL);
	json_put_text(&w, "ground", r->ground);
	json_put_i64(&w, "policy_version", r->policy_version);
	json_put_text(&w, "owner", r->owner);
	json_put_text(&w, "owner_name", r->owner_name);
	json_put_text(&w, "coverage", r->coverage);
	json_put_text(&w, "package", r->package);
	json_put_i64(&w, "removed_ms", r->at_ms);
	json_put_text(&w, "grant", r->grant);
	json_put_text(&w, "instance", r->instance);
	json_put_text(&w, "decided_by", r->decided_by);
	json_object_end(&w);
	return arena_dup_n(f->arena, text.data, text.len);
}

static bool add(struct flow *f, const struct store_device *d, const struct store_receipt *r,
		enum flow_removal what, const char **detail, struct err *e)
{
	struct removal_fact fact = {.by_grant = what == FLOW_REMOVAL_CONSUMED,
				    .forced = what == FLOW_REMOVAL_FORCED,
				    .said = what == FLOW_REMOVAL_LET ? r->text : NULL};
	bool gone = what == FLOW_REMOVAL_FORCED || what == FLOW_REMOVAL_DONE;
	int64_t at_ms = r->at_ms < f->now_ms ? r->at_ms : f->now_ms;
	struct store_device then = *d;
	struct store_removal row = {.id = r->id,
				    .device = d->id,
				    .device_name = d->name,
				    .package = r->package,
				    .at_ms = r->at_ms,
				    .learnt_ms = f->now_ms,
				    .state = gone ? STORE_REMOVAL_REMOVED : STORE_REMOVAL_ALLOWED,
				    .decided_by = "",
				    .channel = ""};
	enum removal_ground ground;
	const char *saved_by;

	if (!look_up_owner(f, &then, at_ms, e) ||
	    !look_up_policy(f, &then, at_ms, &fact, &row, &saved_by, e) ||
	    (fact.by_grant && !look_up_grant(f, d, r->grant, &fact, &row, e)))
		return false;
	row.owner = then.owner;
	row.owner_name = then.owner_name;
	ground = removal_ground_of(&fact);
	row.ground = removal_ground_names[ground];
	if (!fact.by_grant && ground != REMOVAL_WITHOUT_GRANT) {
		row.decided_by = saved_by;
		row.channel = "policy";
	}
	*detail = detail_of(f, &row);
	return store_removal_add(f->db, &row, e);
}

bool flow_removal(struct flow *f, const struct store_device *d, const struct store_receipt *r,
		  enum flow_removal what, const char **detail, struct err *e)
{
	bool found = false;

	*detail = NULL;
	if (what == FLOW_REMOVAL_NONE)
		return true;
	if (what == FLOW_REMOVAL_RESTORED)
		return store_removal_by_grant(f->db, d->id, r->grant, STORE_REMOVAL_ROLLED_BACK,
					      &found, e);
	if (what == FLOW_REMOVAL_DONE &&
	    !store_removal_end(f->db, d->id, r->package, f->now_ms - UNDER_WAY_MS, &found, e))
		return false;
	return found || add(f, d, r, what, detail, e);
}
