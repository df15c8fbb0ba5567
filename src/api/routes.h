/* The routes of /api/v1, a table a noun. */
#pragma once

#include "web/route.h"

extern const struct route_table account_routes;
extern const struct route_table account_session_routes;
extern const struct route_table alarm_routes;
extern const struct route_table app_routes;
extern const struct route_table audit_chain_routes;
extern const struct route_table audit_routes;
extern const struct route_table build_routes;
extern const struct route_table delegation_routes;
extern const struct route_table delivery_routes;
extern const struct route_table device_owner_routes;
extern const struct route_table device_routes;
extern const struct route_table directory_routes;
extern const struct route_table doctor_routes;
extern const struct route_table enrolment_token_routes;
extern const struct route_table form_routes;
extern const struct route_table grant_routes;
extern const struct route_table group_member_routes;
extern const struct route_table group_routes;
extern const struct route_table instance_routes;
extern const struct route_table key_routes;
extern const struct route_table live_routes;
extern const struct route_table me_routes;
extern const struct route_table names_routes;
extern const struct route_table notice_routes;
extern const struct route_table offline_code_routes;
extern const struct route_table organisation_routes;
extern const struct route_table people_import_routes;
extern const struct route_table policy_routes;
extern const struct route_table preview_routes;
extern const struct route_table prompt_routes;
extern const struct route_table proposal_routes;
extern const struct route_table release_routes;
extern const struct route_table removal_routes;
extern const struct route_table request_url_routes;
extern const struct route_table settings_routes;
extern const struct route_table source_routes;
extern const struct route_table statistics_routes;
extern const struct route_table changes_routes;
extern const struct route_table task_routes;
extern const struct route_table token_routes;
extern const struct route_table view_routes;
extern const struct route_table webhook_routes;
extern const struct route_table workflow_routes;
