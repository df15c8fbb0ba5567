/* Every outcome of a call, blocking and on a loop. */
#include "fixture.h"

#include <poll.h>

#include "certificate.h"
#include "http/client.h"

/* The two ways to call; each test runs with both. */
enum way { BLOCKING, ON_A_LOOP };

struct caller {
	enum way way;
	const char *ca_file;
	struct http_client *client;
	struct loop *l;
	struct http_async_client *async;
	struct arena a;
	struct http_reply reply;
	struct err e;
	bool done, ok;
};

static void caller_start(struct caller *c, void **state, const char *ca_file)
{
	*c = (struct caller){.way = *(const enum way *)*state};
	if (c->way == BLOCKING) {
		c->client = http_client_new(ca_file, &c->e);
		assert_non_null(c->client);
		return;
	}
	c->l = loop_new();
	c->async = http_async_client_new(c->l, ca_file, &c->e);
	assert_non_null(c->async);
}

static void caller_end(struct caller *c)
{
	http_client_free(c->client);
	http_async_client_free(c->async);
	loop_free(c->l);
	arena_done(&c->a);
}

static void on_done(void *arg, const struct http_reply *reply, const struct err *e)
{
	struct caller *c = arg;

	assert_false(c->done);
	assert_true(!reply != !e);
	c->done = true;
	c->ok = reply;
	if (reply) {
		c->reply = *reply;
		c->reply.type = arena_dup(&c->a, reply->type);
		c->reply.got[0] = arena_dup(&c->a, reply->got[0]);
		c->reply.body = arena_dup_n(&c->a, reply->body, reply->body_len);
	} else {
		c->e = *e;
	}
	loop_stop(c->l);
}

static bool call(struct caller *c, const struct http_call *call)
{
	c->e = (struct err){0};
	if (c->way == BLOCKING)
		return http_client_call(c->client, call, &c->a, &c->reply, &c->e);
	c->done = false;
	assert_non_null(http_async_call(c->async, call, on_done, c));
	assert_false(c->done);
	loop_run(c->l);
	assert_true(c->done);
	return c->ok;
}

/* A peer that does one thing with what it is asked. */
enum habit {
	CLOSES,       /* takes the request and closes */
	HANGS,        /* takes the request and says nothing */
	IGNORES,      /* accepts and does not even read */
	SAYS,         /* answers with text, and closes */
	CLOSES_LATER, /* answers the first request, keeps the connection, closes on the second */
};

struct peer {
	enum habit habit;
	const char *text;
	int listener;
	int port;
	atomic_int connections, requests;
	pthread_t thread;
};

#define FINE "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: a/b\r\n\r\nfine"

/* Reads one head (the tests' bodies come with it); false when the client has left. */
static bool take_request(int fd)
{
	char got[65536];
	size_t n = 0;

	for (;;) {
		ssize_t k = recv(fd, got + n, sizeof(got) - 1 - n, 0);

		if (k <= 0)
			return false;
		n += (size_t)k;
		got[n] = '\0';
		if (strstr(got, "\r\n\r\n"))
			return true;
	}
}

static void serve(struct peer *p, int fd)
{
	bool first = atomic_fetch_add(&p->connections, 1) == 0;
	char c;

	while (p->habit != IGNORES && take_request(fd)) {
		int number = atomic_fetch_add(&p->requests, 1) + 1;

		if (p->habit == CLOSES || (p->habit == CLOSES_LATER && first && number == 2))
			return;
		if (p->habit == SAYS) {
			say(fd, p->text);
			return;
		}
		if (p->habit == CLOSES_LATER)
			say(fd, FINE);
	}
	while (p->habit == IGNORES && recv(fd, &c, 1, 0) > 0)
		;
}

static void *peer_run(void *arg)
{
	struct peer *p = arg;

	for (;;) {
		int fd = accept(p->listener, NULL, NULL);

		if (fd < 0)
			return NULL;
		serve(p, fd);
		(void)close(fd);
	}
}

