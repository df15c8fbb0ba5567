/* Releases: devices that are let go without a filing. */
#include "flow/release.h"

#include <string.h>

#include "base/text.h"
#include "flow/snapshots.h"
#include "model/enrolment.h"
#include "model/instance.h"
#include "web/presence.h"
#include "web/request.h"
#include "api/routes.h"
#include "web/server.h"

#define MAX_BODY (3 * DEVICE_LIST_MAX_BYTES) /* a list, escaped */
#define MAX_SMALL_BODY 8192
#define MAX_PACKAGE 256
#define READERS (ROLES_CHANGE | ROLE_AUDITOR)

/* --- what is asked for --- */

static const struct json_field order_json[] = {
    {"device", JSON_FIELD_TEXT, offsetof(struct flow_release_order, device), .format = JSON_ID,
     .doc = "this one; or filter; or csv"},
    {"filter", JSON_FIELD_POINTER, offsetof(struct flow_release_order, filter),
     .fields = release_filter_json, .size = sizeof(struct release_filter),
     .doc = "all that fit every condition given; one at least"},
    {"csv", JSON_FIELD_TEXT, offsetof(struct flow_release_order, csv), .min = 1,
     .max = DEVICE_LIST_MAX_BYTES,
     .doc = "a list with a column id, mac or name, or one of them a line"},
    {"package", JSON_FIELD_TEXT, offsetof(struct flow_release_order, package), .min = 1,
     .max = MAX_PACKAGE, .doc = "the client itself when absent", .example = POLICY_CLIENT},
    {"reason", JSON_FIELD_TEXT, offsetof(struct flow_release_order, reason), .required = true,
     .min = 1, .max = REASON_MAX * 2, .doc = "1 to 500 characters after trimming",
     .example = "Old laptops are collected on Friday"},
    {"days", JSON_FIELD_I64, offsetof(struct flow_release_order, days), .required = true,
     .min = RELEASE_MIN_DAYS, .max = RELEASE_MAX_DAYS,
     .doc = "how long a device may use its grant"},
    {"without_left_out", JSON_FIELD_BOOL, offsetof(struct flow_release_order, without_left_out),
     .doc = "lines of the list that name no device, or several, are left out; else they are "
	    "refused"},
    {0}};

struct reason {
	const char *reason;
};

static const struct json_field reason_json[] = {
    {"reason", JSON_FIELD_TEXT, offsetof(struct reason, reason), .required = true, .min = 1,
     .max = REASON_MAX * 2, .doc = "1 to 500 characters after trimming",
     .example = "The wrong list"},
    {0}};

/* --- what is shown --- */

struct person_view {
	const char *id, *name;
};

static const struct json_field person_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct person_view, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct person_view, name), .example = "李华"},
    {0}};

struct preview_device {
	const char *id, *name, *why;
	struct person_view owner;
};

static const struct json_field preview_device_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct preview_device, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct preview_device, name), .example = "laptop-42"},
    {"owner", JSON_FIELD_OBJECT, offsetof(struct preview_device, owner), .fields = person_json},
    {"why", JSON_FIELD_TEXT, offsetof(struct preview_device, why), .nullable = true,
     .says = "error", .doc = "it would get no grant now", .example = "the device is uninstalled"},
    {0}};

struct preview {
	int64_t total, unfit, threshold;
	bool second;
	struct json_list devices;
	struct release_lines left_out;
};

static const struct json_field preview_json[] = {
    {"total", JSON_FIELD_I64, offsetof(struct preview, total), .example = "2"},
    {"second_person", JSON_FIELD_BOOL, offsetof(struct preview, second),
     .doc = "a second account would have to confirm it"},
    {"threshold", JSON_FIELD_I64, offsetof(struct preview, threshold),
     .doc = "devices that one person may release in 24 hours alone", .example = "20"},
    {"unfit", JSON_FIELD_I64, offsetof(struct preview, unfit),
     .doc = "fit the filter and are left out: not there any more"},
    {"devices", JSON_FIELD_ARRAY, offsetof(struct preview, devices), .fields = preview_device_json,
     .size = sizeof(struct preview_device)},
    {"list", JSON_FIELD_OBJECT, offsetof(struct preview, left_out), .fields = release_lines_json},
    {0}};

