#include "dingsim/routes.h"

#define BODY_MAX (1024 * 1024)

#define MEANS(dialect, token, writes, answer) \
	(&(const struct endpoint){DIALECT_##dialect, TOKEN_##token, writes, answer})

const struct http_route routes[] = {
    {HTTP_POST, "/v1.0/oauth2/accessToken", BODY_MAX, MEANS(API, NONE, true, token_access)},
    {HTTP_POST, "/v1.0/oauth2/{corpId}/token", BODY_MAX, MEANS(API, NONE, true, token_corp)},
    {HTTP_GET, "/gettoken", 0, MEANS(OAPI, NONE, true, token_get)},

    {HTTP_GET, "/oauth2/auth", 0, MEANS(PAGE, NONE, false, signin_page)},
    {HTTP_POST, "/oauth2/auth", BODY_MAX, MEANS(PAGE, NONE, true, signin_choose)},
    {HTTP_POST, "/v1.0/oauth2/userAccessToken", BODY_MAX, MEANS(API, NONE, true, signin_exchange)},
    {HTTP_GET, "/v1.0/contact/users/{unionId}", 0, MEANS(API, USER, false, signin_me)},
    {HTTP_POST, "/topapi/user/getbyunionid", BODY_MAX, MEANS(TOPAPI, APP, false, signin_by_union)},

    {HTTP_POST, "/topapi/v2/department/listsub", BODY_MAX,
     MEANS(TOPAPI, APP, false, org_departments)},
    {HTTP_POST, "/topapi/v2/department/listsubid", BODY_MAX,
     MEANS(TOPAPI, APP, false, org_department_ids)},
    {HTTP_POST, "/topapi/v2/department/get", BODY_MAX, MEANS(TOPAPI, APP, false, org_department)},
    {HTTP_POST, "/topapi/v2/user/list", BODY_MAX, MEANS(TOPAPI, APP, false, org_users)},
    {HTTP_POST, "/topapi/v2/user/get", BODY_MAX, MEANS(TOPAPI, APP, false, org_user)},
    {HTTP_GET, "/auth/scopes", 0, MEANS(OAPI, APP, false, org_scopes)},

    {HTTP_POST, "/v1.0/workflow/processInstances", BODY_MAX,
     MEANS(API, APP, true, workflow_create)},
    {HTTP_GET, "/v1.0/workflow/processInstances", 0, MEANS(API, APP, false, workflow_read)},
    {HTTP_POST, "/v1.0/workflow/processInstances/execute", BODY_MAX,
     MEANS(API, APP, true, workflow_execute)},
    {HTTP_POST, "/v1.0/workflow/processInstances/terminate", BODY_MAX,
     MEANS(API, APP, true, workflow_terminate)},
    {HTTP_POST, "/v1.0/workflow/processInstances/comments", BODY_MAX,
     MEANS(API, APP, true, workflow_comment)},
    {HTTP_POST, "/v1.0/workflow/processes/instanceIds/query", BODY_MAX,
     MEANS(API, APP, false, workflow_list)},
    {HTTP_GET, "/v1.0/workflow/forms/schemas/processCodes", 0,
     MEANS(API, APP, false, workflow_schema)},

    {HTTP_GET, "/call_back/get_call_back_failed_result", 0, MEANS(OAPI, APP, true, push_failed)},

    {HTTP_GET, "/sim/api/people", 0, MEANS(SIM, NONE, false, admin_people)},
    {HTTP_PUT, "/sim/api/apps/{clientId}", BODY_MAX, MEANS(SIM, NONE, true, admin_redirects)},
    {HTTP_PUT, "/sim/api/apps/{clientId}/subscription", BODY_MAX,
     MEANS(SIM, NONE, false, admin_subscribe)},
    {HTTP_GET, "/sim/api/apps/{clientId}/subscription", 0,
     MEANS(SIM, NONE, false, admin_subscription)},
    {HTTP_GET, "/sim/api/inbox", 0, MEANS(SIM, NONE, false, admin_inbox)},
    {HTTP_POST, "/sim/api/tasks/{taskId}", BODY_MAX, MEANS(SIM, NONE, true, admin_decide)},
    {HTTP_GET, "/sim/api/instances", 0, MEANS(SIM, NONE, false, admin_instances)},
    {HTTP_GET, "/sim/api/instances/{id}", 0, MEANS(SIM, NONE, false, admin_instance)},
    {HTTP_GET, "/sim/api/clock", 0, MEANS(SIM, NONE, false, clock_read)},
    {HTTP_POST, "/sim/api/clock", BODY_MAX, MEANS(SIM, NONE, false, clock_forward)},
    {HTTP_POST, "/sim/api/faults", BODY_MAX, MEANS(SIM, NONE, true, inject_create)},
    {HTTP_GET, "/sim/api/faults", 0, MEANS(SIM, NONE, false, inject_list)},
    {HTTP_DELETE, "/sim/api/faults", 0, MEANS(SIM, NONE, true, inject_clear)},
    {HTTP_GET, "/sim/api/pushes", 0, MEANS(SIM, NONE, false, admin_pushes)},

    {HTTP_GET, "/", 0, MEANS(PAGE, NONE, false, page_start)},
    {HTTP_GET, "/style.css", 0, MEANS(PAGE, NONE, false, page_style)},
    {HTTP_GET, "/inbox", 0, MEANS(PAGE, NONE, false, page_inbox)},
    {HTTP_GET, "/submitted", 0, MEANS(PAGE, NONE, false, page_submitted)},
    {HTTP_GET, "/new", 0, MEANS(PAGE, NONE, false, page_new)},
    {HTTP_POST, "/new", BODY_MAX, MEANS(PAGE, NONE, true, page_file)},
    {HTTP_GET, "/instances/{id}", 0, MEANS(PAGE, NONE, false, page_instance)},
    {HTTP_POST, "/instances/{id}", BODY_MAX, MEANS(PAGE, NONE, true, page_decide)},
    {HTTP_GET, "/apps", 0, MEANS(PAGE, NONE, false, page_apps)},
    {HTTP_POST, "/apps", BODY_MAX, MEANS(PAGE, NONE, true, page_app_create)},
    {HTTP_GET, "/apps/{clientId}", 0, MEANS(PAGE, NONE, false, page_app)},
    {HTTP_POST, "/apps/{clientId}", BODY_MAX, MEANS(PAGE, NONE, true, page_app_save)},
    {HTTP_GET, "/apps/{clientId}/permissions", 0, MEANS(PAGE, NONE, false, page_permissions)},
    {HTTP_POST, "/apps/{clientId}/permissions", BODY_MAX, MEANS(PAGE, NONE, true, page_permit)},
    {HTTP_GET, "/apps/{clientId}/events", 0, MEANS(PAGE, NONE, false, page_events)},
    {HTTP_POST, "/apps/{clientId}/events", BODY_MAX, MEANS(PAGE, NONE, false, page_subscribe)},
};

const size_t route_count = ARRAY_SIZE(routes);
