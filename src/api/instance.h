/* What the routes of approval instances share: which ones are meant, and which of them the caller may see. */
#pragma once

#include "flow/request.h"
#include "web/request.h"
#include "store/instance_list.h"

/* The query of a list, of counts and of an export. */
struct instance_query {
	const char *status, *effect, *template, *workflow, *applicant, *department, *device;
	const char *package, *channel, *delivery, *waiting_for, *search, *order, *format, *lang;
	int64_t from, to, decided_from, decided_to;
};

extern const struct json_field instance_list_query[];   /* filters and order */
extern const struct json_field instance_count_query[];  /* filters */
extern const struct json_field instance_export_query[]; /* filters, order, format */

/* Reads the route's query: the filter, within what the caller may see, and the order. q and filter hold no
 * defaults. */
[[nodiscard]] bool instance_filter(struct request *r, struct instance_query *q,
				   struct store_instance_filter *filter, struct err *e);

struct store_scope instance_scope(const struct request *r);

/* ERR_NOT_FOUND when there is none, or none that the caller may see: what lies in his departments, and what
 * he is asked about. */
[[nodiscard]] bool instance_seen(struct request *r, const char *id, struct err *e);

/* What every decision says, at the start of what is read; comment's default is "". */
struct instance_decision {
	const char *comment, *as;
};
#define INSTANCE_MAX_COMMENT 500
#define INSTANCE_DECISION                                                                    \
	{"comment", JSON_FIELD_TEXT, offsetof(struct instance_decision, comment),            \
	 .max = INSTANCE_MAX_COMMENT},                                                       \
	{                                                                                    \
		"as", JSON_FIELD_TEXT, offsetof(struct instance_decision, as),               \
		    .words = instance_as,                                                    \
		    .doc = "an approver answers his level, an administrator ends the whole " \
			   "request; absent: approver when it is the caller's turn"          \
	}
extern const char *const instance_as[];
[[nodiscard]] bool instance_decision(struct request *r, const struct instance_decision *in,
				     struct flow_decision *out, struct err *e);

/* POST /api/v1/instances/bulk. */
extern const struct json_field instance_bulk_in[], instance_bulk_out[];
handler_fn instance_bulk;

/* GET /api/v1/instances/export. */
handler_fn instance_export;
/* One of a list, into r->json. */
void instance_put_listed(struct request *r, const struct store_listed *row);

/* GET /api/v1/instances/{id}/evidence. */
extern const struct json_field evidence_query[];
extern const char *const evidence_types[];
handler_fn evidence_page;
