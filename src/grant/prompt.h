/* The prompt of a statement as a person reads it: variables filled in, plain text. Needs no network. */
#pragma once

#include "grant/statement.h"

#define PROMPT_MAX_VALUE 128 /* characters of what is put in for a variable */

enum prompt_language { PROMPT_EN, PROMPT_ZH };

/*
 * {user}, {device}, {package} and {organisation} from the statement, for this package. Safe for a terminal: no control
 * character but the content's line ends, and what a name holds stays on its line. In the arena.
 */
void prompt_fill(struct arena *a, const struct statement *s, enum prompt_language language,
		 const char *package, struct statement_prompt *out);
