/* Device authorization (RFC 8628), from the device's side. */
#include <string.h>

#include "base/text.h"
#include "flow/clone.h"
#include "flow/enrol.h"
#include "flow/enrolment_token.h"
#include "flow/snapshots.h"
#include "model/enrolment.h"
#include "web/auth.h"
#include "web/problem.h"
#include "web/request.h"
#include "server/routes.h"
#include "web/server.h"

#define MAX_BODY 8192
#define CLIENT_ID "holdfast-client"
#define GRANT_TYPE "urn:ietf:params:oauth:grant-type:device_code"

/* Answers the refusal itself and returns false when the client is not ours. */
static bool client_known(struct request *r)
{
	if (text_equal(http_form(r->http, "client_id"), CLIENT_ID))
		return true;
	(void)oauth_error(r, 401, "invalid_client", "client_id must be " CLIENT_ID, NULL);
	return false;
}

static bool bytes_field(const struct request *r, const char *name, unsigned char *out, size_t size,
			struct err *e)
{
	const char *text = http_form(r->http, name);
	size_t n = size;

	if (text != NULL && text_unbase64url(text, strlen(text), out, &n) && n == size)
		return true;
	return err_set(e, ERR_INVALID, "%s: must be %zu bytes as base64url", name, size);
}

/* base64url of a SHA-256; "" when the device does not say. */
static bool read_hardware(const struct request *r, const char **out, struct err *e)
{
	unsigned char hash[CRYPTO_HASH_SIZE];

	*out = http_form(r->http, "hardware");
	if (*out == NULL || **out == '\0')
		*out = "";
	return **out == '\0' || bytes_field(r, "hardware", hash, sizeof(hash), e);
}

/* "1" or absent. */
static bool read_switch(const struct request *r, bool *out, struct err *e)
{
	const char *text = http_form(r->http, "switch");

	*out = text != NULL;
	return text == NULL || text_equal(text, "1") ||
	       err_set(e, ERR_INVALID, "switch: must be 1");
}

static bool read_ask(struct request *r, struct store_enrolment *out, struct err *e)
{
	const char *macs = http_form(r->http, "macs");

	*out = (struct store_enrolment){.hostname = http_form(r->http, "hostname"),
					.os = http_form(r->http, "os"),
					.client_version = http_form(r->http, "client_version"),
					.address = r->address};
	return bytes_field(r, "device_key", out->key, sizeof(out->key), e) &&
	       enrolment_text_check("hostname", out->hostname, ENROLMENT_MAX_HOSTNAME, e) &&
	       enrolment_text_check("os", out->os, ENROLMENT_MAX_OS, e) &&
	       enrolment_text_check("client_version", out->client_version, ENROLMENT_MAX_VERSION,
				    e) &&
	       enrolment_macs_read(r->arena, macs != NULL ? macs : "", &out->macs, e) &&
	       read_hardware(r, &out->hardware, e) && read_switch(r, &out->switching, e);
}

/* The enrolment token that the device came with. *answered: it is refused, and that is said. */
static bool read_token(struct request *r, struct flow *f, struct store_enrolment_token *t,
		       bool *given, bool *answered, struct err *e)
{
	const char *text = http_form(r->http, "enrolment_token");
	const struct enrolment_refusal *refused;

	*given = text != NULL;
	*answered = false;
	if (text == NULL)
		return true;
	if (!flow_enrolment_token_find(f, text, r->address, t, &refused, &r->retry_ms, e))
		return false;
	*answered = refused != NULL;
	if (*answered && r->retry_ms > 0) {
		request_header(
		    r, "Retry-After",
		    arena_printf(r->arena, "%lld", (long long)((r->retry_ms + 999) / 1000)));
		return oauth_error(r, 429, "slow_down",
				   "Too many enrolment tokens from this address were wrong.", NULL);
	}
	return !*answered || oauth_error(r, 400, "access_denied", refused->en, refused->code);
}

/* What the person opens; whoever came with an enrolment token needs nobody to do so. */
static void put_page(struct request *r, const char *user_code)
{
	const char *at = r->server->options.public_url;
	char shown[USER_CODE_SHOWN_SIZE];

	user_code_show(user_code, shown);
	json_put_text(&r->json, "user_code", shown);
	json_put_text(&r->json, "verification_uri", arena_printf(r->arena, "%s/enrol", at));
	json_put_text(&r->json, "verification_uri_complete",
		      arena_printf(r->arena, "%s/enrol?user_code=%s", at, shown));
}

static bool device_authorization(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	char device_code[FLOW_DEVICE_CODE_SIZE];
	struct store_enrolment_token t;
	struct store_enrolment en;
	bool given, answered;

	if (!client_known(r))
		return true;
	if (!read_ask(r, &en, e) || !read_token(r, &f, &t, &given, &answered, e))
		return false;
	if (answered)
		return true;
	if (!flow_enrol_ask(&f, &en, given ? &t : NULL, device_code, e))
		return false;
	json_object(&r->json, NULL);
	json_put_text(&r->json, "device_code", device_code);
	if (!given)
		put_page(r, en.user_code);
	json_put_i64(&r->json, "expires_in", FLOW_ENROL_EXPIRES_MS / 1000);
	json_put_i64(&r->json, "interval", FLOW_ENROL_INTERVAL_MS / 1000);
	json_object_end(&r->json);
	return true;
}

