#include "dingsim/push.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "dingsim/event.h"
#include "dingsim/format.h"
#include "dingsim/frame.h"
#include "dingsim/inject.h"
#include "dingsim/routes.h"
#include "dingsim/stream.h"

#define NONCE_SIZE 9
#define REPLY_KEPT 1000 /* characters of a reply that the log keeps */
#define FAILED_MAX 200  /* in one answer of the failed list */
#define CHECK_URL "{\"EventType\":\"check_url\"}"

/* A request on its way. */
struct flight {
	struct flight *next;
	struct pusher *pusher;
	struct arena arena;
	struct app *app;
	int64_t push;                /* 0: a check_url */
	const char *resource;        /* of the event; NULL: a check_url */
	struct http_request *parked; /* who waits for the check_url */
	const char *url, *body;      /* as they are sent */
	struct http_async *call;
};

struct pusher {
	struct sim *sim;
	struct loop_timer *timer;
	struct flight *flights;
};

static void fly_due(void *arg);

struct pusher *push_start(struct sim *sim)
{
	struct pusher *p = mem_new(struct pusher);

	p->sim = sim;
	p->timer = loop_timer_new(sim->loop, fly_due, p);
	push_wake(p);
	return p;
}

static void flight_free(struct flight *f)
{
	struct flight **at = &f->pusher->flights;

	while (*at && *at != f)
		at = &(*at)->next;
	if (*at)
		*at = f->next;
	arena_done(&f->arena);
	mem_free(f);
}

void push_stop(struct pusher *p)
{
	if (!p)
		return;
	while (p->flights) {
		http_async_cancel(p->flights->call);
		if (p->flights->parked)
			http_drop(p->flights->parked);
		flight_free(p->flights);
	}
	loop_timer_free(p->timer);
	mem_free(p);
}

void push_wake(struct pusher *p)
{
	loop_timer_start(p->timer, 0, 0);
	if (p->sim->hub)
		stream_wake(p->sim->hub);
}

/* The four signed texts and the address with them; our path may hold a query of its own. */
static bool address(struct flight *f, const char *encrypt, const char **out)
{
	const struct inject_subject subject = {.where = INJECT_SEND, .path = f->resource};
	struct frame_signed s = {.token = f->app->token, .encrypt = encrypt};
	char nonce[NONCE_SIZE], signature[FRAME_SIGNATURE_SIZE];

	format_nonce(nonce, sizeof(nonce));
	s.nonce = nonce;
	s.timestamp = arena_printf(&f->arena, "%lld", (long long)sim_now_ms(f->pusher->sim));
	frame_sign(&f->arena, &s, signature);
	if (f->resource && inject_hit(f->pusher->sim->injector, &subject))
		signature[0] = signature[0] == '0' ? '1' : '0';
	*out = arena_printf(&f->arena, "%s%ssignature=%s&msg_signature=%s&timestamp=%s&nonce=%s",
			    f->app->url, strchr(f->app->url, '?') ? "&" : "?", signature, signature,
			    s.timestamp, s.nonce);
	return true;
}

static bool fly(struct flight *f, const char *plain, http_done_fn *done, struct err *e)
{
	unsigned char key[CRYPTO_AES_KEY_SIZE];
	struct frame frame = {.message = plain, .owner = f->app->owner};
	struct http_call call = {.method = HTTP_POST,
				 .headers = {"Content-Type: application/json; charset=utf-8"},
				 .connect_timeout_ms = PUSH_BUDGET_MS,
				 .total_timeout_ms = PUSH_BUDGET_MS,
				 .max_answer = 64 * 1024};
	const char *encrypt;

	random_bytes(frame.random, sizeof(frame.random));
	if (!frame_key(f->app->aes_key, key, e) ||
	    !frame_seal(&f->arena, key, &frame, &encrypt, e) || !address(f, encrypt, &call.url))
		return false;
	call.body = arena_printf(&f->arena, "{\"encrypt\":\"%s\"}", encrypt);
	call.body_len = strlen(call.body);
	f->url = call.url;
	f->body = call.body;
	f->next = f->pusher->flights;
	f->pusher->flights = f;
	f->call = http_async_call(f->pusher->sim->client, &call, done, f);
	return true;
}

