/* The key that seals secrets at rest, in a file that only the server may read. */
#pragma once

#include "base/err.h"
#include "crypto/crypto.h"

/* 64 hex digits and a newline. make: a missing file is made (0600); else ERR_NOT_FOUND. A file that
 * others may read is refused. */
[[nodiscard]] bool master_key_read(const char *path, bool make,
				   unsigned char out[CRYPTO_SEAL_KEY_SIZE], struct err *e);
