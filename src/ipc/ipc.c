#include "ipc/ipc.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"

#define HEAD_SIZE 4
#define BACKLOG 64

bool ipc_peer(int fd, struct ipc_peer *out, struct err *e)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return err_errno(e, "peer credentials");
	*out = (struct ipc_peer){.pid = peer.pid, .uid = peer.uid, .gid = peer.gid};
	return true;
}

static bool address(const char *path, struct sockaddr_un *out, struct err *e)
{
	size_t n = strlen(path);

	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (n >= sizeof(out->sun_path))
		return err_set(e, ERR_INVALID, "%s: too long for a socket's path (%zu bytes)", path,
			       sizeof(out->sun_path) - 1);
	memcpy(out->sun_path, path, n + 1);
	return true;
}

/* Somebody accepts at the path: taking it over would cut off a living program. */
static bool is_alive(const struct sockaddr_un *at)
{
	AUTO(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd >= 0 && (!connect(fd, (const struct sockaddr *)at, sizeof(*at)) ||
			   errno == EAGAIN || errno == EINPROGRESS);
}

bool ipc_listen(const char *path, int *out, struct err *e)
{
	AUTO(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un at;

	if (fd < 0)
		return err_errno(e, "socket");
	if (!address(path, &at, e))
		return false;
	if (is_alive(&at))
		return err_set(e, ERR_CONFLICT, "%s: another program listens there", path);
	if (unlink(path) < 0 && errno != ENOENT)
		return err_errno(e, "%s", path);
	if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 || chmod(path, 0666) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return err_errno(e, "%s", path);
	*out = fd;
	fd = -1;
	return true;
}

bool ipc_listens_at(int fd, const char *path)
{
	struct sockaddr_un at = {0};
	socklen_t size = sizeof(at), n = sizeof(int);
	int listens = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) == 0 && listens &&
	       getsockname(fd, (struct sockaddr *)&at, &size) == 0 && at.sun_family == AF_UNIX &&
	       strncmp(at.sun_path, path, sizeof(at.sun_path)) == 0 && access(path, F_OK) == 0;
}

bool ipc_connect(const char *path, int64_t timeout_ms, int *out, struct err *e)
{
	AUTO(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval wait = {.tv_sec = timeout_ms / 1000,
			       .tv_usec = (suseconds_t)(timeout_ms % 1000 * 1000)};
	struct sockaddr_un at;

	if (fd < 0)
		return err_errno(e, "socket");
	if (!address(path, &at, e))
		return false;
	/* The send timeout bounds connect too, which waits while the backlog is full (unix(7)). */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0)
		return err_errno(e, "socket timeouts");
	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) < 0)
		return err_set(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
	*out = fd;
	fd = -1;
	return true;
}

static void head_put(size_t n, unsigned char out[HEAD_SIZE])
{
	out[0] = (unsigned char)(n >> 24);
	out[1] = (unsigned char)(n >> 16);
	out[2] = (unsigned char)(n >> 8);
	out[3] = (unsigned char)n;
}

static bool head_get(const void *head, size_t *out, struct err *e)
{
	const unsigned char *p = head;
	size_t n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];

	if (!n)
		return err_set(e, ERR_INVALID, "an empty frame");
	if (n > IPC_MAX_FRAME)
		return err_set(e, ERR_TOO_LARGE, "a frame of %zu bytes; at most %d are allowed", n,
			       IPC_MAX_FRAME);
	*out = n;
	return true;
}

static bool body_read(struct arena *a, const char *text, size_t n, const struct json **out,
		      struct err *e)
{
	const struct json *node;

	if (!json_parse(a, text, n, &node, e))
		return false;
	if (node->type != JSON_OBJECT)
		return err_set(e, ERR_INVALID, "a frame must hold an object");
	*out = node;
	return true;
}

bool ipc_frame(struct buf *out, const char *text, size_t n, struct err *e)
{
	unsigned char head[HEAD_SIZE];

	if (!n || n > IPC_MAX_FRAME)
		return err_set(e, ERR_TOO_LARGE, "a frame of %zu bytes; at most %d are allowed", n,
			       IPC_MAX_FRAME);
	if (out->max && out->max - out->len < n + HEAD_SIZE)
		return err_set(e, ERR_TOO_LARGE, "the other side does not take its frames");
	head_put(n, head);
	buf_add(out, head, sizeof(head));
	buf_add(out, text, n);
	return true;
}

bool ipc_take(struct buf *in, struct arena *a, const struct json **out, struct err *e)
{
	size_t n = 0;
	char *text;

	*out = NULL;
	if (in->len < HEAD_SIZE)
		return true;
	if (!head_get(in->data, &n, e))
		return false;
	if (in->len - HEAD_SIZE < n)
		return true;
	text = arena_dup_n(a, in->data + HEAD_SIZE, n);
	buf_consume(in, HEAD_SIZE + n);
	return body_read(a, text, n, out, e);
}

static bool timed_out(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK;
}

bool ipc_send(int fd, const char *text, size_t n, struct err *e)
{
	AUTO(buf_done) struct buf frame = {0};
	size_t sent = 0;

	if (!ipc_frame(&frame, text, n, e))
		return false;
	while (sent < frame.len) {
		ssize_t put = send(fd, frame.data + sent, frame.len - sent, MSG_NOSIGNAL);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && timed_out())
			return err_set(e, ERR_TIMEOUT, "the other side takes nothing");
		if (put < 0)
			return err_set(e, ERR_UNAVAILABLE, "send: %s", strerror(errno));
		sent += (size_t)put;
	}
	return true;
}

static bool receive_full(int fd, void *out, size_t n, struct err *e)
{
	char *p = out;

	while (n) {
		ssize_t got = recv(fd, p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && timed_out())
			return err_set(e, ERR_TIMEOUT, "no answer in time");
		if (got < 0)
			return err_set(e, ERR_UNAVAILABLE, "receive: %s", strerror(errno));
		if (got == 0)
			return err_set(e, ERR_UNAVAILABLE, "the other side closed the connection");
		p += got;
		n -= (size_t)got;
	}
	return true;
}

bool ipc_receive(int fd, struct arena *a, const struct json **out, struct err *e)
{
	unsigned char head[HEAD_SIZE];
	char *text;
	size_t n = 0;

	if (!receive_full(fd, head, sizeof(head), e) || !head_get(head, &n, e))
		return false;
	text = arena_alloc(a, n + 1);
	return receive_full(fd, text, n, e) && body_read(a, text, n, out, e);
}
