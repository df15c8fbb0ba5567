/*
 * The outbox: calls that change something in DingTalk, written in the same transaction as the state
 * they follow from. A row is worked on under a lease; of one instance's rows only the oldest that is
 * not done may be taken, so that they happen in order; a notice waits for none and holds up none.
 * A dead letter is a row that was given up, or that waits for a person who mends something.
 */
#pragma once

#include "db/db.h"

#define OUTBOX_CREATE "create"
#define OUTBOX_SETTLE "settle"       /* look whether a lost create came to something after all */
#define OUTBOX_DUPLICATE "duplicate" /* withdraw a second form of the request, whose id is text */
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
	bool uncertain;   /* a try was begun and nobody knows how it ended */
	int64_t tried_ms; /* when that try began, or the last one; 0: none has */
	bool searched;    /* an uncertain create was looked for, in vain */
	int64_t due_ms;
	const char *error; /* of the last try, in words; "" */
	bool slow;         /* only a person can mend it */
	bool given_up;     /* done without success */
	int64_t created_ms;
	int64_t done_ms; /* 0: still to do */
};

/* id, app, instance, kind, userid, text, task, due_ms, created_ms. Notes NOTE_OUTBOX. */
[[nodiscard]] bool store_outbox_add(struct db *db, const struct store_outbox *row, struct err *e);

/* The app's next that is due. These set out->id to NULL when there is none. */
[[nodiscard]] bool store_outbox_next(struct db *db, struct arena *a, const char *app,
				     int64_t now_ms, struct store_outbox *out, struct err *e);
/* What an instance waits for, beside messages to people: its oldest row that is not done, else the
 * newest that was given up. */
[[nodiscard]] bool store_outbox_of_instance(struct db *db, struct arena *a, const char *instance,
					    struct store_outbox *out, struct err *e);

/* Begins a try: attempts + 1, uncertain, leased. *won false: somebody else has it, or it is done. A row
 * that was uncertain keeps tried_ms: that try is still to be accounted for. */
struct store_lease {
	const char *id;   /* of this try */
	const char *node; /* the server's data folder */
	int64_t now_ms, until_ms;
};
[[nodiscard]] bool store_outbox_claim(struct db *db, const struct store_outbox *row,
				      const struct store_lease *lease, bool *won, struct err *e);

/* Ends a try; held is whether lease still had it. */
struct store_outbox_end {
	const char *id, *lease;
	bool done, given_up;
	int64_t at_ms;    /* done: when. Else: when to try again */
	int64_t attempts; /* as in the row, from here on */
	bool uncertain, searched, slow;
	const char *error; /* "" when it went well */
};
[[nodiscard]] bool store_outbox_end(struct db *db, const struct store_outbox_end *end, bool *held,
				    struct err *e);

/* Takes back what was never tried; the rest stays for the job to settle. */
[[nodiscard]] bool store_outbox_drop(struct db *db, const char *instance, const char *kind,
				     int64_t now_ms, bool *dropped, struct err *e);
/* Tasks of the instance that were to be executed and that nobody is at any more, or has been. */
struct store_execution {
	const char *userid;
	int64_t task;
	bool done; /* it was executed by ourselves, or may have been */
};
[[nodiscard]] bool store_outbox_executions(struct db *db, struct arena *a, const char *instance,
					   struct store_execution **out, size_t *count,
					   struct err *e);
/* How many rows of a kind an instance has, done or not. */
[[nodiscard]] bool store_outbox_count_kind(struct db *db, const char *instance, const char *kind,
					   int64_t *out, struct err *e);
/* A row that ended without being done, and no dead letter: something else has taken its place. */
[[nodiscard]] bool store_outbox_moot(struct db *db, const char *id, const char *why, struct err *e);
/* Makes an instance's row due now. */
[[nodiscard]] bool store_outbox_hurry(struct db *db, const char *instance, int64_t now_ms,
				      struct err *e);
/* After an app's credentials changed: what they held up is due now. Notes NOTE_OUTBOX. */
[[nodiscard]] bool store_outbox_mended(struct db *db, const char *app, int64_t now_ms,
				       struct err *e);
/* The same for all apps of a DingTalk organisation, when it may make more calls. */
[[nodiscard]] bool store_outbox_mended_organisation(struct db *db, const char *corp_id,
						    int64_t now_ms, struct err *e);
/* At the start of a server: no try of this node's last run goes on. node NULL: of nobody's, when this
 * is the only program on the database. */
[[nodiscard]] bool store_outbox_release(struct db *db, const char *node, int64_t now_ms,
					struct err *e);
/* When the app's next one is due; 0: none. */
[[nodiscard]] bool store_outbox_due(struct db *db, const char *app, int64_t *due_ms, struct err *e);

/* ERR_NOT_FOUND. */
[[nodiscard]] bool store_outbox_get(struct db *db, struct arena *a, const char *id,
				    struct store_outbox *out, struct err *e);

/* Newest first, at most max. */
enum store_outbox_state { OUTBOX_ANY, OUTBOX_WAITING, OUTBOX_DEAD, OUTBOX_DONE };
struct store_outbox_filter {
	enum store_outbox_state state;
	const char *instance; /* NULL: any */
	const char *before;   /* an id; "": from the newest */
	const char *scope;    /* store_scope_text: of requests in these departments; NULL: of all */
	int64_t max;
};
[[nodiscard]] bool store_outbox_list(struct db *db, struct arena *a,
				     const struct store_outbox_filter *filter,
				     struct store_outbox **out, size_t *count, struct err *e);

/* A dead letter is to be tried again, at once. *found false: it is none, or just being tried. */
[[nodiscard]] bool store_outbox_replay(struct db *db, const char *id, int64_t now_ms, bool *found,
				       struct err *e);

/* One app's rows, counted. */
struct store_outbox_counts {
	const char *app;
	int64_t waiting; /* not done, dead ones apart */
	int64_t dead;
	int64_t oldest_due_ms;     /* of what is due by now; 0: nothing is */
	int64_t oldest_waiting_ms; /* when the oldest that waits was made; 0: none */
};
[[nodiscard]] bool store_outbox_count(struct db *db, struct arena *a, int64_t now_ms,
				      struct store_outbox_counts **out, size_t *count,
				      struct err *e);
