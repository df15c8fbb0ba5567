#include "../unit.h"

#include "signing.h"

static void a_statement_comes_back_as_it_was_signed(void **state)
{
	struct signing *s = *state;
	struct statement made = signing_statement(s), got;
	const char *text;

	assert_true(statement_sign(&s->a, &s->epoch, &made, &text, &s->e));
	assert_true(statement_verify(&s->a, text, strlen(text), &s->keys, &got, &s->e));
	assert_string_equal(got.org, ORG);
	assert_string_equal(got.device, DEVICE);
	assert_string_equal(got.key, s->device_kid);
	assert_int_equal(got.counter, NOW);
	assert_int_equal(got.time_ms, NOW);
	assert_string_equal(got.owner_id, "user-1");
	assert_string_equal(got.owner_name, "李华");
	assert_int_equal(got.mode, STATEMENT_BLOCK);
	assert_true(got.covered);
	assert_string_equal(got.why, "group 研发部");
	assert_true(statement_protects(&got, "vpn-client"));
	assert_false(statement_protects(&got, "vim"));
	assert_true(got.filing);
	assert_string_equal(got.contact, "it@example.com");
	assert_string_equal(got.zh.primary, "去报备");
	assert_string_equal(got.en.secondary, "Got It");
}

static void every_mode_goes_there_and_back(void **state)
{
	static const enum statement_mode modes[] = {STATEMENT_OFF, STATEMENT_AUDIT,
						    STATEMENT_BLOCK};
	struct signing *s = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		struct statement made = signing_statement(s), got;
		const char *text;

		made.mode = modes[i];
		assert_true(statement_sign(&s->a, &s->epoch, &made, &text, &s->e));
		assert_true(statement_verify(&s->a, text, strlen(text), &s->keys, &got, &s->e));
		assert_int_equal(got.mode, modes[i]);
	}
}

static void every_changed_byte_is_refused(void **state)
{
	struct signing *s = *state;
	struct statement made = signing_statement(s), got;
	const char *text;
	char *copy;
	size_t i;

	assert_true(statement_sign(&s->a, &s->epoch, &made, &text, &s->e));
	copy = arena_dup(&s->a, text);
	for (i = 0; i < strlen(text); i++) {
		copy[i] = (char)(copy[i] ^ 1);
		assert_false(statement_verify(&s->a, copy, strlen(text), &s->keys, &got, &s->e));
		copy[i] = text[i];
	}
}

static void another_s_or_an_older_one_is_refused(void **state)
{
	struct signing *s = *state;
	const struct device_identity me = {ORG, DEVICE, s->device_kid};
	struct statement st = signing_statement(s);

	assert_true(statement_check(&st, &me, 0, &s->e));
	assert_true(statement_check(&st, &me, NOW, &s->e));
	assert_false(statement_check(&st, &me, NOW + 1, &s->e));
	assert_int_equal(s->e.code, ERR_CONFLICT);
	st.org = OTHER_ORG;
	assert_false(statement_check(&st, &me, 0, &s->e));
	assert_int_equal(s->e.code, ERR_FORBIDDEN);
	st = signing_statement(s);
	st.device = OTHER_DEVICE;
	assert_false(statement_check(&st, &me, 0, &s->e));
	st = signing_statement(s);
	st.key = s->keys.key[0].kid;
	assert_false(statement_check(&st, &me, 0, &s->e));
}

static void the_signing_key_is_judged_when_the_statement_was_made(void **state)
{
	struct signing *s = *state;
	struct statement made = signing_statement(s), got;
	const char *text;

	made.time_ms = s->keys.key[0].exp_ms;
	assert_true(statement_sign(&s->a, &s->epoch, &made, &text, &s->e));
	assert_false(statement_verify(&s->a, text, strlen(text), &s->keys, &got, &s->e));
	assert_int_equal(s->e.code, ERR_CRYPTO);
	made.time_ms = s->keys.key[0].nbf_ms - 1;
	assert_true(statement_sign(&s->a, &s->epoch, &made, &text, &s->e));
	assert_false(statement_verify(&s->a, text, strlen(text), &s->keys, &got, &s->e));
	assert_int_equal(s->e.code, ERR_CRYPTO);
}

static void one_that_is_too_large_is_not_signed(void **state)
{
	struct signing *s = *state;
	struct statement made = signing_statement(s);
	char *text = arena_alloc(&s->a, JWS_MAX + 1);
	const char *out = NULL;

	memset(text, 'x', JWS_MAX);
	made.contact = text;
	assert_false(statement_sign(&s->a, &s->epoch, &made, &out, &s->e));
	assert_int_equal(s->e.code, ERR_TOO_LARGE);
	assert_null(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_statement_comes_back_as_it_was_signed),
	    cmocka_unit_test(every_mode_goes_there_and_back),
	    cmocka_unit_test(every_changed_byte_is_refused),
	    cmocka_unit_test(another_s_or_an_older_one_is_refused),
	    cmocka_unit_test(the_signing_key_is_judged_when_the_statement_was_made),
	    cmocka_unit_test(one_that_is_too_large_is_not_signed),
	};

	return cmocka_run_group_tests(tests, signing_start, signing_end);
}
