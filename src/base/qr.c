#include "base/qr.h"

#include <stdlib.h>
#include <string.h>

#define VERSIONS 10
#define MAX_CODEWORDS 346
#define MAX_CHECK 26
#define MASKS 8

/* Level M (tables 7 and 9 of the standard); alignment patterns (annex E). */
static const struct version {
	int codewords, check, blocks; /* check: codewords of error correction a block */
	int align[3], align_count;
} versions[VERSIONS + 1] = {
    [1] = {26, 10, 1, {0}, 0},          [2] = {44, 16, 1, {6, 18}, 2},
    [3] = {70, 26, 1, {6, 22}, 2},      [4] = {100, 18, 2, {6, 26}, 2},
    [5] = {134, 24, 2, {6, 30}, 2},     [6] = {172, 16, 4, {6, 34}, 2},
    [7] = {196, 18, 4, {6, 22, 38}, 3}, [8] = {242, 22, 4, {6, 24, 42}, 3},
    [9] = {292, 22, 5, {6, 26, 46}, 3}, [10] = {346, 26, 5, {6, 28, 50}, 3},
};

struct drawing {
	struct qr *qr;
	bool taken[QR_MAX_SIZE][QR_MAX_SIZE]; /* by a pattern, not by data */
};

/* --- codewords ---------------------------------------------------------------------------------------- */

static int data_codewords(int version)
{
	const struct version *v = &versions[version];

	return v->codewords - v->check * v->blocks;
}

static int head_bits(int version)
{
	return 4 + (version < 10 ? 8 : 16);
}

static int version_for(size_t n)
{
	int version;

	for (version = 1; version <= VERSIONS; version++)
		if (n * 8 + (size_t)head_bits(version) <= (size_t)data_codewords(version) * 8)
			return version;
	return 0;
}

static void put_bits(unsigned char *out, int *at, unsigned value, int count)
{
	for (; count; count--, ++*at)
		if (value >> (count - 1) & 1)
			out[*at / 8] |= (unsigned char)(0x80 >> *at % 8);
}

/* Mode, length, bytes, terminator, padding. */
static void encode(const char *text, size_t n, int version, unsigned char *out)
{
	int total = data_codewords(version), at = 0, pad = 0;
	size_t i;

	put_bits(out, &at, 4, 4);
	put_bits(out, &at, (unsigned)n, head_bits(version) - 4);
	for (i = 0; i < n; i++)
		put_bits(out, &at, (unsigned char)text[i], 8);
	at += total * 8 - at < 4 ? total * 8 - at : 4;
	for (at = (at + 7) / 8; at < total; at++)
		out[at] = pad++ % 2 ? 0x11 : 0xec;
}

/* In GF(256) modulo x^8 + x^4 + x^3 + x^2 + 1. */
static unsigned char times(unsigned char a, unsigned char b)
{
	unsigned product = 0;
	int i;

	for (i = 7; i >= 0; i--) {
		product = product << 1 ^ (product >> 7) * 0x11d;
		product ^= (b >> i & 1u) * a;
	}
	return (unsigned char)product;
}

/* The generator's coefficients without the leading one. */
static void generator(int degree, unsigned char *out)
{
	unsigned char root = 1;
	int i, j;

	memset(out, 0, (size_t)degree);
	out[degree - 1] = 1;
	for (i = 0; i < degree; i++) {
		for (j = 0; j < degree; j++)
			out[j] = times(out[j], root) ^ (j + 1 < degree ? out[j + 1] : 0);
		root = times(root, 2);
	}
}

static void remainder_of(const unsigned char *data, int n, const unsigned char *by, int degree,
			 unsigned char *out)
{
	int i, j;

	memset(out, 0, (size_t)degree);
	for (i = 0; i < n; i++) {
		unsigned char factor = data[i] ^ out[0];

		memmove(out, out + 1, (size_t)degree - 1);
		out[degree - 1] = 0;
		for (j = 0; j < degree; j++)
			out[j] ^= times(by[j], factor);
	}
}

