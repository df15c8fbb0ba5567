#include "flow/policy_preview.h"

#include <string.h>

#include "base/text.h"
#include "flow/ahead.h"
#include "flow/policy_version.h"
#include "flow/proposal.h"
#include "flow/snapshots.h"
#include "store/group.h"
#include "store/instance.h"
#include "store/person.h"
#include "store/workflow.h"

#define PAGE 500 /* requests at a time */
#define MAX_OWNERS 1000

enum warning {
	EMPTY_SCOPE,
	NOBODY_COVERED,
	EVERYBODY_COVERED,
	EMPTY_GROUP,
	BROKEN_GROUP,
	WHITELISTED_OWNER,
	WHITELISTED_DEPARTED,
	WORKFLOW_BROKEN,
	NO_WORKFLOW,
	NO_CONTACT,
	FILING_NOT_ALLOWED
};
const char *const flow_policy_warnings[] = {[EMPTY_SCOPE] = "empty-scope",
					    [NOBODY_COVERED] = "nobody-covered",
					    [EVERYBODY_COVERED] = "everybody-covered",
					    [EMPTY_GROUP] = "empty-group",
					    [BROKEN_GROUP] = "broken-group",
					    [WHITELISTED_OWNER] = "whitelisted-owner",
					    [WHITELISTED_DEPARTED] = "whitelisted-departed",
					    [WORKFLOW_BROKEN] = "workflow-broken",
					    [NO_WORKFLOW] = "no-workflow",
					    [NO_CONTACT] = "no-contact",
					    [FILING_NOT_ALLOWED] = "filing-not-allowed",
					    NULL};

/* A policy as it would be enforced on people. */
struct side {
	const struct policy *policy;
	const struct snapshot_ahead *ahead;
	struct store_workflow first; /* type NULL: there is none */
};

struct look {
	struct flow *flow;
	struct side before, after;
	struct flow_policy_preview *out;
	int64_t stuck; /* people who would be blocked and could not file */
	struct flow_policy_warning *warnings;
	size_t warning_count;
};

static bool side_of(struct flow *f, const struct policy *p, struct side *out, struct err *e)
{
	*out =
	    (struct side){.policy = p, .ahead = snapshot_ahead_new(f->snapshot, f->arena, p, NULL)};
	if (p->workflow == NULL || store_workflow_get(f->db, f->arena, p->workflow, &out->first, e))
		return true;
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	return true;
}

/* --- who could not file --- */

static bool serves(const struct side *s, const struct store_present *p)
{
	if (!s->policy->filing_allowed)
		return false;
	return s->policy->builtin_workflow != NULL || text_equal(s->first.type, WORKFLOW_BUILTIN) ||
	       (s->first.type != NULL && p->app != NULL && text_equal(s->first.app, p->app));
}

static bool is_stuck(const struct side *s, const struct store_present *p)
{
	return s->policy->mode == POLICY_BLOCK &&
	       snapshot_ahead_coverage(s->ahead, p->id).covered && !serves(s, p);
}

static void see_person(void *arg, const struct store_present *p)
{
	struct look *l = arg;

	if (!is_stuck(&l->after, p))
		return;
	l->stuck++;
	if (!is_stuck(&l->before, p))
		policy_ahead_add(l->flow->arena, &l->out->stranded,
				 &(struct policy_ahead_one){
				     .id = p->id, .name = p->name, .source = p->source_name});
}

/* --- what waits --- */

/* Who is not known, maybe because he is newer than the snapshot, is left alone. */
static bool is_covered(const struct side *s, const char *person)
{
	struct coverage c = snapshot_ahead_coverage(s->ahead, person);

	return c.covered || text_equal(c.why, "unknown person");
}

/* As the job says it that looks whether requests are needed. */
static bool is_unneeded(const struct side *s, const struct store_waiting *w)
{
	if (s->policy->mode == POLICY_OFF || !policy_protects(s->policy, w->package))
		return true;
	return !is_covered(s, w->person) && (w->held_for == NULL || !is_covered(s, w->held_for));
}

static bool count_requests(struct look *l, struct err *e)
{
	struct flow *f = l->flow;
	const char *after = "";
	size_t count;

	do {
		struct store_waiting *items;

		if (!store_instance_waiting(f->db, f->arena, after, PAGE, &items, &count, e))
			return false;
		for (size_t i = 0; i < count; i++)
			l->out->requests += !items[i].departed && is_unneeded(&l->after, &items[i]);
		if (count > 0)
			after = items[count - 1].id;
	} while (count == PAGE);
	return true;
}

/* --- what to think about twice --- */

static void warn_of(struct look *l, enum warning which, const char *id, const char *name,
		    int64_t count)
{
	if (l->warning_count < FLOW_POLICY_MAX_WARNINGS)
		l->warnings[l->warning_count++] =
		    (struct flow_policy_warning){flow_policy_warnings[which], id, name, count};
}

static void warn(struct look *l, bool really, enum warning which, int64_t count)
{
	if (really)
		warn_of(l, which, NULL, NULL, count);
}

