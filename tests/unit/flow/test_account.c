/* Owners in the same moment, on two servers or two connections of one. */
#include "world.h"

#include "../db/race.h"

#include "flow/account.h"
#include "flow/credential.h"
#include "flow/token.h"

#define ROUNDS 20

/* One side: a connection of its own, on which one owner makes the other one an auditor. */
struct side {
	struct db *db;
	struct arena arena;
	struct store_account other;
	struct err e;
};

static bool change(struct flow *f, const char *id, enum role role, struct err *e)
{
	struct store_account before, after;

	if (!store_account_get(f->db, f->arena, id, &before, e))
		return false;
	after = before;
	after.role = role;
	return flow_account_change(f, &before, &after, NULL, e);
}

static bool demote(struct db *db, void *arg, struct err *e)
{
	struct side *s = arg;
	struct flow f = {.db = db, .arena = &s->arena, .now_ms = WORLD_NOW, .node = "race"};

	return change(&f, s->other.id, ROLE_AUDITOR, e);
}

static void side(void *arg)
{
	struct side *s = arg;

	race_once(s->db, demote, s, &s->e);
}

static struct store_account owner(struct world *w, const char *email)
{
	struct store_account a = {
	    .name = "owner", .email = email, .role = ROLE_OWNER, .active = true, .language = "en"};

	STEP(w, flow_account_add(&w->flow, &a, &e));
	STEP(w, store_credential_password(w->db, a.id, "hash", &e));
	return a;
}

static void two_owners_cannot_both_be_demoted(void **state)
{
	AUTO(world_done) struct world w;
	struct side sides[2];
	struct store_account owners[2];

	world_make(&w, state);
	owners[0] = owner(&w, "li@example.com");
	owners[1] = owner(&w, "wang@example.com");
	for (size_t i = 0; i < 2; i++)
		sides[i] = (struct side){.db = database_open(both_database(state), DB_WRITE)};
	for (int round = 0; round < ROUNDS; round++) {
		size_t refused;

		sides[0].other = owners[1];
		sides[1].other = owners[0];
		race_both(side, &sides[0], &sides[1]);
		refused = sides[0].e.code == ERR_NONE ? 1 : 0;
		assert_int_equal(sides[1 - refused].e.code, ERR_NONE);
		assert_int_equal(sides[refused].e.code, ERR_CONFLICT);
		for (size_t i = 0; i < 2; i++)
			STEP(&w, change(&w.flow, owners[i].id, ROLE_OWNER, &e));
	}
	for (size_t i = 0; i < 2; i++) {
		db_close(sides[i].db);
		arena_done(&sides[i].arena);
	}
}

/* Four groups of four, of letters that are not mistaken for one another when typed in lower case. */
static void recovery_codes_are_good_once_however_they_are_typed(void **state)
{
	AUTO(world_done) struct world w;
	struct store_account a;
	struct store_credential c = {0};
	char codes[FLOW_RECOVERY_CODES][FLOW_RECOVERY_SIZE];
	unsigned char secret[CRYPTO_TOTP_SECRET_SIZE];
	char code[CRYPTO_TOTP_CODE_SIZE];
	enum flow_code how;

	world_make(&w, state);
	a = owner(&w, "li@example.com");
	REFUSED(&w, ERR_CONFLICT, flow_recovery_codes(&w.flow, a.id, codes, &e));
	STEP(&w, flow_totp_enrol(&w.flow, w.master, a.id, secret, &e));
	crypto_totp_code(secret, w.flow.now_ms / CRYPTO_TOTP_STEP_MS, code);
	STEP(&w, flow_totp_confirm(&w.flow, w.master, a.id, code, codes, &e));
	REFUSED(&w, ERR_CONFLICT, flow_totp_enrol(&w.flow, w.master, a.id, secret, &e));
	for (size_t i = 0; i < FLOW_RECOVERY_CODES; i++) {
		assert_int_equal(strlen(codes[i]), FLOW_RECOVERY_SIZE - 1);
		for (char *p = codes[i]; *p != '\0'; p++) {
			if (i % 2 == 0 && *p >= 'A' && *p <= 'Z')
				*p = (char)(*p - 'A' + 'a');
			if (i % 3 == 0 && *p == '-')
				*p = ' ';
		}
		STEP(&w, store_credential_get(w.db, &w.arena, a.id, &c, &e));
		assert_int_equal(c.codes, FLOW_RECOVERY_CODES - i);
		STEP(&w, flow_code_use(&w.flow, w.master, a.id, &c, codes[i], &how, &e));
		assert_int_equal(how, FLOW_CODE_RECOVERY);
		STEP(&w, flow_code_use(&w.flow, w.master, a.id, &c, codes[i], &how, &e));
		assert_int_equal(how, FLOW_CODE_WRONG);
	}
	STEP(&w, flow_code_use(&w.flow, w.master, a.id, &c, "", &how, &e));
	assert_int_equal(how, FLOW_CODE_WRONG);
	STEP(&w, flow_code_use(&w.flow, w.master, a.id, &c, code, &how, &e));
	assert_int_equal(how, FLOW_CODE_WRONG); /* it was the one that confirmed */
}

