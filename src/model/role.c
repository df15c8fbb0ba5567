#include "model/role.h"

#include "base/text.h"

static const struct {
	enum role role;
	const char *name;
} roles[] = {
    {ROLE_OWNER, "owner"},
    {ROLE_SECURITY_ADMIN, "security-admin"},
    {ROLE_APPROVER, "approver"},
    {ROLE_AUDITOR, "auditor"},
};

const char *role_name(enum role role)
{
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		if (roles[i].role == role)
			return roles[i].name;
	}
	return "unknown";
}

bool role_from_name(const char *name, enum role *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		if (text_equal(roles[i].name, name)) {
			*out = roles[i].role;
			return true;
		}
	}
	return false;
}
