#include "web/problem.h"

#include "model/phrase.h"
#include "web/language.h"
#include "web/page.h"

#define TYPE "urn:holdfast:problem:"

/* What a caller is told: its type, its title, and whether the error's own text is for them. */
static const struct {
	const char *type, *title;
	bool text;
} problems[ERR_CODE_COUNT] = {
    [ERR_NONE] = {TYPE "internal", "Internal error", false},
    [ERR_INVALID] = {TYPE "invalid", "Invalid request", true},
    [ERR_UNAUTHENTICATED] = {TYPE "unauthenticated", "Not authenticated", true},
    [ERR_FORBIDDEN] = {TYPE "forbidden", "Not allowed", true},
    [ERR_NOT_FOUND] = {TYPE "not-found", "Not found", true},
    [ERR_CONFLICT] = {TYPE "conflict", "Conflict", true},
    [ERR_STALE] = {TYPE "stale", "Changed meanwhile", true},
    [ERR_GONE] = {TYPE "gone", "Gone", true},
    [ERR_TOO_LARGE] = {TYPE "too-large", "Too large", true},
    [ERR_UNSUPPORTED] = {TYPE "unsupported", "Unsupported", true},
    [ERR_UNPROCESSABLE] = {TYPE "unprocessable", "Refused by a rule", true},
    [ERR_TOO_MANY] = {TYPE "too-many", "Too many", true},
    [ERR_UNAVAILABLE] = {TYPE "unavailable", "Unavailable for now", true},
    [ERR_TIMEOUT] = {TYPE "unavailable", "Unavailable for now", true},
    [ERR_PEER] = {TYPE "unavailable", "A service we need answered wrongly", true},
    [ERR_IO] = {TYPE "internal", "Internal error", false},
    [ERR_CRYPTO] = {TYPE "internal", "Internal error", false},
    [ERR_INTERNAL] = {TYPE "internal", "Internal error", false},
};

static const char *detail(const struct err *e)
{
	return problems[e->code].text
		   ? e->text
		   : "Something failed inside the server; its log has the cause under this "
		     "request id.";
}

int problem_status(enum err_code code)
{
	return code == ERR_CRYPTO ? 500 : code == ERR_TIMEOUT ? 503 : err_http_status(code);
}

static const char *const types[] = {TYPE "invalid",     TYPE "unauthenticated",
				    TYPE "forbidden",   TYPE "not-found",
				    TYPE "conflict",    TYPE "stale",
				    TYPE "gone",        TYPE "too-large",
				    TYPE "unsupported", TYPE "unprocessable",
				    TYPE "too-many",    TYPE "unavailable",
				    TYPE "internal",    NULL};

const struct json_field problem_json[] = {
    {"type", JSON_FIELD_TEXT, offsetof(struct problem, type), .words = types},
    {"title", JSON_FIELD_TEXT, offsetof(struct problem, title)},
    {"status", JSON_FIELD_I64, offsetof(struct problem, status)},
    {"detail", JSON_FIELD_TEXT, offsetof(struct problem, detail),
     .doc = "what is wrong, for people, in the reader's language; its words may change"},
    {"request_id", JSON_FIELD_TEXT, offsetof(struct problem, request_id), .format = JSON_ID},
    {0}};

struct problem problem_of(struct arena *a, const struct err *e, int status, bool chinese,
			  const char *request_id)
{
	struct problem p = {.type = problems[e->code].type,
			    .title = problems[e->code].title,
			    .status = status,
			    .detail = detail(e),
			    .request_id = request_id};

	if (chinese) {
		p.title = phrase_chinese(a, "error", p.title);
		p.detail = phrase_chinese(a, "error", p.detail);
	}
	return p;
}

void problem_body(struct buf *out, const struct err *e, int status, bool chinese,
		  const char *request_id)
{
	AUTO(arena_done) struct arena a = {0};
	const struct problem problem = problem_of(&a, e, status, chinese, request_id);

	json_write(&(struct json_writer){.out = out}, NULL, problem_json, &problem);
}

static void reset(struct request *r, int status, const char *type)
{
	buf_reset(&r->body);
	r->json = language_writer(r);
	r->header_count = 0;
	r->status = status;
	r->type = type;
}

bool oauth_error(struct request *r, int status, const char *error, const char *description,
		 const char *reason)
{
	reset(r, status, "application/json");
	json_object(&r->json, NULL);
	json_put_text(&r->json, "error", error);
	json_put_text(&r->json, "error_description", description);
	if (reason != NULL)
		json_put_text(&r->json, "reason", reason);
	json_object_end(&r->json);
	return true;
}

static const char *oauth_word(enum err_code code)
{
	if (code == ERR_TOO_MANY)
		return "slow_down";
	return err_http_status(code) >= 500 ? "temporarily_unavailable" : "invalid_request";
}

void problem_write(struct request *r, const struct err *e)
{
	int status = problem_status(e->code);

	switch (r->route->errors) {
	case ERRORS_OAUTH:
		(void)oauth_error(r, status < 500 ? 400 : status, oauth_word(e->code), detail(e),
				  NULL);
		return;
	case ERRORS_PAGE:
		reset(r, status, NULL);
		page_error(r, detail(e));
		return;
	case ERRORS_PLAIN:
		reset(r, status, "text/plain; charset=utf-8");
		buf_printf(&r->body, "%s\n", detail(e));
		return;
	case ERRORS_PROBLEM:
		reset(r, status, PROBLEM_TYPE);
		problem_body(&r->body, e, status, language_is_chinese(r), r->id);
		request_header(r, "Content-Language", language_tag(language_is_chinese(r)));
		if (status == 401)
			request_header(r, "WWW-Authenticate", "Bearer");
		if (r->retry_ms > 0)
			request_header(r, "Retry-After",
				       arena_printf(r->arena, "%lld",
						    (long long)((r->retry_ms + 999) / 1000)));
		return;
	}
}
