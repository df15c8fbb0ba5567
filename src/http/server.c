#include "http/server.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "http/conn.h"

#define ACCEPT_AT_ONCE 64
#define ACCEPT_PAUSE_MS 100 /* when descriptors have run out */

static const struct http_limits default_limits = {
    .header_ms = HTTP_HEADER_TIMEOUT_MS,
    .body_ms = HTTP_BODY_TIMEOUT_MS,
    .idle_ms = HTTP_IDLE_TIMEOUT_MS,
    .write_ms = HTTP_WRITE_TIMEOUT_MS,
    .connections = HTTP_MAX_CONNECTIONS,
    .body_bytes = HTTP_MAX_BODY_BYTES,
};

int64_t server_time_for(const struct http_server *s, enum conn_state state)
{
	switch (state) {
	case CONN_HANDSHAKE:
	case CONN_HEAD:
		return s->limits.header_ms;
	case CONN_IDLE:
		return s->limits.idle_ms;
	case CONN_BODY:
		return s->limits.body_ms;
	case CONN_WRITE:
		return s->limits.write_ms;
	case CONN_LINGER:
	case CONN_FAREWELL:
		return CONN_LINGER_MS;
	case CONN_SOCKET:
		return s->limits.idle_ms;
	case CONN_CUT:
	case CONN_NOTICE:
		return 0;
	case CONN_WAIT:
	case CONN_SHELL:
	case CONN_DEAD:
	case CONN_STATES:
		break;
	}
	return -1;
}

void server_deadline(struct http_server *s, int64_t deadline)
{
	if (deadline >= s->timer_at)
		return;
	s->timer_at = deadline;
	loop_timer_start(s->timer, deadline - loop_now_ms(s->loop), 0);
}

static void on_timer(void *arg)
{
	struct http_server *s = arg;
	int64_t now = loop_now_ms(s->loop);
	int64_t next = INT64_MAX;
	int i;

	s->timer_at = INT64_MAX;
	for (i = 0; i < CONN_STATES; i++) {
		struct conn_list *list = &s->lists[i];

		if (server_time_for(s, (enum conn_state)i) < 0)
			continue;
		while (list->first && list->first->deadline <= now)
			conn_expired(list->first);
		if (list->first && list->first->deadline < next)
			next = list->first->deadline;
	}
	server_deadline(s, next);
}

static void close_first(struct conn_list *list)
{
	struct conn *c = list->first;

	conn_close(c);
	conn_settle(c);
}

/* Makes room for a connection: the longest idle one goes, else the slowest sender. */
static bool shed(struct http_server *s)
{
	static const enum conn_state order[] = {CONN_IDLE, CONN_LINGER, CONN_HEAD, CONN_HANDSHAKE};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		if (s->lists[order[i]].first) {
			close_first(&s->lists[order[i]]);
			return true;
		}
	}
	return false;
}

static void accept_again(void *arg)
{
	struct http_server *s = arg;

	if (s->listener_watch)
		loop_watch_set(s->listener_watch, true, false);
}

static void accept_failed(struct http_server *s)
{
	if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
		return;
	if (shed(s))
		return;
	loop_watch_set(s->listener_watch, false, false);
	loop_timer_start(s->accept_timer, ACCEPT_PAUSE_MS, 0);
}

static void on_accept(void *arg, [[maybe_unused]] bool readable, [[maybe_unused]] bool writable)
{
	struct http_server *s = arg;
	int i;

	for (i = 0; i < ACCEPT_AT_ONCE; i++) {
		char peer[LISTEN_PEER_MAX];
		int fd = listen_accept(s->listener, peer);

		if (fd == LISTEN_NOBODY)
			return;
		if (fd == LISTEN_FAILED) {
			accept_failed(s);
			return;
		}
		if (s->conns >= s->limits.connections && !shed(s))
			(void)close(fd);
		else
			conn_open(s, fd, peer);
	}
}

static void on_mail(void *arg)
{
	struct http_server *s = arg;
	struct request *r = mailbox_take(s->mail);

	while (r) {
		struct request *next = r->next;

		conn_answered(r);
		r = next;
	}
}

