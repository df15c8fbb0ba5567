/* The grant: lets one removal through (docs/device.md, Signed objects). */
#pragma once

#include "grant/anchor.h"
#include "grant/keys.h"

enum grant_action { GRANT_UNINSTALL, GRANT_UNENROL };

struct grant {
	const char *id; /* has the form of an id, so it may name a file */
	const char *org, *device;
	const char *key; /* thumbprint of the device key */
	enum grant_action action;
	const char *package;
	const char *instance; /* the request's id */
	const char *number;   /* the request's number, "HF-000123" */
	int64_t iat_ms, nbf_ms;
	int64_t exp_ms; /* 0: until used */
};

const char *grant_action_name(enum grant_action action);

[[nodiscard]] bool grant_sign(struct arena *a, const struct crypto_keypair *key,
			      const struct grant *grant, const char **out, struct err *e);

/* Signature, form, and that the signing key held when it was made. Whether it lets a removal
 * through is grant_check's question. ERR_CRYPTO, ERR_INVALID, ERR_TOO_LARGE. */
[[nodiscard]] bool grant_verify(struct arena *a, const char *text, size_t n,
				const struct keys *keys, struct grant *out, struct err *e);

/* A removal that is about to happen. now_ms is trusted time. */
struct grant_use {
	struct device_identity device;
	const char *package;
	enum grant_action action;
	int64_t now_ms;
};

/* Which rule fails first; in the order of how far the grant is from this removal. */
enum grant_result {
	GRANT_GOOD,
	GRANT_OTHER_ORG,
	GRANT_OTHER_DEVICE,
	GRANT_OTHER_KEY,
	GRANT_OTHER_PACKAGE,
	GRANT_OTHER_ACTION,
	GRANT_TOO_EARLY,
	GRANT_EXPIRED
};

/* The pure rule. What was used or revoked is the ledger's question. */
enum grant_result grant_check(const struct grant *grant, const struct grant_use *use);

/* "for another device", for logs and for the English reader. */
const char *grant_result_text(enum grant_result result);
