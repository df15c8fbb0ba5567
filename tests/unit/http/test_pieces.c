/* Answers in pieces. */
#include "fixture.h"

#define PIECE 40000 /* bytes; several fill what the kernel keeps of a connection */

static atomic_int produced; /* pieces since the last test */
static atomic_int left;     /* clients of who asked to be told */

/* In the request's arena: nobody else has to free it. */
struct source {
	long left, size;
	bool apart;  /* by a thread of its own */
	bool breaks; /* off before the last */
};

/* Lives apart from the request, as what is told now and then does. */
struct listener {
	struct http_request *http;
	struct loop_timer *timer;
	bool parked;
};

static struct loop *telling; /* whose listeners are */
static size_t told_size;     /* bytes of each piece */

static void listener_left(struct http_request *r)
{
	struct listener *w = r->user;

	loop_timer_free(w->timer);
	mem_free(w);
	http_drop(r);
	atomic_fetch_add(&left, 1);
}

static void tell_later(struct http_request *r)
{
	struct listener *w = r->user;

	if (!w->parked)
		http_park(r);
	w->parked = true;
	loop_timer_start(w->timer, 1, 0);
}

static void tell(void *arg)
{
	struct listener *w = arg;
	char *piece = mem_alloc(told_size);

	memset(piece, 'x', told_size);
	atomic_fetch_add(&produced, 1);
	http_answer_piece(w->http, 200, "text/plain", piece, told_size, tell_later);
	mem_free(piece);
}

static void get_told(struct http_request *r)
{
	struct listener *w = mem_new(struct listener);

	w->http = r;
	w->timer = loop_timer_new(telling, tell, w);
	r->user = w;
	http_on_gone(r, listener_left);
	tell(w);
}

static void answer_next(struct http_request *r);

static void *answer(void *arg)
{
	struct http_request *r = arg;
	struct source *s = r->user;
	char *piece = mem_alloc((size_t)s->size + 1);
	http_more_fn *more = --s->left > 0 ? answer_next : NULL;

	atomic_fetch_add(&produced, 1);
	memset(piece, 'a' + (int)(s->left % 26), (size_t)s->size);
	if (s->breaks && s->left == 0)
		http_drop(r);
	else
		http_answer_piece(r, 200, "text/plain", piece, (size_t)s->size, more);
	mem_free(piece);
	return NULL;
}

static void answer_next(struct http_request *r)
{
	struct source *s = r->user;
	pthread_t thread;

	if (!s->apart) {
		(void)answer(r);
		return;
	}
	assert_int_equal(pthread_create(&thread, NULL, answer, r), 0);
	(void)pthread_detach(thread);
}

/* /{how}/{count}/{size} */
static void get_pieces(struct http_request *r)
{
	struct source *s = arena_new(r->arena, struct source);

	s->left = strtol(r->args[1], NULL, 10);
	s->size = strtol(r->args[2], NULL, 10);
	s->apart = strcmp(r->args[0], "apart") == 0;
	s->breaks = strcmp(r->args[0], "breaks") == 0;
	r->user = s;
	assert_true(http_set_header(r, "X-Pieces", r->args[1]));
	answer_next(r);
}

static void get_hello(struct http_request *r)
{
	http_answer(r, 200, "text/plain", "hello", 5);
}

static void dispatch(struct http_request *r)
{
	((http_dispatch_fn *)r->route->data)(r);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/{how}/{count}/{size}", 0, get_pieces},
    {HTTP_GET, "/hello", 0, get_hello},
    {HTTP_GET, "/told", 0, get_told},
};

static const struct http_server_config usual = {
    .routes = routes, .route_count = ARRAY_SIZE(routes), .dispatch = dispatch};

