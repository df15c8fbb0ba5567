#include "grant/checkpoint.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "json/json.h"

#define HASH_TEXT CRYPTO_THUMBPRINT_SIZE /* the same form */

struct head_form {
	const char *node, *hash;
	int64_t sequence;
};

struct form {
	int64_t v;
	struct checkpoint c;
	const char *before, *heads;
	struct json_list moved; /* of struct head_form */
};

struct range_form {
	int64_t v;
	struct audit_range r;
	const char *first_hash, *last_hash;
};

#define HASH_FIELD(name, where)                                                       \
	{                                                                             \
		name, JSON_FIELD_TEXT, where, .required = true, .min = HASH_TEXT - 1, \
					      .max = HASH_TEXT - 1                    \
	}
#define NUMBER_FIELD(name, where, least)                                                        \
	{                                                                                       \
		name, JSON_FIELD_I64, where, .required = true, .min = (least), .max = INT64_MAX \
	}

static const struct json_field head_fields[] = {
    {"node", JSON_FIELD_TEXT, offsetof(struct head_form, node), .required = true, .min = 1,
     .max = CHECKPOINT_MAX_NODE},
    NUMBER_FIELD("sequence", offsetof(struct head_form, sequence), 1),
    HASH_FIELD("hash", offsetof(struct head_form, hash)),
    {0},
};

static const struct json_field form_fields[] = {
    {"v", JSON_FIELD_I64, offsetof(struct form, v), .required = true, .min = 1, .max = 1},
    {"org", JSON_FIELD_TEXT, offsetof(struct form, c.org), .required = true},
    NUMBER_FIELD("number", offsetof(struct form, c.number), 1),
    NUMBER_FIELD("time", offsetof(struct form, c.time_ms), 0),
    HASH_FIELD("before", offsetof(struct form, before)),
    HASH_FIELD("heads", offsetof(struct form, heads)),
    {"moved", JSON_FIELD_ARRAY, offsetof(struct form, moved), .required = true, .min = 1,
     .max = CHECKPOINT_MAX_MOVED, .fields = head_fields, .size = sizeof(struct head_form)},
    {0},
};

static const struct json_field range_fields[] = {
    {"v", JSON_FIELD_I64, offsetof(struct range_form, v), .required = true, .min = 1, .max = 1},
    {"org", JSON_FIELD_TEXT, offsetof(struct range_form, r.org), .required = true},
    NUMBER_FIELD("time", offsetof(struct range_form, r.time_ms), 0),
    NUMBER_FIELD("first", offsetof(struct range_form, r.first), 0),
    HASH_FIELD("first_hash", offsetof(struct range_form, first_hash)),
    NUMBER_FIELD("last", offsetof(struct range_form, r.last), 0),
    HASH_FIELD("last_hash", offsetof(struct range_form, last_hash)),
    NUMBER_FIELD("keys", offsetof(struct range_form, r.keys), 1),
    {0},
};

static int by_node(const void *a, const void *b)
{
	return strcmp(((const struct audit_head *)a)->node, ((const struct audit_head *)b)->node);
}

void audit_heads_sort(struct audit_head *heads, size_t count)
{
	if (count > 1)
		qsort(heads, count, sizeof(*heads), by_node);
}

void audit_heads_hash(const struct audit_head *heads, size_t count,
		      unsigned char out[static CRYPTO_HASH_SIZE])
{
	AUTO(buf_done) struct buf text = {0};
	char hash[HASH_TEXT];

	for (size_t i = 0; i < count; i++) {
		text_base64url(heads[i].hash, CRYPTO_HASH_SIZE, hash);
		buf_printf(&text, "%s %lld %s\n", heads[i].node, (long long)heads[i].sequence,
			   hash);
	}
	crypto_sha256(text.len > 0 ? text.data : "", text.len, out);
}

bool audit_heads_find(const struct audit_head *heads, size_t count, const char *node, size_t *at)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(node, heads[middle].node);

		if (order == 0) {
			*at = middle;
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	*at = low;
	return false;
}

static void put_hash(struct json_writer *w, const char *key, const unsigned char *hash)
{
	char text[HASH_TEXT];

	text_base64url(hash, CRYPTO_HASH_SIZE, text);
	json_put_text(w, key, text);
}

static bool read_hash(const char *text, unsigned char *out, struct err *e)
{
	size_t n = CRYPTO_HASH_SIZE;

	return (text_unbase64url(text, strlen(text), out, &n) && n == CRYPTO_HASH_SIZE) ||
	       err_set(e, ERR_INVALID, "is not 32 bytes of base64url");
}