static void peer_start(struct peer *p, enum habit habit, const char *text)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t n = sizeof(in);

	*p = (struct peer){.habit = habit, .text = text};
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(p->listener, 8), 0);
	assert_int_equal(getsockname(p->listener, (struct sockaddr *)&in, &n), 0);
	p->port = ntohs(in.sin_port);
	assert_int_equal(pthread_create(&p->thread, NULL, peer_run, p), 0);
}

static void peer_end(struct peer *p)
{
	(void)shutdown(p->listener, SHUT_RDWR);
	assert_int_equal(pthread_join(p->thread, NULL), 0);
	(void)close(p->listener);
}

static const char *url_of(struct caller *c, const char *scheme, const struct peer *p)
{
	return arena_printf(&c->a, "%s://127.0.0.1:%d/x", scheme, p->port);
}

static void answer_described(struct http_request *r)
{
	const char *test = http_header(r, "x-test");
	const char *type = http_header(r, "content-type");
	const char *body =
	    arena_printf(r->arena, "%s %s?%s %s %s %s", r->method == HTTP_POST ? "POST" : "?",
			 r->path, r->query, test ? test : "-", type ? type : "-", r->body);

	http_answer(r, 201, "text/x-test", body, strlen(body));
}

static void answer_method(struct http_request *r)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d:%zu", (int)r->method, r->body_len);
	http_answer(r, 200, NULL, text, strlen(text));
}

static void answer_redirect(struct http_request *r)
{
	assert_true(http_set_header(r, "Location", "/method"));
	http_answer(r, 302, NULL, "", 0);
}

static void answer_error(struct http_request *r)
{
	http_answer(r, 500, "text/plain", "no", 2);
}

static void answer_large(struct http_request *r)
{
	char *body = arena_alloc(r->arena, 2000000);

	memset(body, 'x', 2000000);
	http_answer(r, 200, NULL, body, r->query[0] ? 1048577 : 1048576);
}

static void dispatch(struct http_request *r)
{
	((http_dispatch_fn *)r->route->data)(r);
}

static const struct http_route routes[] = {
    {HTTP_POST, "/described", 1000, answer_described},
    {HTTP_GET, "/method", 0, answer_method},
    {HTTP_POST, "/method", 100, answer_method},
    {HTTP_PUT, "/method", 100, answer_method},
    {HTTP_PATCH, "/method", 100, answer_method},
    {HTTP_DELETE, "/method", 100, answer_method},
    {HTTP_GET, "/redirect", 0, answer_redirect},
    {HTTP_GET, "/error", 0, answer_error},
    {HTTP_GET, "/large", 0, answer_large},
};

static const struct http_server_config usual = {
    .routes = routes, .route_count = ARRAY_SIZE(routes), .dispatch = dispatch};

static const char *url_at(struct caller *c, const struct world *w, const char *path)
{
	return arena_printf(&c->a, "http://%s%s", http_server_address(w->s), path);
}

struct asked {
	bool may;
	int times;
	uint16_t port;
	in_addr_t address;
};

static bool asked_may(void *arg, const struct sockaddr *to)
{
	struct asked *a = arg;
	struct sockaddr_in in;

	assert_int_equal(to->sa_family, AF_INET);
	memcpy(&in, to, sizeof(in));
	a->times++;
	a->port = ntohs(in.sin_port);
	a->address = ntohl(in.sin_addr.s_addr);
	return a->may;
}

static void a_guard_is_asked_with_every_address_before_it_is_connected_to(void **state)
{
	struct asked asked = {.may = true};
	const struct http_guard guard = {asked_may, &asked};
	struct http_call k = {.guard = &guard};
	struct caller c;
	struct peer p;

	peer_start(&p, CLOSES_LATER, NULL);
	caller_start(&c, state, NULL);
	k.url = arena_printf(&c.a, "http://2130706433:%d/", p.port);
	assert_true(call(&c, &k));
	assert_int_equal(asked.times, 1);
	assert_int_equal(asked.port, p.port);
	assert_int_equal(asked.address, INADDR_LOOPBACK);
	asked.may = false;
	assert_false(call(&c, &k));
	assert_int_equal(c.e.code, ERR_FORBIDDEN);
	assert_non_null(strstr(c.e.text, "127.0.0.1"));
	assert_int_equal(asked.times, 2);
	assert_int_equal(atomic_load(&p.connections), 1);
	caller_end(&c);
	peer_end(&p);
}

