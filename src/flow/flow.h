/* What a use case works with. Use cases are called by the API, by jobs and by what comes in from
 * DingTalk alike; each runs inside one unit of work. */
#pragma once

#include "db/db.h"
#include "flow/signer.h"
#include "model/schedule.h"
#include "model/snapshot.h"

struct flow {
	struct db *db;
	struct arena *arena;
	int64_t now_ms;
	struct signer *signer;           /* where a grant may be issued, else NULL */
	const struct snapshot *snapshot; /* where the policy counts, else NULL */
	struct schedule_plan plan;       /* where an open instance was looked at, else zeroed */
};
