#include "dingsim/inject.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "dingsim/fault.h"
#include "dingsim/format.h"
#include "dingsim/permission.h"
#include "dingsim/routes.h"
#include "dingsim/rule.h"

#define WAIT_MS 5000 /* unless the fault says */
#define HTML "text/html; charset=utf-8"
#define JSON "application/json;charset=utf-8"

static const char page_blocked[] =
    "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>访问被拦截</title></head>"
    "<body><h1>很抱歉，由于您访问的频率过高，请求已被阻断</h1></body></html>\n";
static const char page_502[] = "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n"
			       "<center><h1>502 Bad Gateway</h1></center>\n</body>\n</html>\n";
static const char x5[] = "{\"status\":1111,\"wait\":5,\"source\":\"x5\",\"punish\":\"deny\","
			 "\"uuid\":\"6b1c5b2f0e9d4a7c8f3e2d1c0b9a8877\"}";

#define DENIED "Forbidden.AccessDenied."

/* protocol sections 1.5, 1.6, 5.5, 8 */
static const struct inject_kind kinds[] = {
    {"throttle", INJECT_CALL, INJECT_REFUSE, DENIED "QpsLimitForAppkeyAndApi", "90018"},
    {"throttleAll", INJECT_CALL, INJECT_REFUSE, DENIED "QpsLimitForApi", "90002"},
    {"quota", INJECT_CALL, INJECT_REFUSE, DENIED "ApiCountLimitForOrg", "90020"},
    {"error", INJECT_CALL, INJECT_CODE},
    {"permission", INJECT_CALL, INJECT_DENY},
    {"serverError", INJECT_CALL, INJECT_REFUSE, "systemError", "-1"},
    {"badGateway", INJECT_CALL, INJECT_BROKEN, .status = 502, .type = HTML, .body = page_502},
    {"gatewayTimeout", INJECT_CALL, INJECT_TIMEOUT},
    {"html", INJECT_CALL, INJECT_BROKEN, .status = 200, .type = HTML, .body = page_blocked},
    {"x5", INJECT_CALL, INJECT_BROKEN, .status = 200, .type = JSON, .body = x5},
    {"slow", INJECT_CALL, INJECT_SLOW},
    {"lost", INJECT_CALL, INJECT_LOST},
    {"reset", INJECT_CALL, INJECT_RESET},
    {"tokenExpired", INJECT_CALL, INJECT_EXPIRE},
    {"eventDuplicate", INJECT_QUEUE, INJECT_DUPLICATE},
    {"eventReorder", INJECT_QUEUE, INJECT_REORDER},
    {"eventDelay", INJECT_QUEUE, INJECT_DELAY},
    {"eventDrop", INJECT_QUEUE, INJECT_DROP},
    {"eventMissign", INJECT_SEND, INJECT_MISSIGN},
    {"streamDisconnect", INJECT_STREAM, INJECT_DISCONNECT},
};

/* A call whose answer waits. */
struct held {
	struct held *next;
	struct injector *injector;
	struct http_request *r;
	struct loop_timer *timer;
	int64_t due_ms;
	struct buf out;
	int status;
	const char *type;
};

struct injector {
	struct sim *sim;
	struct arena arena; /* of the faults */
	struct injection *faults;
	struct held *held;
};

