/*
 * Several servers on one database (PostgreSQL): a change of policy, groups or people that one of them commits is read by
 * the others too, within ELSEWHERE_MS. Each raises a number after its own changes and looks at it now and then. In the same
 * way each tells the others what its consoles have to show anew.
 */
#pragma once

#include "web/server.h"

#define ELSEWHERE_MS 1000

struct elsewhere;

/* Before the committer starts. With SQLite, whose file belongs to one server, nothing of it happens. */
[[nodiscard]] struct elsewhere *elsewhere_new(struct server *s);
/* After it. What this server's last run may have left untold is told. */
void elsewhere_start(struct elsewhere *w);
/* On the first worker's loop: looks no more. What is being looked at then has to end before elsewhere_free. */
void elsewhere_stop(struct elsewhere *w);
/* What has changed here, topics of web/live.h. On the first worker's loop, once it was started. */
void elsewhere_tell(struct elsewhere *w, unsigned topics);
void elsewhere_free(struct elsewhere *w); /* accepts NULL */
