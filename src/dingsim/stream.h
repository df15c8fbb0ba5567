/*
 * Stream mode: WebSockets that apps open with a ticket, and the frames on them (protocol: SYSTEM,
 * EVENT, CALLBACK, each acknowledged by its messageId). An event goes to one of the app's
 * connections, and again to the next one when it was not acknowledged with success within three
 * seconds, until a minute is over: then it is lost. What is pending is in the store.
 */
#pragma once

#include "dingsim/call.h"
#include "dingsim/ticket.h"

#define STREAM_ACK_MS 3000
#define STREAM_WINDOW_MS 60000   /* from an event to its loss */
#define STREAM_PING_MS 60000     /* between two system pings, and of silence after one */
#define STREAM_FAREWELL_MS 10000 /* from the disconnect frame to the end */
#define STREAM_LINKS_MAX 1000    /* connections at a time */

struct link;

[[nodiscard]] struct hub *stream_start(struct sim *sim);
/* After the server is freed, which ends the connections. Accepts NULL. */
void stream_stop(struct hub *hub);

/* Something may be due: after a commit, a new connection, a move of the clock. */
void stream_wake(struct hub *hub);

/* dingsim's clock went forward: pings and ends may be due. */
void stream_clock_moved(struct hub *hub);

struct tickets *stream_tickets(struct hub *hub);

/* Makes r's connection a link of the ticket, which it takes when it succeeds. ERR_INVALID,
 * ERR_UNSUPPORTED as websocket_accept; ERR_TOO_MANY. */
[[nodiscard]] bool stream_link(struct hub *hub, struct http_request *r, struct ticket *ticket,
			       struct err *e);

/* A connection of the app is up, and not on its way out. */
bool stream_connected(const struct hub *hub, const char *client_id);

/* Sends a CALLBACK frame to one of the app's connections that asked for the topic; it is in the log
 * of pushes, with its acknowledgement when that comes. ERR_CONFLICT when there is no connection. */
struct stream_callback {
	const char *client_id, *topic, *data;
};
[[nodiscard]] bool stream_callback(struct hub *hub, struct store *s,
				   const struct stream_callback *what, struct err *e);

/* What a connection can be made to do. */
enum stream_act { STREAM_PING, STREAM_DISCONNECT, STREAM_CLOSE };
[[nodiscard]] bool stream_act(struct hub *hub, const char *id, enum stream_act act, struct err *e);

/* The connections as array elements. */
void stream_list(const struct hub *hub, struct json_writer *w);
