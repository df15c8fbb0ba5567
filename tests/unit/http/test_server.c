#include "fixture.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/fd.h"

#define MANY 1000
#define BIG (3 << 20)

/* What the handlers share with the tests. */
static struct {
	pthread_mutex_t lock;
	struct http_request *held[MANY];
	int count;
	atomic_int holding; /* requests held so far, ever */
	atomic_int gone;
	atomic_int stopped;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void hold(struct http_request *r)
{
	(void)pthread_mutex_lock(&shared.lock);
	shared.held[shared.count++] = r;
	(void)pthread_mutex_unlock(&shared.lock);
	atomic_fetch_add(&shared.holding, 1);
}

/* Takes r out; false when somebody else has. */
static bool unhold(const struct http_request *r)
{
	bool found = false;
	int i;

	(void)pthread_mutex_lock(&shared.lock);
	for (i = 0; i < shared.count && !found; i++) {
		if (shared.held[i] == r) {
			found = true;
			shared.held[i] = shared.held[--shared.count];
		}
	}
	(void)pthread_mutex_unlock(&shared.lock);
	return found;
}

static struct http_request *oldest_held(void)
{
	struct http_request *r;

	(void)pthread_mutex_lock(&shared.lock);
	r = shared.count ? shared.held[0] : NULL;
	(void)pthread_mutex_unlock(&shared.lock);
	return r && unhold(r) ? r : NULL;
}

static void drop_held(void)
{
	struct http_request *r;

	while ((r = oldest_held()))
		http_drop(r);
}

static void on_gone(struct http_request *r)
{
	atomic_fetch_add(&shared.gone, 1);
	if (unhold(r))
		http_drop(r);
}

static void text(struct http_request *r, int status, const char *body)
{
	http_answer(r, status, "text/plain", body, strlen(body));
}

static void get_hello(struct http_request *r)
{
	text(r, 200, "hello");
}

static void post_echo(struct http_request *r)
{
	http_answer(r, 200, "application/octet-stream", r->body, r->body_len);
}

static void get_held(struct http_request *r)
{
	hold(r);
}

static void get_parked(struct http_request *r)
{
	http_on_gone(r, on_gone);
	http_park(r);
	hold(r);
}

static void *answer_apart(void *arg)
{
	text(arg, 200, "apart");
	return NULL;
}

static void get_apart(struct http_request *r)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, answer_apart, r), 0);
	(void)pthread_detach(thread);
}

static void get_big(struct http_request *r)
{
	char *body = arena_alloc(r->arena, BIG);
	size_t i;

	for (i = 0; i < BIG; i++)
		body[i] = (char)('a' + i % 23);
	http_answer(r, 200, "text/plain", body, BIG);
}

static void get_dropped(struct http_request *r)
{
	http_drop(r);
}

static const char *or_none(const char *value)
{
	return value ? value : "none";
}

static void any_described(struct http_request *r)
{
	const char *body = arena_printf(
	    r->arena, "%s|%s|%s|%s|%s|%s|%s|%s|%s", r->path, r->query, or_none(r->args[0]),
	    or_none(r->args[1]), or_none(http_query(r, "q")), or_none(http_form(r, "f")),
	    or_none(http_cookie(r, "c")), or_none(http_header(r, "x-test")), r->peer);

	assert_true(http_set_header(r, "X-Kept", "1"));
	assert_false(http_set_header(r, "X-Split", "a\r\nSet-Cookie: b"));
	text(r, 200, body);
}

static void empty_answer(struct http_request *r)
{
	http_answer(r, 204, NULL, NULL, 0);
}

static void dispatch(struct http_request *r)
{
	((http_dispatch_fn *)r->route->data)(r);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/hello", 0, get_hello},
    {HTTP_POST, "/echo", 1 << 20, post_echo},
    {HTTP_GET, "/held", 0, get_held},
    {HTTP_GET, "/parked", 0, get_parked},
    {HTTP_GET, "/apart", 0, get_apart},
    {HTTP_GET, "/big", 0, get_big},
    {HTTP_GET, "/dropped", 0, get_dropped},
    {HTTP_GET, "/items/{id}/parts/{part}", 0, any_described},
    {HTTP_POST, "/items/{id}", 4096, any_described},
    {HTTP_DELETE, "/items/{id}", 0, empty_answer},
    {HTTP_GET, "/items/all", 0, get_hello},
    {HTTP_GET, "/items/{id}", 0, any_described},
};