/* Blocks, the short ones first, interleaved; then their error correction, interleaved. */
static void interleave(const unsigned char *data, int version, unsigned char *out)
{
	const struct version *v = &versions[version];
	int total = data_codewords(version), shortest = total / v->blocks;
	int short_blocks = v->blocks - total % v->blocks;
	unsigned char by[MAX_CHECK], check[MAX_CHECK];
	int block, i, from = 0;

	generator(v->check, by);
	for (block = 0; block < v->blocks; block++) {
		int n = shortest + (block >= short_blocks);

		for (i = 0; i < n; i++) {
			bool is_extra = i == shortest;

			out[is_extra ? i * v->blocks + block - short_blocks
				     : i * v->blocks + block] = data[from + i];
		}
		remainder_of(data + from, n, by, v->check, check);
		for (i = 0; i < v->check; i++)
			out[total + i * v->blocks + block] = check[i];
		from += n;
	}
}

/* --- patterns ----------------------------------------------------------------------------------------- */

static void set(struct drawing *d, int row, int column, bool dark)
{
	if (row < 0 || column < 0 || row >= d->qr->size || column >= d->qr->size)
		return;
	d->qr->dark[row][column] = dark;
	d->taken[row][column] = true;
}

/* Rings around a centre, light where the distance is one of the two given. */
static void rings(struct drawing *d, int row, int column, int radius, int light, int also_light)
{
	int i, j;

	for (i = -radius; i <= radius; i++)
		for (j = -radius; j <= radius; j++) {
			int distance = abs(i) > abs(j) ? abs(i) : abs(j);

			set(d, row + i, column + j, distance != light && distance != also_light);
		}
}

static void draw_alignment(struct drawing *d, const struct version *v)
{
	int last = v->align_count - 1, i, j;

	for (i = 0; i <= last; i++)
		for (j = 0; j <= last; j++)
			if (!((i == 0 && j == 0) || (i == 0 && j == last) || (i == last && j == 0)))
				rings(d, v->align[i], v->align[j], 2, 1, 1);
}

static unsigned checked(unsigned value, int check, unsigned by)
{
	unsigned rest = value;
	int i;

	for (i = 0; i < check; i++)
		rest = rest << 1 ^ (rest >> (check - 1)) * by;
	return value << check | rest;
}

static void draw_version(struct drawing *d, int version)
{
	unsigned bits = checked((unsigned)version, 12, 0x1f25);
	int i;

	for (i = 0; version >= 7 && i < 18; i++) {
		int near = i / 3, far = d->qr->size - 11 + i % 3;

		set(d, near, far, bits >> i & 1);
		set(d, far, near, bits >> i & 1);
	}
}

/* Level M is 00, then the mask. */
static void draw_format(struct drawing *d, int mask)
{
	unsigned bits = checked((unsigned)mask, 10, 0x537) ^ 0x5412;
	int size = d->qr->size, i;

	for (i = 0; i < 15; i++) {
		bool dark = bits >> i & 1;
		int row = i < 6 ? i : i < 8 ? i + 1 : 8;
		int column = i < 8 ? 8 : i == 8 ? 7 : 14 - i;

		set(d, row, column, dark);
		if (i < 8)
			set(d, 8, size - 1 - i, dark);
		else
			set(d, size - 15 + i, 8, dark);
	}
	set(d, size - 8, 8, true);
}

static void draw_patterns(struct drawing *d, int version)
{
	int size = d->qr->size, i;

	for (i = 0; i < size; i++) {
		set(d, 6, i, i % 2 == 0);
		set(d, i, 6, i % 2 == 0);
	}
	rings(d, 3, 3, 4, 2, 4);
	rings(d, 3, size - 4, 4, 2, 4);
	rings(d, size - 4, 3, 4, 2, 4);
	draw_alignment(d, &versions[version]);
	draw_version(d, version);
	draw_format(d, 0);
}

