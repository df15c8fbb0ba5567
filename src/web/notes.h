/* What happens after a commit: the snapshot is read anew, polls are woken, jobs are told. */
#pragma once

#include "web/server.h"

/* For committer_start; context is the struct server. */
void notes_dispatch(void *context, const char *topic, const char *text);

/* The server's own subscriptions: device and policy. */
struct notes;
[[nodiscard]] struct notes *notes_new(struct server *s);
void notes_free(struct notes *n); /* accepts NULL */
