/*
 * Live updates: streams of server-sent events that say, in names of topics and nothing else, that something was committed
 * which a console shows. What has changed is told by the notes of commits (store/note.h), here and, by web/elsewhere.h, on
 * the other servers of the database. A stream remembers only which topics it has not been told of yet.
 */
#pragma once

#include "web/request.h"
#include "web/server.h"

#define LIVE_MAX_STREAMS 512        /* of a worker */
#define LIVE_MAX_ACCOUNT_STREAMS 16 /* of them, of one account, or of one token that is nobody's */
#define LIVE_JOIN_MS 40    /* what one commit says, and those right after it, is told at once */
#define LIVE_PACE_MS 300   /* between two events of a stream */
#define LIVE_APPS_MS 1000  /* between two that name apps: each push from DingTalk is one */
#define LIVE_BEAT_MS 20000 /* a sign of life; who listens is looked at again */

/* Bits by the order of live_topics. */
enum live_topic {
	LIVE_INSTANCES, /* and the tasks of their approvers */
	LIVE_DEVICES,
	LIVE_ALARMS,
	LIVE_WORKFLOWS,
	LIVE_APPS,
	LIVE_DELIVERIES,
	LIVE_POLICY,
	LIVE_GROUPS,
	LIVE_USERS,
	LIVE_SOURCES,
	LIVE_RELEASES,
	LIVE_ACCOUNTS,
	LIVE_TOKENS,
	LIVE_WEBHOOKS,
	LIVE_SETTINGS,
	LIVE_AUDIT,
	LIVE_TOPIC_COUNT
};
#define LIVE(topic) (1U << LIVE_##topic)
#define LIVE_ALL ((1U << LIVE_TOPIC_COUNT) - 1)
extern const char *const live_topics[LIVE_TOPIC_COUNT + 1];

/* What is told, one a server. Before the committer starts. */
struct live;
[[nodiscard]] struct live *live_new(struct server *s);
/* On the first worker's loop: nothing is told any more. */
void live_stop(struct live *l);
void live_free(struct live *l); /* accepts NULL */

/* Something has changed here that no note tells of. Any thread. */
void live_tell(struct live *l, unsigned topics);
/* The same by another server. */
void live_tell_elsewhere(struct live *l, unsigned topics);

/* The streams of one worker; everything on its loop. */
struct lives;
[[nodiscard]] struct lives *lives_new(struct worker *worker);
/* Ends them all; who comes is refused. */
void lives_stop(struct lives *l);
void lives_free(struct lives *l); /* accepts NULL */

/* Takes the request over (ROUTE_WAIT). ERR_TOO_MANY, ERR_UNAVAILABLE. */
[[nodiscard]] bool lives_add(struct request *r, struct err *e);
