#include "flow/policy.h"

#include "base/text.h"
#include "flow/change.h"
#include "flow/snapshots.h"
#include "store/group.h"
#include "store/note.h"
#include "store/person.h"
#include "store/policy.h"
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

static bool check_filing(struct flow *f, const struct policy *p, struct err *e)
{
	struct policy now;

	if (!flow_policy_get(f->db, f->arena, &now, e))
		return false;
	if (p->workflow != NULL && text_equal(p->workflow, p->builtin_workflow))
		return err_set(e, ERR_UNPROCESSABLE,
			       "filing.builtin_workflow: is the first one already");
	return check_workflow(f, "filing.workflow", p->workflow, now.workflow, false, e) &&
	       check_workflow(f, "filing.builtin_workflow", p->builtin_workflow,
			      now.builtin_workflow, true, e);
}

/* before and after: the policies' JSON. */
static bool record(struct flow *f, const struct policy *p, const char *before, const char *after,
		   struct err *e)
{
	long long version = p->version;

	db_note(f->db, NOTE_POLICY, "");
	return flow_changed(
	    f,
	    &(struct flow_change){.kind = "policy-changed",
				  .object = "policy",
				  .id = arena_printf(f->arena, "%lld", version),
				  .text = arena_printf(f->arena, "version %lld, mode %s", version,
						       policy_mode_name(p->mode)),
				  .before = before,
				  .after = after},
	    e);
}

bool flow_policy_save(struct flow *f, const char *by, int64_t base, struct policy *p, struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};
	const char *present;
	int64_t version;

	if (!store_policy_newest(f->db, f->arena, &version, &present, e))
		return false;
	if (base != FLOW_ANY_VERSION && base != version)
		return err_set(e, ERR_STALE, "The policy is at version %lld by now.",
			       (long long)version);
	if (!check_list(f, &p->groups, store_group_exists, "scope.groups", e) ||
	    !check_list(f, &p->whitelist, store_person_exists, "whitelist", e) ||
	    !check_filing(f, p, e))
		return false;
	policy_write(&w, p);
	p->version = version + 1;
	return store_policy_add(f->db, p->version, body.data, by, f->now_ms, e) &&
	       record(f, p, present, body.data, e);
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
