/* The connection test of workflows: when one is due, what the last one found, and what our own rows
 * say about a form. */
#pragma once

#include "db/db.h"

/* When it is asked for: due now, also while one is under way (another follows it). Notes NOTE_DOCTOR. */
[[nodiscard]] bool store_doctor_want(struct db *db, const char *workflow, int64_t now_ms,
				     struct err *e);
/* Because something went wrong: not when one is due or under way, or ended after since_ms. */
[[nodiscard]] bool store_doctor_suspect(struct db *db, const char *workflow, int64_t now_ms,
					int64_t since_ms, struct err *e);
/* All workflows of an app, as store_doctor_want. */
[[nodiscard]] bool store_doctor_want_app(struct db *db, const char *app, int64_t now_ms,
					 struct err *e);

/* id of a workflow whose test is due, because it was asked for or the last one is a day old, and since
 * when; NULL: none. */
[[nodiscard]] bool store_doctor_next(struct db *db, struct arena *a, int64_t now_ms,
				     const char **workflow, int64_t *due_ms, struct err *e);
/* due_ms becomes until_ms. *won false: somebody else has it. */
[[nodiscard]] bool store_doctor_claim(struct db *db, const char *workflow, int64_t due_ms,
				      int64_t until_ms, bool *won, struct err *e);
/* When the next one is due; 0: none. */
[[nodiscard]] bool store_doctor_due(struct db *db, int64_t *due_ms, struct err *e);

/* How many workflows are broken. */
[[nodiscard]] bool store_doctor_broken(struct db *db, int64_t *out, struct err *e);

/* At the start of the only program on this database: what was under way is due again. */
[[nodiscard]] bool store_doctor_resume(struct db *db, int64_t now_ms, struct err *e);

struct store_finding {
	const char *id, *form, *subject, *detail;
};

/* The end of a test. What was claimed until claimed_ms is no longer due. */
struct store_doctor_end {
	const char *workflow, *state;
	int64_t version, claimed_ms, at_ms;
	const struct store_finding *findings;
	size_t count;
};
[[nodiscard]] bool store_doctor_end(struct db *db, const struct store_doctor_end *end,
				    struct err *e);

/* In the order found. */
[[nodiscard]] bool store_finding_list(struct db *db, struct arena *a, const char *workflow,
				      struct store_finding **out, size_t *count, struct err *e);
/* Before a workflow goes. */
[[nodiscard]] bool store_finding_clear(struct db *db, const char *workflow, struct err *e);

/* Mapped controls as a test saw them. */
struct store_control {
	const char *process_code, *label, *control;
};
[[nodiscard]] bool store_control_set(struct db *db, const char *workflow,
				     const struct store_control *c, struct err *e);
[[nodiscard]] bool store_control_list(struct db *db, struct arena *a, const char *workflow,
				      const char *process_code, struct store_control **out,
				      size_t *count, struct err *e);

/* An event about a form's instances came in; kept to the minute. */
[[nodiscard]] bool store_form_event(struct db *db, const char *app, const char *process_code,
				    int64_t at_ms, struct err *e);
/* 0: none yet. */
[[nodiscard]] bool store_form_event_last(struct db *db, const char *app, const char *process_code,
					 int64_t *at_ms, struct err *e);

/* The error of the newest withdrawal of such a form that was tried; "" when it went well, or there
 * is none. */
[[nodiscard]] bool store_form_withdrawal(struct db *db, struct arena *a, const char *app,
					 const char *process_code, const char **error,
					 struct err *e);
