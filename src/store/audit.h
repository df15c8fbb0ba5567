/* The chains of events: their ends and what was signed about them. Written by flow/record.c and
 * flow/audit.c alone. */
#pragma once

#include "db/db.h"

#define STORE_HASH_SIZE 32 /* SHA-256 */

/* The next event of the node's chain: its sequence (from 1) and the hash of the record before it
 * (zeros before the first). Other writers of the node wait until this transaction ends. */
[[nodiscard]] bool store_audit_next(struct db *db, const char *node, int64_t *sequence,
				    unsigned char before[static STORE_HASH_SIZE], struct err *e);
[[nodiscard]] bool store_audit_head(struct db *db, const char *node,
				    const unsigned char hash[static STORE_HASH_SIZE],
				    struct err *e);

/* The end of a chain. */
struct store_chain {
	const char *node;
	int64_t sequence;
	unsigned char hash[STORE_HASH_SIZE];
};
struct store_chains {
	struct store_chain *items;
	size_t count;
};

/* How far the checkpoints up to this number took each chain; 0: none is bound. */
[[nodiscard]] bool store_audit_bound(struct db *db, struct arena *a, int64_t checkpoint,
				     struct store_chains *out, struct err *e);
/* The ends of at most max chains that no checkpoint binds. */
[[nodiscard]] bool store_audit_unbound(struct db *db, struct arena *a, int64_t max,
				       struct store_chains *out, struct err *e);
/* What this checkpoint bound anew. */
[[nodiscard]] bool store_audit_moved(struct db *db, struct arena *a, int64_t checkpoint,
				     struct store_chains *out, struct err *e);
/* How far the checkpoints before this one took the chain; 0: none did. */
[[nodiscard]] bool store_audit_before(struct db *db, const char *node, int64_t checkpoint,
				      int64_t *sequence, struct err *e);

struct store_checkpoint {
	int64_t number; /* 0: there is none */
	int64_t time_ms;
	const char *jws;
	unsigned char hash[STORE_HASH_SIZE];
};

/* number 0: the newest. */
[[nodiscard]] bool store_audit_checkpoint(struct db *db, struct arena *a, int64_t number,
					  struct store_checkpoint *out, struct err *e);
/* *added is false when another server made that number meanwhile. */
[[nodiscard]] bool store_audit_checkpoint_add(struct db *db, const struct store_checkpoint *c,
					      const struct store_chains *moved, bool *added,
					      struct err *e);
/* The number of the last one made at from_ms or before (0: none), and of the first made at to_ms or
 * after (else the newest). */
[[nodiscard]] bool store_audit_range(struct db *db, int64_t from_ms, int64_t to_ms, int64_t *first,
				     int64_t *last, struct err *e);

/* How many records the checkpoints up to this number bind. */
[[nodiscard]] bool store_audit_count(struct db *db, int64_t checkpoint, int64_t *out,
				     struct err *e);

/* The end of each chain, by node, at most max. */
struct store_chain_end {
	const char *node;
	int64_t sequence, at_ms; /* of its newest record; at_ms 0: it is not there */
	int64_t bound;           /* up to where a checkpoint binds it */
};
[[nodiscard]] bool store_audit_ends(struct db *db, struct arena *a, int64_t max,
				    struct store_chain_end **out, size_t *count, struct err *e);

/* Records of a chain after one place up to another, in order, at most max. */
struct store_record {
	int64_t sequence;
	const char *text;
	unsigned char hash[STORE_HASH_SIZE];
};
struct store_records {
	struct store_record *items;
	size_t count;
};
struct store_chain_part {
	const char *node;
	int64_t after, upto, max;
};
[[nodiscard]] bool store_audit_records(struct db *db, struct arena *a,
				       const struct store_chain_part *part,
				       struct store_records *out, struct err *e);

/* --- receivers --- */

/* 0 when nothing was brought there yet. */
[[nodiscard]] bool store_sink_position(struct db *db, const char *sink, const char *node,
				       int64_t *sequence, struct err *e);
struct store_sink {
	const char *sink, *node;
	int64_t sequence;
	int64_t sent_ms; /* 0: never */
	const char *error;
	int64_t behind;    /* read only: records that are not there yet */
	int64_t oldest_ms; /* read only: of the first of them; 0: there is none */
};
struct store_sinks {
	struct store_sink *items;
	size_t count;
};
/* Never sets the position back. sent_ms 0 leaves it. */
[[nodiscard]] bool store_sink_set(struct db *db, const struct store_sink *s, struct err *e);
/* This receiver, for every chain there is, by node. */
[[nodiscard]] bool store_sinks(struct db *db, struct arena *a, const char *sink,
			       struct store_sinks *out, struct err *e);
