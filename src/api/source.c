/* Identity sources. */
#include "flow/source.h"

#include <string.h>

#include "base/text.h"
#include "jobs/source_test.h"
#include "store/directory.h"
#include "store/sync.h"
#include "web/request.h"
#include "web/server.h"
#include "api/doctor.h"
#include "api/routes.h"
#include "api/source.h"

#define MAX_BODY (64 * 1024)
#define MAX_CYCLE_HOURS 24
#define MAX_EXTERNAL_ID 128

static const char *const types[] = {SOURCE_DINGTALK, SOURCE_LOCAL, NULL};
static const char *const sync_states[] = {"never",  "running", "waiting", "done",
					  "failed", "refused", NULL};
static const char *const phases[] = {SYNC_READING, SYNC_CHECKING, SYNC_APPLYING, NULL};

struct progress {
	const char *phase;
	int64_t done, total, people, per_minute, remaining_s;
};

struct waits {
	int64_t leaving, leaving_of, asked, outside, uncovered, uncovered_of;
};

/* A source as it is shown and entered. */
struct view {
	struct store_source stored;
	struct json_list departments;
	const char *sync_error, *run;
	struct api_finding *problem;
	struct store_sync_counts changes;
	struct progress *progress;
	struct waits *waits;
};

static const struct json_field progress_json[] = {
    {"phase", JSON_FIELD_TEXT, offsetof(struct progress, phase), .words = phases,
     .doc = "reading departments and their members; checking whoever was not met; applying"},
    {"done", JSON_FIELD_I64, offsetof(struct progress, done),
     .doc = "reading: departments; checking: who was asked for; applying: 0"},
    {"total", JSON_FIELD_I64, offsetof(struct progress, total),
     .doc = "as far as it is known; applying: changes still to come"},
    {"people", JSON_FIELD_I64, offsetof(struct progress, people),
     .doc = "listed so far, once a department"},
    {"per_minute", JSON_FIELD_I64, offsetof(struct progress, per_minute), .doc = "departments"},
    {"remaining_s", JSON_FIELD_I64, offsetof(struct progress, remaining_s), .nullable = true,
     .doc = "null: not known yet"},
    {0}};

static const struct json_field waits_json[] = {
    {"leaving", JSON_FIELD_I64, offsetof(struct waits, leaving),
     .doc = "people who would be marked departed, with those whom events named since the last run"},
    {"leaving_of", JSON_FIELD_I64, offsetof(struct waits, leaving_of)},
    {"asked", JSON_FIELD_I64, offsetof(struct waits, asked),
     .doc = "of the leaving: asked for by themselves, at least the first 20"},
    {"outside", JSON_FIELD_I64, offsetof(struct waits, outside),
     .doc = "of the asked: DingTalk has them still, out of the app's contact scope or of the "
	    "chosen departments"},
    {"uncovered", JSON_FIELD_I64, offsetof(struct waits, uncovered),
     .doc =
	 "devices that would be out of the policy's scope; 0 when the people alone are too many"},
    {"uncovered_of", JSON_FIELD_I64, offsetof(struct waits, uncovered_of),
     .doc = "covered devices"},
    {0}};

static const struct json_field counts_json[] = {
    {"joined", JSON_FIELD_I64, offsetof(struct store_sync_counts, joined)},
    {"returned", JSON_FIELD_I64, offsetof(struct store_sync_counts, returned)},
    {"left", JSON_FIELD_I64, offsetof(struct store_sync_counts, left)},
    {"moved", JSON_FIELD_I64, offsetof(struct store_sync_counts, moved)},
    {"renamed", JSON_FIELD_I64, offsetof(struct store_sync_counts, renamed)},
    {"changed", JSON_FIELD_I64, offsetof(struct store_sync_counts, changed),
     .doc = "in another way: title, email, telephone, main department"},
    {"departments", JSON_FIELD_I64, offsetof(struct store_sync_counts, departments)},
    {0}};

