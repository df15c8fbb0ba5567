#include "dingtalk/gate.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#define BEIJING_MS (8 * 3600 * 1000)
#define TRIAL_MS 1000 /* when to ask again while another call is the trial */
#define BLOCK_CODE "x5"

static const char *const purpose_names[] = {
    [DINGTALK_FOR_FILING] = "filing", [DINGTALK_FOR_READING] = "reading",
    [DINGTALK_FOR_SIGNIN] = "signin", [DINGTALK_FOR_SYNC] = "sync",
    [DINGTALK_FOR_DOCTOR] = "doctor", [DINGTALK_FOR_NOTICE] = "notice",
};

static const char *const end_names[] = {
    [DINGTALK_END_OK] = "ok",
    [DINGTALK_END_NOBODY] = "nobody",
    [DINGTALK_END_THROTTLED] = "throttled",
    [DINGTALK_END_QUOTA] = "quota",
    [DINGTALK_END_CREDENTIALS] = "credentials",
    [DINGTALK_END_PERMISSION] = "permission",
    [DINGTALK_END_REFUSED] = "refused",
    [DINGTALK_END_HELD] = "held",
};

/* What DingTalk does not count in the monthly quota (protocol §5.8). */
static const char *const uncounted[] = {
    "/v1.0/oauth2/", "/v1.0/contact/",        "/gettoken", "/auth/", "/topapi/v2/user/",
    "/topapi/user/", "/topapi/v2/department/"};

const char *dingtalk_purpose_name(enum dingtalk_purpose purpose)
{
	return purpose_names[purpose];
}

const char *dingtalk_end_name(enum dingtalk_end end)
{
	return end_names[end];
}

void dingtalk_gate_init(struct dingtalk_gate *g, const struct dingtalk_meter *meter,
			const char *corp_id)
{
	*g = (struct dingtalk_gate){.meter = *meter, .corp_id = corp_id};
	(void)pthread_mutex_init(&g->mutex, NULL);
}

void dingtalk_gate_done(struct dingtalk_gate *g)
{
	(void)pthread_mutex_destroy(&g->mutex);
}

void dingtalk_toll(bool post, const char *path, enum dingtalk_purpose purpose,
		   struct dingtalk_toll *out)
{
	*out = (struct dingtalk_toll){.counted = true, .purpose = purpose};
	(void)snprintf(out->api, sizeof(out->api), "%s %.*s", post ? "POST" : "GET",
		       (int)strcspn(path, "?"), path);
	for (size_t i = 0; i < ARRAY_SIZE(uncounted); i++)
		out->counted = out->counted && !text_starts(path, uncounted[i]);
}

static struct dingtalk_pace *pace_of(struct dingtalk_gate *g, const char *api)
{
	size_t i;

	for (i = 0; i < g->pace_count; i++) {
		if (strcmp(g->paces[i].api, api) == 0)
			return &g->paces[i];
	}
	if (i == DINGTALK_GATE_APIS)
		return &g->paces[i - 1];
	g->pace_count++;
	g->paces[i] = (struct dingtalk_pace){.every_ms = DINGTALK_PACE_MS};
	memcpy(g->paces[i].api, api, strlen(api) + 1);
	return &g->paces[i];
}

/* The rules that need the lock. Each returns how long the call must not be made; 0: go on. */

static int64_t breaker_holds(struct dingtalk_gate *g, enum dingtalk_purpose purpose, int64_t now_ms)
{
	if (g->until_ms == 0 || purpose == DINGTALK_FOR_DOCTOR)
		return 0;
	if (now_ms < g->until_ms)
		return g->until_ms - now_ms;
	return g->trial ? TRIAL_MS : 0;
}

static int64_t pace_holds(struct dingtalk_gate *g, const char *api, int64_t now_ms,
			  int64_t *wait_ms)
{
	struct dingtalk_pace *p = pace_of(g, api);
	int64_t wait = p->next_ms > now_ms ? p->next_ms - now_ms : 0;

	if (wait > DINGTALK_SLEEP_MAX_MS)
		return wait;
	p->next_ms = now_ms + wait + p->every_ms;
	*wait_ms = wait;
	return 0;
}

static bool hold(struct dingtalk_failure *f, int64_t wait_ms)
{
	*f = (struct dingtalk_failure){.class = DINGTALK_RETRY, .held = true, .wait_ms = wait_ms};
	return false;
}

