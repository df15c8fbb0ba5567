#include "../unit.h"

#include <stdio.h>

#include "base/fd.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "dingtalk/callback.h"
#include "dingtalk/envelope.h"
#include "json/json.h"

#define VECTORS TEST_DATA "/dingtalk-crypto.json"
#define AES_KEY "Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7"
#define EVENT                                                                     \
	"{\"EventType\":\"bpms_instance_change\",\"processInstanceId\":\"PI-1\"," \
	"\"type\":\"finish\",\"result\":\"agree\",\"title\":\"\xE5\xBC\xA0\xE4\xB8\x89 100%\"}"

static const struct dingtalk_keys keys = {
    .token = "mryue",
    .aes_key = AES_KEY,
    .client_id = "dingappkey0001",
    .corp_id = "dingcorp0001",
};

static const unsigned char random16[DINGTALK_RANDOM_SIZE] = "0123456789abcde";

/* A push as DingTalk would send it, and what became of it. */
struct delivery {
	struct arena arena;
	char signature[DINGTALK_SIGNATURE_SIZE];
	struct dingtalk_push push;
	struct dingtalk_callback got;
	struct err e;
};

static void delivery_done(struct delivery *d)
{
	arena_done(&d->arena);
}

static const char *body_of(struct arena *a, const char *encrypt)
{
	return arena_printf(a, "{\"encrypt\":\"%s\"}", encrypt);
}

static void set_body(struct delivery *d, const char *body)
{
	d->push.body = body;
	d->push.body_len = strlen(body);
}

static void address(struct delivery *d, const char *token, const char *encrypt)
{
	d->push.timestamp = "1783610513000";
	d->push.nonce = "IwNJQp61";
	dingtalk_envelope_sign(token, (const char *[]){d->push.timestamp, d->push.nonce, encrypt},
			       d->signature);
	d->push.msg_signature = d->push.signature = d->signature;
	set_body(d, body_of(&d->arena, encrypt));
}

static void pack(struct delivery *d, const char *text, const char *owner)
{
	const struct dingtalk_envelope envelope = {text, strlen(text), owner};

	address(d, keys.token, dingtalk_envelope_seal(AES_KEY, &envelope, random16, &d->arena));
}

/* Any bytes at all, properly encrypted and signed: what only the holder of both secrets can do. */
static void pack_raw(struct delivery *d, const unsigned char *plain, size_t n)
{
	unsigned char key[CRYPTO_AES_KEY_SIZE], cipher[1024];
	size_t key_len = sizeof(key);
	char *encrypt = arena_alloc(&d->arena, TEXT_BASE64_SIZE(n));
	struct err e;

	assert_true(n <= sizeof(cipher));
	assert_true(text_unbase64_lenient(AES_KEY, strlen(AES_KEY), key, &key_len));
	assert_true(crypto_aes_cbc_encrypt(key, key, plain, n, cipher, &e));
	text_base64(cipher, n, encrypt);
	address(d, keys.token, encrypt);
}

static bool deliver(struct delivery *d)
{
	return dingtalk_callback_open(&keys, &d->push, &d->arena, &d->got, &d->e);
}

/* Whatever is wrong, the sender sees one and the same refusal. */
static void assert_refused(struct delivery *d, enum dingtalk_fault fault)
{
	assert_false(deliver(d));
	assert_int_equal(d->e.code, ERR_CRYPTO);
	assert_string_equal(d->e.text, "this is not a callback for this app");
	assert_int_equal(d->got.fault, fault);
}

static const char *member(const struct json *vector, const char *key)
{
	const char *text = json_text(vector, key);

	if (!text)
		fail_msg("the vector lacks %s", key);
	return text;
}

static void check_vector(const struct json *vector, const char *plaintext)
{
	AUTO(arena_done) struct arena a = {0};
	const char *encrypt = member(vector, "encrypt");
	unsigned char random[DINGTALK_RANDOM_SIZE];
	char signature[DINGTALK_SIGNATURE_SIZE];
	struct dingtalk_envelope envelope;

	dingtalk_envelope_sign(
	    member(vector, "token"),
	    (const char *[]){member(vector, "timestamp"), member(vector, "nonce"), encrypt},
	    signature);
	assert_string_equal(signature, member(vector, "signature"));

	assert_true(dingtalk_envelope_open(member(vector, "aes_key"), encrypt, &a, &envelope));
	assert_string_equal(envelope.text, plaintext);
	assert_int_equal(envelope.text_len, strlen(plaintext));
	assert_string_equal(envelope.owner, member(vector, "owner_key"));

	assert_int_equal(strlen(member(vector, "random16")), sizeof(random));
	memcpy(random, member(vector, "random16"), sizeof(random));
	assert_string_equal(
	    dingtalk_envelope_seal(member(vector, "aes_key"), &envelope, random, &a), encrypt);
}