static void close_all(struct http_server *s)
{
	int i;

	while (s->lists[CONN_NOTICE].first)
		conn_expired(s->lists[CONN_NOTICE].first);
	for (i = 0; i < CONN_SHELL; i++) {
		while (s->lists[i].first)
			close_first(&s->lists[i]);
	}
}

static void on_grace(void *arg)
{
	struct http_server *s = arg;
	loop_fn *stopped = TAKE(s->stopped);

	close_all(s);
	if (stopped)
		stopped(s->stopped_arg);
}

void server_less(struct http_server *s)
{
	if (s->stopping && s->stopped && !s->conns && !s->requests)
		loop_timer_start(s->grace, 0, 0);
}

static void listen_no_more(struct http_server *s)
{
	if (s->listener < 0)
		return;
	loop_watch_free(TAKE(s->listener_watch));
	(void)close(s->listener);
	s->listener = -1;
	if (strncmp(s->address, "unix:", 5) == 0)
		(void)unlink(s->address + 5);
}

void http_server_stop(struct http_server *s, int64_t grace_ms, loop_fn *done, void *arg)
{
	static const enum conn_state idle[] = {CONN_HANDSHAKE, CONN_IDLE};
	size_t i;

	listen_no_more(s);
	mailbox_stop(s->mail);
	s->stopping = true;
	s->stopped = done;
	s->stopped_arg = arg;
	loop_timer_start(s->grace, grace_ms, 0);
	for (i = 0; i < ARRAY_SIZE(idle); i++) {
		while (s->lists[idle[i]].first)
			close_first(&s->lists[idle[i]]);
	}
	while (s->lists[CONN_SOCKET].first)
		websocket_close(s->lists[CONN_SOCKET].first->ws, WEBSOCKET_GOING_AWAY);
	server_less(s);
}

static void free_closed(struct conn_list *list)
{
	while (list->first) {
		struct conn *c = list->first;

		list->first = c->next;
		if (c->r)
			c->r->conn = NULL;
		mem_free(c);
	}
}

void http_server_free(struct http_server *s)
{
	int i;

	if (!s)
		return;
	listen_no_more(s);
	close_all(s);
	for (i = 0; i < CONN_STATES; i++)
		free_closed(&s->lists[i]);
	mailbox_close(s->mail);
	loop_timer_free(s->accept_timer);
	loop_timer_free(s->timer);
	loop_timer_free(s->grace);
	http_router_free(s->router);
	SSL_CTX_free(s->tls);
	mem_free(s);
}

const char *http_server_address(const struct http_server *s)
{
	return s->address;
}

bool http_server_check(const struct http_server_config *config, const char *address, struct err *e)
{
	SSL_CTX *tls = NULL;

	if (config->tls_cert && !(tls = stream_tls_new(config->tls_cert, config->tls_key, e)))
		return false;
	SSL_CTX_free(tls);
	return listen_check(address, e);
}

struct http_server *http_server_new(struct loop *l, const struct http_server_config *config,
				    const char *address, struct err *e)
{
	SSL_CTX *tls = NULL;
	struct http_server *s;
	char bound[LISTEN_ADDRESS_MAX];
	int fd;

	if (config->tls_cert && !(tls = stream_tls_new(config->tls_cert, config->tls_key, e)))
		return NULL;
	if (!listen_open(address, config->shared, &fd, bound, e)) {
		SSL_CTX_free(tls);
		return NULL;
	}
	s = mem_new(struct http_server);
	s->loop = l;
	s->config = *config;
	s->limits = config->limits ? *config->limits : default_limits;
	s->router = http_router_new(config->routes, config->route_count);
	s->tls = tls;
	memcpy(s->address, bound, sizeof(bound));
	s->mail = mailbox_new(l, on_mail, s);
	s->timer = loop_timer_new(l, on_timer, s);
	s->timer_at = INT64_MAX;
	s->grace = loop_timer_new(l, on_grace, s);
	s->accept_timer = loop_timer_new(l, accept_again, s);
	s->listener = fd;
	s->listener_watch = loop_watch_new(l, fd, on_accept, s);
	loop_watch_set(s->listener_watch, true, false);
	return s;
}
