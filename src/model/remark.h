/*
 * The note of a request, as data. What is stored is its English sentence (written in flow/); by that sentence, and so for
 * notes of any age, it is one of a closed list, with one text that differs.
 */
#pragma once

#include "base/arena.h"

struct remark {
	const char *code;  /* of remark_codes */
	const char *value; /* what differs; NULL: nothing does */
};

extern const char *const remark_codes[]; /* ends with NULL */

/* note is not empty. */
struct remark remark_of(struct arena *a, const char *note);