static void the_published_vectors_open_and_seal_to_the_byte(void **)
{
	static const struct {
		const char *list, *plaintext;
	} lists[] = {{"vectors", "wire_plaintext"}, {"genuine_format_vectors", "plaintext"}};
	AUTO(arena_done) struct arena a = {0};
	const struct json *root, *vector;
	size_t i, n, count = 0;
	struct err e;
	char *text;

	if (!file_read(&a, VECTORS, 65536, &text, &n, &e) || !json_parse(&a, text, n, &root, &e))
		fail_msg("%s", e.text);
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		vector = json_get(root, lists[i].list);
		for (vector = vector ? vector->first : NULL; vector; vector = vector->next) {
			check_vector(vector, member(vector, lists[i].plaintext));
			count++;
		}
	}
	assert_int_equal(count, 4);
}

static void the_check_of_the_request_url_is_recognised(void **)
{
	AUTO(delivery_done) struct delivery d = {0};

	d.push = (struct dingtalk_push){
	    .msg_signature = "f646be56c475308a20b0547d95e3ce657cf76eb9",
	    .timestamp = "1608001896814",
	    .nonce = "WL4PK6yA",
	};
	set_body(&d, "{\"encrypt\":\"0vJiX6vliEpwG3U45CtXqi+m8PXbQRARJ8p8BbDuD1EMTDf0jKpQ79QS93qEk7"
		     "XHo2RKiv8qMVeu7z388UVyJw==\"}");
	assert_true(deliver(&d));
	assert_int_equal(d.got.event.kind, DINGTALK_EVENT_CHECK_URL);
	assert_string_equal(d.got.owner, "dingappkey0001");
}

static void an_event_for_app_or_organisation_is_opened(void **)
{
	static const char *const owners[] = {"dingappkey0001", "dingcorp0001"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(owners); i++) {
		AUTO(delivery_done) struct delivery d = {0};

		pack(&d, EVENT, owners[i]);
		assert_true(deliver(&d));
		assert_int_equal(d.got.fault, DINGTALK_FAULT_NONE);
		assert_string_equal(d.got.owner, owners[i]);
		assert_string_equal(d.got.text, EVENT);
		assert_int_equal(d.got.text_len, strlen(EVENT));
		assert_string_equal(d.got.event.instance_id, "PI-1");
		assert_string_equal(d.got.event.title, "\xE5\xBC\xA0\xE4\xB8\x89 100%");
	}
}

static void either_signature_parameter_will_do(void **)
{
	AUTO(delivery_done) struct delivery d = {0};

	pack(&d, EVENT, "dingcorp0001");
	d.push.msg_signature = NULL;
	assert_true(deliver(&d));
	d.push.msg_signature = d.signature;
	d.push.signature = NULL;
	assert_true(deliver(&d));
	d.push.signature = "0000000000000000000000000000000000000000";
	assert_true(deliver(&d));
}

static void the_text_is_signed_as_it_is_after_unescaping(void **)
{
	AUTO(delivery_done) struct delivery d = {0};
	const struct dingtalk_envelope envelope = {EVENT, strlen(EVENT), "dingcorp0001"};
	const char *encrypt = dingtalk_envelope_seal(AES_KEY, &envelope, random16, &d.arena);
	AUTO(buf_done) struct buf body = {0};
	size_t i;

	address(&d, keys.token, encrypt);
	buf_text(&body, "{\"encrypt\":\"");
	for (i = 0; encrypt[i]; i++)
		if (encrypt[i] == '/')
			buf_text(&body, "\\/");
		else if (encrypt[i] == '=')
			buf_text(&body, "\\u003d");
		else
			buf_char(&body, encrypt[i]);
	buf_text(&body, "\"}");
	set_body(&d, body.data);
	assert_true(deliver(&d));
}

