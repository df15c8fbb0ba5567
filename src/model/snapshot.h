/*
 * Policy, groups and people compiled into one immutable value that answers who is covered and why,
 * without I/O. Made anew when any of them changes; any number of threads may read one.
 */
#pragma once

#include "model/group.h"
#include "model/policy.h"

struct snapshot_department {
	const char *id;
	const char *parent; /* id or NULL */
};

struct snapshot_person {
	const char *id, *email, *telephone; /* "": none */
	const char *const *departments;     /* ids */
	size_t department_count;
};

/* Borrowed while snapshot_new runs. People who have left keep their place: a departed owner's
 * device stays as protected as before. */
struct snapshot_source {
	const struct snapshot_department *departments;
	size_t department_count;
	const struct snapshot_person *people;
	size_t person_count;
	const struct group *groups;
	size_t group_count;
	const struct policy *policy;
	const char *organisation; /* its name; NULL: none was given */
};

struct snapshot;

[[nodiscard]] struct snapshot *snapshot_new(const struct snapshot_source *source);
void snapshot_free(struct snapshot *s); /* accepts NULL */

const struct policy *snapshot_policy(const struct snapshot *s);
const char *snapshot_organisation(const struct snapshot *s); /* its name, or "" */

/* Whether a device of this person is covered. Whitelist before scope; an empty scope covers
 * nobody; a person who is not known is not covered. The mode does not matter here. */
struct coverage {
	bool covered;
	const char *why; /* "everyone", "group <name>", "whitelist", "out of scope", "unknown
			    person"; lives as long as the snapshot */
};
struct coverage snapshot_coverage(const struct snapshot *s, const char *person);

/*
 * Who would be covered: under another policy (NULL: the present one), and with changed in the place of
 * the group that has its id (NULL, or without an id: no group changes). In the arena; lives no longer than the
 * snapshot and holds nothing of policy or changed.
 */
struct snapshot_ahead;
[[nodiscard]] struct snapshot_ahead *snapshot_ahead_new(const struct snapshot *s, struct arena *a,
							const struct policy *policy,
							const struct group *changed);
struct coverage snapshot_ahead_coverage(const struct snapshot_ahead *ahead, const char *person);

/* Why nobody has to be asked for this removal any more, for the record; NULL: it has to be approved still.
 * A person who is not known, maybe because he is newer than the snapshot, is left alone. */
const char *snapshot_unneeded(const struct snapshot *s, const char *person, const char *package);

/* false also for a group or person that is not known. */
bool snapshot_in_group(const struct snapshot *s, const char *group, const char *person);

/* -1 for a group that is not known. */
int64_t snapshot_members(const struct snapshot *s, const char *group);

/* How many people a group that need not be saved has. */
int64_t snapshot_count(const struct snapshot *s, const struct group *group);

/* The people of a group that need not be saved, for many questions. In the arena; lives no longer than the
 * snapshot. */
struct snapshot_set;
[[nodiscard]] struct snapshot_set *snapshot_set_new(const struct snapshot *s, struct arena *a,
						    const struct group *group);
bool snapshot_set_has(const struct snapshot_set *set, const char *person);
