#include "dingsim/format.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/id.h"
#include "base/text.h"
#include "crypto/crypto.h"

#define BEIJING_S (8 * 3600)

static struct tm beijing(int64_t utc_ms)
{
	time_t seconds = (time_t)(utc_ms / 1000 + BEIJING_S);
	struct tm parts = {0};

	(void)gmtime_r(&seconds, &parts);
	return parts;
}

void format_minute(int64_t utc_ms, char out[static FORMAT_MINUTE_SIZE])
{
	struct tm t = beijing(utc_ms);

	(void)strftime(out, FORMAT_MINUTE_SIZE, "%Y-%m-%dT%H:%MZ", &t);
}

void format_second(int64_t utc_ms, char out[static FORMAT_SECOND_SIZE])
{
	struct tm t = beijing(utc_ms);

	(void)strftime(out, FORMAT_SECOND_SIZE, "%Y-%m-%d %H:%M:%S", &t);
}

void format_instance_id(int64_t utc_ms, char out[static FORMAT_INSTANCE_SIZE])
{
	unsigned char bytes[18];
	char text[TEXT_BASE64_SIZE(16)];

	random_bytes(bytes, sizeof(bytes));
	text_base64url(bytes, 16, text);
	(void)snprintf(out, FORMAT_INSTANCE_SIZE, "%s%04d%lld", text,
		       (bytes[16] << 8 | bytes[17]) % 10000, (long long)(utc_ms / 1000));
}

void format_business_id(int64_t utc_ms, int64_t serial, char out[static FORMAT_BUSINESS_SIZE])
{
	struct tm t = beijing(utc_ms);
	size_t n = strftime(out, FORMAT_BUSINESS_SIZE, "%Y%m%d%H%M", &t);

	(void)snprintf(out + n, FORMAT_BUSINESS_SIZE - n, "%09lld", (long long)serial);
}

void format_activity_id(const char *instance, int64_t step, char out[static FORMAT_ACTIVITY_SIZE])
{
	unsigned char hash[CRYPTO_HASH_SIZE];
	char text[FORMAT_INSTANCE_SIZE + 24];

	(void)snprintf(text, sizeof(text), "%s %lld", instance, (long long)step);
	crypto_sha256(text, strlen(text), hash);
	(void)snprintf(out, FORMAT_ACTIVITY_SIZE, "%02x%02x_%02x%02x", hash[0], hash[1], hash[2],
		       hash[3]);
}

void format_request_id(char out[static FORMAT_REQUEST_SIZE])
{
	size_t i;

	id_new(out);
	for (i = 0; out[i]; i++)
		if (out[i] >= 'a' && out[i] <= 'f')
			out[i] = (char)(out[i] - 'a' + 'A');
}

static void letters(const char *alphabet, size_t count, char *out, size_t size)
{
	size_t i;

	random_bytes(out, size - 1);
	for (i = 0; i < size - 1; i++)
		out[i] = alphabet[(unsigned char)out[i] % count];
	out[size - 1] = '\0';
}

void format_request_id_old(char out[static FORMAT_REQUEST_SIZE])
{
	letters("0123456789abcdefghijklmnopqrstuvwxyz", 36, out, 14);
}

void format_nonce(char *out, size_t size)
{
	letters("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 62, out, size);
}

void format_hex(char *out, size_t size)
{
	unsigned char bytes[32];
	size_t n = (size - 1) / 2;

	random_bytes(bytes, n);
	text_hex(bytes, n, out);
}