static bool pass(struct dingtalk_gate *g, const struct dingtalk_toll *toll, int64_t now_ms,
		 int64_t *wait_ms, struct dingtalk_failure *f, struct err *e)
{
	int64_t held = breaker_holds(g, toll->purpose, now_ms);

	if (held > 0) {
		(void)err_set(e, ERR_UNAVAILABLE,
			      "DingTalk has not answered for a while; it is tried again soon");
		return hold(f, held);
	}
	held = pace_holds(g, toll->api, now_ms, wait_ms);
	if (held > 0) {
		(void)err_set(e, ERR_UNAVAILABLE,
			      "many calls to DingTalk are waiting for their turn");
		return hold(f, held);
	}
	g->trial = g->until_ms != 0;
	return true;
}

int64_t dingtalk_month_left_ms(int64_t utc_ms)
{
	return clock_month(utc_ms, BEIJING_MS, 1) - utc_ms;
}

/* Until then what DingTalk says of the month may be about the one before. */
static int64_t young_until(int64_t utc_ms)
{
	return clock_month(utc_ms, BEIJING_MS, 0) + DINGTALK_MONTH_YOUNG_MS;
}

int64_t dingtalk_month_over_ms(int64_t utc_ms)
{
	int64_t young_ms = young_until(utc_ms) - utc_ms;

	return young_ms > 0 ? young_ms : dingtalk_month_left_ms(utc_ms);
}

static bool pay(struct dingtalk_gate *g, const struct dingtalk_toll *toll,
		struct dingtalk_failure *f, struct err *e)
{
	int64_t left_ms = dingtalk_month_left_ms(clock_utc_ms()), wait_ms = left_ms;

	if (!toll->counted || g->meter.may == NULL ||
	    g->meter.may(g->meter.arg, g->corp_id, toll->purpose, &wait_ms))
		return true;
	if (wait_ms < left_ms) {
		(void)err_set(e, ERR_UNAVAILABLE,
			      "the calls of the month that may be spent are still being counted");
		return hold(f, wait_ms);
	}
	(void)err_set(
	    e, ERR_TOO_MANY,
	    "the DingTalk calls of the organisation that may be spent on this are used up "
	    "for this month");
	*f = (struct dingtalk_failure){.class = DINGTALK_QUOTA, .held = true, .wait_ms = wait_ms};
	return false;
}

bool dingtalk_gate_ask(struct dingtalk_gate *g, const struct dingtalk_toll *toll, int64_t now_ms,
		       int64_t *wait_ms, struct dingtalk_failure *f, struct err *e)
{
	bool ok;

	*wait_ms = 0;
	(void)pthread_mutex_lock(&g->mutex);
	ok = pass(g, toll, now_ms, wait_ms, f, e);
	(void)pthread_mutex_unlock(&g->mutex);
	if (ok && pay(g, toll, f, e))
		return true;
	(void)pthread_mutex_lock(&g->mutex);
	if (ok)
		g->trial = false;
	g->ends[DINGTALK_END_HELD]++;
	(void)pthread_mutex_unlock(&g->mutex);
	return false;
}

static bool is_nobody(enum err_code code, const struct dingtalk_failure *f)
{
	if (f->class != DINGTALK_RETRY)
		return false;
	return f->status == 0 || f->status >= 500 || *f->code == '\0' || code == ERR_TIMEOUT ||
	       strcmp(f->code, BLOCK_CODE) == 0;
}

static enum dingtalk_end end_of(enum err_code code, const struct dingtalk_failure *f)
{
	static const enum dingtalk_end by_class[] = {
	    [DINGTALK_RETRY] = DINGTALK_END_REFUSED, /* a trouble of its own, in its own words */
	    [DINGTALK_QUOTA] = DINGTALK_END_QUOTA,
	    [DINGTALK_CREDENTIALS] = DINGTALK_END_CREDENTIALS,
	    [DINGTALK_PERMISSION] = DINGTALK_END_PERMISSION,
	    [DINGTALK_REFUSED] = DINGTALK_END_REFUSED,
	};

