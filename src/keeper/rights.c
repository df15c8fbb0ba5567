#include "keeper/rights.h"

bool rights_allow(enum right right, uid_t caller, const struct rights_owner *owner)
{
	bool is_owner = owner->known && owner->uid == caller;

	switch (right) {
	case RIGHT_ANYBODY:
		return true;
	case RIGHT_LOGIN:
		return is_owner || !owner->known;
	case RIGHT_OWNER:
		return is_owner || (owner->known && caller == 0);
	case RIGHT_ROOT:
		return caller == 0;
	}
	return false;
}
