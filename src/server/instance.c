/* Approval instances, as administrators see and decide them. */
#include <string.h>

#include "base/text.h"
#include "flow/request.h"
#include "server/request.h"
#include "server/route.h"
#include "server/server.h"
#include "store/event.h"
#include "store/grant.h"
#include "store/outbox.h"

#define MAX_BODY 16384
#define MAX_COMMENT 500
#define MAX_EVENTS 100 /* of one instance, in an answer */

/* An instance with what belongs to it. */
struct whole {
	struct store_instance instance;
	struct store_grant grant;   /* id NULL: none */
	struct store_outbox outbox; /* id NULL: nothing to be sent */
	struct store_event *events; /* newest first */
	size_t event_count;
};

static bool complete(struct request *r, struct whole *w, struct err *e)
{
	const struct store_event_filter filter = {
	    .instance = w->instance.id, .before = "", .max = MAX_EVENTS};

	return store_grant_of_instance(r->db, r->arena, w->instance.id, &w->grant, e) &&
	       store_outbox_of_instance(r->db, r->arena, w->instance.id, &w->outbox, e) &&
	       store_event_list(r->db, r->arena, &filter, &w->events, &w->event_count, e);
}

/* An array out of a text whose parts are separated by one character. */
static void put_parts(struct request *r, const char *key, const char *text, const char *separator)
{
	json_array(&r->json, key);
	while (*text != '\0') {
		size_t n = strcspn(text, separator);

		json_put_text(&r->json, NULL, arena_dup_n(r->arena, text, n));
		text += n + (text[n] != '\0');
	}
	json_array_end(&r->json);
}

static void put_people(struct request *r, const struct store_instance *i)
{
	struct json_writer *w = &r->json;

	json_object(w, "workflow");
	json_put_text(w, "id", i->workflow);
	json_put_text(w, "name", i->workflow_name);
	json_put_i64(w, "version", i->version);
	json_object_end(w);
	json_object(w, "applicant");
	json_put_text(w, "id", i->person);
	json_put_text(w, "name", i->person_name);
	json_put_text(w, "department", i->department);
	json_object_end(w);
	json_object(w, "device");
	json_put_text(w, "id", i->device);
	json_put_text(w, "name", i->device_name);
	json_put_text(w, "os", i->device_os);
	put_parts(r, "macs", i->device_macs, ",");
	json_object_end(w);
}

static void put_delivery(struct request *r, const struct whole *whole)
{
	const struct store_outbox *o = &whole->outbox;
	struct json_writer *w = &r->json;

	json_object(w, "delivery");
	json_put_text(w, "state", whole->instance.delivery);
	json_put_i64(w, "attempts", o->attempts);
	if (o->id == NULL)
		json_put_null(w, "next_ms");
	else
		json_put_i64(w, "next_ms", o->due_ms);
	json_put_text(w, "error", o->id == NULL || *o->error == '\0' ? NULL : o->error);
	json_object_end(w);
	json_object(w, "external");
	json_put_text(w, "id", whole->instance.external_id);
	json_put_text(w, "business_id",
		      *whole->instance.business_id == '\0' ? NULL : whole->instance.business_id);
	json_object_end(w);
	put_parts(r, "pending_with", whole->instance.pending_with, "\n");
}

static void put_decision(struct json_writer *w, const struct store_instance *i)
{
	if (i->decided_ms == 0) {
		json_put_null(w, "decision");
		return;
	}
	json_object(w, "decision");
	json_put_text(w, "who", i->decided_by);
	json_put_i64(w, "at_ms", i->decided_ms);
	json_put_text(w, "comment", i->decision_comment);
	json_put_text(w, "channel", i->channel);
	json_object_end(w);
}

static void put_grant(struct json_writer *w, const struct store_grant *g)
{
	if (g->id == NULL) {
		json_put_null(w, "grant");
		return;
	}
	json_object(w, "grant");
	json_put_text(w, "id", g->id);
	json_put_text(w, "state", g->state);
	json_put_i64(w, "exp_ms", g->exp_ms);
	json_object_end(w);
}

static void put_events(struct json_writer *w, const struct whole *whole)
{
	json_array(w, "events");
	for (size_t i = whole->event_count; i > 0; i--) {
		const struct store_event *event = &whole->events[i - 1];

		json_object(w, NULL);
		json_put_i64(w, "at_ms", event->at_ms);
		json_put_text(w, "kind", event->kind);
		json_put_text(w, "actor", event->actor);
		json_put_text(w, "text", event->text);
		json_object_end(w);
	}
	json_array_end(w);
}

