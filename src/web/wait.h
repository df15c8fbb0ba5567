/*
 * Parked requests: one a device on a worker, woken by name or by time. All on the worker's thread.
 */
#pragma once

#include "http/server.h"
#include "loop/loop.h"

enum wait_end {
	WAIT_WOKEN,    /* something happened: look again */
	WAIT_RULES,    /* who is covered, or the policy, has changed */
	WAIT_LATER,    /* waits_wake_later: now there is time */
	WAIT_OVER,     /* its time is over: answer */
	WAIT_REPLACED, /* another poll of the same device took its place: answer */
	WAIT_STOPPING, /* the server stops: answer */
	WAIT_GONE      /* the client went away: only free what is yours */
};

/* Returns true when the request was answered or (WAIT_GONE) let go: the wait is over then. Only
 * after the first three it may return false, to go on waiting. */
typedef bool wait_fn(void *arg, enum wait_end end);

struct waits;

[[nodiscard]] struct waits *waits_new(struct loop *loop);
void waits_free(struct waits *w); /* accepts NULL; nothing may be waiting */

/* http is parked already (http_park). Takes http_on_gone over. name is copied. */
void waits_add(struct waits *w, struct http_request *http, const char *name, int64_t wait_ms,
	       wait_fn *fn, void *arg);

void waits_wake(struct waits *w, const char *name);
/* Those that wait now are told WAIT_RULES, over several turns of the loop when they are many. */
void waits_wake_all(struct waits *w);
/* Whether that is going on. */
bool waits_waking(const struct waits *w);
/* In the same way WAIT_LATER; what waits_wake_all begins goes before it, and ends it. */
void waits_wake_later(struct waits *w);
/* From now on nothing waits: who comes is told WAIT_STOPPING at once. */
void waits_stop(struct waits *w);
