#include "flow/request_url.h"

#include "base/id.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/record.h"

#define SECRET_BYTES 24

bool flow_request_url_allot(struct flow *f, const char *by, struct store_request_url *out,
			    struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);
	char *secret = arena_alloc(f->arena, TEXT_BASE64_SIZE(SECRET_BYTES));
	int64_t open;

	if (!store_request_url_open(f->db, by, f->now_ms, &open, e))
		return false;
	if (open >= FLOW_REQUEST_URLS_OPEN)
		return err_set(e, ERR_TOO_MANY,
			       "%d Request URLs wait for their app already; each expires after a "
			       "day.",
			       FLOW_REQUEST_URLS_OPEN);
	id_new(id);
	random_token("", SECRET_BYTES, secret);
	*out = (struct store_request_url){.id = id,
					  .secret = secret,
					  .by = by,
					  .created_ms = f->now_ms,
					  .expires_ms = f->now_ms + FLOW_REQUEST_URL_MS};
	return store_request_url_add(f->db, out, e) &&
	       flow_event(f,
			  &(struct flow_event){.kind = "request-url-allotted",
					       .object = "request-url",
					       .object_id = id,
					       .text = "for an app that is not entered yet"},
			  e);
}

static bool gone(struct err *e)
{
	return err_set(e, ERR_UNPROCESSABLE,
		       "request_url: has expired, or another app has it. Get a new one, and enter "
		       "that in DingTalk.");
}

bool flow_request_url_secret(struct flow *f, const char *id, const char **secret, struct err *e)
{
	return store_request_url_secret(f->db, f->arena, id, f->now_ms, secret, e) &&
	       (*secret != NULL || gone(e));
}

bool flow_request_url_alias(struct flow *f, const char *id, const char *app, struct err *e)
{
	bool won;

	if (text_equal(id, app))
		return true;
	return store_request_url_alias(f->db, id, app, f->now_ms, &won, e) && (won || gone(e)) &&
	       flow_event(f,
			  &(struct flow_event){.kind = "request-url-joined",
					       .object = "app",
					       .object_id = app,
					       .text = arena_printf(f->arena,
								    "Request URL %s leads to this "
								    "app too",
								    id)},
			  e);
}

bool flow_request_url_route(struct flow *f, const char *id, const char *secret, const char **app,
			    bool *alias, struct err *e)
{
	struct store_request_url url;

	*app = id;
	if (!store_request_url_taken(f->db, f->arena, id, &url, e))
		return false;
	*alias = url.id != NULL;
	if (!*alias)
		return true;
	*app = url.app;
	return (crypto_equal_text(url.secret, secret) ||
		err_set(e, ERR_NOT_FOUND, "There is no such address.")) &&
	       store_request_url_used(f->db, id, f->now_ms, e);
}
