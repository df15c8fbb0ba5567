#include "dingtalk/token.h"

#include <string.h>

#include "base/clock.h"
#include "crypto/crypto.h"

void dingtalk_token_init(struct dingtalk_token_cache *c)
{
	*c = (struct dingtalk_token_cache){0};
	(void)pthread_mutex_init(&c->mutex, NULL);
	(void)pthread_cond_init(&c->ended, NULL);
}

void dingtalk_token_done(struct dingtalk_token_cache *c)
{
	(void)pthread_cond_destroy(&c->ended);
	(void)pthread_mutex_destroy(&c->mutex);
	crypto_wipe(c->token, sizeof(c->token));
}

static bool good(const struct dingtalk_token_cache *c)
{
	return *c->token && clock_mono_ms() < c->renew_ms;
}

/* With the mutex held, which is let go while the fetch runs. */
static void fetch_one(struct dingtalk_token_cache *c, const struct dingtalk_token_user *user)
{
	char token[DINGTALK_TOKEN_SIZE] = "";
	struct err e = {0};
	int64_t life_ms = 0;
	bool ok;

	c->fetching = true;
	(void)pthread_mutex_unlock(&c->mutex);
	ok = user->fetch(user->arg, token, &life_ms, &e);
	(void)pthread_mutex_lock(&c->mutex);

	c->failed = !ok;
	if (ok) {
		memcpy(c->token, token, sizeof(c->token));
		c->renew_ms = clock_mono_ms() + life_ms / 10 * 9;
	} else {
		c->err = e;
		c->failure = *user->failure;
	}
	crypto_wipe(token, sizeof(token));
	c->fetching = false;
	c->fetches++;
	(void)pthread_cond_broadcast(&c->ended);
}

bool dingtalk_token_get(struct dingtalk_token_cache *c, const struct dingtalk_token_user *user,
			char out[static DINGTALK_TOKEN_SIZE], struct err *e)
{
	bool failed = false, own = false;
	uint64_t before;

	(void)pthread_mutex_lock(&c->mutex);
	before = c->fetches;
	while (!own && !failed && !good(c)) {
		if (c->fetching) {
			(void)pthread_cond_wait(&c->ended, &c->mutex);
		} else {
			fetch_one(c, user);
			own = true;
		}
		failed = c->fetches != before && c->failed;
	}
	if (failed) {
		*e = c->err;
		*user->failure = c->failure;
	} else {
		memcpy(out, c->token, DINGTALK_TOKEN_SIZE);
	}
	(void)pthread_mutex_unlock(&c->mutex);
	return !failed;
}

void dingtalk_token_drop(struct dingtalk_token_cache *c, const char *token)
{
	(void)pthread_mutex_lock(&c->mutex);
	if (!token || strcmp(c->token, token) == 0) {
		crypto_wipe(c->token, sizeof(c->token));
		c->renew_ms = 0;
	}
	(void)pthread_mutex_unlock(&c->mutex);
}
