/*
 * dingsim with a small company in memory, for fuzz targets that send it calls. Every call is answered,
 * those of DingTalk with JSON, and none finds a fault of dingsim's own.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "dingsim.h"
#include "dingsim/inject.h"
#include "dingsim/push.h"
#include "dingsim/routes.h"
#include "dingsim/stream.h"
#include "fuzz.h"
#include "http/mailbox.h"
#include "http/parse.h"
#include "http/request.h"
#include "http/route.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void arrived(void *arg)
{
	(void)arg;
}

/* The instance "I", whose task 98238556001 waits for b. */
static void file_one(struct store *s, struct err *e)
{
	const struct instance i = {.id = "I",
				   .process_code = "P",
				   .title = "t",
				   .originator = "a",
				   .department_name = "d",
				   .department = 2,
				   .status = "RUNNING",
				   .result = "",
				   .business_id = "1",
				   .values = "[]",
				   .flow = "[{\"actionType\":\"AND\",\"userIds\":[\"b\"]}]",
				   .cc = "[]",
				   .cc_position = "",
				   .biz_action = "NONE",
				   .main = ""};
	struct task t = {.instance = "I", .userid = "b", .status = "RUNNING", .result = "NONE"};

	must(db_begin(s->db, e) && store_instance_add(s, &i, e) && store_task_add(s, &t, e) &&
	     db_commit(s->db, e));
}

/* "t" is a token of the app's, "u" one of a person's. */
static void settle(struct sim *sim, struct arena *a)
{
	struct store s = {.db = sim->db, .arena = a};
	const struct credential app = {
	    .token = "t", .kind = "app", .client_id = "app", .userid = "", .expires_ms = INT64_MAX};
	const struct credential person = {.token = "u",
					  .kind = "user",
					  .client_id = "app",
					  .userid = "a",
					  .expires_ms = INT64_MAX};
	struct err e = {0};
	bool there;

	must(seed_read(&s, FUZZ_COMPANY, sizeof(FUZZ_COMPANY) - 1, 1, &e));
	must(store_corp(&s, &sim->corp_id, &sim->corp_name, &there, &e) && there);
	must(store_credential_add(&s, &app, &e) && store_credential_add(&s, &person, &e));
	file_one(&s, &e);
}

static bool parse(struct request *r, const char *text, size_t n, size_t *used)
{
	return http_parse(r->parser, text, n, used) == HTTP_STEP_HEAD;
}

/* The request as a connection would make it; false: the server would not give it to dingsim. */
static bool receive(struct request *r, const struct buf *wire)
{
	struct http_router *router = http_router_new(routes, route_count);
	struct http_path path;
	struct err e = {0};
	size_t used = 0, more = 0;
	bool ok, known;

	ok = parse(r, wire->data, wire->len, &used) &&
	     http_path_read(&r->arena, http_parser_target(r->parser), &path, &e);
	if (ok) {
		r->pub.method = r->parser->method;
		r->pub.path = path.text;
		r->pub.query = path.query;
		r->pub.route = http_router_find(router, &path, r->pub.method, r->pub.args, &known);
		ok = r->pub.route && http_parser_body(r->parser, r->pub.route->max_body) &&
		     http_parse(r->parser, wire->data + used, wire->len - used, &more) ==
			 HTTP_STEP_DONE;
	}
	http_router_free(router);
	if (ok && r->parser->body.len) {
		r->pub.body = r->parser->body.data;
		r->pub.body_len = r->parser->body.len;
	}
	return ok;
}

static bool is_json(const struct request *r)
{
	return strstr(r->out.data, "\r\nContent-Type: application/json") != NULL;
}

static void check_answer(const struct request *r)
{
	AUTO(arena_done) struct arena a = {0};
	const char *body = strstr(r->out.data, "\r\n\r\n");
	const struct json *json;
	struct err e = {0};

	must(body && text_starts(r->out.data, "HTTP/1.1 "));
	must(!text_starts(r->out.data, "HTTP/1.1 500") || strstr(body, "unknownError"));
	if (!is_json(r))
		return;
	body += 4;
	must(json_parse(&a, body, r->out.len - (size_t)(body - r->out.data), &json, &e));
	must(json->type == JSON_OBJECT);
}

/* Sends nothing to others: the calls that would are left out. */
static bool stays_here(const struct request *r)
{
	if (text_starts(r->pub.path, "/call_back/register") ||
	    text_starts(r->pub.path, "/call_back/update"))
		return false;
	return text_starts(r->pub.path, "/v1.0/") || text_starts(r->pub.path, "/topapi/") ||
	       text_starts(r->pub.path, "/gettoken") || text_starts(r->pub.path, "/auth/") ||
	       text_starts(r->pub.path, "/call_back/") ||
	       text_starts(r->pub.path, "/sim/api/faults") ||
	       text_starts(r->pub.path, "/sim/api/people") ||
	       text_starts(r->pub.path, "/sim/api/departments") ||
	       text_starts(r->pub.path, "/sim/api/tasks/") ||
	       text_starts(r->pub.path, "/sim/api/forms/") ||
	       text_starts(r->pub.path, "/sim/api/instances/") ||
	       text_starts(r->pub.path, "/sim/api/clock") || text_starts(r->pub.path, "/oauth2/");
}

static void call(struct sim *sim, const struct buf *wire)
{
	struct mailbox *mail = mailbox_new(sim->loop, arrived, NULL);
	struct request *r = request_new(NULL, mail, sim);

	if (receive(r, wire) && stays_here(r)) {
		must(request_dispatch(r, call_dispatch));
		check_answer(r);
	}
	request_free(r);
	mailbox_close(mail);
}

/* What was written since the store was opened, what was taken back too. */
static int64_t written(struct db *db)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct err e = {0};

	must(db_one(db, &rows, "SELECT total_changes()", DB_NONE, "no count", &e));
	return db_column_i64(&rows, 0);
}

/*
 * The company as it was at the first call. Most inputs change nothing: their store is taken again,
 * and only one that was written to is made anew.
 */
struct fuzz {
	struct sim sim;
	struct arena arena; /* of the store */
	int64_t written;
};

static void fuzz_close_store(struct fuzz *f)
{
	db_close(f->sim.db);
	arena_done(&f->arena);
	*f = (struct fuzz){0};
}

static struct sim *fuzz_open(struct fuzz *f)
{
	struct err e = {0};

	if (!f->sim.db) {
		f->sim.options.token_ttl_s = 7200;
		must(crypto_start(&e));
		f->sim.db = store_open("sqlite::memory:", &e);
		must(f->sim.db != NULL);
		settle(&f->sim, &f->arena);
		f->written = written(f->sim.db);
	}
	f->sim.loop = loop_new();
	f->sim.injector = inject_start(&f->sim, &e);
	must(f->sim.injector != NULL);
	f->sim.hub = stream_start(&f->sim);
	f->sim.pusher = push_start(&f->sim);
	return &f->sim;
}

static bool fuzz_changed(const struct fuzz *f)
{
	return written(f->sim.db) != f->written;
}

static void fuzz_close(struct fuzz *f)
{
	push_stop(f->sim.pusher);
	inject_stop(f->sim.injector);
	stream_stop(f->sim.hub);
	loop_free(f->sim.loop);
	if (fuzz_changed(f))
		fuzz_close_store(f);
}
