/* Which devices are there: seen in memory at once, written to the database once a minute. One whose
 * connection ends while it waits for news is away at once. Any thread. */
#pragma once

#include "db/committer.h"
#include "flow/statement.h"

#define PRESENCE_FLUSH_MS 60000
#define PRESENCE_ONLINE_MS 90000 /* a poll may be parked for 50 s */
/* The last minute's news of other servers are not in the database yet. */
#define PRESENCE_STORED_MS (PRESENCE_ONLINE_MS + PRESENCE_FLUSH_MS)

struct presence;

[[nodiscard]] struct presence *presence_new(void);
void presence_free(struct presence *p); /* accepts NULL */

/* has: the statement that it says it has. True: it was not there before, or had another
 * statement. */
bool presence_seen(struct presence *p, const char *device, const struct flow_has *has,
		   int64_t now_ms);
/* The connection of a poll that began at seen_ms has ended; a later poll of the device makes that mean nothing: false. */
bool presence_gone(struct presence *p, const char *device, int64_t seen_ms, int64_t now_ms);

/* As this server saw it last; at_ms 0: not lately. */
struct presence_last {
	int64_t at_ms;
	int64_t held;
	char basis[FLOW_BASIS_SIZE];
	bool gone;
};
struct presence_last presence_last(struct presence *p, const char *device);

/* Hands what is new to the committer, which notes NOTE_SHOWN when devices came or went. Once in PRESENCE_FLUSH_MS. True: one
 * is, or is about to be, away because nothing was heard of it, which nothing else tells. */
bool presence_flush(struct presence *p, struct committer *c, int64_t now_ms);
