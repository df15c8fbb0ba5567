#include "http/conn.h"

#include <stdio.h>
#include <string.h>

#include "http/frames.h"

static void list_remove(struct conn *c)
{
	struct conn_list *list = &c->server->lists[c->state];

	*(c->previous ? &c->previous->next : &list->first) = c->next;
	*(c->next ? &c->next->previous : &list->last) = c->previous;
}

static void list_add(struct conn *c)
{
	struct conn_list *list = &c->server->lists[c->state];

	c->next = NULL;
	c->previous = list->last;
	*(list->last ? &list->last->next : &list->first) = c;
	list->last = c;
}

static void begin(struct conn *c, enum conn_state state)
{
	int64_t time = server_time_for(c->server, state);

	c->state = state;
	c->progress = 0;
	list_add(c);
	if (time < 0)
		return;
	c->deadline = loop_now_ms(c->server->loop) + time;
	server_deadline(c->server, c->deadline);
}

static void enter(struct conn *c, enum conn_state state)
{
	list_remove(c);
	begin(c, state);
}

static bool is_open(const struct conn *c)
{
	return c->stream.fd >= 0;
}

/* The request is not here but with whoever answers it. */
static bool is_out(const struct conn *c)
{
	return c->state == CONN_WAIT || c->state == CONN_NOTICE || c->state == CONN_SHELL;
}

static void tell_gone(struct request *r)
{
	if (r->gone && request_open(r))
		TAKE(r->gone)(&r->pub);
}

/* Counts what the body of r holds by now; 0 when it is no longer unfinished. */
static void charge(struct conn *c, size_t bytes)
{
	c->server->body_bytes += bytes - c->charged;
	c->charged = bytes;
}

static bool is_socket(const struct conn *c)
{
	return c->state == CONN_SOCKET || c->state == CONN_FAREWELL;
}

static void socket_gone(struct conn *c)
{
	if (c->ws)
		websocket_gone(TAKE(c->ws));
}

/* The client left while a piece was on its way to it: whoever makes the pieces, and asked to be told, has the
 * request once more, to drop it. */
static void take_back(struct conn *c)
{
	c->server->requests++;
	request_reopen(c->r);
}

void conn_close(struct conn *c)
{
	struct http_server *s = c->server;
	bool out = is_out(c);

	if (!is_open(c))
		return;
	if (c->state == CONN_WRITE && c->r && c->r->gone) {
		take_back(c);
		out = true;
	}
	loop_watch_free(TAKE(c->watch));
	stream_close(&c->stream);
	buf_done(&c->ahead);
	buf_done(&c->out);
	s->conns--;
	charge(c, 0);
	if (!out)
		request_free(TAKE(c->r));
	enter(c, out ? CONN_SHELL : CONN_DEAD);
	if (out)
		tell_gone(c->r);
	socket_gone(c);
	server_less(s);
}

void conn_settle(struct conn *c)
{
	if (c->state == CONN_DEAD) {
		list_remove(c);
		mem_free(c);
		return;
	}
	if (is_open(c))
		loop_watch_set(c->watch, c->reading, c->out.len || c->stream.wants_write);
}

/* Ends our side and waits for the client to end its own: closing with unread bytes would reset the
 * connection, and the client might lose the answer. */
static void linger(struct conn *c)
{
	buf_done(&c->ahead);
	if (c->eof) {
		conn_close(c);
		return;
	}
	stream_shut(&c->stream);
	c->stream.wants_write = false;
	c->reading = true;
	enter(c, CONN_LINGER);
	socket_gone(c);
}

/* The client has taken a piece of an answer. */
static void next_piece(struct conn *c)
{
	c->server->requests++;
	enter(c, CONN_WAIT);
	request_more(c->r);
}

static void written(struct conn *c)
{
	buf_done(&c->out);
	c->out_at = 0;
	if (c->state == CONN_WRITE && c->r) {
		next_piece(c);
		return;
	}
	if (is_socket(c))
		c->reading = !c->eof;
	if (c->state != CONN_WRITE && !is_socket(c))
		return;
	if (c->close_after) {
		linger(c);
		return;
	}
	if (is_socket(c))
		return;
	c->reading = !c->eof;
	enter(c, CONN_IDLE);
}

