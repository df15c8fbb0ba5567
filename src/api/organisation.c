/* DingTalk organisations: what a month allows, what is gone of it, and what that makes of looking at
 * open requests. */
#include <string.h>

#include "base/clock.h"
#include "flow/record.h"
#include "jobs/budget.h"
#include "jobs/plan.h"
#include "model/budget.h"
#include "web/request.h"
#include "api/routes.h"
#include "web/server.h"
#include "store/budget.h"
#include "store/outbox.h"

#define MAX_BODY 4096
#define MAX_SHOWN 200
#define NO_FIGURE (-1)

struct change {
	int64_t monthly_calls;
};

static const struct json_field change_json[] = {
    {"monthly_calls", JSON_FIELD_I64, offsetof(struct change, monthly_calls), .max = BUDGET_MAX,
     .doc = "null: the default, 5000", .example = "10000"},
    {0}};

/* One organisation with what belongs to it. */
struct whole {
	struct store_organisation o;
	struct trust_record trust; /* of the app whose events are trusted least */
	struct plan plan;
	int64_t month_end, used;
};

static bool trust_of_apps(struct request *r, const char *corp_id, struct trust_record *out,
			  struct err *e)
{
	struct store_check_app *apps;
	bool any = false;
	size_t count;

	*out = (struct trust_record){0};
	if (!store_check_apps(r->db, r->arena, &apps, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct trust_record *t = &apps[i].trust;

		if (strcmp(apps[i].corp_id, corp_id) != 0)
			continue;
		if (!any || (out->silent_ms == 0 && (t->silent_ms != 0 || t->proven < out->proven)))
			*out = *t;
		any = true;
	}
	return true;
}

static bool complete(struct request *r, const char *corp_id, struct whole *out, struct err *e)
{
	struct budget_view view;

	out->month_end = budget_month(r->now_ms, 1);
	if (!store_budget_get(r->db, r->arena, corp_id, budget_month(r->now_ms, 0), &out->o, e) ||
	    !trust_of_apps(r, corp_id, &out->trust, e) ||
	    !plan_of(r->db, r->arena, corp_id, &out->trust, r->now_ms, &out->plan, e))
		return false;
	budgets_look(r->server->budgets, corp_id, &view);
	out->used = out->o.calls > view.unspent ? out->o.calls - view.unspent : 0;
	return true;
}

static int64_t rest(const struct whole *w)
{
	return schedule_rest(&(struct schedule_plan){trust_of(&w->trust), w->plan.interval_ms, 0});
}

static const char *time_text(struct arena *a, int64_t ms)
{
	char *text = arena_alloc(a, CLOCK_TEXT_SIZE);

	clock_text(ms, text);
	return text;
}

static const char *pace(struct arena *a, const struct whole *w)
{
	int64_t seconds = rest(w) / 1000;

	if (seconds < 120)
		return arena_printf(a, "every %lld seconds", (long long)seconds);
	if (seconds < 7200)
		return arena_printf(a, "every %lld minutes", (long long)(seconds / 60));
	return arena_printf(a, "every %lld hours", (long long)(seconds / 3600));
}

/* What the schedule does now, for a person. */
static const char *in_words(struct arena *a, const struct whole *w)
{
	const char *until = time_text(a, w->month_end);

	if (w->o.over)
		return arena_printf(
		    a,
		    "DingTalk says that the month's calls are used up. Nothing is sent "
		    "before %s, or before a higher figure is entered.",
		    until);
	if (w->plan.poor)
		return arena_printf(
		    a,
		    "What the month has for looking at open requests is used up until "
		    "%s; what events tell of is still read, and filings still go out.",
		    until);
	switch (trust_of(&w->trust)) {
	case TRUST_SILENT:
		return arena_printf(
		    a,
		    "Events have been missing since %s: each open request is looked at "
		    "about %s.",
		    time_text(a, w->trust.silent_ms), pace(a, w));
	case TRUST_PROVEN:
		return arena_printf(a,
				    "Events arrive: each open request is looked at about %s, young "
				    "ones sooner.",
				    pace(a, w));
	case TRUST_UNKNOWN:
		break;
	}
	return arena_printf(
	    a,
	    "It is not known yet whether events arrive: each open request is looked at "
	    "about %s, young ones sooner.",
	    pace(a, w));
}

/* --- as it is shown --- */

struct view {
	const char *corp_id, *month, *events, *text;
	int64_t figure, month_ends_ms, used, left, pushes;
	int64_t silent_since_ms, open, calls, interval_ms;
	bool entered, over;
};

static const char *const trusts[] = {
    [TRUST_UNKNOWN] = "unknown", [TRUST_PROVEN] = "proven", [TRUST_SILENT] = "silent", NULL};

static const struct json_field readings_json[] = {
    {"events", JSON_FIELD_TEXT, offsetof(struct view, events), .words = trusts,
     .doc = "whether DingTalk's events arrive"},
    {"silent_since_ms", JSON_FIELD_I64, offsetof(struct view, silent_since_ms), .nullable = true},
    {"open", JSON_FIELD_I64, offsetof(struct view, open), .doc = "requests"},
    {"calls", JSON_FIELD_I64, offsetof(struct view, calls)},
    {"interval_ms", JSON_FIELD_I64, offsetof(struct view, interval_ms), .example = "300000",
     .doc = "between two looks at an open request"},
    {"text", JSON_FIELD_TEXT, offsetof(struct view, text), .says = "error",
     .doc = "what the schedule does now, in words",
     .example = "Events arrive: each open request is looked at about every 5 minutes, young ones "
		"sooner."},
    {0}};

static const struct json_field organisation_json[] = {
    {"corp_id", JSON_FIELD_TEXT, offsetof(struct view, corp_id), .example = "ding0000"},
    {"monthly_calls", JSON_FIELD_I64, offsetof(struct view, figure), .example = "5000"},
    {"entered", JSON_FIELD_BOOL, offsetof(struct view, entered),
     .doc = "whether the figure was entered, or is the default"},
    {"month", JSON_FIELD_TEXT, offsetof(struct view, month), .example = "2026-01"},
    {"month_ends_ms", JSON_FIELD_I64, offsetof(struct view, month_ends_ms)},
    {"used", JSON_FIELD_I64, offsetof(struct view, used)},
    {"left", JSON_FIELD_I64, offsetof(struct view, left)},
    {"pushes", JSON_FIELD_I64, offsetof(struct view, pushes)},
    {"over", JSON_FIELD_BOOL, offsetof(struct view, over),
     .doc = "DingTalk says that the month's calls are used up"},
    {"readings", JSON_FIELD_OBJECT, .fields = readings_json},
    {0}};

static bool view(struct request *r, const char *corp_id, struct view *out, struct err *e)
{
	char month[BUDGET_MONTH_SIZE];
	struct whole w;

	if (!complete(r, corp_id, &w, e))
		return false;
	budget_month_name(budget_month(r->now_ms, 0), month);
	*out = (struct view){.corp_id = w.o.corp_id,
			     .month = arena_dup(r->arena, month),
			     .events = trusts[trust_of(&w.trust)],
			     .text = in_words(r->arena, &w),
			     .figure = w.o.figure,
			     .month_ends_ms = w.month_end,
			     .used = w.used,
			     .left = w.o.over || w.used > w.o.figure ? 0 : w.o.figure - w.used,
			     .pushes = w.o.pushes,
			     .silent_since_ms = w.trust.silent_ms,
			     .open = w.plan.load.open,
			     .calls = w.plan.load.calls,
			     .interval_ms = rest(&w),
			     .entered = w.o.entered,
			     .over = w.o.over};
	return true;
}

static bool answer(struct request *r, const char *corp_id, struct err *e)
{
	struct view answer;

	if (!view(r, corp_id, &answer, e))
		return false;
	request_etag(r, answer.figure); /* all that can be changed */
	request_answer(r, &answer);
	return true;
}

static bool organisation_read(struct request *r, struct err *e)
{
	return answer(r, r->args[0], e);
}

static bool organisation_list(struct request *r, struct err *e)
{
	struct view *answer;
	const char **ids;
	size_t count;

	if (!store_budget_list(r->db, r->arena, MAX_SHOWN, &ids, &count, e))
		return false;
	answer = arena_array(r->arena, count, sizeof(*answer));
	for (size_t i = 0; i < count; i++) {
		if (!view(r, ids[i], &answer[i], e))
			return false;
	}
	request_list(r, answer, count, sizeof(*answer), NULL);
	return true;
}

static bool record(struct request *r, const char *corp_id, int64_t figure, struct err *e)
{
	struct flow f = request_flow(r);

	return flow_event(&f,
			  &(struct flow_event){
			      .kind = "budget-changed",
			      .object = "organisation",
			      .object_id = corp_id,
			      .text = figure < 0 ? arena_printf(r->arena, "%s: no figure", corp_id)
						 : arena_printf(r->arena, "%s: %lld calls a month",
								corp_id, (long long)figure)},
			  e);
}

/* What was put off for want of calls is looked at and sent again. */
static bool organisation_change(struct request *r, struct err *e)
{
	struct change in = {.monthly_calls = NO_FIGURE};
	struct store_organisation o;

	return request_read(r, &in, e) &&
	       store_budget_get(r->db, r->arena, r->args[0], budget_month(r->now_ms, 0), &o, e) &&
	       request_if_match(r, o.figure, e) &&
	       store_budget_set(r->db, o.corp_id, in.monthly_calls, e) &&
	       store_check_hurry_organisation(r->db, o.corp_id, r->now_ms, e) &&
	       store_outbox_mended_organisation(r->db, o.corp_id, r->now_ms, e) &&
	       record(r, o.corp_id, in.monthly_calls, e) && answer(r, o.corp_id, e);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/dingtalk-organisations",
     ROUTE(ROLES_ALL, ROUTE_READ, organisation_list,
	   DOC("listOrganisations", "What DingTalk's month allows each organisation",
	       .out = organisation_json, .noun = "Organisation", .list = true, .unpaged = true))},
    {HTTP_GET, "/api/v1/dingtalk-organisations/{corp_id}",
     ROUTE(ROLES_ALL, ROUTE_READ, organisation_read,
	   DOC("getOrganisation", "What DingTalk's month allows one organisation", .etag = true,
	       .live = true, .out = organisation_json, .noun = "Organisation"))},
    {HTTP_PUT, "/api/v1/dingtalk-organisations/{corp_id}", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, organisation_change,
	   DOC("changeOrganisation", "Enter how many calls a month the organisation has",
	       .in = change_json, .out = organisation_json, .noun = "Organisation", .etag = true))},
};

const struct route_table organisation_routes = ROUTE_TABLE(routes);
