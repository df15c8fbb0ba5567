#include "http/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "http/parse.h"

struct pattern {
	const struct http_route *route;
	size_t count;
	struct http_segment segments[HTTP_MAX_SEGMENTS]; /* text NULL: a {name} */
};

struct http_router {
	size_t count;
	struct pattern patterns[];
};

/* Cuts at the slashes; text begins with one. The pieces are not terminated. */
static size_t cut(const char *text, struct http_segment out[static HTTP_MAX_SEGMENTS])
{
	size_t count = 0;

	while (*text == '/') {
		size_t n = strcspn(text + 1, "/");

		if (count == HTTP_MAX_SEGMENTS)
			return HTTP_MAX_SEGMENTS + 1;
		out[count++] = (struct http_segment){.text = text + 1, .n = n};
		text += 1 + n;
	}
	return count;
}

static size_t cut_apart(char *text, struct http_segment out[static HTTP_MAX_SEGMENTS])
{
	size_t count = cut(text, out);
	char *slash = text;

	while ((slash = strchr(slash, '/')))
		*slash++ = '\0';
	return count;
}

static bool dots(const char *path)
{
	while (*path == '/') {
		size_t n = strcspn(path + 1, "/");

		if ((n == 1 || n == 2) && strspn(path + 1, ".") >= n)
			return true;
		path += 1 + n;
	}
	return false;
}

static bool slash_encoded(const char *path, size_t n)
{
	size_t i;

	for (i = 0; i + 2 < n; i++) {
		if (path[i] == '%' && path[i + 1] == '2' && (path[i + 2] | 0x20) == 'f')
			return true;
	}
	return false;
}

bool http_path_read(struct arena *a, const char *target, struct http_path *out, struct err *e)
{
	size_t n = strcspn(target, "?");
	const char *query = target[n] ? target + n + 1 : "";
	char *text, *values;

	if (slash_encoded(target, n))
		return err_set(e, ERR_INVALID, "the path has an encoded slash");
	if (!text_unpercent(a, target, n, false, &text) || !text_printable(text, false))
		return err_set(e, ERR_INVALID, "the path is not plain text");
	if (dots(text))
		return err_set(e, ERR_INVALID, "the path has a . or .. segment");
	out->text = text;
	/* Else a filter that cannot be read would pass for one that is not there. */
	if (!text_unpercent(a, query, strlen(query), true, &values))
		return err_set(e, ERR_INVALID, "the query is not UTF-8 text");
	out->query = query;
	out->count = cut_apart(arena_dup(a, text), out->segments);
	return true;
}

static void pattern_read(const struct http_route *route, struct pattern *out)
{
	size_t args = 0, i;

	out->route = route;
	out->count = cut(route->path, out->segments);
	if (!out->count || out->count > HTTP_MAX_SEGMENTS)
		abort();
	for (i = 0; i < out->count; i++) {
		struct http_segment *s = &out->segments[i];

		if (s->n && s->text[0] == '{') {
			s->text = NULL;
			args++;
		}
	}
	if (args > HTTP_MAX_ARGS)
		abort();
}

struct http_router *http_router_new(const struct http_route *routes, size_t count)
{
	struct http_router *r = mem_alloc(sizeof(*r) + count * sizeof(r->patterns[0]));
	size_t i;

	r->count = count;
	for (i = 0; i < count; i++)
		pattern_read(&routes[i], &r->patterns[i]);
	return r;
}

void http_router_free(struct http_router *r)
{
	mem_free(r);
}

/* From the end, where paths differ most. */
static bool fits(const struct pattern *p, const struct http_path *path)
{
	size_t i = path->count;

	if (p->count != path->count)
		return false;
	while (i--) {
		const struct http_segment *want = &p->segments[i], *have = &path->segments[i];

		if (!want->text
			? !have->n
			: have->n != want->n || memcmp(have->text, want->text, want->n) != 0)
			return false;
	}
	return true;
}

static bool serves(const struct http_route *route, enum http_method method)
{
	return route->method == method || (method == HTTP_HEAD && route->method == HTTP_GET);
}

const struct http_route *http_router_find(const struct http_router *r, const struct http_path *path,
					  enum http_method method, const char **args, bool *known)
{
	size_t i, k, n = 0;

	*known = false;
	for (i = 0; i < r->count; i++) {
		const struct pattern *p = &r->patterns[i];

		if (!fits(p, path))
			continue;
		*known = true;
		if (!serves(p->route, method))
			continue;
		for (k = 0; k < p->count; k++) {
			if (!p->segments[k].text)
				args[n++] = path->segments[k].text;
		}
		return p->route;
	}
	return NULL;
}

const char *http_router_allow(const struct http_router *r, const struct http_path *path,
			      struct arena *a)
{
	AUTO(buf_done) struct buf out = {0};
	unsigned seen = 0;
	size_t i;

	for (i = 0; i < r->count; i++) {
		enum http_method m = r->patterns[i].route->method;

		if (!fits(&r->patterns[i], path) || (seen & (1U << m)))
			continue;
		seen |= 1U << m;
		buf_printf(&out, "%s%s", out.len ? ", " : "", http_method_name(m));
		if (m == HTTP_GET)
			buf_text(&out, ", HEAD");
	}
	return arena_dup(a, out.data ? out.data : "");
}
