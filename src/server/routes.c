#include "server/routes.h"

#include <string.h>

#include "web/openapi.h"

static const struct route_table *const tables[] = {
    &account_routes,
    &account_session_routes,
    &alarm_routes,
    &app_routes,
    &audit_routes,
    &build_routes,
    &callback_routes,
    &changes_routes,
    &consent_routes,
    &console_routes,
    &delegation_routes,
    &delivery_routes,
    &device_owner_routes,
    &device_routes,
    &directory_routes,
    &doctor_routes,
    &enrolment_routes,
    &enrolment_token_routes,
    &filing_routes,
    &form_routes,
    &grant_routes,
    &group_routes,
    &group_member_routes,
    &health_routes,
    &instance_routes,
    &login_routes,
    &me_routes,
    &metrics_routes,
    &openapi_routes,
    &organisation_routes,
    &people_import_routes,
    &policy_routes,
    &preview_routes,
    &proposal_routes,
    &receipt_routes,
    &release_routes,
    &removal_routes,
    &request_url_routes,
    &session_routes,
    &settings_routes,
    &signin_local_routes,
    &signin_routes,
    &sync_routes,
    &source_routes,
    &task_routes,
    &token_routes,
    &webhook_routes,
    &prompt_routes,
    &workflow_routes,
    &offline_code_routes,
    &view_routes,
    &key_routes,
    &ways_routes,
    &audit_chain_routes,
    &notice_routes,
    &names_routes,
    &live_routes,
    &statistics_routes,
};

const struct http_route *routes_gather(struct arena *a, size_t *count)
{
	struct http_route *all;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		n += tables[i]->count;
	all = arena_array(a, n, sizeof(*all));
	*count = n;
	n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		memcpy(all + n, tables[i]->routes, tables[i]->count * sizeof(*all));
		n += tables[i]->count;
	}
	return all;
}