static void a_guarded_call_takes_no_connection_of_another(void **state)
{
	struct asked asked = {.may = false};
	const struct http_guard guard = {asked_may, &asked};
	struct http_call k = {0};
	struct caller c;
	struct world w;

	world_start(&w, &usual, "127.0.0.1:0");
	caller_start(&c, state, NULL);
	k.url = url_at(&c, &w, "/method");
	assert_true(call(&c, &k));
	k.guard = &guard;
	assert_false(call(&c, &k));
	assert_int_equal(c.e.code, ERR_FORBIDDEN);
	caller_end(&c);
	world_end(&w);
}

static void a_guarded_call_goes_past_proxies(void **state)
{
	struct asked asked = {.may = true};
	const struct http_guard guard = {asked_may, &asked};
	struct http_call k = {.url = "http://192.0.2.1:9/", .guard = &guard};
	struct caller c;

	assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
	asked.may = false;
	caller_start(&c, state, NULL);
	assert_false(call(&c, &k));
	assert_int_equal(c.e.code, ERR_FORBIDDEN);
	assert_int_equal(asked.address, 0xc0000201);
	assert_int_equal(unsetenv("http_proxy"), 0);
	caller_end(&c);
}

static bool sink_take(void *arg, const char *bytes, size_t n)
{
	struct buf *b = arg;

	buf_add(b, bytes, n);
	return !b->overflow;
}

static void a_sink_takes_what_is_longer_than_any_answer(void **state)
{
	struct buf got = {0};
	const struct http_sink sink = {sink_take, &got};
	struct http_call k = {.sink = &sink};
	struct caller c;
	struct world w;

	world_start(&w, &usual, "127.0.0.1:0");
	caller_start(&c, state, NULL);
	k.url = url_at(&c, &w, "/large?more");
	assert_true(call(&c, &k));
	assert_int_equal(got.len, 1048577);
	assert_int_equal(c.reply.body_len, 0);
	k.url = url_at(&c, &w, "/error");
	assert_true(call(&c, &k));
	assert_string_equal(c.reply.body, "no");
	assert_int_equal(got.len, 1048577);
	buf_done(&got);
	got.max = 1000;
	k.url = url_at(&c, &w, "/large");
	assert_false(call(&c, &k));
	assert_int_equal(c.e.code, ERR_IO);
	buf_done(&got);
	caller_end(&c);
	world_end(&w);
}

static void a_url_is_read_into_its_parts(void **state)
{
	static const struct {
		const char *text, *scheme, *host;
	} right[] = {{"https://Example.com/x?y", "https", "example.com"},
		     {"HTTP://a:80", "http", "a"},
		     {"http://0x7f.1/", "http", "127.0.0.1"},
		     {"https://[::1]:8443/", "https", "[::1]"}};
	static const char *const wrong[] = {"",
					    "example.com",
					    "ftp://a/",
					    "https://user@a/",
					    "https://u:p@a/",
					    "https://a/#x",
					    "https://",
					    "file:///etc/passwd",
					    "javascript:1"};
	AUTO(arena_done) struct arena a = {0};
	struct http_url url;
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		if (!http_url_read(&a, right[i].text, &url, &e))
			fail_msg("%s: %s", right[i].text, e.text);
		assert_string_equal(url.scheme, right[i].scheme);
		assert_string_equal(url.host, right[i].host);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (http_url_read(&a, wrong[i], &url, &e))
			fail_msg("%s", wrong[i]);
	}
}

