/* Parts of the sign-in that read outsiders' texts. */
#pragma once

#include "base/arena.h"

#define SIGNIN_CODE_TTL_MS (5 * 60 * 1000)

/* "openid" or "openid corpid", in any order; false for anything else. */
[[nodiscard]] bool signin_scope(const char *scope, bool *with_corp);

/* "http://127.0.0.1:8080" of an address; NULL when it has none that could stand in a header. */
const char *signin_origin(struct arena *a, const char *url);
