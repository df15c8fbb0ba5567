#include "flow/signer.h"

#include <pthread.h>
#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "grant/keys.h"
#include "store/key.h"

#define ROOT_PREFIX "hfr_"

struct signer {
	unsigned char master[CRYPTO_SEAL_KEY_SIZE];
	char org[ID_SIZE];
	char root[TEXT_BASE64_SIZE(CRYPTO_PUBLIC_SIZE)];
	pthread_mutex_t lock; /* for what follows, which changes with the epoch */
	struct crypto_keypair epoch_key;
	char kid[CRYPTO_THUMBPRINT_SIZE];
	int64_t epoch, ends_ms;
	char *keys;
};

/* --- keys in the database --- */

static const char *seal_context(struct arena *a, const char *kid)
{
	return arena_printf(a, "holdfast signing key %s", kid);
}

static bool store_pair(struct db *db, struct arena *a, const unsigned char *master,
		       const struct crypto_keypair *pair, struct store_key *key, struct err *e)
{
	unsigned char sealed[CRYPTO_SEED_SIZE + CRYPTO_SEAL_OVERHEAD];
	char kid[CRYPTO_THUMBPRINT_SIZE];

	crypto_thumbprint(pair->public, kid);
	crypto_seal(master, seal_context(a, kid), pair->secret, CRYPTO_SEED_SIZE, sealed);
	key->kid = kid;
	memcpy(key->public, pair->public, sizeof(key->public));
	key->secret = sealed;
	key->secret_len = sizeof(sealed);
	return store_key_add(db, key, e);
}

static bool open_pair(struct arena *a, const unsigned char *master, const struct store_key *key,
		      struct crypto_keypair *out, struct err *e)
{
	unsigned char seed[CRYPTO_SEED_SIZE];

	if (key->secret_len != CRYPTO_SEED_SIZE + CRYPTO_SEAL_OVERHEAD)
		return err_set(e, ERR_INTERNAL, "signing key %s is damaged", key->kid);
	if (!crypto_unseal(master, seal_context(a, key->kid), key->secret, key->secret_len, seed,
			   e))
		return err_set(e, ERR_CRYPTO,
			       "the master key does not open the signing keys of this database");
	crypto_keypair_from_seed(seed, out);
	crypto_wipe(seed, sizeof(seed));
	return true;
}

static bool sign_list(struct db *db, struct arena *a, const struct crypto_keypair *root,
		      int64_t now_ms, struct err *e)
{
	struct keys keys = {.time_ms = now_ms};
	struct store_key *epochs;
	const char *jws;

	if (!store_org_get(db, a, &keys.org, e) ||
	    !store_key_epochs(db, a, KEYS_MAX, &epochs, &keys.count, e))
		return false;
	keys.epoch = epochs[0].epoch;
	for (size_t i = 0; i < keys.count; i++) {
		memcpy(keys.key[i].public, epochs[i].public, CRYPTO_PUBLIC_SIZE);
		keys.key[i].nbf_ms = epochs[i].nbf_ms;
		keys.key[i].exp_ms = epochs[i].exp_ms;
	}
	return keys_sign(a, root, &keys, &jws, e) &&
	       store_key_list_add(db, keys.epoch, jws, now_ms, e);
}

static bool start_epoch(struct db *db, struct arena *a, const unsigned char *master,
			const struct crypto_keypair *root, int64_t now_ms, struct err *e)
{
	struct crypto_keypair pair;
	struct store_key *newest;
	struct store_key key = {.nbf_ms = now_ms - SIGNER_OVERLAP_MS,
				.exp_ms = now_ms + SIGNER_EPOCH_MS};
	size_t count;
	bool ok;

	if (!store_key_epochs(db, a, 1, &newest, &count, e))
		return false;
	key.epoch = count > 0 ? newest[0].epoch + 1 : 1;
	crypto_keypair_new(&pair);
	ok = store_pair(db, a, master, &pair, &key, e) && sign_list(db, a, root, now_ms, e);
	crypto_wipe(&pair, sizeof(pair));
	return ok;
}

static bool first_start(struct db *db, struct arena *a, const unsigned char *master, int64_t now_ms,
			struct err *e)
{
	struct crypto_keypair root;
	struct store_key key = {.epoch = 0, .nbf_ms = now_ms};
	char org[ID_SIZE];
	bool ok;

	id_new(org);
	crypto_keypair_new(&root);
	ok = store_org_set(db, org, e) && store_pair(db, a, master, &root, &key, e) &&
	     start_epoch(db, a, master, &root, now_ms, e);
	crypto_wipe(&root, sizeof(root));
	return ok;
}

static bool renew_with(struct db *db, struct arena *a, const unsigned char *master,
		       const struct store_key *key, int64_t now_ms, struct err *e)
{
	struct crypto_keypair root;
	bool ok;

	ok = open_pair(a, master, key, &root, e) && start_epoch(db, a, master, &root, now_ms, e);
	crypto_wipe(&root, sizeof(root));
	return ok;
}

