/* Sign-in: the consent page, codes, user tokens, who the person is. */
#include "dingsim/signin.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "dingsim/change.h"
#include "dingsim/html.h"
#include "dingsim/people.h"
#include "dingsim/routes.h"
#include "dingsim/token.h"

#define REFRESH_TTL_S (30 * 86400)
#define PEOPLE_SHOWN 50
#define STATE_MAX 2048

/* A sign-in that may go on: everything in it was checked. */
struct signin {
	struct app *app;
	const char *redirect_uri, *scope, *state;
	bool with_corp;
};

bool signin_scope(const char *scope, bool *with_corp)
{
	bool openid = false;

	*with_corp = false;
	while (*scope) {
		size_t n = strcspn(scope, " ");

		if (n == 6 && !memcmp(scope, "openid", n))
			openid = true;
		else if (n == 6 && !memcmp(scope, "corpid", n))
			*with_corp = true;
		else if (n)
			return false;
		scope += n + (scope[n] == ' ');
	}
	return openid;
}

static bool registered(struct call *c, const char *urls, const char *uri, bool *out, struct err *e)
{
	const struct json *list, *url;

	*out = false;
	if (!call_stored(c, urls, &list, e))
		return false;
	for (url = list->first; url; url = url->next)
		*out = *out || text_equal(url->text, uri);
	return true;
}

static bool read_signin(struct call *c, struct signin *out, struct err *e)
{
	const char *client_id = call_field(c, "client_id");
	bool known;

	*out = (struct signin){.redirect_uri = call_field(c, "redirect_uri"),
			       .scope = call_field(c, "scope"),
			       .state = call_field(c, "state")};
	if (!store_app(&c->store, client_id, &out->app, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		return err_set(e, ERR_INVALID, "client_id: no app has this id (应用不存在)");
	}
	if (!registered(c, out->app->redirect_urls, out->redirect_uri, &known, e))
		return false;
	if (!known)
		return err_set(e, ERR_INVALID,
			       "redirect_uri: not one of the app's redirect URLs (回调域名未登记)");
	if (!text_equal(call_field(c, "response_type"), "code"))
		return err_set(e, ERR_INVALID, "response_type: must be code");
	if (!signin_scope(out->scope, &out->with_corp))
		return err_set(e, ERR_INVALID, "scope: must be \"openid\" or \"openid corpid\"");
	if (!text_equal(call_field(c, "prompt"), "consent"))
		return err_set(e, ERR_INVALID, "prompt: must be consent");
	if (strlen(out->state) > STATE_MAX)
		return err_set(e, ERR_INVALID, "state: at most %d bytes", STATE_MAX);
	return true;
}

const char *signin_origin(struct arena *a, const char *url)
{
	const char *host = strstr(url, "://");
	size_t n, i;

	if (!host)
		return NULL;
	n = (size_t)(host - url) + 3 + strcspn(host + 3, "/?#");
	for (i = 0; i < n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:/[]_",
			    url[i]))
			return NULL;
	return arena_dup_n(a, url, n);
}

static void hidden(struct page *p, const char *name, const char *value)
{
	html(p, "<input type=\"hidden\" name=\"%s\" value=\"%s\">", name, value);
}

static void hidden_all(struct page *p, const struct signin *s)
{
	hidden(p, "client_id", s->app->client_id);
	hidden(p, "redirect_uri", s->redirect_uri);
	hidden(p, "response_type", "code");
	hidden(p, "scope", s->scope);
	hidden(p, "prompt", "consent");
	if (*s->state)
		hidden(p, "state", s->state);
	if (*p->lang)
		hidden(p, "lang", p->chinese ? "zh" : "en");
}

static void people_choice(struct page *p, const struct person *people, const char *chosen)
{
	const struct person *person;

	html(p, "<fieldset><legend>%s</legend><ul class=\"list\">",
	     page_text(p, "Who are you?", "选择要登录的人员"));
	for (person = people; person; person = person->next)
		html(p,
		     "<li><label><input type=\"radio\" name=\"user\" value=\"%s\" required%s>"
		     "<span>%s <span class=\"dim\">%s</span></span></label></li>",
		     person->userid, text_equal(person->userid, chosen) ? " checked" : "",
		     person->name,
		     person->external ? page_text(p, "external", "外部联系人") : person->title);
	html(p, "</ul></fieldset>");
	if (!people)
		html(p, "<p class=\"note\">%s</p>", page_text(p, "Nobody found.", "没有找到。"));
}

