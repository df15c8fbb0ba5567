#include <stdlib.h>

#include "http/connect.h"
#include "http/transfer.h"

struct call_list {
	struct http_async *first, *last;
};

struct http_async {
	struct http_async *previous, *next; /* in running or ended */
	struct http_async_client *client;
	struct transfer t;
	struct arena texts; /* of the call */
	http_done_fn *done;
	void *arg;
	CURLcode outcome;
	bool ended;
	bool connects, connected; /* http_async_connect */
	bool refused;             /* why is in e; libcurl never saw it */
	struct err e;
};

struct http_async_client {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer *timer;   /* libcurl's */
	struct loop_timer *deliver; /* for calls that end before they begin */
	char *ca_file;
	struct call_list running, ended;
	bool delivering;
	bool freed; /* by a done: the rest follows when it returns */
};

/* One socket that libcurl wants watched. */
struct socket_watch {
	struct http_async_client *client;
	curl_socket_t fd;
	struct loop_watch *watch;
};

static void list_add(struct call_list *list, struct http_async *a)
{
	a->next = NULL;
	a->previous = list->last;
	*(list->last ? &list->last->next : &list->first) = a;
	list->last = a;
}

static void list_remove(struct call_list *list, struct http_async *a)
{
	*(a->previous ? &a->previous->next : &list->first) = a->next;
	*(a->next ? &a->next->previous : &list->last) = a->previous;
}

static void call_free(struct http_async *a)
{
	transfer_done(&a->t);
	arena_done(&a->texts);
	mem_free(a);
}

static void call_ended(struct http_async *a)
{
	list_remove(&a->client->running, a);
	list_add(&a->client->ended, a);
	a->ended = true;
}

static void tell(struct http_async *a)
{
	struct http_reply reply;

	if (!a->refused && transfer_end(&a->t, a->outcome, &reply, &a->e))
		a->done(a->arg, &reply, NULL);
	else
		a->done(a->arg, NULL, &a->e);
}

static void client_free(struct http_async_client *c);

static void deliver(void *arg)
{
	struct http_async_client *c = arg;

	if (c->delivering)
		return;
	c->delivering = true;
	while (c->ended.first) {
		struct http_async *a = c->ended.first;

		list_remove(&c->ended, a);
		if (a->connected) {
			list_add(&c->running, a);
			a->ended = false;
			a->done(a->arg, NULL, NULL);
		} else {
			tell(a);
			call_free(a);
		}
	}
	c->delivering = false;
	if (c->freed)
		client_free(c);
}

/* After anything that let libcurl work. */
static void collect(struct http_async_client *c)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(c->multi, &left))) {
		struct http_async *a = NULL;
		CURLcode outcome = message->data.result;

		if (message->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&a) !=
			CURLE_OK)
			continue;
		a->outcome = outcome;
		a->connected = a->connects && outcome == CURLE_OK;
		/* libcurl would close the connection of a handle that is taken out. */
		if (!a->connected)
			(void)curl_multi_remove_handle(c->multi, a->t.easy);
		call_ended(a);
	}
	deliver(c);
}

static void on_socket_ready(void *arg, bool readable, bool writable)
{
	struct socket_watch *s = arg;
	struct http_async_client *c = s->client;
	int what = (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0);
	int running;

	(void)curl_multi_socket_action(c->multi, s->fd, what, &running);
	collect(c);
}

static void on_timer(void *arg)
{
	struct http_async_client *c = arg;
	int running;

	(void)curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(c);
}

static int want_timer([[maybe_unused]] CURLM *multi, long delay_ms, void *arg)
{
	struct http_async_client *c = arg;

	if (delay_ms < 0)
		loop_timer_stop(c->timer);
	else
		loop_timer_start(c->timer, delay_ms, 0);
	return 0;
}

