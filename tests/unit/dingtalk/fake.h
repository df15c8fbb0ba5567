/* A DingTalk that says what a script tells it to, on a real socket, and remembers what it was
 * asked. */
#pragma once

#include "../unit.h"

#include "base/err.h"
#include "dingtalk/app.h"

#define CORP_ID "dingcorp0001"
#define CLIENT_ID "dingappkey0001"
#define CLIENT_SECRET "correct-horse-battery-staple"

#define FAKE_TOKEN_PATH "/v1.0/oauth2/accessToken"
#define FAKE_TOKEN                                                                      \
	{                                                                               \
		FAKE_TOKEN_PATH, .body = "{\"accessToken\":\"at-1\",\"expireIn\":7200}" \
	}

/* The first row counts whose path is the request's, whose text occurs in query, token header or
 * body, and which is not used up. */
struct fake_row {
	const char *path;
	const char *when; /* NULL: always */
	int status;       /* 0: 200 */
	const char *body;
	int times;       /* 0: for ever */
	bool drop;       /* no answer, the connection breaks */
	int64_t wait_ms; /* before the answer */
};

struct fake;

/* Everything of one test. */
struct world {
	struct fake *fake;
	struct dingtalk_access *access;
	struct dingtalk *dingtalk;
	struct arena arena;
	struct err e;
};

/* rows end with an empty one and stay the caller's. timeout_ms of one exchange; 0: plenty. */
void world_start(struct world *w, const struct fake_row *rows, int64_t timeout_ms);
void world_done(struct world *w); /* for AUTO */

/* How often a path was asked. */
int fake_count(struct fake *f, const char *path);

/* "token-header|query|body" of the n-th request to a path, from 0; fails the test when there was
 * none. Valid until the end of the test. */
const char *fake_asked(struct fake *f, const char *path, int n);

/* The failure's class and code, and the error's code. */
void assert_failed(const struct world *w, enum err_code code, enum dingtalk_class class,
		   const char *word);
