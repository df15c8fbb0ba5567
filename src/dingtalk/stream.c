#include "dingtalk/stream.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "dingtalk/answer.h"
#include "dingtalk/frame.h"
#include "http/client.h"
#include "http/websocket_client.h"
#include "json/json.h"

#define LINES_MAX 4 /* the present one, one being opened, some that leave */
#define NEVER INT64_MAX

/* One connection. Times are of the monotonic clock. */
struct line {
	struct line *next;
	struct dingtalk_stream *stream;
	struct websocket_client *ws;
	uint64_t serial;
	int64_t up_ms; /* 0: being opened */
	int64_t heard_ms;
	int64_t over_ms; /* leaving: when it is closed; else NEVER */
};

struct dingtalk_stream {
	struct loop *loop;
	struct dingtalk_stream_owner owner;
	struct dingtalk_stream_counts *counts;
	bool was_up;
	char *open_url, *ca_file, *client_id, *client_secret, *corp_id;
	bool secure;
	struct http_async_client *http;
	struct http_async *call; /* the open call */
	struct line *lines;
	struct line *present; /* NULL: not connected */
	struct line *opening;
	uint64_t serial;
	unsigned failures; /* in a row */
	int64_t retry_ms;  /* when a connection is wanted; NEVER: none is */
	struct loop_timer *timer;
	struct dingtalk_stream_state state;
};

static void plan(struct dingtalk_stream *s);

static void tell(struct dingtalk_stream *s)
{
	s->owner.changed(s->owner.arg);
}

static void line_free(struct dingtalk_stream *s, struct line *line)
{
	struct line **at = &s->lines;

	while (*at != line)
		at = &(*at)->next;
	*at = line->next;
	if (s->present == line)
		s->present = NULL;
	if (s->opening == line)
		s->opening = NULL;
	websocket_client_free(line->ws);
	mem_free(line);
}

/* Full jitter over the upper half, so that servers that lost a gateway do not return as one. */
static int64_t back_off(unsigned failures)
{
	int64_t most = DINGTALK_STREAM_RETRY_MS << (failures < 6 ? failures : 6);
	uint32_t chance;

	if (most > DINGTALK_STREAM_RETRY_MAX_MS)
		most = DINGTALK_STREAM_RETRY_MAX_MS;
	random_bytes(&chance, sizeof(chance));
	return most / 2 + (int64_t)(chance % (uint64_t)(most / 2 + 1));
}

static void failed(struct dingtalk_stream *s, const char *why)
{
	s->retry_ms = clock_mono_ms() + back_off(s->failures);
	if (s->failures < 16)
		s->failures++;
	dingtalk_failure_text(s->state.error, sizeof(s->state.error), why);
	tell(s);
}

/* At once when what is there has proved itself, else as after a failure. */
static void want(struct dingtalk_stream *s)
{
	const struct line *p = s->present;
	int64_t now = clock_mono_ms();

	if (s->call || s->opening || s->retry_ms != NEVER)
		return;
	if (p && p->up_ms && now - p->up_ms >= DINGTALK_STREAM_STEADY_MS)
		s->failures = 0;
	s->retry_ms = s->failures == 0 ? now : now + back_off(s->failures);
	s->failures++;
}

/* --- frames ----------------------------------------------------------------------------------- */

static void answer(struct line *line, enum dingtalk_frame_answer how, const char *message_id,
		   const char *data)
{
	AUTO(buf_done) struct buf text = {0};

	dingtalk_frame_answer(&text, how, message_id, data);
	websocket_client_send(line->ws, text.data, text.len);
}

static void take_event(struct line *line, struct arena *a, const struct dingtalk_frame *frame)
{
	struct dingtalk_stream *s = line->stream;
	struct dingtalk_event event;
	struct err e;

	if (frame->data_len > DINGTALK_FRAME_MAX_DATA ||
	    !dingtalk_event_parse_stream(a, &frame->event, frame->data, frame->data_len, &event,
					 &e) ||
	    (*event.corp_id && !text_equal(event.corp_id, s->corp_id))) {
		s->counts->refused++;
		answer(line, DINGTALK_ANSWER_REFUSED, frame->message_id, NULL);
		return;
	}
	s->owner.event(s->owner.arg, &(struct dingtalk_arrival){.line = line->serial,
								.message_id = frame->message_id,
								.text = frame->data,
								.event = &event});
}

static void leave(struct line *line)
{
	struct dingtalk_stream *s = line->stream;

	if (line->over_ms != NEVER)
		return;
	line->over_ms = clock_mono_ms() + DINGTALK_STREAM_DRAIN_MS;
	if (line == s->present)
		want(s);
}

