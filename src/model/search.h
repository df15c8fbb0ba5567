/*
 * Searching inside texts, the same on every database: a text is folded once, its two-character parts
 * (grams) are kept beside it, and a search asks for the grams of what was typed, then looks at the
 * folded text of what has them all. Two characters are a word in Chinese, so nothing shorter is a gram.
 */
#pragma once

#include "base/arena.h"

/* What a reader takes for the same: small letters (Latin, Greek, Cyrillic), full-width forms as ASCII,
 * any white space as one blank. Nothing else changes. */
char *search_fold(struct arena *a, const char *text);

/* Several texts as one, each folded and after a line feed, which no folded text holds: nothing is found
 * across two of them, and "\n" with a character finds those that begin with it. */
char *search_text(struct arena *a, const char *const *texts, size_t count);

/* The distinct grams of a folded text or of a search_text, one after another without anything between: each
 * is two characters. None ends with a line feed; "" when there is none. */
struct search_grams {
	const char *text;
	size_t count;
};
struct search_grams search_grams(struct arena *a, const char *folded);