static void flush(struct conn *c)
{
	while (c->out_at < c->out.len) {
		ssize_t n =
		    stream_write(&c->stream, c->out.data + c->out_at, c->out.len - c->out_at);

		if (n == STREAM_AGAIN)
			return;
		if (n < 0) {
			conn_close(c);
			return;
		}
		c->out_at += (size_t)n;
		c->progress += (size_t)n;
		if (c->state == CONN_WRITE && c->progress >= CONN_PROGRESS)
			enter(c, CONN_WRITE);
	}
	written(c);
}

void conn_socket_wakes(struct conn *c)
{
	buf_consume(&c->out, c->out_at);
	c->out_at = 0;
	frames_fill(c->ws->frames, &c->out);
	c->close_after = frames_ended(c->ws->frames);
	if (c->out.len > WEBSOCKET_MAX_UNSENT)
		enter(c, CONN_CUT);
	else if (c->state == CONN_SOCKET && frames_closing(c->ws->frames))
		enter(c, CONN_FAREWELL);
	conn_settle(c);
}

/* What arrived for a WebSocket; what is to be written because of it waits for the socket. */
static void socket_take(struct conn *c, const char *bytes, size_t n)
{
	c->ws->heard = true;
	frames_take(c->ws->frames, bytes, n);
	conn_socket_wakes(c);
	/* Who sends pings and takes no pongs has to wait. */
	c->reading = c->out.len < CONN_READ_MAX;
	if (c->close_after && !c->out.len)
		linger(c);
}

static void become_socket(struct conn *c, struct request *r)
{
	c->ws = TAKE(r->upgrade);
	c->ws->conn = c;
	buf_add(&c->out, r->out.data, r->out.len);
	request_free(r);
	enter(c, CONN_SOCKET);
	if (c->server->stopping)
		websocket_close(c->ws, WEBSOCKET_GOING_AWAY);
	else
		conn_socket_wakes(c);
	flush(c);
}

/* A quiet client is asked once whether it is there. */
static void socket_expired(struct conn *c)
{
	if (!c->ws->heard) {
		conn_close(c);
		return;
	}
	c->ws->heard = false;
	frames_ping(c->ws->frames);
	enter(c, CONN_SOCKET);
	conn_socket_wakes(c);
}

/* What the request has to be sent by now. */
static void take_out(struct conn *c, struct request *r)
{
	if (c->out.len) {
		buf_add(&c->out, r->out.data, r->out.len);
		buf_done(&r->out);
		return;
	}
	buf_done(&c->out);
	c->out = r->out;
	r->out = (struct buf){0};
}

/* The request is answered and back. */
static void finish(struct conn *c)
{
	struct request *r = TAKE(c->r);

	if (!is_open(c) && r->more && r->gone && !r->drop) {
		c->r = r;
		take_back(c);
		tell_gone(r);
		return;
	}
	if (!is_open(c)) {
		request_free(r);
		enter(c, CONN_DEAD);
		return;
	}
	enter(c, CONN_WRITE);
	if (r->drop) {
		if (r->reset)
			stream_reset(&c->stream);
		request_free(r);
		conn_close(c);
		return;
	}
	if (r->upgrade) {
		become_socket(c, r);
		return;
	}
	c->close_after = r->close || c->server->stopping;
	take_out(c, r);
	if (r->more)
		c->r = r;
	else
		request_free(r);
	flush(c);
}

static void dispatch(struct conn *c, http_dispatch_fn *fn)
{
	struct request *r = c->r;

	charge(c, 0);
	c->server->requests++;
	enter(c, CONN_WAIT);
	if (!request_dispatch(r, fn))
		return;
	c->server->requests--;
	finish(c);
}

static void take_head(struct conn *c)
{
	struct request *r = c->r;

	r->pub.method = r->parser->method;
	r->head_only = r->pub.method == HTTP_HEAD;
	r->pub.peer = arena_dup(&r->arena, c->peer);
}