bool checkpoint_sign(struct arena *a, const struct crypto_keypair *key, const struct checkpoint *c,
		     const char **out, struct err *e)
{
	AUTO(buf_done) struct buf payload = {.max = JWS_MAX};
	struct json_writer w = {.out = &payload};

	json_object(&w, NULL);
	json_put_i64(&w, "v", 1);
	json_put_text(&w, "org", c->org);
	json_put_i64(&w, "number", c->number);
	json_put_i64(&w, "time", c->time_ms);
	put_hash(&w, "before", c->before);
	put_hash(&w, "heads", c->heads);
	json_array(&w, "moved");
	for (size_t i = 0; i < c->moved_count; i++) {
		json_object(&w, NULL);
		json_put_text(&w, "node", c->moved[i].node);
		json_put_i64(&w, "sequence", c->moved[i].sequence);
		put_hash(&w, "hash", c->moved[i].hash);
		json_object_end(&w);
	}
	json_array_end(&w);
	json_object_end(&w);
	return jws_sign(a, JWS_CHECKPOINT, key, &payload, out, e);
}

static bool read_moved(struct arena *a, const struct json_list *list, struct checkpoint *out,
		       struct err *e)
{
	const struct head_form *forms = list->items;

	out->moved = arena_array(a, list->count, sizeof(*out->moved));
	out->moved_count = list->count;
	for (size_t i = 0; i < list->count; i++) {
		out->moved[i].node = forms[i].node;
		out->moved[i].sequence = forms[i].sequence;
		if (!read_hash(forms[i].hash, out->moved[i].hash, e))
			return false;
		if (i > 0 && strcmp(forms[i - 1].node, forms[i].node) >= 0)
			return err_set(e, ERR_INVALID, "moved: is not in order");
	}
	return true;
}

static bool read_checkpoint(struct arena *a, const struct jws *jws, struct checkpoint *out,
			    struct err *e)
{
	struct form form = {0};

	if (!json_read_text(a, jws->payload, jws->payload_len, form_fields, &form, e))
		return false;
	*out = form.c;
	return read_hash(form.before, out->before, e) && read_hash(form.heads, out->heads, e) &&
	       read_moved(a, &form.moved, out, e);
}

bool checkpoint_verify(struct arena *a, const char *text, size_t n, const struct keys *keys,
		       struct checkpoint *out, const char **kid, struct err *e)
{
	struct jws jws;

	if (!keys_open(a, keys, JWS_CHECKPOINT, text, n, &jws, e) ||
	    !read_checkpoint(a, &jws, out, e) || !keys_hold_at(keys, jws.kid, out->time_ms, e))
		return err_add(e, "checkpoint");
	if (kid != NULL)
		*kid = jws.kid;
	return true;
}

bool audit_range_sign(struct arena *a, const struct crypto_keypair *key,
		      const struct audit_range *r, const char **out, struct err *e)
{
	AUTO(buf_done) struct buf payload = {.max = JWS_MAX};
	struct json_writer w = {.out = &payload};

	json_object(&w, NULL);
	json_put_i64(&w, "v", 1);
	json_put_text(&w, "org", r->org);
	json_put_i64(&w, "time", r->time_ms);
	json_put_i64(&w, "first", r->first);
	put_hash(&w, "first_hash", r->first_hash);
	json_put_i64(&w, "last", r->last);
	put_hash(&w, "last_hash", r->last_hash);
	json_put_i64(&w, "keys", r->keys);
	json_object_end(&w);
	return jws_sign(a, JWS_EXPORT, key, &payload, out, e);
}

static bool read_range(struct arena *a, const struct jws *jws, struct audit_range *out,
		       struct err *e)
{
	struct range_form form = {0};

	if (!json_read_text(a, jws->payload, jws->payload_len, range_fields, &form, e))
		return false;
	*out = form.r;
	if (out->last < out->first)
		return err_set(e, ERR_INVALID, "ends before it begins");
	return read_hash(form.first_hash, out->first_hash, e) &&
	       read_hash(form.last_hash, out->last_hash, e);
}

bool audit_range_verify(struct arena *a, const char *text, size_t n, const struct keys *keys,
			struct audit_range *out, const char **kid, struct err *e)
{
	struct jws jws;

	if (!keys_open(a, keys, JWS_EXPORT, text, n, &jws, e) || !read_range(a, &jws, out, e) ||
	    !keys_hold_at(keys, jws.kid, out->time_ms, e))
		return err_add(e, "export");
	if (kid != NULL)
		*kid = jws.kid;
	return true;
}
