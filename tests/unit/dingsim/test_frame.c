#include "../unit.h"

#include "base/fd.h"
#include "base/text.h"
#include "dingsim/frame.h"
#include "json/json.h"

#define KEY "o1w0aum42yaptlz8alnhwikjd3jenzt9cb9wmzptgus"
#define ENCRYPT                                        \
	"uduzRxLI28tHo3p+URRgS8chcLoWRiTx3XLl1cxgtzsQ" \
	"Vs+Fsb0vvNQMT3FVrkLcN+cPKpXJinzM0EUXhzeDhQ=="

static const struct json *read_vectors(struct arena *a)
{
	const struct json *out;
	struct err e = {0};
	char *text;
	size_t n;

	assert_true(file_read(a, TEST_DATA "/dingtalk-crypto.json", 1 << 20, &text, &n, &e));
	assert_true(json_parse(a, text, n, &out, &e));
	return out;
}

static const char *plain_of(const struct json *vector)
{
	const char *wire = json_text(vector, "wire_plaintext");

	return wire ? wire : json_text(vector, "plaintext");
}

static void check_vector(struct arena *a, const struct json *vector)
{
	const char *encrypt = json_text(vector, "encrypt");
	struct frame_signed s = {json_text(vector, "token"), json_text(vector, "timestamp"),
				 json_text(vector, "nonce"), encrypt};
	char signature[FRAME_SIGNATURE_SIZE];
	unsigned char key[CRYPTO_AES_KEY_SIZE];
	struct err e = {0};
	struct frame frame;
	const char *again;

	assert_true(frame_key(json_text(vector, "aes_key"), key, &e));
	assert_true(frame_open(a, key, encrypt, &frame, &e));
	assert_string_equal(frame.message, plain_of(vector));
	assert_string_equal(frame.owner, json_text(vector, "owner_key"));
	frame_sign(a, &s, signature);
	assert_string_equal(signature, json_text(vector, "signature"));
	assert_true(frame_seal(a, key, &frame, &again, &e));
	assert_string_equal(again, encrypt);
}

static void vectors_hold_both_ways(void **state)
{
	static const char *const groups[] = {"vectors", "genuine_format_vectors"};
	AUTO(arena_done) struct arena a = {0};
	const struct json *all = read_vectors(&a);
	size_t i, count = 0;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		const struct json *vector = json_get(all, groups[i])->first;

		for (; vector; vector = vector->next, count++)
			check_vector(&a, vector);
	}
	assert_true(count >= 4);
}

static void every_length_of_message_pads_to_32(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	unsigned char key[CRYPTO_AES_KEY_SIZE];
	char message[200];
	struct err e = {0};
	size_t n;

	(void)state;
	assert_true(frame_key(KEY, key, &e));
	for (n = 0; n < sizeof(message) - 1; n++) {
		struct frame in = {.message = message, .owner = "dingappkey0001"}, out;
		const char *text;
		size_t length = sizeof(message) * 3;
		unsigned char bytes[sizeof(message) * 3];

		memset(message, 'm', n);
		message[n] = '\0';
		assert_true(frame_seal(&a, key, &in, &text, &e));
		assert_true(text_unbase64(text, strlen(text), bytes, &length));
		assert_int_equal(length % 32, 0);
		assert_true(frame_open(&a, key, text, &out, &e));
		assert_string_equal(out.message, message);
		assert_string_equal(out.owner, "dingappkey0001");
	}
}

/* A reply that pads to 16, as two of the official demos do. */
static void padding_to_16_is_accepted(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	unsigned char key[CRYPTO_AES_KEY_SIZE], plain[48] = {0}, sealed[48];
	char text[TEXT_BASE64_SIZE(48)];
	struct err e = {0};
	struct frame frame;

	(void)state;
	assert_true(frame_key(KEY, key, &e));
	plain[19] = 7;
	memcpy(plain + 20, "success", 7);
	memcpy(plain + 27, "dingappkey0001", 14);
	memset(plain + 41, 7, 7);
	assert_true(crypto_aes_cbc_encrypt(key, key, plain, sizeof(plain), sealed, &e));
	text_base64(sealed, sizeof(sealed), text);
	assert_true(frame_open(&a, key, text, &frame, &e));
	assert_string_equal(frame.message, "success");
	assert_string_equal(frame.owner, "dingappkey0001");
}