static void refuse(struct conn *c, int status, const char *why)
{
	static const struct {
		int status;
		enum err_code code;
	} codes[] = {
	    {404, ERR_NOT_FOUND},   {405, ERR_UNSUPPORTED}, {408, ERR_TIMEOUT},
	    {413, ERR_TOO_LARGE},   {414, ERR_TOO_LARGE},   {417, ERR_UNSUPPORTED},
	    {431, ERR_TOO_LARGE},   {501, ERR_UNSUPPORTED}, {503, ERR_UNAVAILABLE},
	    {505, ERR_UNSUPPORTED},
	};
	http_dispatch_fn *fallback = c->server->config.fallback;
	enum err_code code = ERR_INVALID;
	struct request *r = c->r;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		if (codes[i].status == status)
			code = codes[i].code;
	}
	take_head(c);
	r->status = status;
	r->refusal = arena_new(&r->arena, struct err);
	(void)err_set(r->refusal, code, "%s", why);
	r->close = r->close || (status != 404 && status != 405) || http_parser_has_body(r->parser);
	dispatch(c, fallback ? fallback : request_refuse_plainly);
}

/* The path is known, or is not, but no route serves the request. */
static void refuse_route(struct conn *c, const struct http_path *path, bool known)
{
	if (!known) {
		refuse(c, 404, "there is nothing at this address");
		return;
	}
	(void)http_set_header(&c->r->pub, "Allow",
			      http_router_allow(c->server->router, path, &c->r->arena));
	refuse(c, 405, "this address does not serve this method");
}

/* False when the request was refused. */
static bool head_arrived(struct conn *c)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct request *r = c->r;
	struct http_parser *p = r->parser;
	struct http_path path = {.text = ""};
	struct err e = {0};
	bool known, readable;

	take_head(c);
	r->close = p->close;
	readable = http_path_read(&r->arena, http_parser_target(p), &path, &e);
	r->pub.path = path.text;
	if (!readable) {
		refuse(c, 400, e.text);
		return false;
	}
	r->pub.query = path.query;
	r->pub.route =
	    http_router_find(c->server->router, &path, r->pub.method, r->pub.args, &known);
	if (!r->pub.route) {
		refuse_route(c, &path, known);
		return false;
	}
	if (!http_parser_body(p, r->pub.route->max_body)) {
		r->pub.route = NULL;
		refuse(c, p->status, p->why);
		return false;
	}
	if (!http_parser_has_body(p))
		return true;
	enter(c, CONN_BODY);
	if (p->expects_continue) {
		buf_text(&c->out, go_on);
		flush(c);
	}
	return is_open(c);
}

static void request_arrived(struct conn *c)
{
	struct request *r = c->r;

	if (r->parser->body.data) {
		r->pub.body = r->parser->body.data;
		r->pub.body_len = r->parser->body.len;
	}
	dispatch(c, c->server->config.dispatch);
}

/* Takes bytes up to the end of one request at most, and returns how many. */
static size_t parse(struct conn *c, const char *bytes, size_t n)
{
	size_t total = 0, used;

	if (!c->r) {
		c->r = request_new(c, c->server->mail, c->server->config.context);
		enter(c, CONN_HEAD);
	}
	for (;;) {
		enum http_step step = http_parse(c->r->parser, bytes + total, n - total, &used);

		total += used;
		switch (step) {
		case HTTP_STEP_MORE:
			charge(c, c->r->parser->body.size);
			if (c->server->body_bytes > c->server->limits.body_bytes)
				refuse(c, 503, "too many bodies are arriving at once");
			return total;
		case HTTP_STEP_HEAD:
			if (!head_arrived(c))
				return total;
			break;
		case HTTP_STEP_DONE:
			request_arrived(c);
			return total;
		case HTTP_STEP_BAD:
			c->r->pub.route = NULL;
			refuse(c, c->r->parser->status, c->r->parser->why);
			return total;
		}
	}
}

static void feed(struct conn *c, const char *bytes, size_t n)
{
	while (n && is_open(c) && c->state <= CONN_BODY) {
		size_t used = parse(c, bytes, n);

		bytes += used;
		n -= used;
	}
	if (n && is_open(c) && is_socket(c))
		socket_take(c, bytes, n);
	else if (n && is_open(c) && c->state != CONN_LINGER)
		buf_add(&c->ahead, bytes, n);
}

