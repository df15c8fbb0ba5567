/*
 * Built-in approval: who is asked, level after level, and what each answer leads to. Levels are a
 * version of a built-in workflow; an instance keeps those it was filed under.
 */
#pragma once

#include "json/json.h"

#define APPROVAL_MAX_LEVELS 5
#define APPROVAL_MAX_APPROVERS 5 /* in a level, and to escalate to */
#define APPROVAL_MAX_NAME 64     /* code points of a level's name */
#define APPROVAL_MAX_HOURS 720
#define APPROVAL_MAX_REMINDERS 30
#define APPROVAL_MAX_MINUTES (7 * 24 * 60)

#define APPROVAL_ANY "any" /* one of its approvers is enough */
#define APPROVAL_ALL "all" /* everyone has to */

struct approval_level {
	const char *name;           /* NULL: it has only its number */
	const char *mode;           /* APPROVAL_ANY, APPROVAL_ALL */
	struct json_list approvers; /* of const char *, account ids */
};

struct approval_levels {
	struct json_list levels;      /* of struct approval_level */
	const char *fallback;         /* account asked in a level that has nobody left, or NULL */
	int64_t remind_hours;         /* after a level was opened; then daily; 0: never */
	int64_t reminders;            /* at most so many a level */
	int64_t escalate_hours;       /* after a level was opened; 0: never */
	struct json_list escalate_to; /* of const char *, account ids; none: the administrators */
};

/* Of a DingTalk workflow: a level that opens beside DingTalk while a request cannot get there. */
struct approval_fallback {
	int64_t after_minutes; /* since the filing */
	struct approval_level level;
};

/* What an absent member means; to be set before reading. */
void approval_default(struct approval_levels *out);

/* How they are read, written and described. */
extern const struct json_field approval_json[];
extern const struct json_field approval_fallback_json[];

/* What the tables cannot say: ERR_UNPROCESSABLE names the member. Whether the accounts are there and
 * active is the caller's to check. */
[[nodiscard]] bool approval_check(const struct approval_levels *levels, struct err *e);
[[nodiscard]] bool approval_fallback_check(const struct approval_fallback *fallback, struct err *e);

/* The text that is stored with a version. */
const char *approval_write(struct arena *a, const struct approval_levels *levels);
const char *approval_fallback_write(struct arena *a, const struct approval_fallback *fallback);
[[nodiscard]] bool approval_read(struct arena *a, const char *text, struct approval_levels *out,
				 struct err *e);
[[nodiscard]] bool approval_fallback_read(struct arena *a, const char *text,
					  struct approval_fallback *out, struct err *e);
/* The one level as the only one, the rest as approval_default. */
void approval_of_fallback(struct arena *a, const struct approval_fallback *fallback,
			  struct approval_levels *out);

/* --- tasks: one approver's turn in one level --- */

enum task_state {
	TASK_OPEN,
	TASK_APPROVED,
	TASK_REJECTED,
	TASK_SKIPPED, /* its owner cannot be asked: left, or the applicant himself */
	TASK_CLOSED,  /* not needed any more */
	TASK_STATE_COUNT
};

enum task_event {
	TASK_APPROVE,
	TASK_REJECT,
	TASK_LEAVE,  /* its owner cannot be asked any more */
	TASK_RETURN, /* its owner can be asked again */
	TASK_OVER,   /* its level is passed, or the request final */
	TASK_EVENT_COUNT
};

/* Total: every state has an answer to every event. */
enum task_state task_step(enum task_state from, enum task_event event);
const char *task_state_name(enum task_state state);
[[nodiscard]] bool task_state_from(const char *name, enum task_state *out);

/* Why an account is asked. The answer of anyone but an approver counts for the level as a whole. */
enum task_kind {
	TASK_FOR_APPROVER,      /* the level names him */
	TASK_FOR_FALLBACK,      /* the level has nobody else left */
	TASK_FOR_ESCALATION,    /* nobody answered in time */
	TASK_FOR_ADMINISTRATOR, /* there is nobody else, or nobody to escalate to */
	TASK_KIND_COUNT
};
const char *task_kind_name(enum task_kind kind);
[[nodiscard]] bool task_kind_from(const char *name, enum task_kind *out);

