/* Browsers: sign-ins on their way to DingTalk and back, and the sessions of people who came back.
 * Only hashes of what the browser holds are stored. */
#pragma once

#include "db/db.h"
#include "store/page.h"

struct store_signin {
	unsigned char state[32];   /* SHA-256 of the parameter that comes back */
	unsigned char browser[32]; /* SHA-256 of the browser's cookie */
	const char *source;
	bool account; /* as the person's account, not as an employee */
	const char
	    *person;      /* for whom the source vouched: a code is still missing. NULL: not yet */
	const char *next; /* path to go on to */
	const char *subscriber; /* who asked (model/proxy.h); not read back */
	int64_t expires_ms;
};

/* How many are on their way. */
struct store_signins_open {
	int64_t from_subscriber, total;
};
[[nodiscard]] bool store_signin_open(struct db *db, const char *subscriber, int64_t now_ms,
				     struct store_signins_open *out, struct err *e);
[[nodiscard]] bool store_signin_add(struct db *db, const struct store_signin *s, struct err *e);
/* One that came back from its source: finds out->state and out->browser, fills in the rest and removes it, so
 * that it counts once. ERR_NOT_FOUND: unknown, used, expired or another browser's. */
[[nodiscard]] bool store_signin_take(struct db *db, struct arena *a, int64_t now_ms,
				     struct store_signin *out, struct err *e);

/* One that lacks a code: the same, without removing it, for another try. */
[[nodiscard]] bool store_signin_vouched(struct db *db, struct arena *a, int64_t now_ms,
					struct store_signin *out, struct err *e);
[[nodiscard]] bool store_signin_remove(struct db *db, const unsigned char state[32], struct err *e);

struct store_session {
	const char *person, *person_name; /* an employee, or else … */
	const char *account;              /* … somebody who administers */
	const char *csrf;
	const char *address, *agent; /* where it began; agent is the User-Agent or "" */
	int64_t wrong_codes;
	int64_t expires_ms;
	/* Of an account's only. */
	const char *id; /* how a list names it; not the cookie */
	int64_t created_ms, seen_ms;
};

struct store_session_list {
	struct store_session *items;
	size_t count;
};

#define STORE_SESSIONS_MAX 100 /* of one account: the oldest ends */
[[nodiscard]] bool store_session_add(struct db *db, const unsigned char id[32],
				     const struct store_session *s, int64_t now_ms, struct err *e);
/* ERR_NOT_FOUND: unknown, expired, or the person has left. */
[[nodiscard]] bool store_session_get(struct db *db, struct arena *a, const unsigned char id[32],
				     int64_t now_ms, struct store_session *out, struct err *e);
[[nodiscard]] bool store_session_wrong_code(struct db *db, const unsigned char id[32],
					    struct err *e);
[[nodiscard]] bool store_session_remove(struct db *db, const unsigned char id[32], struct err *e);

/* Of an account: used since idle_ms and not expired. ERR_NOT_FOUND. Whether the account is active is not
 * looked at. */
struct store_session_now {
	int64_t now_ms, idle_since_ms;
};
[[nodiscard]] bool store_session_of_account(struct db *db, struct arena *a,
					    const unsigned char id[32],
					    const struct store_session_now *now,
					    struct store_session *out, struct err *e);
[[nodiscard]] bool store_session_by_id(struct db *db, struct arena *a, const char *id,
				       const struct store_session_now *now,
				       struct store_session *out, struct err *e);
/* By id, after the cursor. */
[[nodiscard]] bool store_session_list(struct db *db, struct arena *a, const char *account,
				      const struct store_session_now *now,
				      const struct store_page *page, struct store_session_list *out,
				      struct err *e);
[[nodiscard]] bool store_session_seen(struct db *db, const char *id, int64_t now_ms, struct err *e);
[[nodiscard]] bool store_session_end(struct db *db, const char *id, struct err *e);
/* All of an employee. */
[[nodiscard]] bool store_session_end_person(struct db *db, const char *person, struct err *e);
/* All of the account, but for one when besides is not NULL. */
[[nodiscard]] bool store_session_end_all(struct db *db, const char *account, const char *besides,
					 int64_t *ended, struct err *e);

/* Forgets expired sign-ins and sessions. */
[[nodiscard]] bool store_session_purge(struct db *db, int64_t now_ms, struct err *e);