static const struct http_server_config usual = {
    .routes = routes, .route_count = ARRAY_SIZE(routes), .dispatch = dispatch};

static int reset(void **state)
{
	(void)state;
	shared.count = 0;
	atomic_store(&shared.holding, 0);
	atomic_store(&shared.gone, 0);
	atomic_store(&shared.stopped, 0);
	return 0;
}

#define REQUEST(line) line " HTTP/1.1\r\nHost: a\r\n"
#define GET(path) REQUEST("GET " path) "\r\n"
#define GET_CLOSE(path) REQUEST("GET " path) "Connection: close\r\n\r\n"

/* One answer, whole, of this status and body. */
static void expect(int fd, int status, const char *body)
{
	char *answer = hear_one(fd);

	assert_int_equal(status_of(answer), status);
	assert_string_equal(strstr(answer, "\r\n\r\n") + 4, body);
	mem_free(answer);
}

static void expect_end(int fd)
{
	char c;

	assert_int_equal(recv(fd, &c, 1, 0), 0);
	(void)close(fd);
}

static void a_connection_is_kept_for_the_next_request(void **state)
{
	struct world w;
	int fd, i;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	for (i = 0; i < 3; i++) {
		say(fd, GET("/hello"));
		expect(fd, 200, "hello");
		say(fd, REQUEST("POST /echo") "Content-Length: 3\r\n\r\nabc");
		expect(fd, 200, "abc");
		say(fd,
		    REQUEST("POST /echo") "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n");
		expect(fd, 200, "ab");
		say(fd, GET("/nowhere"));
		expect(fd, 404, "there is nothing at this address\n");
	}
	say(fd, GET_CLOSE("/hello"));
	expect(fd, 200, "hello");
	expect_end(fd);
	world_end(&w);
}

static void pipelined_requests_are_answered_in_order_without_loss(void **state)
{
	struct buf all = {0};
	struct world w;
	char number[32];
	int fd, i;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	for (i = 0; i < 300; i++) {
		buf_text(&all, GET("/apart"));
		buf_printf(&all, REQUEST("POST /echo") "Content-Length: 6\r\n\r\n%06d", i);
		buf_text(&all, GET("/hello"));
	}
	say_n(fd, all.data, all.len);
	for (i = 0; i < 300; i++) {
		(void)snprintf(number, sizeof(number), "%06d", i);
		expect(fd, 200, "apart");
		expect(fd, 200, number);
		expect(fd, 200, "hello");
	}
	(void)close(fd);
	buf_done(&all);
	world_end(&w);
}

static void requests_behind_a_parked_one_wait_for_it(void **state)
{
	struct world w;
	int fd;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, GET("/parked") GET("/hello") GET_CLOSE("/parked"));
	wait_for(&shared.holding, 1);
	text(oldest_held(), 200, "one");
	expect(fd, 200, "one");
	expect(fd, 200, "hello");
	wait_for(&shared.holding, 2);
	text(oldest_held(), 200, "two");
	expect(fd, 200, "two");
	expect_end(fd);
	assert_int_equal(atomic_load(&shared.gone), 0);
	world_end(&w);
}

static void a_body_behind_a_parked_request_is_not_read_without_end(void **state)
{
	static char body[900000];
	struct world w;
	char *answer;
	int fd;

	(void)state;
	memset(body, 'x', sizeof(body));
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, GET("/held") REQUEST("POST /echo") "Content-Length: 900000\r\n\r\n");
	wait_for(&shared.holding, 1);
	say_n(fd, body, sizeof(body) / 3);
	text(oldest_held(), 200, "held");
	say_n(fd, body, sizeof(body) - sizeof(body) / 3);
	expect(fd, 200, "held");
	answer = hear_one(fd);
	assert_int_equal(strlen(strstr(answer, "\r\n\r\n") + 4), sizeof(body));
	mem_free(answer);
	(void)close(fd);
	world_end(&w);
}

