/* The server through TLS. */
#include "fixture.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "certificate.h"

#define BIG (3 << 20)

static struct {
	struct certificate cert;
	struct http_server_config config;
	struct world world;
	SSL_CTX *client;
	_Atomic(struct http_request *) held;
	atomic_int holding, gone;
} shared;

static void on_gone(struct http_request *r)
{
	atomic_fetch_add(&shared.gone, 1);
	http_drop(r);
}

static void get_parked(struct http_request *r)
{
	http_on_gone(r, on_gone);
	http_park(r);
	atomic_store(&shared.held, r);
	atomic_fetch_add(&shared.holding, 1);
}

static void post_echo(struct http_request *r)
{
	http_answer(r, 200, "text/plain", r->body, r->body_len);
}

static void get_big(struct http_request *r)
{
	char *body = arena_alloc(r->arena, BIG);

	memset(body, 'b', BIG);
	http_answer(r, 200, "text/plain", body, BIG);
}

static void dispatch(struct http_request *r)
{
	((http_dispatch_fn *)r->route->data)(r);
}

static const struct http_limits limits = {.header_ms = 200,
					  .body_ms = 10000,
					  .idle_ms = 10000,
					  .write_ms = 10000,
					  .connections = 100,
					  .body_bytes = 8 << 20};

