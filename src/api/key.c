/* The signing keys: whether the root is still here, which epochs there are, when the next one comes. */
#include "api/routes.h"
#include "flow/record.h"
#include "flow/signer.h"
#include "grant/keys.h"
#include "store/key.h"
#include "web/request.h"
#include "web/server.h"

#define MAX_BODY 4096
#define MAX_SHOWN 100 /* epochs, the newest: one in 60 days */

struct epoch {
	int64_t epoch;
	const char *key_id, *state;
	int64_t not_before_ms, expires_ms;
	bool listed;
};

struct renewal {
	bool by_itself;
	int64_t due_ms;
	const char *command;
};

struct answer {
	struct {
		const char *key_id, *public_key;
		bool on_server;
		int64_t made_ms;
	} root;
	struct json_list epochs;
	struct renewal renewal;
};

/* Which of them a device can meet. */
enum state { STATE_NEXT, STATE_CURRENT, STATE_EARLIER, STATE_EXPIRED };
static const char *const states[] = {[STATE_NEXT] = "next",
				     [STATE_CURRENT] = "current",
				     [STATE_EARLIER] = "earlier",
				     [STATE_EXPIRED] = "expired",
				     NULL};

static const struct json_field root_json[] = {
    {"key_id", JSON_FIELD_TEXT, offsetof(struct answer, root.key_id),
     .doc = "thumbprint of the key", .example = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
    {"public_key", JSON_FIELD_TEXT, offsetof(struct answer, root.public_key),
     .doc = "base64url; devices pin it, and `audit verify --root` takes it",
     .example = "ZAgob-0c0K7KqkJb1jCkY7Q8c0o3n4p5q6r7s8t9u0v"},
    {"on_server", JSON_FIELD_BOOL, offsetof(struct answer, root.on_server),
     .doc = "whether its secret is still kept here"},
    {"made_ms", JSON_FIELD_I64, offsetof(struct answer, root.made_ms)},
    {0}};

static const struct json_field epoch_json[] = {
    {"epoch", JSON_FIELD_I64, offsetof(struct epoch, epoch), .example = "3"},
    {"key_id", JSON_FIELD_TEXT, offsetof(struct epoch, key_id), .doc = "thumbprint of the key",
     .example = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
    {"state", JSON_FIELD_TEXT, offsetof(struct epoch, state), .words = states,
     .doc = "next: in use within a minute; earlier: signs nothing any more, what it signed holds"},
    {"not_before_ms", JSON_FIELD_I64, offsetof(struct epoch, not_before_ms)},
    {"expires_ms", JSON_FIELD_I64, offsetof(struct epoch, expires_ms)},
    {"listed", JSON_FIELD_BOOL, offsetof(struct epoch, listed),
     .doc = "devices are told of it: it is among the newest 8"},
    {0}};

static const struct json_field renewal_json[] = {
    {"by_itself", JSON_FIELD_BOOL, offsetof(struct renewal, by_itself),
     .doc = "false: the root was taken away; without a new key in time nothing can be signed"},
    {"due_ms", JSON_FIELD_I64, offsetof(struct renewal, due_ms),
     .doc = "when it happens by itself, or from when on it is time"},
    {"command", JSON_FIELD_TEXT, offsetof(struct renewal, command), .nullable = true,
     .doc = "on the server, with the root's secret on standard input",
     .example = "holdfast-server keys renew --config FILE"},
    {0}};

static const struct json_field keys_json[] = {
    {"root", JSON_FIELD_OBJECT, .fields = root_json},
    {"epochs", JSON_FIELD_ARRAY, offsetof(struct answer, epochs), .fields = epoch_json,
     .size = sizeof(struct epoch), .doc = "newest first, at most 100"},
    {"renewal", JSON_FIELD_OBJECT, offsetof(struct answer, renewal), .fields = renewal_json},
    {0}};

static enum state state_of(const struct request *r, const struct store_key *key)
{
	int64_t present = signer_epoch(r->server->signer);

	if (key->epoch > present)
		return STATE_NEXT;
	if (key->exp_ms <= r->now_ms)
		return STATE_EXPIRED;
	return key->epoch == present ? STATE_CURRENT : STATE_EARLIER;
}

static bool answer_keys(struct request *r, struct err *e)
{
	struct answer out = {0};
	struct store_key root, *keys;
	struct epoch *epochs;
	size_t count;

	if (!store_key_root(r->db, r->arena, &root, e) ||
	    !store_key_epochs(r->db, r->arena, MAX_SHOWN, &keys, &count, e))
		return false;
	if (count == 0)
		return err_set(e, ERR_INTERNAL, "the database has no signing key");
	epochs = arena_array(r->arena, count, sizeof(*epochs));
	for (size_t i = 0; i < count; i++)
		epochs[i] = (struct epoch){.epoch = keys[i].epoch,
					   .key_id = keys[i].kid,
					   .state = states[state_of(r, &keys[i])],
					   .not_before_ms = keys[i].nbf_ms,
					   .expires_ms = keys[i].exp_ms,
					   .listed = i < KEYS_MAX};
	out.root.key_id = root.kid;
	out.root.public_key = signer_root(r->server->signer);
	out.root.on_server = root.secret != NULL;
	out.root.made_ms = root.nbf_ms;
	out.epochs = json_list_of(epochs, count);
	out.renewal = (struct renewal){
	    .by_itself = root.secret != NULL,
	    .due_ms = keys[0].exp_ms - SIGNER_RENEW_MS,
	    .command = root.secret != NULL ? NULL : "holdfast-server keys renew --config FILE"};
	request_answer(r, &out);
	return true;
}

static bool keys_renew(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);

	return signer_renew_here(r->server->signer, r->db, r->now_ms, e) &&
	       flow_event(&f, &(struct flow_event){.kind = "key-renewed", .object = "keys"}, e) &&
	       answer_keys(r, e);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/keys",
     ROUTE(ROLES_AUDIT, ROUTE_READ, answer_keys,
	   DOC("readKeys", "The root and the signing keys that it certified", .out = keys_json,
	       .noun = "Keys"))},
    {HTTP_POST, "/api/v1/keys/renew", MAX_BODY,
     ROUTE(ROLE_OWNER, ROUTE_WRITE, keys_renew,
	   DOC("renewKeys", "Make a new signing key now", .out = keys_json, .noun = "Keys",
	       .text = "With the root, while its secret is on the server; refused when it was "
		       "taken away (the command does it then) and for a day after the last one. "
		       "It is in use within a minute. What the keys before signed goes on being "
		       "believed.",
	       .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table key_routes = ROUTE_TABLE(routes);
