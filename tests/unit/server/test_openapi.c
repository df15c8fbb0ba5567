/*
 * The descriptions of the routes, and docs/api-reference.md, which is written from them: run with --write it makes the
 * file anew, else it fails when the file says anything else. --json prints the document, for generators.
 */
#include "../unit.h"

#include <stdio.h>

#include "base/text.h"
#include "web/openapi.h"
#include "web/request.h"
#include "server/routes.h"

struct table {
	struct arena arena;
	const struct http_route *routes;
	size_t count;
};

static void done(struct table *t)
{
	arena_done(&t->arena);
}

static void make(struct table *t)
{
	*t = (struct table){0};
	t->routes = routes_gather(&t->arena, &t->count);
}

static const struct route_doc *doc_of(const struct http_route *route)
{
	return ((const struct route *)route->data)->doc;
}

/* A sentence for whoever forgot something. */
static void demand(bool ok, const struct http_route *route, const char *what)
{
	if (!ok)
		fail_msg("%s %s", route->path, what);
}

static void every_route_of_the_API_is_described(void **state)
{
	AUTO(done) struct table t;

	(void)state;
	make(&t);
	for (size_t i = 0; i < t.count; i++) {
		const struct http_route *route = &t.routes[i];
		const struct route_doc *doc = doc_of(route);

		if (!openapi_has(route))
			continue;
		demand(doc != NULL, route, "has no DOC(…)");
		demand(openapi_tags[openapi_tag(route)].name != NULL, route,
		       "has a noun that openapi_tags lacks");
		demand(doc->id != NULL && doc->summary != NULL, route, "needs an id and a summary");
		demand(doc->summary[strlen(doc->summary) - 1] != '.', route,
		       "needs a summary without a full stop");
		demand((doc->out != NULL) == (doc->noun != NULL), route,
		       "needs a noun for its answer, and only for one");
		demand(doc->out != NULL || doc->out_types != NULL || doc->status == 204 ||
			   doc->status == 303,
		       route, "answers nothing, so its status is 204");
		demand((doc->in == NULL && doc->in_types == NULL) || route->max_body > 0, route,
		       "takes a body of at most 0 bytes");
	}
}

/* Two tables under one name, or one operation twice, and generated clients would not compile. */
static void names_are_unique(void **state)
{
	AUTO(done) struct table t;

	(void)state;
	make(&t);
	for (size_t i = 0; i < t.count; i++) {
		const struct route_doc *a = openapi_has(&t.routes[i]) ? doc_of(&t.routes[i]) : NULL;

		for (size_t k = 0; a != NULL && k < i; k++) {
			const struct route_doc *b = doc_of(&t.routes[k]);

			if (!openapi_has(&t.routes[k]) || b == NULL)
				continue;
			demand(!text_equal(a->id, b->id), &t.routes[i], "has another's id");
			demand(a->noun == NULL || b->noun == NULL ||
				   text_equal(a->noun, b->noun) == (a->out == b->out),
			       &t.routes[i], "has one noun for two tables, or two for one");
		}
	}
}

static bool unknown(const struct json_field *fields, const char **why)
{
	for (; fields != NULL && fields->name != NULL; fields++) {
		bool nested =
		    fields->kind == JSON_FIELD_OBJECT || fields->kind == JSON_FIELD_POINTER;

		*why = fields->name;
		if (nested && fields->fields == NULL)
			return true;
		if ((fields->kind == JSON_FIELD_POINTER ||
		     (fields->kind == JSON_FIELD_ARRAY && fields->fields != NULL)) &&
		    fields->size == 0)
			return true;
		if (unknown(fields->fields, why))
			return true;
	}
	return false;
}

static void tables_are_whole(void **state)
{
	AUTO(done) struct table t;

	(void)state;
	make(&t);
	for (size_t i = 0; i < t.count; i++) {
		const struct route_doc *doc =
		    openapi_has(&t.routes[i]) ? doc_of(&t.routes[i]) : NULL;
		const char *why;

		if (doc == NULL)
			continue;
		if (unknown(doc->in, &why) || unknown(doc->out, &why) || unknown(doc->query, &why))
			fail_msg("%s: %s has no fields or no size", t.routes[i].path, why);
		for (const struct json_field *f = doc->query; f != NULL && f->name != NULL; f++) {
			if (f->kind != JSON_FIELD_TEXT && f->kind != JSON_FIELD_I64 &&
			    f->kind != JSON_FIELD_BOOL)
				fail_msg("%s: %s does not fit a query", t.routes[i].path, f->name);
		}
	}
}

/* What is promised to a reader has to be JSON; whether it is OpenAPI is for tests/e2e/openapi. */
static void the_document_is_JSON_and_always_the_same(void **state)
{
	AUTO(done) struct table t;
	const struct openapi *one, *two;
	const struct json *read;
	struct err e = {0};

	(void)state;
	make(&t);
	one = openapi_make(&t.arena, t.routes, t.count);
	two = openapi_make(&t.arena, t.routes, t.count);
	assert_true(json_parse(&t.arena, one->text, one->len, &read, &e));
	assert_string_equal(json_text(read, "openapi"), "3.1.0");
	assert_string_equal(one->etag, two->etag);
	assert_string_equal(one->text, two->text);
	assert_null(strstr(one->text, "/agent/v1"));
	assert_null(strstr(one->text, "/callback"));
}

