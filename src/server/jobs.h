/* The jobs as a part of this server: made before the committer starts, started after it. */
#pragma once

#include "web/server.h"

/* Makes s->links too. Subscribes to what concerns the jobs. */
[[nodiscard]] struct server_jobs *server_jobs_new(struct server *s);
[[nodiscard]] bool server_jobs_start(struct server_jobs *j, struct err *e);

/* Ends the threads; before the committer stops. Notes that still come are ignored. */
void server_jobs_stop(struct server_jobs *j); /* accepts NULL */
/* After the committer stopped; frees s->links too. Accepts NULL. */
void server_jobs_free(struct server_jobs *j);
