/* The report: what was removed, on what ground, by whose decision. */
#include "store/removal.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "model/removal.h"
#include "web/csv.h"
#include "web/language.h"
#include "web/request.h"
#include "api/routes.h"

#define AT(member) offsetof(struct store_removal, member)

static const char *const states[] = {STORE_REMOVAL_ALLOWED, STORE_REMOVAL_REMOVED,
				     STORE_REMOVAL_ROLLED_BACK, NULL};

static const struct json_field removal_json[] = {
    {"id", JSON_FIELD_TEXT, AT(id), .format = JSON_ID},
    {"at_ms", JSON_FIELD_I64, AT(at_ms), .doc = "by the device's clock"},
    {"learnt_ms", JSON_FIELD_I64, AT(learnt_ms)},
    {"ground", JSON_FIELD_TEXT, AT(ground), .words = removal_ground_names},
    {"state", JSON_FIELD_TEXT, AT(state), .words = states,
     .doc = "allowed: let through, and nobody has said that it is gone"},
    {"device", JSON_FIELD_TEXT, AT(device), .format = JSON_ID},
    {"device_name", JSON_FIELD_TEXT, AT(device_name), .example = "hua-laptop"},
    {"owner", JSON_FIELD_TEXT, AT(owner), .format = JSON_ID},
    {"owner_name", JSON_FIELD_TEXT, AT(owner_name), .example = "李华"},
    {"package", JSON_FIELD_TEXT, AT(package), .example = "holdfast-client"},
    {"policy_version", JSON_FIELD_I64, AT(policy_version), .example = "7",
     .doc = "in force at that time; 0: none was saved yet"},
    {"coverage", JSON_FIELD_TEXT, AT(coverage), .says = "coverage", .example = "group office",
     .doc = "why the owner was covered, or not"},
    {"grant", JSON_FIELD_TEXT, AT(grant), .format = JSON_ID, .nullable = true},
    {"instance", JSON_FIELD_TEXT, AT(instance), .format = JSON_ID, .nullable = true},
    {"decided_by", JSON_FIELD_TEXT, AT(decided_by), .says = "actor", .example = "王芳",
     .doc = "who approved or released it, or saved the policy that allowed it"},
    {"channel", JSON_FIELD_TEXT, AT(channel), .example = "dingtalk"},
    {0}};

struct query {
	const char *ground, *device, *format, *lang;
	int64_t from, to;
};

static const char *const formats[] = {"csv", "jsonl", NULL};

#define FILTERS                                                                              \
	{"from",   JSON_FIELD_I64,   offsetof(struct query, from),                           \
	 .min = 0, .max = INT64_MAX, .doc = "UTC ms; removed from then on"},                 \
	    {"to",     JSON_FIELD_I64,   offsetof(struct query, to),                         \
	     .min = 0, .max = INT64_MAX, .doc = "UTC ms; removed before then"},              \
	    {"ground", JSON_FIELD_TEXT, offsetof(struct query, ground), .nullable = true,    \
	     .words = removal_ground_names},                                                 \
	{                                                                                    \
		"device", JSON_FIELD_TEXT, offsetof(struct query, device), .nullable = true, \
									   .format = JSON_ID \
	}

static const struct json_field list_query[] = {FILTERS, {0}};
static const struct json_field export_query[] = {
    FILTERS,
    {"format", JSON_FIELD_TEXT, offsetof(struct query, format), .words = formats, .nullable = true,
     .doc = "csv when absent"},
    {"lang", JSON_FIELD_TEXT, offsetof(struct query, lang), .words = language_words,
     .doc = "of the CSV's titles and words, before Accept-Language"},
    {0}};

static struct store_removal_filter filter_of(const struct query *q, const char *before, int64_t max)
{
	return (struct store_removal_filter){.ground = q->ground,
					     .device = q->device,
					     .from_ms = q->from,
					     .to_ms = q->to,
					     .before = before,
					     .max = max};
}

