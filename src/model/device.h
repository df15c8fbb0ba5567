/* What is said of a device by when it was heard last. */
#pragma once

#include "base/base.h"

#define DEVICE_LONG_OFFLINE_MS (INT64_C(30) * 24 * 3600 * 1000)

/* "online", "offline" or "long-offline"; heard within online_ms it is online. */
const char *device_presence(int64_t last_ms, int64_t now_ms, int64_t online_ms);
/* All three, NULL-terminated. */
extern const char *const device_presences[];