static void the_parts_of_a_request_are_read(void **state)
{
	struct world w;
	int fd;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd,
	    REQUEST("GET /items/a%20b/parts/%E7%94%B5?p=1&q=x%2By+z&q=2") "Cookie: cc=1; c=two; "
									  "c=3\r\nX-TEST: "
									  "t\r\nx-test: u\r\n\r\n");
	expect(fd, 200, "/items/a b/parts/电|p=1&q=x%2By+z&q=2|a b|电|x+y z|none|two|t|127.0.0.1");
	say(fd,
	    REQUEST(
		"POST /items/7?r=%20") "Content-Type: application/x-www-form-urlencoded; "
				       "charset=utf-8\r\n"
				       "Content-Length: 12\r\nX-Test: \xff\r\n\r\ng=1&f=%41+b&");
	expect(fd, 200, "/items/7|r=%20|7|none|none|A b|none|none|127.0.0.1");
	say(fd,
	    REQUEST("POST /items/7") "Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nf=1");
	expect(fd, 200, "/items/7||7|none|none|none|none|none|127.0.0.1");
	say(fd, GET("/items/all"));
	expect(fd, 200, "hello");
	say(fd, GET("/items/"));
	expect(fd, 404, "there is nothing at this address\n");
	(void)close(fd);
	world_end(&w);
}

static void head_and_empty_answers_have_no_body(void **state)
{
	struct world w;
	char *answer;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	answer = talk_n(&w, REQUEST("HEAD /hello") "Connection: close\r\n\r\n",
			strlen(REQUEST("HEAD /hello") "Connection: close\r\n\r\n"));
	assert_string_equal(answer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
				    "Content-Type: text/plain\r\nConnection: close\r\n\r\n");
	mem_free(answer);
	answer = talk_n(&w, REQUEST("DELETE /items/1") "Connection: close\r\n\r\n",
			strlen(REQUEST("DELETE /items/1") "Connection: close\r\n\r\n"));
	assert_string_equal(answer, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
	mem_free(answer);
	world_end(&w);
}

static void another_method_is_told_which_ones_there_are(void **state)
{
	struct world w;
	char *answer;
	int fd;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, REQUEST("PUT /items/7") "\r\n");
	answer = hear_one(fd);
	assert_int_equal(status_of(answer), 405);
	assert_non_null(strstr(answer, "\r\nAllow: POST, DELETE, GET, HEAD\r\n"));
	mem_free(answer);
	say(fd, GET("/hello"));
	expect(fd, 200, "hello");
	(void)close(fd);
	world_end(&w);
}

static void fallback(struct http_request *r)
{
	int status;
	const struct err *e = http_refusal(r, &status);

	assert_null(r->route);
	text(r, status, err_name(e->code));
}

static void refusals_are_worded_by_the_owner(void **state)
{
	struct http_server_config config = usual;
	struct world w;
	int fd;

	(void)state;
	config.fallback = fallback;
	world_start(&w, &config, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, GET("/nowhere"));
	expect(fd, 404, "not-found");
	say(fd, REQUEST("POST /echo") "Content-Length: 9999999\r\n\r\n");
	expect(fd, 413, "too-large");
	expect_end(fd);
	fd = dial(&w);
	say(fd, "x\r\n");
	expect(fd, 400, "invalid");
	expect_end(fd);
	world_end(&w);
}

static void expect_100_is_answered_unless_the_body_is_refused(void **state)
{
	struct world w;
	char *answer;
	int fd;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, REQUEST("POST /echo") "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
	answer = hear_one(fd);
	assert_string_equal(answer, "HTTP/1.1 100 Continue\r\n\r\n");
	mem_free(answer);
	say(fd, "ok");
	expect(fd, 200, "ok");
	say(fd, REQUEST("POST /echo") "Expect: 100-continue\r\nContent-Length: 1048577\r\n\r\n");
	expect(fd, 413, "the body is too large\n");
	expect_end(fd);
	world_end(&w);
}

