/*
 * Signed objects. An input is a JWS; or, after 'g', 's' or 'k', the payload of a grant, statement
 * or key list that gets a good signature, so that what lies behind the signature is reached too.
 * What is accepted can be signed again and reads as the same object.
 */
#include "grant/grant.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "grant/statement.h"

#define ORG "01900000-0000-7000-8000-000000000001"

struct world {
	struct arena a;
	struct crypto_keypair root, epoch;
	struct keys keys;
	struct keys_pin pin;
	struct err e;
};

static void start(struct world *w)
{
	unsigned char seed[CRYPTO_SEED_SIZE] = {1};

	if (!crypto_start(&w->e))
		abort();
	crypto_keypair_from_seed(seed, &w->root);
	seed[0] = 2;
	crypto_keypair_from_seed(seed, &w->epoch);
	w->pin.org = ORG;
	memcpy(w->pin.root, w->root.public, CRYPTO_PUBLIC_SIZE);
	w->keys = (struct keys){.org = ORG, .epoch = 1, .count = 1};
	w->keys.key[0].exp_ms = INT64_MAX;
	memcpy(w->keys.key[0].public, w->epoch.public, CRYPTO_PUBLIC_SIZE);
	crypto_thumbprint(w->epoch.public, w->keys.key[0].kid);
}

static void check(bool holds)
{
	if (!holds)
		abort();
}

static bool grant_round(struct world *w, const char *text, size_t n, const char **out)
{
	struct grant grant;

	if (!grant_verify(&w->a, text, n, &w->keys, &grant, &w->e))
		return false;
	check(grant_sign(&w->a, &w->epoch, &grant, out, &w->e));
	return true;
}

static bool statement_round(struct world *w, const char *text, size_t n, const char **out)
{
	struct statement statement;

	if (!statement_verify(&w->a, text, n, &w->keys, &statement, &w->e))
		return false;
	check(statement_sign(&w->a, &w->epoch, &statement, out, &w->e));
	return true;
}

static bool keys_round(struct world *w, const char *text, size_t n, const char **out)
{
	struct keys keys;

	if (!keys_verify(&w->a, text, n, &w->pin, &keys, &w->e))
		return false;
	check(keys_sign(&w->a, &w->root, &keys, out, &w->e));
	return true;
}

typedef bool round_fn(struct world *w, const char *text, size_t n, const char **out);

static void go_round(struct world *w, round_fn *round, const char *text, size_t n)
{
	const char *once, *twice;

	if (!round(w, text, n, &once))
		return;
	check(round(w, once, strlen(once), &twice));
	check(!strcmp(once, twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		char letter;
		enum jws_typ typ;
		round_fn *round;
	} kinds[] = {{'g', JWS_GRANT, grant_round},
		     {'s', JWS_STATEMENT, statement_round},
		     {'k', JWS_KEYS, keys_round}};
	struct world w = {0};
	size_t i;

	start(&w);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct crypto_keypair *key = kinds[i].typ == JWS_KEYS ? &w.root : &w.epoch;
		AUTO(buf_done) struct buf payload = {0};
		const char *text;

		go_round(&w, kinds[i].round, (const char *)data, size);
		if (!size || data[0] != (uint8_t)kinds[i].letter)
			continue;
		buf_add(&payload, data + 1, size - 1);
		if (jws_sign(&w.a, kinds[i].typ, key, &payload, &text, &w.e))
			go_round(&w, kinds[i].round, text, strlen(text));
	}
	arena_done(&w.a);
	return 0;
}