/* Nothing to do while the epoch is young, and nothing that can be done without the root. */
static bool renew_when_due(struct db *db, struct arena *a, const unsigned char *master,
			   int64_t now_ms, struct err *e)
{
	struct store_key key, *newest;
	size_t count;

	if (!store_key_epochs(db, a, 1, &newest, &count, e))
		return false;
	if (count == 0 || newest[0].exp_ms - SIGNER_RENEW_MS > now_ms)
		return true;
	if (!store_key_root(db, a, &key, e))
		return false;
	return key.secret == NULL || renew_with(db, a, master, &key, now_ms, e);
}

/* --- the present epoch --- */

/* Takes the newest epoch over; under the lock. */
static bool load_epoch(struct signer *s, struct db *db, struct arena *a, bool *changed,
		       struct err *e)
{
	struct crypto_keypair pair;
	struct store_key *newest;
	const char *jws;
	int64_t listed;
	size_t count;

	if (!store_key_epochs(db, a, 1, &newest, &count, e))
		return false;
	if (count == 0)
		return err_set(e, ERR_INTERNAL, "the database has no signing key");
	*changed = newest[0].epoch != s->epoch;
	if (!*changed)
		return true;
	if (!store_key_list_newest(db, a, &listed, &jws, e) ||
	    !open_pair(a, s->master, &newest[0], &pair, e))
		return false;
	s->epoch_key = pair;
	crypto_wipe(&pair, sizeof(pair));
	memcpy(s->kid, newest[0].kid, sizeof(s->kid));
	s->epoch = newest[0].epoch;
	s->ends_ms = newest[0].exp_ms;
	mem_free(s->keys);
	s->keys = mem_dup(jws);
	return true;
}

static bool load(struct signer *s, struct db *db, struct arena *a, struct err *e)
{
	struct store_key root;
	const char *org;
	bool changed;

	if (!store_org_get(db, a, &org, e) || !store_key_root(db, a, &root, e))
		return false;
	if (strlen(org) != ID_SIZE - 1)
		return err_set(e, ERR_INTERNAL, "the organisation's id is damaged");
	memcpy(s->org, org, ID_SIZE);
	text_base64url(root.public, sizeof(root.public), s->root);
	return load_epoch(s, db, a, &changed, e);
}

bool signer_open(struct db *db, const unsigned char master[CRYPTO_SEAL_KEY_SIZE], int64_t now_ms,
		 struct signer **out, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct signer *s;
	const char *org;

	if (!store_org_get(db, &a, &org, e))
		return false;
	if (org == NULL && !first_start(db, &a, master, now_ms, e))
		return false;
	if (!renew_when_due(db, &a, master, now_ms, e))
		return false;
	s = mem_new(struct signer);
	memcpy(s->master, master, sizeof(s->master));
	(void)pthread_mutex_init(&s->lock, NULL);
	if (!load(s, db, &a, e)) {
		signer_free(s);
		return false;
	}
	*out = s;
	return true;
}

void signer_free(struct signer *s)
{
	if (s == NULL)
		return;
	(void)pthread_mutex_destroy(&s->lock);
	mem_free(s->keys);
	crypto_wipe(s, sizeof(*s));
	mem_free(s);
}

bool signer_refresh(struct signer *s, struct db *db, int64_t now_ms, bool *changed, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	bool ok;

	/* What this unit adds is not certain yet: it is taken over by the next. */
	(void)pthread_mutex_lock(&s->lock);
	ok = load_epoch(s, db, &a, changed, e);
	(void)pthread_mutex_unlock(&s->lock);
	return ok && renew_when_due(db, &a, s->master, now_ms, e);
}

bool signer_renew_here(struct signer *s, struct db *db, int64_t now_ms, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct store_key root, *newest;
	size_t count;

	if (!store_key_root(db, &a, &root, e) || !store_key_epochs(db, &a, 1, &newest, &count, e))
		return false;
	if (root.secret == NULL)
		return err_set(e, ERR_CONFLICT,
			       "The root's secret is not on this server any more. Renew with it on "
			       "the server: holdfast-server keys renew --config FILE");
	if (count > 0 && newest[0].nbf_ms + SIGNER_OVERLAP_MS + SIGNER_PAUSE_MS > now_ms)
		return err_set(e, ERR_CONFLICT,
			       "The newest signing key was made less than a day ago. Another one "
			       "can be made a day after it.");
	return renew_with(db, &a, s->master, &root, now_ms, e);
}

int64_t signer_epoch(struct signer *s)
{
	int64_t epoch;

	(void)pthread_mutex_lock(&s->lock);
	epoch = s->epoch;
	(void)pthread_mutex_unlock(&s->lock);
	return epoch;
}

