/*
 * The agents' long poll. A poll looks: when something differs from what the device has, it is
 * answered; when the device brought news, a unit of work comes first and then it looks again; else it
 * waits, parked, until it is woken or its time is over. When the rules change, what it knows of its device
 * since it last looked is enough to tell whether they concern it, and to make the statement.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/build.h"
#include "flow/clone.h"
#include "flow/device.h"
#include "flow/device_admin.h"
#include "flow/offline_code.h"
#include "flow/ownership.h"
#include "flow/snapshots.h"
#include "flow/statement.h"
#include "model/enrolment.h"
#include "store/clone.h"
#include "server/fanout.h"
#include "server/offline.h"
#include "web/dispatch.h"
#include "web/live.h"
#include "web/presence.h"
#include "web/problem.h"
#include "web/request.h"
#include "server/routes.h"
#include "web/server.h"
#include "web/wait.h"

#define MAX_BODY 16384
#define MAX_WAIT_MS 50000
#define MAX_TAG 64
#define TAG_BYTES 12
#define MAX_ROUNDS 3 /* units of work for one answer */

/* What the device said, in one piece of memory that outlives the request's: a parked poll should
 * cost little. */
struct poll {
	struct worker *worker;
	struct http_request *http;
	const char *device, *view, *client_version;
	const char *run, *hardware, *address; /* "" when it does not say */
	struct flow_build build;              /* boot "": it says nothing of that */
	const char *offline; /* the set of offline codes that it has; NULL: it takes none */
	struct flow_held held;
	struct flow_has has;
	struct facts *facts; /* of its last look, when that found nothing; or NULL */
	bool put_off;        /* it has not looked yet */
	struct buf body;     /* of the fan-out */
	int64_t end_ms;      /* monotonic */
	int64_t seen_ms;     /* when it began */
	struct err *failure; /* of the unit, or NULL */
	int rounds;
	bool gone;
	char id[ID_SIZE]; /* of the request */
	char texts[];
};

struct input {
	int64_t counter, wait_ms;
	const char *basis, *view, *client_version, *run, *hardware, *offline;
	struct json_list held, revoked;
	struct flow_build build;
};

static const struct json_field build_fields[] = {
    {"version", JSON_FIELD_TEXT, offsetof(struct input, build.version), .required = true, .min = 1,
     .max = FLOW_BUILD_MAX_VERSION},
    {"id", JSON_FIELD_TEXT, offsetof(struct input, build.id), .max = FLOW_BUILD_ID},
    {0},
};

static const struct json_field fields[] = {
    {"counter", JSON_FIELD_I64, offsetof(struct input, counter), .required = true, .min = 0,
     .max = INT64_MAX},
    {"basis", JSON_FIELD_TEXT, offsetof(struct input, basis), .max = STATEMENT_MAX_BASIS},
    {"view", JSON_FIELD_TEXT, offsetof(struct input, view), .max = MAX_TAG},
    {"held", JSON_FIELD_ARRAY, offsetof(struct input, held), .required = true,
     .max = FLOW_MAX_GRANTS},
    {"revoked", JSON_FIELD_ARRAY, offsetof(struct input, revoked), .required = true,
     .max = FLOW_MAX_GRANTS},
    {"client_version", JSON_FIELD_TEXT, offsetof(struct input, client_version), .required = true,
     .min = 1, .max = ENROLMENT_MAX_VERSION},
    {"run", JSON_FIELD_TEXT, offsetof(struct input, run), .max = FLOW_RUN_MAX},
    {"hardware", JSON_FIELD_TEXT, offsetof(struct input, hardware), .max = MAX_TAG},
    {"build", JSON_FIELD_OBJECT, .fields = build_fields},
    {"boot", JSON_FIELD_TEXT, offsetof(struct input, build.boot), .max = FLOW_BOOT_MAX},
    {"offline", JSON_FIELD_TEXT, offsetof(struct input, offline), .max = MAX_TAG},
    {"wait_ms", JSON_FIELD_I64, offsetof(struct input, wait_ms), .required = true, .min = 0,
     .max = MAX_WAIT_MS},
    {0},
};

/* --- answering --- */

/* Nobody is at the other end any more. */
static void left(const struct poll *p)
{
	struct server *s = p->worker->server;

	if (presence_gone(s->presence, p->device, p->seen_ms, clock_utc_ms()))
		live_tell(s->live, LIVE(DEVICES));
}