/* --- docs/api-reference.md --- */

#define PAGE SOURCE_ROOT "/docs/api-reference.md"

static const char intro[] = "# The API, operation by operation\n\n"
			    "Made from the route table and the field tables by "
			    "`tests/unit/server/test_openapi.c`: the same "
			    "that read and write. The server has it at `/api/v1/openapi.json` "
			    "(OpenAPI 3.1), with examples. "
			    "What holds for all of it is in [api.md](api.md).\n\n"
			    "Who: *all* are the roles owner, security-admin, approver and auditor. "
			    "Every operation may also "
			    "be refused with 400, 401, 403 and, where they fit, 404, 412, 413, "
			    "415, 422 and 429; others are "
			    "named.\n";

/* "a.b[].": what stands before a member's name. */
struct prefix {
	const struct prefix *in;
	const char *name, *after;
};

static void put_prefix(struct buf *out, const struct prefix *p)
{
	if (p == NULL)
		return;
	put_prefix(out, p->in);
	buf_printf(out, "%s%s", p->name, p->after);
}

static void put_limits(struct buf *out, const struct json_field *f)
{
	if (f->kind == JSON_FIELD_I64)
		buf_printf(out, ", %lld to %lld", (long long)f->min, (long long)f->max);
	else if (f->kind == JSON_FIELD_TEXT && f->words == NULL && f->format == NULL && f->max > 0)
		buf_printf(out, ", %s%lld characters", f->min > 0 ? "1 to " : "at most ",
			   (long long)f->max);
	else if (f->kind == JSON_FIELD_ARRAY && f->max > 0)
		buf_printf(out, ", %lld to %lld", (long long)f->min, (long long)f->max);
}

static void put_words(struct buf *out, const char *const *word)
{
	const char *between = "";

	for (; *word != NULL; word++, between = ", ")
		buf_printf(out, "%s`%s`", between, *word);
}

static void put_kind(struct buf *out, const struct json_field *f)
{
	static const char *const kinds[] = {
	    [JSON_FIELD_TEXT] = "text",          [JSON_FIELD_I64] = "number",
	    [JSON_FIELD_BOOL] = "true or false", [JSON_FIELD_OBJECT] = "object",
	    [JSON_FIELD_POINTER] = "object",     [JSON_FIELD_ARRAY] = "list",
	    [JSON_FIELD_ANY] = "JSON",           [JSON_FIELD_RAW] = "JSON",
	};

	if (f->words != NULL)
		put_words(out, f->words);
	else if (text_equal(f->format, JSON_ID))
		buf_text(out, f->kind == JSON_FIELD_ARRAY ? "list of ids" : "id");
	else
		buf_text(out, f->kind == JSON_FIELD_ARRAY && f->fields == NULL ? "list of texts"
									       : kinds[f->kind]);
}

static void put_member(struct buf *out, const struct json_field *f, const struct prefix *in,
		       enum json_side side)
{
	bool inside = f->kind == JSON_FIELD_OBJECT || f->kind == JSON_FIELD_POINTER ||
		      (f->kind == JSON_FIELD_ARRAY && f->fields != NULL);
	const struct prefix below = {in, f->name, f->kind == JSON_FIELD_ARRAY ? "[]." : "."};

	buf_text(out, "| `");
	put_prefix(out, in);
	buf_printf(out, "%s` | ", f->name);
	put_kind(out, f);
	if (side == JSON_SIDE_IN)
		put_limits(out, f);
	if (side == JSON_SIDE_IN ? f->required : f->nullable)
		buf_text(out, side == JSON_SIDE_IN ? "; required" : " or null");
	if (side == JSON_SIDE_OUT && f->omit)
		buf_text(out, ", or absent");
	buf_printf(out, " | %s |\n", f->doc != NULL ? f->doc : "");
	for (const struct json_field *m = inside ? f->fields : NULL; m != NULL && m->name != NULL;
	     m++)
		put_member(out, m, &below, side);
}

static void put_table(struct buf *out, const struct json_field *fields, enum json_side side)
{
	buf_text(out, "\n| member | is | |\n|---|---|---|\n");
	for (; fields->name != NULL; fields++)
		put_member(out, fields, NULL, side);
}

static void put_who(struct buf *out, unsigned access)
{
	const char *between = "";

	if (access == ACCESS_PUBLIC)
		buf_text(out, "anybody");
	else if (access == ROLES_ALL)
		buf_text(out, "all");
	for (unsigned role = ROLE_OWNER; role <= ROLE_AUDITOR && access != ROLES_ALL; role <<= 1) {
		if (access & role) {
			buf_printf(out, "%s%s", between, role_name((enum role)role));
			between = ", ";
		}
	}
}

