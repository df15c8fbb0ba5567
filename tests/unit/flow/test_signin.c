#include "world.h"

#include "flow/account.h"
#include "flow/credential.h"
#include "flow/departure.h"
#include "flow/ownership.h"
#include "flow/signin.h"

#define EMAIL "wang@example.com"
#define MINUTE ((int64_t)60 * 1000)

static const unsigned char home[32] = {1}, other[32] = {2};

struct fixture {
	struct world w;
	struct store_account account;
};

static void done(struct fixture *f)
{
	world_done(&f->w);
}

/* An account that signed in in the browser "home", from 192.0.2.1. */
static void make(struct fixture *f, void **state)
{
	world_make(&f->w, state);
	f->account = (struct store_account){.name = "王芳",
					    .email = EMAIL,
					    .role = ROLE_APPROVER,
					    .active = true,
					    .language = "zh"};
	STEP(&f->w, flow_account_add(&f->w.flow, &f->account, &e));
	STEP(&f->w, store_credential_password(f->w.db, f->account.id, "hash", &e));
	STEP(&f->w, store_known_add(f->w.db, f->account.id, NULL, home, "192.0.2.1",
				    f->w.flow.now_ms, &e));
}

static struct flow_signin from(struct fixture *f, const char *address, const unsigned char *browser)
{
	struct flow_signin s = {.email = EMAIL,
				.address = address,
				.agent = "",
				.browser = browser,
				.master = f->w.master,
				.csrf = "c"};

	random_bytes(s.session, sizeof(s.session));
	random_bytes(s.browser_new, sizeof(s.browser_new));
	return s;
}

/* What became of one; FLOW_SIGNIN_DONE + 1: there were too many. */
#define STOPPED ((enum flow_signin_end)(FLOW_SIGNIN_DONE + 1))
static enum flow_signin_end try(struct fixture *f, struct flow_signin s, bool right)
{
	struct err why = {0};
	bool ok;

	assert_true(db_begin(f->w.db, &why));
	ok = flow_signin_look(&f->w.flow, &s, &why) && flow_signin_charge(&f->w.flow, &s, &why);
	if (!ok) {
		assert_int_equal(why.code, ERR_TOO_MANY);
		assert_true(s.wait_ms > 0);
		db_rollback(f->w.db);
		return STOPPED;
	}
	assert_true(db_commit(f->w.db, &why));
	STEP(&f->w, flow_signin_finish(&f->w.flow, &s, right, &e));
	return s.end;
}

static size_t recorded(struct fixture *f, const char *kind, const char **newest)
{
	const struct store_event_filter filter = {
	    .kind = kind, .from_ms = 0, .to_ms = INT64_MAX, .before = "", .max = 1000};
	struct store_event *all;
	size_t count;

	STEP(&f->w, store_event_list(f->w.db, &f->w.arena, &filter, &all, &count, &e));
	*newest = count > 0 ? all[0].text : "";
	return count;
}

static void a_crowd_of_addresses_does_not_reach_who_is_known(void **state)
{
	AUTO(done) struct fixture f;
	const char *newest;
	char address[32];
	int tried = 0;

	make(&f, state);
	do {
		(void)snprintf(address, sizeof(address), "203.0.113.%d", tried);
	} while (try(&f, from(&f, address, other), false) == FLOW_SIGNIN_WRONG && ++tried < 200);
	assert_int_equal(tried, signin_rates[SIGNIN_STRANGERS].count);
	assert_int_equal(try(&f, from(&f, "198.51.100.9", NULL), true), STOPPED);
	assert_int_equal(try(&f, from(&f, "192.0.2.1", NULL), true), FLOW_SIGNIN_DONE);
	assert_int_equal(try(&f, from(&f, "198.51.100.9", home), true), FLOW_SIGNIN_DONE);
	/* Only few of them are on record, and the next one says how many were not. */
	assert_int_equal(recorded(&f, "signin-failed", &newest), signin_rates[SIGNIN_RECORD].count);
	f.w.flow.now_ms += 60 * MINUTE;
	assert_int_equal(try(&f, from(&f, "203.0.113.1", NULL), false), FLOW_SIGNIN_WRONG);
	assert_int_equal(recorded(&f, "signin-failed", &newest),
			 signin_rates[SIGNIN_RECORD].count + 1);
	assert_string_equal(newest, EMAIL ": wrong password; 90 more since the last that was "
					  "recorded");
}