static void poll_free(struct poll *p)
{
	mem_free((void *)p->held.held); /* revoked follows it */
	mem_free(p->failure);
	mem_free(p->facts);
	buf_done(&p->body);
	if (p->put_off)
		fanout_put_on(p->worker->fanout);
	mem_free(p);
}

static void answer(struct poll *p, const struct buf *body)
{
	failpoint("sync-before-answer");
	dispatch_common_headers(p->http, p->id);
	http_answer(p->http, 200, "application/json", body->data, body->len);
	poll_free(p);
}

static void log_failure(const struct poll *p, const struct err *e)
{
	char what[128];

	(void)snprintf(what, sizeof(what), "%s poll of device %s", p->id, p->device);
	log_err(err_http_status(e->code) >= 500 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, what, e);
}

static void refuse(struct poll *p, const struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	int status = err_http_status(e->code);

	problem_body(&body, e, status, false, p->id);
	dispatch_common_headers(p->http, p->id);
	http_answer(p->http, status, PROBLEM_TYPE, body.data, body.len);
	poll_free(p);
}

static void answer_err(struct poll *p, const struct err *e)
{
	log_failure(p, e);
	refuse(p, e);
}

/* --- looking --- */

/* What a statement says of the device, and its counter; the rest of the struct is empty. */
struct facts {
	struct store_device device;
	char texts[];
};

static const char *put_text(char **at, const char *text);

static void keep_facts(struct poll *p, const struct store_device *d)
{
	size_t n = strlen(d->owner) + strlen(d->owner_name) + strlen(d->name) + strlen(d->state) +
		   (d->held_for != NULL ? strlen(d->held_for) : 0) + 5;
	struct facts *f = mem_alloc(sizeof(*f) + n);
	char *at = f->texts;

	memset(&f->device, 0, sizeof(f->device));
	f->device.id = p->device;
	f->device.owner = put_text(&at, d->owner);
	f->device.owner_name = put_text(&at, d->owner_name);
	f->device.name = put_text(&at, d->name);
	f->device.state = put_text(&at, d->state);
	f->device.held_for = d->held_for != NULL ? put_text(&at, d->held_for) : NULL;
	f->device.statement_counter = d->statement_counter;
	memcpy(f->device.key, d->key, sizeof(d->key));
	mem_free(p->facts);
	p->facts = f;
}

/* What a look found; texts live in the arena it was given. */
struct found {
	struct store_device device;
	struct flow_grants grants;
	bool news; /* the device told us something */
	bool due;  /* a statement */
	bool copy; /* it is to take an identity of its own */
	enum offline_step offline;
	const char *codes; /* a set of offline codes, where it is to be sent */
};

static bool is_another_run(const struct poll *p, const struct store_device *d, bool copy)
{
	return *p->run != '\0' && !copy && !text_equal(p->run, d->run);
}

/* A client of before says nothing of its build. */
static bool is_another_build(const struct poll *p, const struct store_device *d)
{
	return *p->build.boot != '\0' &&
	       (!text_equal(p->build.id, d->build) || !text_equal(p->build.boot, d->boot));
}

static bool find(struct poll *p, struct arena *a, struct found *out, struct err *e)
{
	struct store_device *d = &out->device;

	if (!store_device_get(p->worker->db, a, p->device, d, e))
		return e->code == ERR_NOT_FOUND
			   ? err_set(e, ERR_UNAUTHENTICATED, "This device is not known here.")
			   : false;
	if (!flow_statement_credible(p->has.counter, d, clock_utc_ms()))
		return err_set(e, ERR_INVALID, "counter: lies in the future");
	if (!flow_device_grants(p->worker->db, a, p->device, &p->held, &out->grants, e))
		return false;
	out->copy = false;
	if (d->cloned_ms != 0 && *p->run != '\0' &&
	    !store_run_is_clone(p->worker->db, d->id, p->run, &out->copy, e))
		return false;
	out->offline = OFFLINE_NOTHING;
	if (p->offline != NULL && !out->copy &&
	    !flow_offline_look(p->worker->db, a, d, p->offline, clock_utc_ms(), &out->offline,
			       &out->codes, e))
		return false;
	out->news = is_another_run(p, d, out->copy) || out->grants.news ||
		    out->offline == OFFLINE_HELD ||
		    !text_equal(p->client_version, d->client_version) || is_another_build(p, d) ||
		    text_equal(d->state, STORE_DEVICE_PRESUMED);
	out->due = flow_statement_due(fanout_rules(p->worker->fanout), d, &p->has, clock_utc_ms());
	return true;
}

