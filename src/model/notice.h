/*
 * What Holdfast says to people in DingTalk, in messages and inside a form: one table, in the language that
 * the organisation has chosen. Names of people and devices are never translated.
 */
#pragma once

#include "base/arena.h"
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

struct notice_facts {
	const char *number, *device, *package, *applicant;
	const char *who;     /* decided it; "": nobody, time or the system did */
	const char *comment; /* "" when there is none */
	enum instance_status status;
	int64_t now_ms; /* messages end with it: DingTalk drops a second one that says the same */
};

const char *notice_text(struct arena *a, enum language language, enum notice notice,
			const struct notice_facts *facts);
