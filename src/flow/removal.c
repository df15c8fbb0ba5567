#include "flow/removal.h"

#include "base/text.h"
#include "flow/snapshots.h"
#include "flow/statement.h"
#include "json/json.h"
#include "model/removal.h"
#include "store/grant.h"
#include "store/instance.h"
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
	struct store_instance i;
	struct store_grant g;

	out->grant = id;
	if (!store_grant_get(f->db, f->arena, id, &g, e))
		return false;
	fact->grant_known = g.id != NULL && text_equal(g.device, d->id);
	if (!fact->grant_known)
		return true;
	if (!store_instance_get(f->db, f->arena, g.instance, &i, e))
		return false;
	fact->released = i.release != NULL;
	return decision(f, &i, out, e);
}

/* The policy in force at the time that the device names, at the latest now. */
static bool look_up_policy(struct flow *f, const struct store_device *d, struct removal_fact *fact,
			   struct store_removal *out, const char **saved_by, struct err *e)
{
	int64_t at_ms = out->at_ms < f->now_ms ? out->at_ms : f->now_ms;
	struct coverage c = flow_device_coverage(f->snapshot, d);

	fact->mode = snapshot_policy(f->snapshot)->mode;
	fact->covered = c.covered;
	fact->why = c.why;
	out->coverage = c.why;
	return store_policy_at(f->db, f->arena, at_ms, &out->policy_version, saved_by, e);
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
	struct store_removal row = {.id = r->id,
				    .device = d->id,
				    .device_name = d->name,
				    .owner = d->owner,
				    .owner_name = d->owner_name,
				    .package = r->package,
				    .at_ms = r->at_ms,
				    .learnt_ms = f->now_ms,
				    .state = gone ? STORE_REMOVAL_REMOVED : STORE_REMOVAL_ALLOWED,
				    .decided_by = "",
				    .channel = ""};
	enum removal_ground ground;
	const char *saved_by;

	if (!look_up_policy(f, d, &fact, &row, &saved_by, e) ||
	    (fact.by_grant && !look_up_grant(f, d, r->grant, &fact, &row, e)))
		return false;
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
