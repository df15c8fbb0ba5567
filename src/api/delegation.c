/* Who answers in whose place. Everybody sees and makes his own; administrators everybody's. */
#include "base/text.h"
#include "flow/delegation.h"
#include "web/request.h"
#include "api/routes.h"

#define MAX_BODY 16384

#define AT(member) offsetof(struct store_delegation, member)

static const struct json_field delegation_json[] = {
    {"id", JSON_FIELD_TEXT, AT(id), .format = JSON_ID},
    {"account", JSON_FIELD_TEXT, AT(account), .format = JSON_ID, .doc = "in whose place"},
    {"account_name", JSON_FIELD_TEXT, AT(name), .example = "王芳"},
    {"delegate", JSON_FIELD_TEXT, AT(delegate), .format = JSON_ID, .doc = "who may answer"},
    {"delegate_name", JSON_FIELD_TEXT, AT(acts_name), .example = "赵磊"},
    {"from_ms", JSON_FIELD_I64, AT(from_ms)},
    {"until_ms", JSON_FIELD_I64, AT(until_ms), .doc = "the first moment without it"},
    {"reason", JSON_FIELD_TEXT, AT(reason), .example = "annual leave"},
    {"created_by", JSON_FIELD_TEXT, AT(created_by), .example = "王芳"},
    {"created_ms", JSON_FIELD_I64, AT(created_ms)},
    {"updated_ms", JSON_FIELD_I64, AT(updated_ms)},
    {0}};

#define INPUT_FIELDS                                                                        \
	{"delegate", JSON_FIELD_TEXT, AT(delegate), .required = true, .format = JSON_ID},   \
	    {"from_ms", JSON_FIELD_I64,   AT(from_ms),                                      \
	     .min = 0,  .max = INT64_MAX, .doc = "absent: from now on"},                    \
	    {"until_ms", JSON_FIELD_I64, AT(until_ms), .required = true, .max = INT64_MAX}, \
	{                                                                                   \
		"reason", JSON_FIELD_TEXT, AT(reason), .max = DELEGATION_MAX_REASON         \
	}

static const struct json_field create_json[] = {
    {"account", JSON_FIELD_TEXT, AT(account), .format = JSON_ID,
     .doc = "absent: the caller's; only administrators name another"},
    INPUT_FIELDS,
    {0}};

static const struct json_field change_json[] = {INPUT_FIELDS, {0}};

static bool is_administrator(const struct request *r)
{
	return (r->caller.role & ROLES_CHANGE) != 0;
}

/* Auditors read all of them. */
static bool sees_all(const struct request *r)
{
	return is_administrator(r) || r->caller.role == ROLE_AUDITOR;
}

static bool read_input(struct request *r, struct store_delegation *d, struct err *e)
{
	return request_read(r, d, e) &&
	       (text_printable(d->reason, false) ||
		err_set(e, ERR_INVALID, "reason: must be text on one line"));
}

/* ERR_NOT_FOUND also for what is not the caller's to see. */
static bool find(struct request *r, struct store_delegation *out, struct err *e)
{
	if (!store_delegation_get(r->db, r->arena, r->args[0], out, e))
		return false;
	if (sees_all(r) ||
	    (r->caller.account != NULL && (text_equal(out->account, r->caller.account) ||
					   text_equal(out->delegate, r->caller.account))))
		return true;
	return err_set(e, ERR_NOT_FOUND, "There is no delegation with this id.");
}

/* Whom it is given to may see it, not change it. */
static bool may_change(const struct request *r, const struct store_delegation *d, struct err *e)
{
	return is_administrator(r) || text_equal(d->account, r->caller.account) ||
	       err_set(e, ERR_FORBIDDEN, "This delegation is another account's.");
}

static bool answer(struct request *r, const char *id, struct err *e)
{
	struct store_delegation d;

	if (!store_delegation_get(r->db, r->arena, id, &d, e))
		return false;
	request_etag(r, d.updated_ms);
	request_answer(r, &d);
	return true;
}

