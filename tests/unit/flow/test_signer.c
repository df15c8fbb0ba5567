#include "../db/both.h"

#include "flow/signer.h"
#include "flow/statement.h"
#include "grant/keys.h"
#include "grant/statement.h"
#include "store/migrate.h"

#define NOW INT64_C(1763830479123)
#define DAY ((int64_t)24 * 3600 * 1000)

static const unsigned char master[CRYPTO_SEAL_KEY_SIZE] = {1, 2, 3};

static struct db *fresh(void **state)
{
	struct db *db = database_open(both_database(state), DB_WRITE);

	OK(crypto_start(&e));
	OK(store_migrate(db, NOW, &e));
	OK(db_begin(db, &e));
	return db;
}

static struct signer *opened(struct db *db, int64_t now_ms)
{
	struct signer *s = NULL;

	OK(signer_open(db, master, now_ms, &s, &e));
	return s;
}

/* The key list of s, verified as a device does that pinned the root. */
static struct keys listed(struct arena *a, struct signer *s)
{
	struct keys_pin pin = {.org = signer_org(s)};
	const char *jws = signer_keys(s, a);
	struct keys keys;
	size_t n = sizeof(pin.root);

	assert_true(text_unbase64url(signer_root(s), strlen(signer_root(s)), pin.root, &n));
	OK(keys_verify(a, jws, strlen(jws), &pin, &keys, &e));
	return keys;
}

static const struct grant a_grant = {.id = "01900000-0000-7000-8000-000000000001",
				     .org = "filled in",
				     .device = "01900000-0000-7000-8000-000000000002",
				     .key = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
				     .action = GRANT_UNINSTALL,
				     .package = "holdfast-client",
				     .instance = "01900000-0000-7000-8000-000000000003",
				     .number = "HF-000001",
				     .iat_ms = NOW,
				     .nbf_ms = NOW,
				     .exp_ms = NOW + DAY};

static void a_first_start_makes_keys_that_a_device_believes(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_closep) struct db *db = fresh(state);
	struct signer *s = opened(db, NOW);
	struct keys keys = listed(&a, s);
	struct grant got;
	const char *jws;

	assert_int_equal(keys.epoch, 1);
	assert_int_equal(keys.count, 1);
	assert_int_equal(keys.key[0].exp_ms, NOW + SIGNER_EPOCH_MS);
	assert_string_equal(keys.key[0].kid, signer_kid(s, &a));
	OK(signer_grant(s, &a, &a_grant, &jws, &e));
	OK(grant_verify(&a, jws, strlen(jws), &keys, &got, &e));
	assert_string_equal(got.org, signer_org(s));
	signer_free(s);
	db_rollback(db);
}

static void a_restart_finds_the_same_keys(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_closep) struct db *db = fresh(state);
	struct signer *s = opened(db, NOW), *again = opened(db, NOW + DAY);

	assert_string_equal(signer_org(s), signer_org(again));
	assert_string_equal(signer_root(s), signer_root(again));
	assert_string_equal(signer_keys(s, &a), signer_keys(again, &a));
	signer_free(s);
	signer_free(again);
	db_rollback(db);
}

static void another_master_key_opens_nothing(void **state)
{
	static const unsigned char other[CRYPTO_SEAL_KEY_SIZE] = {9};
	AUTO(db_closep) struct db *db = fresh(state);
	struct signer *s = opened(db, NOW), *none = NULL;

	FAILS(ERR_CRYPTO, signer_open(db, other, NOW, &none, &e));
	assert_null(none);
	signer_free(s);
	db_rollback(db);
}

static void an_epoch_is_renewed_a_month_before_its_end(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_closep) struct db *db = fresh(state);
	struct signer *s = opened(db, NOW);
	const char *old = signer_kid(s, &a), *jws;
	struct grant got;
	struct keys keys;
	bool changed;

	OK(signer_grant(s, &a, &a_grant, &jws, &e));
	OK(signer_refresh(s, db, NOW + 60 * DAY - 1, &changed, &e));
	assert_false(changed);
	OK(signer_refresh(s, db, NOW + 60 * DAY, &changed, &e));
	assert_false(changed);
	OK(signer_refresh(s, db, NOW + 60 * DAY, &changed, &e));
	assert_true(changed);
	keys = listed(&a, s);
	assert_int_equal(keys.epoch, 2);
	assert_int_equal(keys.count, 2);
	assert_string_not_equal(signer_kid(s, &a), old);
	/* What was signed before holds on. */
	OK(grant_verify(&a, jws, strlen(jws), &keys, &got, &e));
	OK(signer_refresh(s, db, NOW + 60 * DAY, &changed, &e));
	assert_false(changed);
	signer_free(s);
	db_rollback(db);
}