static int reset(void **state)
{
	(void)state;
	atomic_store(&produced, 0);
	atomic_store(&left, 0);
	return 0;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET_CLOSE(path) "GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

/* The body out of its chunks, which have to end as they should. *rest: what follows. */
static struct buf unchunk(char *body, char **rest)
{
	struct buf out = {0};

	for (;;) {
		char *data;
		size_t n = strtoul(body, &data, 16);

		assert_memory_equal(data, "\r\n", 2);
		buf_add(&out, data + 2, n);
		body = data + 2 + n;
		assert_memory_equal(body, "\r\n", 2);
		body += 2;
		if (n == 0)
			break;
	}
	*rest = body;
	return out;
}

static void whole(const struct world *w, const char *request, long count, long size)
{
	int fd = dial(w);
	char *heard, *rest;
	struct buf body;

	say(fd, request);
	heard = hear_all(fd);
	assert_non_null(strstr(heard, "\r\nTransfer-Encoding: chunked\r\n"));
	assert_non_null(strstr(heard, "\r\nX-Pieces: "));
	assert_null(strstr(heard, "Content-Length"));
	body = unchunk(strstr(heard, "\r\n\r\n") + 4, &rest);
	assert_string_equal(rest, "");
	assert_int_equal(body.len, count * size);
	for (long i = 0; i < count; i++)
		assert_int_equal(body.data[i * size], 'a' + (count - 1 - i) % 26);
	buf_done(&body);
	mem_free(heard);
	(void)close(fd);
}

static void all_pieces_arrive_in_order(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	whole(&w, GET_CLOSE("/apart/1/10"), 1, 10);
	whole(&w, GET_CLOSE("/apart/90/40000"), 90, PIECE);
	whole(&w, GET_CLOSE("/within/90/40000"), 90, PIECE);
	whole(&w, GET_CLOSE("/within/5000/1"), 5000, 1);
	world_end(&w);
}

/* An empty piece is none: as a chunk it would be the end. */
static void empty_pieces_end_nothing(void **state)
{
	struct world w;
	char *heard;
	int fd;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, GET_CLOSE("/apart/5/0"));
	heard = hear_all(fd);
	assert_string_equal(strstr(heard, "\r\n\r\n") + 4, "0\r\n\r\n");
	assert_int_equal(atomic_load(&produced), 5);
	mem_free(heard);
	(void)close(fd);
	world_end(&w);
}

static void the_connection_is_kept_and_what_came_behind_waits(void **state)
{
	struct world w;
	char *heard, *rest;
	struct buf body;
	int fd;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, GET("/apart/20/1000") GET_CLOSE("/hello"));
	heard = hear_all(fd);
	body = unchunk(strstr(heard, "\r\n\r\n") + 4, &rest);
	assert_int_equal(body.len, 20000);
	assert_memory_equal(rest, "HTTP/1.1 200 OK", 15);
	assert_string_equal(rest + strlen(rest) - 5, "hello");
	buf_done(&body);
	mem_free(heard);
	(void)close(fd);
	world_end(&w);
}

static void head_gets_no_piece_and_http_1_0_no_chunks(void **state)
{
	struct world w;
	char *heard;
	int fd;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, "HEAD /apart/5/10 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	heard = hear_all(fd);
	assert_string_equal(strstr(heard, "\r\n\r\n") + 4, "");
	assert_int_equal(atomic_load(&produced), 1);
	mem_free(heard);
	(void)close(fd);

	fd = dial(&w);
	say(fd, "GET /apart/3/2 HTTP/1.0\r\n\r\n");
	heard = hear_all(fd);
	assert_null(strstr(heard, "chunked"));
	assert_string_equal(strstr(heard, "\r\n\r\n") + 4, "ccbbaa");
	mem_free(heard);
	(void)close(fd);
	world_end(&w);
}

/* Until no more are made. */
static int settled(void)
{
	int before = -1, now = atomic_load(&produced);

	for (int i = 0; i < 100 && now != before; i++) {
		before = now;
		(void)usleep(200000);
		now = atomic_load(&produced);
	}
	return now;
}

/* Who takes nothing is given nothing more: what is made in vain is what the kernel holds. */
static void pieces_wait_for_the_client(void **state)
{
	static char some[65536];
	struct world w;
	ssize_t got;
	int fd;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, GET_CLOSE("/apart/1000/40000"));
	assert_true(settled() < 1000);
	while ((got = recv(fd, some, sizeof(some), 0)) > 0)
		;
	assert_int_equal(got, 0);
	assert_int_equal(atomic_load(&produced), 1000);
	(void)close(fd);
	world_end(&w);
}

static void a_client_that_leaves_ends_it(void **state)
{
	struct linger at_once = {.l_onoff = 1};
	struct world w;
	char some[1000];
	int fd;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	for (int i = 0; i < 20; i++) {
		fd = dial(&w);
		say(fd, i % 2 == 0 ? GET("/apart/1000/40000") : GET("/within/1000/40000"));
		assert_int_equal(recv(fd, some, sizeof(some), MSG_WAITALL), sizeof(some));
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		(void)close(fd);
	}
	assert_true(settled() < 20 * 1000);
	world_end(&w);
}

static void what_breaks_off_is_seen_to_be_broken(void **state)
{
	struct world w;
	char *heard;
	int fd;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	fd = dial(&w);
	say(fd, GET("/breaks/3/10"));
	heard = hear_all(fd);
	assert_string_equal(strstr(heard, "\r\n\r\n") + 4,
			    "a\r\ncccccccccc\r\na\r\nbbbbbbbbbb\r\n");
	mem_free(heard);
	(void)close(fd);
	world_end(&w);
}

static void world_tell(struct world *w, const struct http_server_config *config, size_t size)
{
	told_size = size;
	world_start(w, config, "127.0.0.1:0");
	telling = w->l;
}

