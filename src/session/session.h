/*
 * A person's session: listens to the keeper and tells this person, and nobody else, what concerns them. Shows
 * notifications, starts the window when it is asked to, and keeps nothing graphical resident.
 */
#pragma once

#include "loop/loop.h"

#define SESSION_CLIENT "holdfast-client"

struct session;

/* root: "" or the folder below which keeper and window are (tests). state: a folder of this person's for what has
 * been told already; it is made when it is needed. Both stay the caller's. */
[[nodiscard]] struct session *session_new(struct loop *l, const char *root, const char *state);
void session_free(struct session *s); /* accepts NULL */
