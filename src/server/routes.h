/* All routes: those of /api/v1, and those of devices, browsers, DingTalk and monitoring. Gathered once at start. */
#pragma once

#include "api/routes.h"

extern const struct route_table callback_routes;
extern const struct route_table consent_routes;
extern const struct route_table console_routes;
extern const struct route_table enrolment_routes;
extern const struct route_table filing_routes;
extern const struct route_table health_routes;
extern const struct route_table login_routes;
extern const struct route_table metrics_routes;
extern const struct route_table receipt_routes;
extern const struct route_table session_routes;
extern const struct route_table signin_local_routes;
extern const struct route_table signin_routes;
extern const struct route_table sync_routes;
extern const struct route_table ways_routes;

/* The whole table, in the arena. */
const struct http_route *routes_gather(struct arena *a, size_t *count);