#define SETTINGS(name_required)                                                      \
	{"name",                                                                     \
	 JSON_FIELD_TEXT,                                                            \
	 offsetof(struct view, stored.name),                                         \
	 .required = name_required,                                                  \
	 .min = 1,                                                                   \
	 .max = FLOW_SOURCE_MAX_NAME,                                                \
	 .example = "示例科技"},                                                     \
	    {"enabled", JSON_FIELD_BOOL, offsetof(struct view, stored.enabled),      \
	     .doc = "its people may sign in; nobody's protection depends on it"},    \
	    {"cycle_hours",                                                          \
	     JSON_FIELD_I64,                                                         \
	     offsetof(struct view, stored.cycle_hours),                              \
	     .min = 1,                                                               \
	     .max = MAX_CYCLE_HOURS,                                                 \
	     .doc = "of type dingtalk: how often it is read",                        \
	     .example = "24"},                                                       \
	{                                                                            \
		"departments", JSON_FIELD_ARRAY, offsetof(struct view, departments), \
		    .max = SOURCE_MAX_DEPARTMENTS,                                   \
		    .doc = "of type dingtalk: dept_ids that are read, "              \
			   "with everything below; none: all that the "              \
			   "app may see",                                            \
		    .example = "2"                                                   \
	}

static const struct json_field create_json[] = {
    {"type", JSON_FIELD_TEXT, offsetof(struct view, stored.type), .required = true, .words = types},
    {"app", JSON_FIELD_TEXT, offsetof(struct view, stored.app), .format = JSON_ID,
     .doc = "of type dingtalk: its DingTalk app"},
    SETTINGS(true),
    {0}};

/* A client may send back what it was shown. */
static const struct json_field change_json[] = {
    {"type", JSON_FIELD_TEXT, offsetof(struct view, stored.type), .words = types,
     .doc = "as it is"},
    {"app", JSON_FIELD_TEXT, offsetof(struct view, stored.app), .format = JSON_ID, .nullable = true,
     .doc = "as it is"},
    SETTINGS(false),
    {0}};

static const struct json_field sync_json[] = {
    {"state", JSON_FIELD_TEXT, offsetof(struct view, stored.sync_state), .words = sync_states},
    {"error", JSON_FIELD_TEXT, offsetof(struct view, sync_error), .nullable = true,
     .says = "error"},
    {"problem", JSON_FIELD_POINTER, offsetof(struct view, problem), .fields = api_finding_json,
     .size = sizeof(struct api_finding), .nullable = true,
     .doc = "what is wrong and what to do, where that is known"},
    {"failures", JSON_FIELD_I64, offsetof(struct view, stored.sync_failures), .doc = "in a row"},
    {"done_ms", JSON_FIELD_I64, offsetof(struct view, stored.sync_done_ms), .nullable = true,
     .doc = "when a run last came to its end"},
    {"started_ms", JSON_FIELD_I64, offsetof(struct view, stored.sync_started_ms), .nullable = true},
    {"ended_ms", JSON_FIELD_I64, offsetof(struct view, stored.sync_ended_ms), .nullable = true},
    {"next_ms", JSON_FIELD_I64, offsetof(struct view, stored.sync_due_ms), .nullable = true,
     .doc = "by the cycle, or the next try"},
    {"people", JSON_FIELD_I64, offsetof(struct view, stored.sync_people)},
    {"departments", JSON_FIELD_I64, offsetof(struct view, stored.sync_departments)},
    {"run", JSON_FIELD_TEXT, offsetof(struct view, run), .format = JSON_ID, .nullable = true,
     .doc = "the newest; changes can be listed by it"},
    {"changes", JSON_FIELD_OBJECT, offsetof(struct view, changes), .fields = counts_json,
     .doc = "people that the newest run changed so far, and departments"},
    {"progress", JSON_FIELD_POINTER, offsetof(struct view, progress), .fields = progress_json,
     .size = sizeof(struct progress), .nullable = true, .doc = "null: it is not running"},
    {"waits", JSON_FIELD_POINTER, offsetof(struct view, waits), .fields = waits_json,
     .size = sizeof(struct waits), .nullable = true,
     .doc = "what it would take away, when it waits for somebody's word; else null"},
    {0}};

const struct json_field api_source_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, stored.id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, stored.name), .example = "示例科技"},
    {"type", JSON_FIELD_TEXT, offsetof(struct view, stored.type), .words = types},
    {"app", JSON_FIELD_TEXT, offsetof(struct view, stored.app), .format = JSON_ID, .nullable = true,
     .doc = "null when local"},
    {"enabled", JSON_FIELD_BOOL, offsetof(struct view, stored.enabled)},
    {"cycle_hours", JSON_FIELD_I64, offsetof(struct view, stored.cycle_hours), .nullable = true},
    {"departments", JSON_FIELD_ARRAY, offsetof(struct view, departments), .example = "2"},
    {"sync", JSON_FIELD_OBJECT, .fields = sync_json},
    {"version", JSON_FIELD_I64, offsetof(struct view, stored.version), .doc = "as in ETag",
     .example = "1"},
    {"created_ms", JSON_FIELD_I64, offsetof(struct view, stored.created_ms)},
    {0}};

