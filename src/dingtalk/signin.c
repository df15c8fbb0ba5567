#include "dingtalk/signin.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "dingtalk/call.h"
#include "dingtalk/parse.h"

#define CODE_MAX 512

char *dingtalk_signin_url(const struct dingtalk_access *access, struct arena *a,
			  const char *redirect_uri, const char *state)
{
	return arena_printf(a,
			    "%s/oauth2/auth?redirect_uri=%s&response_type=code&client_id=%s"
			    "&scope=openid%%20corpid&state=%s&prompt=consent",
			    access->config.login_url, text_percent(a, redirect_uri),
			    text_percent(a, access->config.client_id), text_percent(a, state));
}

/* The code for a token that speaks for the person. */
static bool redeem(struct dingtalk *d, const char *code, struct arena *a, const char **token,
		   struct err *e)
{
	const struct dingtalk_config *config = &d->access->config;
	AUTO(buf_wipe) struct buf body = {0};
	struct json_writer w = {.out = &body};
	struct dingtalk_call call = {.auth = DINGTALK_AUTH_NONE,
				     .path = "/v1.0/oauth2/userAccessToken",
				     .secret = code,
				     .arena = a};
	const struct json *answer;
	const char *corp_id;

	json_object(&w, NULL);
	json_put_text(&w, "clientId", config->client_id);
	json_put_text(&w, "clientSecret", config->client_secret);
	json_put_text(&w, "code", code);
	json_put_text(&w, "grantType", "authorization_code");
	json_object_end(&w);
	call.body = body.data;
	if (!dingtalk_call(d, &call, &answer, e))
		return false;
	corp_id = dingtalk_text(answer, "corpId");
	if (*corp_id && strcmp(corp_id, config->corp_id) != 0)
		return dingtalk_refuse(d, ERR_FORBIDDEN,
				       "this account belongs to another organisation", e);
	*token = dingtalk_id(answer, "accessToken", DINGTALK_TOKEN_SIZE - 1);
	return *token || dingtalk_nonsense(d, e);
}

static bool read_me(struct dingtalk *d, const char *token, struct arena *a,
		    struct dingtalk_person *out, struct err *e)
{
	const struct dingtalk_call call = {.auth = DINGTALK_AUTH_USER,
					   .path = "/v1.0/contact/users/me",
					   .user_token = token,
					   .arena = a};
	const struct json *answer;

	if (!dingtalk_call(d, &call, &answer, e)) {
		if (dingtalk_failure_is_token(&d->failure))
			return dingtalk_refuse(d, ERR_GONE, "the sign-in took too long", e);
		return false;
	}
	out->unionid = dingtalk_id(answer, "unionId", DINGTALK_ID_MAX);
	out->nick = dingtalk_text(answer, "nick");
	return out->unionid || dingtalk_nonsense(d, e);
}

static bool read_userid(struct dingtalk *d, struct arena *a, struct dingtalk_person *out,
			struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};
	struct dingtalk_call call = {
	    .dialect = DINGTALK_OAPI, .path = "/topapi/user/getbyunionid", .arena = a};
	const struct json *answer, *result;
	int64_t contact_type;

	json_object(&w, NULL);
	json_put_text(&w, "unionid", out->unionid);
	json_object_end(&w);
	call.body = body.data;
	if (!dingtalk_call(d, &call, &answer, e)) {
		if (e->code == ERR_NOT_FOUND)
			return dingtalk_refuse(d, ERR_FORBIDDEN,
					       "this account is not a member of the organisation",
					       e);
		return false;
	}
	result = json_get(answer, "result");
	out->userid = dingtalk_id(result, "userid", DINGTALK_ID_MAX);
	if (!out->userid || !json_i64(result, "contact_type", &contact_type))
		return dingtalk_nonsense(d, e);
	if (contact_type != 0)
		return dingtalk_refuse(
		    d, ERR_FORBIDDEN, "this account is an external contact of the organisation", e);
	return true;
}

bool dingtalk_signin(struct dingtalk *d, const char *code, struct arena *a,
		     struct dingtalk_person *out, struct err *e)
{
	AUTO(arena_wipe) struct arena own = {0};
	struct dingtalk_person person = {0};
	const char *token = NULL;

	if (!*code || strlen(code) > CODE_MAX || !text_printable(code, false))
		return dingtalk_refuse(d, ERR_INVALID, "the sign-in code is malformed", e);
	if (!redeem(d, code, &own, &token, e) || !read_me(d, token, &own, &person, e) ||
	    !read_userid(d, &own, &person, e))
		return false;
	out->userid = arena_dup(a, person.userid);
	out->unionid = arena_dup(a, person.unionid);
	out->nick = arena_dup(a, person.nick);
	return true;
}
