/* Devices that ask to be enrolled, and what an administrator changes meanwhile. */
#pragma once

#include "world.h"

#include "flow/enrol.h"
#include "flow/policy.h"

/* A device that asks. */
struct asker {
	struct crypto_keypair key;
	struct store_enrolment en;
	char code[FLOW_DEVICE_CODE_SIZE];
	bool switching;
	const char *hardware; /* NULL: it does not say */
	const struct store_enrolment_token *token;
};

static inline void ask(struct world *w, struct asker *k, const char *address)
{
	k->en = (struct store_enrolment){.hostname = "laptop-7",
					 .os = "Debian 12",
					 .macs = "",
					 .client_version = "0.1.0",
					 .address = address,
					 .switching = k->switching,
					 .hardware = k->hardware != NULL ? k->hardware : ""};
	memcpy(k->en.key, k->key.public, sizeof(k->en.key));
	STEP(w, flow_enrol_ask(&w->flow, &k->en, k->token, k->code, &e));
}

static inline void sign(const struct asker *k, unsigned char out[CRYPTO_SIGNATURE_SIZE])
{
	AUTO(buf_done) struct buf text = {0};

	buf_printf(&text, "holdfast-token\n%s", k->code);
	crypto_make_signature(&k->key, text.data, text.len, out);
}

static inline enum flow_enrol_outcome redeem(struct world *w, const struct asker *k,
					     struct store_device *d)
{
	unsigned char signature[CRYPTO_SIGNATURE_SIZE];
	struct flow_enrolled out;

	sign(k, signature);
	STEP(w, flow_enrol_redeem(&w->flow, k->code, signature, &out, &e));
	*d = out.device;
	return out.outcome;
}

/* What its statement says to the device. */
static inline struct statement said(struct world *w, const struct store_device *d)
{
	struct keys_pin pin = {.org = signer_org(w->flow.signer)};
	const char *jws = signer_keys(w->flow.signer, &w->arena);
	struct statement out;
	struct keys keys;
	size_t n = sizeof(pin.root);

	assert_true(text_unbase64url(signer_root(w->flow.signer), 43, pin.root, &n));
	OK(keys_verify(&w->arena, jws, strlen(jws), &pin, &keys, &e));
	OK(statement_verify(&w->arena, d->statement, strlen(d->statement), &keys, &out, &e));
	return out;
}

static inline const char *person(struct world *w, const char *userid)
{
	struct store_person p;

	OK(store_person_by_dingtalk(w->db, &w->arena, w->app, userid, &p, &e));
	return p.id;
}

/* Saves the present policy with this scope and whitelist, as an administrator would. */
static inline void save_policy(struct world *w, bool everyone, const char *whitelisted)
{
	struct policy p;
	const char *list[] = {whitelisted};

	OK(flow_policy_get(w->db, &w->arena, &p, &e));
	p.mode = POLICY_BLOCK;
	p.everyone = everyone;
	p.whitelist = (struct json_list){list, whitelisted != NULL};
	STEP(w, flow_policy_save(&w->flow, "test", FLOW_ANY_VERSION, &p, &e));
	OK(snapshots_load(w->snapshots, w->db, &e));
	snapshots_give(w->snapshots, w->flow.snapshot);
	w->flow.snapshot = snapshots_take(w->snapshots);
}

static inline size_t recorded(struct world *w, const char *kind)
{
	const struct store_event_filter filter = {.device = w->device, .before = "", .max = 100};
	struct store_event *events;
	size_t count, n = 0;

	OK(store_event_list(w->db, &w->arena, &filter, &events, &count, &e));
	for (size_t i = 0; i < count; i++)
		n += strcmp(events[i].kind, kind) == 0;
	return n;
}
