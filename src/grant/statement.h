/* The statement: what one device enforces (docs/device.md, Signed objects). */
#pragma once

#include "grant/anchor.h"
#include "grant/keys.h"
#include "json/json.h"

#define STATEMENT_MAX_BASIS 64

enum statement_mode { STATEMENT_OFF, STATEMENT_AUDIT, STATEMENT_BLOCK };

struct statement_prompt {
	const char *title, *content, *primary, *secondary;
};

struct statement {
	const char *org, *device;
	const char *key; /* thumbprint of the device key */
	int64_t counter; /* rises with every statement made for the device */
	const char *
	    basis; /* the same in statements that say the same; the device's word for what it has */
	int64_t time_ms;
	const char *owner_id, *owner_name;
	const char *device_name;
	const char *organisation; /* its name; may be empty */
	enum statement_mode mode;
	bool covered;
	const char *why;
	struct json_list packages; /* of const char * */
	bool filing;
	const char *contact;            /* may be empty */
	struct statement_prompt zh, en; /* with variables: grant/prompt.h */
};

const char *statement_mode_name(enum statement_mode mode);

[[nodiscard]] bool statement_sign(struct arena *a, const struct crypto_keypair *key,
				  const struct statement *statement, const char **out,
				  struct err *e);

/* Signature, form, and that the signing key held when it was made. For whom it was made is
 * statement_check's question. ERR_CRYPTO, ERR_INVALID, ERR_TOO_LARGE. */
[[nodiscard]] bool statement_verify(struct arena *a, const char *text, size_t n,
				    const struct keys *keys, struct statement *out, struct err *e);

/* ERR_FORBIDDEN: another organisation's, device's or device key's. ERR_CONFLICT: counter below
 * least, the counter of the one the device has (0 for none). */
[[nodiscard]] bool statement_check(const struct statement *statement,
				   const struct device_identity *device, int64_t least,
				   struct err *e);

/* Whether it names the package. */
bool statement_protects(const struct statement *statement, const char *package);
