/*
 * What a list of people comes to in a local source: who is added, changed, the same, or cannot be. Pure: the
 * dry run shows the plan, the import carries it out.
 *
 * Somebody is known by external_id; without one, or who has got none yet, by email. What the list has no
 * column for stays as it is. Who had left and is in the list is back.
 */
#pragma once

#include "model/people_csv.h"

struct people_present {
	const char *id;
	struct local_person person; /* external_id is the id while there is none */
	bool departed;
	const char *const *departments; /* ids, the main one first */
	size_t department_count;
};

struct people_department {
	const char *id;
	const char *parent; /* or NULL */
	const char *name;
};

/* A source as it is now: without departments that are gone. */
struct people_directory {
	const struct people_present *people; /* by id: of those who left, the last counts */
	size_t person_count;
	const struct people_department *departments;
	size_t department_count;
};

struct people_options {
	bool add_departments; /* that paths name and are not there; else their lines are refused */
	bool depart_missing;  /* who is not in the list has left */
};

enum people_end { PEOPLE_ADDED, PEOPLE_CHANGED, PEOPLE_SAME, PEOPLE_REFUSED, PEOPLE_ENDS };

struct people_plan_line {
	int64_t line;
	const char *name; /* as in the list */
	enum people_end end;
	const char *why; /* refused: in words; changed: "email, departments"; else "" */
	const struct people_present *present; /* of those that are changed or the same */
	struct local_person person;           /* as it is to be; external_id "": none */
	const size_t *departments;            /* indexes into the plan's; if has_departments */
	size_t department_count;
	bool has_departments; /* false: they stay */
};

struct people_plan_department {
	const char *id; /* NULL: to be made, after its parent, which stands before it */
	const char *name, *path;
	size_t parent; /* index; PEOPLE_NO_PARENT: none */
};
#define PEOPLE_NO_PARENT SIZE_MAX

struct people_plan {
	struct people_plan_line *lines;
	size_t count;
	int64_t ends[PEOPLE_ENDS];
	struct people_plan_department
	    *departments; /* those that are there, then those to be made */
	size_t department_count, departments_there;
	const struct people_present **departing;
	size_t departing_count;
	int64_t active; /* people who have not left, before */
};

void people_plan(struct arena *a, const struct people_csv *csv, const struct people_directory *now,
		 const struct people_options *options, struct people_plan *out);

/* "changed". */
const char *people_end_name(enum people_end end);
