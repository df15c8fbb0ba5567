#include "http/parse.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

#define REQUEST_LINE_MAX (HTTP_MAX_METHOD + 1 + HTTP_MAX_TARGET + sizeof(" HTTP/1.1\r\n") - 1)

_Static_assert(REQUEST_LINE_MAX + HTTP_MAX_HEADER_BYTES <= UINT16_MAX,
	       "offsets in the head are 16 bits");

enum { TOKEN = 1, TARGET = 2, HOST = 4 };

/* RFC 9110 §5.6.2 token; RFC 3986 pchar, "/", "?" and "%"; a host name or an address. */
static const unsigned char class_of[256] = {
    ['0' ... '9'] = TOKEN | TARGET | HOST,
    ['A' ... 'Z'] = TOKEN | TARGET | HOST,
    ['a' ... 'z'] = TOKEN | TARGET | HOST,
    ['-'] = TOKEN | TARGET | HOST,
    ['.'] = TOKEN | TARGET | HOST,
    ['_'] = TOKEN | TARGET | HOST,
    ['~'] = TOKEN | TARGET | HOST,
    ['!'] = TOKEN | TARGET,
    ['$'] = TOKEN | TARGET,
    ['%'] = TOKEN | TARGET,
    ['&'] = TOKEN | TARGET,
    ['\''] = TOKEN | TARGET,
    ['*'] = TOKEN | TARGET,
    ['+'] = TOKEN | TARGET,
    ['#'] = TOKEN,
    ['^'] = TOKEN,
    ['`'] = TOKEN,
    ['|'] = TOKEN,
    ['('] = TARGET,
    [')'] = TARGET,
    [','] = TARGET,
    ['/'] = TARGET,
    [':'] = TARGET,
    [';'] = TARGET,
    ['='] = TARGET,
    ['?'] = TARGET,
    ['@'] = TARGET,
};

