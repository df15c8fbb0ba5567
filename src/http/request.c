#include "http/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "http/conn.h"

#define HEAD_ROOM 256 /* of an answer's head without the extra fields */

struct request *request_new(struct conn *c, struct mailbox *mail, void *context)
{
	struct request *r = mem_new(struct request);

	r->parser = arena_new(&r->arena, struct http_parser);
	r->conn = c;
	r->mail = mail;
	mailbox_hold(mail);
	r->pub.arena = &r->arena;
	r->pub.context = context;
	r->pub.path = "";
	r->pub.query = "";
	r->pub.body = "";
	r->pub.peer = "";
	return r;
}

static void content_free(struct request *r)
{
	if (r->parser)
		http_parser_done(r->parser);
	r->parser = NULL;
	r->refusal = NULL;
	arena_done(&r->arena);
}

void request_free(struct request *r)
{
	if (!r)
		return;
	content_free(r);
	buf_done(&r->extra);
	buf_done(&r->out);
	mailbox_release(r->mail);
	mem_free(r);
}

bool request_dispatch(struct request *r, http_dispatch_fn *fn)
{
	fn(&r->pub);
	return atomic_fetch_or(&r->state, REQUEST_RETURNED) & REQUEST_ANSWERED;
}

bool request_open(const struct request *r)
{
	return !(atomic_load(&r->state) & REQUEST_ANSWERED);
}

static struct request *whole(struct http_request *pub)
{
	return (struct request *)pub;
}

static void end(struct request *r)
{
	unsigned before = atomic_fetch_or(&r->state, REQUEST_ANSWERED);

	if (before & REQUEST_ANSWERED)
		abort();
	if (before & REQUEST_RETURNED)
		mailbox_put(r->mail, r);
}

