#include "model/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"

#define TEXT_MAX 64
#define V4_BITS 96

static const unsigned char mapped[ADDRESS_SIZE] = {[10] = 0xff, [11] = 0xff};
static const unsigned char translated[ADDRESS_SIZE] = {0x00, 0x64, 0xff, 0x9b};

/* Of IPv4, whatever is not listed is public. */
static const struct network inside_v4[] = {
#define V4(a, b, c, d, n)                                                                   \
	{                                                                                   \
		{[10] = 0xff, [11] = 0xff, [12] = (a), [13] = (b), [14] = (c), [15] = (d)}, \
		    V4_BITS + (n)                                                           \
	}
    V4(0, 0, 0, 0, 8),        /* this network */
    V4(10, 0, 0, 0, 8),       /* private */
    V4(100, 64, 0, 0, 10),    /* shared by carriers; Alibaba Cloud's metadata */
    V4(127, 0, 0, 0, 8),      /* loopback */
    V4(168, 63, 129, 16, 32), /* Azure's services for its machines */
    V4(169, 254, 0, 0, 16),   /* link-local; most clouds' metadata */
    V4(172, 16, 0, 0, 12),    /* private */
    V4(192, 0, 0, 0, 24),     /* protocol assignments */
    V4(192, 0, 2, 0, 24),     /* documentation */
    V4(192, 88, 99, 0, 24),   /* 6to4 relays */
    V4(192, 168, 0, 0, 16),   /* private */
    V4(198, 18, 0, 0, 15),    /* benchmarks */
    V4(198, 51, 100, 0, 24),  /* documentation */
    V4(203, 0, 113, 0, 24),   /* documentation */
    V4(224, 0, 0, 0, 4),      /* multicast */
    V4(240, 0, 0, 0, 4),      /* reserved, broadcast */
};

/* Of IPv6, only 2000::/3 is public, without these. */
static const struct network global_v6 = {{0x20}, 3};
static const struct network inside_v6[] = {
    {{0x20, 0x01}, 23},             /* protocol assignments: Teredo, ORCHID, benchmarks */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x20, 0x02}, 16},             /* 6to4: an IPv4 address inside */
    {{0x3f, 0xff}, 20},             /* documentation */
};

bool address_read(const char *text, unsigned char out[static ADDRESS_SIZE])
{
	char bare[TEXT_MAX];
	size_t n = strlen(text);

	memcpy(out, mapped, ADDRESS_SIZE);
	if (inet_pton(AF_INET, text, out + 12) == 1)
		return true;
	if (text[0] != '[')
		return inet_pton(AF_INET6, text, out) == 1;
	if (n < 2 || n > sizeof(bare) || text[n - 1] != ']')
		return false;
	memcpy(bare, text + 1, n - 2);
	bare[n - 2] = '\0';
	return inet_pton(AF_INET6, bare, out) == 1;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, int bits)
{
	size_t whole = (size_t)bits / 8;
	unsigned rest = (unsigned)bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

static bool rest_is_zero(const struct network *n)
{
	for (int i = n->bits; i < 8 * ADDRESS_SIZE; i++) {
		if ((n->bytes[i / 8] & (0x80 >> i % 8)) != 0)
			return false;
	}
	return true;
}

bool network_read(const char *text, struct network *out)
{
	char address[TEXT_MAX];
	size_t n = strcspn(text, "/");
	int first;
	int64_t bits;

	if (n >= sizeof(address))
		return false;
	memcpy(address, text, n);
	address[n] = '\0';
	if (address[0] == '[' || !address_read(address, out->bytes))
		return false;
	first = strchr(address, ':') == NULL ? V4_BITS : 0;
	bits = 8 * ADDRESS_SIZE - first;
	if (text[n] == '/' && !text_i64(text + n + 1, 0, bits, &bits))
		return false;
	out->bits = first + (int)bits;
	return rest_is_zero(out);
}

/* As it is judged. */
static void plain(const unsigned char *address, unsigned char out[static ADDRESS_SIZE])
{
	memcpy(out, address, ADDRESS_SIZE);
	if (same_bits(address, translated, V4_BITS))
		memcpy(out, mapped, V4_BITS / 8);
}

static bool has(const struct network *n, const unsigned char *address)
{
	return same_bits(n->bytes, address, n->bits);
}

bool network_has(const struct network *n, const unsigned char address[static ADDRESS_SIZE])
{
	unsigned char a[ADDRESS_SIZE];

	plain(address, a);
	return has(n, a);
}

static bool any_has(const struct network *all, size_t count, const unsigned char *address)
{
	for (size_t i = 0; i < count; i++) {
		if (has(&all[i], address))
			return true;
	}
	return false;
}

bool address_public(const unsigned char address[static ADDRESS_SIZE])
{
	unsigned char a[ADDRESS_SIZE];

	plain(address, a);
	if (same_bits(a, mapped, V4_BITS))
		return !any_has(inside_v4, ARRAY_SIZE(inside_v4), a);
	return has(&global_v6, a) && !any_has(inside_v6, ARRAY_SIZE(inside_v6), a);
}
