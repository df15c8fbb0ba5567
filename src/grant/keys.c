#include "grant/keys.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "json/json.h"

struct key_form {
	const char *kid, *x;
	int64_t nbf, exp;
};

struct form {
	int64_t v;
	const char *org;
	int64_t epoch, time;
	struct json_list keys; /* of struct key_form */
};

static const struct json_field key_fields[] = {
    {"kid", JSON_FIELD_TEXT, offsetof(struct key_form, kid), .required = true},
    {"x", JSON_FIELD_TEXT, offsetof(struct key_form, x), .required = true},
    {"nbf", JSON_FIELD_I64, offsetof(struct key_form, nbf), .required = true, .max = INT64_MAX},
    {"exp", JSON_FIELD_I64, offsetof(struct key_form, exp), .required = true, .max = INT64_MAX},
    {0},
};

static const struct json_field form_fields[] = {
    {"v", JSON_FIELD_I64, offsetof(struct form, v), .required = true, .min = 1, .max = 1},
    {"org", JSON_FIELD_TEXT, offsetof(struct form, org), .required = true},
    {"epoch", JSON_FIELD_I64, offsetof(struct form, epoch), .required = true, .min = 1,
     .max = INT64_MAX},
    {"time", JSON_FIELD_I64, offsetof(struct form, time), .required = true, .max = INT64_MAX},
    {"keys", JSON_FIELD_ARRAY, offsetof(struct form, keys), .required = true, .min = 1,
     .max = KEYS_MAX, .fields = key_fields, .size = sizeof(struct key_form)},
    {0},
};

static void write_key(struct json_writer *w, const struct keys_key *key)
{
	char kid[CRYPTO_THUMBPRINT_SIZE];
	char x[TEXT_BASE64_SIZE(CRYPTO_PUBLIC_SIZE)];

	crypto_thumbprint(key->public, kid);
	text_base64url(key->public, CRYPTO_PUBLIC_SIZE, x);
	json_object(w, NULL);
	json_put_text(w, "kid", kid);
	json_put_text(w, "x", x);
	json_put_i64(w, "nbf", key->nbf_ms);
	json_put_i64(w, "exp", key->exp_ms);
	json_object_end(w);
}

bool keys_sign(struct arena *a, const struct crypto_keypair *root, const struct keys *keys,
	       const char **out, struct err *e)
{
	AUTO(buf_done) struct buf payload = {.max = JWS_MAX};
	struct json_writer w = {.out = &payload};
	size_t i;

	json_object(&w, NULL);
	json_put_i64(&w, "v", 1);
	json_put_text(&w, "org", keys->org);
	json_put_i64(&w, "epoch", keys->epoch);
	json_put_i64(&w, "time", keys->time_ms);
	json_array(&w, "keys");
	for (i = 0; i < keys->count; i++)
		write_key(&w, &keys->key[i]);
	json_array_end(&w);
	json_object_end(&w);
	return jws_sign(a, JWS_KEYS, root, &payload, out, e);
}

static bool read_key(const struct key_form *form, struct keys_key *out, struct err *e)
{
	size_t n = CRYPTO_PUBLIC_SIZE;

	if (!text_unbase64url(form->x, strlen(form->x), out->public, &n) || n != CRYPTO_PUBLIC_SIZE)
		return err_set(e, ERR_INVALID, "key list: a key is not 32 bytes of base64url");
	crypto_thumbprint(out->public, out->kid);
	if (strcmp(out->kid, form->kid) != 0)
		return err_set(e, ERR_INVALID, "key list: a kid is not its key's");
	if (form->exp <= form->nbf)
		return err_set(e, ERR_INVALID, "key list: a key ends before it begins");
	out->nbf_ms = form->nbf;
	out->exp_ms = form->exp;
	return true;
}

static bool read_form(const struct form *form, struct keys *out, struct err *e)
{
	const struct key_form *list = form->keys.items;
	size_t i;

	if (!id_valid(form->org))
		return err_set(e, ERR_INVALID, "key list: org is not an id");
	*out = (struct keys){.org = form->org, .epoch = form->epoch, .time_ms = form->time};
	for (i = 0; i < form->keys.count; i++) {
		struct keys_key key;

		if (!read_key(&list[i], &key, e))
			return false;
		if (keys_find(out, key.kid))
			return err_set(e, ERR_INVALID, "key list: a key stands there twice");
		out->key[out->count++] = key;
	}
	return true;
}

bool keys_verify(struct arena *a, const char *text, size_t n, const struct keys_pin *pin,
		 struct keys *out, struct err *e)
{
	struct form form = {0};
	struct keys keys;
	struct jws jws;

	if (!jws_read(a, text, n, JWS_KEYS, &jws, e))
		return false;
	if (!jws_verify(&jws, pin->root, e))
		return err_add(e, "key list");
	if (!json_read_text(a, jws.payload, jws.payload_len, form_fields, &form, e))
		return err_add(e, "key list");
	if (!read_form(&form, &keys, e))
		return false;
	if (strcmp(keys.org, pin->org) != 0)
		return err_set(e, ERR_FORBIDDEN, "the key list is another organisation's");
	if (keys.epoch < pin->epoch)
		return err_set(e, ERR_CONFLICT, "the key list is older than the one there is");
	*out = keys;
	return true;
}

const struct keys_key *keys_find(const struct keys *keys, const char *kid)
{
	size_t i;

	for (i = 0; i < keys->count; i++)
		if (!strcmp(keys->key[i].kid, kid))
			return &keys->key[i];
	return NULL;
}

bool keys_open(struct arena *a, const struct keys *keys, enum jws_typ typ, const char *text,
	       size_t n, struct jws *out, struct err *e)
{
	const struct keys_key *key;

	if (!jws_read(a, text, n, typ, out, e))
		return false;
	key = keys_find(keys, out->kid);
	if (!key)
		return err_set(e, ERR_CRYPTO, "signed by a key that is not in the key list");
	return jws_verify(out, key->public, e);
}

bool keys_hold_at(const struct keys *keys, const char *kid, int64_t at_ms, struct err *e)
{
	const struct keys_key *key = keys_find(keys, kid);

	if (!key || at_ms < key->nbf_ms || at_ms >= key->exp_ms)
		return err_set(e, ERR_CRYPTO, "signed outside of the key's time");
	return true;
}