static void put_answer(struct buf *out, const struct route_doc *doc)
{
	buf_printf(out, "%d", doc->status != 0 ? doc->status : 200);
	if (doc->noun != NULL)
		buf_printf(out, " %s%s", doc->list ? "list of " : "", doc->noun);
	for (size_t i = 0; doc->out_types != NULL && doc->out_types[i] != NULL; i++)
		buf_printf(out, " %s", doc->out_types[i]);
	for (int code = ERR_NONE + 1; code < ERR_CODE_COUNT; code++) {
		if (doc->errors & ERROR(code))
			buf_printf(out, "; %d", err_http_status((enum err_code)code));
	}
}

static void put_query(struct buf *out, const struct route_doc *doc)
{
	const char *between = "?";

	for (const struct json_field *f = doc->query; f != NULL && f->name != NULL; f++) {
		buf_printf(out, "%s%s=", between, f->name);
		between = "&";
	}
}

static void put_operation(struct buf *out, const struct http_route *route)
{
	static const char *const methods[] = {
	    [HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
	    [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE"};
	const struct route_doc *doc = doc_of(route);

	buf_printf(out, "\n### %s\n\n`%s %s", doc->summary, methods[route->method], route->path);
	put_query(out, doc);
	buf_printf(out, "` · `%s` · ", doc->id);
	put_who(out, ((const struct route *)route->data)->access);
	buf_text(out, " · ");
	put_answer(out, doc);
	buf_text(out, doc->etag ? " · ETag\n" : "\n");
	if (doc->text != NULL)
		buf_printf(out, "\n%s\n", doc->text);
	if (doc->query != NULL)
		put_table(out, doc->query, JSON_SIDE_IN);
}

/* The first route with this table has its members. */
static bool is_first(const struct table *t, size_t i, bool in)
{
	const struct route_doc *doc = doc_of(&t->routes[i]);
	const struct json_field *fields = in ? doc->in : doc->out;

	for (size_t k = 0; k < i && fields != NULL; k++) {
		const struct route_doc *other =
		    openapi_has(&t->routes[k]) ? doc_of(&t->routes[k]) : NULL;

		if (other != NULL && (in ? other->in : other->out) == fields)
			return false;
	}
	return fields != NULL;
}

static void put_section(struct buf *out, const struct table *t, size_t i)
{
	const struct route_doc *doc = doc_of(&t->routes[i]);

	put_operation(out, &t->routes[i]);
	if (is_first(t, i, true)) {
		buf_text(out, "\nBody:\n");
		put_table(out, doc->in, JSON_SIDE_IN);
	} else if (doc->in != NULL) {
		buf_text(out, "\nBody: as above.\n");
	}
	if (is_first(t, i, false)) {
		buf_printf(out, "\n%s:\n", doc->noun);
		put_table(out, doc->out, JSON_SIDE_OUT);
	}
}

static void write_page(struct buf *out, const struct table *t)
{
	buf_text(out, intro);
	for (size_t tag = 0; openapi_tags[tag].name != NULL; tag++) {
		buf_printf(out, "\n## %s\n\n%s.\n", openapi_tags[tag].name, openapi_tags[tag].text);
		for (size_t i = 0; i < t->count; i++) {
			if (openapi_has(&t->routes[i]) && openapi_tag(&t->routes[i]) == tag)
				put_section(out, t, i);
		}
	}
}

static void the_reference_is_what_the_tables_say(void **state)
{
	AUTO(buf_done) struct buf want = {0}, is = {0};
	AUTO(done) struct table t;
	char part[4096];
	FILE *file = fopen(PAGE, "r");
	size_t n;

	(void)state;
	assert_non_null(file);
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		buf_add(&is, part, n);
	assert_int_equal(fclose(file), 0);
	make(&t);
	write_page(&want, &t);
	if (is.len != want.len || memcmp(is.data, want.data, is.len) != 0)
		fail_msg("docs/api-reference.md is stale: run this program with --write");
}

static int make_page(void)
{
	AUTO(buf_done) struct buf page = {0};
	AUTO(done) struct table t;
	FILE *file = fopen(PAGE, "w");
	bool ok;

	if (file == NULL)
		return 1;
	make(&t);
	write_page(&page, &t);
	ok = fwrite(page.data, 1, page.len, file) == page.len;
	return fclose(file) == 0 && ok ? 0 : 1;
}

static int print_document(void)
{
	AUTO(done) struct table t;
	const struct openapi *document;

	make(&t);
	document = openapi_make(&t.arena, t.routes, t.count);
	return fwrite(document->text, 1, document->len, stdout) == document->len ? 0 : 1;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_route_of_the_API_is_described),
	    cmocka_unit_test(names_are_unique),
	    cmocka_unit_test(tables_are_whole),
	    cmocka_unit_test(the_document_is_JSON_and_always_the_same),
	    cmocka_unit_test(the_reference_is_what_the_tables_say),
	};

	if (argc == 2 && strcmp(argv[1], "--write") == 0)
		return make_page();
	if (argc == 2 && strcmp(argv[1], "--json") == 0)
		return print_document();

	return cmocka_run_group_tests(tests, NULL, NULL);
}
