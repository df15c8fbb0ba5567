#include "machine.h"

#define MACHINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, machine_new, machine_free)

static void an_enrolment_is_whole_after_a_restart(void **state)
{
	struct machine *m = *state;
	struct err e;

	assert_true(device_load(&m->device, &m->paths, &e));
	holding_load(&m->holding, &m->device);
	assert_int_equal(m->device.standing, DEVICE_ENROLLED);
	assert_null(m->device.wrong);
	assert_string_equal(m->device.anchor.device, m->id);
	assert_true(m->device.has_owner);
	assert_int_equal(m->device.owner_uid, 1000);
	assert_true(m->holding.has_statement);
	assert_true(holding_blocks(&m->holding, "holdfast-client"));
	assert_false(holding_blocks(&m->holding, "bash"));
}

/* The answer of a server to a device that asks once more. */
static bool once_more(struct machine *m, const struct crypto_keypair *root_key,
		      const struct statement *s, uid_t uid, struct err *e)
{
	char root[TEXT_BASE64_SIZE(CRYPTO_PUBLIC_SIZE)];
	struct enrolment n = {.org = m->org,
			      .device = s->device,
			      .root = root,
			      .keys = sign_keys(m, 3, root_key),
			      .statement = sign_statement(m, s),
			      .uid = uid,
			      .held = &m->holding.statement,
			      .held_text = m->holding.statement_text};
	struct crypto_keypair key = m->device_key;

	text_base64url(root_key->public, CRYPTO_PUBLIC_SIZE, root);
	return device_enrol(&m->device, &key, &n, e);
}

static void who_signs_in_once_more_keeps_what_the_device_was(void **state)
{
	struct machine *m = *state;
	struct statement s = statement_of(m, 11);
	char ledger[ID_SIZE], other[ID_SIZE];
	struct err e;

	memcpy(ledger, m->device.anchor.ledger, sizeof(ledger));
	/* The same person by another login: it stays his first one. */
	assert_true(once_more(m, &m->root_key, &s, 1001, &e));
	assert_int_equal(m->device.owner_uid, 1000);
	assert_string_equal(m->device.anchor.ledger, ledger);
	id_new(other);
	s.owner_id = other;
	assert_true(once_more(m, &m->root_key, &s, 1001, &e));
	assert_int_equal(m->device.standing, DEVICE_ENROLLED);
	assert_int_equal(m->device.owner_uid, 1001);
	assert_string_equal(m->device.owner_id, other);
	assert_string_equal(m->device.anchor.ledger, ledger);
}

/* By a token root enrols it in somebody's name; then this person signs in, and root again later. */
static void roots_login_gives_way_to_the_persons_own(void **state)
{
	struct machine *m = *state;
	struct statement s = statement_of(m, 11);
	char other[ID_SIZE];
	struct err e;

	id_new(other);
	s.owner_id = other;
	assert_true(once_more(m, &m->root_key, &s, 0, &e));
	assert_int_equal(m->device.owner_uid, 0);
	assert_true(once_more(m, &m->root_key, &s, 1002, &e));
	assert_int_equal(m->device.owner_uid, 1002);
	assert_true(once_more(m, &m->root_key, &s, 0, &e));
	assert_int_equal(m->device.owner_uid, 1002);
}

static void a_second_enrolment_comes_from_the_same_server_and_is_not_older(void **state)
{
	struct machine *m = *state;
	struct statement s = statement_of(m, 9);
	struct crypto_keypair stranger;
	char other[ID_SIZE];
	struct err e;

	/* A poll was quicker with the same owner's: that one stays. */
	assert_true(once_more(m, &m->root_key, &s, 1001, &e));
	holding_load(&m->holding, &m->device);
	assert_int_equal(m->holding.statement.counter, 10);
	id_new(other);
	s.owner_id = other;
	assert_false(once_more(m, &m->root_key, &s, 1001, &e));
	assert_int_equal(e.code, ERR_CONFLICT);
	s.counter = 11;
	crypto_keypair_new(&stranger);
	assert_false(once_more(m, &stranger, &s, 1001, &e));
	assert_int_equal(e.code, ERR_UNPROCESSABLE);
	assert_int_equal(m->device.owner_uid, 1000);
}

