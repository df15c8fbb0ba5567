/* Accounts, as owners manage them. */
#include "api/account.h"

#include "base/text.h"
#include "flow/account.h"
#include "flow/credential.h"
#include "model/notice.h"
#include "model/signin.h"
#include "api/routes.h"
#include "web/server.h"

#define MAX_BODY 32768

const char *const account_roles[] = {"owner", "security-admin", "approver", "auditor", NULL};
static const char *const states[] = {"active", "disabled", NULL};

const struct json_field account_link_json[] = {
    {"link", JSON_FIELD_TEXT, offsetof(struct account_link, link), .format = "uri",
     .doc = "shown once, good once; what follows the # is the secret for setUp",
     .example =
	 "https://holdfast.example.com/password#kJ4l0WZc0rGv0ZpQy3yB9mW3m0o1f2J3k4l5m6n7o8p"},
    {"expires_ms", JSON_FIELD_I64, offsetof(struct account_link, expires_ms)},
    {0}};

static const struct json_field sign_in_json[] = {
    {"password", JSON_FIELD_BOOL, offsetof(struct account_sign_in, password),
     .doc = "false: invited, not there yet"},
    {"totp", JSON_FIELD_BOOL, offsetof(struct account_sign_in, totp)},
    {"last_ms", JSON_FIELD_I64, offsetof(struct account_sign_in, last_ms), .nullable = true},
    {0}};

const struct json_field account_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct account_view, stored.id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct account_view, stored.name), .example = "王芳"},
    {"email", JSON_FIELD_TEXT, offsetof(struct account_view, stored.email), .format = "email",
     .example = "wang.fang@example.com"},
    {"role", JSON_FIELD_TEXT, offsetof(struct account_view, role), .words = account_roles},
    {"state", JSON_FIELD_TEXT, offsetof(struct account_view, state), .words = states},
    {"language", JSON_FIELD_TEXT, offsetof(struct account_view, stored.language),
     .words = language_names},
    {"person", JSON_FIELD_TEXT, offsetof(struct account_view, stored.person), .format = JSON_ID,
     .nullable = true, .doc = "who this is in the directory"},
    {"person_departed", JSON_FIELD_BOOL, offsetof(struct account_view, stored.person_departed),
     .doc = "that person has left: no sign-in with DingTalk any more"},
    {"departments", JSON_FIELD_ARRAY, offsetof(struct account_view, departments), .format = JSON_ID,
     .doc = "what it is limited to, with everything below; empty: no limit"},
    {"sign_in", JSON_FIELD_POINTER, offsetof(struct account_view, sign_in), .fields = sign_in_json,
     .size = sizeof(struct account_sign_in), .nullable = true,
     .doc = "for owners and the account itself"},
    {"invitation", JSON_FIELD_POINTER, offsetof(struct account_view, invitation),
     .fields = account_link_json, .size = sizeof(struct account_link), .omit = true,
     .doc = "of one that was just created"},
    {"created_ms", JSON_FIELD_I64, offsetof(struct account_view, stored.created_ms)},
    {"updated_ms", JSON_FIELD_I64, offsetof(struct account_view, stored.updated_ms)},
    {0}};

void account_view(struct request *r, const struct store_account *account, bool sign_in,
		  struct account_view *out)
{
	struct account_sign_in *how = arena_new(r->arena, struct account_sign_in);

	*how = (struct account_sign_in){account->has_password, account->has_totp,
					account->signed_in_ms};
	*out = (struct account_view){
	    .stored = *account,
	    .role = role_name(account->role),
	    .state = account->active ? "active" : "disabled",
	    .departments = {(void *)account->departments, account->department_count},
	    .sign_in = sign_in ? how : NULL};
}

static bool sees_sign_in(const struct request *r, const struct store_account *account)
{
	return r->caller.role == ROLE_OWNER || text_equal(r->caller.account, account->id);
}

static bool answer(struct request *r, const char *id, const struct account_link *invitation,
		   struct err *e)
{
	struct store_account account;
	struct account_view view;

	if (!store_account_get(r->db, r->arena, id, &account, e))
		return false;
	account_view(r, &account, sees_sign_in(r, &account), &view);
	view.invitation = invitation;
	request_etag(r, account.updated_ms);
	request_answer(r, &view);
	return true;
}

