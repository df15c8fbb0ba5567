#include "ipc/channel.h"

#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE 16384

struct ipc_channel {
	struct loop *loop;
	int fd;
	struct loop_watch *watch;
	struct loop_timer *soon; /* hands out what was buffered while paused */
	ipc_channel_frame_fn *on_frame;
	ipc_channel_closed_fn *on_closed;
	void *arg;
	struct buf in;
	struct buf out;
	bool paused;
	bool closed;
	bool inside; /* one of our callbacks is running: freeing must wait */
	bool freed;
};

static void destroy(struct ipc_channel *c)
{
	loop_watch_free(c->watch);
	loop_timer_free(c->soon);
	(void)close(c->fd);
	buf_done(&c->in);
	buf_done(&c->out);
	mem_free(c);
}

static void watch_again(struct ipc_channel *c)
{
	loop_watch_set(c->watch, !c->closed && !c->paused && c->out.len <= IPC_MAX_FRAME,
		       !c->closed && c->out.len);
}

static void close_with(struct ipc_channel *c, const struct err *e)
{
	if (c->closed || c->freed)
		return;
	c->closed = true;
	c->on_closed(c->arg, e);
}

static void flush(struct ipc_channel *c)
{
	struct err e;

	while (c->out.len) {
		ssize_t put = send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (put < 0) {
			(void)err_set(&e, ERR_UNAVAILABLE, "send: %s", strerror(errno));
			close_with(c, &e);
			return;
		}
		buf_consume(&c->out, (size_t)put);
	}
}

static void hand_out(struct ipc_channel *c)
{
	while (!c->paused && !c->closed && !c->freed) {
		AUTO(arena_done) struct arena a = {0};
		const struct json *frame;
		struct err e;

		if (!ipc_take(&c->in, &a, &frame, &e)) {
			close_with(c, &e);
			return;
		}
		if (!frame)
			return;
		c->on_frame(c->arg, frame);
	}
}

/* One read a turn: a busy peer does not keep the loop from the others. */
static void receive(struct ipc_channel *c)
{
	char *room = buf_room(&c->in, READ_SIZE);
	ssize_t got = recv(c->fd, room, READ_SIZE, 0);
	struct err e;

	if (got < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	if (got <= 0) {
		(void)err_set(&e, ERR_UNAVAILABLE, "%s",
			      got ? strerror(errno) : "the other side closed the connection");
		close_with(c, &e);
		return;
	}
	c->in.len += (size_t)got;
	c->in.data[c->in.len] = '\0';
	hand_out(c);
}

static void leave(struct ipc_channel *c)
{
	c->inside = false;
	if (c->freed)
		destroy(c);
	else
		watch_again(c);
}

static void on_ready(void *arg, bool readable, bool writable)
{
	struct ipc_channel *c = arg;

	c->inside = true;
	if (writable)
		flush(c);
	if (readable && !c->closed && !c->freed && !c->paused)
		receive(c);
	leave(c);
}

static void on_soon(void *arg)
{
	struct ipc_channel *c = arg;

	c->inside = true;
	hand_out(c);
	leave(c);
}

struct ipc_channel *ipc_channel_new(struct loop *l, int fd, ipc_channel_frame_fn *on_frame,
				    ipc_channel_closed_fn *on_closed, void *arg)
{
	struct ipc_channel *c = mem_new(struct ipc_channel);

	c->loop = l;
	c->fd = fd;
	c->on_frame = on_frame;
	c->on_closed = on_closed;
	c->arg = arg;
	c->out.max = IPC_CHANNEL_MAX_OUT;
	c->watch = loop_watch_new(l, fd, on_ready, c);
	c->soon = loop_timer_new(l, on_soon, c);
	watch_again(c);
	return c;
}

void ipc_channel_free(struct ipc_channel *c)
{
	if (!c)
		return;
	c->freed = true;
	if (!c->inside)
		destroy(c);
}

bool ipc_channel_send(struct ipc_channel *c, const char *text, size_t n, struct err *e)
{
	if (c->closed)
		return err_set(e, ERR_UNAVAILABLE, "the other side closed the connection");
	if (!ipc_frame(&c->out, text, n, e))
		return false;
	if (!c->inside)
		watch_again(c);
	return true;
}

void ipc_channel_pause(struct ipc_channel *c)
{
	c->paused = true;
	if (!c->inside)
		watch_again(c);
}

void ipc_channel_resume(struct ipc_channel *c)
{
	c->paused = false;
	loop_timer_start(c->soon, 0, 0);
	if (!c->inside)
		watch_again(c);
}

bool ipc_channel_unread(const struct ipc_channel *c)
{
	int bytes = 0;

	return ioctl(c->fd, SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

size_t ipc_channel_waiting(const struct ipc_channel *c)
{
	return c->out.len;
}
