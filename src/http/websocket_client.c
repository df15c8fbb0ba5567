#include "http/websocket_client.h"

#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"
#include "http/connect.h"
#include "http/frames.h"
#include "http/upgrade.h"
#include "http/websocket.h"

#define READ_SIZE 16384
#define READ_ROUNDS 16 /* reads before other things on the loop get their turn */

enum state { CONNECTING, UPGRADING, OPEN, GONE };

struct websocket_client {
	struct loop *loop;
	struct websocket_client_owner owner;
	struct http_async_client *http;
	struct http_async *connection; /* NULL when it is closed */
	int fd;                        /* of the watch; -1: none */
	struct loop_watch *watch;
	struct loop_timer *timer; /* of opening, then of pings, then of the end */
	struct loop_timer *again; /* work is left */
	enum state state;
	char *host, *target;
	char key[UPGRADE_KEY_SIZE];
	struct frames *frames;
	struct buf head;
	struct buf
	    out; /* being sent: libcurl wants the same bytes again when it could not send them */
	size_t sent;
	bool heard;   /* since the last ping */
	bool in_call; /* of the owner's, or of our own event */
	bool freed;   /* in there */
};

static void release(struct websocket_client *c)
{
	loop_watch_free(TAKE(c->watch));
	fd_closep(&c->fd);
	loop_timer_stop(c->timer);
	loop_timer_stop(c->again);
	if (c->connection)
		http_async_cancel(TAKE(c->connection));
}

static void destroy(struct websocket_client *c)
{
	release(c);
	loop_timer_free(c->timer);
	loop_timer_free(c->again);
	http_async_client_free(c->http);
	frames_free(c->frames);
	buf_done(&c->head);
	buf_done(&c->out);
	mem_free(c->host);
	mem_free(c->target);
	mem_free(c);
}

void websocket_client_free(struct websocket_client *c)
{
	if (!c)
		return;
	if (!c->in_call) {
		destroy(c);
		return;
	}
	c->freed = true;
	c->state = GONE;
}

static void end(struct websocket_client *c, enum err_code code, const char *why)
{
	struct err e;

	if (c->state == GONE)
		return;
	err_set(&e, code, "%s", why);
	c->state = GONE;
	release(c);
	c->owner.gone(c->owner.arg, &e);
}

/* --- out --- */

/* False when the connection is over. */
static bool send_some(struct websocket_client *c)
{
	size_t n = 0;
	CURLcode rc = curl_easy_send(http_async_handle(c->connection), c->out.data + c->sent,
				     c->out.len - c->sent, &n);

	if (rc == CURLE_AGAIN)
		n = 0;
	else if (rc != CURLE_OK)
		return false;
	c->sent += n;
	loop_watch_set(c->watch, true, c->sent < c->out.len);
	return true;
}

static void flush(struct websocket_client *c)
{
	size_t before;

	do {
		if (c->sent == c->out.len) {
			buf_reset(&c->out);
			c->sent = 0;
			if (c->state == OPEN)
				frames_fill(c->frames, &c->out);
		}
		before = c->sent;
		if (c->sent < c->out.len && !send_some(c)) {
			end(c, ERR_PEER, "the connection broke");
			return;
		}
	} while (c->sent > before);
	if (c->state == OPEN && frames_ended(c->frames) && c->sent == c->out.len)
		end(c, ERR_UNAVAILABLE, "the gateway closed the connection");
}

/* --- in --- */

static void opened(struct websocket_client *c)
{
	size_t head;
	struct err e = {0};

	if (!upgrade_read(c->head.data, c->head.len, c->key, &head, &e)) {
		end(c, e.code, e.text);
		return;
	}
	if (head == 0)
		return;
	c->state = OPEN;
	c->heard = true;
	loop_timer_start(c->timer, WEBSOCKET_CLIENT_PING_MS, WEBSOCKET_CLIENT_PING_MS);
	c->owner.open(c->owner.arg);
	if (c->state == OPEN && c->head.len > head)
		frames_take(c->frames, c->head.data + head, c->head.len - head);
	buf_done(&c->head);
}

static void take(struct websocket_client *c, const char *bytes, size_t n)
{
	c->heard = true;
	if (c->state == OPEN) {
		frames_take(c->frames, bytes, n);
		return;
	}
	buf_add(&c->head, bytes, n);
	opened(c);
}

static void pump(struct websocket_client *c)
{
	char bytes[READ_SIZE];
	int rounds = 0;
	CURLcode rc = CURLE_OK;

	if (frames_waiting(c->frames) > WEBSOCKET_CLIENT_MAX_UNSENT)
		end(c, ERR_PEER, "the gateway takes no answers");
	while (c->state != GONE && rc == CURLE_OK && rounds++ < READ_ROUNDS) {
		size_t n = 0;

		rc = curl_easy_recv(http_async_handle(c->connection), bytes, sizeof(bytes), &n);
		if (rc == CURLE_OK && n > 0)
			take(c, bytes, n);
		else if (rc != CURLE_AGAIN)
			end(c, ERR_UNAVAILABLE, "the gateway closed the connection");
	}
	/* TLS may hold bytes that no event will announce. */
	if (c->state != GONE && rc == CURLE_OK)
		loop_timer_start(c->again, 0, 0);
	if (c->state != GONE)
		flush(c);
}

/* Runs fn so that the owner may free c meanwhile. */
static void guarded(struct websocket_client *c, void (*fn)(struct websocket_client *c))
{
	c->in_call = true;
	if (c->state != GONE)
		fn(c);
	c->in_call = false;
	if (c->freed)
		destroy(c);
}