static void seal_bytes(const unsigned char *plain, size_t n, char *text)
{
	unsigned char key[CRYPTO_AES_KEY_SIZE], sealed[64];
	struct err e = {0};

	assert_true(frame_key(KEY, key, &e));
	assert_true(crypto_aes_cbc_encrypt(key, key, plain, n, sealed, &e));
	text_base64(sealed, n, text);
}

static void frames_that_lie_are_refused(void **state)
{
	/* pad byte, length byte by byte: 0 is no padding, 33 too much; lengths beyond the end. */
	static const unsigned char lies[][5] = {
	    {0, 0, 0, 0, 7},         {33, 0, 0, 0, 7}, {64, 0, 0, 0, 7}, {255, 0, 0, 0, 7},
	    {4, 255, 255, 255, 255}, {4, 0, 0, 1, 0},  {4, 0, 0, 0, 41}, {4, 0x80, 0, 0, 0}};
	AUTO(arena_done) struct arena a = {0};
	unsigned char key[CRYPTO_AES_KEY_SIZE];
	struct err e = {0};
	size_t i;

	(void)state;
	assert_true(frame_key(KEY, key, &e));
	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		unsigned char plain[64];
		char text[TEXT_BASE64_SIZE(64)];
		struct frame frame;

		memset(plain, lies[i][0], sizeof(plain));
		memcpy(plain + 16, lies[i] + 1, 4);
		seal_bytes(plain, sizeof(plain), text);
		assert_false(frame_open(&a, key, text, &frame, &e));
		assert_int_equal(e.code, ERR_CRYPTO);
	}
}

static void damaged_texts_are_refused(void **state)
{
	static const char *const damaged[] = {"", "AAAA", "not base64!", ENCRYPT "AAAA",
					      "uduzRxLI28tHo3p+URRgS8chcLoWRiTx3XLl1cxgtzsQ"};
	AUTO(arena_done) struct arena a = {0};
	unsigned char key[CRYPTO_AES_KEY_SIZE];
	struct frame frame;
	struct err e = {0};
	size_t i;

	(void)state;
	assert_true(frame_key(KEY, key, &e));
	assert_true(frame_open(&a, key, ENCRYPT, &frame, &e));
	for (i = 0; i < ARRAY_SIZE(damaged); i++)
		assert_false(frame_open(&a, key, damaged[i], &frame, &e));
	assert_true(frame_key("Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7", key, &e));
	assert_false(frame_open(&a, key, ENCRYPT, &frame, &e));
}

static void keys_have_43_letters_and_digits(void **state)
{
	static const char *const wrong[] = {"", "short", KEY "x",
					    "o1w0aum42yaptlz8alnhwikjd3jenzt9cb9wmzptgu+"};
	unsigned char key[CRYPTO_AES_KEY_SIZE];
	struct err e = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_false(frame_key(wrong[i], key, &e));
	/* The last character's unused bits may be anything. */
	assert_true(frame_key("1234567890123456789012345678901234567890123", key, &e));
}

static int start(void **state)
{
	struct err e = {0};

	(void)state;
	return crypto_start(&e) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vectors_hold_both_ways),
	    cmocka_unit_test(every_length_of_message_pads_to_32),
	    cmocka_unit_test(padding_to_16_is_accepted),
	    cmocka_unit_test(frames_that_lie_are_refused),
	    cmocka_unit_test(damaged_texts_are_refused),
	    cmocka_unit_test(keys_have_43_letters_and_digits),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
