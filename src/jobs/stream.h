/*
 * Stream mode: a thread with a loop that keeps a connection for every app whose events come that way
 * (dingtalk/stream.h), stores each event as the Request URL does, and acknowledges it after the
 * commit. What is going on is in the database for the API (store/stream.h). Each server has its own
 * connections; DingTalk sends an event over one of them.
 */
#pragma once

#include "jobs/job.h"

#define STREAMS_MAX 100         /* apps */
#define STREAMS_MAX_WAITING 512 /* events of an app that wait for their commit; more are put off */

struct streams;

/* config outlives the streams. */
[[nodiscard]] struct streams *streams_new(const struct jobs_config *config);
[[nodiscard]] bool streams_start(struct streams *s, struct err *e);
/* Waits for events under way, before the committer stops. Both accept NULL. */
void streams_stop(struct streams *s);
void streams_free(struct streams *s);

/* An app changed. Any thread; before the start it does nothing. */
void streams_wake(struct streams *s);