struct progress {
	int64_t of[RELEASE_PROGRESS_COUNT];
};

#define COUNTER(name, which, what)                                                               \
	{                                                                                        \
		name, JSON_FIELD_I64, offsetof(struct progress, of) + sizeof(int64_t) * (which), \
		    .doc = what                                                                  \
	}

static const struct json_field progress_json[] = {
    COUNTER("queued", RELEASE_QUEUED, "no grant yet"),
    COUNTER("waiting", RELEASE_WAITING, "the device has not fetched its grant"),
    COUNTER("fetched", RELEASE_FETCHED, NULL),
    COUNTER("used", RELEASE_USED, NULL),
    COUNTER("lapsed", RELEASE_LAPSED, "not used in time"),
    COUNTER("cancelled", RELEASE_CANCELLED, "called back, or the release ended before its turn"),
    COUNTER("failed", RELEASE_FAILED, "got no grant; its device says why"),
    {0}};

struct act {
	const char *by;
	int64_t at_ms;
	const char *reason;
};

static const struct json_field confirmed_json[] = {
    {"by", JSON_FIELD_TEXT, offsetof(struct act, by), .example = "孙立"},
    {"at_ms", JSON_FIELD_I64, offsetof(struct act, at_ms)},
    {0}};

static const struct json_field stopped_json[] = {
    {"by", JSON_FIELD_TEXT, offsetof(struct act, by), .example = "陈安"},
    {"at_ms", JSON_FIELD_I64, offsetof(struct act, at_ms)},
    {"reason", JSON_FIELD_TEXT, offsetof(struct act, reason), .example = "The wrong list"},
    {0}};

struct view {
	struct store_release stored;
	struct release_selection selection;
	struct release_lines left_out;
	struct progress progress;
	const struct act *confirmed, *stopped;
};

static const char *const states[] = {"unconfirmed", "issuing", "issued", "stopping",
				     "stopped",     "expired", NULL};

/* What lists show too. */
#define SHORT_VIEW                                                                           \
	{"id", JSON_FIELD_TEXT, offsetof(struct view, stored.id), .format = JSON_ID},        \
	    {"state", JSON_FIELD_TEXT, offsetof(struct view, stored.state), .words = states, \
	     .doc = "issued: every device has its grant or a reason why not; expired: not "  \
		    "confirmed in time"},                                                    \
	    {"package", JSON_FIELD_TEXT, offsetof(struct view, stored.package),              \
	     .example = POLICY_CLIENT},                                                      \
	    {"reason", JSON_FIELD_TEXT, offsetof(struct view, stored.reason),                \
	     .example = "Old laptops are collected on Friday"},                              \
	    {"days", JSON_FIELD_I64, offsetof(struct view, stored.days), .example = "7"},    \
	    {"selection", JSON_FIELD_OBJECT, offsetof(struct view, selection),               \
	     .fields = release_selection_json},                                              \
	    {"total", JSON_FIELD_I64, offsetof(struct view, stored.total), .example = "2"},  \
	    {"created_by", JSON_FIELD_TEXT, offsetof(struct view, stored.created_by),        \
	     .example = "陈安"},                                                             \
	    {"created_ms", JSON_FIELD_I64, offsetof(struct view, stored.created_ms)},        \
	    {"confirm_until_ms", JSON_FIELD_I64, offsetof(struct view, stored.expires_ms),   \
	     .nullable = true, .doc = "null: one person was enough"},                        \
	    {"confirmed",                                                                    \
	     JSON_FIELD_POINTER,                                                             \
	     offsetof(struct view, confirmed),                                               \
	     .fields = confirmed_json,                                                       \
	     .size = sizeof(struct act),                                                     \
	     .nullable = true},                                                              \
	{                                                                                    \
		"stopped", JSON_FIELD_POINTER, offsetof(struct view, stopped),               \
		    .fields = stopped_json, .size = sizeof(struct act), .nullable = true     \
	}

