/* Outgoing webhooks and their deliveries. Secrets come and go sealed (flow/webhook.h). */
#pragma once

#include "store/app.h"
#include "store/outbox.h"

struct store_webhook {
	const char *id, *name, *description, *url;
	const char *events; /* words with spaces between (model/webhook.h) */
	bool enabled;
	struct store_sealed secret;
	struct store_sealed old_secret; /* n 0: none */
	int64_t old_until_ms;           /* 0: none */
	int64_t failures;               /* tries in a row; 0: the last one went well */
	int64_t failing_ms;             /* when the first of them was; 0: none */
	int64_t pause_ms;               /* until then nothing is tried */
	const char *disabled;           /* why the server disabled it; "" */
	int64_t created_ms, updated_ms;
};

/* ERR_CONFLICT: the name is taken, here and in the next. */
[[nodiscard]] bool store_webhook_add(struct db *db, const struct store_webhook *w, struct err *e);
/* Everything but created_ms. was_ms: updated_ms as it was read; ERR_STALE when somebody changed it since, on
 * another server too. Notes NOTE_WEBHOOK. */
[[nodiscard]] bool store_webhook_set(struct db *db, const struct store_webhook *w, int64_t was_ms,
				     struct err *e);
/* With its deliveries. ERR_NOT_FOUND, here and in the next. */
[[nodiscard]] bool store_webhook_remove(struct db *db, const char *id, struct err *e);
[[nodiscard]] bool store_webhook_get(struct db *db, struct arena *a, const char *id,
				     struct store_webhook *out, struct err *e);
/* All, by id. */
[[nodiscard]] bool store_webhook_list(struct db *db, struct arena *a, struct store_webhook **out,
				      size_t *count, struct err *e);
/* How the last try went: failures, failing_ms and pause_ms, enabled and disabled. *won false: somebody changed
 * it since it was read, and what he says holds. */
[[nodiscard]] bool store_webhook_tried(struct db *db, const struct store_webhook *w, bool *won,
				       struct err *e);

struct store_webhook_delivery {
	const char *id, *webhook, *type, *payload;
	int64_t attempts, due_ms;
	int64_t tried_ms;  /* 0: never */
	int64_t status;    /* what the last try was answered; 0: nothing */
	const char *error; /* of the last try; "" */
	bool given_up;
	int64_t created_ms, done_ms; /* done_ms 0: still to do */
};

/* id, webhook, type, payload, due_ms, created_ms. Notes NOTE_WEBHOOK. */
[[nodiscard]] bool store_webhook_delivery_add(struct db *db, const struct store_webhook_delivery *d,
					      struct err *e);
[[nodiscard]] bool store_webhook_delivery_get(struct db *db, struct arena *a, const char *id,
					      struct store_webhook_delivery *out, struct err *e);

/* Enabled webhooks that have something to do, and from when on. */
struct store_webhook_due {
	const char *webhook;
	int64_t due_ms;
	bool failing; /* its last try did */
};
[[nodiscard]] bool store_webhook_due(struct db *db, struct arena *a, struct store_webhook_due **out,
				     size_t *count, struct err *e);

/* The webhook's next that is due; out->id NULL when there is none. */
[[nodiscard]] bool store_webhook_next(struct db *db, struct arena *a, const char *webhook,
				      int64_t now_ms, struct store_webhook_delivery *out,
				      struct err *e);
/* Begins a try: attempts + 1, leased. *won false: somebody else has it, or it is done. */
[[nodiscard]] bool store_webhook_claim(struct db *db, const struct store_webhook_delivery *d,
				       const struct store_lease *lease, bool *won, struct err *e);
/* Ends it; held is whether lease still had it. */
struct store_webhook_end {
	const char *id, *lease;
	bool done, given_up;
	int64_t at_ms; /* done: when. Else: when to try again */
	int64_t status;
	const char *error;
};
[[nodiscard]] bool store_webhook_end(struct db *db, const struct store_webhook_end *end, bool *held,
				     struct err *e);
/* At the start of a server: see store_outbox_release. */
[[nodiscard]] bool store_webhook_release(struct db *db, const char *node, int64_t now_ms,
					 struct err *e);

/* Newest first, at most max. */
struct store_webhook_filter {
	const char *webhook, *before; /* before: an id; "": from the newest */
	enum store_outbox_state state;
	int64_t max;
};
[[nodiscard]] bool store_webhook_deliveries(struct db *db, struct arena *a,
					    const struct store_webhook_filter *filter,
					    struct store_webhook_delivery **out, size_t *count,
					    struct err *e);

/* Has deliveries of the webhook sent again, at once: one (delivery), done or not, or all that were given
 * up and made at since_ms or later (delivery NULL). *count: how many. */
struct store_webhook_replay {
	const char *webhook, *delivery;
	int64_t since_ms, now_ms;
};
[[nodiscard]] bool store_webhook_replay(struct db *db, const struct store_webhook_replay *r,
					int64_t *count, struct err *e);

/* Deliveries that are still to be made, and webhooks that fail or were disabled for it. */
[[nodiscard]] bool store_webhook_waiting(struct db *db, int64_t *out, struct err *e);
[[nodiscard]] bool store_webhook_failing(struct db *db, int64_t *out, struct err *e);

/* When the oldest delivery was made; 0: there is none. And forgetting some of those made before. */
[[nodiscard]] bool store_webhook_oldest(struct db *db, int64_t *created_ms, struct err *e);
[[nodiscard]] bool store_webhook_forget(struct db *db, int64_t before_ms, struct err *e);
