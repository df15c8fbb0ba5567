#include "flow/statement.h"

#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "json/json.h"

static const enum statement_mode modes[] = {[POLICY_OFF] = STATEMENT_OFF,
					    [POLICY_AUDIT] = STATEMENT_AUDIT,
					    [POLICY_BLOCK] = STATEMENT_BLOCK};

static struct json_list protected_packages(struct arena *a, const struct policy *p)
{
	const char *const *further = p->packages.items;
	const char **all = arena_array(a, p->packages.count + 1, sizeof(*all));
	size_t n = 0;

	all[n++] = POLICY_CLIENT;
	for (size_t i = 0; i < p->packages.count; i++) {
		if (strcmp(further[i], POLICY_CLIENT) != 0)
			all[n++] = further[i];
	}
	return (struct json_list){.items = all, .count = n};
}

static struct statement_prompt prompt_of(const struct policy_prompt *p)
{
	return (struct statement_prompt){.title = p->title,
					 .content = p->content,
					 .primary = p->primary,
					 .secondary = p->secondary};
}

struct coverage flow_device_coverage(const struct snapshot *snapshot, const struct store_device *d)
{
	struct coverage own = snapshot_coverage(snapshot, d->owner);

	if (text_equal(d->state, STORE_DEVICE_UNBOUND))
		return (struct coverage){.covered = false, .why = "unbound"};
	return d->held_for == NULL || own.covered ? own : snapshot_coverage(snapshot, d->held_for);
}

bool flow_is_covered(const struct snapshot *snapshot, const char *owner, const char *held_for)
{
	return snapshot_coverage(snapshot, owner).covered ||
	       (held_for != NULL && snapshot_coverage(snapshot, held_for).covered);
}

static void put_prompt(struct json_writer *w, const struct statement_prompt *p)
{
	json_put_text(w, NULL, p->title);
	json_put_text(w, NULL, p->content);
	json_put_text(w, NULL, p->primary);
	json_put_text(w, NULL, p->secondary);
}

static bool filing_allowed(const struct policy *p)
{
	return p->filing_allowed && (p->workflow != NULL || p->builtin_workflow != NULL);
}

void flow_rules_init(struct flow_rules *out, struct arena *a, struct signer *signer,
		     const struct snapshot *snapshot)
{
	const struct policy *policy = snapshot_policy(snapshot);
	AUTO(buf_done) struct buf b = {0};
	struct json_writer w = {.out = &b};
	struct policy_prompt zh, en;
	const char *const *packages;

	policy_prompts(policy, &zh, &en);
	*out = (struct flow_rules){.signer = signer,
				   .snapshot = snapshot,
				   .packages = protected_packages(a, policy),
				   .zh = prompt_of(&zh),
				   .en = prompt_of(&en)};
	packages = out->packages.items;
	json_array(&w, NULL);
	json_put_text(&w, NULL, signer_kid(signer, a));
	json_put_text(&w, NULL, snapshot_organisation(snapshot));
	json_put_i64(&w, NULL, policy->mode);
	json_put_bool(&w, NULL, filing_allowed(policy));
	json_put_text(&w, NULL, policy->contact);
	put_prompt(&w, &out->zh);
	put_prompt(&w, &out->en);
	for (size_t i = 0; i < out->packages.count; i++)
		json_put_text(&w, NULL, packages[i]);
	json_array_end(&w);
	crypto_sha256(b.data, b.len, out->digest);
}

static bool lost(const struct store_device *d)
{
	return text_equal(d->state, STORE_DEVICE_LOST);
}

void flow_statement_basis(const struct flow_rules *r, const struct store_device *d,
			  char out[static FLOW_BASIS_SIZE])
{
	struct coverage coverage = flow_device_coverage(r->snapshot, d);
	const char *const parts[] = {d->id, d->owner, d->owner_name, d->name, coverage.why};
	AUTO(buf_done) struct buf b = {0};
	unsigned char hash[CRYPTO_HASH_SIZE];

	buf_add(&b, r->digest, sizeof(r->digest));
	buf_add(&b, d->key, sizeof(d->key));
	buf_char(&b, (char)(coverage.covered + 2 * lost(d)));
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		buf_add(&b, parts[i], strlen(parts[i]) + 1);
	crypto_sha256(b.data, b.len, hash);
	text_base64url(hash, FLOW_BASIS_BYTES, out);
}

bool flow_statement_due(const struct flow_rules *r, const struct store_device *d,
			const struct flow_has *has, int64_t now_ms)
{
	char basis[FLOW_BASIS_SIZE];

	flow_statement_basis(r, d, basis);
	return !text_equal(basis, has->basis) || has->counter < d->statement_counter ||
	       now_ms - has->counter >= FLOW_STATEMENT_MS;
}

bool flow_statement_make(const struct flow_rules *r, struct arena *a, const struct store_device *d,
			 int64_t held, int64_t now_ms, struct flow_statement *out, struct err *e)
{
	const struct policy *policy = snapshot_policy(r->snapshot);
	struct coverage coverage = flow_device_coverage(r->snapshot, d);
	int64_t least = held > d->statement_counter ? held : d->statement_counter;
	char key[CRYPTO_THUMBPRINT_SIZE], basis[FLOW_BASIS_SIZE];
	struct statement s = {.device = d->id,
			      .key = key,
			      .counter = least >= now_ms ? least + 1 : now_ms,
			      .basis = basis,
			      .time_ms = now_ms,
			      .owner_id = d->owner,
			      .owner_name = d->owner_name,
			      .device_name = d->name,
			      .organisation = snapshot_organisation(r->snapshot),
			      .mode = modes[policy->mode],
			      .covered = coverage.covered,
			      .why = coverage.why,
			      .packages = r->packages,
			      .filing = filing_allowed(policy) && !lost(d),
			      .contact = policy->contact,
			      .zh = r->zh,
			      .en = r->en};

	crypto_thumbprint(d->key, key);
	flow_statement_basis(r, d, basis);
	out->counter = s.counter;
	return signer_statement(r->signer, a, &s, &out->jws, e);
}

bool flow_statement_credible(int64_t counter, const struct store_device *d, int64_t now_ms)
{
	return counter <= d->statement_counter || counter <= now_ms + FLOW_STATEMENT_MS;
}

bool flow_statement_renew(struct flow *f, struct store_device *d, struct err *e)
{
	struct flow_statement made;
	struct flow_rules rules;

	flow_rules_init(&rules, f->arena, f->signer, f->snapshot);
	if (!flow_statement_make(&rules, f->arena, d, 0, f->now_ms, &made, e))
		return false;
	d->statement = made.jws;
	d->statement_counter = made.counter;
	return store_device_set_counter(f->db, d->id, made.counter, e);
}
