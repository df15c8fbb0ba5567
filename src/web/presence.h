/* Which devices are there: seen in memory at once, written to the database once a minute. Any
 * thread. */
#pragma once

#include "db/committer.h"

#define PRESENCE_FLUSH_MS 60000
#define PRESENCE_ONLINE_MS 90000 /* a poll may be parked for 50 s */
/* The last minute's news of other servers are not in the database yet. */
#define PRESENCE_STORED_MS (PRESENCE_ONLINE_MS + PRESENCE_FLUSH_MS)

struct presence;

[[nodiscard]] struct presence *presence_new(void);
void presence_free(struct presence *p); /* accepts NULL */

void presence_seen(struct presence *p, const char *device, int64_t now_ms);

/* When this server saw it last; 0: not lately. */
int64_t presence_last(struct presence *p, const char *device);

/* Hands what is new to the committer. */
void presence_flush(struct presence *p, struct committer *c);
