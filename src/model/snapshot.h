/*
 * Policy, groups and people compiled into one immutable value that answers who is covered and why,
 * without I/O. Made anew when any of them changes; any number of threads may read one.
 */
#pragma once

#include "model/group.h"
#include "model/policy.h"
#include "model/roster.h"

/* Borrowed while snapshot_new or snapshot_begin runs. People by id. People who have left keep their place: a
 * departed owner's device stays as protected as before. */
struct snapshot_source {
	const struct roster_department_source *departments;
	size_t department_count;
	const struct roster_person_source *people;
	size_t person_count;
	const struct group *groups;
	size_t group_count;
	const struct policy *policy;
	const char *organisation; /* its name; NULL: none was given */
};

struct snapshot;

[[nodiscard]] struct snapshot *snapshot_new(const struct snapshot_source *source);
void snapshot_free(struct snapshot *s); /* accepts NULL */

/* The same in steps, so that the rules of all groups need not be held at once: begin takes the people and
 * departments of the source alone, then come the groups, then the policy. What has not changed since before (or
 * NULL), which must last until the finish, is shared with it; each can be freed without the other. */
[[nodiscard]] struct snapshot *snapshot_begin(const struct snapshot_source *source,
					      const struct snapshot *before);
/* In the place of begin and all groups: those of before. */
[[nodiscard]] struct snapshot *snapshot_again(const struct snapshot *before);
/* True: the group is the one of before, and so are the people; false: it has to be added. */
[[nodiscard]] bool snapshot_keep_group(struct snapshot *s, const char *id, int64_t updated_ms);
void snapshot_add_group(struct snapshot *s, const struct group *group);
void snapshot_finish(struct snapshot *s, const struct policy *policy, const char *organisation);

const struct policy *snapshot_policy(const struct snapshot *s);
const char *snapshot_organisation(const struct snapshot *s); /* its name, or "" */
const struct roster *snapshot_roster(const struct snapshot *s);
int64_t snapshot_people(const struct snapshot *s); /* who have not left */

/* Whether a device of this person is covered. Whitelist before scope; an empty scope covers
 * nobody; a person who is not known is not covered. The mode does not matter here. */
struct coverage {
	bool covered;
	const char *why; /* "everyone", "group <name>", "whitelist", "out of scope", "unknown
			    person"; lives as long as the snapshot */
};
struct coverage snapshot_coverage(const struct snapshot *s, const char *person);

/* Whether nobody's device would notice that b came after a: the same policy, the same name of the organisation, and
 * everybody of b is covered, or not, for the same reason. */
bool snapshot_alike(const struct snapshot *a, const struct snapshot *b);

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

/* Whether it was made of the group as it was saved then. */
bool snapshot_has_group(const struct snapshot *s, const char *group, int64_t updated_ms);

/* -1 for a group that is not known. */
int64_t snapshot_members(const struct snapshot *s, const char *group);

/* The groups that have this person: their ids, in the order in which they were given. */
size_t snapshot_groups_of(const struct snapshot *s, const char *person, struct arena *a,
			  const char *const **out);

/* Whether the policy's scope names the group. */
bool snapshot_in_scope(const struct snapshot *s, const char *group);

/* Rules that name a person who left or a department that is gone: they count as before. */
struct snapshot_broken {
	const char *group; /* its id */
	struct rule rule;
};
size_t snapshot_broken(const struct snapshot *s, const struct snapshot_broken **out);

/* The people of a group, for many questions. In the arena; lives no longer than the snapshot. */
struct snapshot_set;
/* Of a group that need not be saved. */
[[nodiscard]] struct snapshot_set *snapshot_set_new(const struct snapshot *s, struct arena *a,
						    const struct group *group);
/* Of one that is: without looking at its rules when the snapshot was made of the same. */
[[nodiscard]] struct snapshot_set *snapshot_set_of(const struct snapshot *s, struct arena *a,
						   const struct group *group);
bool snapshot_set_has(const struct snapshot_set *set, const char *person);

struct snapshot_size {
	int64_t people, departed;
};
struct snapshot_size snapshot_set_size(const struct snapshot_set *set);

/* How many of set are not in without. */
int64_t snapshot_set_count(const struct snapshot_set *set, const struct snapshot_set *without);

/* At most max ids after the given one ("": from the first), by id; those of without are left out. How many. */
size_t snapshot_set_page(const struct snapshot_set *set, const struct snapshot_set *without,
			 const char *after, size_t max, const char **out);
