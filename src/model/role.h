/* What an API token may do. A route names the roles that may use it. */
#pragma once

#include "base/base.h"

enum role { ROLE_OWNER = 1, ROLE_SECURITY_ADMIN = 2, ROLE_APPROVER = 4, ROLE_AUDITOR = 8 };

#define ROLES_ALL (ROLE_OWNER | ROLE_SECURITY_ADMIN | ROLE_APPROVER | ROLE_AUDITOR)
#define ROLES_CHANGE (ROLE_OWNER | ROLE_SECURITY_ADMIN)
#define ROLES_DECIDE (ROLE_OWNER | ROLE_SECURITY_ADMIN | ROLE_APPROVER)

/* "security-admin"; the words are what is stored and typed. */
const char *role_name(enum role role);
[[nodiscard]] bool role_from_name(const char *name, enum role *out);