static const char *reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = {
	    {200, "OK"},
	    {201, "Created"},
	    {202, "Accepted"},
	    {204, "No Content"},
	    {302, "Found"},
	    {303, "See Other"},
	    {304, "Not Modified"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {408, "Request Timeout"},
	    {409, "Conflict"},
	    {410, "Gone"},
	    {412, "Precondition Failed"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {415, "Unsupported Media Type"},
	    {417, "Expectation Failed"},
	    {422, "Unprocessable Content"},
	    {426, "Upgrade Required"},
	    {428, "Precondition Required"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {502, "Bad Gateway"},
	    {503, "Service Unavailable"},
	    {504, "Gateway Timeout"},
	    {505, "HTTP Version Not Supported"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (reasons[i].status == status)
			return reasons[i].text;
	}
	return "";
}

#define IN_PIECES SIZE_MAX

/* The head up to the empty line, without what http_set_header added. */
static void head_write(struct request *r, int status, const char *type, size_t n)
{
	char head[HEAD_ROOM];
	int len;

	len = snprintf(head, sizeof(head), "HTTP/1.1 %d %s\r\n", status, reason(status));
	buf_add(&r->out, head, (size_t)len);
	if (n == IN_PIECES) {
		if (r->chunked)
			buf_text(&r->out, "Transfer-Encoding: chunked\r\n");
	} else if (status >= 200 && status != 204 && status != 304) {
		len = snprintf(head, sizeof(head), "Content-Length: %zu\r\n", n);
		buf_add(&r->out, head, (size_t)len);
	}
	if (type && http_value_valid(type)) {
		buf_text(&r->out, "Content-Type: ");
		buf_text(&r->out, type);
		buf_text(&r->out, "\r\n");
	}
	if (r->close || mailbox_stopping(r->mail))
		buf_text(&r->out, "Connection: close\r\n");
}

void http_answer(struct http_request *pub, int status, const char *type, const void *body, size_t n)
{
	struct request *r = whole(pub);
	bool bodyless = r->head_only || status == 204 || status == 304;

	(void)!buf_room(&r->out, HEAD_ROOM + r->extra.len + (bodyless ? 0 : n));
	head_write(r, status, type, n);
	buf_add(&r->out, r->extra.data, r->extra.len);
	buf_add(&r->out, "\r\n", 2);
	if (!bodyless)
		buf_add(&r->out, body, n);
	end(r);
}

void request_reopen(struct request *r)
{
	atomic_store(&r->state, REQUEST_RETURNED);
}

void request_more(struct request *r)
{
	atomic_store(&r->state, 0);
	r->more(&r->pub);
	/* In its turn, so that quick pieces are not called for within each other. */
	if (atomic_fetch_or(&r->state, REQUEST_RETURNED) & REQUEST_ANSWERED)
		mailbox_put(r->mail, r);
}

/* HTTP/1.0 knows the end by the connection's. */
static void begin_pieces(struct request *r, int status, const char *type)
{
	r->begun = true;
	r->chunked = !r->parser || r->parser->minor > 0;
	r->close = r->close || !r->chunked;
	head_write(r, status, type, IN_PIECES);
	buf_add(&r->out, r->extra.data, r->extra.len);
	buf_add(&r->out, "\r\n", 2);
	buf_done(&r->extra);
}

static void add_piece(struct request *r, const void *piece, size_t n, bool last)
{
	/* An empty chunk would be the last. */
	if (r->chunked && n > 0)
		buf_printf(&r->out, "%zx\r\n", n);
	buf_add(&r->out, piece, n);
	if (r->chunked && n > 0)
		buf_add(&r->out, "\r\n", 2);
	if (r->chunked && last)
		buf_text(&r->out, "0\r\n\r\n");
}

void http_answer_piece(struct http_request *pub, int status, const char *type, const void *piece,
		       size_t n, http_more_fn *more)
{
	struct request *r = whole(pub);

	if (!r->begun)
		begin_pieces(r, status, type);
	if (!r->head_only)
		add_piece(r, piece, n, !more);
	r->more = r->head_only ? NULL : more;
	end(r);
}

void request_upgrade(struct request *r, struct websocket *ws, const char *accept)
{
	/* Only there is the connection sure to be at hand. */
	if (atomic_load(&r->state) & REQUEST_RETURNED)
		abort();
	r->upgrade = ws;
	buf_text(&r->out, "HTTP/1.1 101 Switching Protocols\r\n"
			  "Upgrade: websocket\r\n"
			  "Connection: Upgrade\r\n"
			  "Sec-WebSocket-Accept: ");
	buf_text(&r->out, accept);
	buf_text(&r->out, "\r\n");
	buf_add(&r->out, r->extra.data, r->extra.len);
	buf_add(&r->out, "\r\n", 2);
	end(r);
}

void http_drop(struct http_request *pub)
{
	struct request *r = whole(pub);

	r->drop = true;
	end(r);
}

void http_reset(struct http_request *pub)
{
	whole(pub)->reset = true;
	http_drop(pub);
}

bool http_set_header(struct http_request *pub, const char *name, const char *value)
{
	struct buf *extra = &whole(pub)->extra;

	if (!http_value_valid(value))
		return false;
	buf_text(extra, name);
	buf_add(extra, ": ", 2);
	buf_text(extra, value);
	buf_add(extra, "\r\n", 2);
	return true;
}

void http_on_gone(struct http_request *pub, http_gone_fn *gone)
{
	struct request *r = whole(pub);

	r->gone = gone;
	conn_waits_long(r->conn);
}

void http_park(struct http_request *pub)
{
	struct request *r = whole(pub);

	content_free(r);
	pub->path = "";
	pub->query = "";
	memset(pub->args, 0, sizeof(pub->args));
	pub->body = "";
	pub->body_len = 0;
	pub->peer = "";
	r->parked = true;
	conn_waits_long(r->conn);
}

const struct err *http_refusal(const struct http_request *pub, int *status)
{
	const struct request *r = (const struct request *)pub;

	*status = r->status;
	return r->refusal;
}

void request_refuse_plainly(struct http_request *pub)
{
	int status;
	const struct err *e = http_refusal(pub, &status);
	const char *text = arena_printf(pub->arena, "%s\n", e->text);

	http_answer(pub, status, "text/plain; charset=utf-8", text, strlen(text));
}

const char *http_header(const struct http_request *pub, const char *name)
{
	const struct request *r = (const struct request *)pub;
	const char *value = r->parser ? http_parser_field(r->parser, name) : NULL;

	return value && text_utf8_valid(value, strlen(value)) ? value : NULL;
}

const char *http_header_all(const struct http_request *pub, const char *name)
{
	const struct request *r = (const struct request *)pub;
	const char *all = NULL, *value;
	size_t from = 0;

	while (r->parser && (value = http_parser_field_next(r->parser, name, &from)) != NULL)
		all = all == NULL ? value : arena_printf(pub->arena, "%s, %s", all, value);
	return all && text_utf8_valid(all, strlen(all)) ? all : NULL;
}

bool http_header_sent(const struct http_request *pub, const char *name)
{
	const struct request *r = (const struct request *)pub;

	return r->parser && http_parser_field(r->parser, name);
}

/* One "name=value" of a list of them, decoded; NULL where it cannot be. */
static bool next_parameter(struct arena *a, const char **at, const char **name, const char **value)
{
	const char *list = *at;
	size_t n = strcspn(list, "&");
	const char *equals = memchr(list, '=', n);
	size_t name_n = equals ? (size_t)(equals - list) : n;
	char *text;

	if (*list == '\0')
		return false;
	*at = list + n + (list[n] == '&');
	*name = text_unpercent(a, list, name_n, true, &text) ? text : NULL;
	*value = "";
	if (equals)
		*value = text_unpercent(a, equals + 1, n - name_n - 1, true, &text) ? text : NULL;
	return true;
}

static const char *parameter(struct arena *a, const char *list, const char *wanted)
{
	const char *name, *value;

	while (next_parameter(a, &list, &name, &value)) {
		if (name && strcmp(name, wanted) == 0)
			return value;
	}
	return NULL;
}

bool http_query_next(const struct http_request *pub, const char **at, const char **name,
		     const char **value)
{
	return next_parameter(pub->arena, at, name, value);
}

const char *http_query(const struct http_request *pub, const char *name)
{
	return parameter(pub->arena, pub->query, name);
}

const char *http_form(const struct http_request *pub, const char *name)
{
	static const char form[] = "application/x-www-form-urlencoded";
	const char *type = http_header(pub, "Content-Type");
	size_t n = type ? strcspn(type, "; \t") : 0;

	if (n != sizeof(form) - 1 || strncasecmp(type, form, n) != 0 ||
	    memchr(pub->body, '\0', pub->body_len))
		return NULL;
	return parameter(pub->arena, pub->body, name);
}

const char *http_cookie(const struct http_request *pub, const char *name)
{
	const char *list = http_header(pub, "Cookie");
	size_t name_n = strlen(name);

	while (list && *list) {
		size_t n = strcspn(list, ";");

		if (n > name_n && list[name_n] == '=' && memcmp(list, name, name_n) == 0)
			return arena_dup_n(pub->arena, list + name_n + 1, n - name_n - 1);
		list += n;
		list += strspn(list, "; ");
	}
	return NULL;
}
