#include "dingsim/permission.h"

#include "base/text.h"

#define OA "OA approval", "OA审批"
#define CONTACTS "Contacts", "通讯录管理"
#define MESSAGES "Messages and robots", "消息与机器人"
#define TODO "Todo", "待办"
#define BASIC "Basic", "基础权限"

const struct permission permissions[] = {
    {"qyapi_base", BASIC, "Basic interfaces of an app", "企业内部应用基础接口权限", true},
    {"Contact.User.Read", CONTACTS, "Read the profile of a person who signed in",
     "通讯录个人信息读权限", false},
    {"qyapi_get_member", CONTACTS, "Read a member", "成员信息读权限", false},
    {"qyapi_get_member_by_mobile", CONTACTS, "Find a member by mobile number",
     "根据手机号获取成员基本信息", false},
    {"qyapi_get_department_list", CONTACTS, "Read departments", "通讯录部门信息读权限", false},
    {"qyapi_get_department_member", CONTACTS, "Read a department's members", "通讯录部门成员读权限",
     false},
    {"qyapi_aflow", OA, "Approval Flow Data Management", "审批流数据管理权限", false},
    {"Workflow.Instance.Read", OA, "Workflow Instance Read", "工作流实例读权限", false},
    {"Workflow.Instance.Write", OA, "Workflow Instance Write", "工作流实例写权限", false},
    {"Workflow.Form.Read", OA, "Workflow Template Read", "工作流模板读权限", false},
    {"Workflow.Form.Write", OA, "Workflow Template Write", "工作流模板写权限", false},
    {"qyapi_robot_sendmsg", MESSAGES, "Robot sends messages", "企业内机器人发送消息权限", false},
    {"Todo.Todo.Read", TODO, "Read todos", "待办应用中待办读权限", false},
    {"Todo.Todo.Write", TODO, "Write todos", "待办应用中待办写权限", false},
    {0}};

/* The first line that fits counts; path is the start of the route's. */
static const struct {
	enum http_method method;
	const char *path, *scope;
} needs[] = {
    {HTTP_GET, "/v1.0/contact/users/", "Contact.User.Read"},
    {HTTP_POST, "/topapi/user/getbyunionid", "qyapi_get_member"},
    {HTTP_POST, "/topapi/v2/user/getbymobile", "qyapi_get_member_by_mobile"},
    {HTTP_POST, "/topapi/v2/user/get", "qyapi_get_member"},
    {HTTP_POST, "/topapi/user/listid", "qyapi_get_member"},
    {HTTP_POST, "/topapi/v2/user/list", "qyapi_get_department_member"},
    {HTTP_POST, "/topapi/user/listsimple", "qyapi_get_department_member"},
    {HTTP_POST, "/topapi/v2/department/", "qyapi_get_department_list"},
    {HTTP_GET, "/auth/scopes", "qyapi_base"},
    {HTTP_POST, "/topapi/message/corpconversation/", "qyapi_base"},
    {HTTP_GET, "/v1.0/workflow/processInstances", "Workflow.Instance.Read"},
    {HTTP_POST, "/v1.0/workflow/processes/instanceIds/query", "Workflow.Instance.Read"},
    {HTTP_GET, "/v1.0/workflow/processes/todoTasks/numbers", "Workflow.Instance.Read"},
    {HTTP_POST, "/v1.0/workflow/forms", "Workflow.Form.Write"},
    {HTTP_POST, "/v1.0/workflow/", "Workflow.Instance.Write"},
    {HTTP_GET, "/v1.0/workflow/", "Workflow.Form.Read"},
    {HTTP_POST, "/v1.0/robot/", "qyapi_robot_sendmsg"},
    {HTTP_GET, "/v1.0/todo/", "Todo.Todo.Read"},
    {HTTP_POST, "/v1.0/todo/users/{unionId}/tasks", "Todo.Todo.Write"},
    {HTTP_PUT, "/v1.0/todo/", "Todo.Todo.Write"},
    {HTTP_DELETE, "/v1.0/todo/", "Todo.Todo.Write"},
};

const char *permission_needed(enum http_method method, const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needs); i++)
		if (needs[i].method == method && text_starts(path, needs[i].path))
			return needs[i].scope;
	return NULL;
}

bool permission_held(const struct json *denied, const char *scope)
{
	const struct json *item = denied->first;

	while (item && !text_equal(item->text, scope))
		item = item->next;
	return !item;
}

bool permission_check(struct call *c, struct err *e)
{
	const char *scope = permission_needed(c->r->route->method, c->r->route->path);
	const struct json *denied;

	if (!scope)
		return true;
	if (!call_stored(c, c->app->denied, &denied, e))
		return false;
	return permission_held(denied, scope) || call_denied(c, e, scope);
}