static void put_ids(struct json_writer *w, const char *key, const char *const *ids, size_t count)
{
	json_array(w, key);
	for (size_t i = 0; i < count; i++)
		json_put_text(w, NULL, ids[i]);
	json_array_end(w);
}

static bool put_statement(struct poll *p, struct arena *a, const struct flow_rules *rules,
			  const struct store_device *d, struct json_writer *w, struct err *e)
{
	struct flow_statement made;

	if (!flow_statement_make(rules, a, d, p->has.counter, clock_utc_ms(), &made, e))
		return false;
	json_put_text(w, "keys", signer_keys(p->worker->server->signer, a));
	json_put_text(w, "statement", made.jws);
	return true;
}

/* The answer's body; *news says whether it tells the device anything. The view comes first, so that
 * its tag is the hash of what is written by then. */
static bool write_body(struct poll *p, struct arena *a, const struct found *found, struct buf *body,
		       bool *news, struct err *e)
{
	const struct store_device *d = &found->device;
	const struct flow_owner owner = {.device = d->id,
					 .id = d->owner,
					 .name = d->owner_name,
					 .session_end = d->session_end,
					 .session_ended_ms = d->session_ended_ms,
					 .state = d->state,
					 .stays_signed_in = flow_device_stays_signed_in(
					     fanout_rules(p->worker->fanout)->snapshot, d)};
	struct json_writer w = {.out = body};
	int64_t now_ms = clock_utc_ms();
	unsigned char hash[CRYPTO_HASH_SIZE];
	char tag[TEXT_BASE64_SIZE(TAG_BYTES)];

	json_object(&w, NULL);
	if (!flow_device_view(p->worker->db, a, &owner, now_ms, &w, e))
		return false;
	crypto_sha256(body->data, body->len, hash);
	text_base64url(hash, TAG_BYTES, tag);
	*news = found->copy || found->due || found->offline == OFFLINE_SEND ||
		!text_equal(tag, p->view) || found->grants.jws_count > 0 ||
		found->grants.revoke_count > 0;
	json_put_text(&w, "view_tag", tag);
	json_put_i64(&w, "time_ms", now_ms);
	if (found->due && !put_statement(p, a, fanout_rules(p->worker->fanout), d, &w, e))
		return false;
	if (found->copy)
		json_put_bool(&w, "split", true);
	if (found->offline == OFFLINE_SEND)
		json_put_raw(&w, "offline", found->codes);
	put_ids(&w, "grants", found->grants.jws, found->grants.jws_count);
	put_ids(&w, "revoke", found->grants.revoke, found->grants.revoke_count);
	json_object_end(&w);
	return true;
}

static bool unit(struct db *db, void *arg, struct err *e);
static void unit_done(void *arg, const struct err *e);
static void on_gone_meanwhile(struct http_request *http);

static void begin_unit(struct poll *p)
{
	p->rounds++;
	p->http->user = p;
	http_on_gone(p->http, on_gone_meanwhile);
	committer_submit(p->worker->server->committer, unit, unit_done, p);
}

/* True when the poll is answered or on its way through a unit: it is not the caller's any more.
 * False when there is nothing to tell yet. */
static bool look(struct poll *p, bool over)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf body = {0};
	struct found found;
	struct err e = {0};
	bool news = false;

	if (!find(p, &a, &found, &e)) {
		answer_err(p, &e);
		return true;
	}
	if (found.news && p->rounds < MAX_ROUNDS) {
		begin_unit(p);
		return true;
	}
	if (found.offline == OFFLINE_MAKE)
		offline_maker_want(p->worker->server->offline, p->device);
	if (!write_body(p, &a, &found, &body, &news, &e)) {
		answer_err(p, &e);
		return true;
	}
	if (!news && !over) {
		keep_facts(p, &found.device);
		return false;
	}
	answer(p, &body);
	return true;
}

/* --- new rules --- */

static void make(void *arg, const struct flow_rules *rules)
{
	AUTO(arena_done) struct arena a = {0};
	struct poll *p = arg;
	struct json_writer w = {.out = &p->body};
	struct err e;

	json_object(&w, NULL);
	if (!put_statement(p, &a, rules, &p->facts->device, &w, &e)) {
		p->failure = mem_new(struct err);
		*p->failure = e;
		return;
	}
	json_put_text(&w, "view_tag", p->view);
	json_put_i64(&w, "time_ms", clock_utc_ms());
	put_ids(&w, "grants", NULL, 0);
	put_ids(&w, "revoke", NULL, 0);
	json_object_end(&w);
}

