#include "flow/group.h"

#include "base/id.h"
#include "base/text.h"
#include "flow/change.h"
#include "flow/record.h"
#include "flow/policy.h"
#include "flow/proposal.h"
#include "flow/snapshots.h"
#include "store/group.h"
#include "store/note.h"
#include "store/proposal.h"
#include "store/sync.h"
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

/* --- what rules name --- */

/* The ids of one subject, and where in the group their rules are. */
struct ids {
	const char **ids;
	size_t *at;
	size_t count;
};

static struct ids ids_of(struct arena *a, const struct group *g, enum rule_subject subject)
{
	struct ids out = {arena_array(a, g->rule_count, sizeof(*out.ids)),
			  arena_array(a, g->rule_count, sizeof(*out.at)), 0};

	for (size_t i = 0; i < g->rule_count; i++) {
		if (g->rules[i].subject != subject)
			continue;
		out.ids[out.count] = g->rules[i].value;
		out.at[out.count++] = i;
	}
	return out;
}

static void spread(const struct ids *of, const struct store_named *found, struct store_named *out)
{
	for (size_t i = 0; i < of->count; i++)
		out[of->at[i]] = found[i];
}

bool flow_group_names(struct flow *f, const struct group *g, struct store_named **out,
		      struct err *e)
{
	struct ids people = ids_of(f->arena, g, RULE_USER);
	struct ids departments = ids_of(f->arena, g, RULE_DEPARTMENT);
	struct store_named *found = arena_array(f->arena, people.count, sizeof(*found));
	struct store_named *others = arena_array(f->arena, departments.count, sizeof(*others));

	if (!store_named_people(f->db, f->arena, people.ids, people.count, found, e) ||
	    !store_named_departments(f->db, f->arena, departments.ids, departments.count, others,
				     e))
		return false;
	*out = arena_array(f->arena, g->rule_count, sizeof(**out));
	spread(&people, found, *out);
	spread(&departments, others, *out);
	return true;
}

bool flow_rule_broken(const struct rule *rule, const struct store_named *named)
{
	return (rule->subject == RULE_USER || rule->subject == RULE_DEPARTMENT) &&
	       (named->id == NULL || named->gone);
}

static bool had(const struct group *was, const struct rule *rule)
{
	for (size_t i = 0; was != NULL && i < was->rule_count; i++) {
		if (rule_equal(&was->rules[i], rule))
			return true;
	}
	return false;
}

static bool refuse(const struct rule *rule, size_t i, const struct store_named *named,
		   struct err *e)
{
	const char *subject = rule_subject_name(rule->subject);

	if (named->id == NULL)
		return err_set(e, ERR_UNPROCESSABLE, "rules[%zu]: there is no such %s", i, subject);
	return err_set(e, ERR_UNPROCESSABLE,
		       rule->subject == RULE_USER ? "rules[%zu]: the %s %s has left"
						  : "rules[%zu]: the %s %s is gone",
		       i, subject, named->name);
}

bool flow_group_check(struct flow *f, const struct group *was, const struct group *g, struct err *e)
{
	struct store_named *names;

	if (!flow_group_names(f, g, &names, e))
		return false;
	for (size_t i = 0; i < g->rule_count; i++) {
		const struct rule *rule = &g->rules[i];

		if (flow_rule_broken(rule, &names[i]) && !had(was, rule))
			return refuse(rule, i, &names[i], e);
	}
	return true;
}

/* --- saving --- */