/* The answer arrives although the server never takes the body, also at a client that listens only
 * when it has sent everything. */
static void a_body_over_the_limit_is_refused_before_it_is_read(void **state)
{
	static char body[8 << 20];
	struct world w;
	size_t sent;
	ssize_t n;
	int fd;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, REQUEST("POST /echo") "Content-Length: 1048577\r\n\r\n");
	expect(fd, 413, "the body is too large\n");
	say_n(fd, body, sizeof(body) / 2);
	(void)shutdown(fd, SHUT_WR);
	expect_end(fd);
	fd = dial(&w);
	say(fd, REQUEST("POST /echo") "Content-Length: 8388608\r\n\r\n");
	for (sent = 0; sent < sizeof(body); sent += (size_t)n) {
		n = send(fd, body + sent, sizeof(body) - sent, MSG_NOSIGNAL);
		assert_true(n > 0);
	}
	(void)shutdown(fd, SHUT_WR);
	expect(fd, 413, "the body is too large\n");
	expect_end(fd);
	world_end(&w);
}

static void endless(const char *start, const char *more, int status)
{
	struct world w;
	char *answer;
	int fd, i;

	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, start);
	for (i = 0; i < 4000; i++)
		say(fd, more);
	answer = hear_all(fd);
	assert_int_equal(status_of(answer), status);
	mem_free(answer);
	(void)close(fd);
	world_end(&w);
}

static void endless_heads_are_cut(void **state)
{
	(void)state;
	endless(REQUEST("GET /hello"), "X: y\r\n", 431);
	endless(REQUEST("GET /hello"), "xxxxxxxxxxxxxxxx", 431);
	endless(REQUEST("GET /hello") "X: ", "xxxxxxxxxxxxxxxx", 431);
	endless("GET /", "xxxxxxxxxxxxxxxx", 414);
	endless("", "xxxxxxxxxxxxxxxx", 414);
}

static void limits_are_exact(void **state)
{
	struct buf b = {0};
	struct world w;
	int fd, i;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	buf_text(&b, "GET /hello?");
	while (b.len < 4 + HTTP_MAX_TARGET)
		buf_char(&b, 'x');
	buf_text(&b, " HTTP/1.1\r\nHost: a\r\n");
	for (i = 1; i < HTTP_MAX_HEADERS; i++)
		buf_text(&b, "X: y\r\n");
	buf_text(&b, "\r\n");
	say(fd, b.data);
	expect(fd, 200, "hello");
	buf_reset(&b);
	buf_text(&b, "GET /hello HTTP/1.1\r\nHost: a\r\nX: ");
	while (b.len < 21 + HTTP_MAX_HEADER_BYTES - 4)
		buf_char(&b, 'x');
	buf_text(&b, "\r\n\r\n");
	say(fd, b.data);
	expect(fd, 200, "hello");
	(void)close(fd);
	buf_done(&b);
	world_end(&w);
}

/* Long enough to pass only when a timeout works, short enough not to wait for the real ones. */
static const struct http_limits short_times = {.header_ms = 60,
					       .body_ms = 120,
					       .idle_ms = 250,
					       .write_ms = 60,
					       .connections = 10,
					       .body_bytes = 1 << 20};

static void unfinished_bodies_have_a_limit_together(void **state)
{
	struct http_limits limits = {10000, 10000, 10000, 10000, 10, 130000};
	struct http_server_config config = usual;
	static char part[40000];
	struct world w;
	int fds[3], i, round;

	(void)state;
	config.limits = &limits;
	world_start(&w, &config, "127.0.0.1:0");
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 3; i++) {
			fds[i] = dial(&w);
			say(fds[i], REQUEST("POST /echo") "Content-Length: 60001\r\n\r\n");
			say_n(fds[i], part, sizeof(part));
			(void)usleep(20000);
		}
		say_n(fds[2], part, 20000);
		expect(fds[2], 503, "too many bodies are arriving at once\n");
		expect_end(fds[2]);
		say_n(fds[0], part, 20001);
		mem_free(hear_one(fds[0]));
		(void)close(fds[0]);
		(void)close(fds[1]);
	}
	world_end(&w);
}

