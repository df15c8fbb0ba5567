/* WebSockets: the handshake, messages both ways, and that nothing but proper frames gets through. */
#include "fixture.h"

#include "http/conn.h"
#include "http/websocket.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define HEAD(extra)                                        \
	"GET /socket HTTP/1.1\r\nHost: x\r\n" extra "\r\n" \
	"\r\n"
#define UPGRADE                                              \
	HEAD("Upgrade: websocket\r\nConnection: Upgrade\r\n" \
	     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY)

static struct world world;
static atomic_int gone, opened;
static struct websocket *sockets[2]; /* the loop's */

static void on_message(void *arg, const char *text, size_t n)
{
	struct websocket **ws = arg;

	if (n == 3 && memcmp(text, "bye", 3) == 0)
		websocket_close(*ws, WEBSOCKET_POLICY);
	websocket_send(*ws, text, n);
}

static void on_gone([[maybe_unused]] void *arg)
{
	atomic_fetch_add(&gone, 1);
}

static void dispatch(struct http_request *r)
{
	int i = atomic_load(&opened) % 2;
	const struct websocket_owner owner = {on_message, on_gone, &sockets[i]};
	struct err e = {0};

	(void)http_set_header(r, "X-Mark", "1");
	sockets[i] = websocket_accept(r, &owner, &e);
	if (!sockets[i]) {
		http_answer(r, e.code == ERR_UNSUPPORTED ? 426 : 400, "text/plain", e.text,
			    strlen(e.text));
		return;
	}
	websocket_send(sockets[i], "hello", 5);
	atomic_fetch_add(&opened, 1);
}

static int start(void **state)
{
	static const struct http_route routes[] = {{HTTP_GET, "/socket", 10, NULL},
						   {HTTP_POST, "/socket", 10, NULL}};
	static const struct http_limits limits = {.header_ms = 5000,
						  .body_ms = 5000,
						  .idle_ms = 300,
						  .write_ms = 5000,
						  .connections = 100,
						  .body_bytes = 1 << 20};
	static const struct http_server_config config = {.routes = routes,
							 .route_count = ARRAY_SIZE(routes),
							 .dispatch = dispatch,
							 .limits = &limits};

	(void)state;
	atomic_store(&gone, 0);
	atomic_store(&opened, 0);
	world_start(&world, &config, "127.0.0.1:0");
	return 0;
}

static int end(void **state)
{
	(void)state;
	world_end(&world);
	return 0;
}

/* One frame of the server: its payload, and in *opcode its first byte. */
static char *hear_frame(int fd, int *opcode, size_t *n)
{
	unsigned char head[2], more[8];
	char *payload;
	size_t i, extra;

	assert_int_equal(recv(fd, head, 2, MSG_WAITALL), 2);
	*opcode = head[0];
	*n = head[1];
	assert_true(head[1] < 128); /* a server does not mask */
	extra = head[1] == 127 ? 8 : head[1] == 126 ? 2 : 0;
	if (extra) {
		assert_int_equal(recv(fd, more, extra, MSG_WAITALL), extra);
		for (i = 0, *n = 0; i < extra; i++)
			*n = *n << 8 | more[i];
	}
	payload = mem_alloc(*n + 1);
	if (*n)
		assert_int_equal(recv(fd, payload, *n, MSG_WAITALL), *n);
	return payload;
}

static void expect_frame(int fd, int first, const char *payload, size_t payload_n)
{
	int opcode;
	size_t n;
	char *got = hear_frame(fd, &opcode, &n);

	assert_int_equal(opcode, first);
	assert_int_equal(n, payload_n);
	assert_memory_equal(got, payload, n);
	mem_free(got);
}

static void expect_close(int fd, int code)
{
	const char text[2] = {(char)(code >> 8), (char)code};
	char c;

	expect_frame(fd, 0x88, text, 2);
	assert_int_equal(recv(fd, &c, 1, 0), 0);
}

/* Writes a masked frame with first as its first byte. */
static void say_frame(int fd, int first, const char *payload, size_t n)
{
	static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
	AUTO(buf_done) struct buf b = {0};
	size_t i;

	buf_char(&b, (char)first);
	if (n < 126) {
		buf_char(&b, (char)(0x80 | n));
	} else if (n < 65536) {
		buf_char(&b, (char)(0x80 | 126));
		buf_char(&b, (char)(n >> 8));
		buf_char(&b, (char)n);
	} else {
		buf_char(&b, (char)(0x80 | 127));
		for (i = 0; i < 8; i++)
			buf_char(&b, (char)((uint64_t)n >> (56 - 8 * i)));
	}
	buf_add(&b, mask, 4);
	for (i = 0; i < n; i++)
		buf_char(&b, (char)(payload[i] ^ mask[i % 4]));
	say_n(fd, b.data, b.len);
}