/* Nothing is signed with a key that the database may yet lose. */
static void a_renewal_that_is_undone_leaves_the_old_key(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_closep) struct db *db = fresh(state);
	struct signer *s = opened(db, NOW);
	const char *old = signer_kid(s, &a), *list = signer_keys(s, &a);
	bool changed;

	OK(db_commit(db, &e));
	OK(db_begin(db, &e));
	OK(signer_refresh(s, db, NOW + 60 * DAY, &changed, &e));
	db_rollback(db);
	assert_string_equal(signer_kid(s, &a), old);
	assert_string_equal(signer_keys(s, &a), list);
	signer_free(s);
}

static void the_list_holds_the_newest_eight(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_closep) struct db *db = fresh(state);
	struct signer *s = opened(db, NOW);
	struct keys keys;
	bool changed;

	for (int i = 1; i <= 11; i++)
		OK(signer_refresh(s, db, NOW + i * 60 * DAY, &changed, &e));
	keys = listed(&a, s);
	assert_int_equal(keys.epoch, 11);
	assert_int_equal(keys.count, KEYS_MAX);
	assert_non_null(keys_find(&keys, signer_kid(s, &a)));
	signer_free(s);
	db_rollback(db);
}

static void without_the_root_only_its_holder_renews(void **state)
{
	static const char other[] = "hfr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_closep) struct db *db = fresh(state);
	struct signer *s = opened(db, NOW);
	char root[SIGNER_ROOT_SIZE], again[SIGNER_ROOT_SIZE];
	bool changed;

	OK(signer_take_root(db, master, root, &e));
	FAILS(ERR_GONE, signer_take_root(db, master, again, &e));
	OK(signer_refresh(s, db, NOW + 80 * DAY, &changed, &e));
	assert_false(changed);
	assert_int_equal(signer_ends_ms(s), NOW + SIGNER_EPOCH_MS);
	FAILS(ERR_INVALID, signer_renew(db, master, other, NOW + 80 * DAY, &e));
	FAILS(ERR_INVALID, signer_renew(db, master, "", NOW + 80 * DAY, &e));
	OK(signer_renew(db, master, root, NOW + 80 * DAY, &e));
	OK(signer_refresh(s, db, NOW + 80 * DAY, &changed, &e));
	assert_true(changed);
	assert_int_equal(listed(&a, s).epoch, 2);
	signer_free(s);
	db_rollback(db);
}

static void with_the_root_here_a_key_is_renewed_when_somebody_wants_it(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_closep) struct db *db = fresh(state);
	struct signer *s = opened(db, NOW);
	char root[SIGNER_ROOT_SIZE];
	bool changed;

	FAILS(ERR_CONFLICT, signer_renew_here(s, db, NOW + DAY - 1, &e));
	OK(signer_renew_here(s, db, NOW + DAY, &e));
	assert_int_equal(signer_epoch(s), 1);
	OK(signer_refresh(s, db, NOW + DAY, &changed, &e));
	assert_true(changed);
	assert_int_equal(signer_epoch(s), 2);
	assert_int_equal(listed(&a, s).count, 2);
	FAILS(ERR_CONFLICT, signer_renew_here(s, db, NOW + 2 * DAY - 1, &e));
	OK(signer_take_root(db, master, root, &e));
	FAILS(ERR_CONFLICT, signer_renew_here(s, db, NOW + 9 * DAY, &e));
	signer_free(s);
	db_rollback(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_first_start_makes_keys_that_a_device_believes),
	    BOTH(a_restart_finds_the_same_keys),
	    BOTH(another_master_key_opens_nothing),
	    BOTH(an_epoch_is_renewed_a_month_before_its_end),
	    BOTH(a_renewal_that_is_undone_leaves_the_old_key),
	    BOTH(the_list_holds_the_newest_eight),
	    BOTH(without_the_root_only_its_holder_renews),
	    BOTH(with_the_root_here_a_key_is_renewed_when_somebody_wants_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