static void on_ready(void *arg, [[maybe_unused]] bool readable, [[maybe_unused]] bool writable)
{
	guarded(arg, pump);
}

static void on_again(void *arg)
{
	guarded(arg, pump);
}

static void time_over(struct websocket_client *c)
{
	if (c->state != OPEN) {
		end(c, ERR_UNAVAILABLE, "the gateway did not answer the handshake in time");
	} else if (!c->heard || frames_closing(c->frames)) {
		end(c, ERR_UNAVAILABLE, "the gateway does not answer any more");
	} else {
		c->heard = false;
		frames_ping(c->frames);
		flush(c);
	}
}

static void on_timer(void *arg)
{
	guarded(arg, time_over);
}

static void on_message(void *arg, const char *text, size_t n)
{
	struct websocket_client *c = arg;

	if (c->state == OPEN)
		c->owner.message(c->owner.arg, text, n);
}

/* --- opening --- */

static void connected(struct websocket_client *c)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (curl_easy_getinfo(http_async_handle(c->connection), CURLINFO_ACTIVESOCKET, &fd) !=
		CURLE_OK ||
	    fd == CURL_SOCKET_BAD) {
		end(c, ERR_INTERNAL, "libcurl does not tell its socket");
		return;
	}
	/* libcurl may still watch its own descriptor, and ends that when it likes. */
	c->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (c->fd < 0) {
		end(c, ERR_IO, "no descriptor is left for the connection");
		return;
	}
	c->state = UPGRADING;
	c->watch = loop_watch_new(c->loop, c->fd, on_ready, c);
	loop_watch_set(c->watch, true, false);
	loop_timer_start(c->timer, WEBSOCKET_CLIENT_OPEN_MS, 0);
	upgrade_key(c->key);
	upgrade_ask(&c->out, c->host, c->target, c->key);
	flush(c);
}

static void on_connected(void *arg, [[maybe_unused]] const struct http_reply *reply,
			 const struct err *e)
{
	struct websocket_client *c = arg;

	if (!e) {
		guarded(c, connected);
		return;
	}
	c->connection = NULL;
	c->in_call = true;
	end(c, e->code, e->text);
	c->in_call = false;
	if (c->freed)
		destroy(c);
}

/* Host, with a port that was given, and target of url; *http is what libcurl connects to. */
static bool url_read(struct websocket_client *c, CURLU *url, char **http)
{
	char *scheme = NULL, *host = NULL, *port = NULL, *path = NULL, *query = NULL;
	bool ok = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		  curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		  curl_url_get(url, CURLUPART_PATH, &path, 0) == CURLUE_OK;

	(void)curl_url_get(url, CURLUPART_PORT, &port, 0);
	(void)curl_url_get(url, CURLUPART_QUERY, &query, 0);
	ok = ok && (text_equal(scheme, "ws") || text_equal(scheme, "wss"));
	if (ok) {
		c->host = mem_printf("%s%s%s", host, port ? ":" : "", port ? port : "");
		c->target = mem_printf("%s%s%s", path, query ? "?" : "", query ? query : "");
		*http =
		    mem_printf("%s://%s/", text_equal(scheme, "wss") ? "https" : "http", c->host);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(path);
	curl_free(query);
	return ok;
}

static bool begin(struct websocket_client *c, const char *url, struct err *e)
{
	AUTO(mem_freep) char *http = NULL;
	CURLU *parts = curl_url();
	bool ok = parts &&
		  curl_url_set(parts, CURLUPART_URL, url,
			       CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER) == CURLUE_OK &&
		  url_read(c, parts, &http);

	curl_url_cleanup(parts);
	if (!ok)
		return err_set(e, ERR_INVALID, "not a URL that begins with ws:// or wss://");
	c->connection =
	    http_async_connect(c->http,
			       &(struct http_call){.url = http,
						   .connect_timeout_ms = WEBSOCKET_CLIENT_OPEN_MS,
						   .total_timeout_ms = WEBSOCKET_CLIENT_OPEN_MS},
			       on_connected, c);
	return true;
}

struct websocket_client *websocket_client_new(struct loop *l, const char *url, const char *ca_file,
					      const struct websocket_client_owner *owner,
					      struct err *e)
{
	struct http_async_client *http = http_async_client_new(l, ca_file, e);
	struct websocket_client *c;

	if (!http)
		return NULL;
	c = mem_new(struct websocket_client);
	c->loop = l;
	c->fd = -1;
	c->owner = *owner;
	c->http = http;
	c->frames = frames_new(FRAMES_CLIENT, WEBSOCKET_CLIENT_MAX_MESSAGE, on_message, c);
	c->timer = loop_timer_new(l, on_timer, c);
	c->again = loop_timer_new(l, on_again, c);
	if (begin(c, url, e))
		return c;
	destroy(c);
	return NULL;
}

void websocket_client_send(struct websocket_client *c, const char *text, size_t n)
{
	if (c->state != OPEN)
		return;
	frames_send(c->frames, text, n);
	loop_timer_start(c->again, 0, 0);
}

void websocket_client_close(struct websocket_client *c)
{
	if (c->state != OPEN)
		return;
	frames_close(c->frames, WEBSOCKET_NORMAL);
	loop_timer_start(c->timer, 2000, 0);
	loop_timer_start(c->again, 0, 0);
}
