/* What is signed about the audit record: checkpoints, which bind the ends of all chains, and the first
 * line of an export, which says from where to where it goes (docs/audit.md). */
#pragma once

#include "grant/keys.h"

#define CHECKPOINT_MAX_MOVED 256 /* chains in one checkpoint; what is over it goes into the next */
#define CHECKPOINT_MAX_NODE 64   /* bytes of a chain's name */

/* The end of one server's chain. */
struct audit_head {
	const char *node;
	int64_t sequence;                     /* of its newest record; 0: none yet */
	unsigned char hash[CRYPTO_HASH_SIZE]; /* of that record; zeros: none yet */
};

struct checkpoint {
	const char *org;
	int64_t number; /* from 1, without gaps */
	int64_t time_ms;
	unsigned char
	    before[CRYPTO_HASH_SIZE]; /* of the text of the one before; zeros: the first */
	unsigned char
	    heads[CRYPTO_HASH_SIZE]; /* audit_heads_hash of all chains' ends, bound here */
	struct audit_head *moved;    /* those that differ from the one before, by node */
	size_t moved_count;
};

/* Sorts by node, as everything signed has them. */
void audit_heads_sort(struct audit_head *heads, size_t count);
/* Of heads that are sorted. */
void audit_heads_hash(const struct audit_head *heads, size_t count,
		      unsigned char out[static CRYPTO_HASH_SIZE]);
/* Where a node is, or would be put to keep the order. */
bool audit_heads_find(const struct audit_head *heads, size_t count, const char *node, size_t *at);

[[nodiscard]] bool checkpoint_sign(struct arena *a, const struct crypto_keypair *key,
				   const struct checkpoint *checkpoint, const char **out,
				   struct err *e);
/* Signature, form, and that the signing key held when it was made. *kid (may be NULL): the key's.
 * ERR_CRYPTO, ERR_INVALID, ERR_TOO_LARGE. */
[[nodiscard]] bool checkpoint_verify(struct arena *a, const char *text, size_t n,
				     const struct keys *keys, struct checkpoint *out,
				     const char **kid, struct err *e);

/* An export has all records that were bound after checkpoint first, up to checkpoint last. */
struct audit_range {
	const char *org;
	int64_t time_ms;
	int64_t first, last; /* numbers; first 0: from the beginning */
	unsigned char first_hash[CRYPTO_HASH_SIZE],
	    last_hash[CRYPTO_HASH_SIZE]; /* of their texts */
	int64_t keys;                    /* key lists in the export */
};

[[nodiscard]] bool audit_range_sign(struct arena *a, const struct crypto_keypair *key,
				    const struct audit_range *range, const char **out,
				    struct err *e);
[[nodiscard]] bool audit_range_verify(struct arena *a, const char *text, size_t n,
				      const struct keys *keys, struct audit_range *out,
				      const char **kid, struct err *e);
