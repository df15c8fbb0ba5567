/*
 * The app token, as the threads of one access share it (protocol §1.1, §1.4). At most one thread
 * fetches; the others wait for its outcome, good or bad, and no lock is held meanwhile.
 */
#pragma once

#include <pthread.h>

#include "dingtalk/failure.h"

#define DINGTALK_TOKEN_SIZE 1025 /* bytes with the NUL */

struct dingtalk_token_cache {
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	bool fetching;
	uint64_t fetches; /* that have ended */
	char token[DINGTALK_TOKEN_SIZE];
	int64_t renew_ms; /* monotonic; the token is good until then. "" and 0: none */
	bool failed;      /* the last fetch, for these reasons */
	struct err err;
	struct dingtalk_failure failure;
};

/* Gets a new token and its life in ms from DingTalk. */
typedef bool dingtalk_fetch_fn(void *arg, char token[static DINGTALK_TOKEN_SIZE], int64_t *life_ms,
			       struct err *e);

/* Who asks, and where the reasons go when there is no token. */
struct dingtalk_token_user {
	dingtalk_fetch_fn *fetch;
	void *arg;
	struct dingtalk_failure *failure; /* fetch fills it too */
};

void dingtalk_token_init(struct dingtalk_token_cache *c);
void dingtalk_token_done(struct dingtalk_token_cache *c); /* wipes */

/* The cached token, or a new one. */
[[nodiscard]] bool dingtalk_token_get(struct dingtalk_token_cache *c,
				      const struct dingtalk_token_user *user,
				      char out[static DINGTALK_TOKEN_SIZE], struct err *e);

/* Forgets this very token; one that another thread has renewed meanwhile stays. NULL: any. */
void dingtalk_token_drop(struct dingtalk_token_cache *c, const char *token);
