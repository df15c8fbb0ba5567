/* User groups: rules over people, joined by OR. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"

#define GROUP_MAX_RULES 3000
#define GROUP_MAX_GROUPS 500
#define GROUP_MAX_NAME 128
#define GROUP_MAX_DESCRIPTION 500
#define GROUP_MAX_VALUE 200 /* code points */
#define GROUP_MAX_VALUE_BYTES (4 * GROUP_MAX_VALUE)

enum rule_subject { RULE_USER, RULE_DEPARTMENT, RULE_EMAIL, RULE_TELEPHONE };
enum rule_relation { RULE_EQUAL, RULE_UNEQUAL };

struct rule {
	enum rule_subject subject;
	enum rule_relation relation;
	const char *value; /* our id of the person or department, or the text */
};

struct group {
	const char *id, *name, *description;
	const struct rule *rules;
	size_t rule_count;
	int64_t updated_ms; /* rises with every change; 0: not saved */
};

/* A group as a body has it, its rules in words. */
struct group_rule {
	const char *subject, *relation, *value;
};
struct group_body {
	const char *name, *description;
	struct json_list rules; /* of struct group_rule */
};
extern const struct json_field group_json[], group_rule_json[];
extern const char *const rule_subjects[], *const rule_relations[]; /* end with NULL */
struct group_body group_body(struct arena *a, const struct group *g);
/* What was read, as far as tables cannot say it; id stays NULL. Trims the name. ERR_INVALID. */
[[nodiscard]] bool group_check(struct arena *a, const struct group_body *in, struct group *out,
			       struct err *e);

/* From the JSON of an administrator. */
[[nodiscard]] bool group_read(struct arena *a, const char *text, size_t n, struct group *out,
			      struct err *e);

bool rule_equal(const struct rule *a, const struct rule *b);

/* As they are stored: a rule a line, "department equal 01980c5e-…". */
[[nodiscard]] char *group_rules_write(struct arena *a, const struct group *g);
/* Sets g->rules, whose values are parts of text, which is taken to pieces. ERR_INTERNAL. */
[[nodiscard]] bool group_rules_read(struct arena *a, char *text, struct group *g, struct err *e);

const char *rule_subject_name(enum rule_subject subject);
const char *rule_relation_name(enum rule_relation relation);
[[nodiscard]] bool rule_from_names(const char *subject, const char *relation, struct rule *out);