static void on_end(struct conn *c, bool broken)
{
	if (broken || c->state <= CONN_BODY || c->state == CONN_LINGER || c->ws) {
		conn_close(c);
		return;
	}
	c->eof = true;
	c->reading = false;
	if (c->r && (c->r->gone || c->r->parked))
		conn_close(c);
}

static void discard(struct conn *c)
{
	struct http_server *s = c->server;
	ssize_t n = stream_discard(&c->stream, s->scratch, sizeof(s->scratch));

	if (n == STREAM_AGAIN)
		return;
	if (n > 0) {
		c->progress += (size_t)n;
		c->discarded += (size_t)n;
	}
	if (n <= 0 || c->discarded > CONN_LINGER_MAX)
		conn_close(c);
	else if (c->progress >= CONN_PROGRESS)
		enter(c, CONN_LINGER);
}

static void receive(struct conn *c)
{
	struct http_server *s = c->server;

	do {
		bool whole = c->state <= CONN_BODY || is_socket(c);
		size_t room = whole ? CONN_READ_MAX : CONN_AHEAD_MAX;
		ssize_t n;

		if (c->state == CONN_LINGER) {
			discard(c);
			return;
		}
		if (c->ahead.len >= room) {
			c->reading = false;
			return;
		}
		n = stream_read(&c->stream, s->scratch, room - c->ahead.len);
		if (n == STREAM_AGAIN)
			return;
		if (n <= 0) {
			on_end(c, n == STREAM_BROKEN);
			return;
		}
		feed(c, s->scratch, (size_t)n);
	} while (is_open(c) && c->reading && stream_pending(&c->stream));
}

/* After an answer: what came behind the request meanwhile. */
static void go_on(struct conn *c)
{
	while (c->state == CONN_IDLE && c->ahead.len) {
		AUTO(buf_done) struct buf ahead = c->ahead;

		c->ahead = (struct buf){0};
		feed(c, ahead.data, ahead.len);
	}
	if (!is_open(c) || (c->state > CONN_BODY && !is_socket(c)))
		return;
	if (c->eof)
		conn_close(c);
	else if (c->reading && stream_pending(&c->stream))
		receive(c);
}

static void shake_hands(struct conn *c)
{
	int outcome = stream_handshake(&c->stream);

	if (outcome == STREAM_BROKEN)
		conn_close(c);
	else if (outcome == 1)
		enter(c, CONN_IDLE);
}

static void on_ready(void *arg, bool readable, bool writable)
{
	struct conn *c = arg;
	bool tls_waits = c->stream.wants_write;

	if (c->state == CONN_HANDSHAKE) {
		shake_hands(c);
	} else {
		if (writable && c->out.len) {
			flush(c);
			go_on(c);
		}
		if (is_open(c) && c->reading && (readable || tls_waits))
			receive(c);
	}
	go_on(c);
	conn_settle(c);
}

void conn_open(struct http_server *s, int fd, const char *peer)
{
	struct conn *c = mem_new(struct conn);

	c->server = s;
	c->reading = true;
	(void)snprintf(c->peer, sizeof(c->peer), "%s", peer);
	stream_open(&c->stream, fd, s->tls);
	c->watch = loop_watch_new(s->loop, fd, on_ready, c);
	s->conns++;
	begin(c, s->tls ? CONN_HANDSHAKE : CONN_IDLE);
	conn_settle(c);
}

void conn_answered(struct request *r)
{
	struct conn *c = r->conn;
	struct http_server *s = c->server;

	s->requests--;
	finish(c);
	go_on(c);
	conn_settle(c);
	server_less(s);
}

void conn_waits_long(struct conn *c)
{
	if (c && is_out(c) && (c->eof || !is_open(c)))
		enter(c, CONN_NOTICE);
}

void conn_expired(struct conn *c)
{
	if (c->state == CONN_HEAD || c->state == CONN_BODY) {
		refuse(c, 408, "the request took too long to arrive");
		go_on(c);
	} else if (c->state == CONN_SOCKET) {
		socket_expired(c);
	} else if (is_open(c)) {
		conn_close(c);
	} else {
		enter(c, CONN_SHELL);
		tell_gone(c->r);
	}
	conn_settle(c);
}
