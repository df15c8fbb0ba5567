#include "base/text.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"

bool text_i64(const char *text, int64_t min, int64_t max, int64_t *out)
{
	const char *p = text;
	bool negative = *p == '-';
	int64_t value = 0;

	if (negative)
		p++;
	if (!*p || (*p == '0' && (p[1] || negative)))
		return false;
	for (; *p; p++) {
		int digit = *p - '0';

		if (digit < 0 || digit > 9)
			return false;
		/* Counting downwards reaches INT64_MIN too. */
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, digit, &value))
			return false;
	}
	if (!negative && __builtin_sub_overflow((int64_t)0, value, &value))
		return false;
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

static size_t space_at(const char *p)
{
	if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')
		return 1;
	if (!strncmp(p, "\xc2\xa0", 2))
		return 2;
	if (!strncmp(p, "\xe3\x80\x80", 3))
		return 3;
	return 0;
}

char *text_trim(char *text)
{
	char *end;
	size_t n;

	for (n = space_at(text); n; n = space_at(text))
		text += n;
	end = text + strlen(text);
	for (;;) {
		if (end - text >= 1 && space_at(end - 1) == 1)
			end -= 1;
		else if (end - text >= 2 && space_at(end - 2) == 2)
			end -= 2;
		else if (end - text >= 3 && space_at(end - 3) == 3)
			end -= 3;
		else
			break;
		*end = '\0';
	}
	return text;
}

size_t text_length(const char *utf8)
{
	size_t n = 0;

	for (; *utf8; utf8++)
		n += (*utf8 & 0xc0) != 0x80;
	return n;
}

/* Length of the well-formed sequence at p, 0 when there is none (Unicode 15, table 3-7). */
static size_t sequence(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len, i;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < len)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

bool text_utf8_valid(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	while (n) {
		size_t len = sequence(p, n);

		if (!len)
			return false;
		p += len;
		n -= len;
	}
	return true;
}

bool text_printable(const char *text, bool lines)
{
	const unsigned char *p;

	if (!text_utf8_valid(text, strlen(text)))
		return false;
	for (p = (const unsigned char *)text; *p; p++) {
		if (lines && (*p == '\t' || *p == '\r' || *p == '\n'))
			continue;
		if (*p < 0x20 || *p == 0x7f)
			return false;
		if (*p == 0xc2 && p[1] < 0xa0) /* U+0080..U+009F */
			return false;
	}
	return true;
}