static bool same_rules(const struct group *a, const struct group *b)
{
	if (b == NULL || a->rule_count != b->rule_count)
		return false;
	for (size_t i = 0; i < a->rule_count; i++) {
		if (!rule_equal(&a->rules[i], &b->rules[i]))
			return false;
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

	if (!flow_group_check(f, was, g, e))
		return false;
	if (was != NULL) {
		g->updated_ms = was->updated_ms;
		return (same_rules(was, g) || flow_proposals_stale(f, PROPOSAL_GROUP, g->id, e)) &&
		       store_group_set(f->db, g, f->now_ms, e) &&
		       store_sync_touched_forget(f->db, NULL, e) &&
		       record(f, "group-changed", was, g, e);
	}
	id = arena_alloc(f->arena, ID_SIZE);
	id_new(id);
	g->id = id;
	g->updated_ms = f->now_ms;
	return check_count(f, e) && store_group_add(f->db, g, f->now_ms, e) &&
	       record(f, "group-created", NULL, g, e);
}

bool flow_group_remove(struct flow *f, const struct group *g, struct err *e)
{
	struct policy policy;
	const char *workflow;

	if (!flow_policy_present(f, FLOW_ANY_VERSION, &policy, e) ||
	    !store_workflow_of_group(f->db, f->arena, g->id, &workflow, e))
		return false;
	if (policy_names_group(&policy, g->id))
		return err_set(
		    e, ERR_CONFLICT,
		    "The policy's scope names this user group; take it out there first.");
	if (workflow != NULL)
		return err_set(e, ERR_CONFLICT, "The workflow \"%s\" names this user group.",
			       workflow);
	return flow_proposals_stale(f, PROPOSAL_GROUP, g->id, e) &&
	       store_group_remove(f->db, g->id, e) && record(f, "group-removed", g, NULL, e);
}

/* --- broken rules --- */

#define NAMED 3 /* in an alarm */

/* Its broken rules as they are; none when the group is not there any more. */
static bool broken_now(struct flow *f, const char *id, struct group *out, struct err *e)
{
	struct store_named *names;
	struct err why = {0};
	struct rule *rules;
	struct group g;

	*out = (struct group){.id = id};
	if (!store_group_get(f->db, f->arena, id, &g, &why)) {
		if (why.code != ERR_NOT_FOUND)
			*e = why;
		return why.code == ERR_NOT_FOUND;
	}
	if (!flow_group_names(f, &g, &names, e))
		return false;
	rules = arena_array(f->arena, g.rule_count, sizeof(*rules));
	for (size_t i = 0; i < g.rule_count; i++) {
		if (flow_rule_broken(&g.rules[i], &names[i]))
			rules[out->rule_count++] = g.rules[i];
	}
	out->name = g.name;
	out->rules = rules;
	return true;
}

/* Those of now that known does not have. */
static struct group fresh_of(struct arena *a, const struct group *now, const struct group *known)
{
	struct rule *rules = arena_array(a, now->rule_count, sizeof(*rules));
	struct group out = {.id = now->id, .name = now->name, .rules = rules};

	for (size_t i = 0; i < now->rule_count; i++) {
		if (!had(known, &now->rules[i]))
			rules[out.rule_count++] = now->rules[i];
	}
	return out;
}

static bool alarm_of(struct flow *f, const struct group *fresh, struct err *e)
{
	size_t shown = fresh->rule_count < NAMED ? fresh->rule_count : NAMED;
	const struct group first = {.rules = fresh->rules, .rule_count = shown};
	struct store_named *names;
	const char *list = "";

	if (!flow_group_names(f, &first, &names, e))
		return false;
	for (size_t i = 0; i < shown; i++)
		list = arena_printf(f->arena, "%s%s%s", list, i == 0 ? "" : ", ",
				    names[i].name != NULL ? names[i].name : first.rules[i].value);
	if (shown < fresh->rule_count)
		list = arena_printf(f->arena, "%s, …", list);
	return flow_event(
	    f,
	    &(struct flow_event){.kind = "rule-broken",
				 .object = "user-group",
				 .object_id = fresh->id,
				 .text = arena_printf(f->arena, "%s: %zu broken: %s", fresh->name,
						      fresh->rule_count, list)},
	    e);
}

static bool review_group(struct flow *f, const char *id, const struct group *known, struct err *e)
{
	struct group now, fresh;

	if (!broken_now(f, id, &now, e))
		return false;
	if (now.name == NULL)
		return true;
	fresh = fresh_of(f->arena, &now, known);
	return store_broken_set(f->db, &now, f->now_ms, e) &&
	       (fresh.rule_count == 0 || alarm_of(f, &fresh, e));
}

/* The rules of the next group of the snapshot's broken ones, from *at on. */
static struct group next_broken(struct arena *a, const struct snapshot_broken *all, size_t count,
				size_t *at)
{
	struct group out = {.id = all[*at].group};
	struct rule *rules;
	size_t end = *at;

	while (end < count && text_equal(all[end].group, out.id))
		end++;
	rules = arena_array(a, end - *at, sizeof(*rules));
	for (; *at < end; ++*at)
		rules[out.rule_count++] = all[*at].rule;
	out.rules = rules;
	return out;
}

static const struct group *group_in(const struct group *all, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++) {
		if (text_equal(all[i].id, id))
			return &all[i];
	}
	return NULL;
}

bool flow_groups_broken(struct db *db, struct arena *a, const struct snapshot *s,
			struct flow_broken *out, struct err *e)
{
	const struct snapshot_broken *broken;
	size_t count = snapshot_broken(s, &broken), at = 0, n = 0;
	struct group *now = arena_array(a, count, sizeof(*now));
	struct store_group_list known;

	if (!store_broken_list(db, a, &known, e))
		return false;
	*out =
	    (struct flow_broken){.items = arena_array(a, known.count + count, sizeof(*out->items))};
	while (at < count)
		now[n++] = next_broken(a, broken, count, &at);
	for (size_t i = 0; i < n; i++) {
		const struct group *k = group_in(known.items, known.count, now[i].id);

		if (!same_rules(&now[i], k))
			out->items[out->count++] = (struct flow_broken_group){now[i].id, k};
	}
	for (size_t i = 0; i < known.count; i++) {
		if (group_in(now, n, known.items[i].id) == NULL)
			out->items[out->count++] =
			    (struct flow_broken_group){known.items[i].id, &known.items[i]};
	}
	return true;
}

bool flow_groups_review(struct flow *f, struct err *e)
{
	struct flow_broken all;

	if (!flow_groups_broken(f->db, f->arena, f->snapshot, &all, e))
		return false;
	for (size_t i = 0; i < all.count && i < FLOW_REVIEW_GROUPS; i++) {
		if (!review_group(f, all.items[i].group, all.items[i].known, e))
			return false;
	}
	return true;
}
