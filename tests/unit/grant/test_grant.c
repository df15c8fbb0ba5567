#include "../unit.h"

#include "signing.h"

static const char *sign(struct signing *s, const struct grant *g)
{
	const char *text = NULL;

	assert_true(grant_sign(&s->a, &s->epoch, g, &text, &s->e));
	return text;
}

static bool verify(struct signing *s, const char *text, struct grant *out)
{
	return grant_verify(&s->a, text, strlen(text), &s->keys, out, &s->e);
}

static void a_grant_comes_back_as_it_was_signed(void **state)
{
	struct signing *s = *state;
	struct grant made = signing_grant(s), got;

	made.action = GRANT_UNENROL;
	made.exp_ms = 0;
	assert_true(verify(s, sign(s, &made), &got));
	assert_string_equal(got.id, GRANT);
	assert_string_equal(got.org, ORG);
	assert_string_equal(got.device, DEVICE);
	assert_string_equal(got.key, s->device_kid);
	assert_int_equal(got.action, GRANT_UNENROL);
	assert_string_equal(got.package, "holdfast-client");
	assert_string_equal(got.instance, INSTANCE);
	assert_string_equal(got.number, "HF-000123");
	assert_int_equal(got.iat_ms, NOW);
	assert_int_equal(got.nbf_ms, NOW);
	assert_int_equal(got.exp_ms, 0);
}

static void every_changed_byte_is_refused(void **state)
{
	struct signing *s = *state;
	struct grant made = signing_grant(s), got;
	const char *text = sign(s, &made);
	char *copy = arena_dup(&s->a, text);
	size_t i, n = strlen(text);

	for (i = 0; i < n * 8; i++) {
		copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
		assert_false(grant_verify(&s->a, copy, n, &s->keys, &got, &s->e));
		copy[i / 8] = text[i / 8];
	}
	for (i = 0; i < n; i++)
		assert_false(grant_verify(&s->a, text, i, &s->keys, &got, &s->e));
	assert_false(verify(s, arena_printf(&s->a, "%s\n", text), &got));
	assert_false(verify(s, arena_printf(&s->a, "%s.", text), &got));
	assert_false(verify(s, arena_printf(&s->a, "%sA", text), &got));
	assert_true(verify(s, copy, &got));
}

/* The payload is a grant's in each; only the header is not what it must be. */
static void only_the_exact_header_is_taken(void **state)
{
	static const char *const headers[] = {
	    "{\"alg\":\"none\",\"typ\":\"holdfast-grant\",\"kid\":\"KEY\"}",
	    "{\"alg\":\"HS256\",\"typ\":\"holdfast-grant\",\"kid\":\"KEY\"}",
	    "{\"alg\":\"eddsa\",\"typ\":\"holdfast-grant\",\"kid\":\"KEY\"}",
	    "{\"alg\":\"EdDSA\",\"typ\":\"holdfast-statement\",\"kid\":\"KEY\"}",
	    "{\"alg\":\"EdDSA\",\"typ\":\"holdfast-keys\",\"kid\":\"KEY\"}",
	    "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"KEY\"}",
	    "{\"alg\":\"EdDSA\",\"kid\":\"KEY\"}",
	    "{\"typ\":\"holdfast-grant\",\"kid\":\"KEY\"}",
	    "{\"alg\":\"EdDSA\",\"typ\":\"holdfast-grant\"}",
	    "{\"alg\":\"EdDSA\",\"typ\":\"holdfast-grant\",\"kid\":\"KEY\",\"b64\":false}",
	    "{\"alg\":\"EdDSA\",\"alg\":\"EdDSA\",\"typ\":\"holdfast-grant\",\"kid\":\"KEY\"}",
	    "{\"alg\":\"EdDSA\",\"typ\":\"holdfast-grant\",\"kid\":\"KEYA\"}",
	    "{\"alg\":\"EdDSA\",\"typ\":\"holdfast-grant\",\"kid\":\"\"}",
	    "[]",
	    "",
	};
	struct signing *s = *state;
	struct grant made = signing_grant(s), got;
	const char *text = sign(s, &made), *kid = s->keys.key[0].kid;
	struct jws jws;
	size_t i;

	assert_true(jws_read(&s->a, text, strlen(text), JWS_GRANT, &jws, &s->e));
	text = signing_raw(s,
			   arena_printf(&s->a,
					" {\"kid\":\"%s\", \"typ\":\"holdfast-grant\","
					"\"alg\":\"EdDSA\"} ",
					kid),
			   jws.payload, &s->epoch);
	assert_true(verify(s, text, &got));
	for (i = 0; i < ARRAY_SIZE(headers); i++) {
		text = signing_raw(s, signing_fill(s, headers[i], kid), jws.payload, &s->epoch);
		if (verify(s, text, &got))
			fail_msg("accepted: %s", headers[i]);
	}
}

