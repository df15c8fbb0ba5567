/*
 * What differs between two policies, field by field: values before and after, of lists what went and what came. As
 * data, so that a console can say it in its own language.
 */
#pragma once

#include "base/arena.h"
#include "model/policy.h"

/* What the value of a field is. */
enum policy_kind {
	POLICY_KIND_WORD,
	POLICY_KIND_TRUTH,
	POLICY_KIND_NUMBER,
	POLICY_KIND_TEXT,
	POLICY_KIND_WORKFLOW, /* an id, or none */
	POLICY_KIND_GROUPS,   /* lists of ids */
	POLICY_KIND_PEOPLE,
	POLICY_KIND_PACKAGES, /* a list of names */
	POLICY_KIND_COUNT
};

/* Paths as in the policy's JSON, "scope.groups", and the kinds' words; both end with NULL. */
extern const char *const policy_fields[], *const policy_kinds[];

struct policy_value {
	const char *value;  /* "block", "true", "15", a text, an id */
	const char *name;   /* of what an id stands for; NULL: it is none, or nobody knows */
	const char *source; /* of a person: the identity source's name; else NULL */
	bool gone;          /* what the id stands for is not there any more */
};

struct policy_change {
	const char *field, *kind;            /* of the two lists above */
	struct policy_value *before, *after; /* NULL: none; both of a list */
	struct json_list removed, added;     /* of struct policy_value; of lists */
	bool moved;                          /* of a list only the order is another */
};

/* What policy_change_json writes of each; names are the caller's to fill in. In the arena; texts are those of the two
 * policies. */
extern const struct json_field policy_change_json[];
#define POLICY_MAX_CHANGES 32
struct json_list policy_diff(struct arena *a, const struct policy *before,
			     const struct policy *after);

/* The fields' paths, a space between; "": nothing differs. */
const char *policy_changed(struct arena *a, const struct json_list *changes);

/* Each value of them, so that what is an id can be named. */
typedef bool policy_value_fn(void *arg, enum policy_kind kind, struct policy_value *v,
			     struct err *e);
[[nodiscard]] bool policy_diff_values(const struct json_list *changes, policy_value_fn *see,
				      void *arg, struct err *e);