static const struct json_field short_json[] = {SHORT_VIEW, {0}};
static const struct json_field view_json[] = {
    SHORT_VIEW,
    {"progress", JSON_FIELD_OBJECT, offsetof(struct view, progress), .fields = progress_json},
    {"list", JSON_FIELD_OBJECT, offsetof(struct view, left_out), .fields = release_lines_json,
     .doc = "what of a list named no device of its own"},
    {0}};

struct instance_view {
	const char *id, *number;
};

static const struct json_field instance_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct instance_view, id), .format = JSON_ID},
    {"number", JSON_FIELD_TEXT, offsetof(struct instance_view, number), .example = "HF-000123"},
    {0}};

struct device_view {
	const char *id, *name, *progress, *why;
	struct person_view owner;
	const struct instance_view *instance;
	bool confirmed;
};

static const char *const progresses[] = {"queued", "waiting",   "fetched", "used",
					 "lapsed", "cancelled", "failed",  NULL};

static const struct json_field device_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct device_view, id), .format = JSON_ID,
     .doc = "the device's"},
    {"name", JSON_FIELD_TEXT, offsetof(struct device_view, name),
     .doc = "as of the selection, like the owner", .example = "laptop-42"},
    {"owner", JSON_FIELD_OBJECT, offsetof(struct device_view, owner), .fields = person_json},
    {"progress", JSON_FIELD_TEXT, offsetof(struct device_view, progress), .words = progresses},
    {"why", JSON_FIELD_TEXT, offsetof(struct device_view, why), .nullable = true, .says = "error",
     .doc = "failed", .example = "the device is uninstalled"},
    {"instance", JSON_FIELD_POINTER, offsetof(struct device_view, instance),
     .fields = instance_json, .size = sizeof(struct instance_view), .nullable = true},
    {"confirmed", JSON_FIELD_BOOL, offsetof(struct device_view, confirmed),
     .doc = "a grant was called back and the device has said so"},
    {0}};

static const struct act *act_or_none(struct request *r, const char *by, int64_t at_ms,
				     const char *reason)
{
	struct act *act = at_ms == 0 ? NULL : arena_new(r->arena, struct act);

	if (act != NULL)
		*act = (struct act){by, at_ms, reason};
	return act;
}

static bool fill(struct request *r, const struct store_release *s, struct view *v, struct err *e)
{
	*v = (struct view){.stored = *s,
			   .confirmed = act_or_none(r, s->confirmed_by, s->confirmed_ms, ""),
			   .stopped = act_or_none(r, s->stopped_by, s->stopped_ms, s->stop_reason)};
	return json_read_text(r->arena, s->selection, strlen(s->selection), release_selection_json,
			      &v->selection, e);
}

