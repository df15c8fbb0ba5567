/* What DingTalk is owed, as administrators see it: calls that wait, dead letters, what was done. */
#include "base/text.h"
#include "flow/delivery.h"
#include "api/instance.h"
#include "api/routes.h"
#include "store/instance.h"
#include "store/outbox.h"

/* In the order of enum store_outbox_state, behind OUTBOX_ANY. */
static const char *const states[] = {"waiting", "dead", "done", NULL};

static enum store_outbox_state state_of(const struct store_outbox *row)
{
	if (row->given_up || (row->slow && row->done_ms == 0))
		return OUTBOX_DEAD;
	return row->done_ms == 0 ? OUTBOX_WAITING : OUTBOX_DONE;
}

static const char *const kinds[] = {
    OUTBOX_CREATE, OUTBOX_SETTLE,  OUTBOX_DUPLICATE, OUTBOX_COMMENT, OUTBOX_TERMINATE,
    OUTBOX_CARRY,  OUTBOX_EXECUTE, OUTBOX_REMIND,    OUTBOX_NOTICE,  NULL};

struct view {
	struct store_outbox row;
	const char *state, *number, *error;
	int64_t next_ms;
};

static const struct json_field delivery_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, row.id), .format = JSON_ID},
    {"kind", JSON_FIELD_TEXT, offsetof(struct view, row.kind), .words = kinds,
     .doc =
	 "create the form, comment and terminate when it was decided here, settle (a last look "
	 "for a form whose creation was never answered) and duplicate (withdraws a second form), "
	 "carry (looks which task is open) and execute (one of them), remind (looks who has it), "
	 "notice (a message to one person)"},
    {"state", JSON_FIELD_TEXT, offsetof(struct view, state), .words = states,
     .doc = "dead: given up, or tried at long intervals until somebody mends what error says"},
    {"app", JSON_FIELD_TEXT, offsetof(struct view, row.app), .format = JSON_ID},
    {"instance", JSON_FIELD_TEXT, offsetof(struct view, row.instance), .format = JSON_ID},
    {"number", JSON_FIELD_TEXT, offsetof(struct view, number), .example = "HF-000042"},
    {"attempts", JSON_FIELD_I64, offsetof(struct view, row.attempts),
     .doc = "that failed in the same way"},
    {"error", JSON_FIELD_TEXT, offsetof(struct view, error), .nullable = true, .says = "error"},
    {"next_ms", JSON_FIELD_I64, offsetof(struct view, next_ms), .nullable = true},
    {"created_ms", JSON_FIELD_I64, offsetof(struct view, row.created_ms)},
    {"done_ms", JSON_FIELD_I64, offsetof(struct view, row.done_ms), .nullable = true},
    {0}};

static bool view(struct request *r, const struct store_outbox *row, struct view *out, struct err *e)
{
	char number[INSTANCE_NUMBER_SIZE];
	struct store_instance i;

	if (!store_instance_get(r->db, r->arena, row->instance, &i, e))
		return false;
	instance_number(i.number, number);
	*out = (struct view){.row = *row,
			     .state = states[state_of(row) - OUTBOX_WAITING],
			     .number = arena_dup(r->arena, number),
			     .error = text_some(row->error),
			     .next_ms = row->done_ms == 0 ? row->due_ms : 0};
	return true;
}

static bool answer(struct request *r, struct err *e)
{
	struct store_outbox row;
	struct view answer;

	if (!store_outbox_get(r->db, r->arena, r->args[0], &row, e) || !view(r, &row, &answer, e))
		return false;
	request_answer(r, &answer);
	return true;
}

struct query {
	const char *state, *instance;
};

static const struct json_field query_json[] = {
    {"state", JSON_FIELD_TEXT, offsetof(struct query, state), .words = states},
    {"instance", JSON_FIELD_TEXT, offsetof(struct query, instance), .format = JSON_ID},
    {0}};

static enum store_outbox_state state_from(const char *name)
{
	for (size_t i = 0; states[i] != NULL; i++) {
		if (text_equal(states[i], name))
			return (enum store_outbox_state)(OUTBOX_WAITING + i);
	}
	return OUTBOX_ANY;
}

static bool delivery_list(struct request *r, struct err *e)
{
	const struct store_scope scope = instance_scope(r);
	struct store_outbox_filter filter = {0};
	struct query query = {0};
	struct store_outbox *rows;
	struct store_page page;
	struct view *answer;
	size_t count;

	if (!request_page(r, &page, e) || !request_query(r, &query, e))
		return false;
	filter.state = state_from(query.state);
	filter.instance = query.instance;
	filter.before = page.cursor;
	filter.max = page.limit;
	filter.scope = store_scope_text(r->arena, &scope);
	if (!store_outbox_list(r->db, r->arena, &filter, &rows, &count, e))
		return false;
	answer = arena_array(r->arena, count, sizeof(*answer));
	for (size_t i = 0; i < count; i++) {
		if (!view(r, &rows[i], &answer[i], e))
			return false;
	}
	request_list(r, answer, count, sizeof(*answer), &page);
	return true;
}

static bool delivery_read(struct request *r, struct err *e)
{
	struct store_outbox row;

	return store_outbox_get(r->db, r->arena, r->args[0], &row, e) &&
	       instance_seen(r, row.instance, e) && answer(r, e);
}

static bool delivery_replay(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);

	return flow_delivery_replay(&f, r->args[0], request_actor(r), e) && answer(r, e);
}

#define MAX_BODY 1024 /* it has none to speak of */

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/deliveries",
     ROUTE(ROLES_ALL, ROUTE_READ, delivery_list,
	   DOC("listDeliveries", "Calls that DingTalk is owed, or was given; the newest first",
	       .query = query_json, .out = delivery_json, .noun = "Delivery", .list = true))},
    {HTTP_GET, "/api/v1/deliveries/{id}",
     ROUTE(ROLES_ALL, ROUTE_READ, delivery_read,
	   DOC("getDelivery", "One call that DingTalk is owed", .out = delivery_json,
	       .noun = "Delivery"))},
    {HTTP_POST, "/api/v1/deliveries/{id}/replay", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, delivery_replay,
	   DOC("replayDelivery", "Try a dead letter again at once", .out = delivery_json,
	       .noun = "Delivery", .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table delivery_routes = ROUTE_TABLE(routes);
