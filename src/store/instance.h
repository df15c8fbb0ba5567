/* Approval instances. A status changes only from 'pending', by compare-and-set. */
#pragma once

#include "db/db.h"
#include "model/search.h"

struct store_instance {
	const char *id;
	int64_t number;
	const char *template, *workflow, *workflow_name;
	int64_t version;
	const char *app;          /* NULL: not for DingTalk */
	const char *process_code; /* "" without an app */
	const char *sent;         /* form_values_write; "[]" without an app */
	const char *person, *person_name, *department;
	const char *originator, *originator_department; /* DingTalk's ids; "" without an app */
	const char *device, *device_name, *device_os, *device_macs;
	const char *package, *reason;
	bool by_root;
	const char *status; /* model/instance.h has the words */
	const char *note;
	const char *delivery;
	const char *external_id; /* NULL: not in DingTalk, or not known */
	const char *business_id;
	int64_t submitted_ms;
	const char *pending_with; /* names, one a line */
	int64_t check_ms;         /* 0: not to be read again */
	int64_t check_step;
	int64_t announced_ms; /* an event told of its end; 0: none */
	const char *decided_by;
	int64_t decided_ms; /* 0: undecided */
	const char *decision_comment, *channel;
	int64_t grant_hours;
	int64_t created_ms, expires_ms;
	int64_t remind_ms;   /* when its approvers are reminded next; 0: not */
	int64_t reminders;   /* how many were sent */
	const char *release; /* of which release it is one device; NULL: it was filed */
	const char *effect;  /* what came of it; kept by store/grant.h, only read in lists */
	const char *search;  /* search_text; not read back */
};

/* The next number, from 1; the first only says which it would be now. */
[[nodiscard]] bool store_instance_number_next(struct db *db, int64_t *out, struct err *e);
[[nodiscard]] bool store_instance_number(struct db *db, int64_t *out, struct err *e);

/* Up to and including delivery, from grant_hours to remind_ms, release and search. ERR_CONFLICT: one is
 * pending already. Only flow_instance_add calls these three; person: whose departments count. */
[[nodiscard]] bool store_instance_add(struct db *db, const struct store_instance *i, struct err *e);

[[nodiscard]] bool store_instance_add_grams(struct db *db, int64_t number,
					    const struct search_grams *grams, struct err *e);
[[nodiscard]] bool store_instance_add_departments(struct db *db, int64_t number, const char *person,
						  struct err *e);

/* Whose instances somebody may see and decide: those of applicants who were in one of these departments,
 * or in one below, when they filed. count 0: everybody's. */
struct store_scope {
	const char *const *departments;
	size_t count;
};
/* *out false: hidden, or there is none. */
[[nodiscard]] bool store_instance_visible(struct db *db, struct arena *a, const char *id,
					  const struct store_scope *scope, bool *out,
					  struct err *e);

[[nodiscard]] bool store_instance_get(struct db *db, struct arena *a, const char *id,
				      struct store_instance *out, struct err *e);

/* These set out->id to NULL when there is none. */
struct store_filing {
	const char *person, *device, *package;
};
[[nodiscard]] bool store_instance_pending(struct db *db, struct arena *a,
					  const struct store_filing *of, struct store_instance *out,
					  struct err *e);
[[nodiscard]] bool store_instance_newest(struct db *db, struct arena *a, const char *device,
					 const char *person, struct store_instance *out,
					 struct err *e);
[[nodiscard]] bool store_instance_external(struct db *db, struct arena *a, const char *app,
					   const char *external_id, struct store_instance *out,
					   struct err *e);

/* A waiting one becomes part of a release. */
[[nodiscard]] bool store_instance_release(struct db *db, const char *id, const char *release,
					  int64_t grant_hours, struct err *e);

/* Filed for the device after since_ms. */
[[nodiscard]] bool store_instance_filings(struct db *db, const char *device, int64_t since_ms,
					  int64_t *out, struct err *e);

