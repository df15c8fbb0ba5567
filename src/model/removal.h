/* On what ground something was removed: the rule and its words. */
#pragma once

#include "base/base.h"
#include "model/policy.h"

enum removal_ground {
	REMOVAL_GRANT,         /* an approved request */
	REMOVAL_RELEASE,       /* an administrator let the device go */
	REMOVAL_OFFLINE_CODE,  /* a grant that was opened with a code */
	REMOVAL_WHITELIST,     /* the owner is exempt */
	REMOVAL_OUT_OF_SCOPE,  /* neither owner nor package is covered */
	REMOVAL_AUDIT_MODE,    /* the policy reports and lets through */
	REMOVAL_OFF,           /* the policy is off */
	REMOVAL_WITHOUT_GRANT, /* nothing allowed it */
	REMOVAL_GROUND_COUNT
};

/* "out of scope"; what is stored, answered and printed. NULL-terminated. */
extern const char *const removal_ground_names[REMOVAL_GROUND_COUNT + 1];

/* What is known when a device tells of a removal. */
struct removal_fact {
	bool by_grant;         /* it names a grant */
	bool grant_known;      /* which was made for this device */
	bool by_code;          /* and which a code that was read out opens */
	bool released;         /* by a release */
	bool forced;           /* the device says that nothing allowed it */
	const char *said;      /* the ground by the device's word, or NULL */
	enum policy_mode mode; /* of the policy then */
	bool covered;          /* the owner, by it */
	const char *why;       /* struct coverage has it: "whitelist", "group office" */
};

enum removal_ground removal_ground_of(const struct removal_fact *fact);
