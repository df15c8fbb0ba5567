/* Request URLs that were given out before their app was known. One is open until it expires or is
 * taken: by a new app, whose URL it becomes, or as another name of the URL of an app that was there. */
#pragma once

#include "db/db.h"

#define STORE_REQUEST_URL_ALIASES 20 /* of an app; then those longest not used go */

struct store_request_url {
	const char *id, *secret;
	const char *app; /* NULL: nobody has taken it */
	const char *by;  /* who asked for it, an id */
	int64_t created_ms, expires_ms;
};

[[nodiscard]] bool store_request_url_add(struct db *db, const struct store_request_url *url,
					 struct err *e);
/* How many of somebody's are open. */
[[nodiscard]] bool store_request_url_open(struct db *db, const char *by, int64_t now_ms,
					  int64_t *count, struct err *e);

/* For a new app: the open one's secret, NULL: there is none with this id; and it goes. */
[[nodiscard]] bool store_request_url_secret(struct db *db, struct arena *a, const char *id,
					    int64_t now_ms, const char **secret, struct err *e);
[[nodiscard]] bool store_request_url_take(struct db *db, const char *id, struct err *e);
/* For an app that is there: the open one, or one that is its alias already. *won false: neither. */
[[nodiscard]] bool store_request_url_alias(struct db *db, const char *id, const char *app,
					   int64_t now_ms, bool *won, struct err *e);

/* One that an app has taken; out->id NULL: none. */
[[nodiscard]] bool store_request_url_taken(struct db *db, struct arena *a, const char *id,
					   struct store_request_url *out, struct err *e);
/* A push came in through it; kept to the day. */
[[nodiscard]] bool store_request_url_used(struct db *db, const char *id, int64_t now_ms,
					  struct err *e);

/* Open ones that have expired; all of an app, before it goes. */
[[nodiscard]] bool store_request_url_purge(struct db *db, int64_t now_ms, struct err *e);
[[nodiscard]] bool store_request_url_drop(struct db *db, const char *app, struct err *e);
