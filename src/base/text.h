/* The one place that reads numbers, words and encodings out of bytes, and checks UTF-8. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

/* Whole text is a decimal integer within min..max: no sign but '-', no space, no leading zeros. */
[[nodiscard]] bool text_i64(const char *text, int64_t min, int64_t max, int64_t *out);

/* Removes white space (Unicode's common spaces included: U+0020, tab, CR, LF, U+00A0, U+3000) at
 * both ends, in place, and returns the first kept byte. */
char *text_trim(char *text);

/* Code points in valid UTF-8. */
size_t text_length(const char *utf8);

/* Well-formed UTF-8 (no overlong form, no surrogate, at most U+10FFFF). */
[[nodiscard]] bool text_utf8_valid(const void *bytes, size_t n);

/* Valid UTF-8 without control characters except, when lines is true, tab, CR and LF. */
[[nodiscard]] bool text_printable(const char *text, bool lines);

/*
 * The text as it may be shown on a terminal or a page: what is not UTF-8 and every control character, those that
 * turn the direction of text (U+202A..U+202E, U+2066..U+2069) and U+2028, U+2029 included, becomes U+FFFD. Tabs and line ends
 * stay when lines is true (CR LF and CR as LF), else each is a space.
 */
char *text_plain(struct arena *a, const char *text, bool lines);

/* Keeps at most max code points, never half a character. In place. */
void text_cut(char *utf8, size_t max);

bool text_equal(const char *a, const char *b);        /* NULL equals only NULL */
bool text_equal_nocase(const char *a, const char *b); /* ASCII */
const char *text_some(const char *text);              /* NULL for "" and NULL */
bool text_starts(const char *text, const char *prefix);

/* hex is lower-case; out holds 2*n+1. Decoding accepts both cases and wants exactly n bytes. */
void text_hex(const void *bytes, size_t n, char *out);
[[nodiscard]] bool text_unhex(const char *hex, void *out, size_t n);

/* RFC 4648. Encoders add the NUL. base64 pads, base64url does not. */
#define TEXT_BASE64_SIZE(n) (((n) + 2) / 3 * 4 + 1)
void text_base64(const void *bytes, size_t n, char *out);
void text_base64url(const void *bytes, size_t n, char *out);

/* RFC 4648 base32 without padding: A-Z2-7, for what people type or scan. */
#define TEXT_BASE32_SIZE(n) (((n)*8 + 4) / 5 + 1)
void text_base32(const void *bytes, size_t n, char *out);

/*
 * Strict decoders: alphabet, padding (base64 demands it, base64url forbids it) and zero unused
 * bits. *n is the room on entry and the length on success.
 */
[[nodiscard]] bool text_unbase64(const char *text, size_t len, void *out, size_t *n);
[[nodiscard]] bool text_unbase64url(const char *text, size_t len, void *out, size_t *n);

/* DingTalk's: skips white space, accepts missing padding and non-zero unused bits. */
[[nodiscard]] bool text_unbase64_lenient(const char *text, size_t len, void *out, size_t *n);

/* RFC 3986: everything but unreserved characters as %XX. */
char *text_percent(struct arena *a, const char *text);

/* Decodes %XX (and '+' as space when form is true); refuses bad escapes, %00 and invalid UTF-8. */
[[nodiscard]] bool text_unpercent(struct arena *a, const char *text, size_t n, bool form,
				  char **out);

/* Text for HTML element content and double-quoted attributes. */
char *text_html(struct arena *a, const char *text);
