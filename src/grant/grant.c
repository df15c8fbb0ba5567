#include "grant/grant.h"

#include <string.h>

#include "base/id.h"
#include "json/json.h"

static const char *const action_names[] = {
    [GRANT_UNINSTALL] = "uninstall", [GRANT_UNENROL] = "unenrol", NULL};

/* The grant and what its JSON holds in another way. */
struct form {
	struct grant g;
	int64_t v;
	const char *action;
};

#define FIELD(name, kind, member) name, JSON_FIELD_##kind, offsetof(struct form, member)

static const struct json_field form_fields[] = {
    {FIELD("v", I64, v), .required = true, .min = 1, .max = 1},
    {FIELD("id", TEXT, g.id), .required = true},
    {FIELD("org", TEXT, g.org), .required = true},
    {FIELD("device", TEXT, g.device), .required = true},
    {FIELD("key", TEXT, g.key), .required = true, .min = CRYPTO_THUMBPRINT_SIZE - 1,
     .max = CRYPTO_THUMBPRINT_SIZE - 1},
    {FIELD("action", TEXT, action), .required = true, .words = action_names},
    {FIELD("package", TEXT, g.package), .required = true, .min = 1, .max = 256},
    {FIELD("instance", TEXT, g.instance), .required = true},
    {FIELD("number", TEXT, g.number), .required = true, .min = 1, .max = 64},
    {FIELD("iat", I64, g.iat_ms), .required = true, .max = INT64_MAX},
    {FIELD("nbf", I64, g.nbf_ms), .required = true, .max = INT64_MAX},
    {FIELD("exp", I64, g.exp_ms), .required = true, .max = INT64_MAX},
    {0},
};

const char *grant_action_name(enum grant_action action)
{
	return action_names[action];
}

bool grant_sign(struct arena *a, const struct crypto_keypair *key, const struct grant *grant,
		const char **out, struct err *e)
{
	AUTO(buf_done) struct buf payload = {.max = JWS_MAX};
	struct json_writer w = {.out = &payload};

	json_object(&w, NULL);
	json_put_i64(&w, "v", 1);
	json_put_text(&w, "id", grant->id);
	json_put_text(&w, "org", grant->org);
	json_put_text(&w, "device", grant->device);
	json_put_text(&w, "key", grant->key);
	json_put_text(&w, "action", action_names[grant->action]);
	json_put_text(&w, "package", grant->package);
	json_put_text(&w, "instance", grant->instance);
	json_put_text(&w, "number", grant->number);
	json_put_i64(&w, "iat", grant->iat_ms);
	json_put_i64(&w, "nbf", grant->nbf_ms);
	json_put_i64(&w, "exp", grant->exp_ms);
	json_object_end(&w);
	return jws_sign(a, JWS_GRANT, key, &payload, out, e);
}

bool grant_verify(struct arena *a, const char *text, size_t n, const struct keys *keys,
		  struct grant *out, struct err *e)
{
	struct form form = {0};
	const struct grant *g = &form.g;
	struct jws jws;

	if (!keys_open(a, keys, JWS_GRANT, text, n, &jws, e) ||
	    !json_read_text(a, jws.payload, jws.payload_len, form_fields, &form, e) ||
	    !keys_hold_at(keys, jws.kid, g->iat_ms, e))
		return err_add(e, "grant");
	if (!id_valid(g->id) || !id_valid(g->org) || !id_valid(g->device) || !id_valid(g->instance))
		return err_set(e, ERR_INVALID, "grant: an id does not have the form of one");
	if (g->exp_ms && g->exp_ms <= g->nbf_ms)
		return err_set(e, ERR_INVALID, "grant: it ends before it begins");
	while (strcmp(action_names[form.g.action], form.action) != 0)
		form.g.action++;
	*out = form.g;
	return true;
}

enum grant_result grant_check(const struct grant *grant, const struct grant_use *use)
{
	if (strcmp(grant->org, use->device.org) != 0)
		return GRANT_OTHER_ORG;
	if (strcmp(grant->device, use->device.device) != 0)
		return GRANT_OTHER_DEVICE;
	if (strcmp(grant->key, use->device.key) != 0)
		return GRANT_OTHER_KEY;
	if (strcmp(grant->package, use->package) != 0)
		return GRANT_OTHER_PACKAGE;
	if (grant->action != use->action)
		return GRANT_OTHER_ACTION;
	if (use->now_ms < grant->nbf_ms)
		return GRANT_TOO_EARLY;
	if (grant->exp_ms && use->now_ms >= grant->exp_ms)
		return GRANT_EXPIRED;
	return GRANT_GOOD;
}

const char *grant_result_text(enum grant_result result)
{
	static const char *const texts[] = {
	    [GRANT_GOOD] = "good",
	    [GRANT_OTHER_ORG] = "for another organisation",
	    [GRANT_OTHER_DEVICE] = "for another device",
	    [GRANT_OTHER_KEY] = "for an earlier enrolment of this device",
	    [GRANT_OTHER_PACKAGE] = "for another package",
	    [GRANT_OTHER_ACTION] = "for another action",
	    [GRANT_TOO_EARLY] = "not valid yet",
	    [GRANT_EXPIRED] = "expired",
	};

	return texts[result];
}