/* Between two pieces or in the middle of one: it is told once, and nothing is left. */
static void who_asked_is_told_that_the_client_left(void **state)
{
	static const struct linger at_once = {.l_onoff = 1};
	static const size_t sizes[] = {10, PIECE};
	char some[1000];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct world w;
		int fds[20];

		atomic_store(&left, 0);
		world_tell(&w, &usual, sizes[i]);
		for (size_t k = 0; k < ARRAY_SIZE(fds); k++) {
			fds[k] = dial(&w);
			say(fds[k], GET("/told"));
			assert_int_equal(recv(fds[k], some, sizeof(some), MSG_WAITALL),
					 sizeof(some));
		}
		for (size_t k = 0; k < ARRAY_SIZE(fds); k++) {
			if (k % 2 == 0)
				(void)setsockopt(fds[k], SOL_SOCKET, SO_LINGER, &at_once,
						 sizeof(at_once));
			(void)close(fds[k]);
		}
		wait_for(&left, ARRAY_SIZE(fds));
		world_end(&w);
	}
}

static void who_takes_nothing_is_let_go_and_that_is_told(void **state)
{
	static const struct http_limits limits = {.header_ms = 10000,
						  .body_ms = 10000,
						  .idle_ms = 10000,
						  .write_ms = 100,
						  .connections = 100,
						  .body_bytes = 1 << 20};
	struct http_server_config config = usual;
	struct world w;
	int fd;

	(void)state;
	config.limits = &limits;
	world_tell(&w, &config, PIECE);
	fd = dial(&w);
	say(fd, GET("/told"));
	wait_for(&left, 1);
	(void)close(fd);
	world_end(&w);
}

/* Whatever they are at. */
static void who_asked_is_told_that_the_server_ends(void **state)
{
	struct world w;
	char some[1000];
	int fds[10];

	(void)state;
	world_tell(&w, &usual, PIECE);
	for (size_t k = 0; k < ARRAY_SIZE(fds); k++) {
		fds[k] = dial(&w);
		say(fds[k], GET("/told"));
		assert_int_equal(recv(fds[k], some, sizeof(some), MSG_WAITALL), sizeof(some));
	}
	(void)settled();
	world_end(&w);
	assert_int_equal(atomic_load(&left), ARRAY_SIZE(fds));
	for (size_t k = 0; k < ARRAY_SIZE(fds); k++)
		(void)close(fds[k]);
}

static void *hear_apart(void *arg)
{
	return hear_all(*(int *)arg);
}

/* Pieces of many answers come back to the loop in one turn. */
static void many_at_once_do_not_mix(void **state)
{
	pthread_t threads[30];
	int fds[ARRAY_SIZE(threads)];
	struct world w;

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = dial(&w);
		say(fds[i],
		    i % 2 == 0 ? GET_CLOSE("/within/300/700") : GET_CLOSE("/apart/300/700"));
		assert_int_equal(pthread_create(&threads[i], NULL, hear_apart, &fds[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		char *rest;
		struct buf body;
		void *heard;

		assert_int_equal(pthread_join(threads[i], &heard), 0);
		body = unchunk(strstr(heard, "\r\n\r\n") + 4, &rest);
		assert_int_equal(body.len, 300 * 700);
		buf_done(&body);
		mem_free(heard);
		(void)close(fds[i]);
	}
	world_end(&w);
}

static void a_server_that_is_freed_meanwhile_leaks_nothing(void **state)
{
	struct world w;
	int fds[4];

	(void)state;
	world_start(&w, &usual, "127.0.0.1:0");
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = dial(&w);
		say(fds[i], GET("/within/1000/40000"));
	}
	while (atomic_load(&produced) < 20)
		(void)usleep(500);
	world_end(&w);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		(void)close(fds[i]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(all_pieces_arrive_in_order, reset),
	    cmocka_unit_test_setup(empty_pieces_end_nothing, reset),
	    cmocka_unit_test_setup(the_connection_is_kept_and_what_came_behind_waits, reset),
	    cmocka_unit_test_setup(head_gets_no_piece_and_http_1_0_no_chunks, reset),
	    cmocka_unit_test_setup(pieces_wait_for_the_client, reset),
	    cmocka_unit_test_setup(a_client_that_leaves_ends_it, reset),
	    cmocka_unit_test_setup(who_asked_is_told_that_the_client_left, reset),
	    cmocka_unit_test_setup(who_takes_nothing_is_let_go_and_that_is_told, reset),
	    cmocka_unit_test_setup(who_asked_is_told_that_the_server_ends, reset),
	    cmocka_unit_test_setup(many_at_once_do_not_mix, reset),
	    cmocka_unit_test_setup(what_breaks_off_is_seen_to_be_broken, reset),
	    cmocka_unit_test_setup(a_server_that_is_freed_meanwhile_leaks_nothing, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
