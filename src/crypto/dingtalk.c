/*
 * What only DingTalk's callback scheme needs, from libcrypto. A file of its own, so that a program
 * that does not use it (the guard) is linked without libcrypto.
 */
#include "crypto/crypto.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

/* Fetching an algorithm costs more than using it, so it is done once; never changed after. */
static struct {
	CRYPTO_ONCE once;
	EVP_CIPHER *aes_256_cbc;
	EVP_MD *sha1;
} fetched = {.once = CRYPTO_ONCE_STATIC_INIT};

static void fetch(void)
{
	fetched.aes_256_cbc = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	fetched.sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
}

static void context_free(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context);
}

struct aes_cbc {
	const unsigned char *key;
	const unsigned char *iv;
	int encrypt;
};

static bool aes_cbc(const struct aes_cbc *how, const void *bytes, size_t n, unsigned char *out,
		    struct err *e)
{
	int done = 0, rest = 0;

	if (n % 16 || n > INT_MAX - 16)
		return err_set(e, ERR_CRYPTO, "AES-CBC: %zu bytes are not a number of blocks", n);
	(void)CRYPTO_THREAD_run_once(&fetched.once, fetch);
	AUTO(context_free) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	if (!context || !fetched.aes_256_cbc ||
	    !EVP_CipherInit_ex2(context, fetched.aes_256_cbc, how->key, how->iv, how->encrypt,
				NULL) ||
	    !EVP_CIPHER_CTX_set_padding(context, 0) ||
	    !EVP_CipherUpdate(context, out, &done, bytes, (int)n) ||
	    !EVP_CipherFinal_ex(context, out + done, &rest) || (size_t)done + (size_t)rest != n)
		return err_set(e, ERR_CRYPTO, "AES-CBC: libcrypto refuses");
	return true;
}

bool crypto_aes_cbc_encrypt(const unsigned char key[CRYPTO_AES_KEY_SIZE],
			    const unsigned char iv[CRYPTO_AES_IV_SIZE], const void *bytes, size_t n,
			    unsigned char *out, struct err *e)
{
	return aes_cbc(&(struct aes_cbc){key, iv, 1}, bytes, n, out, e);
}

bool crypto_aes_cbc_decrypt(const unsigned char key[CRYPTO_AES_KEY_SIZE],
			    const unsigned char iv[CRYPTO_AES_IV_SIZE], const void *bytes, size_t n,
			    unsigned char *out, struct err *e)
{
	return aes_cbc(&(struct aes_cbc){key, iv, 0}, bytes, n, out, e);
}

void crypto_sha1(const void *bytes, size_t n, unsigned char out[CRYPTO_SHA1_SIZE])
{
	(void)CRYPTO_THREAD_run_once(&fetched.once, fetch);
	/* A libcrypto without SHA-1 cannot talk to DingTalk at all; nothing sensible goes on. */
	if (!fetched.sha1 || !EVP_Digest(bytes, n, out, NULL, fetched.sha1, NULL))
		abort();
}