static int start(void **state)
{
	static const struct http_route routes[] = {
	    {HTTP_POST, "/echo", 1 << 20, post_echo},
	    {HTTP_GET, "/parked", 0, get_parked},
	    {HTTP_GET, "/big", 0, get_big},
	};

	(void)state;
	certificate_make(&shared.cert, "IP:127.0.0.1");
	shared.config = (struct http_server_config){
	    .routes = routes,
	    .route_count = ARRAY_SIZE(routes),
	    .dispatch = dispatch,
	    .tls_cert = shared.cert.cert,
	    .tls_key = shared.cert.key,
	    .limits = &limits,
	};
	world_start(&shared.world, &shared.config, "127.0.0.1:0");
	shared.client = SSL_CTX_new(TLS_client_method());
	assert_int_equal(SSL_CTX_load_verify_file(shared.client, shared.cert.cert), 1);
	SSL_CTX_set_verify(shared.client, SSL_VERIFY_PEER, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	world_end(&shared.world);
	SSL_CTX_free(shared.client);
	certificate_remove(&shared.cert);
	return 0;
}

static SSL *tls_new(void)
{
	SSL *tls = SSL_new(shared.client);

	assert_int_equal(SSL_set_fd(tls, dial(&shared.world)), 1);
	return tls;
}

static SSL *tls_dial(void)
{
	SSL *tls = tls_new();

	assert_int_equal(SSL_connect(tls), 1);
	return tls;
}

/* The socket first, without a goodbye, as when a machine goes down. */
static void tls_close(SSL *tls)
{
	(void)close(SSL_get_fd(tls));
	SSL_free(tls);
}

static void tls_say(SSL *tls, const char *bytes, size_t n)
{
	assert_int_equal(SSL_write(tls, bytes, (int)n), n);
}

static void tls_read_exactly(SSL *tls, char *out, size_t n)
{
	while (n) {
		int got = SSL_read(tls, out, (int)n);

		assert_true(got > 0);
		out += got;
		n -= (size_t)got;
	}
}

/* One answer of status 200, and its body. */
static struct buf tls_hear(SSL *tls)
{
	struct buf head = {0}, body = {0};
	char c, *room;
	size_t n;

	while (head.len < 4 || memcmp(head.data + head.len - 4, "\r\n\r\n", 4) != 0) {
		tls_read_exactly(tls, &c, 1);
		buf_char(&head, c);
	}
	assert_int_equal(status_of(head.data), 200);
	n = strtoul(strstr(head.data, "Content-Length: ") + 16, NULL, 10);
	room = buf_room(&body, n);
	assert_non_null(room);
	tls_read_exactly(tls, room, n);
	body.len = n;
	buf_done(&head);
	return body;
}

static void tls_expect(SSL *tls, const char *body)
{
	struct buf b = tls_hear(tls);

	assert_string_equal(b.data, body);
	buf_done(&b);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static void a_connection_is_kept_and_pipelined(void **state)
{
	SSL *tls = tls_dial();
	struct buf all = {0};
	char text[8];
	int i;

	(void)state;
	for (i = 0; i < 500; i++)
		buf_printf(&all, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n%04d",
			   i);
	tls_say(tls, all.data, all.len);
	for (i = 0; i < 500; i++) {
		(void)snprintf(text, sizeof(text), "%04d", i);
		tls_expect(tls, text);
	}
	buf_done(&all);
	tls_close(tls);
}

static void large_bodies_pass_both_ways(void **state)
{
	static char body[1 << 20];
	static const char head[] =
	    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n";
	SSL *tls = tls_dial();
	struct buf b;

	(void)state;
	memset(body, 'x', sizeof(body));
	tls_say(tls, head, sizeof(head) - 1);
	tls_say(tls, body, sizeof(body));
	b = tls_hear(tls);
	assert_int_equal(b.len, sizeof(body));
	assert_memory_equal(b.data, body, sizeof(body));
	buf_done(&b);
	tls_say(tls, GET("/big"), strlen(GET("/big")));
	b = tls_hear(tls);
	assert_int_equal(b.len, BIG);
	buf_done(&b);
	tls_close(tls);
}

/* More than one TLS record behind a parked request: no event announces what TLS has read ahead. */
static void requests_behind_a_parked_one_are_not_forgotten(void **state)
{
	SSL *tls = tls_dial();
	struct buf all = {0};
	int i, before = atomic_load(&shared.holding);

	(void)state;
	buf_text(&all, GET("/parked"));
	for (i = 0; i < 400; i++)
		buf_text(&all, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok");
	tls_say(tls, all.data, all.len);
	wait_for(&shared.holding, before + 1);
	http_answer(atomic_load(&shared.held), 200, NULL, "woken", 5);
	tls_expect(tls, "woken");
	for (i = 0; i < 400; i++)
		tls_expect(tls, "ok");
	buf_done(&all);
	tls_close(tls);
}

static void a_client_that_leaves_while_parked_is_seen_at_once(void **state)
{
	int before = atomic_load(&shared.gone), parked = atomic_load(&shared.holding);
	SSL *tls = tls_dial();

	(void)state;
	tls_say(tls, GET("/parked"), strlen(GET("/parked")));
	wait_for(&shared.holding, parked + 1);
	tls_close(tls);
	wait_for(&shared.gone, before + 1);
	tls = tls_dial();
	tls_say(tls, GET("/parked"), strlen(GET("/parked")));
	wait_for(&shared.holding, parked + 2);
	assert_true(SSL_shutdown(tls) >= 0);
	wait_for(&shared.gone, before + 2);
	tls_close(tls);
}

static void the_end_is_announced(void **state)
{
	static const char last[] = "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
	SSL *tls = tls_dial();
	char c;

	(void)state;
	tls_say(tls, last, sizeof(last) - 1);
	tls_expect(tls, "");
	assert_int_equal(SSL_read(tls, &c, 1), 0);
	assert_int_equal(SSL_get_error(tls, 0), SSL_ERROR_ZERO_RETURN);
	tls_close(tls);
}

static void old_versions_and_other_protocols_are_refused(void **state)
{
	static const unsigned char h2[] = "\x2h2", both[] = "\x2h2\x8http/1.1";
	const unsigned char *chosen;
	unsigned n;
	SSL *tls = tls_new();

	(void)state;
	SSL_set_security_level(tls, 0);
	assert_int_equal(SSL_set_max_proto_version(tls, TLS1_1_VERSION), 1);
	assert_true(SSL_connect(tls) <= 0);
	tls_close(tls);
	tls = tls_new();
	assert_int_equal(SSL_set_alpn_protos(tls, h2, sizeof(h2) - 1), 0);
	assert_true(SSL_connect(tls) <= 0);
	tls_close(tls);
	tls = tls_new();
	assert_int_equal(SSL_set_alpn_protos(tls, both, sizeof(both) - 1), 0);
	assert_int_equal(SSL_connect(tls), 1);
	SSL_get0_alpn_selected(tls, &chosen, &n);
	assert_int_equal(n, 8);
	assert_memory_equal(chosen, "http/1.1", 8);
	tls_close(tls);
	ERR_clear_error();
}

static void who_does_not_shake_hands_is_cut(void **state)
{
	int64_t begin = clock_mono_ms();
	int silent = dial(&shared.world), plain = dial(&shared.world);
	char *answer, c;

	(void)state;
	say(plain, GET("/big"));
	assert_true(recv(plain, &c, 1, 0) <= 0);
	(void)close(plain);
	answer = hear_all(silent);
	assert_string_equal(answer, "");
	assert_true(clock_mono_ms() - begin >= 190);
	mem_free(answer);
	(void)close(silent);
}

static void a_certificate_that_does_not_serve_is_an_error(void **state)
{
	struct http_server_config config = shared.config;
	struct certificate other;
	struct err e = {0};
	struct loop *l = loop_new();

	(void)state;
	certificate_make(&other, "DNS:a");
	config.tls_key = other.key;
	assert_null(http_server_new(l, &config, "127.0.0.1:0", &e));
	assert_int_equal(e.code, ERR_CRYPTO);
	assert_non_null(strstr(e.text, other.key));
	config.tls_cert = other.key;
	assert_false(http_server_check(&config, "127.0.0.1:0", &e));
	assert_int_equal(e.code, ERR_CRYPTO);
	config.tls_cert = "/nowhere/cert.pem";
	assert_null(http_server_new(l, &config, "127.0.0.1:0", &e));
	assert_int_equal(e.code, ERR_CRYPTO);
	assert_string_equal(e.text, "/nowhere/cert.pem: No such file or directory");
	certificate_remove(&other);
	loop_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_connection_is_kept_and_pipelined),
	    cmocka_unit_test(large_bodies_pass_both_ways),
	    cmocka_unit_test(requests_behind_a_parked_one_are_not_forgotten),
	    cmocka_unit_test(a_client_that_leaves_while_parked_is_seen_at_once),
	    cmocka_unit_test(the_end_is_announced),
	    cmocka_unit_test(old_versions_and_other_protocols_are_refused),
	    cmocka_unit_test(who_does_not_shake_hands_is_cut),
	    cmocka_unit_test(a_certificate_that_does_not_serve_is_an_error),
	};

	return cmocka_run_group_tests(tests, start, end);
}
