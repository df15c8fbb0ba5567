/* What dingsim says in one language alone, in the other. */
#pragma once

#include "base/arena.h"

/* The text in Chinese; the text itself when it is not known. The names of members in front of it
 * ("url: ", "rules[2]: ") are put into words too. */
const char *words_chinese(struct arena *a, const char *text);

/* The other way round, without members in front. */
const char *words_english(struct arena *a, const char *text);