static void a_call_carries_everything_there_and_back(void **state)
{
	struct caller c;
	struct world w;
	struct http_call k = {
	    .method = HTTP_POST, .body = "a=b", .body_len = 3, .wanted = {"content-type", "etag"}};

	world_start(&w, &usual, "127.0.0.1:0");
	caller_start(&c, state, NULL);
	k.url = url_at(&c, &w, "/described?q=1");
	k.headers[0] = "X-Test: some words";
	assert_true(call(&c, &k));
	assert_int_equal(c.reply.status, 201);
	assert_string_equal(c.reply.type, "text/x-test");
	assert_string_equal(c.reply.got[0], "text/x-test");
	assert_null(c.reply.got[1]);
	assert_string_equal(c.reply.body, "POST /described?q=1 some words - a=b");
	assert_int_equal(c.reply.body_len, strlen(c.reply.body));
	k.headers[1] = "content-type: application/json";
	assert_true(call(&c, &k));
	assert_string_equal(c.reply.body, "POST /described?q=1 some words application/json a=b");
	caller_end(&c);
	world_end(&w);
}

static void every_method_arrives_as_itself(void **state)
{
	static const struct {
		enum http_method method;
		const char *body;
		const char *answer;
	} cases[] = {
	    {HTTP_GET, NULL, "0:0"},    {HTTP_HEAD, NULL, ""},    {HTTP_POST, "12", "2:2"},
	    {HTTP_POST, NULL, "2:0"},   {HTTP_PUT, "123", "3:3"}, {HTTP_PATCH, "1", "4:1"},
	    {HTTP_DELETE, NULL, "5:0"}, {HTTP_GET, NULL, "0:0"},
	};
	struct caller c;
	struct world w;
	size_t i;

	world_start(&w, &usual, "127.0.0.1:0");
	caller_start(&c, state, NULL);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct http_call k = {.method = cases[i].method, .body = cases[i].body};

		k.url = url_at(&c, &w, "/method");
		k.body_len = k.body ? strlen(k.body) : 0;
		assert_true(call(&c, &k));
		assert_int_equal(c.reply.status, 200);
		assert_string_equal(c.reply.body, cases[i].answer);
		assert_string_equal(c.reply.type, "");
	}
	caller_end(&c);
	world_end(&w);
}

static void any_status_is_success_and_redirects_are_not_followed(void **state)
{
	struct caller c;
	struct world w;
	struct http_call k = {0};

	world_start(&w, &usual, "127.0.0.1:0");
	caller_start(&c, state, NULL);
	k.url = url_at(&c, &w, "/redirect");
	assert_true(call(&c, &k));
	assert_int_equal(c.reply.status, 302);
	k.url = url_at(&c, &w, "/error");
	assert_true(call(&c, &k));
	assert_int_equal(c.reply.status, 500);
	assert_string_equal(c.reply.body, "no");
	caller_end(&c);
	world_end(&w);
}

static void an_answer_over_the_maximum_is_not_taken(void **state)
{
	struct caller c;
	struct world w;
	struct http_call k = {0};

	world_start(&w, &usual, "127.0.0.1:0");
	caller_start(&c, state, NULL);
	k.url = url_at(&c, &w, "/large");
	assert_true(call(&c, &k));
	assert_int_equal(c.reply.body_len, 1048576);
	k.url = url_at(&c, &w, "/large?more");
	assert_false(call(&c, &k));
	assert_int_equal(c.e.code, ERR_PEER);
	k.max_answer = 1048577;
	assert_true(call(&c, &k));
	k.url = url_at(&c, &w, "/error");
	k.max_answer = 1;
	assert_false(call(&c, &k));
	assert_int_equal(c.e.code, ERR_PEER);
	caller_end(&c);
	world_end(&w);
}

