/*
 * The event loop of server, agent, keeper and dingsim, on libuv: timers, descriptors, wake-ups from
 * other threads, signals, blocking work in a thread pool. Everything except loop_post is called on
 * the loop's own thread (or before loop_run). Callbacks never run inside the call that asked for
 * them.
 */
#pragma once

#include "base/err.h"

struct loop;
struct loop_timer;
struct loop_watch;

typedef void loop_fn(void *arg);
typedef void loop_fd_fn(void *arg, bool readable, bool writable);
typedef void loop_signal_fn(void *arg, int signal);

[[nodiscard]] struct loop *loop_new(void);

/* Returns after loop_stop. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

/* After loop_run returned: waits for work that has begun, drops everything else that is left
 * without calling it (timers and watches that nobody freed included), and frees the loop. Accepts
 * NULL. */
void loop_free(struct loop *l);

/* From any thread: fn(arg) runs soon on the loop's thread, in the order posted. */
void loop_post(struct loop *l, loop_fn *fn, void *arg);

/* For what may block: work(arg) runs on a thread of the process's pool, then done(arg) on the
 * loop's. */
void loop_work(struct loop *l, loop_fn *work, loop_fn *done, void *arg);

/* fn(arg) runs once, on the loop's thread, as soon as nothing given to loop_work is out: at once
 * when nothing is. One at a time. */
void loop_when_idle(struct loop *l, loop_fn *fn, void *arg);

/* A timer that belongs to the caller; free it on the loop, its own callback included. delay_ms from
 * now; every_ms 0: once. Starting it again replaces what it waits for. */
[[nodiscard]] struct loop_timer *loop_timer_new(struct loop *l, loop_fn *fn, void *arg);
void loop_timer_start(struct loop_timer *t, int64_t delay_ms, int64_t every_ms);
void loop_timer_stop(struct loop_timer *t);
void loop_timer_free(struct loop_timer *t); /* accepts NULL */

/* Watches a descriptor (a socket, pipe or eventfd) that stays the caller's and becomes
 * non-blocking; free the watch before closing it. At first it watches for nothing. It tells what is
 * the case, not what changed. Hang-up and error show as readable and writable both, as far as they
 * were asked for. */
[[nodiscard]] struct loop_watch *loop_watch_new(struct loop *l, int fd, loop_fd_fn *fn, void *arg);
void loop_watch_set(struct loop_watch *w, bool read, bool write);
void loop_watch_free(struct loop_watch *w); /* accepts NULL */

/* Until loop_free. SIGPIPE is ignored by loop_new. */
void loop_on_signal(struct loop *l, int signal, loop_signal_fn *fn, void *arg);

/* Calls fn whenever something in the folder was made, changed, renamed or removed. Until loop_free.
 */
[[nodiscard]] bool loop_on_folder_change(struct loop *l, const char *folder, loop_fn *fn, void *arg,
					 struct err *e);

/* Monotonic milliseconds as of this turn of the loop. */
int64_t loop_now_ms(const struct loop *l);