static void made(void *arg)
{
	struct poll *p = arg;

	if (p->gone) {
		http_drop(p->http);
		poll_free(p);
	} else if (p->failure != NULL) {
		answer_err(p, p->failure);
	} else {
		answer(p, &p->body);
	}
}

static bool on_rules(struct poll *p)
{
	struct fanout *fanout = p->worker->fanout;

	if (p->put_off ||
	    !flow_statement_due(fanout_rules(fanout), &p->facts->device, &p->has, clock_utc_ms()))
		return false;
	p->http->user = p;
	http_on_gone(p->http, on_gone_meanwhile);
	fanout_add(fanout, p);
	return true;
}

struct fanout *sync_fanout(struct worker *worker)
{
	return fanout_new(worker, make, made);
}

/* --- waiting --- */

static bool look_anew(struct poll *p, bool over)
{
	if (p->put_off)
		fanout_put_on(p->worker->fanout);
	p->put_off = false;
	p->rounds = 0;
	return look(p, over);
}

static bool on_wait(void *arg, enum wait_end end)
{
	struct poll *p = arg;
	struct err e;

	switch (end) {
	case WAIT_WOKEN:
		return look_anew(p, false);
	case WAIT_RULES:
		return on_rules(p);
	case WAIT_LATER:
		return p->put_off && look_anew(p, false);
	case WAIT_OVER:
		return look_anew(p, true);
	case WAIT_REPLACED:
		(void)err_set(&e, ERR_CONFLICT, "Another poll of this device took its place.");
		answer_err(p, &e);
		return true;
	case WAIT_STOPPING:
		(void)err_set(&e, ERR_UNAVAILABLE, "The server is being stopped.");
		refuse(p, &e);
		return true;
	case WAIT_GONE:
		left(p);
		poll_free(p);
		return true;
	}
	return true;
}

static void go_on(struct poll *p)
{
	int64_t left_ms = p->end_ms - clock_mono_ms();

	if (!look(p, left_ms <= 0))
		waits_add(p->worker->waits, p->http, p->device, left_ms, on_wait, p);
}

/* --- the unit: what the device told --- */

static bool unit(struct db *db, void *arg, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct poll *p = arg;
	struct server *s = p->worker->server;
	struct flow f = {.db = db,
			 .arena = &a,
			 .now_ms = clock_utc_ms(),
			 .node = s->node,
			 .signer = s->signer,
			 .actor = {"device", p->device, p->device}};
	struct store_device d;
	bool copy = false;
	bool ok = flow_device_told(&f, p->device, &p->held, e) &&
		  store_device_seen(db, p->device, p->client_version, f.now_ms, e) &&
		  store_device_get(db, &a, p->device, &d, e) &&
		  (d.cloned_ms == 0 || store_run_is_clone(db, d.id, p->run, &copy, e));

	if (ok && is_another_build(p, &d))
		ok = flow_build_told(&f, &d, &p->build, e);
	if (ok && text_equal(d.state, STORE_DEVICE_PRESUMED))
		ok = flow_device_reported(&f, &d, DEVICE_HEARD, "heard of again", e);
	if (ok && p->offline != NULL && !copy)
		ok = flow_offline_told(&f, &d, p->offline, e);
	if (ok && is_another_run(p, &d, copy))
		ok = flow_clone_run(&f, &d, &(struct flow_run){p->run, p->hardware, p->address}, e);

	failpoint("sync-told");
	return ok;
}

static void resume(void *arg)
{
	struct poll *p = arg;

	if (p->gone) {
		http_drop(p->http);
		poll_free(p);
	} else if (p->failure != NULL) {
		answer_err(p, p->failure);
	} else {
		go_on(p);
	}
}

static void unit_done(void *arg, const struct err *e)
{
	struct poll *p = arg;

	if (e->code != ERR_NONE) {
		p->failure = mem_new(struct err);
		*p->failure = *e;
	}
	loop_post(p->worker->loop, resume, p);
}

static void on_gone_meanwhile(struct http_request *http)
{
	struct poll *p = http->user;

	p->gone = true;
	left(p);
}

/* --- beginning --- */

/* Copies the text to *at and moves it on. */
static const char *put_text(char **at, const char *text)
{
	size_t n = strlen(text) + 1;
	const char *copy = memcpy(*at, text, n);

	*at += n;
	return copy;
}

