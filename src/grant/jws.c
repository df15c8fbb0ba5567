#include "grant/jws.h"

#include <string.h>

#include "base/text.h"
#include "json/json.h"

static const char *const typ_names[] = {
    [JWS_GRANT] = "holdfast-grant",         [JWS_STATEMENT] = "holdfast-statement",
    [JWS_KEYS] = "holdfast-keys",           [JWS_CHECKPOINT] = "holdfast-checkpoint",
    [JWS_EXPORT] = "holdfast-audit-export",
};

static const char *const algorithms[] = {"EdDSA", NULL};

struct header {
	const char *alg, *typ, *kid;
};

static const struct json_field header_fields[] = {
    {"alg", JSON_FIELD_TEXT, offsetof(struct header, alg), .required = true, .words = algorithms},
    {"typ", JSON_FIELD_TEXT, offsetof(struct header, typ), .required = true},
    {"kid", JSON_FIELD_TEXT, offsetof(struct header, kid), .required = true,
     .min = CRYPTO_THUMBPRINT_SIZE - 1, .max = CRYPTO_THUMBPRINT_SIZE - 1},
    {0},
};

static void add_base64url(struct arena *a, struct buf *out, const void *bytes, size_t n)
{
	char *text = arena_alloc(a, TEXT_BASE64_SIZE(n));

	text_base64url(bytes, n, text);
	buf_text(out, text);
}

bool jws_sign(struct arena *a, enum jws_typ typ, const struct crypto_keypair *key,
	      const struct buf *payload, const char **out, struct err *e)
{
	AUTO(buf_done) struct buf text = {.max = JWS_MAX};
	unsigned char signature[CRYPTO_SIGNATURE_SIZE] = {0};
	char kid[CRYPTO_THUMBPRINT_SIZE];
	const char *header;

	crypto_thumbprint(key->public, kid);
	header = arena_printf(a, "{\"alg\":\"%s\",\"typ\":\"%s\",\"kid\":\"%s\"}", algorithms[0],
			      typ_names[typ], kid);
	add_base64url(a, &text, header, strlen(header));
	buf_char(&text, '.');
	add_base64url(a, &text, payload->data, payload->len);
	if (!text.overflow)
		crypto_make_signature(key, text.data, text.len, signature);
	buf_char(&text, '.');
	add_base64url(a, &text, signature, sizeof(signature));
	if (text.overflow || payload->overflow)
		return err_set(e, ERR_TOO_LARGE, "%s: over %d bytes", typ_names[typ], JWS_MAX);
	*out = arena_dup_n(a, text.data, text.len);
	return true;
}

static bool read_header(struct arena *a, const char *text, size_t n, enum jws_typ typ,
			const char **kid, struct err *e)
{
	struct header header = {0};
	char *json = arena_alloc(a, n + 1);
	size_t len = n;

	if (!text_unbase64url(text, n, json, &len))
		return err_set(e, ERR_INVALID, "the header is not base64url");
	if (!json_read_text(a, json, len, header_fields, &header, e))
		return err_add(e, "header");
	if (strcmp(header.typ, typ_names[typ]) != 0)
		return err_set(e, ERR_INVALID, "is no %s", typ_names[typ]);
	*kid = header.kid;
	return true;
}

bool jws_read(struct arena *a, const char *text, size_t n, enum jws_typ typ, struct jws *out,
	      struct err *e)
{
	const char *first, *second, *end = text + n;
	struct jws jws = {.signed_text = text};
	size_t len = CRYPTO_SIGNATURE_SIZE;
	char *payload;

	if (n > JWS_MAX)
		return err_set(e, ERR_TOO_LARGE, "%s: over %d bytes", typ_names[typ], JWS_MAX);
	first = memchr(text, '.', n);
	second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
	if (!second)
		return err_set(e, ERR_INVALID, "%s: not a compact JWS", typ_names[typ]);
	jws.signed_len = (size_t)(second - text);
	jws.payload_len = (size_t)(second - first - 1);
	payload = arena_alloc(a, jws.payload_len + 1);
	if (!text_unbase64url(first + 1, jws.payload_len, payload, &jws.payload_len) ||
	    !text_unbase64url(second + 1, (size_t)(end - second - 1), jws.signature, &len) ||
	    len != CRYPTO_SIGNATURE_SIZE)
		return err_set(e, ERR_INVALID, "%s: payload or signature is not base64url",
			       typ_names[typ]);
	if (!read_header(a, text, (size_t)(first - text), typ, &jws.kid, e))
		return err_add(e, "%s", typ_names[typ]);
	payload[jws.payload_len] = '\0';
	jws.payload = payload;
	*out = jws;
	return true;
}

bool jws_verify(const struct jws *jws, const unsigned char public[CRYPTO_PUBLIC_SIZE],
		struct err *e)
{
	char kid[CRYPTO_THUMBPRINT_SIZE];

	crypto_thumbprint(public, kid);
	if (strcmp(kid, jws->kid) != 0)
		return err_set(e, ERR_CRYPTO, "signed by another key");
	if (!crypto_verify(public, jws->signed_text, jws->signed_len, jws->signature))
		return err_set(e, ERR_CRYPTO, "the signature does not hold");
	return true;
}
