/* The audit record: who did what. */
#include "flow/audit.h"
#include "model/event.h"
#include "web/language.h"
#include "api/routes.h"
#include "web/server.h"
#include "store/audit.h"
#include "store/event.h"

#define AT(member) offsetof(struct store_event, member)

static const struct json_field event_json[] = {
    {"id", JSON_FIELD_TEXT, AT(id), .format = JSON_ID},
    {"at_ms", JSON_FIELD_I64, AT(at_ms)},
    {"kind", JSON_FIELD_TEXT, AT(kind), .words = event_kinds, .example = "policy-changed"},
    {"actor_kind", JSON_FIELD_TEXT, AT(actor_kind), .words = event_actor_kinds,
     .example = "account"},
    {"actor_id", JSON_FIELD_TEXT, AT(actor_id), .nullable = true},
    {"actor", JSON_FIELD_TEXT, AT(actor), .says = "actor", .example = "王芳", .doc = "who"},
    {"object", JSON_FIELD_TEXT, AT(object), .nullable = true, .words = event_objects,
     .example = "policy"},
    {"object_id", JSON_FIELD_TEXT, AT(object_id), .nullable = true, .example = "7"},
    {"device", JSON_FIELD_TEXT, AT(device), .nullable = true, .format = JSON_ID},
    {"instance", JSON_FIELD_TEXT, AT(instance), .nullable = true, .format = JSON_ID},
    {"text", JSON_FIELD_TEXT, AT(text), .example = "version 7, mode block",
     .doc = "what somebody wrote, else in the reader's language; record has it as it was hashed"},
    {"node", JSON_FIELD_TEXT, AT(node), .doc = "the server in whose chain it stands"},
    {"sequence", JSON_FIELD_I64, AT(sequence), .example = "12", .doc = "its place in that chain"},
    {"record", JSON_FIELD_RAW, AT(record), .doc = "everything, as it was hashed", .example = "{}"},
    {0}};

struct query {
	const char *kind, *actor, *object, *device, *instance;
	int64_t from, to;
};

static const struct json_field query_json[] = {
    {"kind", JSON_FIELD_TEXT, offsetof(struct query, kind), .max = 100, .nullable = true,
     .example = "policy-changed"},
    {"actor", JSON_FIELD_TEXT, offsetof(struct query, actor), .max = 100, .nullable = true,
     .doc = "an actor's id"},
    {"object", JSON_FIELD_TEXT, offsetof(struct query, object), .max = 100, .nullable = true,
     .doc = "an object's id"},
    {"device", JSON_FIELD_TEXT, offsetof(struct query, device), .format = JSON_ID,
     .nullable = true},
    {"instance", JSON_FIELD_TEXT, offsetof(struct query, instance), .format = JSON_ID,
     .nullable = true},
    {"from", JSON_FIELD_I64, offsetof(struct query, from), .min = 0, .max = INT64_MAX,
     .doc = "UTC ms; from then on"},
    {"to", JSON_FIELD_I64, offsetof(struct query, to), .min = 0, .max = INT64_MAX,
     .doc = "UTC ms; before then"},
    {0}};