int64_t signer_ends_ms(struct signer *s)
{
	int64_t ends_ms;

	(void)pthread_mutex_lock(&s->lock);
	ends_ms = s->ends_ms;
	(void)pthread_mutex_unlock(&s->lock);
	return ends_ms;
}

const char *signer_org(const struct signer *s)
{
	return s->org;
}

const char *signer_root(const struct signer *s)
{
	return s->root;
}

const char *signer_kid(struct signer *s, struct arena *a)
{
	const char *kid;

	(void)pthread_mutex_lock(&s->lock);
	kid = arena_dup(a, s->kid);
	(void)pthread_mutex_unlock(&s->lock);
	return kid;
}

const char *signer_keys(struct signer *s, struct arena *a)
{
	const char *keys;

	(void)pthread_mutex_lock(&s->lock);
	keys = arena_dup(a, s->keys);
	(void)pthread_mutex_unlock(&s->lock);
	return keys;
}

static struct crypto_keypair present(struct signer *s)
{
	struct crypto_keypair pair;

	(void)pthread_mutex_lock(&s->lock);
	pair = s->epoch_key;
	(void)pthread_mutex_unlock(&s->lock);
	return pair;
}

bool signer_grant(struct signer *s, struct arena *a, const struct grant *grant, const char **jws,
		  struct err *e)
{
	struct crypto_keypair pair = present(s);
	struct grant ours = *grant;
	bool ok;

	ours.org = s->org;
	ok = grant_sign(a, &pair, &ours, jws, e);
	crypto_wipe(&pair, sizeof(pair));
	return ok;
}

bool signer_statement(struct signer *s, struct arena *a, const struct statement *statement,
		      const char **jws, struct err *e)
{
	struct crypto_keypair pair = present(s);
	struct statement ours = *statement;
	bool ok;

	ours.org = s->org;
	ok = statement_sign(a, &pair, &ours, jws, e);
	crypto_wipe(&pair, sizeof(pair));
	return ok;
}

bool signer_checkpoint(struct signer *s, struct arena *a, const struct checkpoint *checkpoint,
		       const char **jws, struct err *e)
{
	struct crypto_keypair pair = present(s);
	struct checkpoint ours = *checkpoint;
	bool ok;

	ours.org = s->org;
	ok = checkpoint_sign(a, &pair, &ours, jws, e);
	crypto_wipe(&pair, sizeof(pair));
	return ok;
}

bool signer_audit_range(struct signer *s, struct arena *a, const struct audit_range *range,
			const char **jws, struct err *e)
{
	struct crypto_keypair pair = present(s);
	struct audit_range ours = *range;
	bool ok;

	ours.org = s->org;
	ok = audit_range_sign(a, &pair, &ours, jws, e);
	crypto_wipe(&pair, sizeof(pair));
	return ok;
}

/* --- the root, offline --- */

bool signer_take_root(struct db *db, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
		      char out[static SIGNER_ROOT_SIZE], struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct crypto_keypair root;
	struct store_key key;

	if (!store_key_root(db, &a, &key, e))
		return false;
	if (key.secret == NULL)
		return err_set(e, ERR_GONE, "the root's secret was taken from this server before");
	if (!open_pair(&a, master, &key, &root, e))
		return false;
	memcpy(out, ROOT_PREFIX, sizeof(ROOT_PREFIX));
	text_base64url(root.secret, CRYPTO_SEED_SIZE, out + strlen(ROOT_PREFIX));
	crypto_wipe(&root, sizeof(root));
	return store_key_forget_root(db, e);
}

static bool root_from_text(const char *text, const struct store_key *key,
			   struct crypto_keypair *out, struct err *e)
{
	unsigned char seed[CRYPTO_SEED_SIZE];
	size_t n = sizeof(seed);

	if (!text_starts(text, ROOT_PREFIX) ||
	    !text_unbase64url(text + strlen(ROOT_PREFIX), strlen(text) - strlen(ROOT_PREFIX), seed,
			      &n) ||
	    n != sizeof(seed))
		return err_set(e, ERR_INVALID, "this is not a root secret (" ROOT_PREFIX "…)");
	crypto_keypair_from_seed(seed, out);
	crypto_wipe(seed, sizeof(seed));
	if (crypto_equal(out->public, key->public, CRYPTO_PUBLIC_SIZE))
		return true;
	crypto_wipe(out, sizeof(*out));
	return err_set(e, ERR_INVALID, "this is the root secret of another server");
}

bool signer_renew(struct db *db, const unsigned char master[CRYPTO_SEAL_KEY_SIZE], const char *root,
		  int64_t now_ms, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct crypto_keypair pair;
	struct store_key key;
	bool ok;

	if (!store_key_root(db, &a, &key, e) || !root_from_text(root, &key, &pair, e))
		return false;
	ok = start_epoch(db, &a, master, &pair, now_ms, e);
	crypto_wipe(&pair, sizeof(pair));
	return ok;
}