static void line_breaks_in_the_base64_are_signed_and_not_decoded(void **)
{
	AUTO(delivery_done) struct delivery d = {0};
	const struct dingtalk_envelope envelope = {EVENT, strlen(EVENT), "dingcorp0001"};
	const char *encrypt = dingtalk_envelope_seal(AES_KEY, &envelope, random16, &d.arena);
	const char *broken = arena_printf(&d.arena, "%.76s\n%s\n", encrypt, encrypt + 76);

	address(&d, keys.token, broken);
	set_body(&d,
		 body_of(&d.arena, arena_printf(&d.arena, "%.76s\\n%s\\n", encrypt, encrypt + 76)));
	assert_true(deliver(&d));
}

static void every_padding_from_1_to_32_is_accepted(void **)
{
	size_t extra;

	for (extra = 0; extra < 32; extra++) {
		AUTO(delivery_done) struct delivery d = {0};

		pack(&d,
		     arena_printf(&d.arena, "{\"EventType\":\"check_url\",\"x\":\"%.*s\"}",
				  (int)extra, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
		     "dingcorp0001");
		assert_true(deliver(&d));
	}
}

/* A plaintext made by hand, to be spoilt: 16 random bytes, length 25, text, owner, padding 5. */
#define RAW_SIZE 64
#define RAW_LENGTH 16
#define RAW_OWNER 45
#define RAW_PADDING 59
static void raw_event(unsigned char plain[static RAW_SIZE])
{
	memset(plain, 'r', 16);
	memcpy(plain + RAW_LENGTH, "\0\0\0\x19", 4);
	memcpy(plain + 20, "{\"EventType\":\"check_url\"}", 25);
	memcpy(plain + RAW_OWNER, "dingappkey0001", 14);
	memset(plain + RAW_PADDING, 5, 5);
}

static void a_plaintext_made_by_hand_is_opened(void **)
{
	AUTO(delivery_done) struct delivery d = {0};
	unsigned char plain[RAW_SIZE];

	raw_event(plain);
	pack_raw(&d, plain, RAW_SIZE);
	assert_true(deliver(&d));
}

static void spoilt_paddings_are_refused(void **)
{
	static const struct {
		size_t at;
		unsigned char value;
	} cases[] = {{63, 0}, {63, 33}, {63, 255}, {63, 4}, {62, 4}, {59, 4}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(delivery_done) struct delivery d = {0};
		unsigned char plain[RAW_SIZE];

		raw_event(plain);
		plain[cases[i].at] = cases[i].value;
		pack_raw(&d, plain, RAW_SIZE);
		assert_refused(&d, DINGTALK_FAULT_CIPHER);
	}
}

static void lengths_that_lie_are_refused(void **)
{
	static const struct {
		unsigned char length[4];
		enum dingtalk_fault fault;
	} cases[] = {
	    {{0xFF, 0xFF, 0xFF, 0xFF}, DINGTALK_FAULT_CIPHER},
	    {{0x80, 0, 0, 25}, DINGTALK_FAULT_CIPHER},
	    {{0, 0, 1, 25}, DINGTALK_FAULT_CIPHER},
	    {{0, 0, 0, 40}, DINGTALK_FAULT_CIPHER}, /* one past all there is */
	    {{0, 0, 0, 39}, DINGTALK_FAULT_OWNER},  /* no owner left */
	    {{0, 0, 0, 26}, DINGTALK_FAULT_OWNER},  /* "ingappkey0001" */
	    {{0, 0, 0, 24}, DINGTALK_FAULT_OWNER},  /* "}dingappkey0001" */
	    {{0, 0, 0, 0}, DINGTALK_FAULT_OWNER},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(delivery_done) struct delivery d = {0};
		unsigned char plain[RAW_SIZE];

		raw_event(plain);
		memcpy(plain + RAW_LENGTH, cases[i].length, 4);
		pack_raw(&d, plain, RAW_SIZE);
		assert_refused(&d, cases[i].fault);
	}
}

static void envelopes_too_short_for_their_parts_are_refused(void **)
{
	AUTO(delivery_done) struct delivery one_block = {0};
	AUTO(delivery_done) struct delivery no_length = {0};
	unsigned char plain[32];

	memset(plain, 16, sizeof(plain));
	pack_raw(&one_block, plain, 16);
	assert_refused(&one_block, DINGTALK_FAULT_CIPHER);

	pack_raw(&no_length, plain, 32);
	assert_refused(&no_length, DINGTALK_FAULT_CIPHER);
}

static void other_owners_are_refused(void **)
{
	static const char *const owners[] = {"", "dingappkey0002", "dingappkey000",
					     "dingappkey00011", "DINGAPPKEY0001"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(owners); i++) {
		AUTO(delivery_done) struct delivery d = {0};

		pack(&d, EVENT, owners[i]);
		assert_refused(&d, DINGTALK_FAULT_OWNER);
	}
}

static void an_owner_with_a_hidden_tail_is_refused(void **)
{
	AUTO(delivery_done) struct delivery d = {0};
	unsigned char plain[RAW_SIZE];

	raw_event(plain);
	memcpy(plain + RAW_PADDING, "\0x\3\3\3", 5);
	pack_raw(&d, plain, RAW_SIZE);
	assert_refused(&d, DINGTALK_FAULT_CIPHER);
}

static void bad_signatures_are_refused(void **)
{
	static const char *const signatures[] = {
	    "", "x", "0000000000000000000000000000000000000000",
	    "00000000000000000000000000000000000000000000000000000000000000000000000000000000"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signatures); i++) {
		AUTO(delivery_done) struct delivery d = {0};

		pack(&d, EVENT, "dingcorp0001");
		d.push.msg_signature = d.push.signature = signatures[i];
		assert_refused(&d, DINGTALK_FAULT_SIGNATURE);
	}
}

