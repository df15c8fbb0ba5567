/*
 * The frames of one WebSocket, either side (RFC 6455 §5), without input or output of its own.
 * However the bytes are cut, the outcome is the same. Strict: a frame that is masked as the other
 * side's must not be, a reserved bit, an
 * unknown opcode, a control frame that is long or in pieces, a length that is not the shortest
 * (1002), a binary message (1003), text that is not UTF-8 (1007) and a message over the maximum
 * (1009) end it with a close of that code. Pings are answered, and so is a close.
 */
#pragma once

#include "base/buf.h"

struct frames;

/* A whole text message, valid UTF-8, NUL-terminated behind n bytes. It may call everything here but
 * frames_take and frames_free. */
typedef void frames_message_fn(void *arg, const char *text, size_t n);

enum frames_side { FRAMES_SERVER, FRAMES_CLIENT }; /* ours */

[[nodiscard]] struct frames *frames_new(enum frames_side side, size_t max_message,
					frames_message_fn *message, void *arg);
void frames_free(struct frames *f); /* accepts NULL */

/* Bytes from the other side; all are taken. */
void frames_take(struct frames *f, const char *bytes, size_t n);

/* Queues a text message (valid UTF-8), a ping, a close. Nothing once a close is queued. */
void frames_send(struct frames *f, const char *text, size_t n);
void frames_ping(struct frames *f);
void frames_close(struct frames *f, int code);

/* Bytes that are queued. */
size_t frames_waiting(const struct frames *f);

/* Moves everything queued to out, as it goes over the wire. */
void frames_fill(struct frames *f, struct buf *out);

/* A close was queued or sent: nothing will be behind it, and no message is handed out any more. */
bool frames_closing(const struct frames *f);

/* Nothing more will come from or go to the other side: the connection can be closed once what was
 * filled is written. */
bool frames_ended(const struct frames *f);
