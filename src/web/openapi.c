#include "web/openapi.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "web/problem.h"
#include "web/request.h"
#include "web/route.h"
#include "web/server.h"

#define SESSION_COOKIE "__Host-holdfast"
#define CSRF_HEADER "X-CSRF-Token"
#define EXAMPLE_ID "01980c5e-7b1a-7c3d-9a4e-5f60718293a4"

struct document {
	struct json_writer w;
	struct arena *arena;
	const struct http_route *routes;
	size_t count;
};

static const struct route *of(const struct http_route *route)
{
	return route->data;
}

static const struct route_doc *doc_of(const struct http_route *route)
{
	return of(route)->doc;
}

bool openapi_has(const struct http_route *route)
{
	return text_starts(route->path, "/api/v1/") || text_starts(route->path, "/auth/");
}

static bool shown(const struct http_route *route)
{
	return openapi_has(route) && doc_of(route) != NULL;
}

static void put_ref(struct json_writer *w, const char *key, const char *kind, const char *name)
{
	AUTO(buf_done) struct buf ref = {0};

	buf_printf(&ref, "#/components/%s/%s", kind, name);
	json_object(w, key);
	json_put_text(w, "$ref", ref.data);
	json_object_end(w);
}

/* --- what follows from a route --- */

/* What a caller can tell apart; the other codes look like one of these. */
static const enum err_code told[] = {
    ERR_INVALID,  ERR_UNAUTHENTICATED, ERR_FORBIDDEN,   ERR_NOT_FOUND,   ERR_CONFLICT,
    ERR_GONE,     ERR_STALE,           ERR_TOO_LARGE,   ERR_UNSUPPORTED, ERR_UNPROCESSABLE,
    ERR_TOO_MANY, ERR_INTERNAL,        ERR_UNAVAILABLE,
};

static bool changes(const struct http_route *route)
{
	return route->method != HTTP_GET && route->method != HTTP_HEAD;
}

static bool is_public(const struct http_route *route)
{
	return of(route)->access == ACCESS_PUBLIC;
}

static bool keeps_answers(const struct http_route *route)
{
	enum route_mode mode = of(route)->mode;

	return route->method == HTTP_POST && !is_public(route) &&
	       (mode == ROUTE_WRITE || mode == ROUTE_URGENT || mode == ROUTE_WORK);
}

static bool takes_body(const struct http_route *route)
{
	return doc_of(route)->in != NULL || doc_of(route)->in_types != NULL;
}

static unsigned errors_of(const struct http_route *route)
{
	unsigned errors = doc_of(route)->errors | ERROR(ERR_INVALID) | ERROR(ERR_INTERNAL) |
			  ERROR(ERR_UNAVAILABLE);

	if (!is_public(route))
		errors |= ERROR(ERR_UNAUTHENTICATED) | ERROR(ERR_FORBIDDEN);
	if (strchr(route->path, '{') != NULL)
		errors |= ERROR(ERR_NOT_FOUND);
	if (route->max_body > 0)
		errors |= ERROR(ERR_TOO_LARGE) | ERROR(ERR_UNSUPPORTED);
	if (doc_of(route)->etag && changes(route))
		errors |= ERROR(ERR_STALE);
	if (keeps_answers(route))
		errors |= ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE) | ERROR(ERR_TOO_MANY);
	return errors;
}

/* --- names --- */

