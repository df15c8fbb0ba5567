/* DingTalk apps. Secrets come and go sealed; see flow/app.h for what opens them. */
#pragma once

#include "db/db.h"

#define STORE_INGRESS_PUSH "push"
#define STORE_INGRESS_STREAM "stream"
#define STORE_ALERT_KEYS "keys-reset" /* aes_key or token is another one in DingTalk */

#define NOTICE_WORK "work-notice"
#define NOTICE_ROBOT "robot"

struct store_sealed {
	const void *bytes;
	size_t n;
};

struct store_app {
	const char *id, *corp_id, *client_id;
	int64_t agent_id;           /* 0: none */
	const char *notice_channel; /* NOTICE_WORK, NOTICE_ROBOT: how people are told */
	struct store_sealed client_secret;
	struct store_sealed aes_key, token;         /* both or none; n 0: none */
	struct store_sealed old_aes_key, old_token; /* n 0: none */
	int64_t old_until_ms;                       /* 0: none */
	bool keys_proven;                           /* a push was verified with aes_key and token */
	const char *path_secret;                    /* of the Request URL */
	const char *ingress;                        /* STORE_INGRESS_: how its events come */
	int64_t bad_signatures;                     /* pushes in a row that did not verify */
	const char *alert;                          /* STORE_ALERT_KEYS or "" */
	int64_t alert_ms;
	int64_t last_event_ms; /* at most STORE_APP_SEEN_MS too old; 0: none yet */
	int64_t event_lag_ms;  /* of the newest event that says when it happened; 0: none did */
	int64_t
	    url_checked_ms; /* when DingTalk last checked the Request URL with these keys; 0: never */
	int64_t version;    /* of what administrators change: rises with store_app_update */
	int64_t created_ms;
};

/* ERR_CONFLICT when there is an app with this client id. */
[[nodiscard]] bool store_app_add(struct db *db, const struct store_app *app, struct err *e);
[[nodiscard]] bool store_app_get(struct db *db, struct arena *a, const char *id,
				 struct store_app *out, struct err *e);
/* out->id NULL: there is none. */
[[nodiscard]] bool store_app_by_client(struct db *db, struct arena *a, const char *client_id,
				       struct store_app *out, struct err *e);
/* Up to limit, after the id cursor. */
[[nodiscard]] bool store_app_list(struct db *db, struct arena *a, const char *cursor, int64_t limit,
				  struct store_app **out, size_t *count, struct err *e);
/* All ids, in order. */
[[nodiscard]] bool store_app_ids(struct db *db, struct arena *a, const char ***out, size_t *count,
				 struct err *e);
/* Replaces secrets, agent id, notice channel and ingress; notes NOTE_APP. ERR_STALE: app->version is not the
 * present one any more. */
[[nodiscard]] bool store_app_update(struct db *db, const struct store_app *app, struct err *e);

/* What keeps it. */
struct store_app_use {
	const struct store_app_workflow {
		const char *id, *name;
	} * workflows; /* at most STORE_APP_USE_MAX */
	size_t workflow_count;
	const char *source; /* the identity source that reads it, or NULL */
	bool requests;      /* some were filed through it, final or not */
};
#define STORE_APP_USE_MAX 100
[[nodiscard]] bool store_app_use(struct db *db, struct arena *a, const char *id,
				 struct store_app_use *out, struct err *e);
/* One that nothing uses, with its Request URLs; notes NOTE_APP. ERR_CONFLICT: something does. */
[[nodiscard]] bool store_app_delete(struct db *db, const char *id, struct err *e);

/* Moves last_event_ms, once in STORE_APP_SEEN_MS: servers that take events of one app would wait for
 * each other at its row. */
#define STORE_APP_SEEN_MS 1000
[[nodiscard]] bool store_app_event_seen(struct db *db, const char *id, int64_t at_ms,
					struct err *e);
/* How late one arrived; above 0. */
[[nodiscard]] bool store_app_event_lag(struct db *db, const char *id, int64_t lag_ms,
				       struct err *e);
/* DingTalk has asked whether we are there, and the keys were right. Notes NOTE_SHOWN. */
[[nodiscard]] bool store_app_url_checked(struct db *db, const char *id, int64_t at_ms,
					 struct err *e);

/* How the last push verified: keys_proven, bad_signatures, alert and alert_ms of app. */
[[nodiscard]] bool store_app_verified(struct db *db, const struct store_app *app, struct err *e);

/* Old pairs of keys: when the next one is over (0: there is none), and their end. */
[[nodiscard]] bool store_app_old_due(struct db *db, int64_t *due_ms, struct err *e);
[[nodiscard]] bool store_app_old_forget(struct db *db, int64_t now_ms, struct err *e);

/* How many apps have an alert. */
[[nodiscard]] bool store_app_alerts(struct db *db, int64_t *out, struct err *e);
