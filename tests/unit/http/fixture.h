/* A server on a loop of its own thread, and plain sockets to talk to it. */
#pragma once

#include "../unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "http/server.h"

#define ANSWER_MAX (4 << 20)
#define WAIT_MS 10000 /* a test that waits longer has failed */

struct world {
	struct loop *l;
	struct http_server *s;
	pthread_t thread;
};

static void *world_run(void *arg)
{
	loop_run(((struct world *)arg)->l);
	return NULL;
}

static void world_start(struct world *w, const struct http_server_config *config,
			const char *address)
{
	struct err e = {0};

	w->l = loop_new();
	w->s = http_server_new(w->l, config, address, &e);
	if (!w->s)
		fail_msg("%s", e.text);
	assert_int_equal(pthread_create(&w->thread, NULL, world_run, w), 0);
}

static void world_stop_loop(void *arg)
{
	loop_stop(((struct world *)arg)->l);
}

/* At once, with whatever is going on. */
static void world_end(struct world *w)
{
	loop_post(w->l, world_stop_loop, w);
	assert_int_equal(pthread_join(w->thread, NULL), 0);
	http_server_free(w->s);
	loop_free(w->l);
}

/* Waits for a condition that another thread brings about. */
[[maybe_unused]] static void wait_for(const atomic_int *counter, int value)
{
	int64_t end = clock_mono_ms() + WAIT_MS;

	while (atomic_load(counter) < value && clock_mono_ms() < end)
		(void)usleep(500);
	assert_int_equal(atomic_load(counter), value);
}

static int dial(const struct world *w)
{
	const char *address = http_server_address(w->s);
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct timeval patience = {.tv_sec = WAIT_MS / 1000};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_port = htons((uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10));
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	return fd;
}

static void say_n(int fd, const char *bytes, size_t n)
{
	/* The server may close while we still talk. */
	while (n) {
		ssize_t put = send(fd, bytes, n, MSG_NOSIGNAL);

		if (put < 0)
			return;
		bytes += put;
		n -= (size_t)put;
	}
}

[[maybe_unused]] static void say(int fd, const char *text)
{
	say_n(fd, text, strlen(text));
}

/* Everything until the server closes. */
[[maybe_unused]] static char *hear_all(int fd)
{
	struct buf b = {.max = ANSWER_MAX};

	for (;;) {
		char *room = buf_room(&b, 65536);
		ssize_t got = room ? recv(fd, room, 65536, 0) : -1;

		if (got < 0)
			fail_msg("the connection was not closed in order: %s", strerror(errno));
		b.len += (size_t)got;
		if (got == 0)
			break;
	}
	b.data[b.len] = '\0';
	return b.data;
}

/* One answer with a Content-Length; the caller frees it. */
[[maybe_unused]] static char *hear_one(int fd)
{
	struct buf b = {.max = ANSWER_MAX};
	char c;

	while (b.len < 4 || memcmp(b.data + b.len - 4, "\r\n\r\n", 4) != 0) {
		assert_int_equal(recv(fd, &c, 1, 0), 1);
		buf_char(&b, c);
	}
	if (strstr(b.data, "Content-Length: ")) {
		size_t n = strtoul(strstr(b.data, "Content-Length: ") + 16, NULL, 10);
		char *room = buf_room(&b, n);

		assert_non_null(room);
		assert_int_equal(n ? recv(fd, room, n, MSG_WAITALL) : 0, n);
		b.len += n;
	}
	return b.data;
}

/* One connection, one request that ends it. */
[[maybe_unused]] static char *talk_n(const struct world *w, const char *bytes, size_t n)
{
	int fd = dial(w);
	char *answer;

	say_n(fd, bytes, n);
	answer = hear_all(fd);
	(void)close(fd);
	return answer;
}

[[maybe_unused]] static int status_of(const char *answer)
{
	return text_starts(answer, "HTTP/1.1 ") ? (int)strtol(answer + 9, NULL, 10) : 0;
}
