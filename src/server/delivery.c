/* What DingTalk is owed, as administrators see it: calls that wait, dead letters, what was done. */
#include "base/text.h"
#include "flow/delivery.h"
#include "server/request.h"
#include "server/route.h"
#include "store/instance.h"
#include "store/outbox.h"

static const char *const states[] = {
    [OUTBOX_WAITING] = "waiting",
    [OUTBOX_DEAD] = "dead",
    [OUTBOX_DONE] = "done",
};

static enum store_outbox_state state_of(const struct store_outbox *row)
{
	if (row->given_up || (row->slow && row->done_ms == 0))
		return OUTBOX_DEAD;
	return row->done_ms == 0 ? OUTBOX_WAITING : OUTBOX_DONE;
}

static void put_ms(struct json_writer *w, const char *key, int64_t ms)
{
	if (ms == 0)
		json_put_null(w, key);
	else
		json_put_i64(w, key, ms);
}

static bool put_row(struct request *r, const struct store_outbox *row, struct err *e)
{
	struct json_writer *w = &r->json;
	char number[INSTANCE_NUMBER_SIZE];
	struct store_instance i;

	if (!store_instance_get(r->db, r->arena, row->instance, &i, e))
		return false;
	instance_number(i.number, number);
	json_object(w, NULL);
	json_put_text(w, "id", row->id);
	json_put_text(w, "kind", row->kind);
	json_put_text(w, "state", states[state_of(row)]);
	json_put_text(w, "app", row->app);
	json_put_text(w, "instance", row->instance);
	json_put_text(w, "number", number);
	json_put_i64(w, "attempts", row->attempts);
	json_put_text(w, "error", *row->error == '\0' ? NULL : row->error);
	put_ms(w, "next_ms", row->done_ms == 0 ? row->due_ms : 0);
	json_put_i64(w, "created_ms", row->created_ms);
	put_ms(w, "done_ms", row->done_ms);
	json_object_end(w);
	return true;
}

static bool answer(struct request *r, struct err *e)
{
	struct store_outbox row;

	return store_outbox_get(r->db, r->arena, r->args[0], &row, e) && put_row(r, &row, e);
}

static bool state_from(const char *name, enum store_outbox_state *out)
{
	*out = OUTBOX_ANY;
	for (size_t i = OUTBOX_WAITING; i < ARRAY_SIZE(states); i++) {
		if (text_equal(states[i], name))
			*out = (enum store_outbox_state)i;
	}
	return name == NULL || *out != OUTBOX_ANY;
}

static bool delivery_list(struct request *r, struct err *e)
{
	struct store_outbox_filter filter = {0};
	struct store_outbox *rows;
	struct store_page page;
	size_t count;

	if (!state_from(http_query(r->http, "state"), &filter.state))
		return err_set(e, ERR_INVALID, "state: waiting, dead or done");
	if (!request_page(r, &page, e) || !request_query_id(r, "instance", &filter.instance, e))
		return false;
	filter.before = page.cursor;
	filter.max = page.limit;
	if (!store_outbox_list(r->db, r->arena, &filter, &rows, &count, e))
		return false;
	request_items(r);
	for (size_t i = 0; i < count; i++) {
		if (!put_row(r, &rows[i], e))
			return false;
	}
	request_items_end(r, &page, count, count > 0 ? rows[count - 1].id : NULL);
	return true;
}

static bool delivery_read(struct request *r, struct err *e)
{
	return answer(r, e);
}

static bool delivery_replay(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);

	return flow_delivery_replay(&f, r->args[0], request_actor(r), e) && answer(r, e);
}

#define MAX_BODY 1024 /* it has none to speak of */

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/deliveries", ROUTE(ROLES_ALL, ROUTE_READ, delivery_list)},
    {HTTP_GET, "/api/v1/deliveries/{id}", ROUTE(ROLES_ALL, ROUTE_READ, delivery_read)},
    {HTTP_POST, "/api/v1/deliveries/{id}/replay", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, delivery_replay)},
};

const struct route_table delivery_routes = ROUTE_TABLE(routes);