struct approval_task {
	int64_t level; /* from 1 */
	enum task_kind kind;
	const char *account; /* its owner */
	enum task_state state;
	const char *acted_by; /* the delegate who answered it; NULL: its owner, or nobody */
};

/* --- the rules --- */

struct approval_account {
	const char *id;
	const char *person; /* in the directory; NULL: not linked */
	bool active;        /* may sign in and decide, and has not left the organisation */
	bool administrator;
};

struct approval_delegation {
	const char *from, *to;     /* accounts */
	int64_t from_ms, until_ms; /* until_ms is the first moment without it */
};

/* A request, and everything that decides whose turn it is. Borrowed. */
struct approval {
	const struct approval_levels *levels;
	const struct approval_account *accounts; /* who is not here has left */
	size_t account_count;
	const struct approval_delegation *delegations; /* one a person at a time */
	size_t delegation_count;
	const char *applicant; /* person */
	int64_t now_ms;
	int64_t level; /* that is asked; 0: none yet */
	struct approval_task *tasks;
	size_t task_count;
};

enum approval_event {
	APPROVAL_BEGIN,    /* the first level is asked */
	APPROVAL_APPROVE,  /* by an account */
	APPROVAL_REJECT,   /* the same */
	APPROVAL_REVIEW,   /* accounts have changed */
	APPROVAL_ESCALATE, /* nobody has answered in time */
	APPROVAL_EVENT_COUNT
};

enum approval_verdict { APPROVAL_WAITS, APPROVAL_PASSED, APPROVAL_REFUSED };

/* Effects are the differences: tasks begins with those of before, in their order, as they are now; what
 * follows is new. A task that is open and was not has to be told of. */
struct approval_outcome {
	enum approval_verdict verdict;
	int64_t level;
	bool opened; /* a level was: its deadlines begin */
	bool alone;  /* nobody can be asked, not even an administrator */
	struct approval_task *tasks;
	size_t task_count;
};

/*
 * What an event leads to; account is who approves or rejects, else NULL. ERR_FORBIDDEN: no open task of
 * the level is his, or that of somebody he stands in for. After the verdict there is nothing to step.
 */
[[nodiscard]] bool approval_step(struct arena *a, const struct approval *from,
				 enum approval_event event, const char *account,
				 struct approval_outcome *out, struct err *e);

/*
 * Who may answer a task of the owner: the owner, then whom he has delegated to, then whom that one has,
 * as far as nobody in between has left, is the applicant, or was there before. The last is who is told.
 * Returns how many; 0: the owner himself cannot be asked.
 */
#define APPROVAL_MAX_CHAIN 8
size_t approval_actors(const struct approval *p, const char *owner,
		       const char *out[static APPROVAL_MAX_CHAIN]);
/* Whether an open task of the level that is asked waits for the account. */
bool approval_waits_for(const struct approval *p, const char *account);
/* What a level has come to, for a reader; a request that ended otherwise closes those it did not pass. */
enum level_state {
	LEVEL_WAITING, /* not asked yet */
	LEVEL_OPEN,
	LEVEL_PASSED,
	LEVEL_REJECTED,
	LEVEL_CLOSED,
	LEVEL_STATE_COUNT
};
const char *level_state_name(enum level_state state);
/* pending: the request is. */
enum level_state approval_level_state(const struct approval *p, int64_t level, bool pending);

/* --- looking ahead --- */

/* A level as it would open. */
struct approval_opening {
	int64_t level;
	const struct approval_task *tasks; /* its own */
	size_t task_count;
	bool alone; /* nobody could be asked; the last one */
};

/* All levels of a request that is not filed yet, if whoever is asked approves at once. Returns how many. */
size_t approval_look_ahead(struct arena *a, const struct approval *from,
			   struct approval_opening out[static APPROVAL_MAX_LEVELS]);
