/* Signing in as an account: what is typed on the terminal, and the session that comes of it. */
#pragma once

#include "ctl/ctl.h"

/* From the terminal, or from standard input when that is none (scripts pipe it). An answer that nobody else
 * may see is not echoed. ERR_INVALID: nothing was typed. */
enum typing { TYPED, TYPED_OR_NOTHING, TYPED_UNSEEN };
[[nodiscard]] bool terminal_ask(struct ctl *c, const char *question, enum typing how,
				const char **out, struct err *e);

/* Asks for email, password and, when it is needed, a code; from then on c asks as that session. */
[[nodiscard]] bool login_begin(struct ctl *c, const struct json **session, const char **password,
			       struct err *e);
[[nodiscard]] bool login_end(struct ctl *c, struct err *e);

/* On a terminal it is typed twice. */
[[nodiscard]] bool login_new_password(struct ctl *c, const char **out, struct err *e);