static void one_address_runs_out_whichever_accounts_it_tries(void **state)
{
	AUTO(done) struct fixture f;
	struct flow_signin s;
	int tried = 0;

	make(&f, state);
	for (;; tried++) {
		s = from(&f, "2001:db8:1:2::1", NULL);
		s.email = arena_printf(&f.w.arena, "name%d@example.com", tried);
		if (try(&f, s, false) != FLOW_SIGNIN_WRONG)
			break;
	}
	assert_int_equal(tried, signin_rates[SIGNIN_ADDRESS].count);
	/* Its neighbours in the same network are the same subscriber. */
	assert_int_equal(try(&f, from(&f, "2001:db8:1:2::7", NULL), true), STOPPED);
	assert_int_equal(try(&f, from(&f, "2001:db8:1:3::1", NULL), true), FLOW_SIGNIN_DONE);
	assert_int_equal(try(&f, from(&f, "2001:db8:1:2::1", home), true), FLOW_SIGNIN_DONE);
}

static void a_right_password_takes_nothing(void **state)
{
	AUTO(done) struct fixture f;

	make(&f, state);
	for (int i = 0; i < 200; i++)
		assert_int_equal(try(&f, from(&f, "203.0.113.1", NULL), true), FLOW_SIGNIN_DONE);
}

static void a_known_browser_has_an_end_too(void **state)
{
	AUTO(done) struct fixture f;
	int tried = 0;

	make(&f, state);
	while (try(&f, from(&f, "203.0.113.1", home), false) == FLOW_SIGNIN_WRONG)
		tried++;
	assert_int_equal(tried, signin_rates[SIGNIN_BROWSER].count);
	assert_int_equal(try(&f, from(&f, "192.0.2.1", NULL), true), FLOW_SIGNIN_DONE);
}

static void one_that_does_not_exist_runs_out_alike(void **state)
{
	AUTO(done) struct fixture f;
	struct flow_signin s;
	int tried = 0;

	make(&f, state);
	for (s = from(&f, "203.0.113.1", NULL), s.email = "nobody@example.com";
	     try(&f, s, false) == FLOW_SIGNIN_WRONG;)
		tried++;
	assert_int_equal(tried, signin_rates[SIGNIN_ACCOUNT_ADDRESS].count);
}

static void a_password_that_was_changed_meanwhile_does_not_count(void **state)
{
	AUTO(done) struct fixture f;
	struct flow_signin s;

	make(&f, state);
	s = from(&f, "192.0.2.1", home);
	STEP(&f.w, flow_signin_look(&f.w.flow, &s, &e));
	assert_string_equal(s.password, "hash");
	STEP(&f.w, store_credential_password(f.w.db, f.account.id, "another", &e));
	STEP(&f.w, flow_signin_finish(&f.w.flow, &s, true, &e));
	assert_int_equal(s.end, FLOW_SIGNIN_WRONG);
}

static void a_link_counts_once_and_until_a_newer_one(void **state)
{
	AUTO(done) struct fixture f;
	const struct flow_link link = {.account = NULL, .life_ms = 60 * MINUTE};
	char first[FLOW_LINK_SIZE], second[FLOW_LINK_SIZE];
	struct flow_link_use use = {
	    .name = "李华", .email = "li@example.com", .language = "zh", .password = "hash"};
	struct store_account owner;

	make(&f, state);
	STEP(&f.w, flow_link_make(&f.w.flow, &link, first, &e));
	STEP(&f.w, flow_link_make(&f.w.flow, &link, second, &e));
	use.secret = first;
	REFUSED(&f.w, ERR_GONE, flow_link_use(&f.w.flow, &use, &owner, &e));
	use.secret = second;
	f.w.flow.now_ms += 60 * MINUTE;
	REFUSED(&f.w, ERR_GONE, flow_link_use(&f.w.flow, &use, &owner, &e));
	f.w.flow.now_ms -= 1;
	STEP(&f.w, flow_link_use(&f.w.flow, &use, &owner, &e));
	assert_int_equal(owner.role, ROLE_OWNER);
	assert_true(owner.has_password);
	REFUSED(&f.w, ERR_GONE, flow_link_use(&f.w.flow, &use, &owner, &e));
	REFUSED(&f.w, ERR_CONFLICT, flow_link_make(&f.w.flow, &link, first, &e));
}

