/*
 * Framed JSON on a Unix stream socket: a 4-byte big-endian length, then that many bytes of one JSON
 * object. Used between keeper and agent (a socketpair) and between keeper and local programs (its
 * socket).
 */
#pragma once

#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "json/json.h"

#define IPC_MAX_FRAME 65536
#define IPC_MAX_CONNECTIONS 64
#define IPC_MAX_CONNECTIONS_PER_UID 16

struct ipc_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/* SO_PEERCRED: who connected, as the kernel saw it then. */
[[nodiscard]] bool ipc_peer(int fd, struct ipc_peer *out, struct err *e);

/* A listening, non-blocking socket at path, mode 0666, replacing a dead one. ERR_CONFLICT: somebody
 * listens there. */
[[nodiscard]] bool ipc_listen(const char *path, int *out, struct err *e);

/* Whether fd is a listening socket, and the one that path leads to. */
[[nodiscard]] bool ipc_listens_at(int fd, const char *path);

/* Blocking client side, close-on-exec, at most timeout_ms a send or receive. ERR_UNAVAILABLE:
 * nobody there. */
[[nodiscard]] bool ipc_connect(const char *path, int64_t timeout_ms, int *out, struct err *e);

/* One frame, blocking; ERR_TOO_LARGE over the maximum. */
[[nodiscard]] bool ipc_send(int fd, const char *text, size_t n, struct err *e);
[[nodiscard]] bool ipc_receive(int fd, struct arena *a, const struct json **out, struct err *e);

/* Non-blocking side: adds a frame to an outgoing buffer; takes a whole frame off an incoming one.
 * *out is NULL when none is whole yet. */
[[nodiscard]] bool ipc_frame(struct buf *out, const char *text, size_t n, struct err *e);
[[nodiscard]] bool ipc_take(struct buf *in, struct arena *a, const struct json **out,
			    struct err *e);
