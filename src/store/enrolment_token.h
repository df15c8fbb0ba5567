/* Tokens that enrol devices for somebody: only their hashes are stored. */
#pragma once

#include "db/db.h"
#include "store/page.h"

struct store_enrolment_token {
	const char *id, *name;
	const char *owner, *owner_name; /* owner_name is read only */
	const char *created_by;         /* in a reader's words */
	int64_t max_uses;               /* 0: as many as come */
	int64_t uses;                   /* how often a device came with it */
	int64_t devices;                /* whose last enrolment it was; read only */
	int64_t created_ms, expires_ms;
	int64_t used_ms;    /* last; 0: never */
	int64_t revoked_ms; /* 0: not */
};

/* hash: SHA-256 of the token's text. */
[[nodiscard]] bool store_enrolment_token_add(struct db *db, const struct store_enrolment_token *t,
					     const unsigned char hash[32], struct err *e);
/* Also those that ended. ERR_NOT_FOUND. */
[[nodiscard]] bool store_enrolment_token_get(struct db *db, struct arena *a, const char *id,
					     struct store_enrolment_token *out, struct err *e);
[[nodiscard]] bool store_enrolment_token_by_hash(struct db *db, struct arena *a,
						 const unsigned char hash[32],
						 struct store_enrolment_token *out, struct err *e);

/* The newest first. live: only those that a device may still come with. owner NULL: everybody's. */
struct store_enrolment_token_filter {
	const char *owner;
	bool live;
	int64_t now_ms;
};
[[nodiscard]] bool store_enrolment_token_list(struct db *db, struct arena *a,
					      const struct store_enrolment_token_filter *filter,
					      const struct store_page *page,
					      struct store_enrolment_token **out, size_t *count,
					      struct err *e);
/* How many a device may still come with. */
[[nodiscard]] bool store_enrolment_token_live(struct db *db, int64_t now_ms, int64_t *out,
					      struct err *e);

/* Counts a use, if it may still be used: *used. Two at once never count as one. */
[[nodiscard]] bool store_enrolment_token_use(struct db *db, const char *id, int64_t now_ms,
					     bool *used, struct err *e);
/* *changed is false when it was before. */
[[nodiscard]] bool store_enrolment_token_revoke(struct db *db, const char *id, int64_t now_ms,
						bool *changed, struct err *e);

/* Devices whose last enrolment it was, by id, after the cursor. */
struct store_enrolled {
	const char *id, *name, *state, *owner, *owner_name;
	int64_t enrolled_ms;
};
[[nodiscard]] bool store_enrolment_token_devices(struct db *db, struct arena *a, const char *id,
						 const struct store_page *page,
						 struct store_enrolled **out, size_t *count,
						 struct err *e);