static void the_first_link_is_void_once_there_is_an_owner(void **state)
{
	AUTO(done) struct fixture f;
	const struct flow_link link = {.account = NULL, .life_ms = 60 * MINUTE};
	char secret[FLOW_LINK_SIZE];
	const struct flow_link_use use = {.secret = secret,
					  .name = "somebody",
					  .email = "somebody@example.com",
					  .language = "en",
					  .password = "hash"};
	struct store_account owner, made;

	make(&f, state);
	STEP(&f.w, flow_link_make(&f.w.flow, &link, secret, &e));
	owner = f.account;
	owner.email = "li@example.com";
	owner.role = ROLE_OWNER;
	STEP(&f.w, flow_account_add(&f.w.flow, &owner, &e));
	STEP(&f.w, store_credential_password(f.w.db, owner.id, "hash", &e));
	REFUSED(&f.w, ERR_GONE, flow_link_use(&f.w.flow, &use, &made, &e));
	REFUSED(&f.w, ERR_NOT_FOUND,
		store_account_by_email(f.w.db, &f.w.arena, use.email, &made, &e));
}

/* --- vouched for --- */

static void link_person(struct fixture *f)
{
	struct store_account now;

	STEP(&f->w, store_account_get(f->w.db, &f->w.arena, f->account.id, &now, &e));
	now.person = f->w.lihua;
	STEP(&f->w, store_account_set(f->w.db, &now, f->w.flow.now_ms, &e));
}

static enum flow_signin_end vouch(struct fixture *f, const char *code)
{
	struct flow_signin s = from(f, "192.0.2.1", home);
	struct err why = {0};

	s.email = NULL;
	s.code = code;
	assert_true(db_begin(f->w.db, &why));
	if (!flow_signin_vouched(&f->w.flow, &s, f->w.lihua, "DingTalk", &why)) {
		assert_int_equal(why.code, ERR_TOO_MANY);
		assert_true(s.wait_ms > 0);
		db_rollback(f->w.db);
		return STOPPED;
	}
	assert_true(db_commit(f->w.db, &why));
	return s.end;
}

static void a_person_signs_in_as_the_account_that_is_linked_and_as_no_other(void **state)
{
	AUTO(done) struct fixture f;
	struct store_account before, now;
	const char *newest;
	int64_t ended;

	make(&f, state);
	assert_int_equal(vouch(&f, NULL), FLOW_SIGNIN_WRONG);
	link_person(&f);
	assert_int_equal(vouch(&f, NULL), FLOW_SIGNIN_DONE);
	assert_int_equal(recorded(&f, "signed-in", &newest), 1);
	assert_string_equal(newest, "with DingTalk");
	STEP(&f.w, store_account_get(f.w.db, &f.w.arena, f.account.id, &before, &e));
	now = before;
	now.person = NULL;
	STEP(&f.w, flow_account_change(&f.w.flow, &before, &now, NULL, &e));
	STEP(&f.w, store_session_end_all(f.w.db, f.account.id, NULL, &ended, &e));
	assert_int_equal(ended, 0);
	assert_int_equal(vouch(&f, NULL), FLOW_SIGNIN_WRONG);
	link_person(&f);
	STEP(&f.w, store_account_get(f.w.db, &f.w.arena, f.account.id, &now, &e));
	now.active = false;
	STEP(&f.w, store_account_set(f.w.db, &now, f.w.flow.now_ms, &e));
	assert_int_equal(vouch(&f, NULL), FLOW_SIGNIN_DISABLED);
	(void)recorded(&f, "signin-failed", &newest);
	assert_string_equal(newest, EMAIL ": the account is disabled");
}

static void codes_are_asked_for_and_counted_after_dingtalk_too(void **state)
{
	unsigned char secret[CRYPTO_TOTP_SECRET_SIZE];
	char codes[FLOW_RECOVERY_CODES][FLOW_RECOVERY_SIZE], code[CRYPTO_TOTP_CODE_SIZE];
	AUTO(done) struct fixture f;
	const char *newest;
	int tried = 0;

	make(&f, state);
	link_person(&f);
	STEP(&f.w, flow_totp_enrol(&f.w.flow, f.w.master, f.account.id, secret, &e));
	crypto_totp_code(secret, f.w.flow.now_ms / CRYPTO_TOTP_STEP_MS, code);
	STEP(&f.w, flow_totp_confirm(&f.w.flow, f.w.master, f.account.id, code, codes, &e));
	assert_int_equal(vouch(&f, NULL), FLOW_SIGNIN_CODE);
	assert_int_equal(recorded(&f, "signed-in", &newest), 0);
	assert_int_equal(vouch(&f, code), FLOW_SIGNIN_CODE_WRONG);
	f.w.flow.now_ms += CRYPTO_TOTP_STEP_MS;
	crypto_totp_code(secret, f.w.flow.now_ms / CRYPTO_TOTP_STEP_MS, code);
	assert_int_equal(vouch(&f, code), FLOW_SIGNIN_DONE);
	(void)recorded(&f, "signed-in", &newest);
	assert_string_equal(newest, "with DingTalk and code");
	assert_int_equal(vouch(&f, codes[0]), FLOW_SIGNIN_DONE);
	f.w.flow.now_ms += 60 * MINUTE;
	while (vouch(&f, "000000") == FLOW_SIGNIN_CODE_WRONG)
		tried++;
	assert_int_equal(tried, signin_rates[SIGNIN_CODE].count);
}