static void a_statement_counts_only_for_this_device_and_not_backwards(void **state)
{
	struct machine *m = *state;
	struct statement s;
	struct err e;
	size_t i;
	struct {
		const char *what;
		size_t offset;
		enum err_code code;
	} others[] = {
	    {"org", offsetof(struct statement, org), ERR_FORBIDDEN},
	    {"device", offsetof(struct statement, device), ERR_FORBIDDEN},
	    {"owner", offsetof(struct statement, owner_id), ERR_FORBIDDEN},
	};
	char other[ID_SIZE], other_key[CRYPTO_THUMBPRINT_SIZE];

	id_new(other);
	crypto_thumbprint(m->root_key.public, other_key);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		s = statement_of(m, 11);
		*(const char **)((char *)&s + others[i].offset) = other;
		if (holding_rules(&m->holding, &m->device, NULL, sign_statement(m, &s), &e))
			fail_msg("another %s is accepted", others[i].what);
		assert_int_equal(e.code, others[i].code);
	}
	s = statement_of(m, 11);
	s.key = other_key;
	assert_false(holding_rules(&m->holding, &m->device, NULL, sign_statement(m, &s), &e));
	assert_int_equal(e.code, ERR_FORBIDDEN);
	s = statement_of(m, 9);
	assert_false(holding_rules(&m->holding, &m->device, NULL, sign_statement(m, &s), &e));
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_int_equal(m->holding.statement.counter, 10);
	s = statement_of(m, 11);
	s.mode = STATEMENT_OFF;
	assert_true(holding_rules(&m->holding, &m->device, NULL, sign_statement(m, &s), &e));
	assert_false(holding_blocks(&m->holding, "holdfast-client"));
}

static void keys_count_only_under_the_pinned_root_and_not_backwards(void **state)
{
	struct machine *m = *state;
	struct crypto_keypair other;
	struct err e;

	crypto_keypair_new(&other);
	assert_false(holding_rules(&m->holding, &m->device, sign_keys(m, 4, &other), NULL, &e));
	assert_int_equal(e.code, ERR_CRYPTO);
	assert_false(
	    holding_rules(&m->holding, &m->device, sign_keys(m, 2, &m->root_key), NULL, &e));
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_true(
	    holding_rules(&m->holding, &m->device, sign_keys(m, 4, &m->root_key), NULL, &e));
	assert_int_equal(m->holding.keys.epoch, 4);
}

static void keys_that_would_leave_no_statement_are_refused(void **state)
{
	struct machine *m = *state;
	struct statement s = statement_of(m, 11);
	const char *keys;
	struct err e;

	crypto_keypair_new(&m->epoch_key);
	keys = sign_keys(m, 4, &m->root_key);
	assert_false(holding_rules(&m->holding, &m->device, keys, NULL, &e));
	assert_int_equal(m->holding.keys.epoch, 3);
	assert_true(m->holding.has_statement);
	assert_true(holding_rules(&m->holding, &m->device, keys, sign_statement(m, &s), &e));
	assert_int_equal(m->holding.statement.counter, 11);
}

static bool take(struct machine *m, const struct grant *g, struct err *e)
{
	const struct grant *taken;

	return holding_grant(&m->holding, &m->device, sign_grant(m, g), &taken, e) &&
	       text_equal(taken->id, g->id);
}

static void a_grant_counts_only_for_this_device(void **state)
{
	struct machine *m = *state;
	char id[ID_SIZE], other[ID_SIZE], other_key[CRYPTO_THUMBPRINT_SIZE];
	struct grant g;
	struct err e;

	id_new(other);
	crypto_thumbprint(m->root_key.public, other_key);
	g = grant_of(m, id);
	g.org = other;
	assert_false(take(m, &g, &e));
	assert_int_equal(e.code, ERR_FORBIDDEN);
	g = grant_of(m, id);
	g.device = other;
	assert_false(take(m, &g, &e));
	assert_int_equal(e.code, ERR_FORBIDDEN);
	g = grant_of(m, id);
	g.key = other_key;
	assert_false(take(m, &g, &e));
	assert_int_equal(e.code, ERR_FORBIDDEN);
	g = grant_of(m, id);
	g.exp_ms = m->now_ms - 1;
	g.nbf_ms = g.iat_ms = m->now_ms - 900;
	assert_false(take(m, &g, &e));
	assert_int_equal(e.code, ERR_GONE);
	assert_int_equal(m->holding.grant_count, 0);
	assert_null(holding_good_grant(&m->holding, &m->device, "holdfast-client"));

	g = grant_of(m, id);
	assert_true(take(m, &g, &e));
	assert_true(take(m, &g, &e));
	assert_int_equal(m->holding.grant_count, 1);
	assert_non_null(holding_good_grant(&m->holding, &m->device, "holdfast-client"));
	assert_null(holding_good_grant(&m->holding, &m->device, "bash"));
}