/* How fast departments were read since this server took it up. */
static void estimate(const struct store_sync_run *run, int64_t now_ms, struct progress *p)
{
	int64_t since_ms = now_ms - run->resumed_ms, read = p->done - run->resumed_done;

	if (since_ms <= 0 || read <= 0)
		return;
	p->per_minute = read * 60000 / since_ms;
	p->remaining_s = (p->total - p->done) * since_ms / read / 1000;
}

static bool put_progress(struct request *r, const struct store_sync_run *run, struct view *v,
			 struct err *e)
{
	struct store_sync_progress now;
	struct progress *p = arena_new(r->arena, struct progress);

	if (!store_sync_progress(r->db, run->id, &now, e))
		return false;
	v->progress = p;
	p->phase = run->state;
	p->people = now.people;
	if (text_equal(run->state, SYNC_READING)) {
		p->done = now.departments_done;
		p->total = now.departments > v->stored.sync_departments
			       ? now.departments
			       : v->stored.sync_departments;
		estimate(run, r->now_ms, p);
		return true;
	}
	p->total = now.pending;
	p->done = text_equal(run->state, SYNC_CHECKING) ? now.checked : 0;
	return true;
}

static bool is_under_way(const struct store_sync_run *run)
{
	return text_equal(run->state, SYNC_READING) || text_equal(run->state, SYNC_CHECKING) ||
	       text_equal(run->state, SYNC_APPLYING);
}

static bool put_run(struct request *r, struct view *v, struct err *e)
{
	struct store_sync_run run;

	if (!store_sync_run_last(r->db, r->arena, v->stored.id, &run, e))
		return false;
	v->run = run.id;
	v->changes = run.counts;
	if (run.id == NULL)
		return true;
	if (text_equal(run.state, SYNC_WAITING)) {
		v->waits = arena_new(r->arena, struct waits);
		*v->waits = (struct waits){run.leaving,         run.leaving_of, run.leaving_asked,
					   run.leaving_outside, run.uncovered,  run.uncovered_of};
	}
	return !text_equal(v->stored.sync_state, "running") || !is_under_way(&run) ||
	       put_progress(r, &run, v, e);
}

/* NULL: nothing is known to be wrong. */
static struct api_finding *problem_of(struct request *r, const struct store_finding *f)
{
	const struct doctor_finding finding = {f->id, "", f->subject, f->detail};
	struct json_list problem = {0};

	if (f->id != NULL)
		problem = api_findings(r, &finding, 1);
	return problem.count > 0 ? problem.items : NULL;
}

static bool view(struct request *r, const struct store_source *s, struct view *out, struct err *e)
{
	*out = (struct view){.stored = *s,
			     .departments = {(void *)s->departments, s->department_count},
			     .sync_error = *s->sync_error == '\0' ? NULL : s->sync_error};
	out->problem = problem_of(r, &s->sync_finding);
	if (text_equal(s->type, SOURCE_LOCAL))
		return store_directory_count(r->db, s->id, &out->stored.sync_people,
					     &out->stored.sync_departments, e);
	return put_run(r, out, e);
}

bool api_source_answer(struct request *r, const char *id, int status, struct err *e)
{
	struct store_source s;
	struct view v;

	if (!store_source_get(r->db, r->arena, id, &s, e) || !view(r, &s, &v, e))
		return false;
	r->status = status;
	request_etag(r, s.version);
	request_answer(r, &v);
	return true;
}

/* *in is filled from *s, then read over. */
static bool read_body(struct request *r, struct store_source *s, struct err *e)
{
	struct view in = {.stored = *s,
			  .departments = {(void *)s->departments, s->department_count}};
	const char *const *ids;
	int64_t dept_id;

	if (!request_read(r, &in, e))
		return false;
	ids = in.departments.items;
	for (size_t i = 0; i < in.departments.count; i++) {
		if (!text_i64(ids[i], 1, INT64_MAX, &dept_id))
			return err_set(e, ERR_INVALID,
				       "departments[%zu]: must be a dept_id of DingTalk, a number",
				       i);
	}
	*s = in.stored;
	s->name = text_trim(arena_dup(r->arena, s->name));
	s->departments = ids;
	s->department_count = in.departments.count;
	return *s->name != '\0' || err_set(e, ERR_INVALID, "name: must not be empty");
}

static bool source_create(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_source s = {.enabled = true};

	return read_body(r, &s, e) && flow_source_add(&f, &s, e) &&
	       api_source_answer(r, s.id, 201, e);
}

