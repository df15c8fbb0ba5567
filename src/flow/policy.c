#include "flow/policy.h"

#include "base/text.h"
#include "flow/change.h"
#include "flow/policy_version.h"
#include "flow/proposal.h"
#include "flow/snapshots.h"
#include "model/policy_diff.h"
#include "store/group.h"
#include "store/note.h"
#include "store/person.h"
#include "store/policy.h"
#include "store/proposal.h"
#include "store/sync.h"
#include "store/workflow.h"

typedef bool exists_fn(struct db *db, const char *id, bool *out, struct err *e);

static bool check_list(struct flow *f, const struct json_list *list, exists_fn *exists,
		       const char *what, struct err *e)
{
	const char *const *ids = list->items;

	for (size_t i = 0; i < list->count; i++) {
		bool there;

		if (!exists(f->db, ids[i], &there, e))
			return false;
		if (!there)
			return err_set(e, ERR_UNPROCESSABLE, "%s[%zu]: is not there (any more)",
				       what, i);
	}
	return true;
}

/* A broken one cannot be chosen; one that breaks later stays. now: what the policy has there. */
static bool check_workflow(struct flow *f, const char *what, const char *id, const char *now,
			   bool builtin, struct err *e)
{
	struct store_workflow w;

	if (id == NULL)
		return true;
	if (!store_workflow_get(f->db, f->arena, id, &w, e))
		return e->code == ERR_NOT_FOUND
			   ? err_set(e, ERR_UNPROCESSABLE, "%s: is not there (any more)", what)
			   : false;
	if (builtin && !text_equal(w.type, WORKFLOW_BUILTIN))
		return err_set(e, ERR_UNPROCESSABLE, "%s: %s is no built-in workflow", what,
			       w.name);
	return !text_equal(w.state, "broken") || text_equal(now, id) ||
	       err_set(e, ERR_UNPROCESSABLE, "%s: %s is broken; its connection test says why.",
		       what, w.name);
}

static bool check_filing(struct flow *f, const struct policy *p, const struct policy *now,
			 struct err *e)
{
	if (p->workflow != NULL && text_equal(p->workflow, p->builtin_workflow))
		return err_set(e, ERR_UNPROCESSABLE,
			       "filing.builtin_workflow: is the first one already");
	return check_workflow(f, "filing.workflow", p->workflow, now->workflow, false, e) &&
	       check_workflow(f, "filing.builtin_workflow", p->builtin_workflow,
			      now->builtin_workflow, true, e);
}

static const char *json_of(struct arena *a, const struct policy *p)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};

	policy_write(&w, p);
	return arena_dup_n(a, body.data, body.len);
}

static const char *told(struct arena *a, const struct store_policy *row, const struct policy *p)
{
	const char *text = arena_printf(a, "version %lld, mode %s", (long long)row->version,
					policy_mode_name(p->mode));

	if (row->restored_from != 0)
		text =
		    arena_printf(a, "%s, as version %lld was", text, (long long)row->restored_from);
	if (row->confirmed_by != NULL)
		text = arena_printf(a, "%s, proposed by %s, confirmed by %s", text, row->created_by,
				    row->confirmed_by);
	return text;
}

/* before: NULL, or the policy's JSON. */
static bool record(struct flow *f, const struct store_policy *row, const struct policy *p,
		   const char *before, struct err *e)
{
	db_note(f->db, NOTE_POLICY, POLICY_ALONE);
	return flow_changed(
	    f,
	    &(struct flow_change){.kind = "policy-changed",
				  .object = "policy",
				  .id = arena_printf(f->arena, "%lld", (long long)row->version),
				  .text = told(f->arena, row, p),
				  .before = before,
				  .after = row->body},
	    e);
}

bool flow_policy_check(struct flow *f, const struct policy *p, const struct policy *now,
		       struct err *e)
{
	return check_list(f, &p->groups, store_group_exists, "scope.groups", e) &&
	       check_list(f, &p->whitelist, store_person_exists, "whitelist", e) &&
	       check_filing(f, p, now, e);
}

bool flow_policy_present(struct flow *f, int64_t base, struct policy *now, struct err *e)
{
	if (!store_policy_one_by_one(f->db, e) || !flow_policy_get(f->db, f->arena, now, e))
		return false;
	return base == FLOW_ANY_VERSION || base == now->version ||
	       err_set(e, ERR_STALE, "The policy is at version %lld by now.",
		       (long long)now->version);
}

bool flow_policy_save_as(struct flow *f, const struct flow_policy_origin *origin, int64_t base,
			 struct policy *p, struct err *e)
{
	struct store_policy row;
	struct json_list changes;
	struct policy now;

	if (!flow_policy_present(f, base, &now, e) || !flow_policy_check(f, p, &now, e))
		return false;
	changes = policy_diff(f->arena, &now, p);
	p->version = now.version;
	if (changes.count == 0 && now.version > 0)
		return true;
	p->version++;
	row = (struct store_policy){.version = p->version,
				    .body = json_of(f->arena, p),
				    .created_ms = f->now_ms,
				    .created_by = origin->by,
				    .changed = policy_changed(f->arena, &changes),
				    .confirmed_by = origin->confirmed_by,
				    .restored_from = origin->restored_from};
	return flow_policy_names(f, p, &row.names, e) && store_policy_add(f->db, &row, e) &&
	       store_sync_touched_forget(f->db, NULL, e) &&
	       flow_proposals_stale(f, PROPOSAL_POLICY, NULL, e) &&
	       record(f, &row, p, now.version > 0 ? json_of(f->arena, &now) : NULL, e);
}

bool flow_policy_save(struct flow *f, const char *by, int64_t base, struct policy *p, struct err *e)
{
	return flow_policy_save_as(f, &(struct flow_policy_origin){.by = by}, base, p, e);
}

/* A DingTalk workflow's last form is for everybody of its app. */
bool flow_policy_reach(struct flow *f, const struct policy *p, struct flow_policy_reach *out,
		       struct err *e)
{
	struct store_workflow w = {0};
	struct store_person_count count;

	*out = (struct flow_policy_reach){0};
	if (p->workflow != NULL && !store_workflow_get(f->db, f->arena, p->workflow, &w, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
	}
	if (!store_person_count(f->db, w.app, &count, e))
		return false;
	out->people = count.all;
	if (p->filing_allowed)
		out->first = text_equal(w.type, WORKFLOW_BUILTIN) ? count.all : count.of_app;
	if (p->filing_allowed && p->builtin_workflow != NULL)
		out->second = count.all - out->first;
	out->neither = count.all - out->first - out->second;
	return true;
}
