#include "server/metrics.h"

#include <stdatomic.h>

#include "base/text.h"
#include "flow/sync.h"
#include "jobs/budget.h"
#include "jobs/link.h"
#include "model/budget.h"
#include "web/request.h"
#include "server/routes.h"
#include "web/server.h"
#include "store/alarm.h"
#include "store/app.h"
#include "store/audit.h"
#include "store/budget.h"
#include "store/finding.h"
#include "store/group.h"
#include "store/inbox.h"
#include "store/note.h"
#include "store/outbox.h"
#include "store/source.h"
#include "store/stream.h"
#include "store/webhook.h"

/* key: the text of a NOTE_COUNT. Lines of one name stand together. */
static const struct {
	const char *key, *name, *labels, *help;
} counters[] = {
    {COUNT_CALLBACK_STORED, "holdfast_callbacks_total", "{result=\"stored\"}",
     "Events that DingTalk sent, by what became of them."},
    {COUNT_CALLBACK_REPEATED, "holdfast_callbacks_total", "{result=\"repeated\"}", NULL},
    {COUNT_CALLBACK_REFUSED, "holdfast_callbacks_total", "{result=\"refused\"}", NULL},
    {COUNT_CALLBACK_UNSIGNED, "holdfast_callbacks_total", "{result=\"bad-signature\"}", NULL},
    {COUNT_INBOX_READ, "holdfast_inbox_total", "{outcome=\"read\"}",
     "Stored events that were taken up, by their effect."},
    {COUNT_INBOX_LATE, "holdfast_inbox_total", "{outcome=\"late\"}", NULL},
    {COUNT_INBOX_NONE, "holdfast_inbox_total", "{outcome=\"none\"}", NULL},
    {COUNT_INBOX_DROPPED, "holdfast_inbox_total", "{outcome=\"dropped\"}", NULL},
    {COUNT_SIGNIN_DONE, "holdfast_signins_total", "{result=\"done\"}",
     "Sign-ins of accounts with a password or a link."},
    {COUNT_SIGNIN_FAILED, "holdfast_signins_total", "{result=\"failed\"}", NULL},
};

struct metrics {
	_Atomic int64_t counts[ARRAY_SIZE(counters)];
};

typedef bool gauge_fn(struct request *r, int64_t *out, struct err *e);

static bool inbox_waiting(struct request *r, int64_t *out, struct err *e)
{
	return store_inbox_waiting(r->db, out, e);
}

static bool app_alerts(struct request *r, int64_t *out, struct err *e)
{
	return store_app_alerts(r->db, out, e);
}

static bool streams_connected(struct request *r, int64_t *out, struct err *e)
{
	return store_stream_connected(r->db, r->now_ms, out, e);
}

static bool workflows_broken(struct request *r, int64_t *out, struct err *e)
{
	return store_doctor_broken(r->db, out, e);
}

static bool rules_broken(struct request *r, int64_t *out, struct err *e)
{
	return store_broken_count(r->db, out, e);
}

static bool sources_failing(struct request *r, int64_t *out, struct err *e)
{
	return store_source_failing(r->db, FLOW_SYNC_ALARM, out, e);
}

static bool webhooks_waiting(struct request *r, int64_t *out, struct err *e)
{
	return store_webhook_waiting(r->db, out, e);
}

static bool webhooks_failing(struct request *r, int64_t *out, struct err *e)
{
	return store_webhook_failing(r->db, out, e);
}

static bool units_waiting(struct request *r, int64_t *out, struct err *e)
{
	struct committer_counts counts;

	(void)e;
	committer_counts(r->server->committer, &counts);
	*out = counts.waiting;
	return true;
}

