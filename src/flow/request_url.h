/* Request URLs that exist before their app: given out when a panel opens, good from the moment in which
 * the app is saved. Inside a unit. */
#pragma once

#include "flow/flow.h"
#include "store/request_url.h"

#define FLOW_REQUEST_URL_MS (INT64_C(24) * 3600 * 1000) /* until nobody has taken it */
#define FLOW_REQUEST_URLS_OPEN 100                      /* of one caller */

/* by: who asks, an id. ERR_TOO_MANY: he has as many that nobody took. */
[[nodiscard]] bool flow_request_url_allot(struct flow *f, const char *by,
					  struct store_request_url *out, struct err *e);

/* A new app becomes the one whose URL it is: the secret, before it is added. ERR_UNPROCESSABLE: expired, or
 * taken. store_request_url_take ends it. */
[[nodiscard]] bool flow_request_url_secret(struct flow *f, const char *id, const char **secret,
					   struct err *e);
/* An app that was there before is found through it too. ERR_UNPROCESSABLE as above; its own URL, and one that
 * leads to it already, are right. */
[[nodiscard]] bool flow_request_url_alias(struct flow *f, const char *id, const char *app,
					  struct err *e);

/* Where a push to …/{id}/{secret} goes: id itself, or the app whose alias it is. ERR_NOT_FOUND: the secret is
 * not that alias'; the secret of an app's own URL is not looked at here. */
[[nodiscard]] bool flow_request_url_route(struct flow *f, const char *id, const char *secret,
					  const char **app, bool *alias, struct err *e);
