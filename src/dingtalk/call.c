#include "dingtalk/call.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "crypto/crypto.h"

#define MAX_ANSWER (4 * 1024 * 1024)
#define MAX_LIFE_S (7 * 24 * 3600)

bool dingtalk_nonsense(struct dingtalk *d, struct err *e)
{
	d->failure = (struct dingtalk_failure){.class = DINGTALK_RETRY, .status = 200};
	return dingtalk_failure_say(&d->failure, ERR_PEER, e);
}

bool dingtalk_refuse(struct dingtalk *d, enum err_code code, const char *sentence, struct err *e)
{
	d->failure = (struct dingtalk_failure){.class = DINGTALK_REFUSED, .status = 200};
	dingtalk_failure_text(d->failure.message, sizeof(d->failure.message), sentence);
	return err_set(e, code, "%s", sentence);
}

/* The URL; in the old dialect with the token in it. */
static void make_url(const struct dingtalk_config *config, const struct dingtalk_call *call,
		     const char *token, struct buf *url)
{
	AUTO(arena_wipe) struct arena a = {0};

	buf_text(url, call->dialect == DINGTALK_OAPI ? config->oapi_url : config->api_url);
	buf_text(url, call->path);
	if (call->dialect == DINGTALK_OAPI && *token)
		buf_printf(url, "%caccess_token=%s", strchr(call->path, '?') ? '&' : '?',
			   text_percent(&a, token));
}

/* The HTTP exchange alone. */
static bool exchange(struct dingtalk *d, const struct dingtalk_call *call, const char *token,
		     struct http_reply *out, struct err *e)
{
	const struct dingtalk_config *config = &d->access->config;
	AUTO(buf_wipe) struct buf url = {0};
	AUTO(buf_wipe) struct buf header = {0};
	struct http_call http = {.method = call->body ? HTTP_POST : HTTP_GET,
				 .headers = {"accept: application/json"},
				 .body = call->body,
				 .body_len = call->body ? strlen(call->body) : 0,
				 .total_timeout_ms = config->total_timeout_ms,
				 .max_answer = MAX_ANSWER};
	size_t n = 1;

	make_url(config, call, token, &url);
	http.url = url.data;
	if (call->body)
		http.headers[n++] = "content-type: application/json; charset=utf-8";
	if (call->dialect == DINGTALK_API && *token) {
		buf_printf(&header, "x-acs-dingtalk-access-token: %s", token);
		http.headers[n++] = header.data;
	}
	d->failure = (struct dingtalk_failure){.class = DINGTALK_RETRY};
	if (http_client_call(d->http, &http, call->arena, out, e))
		return true;
	d->failure.unsent = e->code == ERR_UNAVAILABLE;
	return err_add(e, e->code == ERR_UNAVAILABLE ? "DingTalk cannot be reached"
						     : "DingTalk did not answer");
}

static void redact_text(const char *secret, char *text)
{
	if (secret && *secret && strstr(text, secret))
		*text = '\0';
}

/* A peer may repeat what it was sent, and the HTTP client what it was asked. */
static void redact(const char *secret, struct dingtalk_failure *f, struct err *e)
{
	redact_text(secret, f->message);
	redact_text(secret, f->code);
	redact_text(secret, f->request_id);
	redact_text(secret, f->scopes);
	if (secret && *secret && strstr(e->text, secret))
		(void)err_set(e, e->code, "the call to DingTalk failed");
}

static void sleep_until(int64_t mono_ms)
{
	int64_t left = mono_ms - clock_mono_ms();

	while (left > 0) {
		int64_t ms = clock_wait_ms(left);

		(void)nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
		left = mono_ms - clock_mono_ms();
	}
}

/* One exchange and the verdict on its answer. */
static enum err_code exchange_and_judge(struct dingtalk *d, const struct dingtalk_call *call,
					const char *token, const struct json **out, struct err *e)
{
	struct http_reply reply;
	enum err_code code;

	if (!exchange(d, call, token, &reply, e))
		return e->code;
	if (reply.date_ms > 0) {
		d->ahead_ms = clock_utc_ms() - reply.date_ms;
		d->ahead_known = true;
	}
	code = dingtalk_answer_judge(call->dialect, &reply, call->arena, out, &d->failure);
	if (code != ERR_NONE)
		(void)dingtalk_failure_say(&d->failure, code, e);
	return code;
}

static bool attempt(struct dingtalk *d, const struct dingtalk_call *call, const char *token,
		    const struct json **out, struct err *e)
{
	struct dingtalk_gate *gate = &d->access->gate;
	struct dingtalk_toll toll;
	enum err_code code;
	int64_t now_ms = clock_mono_ms(), wait_ms;

	dingtalk_toll(call->body != NULL, call->path, d->purpose, &toll);
	if (!dingtalk_gate_ask(gate, &toll, now_ms, &wait_ms, &d->failure, e))
		return false;
	sleep_until(now_ms + wait_ms);
	code = exchange_and_judge(d, call, token, out, e);
	dingtalk_gate_tell(gate, &toll, code, &d->failure, clock_mono_ms());
	if (code == ERR_NONE)
		return true;
	if (d->failure.class == DINGTALK_QUOTA)
		d->failure.wait_ms = dingtalk_month_over_ms(clock_utc_ms());
	redact(token, &d->failure, e);
	redact(call->secret, &d->failure, e);
	redact(d->access->config.client_secret, &d->failure, e);
	return false;
}