const struct openapi_tag openapi_tags[] = {
    {"setup", "One-time links: the first owner, invitations, new passwords"},
    {"auth", "Signing in and out"},
    {"me", "Who asks, and what they may change about themselves"},
    {"sessions", "Where accounts are signed in"},
    {"accounts", "Administrators, approvers and auditors"},
    {"tokens", "API tokens"},
    {"instances", "Requests to remove something: filed, decided, used"},
    {"tasks", "Whose turn it is in a built-in approval"},
    {"delegations", "Who decides in somebody's place, and for how long"},
    {"workflows", "Who is asked: through DingTalk, or accounts level by level"},
    {"workflow-previews", "Who would be asked by a workflow that is not saved"},
    {"enrolment-tokens", "Tokens that enrol devices without anybody at a page"},
    {"request-urls", "Addresses for DingTalk's events, before there is an app"},
    {"identity-sources", "Where departments and people come from"},
    {"dingtalk-apps", "Applications in DingTalk: credentials, events, forms"},
    {"dingtalk-forms", "Forms as an application sees them that is not saved yet"},
    {"dingtalk-organisations", "What a month of DingTalk allows"},
    {"deliveries", "Calls that DingTalk is owed"},
    {"policy", "What is protected, for whom, and how requests are filed"},
    {"user-groups", "People by rules, for the policy and for forms"},
    {"releases", "Letting devices go without a request"},
    {"devices", "Computers that are enrolled"},
    {"alarms", "What somebody should look at"},
    {"builds", "Builds of the client that are accepted, and those that devices have"},
    {"users", "People, as the directory has them"},
    {"names", "What ids stand for"},
    {"departments", "Departments, as the directory has them"},
    {"audit", "The record of everything that changed"},
    {"keys", "What statements and grants are signed with"},
    {"removals", "What was removed, on what ground, by whose decision"},
    {"events", "Live updates: what to fetch anew"},
    {"statistics", "Figures for an overview"},
    {"webhooks", "Whom Holdfast tells what happened"},
    {"notification-texts", "What Holdfast writes into DingTalk, in the organisation's own words"},
    {"settings", "What holds for the whole organisation"},
    {"openapi", "This document"},
    {0}};

size_t openapi_tag(const struct http_route *route)
{
	const char *name = route->path + (text_starts(route->path, "/api/v1/") ? 8 : 1);
	size_t n = strcspn(name, "/.");
	size_t i = 0;

	while (openapi_tags[i].name != NULL &&
	       (strlen(openapi_tags[i].name) != n || strncmp(openapi_tags[i].name, name, n) != 0))
		i++;
	return i;
}

/* The first route whose description has the same table. */
static size_t first_with(const struct document *d, const struct json_field *fields, bool in)
{
	size_t i = 0;

	for (; i < d->count; i++) {
		const struct route_doc *doc = doc_of(&d->routes[i]);

		if (shown(&d->routes[i]) && (in ? doc->in : doc->out) == fields)
			break;
	}
	return i;
}

/* "CreateUserGroupBody" */
static const char *body_name(const struct document *d, const struct json_field *in)
{
	char *name =
	    arena_printf(d->arena, "%sBody", doc_of(&d->routes[first_with(d, in, true)])->id);

	name[0] = (char)(name[0] - 'a' + 'A');
	return name;
}

/* --- one operation --- */

static void put_tag(struct document *d, const struct http_route *route)
{
	json_array(&d->w, "tags");
	json_put_text(&d->w, NULL, openapi_tags[openapi_tag(route)].name);
	json_array_end(&d->w);
}

static void put_roles(struct document *d, unsigned access)
{
	json_array(&d->w, "x-holdfast-roles");
	for (unsigned role = ROLE_OWNER; role <= ROLE_AUDITOR; role <<= 1) {
		if (access & role)
			json_put_text(&d->w, NULL, role_name((enum role)role));
	}
	json_array_end(&d->w);
}

static void put_scheme(struct json_writer *w, const char *const *names)
{
	json_object(w, NULL);
	for (; *names != NULL; names++) {
		json_array(w, *names);
		json_array_end(w);
	}
	json_object_end(w);
}

static void put_security(struct document *d, const struct http_route *route)
{
	static const char *const token[] = {"token", NULL};
	static const char *const session[] = {"session", NULL};
	static const char *const session_csrf[] = {"session", "csrf", NULL};

	json_array(&d->w, "security");
	if (!is_public(route)) {
		put_scheme(&d->w, token);
		put_scheme(&d->w, changes(route) ? session_csrf : session);
	}
	json_array_end(&d->w);
}

