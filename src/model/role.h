/* What an account or an API token may do. A route names the roles that may use it. */
#pragma once

#include "base/base.h"

enum role { ROLE_OWNER = 1, ROLE_SECURITY_ADMIN = 2, ROLE_APPROVER = 4, ROLE_AUDITOR = 8 };

#define ROLES_ALL (ROLE_OWNER | ROLE_SECURITY_ADMIN | ROLE_APPROVER | ROLE_AUDITOR)
#define ROLES_AUDIT (ROLE_OWNER | ROLE_SECURITY_ADMIN | ROLE_AUDITOR)
#define ROLES_CHANGE (ROLE_OWNER | ROLE_SECURITY_ADMIN)
#define ROLES_DECIDE (ROLE_OWNER | ROLE_SECURITY_ADMIN | ROLE_APPROVER)

/* "security-admin"; the words are what is stored and typed. */
const char *role_name(enum role role);
[[nodiscard]] bool role_from_name(const char *name, enum role *out);

/* Whether it is among words with blanks between them. */
[[nodiscard]] bool role_among(enum role role, const char *words);

/* May whoever has `role` hand out `other`? A security-admin does all that an approver and an auditor do;
 * those two know nothing of each other. */
[[nodiscard]] bool role_covers(enum role role, enum role other);
/* What is left of one role in the hands of another: the lesser of both. False: nothing. */
[[nodiscard]] bool role_lesser(enum role a, enum role b, enum role *out);
/* Whether it can be limited to departments: the others change what holds for everybody. */
[[nodiscard]] bool role_scoped(enum role role);
