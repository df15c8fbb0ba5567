#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "crypto/crypto.h"

#define PASSES 3
#define CODE_PASSES 2
#define STEPS_AROUND 1

_Static_assert(CRYPTO_PASSWORD_SIZE >= crypto_pwhash_argon2id_STRBYTES, "");
_Static_assert(CRYPTO_SALT_SIZE == crypto_pwhash_argon2id_SALTBYTES, "");

bool crypto_password_hash(const char *password, char out[CRYPTO_PASSWORD_SIZE], struct err *e)
{
	if (crypto_pwhash_argon2id_str(out, password, strlen(password), PASSES,
				       CRYPTO_PASSWORD_MEMORY) == 0)
		return true;
	return err_set(e, ERR_UNAVAILABLE, "There is no memory for hashing a password just now.");
}

bool crypto_password_verify(const char *hash, const char *password)
{
	/* Of the same costs, and of no password. */
	static const char nobody[] = "$argon2id$v=19$m=65536,t=3,p=1$SG9sZGZhc3Qgbm9ib2R5IQ$"
				     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	bool same = crypto_pwhash_argon2id_str_verify(hash != NULL ? hash : nobody, password,
						      strlen(password)) == 0;

	return same && hash != NULL;
}

bool crypto_code_key(const void *code, size_t n, const unsigned char salt[CRYPTO_SALT_SIZE],
		     unsigned char out[CRYPTO_SEAL_KEY_SIZE], struct err *e)
{
	if (crypto_pwhash_argon2id(out, CRYPTO_SEAL_KEY_SIZE, code, n, salt, CODE_PASSES,
				   CRYPTO_CODE_MEMORY, crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0)
		return true;
	return err_set(e, ERR_UNAVAILABLE, "There is no memory for trying a code just now.");
}

/* HOTP (RFC 4226 §5.3) of the step's number. */
void crypto_totp_code(const unsigned char secret[CRYPTO_TOTP_SECRET_SIZE], int64_t step,
		      char out[CRYPTO_TOTP_CODE_SIZE])
{
	unsigned char counter[8], mac[CRYPTO_SHA1_SIZE] = {0};
	uint32_t number;
	size_t at;

	for (size_t i = 0; i < sizeof(counter); i++)
		counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
	(void)HMAC(EVP_sha1(), secret, CRYPTO_TOTP_SECRET_SIZE, counter, sizeof(counter), mac,
		   NULL);
	at = mac[sizeof(mac) - 1] & 15;
	number = (uint32_t)(mac[at] & 127) << 24 | (uint32_t)mac[at + 1] << 16 |
		 (uint32_t)mac[at + 2] << 8 | mac[at + 3];
	(void)snprintf(out, CRYPTO_TOTP_CODE_SIZE, "%06u", number % 1000000);
}

bool crypto_totp_verify(const unsigned char secret[CRYPTO_TOTP_SECRET_SIZE], const char *code,
			int64_t now_ms, int64_t *step)
{
	int64_t now = now_ms / CRYPTO_TOTP_STEP_MS, found = 0;
	char right[CRYPTO_TOTP_CODE_SIZE];

	for (int64_t i = now - STEPS_AROUND; i <= now + STEPS_AROUND; i++) {
		crypto_totp_code(secret, i, right);
		if (crypto_equal_text(code, right) && i > *step)
			found = i;
	}
	crypto_wipe(right, sizeof(right));
	if (found == 0)
		return false;
	*step = found;
	return true;
}
