/* Workflows and their versions. */
#pragma once

#include "db/db.h"

#define WORKFLOW_DINGTALK "dingtalk"
#define WORKFLOW_BUILTIN "builtin"

/* How DingTalk is brought to a decision that was taken here. */
#define WORKFLOW_CLOSE "close"                 /* a comment, then the form is withdrawn */
#define WORKFLOW_CARRY_THROUGH "carry-through" /* its open tasks are executed */

struct store_workflow {
	const char *id, *name, *description;
	const char *type; /* WORKFLOW_DINGTALK, WORKFLOW_BUILTIN */
	const char *app;  /* NULL: builtin */
	int64_t version;
	const char *forms; /* of that version; see model/form.h */
	const char
	    *levels; /* of that version, model/approval.h: builtin: approval_levels; dingtalk:
			     * approval_fallback, NULL: none */
	/* These are the workflow's, whatever the version. */
	const char *console_decision; /* WORKFLOW_CLOSE, WORKFLOW_CARRY_THROUGH */
	const char
	    *carry_confirmed_by;    /* ""; who confirmed what carrying through shows, and when */
	int64_t carry_confirmed_ms; /* 0: nobody has */
	bool accept_automatic;      /* agreed without a second person is enough */
	bool notices;               /* applicant and approvers get messages of ours */
	const char *state;          /* "ready", "attention", "broken": as the last test left it */
	int64_t check_ms;           /* a test is due or under way; 0: none is */
	int64_t checked_ms;         /* the last test's end; 0: none yet */
	int64_t checked_version;    /* what it tested */
	const char *saved_by;       /* that version, in a reader's words */
	int64_t created_ms;
	int64_t updated_ms; /* rises with every change */
};

/* Leave state and tests alone. ERR_CONFLICT when the name is taken. */
[[nodiscard]] bool store_workflow_add(struct db *db, const struct store_workflow *w, struct err *e);
/* was: what it was made from; another version of w also writes its forms and levels. ERR_STALE: it is not so
 * any more. */
[[nodiscard]] bool store_workflow_update(struct db *db, const struct store_workflow *was,
					 const struct store_workflow *w, struct err *e);

/* What a version contained. */
struct store_workflow_version {
	int64_t version;
	const char *forms, *levels; /* as of struct store_workflow */
	const char *saved_by;
	int64_t created_ms;
};
/* Below before, the newest first. */
[[nodiscard]] bool store_workflow_versions(struct db *db, struct arena *a, const char *id,
					   int64_t before, int64_t limit,
					   struct store_workflow_version **out, size_t *count,
					   struct err *e);
[[nodiscard]] bool store_workflow_version(struct db *db, struct arena *a, const char *id,
					  int64_t version, struct store_workflow_version *out,
					  struct err *e);

/* With its newest forms and levels. */
[[nodiscard]] bool store_workflow_get(struct db *db, struct arena *a, const char *id,
				      struct store_workflow *out, struct err *e);
[[nodiscard]] bool store_workflow_list(struct db *db, struct arena *a, const char *cursor,
				       int64_t limit, struct store_workflow **out, size_t *count,
				       struct err *e);

/* How many requests filed under it are still waiting. */
[[nodiscard]] bool store_workflow_pending(struct db *db, const char *id, int64_t *count,
					  struct err *e);
/* Those whose newest version has levels: ids. */
[[nodiscard]] bool store_workflow_leveled(struct db *db, struct arena *a, const char ***out,
					  size_t *count, struct err *e);
[[nodiscard]] bool store_workflow_delete(struct db *db, const char *id, struct err *e);

/* The user groups that the newest version names. */
[[nodiscard]] bool store_workflow_groups_clear(struct db *db, const char *id, struct err *e);
[[nodiscard]] bool store_workflow_group_add(struct db *db, const char *id, const char *group,
					    struct err *e);
/* name of a workflow that names the group, or NULL. */
[[nodiscard]] bool store_workflow_of_group(struct db *db, struct arena *a, const char *group,
					   const char **name, struct err *e);
