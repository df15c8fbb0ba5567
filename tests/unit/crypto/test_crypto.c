#include "../unit.h"

#include "base/text.h"
#include "crypto/crypto.h"

/* RFC 8032 §7.1, tests 1 to 3 and SHA(abc). */
static const struct {
	const char *seed, *public, *message, *signature;
} ed25519[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fee"
     "b"
     "bd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e"
     "0"
     "303dca179c138ac17ad9bef1177331a704"},
};

static size_t unhex(const char *hex, unsigned char *out)
{
	size_t n = strlen(hex) / 2;

	assert_true(text_unhex(hex, out, n));
	return n;
}

static void signatures_are_those_of_rfc_8032(void **state)
{
	unsigned char seed[32], public[32], message[64], signature[64], ours[64];
	struct crypto_keypair key;
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ed25519); i++) {
		(void)unhex(ed25519[i].seed, seed);
		(void)unhex(ed25519[i].public, public);
		(void)unhex(ed25519[i].signature, signature);
		n = unhex(ed25519[i].message, message);
		crypto_keypair_from_seed(seed, &key);
		assert_memory_equal(key.public, public, sizeof(public));
		crypto_make_signature(&key, message, n, ours);
		assert_memory_equal(ours, signature, sizeof(ours));
		assert_true(crypto_verify(public, message, n, signature));
	}
}

static void a_changed_message_signature_or_key_does_not_verify(void **state)
{
	unsigned char message[] = "let this removal through";
	unsigned char signature[CRYPTO_SIGNATURE_SIZE];
	struct crypto_keypair key, other;
	size_t i;

	(void)state;
	crypto_keypair_new(&key);
	crypto_keypair_new(&other);
	crypto_make_signature(&key, message, sizeof(message), signature);
	assert_true(crypto_verify(key.public, message, sizeof(message), signature));
	assert_false(crypto_verify(other.public, message, sizeof(message), signature));
	assert_false(crypto_verify(key.public, message, sizeof(message) - 1, signature));
	for (i = 0; i < sizeof(signature) * 8; i++) {
		signature[i / 8] ^= (unsigned char)(1U << i % 8);
		assert_false(crypto_verify(key.public, message, sizeof(message), signature));
		signature[i / 8] ^= (unsigned char)(1U << i % 8);
	}
	for (i = 0; i < sizeof(message) * 8; i++) {
		message[i / 8] ^= (unsigned char)(1U << i % 8);
		assert_false(crypto_verify(key.public, message, sizeof(message), signature));
		message[i / 8] ^= (unsigned char)(1U << i % 8);
	}
}

static void hashes_are_those_of_the_standards(void **state)
{
	unsigned char hash[CRYPTO_HASH_SIZE], want[CRYPTO_HASH_SIZE];
	char thumbprint[CRYPTO_THUMBPRINT_SIZE];

	(void)state;
	crypto_sha256("abc", 3, hash);
	(void)unhex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", want);
	assert_memory_equal(hash, want, 32);
	crypto_sha1("abc", 3, hash);
	(void)unhex("a9993e364706816aba3e25717850c26c9cd0d89d", want);
	assert_memory_equal(hash, want, CRYPTO_SHA1_SIZE);
	crypto_sha1("", 0, hash);
	(void)unhex("da39a3ee5e6b4b0d3255bfef95601890afd80709", want);
	assert_memory_equal(hash, want, CRYPTO_SHA1_SIZE);
	/* RFC 4231, test case 2 */
	crypto_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, hash);
	(void)unhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", want);
	assert_memory_equal(hash, want, 32);
	crypto_thumbprint((const unsigned char *)"abcdefghijklmnopqrstuvwxyzABCDEF", thumbprint);
	assert_int_equal(strlen(thumbprint), CRYPTO_THUMBPRINT_SIZE - 1);
}

