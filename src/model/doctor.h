/*
 * The connection test's rules: from what was seen of a workflow's link to DingTalk, what is wrong
 * with it, how bad that is and how it is mended. Pure: the facts are gathered elsewhere.
 */
#pragma once

#include "model/approval.h"
#include "model/form.h"

#define DOCTOR_MAX_SAMPLES 3                /* people asked about, a form */
#define DOCTOR_MAX_FINDINGS 2000            /* of one test */
#define DOCTOR_CLOCK_OFF_MS (5 * 60 * 1000) /* more than this is worth a finding */

enum doctor_severity {
	DOCTOR_OK,
	DOCTOR_UNKNOWN,   /* cannot be found out from here */
	DOCTOR_ATTENTION, /* works, or may work again by itself; somebody should look */
	DOCTOR_BROKEN     /* what was entered is wrong: requests do not get through */
};

enum doctor_language { DOCTOR_ENGLISH, DOCTOR_CHINESE, DOCTOR_LANGUAGES };

/* One line of the table of everything that a test can say. Texts hold {subject} and {detail}. */
struct doctor_rule {
	const char *id; /* "form-unpublished": stable, for programs */
	enum doctor_severity severity;
	const char *what[DOCTOR_LANGUAGES];
	const char *remedy[DOCTOR_LANGUAGES]; /* "" when there is nothing to do */
};

extern const struct doctor_rule doctor_rules[]; /* ends with {0} */

struct doctor_finding {
	const char *id;      /* of a rule */
	const char *form;    /* process code; "" when it concerns the app as a whole */
	const char *subject; /* the control, the permission, the person */
	const char *detail;  /* DingTalk's own words, a number */
};

/* NULL for an id that is not in the table. */
const struct doctor_rule *doctor_rule(const char *id);

/* A rule's sentence about a finding. */
const char *doctor_text(struct arena *a, const char *sentence, const struct doctor_finding *f);

const char *doctor_severity_name(
    enum doctor_severity severity); /* "ok", "unknown", "attention", "broken" */

extern const char *const doctor_states[]; /* what doctor_state answers; ends with NULL */

/* "ready", "attention" or "broken": the worst of the findings. What cannot be found out does not
 * count. */
const char *doctor_state(const struct doctor_finding *findings, size_t count);

/* A permission as DingTalk's console calls it. */
enum doctor_need { DOCTOR_NEEDED, DOCTOR_WANTED, DOCTOR_UNUSED };

struct doctor_permission {
	const char *scope;
	const char *name[DOCTOR_LANGUAGES];
	enum doctor_need need;
};

extern const struct doctor_permission doctor_permissions[]; /* ends with {0} */

/* How a call to DingTalk went. */
enum doctor_outcome {
	DOCTOR_UNTRIED,
	DOCTOR_DONE,
	DOCTOR_REFUSED, /* for a reason that lies in the call: credentials and permissions are good */
	DOCTOR_PERMISSION,  /* the app lacks one */
	DOCTOR_ADDRESS,     /* our address is not on the app's list */
	DOCTOR_CREDENTIALS, /* Client ID or Client Secret are not accepted */
	DOCTOR_QUOTA,       /* the month's calls are used up */
	DOCTOR_LATER        /* not reached, no answer, throttled */
};

/* Texts are "" where there is nothing to say. */
struct doctor_call {
	enum doctor_outcome outcome;
	const char *code;   /* "processCodeError" */
	const char *text;   /* in a reader's words */
	const char *scopes; /* DOCTOR_PERMISSION: those that DingTalk names */
};

struct doctor_control {
	const char *id, *label, *type;
	const char *format; /* of a date, "" */
	bool required;
};

/* One person who would file with this form. */
struct doctor_sample {
	const char *name;
	struct doctor_call forecast; /* how DingTalk would route it */
	bool listed;                 /* DingTalk shows the form among those that he may start */
	bool listed_known;
	size_t others; /* people beside himself whom DingTalk would ask */
	size_t chosen; /* steps whose approvers the initiator chooses */
};

/* What was known of a control when the mapping last fitted. */
struct doctor_known {
	const char *label, *id;
};

struct doctor_form {
	const struct form *form; /* as the workflow has it */
	struct doctor_call schema;
	const char *name, *status; /* of the schema */
	const struct doctor_control *controls;
	size_t control_count;
	const struct doctor_known *known;
	size_t known_count;
	struct doctor_call instances; /* listing its instances */
	struct doctor_call
	    writing; /* a call that wants the permission to write and changes nothing */
	struct doctor_sample samples[DOCTOR_MAX_SAMPLES];
	size_t sample_count;
	const char
	    *withdraw_error; /* how DingTalk refused to withdraw one, pointing to the switch; "" */
	int64_t event_ms;    /* the last event about it; 0: none yet */
};

struct doctor_callback {
	const char *url; /* the Request URL; NULL: not looked at */
	bool stream;     /* events come by Stream instead */
	bool tried,
	    works; /* our own check_url through it; of Stream: works is that it is connected */
	const char *text; /* why not, "" */
};

struct doctor_quota {
	bool known; /* an administrator has entered the month's figure */
	int64_t calls, limit;
};

struct doctor_facts {
	struct doctor_call token;
	struct doctor_call organisation; /* a token for the CorpId; DOCTOR_REFUSED: not for that */
	const char *corp_id;
	bool clock_known;
	int64_t clock_ahead_ms; /* ours before DingTalk's */
	struct doctor_call department, members, member;
	bool contacts_limited;     /* the app sees a part of the organisation only */
	const char *const *unseen; /* chosen departments that it does not see */
	size_t unseen_count;
	struct doctor_callback callback;
	struct doctor_quota quota;
	bool accept_automatic; /* of the workflow */
	const struct doctor_form *forms;
	size_t form_count;
};

/* Why a single call failed, whatever it was for. false: for a reason of its own. In the arena. */
bool doctor_of_call(struct arena *a, const struct doctor_call *call, struct doctor_finding *out);

/* Everything that can be said, what is wrong with the app first, then form by form. In the arena. */
void doctor_examine(struct arena *a, const struct doctor_facts *facts,
		    const struct doctor_finding **findings, size_t *count);

/* --- levels of our own: of a built-in workflow, or what a DingTalk workflow falls back to --- */

struct doctor_account {
	struct approval_account account;
	const char *name;
};

struct doctor_levels {
	const struct approval_levels *levels;
	bool
	    fallback; /* of a DingTalk workflow: without it requests wait for DingTalk, so nothing is broken */
	const struct doctor_account *accounts; /* all of them */
	size_t account_count;
};

/* Who would be asked and who cannot be, by the same step that a request takes. In the arena. */
void doctor_examine_levels(struct arena *a, const struct doctor_levels *facts,
			   const struct doctor_finding **findings, size_t *count);
/* Whether a finding is one of those. */
bool doctor_of_levels(const char *id);
