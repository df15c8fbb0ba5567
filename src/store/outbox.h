/*
 * The outbox: calls that change something in DingTalk, written in the same transaction as the state
 * they follow from. A row is worked on under a lease; of one instance's rows only the oldest that is
 * not done may be taken, so that they happen in order; a notice waits for none and holds up none.
 */
#pragma once

#include "db/db.h"

#define OUTBOX_CREATE "create"
#define OUTBOX_COMMENT "comment"
#define OUTBOX_TERMINATE "terminate"
#define OUTBOX_CARRY "carry"     /* look which task is open, so that it is executed */
#define OUTBOX_EXECUTE "execute" /* one task, in its owner's name */
#define OUTBOX_REMIND "remind"   /* look who has it, so that they are reminded */
#define OUTBOX_NOTICE "notice"   /* a message to userid */

struct store_outbox {
	const char *id, *app, *instance;
	const char *kind;   /* OUTBOX_… */
	const char *userid; /* in whose name, to whom; "": the system's */
	const char *text;
	int64_t task; /* OUTBOX_EXECUTE */
	int64_t attempts;
	bool uncertain; /* a try was begun and nobody knows how it ended */
	int64_t due_ms;
	const char *error; /* of the last try, in words; "" */
	bool slow;         /* only a person can mend it */
	int64_t created_ms;
};

/* id, app, instance, kind, userid, text, task, due_ms, created_ms. Notes NOTE_OUTBOX. */
[[nodiscard]] bool store_outbox_add(struct db *db, const struct store_outbox *row, struct err *e);

/* These set out->id to NULL when there is none. */
[[nodiscard]] bool store_outbox_next(struct db *db, struct arena *a, int64_t now_ms,
				     struct store_outbox *out, struct err *e);
/* The oldest of an instance that is not done, beside messages to people. */
[[nodiscard]] bool store_outbox_of_instance(struct db *db, struct arena *a, const char *instance,
					    struct store_outbox *out, struct err *e);

/* Begins a try: attempts + 1, uncertain, leased to lease until until_ms. *won false: somebody else has
 * it, or it is done. */
[[nodiscard]] bool store_outbox_claim(struct db *db, const struct store_outbox *row,
				      const char *lease, int64_t until_ms, bool *won,
				      struct err *e);

/* Ends a try; held is whether lease still had it. */
struct store_outbox_end {
	const char *id, *lease;
	bool done;
	int64_t at_ms;  /* done: when. Else: when to try again */
	bool uncertain; /* as in the row */
	bool slow;
	const char *error; /* "" when it went well */
};
[[nodiscard]] bool store_outbox_end(struct db *db, const struct store_outbox_end *end, bool *held,
				    struct err *e);

/* Takes back what was never tried; the rest stays for the job to settle. */
[[nodiscard]] bool store_outbox_drop(struct db *db, const char *instance, const char *kind,
				     int64_t now_ms, bool *dropped, struct err *e);
/* Whose tasks of the instance were executed, or may have been: one entry a task. */
[[nodiscard]] bool store_outbox_executed(struct db *db, struct arena *a, const char *instance,
					 const char ***userids, size_t *count, struct err *e);
/* Makes an instance's row due now. */
[[nodiscard]] bool store_outbox_hurry(struct db *db, const char *instance, int64_t now_ms,
				      struct err *e);
/* After an app's credentials changed: what they held up is due now. Notes NOTE_OUTBOX. */
[[nodiscard]] bool store_outbox_mended(struct db *db, const char *app, int64_t now_ms,
				       struct err *e);
/* At the start of the only program on this database: nobody else holds a lease. */
[[nodiscard]] bool store_outbox_release(struct db *db, int64_t now_ms, struct err *e);
/* When the next one is due; 0: none. */
[[nodiscard]] bool store_outbox_due(struct db *db, int64_t *due_ms, struct err *e);
/* Whether the app has a create under way or to be done, so that an unknown instance may be ours. */
[[nodiscard]] bool store_outbox_creating(struct db *db, const char *app, bool *creating,
					 struct err *e);
