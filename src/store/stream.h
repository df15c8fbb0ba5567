/* Stream mode as the servers saw it last: a row for an app and a server. */
#pragma once

#include "db/db.h"

#define STORE_STREAM_STALE_MS 180000 /* a server that said nothing for so long is not there */

struct store_stream {
	const char *app, *node;
	int64_t connected_ms; /* 0: not connected */
	int64_t frame_ms;     /* of the last frame; 0: none yet */
	const char *error;    /* in words, "": none */
	int64_t seen_ms;      /* when the server said this */
};

[[nodiscard]] bool store_stream_put(struct db *db, const struct store_stream *row, struct err *e);
/* What a server said of an app (NULL: of all) no longer holds. */
[[nodiscard]] bool store_stream_forget(struct db *db, const char *node, const char *app,
				       struct err *e);

/* All servers that are there, as one: connected since the first of them, the newest frame, and an
 * error when there is one: a connection that stands outlives one that could not be opened. */
struct store_stream_view {
	int64_t connections, connected_ms, frame_ms;
	const char *error;
};
[[nodiscard]] bool store_stream_view(struct db *db, struct arena *a, const char *app,
				     int64_t now_ms, struct store_stream_view *out, struct err *e);
/* How many of all apps are connected somewhere. */
[[nodiscard]] bool store_stream_connected(struct db *db, int64_t now_ms, int64_t *out,
					  struct err *e);

/* The ids of apps whose events come by Stream; at most max. */
[[nodiscard]] bool store_stream_apps(struct db *db, struct arena *a, size_t max, const char ***out,
				     size_t *count, struct err *e);