static bool audit_list(struct request *r, struct err *e)
{
	struct query q = {0};
	struct store_page page;
	struct store_event *all;
	size_t count;

	if (!request_unlimited(r, e) || !request_page(r, &page, e) || !request_query(r, &q, e) ||
	    !store_event_list(r->db, r->arena,
			      &(struct store_event_filter){.kind = q.kind,
							   .actor = q.actor,
							   .object = q.object,
							   .device = q.device,
							   .instance = q.instance,
							   .from_ms = q.from,
							   .to_ms = q.to,
							   .before = page.cursor,
							   .max = page.limit},
			      &all, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		all[i].text = language_say(r, all[i].kind, all[i].text);
	request_list(r, all, count, sizeof(*all), &page);
	return true;
}

/* --- the export, of any length --- */

#define EXPORT_PIECE (256 * 1024) /* bytes about which a piece ends */

struct export
{
	int64_t from, to;
	bool begun;
	struct flow_export x;
};

static const struct json_field export_json[] = {
    {"from", JSON_FIELD_I64, offsetof(struct export, from), .min = 0, .max = INT64_MAX,
     .doc = "UTC ms; from then on, and a little before"},
    {"to", JSON_FIELD_I64, offsetof(struct export, to), .min = 0, .max = INT64_MAX,
     .doc = "UTC ms; up to then, and a little after"},
    {0}};

static const char *const export_types[] = {"application/jsonl", NULL};

static bool bind(struct db *db, void *arg, struct err *e)
{
	struct flow f = request_flow(arg);

	f.db = db;
	return flow_checkpoint(&f, NULL, e);
}

static bool next_records(struct request *r, bool *last, struct err *e)
{
	struct export *ex = r->pieces;
	struct flow f = request_flow(r);

	/* What was written up to this moment is to be in it. */
	if (!ex->begun &&
	    (!request_run(r, bind, r, e) || !flow_export_begin(&f, ex->from, ex->to, &ex->x, e)))
		return false;
	ex->begun = true;
	if (!flow_export_more(&f, &ex->x, &r->body, EXPORT_PIECE, e))
		return false;
	*last = flow_export_over(&ex->x);
	return true;
}

static bool audit_export(struct request *r, struct err *e)
{
	struct export *ex = arena_new(r->arena, struct export);

	if (!request_unlimited(r, e) || !request_query(r, ex, e))
		return false;
	request_header(r, "Content-Disposition", "attachment; filename=\"audit.jsonl\"");
	request_pieces(r, export_types[0], next_records, ex);
	return true;
}

/* --- the receiver --- */

#define SINK(member) offsetof(struct store_sink, member)

static const struct json_field sink_json[] = {
    {"sink", JSON_FIELD_TEXT, SINK(sink), .example = "tls://log.example.com:6514"},
    {"node", JSON_FIELD_TEXT, SINK(node), .doc = "the server whose records they are"},
    {"sequence", JSON_FIELD_I64, SINK(sequence), .doc = "they are there up to this one"},
    {"behind", JSON_FIELD_I64, SINK(behind), .doc = "records that are not there yet"},
    {"oldest_ms", JSON_FIELD_I64, SINK(oldest_ms), .nullable = true,
     .doc = "time of the first of them"},
    {"sent_ms", JSON_FIELD_I64, SINK(sent_ms), .nullable = true, .doc = "of the last success"},
    {"error", JSON_FIELD_TEXT, SINK(error), .says = "error",
     .doc = "why it does not go on; empty: it does"},
    {0}};

struct sinks_answer {
	struct json_list items;
};

static const struct json_field sinks_json[] = {
    {"items", JSON_FIELD_ARRAY, offsetof(struct sinks_answer, items), .fields = sink_json,
     .size = sizeof(struct store_sink)},
    {0}};

static bool audit_sinks(struct request *r, struct err *e)
{
	const char *url = r->server->options.syslog_url;
	struct store_sinks sinks = {0};

	if (url != NULL && !store_sinks(r->db, r->arena, url, &sinks, e))
		return false;
	request_answer(r, &(struct sinks_answer){{sinks.items, sinks.count}});
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/audit",
     ROUTE(ROLES_AUDIT, ROUTE_READ, audit_list,
	   DOC("listAudit", "The audit record, newest first", .query = query_json,
	       .out = event_json, .noun = "AuditRecord", .list = true))},
    {HTTP_GET, "/api/v1/audit/export",
     ROUTE(ROLES_AUDIT, ROUTE_WORK, audit_export,
	   DOC("exportAudit", "The audit record with what proves it, as JSON lines",
	       .text = "One file for `holdfast-server audit verify`.", .query = export_json,
	       .out_types = export_types))},
    {HTTP_GET, "/api/v1/audit/sinks",
     ROUTE(ROLES_AUDIT, ROUTE_READ, audit_sinks,
	   DOC("listAuditSinks",
	       "How far each server's records were brought to the receiver of "
	       "syslog",
	       .out = sinks_json, .noun = "AuditSinks"))},
};

const struct route_table audit_routes = ROUTE_TABLE(routes);
