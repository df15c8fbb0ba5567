#include "flow/webhook.h"

#include <netinet/in.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/text.h"
#include "http/client.h"
#include "jobs/job.h"
#include "jobs/lanes.h"
#include "model/webhook.h"
#include "store/setting.h"

/*
 * Webhooks on their way. Each endpoint is served by itself: one that is slow ties up one worker for one
 * call, and after that it is left alone for a while.
 */
#define CONNECT_MS 5000
#define TOTAL_MS 10000
#define ANSWER_MAX (64 * 1024) /* read and thrown away */

struct errand {
	struct job *job;
	struct arena *arena;
	const char *webhook;
	struct webhook_networks networks;
	bool tls;
	struct flow_webhook_sending sending;
	struct flow_webhook_outcome outcome;
};

/* Asked with the address that is really connected to, whatever the name said before. */
static bool may_reach(void *arg, const struct sockaddr *to)
{
	static const unsigned char mapped[ADDRESS_SIZE] = {[10] = 0xff, [11] = 0xff};
	const struct errand *x = arg;
	unsigned char address[ADDRESS_SIZE];

	if (to->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, to, sizeof(in));
		memcpy(address, mapped, sizeof(address));
		memcpy(address + 12, &in.sin_addr, 4);
	} else if (to->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, to, sizeof(in6));
		memcpy(address, &in6.sin6_addr, sizeof(address));
	} else {
		return false;
	}
	return webhook_may_reach(&x->networks, x->tls, address);
}

static bool call(struct errand *x, struct err *e)
{
	const struct flow_webhook_sending *s = &x->sending;
	const int64_t now_ms = clock_utc_ms();
	const struct http_guard guard = {may_reach, x};
	struct http_client *client;
	struct http_reply reply = {0};
	const char *signature;
	struct http_call c = {.method = HTTP_POST,
			      .url = s->webhook.url,
			      .body = s->delivery.payload,
			      .body_len = strlen(s->delivery.payload),
			      .connect_timeout_ms = CONNECT_MS,
			      .total_timeout_ms = TOTAL_MS,
			      .max_answer = ANSWER_MAX,
			      .guard = &guard};
	bool ok;

	if (!flow_webhook_sign(x->arena, x->job->config->master_key, s, now_ms, &signature, e))
		return false;
	c.headers[0] = "content-type: application/json";
	c.headers[1] = arena_printf(x->arena, "webhook-id: %s", s->delivery.id);
	c.headers[2] =
	    arena_printf(x->arena, "webhook-timestamp: %lld", (long long)(now_ms / 1000));
	c.headers[3] = arena_printf(x->arena, "webhook-signature: %s", signature);
	client = http_client_new(NULL, e);
	if (client == NULL)
		return false;
	ok = http_client_call(client, &c, x->arena, &reply, e);
	http_client_free(client);
	failpoint("webhook-after-call");
	x->outcome.status = reply.status;
	x->outcome.gone = ok && reply.status == 410;
	if (!ok || (reply.status >= 200 && reply.status <= 299))
		return ok;
	return err_set(e, ERR_PEER, "answered %d", reply.status);
}

static bool begin(struct flow *f, void *arg, struct err *e)
{
	struct errand *x = arg;

	return flow_webhook_begin(f, x->webhook, x->job->config->node, &x->sending, e);
}

static bool finish(struct flow *f, void *arg, struct err *e)
{
	const struct errand *x = arg;

	return flow_webhook_end(f, &x->sending, &x->outcome, e);
}

static bool networks_read(struct errand *x, struct err *e)
{
	const char *text;

	return store_setting_get(x->job->db, x->arena, SETTING_WEBHOOK_NETWORKS, &text, e) &&
	       webhook_networks_read(text, &x->networks, e);
}

static bool deliver(struct errand *x, struct err *e)
{
	struct err failure = {0};

	if (!networks_read(x, e) || !job_unit(x->job, x->arena, begin, x, e))
		return false;
	if (x->sending.delivery.id == NULL)
		return true;
	failpoint("webhook-take-committed");
	x->tls = text_starts(x->sending.webhook.url, "https:");
	random_bytes(&x->outcome.chance, sizeof(x->outcome.chance));
	if (!call(x, &failure)) {
		log_err(LOG_LEVEL_WARN, arena_printf(x->arena, "webhook %s", x->sending.webhook.id),
			&failure);
		x->outcome.error = failure.text;
	}
	return job_unit(x->job, x->arena, finish, x, e);
}

/* Those that answered last time go before those that did not: however many are slow, a quick one is asked
 * as soon as a worker is free. */
static bool goes_before(const struct store_webhook_due *a, const struct store_webhook_due *b)
{
	return a->failing != b->failing ? b->failing : a->due_ms < b->due_ms;
}

/* The webhook that a worker takes on next; NULL: wait *wait_ms. */
static bool choose(struct job *j, struct arena *a, const char **webhook, int64_t *wait_ms,
		   struct err *e)
{
	const struct store_webhook_due *best = NULL;
	struct store_webhook_due *all;
	size_t count;
	int64_t wait;

	*wait_ms = TICKER_LONGEST_MS;
	if (!store_webhook_due(j->db, a, &all, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		wait = job_wait(all[i].due_ms);
		if (wait == 0 && !lanes_may(j->lanes, all[i].webhook))
			wait = LANES_BUSY_MS;
		if (wait > 0)
			*wait_ms = wait < *wait_ms ? wait : *wait_ms;
		else if (best == NULL || goes_before(&all[i], best))
			best = &all[i];
	}
	*webhook = best != NULL ? best->webhook : NULL;
	return true;
}

int64_t webhook_round(void *arg)
{
	AUTO(arena_wipe) struct arena a = {0};
	struct job *j = arg;
	struct errand x = {.job = j, .arena = &a};
	struct err e = {0};
	int64_t wait_ms;
	bool ok;

	if (!job_open(j, &e) || !choose(j, &a, &x.webhook, &wait_ms, &e))
		return job_failed("webhooks", &e);
	if (x.webhook == NULL)
		return wait_ms;
	if (!lanes_enter(j->lanes, x.webhook))
		return JOB_TAKEN_MS;
	ok = deliver(&x, &e);
	lanes_leave(j->lanes, x.webhook);
	if (!ok)
		return job_failed("webhooks", &e);
	return x.sending.delivery.id == NULL ? JOB_TAKEN_MS : 0;
}
