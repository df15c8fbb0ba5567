#include "../unit.h"

#include "signing.h"

#define LEDGER "01900000-0000-7000-8000-000000000007"

static void an_anchor_goes_there_and_back(void **state)
{
	struct signing *s = *state;
	struct anchor made = {.org = ORG, .device = DEVICE, .ledger = LEDGER}, got;
	const char *text;

	memcpy(made.root, s->root.public, sizeof(made.root));
	text = anchor_text(&s->a, &made);
	assert_true(anchor_read(&s->a, text, strlen(text), &got, &s->e));
	assert_string_equal(got.org, ORG);
	assert_string_equal(got.device, DEVICE);
	assert_string_equal(got.ledger, LEDGER);
	assert_memory_equal(got.root, s->root.public, sizeof(got.root));
}

static void a_malformed_anchor_is_refused(void **state)
{
	static const char *const texts[] = {
	    "",
	    "{}",
	    "{\"v\":2,\"org\":\"" ORG "\",\"device\":\"" DEVICE "\",\"ledger\":\"" LEDGER
	    "\",\"root\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	    "{\"v\":1,\"org\":\"x\",\"device\":\"" DEVICE "\",\"ledger\":\"" LEDGER
	    "\",\"root\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	    "{\"v\":1,\"org\":\"" ORG "\",\"device\":\"" DEVICE "\",\"ledger\":\"" LEDGER
	    "\",\"root\":\"AAAA\"}",
	    "{\"v\":1,\"org\":\"" ORG "\",\"device\":\"" DEVICE "\",\"ledger\":\"" LEDGER "\"}",
	};
	struct signing *s = *state;
	struct anchor got;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		assert_false(anchor_read(&s->a, texts[i], strlen(texts[i]), &got, &s->e));
}

static void a_device_key_goes_there_and_back(void **state)
{
	struct signing *s = *state;
	char text[DEVICE_KEY_TEXT_SIZE];
	struct crypto_keypair got;

	device_key_text(&s->device, text);
	assert_int_equal(strlen(text), DEVICE_KEY_TEXT_SIZE - 1);
	assert_true(device_key_read(text, strlen(text), &got, &s->e));
	assert_memory_equal(got.public, s->device.public, sizeof(got.public));
	assert_memory_equal(got.secret, s->device.secret, sizeof(got.secret));
	assert_false(device_key_read(text, strlen(text) - 1, &got, &s->e));
	assert_false(device_key_read(text, 0, &got, &s->e));
	text[3] = 'x';
	assert_false(device_key_read(text, strlen(text), &got, &s->e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_anchor_goes_there_and_back),
	    cmocka_unit_test(a_malformed_anchor_is_refused),
	    cmocka_unit_test(a_device_key_goes_there_and_back),
	};

	return cmocka_run_group_tests(tests, signing_start, signing_end);
}
