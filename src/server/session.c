/* A device signs in: a challenge, its signature, a bearer token. */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/clone.h"
#include "web/auth.h"
#include "web/request.h"
#include "server/routes.h"
#include "store/device.h"
#include "web/server.h"

#define MAX_BODY 4096

struct input {
	const char *device, *challenge, *signature;
};

static const struct json_field challenge_fields[] = {
    {"device", JSON_FIELD_TEXT, offsetof(struct input, device), .required = true},
    {0},
};

static const struct json_field session_fields[] = {
    {"device", JSON_FIELD_TEXT, offsetof(struct input, device), .required = true},
    {"challenge", JSON_FIELD_TEXT, offsetof(struct input, challenge), .required = true},
    {"signature", JSON_FIELD_TEXT, offsetof(struct input, signature), .required = true},
    {0},
};

static bool read_input(struct request *r, const struct json_field *fields, struct input *out,
		       struct err *e)
{
	if (!request_json(r, fields, out, e))
		return false;
	return id_valid(out->device) || err_set(e, ERR_INVALID, "device: must be an id");
}

/* For any id, known or not: only the answer shows who knows the key. */
static bool challenge(struct request *r, struct err *e)
{
	char text[DEVICE_CLAIM_SIZE];
	struct input in = {0};

	if (!read_input(r, challenge_fields, &in, e))
		return false;
	auth_claim_make(r->server, AUTH_CHALLENGE, &(struct auth_device){.id = in.device},
			r->now_ms, text);
	json_object(&r->json, NULL);
	json_put_text(&r->json, "challenge", text);
	json_object_end(&r->json);
	return true;
}

/* What is recorded of a key that was replaced; nobody waits for it. */
struct old_key {
	struct server *server;
	const char *device, *address;
	struct arena arena;
};

static bool old_key_unit(struct db *db, void *arg, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const struct old_key *k = arg;
	struct flow f = {.db = db, .arena = &a, .now_ms = clock_utc_ms(), .node = k->server->node};

	return flow_clone_old_key(&f, k->device, k->address, e);
}

static void old_key_done(void *arg, const struct err *e)
{
	struct old_key *k = arg;

	if (e->code != ERR_NONE)
		log_err(LOG_LEVEL_WARN, "recording a key that was replaced", e);
	arena_done(&k->arena);
	mem_free(k);
}

static void tell_old_key(struct request *r, const char *device)
{
	struct old_key *k = mem_new(struct old_key);

	k->server = r->server;
	k->device = arena_dup(&k->arena, device);
	k->address = arena_dup(&k->arena, r->address);
	committer_submit(r->server->committer, old_key_unit, old_key_done, k);
}

static bool check_signature(struct request *r, const struct store_device *d, const struct input *in,
			    struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	unsigned char signature[CRYPTO_SIGNATURE_SIZE];
	size_t n = sizeof(signature);
	bool old = false;

	buf_printf(&text, "holdfast-session\n%s\n%s", in->device, in->challenge);
	if (text_unbase64url(in->signature, strlen(in->signature), signature, &n) &&
	    n == sizeof(signature)) {
		if (crypto_verify(d->key, text.data, text.len, signature))
			return true;
		if (!flow_clone_had_key(r->db, r->arena, d->id, text.data, text.len, signature,
					&old, e))
			return false;
	}
	if (old)
		tell_old_key(r, d->id);
	return err_set(e, ERR_UNAUTHENTICATED, "The signature is not by this device's key.");
}

/* Members of a poll that servers before did not take: a client that is newer than its server leaves them out. */
static void put_takes(struct json_writer *w)
{
	static const char *const takes[] = {"offline", "build", "boot"};

	json_array(w, "takes");
	for (size_t i = 0; i < ARRAY_SIZE(takes); i++)
		json_put_text(w, NULL, takes[i]);
	json_array_end(w);
}

static bool session(struct request *r, struct err *e)
{
	char token[DEVICE_CLAIM_SIZE];
	struct input in = {0};
	struct store_device d;
	struct auth_device device;

	if (!read_input(r, session_fields, &in, e) ||
	    !auth_claim_read(r, AUTH_CHALLENGE, in.challenge, &device, e))
		return false;
	if (!text_equal(device.id, in.device))
		return err_set(e, ERR_UNAUTHENTICATED, "The challenge is another device's.");
	if (!store_device_get(r->db, r->arena, in.device, &d, e))
		return e->code == ERR_NOT_FOUND
			   ? err_set(e, ERR_UNAUTHENTICATED, "This device is not known here.")
			   : false;
	if (!check_signature(r, &d, &in, e))
		return false;
	device.id = d.id;
	memcpy(device.key, d.key, sizeof(device.key));
	auth_claim_make(r->server, AUTH_TOKEN, &device, r->now_ms, token);
	json_object(&r->json, NULL);
	json_put_text(&r->json, "token", token);
	json_put_i64(&r->json, "expires_in", DEVICE_TOKEN_MS / 1000);
	put_takes(&r->json);
	json_object_end(&r->json);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/agent/v1/challenge", MAX_BODY, ROUTE(ACCESS_PUBLIC, ROUTE_READ, challenge)},
    {HTTP_POST, "/agent/v1/session", MAX_BODY, ROUTE(ACCESS_PUBLIC, ROUTE_READ, session)},
};

const struct route_table session_routes = ROUTE_TABLE(routes);
