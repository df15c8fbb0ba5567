/*
 * What the guard believes: the enrolled machine's files (docs/device.md, Files), each checked
 * against the others. Anything missing, unreadable or not fitting is tampering.
 */
#pragma once

#include "grant/grant.h"
#include "grant/ledger.h"
#include "grant/statement.h"

#define STATE_MAX_GRANTS 256 /* files looked at in the folder of grants */

struct state {
	struct anchor anchor;
	char key[CRYPTO_THUMBPRINT_SIZE];
	struct device_identity device; /* borrows the two above */
	struct keys keys;
	struct statement statement;
	struct ledger ledger;
};

enum state_file {
	STATE_MARK,
	STATE_ANCHOR,
	STATE_DEVICE_KEY,
	STATE_KEYS,
	STATE_STATEMENT,
	STATE_LEDGER,
	STATE_FILE_COUNT
};

struct state_text {
	char *bytes;
	size_t n;
};

/* Absolute path below root, which is "" on a real machine. */
const char *state_path(struct arena *a, const char *root, enum state_file file);

/* Whether anything of mark, anchor, device key and ledger is there, in whatever shape. A place that
 * cannot be looked at counts as there. */
bool state_enrolled(struct arena *a, const char *root);

/* Reads all files and checks them. *out must stay where it is. */
[[nodiscard]] bool state_read(struct arena *a, const char *root, struct state *out, struct err *e);

/* The same from texts; no I/O. The device key's bytes are wiped. */
[[nodiscard]] bool state_check(struct arena *a, struct state_text texts[static STATE_FILE_COUNT],
			       struct state *out, struct err *e);

/* Every file in the folder of grants that has a grant's name, verified or not. */
struct state_grant {
	bool verified;
	struct grant grant; /* when verified */
};

struct state_grants {
	struct state_grant *items; /* oldest first */
	size_t count;
};

/* A missing folder is an empty one, and a grant that does not verify is only that. */
void state_grants(struct arena *a, const char *root, const struct keys *keys,
		  struct state_grants *out);

/* The later of the machine's clock and the highest time in a signed object. */
int64_t state_trusted_now(const struct state *state, const struct state_grants *grants,
			  int64_t clock_ms);
