/* Builds of the client: an id is the SHA-256 of the package's manifest. Which are accepted is the organisation's
 * word; the first that a device ever had is accepted by itself. Each inside a unit. */
#pragma once

#include "flow/flow.h"
#include "store/build.h"
#include "store/device.h"

#define FLOW_BUILD_ID 64 /* lower-case hexadecimal digits */
#define FLOW_BUILD_MAX_VERSION 64
#define FLOW_BUILD_MAX_NOTE 500 /* code points */
#define FLOW_BOOT_MAX 64
#define FLOW_BUILDS_BROUGHT 16 /* by one device, and accepted by nobody */

bool flow_build_id_valid(const char *id);

/* What the device says of itself with a poll; id "": its client has no manifest. */
struct flow_build {
	const char *version, *id, *boot;
};
/* When it says something new: an unknown build is an alarm, an accepted one ends it. Of a device that brought more
 * than FLOW_BUILDS_BROUGHT further ones are not entered, and are one alarm with the subject "". */
[[nodiscard]] bool flow_build_told(struct flow *f, const struct store_device *d,
				   const struct flow_build *b, struct err *e);

/* Its alarms end. Again: version and note take the place of those before. ERR_INVALID: the id. ERR_UNPROCESSABLE:
 * version or note. */
struct flow_build_accept {
	const char *id, *version, *note;
};
[[nodiscard]] bool flow_build_accept(struct flow *f, const struct flow_build_accept *in,
				     struct err *e);
/* It is not accepted any more: the devices that have it raise their alarms. ERR_NOT_FOUND: it is not accepted. */
[[nodiscard]] bool flow_build_withdraw(struct flow *f, const char *id, struct err *e);
