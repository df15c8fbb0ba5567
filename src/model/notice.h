/*
 * What Holdfast says to people in DingTalk, in messages and inside a form: one table, in the language that
 * the organisation has chosen. Names of people and devices are never translated. The organisation may
 * put a text of its own in the place of each.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "model/instance.h"

enum language { LANGUAGE_ZH, LANGUAGE_EN, LANGUAGE_COUNT };
extern const char *const language_names[LANGUAGE_COUNT + 1]; /* "zh", "en", NULL */
[[nodiscard]] bool language_from(const char *name, enum language *out);

enum notice {
	/* To the applicant: what became of his request. */
	NOTICE_APPROVED,
	NOTICE_REJECTED,
	NOTICE_REVOKED,
	NOTICE_EXPIRED,
	/* To who decided in DingTalk after the end, and to the applicant. */
	NOTICE_LATE,
	/* To an approver who has an open task. */
	NOTICE_REMINDER,
	/* To who has a task in Holdfast now; comment is the request's reason. */
	NOTICE_TASK,
	NOTICE_ESCALATED, /* nobody answered in time */
	NOTICE_NOBODY,    /* to an administrator: no approver is left */
	/* To the owner of a task that Holdfast executed. */
	NOTICE_EXECUTED,
	/* Remarks in the form: why it is withdrawn, or executed. */
	NOTICE_CLOSED,
	NOTICE_CARRIED,
	NOTICE_COUNT
};
extern const char *const notice_names[NOTICE_COUNT + 1]; /* "approved", …, NULL */
/* "applicant", "approver", "administrator", "decider"; "form": a remark in it. */
const char *notice_reader(enum notice notice);

#define NOTICE_MAX 500 /* characters of a text as it is written */

/* As it is written, with its variables. */
const char *notice_builtin(enum notice notice, enum language language);
/* A text of the organisation's own, not empty: its length, no control characters but line ends, no variable that there is
 * not. Where Holdfast acts in somebody's name the text has to say who decided. ERR_INVALID. */
[[nodiscard]] bool notice_check(enum notice notice, const char *text, struct err *e);

struct notice_facts {
	const char *number, *device, *package, *applicant;
	const char *reason;  /* of the filing */
	const char *who;     /* decided it; "": nobody, time or the system did */
	const char *comment; /* "" when there is none */
	enum instance_status status;
	int64_t now_ms;
};

/* own: the organisation's text; NULL: the built-in one. A message that lacks number or time gets them at its end. */
struct notice_words {
	enum language language;
	const char *own;
};
const char *notice_text(struct arena *a, const struct notice_words *words, enum notice notice,
			const struct notice_facts *facts);

/* What stands for each variable in a sample, and all of them for a notice. */
#define NOTICE_VARIABLES 10
extern const char *const notice_variables[NOTICE_VARIABLES + 1];
void notice_sample(enum notice notice, enum language language, int64_t now_ms,
		   struct notice_facts *out);
/* In the order of notice_variables. */
void notice_values(struct arena *a, enum language language, const struct notice_facts *facts,
		   const char *out[static NOTICE_VARIABLES]);
