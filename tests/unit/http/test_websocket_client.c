/* The client's side of WebSockets, against our own server: plain and through TLS, and what it refuses. */
#include "fixture.h"

#include "certificate.h"
#include "http/frames.h"
#include "http/upgrade.h"
#include "http/websocket.h"
#include "http/websocket_client.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define GOOD                                                         \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" \
	"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n"
#define LONG 100000

static struct world plain, tls;
static struct certificate cert;

/* --- the server: says everything again, and leaves when it is told to --- */

struct peer {
	struct websocket *ws;
};

static void peer_message(void *arg, const char *text, size_t n)
{
	struct peer *p = arg;

	if (n == 5 && memcmp(text, "leave", 5) == 0)
		websocket_close(p->ws, WEBSOCKET_GOING_AWAY);
	else
		websocket_send(p->ws, text, n);
}

static void peer_gone(void *arg)
{
	mem_free(arg);
}

static void dispatch(struct http_request *r)
{
	struct peer *p = mem_new(struct peer);
	const struct websocket_owner owner = {peer_message, peer_gone, p};
	struct err e;

	p->ws = strcmp(r->path, "/socket") == 0 ? websocket_accept(r, &owner, &e) : NULL;
	if (p->ws)
		return;
	mem_free(p);
	http_answer(r, 403, "text/plain", "no", 2);
}

static int start(void **state)
{
	static const struct http_route routes[] = {{HTTP_GET, "/socket", 0, NULL},
						   {HTTP_GET, "/nothing", 0, NULL}};
	struct http_server_config config = {
	    .routes = routes, .route_count = ARRAY_SIZE(routes), .dispatch = dispatch};

	(void)state;
	certificate_make(&cert, "IP:127.0.0.1");
	world_start(&plain, &config, "127.0.0.1:0");
	config.tls_cert = cert.cert;
	config.tls_key = cert.key;
	world_start(&tls, &config, "127.0.0.1:0");
	return 0;
}

static int end(void **state)
{
	(void)state;
	world_end(&plain);
	world_end(&tls);
	certificate_remove(&cert);
	return 0;
}

/* --- the client, on a loop of the test's own --- */

struct talk {
	struct loop *l;
	struct websocket_client *ws;
	int opened, messages, gone;
	size_t most; /* bytes of the longest message */
	struct err e;
	bool long_one, free_at_message;
};

static void on_open(void *arg)
{
	struct talk *t = arg;
	char *text = mem_alloc(LONG);

	t->opened++;
	memset(text, 'x', LONG);
	websocket_client_send(t->ws, text, t->long_one ? LONG : 2);
	mem_free(text);
}

static void on_message(void *arg, const char *text, size_t n)
{
	struct talk *t = arg;

	assert_int_equal(strlen(text), n);
	t->messages++;
	t->most = n > t->most ? n : t->most;
	if (t->free_at_message) {
		websocket_client_free(TAKE(t->ws));
		loop_stop(t->l);
		return;
	}
	websocket_client_send(t->ws, "leave", 5);
}

static void on_gone(void *arg, const struct err *e)
{
	struct talk *t = arg;

	t->gone++;
	t->e = *e;
	loop_stop(t->l);
}

static void talk(struct talk *t, const char *scheme, const struct world *w, const char *path,
		 const char *ca_file)
{
	const struct websocket_client_owner owner = {on_open, on_message, on_gone, t};
	char url[128];
	struct err e = {0};

	(void)snprintf(url, sizeof(url), "%s://%s%s", scheme, http_server_address(w->s), path);
	t->l = loop_new();
	t->ws = websocket_client_new(t->l, url, ca_file, &owner, &e);
	if (!t->ws)
		fail_msg("%s", e.text);
	loop_run(t->l);
	websocket_client_free(t->ws);
	loop_free(t->l);
}

static void messages_go_both_ways_over_ws_and_wss(void **state)
{
	struct talk a = {0}, b = {.long_one = true};

	(void)state;
	talk(&a, "ws", &plain, "/socket", NULL);
	assert_int_equal(a.opened + a.messages + a.gone, 3);
	assert_int_equal(a.most, 2);
	talk(&b, "wss", &tls, "/socket?ticket=a%20b", cert.cert);
	assert_int_equal(b.opened + b.messages + b.gone, 3);
	assert_int_equal(b.most, LONG);
	assert_int_equal(b.e.code, ERR_UNAVAILABLE);
}