static bool delegation_create(struct request *r, struct err *e)
{
	struct store_delegation d = {.reason = "", .from_ms = r->now_ms};
	struct flow f = request_flow(r);

	if (!read_input(r, &d, e))
		return false;
	if (d.account == NULL)
		d.account = r->caller.account;
	if (d.account == NULL)
		return err_set(e, ERR_UNPROCESSABLE, "account: this token belongs to nobody");
	return may_change(r, &d, e) && flow_delegation_add(&f, &d, e) && answer(r, d.id, e);
}

struct query {
	const char *account;
};

static const struct json_field query_json[] = {{"account", JSON_FIELD_TEXT,
						offsetof(struct query, account), .format = JSON_ID,
						.nullable = true, .doc = "of or to this account"},
					       {0}};

static bool delegation_list(struct request *r, struct err *e)
{
	struct query q = {0};
	struct store_delegation *items;
	struct store_page page;
	size_t count;

	if (!request_query(r, &q, e) || !request_page(r, &page, e))
		return false;
	if (!sees_all(r))
		q.account = r->caller.account == NULL ? "" : r->caller.account;
	if (!store_delegation_list(r->db, r->arena, q.account, &page, &items, &count, e))
		return false;
	request_list(r, items, count, sizeof(*items), &page);
	return true;
}

static bool delegation_read(struct request *r, struct err *e)
{
	struct store_delegation d;

	return find(r, &d, e) && answer(r, d.id, e);
}

static bool delegation_change(struct request *r, struct err *e)
{
	struct store_delegation was, d;
	struct flow f = request_flow(r);

	if (!find(r, &was, e) || !may_change(r, &was, e) || !request_if_match(r, was.updated_ms, e))
		return false;
	d = was;
	return read_input(r, &d, e) && flow_delegation_change(&f, &was, &d, e) &&
	       answer(r, was.id, e);
}

static bool delegation_remove(struct request *r, struct err *e)
{
	struct store_delegation d;
	struct flow f = request_flow(r);

	if (!find(r, &d, e) || !may_change(r, &d, e) || !request_if_match(r, d.updated_ms, e) ||
	    !flow_delegation_remove(&f, &d, e))
		return false;
	r->status = 204;
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/delegations",
     ROUTE(ROLES_ALL, ROUTE_READ, delegation_list,
	   DOC("listDelegations", "Delegations of and to the caller; administrators see all",
	       .query = query_json, .out = delegation_json, .noun = "Delegation", .list = true))},
    {HTTP_POST, "/api/v1/delegations", MAX_BODY,
     ROUTE(ROLES_DECIDE, ROUTE_WRITE, delegation_create,
	   DOC("createDelegation", "Let another account answer in one's place for a while",
	       .in = create_json, .out = delegation_json, .noun = "Delegation", .etag = true,
	       .status = 201,
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE) | ERROR(ERR_TOO_MANY)))},
    {HTTP_GET, "/api/v1/delegations/{id}",
     ROUTE(ROLES_ALL, ROUTE_READ, delegation_read,
	   DOC("getDelegation", "One delegation", .out = delegation_json, .noun = "Delegation",
	       .etag = true))},
    {HTTP_PUT, "/api/v1/delegations/{id}", MAX_BODY,
     ROUTE(ROLES_DECIDE, ROUTE_WRITE, delegation_change,
	   DOC("changeDelegation", "Change to whom or when", .in = change_json,
	       .out = delegation_json, .noun = "Delegation", .etag = true,
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_DELETE, "/api/v1/delegations/{id}",
     ROUTE(ROLES_DECIDE, ROUTE_WRITE, delegation_remove,
	   DOC("deleteDelegation", "End it", .etag = true, .status = 204))},
};

const struct route_table delegation_routes = ROUTE_TABLE(routes);