static void a_sealed_secret_opens_only_with_its_key_and_context(void **state)
{
	static const char secret[] = "client secret 密";
	unsigned char key[CRYPTO_SEAL_KEY_SIZE] = {7}, other[CRYPTO_SEAL_KEY_SIZE] = {8};
	unsigned char sealed[sizeof(secret) + CRYPTO_SEAL_OVERHEAD], again[sizeof(sealed)];
	unsigned char out[sizeof(secret)];
	struct err e = {0};
	size_t i;

	(void)state;
	crypto_seal(key, "app 1 secret", secret, sizeof(secret), sealed);
	crypto_seal(key, "app 1 secret", secret, sizeof(secret), again);
	assert_memory_not_equal(sealed, again, sizeof(sealed));
	assert_true(crypto_unseal(key, "app 1 secret", sealed, sizeof(sealed), out, &e));
	assert_memory_equal(out, secret, sizeof(secret));
	assert_false(crypto_unseal(other, "app 1 secret", sealed, sizeof(sealed), out, &e));
	assert_int_equal(e.code, ERR_CRYPTO);
	assert_false(crypto_unseal(key, "app 2 secret", sealed, sizeof(sealed), out, &e));
	for (i = 0; i < sizeof(sealed); i++)
		assert_false(crypto_unseal(key, "app 1 secret", sealed, i, out, &e));
	for (i = 0; i < sizeof(sealed) * 8; i++) {
		sealed[i / 8] ^= (unsigned char)(1U << i % 8);
		assert_false(crypto_unseal(key, "app 1 secret", sealed, sizeof(sealed), out, &e));
		sealed[i / 8] ^= (unsigned char)(1U << i % 8);
	}
}

static void nothing_at_all_can_be_sealed(void **state)
{
	unsigned char key[CRYPTO_SEAL_KEY_SIZE] = {0}, sealed[CRYPTO_SEAL_OVERHEAD], out[1] = {9};
	struct err e = {0};

	(void)state;
	crypto_seal(key, "", "", 0, sealed);
	assert_true(crypto_unseal(key, "", sealed, sizeof(sealed), out, &e));
	assert_int_equal(out[0], 9);
}

/* NIST SP 800-38A, F.2.5 and F.2.6 (CBC-AES256). */
static void aes_cbc_is_that_of_sp_800_38a(void **state)
{
	unsigned char key[32], iv[16], plain[64], cipher[64], out[64];
	struct err e = {0};

	(void)state;
	(void)unhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", key);
	(void)unhex("000102030405060708090a0b0c0d0e0f", iv);
	(void)unhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
		    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
		    plain);
	(void)unhex("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
		    "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b",
		    cipher);
	assert_true(crypto_aes_cbc_encrypt(key, iv, plain, sizeof(plain), out, &e));
	assert_memory_equal(out, cipher, sizeof(out));
	assert_true(crypto_aes_cbc_decrypt(key, iv, cipher, sizeof(cipher), out, &e));
	assert_memory_equal(out, plain, sizeof(out));
	assert_true(crypto_aes_cbc_decrypt(key, iv, cipher, 0, out, &e));
	assert_false(crypto_aes_cbc_decrypt(key, iv, cipher, 63, out, &e));
	assert_false(crypto_aes_cbc_encrypt(key, iv, plain, 17, out, &e));
	assert_int_equal(e.code, ERR_CRYPTO);
}

static void secrets_are_compared_whole(void **state)
{
	char secret[] = "abc";

	(void)state;
	assert_true(crypto_equal_text("abc", secret));
	assert_false(crypto_equal_text("abc", "abd"));
	assert_false(crypto_equal_text("abc", "abcd"));
	assert_false(crypto_equal_text("abcd", "abc"));
	assert_false(crypto_equal_text("", "a"));
	assert_true(crypto_equal_text("", ""));
	assert_true(crypto_equal("x\0y", "x\0y", 3));
	assert_false(crypto_equal("x\0y", "x\0z", 3));
	crypto_wipe(secret, sizeof(secret));
	assert_memory_equal(secret, "\0\0\0", 4);
}

