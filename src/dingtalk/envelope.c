#include "dingtalk/envelope.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "dingtalk/credentials.h"

#define LENGTH_SIZE 4 /* big-endian */
#define PREFIX_SIZE (DINGTALK_RANDOM_SIZE + LENGTH_SIZE)
#define BLOCK 32 /* of the padding; some senders pad to 16 */
#define CIPHER_BLOCK 16

_Static_assert(DINGTALK_SIGNATURE_SIZE == 2 * CRYPTO_SHA1_SIZE + 1, "hex");

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void dingtalk_envelope_sign(const char *token, const char *const message[static 3],
			    char out[static DINGTALK_SIGNATURE_SIZE])
{
	const char *parts[] = {token, message[0], message[1], message[2]};
	AUTO(buf_wipe) struct buf joined = {0};
	unsigned char hash[CRYPTO_SHA1_SIZE];
	size_t i;

	qsort(parts, ARRAY_SIZE(parts), sizeof(*parts), compare_texts);
	for (i = 0; i < ARRAY_SIZE(parts); i++)
		buf_text(&joined, parts[i]);
	crypto_sha1(joined.data, joined.len, hash);
	text_hex(hash, sizeof(hash), out);
}

static bool key_bytes(const char *aes_key, unsigned char out[static CRYPTO_AES_KEY_SIZE])
{
	size_t n = CRYPTO_AES_KEY_SIZE;

	return strlen(aes_key) == DINGTALK_AES_KEY_LENGTH &&
	       text_unbase64_lenient(aes_key, DINGTALK_AES_KEY_LENGTH, out, &n) &&
	       n == CRYPTO_AES_KEY_SIZE;
}

/* PKCS#7 with blocks of up to 32. */
static bool unpad(const unsigned char *bytes, size_t *n)
{
	size_t pad = bytes[*n - 1];
	size_t i;

	if (pad < 1 || pad > BLOCK || pad > *n)
		return false;
	for (i = *n - pad; i < *n; i++)
		if (bytes[i] != pad)
			return false;
	*n -= pad;
	return true;
}

static bool split(const unsigned char *plain, size_t n, struct arena *a,
		  struct dingtalk_envelope *out)
{
	const unsigned char *length = plain + DINGTALK_RANDOM_SIZE;
	size_t text_len, owner_len;

	if (n < PREFIX_SIZE)
		return false;
	text_len = (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 |
		   (size_t)length[3];
	if (text_len > n - PREFIX_SIZE)
		return false;
	owner_len = n - PREFIX_SIZE - text_len;
	out->text = arena_dup_n(a, plain + PREFIX_SIZE, text_len);
	out->text_len = text_len;
	out->owner = arena_dup_n(a, plain + PREFIX_SIZE + text_len, owner_len);
	/* A NUL inside would make it look shorter than it is. */
	return strlen(out->owner) == owner_len;
}

bool dingtalk_envelope_open(const char *aes_key, const char *encrypt, struct arena *a,
			    struct dingtalk_envelope *out)
{
	size_t len = strlen(encrypt);
	size_t n = len / 4 * 3 + 3;
	unsigned char *cipher = arena_alloc(a, n);
	unsigned char key[CRYPTO_AES_KEY_SIZE];
	unsigned char *plain;
	struct err e;
	bool ok;

	if (!text_unbase64_lenient(encrypt, len, cipher, &n) || n < 2 * CIPHER_BLOCK ||
	    n % CIPHER_BLOCK != 0 || !key_bytes(aes_key, key))
		return false;
	plain = arena_alloc(a, n);
	ok = crypto_aes_cbc_decrypt(key, key, cipher, n, plain, &e) && unpad(plain, &n) &&
	     split(plain, n, a, out);
	crypto_wipe(key, sizeof(key));
	return ok;
}

/* The padded plaintext and its length. */
static size_t write_plain(const struct dingtalk_envelope *envelope,
			  const unsigned char random[static DINGTALK_RANDOM_SIZE], struct arena *a,
			  unsigned char **out)
{
	size_t owner_len = strlen(envelope->owner);
	size_t text_len = envelope->text_len;
	size_t n = PREFIX_SIZE + text_len + owner_len;
	size_t pad = BLOCK - n % BLOCK;
	unsigned char *plain = arena_alloc(a, n + pad);
	int i;

	memcpy(plain, random, DINGTALK_RANDOM_SIZE);
	for (i = 0; i < LENGTH_SIZE; i++)
		plain[DINGTALK_RANDOM_SIZE + i] =
		    (unsigned char)(text_len >> 8 * (LENGTH_SIZE - 1 - i));
	memcpy(plain + PREFIX_SIZE, envelope->text, text_len);
	memcpy(plain + PREFIX_SIZE + text_len, envelope->owner, owner_len);
	memset(plain + n, (int)pad, pad);
	*out = plain;
	return n + pad;
}

char *dingtalk_envelope_seal(const char *aes_key, const struct dingtalk_envelope *envelope,
			     const unsigned char random[static DINGTALK_RANDOM_SIZE],
			     struct arena *a)
{
	unsigned char key[CRYPTO_AES_KEY_SIZE];
	unsigned char *plain, *cipher;
	struct err e;
	char *text;
	size_t n;
	bool ok;

	if (!key_bytes(aes_key, key))
		return NULL;
	n = write_plain(envelope, random, a, &plain);
	cipher = arena_alloc(a, n);
	ok = crypto_aes_cbc_encrypt(key, key, plain, n, cipher, &e);
	crypto_wipe(key, sizeof(key));
	if (!ok)
		return NULL;
	text = arena_alloc(a, TEXT_BASE64_SIZE(n));
	text_base64(cipher, n, text);
	return text;
}
