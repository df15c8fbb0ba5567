/* Built-in approval: how far a request has come, and whose turn it is (model/approval.h). */
#pragma once

#include "db/db.h"

/* Of a request that is asked about level by level, or may have to be. */
struct store_approval {
	const char *instance; /* NULL: there is none */
	const char *levels;   /* approval_write, as of the filing */
	int64_t level;        /* 0: none asked yet */
	bool alone;           /* there is nobody who could be asked */
	int64_t
	    due_ms; /* level 0: when the first opens unless DingTalk has the request; else when it
			       * escalates; 0: never */
};
/* Takes the place of one that is not asked yet. */
[[nodiscard]] bool store_approval_add(struct db *db, const struct store_approval *p, struct err *e);
/* instance is NULL when there is none. */
[[nodiscard]] bool store_approval_get(struct db *db, struct arena *a, const char *instance,
				      struct store_approval *out, struct err *e);
/* Nobody else steps it until this transaction ends: before anything of it is read, its request included.
 * Nothing happens when there is none. */
[[nodiscard]] bool store_approval_lock(struct db *db, const char *instance, struct err *e);
/* level, alone, due_ms; it was looked at now. */
[[nodiscard]] bool store_approval_set(struct db *db, const struct store_approval *p, struct err *e);

/* Whose due_ms has come: ids of instances, at most limit, oldest first. */
[[nodiscard]] bool store_approval_overdue(struct db *db, struct arena *a, int64_t now_ms,
					  int64_t limit, const char *const **ids, size_t *count,
					  struct err *e);
[[nodiscard]] bool store_approval_due(struct db *db, int64_t *due_ms, struct err *e);

/* Who can be asked has changed: what waits for the account, names it or waits for anybody is to be looked
 * at again. account NULL: everything that is open. Notes NOTE_CLOCK. */
[[nodiscard]] bool store_approval_review(struct db *db, const char *account, int64_t now_ms,
					 struct err *e);
/* Those of accounts whose people have left the organisation, or come back. */
[[nodiscard]] bool store_approval_review_departed(struct db *db, int64_t now_ms, struct err *e);
[[nodiscard]] bool store_approval_to_review(struct db *db, struct arena *a, int64_t now_ms,
					    int64_t limit, const char *const **ids, size_t *count,
					    struct err *e);
[[nodiscard]] bool store_approval_review_due(struct db *db, int64_t *due_ms, struct err *e);

struct store_task {
	const char *id, *instance;
	int64_t level;
	const char *kind;    /* task_kind_name */
	const char *account; /* its owner */
	const char *name;    /* the owner's as of the opening */
	const char *state;   /* task_state_name */
	const char *acted_by,
	    *acted_name; /* the delegate who answered; NULL and "": its owner, or nobody */
	const char *comment;
	int64_t opened_ms;
	int64_t ended_ms; /* 0: open */
};
struct store_task_list {
	struct store_task *items;
	size_t count;
};
/* Up to name, state and opened_ms; ended_ms where it is not open. */
[[nodiscard]] bool store_task_add(struct db *db, const struct store_task *t, struct err *e);
/* From state on. */
[[nodiscard]] bool store_task_set(struct db *db, const struct store_task *t, struct err *e);
/* All of an instance's, in the order in which they came about: by level. */
[[nodiscard]] bool store_task_list(struct db *db, struct arena *a, const char *instance,
				   struct store_task_list *out, struct err *e);
/* Whether the account has or had a task of the request, or may answer one by a delegation at now_ms. */
[[nodiscard]] bool store_task_concerns(struct db *db, const char *instance, const char *account,
				       int64_t now_ms, bool *out, struct err *e);
/* The request is final: what is open is closed, and nothing is due any more. */
[[nodiscard]] bool store_task_end(struct db *db, const char *instance, int64_t now_ms,
				  struct err *e);

/* Tasks with their requests, the newest first. */
struct store_turn {
	struct store_task task;
	int64_t number;
	const char *levels; /* of its approval */
	const char *person, *person_name, *department;
	const char *device, *device_name, *package, *reason;
	int64_t created_ms, expires_ms;
};
struct store_turn_filter {
	const char *state; /* NULL: any */
	const char *
	    account; /* that he owns, answered, or may answer by delegations at now_ms; NULL: all */
	int64_t now_ms;
	const char *before; /* a task's id; "": from the newest */
	int64_t limit;
};
[[nodiscard]] bool store_turn_list(struct db *db, struct arena *a,
				   const struct store_turn_filter *filter, struct store_turn **out,
				   size_t *count, struct err *e);

/* Every account, as the rules look at it. */
struct store_approver {
	const char *id, *name;
	const char *person; /* NULL: not linked */
	bool active;        /* may decide: no auditor, and its person has not left */
	bool administrator;
};
[[nodiscard]] bool store_approver_list(struct db *db, struct arena *a, struct store_approver **out,
				       size_t *count, struct err *e);
