/* A table of routes: each noun's file has its own. */
#pragma once

#include "http/server.h"

struct route_table {
	const struct http_route *routes;
	size_t count;
};

/* const struct route_table x_routes = ROUTE_TABLE(routes); */
#define ROUTE_TABLE(array)               \
	{                                \
		array, ARRAY_SIZE(array) \
	}
