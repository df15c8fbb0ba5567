/* What the tests of signed objects share: an organisation with a root, an epoch key, a device. */
#pragma once

#include <stdio.h>

#include "base/text.h"
#include "grant/grant.h"
#include "grant/statement.h"

#define ORG "01900000-0000-7000-8000-000000000001"
#define OTHER_ORG "01900000-0000-7000-8000-000000000002"
#define DEVICE "01900000-0000-7000-8000-000000000003"
#define OTHER_DEVICE "01900000-0000-7000-8000-000000000004"
#define GRANT "01900000-0000-7000-8000-000000000005"
#define INSTANCE "01900000-0000-7000-8000-000000000006"
#define NOW ((int64_t)1763830479123)
#define HOUR ((int64_t)3600 * 1000)

struct signing {
	struct arena a;
	struct crypto_keypair root, epoch, device;
	char device_kid[CRYPTO_THUMBPRINT_SIZE];
	struct keys keys;
	struct err e;
};

static inline struct crypto_keypair signing_key(unsigned char n)
{
	unsigned char seed[CRYPTO_SEED_SIZE] = {n};
	struct crypto_keypair key;

	crypto_keypair_from_seed(seed, &key);
	return key;
}

static inline struct keys signing_keys(const struct crypto_keypair *epoch)
{
	struct keys keys = {.org = ORG, .epoch = 3, .time_ms = NOW, .count = 1};

	keys.key[0].nbf_ms = NOW - HOUR;
	keys.key[0].exp_ms = NOW + 1000 * HOUR;
	memcpy(keys.key[0].public, epoch->public, CRYPTO_PUBLIC_SIZE);
	crypto_thumbprint(epoch->public, keys.key[0].kid);
	return keys;
}

static inline int signing_start(void **state)
{
	static struct signing s;

	if (!crypto_start(&s.e))
		return -1;
	s.root = signing_key(1);
	s.epoch = signing_key(2);
	s.device = signing_key(3);
	crypto_thumbprint(s.device.public, s.device_kid);
	s.keys = signing_keys(&s.epoch);
	*state = &s;
	return 0;
}

static inline int signing_end(void **state)
{
	struct signing *s = *state;

	arena_done(&s->a);
	return 0;
}

/* The text with every "KEY" replaced. */
static inline const char *signing_fill(struct signing *s, const char *text, const char *key)
{
	const char *out = "", *hole;

	for (; (hole = strstr(text, "KEY")); text = hole + 3)
		out = arena_printf(&s->a, "%s%.*s%s", out, (int)(hole - text), text, key);
	return arena_printf(&s->a, "%s%s", out, text);
}

/* Any JSON under any header, to make what our own signers would not. */
static inline const char *signing_raw(struct signing *s, const char *header, const char *payload,
				      const struct crypto_keypair *key)
{
	unsigned char signature[CRYPTO_SIGNATURE_SIZE];
	char *h = arena_alloc(&s->a, TEXT_BASE64_SIZE(strlen(header)));
	char *p = arena_alloc(&s->a, TEXT_BASE64_SIZE(strlen(payload)));
	char sig[TEXT_BASE64_SIZE(sizeof(signature))];
	const char *text;

	text_base64url(header, strlen(header), h);
	text_base64url(payload, strlen(payload), p);
	text = arena_printf(&s->a, "%s.%s", h, p);
	crypto_make_signature(key, text, strlen(text), signature);
	text_base64url(signature, sizeof(signature), sig);
	return arena_printf(&s->a, "%s.%s", text, sig);
}

static inline struct grant signing_grant(const struct signing *s)
{
	return (struct grant){.id = GRANT,
			      .org = ORG,
			      .device = DEVICE,
			      .key = s->device_kid,
			      .action = GRANT_UNINSTALL,
			      .package = "holdfast-client",
			      .instance = INSTANCE,
			      .number = "HF-000123",
			      .iat_ms = NOW,
			      .nbf_ms = NOW,
			      .exp_ms = NOW + 72 * HOUR};
}

static inline struct statement signing_statement(const struct signing *s)
{
	static const char *const packages[] = {"holdfast-client", "vpn-client"};

	return (struct statement){.org = ORG,
				  .device = DEVICE,
				  .key = s->device_kid,
				  .counter = NOW,
				  .basis = "basis",
				  .time_ms = NOW,
				  .owner_id = "user-1",
				  .owner_name = "李华",
				  .device_name = "laptop-42",
				  .organisation = "",
				  .mode = STATEMENT_BLOCK,
				  .covered = true,
				  .why = "group 研发部",
				  .packages = {(void *)packages, 2},
				  .filing = true,
				  .contact = "it@example.com",
				  .zh = {"标题", "内容", "去报备", "我知道了"},
				  .en = {"Title", "Content", "File for Approval", "Got It"}};
}
