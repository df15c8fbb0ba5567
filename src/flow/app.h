/* DingTalk apps: their secrets are sealed at rest with the server's master key and go out to nobody
 * but DingTalk. */
#pragma once

#include "crypto/crypto.h"
#include "store/app.h"

/* With its secrets open. For AUTO(flow_app_wipe). */
struct flow_app {
	const char *id, *corp_id, *client_id;
	int64_t agent_id;           /* 0: none */
	const char *notice_channel; /* store/app.h; NULL: NOTICE_WORK, or as it was */
	char *client_secret, *aes_key, *token;
	const char *path_secret;
};

/* ERR_CRYPTO: sealed with another master key. Secrets live in the arena until they are wiped. */
[[nodiscard]] bool flow_app_open(struct db *db, struct arena *a,
				 const unsigned char master[CRYPTO_SEAL_KEY_SIZE], const char *id,
				 struct flow_app *out, struct err *e);
void flow_app_wipe(struct flow_app *app);

/* Inside a unit. Makes id and path_secret, which is NULL before. */
[[nodiscard]] bool flow_app_add(struct db *db, struct arena *a,
				const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
				struct flow_app *app, int64_t now_ms, struct err *e);

/* Inside a unit: agent_id and secrets of app, NULL ones stay. What the old ones held up is tried again
 * at once. */
[[nodiscard]] bool flow_app_change(struct db *db, struct arena *a,
				   const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
				   const struct flow_app *app, int64_t now_ms, struct err *e);