static void put_device(struct request *r, const struct store_device *d)
{
	struct auth_device device = {.id = d->id};
	char token[DEVICE_CLAIM_SIZE];

	memcpy(device.key, d->key, sizeof(device.key));
	auth_claim_make(r->server, AUTH_TOKEN, &device, r->now_ms, token);
	json_object(&r->json, NULL);
	json_put_text(&r->json, "access_token", token);
	json_put_text(&r->json, "token_type", "Bearer");
	json_put_i64(&r->json, "expires_in", DEVICE_TOKEN_MS / 1000);
	json_put_text(&r->json, "org", signer_org(r->server->signer));
	json_put_text(&r->json, "device", d->id);
	json_put_text(&r->json, "root", signer_root(r->server->signer));
	json_put_text(&r->json, "keys", signer_keys(r->server->signer, r->arena));
	json_put_text(&r->json, "statement", d->statement);
	json_object(&r->json, "owner");
	json_put_text(&r->json, "id", d->owner);
	json_put_text(&r->json, "name", d->owner_name);
	json_object_end(&r->json);
	json_object_end(&r->json);
}

static const struct {
	const char *error, *description;
} refusals[] = {
    [ENROL_PENDING] = {"authorization_pending", "Nobody has answered yet."},
    [ENROL_SLOW_DOWN] = {"slow_down", "Wait five seconds longer between polls from now on."},
    [ENROL_DENIED] = {"access_denied", "The device was not allowed."},
    [ENROL_EXPIRED] = {"expired_token", "The code has expired; begin anew."},
    [ENROL_UNKNOWN] = {"invalid_grant", "This device code is not known, or this is not the device "
					"that asked for it."},
};

static bool redeem(struct request *r, const char *device_code, const unsigned char *signature,
		   struct err *e)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	struct flow f = request_flow(r);
	struct flow_enrolled en;
	bool ok;

	f.snapshot = snapshot;
	ok = flow_enrol_redeem(&f, device_code, signature, &en, e);
	if (ok && en.outcome == ENROL_READY)
		put_device(r, &en.device);
	else if (ok && en.why != NULL)
		(void)oauth_error(r, 400, "invalid_grant", en.why->en, en.why->code);
	else if (ok)
		(void)oauth_error(r, 400, refusals[en.outcome].error,
				  refusals[en.outcome].description, NULL);
	snapshots_give(r->server->snapshots, snapshot);
	return ok;
}

static bool token(struct request *r, struct err *e)
{
	const char *grant_type = http_form(r->http, "grant_type");
	const char *device_code = http_form(r->http, "device_code");
	unsigned char signature[CRYPTO_SIGNATURE_SIZE];

	if (grant_type == NULL)
		return err_set(e, ERR_INVALID, "grant_type: is missing");
	if (!text_equal(grant_type, GRANT_TYPE))
		return oauth_error(r, 400, "unsupported_grant_type",
				   "grant_type must be " GRANT_TYPE, NULL);
	if (!client_known(r))
		return true;
	if (device_code == NULL)
		return err_set(e, ERR_INVALID, "device_code: is missing");
	return bytes_field(r, "signature", signature, sizeof(signature), e) &&
	       redeem(r, device_code, signature, e);
}

/* A copy of another device takes an identity of its own: the old one speaks for it, the new key signs. */
static bool split(struct request *r, struct err *e)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	const char *run = http_form(r->http, "run");
	struct flow f = request_flow(r);
	unsigned char signature[CRYPTO_SIGNATURE_SIZE];
	struct store_enrolment en;
	struct store_device d;
	bool ok =
	    read_ask(r, &en, e) && bytes_field(r, "signature", signature, sizeof(signature), e);

	f.snapshot = snapshot;
	ok = ok &&
	     flow_clone_split(&f, r->caller.device, run != NULL ? run : "", &en, signature, &d, e);
	if (ok)
		put_device(r, &d);
	snapshots_give(r->server->snapshots, snapshot);
	return ok;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/agent/v1/split", MAX_BODY,
     ROUTE(ACCESS_DEVICE, ROUTE_WRITE, split, ERRORS_OAUTH)},
    {HTTP_POST, "/agent/v1/device_authorization", MAX_BODY,
     ROUTE(ACCESS_PUBLIC, ROUTE_WRITE, device_authorization, ERRORS_OAUTH)},
    {HTTP_POST, "/agent/v1/token", MAX_BODY,
     ROUTE(ACCESS_PUBLIC, ROUTE_WRITE, token, ERRORS_OAUTH)},
};

const struct route_table enrolment_routes = ROUTE_TABLE(routes);
