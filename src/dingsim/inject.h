/*
 * Faults on demand. A script or the seed adds a fault: what goes wrong, for which calls or events,
 * how often. It stays, with its hits counted, until it is cleared, and in a data folder also over a
 * restart. The first added that fits takes the call; whether it does by chance is decided by its
 * own seed and by how many it has seen, so that the same traffic has the same luck.
 */
#pragma once

#include "dingsim/call.h"

#define INJECT_MAX 100 /* faults at a time */
#define INJECT_COUNT_MAX 1000000000
#define INJECT_SEED_MAX 0xffffffffLL
#define INJECT_WAIT_MAX_MS 600000

enum inject_where {
	INJECT_CALL,  /* a call of DingTalk's; the subject is its path */
	INJECT_QUEUE, /* an event that is about to be queued for an app; its resource */
	INJECT_SEND,  /* an event on its way by HTTP; its resource */
	INJECT_STREAM /* a Stream connection; the Client ID behind a slash */
};

enum inject_effect {
	INJECT_REFUSE,  /* the error code of the dialect */
	INJECT_CODE,    /* the fault's own error code */
	INJECT_DENY,    /* a missing permission */
	INJECT_BROKEN,  /* an answer from somewhere before DingTalk */
	INJECT_TIMEOUT, /* the gateway's: 504, or 15 in the old dialects */
	INJECT_SLOW,    /* the work is done, the answer is held */
	INJECT_LOST,    /* the work is done, the connection ends without an answer */
	INJECT_RESET,   /* nothing is done, the connection is reset */
	INJECT_EXPIRE,  /* the call's token expires before it is looked at */
	INJECT_DUPLICATE,
	INJECT_REORDER, /* kept until the app's next event has been queued before it */
	INJECT_DELAY,
	INJECT_DROP,
	INJECT_MISSIGN,
	INJECT_DISCONNECT
};

struct inject_kind {
	const char *name;
	enum inject_where where;
	enum inject_effect effect;
	const char *code, *old; /* REFUSE: of the new and the old dialects */
	int status;             /* BROKEN: with this body and its type */
	const char *type, *body;
};

/* NULL: there is none of this name. */
const struct inject_kind *inject_kind(const char *name);

/* What it does waits for the fault's wait_ms. */
bool inject_waits(const struct inject_kind *kind);

struct injection {
	struct injection *next;
	int64_t id;
	const struct inject_kind *kind;
	const char *method; /* "" any */
	const char *path;   /* a rule as of subscriptions */
	const char *scope;  /* DENY; "" the one that the call needs */
	const char *code;   /* CODE: one of DingTalk's, a number for the old dialects */
	int64_t count;      /* hits after which it no longer takes anything; 0: no end */
	int64_t percent, seed, wait_ms;
	int64_t hits, seen;
};

struct injector;

/* The kept faults. inject_stop also ends the calls whose answers are held; accepts NULL. */
[[nodiscard]] struct injector *inject_start(struct sim *sim, struct err *e);
void inject_stop(struct injector *i);

/* Adds the fault of a sim call or a seed to the store. ERR_INVALID names the member. The injector
 * looks at the store again with inject_load. */
[[nodiscard]] bool inject_add(struct store *s, const struct json *body, int64_t *id, struct err *e);
[[nodiscard]] bool inject_load(struct injector *i, struct err *e);

/* Those in force and those used up, the first added first. Valid as inject_hit's. */
const struct injection *inject_faults(const struct injector *i);

/* All its hits are done. */
bool inject_over(const struct injection *f);

/* Takes one away, or all with id 0; events that were held back go out. */
[[nodiscard]] bool inject_remove(struct call *c, int64_t id, struct err *e);

struct inject_subject {
	enum inject_where where;
	const char *method; /* NULL: none */
	const char *path;
	bool tokenless; /* a call that needs no token */
	bool old;       /* a call of the old dialects */
};

/* The fault that takes the subject, counted as a hit; NULL: none. Valid until faults are added or
 * cleared. */
const struct injection *inject_hit(struct injector *i, const struct inject_subject *subject);

/* What is done to a call before it is looked at. */
enum inject_verdict {
	INJECT_GO_ON,   /* c->effect and c->hold_ms say what happens later */
	INJECT_REFUSED, /* c->fault is filled, and e */
	INJECT_ANSWERED /* the request is gone */
};
enum inject_verdict inject_call(struct call *c, struct err *e);

/* Answers the request with c->out, in the way that c->effect says. */
void inject_answer(struct call *c, int status, const char *type);

/* dingsim's clock went forward: answers that are held may be due. */
void inject_clock_moved(struct injector *i);

/* Queues push for its app, or does to it what a fault says. */
[[nodiscard]] bool inject_push(struct call *c, struct push *push, struct err *e);
