/* Why something was refused, in the reader's words: never a code. */
#pragma once

#include "window/page.h"

/* answer NULL: the keeper is not there. */
const char *trouble_say(struct arena *a, enum act act, const struct json *answer);

/* How a sign-in ended that was under way. */
const char *trouble_of_login(struct arena *a, const struct facts_login *login);
