/* Who is asking: API tokens of administrators, bearer tokens of devices. */
#pragma once

#include "server/request.h"

#define TOKEN_PREFIX "hft_"
#define TOKEN_BYTES 32
#define TOKEN_SIZE 48 /* prefix, base64url of 32 bytes, NUL */

#define DEVICE_TOKEN_MS ((int64_t)3600 * 1000)
#define DEVICE_TOKEN_SIZE 160 /* room for the text and its NUL */

/* Fills r->caller, or refuses as r->route->access has it. */
[[nodiscard]] bool auth_check(struct request *r, struct err *e);

/* A bearer token for a device, good for DEVICE_TOKEN_MS: sealed, so nothing is stored. */
void auth_device_token(const struct server *s, const char *device, int64_t now_ms,
		       char out[static DEVICE_TOKEN_SIZE]);
