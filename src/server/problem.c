#include "server/problem.h"

#include "server/page.h"

/* What a caller is told: its word, its title, and whether the error's own text is for them. */
static const struct {
	const char *word, *title;
	bool text;
} problems[ERR_CODE_COUNT] = {
    [ERR_NONE] = {"internal", "Internal error", false},
    [ERR_INVALID] = {"invalid", "Invalid request", true},
    [ERR_UNAUTHENTICATED] = {"unauthenticated", "Not authenticated", true},
    [ERR_FORBIDDEN] = {"forbidden", "Not allowed", true},
    [ERR_NOT_FOUND] = {"not-found", "Not found", true},
    [ERR_CONFLICT] = {"conflict", "Conflict", true},
    [ERR_STALE] = {"stale", "Changed meanwhile", true},
    [ERR_GONE] = {"gone", "Gone", true},
    [ERR_TOO_LARGE] = {"too-large", "Too large", true},
    [ERR_UNSUPPORTED] = {"unsupported", "Unsupported", true},
    [ERR_UNPROCESSABLE] = {"unprocessable", "Refused by a rule", true},
    [ERR_TOO_MANY] = {"too-many", "Too many", true},
    [ERR_UNAVAILABLE] = {"unavailable", "Unavailable for now", true},
    [ERR_TIMEOUT] = {"unavailable", "Unavailable for now", true},
    [ERR_PEER] = {"unavailable", "A service we need answered wrongly", true},
    [ERR_IO] = {"internal", "Internal error", false},
    [ERR_CRYPTO] = {"internal", "Internal error", false},
    [ERR_INTERNAL] = {"internal", "Internal error", false},
};

static const char *detail(const struct err *e)
{
	return problems[e->code].text
		   ? e->text
		   : "Something failed inside the server; its log has the cause under this "
		     "request id.";
}

static int status_of(enum err_code code)
{
	return code == ERR_CRYPTO ? 500 : code == ERR_TIMEOUT ? 503 : err_http_status(code);
}

void problem_body(struct buf *out, const struct err *e, int status, const char *request_id)
{
	struct json_writer w = {.out = out};
	AUTO(buf_done) struct buf type = {0};

	buf_printf(&type, "urn:holdfast:problem:%s", problems[e->code].word);
	json_object(&w, NULL);
	json_put_text(&w, "type", type.data);
	json_put_text(&w, "title", problems[e->code].title);
	json_put_i64(&w, "status", status);
	json_put_text(&w, "detail", detail(e));
	json_put_text(&w, "request_id", request_id);
	json_object_end(&w);
}

static void reset(struct request *r, int status, const char *type)
{
	buf_reset(&r->body);
	r->json = (struct json_writer){.out = &r->body};
	r->header_count = 0;
	r->status = status;
	r->type = type;
}

bool oauth_error(struct request *r, int status, const char *error, const char *description)
{
	reset(r, status, "application/json");
	json_object(&r->json, NULL);
	json_put_text(&r->json, "error", error);
	json_put_text(&r->json, "error_description", description);
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
	int status = status_of(e->code);

	switch (r->route->errors) {
	case ERRORS_OAUTH:
		(void)oauth_error(r, status < 500 ? 400 : status, oauth_word(e->code), detail(e));
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
		problem_body(&r->body, e, status, r->id);
		if (status == 401)
			request_header(r, "WWW-Authenticate", "Bearer");
		return;
	}
}