static void put_parameter(struct document *d, const struct json_field *field, const char *in)
{
	struct json_field present = *field; /* there is no null in an address */

	present.required = true;
	present.doc = NULL;
	json_object(&d->w, NULL);
	json_put_text(&d->w, "name", field->name);
	json_put_text(&d->w, "in", in);
	if (field->doc != NULL)
		json_put_text(&d->w, "description", field->doc);
	json_put_bool(&d->w, "required", field->required);
	json_schema_of(&d->w, "schema", &present, JSON_SIDE_IN);
	json_object_end(&d->w);
}

static void put_path_parameters(struct document *d, const char *path)
{
	for (const char *at = strchr(path, '{'); at != NULL; at = strchr(at + 1, '{')) {
		struct json_field field = {.name =
					       arena_dup_n(d->arena, at + 1, strcspn(at + 1, "}")),
					   .required = true,
					   .max = HTTP_MAX_TARGET};

		if (strcmp(field.name, "id") == 0)
			field.format = JSON_ID;
		put_parameter(d, &field, "path");
	}
}

static void put_parameters(struct document *d, const struct http_route *route)
{
	const struct route_doc *doc = doc_of(route);

	json_array(&d->w, "parameters");
	put_path_parameters(d, route->path);
	for (const struct json_field *f = doc->query; f != NULL && f->name != NULL; f++)
		put_parameter(d, f, "query");
	if (doc->list && !doc->unpaged) {
		put_ref(&d->w, NULL, "parameters", "Limit");
		put_ref(&d->w, NULL, "parameters", "Cursor");
	}
	if (keeps_answers(route))
		put_ref(&d->w, NULL, "parameters", "IdempotencyKey");
	if (doc->etag && (changes(route) || !doc->live))
		put_ref(&d->w, NULL, "parameters", changes(route) ? "IfMatch" : "IfNoneMatch");
	json_array_end(&d->w);
}

/* Bodies that no field table makes. */
static void put_other_media(struct json_writer *w, const char *const *types)
{
	for (; types != NULL && *types != NULL; types++) {
		bool json = strcmp(*types, "application/json") == 0;

		json_object(w, *types);
		json_object(w, "schema");
		json_put_text(w, "type", json ? "object" : "string");
		json_object_end(w);
		json_object_end(w);
	}
}

static void put_body(struct document *d, const struct route_doc *doc)
{
	bool required = doc->in_types != NULL;

	for (const struct json_field *f = doc->in; f != NULL && f->name != NULL; f++)
		required |= f->required;
	json_object(&d->w, "requestBody");
	json_put_bool(&d->w, "required", required);
	json_object(&d->w, "content");
	if (doc->in != NULL) {
		json_object(&d->w, "application/json");
		put_ref(&d->w, "schema", "schemas", body_name(d, doc->in));
		json_example(&d->w, "example", doc->in, JSON_SIDE_IN);
		json_object_end(&d->w);
	}
	put_other_media(&d->w, doc->in_types);
	json_object_end(&d->w);
	json_object_end(&d->w);
}

static void put_page(struct document *d, const struct route_doc *doc)
{
	struct json_writer *w = &d->w;

	json_object(w, "schema");
	json_put_text(w, "type", "object");
	json_object(w, "properties");
	json_object(w, "items");
	json_put_text(w, "type", "array");
	put_ref(w, "items", "schemas", doc->noun);
	json_object_end(w);
	put_ref(w, "next", "schemas", "Next");
	json_object_end(w);
	json_put_raw(w, "required", "[\"items\",\"next\"]");
	json_put_bool(w, "additionalProperties", false);
	json_object_end(w);
	json_object(w, "example");
	json_array(w, "items");
	json_example(w, NULL, doc->out, JSON_SIDE_OUT);
	json_array_end(w);
	json_put_null(w, "next");
	json_object_end(w);
}

