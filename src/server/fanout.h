/*
 * New rules for many polls at once: their statements are signed on the pool, some dozens together, and whoever polls
 * anew meanwhile is looked after when all are answered. One a worker; everything but make on its loop's thread.
 */
#pragma once

#include "flow/statement.h"
#include "web/server.h"

/* make runs on the pool and touches only the poll; done follows it on the loop. */
typedef void fanout_make_fn(void *poll, const struct flow_rules *rules);
typedef void fanout_done_fn(void *poll);

[[nodiscard]] struct fanout *fanout_new(struct worker *worker, fanout_make_fn *make,
					fanout_done_fn *done);
/* server/sync.c: the one of the agents' polls. */
[[nodiscard]] struct fanout *sync_fanout(struct worker *worker);
void fanout_free(struct fanout *f); /* accepts NULL; nothing may be out */

/* Those of the present snapshot. Until the loop's callback returns. */
const struct flow_rules *fanout_rules(struct fanout *f);

void fanout_add(struct fanout *f, void *poll);

/* Whether others are being served that came before. */
bool fanout_busy(const struct fanout *f);
/* One poll is put off until it is told WAIT_LATER; fanout_put_on says that it is no more. */
void fanout_put_off(struct fanout *f);
void fanout_put_on(struct fanout *f);
