/* Messages to people: what of them work notices and robots share. */
#pragma once

#include "dingsim/call.h"

/* A kind of content and the texts that it must have, "" none. */
struct notice_kind {
	const char *name;
	const char *members[4];
};

/* kinds ends with {0}. NULL: there is no such kind. */
const struct notice_kind *notice_kind(const struct notice_kind *kinds, const char *name);

/* content is an object with the kind's members, each a text that is not empty. */
bool notice_complete(const struct notice_kind *kind, const struct json *content);

/* What a message came to, by struct message's code: delivered, duplicate, over-day or failed. */
const char *notice_outcome(int64_t code);