static bool members_fit(const struct json *body, const char **timestamp)
{
	const struct json *at = json_get(body, "timeStamp");

	if (!at || (at->type != JSON_TEXT && at->type != JSON_NUMBER))
		return false;
	*timestamp = at->text;
	return json_text(body, "msg_signature") && json_text(body, "nonce") &&
	       json_text(body, "encrypt");
}

const char *push_verdict(struct arena *a, const struct app *app, const struct push_reply *reply)
{
	struct frame_signed s = {.token = app->token};
	unsigned char key[CRYPTO_AES_KEY_SIZE];
	char signature[FRAME_SIGNATURE_SIZE];
	const struct json *body;
	struct frame frame;
	struct err e = {0};

	if (reply->status != 200)
		return arena_printf(a, "HTTP status %d instead of 200", reply->status);
	if (!json_parse(a, reply->body, reply->body_len, &body, &e) || body->type != JSON_OBJECT)
		return "the reply is not a JSON object";
	if (!members_fit(body, &s.timestamp))
		return "the reply does not have msg_signature, timeStamp, nonce and encrypt, "
		       "spelt so";
	s.nonce = json_text(body, "nonce");
	s.encrypt = json_text(body, "encrypt");
	frame_sign(a, &s, signature);
	if (!crypto_equal_text(signature, json_text(body, "msg_signature")))
		return "the reply's msg_signature does not match (900005)";
	if (!frame_key(app->aes_key, key, &e) || !frame_open(a, key, s.encrypt, &frame, &e))
		return arena_printf(a, "the reply cannot be decrypted: %s (900008)", e.text);
	if (!text_equal(frame.owner, app->owner))
		return arena_printf(a, "the reply's owner key is not %s (900010)", app->owner);
	if (!text_equal(frame.message, "success"))
		return "the reply's text is not \"success\" (71009)";
	return NULL;
}

static const char *verdict(struct flight *f, const struct http_reply *reply, const struct err *e)
{
	struct push_reply got;

	if (!reply && e->code == ERR_TIMEOUT)
		return arena_printf(&f->arena, "no answer within %d ms", PUSH_BUDGET_MS);
	if (!reply)
		return arena_printf(&f->arena, "no answer: %s", e->text);
	got = (struct push_reply){reply->status, reply->body, reply->body_len};
	return push_verdict(&f->arena, f->app, &got);
}

static const char *kept_reply(struct arena *a, const struct http_reply *reply)
{
	char *text;

	if (!reply)
		return "";
	if (!text_utf8_valid(reply->body, reply->body_len) ||
	    memchr(reply->body, '\0', reply->body_len))
		return arena_printf(a, "(%zu bytes that are no text)", reply->body_len);
	text = arena_dup_n(a, reply->body, reply->body_len);
	text_cut(text, REPLY_KEPT);
	return text;
}

/* wrong NULL: delivered. */
static bool settle(struct flight *f, const struct attempt *attempt, const char *wrong,
		   struct err *e)
{
	const struct sim_options *options = &f->pusher->sim->options;
	struct store s = {.db = f->pusher->sim->db, .arena = &f->arena};
	struct push *push;

	if (!store_push(&s, f->push, &push, e) || !store_attempt_add(&s, attempt, e))
		return false;
	if (!wrong) {
		push->state = "delivered";
	} else if ((size_t)push->attempts < options->retry_count) {
		push->due_ms = attempt->ms + options->retry_ms[push->attempts];
	} else {
		push->state = "failed";
	}
	push->attempts++;
	return store_push_set(&s, push, e);
}

static void flown(void *arg, const struct http_reply *reply, const struct err *failure)
{
	struct flight *f = arg;
	struct pusher *p = f->pusher;
	const char *wrong = verdict(f, reply, failure);
	struct attempt attempt = {.push = f->push,
				  .ms = sim_now_ms(p->sim),
				  .status = reply ? reply->status : 0,
				  .url = f->url,
				  .body = f->body,
				  .reply = kept_reply(&f->arena, reply),
				  .verdict = wrong ? wrong : "ok"};
	struct err e = {0};
	bool ok = db_begin(p->sim->db, &e);

	if (ok && !settle(f, &attempt, wrong, &e)) {
		db_rollback(p->sim->db);
		ok = false;
	}
	if (!ok || !db_commit(p->sim->db, &e))
		log_err(LOG_LEVEL_ERROR, "keeping a push's outcome", &e);
	flight_free(f);
	push_wake(p);
}