static int start(void **state)
{
	struct err e = {0};

	(void)state;
	return crypto_start(&e) && crypto_start(&e) ? 0 : -1;
}

/* RFC 6238, appendix B, SHA-1; ours are the last six of its eight digits. */
static void codes_are_those_of_rfc_6238(void **state)
{
	static const unsigned char secret[] = "12345678901234567890";
	static const struct {
		int64_t seconds;
		const char *code;
	} vectors[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
		       {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
	char code[CRYPTO_TOTP_CODE_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		crypto_totp_code(secret, vectors[i].seconds / 30, code);
		assert_string_equal(code, vectors[i].code);
	}
}

static void a_code_counts_once_and_one_step_around(void **state)
{
	static const unsigned char secret[] = "12345678901234567890";
	const int64_t now_ms = INT64_C(1111111111000), own = now_ms / 30000;
	char code[CRYPTO_TOTP_CODE_SIZE];
	int64_t step;

	(void)state;
	for (int64_t drift = -2; drift <= 2; drift++) {
		step = 0;
		crypto_totp_code(secret, own + drift, code);
		assert_int_equal(crypto_totp_verify(secret, code, now_ms, &step),
				 drift >= -1 && drift <= 1);
		assert_int_equal(step, drift >= -1 && drift <= 1 ? own + drift : 0);
	}
	step = 0;
	crypto_totp_code(secret, own, code);
	assert_true(crypto_totp_verify(secret, code, now_ms, &step));
	assert_false(crypto_totp_verify(secret, code, now_ms, &step));
	crypto_totp_code(secret, own - 1, code);
	assert_false(crypto_totp_verify(secret, code, now_ms, &step));
	crypto_totp_code(secret, own + 1, code);
	assert_true(crypto_totp_verify(secret, code, now_ms, &step));
	assert_false(crypto_totp_verify(secret, "", now_ms, &step));
	assert_false(crypto_totp_verify(secret, "12345678", now_ms, &step));
}

static void a_password_is_known_by_its_hash(void **state)
{
	/* Of the reference implementation's own tests. */
	static const char reference[] = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$"
					"CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
	char hash[CRYPTO_PASSWORD_SIZE], second[CRYPTO_PASSWORD_SIZE];
	struct err e;

	(void)state;
	assert_true(crypto_password_verify(reference, "password"));
	assert_false(crypto_password_verify(reference, "passwort"));
	assert_true(crypto_password_hash("correct horse", hash, &e));
	assert_int_equal(strncmp(hash, "$argon2id$v=19$m=65536,t=3,p=1$", 31), 0);
	assert_true(crypto_password_verify(hash, "correct horse"));
	assert_false(crypto_password_verify(hash, "correct horsf"));
	assert_false(crypto_password_verify(hash, ""));
	assert_false(crypto_password_verify(NULL, "correct horse"));
	assert_false(crypto_password_verify("no hash", "correct horse"));
	assert_true(crypto_password_hash("correct horse", second, &e));
	assert_string_not_equal(hash, second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signatures_are_those_of_rfc_8032),
	    cmocka_unit_test(a_changed_message_signature_or_key_does_not_verify),
	    cmocka_unit_test(hashes_are_those_of_the_standards),
	    cmocka_unit_test(a_sealed_secret_opens_only_with_its_key_and_context),
	    cmocka_unit_test(nothing_at_all_can_be_sealed),
	    cmocka_unit_test(aes_cbc_is_that_of_sp_800_38a),
	    cmocka_unit_test(secrets_are_compared_whole),
	    cmocka_unit_test(codes_are_those_of_rfc_6238),
	    cmocka_unit_test(a_code_counts_once_and_one_step_around),
	    cmocka_unit_test(a_password_is_known_by_its_hash),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
