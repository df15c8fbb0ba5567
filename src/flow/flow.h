/* What a use case works with. Use cases are called by the API, by jobs and by what comes in from
 * DingTalk alike; each runs inside one unit of work. */
#pragma once

#include "db/db.h"
#include "flow/signer.h"
#include "model/schedule.h"
#include "model/snapshot.h"

/* Who acts, for the record. Zeroed: the system. */
struct flow_actor {
	const char *kind;    /* account, token, device, person, dingtalk, system; NULL: system */
	const char *id;      /* or NULL */
	const char *name;    /* in a reader's words; NULL: the kind */
	const char *address; /* where from, or NULL */
	const char *request; /* the request's id, or NULL */
	const char *token;   /* an API token's id, when an account acts through one; or NULL */
};

struct flow {
	struct db *db;
	struct arena *arena;
	int64_t now_ms;
	const char *node;        /* in whose chain the record goes: this server's data folder */
	struct flow_actor actor; /* of the request, or the system */
	struct signer *signer;   /* where a grant may be issued, else NULL */
	const struct snapshot *snapshot; /* where the policy counts, else NULL */
	struct schedule_plan plan;       /* where an open instance was looked at, else zeroed */
};
