/* Alarms: what somebody should look at, as administrators and auditors see it. */
#include "flow/alarm.h"

#include "api/device.h"
#include "api/instance.h"
#include "api/routes.h"
#include "base/text.h"
#include "web/request.h"

#define MAX_BODY 4096

struct view {
	struct store_alarm stored;
	const struct view *device, *acknowledged; /* itself, or NULL */
};

static const struct json_field device_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, stored.device), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, stored.device_name), .example = "hua-laptop"},
    {0}};

static const struct json_field acknowledged_json[] = {
    {"by", JSON_FIELD_TEXT, offsetof(struct view, stored.acknowledged_by), .example = "陈安"},
    {"at_ms", JSON_FIELD_I64, offsetof(struct view, stored.acknowledged_ms)},
    {"note", JSON_FIELD_TEXT, offsetof(struct view, stored.note),
     .example = "Called the owner, a test machine"},
    {0}};

static const struct json_field alarm_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, stored.id), .format = JSON_ID},
    {"kind", JSON_FIELD_TEXT, offsetof(struct view, stored.kind), .words = alarm_kind_names},
    {"device", JSON_FIELD_POINTER, offsetof(struct view, device), .fields = device_json,
     .size = sizeof(struct view), .nullable = true, .doc = "null: of the organisation"},
    {"subject", JSON_FIELD_TEXT, offsetof(struct view, stored.subject),
     .doc = "the package that was removed, what the device found, or the build's id; empty: the "
	    "kind says all",
     .example = "unit-masked"},
    {"evidence", JSON_FIELD_TEXT, offsetof(struct view, stored.evidence), .says = "error",
     .doc = "the newest",
     .example = "/etc/systemd/system/holdfast-keeper.service is a link to /dev/null"},
    {"first_ms", JSON_FIELD_I64, offsetof(struct view, stored.first_ms)},
    {"last_ms", JSON_FIELD_I64, offsetof(struct view, stored.last_ms),
     .doc = "when it was raised again, or was seen to last"},
    {"count", JSON_FIELD_I64, offsetof(struct view, stored.count), .doc = "how often it was raised",
     .example = "1"},
    {"acknowledged", JSON_FIELD_POINTER, offsetof(struct view, acknowledged),
     .fields = acknowledged_json, .size = sizeof(struct view), .nullable = true},
    {"closed_ms", JSON_FIELD_I64, offsetof(struct view, stored.closed_ms), .nullable = true,
     .doc = "when its cause ended; null: it is open"},
    {"closed_why", JSON_FIELD_TEXT, offsetof(struct view, stored.closed_why), .omit = true,
     .says = "error", .example = "heard again"},
    {0}};

static void view_of(const struct store_alarm *a, struct view *out)
{
	*out = (struct view){.stored = *a};
	out->device = a->device != NULL ? out : NULL;
	out->acknowledged = a->acknowledged_ms != 0 ? out : NULL;
	if (a->device != NULL && a->device_name == NULL)
		out->stored.device_name = "";
	if (a->closed_ms == 0)
		out->stored.closed_why = NULL;
}

/* Who is limited to departments sees the alarms of devices of people in them, and not the organisation's. */
static const char *scope_of(struct request *r)
{
	const struct store_scope scope = instance_scope(r);

	return store_scope_text(r->arena, &scope);
}

/* --- lists --- */

static const char *const states[] = {"open", "closed", NULL};
static const char *const truths[] = {"true", "false", NULL};

struct query {
	const char *kind, *device, *subject, *state, *acknowledged;
	int64_t from, to;
};

static const struct json_field list_query[] = {
    {"kind", JSON_FIELD_TEXT, offsetof(struct query, kind), .max = 128,
     .doc = "one of removed-without-grant, silent, many-silent, weakened and unknown-build, or "
	    "several with commas",
     .example = "weakened,unknown-build"},
    {"state", JSON_FIELD_TEXT, offsetof(struct query, state), .words = states,
     .doc = "both, if not said"},
    {"acknowledged", JSON_FIELD_TEXT, offsetof(struct query, acknowledged), .words = truths},
    {"device", JSON_FIELD_TEXT, offsetof(struct query, device), .format = JSON_ID},
    {"subject", JSON_FIELD_TEXT, offsetof(struct query, subject), .max = 256,
     .doc = "a package, a finding or a build's id", .example = "unit-masked"},
    {"from", JSON_FIELD_I64, offsetof(struct query, from), .max = INT64_MAX,
     .doc = "first raised at this time or later; UTC milliseconds"},
    {"to", JSON_FIELD_I64, offsetof(struct query, to), .max = INT64_MAX,
     .doc = "first raised before this time"},
    {0}};

