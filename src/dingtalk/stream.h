/*
 * Stream mode of one app on one server (protocol §6): a WebSocket to DingTalk that is kept up. A new
 * connection is opened before an old one is given up (it is told to leave, has been silent for
 * DINGTALK_STREAM_SILENT_MS, or the credentials changed), and what still comes over the old one is
 * taken until it is drained. Everything on the loop's thread; callbacks never run inside a call of
 * this header.
 */
#pragma once

#include "dingtalk/event.h"
#include "loop/loop.h"

#define DINGTALK_STREAM_SILENT_MS \
	(INT64_C(10) * 60 * 1000)          /* quiet ones are normal; zombies exist */
#define DINGTALK_STREAM_DRAIN_MS 12000     /* the gateway closes 10 s after its farewell */
#define DINGTALK_STREAM_RETRY_MS 1000      /* doubled with each failure, */
#define DINGTALK_STREAM_RETRY_MAX_MS 60000 /* up to this; half of it is chance */
#define DINGTALK_STREAM_STEADY_MS 60000    /* up so long, the failures before are forgotten */

/* Of all streams that share it; any thread may read. */
struct dingtalk_stream_counts {
	_Atomic int64_t frames;     /* whatever came */
	_Atomic int64_t refused;    /* events that were malformed, too large, of another company */
	_Atomic int64_t reconnects; /* connections that came up after a stream's first */
};

struct dingtalk_stream_config {
	const char *api_url; /* of the open call; when it is https, only wss is gone to */
	const char *ca_file; /* NULL: the system's */
	const char *client_id, *client_secret, *corp_id;
	struct dingtalk_stream_counts *counts; /* outlives the stream */
};

/* Borrowed, for the time of the call. */
struct dingtalk_arrival {
	uint64_t line; /* which connection it came over */
	const char *message_id;
	const char *text; /* the event's JSON */
	const struct dingtalk_event *event;
};

struct dingtalk_stream_owner {
	/* To be answered by dingtalk_stream_answer, at any time. */
	void (*event)(void *arg, const struct dingtalk_arrival *arrival);
	/* What dingtalk_stream_state shows is another state. */
	void (*changed)(void *arg);
	void *arg;
};

struct dingtalk_stream_state {
	int64_t connected_ms; /* UTC; 0: not connected */
	int64_t frame_ms;     /* UTC, of the last frame; 0: none yet */
	char error
	    [ERR_TEXT_MAX]; /* of the last try or connection, in words; "": none since it is up */
};

struct dingtalk_stream;

/* Copies config, counts apart. It begins to connect at once. */
[[nodiscard]] struct dingtalk_stream *dingtalk_stream_new(
    struct loop *l, const struct dingtalk_stream_config *config,
    const struct dingtalk_stream_owner *owner, struct err *e);
void dingtalk_stream_free(struct dingtalk_stream *s); /* accepts NULL */

/* A connection with these takes the present one's place. */
void dingtalk_stream_renew(struct dingtalk_stream *s, const char *corp_id,
			   const char *client_secret);

/* stored false: DingTalk is asked to push it again. Nothing when the connection is gone. */
void dingtalk_stream_answer(struct dingtalk_stream *s, uint64_t line, const char *message_id,
			    bool stored);

const struct dingtalk_stream_state *dingtalk_stream_state(const struct dingtalk_stream *s);