static void who_is_too_slow_is_cut(void **state)
{
	struct http_server_config config = usual;
	int64_t start = clock_mono_ms();
	struct world w;
	int head, body, idle;

	(void)state;
	config.limits = &short_times;
	world_start(&w, &config, "127.0.0.1:0");
	idle = dial(&w);
	head = dial(&w);
	body = dial(&w);
	say(head, "GET /hel");
	say(body, REQUEST("POST /echo") "Content-Length: 9\r\n\r\nabc");
	expect(head, 408, "the request took too long to arrive\n");
	expect_end(head);
	assert_true(clock_mono_ms() - start >= 55);
	expect(body, 408, "the request took too long to arrive\n");
	expect_end(body);
	assert_true(clock_mono_ms() - start >= 115);
	expect_end(idle);
	assert_true(clock_mono_ms() - start >= 245);
	world_end(&w);
}

/* Each byte in time, the head as a whole not. */
static void a_dripping_head_is_cut(void **state)
{
	struct http_server_config config = usual;
	struct world w;
	char *answer;
	int fd, i;

	(void)state;
	config.limits = &short_times;
	world_start(&w, &config, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, "GET /hello HTTP/1.1\r\nX: ");
	for (i = 0; i < 15; i++) {
		say(fd, "x");
		(void)usleep(10000);
	}
	answer = hear_all(fd);
	assert_int_equal(status_of(answer), 408);
	mem_free(answer);
	(void)close(fd);
	world_end(&w);
}

static void a_reader_that_stops_is_cut_and_a_slow_one_is_served(void **state)
{
	struct http_server_config config = usual;
	struct world w;
	char *answer;
	ssize_t got;
	size_t all = 0;
	static char some[65536];
	int fd, i;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, GET_CLOSE("/big"));
	(void)usleep(20000);
	answer = hear_all(fd);
	assert_int_equal(strlen(strstr(answer, "\r\n\r\n") + 4), BIG);
	assert_int_equal(answer[strlen(answer) - 1], 'a' + (BIG - 1) % 23);
	mem_free(answer);
	(void)close(fd);
	world_end(&w);

	config.limits = &short_times;
	world_start(&w, &config, "127.0.0.1:0");
	fd = dial(&w);
	for (i = 0; i < 10; i++)
		say(fd, GET("/big"));
	(void)usleep(250000);
	while ((got = recv(fd, some, sizeof(some), 0)) > 0)
		all += (size_t)got;
	assert_true(all < 10 * BIG);
	(void)close(fd);
	world_end(&w);
}

static void a_thousand_parked_requests_are_answered_from_another_thread(void **state)
{
	static int fds[MANY];
	struct http_request *r;
	struct world w;
	int i;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	for (i = 0; i < MANY; i++) {
		fds[i] = dial(&w);
		say(fds[i], GET("/parked"));
	}
	wait_for(&shared.holding, MANY);
	while ((r = oldest_held()))
		text(r, 200, "woken");
	for (i = 0; i < MANY; i++) {
		expect(fds[i], 200, "woken");
		(void)close(fds[i]);
	}
	assert_int_equal(atomic_load(&shared.gone), 0);
	world_end(&w);
}

static void reset_connection(int fd)
{
	struct linger at_once = {.l_onoff = 1};

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	(void)close(fd);
}

static void a_client_that_leaves_while_parked_is_seen_at_once(void **state)
{
	struct world w;
	int fd;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, GET("/parked"));
	wait_for(&shared.holding, 1);
	(void)close(fd);
	wait_for(&shared.gone, 1);
	fd = dial(&w);
	say(fd, GET("/parked"));
	wait_for(&shared.holding, 2);
	reset_connection(fd);
	wait_for(&shared.gone, 2);
	fd = dial(&w);
	say(fd, GET("/parked"));
	wait_for(&shared.holding, 3);
	(void)shutdown(fd, SHUT_WR);
	wait_for(&shared.gone, 3);
	expect_end(fd);
	fd = dial(&w);
	say(fd, GET("/parked") GET("/hello"));
	(void)close(fd);
	wait_for(&shared.gone, 4);
	assert_null(oldest_held());
	world_end(&w);
}

