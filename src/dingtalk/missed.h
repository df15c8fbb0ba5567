/*
 * The pushes that DingTalk gave up on (protocol §5.5). Reading them takes them off DingTalk's list:
 * whoever has them must store them before anything else.
 */
#pragma once

#include "dingtalk/app.h"
#include "dingtalk/event.h"
#include "json/json.h"

#define DINGTALK_MISSED_MAX 1000 /* events in one answer; DingTalk sends 200 */

struct dingtalk_missed_event {
	const char *text; /* the event's JSON, as a push would have brought it */
	struct dingtalk_event event;
};

struct dingtalk_missed {
	struct dingtalk_missed_event *events;
	size_t count;
	size_t unreadable; /* entries that are no events */
	bool more;
};

/* Everything lives in the arena. Only for apps whose events are pushed. */
[[nodiscard]] bool dingtalk_missed_read(struct dingtalk *d, struct arena *a,
					struct dingtalk_missed *out, struct err *e);

/* The answer's part of it. False: it is not such a list, or a longer one. */
[[nodiscard]] bool dingtalk_missed_parse(const struct json *answer, struct arena *a,
					 struct dingtalk_missed *out);