static void what_is_malformed_is_never_sent(void **state)
{
	static const char *const urls[] = {"",
					   "/x",
					   "file:///etc/passwd",
					   "ftp://127.0.0.1/",
					   "gopher://127.0.0.1/",
					   "http://",
					   "http://127.0.0.1:99999/",
					   "http://127.0.0.1/\r\nX: y"};
	struct caller c;
	struct peer p;
	struct http_call k = {0};
	size_t i;

	peer_start(&p, SAYS, FINE);
	caller_start(&c, state, NULL);
	for (i = 0; i < ARRAY_SIZE(urls); i++) {
		k.url = urls[i];
		assert_false(call(&c, &k));
		assert_int_equal(c.e.code, ERR_INVALID);
	}
	k.url = url_of(&c, "http", &p);
	k.headers[0] = "X: y\r\nZ: w";
	assert_false(call(&c, &k));
	assert_int_equal(c.e.code, ERR_INVALID);
	k.headers[0] = "no colon";
	assert_false(call(&c, &k));
	assert_int_equal(c.e.code, ERR_INVALID);
	assert_int_equal(atomic_load(&p.connections), 0);
	caller_end(&c);
	peer_end(&p);
}

/* The call fails with this code, and as many requests reached the peer. */
static void expect_failure(void **state, enum habit habit, const char *text, enum err_code code,
			   int requests)
{
	struct caller c;
	struct peer p;
	struct http_call k = {
	    .method = HTTP_POST, .total_timeout_ms = 150, .body = "x", .body_len = 1};

	peer_start(&p, habit, text);
	caller_start(&c, state, NULL);
	k.url = url_of(&c, "http", &p);
	assert_false(call(&c, &k));
	assert_int_equal(c.e.code, code);
	assert_true(c.e.text[0]);
	assert_int_equal(atomic_load(&p.requests), requests);
	caller_end(&c);
	peer_end(&p);
}

static void an_outcome_that_is_unknown_is_said_to_be(void **state)
{
	static const char *const broken[] = {
	    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfi",
	    "HTTP/1.1 200 OK\r\nContent-Len",
	    "just words",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
	};
	size_t i;

	expect_failure(state, CLOSES, NULL, ERR_PEER, 1);
	expect_failure(state, HANGS, NULL, ERR_TIMEOUT, 1);
	for (i = 0; i < ARRAY_SIZE(broken); i++)
		expect_failure(state, SAYS, broken[i], ERR_PEER, 1);
}

static void an_endless_head_is_not_taken(void **state)
{
	struct buf b = {0};

	buf_text(&b, "HTTP/1.1 200 OK\r\n");
	while (b.len < 70000)
		buf_text(&b, "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n");
	buf_text(&b, "Content-Length: 0\r\n\r\n");
	expect_failure(state, SAYS, b.data, ERR_PEER, 1);
	buf_done(&b);
}

static void what_never_left_is_unavailable(void **state)
{
	struct caller c;
	struct peer p;
	struct http_call k = {.method = HTTP_POST, .connect_timeout_ms = 150};

	caller_start(&c, state, NULL);
	/* Nobody listens. */
	peer_start(&p, SAYS, FINE);
	peer_end(&p);
	k.url = url_of(&c, "http", &p);
	assert_false(call(&c, &k));
	assert_int_equal(c.e.code, ERR_UNAVAILABLE);
	/* No such name (RFC 6761). */
	k.url = "http://nobody.invalid/";
	assert_false(call(&c, &k));
	assert_int_equal(c.e.code, ERR_UNAVAILABLE);
	/* No TLS on the other side: it answers in plain, hangs up, says nothing. */
	peer_start(&p, SAYS, FINE "\r\n\r\n");
	k.url = url_of(&c, "https", &p);
	assert_false(call(&c, &k));
	assert_int_equal(c.e.code, ERR_UNAVAILABLE);
	peer_end(&p);
	peer_start(&p, IGNORES, NULL);
	k.url = url_of(&c, "https", &p);
	assert_false(call(&c, &k));
	assert_int_equal(c.e.code, ERR_UNAVAILABLE);
	caller_end(&c);
	peer_end(&p);
}

static void a_kept_connection_is_used_again(void **state)
{
	struct caller c;
	struct peer p;
	struct http_call k = {.method = HTTP_POST};

	peer_start(&p, CLOSES_LATER, NULL);
	atomic_store(&p.requests, 2); /* past the one that would close */
	caller_start(&c, state, NULL);
	k.url = url_of(&c, "http", &p);
	assert_true(call(&c, &k));
	assert_true(call(&c, &k));
	assert_string_equal(c.reply.body, "fine");
	assert_int_equal(atomic_load(&p.connections), 1);
	assert_int_equal(atomic_load(&p.requests), 4);
	caller_end(&c);
	peer_end(&p);
}