static void a_certificate_that_nobody_vouches_for_is_refused(void **state)
{
	struct talk t = {0};

	(void)state;
	talk(&t, "wss", &tls, "/socket", NULL);
	assert_int_equal(t.opened, 0);
	assert_int_equal(t.gone, 1);
	assert_int_equal(t.e.code, ERR_UNAVAILABLE);
	assert_non_null(strstr(t.e.text, "certificate"));
}

static void what_is_no_websocket_is_said(void **state)
{
	struct talk t = {0}, u = {0};
	struct err e = {0};
	struct loop *l = loop_new();

	(void)state;
	talk(&t, "ws", &plain, "/nothing", NULL);
	assert_int_equal(t.e.code, ERR_PEER);
	assert_non_null(strstr(t.e.text, "403"));
	talk(&u, "ws", &tls, "/socket", NULL);
	assert_int_equal(u.opened, 0);
	assert_null(websocket_client_new(l, "http://127.0.0.1/", NULL,
					 &(struct websocket_client_owner){0}, &e));
	assert_int_equal(e.code, ERR_INVALID);
	loop_free(l);
}

static void an_owner_may_free_it_within_a_callback(void **state)
{
	struct talk t = {.free_at_message = true};

	(void)state;
	talk(&t, "ws", &plain, "/socket", NULL);
	assert_int_equal(t.messages, 1);
	assert_int_equal(t.gone, 0);
}

/* --- the handshake in bytes --- */

static void only_the_proper_answer_opens(void **state)
{
	static const char *const bad[] = {
	    "HTTP/1.1 200 OK\r\n\r\n",
	    "HTTP/1.0 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
	    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
	    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOO=\r\n\r\n",
	    "HTTP/1.1 101 x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " ACCEPT
	    "\r\n\r\n",
	    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: close\r\n"
	    "Sec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
	    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: " ACCEPT "\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
	    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: " ACCEPT
	    "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
	    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\n folded\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
	    "HTTP/1.1 101 x\r\nUpgrade : websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
	    "HTTP/1.1 101 x\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
	};
	struct err e = {0};
	char *endless;
	size_t head;

	(void)state;
	assert_true(upgrade_read(GOOD "more", strlen(GOOD) + 4, KEY, &head, &e));
	assert_int_equal(head, strlen(GOOD));
	for (size_t n = 0; n < strlen(GOOD); n++) {
		assert_true(upgrade_read(GOOD, n, KEY, &head, &e));
		assert_int_equal(head, 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (upgrade_read(bad[i], strlen(bad[i]), KEY, &head, &e))
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(e.code, ERR_PEER);
	}
	endless = mem_alloc(UPGRADE_MAX_HEAD);
	memset(endless, 'a', UPGRADE_MAX_HEAD);
	assert_false(upgrade_read(endless, UPGRADE_MAX_HEAD, KEY, &head, &e));
	mem_free(endless);
}

static void count(void *arg, const char *text, size_t n)
{
	size_t *seen = arg;

	(void)text;
	*seen += n;
}

/* What a client says, a server takes, and neither takes frames of its own side. */
static void frames_are_masked_one_way_only(void **state)
{
	AUTO(buf_done) struct buf from_client = {0}, from_server = {0};
	size_t by_client = 0, by_server = 0;
	struct frames *client = frames_new(FRAMES_CLIENT, 1000, count, &by_client);
	struct frames *server = frames_new(FRAMES_SERVER, 1000, count, &by_server);

	(void)state;
	frames_send(client, "hello", 5);
	frames_fill(client, &from_client);
	assert_null(memmem(from_client.data, from_client.len, "hello", 5));
	frames_take(server, from_client.data, from_client.len);
	assert_int_equal(by_server, 5);
	frames_send(server, "bye", 3);
	frames_fill(server, &from_server);
	frames_take(client, from_server.data, from_server.len);
	assert_int_equal(by_client, 3);
	frames_take(client, from_client.data, from_client.len);
	assert_true(frames_closing(client));
	frames_take(server, from_server.data, from_server.len);
	assert_true(frames_closing(server));
	frames_free(client);
	frames_free(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(messages_go_both_ways_over_ws_and_wss),
	    cmocka_unit_test(a_certificate_that_nobody_vouches_for_is_refused),
	    cmocka_unit_test(what_is_no_websocket_is_said),
	    cmocka_unit_test(an_owner_may_free_it_within_a_callback),
	    cmocka_unit_test(only_the_proper_answer_opens),
	    cmocka_unit_test(frames_are_masked_one_way_only),
	};

	return cmocka_run_group_tests(tests, start, end);
}
