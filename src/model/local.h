/* People and departments of a local source: what an administrator may say about them. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define LOCAL_MAX_NAME 128 /* of people and departments; characters, like the others */
#define LOCAL_MAX_EXTERNAL_ID 64
#define LOCAL_MAX_TELEPHONE 32
#define LOCAL_MAX_TITLE 128
#define LOCAL_MAX_DEPARTMENTS_EACH 20 /* that one person is in */
#define LOCAL_MAX_DEPTH 20            /* levels of departments */
#define LOCAL_MAX_PEOPLE 100000       /* of one source, those who left included */
#define LOCAL_MAX_DEPARTMENTS 10000   /* of one source */

/* "": none. Only the name must be there. */
struct local_person {
	const char *name, *external_id, *email, *telephone, *title;
};

/* Without white space around them, the address in lower case; what it points to is in the arena
 * afterwards. ERR_INVALID names the field. An external_id has no "@": it is a sign-in name too, and
 * would be taken for an address. */
[[nodiscard]] bool local_person_check(struct arena *a, struct local_person *p, struct err *e);

/* The same of a department's name. It has no "/" and no "|", which stand between names in paths and
 * between paths. */
[[nodiscard]] bool local_department_check(struct arena *a, const char *typed, const char **out,
					  struct err *e);
