/* The keeper's socket: connections, bounded in all and per user, one request at a time each. */
#pragma once

#include "keeper/keeper.h"

#define LOCAL_IDLE_MS 120000
#define LOCAL_MAX_WATCHES 4 /* a user's */

struct local;

[[nodiscard]] struct local *local_new(struct keeper *k, struct err *e);
void local_free(struct local *l); /* accepts NULL */

/* The same, but the socket stays, and with it who waits to be accepted: the descriptor is the caller's. */
[[nodiscard]] int local_release(struct local *l);

/* A connection. Answering may end it, so nothing touches it afterwards. */
struct client {
	struct local *local;
	struct client *next;
	struct ipc_peer peer;
	struct ipc_channel *channel;
	struct loop_timer *idle;
	bool waiting;  /* its request is not answered yet */
	bool watching; /* it stays and gets events */
};

/* Ends the request: an object with "ok" true and what fill adds (NULL: nothing), or a refusal. */
typedef void local_fill_fn(struct json_writer *w, const void *arg);
void local_answer(struct client *c, local_fill_fn *fill, const void *arg);
void local_refuse(struct client *c, const struct err *e);
/* A refusal that has more to tell. */
void local_refuse_with(struct client *c, const struct err *e, local_fill_fn *fill, const void *arg);
/* reason: the server's word for why, or NULL. */
void local_refuse_text(struct client *c, const char *code, const char *text, const char *reason);

/* From now on the connection has no idle timeout and gets events. ERR_TOO_MANY: that user has
 * LOCAL_MAX_WATCHES already. */
[[nodiscard]] bool local_watch(struct client *c, struct err *e);
bool local_watched(const struct local *l); /* by anybody */

/* To all who watch; everybody false: of them to those alone who are told all of a status. Who does not take what he is
 * sent is dropped, on the loop's next turn. */
void local_tell(struct local *l, const struct buf *event, bool everybody);

/* commands.c */
[[nodiscard]] bool command_right(const char *name, enum right *out);
void command_run(struct keeper *k, struct client *c, const struct json *frame);