static bool warn_of_groups(struct look *l, struct err *e)
{
	const struct policy *p = l->after.policy;
	const char *const *ids = p->groups.items;

	for (size_t i = 0; i < p->groups.count; i++) {
		const char *name;

		if (snapshot_members(l->flow->snapshot, ids[i]) != 0)
			continue;
		if (!store_group_name(l->flow->db, l->flow->arena, ids[i], &name, e))
			return false;
		warn_of(l, EMPTY_GROUP, ids[i], name, 0);
	}
	return true;
}

static bool has(const struct json_list *list, const char *id)
{
	const char *const *ids = list->items;

	for (size_t i = 0; i < list->count; i++) {
		if (text_equal(ids[i], id))
			return true;
	}
	return false;
}

/* A rule that names who is not there any more counts as before, until somebody saves the group without it. */
static bool warn_of_broken(struct look *l, struct err *e)
{
	struct store_group_list broken;

	if (!store_broken_list(l->flow->db, l->flow->arena, &broken, e))
		return false;
	for (size_t i = 0; i < broken.count; i++) {
		const struct group *g = &broken.items[i];
		const char *name;

		if (!has(&l->after.policy->groups, g->id))
			continue;
		if (!store_group_name(l->flow->db, l->flow->arena, g->id, &name, e))
			return false;
		warn_of(l, BROKEN_GROUP, g->id, name, (int64_t)g->rule_count);
	}
	return true;
}

static bool warn_of_owners(struct look *l, struct err *e)
{
	struct flow *f = l->flow;
	struct store_owner_count *owners;
	size_t count;

	if (l->after.policy->whitelist.count == 0)
		return true;
	if (!store_device_many(f->db, f->arena, FLOW_POLICY_MANY_DEVICES, MAX_OWNERS, &owners,
			       &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (has(&l->after.policy->whitelist, owners[i].id))
			warn_of(l, WHITELISTED_OWNER, owners[i].id, owners[i].name,
				owners[i].devices);
	}
	return true;
}

static bool warn_of_departed(struct look *l, struct err *e)
{
	const struct policy *p = l->after.policy;
	const char *const *ids = p->whitelist.items;

	for (size_t i = 0; i < p->whitelist.count; i++) {
		struct store_person person;

		if (!store_person_get(l->flow->db, l->flow->arena, ids[i], &person, e))
			return false;
		if (person.departed)
			warn_of(l, WHITELISTED_DEPARTED, ids[i], person.name, 0);
	}
	return true;
}

static bool warn_of_all(struct look *l, struct err *e)
{
	const struct policy *p = l->after.policy;
	const struct policy_ahead_side *people = &l->out->covered.people;
	bool empty = !p->everyone && p->groups.count == 0, blocks = p->mode == POLICY_BLOCK;
	bool filing = p->filing_allowed;

	warn(l, empty, EMPTY_SCOPE, 0);
	warn(l, !empty && people->after == 0, NOBODY_COVERED, 0);
	warn(l, people->after > 0 && people->after == l->out->reach_after.people, EVERYBODY_COVERED,
	     people->after);
	warn(l, blocks && !filing, FILING_NOT_ALLOWED, l->stuck);
	warn(l, blocks && filing && l->stuck > 0, NO_WORKFLOW, l->stuck);
	warn(l, l->stuck > 0 && *p->contact == '\0', NO_CONTACT, l->stuck);
	if (l->after.first.type != NULL && text_equal(l->after.first.state, "broken"))
		warn_of(l, WORKFLOW_BROKEN, l->after.first.id, l->after.first.name, 0);
	return warn_of_groups(l, e) && warn_of_broken(l, e) && warn_of_owners(l, e) &&
	       warn_of_departed(l, e);
}

bool flow_policy_preview(struct flow *f, const struct policy *p, struct flow_policy_preview *out,
			 struct err *e)
{
	struct flow_policy_version now = {.row = {.names = ""}}, then = now;
	struct look l = {.flow = f, .out = out};
	struct flow_policy_need need;

	*out = (struct flow_policy_preview){0};
	l.warnings = arena_array(f->arena, FLOW_POLICY_MAX_WARNINGS, sizeof(*l.warnings));
	then.policy = *p;
	if (!flow_policy_get(f->db, f->arena, &now.policy, e) ||
	    !flow_policy_check(f, p, &now.policy, e) || !side_of(f, &now.policy, &l.before, e) ||
	    !side_of(f, p, &l.after, e) || !flow_policy_diff(f, &now, &then, &out->changes, e) ||
	    !flow_ahead(f, l.before.ahead, l.after.ahead, &out->covered, e) ||
	    !flow_policy_reach(f, &now.policy, &out->reach_before, e) ||
	    !flow_policy_reach(f, p, &out->reach_after, e) ||
	    !store_person_present(f->db, see_person, &l, e) || !count_requests(&l, e) ||
	    !flow_policy_need(f, &now.policy, p, &need, e) || !warn_of_all(&l, e))
		return false;
	out->version = now.policy.version;
	out->mode_before = policy_mode_name(now.policy.mode);
	out->mode_after = policy_mode_name(p->mode);
	out->second_whys = policy_second_words(f->arena, need.whys);
	out->threshold = need.threshold;
	out->warnings = (struct json_list){l.warnings, l.warning_count};
	return true;
}