static void an_answer_to_nobody_is_dropped(void **state)
{
	struct world w;
	int fd;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, GET("/held"));
	wait_for(&shared.holding, 1);
	reset_connection(fd);
	(void)usleep(20000);
	text(oldest_held(), 200, "nobody");
	fd = dial(&w);
	say(fd, GET("/hello"));
	expect(fd, 200, "hello");
	(void)close(fd);
	world_end(&w);
}

static void a_client_that_only_stopped_sending_gets_its_answers(void **state)
{
	struct world w;
	int fd;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, GET("/held") GET("/hello"));
	(void)shutdown(fd, SHUT_WR);
	wait_for(&shared.holding, 1);
	(void)usleep(20000);
	text(oldest_held(), 200, "held");
	expect(fd, 200, "held");
	expect(fd, 200, "hello");
	expect_end(fd);
	world_end(&w);
}

static void a_dropped_request_closes_without_an_answer(void **state)
{
	struct world w;
	int fd;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, GET("/dropped"));
	expect_end(fd);
	fd = dial(&w);
	say(fd, GET("/held"));
	wait_for(&shared.holding, 1);
	http_drop(oldest_held());
	expect_end(fd);
	world_end(&w);
}

static void count_stop(void *arg)
{
	(void)arg;
	atomic_fetch_add(&shared.stopped, 1);
}

struct stop_order {
	struct world *w;
	int64_t grace_ms;
};

static void do_stop(void *arg)
{
	struct stop_order *order = arg;

	http_server_stop(order->w->s, order->grace_ms, count_stop, NULL);
}

static void stopping_lets_parked_requests_be_answered(void **state)
{
	struct world w;
	struct stop_order order = {&w, WAIT_MS};
	char *answer;
	int parked, idle;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	idle = dial(&w);
	parked = dial(&w);
	say(idle, GET("/hello"));
	expect(idle, 200, "hello");
	say(parked, GET("/parked"));
	wait_for(&shared.holding, 1);
	loop_post(w.l, do_stop, &order);
	expect_end(idle);
	assert_int_equal(atomic_load(&shared.stopped), 0);
	text(oldest_held(), 200, "last");
	answer = hear_all(parked);
	assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
	assert_non_null(strstr(answer, "last"));
	mem_free(answer);
	(void)close(parked);
	wait_for(&shared.stopped, 1);
	world_end(&w);
}

static void after_the_grace_parked_requests_are_told_to_go(void **state)
{
	struct world w;
	struct stop_order order = {&w, 30};
	struct http_request *late;
	int parked, held;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	parked = dial(&w);
	held = dial(&w);
	say(held, GET("/held"));
	wait_for(&shared.holding, 1);
	late = oldest_held();
	say(parked, GET("/parked"));
	wait_for(&shared.holding, 2);
	loop_post(w.l, do_stop, &order);
	wait_for(&shared.stopped, 1);
	assert_int_equal(atomic_load(&shared.gone), 1);
	expect_end(parked);
	expect_end(held);
	world_end(&w);
	text(late, 200, "too late");
}

static void freeing_a_busy_server_leaks_nothing(void **state)
{
	struct http_request *late;
	struct world w;
	int fds[6], i;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	for (i = 0; i < 6; i++)
		fds[i] = dial(&w);
	say(fds[0], "GET /he");
	say(fds[1], REQUEST("POST /echo") "Content-Length: 5\r\n\r\nab");
	say(fds[2], GET("/big") GET("/big"));
	say(fds[3], GET("/parked") GET("/hello"));
	say(fds[4], GET("/held"));
	say(fds[5], GET_CLOSE("/hello"));
	wait_for(&shared.holding, 2);
	late = oldest_held();
	world_end(&w);
	text(late, 200, "too late");
	drop_held();
	for (i = 0; i < 6; i++)
		(void)close(fds[i]);
}

