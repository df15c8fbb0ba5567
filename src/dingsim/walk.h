/*
 * Goes through the members of a large JSON object or the elements of an array one at a time, without
 * a tree of the whole: gives each value as a span of the text, to be read by json_parse, which
 * checks it. Only what stands between the spans is checked here.
 */
#pragma once

#include "base/err.h"

struct walk_item {
	const char *key; /* between its quotes, as it stands; NULL in an array */
	size_t key_len;
	const char *value;
	size_t value_len;
};

struct walk {
	const char *start, *at, *end;
	char close;
	bool begun;
};

/* open is '{' or '['; the text's first character must be it, after white space. */
[[nodiscard]] bool walk_begin(struct walk *w, const char *text, size_t n, char open, struct err *e);

/* *more false: that was all, and nothing but white space follows. ERR_INVALID with the byte. */
[[nodiscard]] bool walk_next(struct walk *w, struct walk_item *out, bool *more, struct err *e);