const struct inject_kind *inject_kind(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (text_equal(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

bool inject_waits(const struct inject_kind *kind)
{
	return kind->effect == INJECT_SLOW || kind->effect == INJECT_DELAY;
}

static const char *const methods[] = {"GET", "POST", "PUT", "DELETE", NULL};

/* As in enum http_method. */
static const char *const method_names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};

struct body {
	const char *kind, *method, *path, *scope, *code;
	int64_t count, percent, seed, wait_ms;
};

#define TEXT(key, member, high)                                                                \
	{                                                                                      \
		.name = key, .kind = JSON_FIELD_TEXT, .offset = offsetof(struct body, member), \
		.min = 1, .max = high                                                          \
	}
#define I64(key, member, low, high)                                                           \
	{                                                                                     \
		.name = key, .kind = JSON_FIELD_I64, .offset = offsetof(struct body, member), \
		.min = low, .max = high                                                       \
	}

static const struct json_field fields[] = {{.name = "kind",
					    .kind = JSON_FIELD_TEXT,
					    .offset = offsetof(struct body, kind),
					    .required = true,
					    .max = 32},
					   {.name = "method",
					    .kind = JSON_FIELD_TEXT,
					    .offset = offsetof(struct body, method),
					    .max = 6,
					    .words = methods},
					   TEXT("path", path, RULE_MAX),
					   TEXT("scope", scope, 100),
					   TEXT("code", code, 100),
					   I64("count", count, 0, INJECT_COUNT_MAX),
					   I64("percent", percent, 1, 100),
					   I64("seed", seed, 0, INJECT_SEED_MAX),
					   I64("waitMs", wait_ms, 0, INJECT_WAIT_MAX_MS),
					   {0}};

static int64_t random_seed(void)
{
	uint32_t seed;

	random_bytes(&seed, sizeof(seed));
	return seed;
}

/* The kind "error" has a code that DingTalk has, the others none. */
static bool code_fits(const struct body *b, struct err *e)
{
	if (inject_kind(b->kind)->effect != INJECT_CODE)
		return !*b->code || err_set(e, ERR_INVALID, "code: goes with the kind error");
	return fault_find(b->code) || err_set(e, ERR_INVALID, "code: DingTalk has no such error");
}

bool inject_add(struct store *s, const struct json *json, int64_t *id, struct err *e)
{
	struct body b = {.method = "",
			 .path = "**",
			 .scope = "",
			 .code = "",
			 .percent = 100,
			 .seed = random_seed(),
			 .wait_ms = WAIT_MS};
	struct kept_fault kept;
	int64_t there;

	if (!json_read(s->arena, json, fields, &b, e))
		return false;
	if (!inject_kind(b.kind))
		return err_set(e, ERR_INVALID, "kind: there is no such fault");
	if (!code_fits(&b, e))
		return false;
	if (!rule_check(b.path, e))
		return err_add(e, "path");
	if (!store_fault_count(s, &there, e))
		return false;
	if (there >= INJECT_MAX)
		return err_set(e, ERR_TOO_MANY, "there are %d faults already", INJECT_MAX);
	kept = (struct kept_fault){.kind = b.kind,
				   .method = b.method,
				   .path = b.path,
				   .scope = b.scope,
				   .code = b.code,
				   .count = b.count,
				   .percent = b.percent,
				   .seed = b.seed,
				   .wait_ms = b.wait_ms};
	if (!store_fault_add(s, &kept, e))
		return false;
	*id = kept.id;
	log_line(LOG_LEVEL_INFO, "fault %lld: %s on %s, seed %lld", (long long)kept.id, b.kind,
		 b.path, (long long)b.seed);
	return true;
}

bool inject_load(struct injector *i, struct err *e)
{
	struct arena arena = {0};
	struct store s = {.db = i->sim->db, .arena = &arena};
	struct injection *first = NULL, **end = &first;
	struct kept_fault *kept;

	if (!store_faults(&s, &kept, e)) {
		arena_done(&arena);
		return false;
	}
	for (; kept; kept = kept->next) {
		*end = arena_new(&arena, struct injection);
		**end = (struct injection){.id = kept->id,
					   .kind = inject_kind(kept->kind),
					   .method = kept->method,
					   .path = kept->path,
					   .scope = kept->scope,
					   .code = kept->code,
					   .count = kept->count,
					   .percent = kept->percent,
					   .seed = kept->seed,
					   .wait_ms = kept->wait_ms,
					   .hits = kept->hits,
					   .seen = kept->seen};
		if ((*end)->kind)
			end = &(*end)->next;
	}
	*end = NULL;
	arena_done(&i->arena);
	i->arena = arena;
	i->faults = first;
	return true;
}

struct injector *inject_start(struct sim *sim, struct err *e)
{
	struct injector *i = mem_new(struct injector);

	i->sim = sim;
	if (inject_load(i, e))
		return i;
	mem_free(i);
	return NULL;
}

static void held_free(struct held *h)
{
	struct held **at = &h->injector->held;

	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	loop_timer_free(h->timer);
	buf_done(&h->out);
	mem_free(h);
}

void inject_stop(struct injector *i)
{
	if (!i)
		return;
	while (i->held) {
		http_drop(i->held->r);
		held_free(i->held);
	}
	arena_done(&i->arena);
	mem_free(i);
}

/* splitmix64: the n-th of a seed's numbers, without the ones before it. */
static uint64_t draw(int64_t seed, int64_t n)
{
	uint64_t x = (uint64_t)seed + (uint64_t)n * 0x9e3779b97f4a7c15U;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
	return x ^ (x >> 31);
}

bool inject_over(const struct injection *f)
{
	return f->count && f->hits >= f->count;
}

static bool fits(const struct injection *f, const struct inject_subject *s)
{
	if (f->kind->where != s->where || inject_over(f))
		return false;
	if (s->tokenless && (f->kind->effect == INJECT_EXPIRE || f->kind->effect == INJECT_DENY))
		return false;
	if (f->kind->effect == INJECT_CODE && fault_is_old(f->code) != s->old)
		return false;
	if (*f->method && !text_equal(f->method, s->method))
		return false;
	return rule_matches(f->path, s->path);
}

const struct injection *inject_hit(struct injector *i, const struct inject_subject *subject)
{
	AUTO(arena_done) struct arena arena = {0};
	struct store s = {.db = i->sim->db, .arena = &arena};
	struct injection *f;
	struct err e = {0};
	bool taken = false;

	for (f = i->faults; f; f = f->next) {
		if (!fits(f, subject))
			continue;
		f->seen++;
		taken = (int64_t)(draw(f->seed, f->seen) % 100) < f->percent;
		f->hits += taken;
		if (!store_fault_hit(&s, f->id, taken, &e))
			log_err(LOG_LEVEL_ERROR, "counting a fault", &e);
		if (taken)
			return f;
	}
	return NULL;
}

/* "从 … 到 …", the throttled second. */
static const char *throttled(struct call *c, const char *text)
{
	char from[FORMAT_SECOND_SIZE], to[FORMAT_SECOND_SIZE];
	struct arena *a = c->store.arena;
	char *name = arena_printf(a, "dingtalk.oapi%s", c->r->path + strlen("/topapi"));
	char *p;

	for (p = name; *p; p++)
		*p = *p == '/' ? '.' : *p;
	format_second(c->now_ms, from);
	format_second(c->now_ms + 1000, to);
	return arena_printf(a,
			    "%s, apiPath(%s), 从 %s 到 %s 请求总次数超过 20 次, 限制将在 %s 结束",
			    text, name, from, to, to);
}

static void refuse(struct call *c, const struct inject_kind *kind, struct err *e)
{
	int64_t errcode = 0;

	if (c->endpoint->dialect == DIALECT_API) {
		(void)call_fault(c, e, kind->code, NULL);
		return;
	}
	(void)text_i64(kind->old, INT32_MIN, INT32_MAX, &errcode);
	(void)call_errcode(c, e, (int)errcode);
	if (c->endpoint->dialect == DIALECT_TOPAPI && errcode != -1) {
		c->fault.wrapped = true;
		if (errcode == 90018)
			c->fault.text = throttled(c, c->fault.text);
	}
}

/* What the fault says, for whoever speaks that dialect. */
static void refuse_with(struct call *c, const char *code, struct err *e)
{
	int64_t errcode = 0;

	if (c->endpoint->dialect == DIALECT_API) {
		(void)call_fault(c, e, code, NULL);
		return;
	}
	(void)text_i64(code, INT32_MIN, INT32_MAX, &errcode);
	(void)call_errcode(c, e, (int)errcode);
	c->fault.wrapped = c->endpoint->dialect == DIALECT_TOPAPI && fault_is_wrapped(code);
}

static void deny(struct call *c, const struct injection *f, struct err *e)
{
	const char *scope = f->scope;

	if (!*scope)
		scope = permission_needed(c->r->route->method, c->r->route->path);
	(void)call_denied(c, e, scope ? scope : "qyapi_base");
}

/* protocol section 8: 504, or 15, under /topapi 88 with an empty sub_code. */
static enum inject_verdict time_out(struct call *c, struct err *e)
{
	static const char body[] = "<html>\n<head><title>504 Gateway Time-out</title></head>\n"
				   "<body>\n<center><h1>504 Gateway Time-out</h1></center>\n"
				   "</body>\n</html>\n";

	if (c->endpoint->dialect == DIALECT_API) {
		http_answer(c->r, 504, HTML, body, sizeof(body) - 1);
		return INJECT_ANSWERED;
	}
	(void)call_errcode(c, e, 15);
	if (c->endpoint->dialect == DIALECT_TOPAPI) {
		c->fault.wrapped = true;
		c->fault.code = "";
	}
	return INJECT_REFUSED;
}

enum inject_verdict inject_call(struct call *c, struct err *e)
{
	const struct inject_subject subject = {.where = INJECT_CALL,
					       .method = method_names[c->r->method],
					       .path = c->r->path,
					       .tokenless = c->endpoint->token == TOKEN_NONE,
					       .old = c->endpoint->dialect != DIALECT_API};
	const struct injection *f;

	if (c->endpoint->dialect == DIALECT_SIM || c->endpoint->dialect == DIALECT_PAGE)
		return INJECT_GO_ON;
	f = inject_hit(c->sim->injector, &subject);
	if (!f)
		return INJECT_GO_ON;
	switch (f->kind->effect) {
	case INJECT_REFUSE:
		refuse(c, f->kind, e);
		return INJECT_REFUSED;
	case INJECT_CODE:
		refuse_with(c, f->code, e);
		return INJECT_REFUSED;
	case INJECT_DENY:
		deny(c, f, e);
		return INJECT_REFUSED;
	case INJECT_TIMEOUT:
		return time_out(c, e);
	case INJECT_BROKEN:
		http_answer(c->r, f->kind->status, f->kind->type, f->kind->body,
			    strlen(f->kind->body));
		return INJECT_ANSWERED;
	case INJECT_RESET:
		http_reset(c->r);
		return INJECT_ANSWERED;
	case INJECT_SLOW:
	case INJECT_LOST:
	case INJECT_EXPIRE:
	case INJECT_DUPLICATE:
	case INJECT_REORDER:
	case INJECT_DELAY:
	case INJECT_DROP:
	case INJECT_MISSIGN:
	case INJECT_DISCONNECT:
		break;
	}
	c->hold_ms = f->kind->effect == INJECT_SLOW ? f->wait_ms : 0;
	c->lost = f->kind->effect == INJECT_LOST;
	c->expired = f->kind->effect == INJECT_EXPIRE;
	return INJECT_GO_ON;
}

static void wait_due(struct held *h)
{
	int64_t wait_ms = h->due_ms - sim_now_ms(h->injector->sim);

	loop_timer_start(h->timer, clock_wait_ms(wait_ms > 0 ? wait_ms : 0), 0);
}

void inject_clock_moved(struct injector *i)
{
	struct held *h;

	for (h = i->held; h; h = h->next)
		wait_due(h);
}

static void held_out(void *arg)
{
	struct held *h = arg;

	if (sim_now_ms(h->injector->sim) < h->due_ms) {
		wait_due(h);
		return;
	}
	http_answer(h->r, h->status, h->type, h->out.data, h->out.len);
	held_free(h);
}

void inject_answer(struct call *c, int status, const char *type)
{
	struct injector *i = c->sim->injector;
	struct held *h;

	if (c->lost) {
		http_drop(c->r);
		return;
	}
	if (!c->hold_ms) {
		http_answer(c->r, status, type, c->out.data, c->out.len);
		return;
	}
	h = mem_new(struct held);
	*h = (struct held){.next = i->held,
			   .injector = i,
			   .r = c->r,
			   .due_ms = sim_now_ms(i->sim) + c->hold_ms,
			   .timer = loop_timer_new(i->sim->loop, held_out, h),
			   .out = c->out,
			   .status = status,
			   .type = type};
	c->out = (struct buf){0};
	i->held = h;
	wait_due(h);
}

/* The one that was kept back follows this one. */
static bool swap(struct call *c, struct push *push, bool *out, struct err *e)
{
	int64_t held;

	if (!store_push_held(&c->store, push->client_id, &held, e))
		return false;
	*out = held != 0;
	return !held || (store_push_add(&c->store, push, e) &&
			 store_push_release(&c->store, held, push->due_ms, e));
}

bool inject_push(struct call *c, struct push *push, struct err *e)
{
	const struct inject_subject subject = {.where = INJECT_QUEUE, .path = push->resource};
	const struct injection *f;
	bool swapped = false;

	if (!swap(c, push, &swapped, e))
		return false;
	if (swapped)
		return true;
	f = inject_hit(c->sim->injector, &subject);
	if (f && f->kind->effect == INJECT_DROP)
		push->state = "dropped";
	else if (f && f->kind->effect == INJECT_REORDER)
		push->state = "held";
	else if (f && f->kind->effect == INJECT_DELAY)
		push->due_ms += f->wait_ms;
	else if (f && !store_push_add(&c->store, push, e))
		return false;
	return store_push_add(&c->store, push, e);
}

static void put_fault(struct json_writer *w, const struct injection *f)
{
	json_object(w, NULL);
	json_put_i64(w, "id", f->id);
	json_put_text(w, "kind", f->kind->name);
	if (*f->method)
		json_put_text(w, "method", f->method);
	json_put_text(w, "path", f->path);
	if (*f->scope)
		json_put_text(w, "scope", f->scope);
	if (*f->code)
		json_put_text(w, "code", f->code);
	json_put_i64(w, "count", f->count);
	json_put_i64(w, "percent", f->percent);
	json_put_i64(w, "seed", f->seed);
	if (inject_waits(f->kind))
		json_put_i64(w, "waitMs", f->wait_ms);
	json_put_i64(w, "seen", f->seen);
	json_put_i64(w, "hits", f->hits);
	json_object_end(w);
}

bool inject_list(struct call *c, struct err *e)
{
	const struct injection *f;

	(void)e;
	json_array(&c->w, "items");
	for (f = c->sim->injector->faults; f; f = f->next)
		put_fault(&c->w, f);
	json_array_end(&c->w);
	return true;
}

bool inject_create(struct call *c, struct err *e)
{
	const struct injection *f;
	int64_t id;

	if (!c->in)
		return err_set(e, ERR_INVALID, "a JSON object is missing");
	if (!inject_add(&c->store, c->in, &id, e) || !inject_load(c->sim->injector, e))
		return false;
	f = c->sim->injector->faults;
	while (f->id != id)
		f = f->next;
	json_put_i64(&c->w, "id", id);
	json_put_i64(&c->w, "seed", f->seed);
	return true;
}

const struct injection *inject_faults(const struct injector *i)
{
	return i->faults;
}

bool inject_remove(struct call *c, int64_t id, struct err *e)
{
	return store_faults_remove(&c->store, id, e) && store_pushes_release(&c->store, e) &&
	       inject_load(c->sim->injector, e);
}

bool inject_clear(struct call *c, struct err *e)
{
	return inject_remove(c, 0, e);
}

bool inject_drop(struct call *c, struct err *e)
{
	const struct injection *f = c->sim->injector->faults;
	int64_t id;

	if (!text_i64(c->r->args[0], 1, INT64_MAX, &id))
		id = 0;
	while (f && f->id != id)
		f = f->next;
	return f ? inject_remove(c, id, e) : err_set(e, ERR_NOT_FOUND, "there is no such fault");
}