static int dial_local(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

static void a_unix_socket_serves_and_a_leftover_is_replaced(void **state)
{
	char folder[] = "/tmp/holdfast-http-XXXXXX";
	char address[64];
	const char *path = address + 5;
	struct err e = {0};
	struct world w;
	struct stat st;
	int fd, round;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(address, sizeof(address), "unix:%s/s", folder);
	for (round = 0; round < 2; round++) {
		struct sockaddr_un un = {.sun_family = AF_UNIX};

		world_start(&w, &usual, address);
		assert_string_equal(http_server_address(w.s), address);
		fd = dial_local(path);
		say(fd, GET("/items/1"));
		expect(fd, 200, "/items/1||1|none|none|none|none|none|unix");
		(void)close(fd);
		assert_null(http_server_new(w.l, &usual, address, &e));
		assert_int_equal(e.code, ERR_CONFLICT);
		world_end(&w);
		assert_int_equal(stat(path, &st), -1);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
		assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
		(void)close(fd);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void an_ipv6_address_serves(void **state)
{
	struct loop *l = loop_new();
	struct err e = {0};
	struct http_server *s = http_server_new(l, &usual, "[::1]:0", &e);

	(void)state;
	/* A machine may have no IPv6 at all. */
	assert_true(s ? text_starts(http_server_address(s), "[::1]:") : e.code == ERR_IO);
	http_server_free(s);
	loop_free(l);
}

static void two_loops_share_an_address(void **state)
{
	struct http_server_config both = usual;
	struct world a, b;
	int fd;

	(void)state;
	both.shared = true;
	world_start(&a, &both, "127.0.0.1:0");
	world_start(&b, &both, http_server_address(a.s));
	assert_string_equal(http_server_address(a.s), http_server_address(b.s));
	world_end(&a);
	fd = dial(&b);
	say(fd, GET("/hello"));
	expect(fd, 200, "hello");
	(void)close(fd);
	world_end(&b);
}

static void a_taken_address_is_refused(void **state)
{
	struct http_server_config sharing = usual;
	struct err e = {0};
	struct world w;

	(void)state;
	sharing.shared = true;
	world_start(&w, &usual, "127.0.0.1:0");
	assert_null(http_server_new(w.l, &usual, http_server_address(w.s), &e));
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_null(http_server_new(w.l, &sharing, http_server_address(w.s), &e));
	assert_int_equal(e.code, ERR_CONFLICT);
	/* Asking whether it could listen takes nothing. */
	assert_true(http_server_check(&usual, http_server_address(w.s), &e));
	world_end(&w);
}

static void an_address_that_is_none_is_refused(void **state)
{
	static const char *const wrong[] = {
	    "",          "8080",       ":8080",           "localhost:1",
	    "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:x",
	    "::1:80",    "[::1]",      "[::1:80",         "[::g]:80",
	    "unix:"};
	struct loop *l = loop_new();
	struct err e = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_null(http_server_new(l, &usual, wrong[i], &e));
		assert_int_equal(e.code, ERR_INVALID);
		assert_false(http_server_check(&usual, wrong[i], &e));
		assert_int_equal(e.code, ERR_INVALID);
	}
	loop_free(l);
}

static void over_the_limit_the_longest_idle_connection_goes(void **state)
{
	struct http_limits limits = {10000, 10000, 10000, 10000, 3, 1 << 20};
	struct http_server_config config = usual;
	struct world w;
	int fds[4], i;

	(void)state;
	config.limits = &limits;
	world_start(&w, &config, "127.0.0.1:0");
	for (i = 0; i < 3; i++) {
		fds[i] = dial(&w);
		say(fds[i], GET("/hello"));
		expect(fds[i], 200, "hello");
	}
	say(fds[0], GET("/hello"));
	expect(fds[0], 200, "hello");
	fds[3] = dial(&w);
	expect_end(fds[1]);
	for (i = 0; i < 4; i++) {
		if (i == 1)
			continue;
		say(fds[i], GET("/parked"));
		wait_for(&shared.holding, i ? i : 1);
	}
	fds[1] = dial(&w);
	expect_end(fds[1]);
	drop_held();
	for (i = 0; i < 4; i++) {
		if (i != 1)
			expect_end(fds[i]);
	}
	world_end(&w);
}

static void wait_on(void *arg)
{
	while (!atomic_load((atomic_int *)arg))
		(void)usleep(500);
}

static void running_out_of_descriptors_only_delays(void **state)
{
	struct rlimit before, tight;
	atomic_int go = 0;
	struct world w;
	int fds[4], i;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	loop_post(w.l, wait_on, &go);
	for (i = 0; i < 4; i++) {
		fds[i] = dial(&w);
		say(fds[i], GET("/hello"));
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	tight = (struct rlimit){.rlim_cur = (rlim_t)fds[3] + 1, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	atomic_store(&go, 1);
	(void)usleep(30000);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	for (i = 0; i < 4; i++) {
		expect(fds[i], 200, "hello");
		(void)close(fds[i]);
	}
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_connection_is_kept_for_the_next_request, reset),
	    cmocka_unit_test_setup(pipelined_requests_are_answered_in_order_without_loss, reset),
	    cmocka_unit_test_setup(requests_behind_a_parked_one_wait_for_it, reset),
	    cmocka_unit_test_setup(a_body_behind_a_parked_request_is_not_read_without_end, reset),
	    cmocka_unit_test_setup(the_parts_of_a_request_are_read, reset),
	    cmocka_unit_test_setup(head_and_empty_answers_have_no_body, reset),
	    cmocka_unit_test_setup(another_method_is_told_which_ones_there_are, reset),
	    cmocka_unit_test_setup(refusals_are_worded_by_the_owner, reset),
	    cmocka_unit_test_setup(expect_100_is_answered_unless_the_body_is_refused, reset),
	    cmocka_unit_test_setup(a_body_over_the_limit_is_refused_before_it_is_read, reset),
	    cmocka_unit_test_setup(endless_heads_are_cut, reset),
	    cmocka_unit_test_setup(limits_are_exact, reset),
	    cmocka_unit_test_setup(unfinished_bodies_have_a_limit_together, reset),
	    cmocka_unit_test_setup(who_is_too_slow_is_cut, reset),
	    cmocka_unit_test_setup(a_dripping_head_is_cut, reset),
	    cmocka_unit_test_setup(a_reader_that_stops_is_cut_and_a_slow_one_is_served, reset),
	    cmocka_unit_test_setup(a_thousand_parked_requests_are_answered_from_another_thread,
				   reset),
	    cmocka_unit_test_setup(a_client_that_leaves_while_parked_is_seen_at_once, reset),
	    cmocka_unit_test_setup(an_answer_to_nobody_is_dropped, reset),
	    cmocka_unit_test_setup(a_client_that_only_stopped_sending_gets_its_answers, reset),
	    cmocka_unit_test_setup(a_dropped_request_closes_without_an_answer, reset),
	    cmocka_unit_test_setup(stopping_lets_parked_requests_be_answered, reset),
	    cmocka_unit_test_setup(after_the_grace_parked_requests_are_told_to_go, reset),
	    cmocka_unit_test_setup(freeing_a_busy_server_leaks_nothing, reset),
	    cmocka_unit_test_setup(a_unix_socket_serves_and_a_leftover_is_replaced, reset),
	    cmocka_unit_test_setup(an_ipv6_address_serves, reset),
	    cmocka_unit_test_setup(two_loops_share_an_address, reset),
	    cmocka_unit_test_setup(a_taken_address_is_refused, reset),
	    cmocka_unit_test_setup(an_address_that_is_none_is_refused, reset),
	    cmocka_unit_test_setup(over_the_limit_the_longest_idle_connection_goes, reset),
	    cmocka_unit_test_setup(running_out_of_descriptors_only_delays, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
