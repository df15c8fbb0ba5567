#include "flow/policy.h"

#include "base/text.h"
#include "flow/record.h"
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

/* A broken one cannot be chosen; one that breaks later stays. */
static bool check_workflow(struct flow *f, const char *id, struct err *e)
{
	struct store_workflow w;
	struct policy now;

	if (id == NULL)
		return true;
	if (!store_workflow_get(f->db, f->arena, id, &w, e))
		return e->code == ERR_NOT_FOUND
			   ? err_set(e, ERR_UNPROCESSABLE,
				     "filing.workflow: is not there (any more)")
			   : false;
	if (!text_equal(w.state, "broken"))
		return true;
	if (!flow_policy_get(f->db, f->arena, &now, e))
		return false;
	return text_equal(now.workflow, id) ||
	       err_set(e, ERR_UNPROCESSABLE,
		       "filing.workflow: %s is broken; its connection test says why.", w.name);
}

/* One that needs nothing of DingTalk. */
static bool check_builtin(struct flow *f, const char *id, struct err *e)
{
	struct store_workflow w = {0};

	if (id == NULL)
		return true;
	if (!store_workflow_get(f->db, f->arena, id, &w, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
	}
	return text_equal(w.type, WORKFLOW_BUILTIN) ||
	       err_set(e, ERR_UNPROCESSABLE,
		       "filing.builtin_workflow: is no built-in workflow (any more)");
}

/* before and after: the policies' JSON. */
static bool record(struct flow *f, const struct policy *p, const char *before, const char *after,
		   struct err *e)
{
	long long version = p->version;

	db_note(f->db, NOTE_POLICY, "");
	return flow_event(
	    f,
	    &(struct flow_event){.kind = "policy-changed",
				 .object = "policy",
				 .object_id = arena_printf(f->arena, "%lld", version),
				 .text = arena_printf(f->arena, "version %lld, mode %s", version,
						      policy_mode_name(p->mode)),
				 .detail = arena_printf(f->arena, "{\"before\":%s,\"after\":%s}",
							before != NULL ? before : "null", after)},
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
	    !check_workflow(f, p->workflow, e) || !check_builtin(f, p->builtin_workflow, e))
		return false;
	policy_write(&w, p, false);
	p->version = version + 1;
	return store_policy_add(f->db, p->version, body.data, by, f->now_ms, e) &&
	       record(f, p, present, body.data, e);
}
