#include "../unit.h"

#include "grant/offline.h"

#include "signing.h"

#define SET "01900000-0000-7000-8000-000000000007"
#define OTHER_SET "01900000-0000-7000-8000-000000000008"
#define TEXT "0123-4567-89AB-CDEF-Y7P7"

static const unsigned char code[OFFLINE_CODE_BYTES] = {0x00, 0x44, 0x32, 0x14, 0xc7,
						       0x42, 0x54, 0xb6, 0x35, 0xcf};
static const unsigned char salt[CRYPTO_SALT_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8};

static bool reads(const char *typed)
{
	unsigned char out[OFFLINE_CODE_BYTES];
	struct err e;

	if (!offline_code_read(typed, out, &e)) {
		assert_int_equal(e.code, ERR_UNPROCESSABLE);
		return false;
	}
	return memcmp(out, code, sizeof(code)) == 0;
}

static void a_code_is_read_as_people_type_it([[maybe_unused]] void **state)
{
	char text[OFFLINE_CODE_SIZE];

	offline_code_text(code, text);
	assert_string_equal(text, TEXT);
	assert_true(reads(TEXT));
	assert_true(reads("o i 2 3 4567 89ab cdef Y7P7"));
	assert_true(reads("OL23456789abCDEFY7P7"));
	assert_true(reads(" 0123--4567\t89AB cdef-Y7P7\n"));
}

static void every_mistyped_character_is_noticed([[maybe_unused]] void **state)
{
	static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char text[OFFLINE_CODE_SIZE];

	for (size_t i = 0; TEXT[i] != '\0'; i++) {
		if (TEXT[i] == '-')
			continue;
		for (size_t k = 0; symbols[k] != '\0'; k++) {
			memcpy(text, TEXT, sizeof(text));
			text[i] = symbols[k];
			assert_int_equal(reads(text), symbols[k] == TEXT[i]);
		}
	}
}

static void what_cannot_be_a_code_is_refused_in_words([[maybe_unused]] void **state)
{
	unsigned char out[OFFLINE_CODE_BYTES];
	struct err e;

	assert_false(reads(""));
	assert_false(reads("0123-4567-89AB-CDEF"));
	assert_false(offline_code_read("0123", out, &e));
	assert_string_equal(e.text, "that is shorter than a code, which has 20 characters");
	assert_false(offline_code_read(TEXT "0", out, &e));
	assert_string_equal(e.text, "that is longer than a code, which has 20 characters");
	assert_false(offline_code_read("U123-4567-89AB-CDEF-0000", out, &e));
	assert_string_equal(e.text, "a code has digits and letters only, and no U");
	assert_false(offline_code_read("1023-4567-89AB-CDEF-0000", out, &e));
	assert_string_equal(e.text, "a character of the code is mistyped; look at it again");
}

static void a_device_has_one_short_code([[maybe_unused]] void **state)
{
	char mine[OFFLINE_DEVICE_CODE_SIZE], other[OFFLINE_DEVICE_CODE_SIZE];

	offline_device_code(DEVICE, mine);
	offline_device_code(OTHER_DEVICE, other);
	assert_string_equal(mine, "1WQQ-JW99");
	assert_true(offline_device_code_is(DEVICE, mine));
	assert_true(offline_device_code_is(DEVICE, "lwqqjw99"));
	assert_false(offline_device_code_is(DEVICE, other));
	assert_false(offline_device_code_is(DEVICE, ""));
	assert_false(offline_device_code_is(DEVICE, "1WQQ-JW9"));
}

static struct offline_set set_of(struct signing *s, const unsigned char key[CRYPTO_SEAL_KEY_SIZE],
				 const char *jws)
{
	struct offline_set set = {.id = SET, .made_ms = NOW, .exp_ms = NOW + HOUR, .count = 2};
	unsigned char nobody[CRYPTO_SEAL_KEY_SIZE] = {9};

	memcpy(set.salt, salt, sizeof(salt));
	set.entries[0] =
	    (struct offline_entry){6, offline_seal(&s->a, SET, 6, nobody, "something else")};
	set.entries[1] = (struct offline_entry){7, offline_seal(&s->a, SET, 7, key, jws)};
	return set;
}

static void the_right_code_opens_its_entry_and_no_other(void **state)
{
	struct signing *s = *state;
	AUTO(buf_done) struct buf text = {0};
	unsigned char key[CRYPTO_SEAL_KEY_SIZE], wrong[CRYPTO_SEAL_KEY_SIZE];
	unsigned char other[OFFLINE_CODE_BYTES] = {1};
	struct offline_set set, read;
	const struct offline_entry *entry;
	const char *jws;

	assert_true(crypto_code_key(code, sizeof(code), salt, key, &s->e));
	assert_true(crypto_code_key(other, sizeof(other), salt, wrong, &s->e));
	set = set_of(s, key, "a.b.c");
	offline_set_write(&set, &text);
	assert_true(offline_set_read(&s->a, text.data, text.len, &read, &s->e));
	entry = offline_open(&s->a, &read, key, &jws);
	assert_non_null(entry);
	assert_int_equal(entry->index, 7);
	assert_string_equal(jws, "a.b.c");
	assert_null(offline_open(&s->a, &read, wrong, &jws));
	/* An entry moved to another set or another place does not open. */
	read.id = OTHER_SET;
	assert_null(offline_open(&s->a, &read, key, &jws));
	read.id = SET;
	read.entries[1].index = 8;
	assert_null(offline_open(&s->a, &read, key, &jws));
}

