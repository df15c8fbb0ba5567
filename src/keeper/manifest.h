/* What the client's package says of its own files: /usr/lib/holdfast/manifest (docs/device.md, Manifest). */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "crypto/crypto.h"

#define MANIFEST_MAX ((size_t)64 << 10)
#define MANIFEST_ENTRIES 256
#define MANIFEST_ID_SIZE (2 * CRYPTO_HASH_SIZE + 1)

struct manifest_entry {
	unsigned char hash[CRYPTO_HASH_SIZE];
	bool script;      /* of the package database; mode is 0 then */
	unsigned mode;    /* permission bits */
	const char *name; /* absolute path, or "prerm" */
};

struct manifest {
	char id[MANIFEST_ID_SIZE]; /* the build: SHA-256 of all its bytes, lower-case hexadecimal */
	const char *version, *architecture;
	struct manifest_entry *entries;
	size_t count;
};

/* In the arena. ERR_INVALID names the line. */
[[nodiscard]] bool manifest_parse(struct arena *a, const char *text, size_t n, struct manifest *out,
				  struct err *e);
