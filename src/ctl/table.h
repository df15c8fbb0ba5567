/* Tables for people: what a cell shows, in columns that stand under each other whatever the script. */
#pragma once

#include "ctl/ctl.h"

enum look {
	LOOK_TEXT,
	LOOK_TIME,     /* UTC ms, as it is here */
	LOOK_TRUTH,    /* yes, no */
	LOOK_LIST,     /* its texts, or its items' name, with commas */
	LOOK_COUNT,    /* how many there are */
	LOOK_SENTENCE, /* of {en, zh}, the reader's */
	LOOK_WORD,     /* one of our words, in the reader's language */
	LOOK_NAMES     /* an id or several: what they are called, as the server says */
};

struct column {
	const char *title[CTL_LANGUAGES];
	const char *path; /* "device.name" */
	enum look look;
	const char *noun; /* the ids of LOOK_NAMES are of these */
	bool quiet;       /* of one thing: no line for nothing, or for 0 */
};

#define TABLE_MAX_COLUMNS 12
#define TABLE_MAX_CELL 48 /* columns of the screen; longer texts are cut, but not the last one */

/* Columns of the screen that a text takes. Control characters and what turns the direction of text must
 * have been taken out (table_clean). */
size_t table_width(const char *utf8);
/* What a terminal shows as itself: in one line, without control characters. */
const char *table_clean(struct arena *a, const char *utf8);

/* What stands there for a value; "-" for nothing. */
const char *table_cell(struct ctl *c, const struct json *row, const struct column *column);

/* Rows are collected, then printed with a line of titles. Zeroed with columns set. */
struct table {
	const struct column *columns;
	const char ***rows;
	size_t count;
};
void table_add(struct ctl *c, struct table *t, const struct json *row);
void table_print(const struct ctl *c, const struct table *t, bool titles);

/* Names with ", " between, indented, in as many lines as it takes. */
void table_print_names(struct ctl *c, const char *names, int indent, bool more);

/* One thing, a line a column. */
void table_print_one(struct ctl *c, const struct json *thing, const struct column *columns);