/* Leaves pending: status, the decision, delivery and check_ms of i. *won is false when somebody was
 * first; then nothing is changed. */
[[nodiscard]] bool store_instance_decide(struct db *db, const struct store_instance *i, bool *won,
					 struct err *e);

[[nodiscard]] bool store_instance_delivery(struct db *db, const char *id, const char *delivery,
					   struct err *e);
/* DingTalk is out of it: workflow, workflow_name and version of i, without an app and all that belongs to one.
 * Nothing happens when it is final. */
[[nodiscard]] bool store_instance_move(struct db *db, const struct store_instance *i,
				       struct err *e);
[[nodiscard]] bool store_instance_note(struct db *db, const char *id, const char *note,
				       struct err *e);
/* external_id, submitted_ms and, when it waits still, check_ms of i; check_step becomes 0. Whether it is
 * submitted or to be closed is told by its status as it is now: another server may have decided it since
 * it was read. */
[[nodiscard]] bool store_instance_submitted(struct db *db, const struct store_instance *i,
					    struct err *e);
/* business_id and pending_with of i. */
[[nodiscard]] bool store_instance_seen(struct db *db, const struct store_instance *i,
				       struct err *e);

/* When it is looked at in DingTalk again (store/check.h). claimed_ms 0: whoever has it. check_ms 0: never again. */
struct store_check {
	const char *id;
	int64_t claimed_ms, check_ms, step;
};
[[nodiscard]] bool store_instance_check_set(struct db *db, const struct store_check *c,
					    struct err *e);
/* An applicant may be withdrawing what was approved: his approved ones of the app that are watched (their
 * grants may still be called back) are read now. */
[[nodiscard]] bool store_instance_check_approved(struct db *db, const char *app,
						 const char *originator, int64_t now_ms,
						 int64_t step, struct err *e);
/* Pending ones that waited too long by now_ms: ids, at most limit, oldest first. */
[[nodiscard]] bool store_instance_overdue(struct db *db, struct arena *a, int64_t now_ms,
					  int64_t limit, const char *const **ids, size_t *count,
					  struct err *e);
[[nodiscard]] bool store_instance_expiry_due(struct db *db, int64_t *due_ms, struct err *e);

/* Reminders that are due by now_ms: ids, at most limit. A decision ends them. */
struct store_reminder {
	const char *instance;
	int64_t due_ms; /* the next; 0: no more */
	int64_t sent;
};
[[nodiscard]] bool store_instance_remind(struct db *db, struct arena *a, int64_t now_ms,
					 int64_t limit, const char *const **ids, size_t *count,
					 struct err *e);
/* Whoever finds it due first sees to it, and puts it off meanwhile. */
[[nodiscard]] bool store_instance_remind_claim(struct db *db, const char *id, int64_t from_ms,
					       int64_t until_ms, bool *won, struct err *e);
[[nodiscard]] bool store_instance_remind_set(struct db *db, const struct store_reminder *r,
					     struct err *e);
[[nodiscard]] bool store_instance_remind_due(struct db *db, int64_t *due_ms, struct err *e);

/* Pending ones, by id after the id after, at most limit. departed: the applicant has left. */
struct store_waiting {
	const char *id, *person, *package;
	const char *held_for; /* whose coverage counts on its device too; NULL: the owner's alone */
	bool departed;
};
[[nodiscard]] bool store_instance_waiting(struct db *db, struct arena *a, const char *after,
					  int64_t limit, struct store_waiting **out, size_t *count,
					  struct err *e);

/* Until the end of the unit nobody else ends those that wait on this device. */
[[nodiscard]] bool store_instance_hold(struct db *db, const char *device, struct err *e);

/* Pending ones of a device: ids, at most limit. */
[[nodiscard]] bool store_instance_of_device(struct db *db, struct arena *a, const char *device,
					    int64_t limit, const char *const **ids, size_t *count,
					    struct err *e);
