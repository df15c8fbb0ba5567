#include "model/search.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* Capitals and what is added to get the small letter; step 2: capital and small take turns, so that the
 * capital is the one at an even distance from the first. */
static const struct {
	uint32_t first, last;
	int32_t add;
	uint32_t step;
} capitals[] = {
    {'A', 'Z', 32, 1},      {0xc0, 0xd6, 32, 1},   {0xd8, 0xde, 32, 1},   {0x100, 0x12e, 1, 2},
    {0x132, 0x136, 1, 2},   {0x139, 0x147, 1, 2},  {0x14a, 0x176, 1, 2},  {0x178, 0x178, -121, 1},
    {0x179, 0x17d, 1, 2},   {0x391, 0x3a1, 32, 1}, {0x3a3, 0x3ab, 32, 1}, {0x400, 0x40f, 80, 1},
    {0x410, 0x42f, 32, 1},  {0x460, 0x480, 1, 2},  {0x48a, 0x4be, 1, 2},  {0x1e00, 0x1e94, 1, 2},
    {0x1ea0, 0x1efe, 1, 2},
};

/* Valid UTF-8 only: it has been checked where it came in. */
static size_t take(const char *text, uint32_t *c)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;

	*c = n == 1 ? *p : *p & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return i;
		*c = *c << 6 | (p[i] & 0x3fU);
	}
	return n;
}

static void put(struct buf *b, uint32_t c)
{
	if (c >= 0x10000)
		buf_char(b, (char)(0xf0 | c >> 18));
	if (c >= 0x800)
		buf_char(b, (char)(c >= 0x10000 ? 0x80 | (c >> 12 & 0x3f) : 0xe0 | c >> 12));
	if (c >= 0x80)
		buf_char(b, (char)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3f) : 0xc0 | c >> 6));
	buf_char(b, (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c));
}

static bool is_space(uint32_t c)
{
	return c <= ' ' || c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x3000;
}

static uint32_t fold(uint32_t c)
{
	if (is_space(c))
		return ' ';
	if (c >= 0xff01 && c <= 0xff5e) /* full-width ASCII */
		c -= 0xff01 - '!';
	for (size_t i = 0; i < ARRAY_SIZE(capitals); i++) {
		if (c >= capitals[i].first && c <= capitals[i].last &&
		    (c - capitals[i].first) % capitals[i].step == 0)
			return (uint32_t)((int32_t)c + capitals[i].add);
	}
	return c;
}

static void add_folded(struct buf *b, const char *text)
{
	bool blank = false;
	uint32_t c;

	while (*text != '\0') {
		text += take(text, &c);
		c = fold(c);
		if (c != ' ' || !blank)
			put(b, c);
		blank = c == ' ';
	}
}

char *search_fold(struct arena *a, const char *text)
{
	return search_text(a, &text, 1) + 1;
}

char *search_text(struct arena *a, const char *const *texts, size_t count)
{
	AUTO(buf_done) struct buf b = {0};

	for (size_t i = 0; i < count; i++) {
		buf_char(&b, '\n');
		add_folded(&b, texts[i]);
	}
	return arena_dup_n(a, b.data, b.len);
}

struct gram {
	uint32_t first, second;
};

static int order(const void *a, const void *b)
{
	const struct gram *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->second == y->second ? 0 : x->second < y->second ? -1 : 1;
}

static size_t collect(const char *text, struct gram *out)
{
	uint32_t before = '\n', c;
	size_t n = 0;

	for (bool first = true; *text != '\0'; first = false, before = c) {
		text += take(text, &c);
		if (!first && c != '\n')
			out[n++] = (struct gram){before, c};
	}
	return n;
}

struct search_grams search_grams(struct arena *a, const char *folded)
{
	struct gram *all = arena_array(a, strlen(folded) + 1, sizeof(*all));
	AUTO(buf_done) struct buf b = {0};
	struct search_grams out = {0};
	size_t n = collect(folded, all);

	qsort(all, n, sizeof(*all), order);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && order(&all[i - 1], &all[i]) == 0)
			continue;
		put(&b, all[i].first);
		put(&b, all[i].second);
		out.count++;
	}
	out.text = arena_dup_n(a, b.data, b.len);
	return out;
}