static void put_answer(struct document *d, const struct route_doc *doc)
{
	json_object(&d->w, "application/json");
	if (doc->list) {
		put_page(d, doc);
	} else {
		put_ref(&d->w, "schema", "schemas", doc->noun);
		json_example(&d->w, "example", doc->out, JSON_SIDE_OUT);
	}
	json_object_end(&d->w);
}

static bool has_id(const struct json_field *out)
{
	while (out != NULL && out->name != NULL && strcmp(out->name, "id") != 0)
		out++;
	return out != NULL && out->name != NULL;
}

static void put_headers(struct document *d, const struct route_doc *doc, int status)
{
	json_object(&d->w, "headers");
	put_ref(&d->w, "X-Request-Id", "headers", "RequestId");
	if (doc->etag && status != 204)
		put_ref(&d->w, "ETag", "headers", "ETag");
	if (status == 303 || (status == 201 && has_id(doc->out)))
		put_ref(&d->w, "Location", "headers", "Location");
	json_object_end(&d->w);
}

static const char *meaning(const struct route_doc *doc, int status)
{
	if (status == 201)
		return "Made; Location is its address";
	if (status == 202 && doc->waits != NULL)
		return doc->waits;
	if (status == 202)
		return "Begun; the rest happens in the background";
	if (status == 204)
		return "Done";
	if (status == 303)
		return "Go on at Location";
	if (doc->list)
		return doc->unpaged ? "The list" : "A page of the list";
	return "Done, or found";
}

static void put_success(struct document *d, const struct route_doc *doc, int status)
{
	char key[8];

	(void)snprintf(key, sizeof(key), "%d", status);
	json_object(&d->w, key);
	json_put_text(&d->w, "description", meaning(doc, status));
	put_headers(d, doc, status);
	if (doc->out != NULL || doc->out_types != NULL) {
		json_object(&d->w, "content");
		if (doc->out != NULL)
			put_answer(d, doc);
		put_other_media(&d->w, doc->out_types);
		json_object_end(&d->w);
	}
	json_object_end(&d->w);
}

static void put_page_error(struct document *d, const char *key, enum err_code code)
{
	static const char *const page[] = {"text/html", NULL};
	const struct problem problem = problem_of(NULL, &(struct err){.code = code}, 0, false, "");

	json_object(&d->w, key);
	json_put_text(&d->w, "description", problem.title);
	json_object(&d->w, "content");
	put_other_media(&d->w, page);
	json_object_end(&d->w);
	json_object_end(&d->w);
}

static void put_responses(struct document *d, const struct http_route *route)
{
	const struct route_doc *doc = doc_of(route);
	unsigned errors = errors_of(route);
	char key[8];

	json_object(&d->w, "responses");
	put_success(d, doc, doc->status != 0 ? doc->status : 200);
	if (doc->waits != NULL)
		put_success(d, doc, 202);
	if (doc->etag && !doc->live && !changes(route))
		put_ref(&d->w, "304", "responses", "NotModified");
	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		if (!(errors & ERROR(told[i])))
			continue;
		(void)snprintf(key, sizeof(key), "%d", problem_status(told[i]));
		if (of(route)->errors == ERRORS_PAGE)
			put_page_error(d, key, told[i]);
		else
			put_ref(&d->w, key, "responses", err_name(told[i]));
	}
	json_object_end(&d->w);
}

static void put_operation(struct document *d, const struct http_route *route)
{
	static const char *const methods[] = {
	    [HTTP_GET] = "get", [HTTP_HEAD] = "head",   [HTTP_POST] = "post",
	    [HTTP_PUT] = "put", [HTTP_PATCH] = "patch", [HTTP_DELETE] = "delete"};
	const struct route_doc *doc = doc_of(route);

	json_object(&d->w, methods[route->method]);
	json_put_text(&d->w, "operationId", doc->id);
	put_tag(d, route);
	json_put_text(&d->w, "summary", doc->summary);
	if (doc->text != NULL)
		json_put_text(&d->w, "description", doc->text);
	put_roles(d, of(route)->access);
	put_security(d, route);
	put_parameters(d, route);
	if (takes_body(route))
		put_body(d, doc);
	put_responses(d, route);
	json_object_end(&d->w);
}