static bool flying(const struct pusher *p, const char *client_id)
{
	const struct flight *f = p->flights;

	while (f && !(f->push && text_equal(f->app->client_id, client_id)))
		f = f->next;
	return f != NULL;
}

/* Sends the app's first push that is due; *next_ms falls to when the next one is. */
static bool fly_app(struct pusher *p, const char *client_id, int64_t *next_ms, struct err *e)
{
	struct flight *f = mem_new(struct flight);
	struct store s = {.db = p->sim->db, .arena = &f->arena};
	const char *body;
	struct push *push;

	f->pusher = p;
	if (!store_push_first(&s, client_id, &push, e) ||
	    !store_app(&s, push->client_id, &f->app, e)) {
		flight_free(f);
		return false;
	}
	if (push->due_ms > sim_now_ms(p->sim)) {
		if (!*next_ms || push->due_ms < *next_ms)
			*next_ms = push->due_ms;
		flight_free(f);
		return true;
	}
	f->push = push->id;
	f->resource = push->resource;
	if (event_body(&f->arena, push, f->app->shape, p->sim->corp_id, &body, e) &&
	    fly(f, body, flown, e))
		return true;
	flight_free(f);
	return false;
}

static void fly_due(void *arg)
{
	AUTO(arena_done) struct arena arena = {0};
	struct pusher *p = arg;
	struct store s = {.db = p->sim->db, .arena = &arena};
	struct err e = {0};
	struct app *app;
	int64_t next_ms = 0, wait_ms;

	if (!store_apps(&s, &app, &e)) {
		log_err(LOG_LEVEL_ERROR, "reading the apps", &e);
		return;
	}
	for (; app; app = app->next) {
		if (!*app->url || !text_equal(app->mode, "http") || flying(p, app->client_id))
			continue;
		err_clear(&e);
		if (!fly_app(p, app->client_id, &next_ms, &e) && e.code != ERR_NOT_FOUND)
			log_err(LOG_LEVEL_ERROR, "pushing", &e);
	}
	if (!next_ms)
		return;
	wait_ms = next_ms - sim_now_ms(p->sim);
	loop_timer_start(p->timer, clock_wait_ms(wait_ms > 0 ? wait_ms : 0), 0);
}

/* It came by register_call_back or update_call_back, not from the console. */
static bool registers(const struct http_request *r)
{
	return ((const struct endpoint *)r->route->data)->dialect == DIALECT_OAPI;
}

static void refuse(struct flight *f, int errcode, const char *wrong)
{
	if (registers(f->parked))
		call_answer_old(f->parked, errcode);
	else
		call_answer_sim(f->parked, 400, wrong);
}

static bool add_check(struct flight *f, struct attempt *attempt, struct push *push, struct err *e)
{
	struct store s = {.db = f->pusher->sim->db, .arena = &f->arena};

	if (!store_event_add(&s, push, e) || !store_push_add(&s, push, e))
		return false;
	attempt->push = push->id;
	return store_attempt_add(&s, attempt, e);
}

/* The log has it like any push; the failed list has not. */
static bool keep_check(struct flight *f, const struct http_reply *reply, const char *wrong,
		       struct err *e)
{
	struct db *db = f->pusher->sim->db;
	struct attempt attempt = {.ms = f->app->verified_ms,
				  .status = reply ? reply->status : 0,
				  .url = f->url,
				  .body = f->body,
				  .reply = kept_reply(&f->arena, reply),
				  .verdict = wrong ? wrong : "ok"};
	struct push push = {.client_id = f->app->client_id,
			    .state = wrong ? "refused" : "delivered",
			    .attempts = 1,
			    .due_ms = attempt.ms,
			    .event_id = "",
			    .type = "check_url",
			    .resource = "",
			    .instance = "",
			    .payload = CHECK_URL,
			    .created_ms = attempt.ms};

	if (!db_begin(db, e))
		return false;
	if (add_check(f, &attempt, &push, e))
		return db_commit(db, e);
	db_rollback(db);
	return false;
}

