/* One-time links with which somebody of a local source sets a password. All inside a unit of work but for the
 * check, which reads. */
#pragma once

#include "flow/account.h"
#include "store/person.h"

/* Takes the place of an earlier one. ERR_CONFLICT: not of a local source, or departed. */
[[nodiscard]] bool flow_person_link_make(struct flow *f, const char *person, int64_t life_ms,
					 char secret[static FLOW_LINK_SIZE], struct err *e);

/* Whose link it is, while it holds. ERR_GONE. */
[[nodiscard]] bool flow_person_link_check(struct flow *f, const char *secret,
					  struct store_person *out, struct err *e);

/* Sets the password (argon2id's text), ends the person's browsers and forgets the known ones. ERR_GONE. */
[[nodiscard]] bool flow_person_link_use(struct flow *f, const char *secret, const char *password,
					struct store_person *out, struct err *e);
