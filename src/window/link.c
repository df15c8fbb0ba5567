#include "window/link.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "ipc/ipc.h"

#define CONNECT_MS 1000
#define WATCH_AGAIN_S 2

/* A connection whose request is out; frames come in. */
struct line {
	struct link *link;
	struct line *next;
	int fd;
	guint source;
	struct buf in;
	link_answer_fn *on_answer; /* NULL: it watches */
	void *arg;
};

struct link {
	char *socket;
	link_event_fn *on_event;
	void *arg;
	struct line *lines;
	bool watching; /* the keeper has agreed */
	guint again;
};

static void line_free(struct line *n)
{
	struct line **at;

	for (at = &n->link->lines; *at != n; at = &(*at)->next)
		;
	*at = n->next;
	if (n->source)
		(void)g_source_remove(n->source);
	fd_closep(&n->fd);
	buf_wipe(&n->in);
	mem_free(n);
}

static gboolean watch_again(void *arg);

static void watch_ended(struct link *l)
{
	bool told = l->watching;

	l->watching = false;
	if (!l->again)
		l->again = g_timeout_add_seconds(WATCH_AGAIN_S, watch_again, l);
	if (told)
		l->on_event(l->arg, NULL);
}

/* The line is gone before anybody is told, who may end the link. */
static void line_end(struct line *n, const struct json *answer)
{
	struct link *l = n->link;
	link_answer_fn *on_answer = n->on_answer;
	void *arg = n->arg;

	line_free(n);
	if (on_answer)
		on_answer(arg, answer);
	else
		watch_ended(l);
}

/* The agreement to watch counts as an event too. False: the line has ended. */
static bool take_event(struct line *n, const struct json *frame)
{
	bool ok = false;

	if (!json_get(frame, "event") && (!json_bool(frame, "ok", &ok) || !ok)) {
		line_end(n, NULL);
		return false;
	}
	n->link->watching = true;
	n->link->on_event(n->link->arg, frame);
	return true;
}

static bool take_frames(struct line *n)
{
	for (;;) {
		AUTO(arena_wipe) struct arena a = {0};
		const struct json *frame;
		struct err e;

		if (!ipc_take(&n->in, &a, &frame, &e)) {
			line_end(n, NULL);
			return false;
		}
		if (!frame)
			return true;
		if (n->on_answer) {
			line_end(n, frame);
			return false;
		}
		if (!take_event(n, frame))
			return false;
	}
}

static gboolean on_readable(int fd, [[maybe_unused]] GIOCondition condition, void *arg)
{
	struct line *n = arg;
	char part[16384];
	ssize_t got = read(fd, part, sizeof(part));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return G_SOURCE_CONTINUE;
	if (got > 0) {
		buf_add(&n->in, part, (size_t)got);
		explicit_bzero(part, (size_t)got);
		return take_frames(n) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
	}
	line_end(n, NULL);
	return G_SOURCE_REMOVE;
}

/* A fresh socket takes a whole frame at once, so only the answer is waited for on the loop. */
static bool line_open(struct line *n, const char *request, struct err *e)
{
	if (!ipc_connect(n->link->socket, CONNECT_MS, &n->fd, e) ||
	    !ipc_send(n->fd, request, strlen(request), e))
		return false;
	if (fcntl(n->fd, F_SETFL, O_NONBLOCK) < 0)
		return err_errno(e, "the keeper's socket");
	n->source = g_unix_fd_add(n->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, n);
	return true;
}

static gboolean on_unreachable(void *arg)
{
	struct line *n = arg;

	n->source = 0;
	line_end(n, NULL);
	return G_SOURCE_REMOVE;
}

static void line_new(struct link *l, const char *request, link_answer_fn *fn, void *arg)
{
	struct line *n = mem_new(struct line);
	struct err e;

	n->link = l;
	n->fd = -1;
	n->on_answer = fn;
	n->arg = arg;
	n->next = l->lines;
	l->lines = n;
	if (!line_open(n, request, &e))
		n->source = g_idle_add(on_unreachable, n);
}

static gboolean watch_again(void *arg)
{
	struct link *l = arg;

	l->again = 0;
	line_new(l, "{\"cmd\":\"watch\"}", NULL, NULL);
	return G_SOURCE_REMOVE;
}

struct link *link_new(const char *socket, link_event_fn *on_event, void *arg)
{
	struct link *l = mem_new(struct link);

	l->socket = mem_dup(socket);
	l->on_event = on_event;
	l->arg = arg;
	(void)watch_again(l);
	return l;
}

void link_free(struct link *l)
{
	if (!l)
		return;
	while (l->lines)
		line_free(l->lines);
	if (l->again)
		(void)g_source_remove(l->again);
	mem_free(l->socket);
	mem_free(l);
}

bool link_is_watching(const struct link *l)
{
	return l->watching;
}

void link_ask(struct link *l, const char *request, link_answer_fn *fn, void *arg)
{
	line_new(l, request, fn, arg);
}
