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
