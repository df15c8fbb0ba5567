/*
 * Looking at instances in DingTalk again (model/schedule.h): pending ones, and approved ones whose
 * grants may still be called back. Those have check_ms; "open" here are the pending ones among them. A
 * claim sets check_ms to the end of its lease; what was found is entered only if nobody asked for
 * another look meanwhile (store_instance_check_set).
 */
#pragma once

#include "model/schedule.h"
#include "store/instance.h"

#define STORE_CHECK_MAX_APPS 1000

/* What an app has to be asked, and when; 0: nothing. */
struct store_check_app {
	const char *app, *corp_id;
	int64_t due_ms;    /* the first of its instances */
	int64_t missed_ms; /* the list of pushes that failed; never for Stream */
	struct trust_record trust;
};
[[nodiscard]] bool store_check_apps(struct db *db, struct arena *a, struct store_check_app **out,
				    size_t *count, struct err *e);

/* The app's instance that has been due longest at now_ms, of the pending ones first: somebody waits for
 * those, and of the others thousands may be due at once. out->id NULL: none. */
[[nodiscard]] bool store_check_next(struct db *db, struct arena *a, const char *app, int64_t now_ms,
				    struct store_instance *out, struct err *e);
[[nodiscard]] bool store_check_claim(struct db *db, const char *id, int64_t from_ms,
				     int64_t until_ms, bool *won, struct err *e);

/* Open instances of the same form from `from` on, by number, at most limit: those that one listing
 * between the first and the last one's creation covers. */
struct store_check_row {
	const char *id, *external_id;
	int64_t number, created_ms, submitted_ms, check_ms, check_step;
};
[[nodiscard]] bool store_check_after(struct db *db, struct arena *a,
				     const struct store_instance *from, int64_t limit,
				     struct store_check_row **out, size_t *count, struct err *e);

/* Calls that one look at all open instances of the organisation takes, how many there are, and how many
 * requests were filed since since_ms. */
struct store_check_load {
	int64_t open, calls, filings;
};
[[nodiscard]] bool store_check_load(struct db *db, struct arena *a, const char *corp_id,
				    int64_t since_ms, struct store_check_load *out, struct err *e);

/* Everything open is looked at now: of one app; of all of an organisation; of all. Notes NOTE_CHECK. */
[[nodiscard]] bool store_check_hurry(struct db *db, const char *app, int64_t now_ms, int64_t *count,
				     struct err *e);
[[nodiscard]] bool store_check_hurry_organisation(struct db *db, const char *corp_id,
						  int64_t now_ms, struct err *e);
[[nodiscard]] bool store_check_hurry_all(struct db *db, int64_t now_ms, struct err *e);

/*
 * Whether events announced what readings found. An event that tells of an end marks the instance; a
 * reading that finds an end nobody told of is judged a while later, because the event may be on its
 * way.
 */
[[nodiscard]] bool store_check_announced(struct db *db, const char *id, int64_t now_ms,
					 struct err *e);
[[nodiscard]] bool store_check_found(struct db *db, const char *id, int64_t now_ms, struct err *e);
/* One that was found before before_ms; id NULL: none. Ends its waiting. */
struct store_check_judged {
	const char *id, *app;
	bool announced;
	int64_t found_ms;
};
[[nodiscard]] bool store_check_judge(struct db *db, struct arena *a, int64_t before_ms,
				     struct store_check_judged *out, struct err *e);
/* When the next one was found; 0: none. */
[[nodiscard]] bool store_check_found_due(struct db *db, int64_t *found_ms, struct err *e);

[[nodiscard]] bool store_check_trust(struct db *db, const char *app, struct trust_record *out,
				     struct err *e);
[[nodiscard]] bool store_check_trust_set(struct db *db, const char *app,
					 const struct trust_record *t, struct err *e);

/* The list of pushes that failed is to be read at due_ms, or earlier when that was wanted already. */
[[nodiscard]] bool store_check_missed_want(struct db *db, const char *app, int64_t due_ms,
					   struct err *e);
[[nodiscard]] bool store_check_missed_want_all(struct db *db, int64_t due_ms, struct err *e);
/* due_ms 0: not again. *won false: it was not at from_ms any more. */
[[nodiscard]] bool store_check_missed_move(struct db *db, const char *app, int64_t from_ms,
					   int64_t due_ms, bool *won, struct err *e);
