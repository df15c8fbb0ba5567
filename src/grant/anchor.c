#include "grant/anchor.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "json/json.h"

struct form {
	int64_t v;
	const char *org, *device, *root, *ledger;
};

static const struct json_field form_fields[] = {
    {"v", JSON_FIELD_I64, offsetof(struct form, v), .required = true, .min = 1, .max = 1},
    {"org", JSON_FIELD_TEXT, offsetof(struct form, org), .required = true},
    {"device", JSON_FIELD_TEXT, offsetof(struct form, device), .required = true},
    {"root", JSON_FIELD_TEXT, offsetof(struct form, root), .required = true},
    {"ledger", JSON_FIELD_TEXT, offsetof(struct form, ledger), .required = true},
    {0},
};

const char *anchor_text(struct arena *a, const struct anchor *anchor)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	char root[TEXT_BASE64_SIZE(CRYPTO_PUBLIC_SIZE)];

	text_base64url(anchor->root, CRYPTO_PUBLIC_SIZE, root);
	json_object(&w, NULL);
	json_put_i64(&w, "v", 1);
	json_put_text(&w, "org", anchor->org);
	json_put_text(&w, "device", anchor->device);
	json_put_text(&w, "root", root);
	json_put_text(&w, "ledger", anchor->ledger);
	json_object_end(&w);
	buf_char(&text, '\n');
	return arena_dup_n(a, text.data, text.len);
}

bool anchor_read(struct arena *a, const char *text, size_t n, struct anchor *out, struct err *e)
{
	struct form form = {0};
	size_t len = CRYPTO_PUBLIC_SIZE;
	struct anchor anchor;

	if (n > ANCHOR_MAX)
		return err_set(e, ERR_TOO_LARGE, "anchor: over %d bytes", ANCHOR_MAX);
	if (!json_read_text(a, text, n, form_fields, &form, e))
		return err_add(e, "anchor");
	anchor = (struct anchor){.org = form.org, .device = form.device, .ledger = form.ledger};
	if (!id_valid(form.org) || !id_valid(form.device) || !id_valid(form.ledger) ||
	    !text_unbase64url(form.root, strlen(form.root), anchor.root, &len) ||
	    len != CRYPTO_PUBLIC_SIZE)
		return err_set(e, ERR_INVALID, "anchor: an id or the root is malformed");
	*out = anchor;
	return true;
}

void device_key_text(const struct crypto_keypair *key, char out[static DEVICE_KEY_TEXT_SIZE])
{
	/* libsodium's secret begins with the seed. */
	text_hex(key->secret, CRYPTO_SEED_SIZE, out);
	out[DEVICE_KEY_TEXT_SIZE - 2] = '\n';
	out[DEVICE_KEY_TEXT_SIZE - 1] = '\0';
}

bool device_key_read(const char *text, size_t n, struct crypto_keypair *out, struct err *e)
{
	char hex[DEVICE_KEY_TEXT_SIZE - 1] = {0};
	unsigned char seed[CRYPTO_SEED_SIZE];
	bool good = n == DEVICE_KEY_TEXT_SIZE - 1 && text[n - 1] == '\n';

	if (good)
		memcpy(hex, text, n - 1);
	good = good && text_unhex(hex, seed, sizeof(seed));
	if (good)
		crypto_keypair_from_seed(seed, out);
	crypto_wipe(seed, sizeof(seed));
	crypto_wipe(hex, sizeof(hex));
	return good || err_set(e, ERR_INVALID, "device key: not 64 hex digits and a newline");
}