static void what_another_token_signed_is_refused(void **)
{
	AUTO(delivery_done) struct delivery d = {0};
	const struct dingtalk_envelope envelope = {EVENT, strlen(EVENT), "dingcorp0001"};

	address(&d, "mryuf", dingtalk_envelope_seal(AES_KEY, &envelope, random16, &d.arena));
	assert_refused(&d, DINGTALK_FAULT_SIGNATURE);
}

static void what_another_aes_key_encrypted_is_refused(void **)
{
	AUTO(delivery_done) struct delivery d = {0};
	const struct dingtalk_envelope envelope = {EVENT, strlen(EVENT), "dingcorp0001"};

	address(&d, keys.token,
		dingtalk_envelope_seal("1234567890123456789012345678901234567890123", &envelope,
				       random16, &d.arena));
	assert_refused(&d, DINGTALK_FAULT_CIPHER);
}

static void a_signature_is_bound_to_time_and_nonce(void **)
{
	AUTO(delivery_done) struct delivery d = {0};

	pack(&d, EVENT, "dingcorp0001");
	d.push.timestamp = "1783610513001";
	assert_refused(&d, DINGTALK_FAULT_SIGNATURE);
	d.push.timestamp = "1783610513000";
	d.push.nonce = "IwNJQp62";
	assert_refused(&d, DINGTALK_FAULT_SIGNATURE);
}

static void missing_and_endless_parameters_are_refused(void **)
{
	static const char endless[] =
	    "000000000000000000000000000000000000000000000000000000000000000000000000"
	    "000000000000000000000000000000000000000000000000000000000000000000000000";
	AUTO(delivery_done) struct delivery d = {0};
	struct dingtalk_push good;

	pack(&d, EVENT, "dingcorp0001");
	good = d.push;
	d.push.msg_signature = d.push.signature = NULL;
	assert_refused(&d, DINGTALK_FAULT_FORM);
	d.push = good;
	d.push.timestamp = NULL;
	assert_refused(&d, DINGTALK_FAULT_FORM);
	d.push.timestamp = "";
	assert_refused(&d, DINGTALK_FAULT_FORM);
	d.push.timestamp = endless;
	assert_refused(&d, DINGTALK_FAULT_FORM);
	d.push = good;
	d.push.nonce = NULL;
	assert_refused(&d, DINGTALK_FAULT_FORM);
	d.push = good;
	d.push.body = NULL;
	assert_refused(&d, DINGTALK_FAULT_FORM);
}

