/* The inbox: events from DingTalk, stored once before they are acknowledged; effects come after. */
#pragma once

#include "db/db.h"

struct store_inbox {
	const char *id, *app;
	const char *dedupe;      /* the same for every delivery of one event */
	const char *event;       /* "bpms_instance_change" */
	const char *external_id; /* "" when it concerns no approval instance */
	const char *change;      /* its type: "finish" */
	const char *originator;  /* userid, of an approval instance; else "" */
	const char *subjects; /* userids or dept_ids of the organisation, a line each; NULL: "" */
	const char *process_code; /* the form it is about; NULL when not said. Not stored here */
	int64_t happened_ms;      /* by DingTalk's clock; 0: it does not say. Not stored here */
	const char *body;
	bool
	    collected; /* out of DingTalk's list of pushes that failed: it announced nothing in time */
	int64_t received_ms, tries;
};

/* *added false: it is here already. Notes NOTE_INBOX, and counts. */
[[nodiscard]] bool store_inbox_add(struct db *db, const struct store_inbox *row, bool *added,
				   struct err *e);
/* The oldest whose effects are due; out->id NULL when there is none. */
[[nodiscard]] bool store_inbox_next(struct db *db, struct arena *a, int64_t now_ms,
				    struct store_inbox *out, struct err *e);
/* False in *done, *dropped: somebody else was first. */
[[nodiscard]] bool store_inbox_done(struct db *db, const char *id, int64_t now_ms,
				    const char *outcome, bool *done, struct err *e);
[[nodiscard]] bool store_inbox_drop(struct db *db, const char *id, bool *dropped, struct err *e);
[[nodiscard]] bool store_inbox_defer(struct db *db, const char *id, int64_t due_ms, struct err *e);
/* Those that wait for this instance are due now. Notes NOTE_INBOX when there are any. */
[[nodiscard]] bool store_inbox_wake(struct db *db, const char *app, const char *external_id,
				    int64_t now_ms, struct err *e);
/* How many had no effect yet. */
[[nodiscard]] bool store_inbox_waiting(struct db *db, int64_t *out, struct err *e);
/* When the next one is due; 0: none. */
[[nodiscard]] bool store_inbox_due(struct db *db, int64_t *due_ms, struct err *e);
/* Forgets what was done before before_ms. */
[[nodiscard]] bool store_inbox_forget(struct db *db, int64_t before_ms, struct err *e);