static void on_message(void *arg, const char *text, size_t n)
{
	AUTO(arena_done) struct arena a = {0};
	struct line *line = arg;
	struct dingtalk_frame frame;
	struct err e;

	line->heard_ms = clock_mono_ms();
	line->stream->state.frame_ms = clock_utc_ms();
	line->stream->counts->frames++;
	if (!dingtalk_frame_parse(&a, text, n, &frame, &e))
		return;
	switch (frame.kind) {
	case DINGTALK_FRAME_PING:
		answer(line, DINGTALK_ANSWER_ECHO, frame.message_id, frame.data);
		break;
	case DINGTALK_FRAME_LEAVE:
		leave(line);
		break;
	case DINGTALK_FRAME_EVENT:
		take_event(line, &a, &frame);
		break;
	case DINGTALK_FRAME_OTHER:
		answer(line, DINGTALK_ANSWER_UNKNOWN, frame.message_id, NULL);
		break;
	case DINGTALK_FRAME_SYSTEM:
		break;
	}
	plan(line->stream);
}

/* --- connections ------------------------------------------------------------------------------ */

static void on_open(void *arg)
{
	struct line *line = arg;
	struct dingtalk_stream *s = line->stream;
	struct line *before = s->present;

	line->up_ms = line->heard_ms = clock_mono_ms();
	s->opening = NULL;
	s->present = line;
	if (s->was_up)
		s->counts->reconnects++;
	s->was_up = true;
	if (before && before->over_ms == NEVER)
		before->over_ms = line->up_ms + DINGTALK_STREAM_DRAIN_MS;
	s->state.connected_ms = clock_utc_ms();
	s->state.error[0] = '\0';
	tell(s);
	plan(s);
}

static void on_gone(void *arg, const struct err *e)
{
	struct line *line = arg;
	struct dingtalk_stream *s = line->stream;
	bool was_present = line == s->present, was_opening = line == s->opening;
	bool steady = line->up_ms && clock_mono_ms() - line->up_ms >= DINGTALK_STREAM_STEADY_MS;

	line_free(s, line);
	if (was_present) {
		s->state.connected_ms = 0;
		if (steady)
			s->failures = 0;
	}
	/* Another one may be on its way already. */
	if (was_opening || (was_present && !s->opening && !s->call && s->retry_ms == NEVER))
		failed(s, e->text);
	else if (was_present)
		tell(s);
	plan(s);
}

static void connect_to(struct dingtalk_stream *s, const char *url)
{
	struct line *line = mem_new(struct line);
	const struct websocket_client_owner owner = {
	    .open = on_open, .message = on_message, .gone = on_gone, .arg = line};
	struct err e = {0};

	line->ws = websocket_client_new(s->loop, url, s->ca_file, &owner, &e);
	if (!line->ws) {
		mem_free(line);
		failed(s, e.text);
		return;
	}
	line->stream = s;
	line->serial = ++s->serial;
	line->over_ms = NEVER;
	line->next = s->lines;
	s->lines = line;
	s->opening = line;
}

/* A peer may repeat what it was sent. */
static const char *harmless(const struct dingtalk_stream *s, const char *text)
{
	return text && strstr(text, s->client_secret) ? NULL : text;
}

static void refused(struct dingtalk_stream *s, const struct http_reply *reply)
{
	AUTO(arena_done) struct arena a = {0};
	const char *code = NULL, *message = NULL;
	const struct json *root;
	struct err e;

	if (json_parse(&a, reply->body, reply->body_len, &root, &e)) {
		code = harmless(s, json_text(root, "code"));
		message = harmless(s, json_text(root, "message"));
	}
	failed(s, reply->status == 401
		      ? arena_printf(&a,
				     "DingTalk refuses the Client ID or Client Secret, or no "
				     "version of the app is published (%s)",
				     code ? code : "401")
		      : arena_printf(&a, "DingTalk opens no stream: %d %s %s", reply->status,
				     code ? code : "", message ? message : ""));
}

static void on_opened(void *arg, const struct http_reply *reply, const struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct dingtalk_stream *s = arg;
	const char *url;
	struct err why = {0};

	s->call = NULL;
	if (e)
		failed(s, e->text);
	else if (reply->status != 200)
		refused(s, reply);
	else if (!dingtalk_frame_endpoint(&a, reply->body, reply->body_len, s->secure, &url, &why))
		failed(s, why.text);
	else
		connect_to(s, url);
	plan(s);
}