static void put_list(char **at, const char **to, const struct json_list *list)
{
	const char *const *from = list->items;

	for (size_t i = 0; i < list->count; i++)
		to[i] = put_text(at, from[i]);
}

static size_t list_size(const struct json_list *list)
{
	return list->count * ID_SIZE;
}

static bool check_ids(const struct json_list *list, const char *what, struct err *e)
{
	const char *const *ids = list->items;

	for (size_t i = 0; i < list->count; i++) {
		if (!id_valid(ids[i]))
			return err_set(e, ERR_INVALID, "%s[%zu]: must be an id", what, i);
	}
	return true;
}

static struct poll *poll_new(struct request *r, const struct input *in)
{
	size_t texts = ID_SIZE + strlen(in->basis) + strlen(in->view) + strlen(in->client_version) +
		       strlen(in->run) + strlen(in->hardware) + strlen(r->address) +
		       strlen(in->build.version) + strlen(in->build.id) + strlen(in->build.boot) +
		       (in->offline != NULL ? strlen(in->offline) + 1 : 0) + 9 +
		       list_size(&in->held) + list_size(&in->revoked);
	struct poll *p = mem_alloc(sizeof(*p) + texts);
	const char **ids = mem_array(in->held.count + in->revoked.count + 1, sizeof(*ids));
	char *at = p->texts;

	p->worker = r->worker;
	p->http = r->http;
	memcpy(p->id, r->id, sizeof(p->id));
	p->end_ms = clock_mono_ms() + in->wait_ms;
	p->seen_ms = r->now_ms;
	p->device = put_text(&at, r->caller.device);
	p->has = (struct flow_has){in->counter, put_text(&at, in->basis)};
	p->view = put_text(&at, in->view);
	p->client_version = put_text(&at, in->client_version);
	p->run = put_text(&at, in->run);
	p->hardware = put_text(&at, in->hardware);
	p->address = put_text(&at, r->address);
	p->build = (struct flow_build){put_text(&at, in->build.version),
				       put_text(&at, in->build.id), put_text(&at, in->build.boot)};
	p->offline = in->offline != NULL ? put_text(&at, in->offline) : NULL;
	p->held = (struct flow_held){.held = ids,
				     .held_count = in->held.count,
				     .revoked = ids + in->held.count,
				     .revoked_count = in->revoked.count};
	put_list(&at, ids, &in->held);
	put_list(&at, ids + in->held.count, &in->revoked);
	return p;
}

/* One that was just answered comes back while others still wait for their answer: it is looked after when
 * they have it. */
static void put_off(struct poll *p)
{
	p->put_off = true;
	fanout_put_off(p->worker->fanout);
	waits_add(p->worker->waits, p->http, p->device, p->end_ms - clock_mono_ms(), on_wait, p);
}

static bool sync_begin(struct request *r, struct err *e)
{
	struct input in = {.basis = "",
			   .view = "",
			   .run = "",
			   .hardware = "",
			   .build = {.version = "", .id = "", .boot = ""}};
	struct poll *p;

	if (!request_json(r, fields, &in, e) || !check_ids(&in.held, "held", e) ||
	    !check_ids(&in.revoked, "revoked", e))
		return false;
	if (!text_printable(in.client_version, false))
		return err_set(e, ERR_INVALID, "client_version: must be one line");
	if (*in.build.id != '\0' && !flow_build_id_valid(in.build.id))
		return err_set(e, ERR_INVALID, "build.id: must be 64 hexadecimal digits");
	if (!text_printable(in.build.version, false) || !text_printable(in.build.boot, false))
		return err_set(e, ERR_INVALID, "build.version, boot: must be one line");
	if (in.offline != NULL && *in.offline != '\0' && !id_valid(in.offline))
		return err_set(e, ERR_INVALID, "offline: must be an id or empty");
	if (!text_printable(in.run, false) || !text_printable(in.hardware, false))
		return err_set(e, ERR_INVALID, "run, hardware: must be one line");
	if (presence_seen(r->server->presence, r->caller.device,
			  &(struct flow_has){in.counter, in.basis}, r->now_ms))
		live_tell(r->server->live, LIVE(DEVICES));
	p = poll_new(r, &in);
	http_park(r->http);
	if (in.wait_ms > 0 && fanout_busy(p->worker->fanout))
		put_off(p);
	else
		go_on(p);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/agent/v1/sync", MAX_BODY, ROUTE(ACCESS_DEVICE, ROUTE_WAIT, sync_begin)},
};

const struct route_table sync_routes = ROUTE_TABLE(routes);
