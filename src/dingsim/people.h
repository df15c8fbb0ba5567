/*
 * People in forms: a field that suggests names while one types, and what was typed back to a
 * person. What is typed is a user id, "name (user id)" as the suggestions have it, or a part of a
 * name that fits one person alone.
 */
#pragma once

#include "dingsim/html.h"

#define PEOPLE_SLOTS 50 /* of a list of people in a form */

/* A search for people that leads to path?find=…; and its field, button and </form> alone, for a form
 * that carries more. */
void people_find(struct page *p, const char *path);
void people_find_field(struct page *p);

/* The suggestions; once in a page that has such fields. */
[[nodiscard]] bool people_suggest(struct page *p, struct err *e);

/* "王芳 (wangfang)"; "王芳, left (wangfang)" of one who left; the id alone of nobody. */
[[nodiscard]] bool people_label(struct call *c, const char *userid, const char **out,
				struct err *e);

/* Refuses what is nobody, or several; what is the field's label. */
[[nodiscard]] bool people_pick(struct call *c, const char *typed, struct person **out,
			       struct err *e);

/* Fields prefix0, prefix1…: what was sent in sent0, sent1…, or when nothing was sent the user ids in
 * list (JSON); and some empty ones. */
[[nodiscard]] bool people_slots(struct page *p, const char *prefix, const char *sent,
				const char *list, struct err *e);

/* The same back as a JSON array of user ids, without the empty ones; one person twice is refused. */
[[nodiscard]] bool people_read(struct call *c, const char *prefix, const char **out, struct err *e);