static const struct {
	const char *name, *help;
	gauge_fn *read;
} gauges[] = {
    {"holdfast_inbox_waiting", "Stored events that had no effect yet, parked ones included.",
     inbox_waiting},
    {"holdfast_webhook_deliveries_waiting", "What webhooks are still to be told.",
     webhooks_waiting},
    {"holdfast_webhooks_failing",
     "Webhooks whose last delivery failed, or that were disabled for it.", webhooks_failing},
    {"holdfast_streams_connected", "DingTalk apps in Stream mode that are connected.",
     streams_connected},
    {"holdfast_app_alerts", "DingTalk apps with an alert.", app_alerts},
    {"holdfast_workflows_broken", "Workflows whose connection test found them broken.",
     workflows_broken},
    {"holdfast_group_rules_broken",
     "Rules of user groups that name a person who left or a department that is gone.",
     rules_broken},
    {"holdfast_sources_failing", "Identity sources that could not be read several times in a row.",
     sources_failing},
    {"holdfast_committer_waiting", "Changes that wait to be written.", units_waiting},
};

/* Of each app: from its rows in the outbox, which all servers on the database share... */
static int64_t waiting(const struct store_outbox_counts *c, int64_t now_ms)
{
	(void)now_ms;
	return c->waiting;
}

static int64_t dead(const struct store_outbox_counts *c, int64_t now_ms)
{
	(void)now_ms;
	return c->dead;
}

static int64_t seconds_since(int64_t at_ms, int64_t now_ms)
{
	return at_ms == 0 || at_ms > now_ms ? 0 : (now_ms - at_ms) / 1000;
}

static int64_t lag(const struct store_outbox_counts *c, int64_t now_ms)
{
	return seconds_since(c->oldest_due_ms, now_ms);
}

static int64_t oldest(const struct store_outbox_counts *c, int64_t now_ms)
{
	return seconds_since(c->oldest_waiting_ms, now_ms);
}

static const struct {
	const char *name, *help;
	int64_t (*value)(const struct store_outbox_counts *c, int64_t now_ms);
} outbox[] = {
    {"holdfast_outbox_waiting", "Calls that DingTalk is owed, dead letters apart.", waiting},
    {"holdfast_outbox_dead",
     "Calls that were given up, or that wait until somebody mends something.", dead},
    {"holdfast_outbox_lag_seconds", "How long the call that has been due longest has been due.",
     lag},
    {"holdfast_outbox_oldest_seconds", "Age of the oldest call that DingTalk is owed.", oldest},
};

/* ... and from this server's own calls. */
#define BREAKER "holdfast_dingtalk_breaker"
#define CALLS "holdfast_dingtalk_calls_total"

/* Of each organisation: its month, which all servers share. */
static int64_t month_calls(const struct store_organisation *o)
{
	return o->calls;
}

static int64_t month_figure(const struct store_organisation *o)
{
	return o->over ? 0 : o->figure;
}

static int64_t month_pushes(const struct store_organisation *o)
{
	return o->pushes;
}

static const struct {
	const char *name, *help;
	int64_t (*value)(const struct store_organisation *o);
} months[] = {
    {"holdfast_dingtalk_month_calls",
     "Calls of this month that are made or in a server's hand, by our count.", month_calls},
    {"holdfast_dingtalk_month_limit",
     "Calls that may be made in this month; 0 once DingTalk said that it is over.", month_figure},
    {"holdfast_dingtalk_month_pushes", "Events that DingTalk pushed in this month.", month_pushes},
};

#define MAX_ORGANISATIONS 200
#define SPENT "holdfast_dingtalk_spent_total"
#define DENIED "holdfast_dingtalk_denied_total"

static void count(void *arg, const char *text)
{
	struct metrics *m = arg;

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		if (text_equal(counters[i].key, text))
			atomic_fetch_add(&m->counts[i], 1);
	}
}

struct metrics *metrics_new(struct server *s)
{
	struct metrics *m = mem_new(struct metrics);

	server_subscribe(s, NOTE_COUNT, count, m);
	return m;
}

void metrics_free(struct metrics *m)
{
	mem_free(m);
}

static void put_head(struct buf *out, const char *name, const char *help, const char *type)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static bool put_outbox(struct request *r, struct err *e)
{
	struct store_outbox_counts *apps;
	size_t n;

	if (!store_outbox_count(r->db, r->arena, r->now_ms, &apps, &n, e))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(outbox); i++) {
		put_head(&r->body, outbox[i].name, outbox[i].help, "gauge");
		for (size_t k = 0; k < n; k++)
			buf_printf(&r->body, "%s{app=\"%s\"} %lld\n", outbox[i].name, apps[k].app,
				   (long long)outbox[i].value(&apps[k], r->now_ms));
	}
	return true;
}

