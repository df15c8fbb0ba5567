/*
 * Outgoing webhooks: which events they tell of, where they may go and when they are tried again. What
 * is sent, and how it is signed, follows the Standard Webhooks specification 1.0.0.
 */
#pragma once

#include "base/err.h"
#include "model/address.h"

#define WEBHOOK_MAX 50        /* endpoints */
#define WEBHOOK_MAX_NAME 128  /* code points */
#define WEBHOOK_MAX_TEXT 1000 /* of a description */
#define WEBHOOK_MAX_URL 2048  /* bytes */
#define WEBHOOK_MAX_NETWORKS 32

#define WEBHOOK_TEST "webhook.test" /* sent when somebody asks for it; cannot be chosen */

/* What can be chosen; ends with NULL. "*" is all of them, later ones too. */
extern const char *const webhook_types[];

/* What an event of the record (kind) is called outside; NULL: nobody is told. */
const char *webhook_type(const char *kind);

/* chosen: words of webhook_types, a space between. */
bool webhook_wants(const char *chosen, const char *type);

/* When a delivery that failed so many times is tried again; 0: not. chance is a random number. A test is
 * tried once. */
#define WEBHOOK_TRIES 10
int64_t webhook_delay_ms(const char *type, int64_t attempts, uint32_t chance);

/* How long an endpoint that failed so many times in a row is left alone, so that one that is down or slow
 * is not asked for every waiting delivery. */
int64_t webhook_pause_ms(int64_t failures);

/* An endpoint at which nothing has arrived for so long is disabled. */
#define WEBHOOK_PATIENCE_MS (INT64_C(5) * 24 * 3600 * 1000)
#define WEBHOOK_KEEP_MS (INT64_C(30) * 24 * 3600 * 1000) /* deliveries, for the log and replay */
#define WEBHOOK_GRACE_MS (INT64_C(24) * 3600 * 1000)     /* the old secret signs beside the new */

/* Networks inside that webhooks may go to. */
struct webhook_networks {
	struct network items[WEBHOOK_MAX_NETWORKS];
	size_t count;
};

/* text: networks with spaces between; NULL is "". ERR_UNPROCESSABLE names the one that is none. */
[[nodiscard]] bool webhook_networks_read(const char *text, struct webhook_networks *out,
					 struct err *e);

/* Whether an address may be connected to: an allowed network's; without them the public internet's, and
 * there only with TLS. */
bool webhook_may_reach(const struct webhook_networks *allowed, bool tls,
		       const unsigned char address[static ADDRESS_SIZE]);
