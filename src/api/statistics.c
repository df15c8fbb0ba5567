/* Figures for an overview page. */
#include "api/instance.h"
#include "api/routes.h"
#include "store/statistics.h"

#define DAYS 30
#define MINUTE_MS 60000
#define MAX_OFFSET (14 * 60) /* minutes that any zone is from UTC */

#define DAY(member) offsetof(struct store_day, member)

static const struct json_field day_json[] = {
    {"from_ms", JSON_FIELD_I64, DAY(from_ms), .doc = "when it begins; the last is today"},
    {"filed", JSON_FIELD_I64, DAY(filed), .example = "3"},
    {"approved", JSON_FIELD_I64, DAY(approved), .example = "2"},
    {"rejected", JSON_FIELD_I64, DAY(rejected), .example = "1"},
    {"revoked", JSON_FIELD_I64, DAY(revoked), .example = "0"},
    {"expired", JSON_FIELD_I64, DAY(expired), .example = "0"},
    {"attempts", JSON_FIELD_I64, DAY(attempts), .doc = "removals that devices report as refused",
     .example = "4"},
    {"removed", JSON_FIELD_I64, DAY(removed), .doc = "on whatever ground", .example = "2"},
    {"without_grant", JSON_FIELD_I64, DAY(without_grant), .doc = "of these", .example = "0"},
    {0}};

#define WAITING(member) offsetof(struct store_queue, member)

static const struct json_field waiting_json[] = {
    {"count", JSON_FIELD_I64, WAITING(count), .example = "6"},
    {"oldest_ms", JSON_FIELD_I64, WAITING(oldest_ms), .nullable = true, .doc = "when it was filed"},
    {"hours_1", JSON_FIELD_I64, WAITING(hours_1), .doc = "for less than an hour", .example = "1"},
    {"hours_8", JSON_FIELD_I64, WAITING(hours_8), .doc = "longer, but less than 8", .example = "2"},
    {"hours_24", JSON_FIELD_I64, WAITING(hours_24), .example = "2"},
    {"hours_72", JSON_FIELD_I64, WAITING(hours_72), .example = "1"},
    {"older", JSON_FIELD_I64, WAITING(older), .example = "0"},
    {0}};

#define DECIDED(member) offsetof(struct store_decided, member)

static const struct json_field decided_json[] = {
    {"count", JSON_FIELD_I64, DECIDED(count), .example = "40"},
    {"median_ms", JSON_FIELD_I64, DECIDED(median_ms), .nullable = true,
     .doc = "from the filing to the decision; null: there was none", .example = "5400000"},
    {"p90_ms", JSON_FIELD_I64, DECIDED(p90_ms), .nullable = true,
     .doc = "nine of ten took no longer", .example = "86400000"},
    {0}};

static const struct json_field version_json[] = {
    {"version", JSON_FIELD_TEXT, offsetof(struct store_version, version), .example = "0.1.0"},
    {"count", JSON_FIELD_I64, offsetof(struct store_version, count), .example = "120"},
    {0}};

struct answer {
	struct json_list days, versions;
	struct store_queue waiting;
	struct store_decided decided;
	int64_t since_ms, other;
};

static const struct json_field answer_json[] = {
    {"since_ms", JSON_FIELD_I64, offsetof(struct answer, since_ms),
     .doc = "when the first day begins"},
    {"days", JSON_FIELD_ARRAY, offsetof(struct answer, days), .fields = day_json,
     .size = sizeof(struct store_day), .max = STORE_STATISTICS_MAX_DAYS},
    {"waiting", JSON_FIELD_OBJECT, offsetof(struct answer, waiting), .fields = waiting_json,
     .doc = "pending requests, by how long they have waited; each is counted once"},
    {"decided", JSON_FIELD_OBJECT, offsetof(struct answer, decided), .fields = decided_json,
     .doc = "approved or rejected in these days"},
    {"versions", JSON_FIELD_ARRAY, offsetof(struct answer, versions), .fields = version_json,
     .size = sizeof(struct store_version), .max = STORE_STATISTICS_MAX_VERSIONS,
     .doc = "clients of the devices that are there, the most common first"},
    {"other", JSON_FIELD_I64, offsetof(struct answer, other),
     .doc = "devices with a version that is not among these", .example = "0"},
    {0}};

struct query {
	int64_t days, utc_offset;
};

static const struct json_field query_json[] = {
    {"days", JSON_FIELD_I64, offsetof(struct query, days), .min = 1,
     .max = STORE_STATISTICS_MAX_DAYS, .doc = "with today; 30 if not said"},
    {"utc_offset", JSON_FIELD_I64, offsetof(struct query, utc_offset), .min = -MAX_OFFSET,
     .max = MAX_OFFSET, .doc = "minutes that the reader's days are ahead of UTC's; 0 if not said",
     .example = "480"},
    {0}};

/* The start of the first of so many days that end with today's. */
static int64_t since(const struct query *q, int64_t now_ms)
{
	int64_t ahead_ms = q->utc_offset * MINUTE_MS;
	int64_t today = (now_ms + ahead_ms) / STORE_DAY_MS;

	return (today - q->days + 1) * STORE_DAY_MS - ahead_ms;
}

static bool statistics_read(struct request *r, struct err *e)
{
	const struct store_scope departments = instance_scope(r);
	const char *scope = store_scope_text(r->arena, &departments);
	struct query q = {.days = DAYS};
	struct store_versions versions;
	struct answer answer = {0};
	struct store_day *days;
	size_t count;

	if (!request_query(r, &q, e))
		return false;
	count = (size_t)q.days;
	days = arena_array(r->arena, count, sizeof(*days));
	answer.since_ms = days[0].from_ms = since(&q, r->now_ms);
	if (!store_statistics_days(r->db, scope, days, count, e) ||
	    !store_statistics_waiting(r->db, scope, r->now_ms, &answer.waiting, e) ||
	    !store_statistics_decided(r->db, scope, days, count, &answer.decided, e) ||
	    !store_statistics_versions(r->db, r->arena, scope, &versions, e))
		return false;
	answer.days = (struct json_list){days, count};
	answer.versions = (struct json_list){versions.items, versions.count};
	answer.other = versions.others;
	request_answer(r, &answer);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/statistics",
     ROUTE(ROLES_ALL, ROUTE_WORK, statistics_read,
	   DOC("getStatistics", "Figures for an overview", .query = query_json, .out = answer_json,
	       .noun = "Statistics",
	       .text = "By the reader's days, of what the caller may see: requests of the "
		       "departments that an account is limited to, and devices of people in them. "
		       "Requests that a release made are not counted; a removal is counted on the "
		       "day that the device names."))},
};

const struct route_table statistics_routes = ROUTE_TABLE(routes);