/* --- reading what is wanted --- */

struct input {
	const char *name, *email, *role, *state, *language, *person;
	struct json_list departments;
};

#define PERSON_DOC \
	"who this is in the directory; signs in with DingTalk when that is a DingTalk source"
#define SCOPE_DOC "for approvers and auditors: what they are limited to"

static const struct json_field create_fields[] = {
    {"email", JSON_FIELD_TEXT, offsetof(struct input, email), .required = true, .max = EMAIL_MAX,
     .format = "email", .example = "wang.fang@example.com"},
    {"name", JSON_FIELD_TEXT, offsetof(struct input, name), .required = true, .min = 1,
     .max = ACCOUNT_MAX_NAME, .example = "王芳"},
    {"role", JSON_FIELD_TEXT, offsetof(struct input, role), .required = true,
     .words = account_roles},
    {"language", JSON_FIELD_TEXT, offsetof(struct input, language), .words = language_names},
    {"person", JSON_FIELD_TEXT, offsetof(struct input, person), .format = JSON_ID,
     .doc = PERSON_DOC},
    {"departments", JSON_FIELD_ARRAY, offsetof(struct input, departments),
     .max = ACCOUNT_MAX_DEPARTMENTS, .format = JSON_ID, .doc = SCOPE_DOC},
    {0}};

/* Everything that can be changed: what is left out is taken away. */
static const struct json_field change_fields[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct input, name), .required = true, .min = 1,
     .max = ACCOUNT_MAX_NAME, .example = "王芳"},
    {"role", JSON_FIELD_TEXT, offsetof(struct input, role), .required = true,
     .words = account_roles},
    {"state", JSON_FIELD_TEXT, offsetof(struct input, state), .required = true, .words = states},
    {"language", JSON_FIELD_TEXT, offsetof(struct input, language), .words = language_names},
    {"person", JSON_FIELD_TEXT, offsetof(struct input, person), .format = JSON_ID,
     .doc = PERSON_DOC},
    {"departments", JSON_FIELD_ARRAY, offsetof(struct input, departments),
     .max = ACCOUNT_MAX_DEPARTMENTS, .format = JSON_ID, .doc = SCOPE_DOC},
    {0}};

static bool read_input(struct request *r, struct store_account *out, struct err *e)
{
	struct input in = {.language = language_names[LANGUAGE_ZH], .state = states[0]};

	*out = (struct store_account){0};
	if (!request_read(r, &in, e) ||
	    (in.email != NULL && !email_read(arena_dup(r->arena, in.email), &out->email, e)))
		return false;
	out->name = text_trim(arena_dup(r->arena, in.name));
	out->active = text_equal(in.state, states[0]);
	out->language = in.language;
	out->person = in.person;
	out->departments = in.departments.items;
	out->department_count = in.departments.count;
	return role_from_name(in.role, &out->role) || err_set(e, ERR_INVALID, "role: unknown");
}

/* --- handlers --- */

static bool make_link(struct request *r, struct flow *f, const struct flow_link *link,
		      struct account_link *out, struct err *e)
{
	char secret[FLOW_LINK_SIZE];

	if (!flow_link_make(f, link, secret, e))
		return false;
	*out = (struct account_link){
	    arena_printf(r->arena, "%s/password#%s", r->server->options.public_url, secret),
	    r->now_ms + link->life_ms};
	crypto_wipe(secret, sizeof(secret));
	return true;
}

static bool account_create(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_account account;
	struct account_link link;

	return read_input(r, &account, e) && flow_account_add(&f, &account, e) &&
	       make_link(
		   r, &f,
		   &(struct flow_link){.account = account.id, .life_ms = FLOW_LINK_INVITATION_MS},
		   &link, e) &&
	       answer(r, account.id, &link, e);
}

static bool account_read(struct request *r, struct err *e)
{
	return answer(r, r->args[0], NULL, e);
}