static bool read_kinds(struct request *r, const char *text, unsigned *out, struct err *e)
{
	struct json_list all = request_split(r, text, ",");
	const char *const *words = all.items;

	for (size_t i = 0; i < all.count; i++) {
		unsigned kind = 0;

		while (kind < ALARM_KIND_COUNT && !text_equal(alarm_kind_names[kind], words[i]))
			kind++;
		if (kind == ALARM_KIND_COUNT)
			return err_set(e, ERR_INVALID, "kind: there is no kind %s", words[i]);
		*out |= 1U << kind;
	}
	return true;
}

static bool alarm_list(struct request *r, struct err *e)
{
	struct query q = {0};
	struct store_alarm_filter filter = {0};
	struct store_alarm_list found;
	struct store_page page;
	struct view *views;

	if (!request_page(r, &page, e) || !request_query(r, &q, e) ||
	    (q.kind != NULL && !read_kinds(r, q.kind, &filter.kinds, e)))
		return false;
	filter.device = q.device;
	filter.subject = q.subject;
	filter.open = text_equal(q.state, states[0]);
	filter.closed = text_equal(q.state, states[1]);
	filter.acknowledged = text_equal(q.acknowledged, truths[0]);
	filter.unacknowledged = text_equal(q.acknowledged, truths[1]);
	filter.from_ms = q.from;
	filter.to_ms = q.to;
	filter.scope = scope_of(r);
	if (!store_alarm_list(r->db, r->arena, &filter, &page, &found, e))
		return false;
	views = arena_array(r->arena, found.count, sizeof(*views));
	for (size_t i = 0; i < found.count; i++)
		view_of(&found.items[i], &views[i]);
	request_list(r, views, found.count, sizeof(*views), &page);
	return true;
}

#define COUNT(name, kind)                                                              \
	{                                                                              \
		name, JSON_FIELD_I64,                                                  \
		    offsetof(struct store_alarm_counts, of) + sizeof(int64_t) * (kind) \
	}

static const struct json_field counts_json[] = {
    {"open", JSON_FIELD_I64, offsetof(struct store_alarm_counts, open)},
    {"unacknowledged", JSON_FIELD_I64, offsetof(struct store_alarm_counts, unacknowledged)},
    COUNT("removed_without_grant", ALARM_REMOVED),
    COUNT("silent", ALARM_SILENT),
    COUNT("many_silent", ALARM_MANY_SILENT),
    COUNT("weakened", ALARM_WEAKENED),
    COUNT("unknown_build", ALARM_UNKNOWN_BUILD),
    {0}};

static bool alarm_counts(struct request *r, struct err *e)
{
	struct store_alarm_counts counts;

	if (!store_alarm_count(r->db, scope_of(r), &counts, e))
		return false;
	request_answer(r, &counts);
	return true;
}

/* --- one --- */

static bool alarm_get(struct request *r, struct err *e)
{
	struct store_alarm a;
	struct view answer;

	if (!store_alarm_get(r->db, r->arena, r->args[0], scope_of(r), &a, e))
		return false;
	view_of(&a, &answer);
	request_answer(r, &answer);
	return true;
}

struct input {
	const char *note;
};

static const struct json_field acknowledge_json[] = {
    {"note", JSON_FIELD_TEXT, offsetof(struct input, note), .max = FLOW_ALARM_MAX_NOTE,
     .example = "Called the owner, a test machine"},
    {0}};

static bool acknowledge(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct input in = {.note = ""};

	return request_read(r, &in, e) &&
	       flow_alarm_acknowledge(&f, r->args[0], scope_of(r), in.note, e) && alarm_get(r, e);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/alarms",
     ROUTE(ROLES_AUDIT, ROUTE_READ, alarm_list,
	   DOC("listAlarms", "Alarms, open and closed, any filters together", .query = list_query,
	       .text = "One alarm a device and matter until its cause ends; the newest first.",
	       .out = alarm_json, .noun = "Alarm", .list = true))},
    {HTTP_GET, "/api/v1/alarms/counts",
     ROUTE(ROLES_AUDIT, ROUTE_READ, alarm_counts,
	   DOC("countAlarms", "How many alarms are open, by kind", .out = counts_json,
	       .noun = "AlarmCounts"))},
    {HTTP_GET, "/api/v1/alarms/{id}",
     ROUTE(ROLES_AUDIT, ROUTE_READ, alarm_get,
	   DOC("getAlarm", "One alarm", .out = alarm_json, .noun = "Alarm"))},
    {HTTP_POST, "/api/v1/alarms/{id}/acknowledge", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, acknowledge,
	   DOC("acknowledgeAlarm", "Say that somebody has seen to it",
	       .text = "It stays open until its cause ends. A later note takes the place of an "
		       "earlier one; both are in the record.",
	       .in = acknowledge_json, .out = alarm_json, .noun = "Alarm",
	       .errors = ERROR(ERR_UNPROCESSABLE)))},
};

const struct route_table alarm_routes = ROUTE_TABLE(routes);
