#include "server/metrics.h"

#include <stdatomic.h>

#include "base/text.h"
#include "server/request.h"
#include "server/route.h"
#include "server/server.h"
#include "store/app.h"
#include "store/inbox.h"
#include "store/note.h"

/* key: the text of a NOTE_COUNT. Lines of one name stand together. */
static const struct {
	const char *key, *name, *labels, *help;
} counters[] = {
    {COUNT_CALLBACK_STORED, "holdfast_callbacks_total", "{result=\"stored\"}",
     "Events that DingTalk sent, by what became of them."},
    {COUNT_CALLBACK_REPEATED, "holdfast_callbacks_total", "{result=\"repeated\"}", NULL},
    {COUNT_CALLBACK_REFUSED, "holdfast_callbacks_total", "{result=\"refused\"}", NULL},
    {COUNT_INBOX_READ, "holdfast_inbox_total", "{outcome=\"read\"}",
     "Stored events that were taken up, by their effect."},
    {COUNT_INBOX_LATE, "holdfast_inbox_total", "{outcome=\"late\"}", NULL},
    {COUNT_INBOX_NONE, "holdfast_inbox_total", "{outcome=\"none\"}", NULL},
    {COUNT_INBOX_DROPPED, "holdfast_inbox_total", "{outcome=\"dropped\"}", NULL},
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
    {"holdfast_app_alerts", "DingTalk apps with an alert.", app_alerts},
    {"holdfast_committer_waiting", "Changes that wait to be written.", units_waiting},
};

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
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/metrics", ROUTE(ROLES_ALL, ROUTE_READ, metrics_read)},
};

const struct route_table metrics_routes = ROUTE_TABLE(routes);
