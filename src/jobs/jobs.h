/* The server's own work beside requests: what goes out to DingTalk, what came in from it, reading open
 * instances again, deadlines, walks of the organisation. Each is a thread; all state is in the
 * database, so a program that ends anywhere goes on where it was. */
#pragma once

#include "jobs/job.h"

struct jobs;

/* config outlives the jobs. The committer may be set in it until the start. */
[[nodiscard]] struct jobs *jobs_new(const struct jobs_config *config);

/* Takes up what the last run left, then starts the threads. */
[[nodiscard]] bool jobs_start(struct jobs *jobs, struct err *e);
/* Ends the threads, before the committer stops. Both accept NULL. */
void jobs_stop(struct jobs *jobs);
void jobs_free(struct jobs *jobs);

/* After the commit of a note (store/note.h); topics that concern no job are ignored. Does not block. */
void jobs_note(struct jobs *jobs, const char *topic);