static void who_is_turned_away_takes_the_allowance_of_nobody_else(void **state)
{
	AUTO(done) struct fixture f;
	struct flow_signin s;
	const char *newest;

	make(&f, state);
	s = from(&f, "203.0.113.1", NULL);
	for (int i = 0; i < 3 * signin_rates[SIGNIN_RECORD].count; i++)
		STEP(&f.w,
		     flow_signin_refused(&f.w.flow, &s, NULL, "with DingTalk: a stranger", &e));
	assert_int_equal(recorded(&f, "signin-failed", &newest), signin_rates[SIGNIN_RECORD].count);
	STEP(&f.w, flow_signin_refused(&f.w.flow, &s, f.w.lihua, "with DingTalk: no account", &e));
	assert_int_equal(recorded(&f, "signin-failed", &newest),
			 signin_rates[SIGNIN_RECORD].count + 1);
	assert_string_equal(newest, "with DingTalk: no account");
}

static void who_leaves_is_signed_out_everywhere_and_the_account_is_flagged(void **state)
{
	static const unsigned char cookie[32] = {7};
	const struct store_session browser = {
	    .csrf = "c", .address = "192.0.2.1", .agent = "", .expires_ms = INT64_MAX};
	AUTO(done) struct fixture f;
	struct store_session of_person = browser, got;
	struct store_account account;
	struct store_device device;
	const char *newest;
	int64_t ended;

	make(&f, state);
	link_person(&f);
	assert_int_equal(vouch(&f, NULL), FLOW_SIGNIN_DONE);
	of_person.person = f.w.lihua;
	STEP(&f.w, store_session_add(f.w.db, cookie, &of_person, f.w.flow.now_ms, &e));
	STEP(&f.w, store_directory_left(f.w.db, f.w.lihua, f.w.flow.now_ms, &e));
	STEP(&f.w, flow_person_departed(&f.w.flow, f.w.lihua, &e));
	REFUSED(&f.w, ERR_NOT_FOUND,
		store_session_get(f.w.db, &f.w.arena, cookie, f.w.flow.now_ms, &got, &e));
	STEP(&f.w, store_session_end_all(f.w.db, f.account.id, NULL, &ended, &e));
	assert_int_equal(ended, 0);
	STEP(&f.w, store_account_get(f.w.db, &f.w.arena, f.account.id, &account, &e));
	assert_true(account.person_departed && account.active);
	STEP(&f.w, store_device_get(f.w.db, &f.w.arena, f.w.device, &device, &e));
	assert_string_equal(device.session_end, SESSION_DEPARTED);
	assert_int_equal(recorded(&f, "account-person-departed", &newest), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_crowd_of_addresses_does_not_reach_who_is_known),
	    BOTH(one_address_runs_out_whichever_accounts_it_tries),
	    BOTH(a_right_password_takes_nothing),
	    BOTH(a_known_browser_has_an_end_too),
	    BOTH(one_that_does_not_exist_runs_out_alike),
	    BOTH(a_password_that_was_changed_meanwhile_does_not_count),
	    BOTH(a_link_counts_once_and_until_a_newer_one),
	    BOTH(the_first_link_is_void_once_there_is_an_owner),
	    BOTH(a_person_signs_in_as_the_account_that_is_linked_and_as_no_other),
	    BOTH(codes_are_asked_for_and_counted_after_dingtalk_too),
	    BOTH(who_is_turned_away_takes_the_allowance_of_nobody_else),
	    BOTH(who_leaves_is_signed_out_everywhere_and_the_account_is_flagged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