/* What a server of today sealed has to open on a device of next year. */
static void a_set_that_was_made_once_opens_for_good(void **state)
{
	static const char text[] =
	    "{\"v\":1,\"id\":\"01900000-0000-7000-8000-000000000007\",\"made_ms\":1763830479123,"
	    "\"exp_ms\":1763834079123,\"salt\":\"AQIDBAUGBwgAAAAAAAAAAA\",\"codes\":[{\"index\":7,"
	    "\"sealed\":\"BzAA02Ncb2KmslOlkJC-NqpX51IT77NTda1f0ZjvTM6VhAUr3b2PSBAGr_cw\"}]}";
	struct signing *s = *state;
	unsigned char key[CRYPTO_SEAL_KEY_SIZE];
	char hex[2 * CRYPTO_SEAL_KEY_SIZE + 1];
	struct offline_set set;
	const struct offline_entry *entry;
	const char *jws;

	assert_true(crypto_code_key(code, sizeof(code), salt, key, &s->e));
	text_hex(key, sizeof(key), hex);
	assert_string_equal(hex,
			    "901c290a73ad085823801c205bf43f01c1325a16fe8bb34f0d5d0eb4762c8eee");
	assert_true(offline_set_read(&s->a, text, strlen(text), &set, &s->e));
	assert_string_equal(set.id, SET);
	assert_int_equal(set.exp_ms, NOW + HOUR);
	entry = offline_open(&s->a, &set, key, &jws);
	assert_non_null(entry);
	assert_int_equal(entry->index, 7);
	assert_string_equal(jws, "a.b.c");
}

#define SEALED "\"sealed\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""
#define HEAD "{\"v\":1,\"id\":\"" SET "\",\"made_ms\":1,\"exp_ms\":2,"
#define SALT "\"salt\":\"AAAAAAAAAAAAAAAAAAAAAA\","

static void what_is_no_set_is_refused(void **state)
{
	static const char *const texts[] = {
	    "",
	    "[]",
	    "{}",
	    HEAD SALT "\"codes\":[]}",
	    HEAD SALT "\"codes\":[{\"index\":0," SEALED "}]}",
	    HEAD SALT "\"codes\":[{\"index\":100," SEALED "}]}",
	    HEAD SALT "\"codes\":[{\"index\":2," SEALED "},{\"index\":2," SEALED "}]}",
	    HEAD SALT "\"codes\":[{\"index\":1,\"sealed\":\"AAAA\"}]}",
	    HEAD SALT "\"codes\":[{\"index\":1," SEALED "}],\"more\":1}",
	    HEAD "\"salt\":\"AAAA\",\"codes\":[{\"index\":1," SEALED "}]}",
	    "{\"v\":2,\"id\":\"" SET "\",\"made_ms\":1,\"exp_ms\":2," SALT
	    "\"codes\":[{\"index\":1," SEALED "}]}",
	    "{\"v\":1,\"id\":\"../../x\",\"made_ms\":1,\"exp_ms\":2," SALT
	    "\"codes\":[{\"index\":1," SEALED "}]}",
	    "{\"v\":1,\"id\":\"" SET "\",\"made_ms\":2,\"exp_ms\":2," SALT
	    "\"codes\":[{\"index\":1," SEALED "}]}",
	};
	static const char good[] = HEAD SALT "\"codes\":[{\"index\":1," SEALED "}]}";
	struct signing *s = *state;
	struct offline_set set;

	assert_true(offline_set_read(&s->a, good, strlen(good), &set, &s->e));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (offline_set_read(&s->a, texts[i], strlen(texts[i]), &set, &s->e))
			fail_msg("%s", texts[i]);
		assert_int_equal(s->e.code, ERR_INVALID);
	}
}

static void wrong_codes_cost_more_and_more_time([[maybe_unused]] void **state)
{
	static const int minutes[] = {0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60};

	for (size_t i = 0; i < ARRAY_SIZE(minutes); i++)
		assert_int_equal(offline_wait_ms((int64_t)i), minutes[i] * 60000);
	assert_int_equal(offline_wait_ms(INT64_MAX), 3600000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_code_is_read_as_people_type_it),
	    cmocka_unit_test(every_mistyped_character_is_noticed),
	    cmocka_unit_test(what_cannot_be_a_code_is_refused_in_words),
	    cmocka_unit_test(a_device_has_one_short_code),
	    cmocka_unit_test(the_right_code_opens_its_entry_and_no_other),
	    cmocka_unit_test(a_set_that_was_made_once_opens_for_good),
	    cmocka_unit_test(what_is_no_set_is_refused),
	    cmocka_unit_test(wrong_codes_cost_more_and_more_time),
	};

	return cmocka_run_group_tests(tests, signing_start, signing_end);
}
