/* Alarms: one row a device and matter until it is closed; then the next is another row. */
#pragma once

#include "db/db.h"
#include "model/alarm.h"
#include "store/page.h"

struct store_alarm {
	const char *id;
	const char *device, *device_name; /* device NULL: of the organisation */
	const char *kind;                 /* alarm_kind_names */
	const char *subject, *evidence;
	int64_t first_ms, last_ms, count;
	int64_t acknowledged_ms; /* 0: nobody did */
	const char *acknowledged_by, *note;
	int64_t closed_ms; /* 0: it is open */
	const char *closed_why;
};

/* Opens one (id is its own then), or counts it once more where it is open. *fresh: it was opened. */
struct store_alarm_raise {
	const char *id;
	const char *device; /* NULL: of the organisation */
	enum alarm_kind kind;
	const char *subject, *evidence;
	int64_t at_ms;
};
[[nodiscard]] bool store_alarm_raise(struct db *db, const struct store_alarm_raise *r, bool *fresh,
				     struct err *e);

/* What is open: of the device (NULL: the organisation's), of a kind, about a subject (NULL: whatever). */
struct store_alarm_close {
	const char *device;
	enum alarm_kind kind;
	const char *subject;
	int64_t at_ms;
	const char *why;
};
[[nodiscard]] bool store_alarm_close(struct db *db, const struct store_alarm_close *c,
				     int64_t *closed, struct err *e);
/* All of a device; all about a build, but of this device (NULL: none). */
[[nodiscard]] bool store_alarm_close_device(struct db *db, const char *device, const char *why,
					    int64_t at_ms, int64_t *closed, struct err *e);
[[nodiscard]] bool store_alarm_close_build(struct db *db, const char *build, const char *why,
					   int64_t at_ms, int64_t *closed, struct err *e);
/* Unknown builds of a device but this one. */
[[nodiscard]] bool store_alarm_close_builds(struct db *db, const char *device, const char *but,
					    const char *why, int64_t at_ms, struct err *e);

/* How many devices have an open alarm of this kind and subject. */
[[nodiscard]] bool store_alarm_devices(struct db *db, enum alarm_kind kind, const char *subject,
				       int64_t *out, struct err *e);

/* The organisation's open one; id NULL: there is none. And what is so of it now, without another alarm. */
[[nodiscard]] bool store_alarm_common(struct db *db, struct arena *a, enum alarm_kind kind,
				      struct store_alarm *out, struct err *e);
[[nodiscard]] bool store_alarm_note(struct db *db, const char *id, const char *evidence,
				    int64_t at_ms, struct err *e);

/* ERR_NOT_FOUND; also outside of the scope (store_scope_text, "" is none), where the organisation's are. */
[[nodiscard]] bool store_alarm_get(struct db *db, struct arena *a, const char *id,
				   const char *scope, struct store_alarm *out, struct err *e);

/* What is NULL or 0 does not count. */
struct store_alarm_filter {
	unsigned kinds; /* of 1 << enum alarm_kind */
	const char *device, *subject;
	bool open, closed, acknowledged, unacknowledged; /* true: only such */
	int64_t from_ms, to_ms;                          /* first raised: from, and before */
	const char *scope;                               /* store_scope_text; "": everything */
};
struct store_alarm_list {
	struct store_alarm *items;
	size_t count;
};
/* The newest first. */
[[nodiscard]] bool store_alarm_list(struct db *db, struct arena *a,
				    const struct store_alarm_filter *f,
				    const struct store_page *page, struct store_alarm_list *out,
				    struct err *e);

/* Open ones. */
struct store_alarm_counts {
	int64_t of[ALARM_KIND_COUNT];
	int64_t open, unacknowledged;
};
[[nodiscard]] bool store_alarm_count(struct db *db, const char *scope,
				     struct store_alarm_counts *out, struct err *e);

struct store_alarm_word {
	const char *id, *by, *note;
	int64_t at_ms;
};
[[nodiscard]] bool store_alarm_acknowledge(struct db *db, const struct store_alarm_word *w,
					   struct err *e);