static void bodies_of_other_forms_are_refused(void **)
{
	static const char *const bodies[] = {"",
					     "{}",
					     "[]",
					     "null",
					     "\"encrypt\"",
					     "{\"encrypt\":\"\"}",
					     "{\"encrypt\":7}",
					     "{\"encrypt\":[\"x\"]}",
					     "{\"Encrypt\":\"x\"}",
					     "{\"encrypt\":\"x\"",
					     "{\"encrypt\":\"a\",\"encrypt\":\"b\"}"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bodies); i++) {
		AUTO(delivery_done) struct delivery d = {0};

		pack(&d, EVENT, "dingcorp0001");
		set_body(&d, bodies[i]);
		assert_refused(&d, DINGTALK_FAULT_FORM);
	}
}

static void signed_rubbish_is_refused(void **)
{
	static const char *const texts[] = {"x", "====", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
					    "not base64 at all!"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		AUTO(delivery_done) struct delivery d = {0};

		address(&d, keys.token, texts[i]);
		assert_refused(&d, DINGTALK_FAULT_CIPHER);
	}
}

static void a_text_that_is_no_event_is_refused(void **)
{
	AUTO(delivery_done) struct delivery d = {0};

	pack(&d, "success", "dingcorp0001");
	assert_refused(&d, DINGTALK_FAULT_EVENT);
}

static void a_body_over_the_limit_is_refused_and_one_at_it_taken(void **)
{
	AUTO(delivery_done) struct delivery d = {0};
	size_t len;
	char *body;

	pack(&d, EVENT, "dingcorp0001");
	len = strlen(d.push.body);
	body = arena_alloc(&d.arena, DINGTALK_CALLBACK_MAX_BODY + 2);
	memset(body, ' ', DINGTALK_CALLBACK_MAX_BODY + 1);
	memcpy(body, d.push.body, len);
	d.push.body = body;
	d.push.body_len = DINGTALK_CALLBACK_MAX_BODY;
	assert_true(deliver(&d));
	d.push.body_len = DINGTALK_CALLBACK_MAX_BODY + 1;
	assert_refused(&d, DINGTALK_FAULT_FORM);
}

static void a_push_cut_anywhere_is_refused(void **)
{
	AUTO(delivery_done) struct delivery whole = {0};
	size_t n;

	pack(&whole, EVENT, "dingcorp0001");
	for (n = 0; n < whole.push.body_len; n++) {
		AUTO(delivery_done) struct delivery d = {0};
		AUTO(mem_freep) char *cut = mem_dup_n(whole.push.body, n);

		d.push = whole.push;
		d.push.body = cut;
		d.push.body_len = n;
		assert_false(deliver(&d));
		assert_int_equal(d.e.code, ERR_CRYPTO);
	}
}

/* Whoever has the token, and not the aes_key, can sign what he likes. */
static void a_cipher_cut_anywhere_and_signed_again_is_refused(void **)
{
	AUTO(arena_done) struct arena a = {0};
	const struct dingtalk_envelope envelope = {EVENT, strlen(EVENT), "dingcorp0001"};
	const char *encrypt = dingtalk_envelope_seal(AES_KEY, &envelope, random16, &a);
	size_t n;

	/* The last two characters are padding, which is not demanded. */
	assert_string_equal(encrypt + strlen(encrypt) - 1, "=");
	for (n = 1; n < strcspn(encrypt, "="); n++) {
		AUTO(delivery_done) struct delivery d = {0};

		address(&d, keys.token, arena_dup_n(&d.arena, encrypt, n));
		assert_false(deliver(&d));
	}
}

static void a_body_with_any_byte_changed_is_refused(void **)
{
	AUTO(delivery_done) struct delivery whole = {0};
	size_t i;

	pack(&whole, EVENT, "dingcorp0001");
	for (i = 0; i < whole.push.body_len; i++) {
		AUTO(delivery_done) struct delivery d = {0};
		AUTO(mem_freep) char *copy = mem_dup_n(whole.push.body, whole.push.body_len);

		copy[i] ^= 1;
		d.push = whole.push;
		d.push.body = copy;
		assert_false(deliver(&d));
		assert_int_equal(d.e.code, ERR_CRYPTO);
	}
}