static void put_calls(struct buf *out, const struct link_view *link)
{
	for (enum dingtalk_end end = 0; end < DINGTALK_END_COUNT; end++)
		buf_printf(out, CALLS "{app=\"%s\",result=\"%s\"} %llu\n", link->app,
			   dingtalk_end_name(end), (unsigned long long)link->gate.ends[end]);
}

static void put_links(struct request *r)
{
	struct link_view *links;
	size_t n;

	links_look(r->server->links, r->arena, &links, &n);
	put_head(&r->body, BREAKER,
		 "Whether calls to DingTalk go out: 0 they do, 1 one may try, 2 none.", "gauge");
	for (size_t i = 0; i < n; i++)
		buf_printf(&r->body, BREAKER "{app=\"%s\"} %d\n", links[i].app,
			   (int)links[i].gate.breaker);
	put_head(&r->body, CALLS, "Calls to DingTalk, by how they ended; held: not made.",
		 "counter");
	for (size_t i = 0; i < n; i++)
		put_calls(&r->body, &links[i]);
}

static void put_purposes(struct request *r, const char *name, const char *const *ids, size_t n,
			 bool denied)
{
	for (size_t k = 0; k < n; k++) {
		struct budget_view view;

		budgets_look(r->server->budgets, ids[k], &view);
		for (enum dingtalk_purpose p = 0; p < DINGTALK_PURPOSE_COUNT; p++)
			buf_printf(&r->body, "%s{corp=\"%s\",purpose=\"%s\"} %llu\n", name, ids[k],
				   dingtalk_purpose_name(p),
				   (unsigned long long)(denied ? view.refused[p] : view.made[p]));
	}
}

static bool put_months(struct request *r, struct err *e)
{
	struct store_organisation *all;
	const char **ids;
	size_t n;

	if (!store_budget_list(r->db, r->arena, MAX_ORGANISATIONS, &ids, &n, e))
		return false;
	all = arena_array(r->arena, n, sizeof(*all));
	for (size_t k = 0; k < n; k++) {
		if (!store_budget_get(r->db, r->arena, ids[k], budget_month(r->now_ms, 0), &all[k],
				      e))
			return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(months); i++) {
		put_head(&r->body, months[i].name, months[i].help, "gauge");
		for (size_t k = 0; k < n; k++)
			buf_printf(&r->body, "%s{corp=\"%s\"} %lld\n", months[i].name, ids[k],
				   (long long)months[i].value(&all[k]));
	}
	put_head(&r->body, SPENT,
		 "Calls to DingTalk that the budget let through, by what they were for.",
		 "counter");
	put_purposes(r, SPENT, ids, n, false);
	put_head(&r->body, DENIED, "Calls that the month's budget did not allow.", "counter");
	put_purposes(r, DENIED, ids, n, true);
	return true;
}

/* Of each source that is read. */
static int64_t source_age(const struct store_source *s, int64_t now_ms)
{
	return seconds_since(s->sync_done_ms > 0 ? s->sync_done_ms : s->created_ms, now_ms);
}

static int64_t source_failures(const struct store_source *s, int64_t now_ms)
{
	(void)now_ms;
	return s->sync_failures;
}

static int64_t source_waits(const struct store_source *s, int64_t now_ms)
{
	(void)now_ms;
	return text_equal(s->sync_state, "waiting");
}

static const struct {
	const char *name, *help;
	int64_t (*value)(const struct store_source *s, int64_t now_ms);
} sources[] = {
    {"holdfast_source_age_seconds",
     "Since the last reading of the identity source that came to its end, or since it was made.",
     source_age},
    {"holdfast_source_failures", "Failed readings of the identity source in a row.",
     source_failures},
    {"holdfast_source_waiting", "Whether what was read waits for an administrator's word.",
     source_waits},
};

#define MAX_SOURCES 200