static int shake(void)
{
	int fd = dial(&world);
	char *answer;

	say(fd, UPGRADE);
	answer = hear_one(fd);
	assert_int_equal(status_of(answer), 101);
	assert_non_null(strstr(answer, "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"));
	assert_non_null(
	    strstr(answer, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
	assert_non_null(strstr(answer, "\r\nX-Mark: 1\r\n"));
	assert_null(strstr(answer, "Content-Length"));
	mem_free(answer);
	expect_frame(fd, 0x81, "hello", 5);
	return fd;
}

static void messages_go_both_ways(void **state)
{
	static char big[WEBSOCKET_MAX_MESSAGE];
	int fd = shake();

	(void)state;
	memset(big, 'x', sizeof(big));
	say_frame(fd, 0x81, "one", 3);
	say_frame(fd, 0x81, "", 0);
	say_frame(fd, 0x81, big, 200);
	say_frame(fd, 0x81, big, sizeof(big));
	expect_frame(fd, 0x81, "one", 3);
	expect_frame(fd, 0x81, "", 0);
	expect_frame(fd, 0x81, big, 200);
	expect_frame(fd, 0x81, big, sizeof(big));
	(void)close(fd);
	wait_for(&gone, 1);
}

static void a_message_may_come_in_pieces_with_a_ping_between(void **state)
{
	int fd = shake();

	(void)state;
	say_frame(fd, 0x01, "\xe5\xbc", 2);
	say_frame(fd, 0x89, "are you there", 13);
	say_frame(fd, 0x80, "\xa0!", 2);
	expect_frame(fd, 0x8a, "are you there", 13);
	expect_frame(fd, 0x81, "张!", 4);
	(void)close(fd);
}

static void a_close_is_answered_and_the_owner_hears_of_it_once(void **state)
{
	int fd = shake();

	(void)state;
	say_frame(fd, 0x88, "\x03\xe8", 2);
	say_frame(fd, 0x81, "late", 4);
	expect_close(fd, 1000);
	(void)close(fd);
	wait_for(&gone, 1);
	(void)usleep(20000);
	assert_int_equal(atomic_load(&gone), 1);
}

static void the_owner_can_close(void **state)
{
	int fd = shake();

	(void)state;
	say_frame(fd, 0x81, "bye", 3);
	/* What the owner sends after its close is not sent. */
	expect_frame(fd, 0x88, "\x03\xf0", 2);
	say_frame(fd, 0x88, "\x03\xf0", 2);
	wait_for(&gone, 1);
	(void)close(fd);
}

static void a_quiet_client_is_asked_and_then_given_up(void **state)
{
	int fd = shake();
	char c;

	(void)state;
	expect_frame(fd, 0x89, "", 0);
	say_frame(fd, 0x8a, "", 0);
	expect_frame(fd, 0x89, "", 0);
	assert_int_equal(atomic_load(&gone), 0);
	assert_int_equal(recv(fd, &c, 1, 0), 0);
	wait_for(&gone, 1);
	(void)close(fd);
}

static void improper_frames_end_it_with_a_close_that_says_why(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		int code;
	} cases[] = {
#define CASE(text, code) {text, sizeof(text) - 1, code}
	    CASE("\x81\x03one", 1002),                       /* not masked */
	    CASE("\xc1\x80\1\1\1\1", 1002),                  /* compressed */
	    CASE("\x83\x80\1\1\1\1", 1002),                  /* no such opcode */
	    CASE("\x80\x80\1\1\1\1", 1002),                  /* nothing to continue */
	    CASE("\x09\x80\1\1\1\1", 1002),                  /* half a ping */
	    CASE("\x89\xfe\0\x7e\1\1\1\1", 1002),            /* a long ping */
	    CASE("\x81\xfe\0\x05\1\1\1\1abcde", 1002),       /* not the shortest */
	    CASE("\x81\xff\0\0\0\0\0\2\0\1\1\1\1\1x", 1009), /* too large */
	    CASE("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\1\1\1", 1002), /* 63 bits at most */
	    CASE("\x82\x81\0\0\0\0z", 1003),                                /* binary */
	    CASE("\x81\x82\0\0\0\0\xc3\x28", 1007),                         /* not UTF-8 */
	    CASE("\x81\x81\0\0\0\0\xe5", 1007),                             /* half a character */
	    CASE("\x88\x81\0\0\0\0\3", 1002),                               /* half a code */
	    CASE("\x88\x82\0\0\0\0\x03\xed", 1002),                         /* 1005 is never sent */
	    CASE("\x88\x83\0\0\0\0\x03\xe8\xe5", 1007),                     /* half a character */
	    CASE("\x01\x81\0\0\0\0a\x81\x81\0\0\0\0b", 1002),               /* two at once */
#undef CASE
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		int fd = shake(), opcode, code;
		size_t n;
		char *got;

		say_n(fd, cases[i].bytes, cases[i].n);
		got = hear_frame(fd, &opcode, &n);
		code = n >= 2 ? (unsigned char)got[0] << 8 | (unsigned char)got[1] : 0;
		if (opcode != 0x88 || code != cases[i].code)
			fail_msg("case %zu: opcode %x, code %d", i, (unsigned)opcode, code);
		mem_free(got);
		(void)close(fd);
	}
	wait_for(&gone, (int)ARRAY_SIZE(cases));
}

static void what_is_no_upgrade_is_refused(void **state)
{
#define PROPER "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	static const struct {
		const char *request;
		int status;
	} cases[] = {
	    {HEAD("Connection: close"), 400},
	    {HEAD("Upgrade: h2c\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n"
		  "Sec-WebSocket-Key: " KEY),
	     400},
	    {HEAD("Upgrade: websocket\r\nConnection: close\r\nSec-WebSocket-Version: 13\r\n"
		  "Sec-WebSocket-Key: " KEY),
	     400},
	    {HEAD(PROPER "Sec-WebSocket-Key: " KEY), 400},
	    {HEAD(PROPER "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: " KEY), 426},
	    {HEAD(PROPER "Sec-WebSocket-Version: 13"), 400},
	    {HEAD(PROPER "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2hvcnQ="), 400},
	    {HEAD(PROPER "Sec-WebSocket-Version: 13\r\n"
			 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSE="),
	     400},
	    {"GET /socket HTTP/1.0\r\n" PROPER "Sec-WebSocket-Version: 13\r\n"
	     "Sec-WebSocket-Key: " KEY "\r\n\r\n",
	     400},
	    {"POST /socket HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n" PROPER
	     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY "\r\n\r\n",
	     400},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		int fd = dial(&world);
		char *answer;

		say(fd, cases[i].request);
		answer = hear_one(fd);
		if (status_of(answer) != cases[i].status)
			fail_msg("case %zu: %s", i, answer);
		if (cases[i].status == 426)
			assert_non_null(strstr(answer, "\r\nSec-WebSocket-Version: 13\r\n"));
		mem_free(answer);
		(void)close(fd);
	}
	assert_int_equal(atomic_load(&opened), 0);
}

static void frames_right_behind_the_request_count(void **state)
{
	int fd = dial(&world);
	char *answer;

	(void)state;
	say(fd, UPGRADE "\x81\x82");
	say_n(fd, "\0\0\0\0ab", 6);
	answer = hear_one(fd);
	assert_int_equal(status_of(answer), 101);
	mem_free(answer);
	expect_frame(fd, 0x81, "hello", 5);
	expect_frame(fd, 0x81, "ab", 2);
	(void)close(fd);
}

static void flood(void *arg)
{
	static const char text[65536];
	struct websocket **ws = arg;
	size_t sent;

	for (sent = 0; sent < WEBSOCKET_MAX_UNSENT + (16 << 20); sent += sizeof(text))
		websocket_send(*ws, text, sizeof(text));
}

static void a_client_that_takes_nothing_is_cut(void **state)
{
	int fd = shake();

	(void)state;
	loop_post(world.l, flood, &sockets[0]);
	wait_for(&gone, 1);
	(void)close(fd);
}

static void stop(void *arg)
{
	http_server_stop(world.s, 10000, arg ? NULL : world_stop_loop, &world);
}

static void a_server_that_stops_says_so(void **state)
{
	int fd = shake();

	(void)state;
	loop_post(world.l, stop, NULL);
	expect_frame(fd, 0x88, "\x03\xe9", 2);
	say_frame(fd, 0x88, "\x03\xe9", 2);
	wait_for(&gone, 1);
	(void)close(fd);
}

static void the_owner_hears_when_the_server_is_freed(void **state)
{
	int fd;

	(void)start(state);
	fd = shake();
	world_end(&world);
	assert_int_equal(atomic_load(&gone), 1);
	(void)close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(messages_go_both_ways),
	    TEST(a_message_may_come_in_pieces_with_a_ping_between),
	    TEST(a_close_is_answered_and_the_owner_hears_of_it_once),
	    TEST(the_owner_can_close),
	    TEST(a_quiet_client_is_asked_and_then_given_up),
	    TEST(improper_frames_end_it_with_a_close_that_says_why),
	    TEST(what_is_no_upgrade_is_refused),
	    TEST(frames_right_behind_the_request_count),
	    TEST(a_client_that_takes_nothing_is_cut),
	    TEST(a_server_that_stops_says_so),
	    cmocka_unit_test(the_owner_hears_when_the_server_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
