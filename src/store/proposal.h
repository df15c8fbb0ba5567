/* Changes that wait for a second administrator: of the policy, of a user group, of the settings that say so. A state changes by compare-and-set. */
#pragma once

#include "db/db.h"

#define PROPOSAL_POLICY "policy"
#define PROPOSAL_GROUP "user-group"
#define PROPOSAL_SETTINGS "settings"

#define PROPOSAL_OPEN "open"
#define PROPOSAL_CONFIRMED "confirmed"
#define PROPOSAL_REFUSED "refused"
#define PROPOSAL_WITHDRAWN "withdrawn"
#define PROPOSAL_EXPIRED "expired" /* nobody confirmed it in time */
#define PROPOSAL_STALE "stale"     /* what it was made from changed meanwhile */

struct store_proposal {
	const char *id, *state;
	const char *subject; /* one of those above */
	const char *group;   /* id; NULL: of another subject */
	int64_t base;        /* version of the subject that it was made from; 0 for settings */
	const char *body, *names, *changed; /* as of struct store_policy; of others body alone */
	const char *whys;                   /* of policy_second_whys, spaces between */
	int64_t restored_from;              /* version; 0: none */
	int64_t created_ms;
	const char *created_by;
	const char *creator;                          /* id of the account, else of the token */
	const char *creator_account, *creator_person; /* NULL: none */
	int64_t expires_ms;
	int64_t ended_ms; /* 0: it is open */
	const char *ended_by, *comment;
	int64_t version; /* of the policy, what it became; 0: nothing */
};

/* As it begins. Notes NOTE_CLOCK. */
[[nodiscard]] bool store_proposal_add(struct db *db, const struct store_proposal *p, struct err *e);
/* ERR_NOT_FOUND. */
[[nodiscard]] bool store_proposal_get(struct db *db, struct arena *a, const char *id,
				      struct store_proposal *out, struct err *e);

/* Newest first, without bodies and names; state NULL: all; cursor "" starts. */
struct store_proposal_filter {
	const char *state, *cursor;
	int64_t limit;
};
[[nodiscard]] bool store_proposal_list(struct db *db, struct arena *a,
				       const struct store_proposal_filter *filter,
				       struct store_proposal **out, size_t *count, struct err *e);

/* The id of an open one of this maker with the same body and subject, made from the same version; NULL: there is none. */
[[nodiscard]] bool store_proposal_same(struct db *db, struct arena *a,
				       const struct store_proposal *like, const char **id,
				       struct err *e);
/* How many are open. */
[[nodiscard]] bool store_proposal_count(struct db *db, int64_t *out, struct err *e);

/* From open to p->state, with the ended_ members, comment and version. *won false: it was not open. */
[[nodiscard]] bool store_proposal_end(struct db *db, const struct store_proposal *p, bool *won,
				      struct err *e);

/* When the first open one expires; 0: none is. And those that have: ids, at most limit. */
[[nodiscard]] bool store_proposal_due(struct db *db, int64_t *due_ms, struct err *e);
[[nodiscard]] bool store_proposal_overdue(struct db *db, struct arena *a, int64_t now_ms,
					  int64_t limit, const char *const **ids, size_t *count,
					  struct err *e);