bool signin_page(struct call *c, struct err *e)
{
	const char *find = call_field(c, "find");
	struct person *people;
	struct signin s;
	struct page p;

	if (!read_signin(c, &s, e) || !store_people(&c->store, find, PEOPLE_SHOWN, &people, e))
		return false;
	p = page_open(c, "Sign in", "登录", signin_origin(c->store.arena, s.redirect_uri));
	html_both(&p, "<h1>Sign in to %s with DingTalk</h1>", "<h1>使用钉钉登录 %s</h1>",
		  s.app->name);
	html_both(&p, "<p>%s asks for your personal profile%s.</p>",
		  "<p>%s 申请获取你的个人信息%s。</p>", s.app->name,
		  s.with_corp ? page_text(&p, " and your organisation", "和所在组织") : "");
	html(&p, "<form method=\"get\" action=\"/oauth2/auth\" class=\"find\">");
	hidden_all(&p, &s);
	people_find_field(&p);
	html(&p, "<form method=\"post\" action=\"/oauth2/auth\">");
	hidden_all(&p, &s);
	people_choice(&p, people, call_field(c, "user"));
	html(&p,
	     "<div class=\"buttons below\"><button class=\"go\" name=\"choice\" "
	     "value=\"agree\">%s</button>"
	     "<button name=\"choice\" value=\"deny\" formnovalidate>%s</button></div></form>",
	     page_text(&p, "Agree and sign in", "同意并登录"), page_text(&p, "Deny", "拒绝"));
	page_close(&p);
	return true;
}

static void go_back(struct call *c, const struct signin *s, const char *what)
{
	struct arena *a = c->store.arena;
	const char *url = arena_printf(
	    a, "%s%s%s%s%s", s->redirect_uri, strchr(s->redirect_uri, '?') ? "&" : "?", what,
	    *s->state ? "&state=" : "", *s->state ? text_percent(a, s->state) : "");

	c->status = 302;
	(void)http_set_header(c->r, "Cache-Control", "no-store");
	(void)http_set_header(c->r, "Location", url);
}