static void put_instance(struct request *r, const struct whole *whole)
{
	const struct store_instance *i = &whole->instance;
	struct json_writer *w = &r->json;
	char number[INSTANCE_NUMBER_SIZE];

	instance_number(i->number, number);
	json_object(w, NULL);
	json_put_text(w, "id", i->id);
	json_put_text(w, "number", number);
	json_put_text(w, "template", i->template);
	json_put_text(w, "status", i->status);
	json_put_text(w, "effect", instance_effect_name(whole->grant.state));
	json_put_text(w, "reason", i->reason);
	json_put_text(w, "package", i->package);
	put_people(r, i);
	put_delivery(r, whole);
	put_decision(w, i);
	put_grant(w, &whole->grant);
	if (*i->note != '\0')
		json_put_text(w, "note", i->note);
	json_put_i64(w, "created_ms", i->created_ms);
	json_put_i64(w, "expires_ms", i->expires_ms);
	if (i->check_ms == 0)
		json_put_null(w, "next_check_ms");
	else
		json_put_i64(w, "next_check_ms", i->check_ms);
	put_events(w, whole);
	json_object_end(w);
}

static bool answer(struct request *r, const char *id, struct err *e)
{
	struct whole whole = {0};

	if (!store_instance_get(r->db, r->arena, id, &whole.instance, e) || !complete(r, &whole, e))
		return false;
	put_instance(r, &whole);
	return true;
}

static bool instance_read(struct request *r, struct err *e)
{
	return answer(r, r->args[0], e);
}

static bool instance_list(struct request *r, struct err *e)
{
	struct store_instance_filter filter = {.status = http_query(r->http, "status"),
					       .device = http_query(r->http, "device")};
	enum instance_status status;
	struct store_instance *items;
	struct store_page page;
	size_t count;

	if (filter.status != NULL && !instance_status_from(filter.status, &status))
		return err_set(e, ERR_INVALID, "status: there is no such status");
	if (!request_page(r, &page, e))
		return false;
	filter.cursor = page.cursor;
	filter.limit = page.limit;
	if (!store_instance_list(r->db, r->arena, &filter, &items, &count, e))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "items");
	for (size_t i = 0; i < count; i++) {
		struct whole whole = {.instance = items[i]};

		if (!complete(r, &whole, e))
			return false;
		put_instance(r, &whole);
	}
	json_array_end(&r->json);
	json_put_text(&r->json, "next", (int64_t)count == page.limit ? items[count - 1].id : NULL);
	json_object_end(&r->json);
	return true;
}

struct decision {
	const char *comment;
};

static const struct json_field decision_fields[] = {
    {"comment", JSON_FIELD_TEXT, offsetof(struct decision, comment), .max = MAX_COMMENT}, {0}};

static bool decide(struct request *r, bool approve, struct err *e)
{
	struct decision in = {.comment = ""};
	struct flow f = {
	    .db = r->db, .arena = r->arena, .now_ms = r->now_ms, .signer = r->server->signer};

	if (r->http->body_len > 0 && !request_json(r, decision_fields, &in, e))
		return false;
	if (!text_printable(in.comment, true))
		return err_set(e, ERR_INVALID, "comment: must not hold control characters");
	return flow_decide(
		   &f, r->args[0], approve,
		   &(struct flow_decision){.by = r->caller.name,
					   .channel = "api",
					   .comment = text_trim(arena_dup(r->arena, in.comment)),
					   .who = {.role = r->caller.role}},
		   e) &&
	       answer(r, r->args[0], e);
}

static bool instance_approve(struct request *r, struct err *e)
{
	return decide(r, true, e);
}

static bool instance_reject(struct request *r, struct err *e)
{
	return decide(r, false, e);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/instances", ROUTE(ROLES_ALL, ROUTE_READ, instance_list)},
    {HTTP_GET, "/api/v1/instances/{id}", ROUTE(ROLES_ALL, ROUTE_READ, instance_read)},
    {HTTP_POST, "/api/v1/instances/{id}/approve", MAX_BODY,
     ROUTE(ROLES_DECIDE, ROUTE_WRITE, instance_approve)},
    {HTTP_POST, "/api/v1/instances/{id}/reject", MAX_BODY,
     ROUTE(ROLES_DECIDE, ROUTE_WRITE, instance_reject)},
};

const struct route_table instance_routes = ROUTE_TABLE(routes);
