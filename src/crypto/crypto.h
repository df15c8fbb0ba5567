/* The cryptography that Holdfast uses, and only that: libsodium for its own objects, libcrypto for
 * DingTalk's scheme. crypto_start must have succeeded before anything else here is called. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define CRYPTO_PUBLIC_SIZE 32
#define CRYPTO_SECRET_SIZE 64 /* libsodium's form: seed and public key */
#define CRYPTO_SEED_SIZE 32
#define CRYPTO_SIGNATURE_SIZE 64
#define CRYPTO_HASH_SIZE 32
#define CRYPTO_SEAL_KEY_SIZE 32
#define CRYPTO_SHA1_SIZE 20
#define CRYPTO_AES_KEY_SIZE 32
#define CRYPTO_AES_IV_SIZE 16
#define CRYPTO_THUMBPRINT_SIZE 44 /* base64url of SHA-256 and the NUL */

[[nodiscard]] bool crypto_start(struct err *e);

/* Constant time in n. */
[[nodiscard]] bool crypto_equal(const void *a, const void *b, size_t n);
/* Constant time in the shorter length; texts of different length differ. */
[[nodiscard]] bool crypto_equal_text(const char *a, const char *b);
void crypto_wipe(void *p, size_t n);

/* Ed25519 (RFC 8032). A key pair for devices, epochs and the root. Wipe with crypto_wipe. */
struct crypto_keypair {
	unsigned char public[CRYPTO_PUBLIC_SIZE];
	unsigned char secret[CRYPTO_SECRET_SIZE];
};

void crypto_keypair_new(struct crypto_keypair *out);
void crypto_keypair_from_seed(const unsigned char seed[CRYPTO_SEED_SIZE],
			      struct crypto_keypair *out);
/* libsodium owns the names that begin with crypto_sign. */
void crypto_make_signature(const struct crypto_keypair *key, const void *bytes, size_t n,
			   unsigned char out[CRYPTO_SIGNATURE_SIZE]);
[[nodiscard]] bool crypto_verify(const unsigned char public[CRYPTO_PUBLIC_SIZE], const void *bytes,
				 size_t n, const unsigned char signature[CRYPTO_SIGNATURE_SIZE]);

/* base64url(SHA-256(public key)): names a key in grants, statements and logs. */
void crypto_thumbprint(const unsigned char public[CRYPTO_PUBLIC_SIZE],
		       char out[CRYPTO_THUMBPRINT_SIZE]);

void crypto_sha256(const void *bytes, size_t n, unsigned char out[CRYPTO_HASH_SIZE]);

/* RFC 2104. key may be of any length. */
void crypto_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t n,
			unsigned char out[CRYPTO_HASH_SIZE]);

/* Secrets at rest: XChaCha20-Poly1305 with a random nonce in front. context is authenticated, not
 * stored: what a secret belongs to, so that a row cannot be moved. out holds n +
 * CRYPTO_SEAL_OVERHEAD. */
#define CRYPTO_SEAL_OVERHEAD 40
void crypto_seal(const unsigned char key[CRYPTO_SEAL_KEY_SIZE], const char *context,
		 const void *bytes, size_t n, unsigned char *out);
/* out holds n - CRYPTO_SEAL_OVERHEAD. ERR_CRYPTO when key, context or bytes do not match. */
[[nodiscard]] bool crypto_unseal(const unsigned char key[CRYPTO_SEAL_KEY_SIZE], const char *context,
				 const void *sealed, size_t n, unsigned char *out, struct err *e);

/* DingTalk's callback scheme (AES-256-CBC without padding; n a multiple of 16, out holds n) and
 * SHA-1. */
[[nodiscard]] bool crypto_aes_cbc_encrypt(const unsigned char key[CRYPTO_AES_KEY_SIZE],
					  const unsigned char iv[CRYPTO_AES_IV_SIZE],
					  const void *bytes, size_t n, unsigned char *out,
					  struct err *e);
[[nodiscard]] bool crypto_aes_cbc_decrypt(const unsigned char key[CRYPTO_AES_KEY_SIZE],
					  const unsigned char iv[CRYPTO_AES_IV_SIZE],
					  const void *bytes, size_t n, unsigned char *out,
					  struct err *e);
void crypto_sha1(const void *bytes, size_t n, unsigned char out[CRYPTO_SHA1_SIZE]);

/* Passwords: argon2id, in libsodium's own text form, which holds salt and costs. Each of the two takes
 * CRYPTO_PASSWORD_MEMORY of memory and a tenth of a second or so. */
#define CRYPTO_PASSWORD_SIZE 128
#define CRYPTO_PASSWORD_MEMORY (64 << 20)
[[nodiscard]] bool crypto_password_hash(const char *password, char out[CRYPTO_PASSWORD_SIZE],
					struct err *e);
/* hash NULL: takes as long and says no, so that nobody learns whether there is one. */
[[nodiscard]] bool crypto_password_verify(const char *hash, const char *password);

/* The key that a code of at least 64 random bits stands for: argon2id with two passes over
 * CRYPTO_CODE_MEMORY, some 12 ms. ERR_UNAVAILABLE: no memory. Wipe it with crypto_wipe. */
#define CRYPTO_CODE_MEMORY (19 << 20)
#define CRYPTO_SALT_SIZE 16
[[nodiscard]] bool crypto_code_key(const void *code, size_t n,
				   const unsigned char salt[CRYPTO_SALT_SIZE],
				   unsigned char out[CRYPTO_SEAL_KEY_SIZE], struct err *e);

/* One-time codes by the clock (RFC 6238: SHA-1, 30 s, 6 digits, which all authenticator apps know). */
#define CRYPTO_TOTP_SECRET_SIZE 20
#define CRYPTO_TOTP_STEP_MS 30000
#define CRYPTO_TOTP_CODE_SIZE 7
void crypto_totp_code(const unsigned char secret[CRYPTO_TOTP_SECRET_SIZE], int64_t step,
		      char out[CRYPTO_TOTP_CODE_SIZE]);
/* Whether code is that of now_ms, or of one step before or after, and newer than *step, the newest that
 * counted; then *step is its own. */
[[nodiscard]] bool crypto_totp_verify(const unsigned char secret[CRYPTO_TOTP_SECRET_SIZE],
				      const char *code, int64_t now_ms, int64_t *step);
