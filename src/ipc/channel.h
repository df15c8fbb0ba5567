/*
 * A framed connection on a loop: whole frames come in by callback, frames go out through a bounded
 * buffer. While the other side does not take what was sent, nothing more is read from it, so a peer
 * that only writes cannot make us grow.
 */
#pragma once

#include "ipc/ipc.h"
#include "loop/loop.h"

#define IPC_CHANNEL_MAX_OUT (16 * IPC_MAX_FRAME)

struct ipc_channel;

/* The frame lives during the call. */
typedef void ipc_channel_frame_fn(void *arg, const struct json *frame);

/* Once: the other side left or sent what is no frame. The channel is idle from then on; the owner
 * frees it, now or later. */
typedef void ipc_channel_closed_fn(void *arg, const struct err *e);

/* Takes the descriptor over. */
[[nodiscard]] struct ipc_channel *ipc_channel_new(struct loop *l, int fd,
						  ipc_channel_frame_fn *on_frame,
						  ipc_channel_closed_fn *on_closed, void *arg);

/* Closes the descriptor. May be called from the channel's own callbacks. Accepts NULL. */
void ipc_channel_free(struct ipc_channel *c);

/* ERR_TOO_LARGE: the frame, or what waits to be taken; ERR_UNAVAILABLE: closed already. */
[[nodiscard]] bool ipc_channel_send(struct ipc_channel *c, const char *text, size_t n,
				    struct err *e);

/* Stops and starts handing out frames; one request at a time is answered so. Starting hands out
 * what has come meanwhile on the loop's next turn. */
void ipc_channel_pause(struct ipc_channel *c);
void ipc_channel_resume(struct ipc_channel *c);

/* The other side has not read all that left this process (unix(7), SIOCOUTQ). */
[[nodiscard]] bool ipc_channel_unread(const struct ipc_channel *c);

/* The bytes of what was sent that have not left this process. */
[[nodiscard]] size_t ipc_channel_waiting(const struct ipc_channel *c);
