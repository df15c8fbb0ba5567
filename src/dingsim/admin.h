/* Checks of what the developer console takes. */
#pragma once

#include "base/err.h"

/* ERR_INVALID: no http or https address that could stand in a header. */
[[nodiscard]] bool admin_url_check(const char *url, struct err *e);
