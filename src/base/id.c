#include "base/id.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/text.h"

/* The 48-bit millisecond and a 12-bit count within it, so that ids of one process never fall. This
 * is a generator's state, not the program's: the only mutable file-scope variable besides log.c's.
 */
static _Atomic uint64_t last_stamp;

static uint64_t next_stamp(void)
{
	uint64_t now = (uint64_t)clock_utc_ms() << 12;
	uint64_t last = atomic_load(&last_stamp);
	uint64_t next;

	do
		next = now > last ? now : last + 1;
	while (!atomic_compare_exchange_weak(&last_stamp, &last, next));
	return next;
}

void id_new(char out[static ID_SIZE])
{
	uint64_t stamp = next_stamp();
	uint64_t ms = stamp >> 12;
	unsigned char b[16];
	char hex[33];
	int i;

	random_bytes(b + 8, 8);
	for (i = 0; i < 6; i++)
		b[i] = (unsigned char)(ms >> (8 * (5 - i)));
	b[6] = (unsigned char)(0x70 | (stamp >> 8 & 0x0f));
	b[7] = (unsigned char)stamp;
	b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
	text_hex(b, sizeof(b), hex);
	memcpy(out, hex, 8);
	memcpy(out + 9, hex + 8, 4);
	memcpy(out + 14, hex + 12, 4);
	memcpy(out + 19, hex + 16, 4);
	memcpy(out + 24, hex + 20, 12);
	out[8] = out[13] = out[18] = out[23] = '-';
	out[36] = '\0';
}

bool id_valid(const char *text)
{
	int i;

	for (i = 0; i < ID_SIZE - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');

		if (dash ? text[i] != '-' : !hex)
			return false;
	}
	return !text[ID_SIZE - 1] && text[14] == '7';
}

void random_bytes(void *out, size_t n)
{
	unsigned char *p = out;

	while (n) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0)
			abort();
		p += got;
		n -= (size_t)got;
	}
}

void random_token(const char *prefix, size_t n, char *out)
{
	unsigned char secret[64];
	size_t len = strlen(prefix);

	if (n > sizeof(secret))
		abort();
	random_bytes(secret, n);
	memcpy(out, prefix, len);
	text_base64url(secret, n, out + len);
	explicit_bzero(secret, sizeof(secret));
}