bool signin_choose(struct call *c, struct err *e)
{
	const char *choice = call_field(c, "choice");
	struct credential code = {.kind = "code", .expires_ms = c->now_ms + SIGNIN_CODE_TTL_MS};
	char text[64];
	struct person *person;
	struct signin s;

	if (!read_signin(c, &s, e))
		return false;
	if (text_equal(choice, "deny")) {
		go_back(c, &s, "error=access_denied");
		return true;
	}
	if (!text_equal(choice, "agree"))
		return err_set(e, ERR_INVALID, "choice: must be agree or deny");
	if (!store_person(&c->store, call_field(c, "user"), &person, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		return err_set(e, ERR_INVALID, "user: choose a person (请选择人员)");
	}
	random_token("", 16, text);
	code.token = text;
	code.client_id = s.app->client_id;
	code.userid = person->userid;
	code.with_corp = s.with_corp;
	go_back(c, &s, arena_printf(c->store.arena, "authCode=%s&code=%s", text, text));
	return store_credential_add(&c->store, &code, e) && change_person_active(c, person, e);
}

/* The code or refresh token, which must be this client's and alive. */
static bool redeem(struct call *c, const char *kind, const char *token, struct credential **out,
		   struct err *e)
{
	const char *code = *kind == 'c' ? "invalidParameter.authCode.notFound"
					: "invalidParameter.refreshToken.notFound";
	const char *client_id = json_text(c->in, "clientId");

	if (!token)
		return call_fault(c, e, "invalidParameter", "缺少参数：%s",
				  *kind == 'c' ? "code" : "refreshToken");
	if (!store_credential(&c->store, kind, token, out, e))
		return e->code == ERR_NOT_FOUND ? call_fault(c, e, code, NULL) : false;
	if ((*out)->expires_ms <= c->now_ms || !text_equal((*out)->client_id, client_id))
		return call_fault(c, e, code, NULL);
	return *kind != 'c' || store_credential_remove(&c->store, token, e);
}

/* The organisation that the person signed in from. */
static bool corp_of(struct call *c, const char *userid, const char **out, struct err *e)
{
	struct person *person;

	*out = c->sim->corp_id;
	if (!store_person(&c->store, userid, &person, e)) {
		bool left = e->code == ERR_NOT_FOUND;

		if (left)
			err_clear(e);
		return left;
	}
	if (*person->corp)
		*out = person->corp;
	return true;
}

bool signin_exchange(struct call *c, struct err *e)
{
	const char *grant = json_text(c->in, "grantType");
	struct credential *from;
	struct credential user = {.kind = "user"}, refresh = {.kind = "refresh"};
	const char *corp = NULL;
	struct app *app;
	bool ok;

	if (!token_client(c, json_text(c->in, "clientId"), json_text(c->in, "clientSecret"), &app,
			  e))
		return e->code == ERR_UNAUTHENTICATED
			   ? call_fault(c, e, "invalidClientIdOrSecret", NULL)
			   : false;
	if (text_equal(grant, "authorization_code"))
		ok = redeem(c, "code", json_text(c->in, "code"), &from, e);
	else if (text_equal(grant, "refresh_token"))
		ok = redeem(c, "refresh", json_text(c->in, "refreshToken"), &from, e);
	else
		return call_fault(c, e, "invalidParameter", "grantType不正确");
	if (!ok || !corp_of(c, from->userid, &corp, e))
		return false;
	user.client_id = refresh.client_id = from->client_id;
	user.userid = refresh.userid = from->userid;
	user.with_corp = refresh.with_corp = from->with_corp;
	if (!token_issue(c, &user, c->sim->options.token_ttl_s, e) ||
	    !token_issue(c, &refresh, REFRESH_TTL_S, e))
		return false;
	json_put_text(&c->w, "accessToken", user.token);
	json_put_text(&c->w, "refreshToken", refresh.token);
	json_put_i64(&c->w, "expireIn", c->sim->options.token_ttl_s);
	if (user.with_corp)
		json_put_text(&c->w, "corpId", corp);
	return true;
}

/* One per app and person, as opaque as DingTalk's. */
static const char *open_id(struct call *c, const char *client_id, const char *unionid)
{
	const char *text = arena_printf(c->store.arena, "%s %s", client_id, unionid);
	unsigned char hash[CRYPTO_HASH_SIZE];
	char out[TEXT_BASE64_SIZE(16)];

	crypto_sha256(text, strlen(text), hash);
	text_base64url(hash, 16, out);
	return arena_dup(c->store.arena, out);
}

bool signin_me(struct call *c, struct err *e)
{
	struct person *person;

	if (!store_person(&c->store, c->user->userid, &person, e))
		return e->code == ERR_NOT_FOUND
			   ? call_fault(c, e, "invalidParameter.user.notFound", NULL)
			   : false;
	if (!text_equal(c->r->args[0], "me") && !text_equal(c->r->args[0], person->unionid))
		return call_fault(c, e, "invalidParameter.user.notFound", NULL);
	json_put_text(&c->w, "nick", person->name);
	json_put_text(&c->w, "avatarUrl", "");
	json_put_text(&c->w, "mobile", person->mobile);
	json_put_text(&c->w, "openId", open_id(c, c->app->client_id, person->unionid));
	json_put_text(&c->w, "unionId", person->unionid);
	json_put_text(&c->w, "email", person->email);
	json_put_text(&c->w, "stateCode", "86");
	return true;
}

bool signin_by_union(struct call *c, struct err *e)
{
	const char *unionid = call_param(c, "unionid");
	struct person *person;
	bool seen = true;

	if (!unionid)
		return call_errcode(c, e, 400002);
	if (!store_person_by_union(&c->store, unionid, &person, e))
		return e->code == ERR_NOT_FOUND ? call_errcode(c, e, 60121) : false;
	if (*person->corp)
		return call_errcode(c, e, 60121);
	if (!person->external &&
	    !store_person_within(&c->store, person->userid, c->app->scope, &seen, e))
		return false;
	if (!seen)
		return call_errcode(c, e, 50002);
	json_object(&c->w, "result");
	json_put_i64(&c->w, "contact_type", person->external ? 1 : 0);
	json_put_text(&c->w, "userid", person->userid);
	json_object_end(&c->w);
	return true;
}
