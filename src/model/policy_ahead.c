#include "model/policy_ahead.h"

#define ONE(member) offsetof(struct policy_ahead_one, member)

static const struct json_field person_json[] = {
    {"id", JSON_FIELD_TEXT, ONE(id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, ONE(name), .example = "李华"},
    {"source", JSON_FIELD_TEXT, ONE(source), .doc = "name of the identity source",
     .example = "示例科技"},
    {0}};

static const struct json_field owner_json[] = {
    {"id", JSON_FIELD_TEXT, ONE(owner), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, ONE(owner_name), .example = "李华"},
    {0}};

static const struct json_field device_json[] = {
    {"id", JSON_FIELD_TEXT, ONE(id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, ONE(name), .example = "laptop-42"},
    {"owner", JSON_FIELD_OBJECT, .fields = owner_json, .doc = "whose coverage counts"},
    {0}};

#define SOME(of)                                                                     \
	{                                                                            \
		{"count", JSON_FIELD_I64, offsetof(struct policy_ahead_some, count), \
		 .example = "1"},                                                    \
		    {"sample",                                                       \
		     JSON_FIELD_ARRAY,                                               \
		     offsetof(struct policy_ahead_some, sample),                     \
		     .fields = (of),                                                 \
		     .size = sizeof(struct policy_ahead_one),                        \
		     .max = POLICY_AHEAD_SAMPLE,                                     \
		     .doc = "the first of them"},                                    \
		    {0},                                                             \
	}
static const struct json_field some_people_json[] = SOME(person_json);
static const struct json_field some_devices_json[] = SOME(device_json);

#define SIDE(of)                                                                              \
	{                                                                                     \
		{"before", JSON_FIELD_I64, offsetof(struct policy_ahead_side, before),        \
		 .doc = "how many are covered now", .example = "40"},                         \
		    {"after", JSON_FIELD_I64, offsetof(struct policy_ahead_side, after),      \
		     .doc = "how many would be", .example = "41"},                            \
		    {"gained", JSON_FIELD_OBJECT, offsetof(struct policy_ahead_side, gained), \
		     .fields = (of), .doc = "would be covered, and are not"},                 \
		    {"lost", JSON_FIELD_OBJECT, offsetof(struct policy_ahead_side, lost),     \
		     .fields = (of), .doc = "are covered, and would not be"},                 \
		    {0},                                                                      \
	}
static const struct json_field people_json[] = SIDE(some_people_json);
static const struct json_field devices_json[] = SIDE(some_devices_json);

const struct json_field policy_ahead_people_json[] = SOME(person_json);

const struct json_field policy_ahead_json[] = {
    {"people", JSON_FIELD_OBJECT, offsetof(struct policy_ahead, people), .fields = people_json,
     .doc = "of the directory, who have not left"},
    {"devices", JSON_FIELD_OBJECT, offsetof(struct policy_ahead, devices), .fields = devices_json,
     .doc = "that are there, by the person whose coverage counts"},
    {0}};

void policy_ahead_add(struct arena *a, struct policy_ahead_some *some,
		      const struct policy_ahead_one *one)
{
	struct policy_ahead_one *all = some->sample.items;

	some->count++;
	if (some->sample.count == POLICY_AHEAD_SAMPLE)
		return;
	if (all == NULL)
		some->sample.items = all = arena_array(a, POLICY_AHEAD_SAMPLE, sizeof(*all));
	all[some->sample.count++] = (struct policy_ahead_one){
	    arena_dup(a, one->id), arena_dup(a, one->name), arena_dup(a, one->source),
	    arena_dup(a, one->owner), arena_dup(a, one->owner_name)};
}

void policy_ahead_see(struct arena *a, struct policy_ahead_side *side, bool before, bool after,
		      const struct policy_ahead_one *one)
{
	side->before += before;
	side->after += after;
	if (after && !before)
		policy_ahead_add(a, &side->gained, one);
	if (before && !after)
		policy_ahead_add(a, &side->lost, one);
}
