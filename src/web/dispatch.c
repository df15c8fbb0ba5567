#include "web/dispatch.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "web/auth.h"
#include "web/idempotency.h"
#include "web/language.h"
#include "web/problem.h"
#include "web/readers.h"
#include "web/server.h"

static const char *const methods[] = {
    [HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
    [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE"};

static void reset(struct request *r)
{
	buf_reset(&r->body);
	r->body.max = REQUEST_MAX_ANSWER;
	r->json = language_writer(r);
	r->status =
	    r->route->doc != NULL && r->route->doc->status != 0 ? r->route->doc->status : 200;
	r->type = "application/json";
	r->header_count = 0;
	r->cached = false;
}

static void common_headers(struct http_request *http, const char *request_id, const char *cache)
{
	(void)http_set_header(http, "X-Request-Id", request_id);
	(void)http_set_header(http, "X-Content-Type-Options", "nosniff");
	(void)http_set_header(http, "Cache-Control", cache);
}

void dispatch_common_headers(struct http_request *http, const char *request_id)
{
	common_headers(http, request_id, "no-store");
}

/* The address of a callback is a secret of its own. */
static const char *path_for_log(const struct request *r)
{
	return r->route->errors == ERRORS_PLAIN ? r->http->route->path : r->http->path;
}

static void log_refusal(const struct request *r, const struct err *e)
{
	char what[512];

	(void)snprintf(what, sizeof(what), "%s %s %s", r->id, methods[r->http->method],
		       path_for_log(r));
	log_err(err_http_status(e->code) >= 500 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, what, e);
}

/* What the reader has already is not sent again, and where there is no body there is no type. */
static void leave_out_body(struct request *r)
{
	const char *has = http_header(r->http, "If-None-Match");
	const char *etag = request_header_of(r, "ETag");
	const struct route_doc *doc = r->route->doc;
	bool live = doc != NULL && doc->live;

	if (!live && r->http->method <= HTTP_HEAD && r->status == 200 && has != NULL &&
	    etag != NULL && (strcmp(has, "*") == 0 || strstr(has, etag) != NULL))
		r->status = 304;
	if (r->status == 204 || r->status == 304)
		r->type = NULL;
}

static void send_headers(struct request *r)
{
	common_headers(r->http, r->id,
		       r->cached ? "public, max-age=31536000, immutable" : "no-store");
	for (size_t i = 0; i < r->header_count; i++)
		(void)http_set_header(r->http, r->headers[i].name, r->headers[i].value);
}

void dispatch_send(struct request *r, const struct err *e)
{
	struct http_request *http = r->http;
	struct buf body;
	struct err overflow;

	if (e == NULL && r->body.overflow) {
		(void)err_set(&overflow, ERR_INTERNAL, "the answer is over %d bytes",
			      REQUEST_MAX_ANSWER);
		e = &overflow;
	}
	if (e != NULL) {
		log_refusal(r, e);
		problem_write(r, e);
	}
	leave_out_body(r);
	send_headers(r);
	body = r->body;
	http_answer(http, r->status, r->type, body.data, body.len);
	buf_done(&body);
}

static bool run_unit(struct db *db, void *arg, struct err *e)
{
	struct request *r = arg;

	reset(r);
	r->db = db;
	/* Once more: who was shut out meanwhile changes nothing any more. */
	return auth_check(r, e) && idempotency_run(r, e);
}

static void unit_done(void *arg, const struct err *e)
{
	struct request *r = arg;
	struct err unknown;

	if (e->code == ERR_TIMEOUT) {
		(void)err_set(&unknown, ERR_UNAVAILABLE,
			      "The connection to the database broke while this was being stored. "
			      "It may or may not have been: ask, or repeat it with the same "
			      "Idempotency-Key.");
		e = &unknown;
	}
	dispatch_send(r, e->code == ERR_NONE ? NULL : e);
}

static http_more_fn more_wanted;

static struct buf take_body(struct request *r)
{
	struct buf body = r->body;

	r->body = (struct buf){.max = body.max};
	return body;
}

/* Nothing but what is in r's own arena may be left when a piece is out: the client may leave. */
static bool make_piece(struct request *r, struct arena *a, bool *last, struct err *e)
{
	struct arena *own = r->arena;
	bool ok;

	*last = false;
	r->arena = a;
	buf_reset(&r->body);
	r->json = language_writer(r);
	ok = r->piece(r, last, e) &&
	     (!r->body.overflow || err_set(e, ERR_INTERNAL, "a piece of the answer is too long"));
	r->arena = own;
	return ok;
}

/* After this r may be gone. */
static void send_piece(struct request *r, const struct buf *piece, bool last)
{
	http_answer_piece(r->http, r->status, r->type, piece->data, piece->len,
			  last ? NULL : more_wanted);
}

/* A later piece: what was answered before cannot be taken back. */
static void piece_run(void *arg)
{
	struct request *r = arg;
	struct readers *readers = r->server->readers;
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf piece = {0};
	struct err e = {0};
	bool ok, last;

	r->db = readers_take(readers, &e);
	ok = r->db != NULL && make_piece(r, &a, &last, &e);
	readers_give(readers, r->db);
	piece = take_body(r);
	if (ok) {
		send_piece(r, &piece, last);
		return;
	}
	log_refusal(r, &e);
	http_drop(r->http);
}

static void work_run(void *arg)
{
	struct request *r = arg;
	struct readers *readers = r->server->readers;
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf piece = {0};
	struct err e = {0};
	bool ok, last;

	r->db = readers_take(readers, &e);
	ok = r->db != NULL && idempotency_work(r, &e) &&
	     (r->piece == NULL || make_piece(r, &a, &last, &e));
	readers_give(readers, r->db);
	if (!ok || r->piece == NULL) {
		dispatch_send(r, ok ? NULL : &e);
		return;
	}
	piece = take_body(r);
	send_headers(r);
	send_piece(r, &piece, last);
}

/* The request is gone: it was answered where the work was done. */
static void work_done(void *arg)
{
	(void)arg;
}

static void more_wanted(struct http_request *http)
{
	struct request *r = http->user;

	loop_work(r->worker->loop, piece_run, work_done, r);
}

static void run(struct request *r)
{
	struct err e = {0};

	if (!auth_check(r, &e) || !request_check(r, &e)) {
		dispatch_send(r, &e);
		return;
	}
	auth_seen(r);
	switch (r->route->mode) {
	case ROUTE_READ: {
		bool ok = r->route->handler(r, &e);

		dispatch_send(r, ok ? NULL : &e);
		return;
	}
	case ROUTE_WAIT:
		if (!r->route->handler(r, &e))
			dispatch_send(r, &e);
		return;
	case ROUTE_WRITE:
		committer_submit(r->server->committer, run_unit, unit_done, r);
		return;
	case ROUTE_URGENT:
		committer_submit_urgent(r->server->committer, run_unit, unit_done, r);
		return;
	case ROUTE_WORK:
		loop_work(r->worker->loop, work_run, work_done, r);
		return;
	}
}

void dispatch(struct http_request *http)
{
	struct worker *worker = http->context;
	struct request *r = arena_new(http->arena, struct request);

	http->user = r;
	r->http = http;
	r->worker = worker;
	r->server = worker->server;
	r->route = http->route->data;
	r->arena = http->arena;
	r->db = worker->db;
	r->args = http->args;
	r->now_ms = clock_utc_ms();
	r->address = proxies_behind(&r->server->options.proxies, r->arena, http->peer,
				    http_header_all(http, "X-Forwarded-For"));
	id_new(r->id);
	reset(r);
	run(r);
}

void dispatch_unmatched(struct http_request *http)
{
	AUTO(buf_done) struct buf body = {0};
	char id[ID_SIZE];
	int status;
	const struct err *e = http_refusal(http, &status);
	bool chinese = language_of_header(http_header_all(http, "Accept-Language"), false);

	id_new(id);
	problem_body(&body, e, status, chinese, id);
	dispatch_common_headers(http, id);
	(void)http_set_header(http, "Content-Language", language_tag(chinese));
	http_answer(http, status, PROBLEM_TYPE, body.data, body.len);
}