/* Of a well-formed sequence of len bytes: whether it acts instead of showing. */
static bool is_control(const unsigned char *p, size_t len)
{
	if (len == 1)
		return *p < 0x20 || *p == 0x7f;
	if (len == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	return len == 3 && p[0] == 0xe2 &&
	       ((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||
		(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

char *text_plain(struct arena *a, const char *text, bool lines)
{
	static const char instead[] = "\xef\xbf\xbd"; /* U+FFFD */
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text);
	char *out = arena_alloc(a, left * 3 + 1), *to = out;

	while (left) {
		size_t len = sequence(p, left);

		if (*p == '\t' || *p == '\n' || *p == '\r') {
			if (*p != '\r' || p[1] != '\n')
				*to++ = !lines ? ' ' : *p == '\t' ? '\t' : '\n';
		} else if (!len || is_control(p, len)) {
			memcpy(to, instead, 3);
			to += 3;
		} else {
			memcpy(to, p, len);
			to += len;
		}
		p += len ? len : 1;
		left -= len ? len : 1;
	}
	*to = '\0';
	return out;
}

void text_cut(char *utf8, size_t max)
{
	size_t n = 0;

	for (; *utf8; utf8++) {
		n += (*utf8 & 0xc0) != 0x80;
		if (n > max) {
			*utf8 = '\0';
			return;
		}
	}
}

bool text_equal(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

bool text_equal_nocase(const char *a, const char *b)
{
	return a && b ? !strcasecmp(a, b) : a == b;
}

const char *text_some(const char *text)
{
	return text && *text ? text : NULL;
}

bool text_starts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

void text_hex(const void *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;
	size_t i;

	for (i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool text_unhex(const char *hex, void *out, size_t n)
{
	unsigned char *p = out;
	size_t i;

	if (strlen(hex) != 2 * n)
		return false;
	for (i = 0; i < n; i++) {
		int high = hex_digit(hex[2 * i]);
		int low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		p[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static char *encode(const unsigned char *p, size_t n, const char *letters, char *out)
{
	for (; n >= 3; n -= 3, p += 3) {
		*out++ = letters[p[0] >> 2];
		*out++ = letters[(p[0] & 3) << 4 | p[1] >> 4];
		*out++ = letters[(p[1] & 15) << 2 | p[2] >> 6];
		*out++ = letters[p[2] & 63];
	}
	if (!n)
		return out;
	*out++ = letters[p[0] >> 2];
	if (n == 1) {
		*out++ = letters[(p[0] & 3) << 4];
		return out;
	}
	*out++ = letters[(p[0] & 3) << 4 | p[1] >> 4];
	*out++ = letters[(p[1] & 15) << 2];
	return out;
}

void text_base64(const void *bytes, size_t n, char *out)
{
	char *end = encode(bytes, n, alphabet, out);

	while ((end - out) % 4)
		*end++ = '=';
	*end = '\0';
}

void text_base64url(const void *bytes, size_t n, char *out)
{
	*encode(bytes, n, alphabet_url, out) = '\0';
}

void text_base32(const void *bytes, size_t n, char *out)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	const unsigned char *p = bytes;
	unsigned waiting = 0;
	int bits = 0;

	for (size_t i = 0; i < n; i++) {
		waiting = waiting << 8 | p[i];
		for (bits += 8; bits >= 5; bits -= 5)
			*out++ = letters[waiting >> (bits - 5) & 31];
	}
	if (bits > 0)
		*out++ = letters[waiting << (5 - bits) & 31];
	*out = '\0';
}

static int letter_value(char c, bool url)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (url ? '-' : '+'))
		return 62;
	if (c == (url ? '_' : '/'))
		return 63;
	return -1;
}

/* Decodes letters only; rest gets the bits that no byte used, count the letters read. */
struct decoder {
	unsigned char *out;
	size_t room;
	size_t n;
	size_t letters;
	unsigned int bits;
	int have;
};

static bool decode_letter(struct decoder *d, int value)
{
	d->letters++;
	d->bits = (d->bits << 6 | (unsigned int)value) & 0xfff;
	d->have += 6;
	if (d->have < 8)
		return true;
	if (d->n == d->room)
		return false;
	d->have -= 8;
	d->out[d->n++] = (unsigned char)(d->bits >> d->have);
	d->bits &= (1U << d->have) - 1;
	return true;
}

static bool decode_strict(const char *text, size_t len, bool url, void *out, size_t *n)
{
	struct decoder d = {.out = out, .room = *n};
	size_t i;

	for (i = 0; i < len; i++) {
		int value = letter_value(text[i], url);

		if (value < 0 || !decode_letter(&d, value))
			return false;
	}
	if (d.letters % 4 == 1 || d.bits)
		return false;
	*n = d.n;
	return true;
}

bool text_unbase64(const char *text, size_t len, void *out, size_t *n)
{
	size_t letters = len;

	if (len % 4)
		return false;
	while (letters && len - letters < 2 && text[letters - 1] == '=')
		letters--;
	return decode_strict(text, letters, false, out, n);
}

bool text_unbase64url(const char *text, size_t len, void *out, size_t *n)
{
	return decode_strict(text, len, true, out, n);
}

bool text_unbase64_lenient(const char *text, size_t len, void *out, size_t *n)
{
	struct decoder d = {.out = out, .room = *n};
	bool ended = false;
	size_t i;

	for (i = 0; i < len; i++) {
		int value = letter_value(text[i], false);

		if (text[i] == ' ' || text[i] == '\r' || text[i] == '\n' || text[i] == '\t')
			continue;
		if (text[i] == '=') {
			ended = true;
			continue;
		}
		if (ended || value < 0 || !decode_letter(&d, value))
			return false;
	}
	if (d.letters % 4 == 1)
		return false;
	*n = d.n;
	return true;
}

static bool unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

char *text_percent(struct arena *a, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *out = arena_alloc(a, 3 * strlen(text) + 1);
	char *p = out;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (unreserved(*text)) {
			*p++ = *text;
			continue;
		}
		*p++ = '%';
		*p++ = digits[c >> 4];
		*p++ = digits[c & 15];
	}
	*p = '\0';
	return out;
}

bool text_unpercent(struct arena *a, const char *text, size_t n, bool form, char **out)
{
	char *start = arena_alloc(a, n + 1);
	char *p = start;
	size_t i;

	for (i = 0; i < n; i++) {
		int high, low;

		if (text[i] != '%') {
			*p++ = form && text[i] == '+' ? ' ' : text[i];
			continue;
		}
		if (n - i < 3)
			return false;
		high = hex_digit(text[i + 1]);
		low = hex_digit(text[i + 2]);
		if (high < 0 || low < 0 || !(high || low))
			return false;
		*p++ = (char)(high << 4 | low);
		i += 2;
	}
	*p = '\0';
	if (!text_utf8_valid(start, (size_t)(p - start)))
		return false;
	*out = start;
	return true;
}

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

char *text_html(struct arena *a, const char *text)
{
	AUTO(buf_done) struct buf b = {0};

	for (; *text; text++) {
		const char *as = entity(*text);

		if (as)
			buf_text(&b, as);
		else
			buf_char(&b, *text);
	}
	return arena_dup_n(a, b.data, b.len);
}
