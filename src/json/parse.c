/*
 * jsmn finds the tokens; everything it lets pass is checked here. One walk over the tokens in the
 * order of the text builds the nodes and makes sure that between two tokens stands what RFC 8259
 * wants there and nothing else. jsmn's own strict mode would only refuse a lone number.
 */
#include "json/json.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#include <jsmn.h>

#include "base/text.h"

/* A container whose end has not been reached. */
struct open {
	struct json *node;
	const struct json **end; /* where the next member is linked in */
	int token;
};

struct reader {
	struct arena *a;
	const char *text;
	size_t n;
	size_t at; /* everything before is checked */
	jsmntok_t *tokens;
	size_t nodes;
	struct open open[JSON_MAX_DEPTH];
	int depth;
	struct err *e;
};

static bool wrong(struct reader *r, size_t at, const char *what)
{
	return err_set(r->e, ERR_INVALID, "JSON, byte %zu: %s", at, what);
}

/* What jsmn makes of a byte outside of text. */
static bool ends_word(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == ':' ||
	       c == ']' || c == '}';
}

/*
 * Depth and the number of tokens, before jsmn, which is quadratic in the depth. jsmn would take a
 * quote or bracket that touches a word into the word and see other texts and depths than this
 * does, so that is refused.
 */
static bool measure(struct reader *r, size_t *tokens)
{
	bool in_text = false, in_word = false, was_word;
	size_t depth = 0;
	size_t i;

	*tokens = 0;
	for (i = 0; i < r->n; i++) {
		char c = r->text[i];

		if (in_text) {
			in_text = c != '"';
			i += c == '\\';
			continue;
		}
		was_word = in_word;
		in_text = c == '"';
		in_word = !in_text && c != '{' && c != '[' && !ends_word(c);
		if (was_word && !in_word && !ends_word(c))
			return wrong(r, i, "a comma must stand here");
		depth += c == '{' || c == '[';
		depth -= (c == '}' || c == ']') && depth > 0;
		if (depth > JSON_MAX_DEPTH)
			return wrong(r, i, "nested too deep");
		*tokens += in_text || (in_word && !was_word) || c == '{' || c == '[';
	}
	/* A member of an object is two tokens and one value. */
	if (*tokens > 2 * (size_t)JSON_MAX_NODES)
		return err_set(r->e, ERR_TOO_LARGE, "JSON: over %d values", JSON_MAX_NODES);
	return true;
}

static void skip_space(struct reader *r)
{
	while (r->at < r->n && (r->text[r->at] == ' ' || r->text[r->at] == '\t' ||
				r->text[r->at] == '\n' || r->text[r->at] == '\r'))
		r->at++;
}

static bool expect(struct reader *r, char c, const char *what)
{
	skip_space(r);
	if (r->at == r->n || r->text[r->at] != c)
		return wrong(r, r->at, what);
	r->at++;
	return true;
}

/* The next thing after white space is this token. */
static bool expect_token(struct reader *r, const jsmntok_t *t)
{
	size_t start = (size_t)t->start - (t->type == JSMN_STRING);

	skip_space(r);
	if (r->at != start)
		return wrong(r, r->at, "a value or a key must stand here");
	return true;
}

/* The four digits are there: jsmn has seen them. */
static unsigned int unit_at(const char *digits)
{
	char hex[5] = {digits[0], digits[1], digits[2], digits[3]};
	unsigned char bytes[2] = {0};

	(void)text_unhex(hex, bytes, sizeof(bytes));
	return (unsigned int)bytes[0] << 8 | bytes[1];
}

static char *put_utf8(char *out, unsigned int c)
{
	if (c < 0x80) {
		*out++ = (char)c;
		return out;
	}
	if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		*out++ = (char)(0xe0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		*out++ = (char)(0xf0 | c >> 18);
		*out++ = (char)(0x80 | (c >> 12 & 0x3f));
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (c & 0x3f));
	return out;
}

