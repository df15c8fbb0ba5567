/*
 * An export of the audit record as it is checked without the server: JSON lines, one after another,
 * nothing but what struct audit_line names, in one order (docs/audit.md, The export). Pure.
 */
#pragma once

#include "grant/checkpoint.h"

#define AUDIT_MAX_LINE (512 * 1024) /* bytes */
#define AUDIT_MAX_KEY_LISTS 1000    /* one in 60 days */
#define AUDIT_MAX_NODES 100000      /* chains */
#define AUDIT_MAX_INTERVAL 5000000  /* records between two checkpoints */

/* The lines, with their newline. node and record are as they are stored. */
void audit_put_head(struct buf *out, const char *org, const char *root);
void audit_put_keys(struct buf *out, const char *jws);
void audit_put_range(struct buf *out, const char *jws);
void audit_put_chain(struct buf *out, const struct audit_head *head);
void audit_put_checkpoint(struct buf *out, const char *jws);
void audit_put_record(struct buf *out, const char *record,
		      const unsigned char hash[static CRYPTO_HASH_SIZE]);

struct audit_verifier;

/* Something is wrong: which record or line, in words, without control characters. */
typedef void audit_finding_fn(void *arg, const char *text);

/* root: the public key that is trusted; NULL: the one that the export names, which says only that
 * the export fits itself. */
[[nodiscard]] struct audit_verifier *audit_verifier_new(const unsigned char *root,
							audit_finding_fn *finding, void *arg);
/* Before the first line: a checkpoint with this hash (struct audit_summary's last_hash of an earlier export)
 * must be in it. Whoever cuts the newest records and checkpoints away leaves a record that fits itself. */
void audit_verifier_expect(struct audit_verifier *v,
			   const unsigned char hash[static CRYPTO_HASH_SIZE]);
/* Each line without its newline, in the order of the file. False when nothing after it can be
 * judged; a finding has said why. */
[[nodiscard]] bool audit_verifier_line(struct audit_verifier *v, const char *line, size_t n);
/* After the last line: what is missing. */
void audit_verifier_end(struct audit_verifier *v);
void audit_verifier_free(struct audit_verifier *v); /* accepts NULL */

struct audit_summary {
	int64_t findings;
	char bad_node[CHECKPOINT_MAX_NODE +
		      1];     /* whose record the first finding is about; "": none's */
	int64_t bad_sequence; /* that record, or the first of those */
	int64_t records, checkpoints, nodes;
	int64_t first, last;    /* checkpoints' numbers */
	int64_t from_ms, to_ms; /* times of the first and last checkpoint; 0: none */
	unsigned char
	    last_hash[CRYPTO_HASH_SIZE]; /* of the last checkpoint, to be kept elsewhere */
	char org[40], root[CRYPTO_THUMBPRINT_SIZE]; /* root: base64url of the key */
	const char *const *kids;                    /* that signed checkpoints; live as long as v */
	size_t kid_count;
};
void audit_verifier_summary(const struct audit_verifier *v, struct audit_summary *out);
