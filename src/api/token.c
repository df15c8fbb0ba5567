/* API tokens. */
#include "flow/token.h"

#include "base/text.h"
#include "api/account.h"
#include "api/routes.h"

#define MAX_BODY 32768
#define MAX_DEPARTMENTS 100

struct view {
	struct store_token stored;
	const char *role, *secret;
	struct json_list departments;
};

static const struct json_field token_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, stored.id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, stored.name), .example = "backup script"},
    {"role", JSON_FIELD_TEXT, offsetof(struct view, role), .words = account_roles,
     .doc = "it never counts for more than its account's at that moment"},
    {"account", JSON_FIELD_TEXT, offsetof(struct view, stored.account), .format = JSON_ID,
     .nullable = true, .doc = "null: made on the server's command line"},
    {"departments", JSON_FIELD_ARRAY, offsetof(struct view, departments), .format = JSON_ID,
     .doc = "what it is limited to beside its account's; empty: no further limit"},
    {"made_with", JSON_FIELD_TEXT, offsetof(struct view, stored.maker), .format = JSON_ID,
     .nullable = true, .doc = "the token that made it, and ends with it"},
    {"token", JSON_FIELD_TEXT, offsetof(struct view, secret), .omit = true,
     .doc = "of one that was just made: shown once",
     .example = "hft_kJ4l0WZc0rGv0ZpQy3yB9mW3m0o1f2J3k4l5m6n7o8p"},
    {"created_ms", JSON_FIELD_I64, offsetof(struct view, stored.created_ms)},
    {"expires_ms", JSON_FIELD_I64, offsetof(struct view, stored.expires_ms), .nullable = true},
    {"used_ms", JSON_FIELD_I64, offsetof(struct view, stored.used_ms), .nullable = true,
     .doc = "to the minute"},
    {"revoked_ms", JSON_FIELD_I64, offsetof(struct view, stored.revoked_ms), .nullable = true},
    {0}};

struct input {
	const char *name, *role;
	struct json_list departments;
	int64_t days;
};

static const struct json_field create_fields[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct input, name), .required = true, .min = 1,
     .max = TOKEN_MAX_NAME, .example = "backup script"},
    {"role", JSON_FIELD_TEXT, offsetof(struct input, role), .required = true,
     .words = account_roles},
    {"departments", JSON_FIELD_ARRAY, offsetof(struct input, departments), .max = MAX_DEPARTMENTS,
     .format = JSON_ID, .doc = "for approver and auditor: limits it further"},
    {"days", JSON_FIELD_I64, offsetof(struct input, days), .min = 1, .max = TOKEN_MAX_DAYS,
     .doc = "until it expires; 90 when absent", .example = "90"},
    {0}};

static void view(const struct store_token *t, struct view *out)
{
	*out = (struct view){.stored = *t,
			     .role = role_name(t->role),
			     .departments = {(void *)t->departments, t->department_count}};
}

/* What others have is not there for who is no owner. */
static bool find(struct request *r, struct store_token *out, struct err *e)
{
	const struct caller *c = &r->caller;

	if (!store_token_get(r->db, r->arena, r->args[0], out, e))
		return false;
	return c->role == ROLE_OWNER || text_equal(out->id, c->token) ||
	       (c->account != NULL && text_equal(out->account, c->account)) ||
	       err_set(e, ERR_NOT_FOUND, "There is no token with this id.");
}

static bool token_create(struct request *r, struct err *e)
{
	const struct flow_token_maker maker = {r->caller.account, r->caller.token, r->caller.role};
	struct input in = {.days = TOKEN_DAYS};
	struct flow f = request_flow(r);
	struct store_token t = {0};
	struct view made;
	char text[TOKEN_SIZE];

	if (!request_read(r, &in, e))
		return false;
	t.name = text_trim(arena_dup(r->arena, in.name));
	t.departments = in.departments.items;
	t.department_count = in.departments.count;
	if (!role_from_name(in.role, &t.role))
		return err_set(e, ERR_INVALID, "role: unknown");
	if (!flow_token_make(&f, &maker, in.days, &t, text, e))
		return false;
	view(&t, &made);
	made.secret = text;
	request_answer(r, &made);
	crypto_wipe(text, sizeof(text));
	return true;
}

static bool token_read(struct request *r, struct err *e)
{
	struct store_token t;
	struct view answer;

	if (!find(r, &t, e))
		return false;
	view(&t, &answer);
	request_answer(r, &answer);
	return true;
}

struct query {
	const char *account;
};

static const struct json_field query_fields[] = {
    {"account", JSON_FIELD_TEXT, offsetof(struct query, account), .format = JSON_ID,
     .doc = "of this account only; owners see everybody's without it, others their own"},
    {0}};

static bool whose(struct request *r, const char **out, struct err *e)
{
	struct query in = {.account = r->caller.role == ROLE_OWNER ? NULL : r->caller.account};

	if (!request_query(r, &in, e))
		return false;
	*out = in.account;
	if (r->caller.role == ROLE_OWNER)
		return true;
	if (r->caller.account == NULL)
		return err_set(e, ERR_FORBIDDEN, "This token is of no account.");
	return text_equal(in.account, r->caller.account) ||
	       err_set(e, ERR_FORBIDDEN, "Only an owner sees the tokens of others.");
}

static bool token_list(struct request *r, struct err *e)
{
	struct store_token_list list;
	struct view *views;
	struct store_page page;
	const char *account;

	if (!request_page(r, &page, e) || !whose(r, &account, e) ||
	    !store_token_list(r->db, r->arena, account, &page, &list, e))
		return false;
	views = arena_array(r->arena, list.count, sizeof(*views));
	for (size_t i = 0; i < list.count; i++)
		view(&list.items[i], &views[i]);
	request_list(r, views, list.count, sizeof(*views), &page);
	return true;
}

static bool token_revoke(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_token t;

	return find(r, &t, e) && flow_token_revoke(&f, &t, e);
}

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/tokens", MAX_BODY,
     ROUTE(ROLES_ALL, ROUTE_WRITE, token_create,
	   DOC("createToken", "Create an API token of the own account", .in = create_fields,
	       .out = token_json, .noun = "Token", .status = 201,
	       .text =
		   "Its role is at most the maker's. One that is made with a token expires with "
		   "it at the latest and is revoked with it.",
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_GET, "/api/v1/tokens",
     ROUTE(ROLES_ALL, ROUTE_READ, token_list,
	   DOC("listTokens", "API tokens", .query = query_fields, .out = token_json,
	       .noun = "Token", .list = true))},
    {HTTP_GET, "/api/v1/tokens/{id}",
     ROUTE(ROLES_ALL, ROUTE_READ, token_read,
	   DOC("readToken", "One API token", .out = token_json, .noun = "Token"))},
    {HTTP_DELETE, "/api/v1/tokens/{id}",
     ROUTE(ROLES_ALL, ROUTE_WRITE, token_revoke,
	   DOC("revokeToken", "Revoke an API token, with those that were made with it",
	       .status = 204, .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table token_routes = ROUTE_TABLE(routes);