	if (code == ERR_NONE)
		return DINGTALK_END_OK;
	if (is_nobody(code, f))
		return DINGTALK_END_NOBODY;
	if (f->class == DINGTALK_RETRY && code == ERR_UNAVAILABLE)
		return DINGTALK_END_THROTTLED;
	return by_class[f->class];
}

/* A blocked address says how long; otherwise each trial that fails doubles the pause. */
static void open_breaker(struct dingtalk_gate *g, int64_t told_ms, int64_t now_ms)
{
	if (g->length_ms == 0)
		g->length_ms = DINGTALK_BREAKER_FIRST_MS;
	else if (g->trial)
		g->length_ms *= 2;
	if (g->length_ms > DINGTALK_BREAKER_LONGEST_MS)
		g->length_ms = DINGTALK_BREAKER_LONGEST_MS;
	g->until_ms = now_ms + (told_ms > g->length_ms ? told_ms : g->length_ms);
	g->trial = false;
}

static void heard_nobody(struct dingtalk_gate *g, int64_t told_ms, int64_t now_ms)
{
	g->failures++;
	if (g->until_ms != 0 ? g->trial : g->failures >= DINGTALK_BREAKER_FAILURES || told_ms > 0)
		open_breaker(g, told_ms, now_ms);
}

static void heard_somebody(struct dingtalk_gate *g)
{
	g->failures = 0;
	g->until_ms = g->length_ms = 0;
	g->trial = false;
}

/* Slower at once, faster little by little. */
static void adapt(struct dingtalk_pace *p, bool throttled, int64_t pause_ms, int64_t now_ms)
{
	if (!throttled) {
		p->every_ms -= p->every_ms / 16 + 1;
		if (p->every_ms < DINGTALK_PACE_MS)
			p->every_ms = DINGTALK_PACE_MS;
		return;
	}
	p->every_ms *= 2;
	if (p->every_ms > DINGTALK_PACE_SLOWEST_MS)
		p->every_ms = DINGTALK_PACE_SLOWEST_MS;
	if (p->next_ms < now_ms + pause_ms)
		p->next_ms = now_ms + pause_ms;
}

static void tell_meter(struct dingtalk_gate *g, const struct dingtalk_toll *toll,
		       enum dingtalk_end end, const struct dingtalk_failure *f)
{
	const struct dingtalk_meter *m = &g->meter;
	bool unreached = end == DINGTALK_END_NOBODY && f->status == 0 && f->unsent;
	int64_t utc_ms = clock_utc_ms();

	if (!toll->counted)
		return;
	if (m->back != NULL && (unreached || end == DINGTALK_END_THROTTLED))
		m->back(m->arg, g->corp_id, toll->purpose);
	if (m->over != NULL && end == DINGTALK_END_QUOTA && utc_ms >= young_until(utc_ms))
		m->over(m->arg, g->corp_id);
}

void dingtalk_gate_tell(struct dingtalk_gate *g, const struct dingtalk_toll *toll,
			enum err_code code, const struct dingtalk_failure *f, int64_t now_ms)
{
	enum dingtalk_end end = end_of(code, f);

	(void)pthread_mutex_lock(&g->mutex);
	g->ends[end]++;
	if (end == DINGTALK_END_NOBODY)
		heard_nobody(g, f->wait_ms, now_ms);
	else
		heard_somebody(g);
	if (end == DINGTALK_END_OK || end == DINGTALK_END_THROTTLED)
		adapt(pace_of(g, toll->api), end == DINGTALK_END_THROTTLED, f->wait_ms, now_ms);
	(void)pthread_mutex_unlock(&g->mutex);
	tell_meter(g, toll, end, f);
}

void dingtalk_gate_look(struct dingtalk_gate *g, int64_t now_ms, struct dingtalk_gate_view *out)
{
	(void)pthread_mutex_lock(&g->mutex);
	*out = (struct dingtalk_gate_view){.breaker = DINGTALK_BREAKER_CLOSED};
	if (g->until_ms != 0) {
		out->breaker =
		    now_ms < g->until_ms ? DINGTALK_BREAKER_OPEN : DINGTALK_BREAKER_HALF_OPEN;
		out->wait_ms = breaker_holds(g, DINGTALK_FOR_READING, now_ms);
	}
	memcpy(out->ends, g->ends, sizeof(out->ends));
	(void)pthread_mutex_unlock(&g->mutex);
}