static void a_post_on_a_connection_that_breaks_is_not_sent_again(void **state)
{
	struct caller c;
	struct peer p;
	struct http_call k = {.method = HTTP_POST, .body = "x", .body_len = 1};

	peer_start(&p, CLOSES_LATER, NULL);
	caller_start(&c, state, NULL);
	k.url = url_of(&c, "http", &p);
	assert_true(call(&c, &k));
	assert_false(call(&c, &k));
	assert_int_equal(c.e.code, ERR_PEER);
	assert_int_equal(atomic_load(&p.requests), 2);
	assert_true(call(&c, &k));
	caller_end(&c);
	peer_end(&p);
}

static void a_get_on_a_connection_that_breaks_is_sent_again(void **state)
{
	struct caller c;
	struct peer p;
	struct http_call k = {.method = HTTP_GET};

	peer_start(&p, CLOSES_LATER, NULL);
	caller_start(&c, state, NULL);
	k.url = url_of(&c, "http", &p);
	assert_true(call(&c, &k));
	assert_true(call(&c, &k));
	assert_string_equal(c.reply.body, "fine");
	assert_int_equal(atomic_load(&p.requests), 3);
	assert_int_equal(atomic_load(&p.connections), 2);
	caller_end(&c);
	peer_end(&p);
}

static void tls_verifies_issuer_and_name(void **state)
{
	static const struct {
		const char *names;
		bool known, fine;
	} cases[] = {
	    {"IP:127.0.0.1", true, true},
	    {"IP:127.0.0.1", false, false},
	    {"DNS:elsewhere.example", true, false},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct http_server_config config = usual;
		struct certificate cert;
		struct caller c;
		struct world w;
		struct http_call k = {.method = HTTP_POST, .body = "x", .body_len = 1};

		certificate_make(&cert, cases[i].names);
		config.tls_cert = cert.cert;
		config.tls_key = cert.key;
		world_start(&w, &config, "127.0.0.1:0");
		caller_start(&c, state, cases[i].known ? cert.cert : NULL);
		k.url = arena_printf(&c.a, "https://%s/described", http_server_address(w.s));
		assert_int_equal(call(&c, &k), cases[i].fine);
		if (cases[i].fine) {
			assert_string_equal(c.reply.body, "POST /described? - - x");
			assert_true(call(&c, &k));
		} else {
			assert_int_equal(c.e.code, ERR_UNAVAILABLE);
		}
		caller_end(&c);
		world_end(&w);
		certificate_remove(&cert);
	}
}

static void a_store_of_certificates_that_is_missing_is_an_error(void **state)
{
	struct loop *l = loop_new();
	struct err e = {0};

	(void)state;
	assert_null(http_client_new("/nowhere/ca.pem", &e));
	assert_int_equal(e.code, ERR_IO);
	assert_null(http_async_client_new(l, "/nowhere/ca.pem", &e));
	loop_free(l);
}

#define AT_ONCE 40

struct crowd {
	struct loop *l;
	struct http_async_client *client;
	struct http_async *calls[AT_ONCE];
	int answers;
	bool free_in_done;
};

static void crowd_done(void *arg, const struct http_reply *reply, const struct err *e)
{
	struct crowd *crowd = arg;

	(void)e;
	assert_non_null(reply);
	if (++crowd->answers == 1) {
		/* Whatever state the last one is in by now. */
		http_async_cancel(crowd->calls[AT_ONCE - 1]);
		if (crowd->free_in_done) {
			http_async_client_free(TAKE(crowd->client));
			loop_stop(crowd->l);
		}
	}
	if (crowd->answers == AT_ONCE - 1)
		loop_stop(crowd->l);
}

