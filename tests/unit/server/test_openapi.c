#include "../unit.h"

#include <stdio.h>

#include "base/text.h"
#include "server/openapi.h"
#include "server/request.h"
#include "server/route.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_route_of_the_API_is_described),
	    cmocka_unit_test(names_are_unique),
	    cmocka_unit_test(tables_are_whole),
	    cmocka_unit_test(the_document_is_JSON_and_always_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
