/* The anti-uninstallation policy. */
#include "flow/policy.h"

#include <string.h>

#include "base/text.h"
#include "flow/snapshots.h"
#include "server/request.h"
#include "server/route.h"

#define MAX_BODY (512 * 1024)

static void answer(struct request *r, const struct policy *p)
{
	request_header(r, "ETag", arena_printf(r->arena, "\"%lld\"", (long long)p->version));
	policy_write(&r->json, p, true);
}

static bool policy_get(struct request *r, struct err *e)
{
	struct policy p;

	if (!flow_policy_get(r->db, r->arena, &p, e))
		return false;
	answer(r, &p);
	return true;
}

/* If-Match: "<version>", or "*" or nothing for any. */
static bool base_version(struct request *r, int64_t *out, struct err *e)
{
	const char *match = http_header(r->http, "If-Match");
	size_t n = match != NULL ? strlen(match) : 0;

	*out = FLOW_ANY_VERSION;
	if (match == NULL || strcmp(match, "*") == 0)
		return true;
	if (n > 2 && match[0] == '"' && match[n - 1] == '"' &&
	    text_i64(arena_dup_n(r->arena, match + 1, n - 2), 0, INT64_MAX, out))
		return true;
	return err_set(e, ERR_INVALID, "If-Match: must be a version in quotes, as ETag has it");
}

static bool policy_put(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct policy p;
	int64_t base;

	if (!base_version(r, &base, e) ||
	    !policy_read(r->arena, r->http->body, r->http->body_len, &p, e) ||
	    !flow_policy_save(&f, request_actor(r), base, &p, e))
		return false;
	answer(r, &p);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/policy", ROUTE(ROLES_ALL, ROUTE_READ, policy_get)},
    {HTTP_PUT, "/api/v1/policy", MAX_BODY, ROUTE(ROLES_CHANGE, ROUTE_WRITE, policy_put)},
};

const struct route_table policy_routes = ROUTE_TABLE(routes);
