/*
 * What a change of policy or of a group would do to people and devices: how many are covered before and after, and
 * who they are, as far as a person wants to read that.
 */
#pragma once

#include "base/arena.h"
#include "json/json.h"

#define POLICY_AHEAD_SAMPLE 20 /* of each */

/* A person, or a device with the person whose coverage counts there. */
struct policy_ahead_one {
	const char *id, *name;
	const char *source;             /* of a person: the identity source's name */
	const char *owner, *owner_name; /* of a device */
};

struct policy_ahead_some {
	int64_t count;
	struct json_list sample; /* of struct policy_ahead_one: the first of them */
};

struct policy_ahead_side {
	int64_t before, after; /* covered */
	struct policy_ahead_some gained, lost;
};

struct policy_ahead {
	struct policy_ahead_side people; /* who have not left */
	struct policy_ahead_side devices;
};
/* policy_ahead_json has the members "people" and "devices"; policy_ahead_people_json is a struct policy_ahead_some of people. */
extern const struct json_field policy_ahead_json[], policy_ahead_people_json[];

/* Counts one; what becomes part of the sample is copied into the arena. */
void policy_ahead_see(struct arena *a, struct policy_ahead_side *side, bool before, bool after,
		      const struct policy_ahead_one *one);
void policy_ahead_add(struct arena *a, struct policy_ahead_some *some,
		      const struct policy_ahead_one *one);
