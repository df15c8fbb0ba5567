/* What an administrator should know of a group's rules: codes for programs, sentences for people. */
#pragma once

#include "model/snapshot.h"

#define GROUP_FINDING_SAMPLE 20
#define GROUP_NEARLY_PERCENT 90 /* of everybody is nearly everybody */

struct group_finding_rule {
	int64_t position; /* in rules, from 0 */
	const char *value;
};

struct group_finding {
	const char *code;       /* of group_finding_codes */
	const char *en, *zh;    /* whole sentences */
	int64_t rules;          /* how many it is about; 0: the group as a whole */
	struct json_list first; /* of struct group_finding_rule: the first of them */
};
extern const char *const group_finding_codes[]; /* ends with NULL */

/* *out: of struct group_finding. broken: of each rule, whether it is, or NULL: as the snapshot says. */
void group_findings(const struct snapshot *s, struct arena *a, const struct group *g,
		    const bool *broken, struct json_list *out);
