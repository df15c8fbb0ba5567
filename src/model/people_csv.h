/*
 * A list of people as somebody keeps it: CSV (model/csv_reader.h) whose first line names its columns, in
 * English or Chinese. name must be among them; columns that are not known are left out, and said. Every line
 * that is not empty is answered for.
 */
#pragma once

#include "model/csv_reader.h"
#include "model/local.h"

#define PEOPLE_CSV_MAX_BYTES (4 * 1024 * 1024)
#define PEOPLE_CSV_MAX_LINES 20000 /* that are not empty, without the first */

enum people_column {
	PEOPLE_NAME,
	PEOPLE_EXTERNAL_ID,
	PEOPLE_EMAIL,
	PEOPLE_TELEPHONE,
	PEOPLE_TITLE,
	PEOPLE_DEPARTMENTS,
	PEOPLE_COLUMNS
};

struct people_line {
	int64_t line;               /* from 1 */
	struct local_person person; /* "" where it says nothing */
	/* Ids, or paths: names from the top, joined by "/", without blanks around them. The main one first. */
	const char *const *departments;
	size_t department_count;
	const char *why; /* it cannot be used; NULL: it can */
};

struct people_csv {
	bool has[PEOPLE_COLUMNS];
	struct people_line *lines;
	size_t count;
	const char **ignored; /* columns, as they are named */
	size_t ignored_count;
};

/* Everything in the arena. ERR_UNPROCESSABLE: no column is called name, one is there twice, too many lines,
 * or as csv_reader_next has it. */
[[nodiscard]] bool people_csv_read(struct arena *a, const char *csv, struct people_csv *out,
				   struct err *e);

/* "email". */
const char *people_column_name(enum people_column column);
