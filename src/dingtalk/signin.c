#include "dingtalk/signin.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "dingtalk/call.h"
#include "dingtalk/parse.h"

#define CODE_MAX 512
#define OUT_OF_SCOPE "50002"

char *dingtalk_signin_url(const struct dingtalk_access *access, struct arena *a,
			  const char *redirect_uri, const char *state)
{
	return arena_printf(a,
			    "%s/oauth2/auth?redirect_uri=%s&response_type=code&client_id=%s"
			    "&scope=openid%%20corpid&state=%s&prompt=consent",
			    access->config.login_url, text_percent(a, redirect_uri),
			    text_percent(a, access->config.client_id), text_percent(a, state));
}

static bool turn_away(struct dingtalk *d, struct dingtalk_person *out, enum dingtalk_stranger why,
		      struct err *e)
{
	static const char *const words[] = {
	    [DINGTALK_STRANGER_NONE] = "",
	    [DINGTALK_STRANGER_FOREIGN] = "this account belongs to another organisation",
	    [DINGTALK_STRANGER_EXTERNAL] =
		"this account is an external contact of the organisation",
	    [DINGTALK_STRANGER_UNKNOWN] = "this account is not a member of the organisation",
	    [DINGTALK_STRANGER_HIDDEN] =
		"this account is out of what the app may see of the organisation",
	};

	out->stranger = why;
	return dingtalk_refuse(d, ERR_FORBIDDEN, words[why], e);
}

/* The code for a token that speaks for the person. We ask for the organisation ("corpid"), so an answer
 * without one is nobody's of ours either. */
static bool redeem(struct dingtalk *d, const char *code, struct arena *a,
		   struct dingtalk_person *out, const char **token, struct err *e)
{
	const struct dingtalk_config *config = &d->access->config;
	AUTO(buf_wipe) struct buf body = {0};
	struct json_writer w = {.out = &body};
	struct dingtalk_call call = {.auth = DINGTALK_AUTH_NONE,
				     .path = "/v1.0/oauth2/userAccessToken",
				     .secret = code,
				     .arena = a};
	const struct json *answer;

	json_object(&w, NULL);
	json_put_text(&w, "clientId", config->client_id);
	json_put_text(&w, "clientSecret", config->client_secret);
	json_put_text(&w, "code", code);
	json_put_text(&w, "grantType", "authorization_code");
	json_object_end(&w);
	call.body = body.data;
	if (!dingtalk_call(d, &call, &answer, e))
		return false;
	*token = dingtalk_id(answer, "accessToken", DINGTALK_TOKEN_SIZE - 1);
	if (*token == NULL)
		return dingtalk_nonsense(d, e);
	return strcmp(dingtalk_text(answer, "corpId"), config->corp_id) == 0 ||
	       turn_away(d, out, DINGTALK_STRANGER_FOREIGN, e);
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
		return e->code == ERR_NOT_FOUND ? turn_away(d, out, DINGTALK_STRANGER_UNKNOWN, e)
						: false;
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
			return turn_away(d, out, DINGTALK_STRANGER_UNKNOWN, e);
		if (strcmp(d->failure.code, OUT_OF_SCOPE) == 0)
			return turn_away(d, out, DINGTALK_STRANGER_HIDDEN, e);
		return false;
	}
	result = json_get(answer, "result");
	out->userid = dingtalk_id(result, "userid", DINGTALK_ID_MAX);
	if (!out->userid || !json_i64(result, "contact_type", &contact_type))
		return dingtalk_nonsense(d, e);
	return contact_type == 0 || turn_away(d, out, DINGTALK_STRANGER_EXTERNAL, e);
}

bool dingtalk_signin(struct dingtalk *d, const char *code, struct arena *a,
		     struct dingtalk_person *out, struct err *e)
{
	AUTO(arena_wipe) struct arena own = {0};
	struct dingtalk_person person = {0};
	const char *token = NULL;

	if (!*code || strlen(code) > CODE_MAX || !text_printable(code, false))
		return dingtalk_refuse(d, ERR_INVALID, "the sign-in code is malformed", e);
	*out = (struct dingtalk_person){0};
	if (!redeem(d, code, &own, &person, &token, e) || !read_me(d, token, &own, &person, e) ||
	    !read_userid(d, &own, &person, e)) {
		out->stranger = person.stranger;
		return false;
	}
	out->userid = arena_dup(a, person.userid);
	out->unionid = arena_dup(a, person.unionid);
	out->nick = arena_dup(a, person.nick);
	return true;
}
