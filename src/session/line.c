#include "session/line.h"

#include <string.h>

#include "base/buf.h"
#include "ipc/channel.h"

#define AGAIN_FIRST_MS 2000
#define AGAIN_MOST_MS 60000
/* Of connecting alone, which a Unix socket does at once or not at all. */
#define CONNECT_TIMEOUT_MS 2000

struct line {
	struct loop *loop;
	const char *socket;
	const struct line_events *on;
	void *arg;
	struct ipc_channel *watch, *question;
	bool watching; /* the keeper has agreed to tell */
	struct loop_timer *again;
	int64_t delay_ms;
};

static struct ipc_channel *open_channel(struct line *line, const char *request,
					ipc_channel_frame_fn *on_frame,
					ipc_channel_closed_fn *on_closed)
{
	struct ipc_channel *c;
	struct err e;
	int fd;

	if (!ipc_connect(line->socket, CONNECT_TIMEOUT_MS, &fd, &e))
		return NULL;
	c = ipc_channel_new(line->loop, fd, on_frame, on_closed, line);
	if (ipc_channel_send(c, request, strlen(request), &e))
		return c;
	ipc_channel_free(c);
	return NULL;
}

static void close_channel(struct ipc_channel **c)
{
	ipc_channel_free(*c);
	*c = NULL;
}

static void lose(struct line *line)
{
	bool asked = line->question;

	close_channel(&line->watch);
	close_channel(&line->question);
	line->watching = false;
	loop_timer_start(line->again, line->delay_ms, 0);
	line->delay_ms = line->delay_ms * 2 < AGAIN_MOST_MS ? line->delay_ms * 2 : AGAIN_MOST_MS;
	if (asked)
		line->on->answer(line->arg, NULL);
}

static void on_closed(void *arg, [[maybe_unused]] const struct err *e)
{
	lose(arg);
}

static void on_watch_frame(void *arg, const struct json *frame)
{
	struct line *line = arg;
	bool ok = false;

	if (line->watching) {
		line->on->event(line->arg, frame);
		return;
	}
	/* An older keeper, or too many of this person's programs watch. */
	if (!json_bool(frame, "ok", &ok) || !ok) {
		lose(line);
		return;
	}
	line->watching = true;
	line->delay_ms = AGAIN_FIRST_MS;
	line->on->found(line->arg);
}

static void look(void *arg)
{
	struct line *line = arg;

	line->watch = open_channel(line, "{\"cmd\":\"watch\"}", on_watch_frame, on_closed);
	if (!line->watch)
		lose(line);
}

static void on_answer(void *arg, const struct json *frame)
{
	struct line *line = arg;
	bool ok = false;

	close_channel(&line->question);
	line->on->answer(line->arg, json_bool(frame, "ok", &ok) && ok ? frame : NULL);
}

bool line_ask(struct line *line, const char *package)
{
	AUTO(buf_done) struct buf request = {0};
	struct json_writer w = {.out = &request};

	if (!line->watching || line->question)
		return false;
	json_object(&w, NULL);
	json_put_text(&w, "cmd", "status");
	if (package)
		json_put_text(&w, "package", package);
	json_object_end(&w);
	line->question = open_channel(line, request.data, on_answer, on_closed);
	if (!line->question)
		lose(line);
	return line->question;
}

struct line *line_new(struct loop *l, const char *socket, const struct line_events *on, void *arg)
{
	struct line *line = mem_new(struct line);

	line->loop = l;
	line->socket = socket;
	line->on = on;
	line->arg = arg;
	line->delay_ms = AGAIN_FIRST_MS;
	line->again = loop_timer_new(l, look, line);
	loop_timer_start(line->again, 0, 0);
	return line;
}

void line_free(struct line *line)
{
	if (!line)
		return;
	close_channel(&line->watch);
	close_channel(&line->question);
	loop_timer_free(line->again);
	mem_free(line);
}
