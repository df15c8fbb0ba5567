#include "dingsim/frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define BLOCK 32
#define HEAD (FRAME_RANDOM_SIZE + 4)

bool frame_key(const char *text, unsigned char out[static CRYPTO_AES_KEY_SIZE], struct err *e)
{
	unsigned char bytes[CRYPTO_AES_KEY_SIZE + 1];
	size_t n = sizeof(bytes);
	size_t i;

	for (i = 0; text[i]; i++) {
		char c = text[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
			return err_set(e, ERR_INVALID, "aes_key has letters and digits only");
	}
	if (i != FRAME_AES_KEY_LENGTH)
		return err_set(e, ERR_INVALID, "aes_key has %d characters", FRAME_AES_KEY_LENGTH);
	if (!text_unbase64_lenient(text, i, bytes, &n) || n != CRYPTO_AES_KEY_SIZE)
		return err_set(e, ERR_INVALID, "aes_key is not 32 bytes in base64");
	memcpy(out, bytes, CRYPTO_AES_KEY_SIZE);
	return true;
}

bool frame_seal(struct arena *a, const unsigned char key[CRYPTO_AES_KEY_SIZE],
		const struct frame *frame, const char **out, struct err *e)
{
	size_t length = strlen(frame->message);
	size_t owner = strlen(frame->owner);
	size_t pad = BLOCK - (HEAD + length + owner) % BLOCK;
	size_t n = HEAD + length + owner + pad;
	unsigned char *plain = arena_alloc(a, n);
	unsigned char *sealed = arena_alloc(a, n);
	char *text = arena_alloc(a, TEXT_BASE64_SIZE(n));

	memcpy(plain, frame->random, FRAME_RANDOM_SIZE);
	plain[16] = (unsigned char)(length >> 24);
	plain[17] = (unsigned char)(length >> 16);
	plain[18] = (unsigned char)(length >> 8);
	plain[19] = (unsigned char)length;
	memcpy(plain + HEAD, frame->message, length);
	memcpy(plain + HEAD + length, frame->owner, owner);
	memset(plain + HEAD + length + owner, (int)pad, pad);
	if (!crypto_aes_cbc_encrypt(key, key, plain, n, sealed, e))
		return false;
	text_base64(sealed, n, text);
	*out = text;
	return true;
}

static bool unpack(struct arena *a, const unsigned char *plain, size_t n, struct frame *out)
{
	size_t pad = plain[n - 1];
	size_t length, i;

	if (pad < 1 || pad > BLOCK || pad > n - HEAD)
		return false;
	for (i = n - pad; i < n; i++)
		if (plain[i] != pad)
			return false;
	length =
	    (size_t)plain[16] << 24 | (size_t)plain[17] << 16 | (size_t)plain[18] << 8 | plain[19];
	if (length > n - pad - HEAD)
		return false;
	memcpy(out->random, plain, FRAME_RANDOM_SIZE);
	out->message = arena_dup_n(a, plain + HEAD, length);
	out->owner = arena_dup_n(a, plain + HEAD + length, n - pad - HEAD - length);
	return strlen(out->message) == length;
}

bool frame_open(struct arena *a, const unsigned char key[CRYPTO_AES_KEY_SIZE], const char *encrypt,
		struct frame *out, struct err *e)
{
	size_t len = strlen(encrypt);
	size_t n = len;
	unsigned char *sealed, *plain;

	if (len > FRAME_MAX)
		return err_set(e, ERR_TOO_LARGE, "encrypt is too long");
	sealed = arena_alloc(a, len + 1);
	plain = arena_alloc(a, len + 1);
	if (!text_unbase64_lenient(encrypt, len, sealed, &n))
		return err_set(e, ERR_CRYPTO, "encrypt is not base64");
	if (n < BLOCK || n % 16)
		return err_set(e, ERR_CRYPTO, "encrypt has a wrong length");
	if (!crypto_aes_cbc_decrypt(key, key, sealed, n, plain, e))
		return false;
	if (!unpack(a, plain, n, out))
		return err_set(e, ERR_CRYPTO, "encrypt does not decrypt with this aes_key");
	return true;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void frame_sign(struct arena *a, const struct frame_signed *s,
		char out[static FRAME_SIGNATURE_SIZE])
{
	const char *parts[] = {s->token, s->timestamp, s->nonce, s->encrypt};
	unsigned char hash[CRYPTO_SHA1_SIZE];
	const char *text;

	qsort(parts, ARRAY_SIZE(parts), sizeof(parts[0]), by_bytes);
	text = arena_printf(a, "%s%s%s%s", parts[0], parts[1], parts[2], parts[3]);
	crypto_sha1(text, strlen(text), hash);
	text_hex(hash, sizeof(hash), out);
}