static bool count(struct request *r, const char *id, struct progress *out, struct err *e)
{
	struct store_release_count *all;
	size_t n;

	if (!store_release_counts(r->db, r->arena, id, &all, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		out->of[release_progress_of(all[i].state, all[i].grant)] += all[i].devices;
	return true;
}

static const char *creator_of(const struct request *r)
{
	return r->caller.account != NULL ? r->caller.account : r->caller.token;
}

/* An account that is limited to departments sees its own: another's may have other departments' devices. */
static bool get(struct request *r, struct store_release *out, struct err *e)
{
	if (!store_release_get(r->db, r->arena, r->args[0], out, e))
		return false;
	return r->caller.department_count == 0 || text_equal(out->creator, creator_of(r)) ||
	       err_set(e, ERR_NOT_FOUND, "There is no release with this id.");
}

static bool answer(struct request *r, const char *id, struct err *e)
{
	struct store_release s;
	struct view v;

	if (!store_release_get(r->db, r->arena, id, &s, e) || !fill(r, &s, &v, e) ||
	    !json_read_text(r->arena, s.left_out, strlen(s.left_out), release_lines_json,
			    &v.left_out, e) ||
	    !count(r, id, &v.progress, e))
		return false;
	request_answer(r, &v);
	return true;
}

static struct flow_releaser releaser(const struct request *r)
{
	return (struct flow_releaser){.name = r->caller.name,
				      .account = r->caller.account,
				      .token = r->caller.token,
				      .person = r->caller.person,
				      .departments = r->caller.departments,
				      .department_count = r->caller.department_count};
}

/* --- routes --- */

static bool release_create(struct request *r, struct err *e)
{
	struct flow_release_order o = {.online_ms = PRESENCE_STORED_MS};
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	struct flow f = request_flow(r);
	const struct flow_releaser by = releaser(r);
	const char *id;
	bool ok;

	f.snapshot = snapshot;
	ok = request_read(r, &o, e) && flow_release_add(&f, &by, &o, &id, e);

	snapshots_give(r->server->snapshots, snapshot);
	return ok && answer(r, id, e);
}

static void answer_preview(struct request *r, const struct flow_release_choice *c)
{
	struct preview_device *devices = arena_array(r->arena, c->count, sizeof(*devices));

	for (size_t i = 0; i < c->count; i++) {
		const struct flow_release_chosen *d = &c->devices[i];

		devices[i] =
		    (struct preview_device){d->id, d->name, d->why, {d->owner, d->owner_name}};
	}
	request_answer(r, &(struct preview){.total = (int64_t)c->count,
					    .unfit = (int64_t)c->unfit,
					    .threshold = c->threshold,
					    .second = c->second,
					    .devices = {devices, c->count},
					    .left_out = flow_release_left_out(r->arena, c)});
}

static bool release_preview(struct request *r, struct err *e)
{
	struct flow_release_order o = {.online_ms = PRESENCE_STORED_MS};
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	struct flow f = request_flow(r);
	const struct flow_releaser by = releaser(r);
	struct flow_release_choice c;
	bool ok;

	f.snapshot = snapshot;
	ok = request_read(r, &o, e) && flow_release_choose(&f, &by, &o, &c, e);

	snapshots_give(r->server->snapshots, snapshot);
	if (ok)
		answer_preview(r, &c);
	return ok;
}

struct query {
	const char *state, *creator, *progress;
};

static const struct json_field list_query[] = {
    {"state", JSON_FIELD_TEXT, offsetof(struct query, state), .words = states},
    {"creator", JSON_FIELD_TEXT, offsetof(struct query, creator), .format = JSON_ID,
     .doc = "id of the account that made it, or of the token where it belongs to nobody"},
    {0}};

static bool release_list(struct request *r, struct err *e)
{
	struct query q = {0};
	struct store_release_filter filter;
	struct store_release *items;
	struct store_page page;
	struct view *views;
	size_t n;

	if (!request_query(r, &q, e) || !request_page(r, &page, e))
		return false;
	filter = (struct store_release_filter){
	    .state = q.state, .creator = q.creator, .cursor = page.cursor, .limit = page.limit};
	if (r->caller.department_count > 0)
		filter.creator = creator_of(r);
	if (!store_release_list(r->db, r->arena, &filter, &items, &n, e))
		return false;
	views = arena_array(r->arena, n, sizeof(*views));
	for (size_t i = 0; i < n; i++) {
		if (!fill(r, &items[i], &views[i], e))
			return false;
	}
	request_list(r, views, n, sizeof(*views), &page);
	return true;
}

static bool release_read(struct request *r, struct err *e)
{
	struct store_release s;

	return get(r, &s, e) && answer(r, s.id, e);
}

static const struct json_field devices_query[] = {
    {"progress", JSON_FIELD_TEXT, offsetof(struct query, progress), .words = progresses}, {0}};

static struct device_view device_of(struct request *r, const struct store_release_device *d)
{
	struct instance_view *instance = NULL;
	char *number = arena_alloc(r->arena, INSTANCE_NUMBER_SIZE);

	if (d->instance != NULL) {
		instance_number(d->number, number);
		instance = arena_new(r->arena, struct instance_view);
		*instance = (struct instance_view){d->instance, number};
	}
	return (struct device_view){
	    .id = d->device,
	    .name = d->name,
	    .progress = release_progress_name(release_progress_of(d->state, d->grant)),
	    .why = *d->why == '\0' ? NULL : d->why,
	    .owner = {d->owner, d->owner_name},
	    .instance = instance,
	    .confirmed = d->confirmed};
}

static bool release_devices(struct request *r, struct err *e)
{
	struct query q = {0};
	struct store_release s;
	struct store_release_device *items;
	struct device_view *views;
	struct store_page page;
	enum release_progress progress;
	size_t n;

	if (!get(r, &s, e) || !request_query(r, &q, e) || !request_page(r, &page, e))
		return false;
	struct store_release_devices which = {
	    .release = s.id, .after = page.cursor, .limit = page.limit};
	if (release_progress_from(q.progress, &progress))
		release_progress_words(progress, &which.state, &which.grant);
	if (!store_release_device_list(r->db, r->arena, &which, &items, &n, e))
		return false;
	views = arena_array(r->arena, n, sizeof(*views));
	for (size_t i = 0; i < n; i++)
		views[i] = device_of(r, &items[i]);
	request_list(r, views, n, sizeof(*views), &page);
	return true;
}

static bool release_confirm(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	const struct flow_releaser by = releaser(r);

	return flow_release_confirm(&f, &by, r->args[0], e) && answer(r, r->args[0], e);
}

static bool release_stop(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	const struct flow_releaser by = releaser(r);
	struct reason in = {0};
	struct store_release s;

	return request_read(r, &in, e) && get(r, &s, e) &&
	       flow_release_stop(&f, &by, s.id, in.reason, e) && answer(r, s.id, e);
}

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/releases", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, release_create,
	   DOC("createRelease", "Let devices go without a filing",
	       .text =
		   "The devices are chosen now and stay these. Above the threshold, counted over "
		   "24 hours for each person, it waits for a second account to confirm it.",
	       .in = order_json, .out = view_json, .noun = "Release", .status = 201,
	       .errors = ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_POST, "/api/v1/releases/preview", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WORK, release_preview,
	   DOC("previewRelease", "Which devices a release would let go", .in = order_json,
	       .out = preview_json, .noun = "ReleasePreview", .errors = ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_GET, "/api/v1/releases",
     ROUTE(READERS, ROUTE_READ, release_list,
	   DOC("listReleases", "Releases, the newest first", .query = list_query, .out = short_json,
	       .noun = "ReleaseSummary", .list = true))},
    {HTTP_GET, "/api/v1/releases/{id}",
     ROUTE(
	 READERS, ROUTE_READ, release_read,
	 DOC("getRelease", "One release and how far it is", .out = view_json, .noun = "Release"))},
    {HTTP_GET, "/api/v1/releases/{id}/devices",
     ROUTE(READERS, ROUTE_READ, release_devices,
	   DOC("listReleaseDevices", "The devices of a release", .query = devices_query,
	       .out = device_json, .noun = "ReleaseDevice", .list = true))},
    {HTTP_POST, "/api/v1/releases/{id}/confirm", MAX_SMALL_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, release_confirm,
	   DOC("confirmRelease", "Confirm a release, as the second person", .out = view_json,
	       .noun = "Release", .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_POST, "/api/v1/releases/{id}/stop", MAX_SMALL_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, release_stop,
	   DOC("stopRelease", "Issue no further grants and call the unused back", .in = reason_json,
	       .out = view_json, .noun = "Release",
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
};

const struct route_table release_routes = ROUTE_TABLE(routes);
