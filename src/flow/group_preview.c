#include "flow/group_preview.h"

#include "flow/ahead.h"
#include "flow/proposal.h"
#include "model/membership.h"

static bool name_them(struct flow *f, const char *const *ids, size_t count,
		      struct policy_ahead_some *out, struct err *e)
{
	struct store_named *names = arena_array(f->arena, count, sizeof(*names));

	if (!store_named_people(f->db, f->arena, ids, count, names, e))
		return false;
	for (size_t i = 0; i < count; i++)
		policy_ahead_add(f->arena, out,
				 &(struct policy_ahead_one){.id = ids[i],
							    .name = names[i].name,
							    .source = names[i].source_name});
	return true;
}

/* Those of set who are not in without. */
static bool some_of(struct flow *f, const struct snapshot_set *set,
		    const struct snapshot_set *without, struct policy_ahead_some *out,
		    struct err *e)
{
	const char *ids[POLICY_AHEAD_SAMPLE];
	size_t shown = snapshot_set_page(set, without, "", POLICY_AHEAD_SAMPLE, ids);

	*out = (struct policy_ahead_some){0};
	if (!name_them(f, ids, shown, out, e))
		return false;
	out->count = snapshot_set_count(set, without);
	return true;
}

/* The first of its members, each with the first rules that have them. */
static bool sample(struct flow *f, const struct group *g, const struct snapshot_set *set,
		   struct json_list *out, struct err *e)
{
	const struct roster *roster = snapshot_roster(f->snapshot);
	const uint32_t *found = membership_find(roster, f->arena, g);
	const char *ids[POLICY_AHEAD_SAMPLE];
	size_t count = snapshot_set_page(set, NULL, "", POLICY_AHEAD_SAMPLE, ids);
	struct flow_group_preview_one *all = arena_array(f->arena, count, sizeof(*all));
	struct store_named *names = arena_array(f->arena, count, sizeof(*names));

	if (!store_named_people(f->db, f->arena, ids, count, names, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct group_finding_rule *rules =
		    arena_array(f->arena, FLOW_GROUP_PREVIEW_RULES, sizeof(*rules));
		uint32_t person = roster_person(roster, ids[i]);
		size_t n = 0;

		for (size_t at = 0; at < g->rule_count && n < FLOW_GROUP_PREVIEW_RULES; at++) {
			if (membership_has(roster, &g->rules[at], found[at], person))
				rules[n++] =
				    (struct group_finding_rule){(int64_t)at, g->rules[at].value};
		}
		all[i] = (struct flow_group_preview_one){
		    ids[i], names[i].name, names[i].source_name, json_list_of(rules, n)};
	}
	*out = json_list_of(all, count);
	return true;
}

static bool find(struct flow *f, const struct group *g, struct json_list *out, struct err *e)
{
	bool *broken = arena_array(f->arena, g->rule_count, sizeof(*broken));
	struct store_named *names;

	if (!flow_group_names(f, g, &names, e))
		return false;
	for (size_t i = 0; i < g->rule_count; i++)
		broken[i] = flow_rule_broken(&g->rules[i], &names[i]);
	group_findings(f->snapshot, f->arena, g, broken, out);
	return true;
}

bool flow_group_preview(struct flow *f, const struct group *was, const struct group *g,
			struct flow_group_preview *out, struct err *e)
{
	const struct snapshot *s = f->snapshot;
	struct group nobody = {0};
	struct snapshot_set *then = snapshot_set_new(s, f->arena, g);
	struct snapshot_set *now = was != NULL ? snapshot_set_of(s, f->arena, was)
					       : snapshot_set_new(s, f->arena, &nobody);
	struct snapshot_ahead *before = snapshot_ahead_new(s, f->arena, NULL, was);
	struct snapshot_ahead *after = snapshot_ahead_new(s, f->arena, NULL, g);
	struct snapshot_size size = snapshot_set_size(then);
	struct flow_policy_need need = {0};

	*out =
	    (struct flow_group_preview){.people = size.people,
					.departed = size.departed,
					.all = snapshot_people(s),
					.in_scope = was != NULL && snapshot_in_scope(s, was->id)};
	if (!flow_group_check(f, was, g, e) || !sample(f, g, then, &out->sample, e) ||
	    !some_of(f, then, now, &out->joined, e) || !some_of(f, now, then, &out->left, e) ||
	    !find(f, g, &out->findings, e) || !flow_ahead(f, before, after, &out->covered, e))
		return false;
	if (was != NULL && !flow_group_need(f, snapshot_policy(s), g, &need, e))
		return false;
	out->second_whys = policy_second_words(f->arena, need.whys);
	return true;
}
