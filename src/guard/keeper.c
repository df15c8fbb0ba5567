#include "guard/keeper.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"

#define FRAME_MAX 65536
#define FRAME_HEAD 4

/* False when the time is over. */
static bool wait_for(const struct keeper *keeper, int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};
	int64_t left = keeper->deadline_ms - clock_mono_ms();
	int ready = left > 0 ? poll(&p, 1, (int)left) : 0;

	return ready > 0 || (ready < 0 && errno == EINTR);
}

/* A socket does not wait for room in a listener's queue when it is non-blocking. */
static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	AUTO(fd_closep) int fd = -1;
	int connected;

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	connected = fd;
	fd = -1;
	return connected;
}

static bool send_all(const struct keeper *keeper, int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t put = send(fd, bytes, n, MSG_NOSIGNAL);

		if (put < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (put < 0 && !wait_for(keeper, fd, POLLOUT))
			return false;
		bytes += put > 0 ? put : 0;
		n -= put > 0 ? (size_t)put : 0;
	}
	return true;
}

static bool receive_all(const struct keeper *keeper, int fd, void *out, size_t n)
{
	char *p = out;

	while (n) {
		ssize_t got = recv(fd, p, n, 0);

		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		if (got < 0 && !wait_for(keeper, fd, POLLIN))
			return false;
		p += got > 0 ? got : 0;
		n -= got > 0 ? (size_t)got : 0;
	}
	return true;
}

static const struct json *receive(const struct keeper *keeper, struct arena *a, int fd)
{
	unsigned char head[FRAME_HEAD];
	const struct json *answer;
	struct err e = {0};
	bool ok = false;
	size_t n;
	char *text;

	if (!receive_all(keeper, fd, head, sizeof(head)))
		return NULL;
	n = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
	if (n > FRAME_MAX)
		return NULL;
	text = arena_alloc(a, n);
	if (!receive_all(keeper, fd, text, n) || !json_parse(a, text, n, &answer, &e))
		return NULL;
	return json_bool(answer, "ok", &ok) && ok ? answer : NULL;
}

const struct json *keeper_ask(struct keeper *keeper, struct arena *a, const struct buf *request)
{
	AUTO(fd_closep) int fd = connect_to(keeper->path);
	const unsigned char head[FRAME_HEAD] = {
	    (unsigned char)(request->len >> 24), (unsigned char)(request->len >> 16),
	    (unsigned char)(request->len >> 8), (unsigned char)request->len};

	if (fd < 0)
		return NULL;
	if (!keeper->deadline_ms)
		keeper->deadline_ms = clock_mono_ms() + KEEPER_WAIT_MS;
	if (!send_all(keeper, fd, (const char *)head, sizeof(head)) ||
	    !send_all(keeper, fd, request->data, request->len))
		return NULL;
	return receive(keeper, a, fd);
}
