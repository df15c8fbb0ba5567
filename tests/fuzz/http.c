/* The parser of requests: whatever the bytes, cutting them differently changes nothing, and what it
 * lets through has the form that everything behind it relies on. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http/parse.h"
#include "http/route.h"

#define MAX_BODY 300

static const struct http_route routes[] = {
    {HTTP_GET, "/", 0, NULL},
    {HTTP_GET, "/hello", 0, NULL},
    {HTTP_POST, "/items/{id}/parts/{part}", MAX_BODY, NULL},
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_path(const struct http_parser *p, struct buf *seen)
{
	AUTO(arena_done) struct arena a = {0};
	struct http_router *router = http_router_new(routes, ARRAY_SIZE(routes));
	const char *args[HTTP_MAX_ARGS] = {0};
	struct http_path path;
	struct err e = {0};
	bool known;
	size_t i;

	if (http_path_read(&a, http_parser_target(p), &path, &e)) {
		must(path.text[0] == '/' && path.count > 0);
		must(!strstr(path.text, "/../") && !strstr(path.text, "/./"));
		buf_printf(seen, "path %s query %s\n", path.text, path.query);
		(void)http_router_find(router, &path, p->method, args, &known);
		for (i = 0; i < HTTP_MAX_ARGS && args[i]; i++)
			must(args[i][0] && !strchr(args[i], '/'));
	}
	http_router_free(router);
}

/* What reached the other side of the parser. */
static void check_head(const struct http_parser *p, struct buf *seen)
{
	size_t i;

	must(p->field_count <= HTTP_MAX_HEADERS && p->minor <= 1);
	must(!p->minor || http_parser_field(p, "HOST"));
	must(!p->chunked || !http_parser_field(p, "content-length"));
	buf_printf(seen, "%s %s %d %d %d\n", http_method_name(p->method), http_parser_target(p),
		   p->minor, p->close, p->chunked);
	for (i = 0; i < p->field_count; i++) {
		const char *name = p->head.data + p->fields[i].name;
		const char *value = p->head.data + p->fields[i].value;

		must(*name && http_value_valid(value) && http_value_valid(name));
		buf_printf(seen, "%s: %s\n", name, value);
	}
	check_path(p, seen);
}

/* Gives one piece to the parser, across requests. False when the connection would be closed. */
static bool give(struct http_parser *p, const uint8_t *data, size_t n, struct buf *seen)
{
	size_t used = 0, more = 0;

	for (;;) {
		enum http_step step = http_parse(p, (const char *)data + used, n - used, &more);

		used += more;
		must(used <= n);
		switch (step) {
		case HTTP_STEP_MORE:
			must(used == n);
			return true;
		case HTTP_STEP_HEAD:
			check_head(p, seen);
			if (http_parser_body(p, MAX_BODY))
				break;
			[[fallthrough]];
		case HTTP_STEP_BAD:
			must(p->status >= 400 && p->status < 600 && p->why);
			buf_printf(seen, "bad %d %s\n", p->status, p->why);
			return false;
		case HTTP_STEP_DONE:
			must(p->body.len <= MAX_BODY && !p->body.overflow);
			buf_printf(seen, "body %zu:", p->body.len);
			buf_add(seen, p->body.data, p->body.len);
			http_parser_done(p);
			if (used == n)
				return true;
			break;
		}
	}
}

static void run(const uint8_t *data, size_t n, unsigned seed, struct buf *seen)
{
	struct http_parser p = {0};

	while (n) {
		size_t piece = n;

		if (seed) {
			seed = seed * 1103515245U + 12345U;
			piece = 1 + (seed >> 16) % (seed & 1 ? 3 : 40);
			piece = piece < n ? piece : n;
		}
		if (!give(&p, data, piece, seen))
			break;
		data += piece;
		n -= piece;
	}
	buf_printf(seen, "end %d\n", (int)p.phase);
	http_parser_done(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf whole = {0};
	unsigned seed;

	run(data, size, 0, &whole);
	for (seed = 1; seed <= 3; seed++) {
		AUTO(buf_done) struct buf cut = {0};

		run(data, size, seed * 7919 + (unsigned)size, &cut);
		must(cut.len == whole.len && memcmp(cut.data, whole.data, whole.len) == 0);
	}
	return 0;
}