static void a_clock_set_back_gains_nothing(void **state)
{
	struct machine *m = *state;
	char id[ID_SIZE];
	struct grant g = grant_of(m, id);
	struct statement s = statement_of(m, 12);
	struct err e;

	g.exp_ms = m->now_ms + 1000;
	assert_true(take(m, &g, &e));
	s.time_ms = m->now_ms + 900000;
	assert_true(holding_rules(&m->holding, &m->device, NULL, sign_statement(m, &s), &e));
	assert_int_equal(holding_now_ms(&m->holding), s.time_ms);
	assert_null(holding_good_grant(&m->holding, &m->device, "holdfast-client"));
}

static void a_revoked_grant_never_comes_back(void **state)
{
	struct machine *m = *state;
	char id[ID_SIZE];
	struct grant g = grant_of(m, id);
	struct err e;

	assert_true(take(m, &g, &e));
	assert_true(holding_revoke(&m->holding, &m->device, id, &e));
	assert_int_equal(m->holding.grant_count, 0);
	assert_false(take(m, &g, &e));
	assert_int_equal(e.code, ERR_GONE);
	assert_true(holding_revoke(&m->holding, &m->device, id, &e));
	assert_false(holding_revoke(&m->holding, &m->device, "../../etc/passwd", &e));
}

static void a_grant_whose_removal_is_done_is_not_held_and_not_taken_again(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct machine *m = *state;
	char id[ID_SIZE];
	struct grant g = grant_of(m, id);
	struct err e;
	struct ledger_entry used = {.kind = LEDGER_CONSUMED,
				    .grant = id,
				    .time_ms = m->now_ms,
				    .boot = boot_id(&a),
				    .version = HOLDFAST_VERSION};
	const char *line = ledger_line(&a, &used);

	assert_true(take(m, &g, &e));
	assert_string_equal(holding_package_of(&m->holding, id), "holdfast-client");
	assert_true(file_append(m->paths.ledger, line, strlen(line), &e));
	assert_true(holding_used_up(&m->holding, &m->device, id, &e));
	assert_true(holding_used_up(&m->holding, &m->device, id, &e));
	assert_null(holding_package_of(&m->holding, id));
	assert_int_equal(m->holding.grant_count, 0);
	assert_false(take(m, &g, &e));
	assert_int_equal(e.code, ERR_GONE);
	assert_false(holding_used_up(&m->holding, &m->device, "../anchor", &e));
}

static void a_used_grant_stays_used_when_it_is_revoked(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct machine *m = *state;
	char id[ID_SIZE];
	struct grant g = grant_of(m, id);
	struct ledger ledger;
	struct err e;
	struct ledger_entry used = {.kind = LEDGER_CONSUMED,
				    .grant = id,
				    .time_ms = m->now_ms,
				    .boot = boot_id(&a),
				    .version = HOLDFAST_VERSION};
	const char *line = ledger_line(&a, &used);

	assert_true(take(m, &g, &e));
	assert_true(file_append(m->paths.ledger, line, strlen(line), &e));
	assert_null(holding_good_grant(&m->holding, &m->device, "holdfast-client"));
	assert_true(holding_revoke(&m->holding, &m->device, id, &e));
	assert_true(holding_ledger(&m->device, &a, &ledger, &e));
	assert_int_equal(ledger.count, 1);
	assert_false(take(m, &g, &e));
	assert_int_equal(e.code, ERR_GONE);
}

static void half_a_line_in_the_ledger_spoils_nothing(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct machine *m = *state;
	char id[ID_SIZE];
	struct ledger ledger;
	struct err e;

	id_new(id);
	assert_true(file_append(m->paths.ledger, "consumed 0190", 13, &e));
	assert_true(holding_revoke(&m->holding, &m->device, id, &e));
	assert_true(holding_ledger(&m->device, &a, &ledger, &e));
	assert_int_equal(ledger.count, 1);
	assert_string_equal(ledger.entries[0].grant, id);
}

