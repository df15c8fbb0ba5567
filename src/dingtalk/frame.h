/*
 * The JSON of Stream mode (protocol §6): the answer to the open call, frames that come down, answers
 * that go up. Pure; everything that is read lives in the arena.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "dingtalk/event.h"

#define DINGTALK_FRAME_MAX_ID 256          /* bytes of a messageId */
#define DINGTALK_FRAME_MAX_DATA (64 << 10) /* bytes of an event */
#define DINGTALK_TICKET_MAX 512

/* The WebSocket's URL with its ticket. ERR_PEER: no such answer, or (secure) one that would leave
 * TLS. */
[[nodiscard]] bool dingtalk_frame_endpoint(struct arena *a, const char *body, size_t n, bool secure,
					   const char **url, struct err *e);

/* What the open call asks for: all events that are chosen in DingTalk's console. */
void dingtalk_frame_open(struct buf *out, const char *client_id, const char *client_secret);

enum dingtalk_frame_kind {
	DINGTALK_FRAME_PING,
	DINGTALK_FRAME_LEAVE, /* the gateway is about to close this connection */
	DINGTALK_FRAME_SYSTEM,
	DINGTALK_FRAME_EVENT,
	DINGTALK_FRAME_OTHER /* of a kind that we did not ask for */
};

struct dingtalk_frame {
	enum dingtalk_frame_kind kind;
	const char *message_id; /* "" when absent; never in EVENT */
	const char *data;
	size_t data_len;
	struct dingtalk_event_head event; /* EVENT */
};

/* ERR_INVALID: not a frame; there is nothing to answer. */
[[nodiscard]] bool dingtalk_frame_parse(struct arena *a, const char *text, size_t n,
					struct dingtalk_frame *out, struct err *e);

enum dingtalk_frame_answer {
	DINGTALK_ANSWER_ECHO,    /* of a ping: data as it came */
	DINGTALK_ANSWER_STORED,  /* an event is taken for good */
	DINGTALK_ANSWER_LATER,   /* not taken: push it again */
	DINGTALK_ANSWER_REFUSED, /* it can never be taken */
	DINGTALK_ANSWER_UNKNOWN  /* nobody here wants this kind */
};

/* data is only for ECHO. */
void dingtalk_frame_answer(struct buf *out, enum dingtalk_frame_answer how, const char *message_id,
			   const char *data);
