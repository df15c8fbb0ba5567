/*
 * Configuration files: INI as libinih reads it, through a table of the keys a program knows. Every
 * key has a default; an unknown section or key, a key given twice and a value of the wrong form are
 * refused with the file's name and line, so that a slip of the pen never passes as a default.
 *
 * "key = value" in [sections]; comments start with ';' or '#' at the start of a line, or with " ;"
 * behind a value.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define CONF_MAX_FILE 65536
#define CONF_MAX_LINE 196 /* bytes without the line's end: libinih cuts longer ones */

enum conf_kind {
	CONF_TEXT, /* const char * in the arena */
	CONF_I64,  /* int64_t within min..max */
	CONF_BOOL  /* bool: yes, no, true, false */
};

struct conf_key {
	const char *section;
	const char *name;
	enum conf_kind kind;
	size_t offset;        /* in the struct that is filled */
	const char *fallback; /* as it would stand in the file; NULL is allowed for text only */
	int64_t min, max;     /* CONF_I64 */
};

/* Fills *out with the defaults. The table ends with {0}. */
void conf_defaults(struct arena *a, const struct conf_key *keys, void *out);

/*
 * conf_defaults, then what the file says. ERR_NOT_FOUND when there is no file (*out then holds the
 * defaults), ERR_INVALID for its contents, ERR_TOO_LARGE; *out is of no use after the last two.
 */
[[nodiscard]] bool conf_read(struct arena *a, const char *path, const struct conf_key *keys,
			     void *out, struct err *e);
