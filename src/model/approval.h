/*
 * Built-in approval: who is asked, level after level, and what each answer leads to. Levels are a
 * version of a built-in workflow; an instance keeps those it was filed under.
 */
#pragma once

#include "json/json.h"

#define APPROVAL_MAX_LEVELS 5
#define APPROVAL_MAX_APPROVERS 5 /* in a level, and to escalate to */
#define APPROVAL_MAX_NAME 64     /* code points of a level's name */
#define APPROVAL_MAX_HOURS 720
#define APPROVAL_MAX_REMINDERS 30
#define APPROVAL_MAX_MINUTES (7 * 24 * 60)

#define APPROVAL_ANY "any" /* one of its approvers is enough */
#define APPROVAL_ALL "all" /* everyone has to */

struct approval_level {
	const char *name;           /* "" shows its number */
	const char *mode;           /* APPROVAL_ANY, APPROVAL_ALL */
	struct json_list approvers; /* of const char *, account ids */
};

struct approval_levels {
	struct json_list levels;      /* of struct approval_level */
	const char *fallback;         /* account asked in a level that has nobody left, or NULL */
	int64_t remind_hours;         /* after a level was opened; then daily; 0: never */
	int64_t reminders;            /* at most so many a level */
	int64_t escalate_hours;       /* after a level was opened; 0: never */
	struct json_list escalate_to; /* of const char *, account ids; none: the administrators */
};

/* Of a DingTalk workflow: a level that opens beside DingTalk while a request cannot get there. */
struct approval_fallback {
	int64_t after_minutes; /* since the filing */
	struct approval_level level;
};

/* What an absent member means; to be set before reading. */
void approval_default(struct approval_levels *out);

/* For json_read of struct approval_levels and struct approval_fallback. */
extern const struct json_field approval_json[];
extern const struct json_field approval_fallback_json[];

/* What the tables cannot say: ERR_UNPROCESSABLE names the member. Whether the accounts are there and
 * active is the caller's to check. */
[[nodiscard]] bool approval_check(const struct approval_levels *levels, struct err *e);
[[nodiscard]] bool approval_fallback_check(const struct approval_fallback *fallback, struct err *e);

/* As an object of an answer (fallback NULL: null), and as the text that is stored. */
void approval_put(struct json_writer *w, const char *key, const struct approval_levels *levels);
void approval_fallback_put(struct json_writer *w, const char *key,
			   const struct approval_fallback *fallback);
const char *approval_write(struct arena *a, const struct approval_levels *levels);
const char *approval_fallback_write(struct arena *a, const struct approval_fallback *fallback);
[[nodiscard]] bool approval_read(struct arena *a, const char *text, struct approval_levels *out,
				 struct err *e);
[[nodiscard]] bool approval_fallback_read(struct arena *a, const char *text,
					  struct approval_fallback *out, struct err *e);
