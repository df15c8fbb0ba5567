#include "../unit.h"

#include "signing.h"

static struct keys_pin pin(const struct signing *s)
{
	struct keys_pin pin = {.org = ORG};

	memcpy(pin.root, s->root.public, CRYPTO_PUBLIC_SIZE);
	return pin;
}

static void a_key_list_comes_back_as_it_was_signed(void **state)
{
	struct signing *s = *state;
	struct keys_pin p = pin(s);
	struct keys got;
	const char *text;

	assert_true(keys_sign(&s->a, &s->root, &s->keys, &text, &s->e));
	assert_true(keys_verify(&s->a, text, strlen(text), &p, &got, &s->e));
	assert_string_equal(got.org, ORG);
	assert_int_equal(got.epoch, 3);
	assert_int_equal(got.time_ms, NOW);
	assert_int_equal(got.count, 1);
	assert_memory_equal(got.key[0].public, s->epoch.public, CRYPTO_PUBLIC_SIZE);
	assert_non_null(keys_find(&got, s->keys.key[0].kid));
	assert_null(keys_find(&got, s->device_kid));
}

static void only_the_pinned_root_can_sign_it(void **state)
{
	struct signing *s = *state;
	struct keys_pin p = pin(s);
	struct keys got;
	const char *text;

	assert_true(keys_sign(&s->a, &s->epoch, &s->keys, &text, &s->e));
	assert_false(keys_verify(&s->a, text, strlen(text), &p, &got, &s->e));
	assert_int_equal(s->e.code, ERR_CRYPTO);
	p.org = OTHER_ORG;
	assert_true(keys_sign(&s->a, &s->root, &s->keys, &text, &s->e));
	assert_false(keys_verify(&s->a, text, strlen(text), &p, &got, &s->e));
	assert_int_equal(s->e.code, ERR_FORBIDDEN);
}

static void the_epoch_never_falls(void **state)
{
	struct signing *s = *state;
	struct keys_pin p = pin(s);
	struct keys got;
	const char *text;

	assert_true(keys_sign(&s->a, &s->root, &s->keys, &text, &s->e));
	p.epoch = 3;
	assert_true(keys_verify(&s->a, text, strlen(text), &p, &got, &s->e));
	p.epoch = 4;
	assert_false(keys_verify(&s->a, text, strlen(text), &p, &got, &s->e));
	assert_int_equal(s->e.code, ERR_CONFLICT);
}

static void every_changed_byte_is_refused(void **state)
{
	struct signing *s = *state;
	struct keys_pin p = pin(s);
	struct keys got;
	const char *text;
	char *copy;
	size_t i;

	assert_true(keys_sign(&s->a, &s->root, &s->keys, &text, &s->e));
	copy = arena_dup(&s->a, text);
	for (i = 0; i < strlen(text) * 8; i++) {
		copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
		assert_false(keys_verify(&s->a, copy, strlen(text), &p, &got, &s->e));
		copy[i / 8] = text[i / 8];
	}
	for (i = 0; i < strlen(text); i++)
		assert_false(keys_verify(&s->a, text, i, &p, &got, &s->e));
}

static void malformed_lists_are_refused_even_when_the_root_signed_them(void **state)
{
	static const char *const payloads[] = {
	    "{}",
	    "{\"v\":2,\"org\":\"" ORG "\",\"epoch\":3,\"time\":1,\"keys\":[KEY]}",
	    "{\"v\":1,\"org\":\"acme\",\"epoch\":3,\"time\":1,\"keys\":[KEY]}",
	    "{\"v\":1,\"org\":\"" ORG "\",\"epoch\":0,\"time\":1,\"keys\":[KEY]}",
	    "{\"v\":1,\"org\":\"" ORG "\",\"epoch\":3,\"time\":-1,\"keys\":[KEY]}",
	    "{\"v\":1,\"org\":\"" ORG "\",\"epoch\":3,\"time\":1,\"keys\":[]}",
	    "{\"v\":1,\"org\":\"" ORG "\",\"epoch\":3,\"time\":1,\"keys\":[KEY],\"more\":1}",
	    "{\"v\":1,\"org\":\"" ORG "\",\"epoch\":3,\"time\":1,\"keys\":[KEY,KEY]}",
	    "{\"v\":1,\"org\":\"" ORG "\",\"epoch\":3,\"time\":1,\"keys\":[{\"kid\":\"x\","
	    "\"x\":\"x\",\"nbf\":1,\"exp\":2}]}",
	};
	struct signing *s = *state;
	struct keys_pin p = pin(s);
	char kid[CRYPTO_THUMBPRINT_SIZE], x[TEXT_BASE64_SIZE(CRYPTO_PUBLIC_SIZE)];
	const char *header, *key, *text;
	struct keys got;
	size_t i;

	crypto_thumbprint(s->root.public, kid);
	text_base64url(s->epoch.public, CRYPTO_PUBLIC_SIZE, x);
	header = arena_printf(&s->a, "{\"typ\":\"holdfast-keys\",\"kid\":\"%s\",\"alg\":\"EdDSA\"}",
			      kid);
	key = arena_printf(&s->a, "{\"kid\":\"%s\",\"x\":\"%s\",\"nbf\":1,\"exp\":2}",
			   s->keys.key[0].kid, x);
	text = signing_raw(
	    s, header,
	    signing_fill(s, "{\"v\":1,\"org\":\"" ORG "\",\"epoch\":3,\"time\":1,\"keys\":[KEY]}",
			 key),
	    &s->root);
	assert_true(keys_verify(&s->a, text, strlen(text), &p, &got, &s->e));
	for (i = 0; i < ARRAY_SIZE(payloads); i++) {
		text = signing_raw(s, header, signing_fill(s, payloads[i], key), &s->root);
		assert_false(keys_verify(&s->a, text, strlen(text), &p, &got, &s->e));
		assert_int_equal(s->e.code, ERR_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_key_list_comes_back_as_it_was_signed),
	    cmocka_unit_test(only_the_pinned_root_can_sign_it),
	    cmocka_unit_test(the_epoch_never_falls),
	    cmocka_unit_test(every_changed_byte_is_refused),
	    cmocka_unit_test(malformed_lists_are_refused_even_when_the_root_signed_them),
	};

	return cmocka_run_group_tests(tests, signing_start, signing_end);
}