static bool removal_list(struct request *r, struct err *e)
{
	struct query q = {0};
	struct store_removal_filter filter;
	struct store_removal_list list;
	struct store_page page;

	if (!request_unlimited(r, e) || !request_page(r, &page, e) || !request_query(r, &q, e))
		return false;
	filter = filter_of(&q, page.cursor, page.limit);
	if (!store_removal_list(r->db, r->arena, &filter, &list, e))
		return false;
	request_list(r, list.items, list.count, sizeof(*list.items), &page);
	return true;
}

/* --- the report as a file, of any length --- */

#define EXPORT_ROWS 500 /* in a piece */

static const char *const titles[] = {
    "id",         "removed", "learnt",  "ground",         "state",    "device_id", "device",
    "owner_id",   "owner",   "package", "policy_version", "coverage", "grant",     "instance",
    "decided_by", "channel", NULL};

static void put_row(struct request *r, const struct store_removal *m)
{
	struct buf *out = &r->body;

	csv_text(out, true, m->id);
	csv_time(out, false, m->at_ms);
	csv_time(out, false, m->learnt_ms);
	csv_text(out, false, language_say(r, "word", m->ground));
	csv_text(out, false, language_say(r, "word", m->state));
	csv_text(out, false, m->device);
	csv_text(out, false, m->device_name);
	csv_text(out, false, m->owner);
	csv_text(out, false, m->owner_name);
	csv_text(out, false, m->package);
	csv_number(out, false, m->policy_version);
	csv_text(out, false, language_say(r, "coverage", m->coverage));
	csv_text(out, false, m->grant);
	csv_text(out, false, m->instance);
	csv_text(out, false, language_say(r, "actor", m->decided_by));
	csv_text(out, false, language_say(r, "word", m->channel));
	csv_row_end(out);
}

static void put_line(struct request *r, const struct store_removal *m)
{
	json_write(&r->json, NULL, removal_json, m);
	buf_char(&r->body, '\n');
	r->json.comma = false;
}

struct export
{
	struct store_removal_filter filter;
	char before[ID_SIZE];
	bool csv, begun;
};

static bool next_rows(struct request *r, bool *last, struct err *e)
{
	struct export *x = r->pieces;
	struct store_removal_list list;

	if (!store_removal_list(r->db, r->arena, &x->filter, &list, e))
		return false;
	if (x->csv && !x->begun)
		csv_begin(&r->body, language_say_all(r, "column", titles));
	x->begun = true;
	for (size_t i = 0; i < list.count; i++) {
		if (x->csv)
			put_row(r, &list.items[i]);
		else
			put_line(r, &list.items[i]);
	}
	*last = list.count < EXPORT_ROWS;
	if (list.count > 0)
		memcpy(x->before, list.items[list.count - 1].id, sizeof(x->before));
	x->filter.before = x->before;
	return true;
}

static const char *const export_types[] = {"text/csv", "application/jsonl", NULL};

static bool removal_export(struct request *r, struct err *e)
{
	struct export *x = arena_new(r->arena, struct export);
	struct query q = {0};

	if (!request_unlimited(r, e) || !request_query(r, &q, e))
		return false;
	x->filter = filter_of(&q, "", EXPORT_ROWS);
	x->csv = !text_equal(q.format, formats[1]);
	request_header(r, "Content-Disposition",
		       x->csv ? "attachment; filename=\"removals.csv\""
			      : "attachment; filename=\"removals.jsonl\"");
	request_pieces(r, x->csv ? CSV_TYPE : export_types[1], next_rows, x);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/removals",
     ROUTE(ROLES_AUDIT, ROUTE_READ, removal_list,
	   DOC("listRemovals", "What was removed, on what ground, by whose decision",
	       .query = list_query, .out = removal_json, .noun = "Removal", .list = true))},
    {HTTP_GET, "/api/v1/removals/export",
     ROUTE(ROLES_AUDIT, ROUTE_WORK, removal_export,
	   DOC("exportRemovals", "The same as a file", .query = export_query,
	       .out_types = export_types))},
};

const struct route_table removal_routes = ROUTE_TABLE(routes);
