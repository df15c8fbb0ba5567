#include "dingsim/token.h"

#include "base/id.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "dingsim/routes.h"

/* The app's secret must match; ERR_UNAUTHENTICATED otherwise, without a fault. */
bool token_client(struct call *c, const char *client_id, const char *secret, struct app **out,
		  struct err *e)
{
	if (!client_id || !secret)
		return err_set(e, ERR_UNAUTHENTICATED, "client id or secret missing");
	if (!store_app(&c->store, client_id, out, e)) {
		if (e->code == ERR_NOT_FOUND)
			e->code = ERR_UNAUTHENTICATED;
		return false;
	}
	if (!crypto_equal_text((*out)->client_secret, secret))
		return err_set(e, ERR_UNAUTHENTICATED, "wrong secret");
	return true;
}

bool token_issue(struct call *c, struct credential *like, int64_t ttl_s, struct err *e)
{
	int64_t expires_ms = c->now_ms + ttl_s * 1000;
	struct credential *old;
	char token[64];

	if (store_credential_current(&c->store, like, c->now_ms, &old, e)) {
		like->token = old->token;
		return store_credential_renew(&c->store, old->token, expires_ms, e);
	}
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	random_token("", 24, token);
	like->token = arena_dup(c->store.arena, token);
	like->expires_ms = expires_ms;
	return store_credential_add(&c->store, like, e);
}

/* The app's token, by the credentials given. false with ERR_UNAUTHENTICATED when they are wrong. */
static bool app_token(struct call *c, const char *client_id, const char *secret, const char **out,
		      struct err *e)
{
	struct credential like = {.kind = "app", .client_id = client_id, .userid = ""};
	struct app *app;

	/* A day late, so that an expired token is still told from an unknown one. */
	if (!store_credentials_expire(&c->store, c->now_ms - 86400000, e) ||
	    !token_client(c, client_id, secret, &app, e) ||
	    !token_issue(c, &like, c->sim->options.token_ttl_s, e))
		return false;
	*out = like.token;
	return true;
}

bool token_access(struct call *c, struct err *e)
{
	const char *token;

	if (!app_token(c, json_text(c->in, "appKey"), json_text(c->in, "appSecret"), &token, e))
		return e->code == ERR_UNAUTHENTICATED
			   ? call_fault(c, e, "invalidClientIdOrSecret", NULL)
			   : false;
	json_put_text(&c->w, "accessToken", token);
	json_put_i64(&c->w, "expireIn", c->sim->options.token_ttl_s);
	return true;
}

bool token_corp(struct call *c, struct err *e)
{
	const char *grant = json_text(c->in, "grant_type");
	const char *token;

	if (!text_equal(c->r->args[0], c->sim->corp_id))
		return call_fault(c, e, "unknownError", NULL);
	if (!text_equal(grant, "client_credentials"))
		return call_fault(c, e, "unsupported.grant.type", NULL);
	if (!app_token(c, json_text(c->in, "client_id"), json_text(c->in, "client_secret"), &token,
		       e))
		return e->code == ERR_UNAUTHENTICATED ? call_fault(c, e, "invalid.client", NULL)
						      : false;
	json_put_text(&c->w, "access_token", token);
	json_put_i64(&c->w, "expires_in", c->sim->options.token_ttl_s);
	return true;
}

static bool missing(struct call *c, struct err *e, const char *text)
{
	(void)call_errcode(c, e, 40035);
	c->fault.text = text;
	return false;
}

bool token_get(struct call *c, struct err *e)
{
	const char *key = http_query(c->r, "appkey");
	const char *secret = http_query(c->r, "appsecret");
	const char *corp_id = key ? NULL : http_query(c->r, "corpid");
	const char *token;

	/* The pair of a corp, which went before those of apps: there is none any more. */
	if (corp_id && http_query(c->r, "corpsecret"))
		return call_errcode(c, e, text_equal(corp_id, c->sim->corp_id) ? 40089 : 33001);
	if (!key || !*key)
		return missing(c, e, "缺少参数 corpid or appkey");
	if (!secret || !*secret)
		return missing(c, e, "缺少参数 corpsecret or appsecret");
	if (!app_token(c, key, secret, &token, e))
		return e->code == ERR_UNAUTHENTICATED ? call_errcode(c, e, 40096) : false;
	json_put_text(&c->w, "access_token", token);
	json_put_i64(&c->w, "expires_in", c->sim->options.token_ttl_s);
	return true;
}