static bool source_get(struct request *r, struct err *e)
{
	return api_source_answer(r, r->args[0], 200, e);
}

static bool source_change(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_source was, s;

	if (!store_source_get(r->db, r->arena, r->args[0], &was, e) ||
	    !request_if_match(r, was.version, e))
		return false;
	s = was;
	return read_body(r, &s, e) && flow_source_change(&f, &was, &s, e) &&
	       api_source_answer(r, s.id, 200, e);
}

static bool source_remove(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_source s;

	r->status = 204;
	return store_source_get(r->db, r->arena, r->args[0], &s, e) &&
	       request_if_match(r, s.version, e) && flow_source_remove(&f, &s, e);
}

static bool source_list(struct request *r, struct err *e)
{
	struct store_page page;
	struct store_source_list list;
	struct view *views;

	if (!request_page(r, &page, e) || !store_source_list(r->db, r->arena, &page, &list, e))
		return false;
	views = arena_array(r->arena, list.count, sizeof(*views));
	for (size_t i = 0; i < list.count; i++) {
		if (!view(r, &list.items[i], &views[i], e))
			return false;
	}
	request_list(r, views, list.count, sizeof(*views), &page);
	return true;
}

static bool source_sync(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_source s;

	return store_source_get(r->db, r->arena, r->args[0], &s, e) &&
	       flow_source_sync(&f, &s, e) && api_source_answer(r, s.id, 202, e);
}

/* What a connection test of it says. */
struct tested {
	const char *name, *state;
	int64_t checked_ms;
	struct json_list findings;
};

static const struct json_field tested_json[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct tested, name), .example = "示例科技"},
    {"checked_ms", JSON_FIELD_I64, offsetof(struct tested, checked_ms)},
    {"state", JSON_FIELD_TEXT, offsetof(struct tested, state), .words = doctor_states,
     .doc = "the worst of the findings"},
    {"findings", JSON_FIELD_ARRAY, offsetof(struct tested, findings), .fields = api_finding_json,
     .size = sizeof(struct api_finding)},
    {0}};

static bool source_try(struct request *r, struct err *e)
{
	struct store_source s;
	struct source_test test;
	struct tested out;

	if (!store_source_get(r->db, r->arena, r->args[0], &s, e))
		return false;
	if (text_equal(s.type, SOURCE_LOCAL))
		return err_set(e, ERR_CONFLICT,
			       "A local identity source is kept here; there is no connection.");
	if (!source_test(r->server->links, r->db, r->arena, &s, &test, e))
		return false;
	out = (struct tested){.name = s.name,
			      .state = doctor_state(test.findings, test.count),
			      .checked_ms = r->now_ms,
			      .findings = api_findings(r, test.findings, test.count)};
	request_answer(r, &out);
	return true;
}

#define NOUN .out = api_source_json, .noun = "IdentitySource"

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/identity-sources", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, source_create,
	   DOC("createIdentitySource", "Add an identity source", NOUN, .in = create_json,
	       .status = 201, .etag = true,
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_GET, "/api/v1/identity-sources",
     ROUTE(ROLES_ALL, ROUTE_READ, source_list,
	   DOC("listIdentitySources", "Identity sources", NOUN, .list = true))},
    {HTTP_GET, "/api/v1/identity-sources/{id}",
     ROUTE(ROLES_ALL, ROUTE_READ, source_get,
	   DOC("getIdentitySource", "One identity source", NOUN, .etag = true, .live = true))},
    {HTTP_PUT, "/api/v1/identity-sources/{id}", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, source_change,
	   DOC("changeIdentitySource", "Change an identity source", NOUN, .in = change_json,
	       .text = "Absent members stay as they are. Disabling it stops new sign-ins, and "
		       "nothing else.",
	       .etag = true, .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_DELETE, "/api/v1/identity-sources/{id}",
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, source_remove,
	   DOC("removeIdentitySource", "Remove an identity source that nobody came from",
	       .status = 204, .etag = true, .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_POST, "/api/v1/identity-sources/{id}/sync", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, source_sync,
	   DOC("syncIdentitySource", "Read departments and people from DingTalk now", NOUN,
	       .status = 202, .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_POST, "/api/v1/identity-sources/{id}/test", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WORK, source_try,
	   DOC("testIdentitySource", "Test what the source's app may read", .out = tested_json,
	       .noun = "IdentitySourceTest",
	       .text = "Credentials, permissions, contact scope and the chosen departments. "
		       "Changes nothing, and costs no call of the month.",
	       .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table source_routes = ROUTE_TABLE(routes);
