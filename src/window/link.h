/* The line to the keeper's socket (docs/device.md), on GLib's main loop. */
#pragma once

#include "json/json.h"

struct link;

/* answer NULL: the keeper is not there, or left before it answered. It lives during the call. */
typedef void link_answer_fn(void *arg, const struct json *answer);

/* What the keeper tells by itself; NULL: it tells nothing from now on, until the next event. */
typedef void link_event_fn(void *arg, const struct json *event);

/* Watches as long as the keeper lets it, and tries again when it does not. */
[[nodiscard]] struct link *link_new(const char *socket, link_event_fn *on_event, void *arg);

/* Nobody is called afterwards. Accepts NULL. */
void link_free(struct link *l);

/* Whether the keeper says when something has changed; otherwise it has to be asked. */
bool link_is_watching(const struct link *l);

/* One request on a connection of its own, so that a slow one keeps no other waiting; fn is called once, later. */
void link_ask(struct link *l, const char *request, link_answer_fn *fn, void *arg);