static void checked(void *arg, const struct http_reply *reply, const struct err *failure)
{
	struct flight *f = arg;
	struct pusher *p = f->pusher;
	const char *wrong = verdict(f, reply, failure);
	struct store s = {.db = p->sim->db, .arena = &f->arena};
	struct err e = {0};

	f->app->verified_ms = sim_now_ms(p->sim);
	if (!keep_check(f, reply, wrong, &e))
		log_err(LOG_LEVEL_ERROR, "keeping a check_url", &e);
	err_clear(&e);
	if (wrong) {
		refuse(f, reply ? 71009 : 71012, wrong);
	} else if (!store_app_subscribe(&s, f->app, &e)) {
		log_err(LOG_LEVEL_ERROR, "saving a subscription", &e);
		call_answer_sim(f->parked, 500, e.text);
	} else if (registers(f->parked)) {
		call_answer_old(f->parked, 0);
	} else {
		call_answer_sim(f->parked, 200, NULL);
	}
	flight_free(f);
	push_wake(p);
}

static struct app *app_copy(struct flight *f, const struct app *app, bool registered)
{
	const char *owner = registered ? f->pusher->sim->corp_id : app->client_id;
	struct arena *a = &f->arena;
	struct app *copy = arena_new(a, struct app);

	*copy = (struct app){.client_id = arena_dup(a, app->client_id),
			     .url = arena_dup(a, app->url),
			     .aes_key = arena_dup(a, app->aes_key),
			     .token = arena_dup(a, app->token),
			     .shape = arena_dup(a, app->shape),
			     .rules = arena_dup(a, app->rules),
			     .mode = "http",
			     .owner = arena_dup(a, owner),
			     .tags = registered ? arena_dup(a, app->tags) : "[]"};
	return copy;
}

void push_check_url(struct pusher *p, const struct app *app, struct http_request *r)
{
	struct flight *f = mem_new(struct flight);
	struct err e = {0};

	f->pusher = p;
	f->app = app_copy(f, app, registers(r));
	f->parked = r;
	if (fly(f, CHECK_URL, checked, &e))
		return;
	refuse(f, 71010, e.text);
	flight_free(f);
}

static bool put_failed(struct call *c, const struct push *push, struct err *e)
{
	const struct json *payload;

	if (!call_stored(c, push->payload, &payload, e))
		return false;
	json_object(&c->w, NULL);
	json_put_text(&c->w, "call_back_tag", push->type);
	json_put_i64(&c->w, "event_time", push->created_ms);
	json_object(&c->w, push->type);
	json_put_text(&c->w, "corpid", c->sim->corp_id);
	json_put_json(&c->w, text_starts(push->type, "bpms_") ? "bpmsCallBackData" : "callbackData",
		      payload);
	json_object_end(&c->w);
	json_object_end(&c->w);
	return true;
}

bool push_failed(struct call *c, struct err *e)
{
	const struct failed_query q = {
	    .client_id = c->app->client_id, .to_ms = INT64_MAX, .limit = FAILED_MAX + 1};
	struct push *push;
	int shown = 0;

	if (!store_pushes_failed(&c->store, &q, &push, e))
		return false;
	json_array(&c->w, "failed_list");
	for (; push && shown < FAILED_MAX; push = push->next, shown++) {
		push->state = "collected";
		if (!put_failed(c, push, e) || !store_push_set(&c->store, push, e))
			return false;
	}
	json_array_end(&c->w);
	json_put_bool(&c->w, "has_more", push != NULL);
	return true;
}

/* Absent means no bound. */
static bool query_ms(struct call *c, const char *name, int64_t *out)
{
	const char *text = http_query(c->r, name);

	return !text || !*text || text_i64(text, 0, INT64_MAX, out);
}

bool push_failed_results(struct call *c, struct err *e)
{
	struct failed_query q = {
	    .client_id = c->app->client_id, .to_ms = INT64_MAX, .limit = FAILED_MAX + 1};
	struct push *push;
	int shown = 0;

	if (!query_ms(c, "beginTime", &q.from_ms) || !query_ms(c, "endTime", &q.to_ms))
		return call_fault(c, e, "invalidParameter", NULL);
	if (!store_pushes_failed(&c->store, &q, &push, e))
		return false;
	json_array(&c->w, "failedList");
	for (; push && shown < FAILED_MAX; push = push->next, shown++) {
		json_object(&c->w, NULL);
		json_put_text(&c->w, "callBackTag", push->type);
		json_put_text(&c->w, "corpId", c->sim->corp_id);
		json_put_i64(&c->w, "eventTime", push->created_ms);
		json_put_text(&c->w, "callBackData", push->payload);
		json_object_end(&c->w);
		push->state = "collected";
		if (!store_push_set(&c->store, push, e))
			return false;
	}
	json_array_end(&c->w);
	json_put_bool(&c->w, "hasMore", push != NULL);
	return true;
}