/* Two columns at a time from the right, up and down in turn; column 6 is a pattern. */
static void draw_data(struct drawing *d, const unsigned char *codewords, int count)
{
	int size = d->qr->size, bit = 0, right, step, side;

	for (right = size - 1; right >= 1; right -= 2) {
		if (right == 6)
			right = 5;
		for (step = 0; step < size; step++)
			for (side = 0; side < 2; side++) {
				bool up = ((right + 1) & 2) == 0;
				int row = up ? size - 1 - step : step, column = right - side;

				if (d->taken[row][column] || bit >= count * 8)
					continue;
				d->qr->dark[row][column] = codewords[bit / 8] >> (7 - bit % 8) & 1;
				bit++;
			}
	}
}

/* --- masks -------------------------------------------------------------------------------------------- */

static bool masks(int mask, int i, int j)
{
	switch (mask) {
	case 0:
		return (i + j) % 2 == 0;
	case 1:
		return i % 2 == 0;
	case 2:
		return j % 3 == 0;
	case 3:
		return (i + j) % 3 == 0;
	case 4:
		return (i / 2 + j / 3) % 2 == 0;
	case 5:
		return i * j % 2 + i * j % 3 == 0;
	case 6:
		return (i * j % 2 + i * j % 3) % 2 == 0;
	default:
		return ((i + j) % 2 + i * j % 3) % 2 == 0;
	}
}

static void apply(struct drawing *d, int mask)
{
	int i, j;

	for (i = 0; i < d->qr->size; i++)
		for (j = 0; j < d->qr->size; j++)
			if (!d->taken[i][j])
				d->qr->dark[i][j] ^= masks(mask, i, j);
}

static bool at(const struct qr *qr, bool down, int i, int j)
{
	return down ? qr->dark[j][i] : qr->dark[i][j];
}

/* Runs of five and more, and what looks like a finder, in one line. */
static int line_penalty(const struct qr *qr, bool down, int i)
{
	unsigned seen = 0;
	int run = 0, sum = 0, j;

	for (j = 0; j < qr->size; j++) {
		bool dark = at(qr, down, i, j);

		run = j && dark == at(qr, down, i, j - 1) ? run + 1 : 1;
		sum += run == 5 ? 3 : run > 5;
		seen = (seen << 1 | dark) & 0x7ff;
		if (j >= 10 && (seen == 0x5d || seen == 0x5d0))
			sum += 40;
	}
	return sum;
}

static int penalty(const struct qr *qr)
{
	int size = qr->size, sum = 0, dark = 0, i, j;

	for (i = 0; i < size; i++) {
		sum += line_penalty(qr, false, i) + line_penalty(qr, true, i);
		for (j = 0; j < size; j++) {
			dark += qr->dark[i][j];
			if (i && j && qr->dark[i][j] == qr->dark[i - 1][j] &&
			    qr->dark[i][j] == qr->dark[i][j - 1] &&
			    qr->dark[i][j] == qr->dark[i - 1][j - 1])
				sum += 3;
		}
	}
	return sum + abs(dark * 20 - size * size * 10) / (size * size) * 10;
}

static void choose_mask(struct drawing *d)
{
	int best = 0, least = 0, mask;

	for (mask = 0; mask < MASKS; mask++) {
		int score;

		apply(d, mask);
		draw_format(d, mask);
		score = penalty(d->qr);
		if (!mask || score < least) {
			best = mask;
			least = score;
		}
		apply(d, mask); /* a second time takes it back */
	}
	apply(d, best);
	draw_format(d, best);
}

bool qr_make(const char *text, struct qr *out)
{
	unsigned char data[MAX_CODEWORDS] = {0}, codewords[MAX_CODEWORDS] = {0};
	struct drawing d = {.qr = out};
	size_t n = strlen(text);
	int version = version_for(n);

	if (!version)
		return false;
	*out = (struct qr){.size = 17 + 4 * version};
	encode(text, n, version, data);
	interleave(data, version, codewords);
	draw_patterns(&d, version);
	draw_data(&d, codewords, versions[version].codewords);
	choose_mask(&d);
	return true;
}