/* --- all of them --- */

static bool seen_before(const struct document *d, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (shown(&d->routes[k]) && strcmp(d->routes[k].path, d->routes[i].path) == 0)
			return true;
	}
	return false;
}

static void put_paths(struct document *d)
{
	json_object(&d->w, "paths");
	for (size_t i = 0; i < d->count; i++) {
		if (!shown(&d->routes[i]) || seen_before(d, i))
			continue;
		json_object(&d->w, d->routes[i].path);
		for (size_t k = i; k < d->count; k++) {
			if (shown(&d->routes[k]) &&
			    strcmp(d->routes[k].path, d->routes[i].path) == 0)
				put_operation(d, &d->routes[k]);
		}
		json_object_end(&d->w);
	}
	json_object_end(&d->w);
}

static void put_tags(struct document *d)
{
	json_array(&d->w, "tags");
	for (const struct openapi_tag *tag = openapi_tags; tag->name != NULL; tag++) {
		json_object(&d->w, NULL);
		json_put_text(&d->w, "name", tag->name);
		json_put_text(&d->w, "description", tag->text);
		json_object_end(&d->w);
	}
	json_array_end(&d->w);
}

static void put_schemas(struct document *d)
{
	json_object(&d->w, "schemas");
	for (size_t i = 0; i < d->count; i++) {
		const struct route_doc *doc = doc_of(&d->routes[i]);

		if (!shown(&d->routes[i]))
			continue;
		if (doc->out != NULL && first_with(d, doc->out, false) == i)
			json_schema(&d->w, doc->noun, doc->out, JSON_SIDE_OUT);
		if (doc->in != NULL && first_with(d, doc->in, true) == i)
			json_schema(&d->w, body_name(d, doc->in), doc->in, JSON_SIDE_IN);
	}
	json_put_raw(
	    &d->w, "Next",
	    "{\"type\":[\"string\",\"null\"],\"description\":\"the cursor of the next page; "
	    "null: there is none\"}");
	json_schema(&d->w, "Problem", problem_json, JSON_SIDE_OUT);
	json_object_end(&d->w);
}

static void put_problems(struct document *d)
{
	json_object(&d->w, "responses");
	json_put_raw(&d->w, "NotModified",
		     "{\"description\":\"What If-None-Match names is still so\",\"headers\":{"
		     "\"ETag\":{\"$ref\":\"#/components/headers/ETag\"}}}");
	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		const struct err e = {.code = told[i], .text = "What is wrong, in a sentence."};
		const struct problem example =
		    problem_of(NULL, &e, problem_status(told[i]), false, EXAMPLE_ID);

		json_object(&d->w, err_name(told[i]));
		json_put_text(&d->w, "description", example.title);
		json_object(&d->w, "content");
		json_object(&d->w, PROBLEM_TYPE);
		put_ref(&d->w, "schema", "schemas", "Problem");
		json_write(&d->w, "example", problem_json, &example);
		json_object_end(&d->w);
		json_object_end(&d->w);
		json_object_end(&d->w);
	}
	json_object_end(&d->w);
}

static const char parameters[] =
    "{\"Limit\":{\"name\":\"limit\",\"in\":\"query\",\"description\":\"how many at most\","
    "\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":200,\"default\":50}},"
    "\"Cursor\":{\"name\":\"cursor\",\"in\":\"query\",\"description\":\"next of the page before\","
    "\"schema\":{\"type\":\"string\"}},"
    "\"IdempotencyKey\":{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"description\":"
    "\"Repeating the request with the same key within a day gets the first answer again\","
    "\"schema\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]{1,64}$\"}},"
    "\"IfMatch\":{\"name\":\"If-Match\",\"in\":\"header\",\"description\":"
    "\"the ETag it was read with; 412 when it has another by "
    "now\",\"schema\":{\"type\":\"string\"}},"
    "\"IfNoneMatch\":{\"name\":\"If-None-Match\",\"in\":\"header\",\"description\":"
    "\"the ETag that the reader has; 304 when it has it still\",\"schema\":{\"type\":\"string\"}}}";