/* Two servers have read the same before either has written. */
static void a_code_counts_once_for_two_servers(void **state)
{
	AUTO(world_done) struct world w;
	struct store_account a;
	struct store_credential seen = {0};
	char codes[FLOW_RECOVERY_CODES][FLOW_RECOVERY_SIZE];
	unsigned char secret[CRYPTO_TOTP_SECRET_SIZE];
	char code[CRYPTO_TOTP_CODE_SIZE];
	enum flow_code how;

	world_make(&w, state);
	a = owner(&w, "li@example.com");
	STEP(&w, flow_totp_enrol(&w.flow, w.master, a.id, secret, &e));
	crypto_totp_code(secret, w.flow.now_ms / CRYPTO_TOTP_STEP_MS, code);
	STEP(&w, flow_totp_confirm(&w.flow, w.master, a.id, code, codes, &e));
	w.flow.now_ms += CRYPTO_TOTP_STEP_MS;
	crypto_totp_code(secret, w.flow.now_ms / CRYPTO_TOTP_STEP_MS, code);
	OK(store_credential_get(w.db, &w.arena, a.id, &seen, &e));
	STEP(&w, flow_code_use(&w.flow, w.master, a.id, &seen, code, &how, &e));
	assert_int_equal(how, FLOW_CODE_TOTP);
	STEP(&w, flow_code_use(&w.flow, w.master, a.id, &seen, code, &how, &e));
	assert_int_equal(how, FLOW_CODE_WRONG);
}

/* Who could would file, unlink himself, and approve. */
static void nobody_changes_whom_his_own_account_belongs_to(void **state)
{
	AUTO(world_done) struct world w;
	struct store_account before, to;
	const char *me;

	world_make(&w, state);
	(void)owner(&w, "wang@example.com");
	me = world_account(&w, "li", ROLE_OWNER, "lihua");
	OK(store_account_get(w.db, &w.arena, me, &before, &e));
	to = before;
	to.person = NULL;
	REFUSED(&w, ERR_FORBIDDEN, flow_account_change(&w.flow, &before, &to, me, &e));
	to.person = before.person;
	to.name = "李华";
	STEP(&w, flow_account_change(&w.flow, &before, &to, me, &e));
	OK(store_account_get(w.db, &w.arena, me, &before, &e));
	to.person = NULL;
	to.updated_ms = before.updated_ms;
	STEP(&w, flow_account_change(&w.flow, &before, &to, "another owner's", &e));
	OK(store_account_get(w.db, &w.arena, me, &to, &e));
	assert_null(to.person);
}

static bool make_token(struct world *w, const char *with, struct store_token *t, struct err *e)
{
	const struct flow_token_maker maker = {.token = with, .role = ROLE_OWNER};
	char text[TOKEN_SIZE];

	*t = (struct store_token){.name = "script", .role = ROLE_AUDITOR};
	return flow_token_make(&w->flow, &maker, 0, t, text, e);
}

static void tokens_of_nobody_do_not_multiply_without_end(void **state)
{
	AUTO(world_done) struct world w;
	struct store_token first, second, more;

	world_make(&w, state);
	STEP(&w, make_token(&w, NULL, &first, &e));
	STEP(&w, make_token(&w, first.id, &second, &e));
	REFUSED(&w, ERR_FORBIDDEN, make_token(&w, second.id, &more, &e));
	for (int i = 1; i < TOKEN_MAX_OF_ACCOUNT; i++)
		STEP(&w, make_token(&w, first.id, &more, &e));
	REFUSED(&w, ERR_CONFLICT, make_token(&w, first.id, &more, &e));
	STEP(&w, make_token(&w, NULL, &more, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(two_owners_cannot_both_be_demoted),
	    BOTH(recovery_codes_are_good_once_however_they_are_typed),
	    BOTH(a_code_counts_once_for_two_servers),
	    BOTH(tokens_of_nobody_do_not_multiply_without_end),
	    BOTH(nobody_changes_whom_his_own_account_belongs_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