/* A token goes into a header and a URL. */
static bool token_valid(const char *token)
{
	size_t n = token ? strlen(token) : 0;

	return n && n < DINGTALK_TOKEN_SIZE && text_printable(token, false) && !strchr(token, ' ');
}

static bool fetch(void *arg, char token[static DINGTALK_TOKEN_SIZE], int64_t *life_ms,
		  struct err *e)
{
	struct dingtalk *d = arg;
	AUTO(arena_wipe) struct arena a = {0};
	AUTO(buf_wipe) struct buf body = {0};
	struct json_writer w = {.out = &body};
	struct dingtalk_call call = {
	    .auth = DINGTALK_AUTH_NONE, .path = "/v1.0/oauth2/accessToken", .arena = &a};
	const struct json *answer;
	const char *text;
	int64_t seconds;

	json_object(&w, NULL);
	json_put_text(&w, "appKey", d->access->config.client_id);
	json_put_text(&w, "appSecret", d->access->config.client_secret);
	json_object_end(&w);
	call.body = body.data;
	if (!attempt(d, &call, "", &answer, e))
		return false;
	text = json_text(answer, "accessToken");
	if (!token_valid(text) || !json_i64(answer, "expireIn", &seconds) || seconds <= 0 ||
	    seconds > MAX_LIFE_S)
		return dingtalk_nonsense(d, e);
	(void)snprintf(token, DINGTALK_TOKEN_SIZE, "%s", text);
	*life_ms = seconds * 1000;
	return true;
}

static bool app_token(struct dingtalk *d, char out[static DINGTALK_TOKEN_SIZE], struct err *e)
{
	const struct dingtalk_token_user user = {fetch, d, &d->failure};

	if (dingtalk_token_get(&d->access->token, &user, out, e))
		return true;
	/* Whatever became of the token, the call itself was not made. */
	if (e->code == ERR_TIMEOUT || e->code == ERR_PEER)
		e->code = ERR_UNAVAILABLE;
	return false;
}

/* DingTalk gave a token a moment ago, so the credentials are good: others may have renewed it since, as
 * workers and servers that share an app do. That mends itself. */
static bool token_refused(struct dingtalk *d, struct err *e)
{
	d->failure.class = DINGTALK_RETRY;
	return err_set(e, ERR_UNAVAILABLE, "DingTalk does not accept the token that it gave (%s)",
		       d->failure.code);
}

static bool call_as_app(struct dingtalk *d, const struct dingtalk_call *call,
			const struct json **out, struct err *e)
{
	char token[DINGTALK_TOKEN_SIZE] = "";
	bool ok = false, again = true;
	int tries;

	for (tries = 0; tries < 2 && again; tries++) {
		again = false;
		ok = app_token(d, token, e) && attempt(d, call, token, out, e);
		if (!ok && dingtalk_failure_is_token(&d->failure)) {
			dingtalk_token_drop(&d->access->token, token);
			again = true;
		}
	}
	crypto_wipe(token, sizeof(token));
	return again ? token_refused(d, e) : ok;
}

bool dingtalk_call(struct dingtalk *d, const struct dingtalk_call *call, const struct json **out,
		   struct err *e)
{
	switch (call->auth) {
	case DINGTALK_AUTH_APP:
		return call_as_app(d, call, out, e);
	case DINGTALK_AUTH_USER:
		return attempt(d, call, call->user_token, out, e);
	case DINGTALK_AUTH_NONE:
		break;
	}
	return attempt(d, call, "", out, e);
}

bool dingtalk_check(struct dingtalk *d, struct err *e)
{
	char token[DINGTALK_TOKEN_SIZE];
	bool ok;

	dingtalk_token_drop(&d->access->token, NULL);
	ok = app_token(d, token, e);
	crypto_wipe(token, sizeof(token));
	return ok;
}

/* The credentials are good: what is left is the organisation. */
static bool is_other_organisation(const struct dingtalk_failure *f)
{
	return f->class == DINGTALK_CREDENTIALS || text_equal(f->code, "unknownError");
}

bool dingtalk_check_organisation(struct dingtalk *d, struct err *e)
{
	const struct dingtalk_config *config = &d->access->config;
	AUTO(arena_wipe) struct arena a = {0};
	AUTO(buf_wipe) struct buf body = {0};
	struct json_writer w = {.out = &body};
	struct dingtalk_call call = {.auth = DINGTALK_AUTH_NONE, .arena = &a};
	const struct json *answer;

	call.path = arena_printf(&a, "/v1.0/oauth2/%s/token", text_percent(&a, config->corp_id));
	json_object(&w, NULL);
	json_put_text(&w, "client_id", config->client_id);
	json_put_text(&w, "client_secret", config->client_secret);
	json_put_text(&w, "grant_type", "client_credentials");
	json_object_end(&w);
	call.body = body.data;
	if (attempt(d, &call, "", &answer, e))
		return token_valid(json_text(answer, "access_token")) || dingtalk_nonsense(d, e);
	if (is_other_organisation(&d->failure))
		d->failure.class = DINGTALK_REFUSED;
	return false;
}