static const char headers[] =
    "{\"RequestId\":{\"description\":\"stands in the server's log too\",\"schema\":{\"type\":"
    "\"string\",\"format\":\"uuid\"}},"
    "\"ETag\":{\"description\":\"of this version\",\"schema\":{\"type\":\"string\"}},"
    "\"Location\":{\"description\":\"an address, or a path of this server\",\"schema\":{\"type\":"
    "\"string\",\"format\":\"uri-reference\"}}}";

static const char schemes[] =
    "{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"hft_…\","
    "\"description\":"
    "\"an API token\"},"
    "\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"" SESSION_COOKIE "\","
    "\"description\":\"an account's session in a browser\"},"
    "\"csrf\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"" CSRF_HEADER "\",\"description\":"
    "\"what signing in answered; with every change by a session\"}}";

static const char about[] =
    "Bodies are JSON in UTF-8, times UTC milliseconds in members ending in `_ms`, ids UUIDv7. What "
    "is not described here is refused: other members, other query parameters, another type of "
    "body. Errors are problem details (RFC 9457) whose `type` is one of the list in the schema "
    "Problem; any request can also be refused before it reaches an operation: 404, 405, 408, 413, "
    "414, 431, 503. Nothing is answered before it is durable.";

static void put_info(struct json_writer *w)
{
	json_object(w, "info");
	json_put_text(w, "title", "Holdfast");
	json_put_text(w, "version", HOLDFAST_VERSION);
	json_put_text(w, "summary",
		      "Keeps endpoint software installed until its removal is approved");
	json_put_text(w, "description", about);
	json_put_raw(w, "license", "{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}");
	json_object_end(w);
}

static void put_document(struct document *d)
{
	json_object(&d->w, NULL);
	json_put_text(&d->w, "openapi", "3.1.0");
	put_info(&d->w);
	json_put_raw(&d->w, "servers", "[{\"url\":\"/\"}]");
	put_tags(d);
	put_paths(d);
	json_object(&d->w, "components");
	put_schemas(d);
	put_problems(d);
	json_put_raw(&d->w, "parameters", parameters);
	json_put_raw(&d->w, "headers", headers);
	json_put_raw(&d->w, "securitySchemes", schemes);
	json_object_end(&d->w);
	json_object_end(&d->w);
}

const struct openapi *openapi_make(struct arena *a, const struct http_route *routes, size_t count)
{
	AUTO(buf_done) struct buf text = {0};
	struct document d = {.w = {.out = &text}, .arena = a, .routes = routes, .count = count};
	struct openapi *out = arena_new(a, struct openapi);
	unsigned char hash[CRYPTO_HASH_SIZE];
	char hex[2 * CRYPTO_HASH_SIZE + 1];

	put_document(&d);
	crypto_sha256(text.data, text.len, hash);
	text_hex(hash, sizeof(hash), hex);
	*out = (struct openapi){.text = arena_dup_n(a, text.data, text.len),
				.len = text.len,
				.etag = arena_printf(a, "\"%.32s\"", hex)};
	return out;
}

/* --- its own route --- */

static bool openapi_read(struct request *r, struct err *)
{
	const struct openapi *document = r->server->openapi;

	request_header(r, "ETag", document->etag);
	buf_add(&r->body, document->text, document->len);
	return true;
}

static const char *const json_type[] = {"application/json", NULL};

static const struct http_route own[] = {
    {HTTP_GET, "/api/v1/openapi.json",
     ROUTE(ACCESS_PUBLIC, ROUTE_READ, openapi_read,
	   DOC("getOpenapi", "This document", .out_types = json_type, .etag = true))},
};

const struct route_table openapi_routes = ROUTE_TABLE(own);