static void crowd_run(bool free_in_done)
{
	struct crowd crowd = {.l = loop_new(), .free_in_done = free_in_done};
	struct http_call k = {0};
	struct err e = {0};
	struct arena a = {0};
	struct world w;
	int i;

	world_start(&w, &usual, "127.0.0.1:0");
	k.url = arena_printf(&a, "http://%s/method", http_server_address(w.s));
	crowd.client = http_async_client_new(crowd.l, NULL, &e);
	for (i = 0; i < AT_ONCE; i++)
		crowd.calls[i] = http_async_call(crowd.client, &k, crowd_done, &crowd);
	arena_done(&a);
	loop_run(crowd.l);
	assert_int_equal(crowd.answers, free_in_done ? 1 : AT_ONCE - 1);
	http_async_client_free(crowd.client);
	loop_free(crowd.l);
	world_end(&w);
}

static void many_calls_run_at_once_and_some_are_cancelled(void **state)
{
	(void)state;
	crowd_run(false);
}

static void the_client_may_be_freed_while_it_reports(void **state)
{
	(void)state;
	crowd_run(true);
}

static void never_done(void *arg, const struct http_reply *reply, const struct err *e)
{
	(void)arg;
	(void)reply;
	(void)e;
	fail_msg("a cancelled call reported");
}

static void stop_loop(void *arg)
{
	loop_stop(arg);
}

static void a_cancelled_call_does_not_report(void **state)
{
	struct loop *l = loop_new();
	struct loop_timer *timer = loop_timer_new(l, stop_loop, l);
	struct err e = {0};
	struct http_async_client *client = http_async_client_new(l, NULL, &e);
	struct http_call bad = {.url = "nothing"}, k = {.total_timeout_ms = 20};
	struct arena a = {0};
	struct peer p;

	(void)state;
	peer_start(&p, HANGS, NULL);
	k.url = arena_printf(&a, "http://127.0.0.1:%d/", p.port);
	http_async_cancel(http_async_call(client, &k, never_done, NULL));
	http_async_cancel(http_async_call(client, &bad, never_done, NULL));
	loop_timer_start(timer, 40, 0);
	loop_run(l);
	(void)http_async_call(client, &k, never_done, NULL);
	(void)http_async_call(client, &bad, never_done, NULL);
	http_async_client_free(client);
	loop_timer_start(timer, 40, 0);
	loop_run(l);
	loop_timer_free(timer);
	loop_free(l);
	peer_end(&p);
	arena_done(&a);
}

static enum way ways[] = {BLOCKING, ON_A_LOOP};

#define BOTH(test)                                              \
	{#test ", blocking", test, NULL, NULL, &ways[0]},       \
	{                                                       \
#test ", on a loop", test, NULL, NULL, &ways[1] \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_call_carries_everything_there_and_back),
	    BOTH(every_method_arrives_as_itself),
	    BOTH(a_guard_is_asked_with_every_address_before_it_is_connected_to),
	    BOTH(a_guarded_call_takes_no_connection_of_another),
	    BOTH(a_sink_takes_what_is_longer_than_any_answer),
	    BOTH(a_guarded_call_goes_past_proxies),
	    BOTH(any_status_is_success_and_redirects_are_not_followed),
	    BOTH(an_answer_over_the_maximum_is_not_taken),
	    BOTH(what_is_malformed_is_never_sent),
	    BOTH(an_outcome_that_is_unknown_is_said_to_be),
	    BOTH(an_endless_head_is_not_taken),
	    BOTH(what_never_left_is_unavailable),
	    BOTH(a_kept_connection_is_used_again),
	    BOTH(a_post_on_a_connection_that_breaks_is_not_sent_again),
	    BOTH(a_get_on_a_connection_that_breaks_is_sent_again),
	    BOTH(tls_verifies_issuer_and_name),
	    cmocka_unit_test(a_url_is_read_into_its_parts),
	    cmocka_unit_test(a_store_of_certificates_that_is_missing_is_an_error),
	    cmocka_unit_test(many_calls_run_at_once_and_some_are_cancelled),
	    cmocka_unit_test(the_client_may_be_freed_while_it_reports),
	    cmocka_unit_test(a_cancelled_call_does_not_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