/* The code point of the \u escape whose digits are at p; moves p behind all of it. 0: refused. */
static unsigned int escaped_point(const char **p, const char *end)
{
	unsigned int c = unit_at(*p);
	unsigned int low;

	*p += 4;
	if (c < 0xd800 || c > 0xdfff)
		return c;
	if (c > 0xdbff || end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
		return 0;
	low = unit_at(*p + 2);
	if (low < 0xdc00 || low > 0xdfff)
		return 0;
	*p += 6;
	return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

static char escaped_char(char c)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found = strchr(from, c);

	return found ? to[found - from] : '\0';
}

static bool read_text(struct reader *r, const jsmntok_t *t, const char **out)
{
	const char *p = r->text + t->start, *end = r->text + t->end;
	char *text = arena_alloc(r->a, (size_t)(t->end - t->start) + 1);
	char *to = text;

	if (!text_utf8_valid(p, (size_t)(end - p)))
		return wrong(r, (size_t)t->start, "the text is not UTF-8");
	while (p < end) {
		size_t at = (size_t)(p - r->text);
		unsigned int c = (unsigned char)*p++;

		if (c < 0x20)
			return wrong(r, at, "a control character must be escaped");
		if (c != '\\') {
			*to++ = (char)c;
			continue;
		}
		c = (unsigned char)*p++;
		if (c == 'u')
			c = escaped_point(&p, end);
		else
			c = (unsigned char)escaped_char((char)c);
		if (!c)
			return wrong(r, at, "half a surrogate pair, or U+0000");
		to = put_utf8(to, c);
	}
	r->at = (size_t)t->end + 1;
	*out = text;
	return true;
}

static const char *skip_digits(const char *p)
{
	while (*p >= '0' && *p <= '9')
		p++;
	return p;
}

/* RFC 8259 §6: [ minus ] int [ frac ] [ exp ] */
static bool is_number(const char *p)
{
	const char *digits;

	p += *p == '-';
	digits = p;
	p = skip_digits(p);
	if (p == digits || (*digits == '0' && p - digits > 1))
		return false;
	if (*p == '.') {
		digits = p + 1;
		p = skip_digits(digits);
		if (p == digits)
			return false;
	}
	if (*p == 'e' || *p == 'E') {
		p += p[1] == '+' || p[1] == '-' ? 2 : 1;
		digits = p;
		p = skip_digits(digits);
		if (p == digits)
			return false;
	}
	return !*p;
}

static bool read_primitive(struct reader *r, const jsmntok_t *t, struct json *out)
{
	const char *literal = arena_dup_n(r->a, r->text + t->start, (size_t)(t->end - t->start));

	r->at = (size_t)t->end;
	out->truth = !strcmp(literal, "true");
	if (out->truth || !strcmp(literal, "false")) {
		out->type = JSON_BOOL;
		return true;
	}
	if (!strcmp(literal, "null")) {
		out->type = JSON_NULL;
		return true;
	}
	if (!is_number(literal))
		return wrong(r, (size_t)t->start, "neither a number nor true, false or null");
	out->type = JSON_NUMBER;
	out->text = literal;
	return true;
}

static int by_key(const void *a, const void *b)
{
	const struct json *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

/* Sorted, so that an object made to be slow is not. */
static bool check_keys(struct reader *r, const struct json *object)
{
	AUTO(mem_freep) const struct json **members = NULL;
	const struct json *member;
	size_t i = 0;

	if (object->count < 2)
		return true;
	members = mem_array(object->count, sizeof(struct json *));
	for (member = object->first; member; member = member->next)
		members[i++] = member;
	qsort(members, object->count, sizeof(struct json *), by_key);
	for (i = 1; i < object->count; i++)
		if (!strcmp(members[i - 1]->key, members[i]->key))
			return wrong(r, r->at, "the object before has a key twice");
	return true;
}

static bool close_one(struct reader *r)
{
	const struct json *node = r->open[--r->depth].node;

	if (node->type == JSON_ARRAY)
		return expect(r, ']', "a comma or ']' must stand here");
	return expect(r, '}', "a comma or '}' must stand here") && check_keys(r, node);
}

/* Closes what ends before the token, then the comma and, in an object, key and colon. *i moves from
 * the key to the value. */
static bool come_to_value(struct reader *r, int *i, int count, struct json *node)
{
	const struct open *in;

	while (r->depth && r->tokens[r->open[r->depth - 1].token].end <= r->tokens[*i].start)
		if (!close_one(r))
			return false;
	if (!r->depth)
		return *i == 0 || wrong(r, r->at, "something follows the value");
	in = &r->open[r->depth - 1];
	if (in->node->count && !expect(r, ',', "a comma must stand here"))
		return false;
	if (in->node->type == JSON_ARRAY)
		return true;
	if (!expect_token(r, &r->tokens[*i]))
		return false;
	if (r->tokens[*i].type != JSMN_STRING)
		return wrong(r, r->at, "a key must be text");
	if (!read_text(r, &r->tokens[*i], &node->key) || !expect(r, ':', "a colon must stand here"))
		return false;
	(*i)++;
	return *i < count || wrong(r, r->at, "a value is missing");
}

static bool read_value(struct reader *r, int i, struct json *node)
{
	const jsmntok_t *t = &r->tokens[i];

	if (!expect_token(r, t))
		return false;
	if (t->type == JSMN_PRIMITIVE)
		return read_primitive(r, t, node);
	if (t->type == JSMN_STRING) {
		node->type = JSON_TEXT;
		return read_text(r, t, &node->text);
	}
	node->type = t->type == JSMN_OBJECT ? JSON_OBJECT : JSON_ARRAY;
	r->at++;
	/* measure() has made sure of the depth. */
	r->open[r->depth++] = (struct open){.node = node, .end = &node->first, .token = i};
	return true;
}

static bool build(struct reader *r, int count, const struct json **out)
{
	struct json *node;
	int i;

	for (i = 0; i < count; i++) {
		if (++r->nodes > JSON_MAX_NODES)
			return err_set(r->e, ERR_TOO_LARGE, "JSON: over %d values", JSON_MAX_NODES);
		node = arena_new(r->a, struct json);
		if (!come_to_value(r, &i, count, node))
			return false;
		if (r->depth) {
			struct open *in = &r->open[r->depth - 1];

			*in->end = node;
			in->end = &node->next;
			in->node->count++;
		} else {
			*out = node;
		}
		if (!read_value(r, i, node))
			return false;
	}
	while (r->depth)
		if (!close_one(r))
			return false;
	skip_space(r);
	return r->at == r->n || wrong(r, r->at, "something follows the value");
}

bool json_parse(struct arena *a, const char *text, size_t n, const struct json **out, struct err *e)
{
	struct reader r = {.a = a, .text = text, .n = n, .e = e};
	AUTO(mem_freep) jsmntok_t *tokens = NULL;
	const struct json *top = NULL;
	jsmn_parser parser;
	size_t most = 0;
	int count;

	if (n > INT_MAX)
		return err_set(e, ERR_TOO_LARGE, "JSON: over %d bytes", INT_MAX);
	if (!measure(&r, &most))
		return false;
	tokens = mem_array(most, sizeof(*tokens));
	jsmn_init(&parser);
	count = jsmn_parse(&parser, text, n, tokens, (unsigned int)most);
	if (count == JSMN_ERROR_PART)
		return wrong(&r, n, "the text ends too early");
	if (count < 0)
		return wrong(&r, parser.pos, "this cannot stand here");
	if (count == 0)
		return wrong(&r, 0, "no value");
	r.tokens = tokens;
	if (!build(&r, count, &top))
		return false;
	*out = top;
	return true;
}