static void the_oldest_expired_grant_makes_room(void **state)
{
	struct machine *m = *state;
	char id[ID_SIZE], first[ID_SIZE];
	struct statement s = statement_of(m, 11);
	struct grant g;
	struct err e;
	int i;

	for (i = 0; i < HOLDING_MAX_GRANTS; i++) {
		g = grant_of(m, i ? id : first);
		if (i == 0)
			g.exp_ms = m->now_ms + 60000;
		assert_true(take(m, &g, &e));
	}
	g = grant_of(m, id);
	assert_false(take(m, &g, &e));
	assert_int_equal(e.code, ERR_TOO_MANY);
	s.time_ms = m->now_ms + 60001;
	assert_true(holding_rules(&m->holding, &m->device, NULL, sign_statement(m, &s), &e));
	assert_true(take(m, &g, &e));
	assert_int_equal(m->holding.grant_count, HOLDING_MAX_GRANTS);
	for (i = 0; i < HOLDING_MAX_GRANTS; i++)
		assert_string_not_equal(m->holding.grants[i].id, first);
}

static void leaving_takes_everything_along(void **state)
{
	struct machine *m = *state;
	char id[ID_SIZE];
	struct grant g = grant_of(m, id);
	struct err e;

	assert_true(take(m, &g, &e));
	assert_true(device_leave(&m->device, &e));
	assert_int_equal(m->device.standing, DEVICE_NEW);
	assert_true(access(m->paths.key, F_OK) && access(m->paths.ledger, F_OK) &&
		    access(m->paths.mark, F_OK) && access(m->paths.leaving, F_OK));
	holding_load(&m->holding, &m->device);
	assert_int_equal(m->holding.grant_count, 0);
	assert_false(m->holding.has_statement);
}

static void leaving_that_was_cut_short_is_finished(void **state)
{
	struct machine *m = *state;
	struct err e;

	assert_true(file_replace(m->paths.leaving, "", 0, 0600, &e));
	assert_true(file_remove(m->paths.anchor, &e));
	assert_true(device_load(&m->device, &m->paths, &e));
	assert_int_equal(m->device.standing, DEVICE_NEW);
	assert_true(access(m->paths.key, F_OK));
}

static void each_missing_part_is_told_apart(void **state)
{
	struct machine *m = *state;
	struct err e;

	assert_true(file_remove(m->paths.ledger, &e));
	assert_true(device_load(&m->device, &m->paths, &e));
	assert_int_equal(m->device.standing, DEVICE_TAMPERED);
	assert_true(m->device.known);
	assert_true(file_remove(m->paths.key, &e));
	assert_true(device_load(&m->device, &m->paths, &e));
	assert_int_equal(m->device.standing, DEVICE_TAMPERED);
	assert_false(m->device.known);
	assert_true(file_remove(m->paths.anchor, &e));
	assert_true(device_load(&m->device, &m->paths, &e));
	assert_int_equal(m->device.standing, DEVICE_TAMPERED); /* the mark is left */
	assert_true(file_remove(m->paths.mark, &e));
	assert_true(device_load(&m->device, &m->paths, &e));
	assert_int_equal(m->device.standing, DEVICE_NEW);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    MACHINE_TEST(an_enrolment_is_whole_after_a_restart),
	    MACHINE_TEST(who_signs_in_once_more_keeps_what_the_device_was),
	    MACHINE_TEST(roots_login_gives_way_to_the_persons_own),
	    MACHINE_TEST(a_second_enrolment_comes_from_the_same_server_and_is_not_older),
	    MACHINE_TEST(a_statement_counts_only_for_this_device_and_not_backwards),
	    MACHINE_TEST(keys_count_only_under_the_pinned_root_and_not_backwards),
	    MACHINE_TEST(keys_that_would_leave_no_statement_are_refused),
	    MACHINE_TEST(a_grant_counts_only_for_this_device),
	    MACHINE_TEST(a_clock_set_back_gains_nothing),
	    MACHINE_TEST(a_revoked_grant_never_comes_back),
	    MACHINE_TEST(a_grant_whose_removal_is_done_is_not_held_and_not_taken_again),
	    MACHINE_TEST(a_used_grant_stays_used_when_it_is_revoked),
	    MACHINE_TEST(half_a_line_in_the_ledger_spoils_nothing),
	    MACHINE_TEST(the_oldest_expired_grant_makes_room),
	    MACHINE_TEST(leaving_takes_everything_along),
	    MACHINE_TEST(leaving_that_was_cut_short_is_finished),
	    MACHINE_TEST(each_missing_part_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