static const char *const method_names[] = {
    [HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
    [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
};

static bool bad(struct http_parser *p, int status, const char *why)
{
	p->phase = HTTP_PHASE_BAD;
	p->status = status;
	p->why = why;
	return false;
}

static size_t span(const char *text, unsigned char class)
{
	size_t n = 0;

	while (class_of[(unsigned char)text[n]] & class)
		n++;
	return n;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool method_known(struct http_parser *p, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(method_names); i++) {
		if (strcmp(name, method_names[i]) == 0) {
			p->method = (enum http_method)i;
			return true;
		}
	}
	return false;
}

static bool version_taken(struct http_parser *p, const char *version)
{
	if (strncmp(version, "HTTP/", 5) != 0 || version[5] < '0' || version[5] > '9' ||
	    version[6] != '.' || version[7] < '0' || version[7] > '9' || version[8])
		return bad(p, 400, "the request line does not end in a version of HTTP");
	if (version[5] != '1' || version[7] > '1')
		return bad(p, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
	p->minor = (uint8_t)(version[7] - '0');
	p->close = p->minor == 0;
	return true;
}

static bool escapes_valid(const char *target)
{
	const char *at;

	for (at = strchr(target, '%'); at; at = strchr(at + 1, '%')) {
		if (hex_value(at[1]) < 0 || hex_value(at[2]) < 0)
			return false;
	}
	return true;
}

static bool target_taken(struct http_parser *p, const char *target, size_t n)
{
	if (n > HTTP_MAX_TARGET)
		return bad(p, 414, "the request target is too long");
	if (target[0] != '/')
		return bad(p, 400, "the request target must be a path");
	if (span(target, TARGET) != n || !escapes_valid(target))
		return bad(p, 400, "the request target has a character that must be escaped");
	p->target = (uint16_t)(target - p->head.data);
	return true;
}

/* Exactly: method SP target SP version. */
static bool line_taken(struct http_parser *p, char *line, size_t n)
{
	char *target = memchr(line, ' ', n);
	char *version = target ? memchr(target + 1, ' ', n - (size_t)(target + 1 - line)) : NULL;
	bool known;

	if (!version || target == line || version == target + 1)
		return bad(p, 400, "the request line is not method, target, version");
	*target++ = '\0';
	*version++ = '\0';
	if (line[span(line, TOKEN)])
		return bad(p, 400, "the method is not a token");
	if (!version_taken(p, version))
		return false;
	known = method_known(p, line);
	if (!known)
		return bad(p, 501, "this method is not served here");
	return target_taken(p, target, (size_t)(version - 1 - target));
}

/* A name or IPv4 address, or an IPv6 address in brackets; a port may follow. */
static bool host_valid(const char *host)
{
	size_t n = host[0] == '[' ? strspn(host + 1, "0123456789abcdefABCDEF:.") : span(host, HOST);
	const char *rest = host + n;

	if (!n)
		return false;
	if (host[0] == '[') {
		if (host[n + 1] != ']')
			return false;
		rest = host + n + 2;
	}
	if (*rest == ':')
		rest += 1 + strspn(rest + 1, "0123456789");
	return !*rest;
}

static bool on_host(struct http_parser *p, const char *value)
{
	return host_valid(value) || bad(p, 400, "the Host field is not a host");
}

static bool on_length(struct http_parser *p, const char *value)
{
	int64_t n;

	if (!text_i64(value, 0, INT64_MAX, &n))
		return bad(p, 400, "the Content-Length field is not a length");
	p->left = (uint64_t)n;
	return true;
}

static bool on_coding(struct http_parser *p, const char *value)
{
	p->chunked = true;
	return strcmp(value, "chunked") == 0 ||
	       bad(p, 501, "no transfer coding but chunked is served here");
}

static bool on_connection(struct http_parser *p, const char *value)
{
	static const char close[] = "close";

	while (*value) {
		size_t n = strcspn(value, ", \t");

		if (n == sizeof(close) - 1 && strncasecmp(value, close, n) == 0)
			p->close = true;
		value += n;
		value += strspn(value, ", \t");
	}
	return true;
}

static bool on_expect(struct http_parser *p, const char *value)
{
	if (!text_equal_nocase(value, "100-continue"))
		return bad(p, 417, "the Expect field asks for what is not served here");
	p->expects_continue = p->minor > 0;
	return true;
}

static bool on_nothing([[maybe_unused]] struct http_parser *p, [[maybe_unused]] const char *value)
{
	return true;
}

enum { HOST_AT, LENGTH_AT, CODING_AT };

/* Fields that frame the request or say who asks. */
static const struct framing {
	const char *name;
	bool (*taken)(struct http_parser *p, const char *value);
	bool repeatable;
} framing[] = {
    [HOST_AT] = {"Host", on_host},
    [LENGTH_AT] = {"Content-Length", on_length},
    [CODING_AT] = {"Transfer-Encoding", on_coding},
    {"Connection", on_connection, true},
    {"Expect", on_expect},
    {"Content-Type", on_nothing},
    {"Authorization", on_nothing},
};

static bool framing_taken(struct http_parser *p, const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(framing); i++) {
		if (!text_equal_nocase(name, framing[i].name))
			continue;
		if ((p->seen & (1U << i)) && !framing[i].repeatable)
			return bad(p, 400, "a field that may occur only once occurs twice");
		p->seen |= 1U << i;
		return framing[i].taken(p, value);
	}
	return true;
}

static bool field_taken(struct http_parser *p, char *line, size_t n)
{
	char *colon = memchr(line, ':', n);
	char *value, *end = line + n;

	if (line[0] == ' ' || line[0] == '\t')
		return bad(p, 400, "a field is folded over two lines");
	if (!colon || colon == line || line + span(line, TOKEN) != colon)
		return bad(p, 400, "a field is not a name, a colon and a value");
	if (p->field_count == HTTP_MAX_HEADERS)
		return bad(p, 431, "the request has too many fields");
	*colon = '\0';
	value = colon + 1;
	value += strspn(value, " \t");
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	p->fields[p->field_count++] = (struct http_field){
	    .name = (uint16_t)(line - p->head.data),
	    .value = (uint16_t)(value - p->head.data),
	};
	return framing_taken(p, line, value);
}

static bool head_taken(struct http_parser *p)
{
	bool length = p->seen & (1U << LENGTH_AT);

	if (p->minor && !(p->seen & (1U << HOST_AT)))
		return bad(p, 400, "the Host field is missing");
	if (p->chunked && length)
		return bad(p, 400, "the body has both a length and a transfer coding");
	if (p->chunked && !p->minor)
		return bad(p, 400, "HTTP/1.0 has no transfer coding");
	p->phase = HTTP_PHASE_HEAD;
	return true;
}

/* A whole line is at the end of head, CR and LF included. */
static bool line_ended(struct http_parser *p)
{
	char *line = p->head.data + p->line;
	size_t n = p->head.len - p->line - 2;

	line[n] = '\0';
	p->line = (uint32_t)p->head.len;
	if (p->phase == HTTP_PHASE_LINE) {
		if (!line_taken(p, line, n))
			return false;
		p->phase = HTTP_PHASE_FIELDS;
		p->room = HTTP_MAX_HEADER_BYTES;
		return true;
	}
	return n ? field_taken(p, line, n) : head_taken(p);
}

static bool head_byte(struct http_parser *p, unsigned char c)
{
	if (!p->room--)
		return p->phase == HTTP_PHASE_LINE
			   ? bad(p, 414, "the request line is too long")
			   : bad(p, 431, "the request's fields are too long");
	if ((c == '\n') != p->after_cr)
		return bad(p, 400, "a CR or LF stands alone");
	p->after_cr = c == '\r';
	if ((c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
		return bad(p, 400, "a control character stands in the request's head");
	return true;
}

static bool head_bytes(struct http_parser *p, const char *bytes, size_t n, size_t *used)
{
	size_t from = 0, i = 0;

	if (p->phase == HTTP_PHASE_LINE && !p->head.len)
		p->room = REQUEST_LINE_MAX;
	while (i < n && p->phase <= HTTP_PHASE_FIELDS) {
		char c = bytes[i++];

		if (!head_byte(p, (unsigned char)c))
			break;
		if (c != '\n')
			continue;
		buf_add(&p->head, bytes + from, i - from);
		from = i;
		if (!line_ended(p))
			break;
	}
	*used = i;
	if (p->phase == HTTP_PHASE_BAD)
		return false;
	buf_add(&p->head, bytes + from, i - from);
	return true;
}

static bool body_bytes(struct http_parser *p, const char *bytes, size_t n, size_t *used)
{
	*used = n < p->left ? n : (size_t)p->left;
	buf_add(&p->body, bytes, *used);
	p->left -= *used;
	if (!p->left)
		p->phase = p->chunked ? HTTP_PHASE_CHUNK_CR : HTTP_PHASE_DONE;
	return true;
}

static bool size_byte(struct http_parser *p, char c)
{
	int value = hex_value(c);

	if (c == '\r' && p->digits) {
		p->digits = 0;
		p->phase = HTTP_PHASE_CHUNK_SIZE_LF;
		return true;
	}
	if (value < 0)
		return bad(p, 400, "a chunk's size is not a plain number");
	if (p->digits++ == HTTP_MAX_CHUNK_DIGITS)
		return bad(p, 400, "a chunk's size has too many digits");
	p->left = p->left * 16 + (unsigned)value;
	return true;
}

static bool size_ended(struct http_parser *p)
{
	if (p->left > p->max_body - p->body.len)
		return bad(p, 413, "the body is too large");
	p->phase = p->left ? HTTP_PHASE_CHUNK_DATA : HTTP_PHASE_LAST_CR;
	return true;
}

/* The bytes between chunks' data, which have one meaning each. */
static bool chunk_byte(struct http_parser *p, char c)
{
	static const struct {
		char want;
		enum http_phase next;
	} fixed[] = {
	    [HTTP_PHASE_CHUNK_SIZE_LF] = {'\n', HTTP_PHASE_CHUNK_DATA},
	    [HTTP_PHASE_CHUNK_CR] = {'\r', HTTP_PHASE_CHUNK_LF},
	    [HTTP_PHASE_CHUNK_LF] = {'\n', HTTP_PHASE_CHUNK_SIZE},
	    [HTTP_PHASE_LAST_CR] = {'\r', HTTP_PHASE_LAST_LF},
	    [HTTP_PHASE_LAST_LF] = {'\n', HTTP_PHASE_DONE},
	};

	if (p->phase == HTTP_PHASE_CHUNK_SIZE)
		return size_byte(p, c);
	if (c != fixed[p->phase].want)
		return bad(p, 400,
			   "a chunk does not end where its size says, or a trailer follows");
	if (p->phase == HTTP_PHASE_CHUNK_SIZE_LF)
		return size_ended(p);
	p->phase = fixed[p->phase].next;
	return true;
}

/* Takes some bytes in the present phase. */
static bool some_bytes(struct http_parser *p, const char *bytes, size_t n, size_t *used)
{
	if (p->phase <= HTTP_PHASE_FIELDS)
		return head_bytes(p, bytes, n, used);
	if (p->phase == HTTP_PHASE_BODY || p->phase == HTTP_PHASE_CHUNK_DATA)
		return body_bytes(p, bytes, n, used);
	*used = 1;
	return chunk_byte(p, bytes[0]);
}

enum http_step http_parse(struct http_parser *p, const char *bytes, size_t n, size_t *used)
{
	bool in_head = p->phase <= HTTP_PHASE_FIELDS;
	size_t step;

	*used = 0;
	while (*used < n && p->phase < HTTP_PHASE_DONE &&
	       (in_head ? p->phase < HTTP_PHASE_HEAD : p->phase > HTTP_PHASE_HEAD)) {
		if (!some_bytes(p, bytes + *used, n - *used, &step))
			return HTTP_STEP_BAD;
		*used += step;
	}
	if (p->phase == HTTP_PHASE_BAD)
		return HTTP_STEP_BAD;
	if (p->phase == HTTP_PHASE_DONE)
		return HTTP_STEP_DONE;
	return p->phase == HTTP_PHASE_HEAD ? HTTP_STEP_HEAD : HTTP_STEP_MORE;
}

bool http_parser_has_body(const struct http_parser *p)
{
	return p->chunked || p->left;
}

bool http_parser_body(struct http_parser *p, size_t max)
{
	p->max_body = max;
	if (p->left > max)
		return bad(p, 413, "the body is too large");
	p->phase =
	    p->chunked ? HTTP_PHASE_CHUNK_SIZE : (p->left ? HTTP_PHASE_BODY : HTTP_PHASE_DONE);
	return true;
}

const char *http_parser_target(const struct http_parser *p)
{
	return p->head.data + p->target;
}

const char *http_parser_field_next(const struct http_parser *p, const char *name, size_t *from)
{
	while (*from < p->field_count) {
		const struct http_field *field = &p->fields[(*from)++];

		if (text_equal_nocase(p->head.data + field->name, name))
			return p->head.data + field->value;
	}
	return NULL;
}

const char *http_parser_field(const struct http_parser *p, const char *name)
{
	size_t from = 0;

	return http_parser_field_next(p, name, &from);
}

const char *http_method_name(enum http_method m)
{
	return method_names[m];
}

bool http_value_valid(const char *value)
{
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

void http_parser_done(struct http_parser *p)
{
	buf_done(&p->head);
	buf_done(&p->body);
	*p = (struct http_parser){0};
}
