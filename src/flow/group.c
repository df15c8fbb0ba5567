#include "flow/group.h"

#include "base/id.h"
#include "base/text.h"
#include "flow/record.h"
#include "flow/snapshots.h"
#include "store/department.h"
#include "store/group.h"
#include "store/note.h"
#include "store/person.h"
#include "store/workflow.h"

static bool record(struct flow *f, const char *kind, const struct group *g, struct err *e)
{
	db_note(f->db, NOTE_POLICY, "");
	return flow_event(
	    f,
	    &(struct flow_event){
		.kind = kind, .object = "user-group", .object_id = g->id, .text = g->name},
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

bool flow_group_save(struct flow *f, struct group *g, struct err *e)
{
	char *id;

	if (!check_rules(f, g, e))
		return false;
	if (g->id != NULL)
		return store_group_set(f->db, g, f->now_ms, e) && record(f, "group-changed", g, e);
	id = arena_alloc(f->arena, ID_SIZE);
	id_new(id);
	g->id = id;
	return check_count(f, e) && store_group_add(f->db, g, f->now_ms, e) &&
	       record(f, "group-created", g, e);
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

bool flow_group_remove(struct flow *f, const char *id, struct err *e)
{
	struct policy policy;
	struct group g;
	const char *workflow;

	if (!store_group_get(f->db, f->arena, id, &g, e) ||
	    !flow_policy_get(f->db, f->arena, &policy, e) ||
	    !store_workflow_of_group(f->db, f->arena, id, &workflow, e))
		return false;
	if (policy_names(&policy, id))
		return err_set(
		    e, ERR_CONFLICT,
		    "The policy's scope names this user group; take it out there first.");
	if (workflow != NULL)
		return err_set(e, ERR_CONFLICT, "The workflow \"%s\" names this user group.",
			       workflow);
	return store_group_remove(f->db, id, e) && record(f, "group-removed", &g, e);
}
