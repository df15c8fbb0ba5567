/* What happens after a commit: the snapshot is read anew, polls are woken, jobs are told. */
#pragma once

#include "web/server.h"

/* For committer_start; context is the struct server. */
void notes_dispatch(void *context, const char *topic, const char *text);

/* The server's own subscriptions: device and policy. */
struct notes;
[[nodiscard]] struct notes *notes_new(struct server *s);
/* On the first worker's loop: from now on nothing is read any more. What is being read then has to end before
 * notes_free: loop_when_idle. */
void notes_stop(struct notes *n);
void notes_free(struct notes *n); /* accepts NULL */