static void a_frame_with_any_byte_changed_is_refused(void **)
{
	size_t i;

	for (i = RAW_LENGTH; i < RAW_SIZE; i++) {
		AUTO(delivery_done) struct delivery d = {0};
		unsigned char plain[RAW_SIZE];

		/* The text itself may be anything that is an event. */
		if (i == RAW_LENGTH + 4)
			i = RAW_OWNER;
		raw_event(plain);
		plain[i] ^= 0x41;
		pack_raw(&d, plain, RAW_SIZE);
		assert_false(deliver(&d));
		assert_int_equal(d.e.code, ERR_CRYPTO);
	}
}

static void the_reply_is_success_for_the_owner_who_asked(void **)
{
	static const char *const members[] = {"msg_signature", "timeStamp", "nonce", "encrypt"};
	AUTO(arena_done) struct arena a = {0};
	struct dingtalk_envelope envelope;
	char signature[DINGTALK_SIGNATURE_SIZE];
	const struct json *root;
	const char *body;
	struct err e;
	size_t i;

	assert_true(dingtalk_callback_reply(&keys, "dingcorp0001", &a, &body, &e));
	assert_true(json_parse(&a, body, strlen(body), &root, &e));
	assert_int_equal(root->count, ARRAY_SIZE(members));
	for (i = 0; i < ARRAY_SIZE(members); i++)
		assert_non_null(json_text(root, members[i]));

	dingtalk_envelope_sign(keys.token,
			       (const char *[]){json_text(root, "timeStamp"),
						json_text(root, "nonce"),
						json_text(root, "encrypt")},
			       signature);
	assert_string_equal(json_text(root, "msg_signature"), signature);
	assert_true(dingtalk_envelope_open(AES_KEY, json_text(root, "encrypt"), &a, &envelope));
	assert_string_equal(envelope.text, "success");
	assert_string_equal(envelope.owner, "dingcorp0001");
}

static void two_replies_differ(void **)
{
	AUTO(arena_done) struct arena a = {0};
	const char *one, *two;
	struct err e;

	assert_true(dingtalk_callback_reply(&keys, "dingcorp0001", &a, &one, &e));
	assert_true(dingtalk_callback_reply(&keys, "dingcorp0001", &a, &two, &e));
	assert_string_not_equal(one, two);
}

static int start(void **)
{
	struct err e;

	return crypto_start(&e) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_published_vectors_open_and_seal_to_the_byte),
	    cmocka_unit_test(the_check_of_the_request_url_is_recognised),
	    cmocka_unit_test(an_event_for_app_or_organisation_is_opened),
	    cmocka_unit_test(either_signature_parameter_will_do),
	    cmocka_unit_test(the_text_is_signed_as_it_is_after_unescaping),
	    cmocka_unit_test(line_breaks_in_the_base64_are_signed_and_not_decoded),
	    cmocka_unit_test(every_padding_from_1_to_32_is_accepted),
	    cmocka_unit_test(a_plaintext_made_by_hand_is_opened),
	    cmocka_unit_test(spoilt_paddings_are_refused),
	    cmocka_unit_test(lengths_that_lie_are_refused),
	    cmocka_unit_test(envelopes_too_short_for_their_parts_are_refused),
	    cmocka_unit_test(other_owners_are_refused),
	    cmocka_unit_test(an_owner_with_a_hidden_tail_is_refused),
	    cmocka_unit_test(bad_signatures_are_refused),
	    cmocka_unit_test(what_another_token_signed_is_refused),
	    cmocka_unit_test(what_another_aes_key_encrypted_is_refused),
	    cmocka_unit_test(a_signature_is_bound_to_time_and_nonce),
	    cmocka_unit_test(missing_and_endless_parameters_are_refused),
	    cmocka_unit_test(bodies_of_other_forms_are_refused),
	    cmocka_unit_test(signed_rubbish_is_refused),
	    cmocka_unit_test(a_text_that_is_no_event_is_refused),
	    cmocka_unit_test(a_body_over_the_limit_is_refused_and_one_at_it_taken),
	    cmocka_unit_test(a_push_cut_anywhere_is_refused),
	    cmocka_unit_test(a_cipher_cut_anywhere_and_signed_again_is_refused),
	    cmocka_unit_test(a_body_with_any_byte_changed_is_refused),
	    cmocka_unit_test(a_frame_with_any_byte_changed_is_refused),
	    cmocka_unit_test(the_reply_is_success_for_the_owner_who_asked),
	    cmocka_unit_test(two_replies_differ),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
