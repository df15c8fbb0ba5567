/* All routes: each noun's file has its own table, gathered once at start. */
#pragma once

#include "http/server.h"

struct route_table {
	const struct http_route *routes;
	size_t count;
};

extern const struct route_table account_routes;
extern const struct route_table account_session_routes;
extern const struct route_table app_routes;
extern const struct route_table callback_routes;
extern const struct route_table consent_routes;
extern const struct route_table delegation_routes;
extern const struct route_table delivery_routes;
extern const struct route_table device_routes;
extern const struct route_table doctor_routes;
extern const struct route_table directory_routes;
extern const struct route_table enrolment_routes;
extern const struct route_table audit_routes;
extern const struct route_table filing_routes;
extern const struct route_table form_routes;
extern const struct route_table grant_routes;
extern const struct route_table group_routes;
extern const struct route_table health_routes;
extern const struct route_table instance_routes;
extern const struct route_table link_routes;
extern const struct route_table login_routes;
extern const struct route_table me_routes;
extern const struct route_table metrics_routes;
extern const struct route_table openapi_routes;
extern const struct route_table organisation_routes;
extern const struct route_table policy_routes;
extern const struct route_table preview_routes;
extern const struct route_table receipt_routes;
extern const struct route_table removal_routes;
extern const struct route_table request_url_routes;
extern const struct route_table release_routes;
extern const struct route_table session_routes;
extern const struct route_table settings_routes;
extern const struct route_table signin_routes;
extern const struct route_table sync_routes;
extern const struct route_table task_routes;
extern const struct route_table webhook_routes;
extern const struct route_table token_routes;
extern const struct route_table workflow_routes;

/* The whole table, in the arena. */
const struct http_route *routes_gather(struct arena *a, size_t *count);

/* const struct route_table x_routes = ROUTE_TABLE(routes); */
#define ROUTE_TABLE(array)               \
	{                                \
		array, ARRAY_SIZE(array) \
	}
