/* Who may ask the keeper for what (docs/device.md, The keeper's socket). */
#pragma once

#include <sys/types.h>

#include "base/base.h"

enum right {
	RIGHT_ANYBODY,
	RIGHT_LOGIN, /* anybody while the device has no owner, then the owner */
	RIGHT_OWNER, /* the owner; uid 0 in the owner's place */
	RIGHT_ROOT   /* uid 0 only */
};

struct rights_owner {
	bool known;
	uid_t uid;
};

[[nodiscard]] bool rights_allow(enum right right, uid_t caller, const struct rights_owner *owner);
