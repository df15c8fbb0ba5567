/* What the routes of approval instances share: which ones are meant, and which of them the caller may see. */
#pragma once

#include "server/request.h"
#include "store/instance_list.h"

/* The query of a list, of counts and of an export. */
struct instance_query {
	const char *status, *effect, *template, *workflow, *applicant, *department, *device;
	const char *package, *channel, *delivery, *waiting_for, *search, *order, *format;
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

/* ERR_NOT_FOUND when there is none, or none that the caller may see. */
[[nodiscard]] bool instance_seen(struct request *r, const char *id, struct err *e);
