/* Where accounts are signed in. */
#include "base/text.h"
#include "flow/record.h"
#include "model/signin.h"
#include "web/request.h"
#include "api/routes.h"
#include "store/session.h"

struct session_view {
	struct store_session stored;
	bool present;
};

static const struct json_field sessions_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct session_view, stored.id), .format = JSON_ID},
    {"account", JSON_FIELD_TEXT, offsetof(struct session_view, stored.account), .format = JSON_ID},
    {"present", JSON_FIELD_BOOL, offsetof(struct session_view, present),
     .doc = "whether it is the one that asks"},
    {"address", JSON_FIELD_TEXT, offsetof(struct session_view, stored.address),
     .doc = "from where it was begun", .example = "203.0.113.9"},
    {"user_agent", JSON_FIELD_TEXT, offsetof(struct session_view, stored.agent),
     .example = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"},
    {"created_ms", JSON_FIELD_I64, offsetof(struct session_view, stored.created_ms)},
    {"seen_ms", JSON_FIELD_I64, offsetof(struct session_view, stored.seen_ms),
     .doc = "to the minute"},
    {"expires_ms", JSON_FIELD_I64, offsetof(struct session_view, stored.expires_ms)},
    {0}};

struct session_query {
	const char *account;
};

static const struct json_field session_query_fields[] = {
    {"account", JSON_FIELD_TEXT, offsetof(struct session_query, account), .format = JSON_ID,
     .doc = "of somebody else, for owners"},
    {0}};

/* Whose sessions are meant. */
static bool whose(struct request *r, const char **out, struct err *e)
{
	struct session_query in = {.account = r->caller.account};

	if (!request_query(r, &in, e))
		return false;
	*out = in.account;
	if (in.account == NULL)
		return err_set(e, ERR_INVALID, "account: is missing: this token is of no account");
	return text_equal(in.account, r->caller.account) || r->caller.role == ROLE_OWNER ||
	       err_set(e, ERR_FORBIDDEN, "Only an owner may see to the sessions of others.");
}

static struct store_session_now at(const struct request *r)
{
	return (struct store_session_now){r->now_ms, r->now_ms - SESSION_IDLE_MS};
}

static bool session_list(struct request *r, struct err *e)
{
	const struct store_session_now now = at(r);
	struct store_session_list list;
	struct session_view *views;
	struct store_page page;
	const char *account;

	if (!request_page(r, &page, e) || !whose(r, &account, e) ||
	    !store_session_list(r->db, r->arena, account, &now, &page, &list, e))
		return false;
	views = arena_array(r->arena, list.count, sizeof(*views));
	for (size_t i = 0; i < list.count; i++)
		views[i] = (struct session_view){list.items[i],
						 text_equal(list.items[i].id, r->caller.session)};
	request_list(r, views, list.count, sizeof(*views), &page);
	return true;
}

static bool record_end(struct request *r, const char *account, const char *text, struct err *e)
{
	struct flow f = request_flow(r);

	return flow_event(
	    &f,
	    &(struct flow_event){
		.kind = "session-ended", .object = "account", .object_id = account, .text = text},
	    e);
}

static bool session_end(struct request *r, struct err *e)
{
	const struct store_session_now now = at(r);
	struct store_session session;

	if (!store_session_by_id(r->db, r->arena, r->args[0], &now, &session, e))
		return false;
	if (!text_equal(session.account, r->caller.account) && r->caller.role != ROLE_OWNER)
		return err_set(e, ERR_NOT_FOUND, "There is no session with this id.");
	return store_session_end(r->db, session.id, e) &&
	       record_end(r, session.account,
			  arena_printf(r->arena, "begun from %s", session.address), e);
}

static bool session_end_all(struct request *r, struct err *e)
{
	const char *account;
	int64_t ended;

	return whose(r, &account, e) && store_session_end_all(r->db, account, NULL, &ended, e) &&
	       record_end(r, account, arena_printf(r->arena, "all: %lld", (long long)ended), e);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/sessions",
     ROUTE(ROLES_ALL, ROUTE_READ, session_list,
	   DOC("listSessions", "Where an account is signed in", .query = session_query_fields,
	       .out = sessions_json, .noun = "Session", .list = true))},
    {HTTP_DELETE, "/api/v1/sessions/{id}",
     ROUTE(ROLES_ALL, ROUTE_WRITE, session_end, DOC("endSession", "End a session", .status = 204))},
    {HTTP_DELETE, "/api/v1/sessions",
     ROUTE(ROLES_ALL, ROUTE_WRITE, session_end_all,
	   DOC("endSessions", "End all sessions of an account", .query = session_query_fields,
	       .status = 204))},
};

const struct route_table account_session_routes = ROUTE_TABLE(routes);
