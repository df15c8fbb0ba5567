/* Whom the rules of a group name. Rules are joined by OR; an unequal rule has everybody outside of what it names. */
#pragma once

#include "model/roster.h"

/* Where the subject of each rule is in the roster (roster_find), in the arena. */
[[nodiscard]] uint32_t *membership_find(const struct roster *r, struct arena *a,
					const struct group *g);

/* Sets a bit for each member, in roster.words zeroed words; found is of membership_find. How many there are. */
int64_t membership_bits(const struct roster *r, const struct group *g, const uint32_t *found,
			uint64_t *bits);

/* Whether the rule has this person. */
bool membership_has(const struct roster *r, const struct rule *rule, uint32_t found,
		    uint32_t person);

/* A person who left or a department that is gone, or that is not in the roster at all: what the rule names still
 * counts, and somebody has to look at it. Addresses break nothing. */
bool membership_broken(const struct roster *r, const struct rule *rule, uint32_t found);

/* How many people the subject names, whatever the relation. */
int64_t membership_named(const struct roster *r, const struct rule *rule, uint32_t found);

/* How many of them are still here. */
int64_t membership_active(const struct roster *r, const uint64_t *bits);