static void only_a_key_of_the_list_counts(void **state)
{
	struct signing *s = *state;
	struct crypto_keypair stranger = signing_key(9);
	struct grant made = signing_grant(s), got;
	const char *text, *header;

	assert_true(grant_sign(&s->a, &stranger, &made, &text, &s->e));
	assert_false(verify(s, text, &got));
	assert_int_equal(s->e.code, ERR_CRYPTO);
	assert_true(grant_sign(&s->a, &s->root, &made, &text, &s->e));
	assert_false(verify(s, text, &got));
	/* The epoch key's name over a stranger's signature. */
	header =
	    arena_printf(&s->a, "{\"alg\":\"EdDSA\",\"typ\":\"holdfast-grant\",\"kid\":\"%s\"}",
			 s->keys.key[0].kid);
	assert_false(verify(s, signing_raw(s, header, "{}", &stranger), &got));
	assert_int_equal(s->e.code, ERR_CRYPTO);
	assert_false(verify(s, signing_raw(s, header, "{}", &s->epoch), &got));
	assert_int_equal(s->e.code, ERR_INVALID);
}

static void one_kind_never_passes_for_another(void **state)
{
	struct signing *s = *state;
	struct statement statement = signing_statement(s), other;
	struct grant made = signing_grant(s), got;
	const char *text;

	assert_true(statement_sign(&s->a, &s->epoch, &statement, &text, &s->e));
	assert_false(verify(s, text, &got));
	assert_int_equal(s->e.code, ERR_INVALID);
	text = sign(s, &made);
	assert_false(statement_verify(&s->a, text, strlen(text), &s->keys, &other, &s->e));
	assert_int_equal(s->e.code, ERR_INVALID);
}

static void a_grant_outlives_the_key_that_signed_it(void **state)
{
	struct signing *s = *state;
	struct grant made = signing_grant(s), got;

	made.iat_ms = s->keys.key[0].exp_ms - 1;
	made.nbf_ms = made.iat_ms;
	made.exp_ms = 0;
	assert_true(verify(s, sign(s, &made), &got));
	made.iat_ms = s->keys.key[0].exp_ms;
	assert_false(verify(s, sign(s, &made), &got));
	assert_int_equal(s->e.code, ERR_CRYPTO);
	made.iat_ms = s->keys.key[0].nbf_ms - 1;
	assert_false(verify(s, sign(s, &made), &got));
}

static void malformed_grants_are_refused_even_when_signed(void **state)
{
	struct signing *s = *state;
	struct grant made, got;

	made = signing_grant(s);
	made.id = "../../../etc/passwd";
	assert_false(verify(s, sign(s, &made), &got));
	made = signing_grant(s);
	made.org = "acme";
	assert_false(verify(s, sign(s, &made), &got));
	made = signing_grant(s);
	made.key = "short";
	assert_false(verify(s, sign(s, &made), &got));
	made = signing_grant(s);
	made.package = "";
	assert_false(verify(s, sign(s, &made), &got));
	made = signing_grant(s);
	made.number = NULL;
	assert_false(verify(s, sign(s, &made), &got));
	made = signing_grant(s);
	made.exp_ms = made.nbf_ms;
	assert_false(verify(s, sign(s, &made), &got));
	made = signing_grant(s);
	made.exp_ms = -1;
	assert_false(verify(s, sign(s, &made), &got));
}

static void the_rule_says_what_fails(void **state)
{
	struct signing *s = *state;
	const struct grant_use good = {.device = {ORG, DEVICE, s->device_kid},
				       .package = "holdfast-client",
				       .action = GRANT_UNINSTALL,
				       .now_ms = NOW};
	struct grant g = signing_grant(s);
	struct grant_use use = good;

	assert_int_equal(grant_check(&g, &use), GRANT_GOOD);
	use.device.org = OTHER_ORG;
	assert_int_equal(grant_check(&g, &use), GRANT_OTHER_ORG);
	use = good;
	use.device.device = OTHER_DEVICE;
	assert_int_equal(grant_check(&g, &use), GRANT_OTHER_DEVICE);
	use = good;
	use.device.key = s->keys.key[0].kid;
	assert_int_equal(grant_check(&g, &use), GRANT_OTHER_KEY);
	use = good;
	use.package = "vpn-client";
	assert_int_equal(grant_check(&g, &use), GRANT_OTHER_PACKAGE);
	use = good;
	use.action = GRANT_UNENROL;
	assert_int_equal(grant_check(&g, &use), GRANT_OTHER_ACTION);
	use = good;
	use.now_ms = g.nbf_ms - 1;
	assert_int_equal(grant_check(&g, &use), GRANT_TOO_EARLY);
	use.now_ms = g.exp_ms - 1;
	assert_int_equal(grant_check(&g, &use), GRANT_GOOD);
	use.now_ms = g.exp_ms;
	assert_int_equal(grant_check(&g, &use), GRANT_EXPIRED);
	g.exp_ms = 0;
	use.now_ms = INT64_MAX;
	assert_int_equal(grant_check(&g, &use), GRANT_GOOD);
	assert_string_equal(grant_result_text(GRANT_EXPIRED), "expired");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_grant_comes_back_as_it_was_signed),
	    cmocka_unit_test(every_changed_byte_is_refused),
	    cmocka_unit_test(only_the_exact_header_is_taken),
	    cmocka_unit_test(only_a_key_of_the_list_counts),
	    cmocka_unit_test(one_kind_never_passes_for_another),
	    cmocka_unit_test(a_grant_outlives_the_key_that_signed_it),
	    cmocka_unit_test(malformed_grants_are_refused_even_when_signed),
	    cmocka_unit_test(the_rule_says_what_fails),
	};

	return cmocka_run_group_tests(tests, signing_start, signing_end);
}
