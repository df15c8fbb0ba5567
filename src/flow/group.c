#include "flow/group.h"

#include "base/id.h"
#include "base/text.h"
#include "flow/change.h"
#include "flow/policy.h"
#include "flow/snapshots.h"
#include "store/department.h"
#include "store/group.h"
#include "store/note.h"
#include "store/person.h"
#include "store/workflow.h"

static const char *content(struct arena *a, const struct group *g)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	struct group_body body;

	if (g == NULL)
		return NULL;
	body = group_body(a, g);
	json_write(&w, NULL, group_json, &body);
	return arena_dup_n(a, out.data, out.len);
}

static bool record(struct flow *f, const char *kind, const struct group *was,
		   const struct group *now, struct err *e)
{
	const struct group *any = now != NULL ? now : was;

	db_note(f->db, NOTE_POLICY, "");
	return flow_changed(f,
			    &(struct flow_change){.kind = kind,
						  .object = "user-group",
						  .id = any->id,
						  .text = any->name,
						  .before = content(f->arena, was),
						  .after = content(f->arena, now)},
			    e);
}

static bool rule_holds(struct flow *f, const struct rule *rule, bool *holds, struct err *e)
{
	switch (rule->subject) {
	case RULE_USER:
		return store_person_exists(f->db, rule->value, holds, e);
	case RULE_DEPARTMENT:
		return store_department_exists(f->db, rule->value, holds, e);
	case RULE_EMAIL:
	case RULE_TELEPHONE:
		*holds = true;
		return true;
	}
	return err_set(e, ERR_INTERNAL, "unknown kind of rule");
}

static bool check_rules(struct flow *f, const struct group *g, struct err *e)
{
	for (size_t i = 0; i < g->rule_count; i++) {
		bool holds;

		if (!rule_holds(f, &g->rules[i], &holds, e))
			return false;
		if (!holds)
			return err_set(e, ERR_UNPROCESSABLE, "rules[%zu]: there is no such %s", i,
				       rule_subject_name(g->rules[i].subject));
	}
	return true;
}

static bool check_count(struct flow *f, struct err *e)
{
	int64_t count;

	if (!store_group_count(f->db, &count, e))
		return false;
	return count < GROUP_MAX_GROUPS ||
	       err_set(e, ERR_UNPROCESSABLE, "There may be at most %d user groups.",
		       GROUP_MAX_GROUPS);
}

bool flow_group_save(struct flow *f, const struct group *was, struct group *g, struct err *e)
{
	char *id;

	if (!check_rules(f, g, e))
		return false;
	if (was != NULL) {
		g->updated_ms = was->updated_ms;
		return store_group_set(f->db, g, f->now_ms, e) &&
		       record(f, "group-changed", was, g, e);
	}
	id = arena_alloc(f->arena, ID_SIZE);
	id_new(id);
	g->id = id;
	g->updated_ms = f->now_ms;
	return check_count(f, e) && store_group_add(f->db, g, f->now_ms, e) &&
	       record(f, "group-created", NULL, g, e);
}

static bool policy_names(const struct policy *p, const char *id)
{
	const char *const *groups = p->groups.items;

	for (size_t i = 0; i < p->groups.count; i++) {
		if (text_equal(groups[i], id))
			return true;
	}
	return false;
}

bool flow_group_remove(struct flow *f, const struct group *g, struct err *e)
{
	struct policy policy;
	const char *workflow;

	if (!flow_policy_present(f, FLOW_ANY_VERSION, &policy, e) ||
	    !store_workflow_of_group(f->db, f->arena, g->id, &workflow, e))
		return false;
	if (policy_names(&policy, g->id))
		return err_set(
		    e, ERR_CONFLICT,
		    "The policy's scope names this user group; take it out there first.");
	if (workflow != NULL)
		return err_set(e, ERR_CONFLICT, "The workflow \"%s\" names this user group.",
			       workflow);
	return store_group_remove(f->db, g->id, e) && record(f, "group-removed", g, NULL, e);
}
