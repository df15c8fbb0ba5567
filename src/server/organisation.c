/* DingTalk organisations: what a month allows, what is gone of it, and what that makes of looking at
 * open requests. */
#include <string.h>

#include "base/clock.h"
#include "flow/record.h"
#include "jobs/budget.h"
#include "jobs/plan.h"
#include "model/budget.h"
#include "server/request.h"
#include "server/route.h"
#include "server/server.h"
#include "store/budget.h"
#include "store/outbox.h"

#define MAX_BODY 4096
#define MAX_SHOWN 200
#define NO_FIGURE (-1)

struct change {
	int64_t monthly_calls;
};

static const struct json_field fields[] = {{"monthly_calls", JSON_FIELD_I64,
					    offsetof(struct change, monthly_calls), .min = 0,
					    .max = BUDGET_MAX},
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

static void put_readings(struct request *r, const struct whole *w)
{
	static const char *const names[] = {
	    [TRUST_UNKNOWN] = "unknown", [TRUST_PROVEN] = "proven", [TRUST_SILENT] = "silent"};
	struct json_writer *j = &r->json;

	json_object(j, "readings");
	json_put_text(j, "events", names[trust_of(&w->trust)]);
	if (w->trust.silent_ms == 0)
		json_put_null(j, "silent_since_ms");
	else
		json_put_i64(j, "silent_since_ms", w->trust.silent_ms);
	json_put_i64(j, "open", w->plan.load.open);
	json_put_i64(j, "calls", w->plan.load.calls);
	json_put_i64(j, "interval_ms", rest(w));
	json_put_text(j, "text", in_words(r->arena, w));
	json_object_end(j);
}

static void put_organisation(struct request *r, const struct whole *w)
{
	int64_t left = w->o.over || w->used > w->o.figure ? 0 : w->o.figure - w->used;
	struct json_writer *j = &r->json;
	char month[BUDGET_MONTH_SIZE];

	budget_month_name(budget_month(r->now_ms, 0), month);
	json_object(j, NULL);
	json_put_text(j, "corp_id", w->o.corp_id);
	json_put_i64(j, "monthly_calls", w->o.figure);
	json_put_bool(j, "entered", w->o.entered);
	json_put_text(j, "month", month);
	json_put_i64(j, "month_ends_ms", w->month_end);
	json_put_i64(j, "used", w->used);
	json_put_i64(j, "left", left);
	json_put_i64(j, "pushes", w->o.pushes);
	json_put_bool(j, "over", w->o.over);
	put_readings(r, w);
	json_object_end(j);
}

static bool answer(struct request *r, const char *corp_id, struct err *e)
{
	struct whole w;

	if (!complete(r, corp_id, &w, e))
		return false;
	put_organisation(r, &w);
	return true;
}

static bool organisation_read(struct request *r, struct err *e)
{
	return answer(r, r->args[0], e);
}

static bool organisation_list(struct request *r, struct err *e)
{
	const char **ids;
	size_t count;

	if (!store_budget_list(r->db, r->arena, MAX_SHOWN, &ids, &count, e))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "items");
	for (size_t i = 0; i < count; i++) {
		if (!answer(r, ids[i], e))
			return false;
	}
	json_array_end(&r->json);
	json_put_null(&r->json, "next");
	json_object_end(&r->json);
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

	return request_json(r, fields, &in, e) &&
	       store_budget_get(r->db, r->arena, r->args[0], budget_month(r->now_ms, 0), &o, e) &&
	       store_budget_set(r->db, o.corp_id, in.monthly_calls, e) &&
	       store_check_hurry_organisation(r->db, o.corp_id, r->now_ms, e) &&
	       store_outbox_mended_organisation(r->db, o.corp_id, r->now_ms, e) &&
	       record(r, o.corp_id, in.monthly_calls, e) && answer(r, o.corp_id, e);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/dingtalk-organisations", ROUTE(ROLES_ALL, ROUTE_READ, organisation_list)},
    {HTTP_GET, "/api/v1/dingtalk-organisations/{corp_id}",
     ROUTE(ROLES_ALL, ROUTE_READ, organisation_read)},
    {HTTP_PUT, "/api/v1/dingtalk-organisations/{corp_id}", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, organisation_change)},
};

const struct route_table organisation_routes = ROUTE_TABLE(routes);
