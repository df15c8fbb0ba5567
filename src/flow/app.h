/* DingTalk apps: their secrets are sealed at rest with the server's master key and go out to nobody
 * but DingTalk. */
#pragma once

#include "crypto/crypto.h"
#include "flow/flow.h"
#include "store/app.h"

/* With its secrets open. For AUTO(flow_app_wipe). */
struct flow_app {
	const char *id, *corp_id, *client_id;
	int64_t agent_id;           /* 0: none */
	const char *notice_channel; /* store/app.h; NULL: NOTICE_WORK, or as it was */
	char *client_secret;
	char *aes_key, *token;         /* NULL: none, only with STORE_INGRESS_STREAM */
	char *old_aes_key, *old_token; /* good until row->old_until_ms; NULL: none */
	const char *path_secret;
	const char *ingress; /* STORE_INGRESS_; NULL: push, or as it was */
	const char
	    *request_url; /* of a new one: id of an allotted URL (flow/request_url.h), or NULL */
	const struct store_app *row; /* as it was opened */
};

/* ERR_CRYPTO: sealed with another master key. Secrets live in the arena until they are wiped. */
[[nodiscard]] bool flow_app_open(struct db *db, struct arena *a,
				 const unsigned char master[CRYPTO_SEAL_KEY_SIZE], const char *id,
				 struct flow_app *out, struct err *e);
void flow_app_wipe(struct flow_app *app);

/* Inside a unit. Makes id and path_secret, or takes them over from request_url. ERR_CONFLICT: there is one
 * with this Client ID. ERR_UNPROCESSABLE here and in flow_app_change: aes_key or token is missing. */
[[nodiscard]] bool flow_app_add(struct flow *f, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
				struct flow_app *app, struct err *e);

/*
 * The same, or the app that has this Client ID: *reused, and request_url becomes an alias of its URL.
 * What was entered for it must be what it has: nothing is overwritten here, ERR_CONFLICT says what
 * to do.
 */
[[nodiscard]] bool flow_app_ensure(struct flow *f, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
				   struct flow_app *app, bool *reused, struct err *e);

/* ERR_CONFLICT names what still uses it. */
[[nodiscard]] bool flow_app_remove(struct flow *f, const struct store_app *app, struct err *e);

/*
 * Inside a unit: corp_id, agent_id, notice_channel, ingress and secrets of app, NULL ones stay; row is what it was
 * made from, NULL: whatever there is. ERR_STALE: that is no longer so. What the old
 * ones held up is tried again at once. The pair of aes_key and token that DingTalk is known to use
 * stays good for FLOW_APP_OLD_MS beside the new one, so that no event is lost until the new one is
 * saved there.
 */
#define FLOW_APP_OLD_MS (INT64_C(3600) * 1000)
[[nodiscard]] bool flow_app_change(struct flow *f, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
				   const struct flow_app *app, struct err *e);

/* How a push verified: with which pair, or with none although it was signed by somebody. */
enum flow_push { FLOW_PUSH_PRESENT, FLOW_PUSH_OLD, FLOW_PUSH_BAD };

/* Inside a unit, with the app as flow_app_open gave it. FLOW_APP_BAD_SIGNATURES bad ones in a row
 * raise STORE_ALERT_KEYS; a good one ends it. Both are in the record of events. */
#define FLOW_APP_BAD_SIGNATURES 3
[[nodiscard]] bool flow_app_pushed(struct flow *f, const struct flow_app *app, enum flow_push how,
				   struct err *e);
