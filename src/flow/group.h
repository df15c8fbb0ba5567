/* User groups: saved when what they name exists, kept while something names them. Each inside a
 * unit; notes NOTE_POLICY. */
#pragma once

#include "flow/flow.h"
#include "model/group.h"
#include "store/named.h"

/* g->id NULL: makes one, and its id; else was is what it was made from. ERR_UNPROCESSABLE: flow_group_check, or too
 * many groups. ERR_CONFLICT: the name is taken. ERR_STALE: was is not so any more. */
[[nodiscard]] bool flow_group_save(struct flow *f, const struct group *was, struct group *g,
				   struct err *e);

/* Whether a group may be saved in the place of was (or NULL). ERR_UNPROCESSABLE: a rule names a person or department
 * that is not there or not any more, and was has no such rule. Reads only. */
[[nodiscard]] bool flow_group_check(struct flow *f, const struct group *was, const struct group *g,
				    struct err *e);

/* What the rules name, one beside the other; nothing for addresses. */
[[nodiscard]] bool flow_group_names(struct flow *f, const struct group *g, struct store_named **out,
				    struct err *e);
/* A person who left or a department that is gone. It counts as before, until somebody saves the group without it. */
bool flow_rule_broken(const struct rule *rule, const struct store_named *named);

/* ERR_CONFLICT names what still uses it. */
[[nodiscard]] bool flow_group_remove(struct flow *f, const struct group *g, struct err *e);

/* The groups of whose broken rules somebody has to be told, or not any more. */
struct flow_broken_group {
	const char *group;         /* its id */
	const struct group *known; /* the rules that somebody was told of, or NULL */
};
struct flow_broken {
	struct flow_broken_group *items;
	size_t count;
};
[[nodiscard]] bool flow_groups_broken(struct db *db, struct arena *a, const struct snapshot *s,
				      struct flow_broken *out, struct err *e);

/* Inside a unit, with the flow's snapshot: sets that down, one event rule-broken for each group that has new ones; at
 * most so many groups at once, jobs/rules.c goes on. */
#define FLOW_REVIEW_GROUPS 16
[[nodiscard]] bool flow_groups_review(struct flow *f, struct err *e);
