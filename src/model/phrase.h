/*
 * What Holdfast itself writes is English where it is written: errors, notes, lines of the record. All of it stands, with
 * its Chinese, in phrases.zh, which the build makes a table of, so that an answer can be in the language of who reads
 * it. What people wrote, what other systems answered, and names stay as they are.
 *
 * A row's English is the format as the source has it, and fits a text that could have come of it: %d is a number, %s any
 * text that is not empty, %[^)] one without that character. In its Chinese each stands again, in order or as %2$s:
 *   %s  as it was;
 *   %w  said in Chinese when it is one of our words (the section [word]) or sentences ([error]), else as it was;
 *   %t  one of our sentences; the row does not fit when it is none.
 * Of the rows that fit, the one with the most text of its own counts.
 */
#pragma once

#include "base/arena.h"

#define PHRASE_MAX_TEXT 8192 /* bytes; what is longer stays as it is */
#define PHRASE_MAX_PARTS 8

struct phrase_row {
	const char *kind; /* the section: what a text's kind begins with */
	const char *en, *zh;
};

extern const struct phrase_row phrase_rows[]; /* ends with {0} */

/* text of this kind in Chinese, or text itself when it is none of ours. Kinds: "error", "word", "note" (of an instance),
 * "coverage" (why somebody is covered), "grant" (why one ended), and those of events. */
const char *phrase_chinese(struct arena *a, const char *kind, const char *text);

/* The same, and NULL when it is none of ours. */
const char *phrase_find(struct arena *a, const char *kind, const char *text);

/* Whether text could have come of the format en, and what stood there. */
struct phrase_part {
	const char *text;
	size_t size;
};
bool phrase_fits(const char *en, const char *text,
		 struct phrase_part parts[static PHRASE_MAX_PARTS]);
