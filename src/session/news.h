/* What a status says that a person has to be told, and has to be told once. Pure. */
#pragma once

#include "base/arena.h"
#include "json/json.h"

enum news_kind {
	NEWS_NONE,
	NEWS_APPROVED,   /* and the approval is here */
	NEWS_ALLOWED,    /* without a request of this person's */
	NEWS_TAKEN_BACK, /* what was approved */
	NEWS_REJECTED,
	NEWS_WITHDRAWN,
	NEWS_EXPIRED,
	NEWS_NOT_ACCEPTED, /* a request that had been kept until the server was back */
	NEWS_KIND_COUNT
};

struct news {
	enum news_kind kind;
	const char
	    *key; /* two news with the same key are the same; printable, without white space */
	const char *number, *package;
	const char *who, *comment; /* NULL: nobody, nothing */
	int64_t until_ms;          /* 0: no end */
};

/* Texts are the status's own and as plain as they must be for a screen. */
void news_read(struct arena *a, const struct json *status, struct news *out);