static bool put_sources(struct request *r, struct err *e)
{
	const struct store_page page = {.cursor = "", .limit = MAX_SOURCES};
	struct store_source_list all;

	if (!store_source_list(r->db, r->arena, &page, &all, e))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		put_head(&r->body, sources[i].name, sources[i].help, "gauge");
		for (size_t k = 0; k < all.count; k++) {
			const struct store_source *s = &all.items[k];

			if (s->app != NULL)
				buf_printf(&r->body, "%s{source=\"%s\"} %lld\n", sources[i].name,
					   s->id, (long long)sources[i].value(s, r->now_ms));
		}
	}
	return true;
}

#define ALARMS "holdfast_alarms_open"

static bool put_alarms(struct request *r, struct err *e)
{
	struct store_alarm_counts counts;

	if (!store_alarm_count(r->db, "", &counts, e))
		return false;
	put_head(&r->body, ALARMS, "Alarms whose cause has not ended, by kind.", "gauge");
	for (size_t i = 0; i < ALARM_KIND_COUNT; i++)
		buf_printf(&r->body, ALARMS "{kind=\"%s\"} %lld\n", alarm_kind_names[i],
			   (long long)counts.of[i]);
	return true;
}

#define BEHIND "holdfast_audit_sink_behind"
#define OLDEST "holdfast_audit_sink_oldest_seconds"

/* Of the receiver of syslog, by server. */
static bool put_sinks(struct request *r, struct err *e)
{
	struct store_sinks all = {0};
	const char *url = r->server->options.syslog_url;

	if (url != NULL && !store_sinks(r->db, r->arena, url, &all, e))
		return false;
	put_head(&r->body, BEHIND, "Audit records that the receiver of syslog does not have yet.",
		 "gauge");
	for (size_t i = 0; i < all.count; i++)
		buf_printf(&r->body, BEHIND "{node=\"%s\"} %lld\n", all.items[i].node,
			   (long long)all.items[i].behind);
	put_head(&r->body, OLDEST, "Age of the oldest of them.", "gauge");
	for (size_t i = 0; i < all.count; i++)
		buf_printf(&r->body, OLDEST "{node=\"%s\"} %lld\n", all.items[i].node,
			   (long long)seconds_since(all.items[i].oldest_ms, r->now_ms));
	return true;
}

/* Of this server's own streams. */
static void put_streams(struct request *r)
{
	const struct dingtalk_stream_counts *c = &r->server->stream_counts;
	const struct {
		const char *name, *help;
		int64_t value;
	} rows[] = {
	    {"holdfast_stream_frames_total", "Frames that came by Stream, pings included.",
	     c->frames},
	    {"holdfast_stream_reconnects_total",
	     "Stream connections that came up after an app's first.", c->reconnects},
	    {"holdfast_stream_refused_total",
	     "Events by Stream that were malformed, too large or of another organisation.",
	     c->refused},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		put_head(&r->body, rows[i].name, rows[i].help, "counter");
		buf_printf(&r->body, "%s %lld\n", rows[i].name, (long long)rows[i].value);
	}
}

/* The text format of Prometheus, version 0.0.4. */
static bool metrics_read(struct request *r, struct err *e)
{
	struct buf *out = &r->body;

	r->type = "text/plain; version=0.0.4; charset=utf-8";
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		if (counters[i].help != NULL)
			put_head(out, counters[i].name, counters[i].help, "counter");
		buf_printf(out, "%s%s %lld\n", counters[i].name, counters[i].labels,
			   (long long)r->server->metrics->counts[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(gauges); i++) {
		int64_t value;

		if (!gauges[i].read(r, &value, e))
			return false;
		put_head(out, gauges[i].name, gauges[i].help, "gauge");
		buf_printf(out, "%s %lld\n", gauges[i].name, (long long)value);
	}
	put_streams(r);
	put_links(r);
	return put_alarms(r, e) && put_outbox(r, e) && put_sources(r, e) && put_sinks(r, e) &&
	       put_months(r, e);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/metrics", ROUTE(ROLES_ALL, ROUTE_READ, metrics_read)},
};

const struct route_table metrics_routes = ROUTE_TABLE(routes);