static void open_line(struct dingtalk_stream *s)
{
	AUTO(buf_wipe) struct buf body = {0};

	s->retry_ms = NEVER;
	dingtalk_frame_open(&body, s->client_id, s->client_secret);
	s->call = http_async_call(s->http,
				  &(struct http_call){.method = HTTP_POST,
						      .url = s->open_url,
						      .headers = {"Content-Type: application/json",
								  "Accept: application/json"},
						      .body = body.data,
						      .body_len = body.len,
						      .max_answer = 16384},
				  on_opened, s);
}

/* --- time ------------------------------------------------------------------------------------- */

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static size_t count(const struct dingtalk_stream *s)
{
	size_t n = 0;

	for (const struct line *line = s->lines; line; line = line->next)
		n++;
	return n;
}

/* Lines that left and the present one when it is silent; the time when the next of this is due. */
static int64_t look_after_lines(struct dingtalk_stream *s, int64_t now)
{
	int64_t due = NEVER;
	struct line *line = s->lines;

	while (line) {
		struct line *next = line->next;

		/* Without a successor the old one is still better than none. */
		if (line->over_ms <= now && line != s->present)
			line_free(s, line);
		else if (line != s->present)
			due = earlier(due, line->over_ms);
		line = next;
	}
	if (!s->present)
		return due;
	if (now - s->present->heard_ms >= DINGTALK_STREAM_SILENT_MS) {
		s->present->heard_ms = now;
		want(s);
	}
	return earlier(due, s->present->heard_ms + DINGTALK_STREAM_SILENT_MS);
}

/* Does what is due and sets the timer for the rest. */
static void on_timer(void *arg)
{
	struct dingtalk_stream *s = arg;
	int64_t now = clock_mono_ms();
	int64_t due = look_after_lines(s, now);

	if (s->retry_ms <= now && count(s) < LINES_MAX)
		open_line(s);
	due = earlier(due, s->retry_ms);
	if (due != NEVER)
		loop_timer_start(s->timer, clock_wait_ms(due > now ? due - now : 100), 0);
}

static void plan(struct dingtalk_stream *s)
{
	loop_timer_start(s->timer, 0, 0);
}

/* --- the owner's ------------------------------------------------------------------------------ */

struct dingtalk_stream *dingtalk_stream_new(struct loop *l,
					    const struct dingtalk_stream_config *config,
					    const struct dingtalk_stream_owner *owner,
					    struct err *e)
{
	struct http_async_client *http = http_async_client_new(l, config->ca_file, e);
	struct dingtalk_stream *s;

	if (!http)
		return NULL;
	s = mem_new(struct dingtalk_stream);
	s->loop = l;
	s->owner = *owner;
	s->counts = config->counts;
	s->http = http;
	s->open_url = mem_printf("%s/v1.0/gateway/connections/open", config->api_url);
	s->secure = text_starts(config->api_url, "https://");
	s->ca_file = mem_dup(config->ca_file);
	s->client_id = mem_dup(config->client_id);
	s->client_secret = mem_dup(config->client_secret);
	s->corp_id = mem_dup(config->corp_id);
	s->timer = loop_timer_new(l, on_timer, s);
	plan(s);
	return s;
}

static void secret_free(char *secret)
{
	crypto_wipe(secret, strlen(secret));
	mem_free(secret);
}

void dingtalk_stream_free(struct dingtalk_stream *s)
{
	if (!s)
		return;
	while (s->lines)
		line_free(s, s->lines);
	loop_timer_free(s->timer);
	http_async_client_free(s->http);
	mem_free(s->open_url);
	mem_free(s->ca_file);
	mem_free(s->client_id);
	secret_free(s->client_secret);
	mem_free(s->corp_id);
	mem_free(s);
}

void dingtalk_stream_renew(struct dingtalk_stream *s, const char *corp_id,
			   const char *client_secret)
{
	mem_free(s->corp_id);
	s->corp_id = mem_dup(corp_id);
	secret_free(s->client_secret);
	s->client_secret = mem_dup(client_secret);
	if (s->call)
		http_async_cancel(TAKE(s->call));
	if (s->opening)
		line_free(s, s->opening);
	s->failures = 0;
	s->retry_ms = clock_mono_ms();
	plan(s);
}

void dingtalk_stream_answer(struct dingtalk_stream *s, uint64_t line, const char *message_id,
			    bool stored)
{
	struct line *at = s->lines;

	while (at && at->serial != line)
		at = at->next;
	if (at)
		answer(at, stored ? DINGTALK_ANSWER_STORED : DINGTALK_ANSWER_LATER, message_id,
		       NULL);
}

const struct dingtalk_stream_state *dingtalk_stream_state(const struct dingtalk_stream *s)
{
	return &s->state;
}
