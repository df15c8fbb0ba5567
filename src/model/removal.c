#include "model/removal.h"

#include "base/text.h"

const char *const removal_ground_names[REMOVAL_GROUND_COUNT + 1] = {
    [REMOVAL_GRANT] = "grant",
    [REMOVAL_RELEASE] = "release",
    [REMOVAL_OFFLINE_CODE] = "offline code",
    [REMOVAL_WHITELIST] = "whitelist",
    [REMOVAL_OUT_OF_SCOPE] = "out of scope",
    [REMOVAL_AUDIT_MODE] = "audit mode",
    [REMOVAL_OFF] = "off",
    [REMOVAL_WITHOUT_GRANT] = "without grant",
};

/* What the policy says of it, where the device does not. */
static enum removal_ground by_policy(const struct removal_fact *f)
{
	if (f->mode == POLICY_OFF)
		return REMOVAL_OFF;
	if (!f->covered)
		return text_equal(f->why, "whitelist") ? REMOVAL_WHITELIST : REMOVAL_OUT_OF_SCOPE;
	return f->mode == POLICY_AUDIT ? REMOVAL_AUDIT_MODE : REMOVAL_WITHOUT_GRANT;
}

/* A device decides by the statement it had, which may be older than the policy now. */
static bool by_device(const struct removal_fact *f, enum removal_ground *out)
{
	static const enum removal_ground known[] = {REMOVAL_WHITELIST, REMOVAL_OUT_OF_SCOPE,
						    REMOVAL_AUDIT_MODE, REMOVAL_OFF};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (text_equal(f->said, removal_ground_names[known[i]])) {
			*out = known[i];
			return true;
		}
	}
	return false;
}

enum removal_ground removal_ground_of(const struct removal_fact *f)
{
	enum removal_ground ground;

	if (f->forced)
		return REMOVAL_WITHOUT_GRANT;
	if (f->by_grant && !f->grant_known)
		return REMOVAL_WITHOUT_GRANT;
	if (f->by_grant && f->by_code)
		return REMOVAL_OFFLINE_CODE;
	if (f->by_grant)
		return f->released ? REMOVAL_RELEASE : REMOVAL_GRANT;
	return by_device(f, &ground) ? ground : by_policy(f);
}
