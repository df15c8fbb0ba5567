/*
 * How a request becomes a DingTalk form: a workflow's rows of process code, user groups and mapped
 * controls; which row a person gets; and the values that are sent.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"

#define FORM_MAX 20        /* rows in a workflow */
#define FORM_MAX_GROUPS 50 /* in a row */
#define FORM_TEMPLATE "app_uninstall"
#define FORM_MAX_LABEL 64   /* code points of a control's label */
#define FORM_MAX_PROCESS 64 /* of a process code */

enum form_system {
	FORM_REASON, /* the only one that must be mapped */
	FORM_APPLICANT_NAME,
	FORM_APPLICANT_DEPARTMENT,
	FORM_DEVICE_NAME,
	FORM_DEVICE_ID,
	FORM_OS,
	FORM_MAC,
	FORM_PACKAGE,
	FORM_CLIENT_VERSION,
	FORM_SUBMITTED_AT,
	FORM_NUMBER,
	FORM_SYSTEM_COUNT
};

struct form_field {
	const char *system;
	const char *component; /* the control's label in the DingTalk form */
};

struct form {
	const char *template;
	const char *process_code;
	struct json_list groups; /* of const char *, ids; empty: everybody */
	struct json_list fields; /* of struct form_field */
};

/* For json_read of one form. */
extern const struct json_field form_json[];

/* The rules of a whole list (of struct form): ERR_UNPROCESSABLE names the row. Whether the groups
 * exist is the caller's to check. */
[[nodiscard]] bool form_check(const struct json_list *forms, struct err *e);

/* The first row that is for a person, or NULL. member says whether he is in a group. */
typedef bool form_member_fn(const void *arg, const char *group);
const struct form *form_choose(const struct json_list *forms, form_member_fn *member,
			       const void *arg);

/* What the system fields say of one request; NULL is sent as "-" (DingTalk refuses a required
 * control that is empty). */
struct form_facts {
	const char *text[FORM_SYSTEM_COUNT];
};

struct form_value {
	const char *name;
	const char *value;
};

struct form_values {
	struct form_value *items;
	size_t count;
};

/* One value for every mapped control. Number, device name and package, as far as they have no
 * control of their own, go into the reason's last line: "[HF-000123 · laptop-42 ·
 * holdfast-client]". */
void form_fill(struct arena *a, const struct form *form, const struct form_facts *facts,
	       struct form_values *out);

/* The time that approvers read: "2026-11-22 17:20", China Standard Time, as DingTalk itself shows.
 */
const char *form_time(struct arena *a, int64_t utc_ms);

/* Stored and read again as JSON: [{"name":…,"value":…}] */
const char *form_values_write(struct arena *a, const struct form_values *values);
[[nodiscard]] bool form_values_read(struct arena *a, const char *text, struct form_values *out,
				    struct err *e);

/* A version's rows, stored as JSON. */
const char *forms_write(struct arena *a, const struct json_list *forms);
[[nodiscard]] bool forms_read(struct arena *a, const char *text, struct json_list *out,
			      struct err *e);
/* The same inside an answer. */
void forms_put(struct json_writer *w, const char *key, const struct json_list *forms);