static bool account_list(struct request *r, struct err *e)
{
	struct store_account_list list;
	struct account_view *views;
	struct store_page page;

	if (!request_page(r, &page, e) || !store_account_list(r->db, r->arena, &page, &list, e))
		return false;
	views = arena_array(r->arena, list.count, sizeof(*views));
	for (size_t i = 0; i < list.count; i++)
		account_view(r, &list.items[i], sees_sign_in(r, &list.items[i]), &views[i]);
	request_list(r, views, list.count, sizeof(*views), &page);
	return true;
}

static bool account_change(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_account before, account;

	if (!read_input(r, &account, e) ||
	    !store_account_get(r->db, r->arena, r->args[0], &before, e) ||
	    !request_if_match(r, before.updated_ms, e))
		return false;
	account.id = before.id;
	account.updated_ms = before.updated_ms;
	return flow_account_change(&f, &before, &account, r->caller.account, e) &&
	       answer(r, account.id, NULL, e);
}

static bool account_remove(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_account before;

	return store_account_get(r->db, r->arena, r->args[0], &before, e) &&
	       request_if_match(r, before.updated_ms, e) && flow_account_remove(&f, &before, e);
}

struct link_input {
	bool resets_totp;
};

static const struct json_field link_fields[] = {
    {"resets_totp", JSON_FIELD_BOOL, offsetof(struct link_input, resets_totp),
     .doc = "using it also takes the second factor away"},
    {0}};

/* For who was invited and lost the link, and for who forgot the password. */
static bool account_new_link(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct link_input in = {0};
	struct account_link link;

	if (!request_read(r, &in, e) ||
	    !make_link(r, &f,
		       &(struct flow_link){.account = r->args[0],
					   .resets_totp = in.resets_totp,
					   .life_ms = FLOW_LINK_INVITATION_MS},
		       &link, e))
		return false;
	request_answer(r, &link);
	return true;
}

static bool account_reset_totp(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);

	return flow_totp_remove(&f, r->args[0], e);
}

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/accounts", MAX_BODY,
     ROUTE(ROLE_OWNER, ROUTE_WRITE, account_create,
	   DOC("createAccount", "Create an account and invite its owner", .in = create_fields,
	       .out = account_json, .noun = "Account", .status = 201, .etag = true,
	       .text =
		   "The answer holds the invitation: a link, good once and for a week, with which "
		   "the person sets a password. Holdfast sends no mail: pass it on.",
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_GET, "/api/v1/accounts",
     ROUTE(ROLES_ALL, ROUTE_READ, account_list,
	   DOC("listAccounts", "All accounts", .out = account_json, .noun = "Account",
	       .list = true))},
    {HTTP_GET, "/api/v1/accounts/{id}",
     ROUTE(
	 ROLES_ALL, ROUTE_READ, account_read,
	 DOC("readAccount", "One account", .out = account_json, .noun = "Account", .etag = true))},
    {HTTP_PUT, "/api/v1/accounts/{id}", MAX_BODY,
     ROUTE(ROLE_OWNER, ROUTE_WRITE, account_change,
	   DOC("changeAccount", "Change an account", .in = change_fields, .out = account_json,
	       .noun = "Account", .etag = true,
	       .text =
		   "Holds at once, also in sessions that run and for tokens. Disabling ends the "
		   "sessions and revokes the tokens; another person, or none, ends the sessions. "
		   "The last active owner stays. Whose account "
		   "one's own is, once it is somebody's, another owner changes.",
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_DELETE, "/api/v1/accounts/{id}",
     ROUTE(ROLE_OWNER, ROUTE_WRITE, account_remove,
	   DOC("deleteAccount", "Delete an account with its sessions and tokens", .status = 204,
	       .etag = true, .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_POST, "/api/v1/accounts/{id}/link", MAX_BODY,
     ROUTE(ROLE_OWNER, ROUTE_WRITE, account_new_link,
	   DOC("createAccountLink", "A new link with which the person sets a password",
	       .in = link_fields, .out = account_link_json, .noun = "AccountLink", .status = 201,
	       .text = "The earlier one is no longer good.", .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_DELETE, "/api/v1/accounts/{id}/totp",
     ROUTE(ROLE_OWNER, ROUTE_WRITE, account_reset_totp,
	   DOC("resetAccountTotp", "Take away the second factor of somebody who lost it",
	       .status = 204, .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table account_routes = ROUTE_TABLE(routes);
