#include "model/role.h"

#include <string.h>

#include "base/text.h"

static const struct {
	enum role role;
	const char *name;
	unsigned covers;
	bool scoped;
} roles[] = {
    {ROLE_OWNER, "owner", ROLES_ALL, false},
    {ROLE_SECURITY_ADMIN, "security-admin", ROLE_SECURITY_ADMIN | ROLE_APPROVER | ROLE_AUDITOR,
     false},
    {ROLE_APPROVER, "approver", ROLE_APPROVER, true},
    {ROLE_AUDITOR, "auditor", ROLE_AUDITOR, true},
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

bool role_among(enum role role, const char *words)
{
	const char *name = role_name(role);

	for (size_t n; *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (n == strlen(name) && strncmp(words, name, n) == 0)
			return true;
	}
	return false;
}

bool role_covers(enum role role, enum role other)
{
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		if (roles[i].role == role)
			return (roles[i].covers & (unsigned)other) != 0;
	}
	return false;
}

bool role_lesser(enum role a, enum role b, enum role *out)
{
	*out = role_covers(a, b) ? b : a;
	return role_covers(a, b) || role_covers(b, a);
}

bool role_scoped(enum role role)
{
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		if (roles[i].role == role)
			return roles[i].scoped;
	}
	return false;
}
