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

/* What holds for the device now, without counter and time. */
static struct statement content(struct arena *a, const struct snapshot *snapshot,
				const struct store_device *d)
{
	const struct policy *policy = snapshot_policy(snapshot);
	struct coverage coverage = flow_device_coverage(snapshot, d);
	char *key = arena_alloc(a, CRYPTO_THUMBPRINT_SIZE);
	struct policy_prompt zh, en;

	policy_prompts(policy, &zh, &en);
	crypto_thumbprint(d->key, key);
	return (struct statement){
	    .device = d->id,
	    .key = key,
	    .owner_id = d->owner,
	    .owner_name = d->owner_name,
	    .device_name = d->name,
	    .organisation = snapshot_organisation(snapshot),
	    .mode = modes[policy->mode],
	    .covered = coverage.covered,
	    .why = coverage.why,
	    .packages = protected_packages(a, policy),
	    .filing = !text_equal(d->state, STORE_DEVICE_LOST) && policy->filing_allowed &&
		      (policy->workflow != NULL || policy->builtin_workflow != NULL),
	    .contact = policy->contact,
	    .zh = prompt_of(&zh),
	    .en = prompt_of(&en)};
}

static void put_prompt(struct json_writer *w, const struct statement_prompt *p)
{
	json_put_text(w, NULL, p->title);
	json_put_text(w, NULL, p->content);
	json_put_text(w, NULL, p->primary);
	json_put_text(w, NULL, p->secondary);
}

/* The same for the same content under the same signing key. */
static void basis_of(const char *kid, const struct statement *s, unsigned char out[32])
{
	AUTO(buf_done) struct buf b = {0};
	struct json_writer w = {.out = &b};
	const char *const *packages = s->packages.items;

	json_array(&w, NULL);
	json_put_text(&w, NULL, kid);
	json_put_text(&w, NULL, s->device);
	json_put_text(&w, NULL, s->key);
	json_put_text(&w, NULL, s->owner_id);
	json_put_text(&w, NULL, s->owner_name);
	json_put_text(&w, NULL, s->device_name);
	json_put_text(&w, NULL, s->organisation);
	json_put_i64(&w, NULL, s->mode);
	json_put_bool(&w, NULL, s->covered);
	json_put_text(&w, NULL, s->why);
	json_put_bool(&w, NULL, s->filing);
	json_put_text(&w, NULL, s->contact);
	put_prompt(&w, &s->zh);
	put_prompt(&w, &s->en);
	for (size_t i = 0; i < s->packages.count; i++)
		json_put_text(&w, NULL, packages[i]);
	json_array_end(&w);
	crypto_sha256(b.data, b.len, out);
}

static bool differs(const struct store_device *d, const unsigned char basis[32], int64_t now_ms)
{
	return d->statement == NULL || memcmp(basis, d->statement_basis, 32) != 0 ||
	       now_ms - d->statement_ms >= FLOW_STATEMENT_MS;
}

bool flow_statement_due(struct signer *signer, const struct snapshot *snapshot,
			const struct store_device *d, int64_t now_ms)
{
	AUTO(arena_done) struct arena a = {0};
	struct statement s = content(&a, snapshot, d);
	unsigned char basis[32];

	basis_of(signer_kid(signer, &a), &s, basis);
	return differs(d, basis, now_ms);
}

bool flow_statement_credible(int64_t counter, const struct store_device *d, int64_t now_ms)
{
	return counter <= d->statement_counter || counter <= now_ms + FLOW_STATEMENT_MS;
}

bool flow_statement_renew(struct flow *f, struct store_device *d, struct err *e)
{
	struct statement s = content(f->arena, f->snapshot, d);
	unsigned char basis[32];
	basis_of(signer_kid(f->signer, f->arena), &s, basis);
	if (!differs(d, basis, f->now_ms))
		return true;
	s.counter = d->statement_counter + 1 > f->now_ms ? d->statement_counter + 1 : f->now_ms;
	s.time_ms = f->now_ms;
	if (!signer_statement(f->signer, f->arena, &s, &d->statement, e))
		return false;
	d->statement_counter = s.counter;
	d->statement_ms = f->now_ms;
	memcpy(d->statement_basis, basis, sizeof(basis));
	return store_device_set_statement(f->db, d, e);
}
