#include "crypto/crypto.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"

#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES

_Static_assert(CRYPTO_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES, "");
_Static_assert(CRYPTO_SECRET_SIZE == crypto_sign_SECRETKEYBYTES, "");
_Static_assert(CRYPTO_SEED_SIZE == crypto_sign_SEEDBYTES, "");
_Static_assert(CRYPTO_SIGNATURE_SIZE == crypto_sign_BYTES, "");
_Static_assert(CRYPTO_HASH_SIZE == crypto_hash_sha256_BYTES, "");
_Static_assert(CRYPTO_SEAL_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "");
_Static_assert(CRYPTO_SEAL_OVERHEAD == NONCE_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES, "");

bool crypto_start(struct err *e)
{
	if (sodium_init() < 0)
		return err_set(e, ERR_CRYPTO, "libsodium cannot start");
	return true;
}

bool crypto_equal(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}

bool crypto_equal_text(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	bool same = crypto_equal(a, b, a_len < b_len ? a_len : b_len);

	return same && a_len == b_len;
}

void crypto_wipe(void *p, size_t n)
{
	if (n)
		sodium_memzero(p, n);
}

void crypto_keypair_new(struct crypto_keypair *out)
{
	(void)crypto_sign_keypair(out->public, out->secret);
}

void crypto_keypair_from_seed(const unsigned char seed[CRYPTO_SEED_SIZE],
			      struct crypto_keypair *out)
{
	(void)crypto_sign_seed_keypair(out->public, out->secret, seed);
}

void crypto_make_signature(const struct crypto_keypair *key, const void *bytes, size_t n,
			   unsigned char out[CRYPTO_SIGNATURE_SIZE])
{
	(void)crypto_sign_detached(out, NULL, bytes, n, key->secret);
}

bool crypto_verify(const unsigned char public[CRYPTO_PUBLIC_SIZE], const void *bytes, size_t n,
		   const unsigned char signature[CRYPTO_SIGNATURE_SIZE])
{
	return crypto_sign_verify_detached(signature, bytes, n, public) == 0;
}

void crypto_thumbprint(const unsigned char public[CRYPTO_PUBLIC_SIZE],
		       char out[CRYPTO_THUMBPRINT_SIZE])
{
	unsigned char hash[CRYPTO_HASH_SIZE];

	crypto_sha256(public, CRYPTO_PUBLIC_SIZE, hash);
	text_base64url(hash, sizeof(hash), out);
}

void crypto_sha256(const void *bytes, size_t n, unsigned char out[CRYPTO_HASH_SIZE])
{
	(void)crypto_hash_sha256(out, bytes, n);
}

void crypto_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t n,
			unsigned char out[CRYPTO_HASH_SIZE])
{
	crypto_auth_hmacsha256_state state;

	(void)crypto_auth_hmacsha256_init(&state, key, key_len);
	(void)crypto_auth_hmacsha256_update(&state, bytes, n);
	(void)crypto_auth_hmacsha256_final(&state, out);
	crypto_wipe(&state, sizeof(state));
}

void crypto_seal(const unsigned char key[CRYPTO_SEAL_KEY_SIZE], const char *context,
		 const void *bytes, size_t n, unsigned char *out)
{
	randombytes_buf(out, NONCE_SIZE);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE_SIZE, NULL, bytes, n,
							 (const unsigned char *)context,
							 strlen(context), NULL, out, key);
}

bool crypto_unseal(const unsigned char key[CRYPTO_SEAL_KEY_SIZE], const char *context,
		   const void *sealed, size_t n, unsigned char *out, struct err *e)
{
	const unsigned char *p = sealed;

	if (n < CRYPTO_SEAL_OVERHEAD ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(
		out, NULL, NULL, p + NONCE_SIZE, n - NONCE_SIZE, (const unsigned char *)context,
		strlen(context), p, key) != 0)
		return err_set(e, ERR_CRYPTO, "a sealed secret does not open with this key");
	return true;
}
