/* What the routes of devices share: how one is shown, which are meant, and which of them the caller may see. */
#pragma once

#include "flow/device_admin.h"
#include "flow/statement.h"
#include "model/snapshot.h"
#include "store/device_list.h"
#include "web/request.h"

/* A device as it is shown in lists. */
struct device_view {
	struct store_device stored;
	const char *state, *key, *code, *why;
	struct json_list macs;
	int64_t last_seen_ms, held_counter;
	bool online, covered, newest, signed_in, waiting;
	const struct device_view *held; /* itself, when it is held for somebody; else NULL */
};
extern const struct json_field device_listed_json[];

/* What is shown outlives rules and snapshot. */
void device_view(struct request *r, const struct flow_rules *rules, const struct store_device *d,
		 struct device_view *out);

/* ERR_NOT_FOUND when there is none, or none that the caller may see. */
[[nodiscard]] bool device_seen(struct request *r, const char *id, struct store_device *out,
			       struct err *e);

/* The query of a list and of an export. */
struct device_query {
	const char *state, *owner, *department, *group, *source, *covered, *os, *client_version;
	const char *search, *flag, *sort, *order, *format, *lang;
	int64_t seen_from, seen_to;
};
extern const struct json_field device_list_query[];   /* filters and order */
extern const struct json_field device_export_query[]; /* and format */

/* A list that was asked for. Filled by device_filter; listing's cursor and limit are the caller's. */
struct device_asked {
	struct store_device_filter filter;
	struct store_device_listing listing;
	const struct request *request;
	const struct snapshot *snapshot; /* to be set by the caller while the list is read */
	const char *group;               /* NULL: any */
	unsigned states; /* of what is shown, 1 << position in device_states; 0: any */
	int covered;     /* -1: either */
};
extern const char *const device_states[]; /* as shown; NULL-terminated */
[[nodiscard]] bool device_filter(struct request *r, struct device_query *q,
				 struct device_asked *out, struct err *e);

/* GET /api/v1/devices/export. */
handler_fn device_export;

/* POST /api/v1/devices/{id}/unbind, lost, found, delete. */
extern const struct json_field device_reason_json[];
handler_fn device_unbind, device_lost, device_found, device_delete;
/* POST /api/v1/devices/bulk. */
extern const struct json_field device_bulk_in[], device_bulk_out[];
handler_fn device_bulk;
/* Answers with the device as GET shows it. */
[[nodiscard]] bool device_answer(struct request *r, const char *id, struct err *e);