static int want_socket([[maybe_unused]] CURL *easy, curl_socket_t fd, int what, void *arg,
		       void *known)
{
	struct http_async_client *c = arg;
	struct socket_watch *s = known;

	if (what == CURL_POLL_REMOVE) {
		if (s)
			loop_watch_free(s->watch);
		mem_free(s);
		return 0;
	}
	if (!s) {
		s = mem_new(struct socket_watch);
		*s = (struct socket_watch){.client = c, .fd = fd};
		s->watch = loop_watch_new(c->loop, fd, on_socket_ready, s);
		if (curl_multi_assign(c->multi, fd, s) != CURLM_OK)
			abort();
	}
	loop_watch_set(s->watch, what & CURL_POLL_IN, what & CURL_POLL_OUT);
	return 0;
}

struct http_async_client *http_async_client_new(struct loop *l, const char *ca_file, struct err *e)
{
	struct http_async_client *c;

	if (!transfer_ca_check(ca_file, e))
		return NULL;
	transfer_start_library();
	c = mem_new(struct http_async_client);
	c->loop = l;
	c->ca_file = mem_dup(ca_file);
	c->timer = loop_timer_new(l, on_timer, c);
	c->deliver = loop_timer_new(l, deliver, c);
	c->multi = curl_multi_init();
	if (!c->multi ||
	    curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, want_socket) != CURLM_OK ||
	    curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c) != CURLM_OK ||
	    curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, want_timer) != CURLM_OK ||
	    curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c) != CURLM_OK)
		abort();
	return c;
}

static void client_free(struct http_async_client *c)
{
	(void)curl_multi_cleanup(c->multi);
	loop_timer_free(c->timer);
	loop_timer_free(c->deliver);
	mem_free(c->ca_file);
	mem_free(c);
}

void http_async_client_free(struct http_async_client *c)
{
	if (!c)
		return;
	while (c->running.first)
		http_async_cancel(c->running.first);
	while (c->ended.first)
		http_async_cancel(c->ended.first);
	c->freed = true;
	if (!c->delivering)
		client_free(c);
}

static struct http_call call_copy(struct arena *a, const struct http_call *call)
{
	struct http_call copy = *call;
	size_t i;

	copy.url = arena_dup(a, call->url);
	for (i = 0; i < HTTP_CLIENT_MAX_HEADERS && call->headers[i]; i++)
		copy.headers[i] = arena_dup(a, call->headers[i]);
	for (i = 0; i < HTTP_CLIENT_MAX_WANTED; i++)
		copy.wanted[i] = arena_dup(a, call->wanted[i]);
	if (call->body)
		copy.body = arena_dup_n(a, call->body, call->body_len);
	return copy;
}

/* What libcurl is told beside the call itself. */
static bool connect_only(struct http_async *a)
{
	return curl_easy_setopt(a->t.easy, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK &&
	       curl_easy_setopt(a->t.easy, CURLOPT_HTTPPROXYTUNNEL, 1L) == CURLE_OK;
}

static struct http_async *begin(struct http_async_client *c, const struct http_call *call,
				bool connects, http_done_fn *done, void *arg)
{
	struct http_async *a = mem_new(struct http_async);
	struct http_call copy = call_copy(&a->texts, call);

	a->client = c;
	a->connects = connects;
	a->done = done;
	a->arg = arg;
	list_add(&c->running, a);
	if (!transfer_begin(&a->t, &copy, c->ca_file, &a->e)) {
		a->refused = true;
		call_ended(a);
		loop_timer_start(c->deliver, 0, 0);
		return a;
	}
	if ((connects && !connect_only(a)) ||
	    curl_easy_setopt(a->t.easy, CURLOPT_PRIVATE, a) != CURLE_OK ||
	    curl_multi_add_handle(c->multi, a->t.easy) != CURLM_OK)
		abort();
	return a;
}

struct http_async *http_async_call(struct http_async_client *c, const struct http_call *call,
				   http_done_fn *done, void *arg)
{
	return begin(c, call, false, done, arg);
}

struct http_async *http_async_connect(struct http_async_client *c, const struct http_call *call,
				      http_done_fn *done, void *arg)
{
	return begin(c, call, true, done, arg);
}

CURL *http_async_handle(struct http_async *a)
{
	return a->t.easy;
}

void http_async_cancel(struct http_async *a)
{
	if (!a->ended || a->connected)
		(void)curl_multi_remove_handle(a->client->multi, a->t.easy);
	list_remove(a->ended ? &a->client->ended : &a->client->running, a);
	call_free(a);
}
