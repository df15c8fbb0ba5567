#include "flow/webhook.h"

#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/text.h"
#include "flow/record.h"
#include "json/json.h"
#include "model/instance.h"
#include "model/webhook.h"
#include "store/device.h"
#include "store/grant.h"
#include "store/instance.h"

#define SECRET_BYTES 32
#define SECRET_PREFIX "whsec_"

/* --- secrets --- */

static const char *context(struct arena *a, const char *id)
{
	return arena_printf(a, "webhook %s secret", id);
}

static struct store_sealed seal(struct arena *a, const unsigned char *master, const char *id,
				const unsigned char secret[SECRET_BYTES])
{
	unsigned char *out = arena_alloc(a, SECRET_BYTES + CRYPTO_SEAL_OVERHEAD);

	crypto_seal(master, context(a, id), secret, SECRET_BYTES, out);
	return (struct store_sealed){out, SECRET_BYTES + CRYPTO_SEAL_OVERHEAD};
}

/* *text is as the receiver's library wants it. */
static struct store_sealed make_secret(struct arena *a, const unsigned char *master, const char *id,
				       const char **text)
{
	unsigned char secret[SECRET_BYTES];
	char coded[TEXT_BASE64_SIZE(SECRET_BYTES)];
	struct store_sealed sealed;

	random_bytes(secret, sizeof(secret));
	text_base64(secret, sizeof(secret), coded);
	*text = arena_printf(a, SECRET_PREFIX "%s", coded);
	sealed = seal(a, master, id, secret);
	crypto_wipe(secret, sizeof(secret));
	crypto_wipe(coded, sizeof(coded));
	return sealed;
}

/* --- keeping them --- */

static const char *words(struct arena *a, const struct flow_webhook *w)
{
	const char *all = w->event_count > 0 ? w->events[0] : "";

	for (size_t i = 1; i < w->event_count; i++)
		all = arena_printf(a, "%s %s", all, w->events[i]);
	return all;
}

static bool record(struct flow *f, const char *kind, const struct store_webhook *w,
		   const char *text, struct err *e)
{
	return flow_event(
	    f,
	    &(struct flow_event){.kind = kind,
				 .object = "webhook",
				 .object_id = w->id,
				 .text = arena_printf(f->arena, "%s: %s", w->name, text)},
	    e);
}

/* For the record: paths and queries of such addresses often are secrets. */
static const char *site_of(struct arena *a, const char *url)
{
	const char *host = strstr(url, "://");
	size_t before = host == NULL ? 0 : (size_t)(host - url) + 3;

	return arena_dup_n(a, url, before + strcspn(url + before, "/?"));
}

bool flow_webhook_add(struct flow *f, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
		      const struct flow_webhook *in, struct store_webhook *out, const char **secret,
		      struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);
	struct store_webhook *all;
	size_t count;

	if (!store_webhook_list(f->db, f->arena, &all, &count, e))
		return false;
	if (count >= WEBHOOK_MAX)
		return err_set(e, ERR_UNPROCESSABLE, "There may be at most %d webhooks.",
			       WEBHOOK_MAX);
	id_new(id);
	*out = (struct store_webhook){.id = id,
				      .name = in->name,
				      .description = in->description,
				      .url = in->url,
				      .events = words(f->arena, in),
				      .enabled = in->enabled,
				      .secret = make_secret(f->arena, master, id, secret),
				      .disabled = "",
				      .created_ms = f->now_ms,
				      .updated_ms = f->now_ms};
	return store_webhook_add(f->db, out, e) &&
	       record(f, "webhook-created", out,
		      arena_printf(f->arena, "%s to %s", out->events, site_of(f->arena, out->url)),
		      e);
}

/* Two changes within a millisecond still have different times: the time is the version. */
static int64_t changed_ms(const struct flow *f, const struct store_webhook *w)
{
	return f->now_ms > w->updated_ms ? f->now_ms : w->updated_ms + 1;
}

static void forgive(struct store_webhook *w)
{
	w->failures = w->failing_ms = w->pause_ms = 0;
	w->disabled = "";
}

bool flow_webhook_change(struct flow *f, struct store_webhook *w, const struct flow_webhook *to,
			 struct err *e)
{
	int64_t was_ms = w->updated_ms;

	if (to->enabled && (!w->enabled || !text_equal(w->url, to->url)))
		forgive(w);
	w->name = to->name;
	w->description = to->description;
	w->url = to->url;
	w->events = words(f->arena, to);
	w->enabled = to->enabled;
	w->updated_ms = changed_ms(f, w);
	return store_webhook_set(f->db, w, was_ms, e) &&
	       record(f, "webhook-changed", w,
		      arena_printf(f->arena, "%s to %s, %s", w->events, site_of(f->arena, w->url),
				   w->enabled ? "enabled" : "disabled"),
		      e);
}

bool flow_webhook_remove(struct flow *f, const char *id, struct err *e)
{
	struct store_webhook w;

	return store_webhook_get(f->db, f->arena, id, &w, e) &&
	       store_webhook_remove(f->db, id, e) &&
	       record(f, "webhook-removed", &w, site_of(f->arena, w.url), e);
}

bool flow_webhook_rotate(struct flow *f, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
			 const char *id, const char **secret, struct err *e)
{
	struct store_webhook w;
	int64_t was_ms;

	if (!store_webhook_get(f->db, f->arena, id, &w, e))
		return false;
	was_ms = w.updated_ms;
	w.old_secret = w.secret;
	w.old_until_ms = f->now_ms + WEBHOOK_GRACE_MS;
	w.secret = make_secret(f->arena, master, id, secret);
	w.updated_ms = changed_ms(f, &w);
	return store_webhook_set(f->db, &w, was_ms, e) &&
	       record(f, "webhook-secret-rotated", &w, "the old one is good for a day", e);
}

/* --- telling --- */

static void put_instance(struct json_writer *w, const struct store_instance *i)
{
	char number[INSTANCE_NUMBER_SIZE];

	instance_number(i->number, number);
	json_object(w, "instance");
	json_put_text(w, "id", i->id);
	json_put_text(w, "number", number);
	json_put_text(w, "template", i->template);
	json_put_text(w, "status", i->status);
	json_put_text(w, "package", i->package);
	json_put_i64(w, "created_ms", i->created_ms);
	json_object_end(w);
	json_object(w, "applicant");
	json_put_text(w, "id", i->person);
	json_put_text(w, "name", i->person_name);
	json_put_text(w, "department", i->department);
	json_object_end(w);
	if (i->decided_ms == 0)
		return;
	json_object(w, "decision");
	json_put_text(w, "by", i->decided_by);
	json_put_text(w, "channel", i->channel);
	json_put_i64(w, "at_ms", i->decided_ms);
	json_object_end(w);
}

static void put_grant(struct json_writer *w, const struct store_grant *g)
{
	json_object(w, "grant");
	json_put_text(w, "id", g->id);
	json_put_text(w, "state", g->state);
	json_object_end(w);
}

/* What is not there any more is left out. */
static bool absent(struct err *e)
{
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	return true;
}

static bool put_request(struct flow *f, struct json_writer *w, const char *id, struct err *e)
{
	struct store_instance i;
	struct store_grant g;

	if (id == NULL)
		return true;
	if (!store_instance_get(f->db, f->arena, id, &i, e))
		return absent(e);
	put_instance(w, &i);
	if (!store_grant_of_instance(f->db, f->arena, id, &g, e))
		return false;
	if (g.id != NULL)
		put_grant(w, &g);
	return true;
}

static bool put_device(struct flow *f, struct json_writer *w, const char *id, struct err *e)
{
	struct store_device d;

	if (id == NULL)
		return true;
	if (!store_device_get(f->db, f->arena, id, &d, e))
		return absent(e);
	json_object(w, "device");
	json_put_text(w, "id", d.id);
	json_put_text(w, "name", d.name);
	json_put_text(w, "state", d.state);
	json_object_end(w);
	return true;
}

/* Which version or proposal it is: the rest is to be asked for. */
static void put_policy(struct json_writer *w, const struct flow_webhook_fact *fact)
{
	bool proposal = text_equal(fact->object, "policy-proposal");

	json_object(w, proposal ? "proposal" : "policy");
	if (proposal)
		json_put_text(w, "id", fact->object_id);
	else
		json_put_raw(w, "version", fact->object_id);
	json_object_end(w);
}

static bool has_text(const char *type)
{
	return strstr(type, ".alarm") != NULL || text_equal(type, "directory.waiting") ||
	       text_equal(type, "device.owner");
}

static void put_source(struct json_writer *w, const char *id)
{
	json_object(w, "source");
	json_put_text(w, "id", id);
	json_object_end(w);
}

static bool payload(struct flow *f, const char *type, const struct flow_webhook_fact *fact,
		    const char **out, struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};
	char at[CLOCK_TEXT_SIZE];

	clock_text(f->now_ms, at);
	json_object(&w, NULL);
	json_put_text(&w, "type", type);
	json_put_text(&w, "timestamp", at);
	json_object(&w, "data");
	json_put_text(&w, "event", fact->kind);
	if (has_text(type))
		json_put_text(&w, "text", fact->text);
	if (text_equal(fact->object, "identity-source"))
		put_source(&w, fact->object_id);
	if (text_starts(type, "policy."))
		put_policy(&w, fact);
	if (!put_request(f, &w, fact->instance, e) || !put_device(f, &w, fact->device, e))
		return false;
	json_object_end(&w);
	json_object_end(&w);
	*out = arena_dup_n(f->arena, body.data, body.len);
	return true;
}

static bool add_row(struct flow *f, const char *webhook, const char *type, const char *payload,
		    const char **out, struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);

	id_new(id);
	*out = id;
	return store_webhook_delivery_add(f->db,
					  &(struct store_webhook_delivery){.id = id,
									   .webhook = webhook,
									   .type = type,
									   .payload = payload,
									   .due_ms = f->now_ms,
									   .created_ms = f->now_ms},
					  e);
}

bool flow_webhook_tell(struct flow *f, const struct flow_webhook_fact *fact, struct err *e)
{
	const char *type = webhook_type(fact->kind), *text = NULL, *id;
	struct store_webhook *all;
	size_t count;

	if (type == NULL)
		return true;
	if (!store_webhook_list(f->db, f->arena, &all, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!all[i].enabled || !webhook_wants(all[i].events, type))
			continue;
		if (text == NULL && !payload(f, type, fact, &text, e))
			return false;
		if (!add_row(f, all[i].id, type, text, &id, e))
			return false;
		failpoint("webhook-row-added");
	}
	return true;
}

/* Somebody waits for it: at once, whatever went before. */
static bool hurry(struct flow *f, struct store_webhook *w, struct err *e)
{
	bool won;

	w->pause_ms = 0;
	return store_webhook_tried(f->db, w, &won, e);
}

bool flow_webhook_test(struct flow *f, const char *id, const char **delivery, struct err *e)
{
	const struct flow_webhook_fact fact = {.kind = "test"};
	struct store_webhook w;
	const char *text;

	if (!store_webhook_get(f->db, f->arena, id, &w, e))
		return false;
	if (!w.enabled)
		return err_set(e, ERR_CONFLICT, "This webhook is disabled: enable it first.");
	return payload(f, WEBHOOK_TEST, &fact, &text, e) && hurry(f, &w, e) &&
	       add_row(f, id, WEBHOOK_TEST, text, delivery, e) &&
	       record(f, "webhook-tested", &w, site_of(f->arena, w.url), e);
}

bool flow_webhook_replay(struct flow *f, const char *id, const char *delivery, int64_t since_ms,
			 int64_t *count, struct err *e)
{
	struct store_webhook_delivery d;
	struct store_webhook w;

	if (!store_webhook_get(f->db, f->arena, id, &w, e) ||
	    (delivery != NULL && !store_webhook_delivery_get(f->db, f->arena, delivery, &d, e)))
		return false;
	if (delivery != NULL && !text_equal(d.webhook, id))
		return err_set(e, ERR_NOT_FOUND, "This webhook has no delivery with this id.");
	if (!store_webhook_replay(
		f->db, &(struct store_webhook_replay){id, delivery, since_ms, f->now_ms}, count, e))
		return false;
	if (delivery != NULL && *count == 0)
		return err_set(e, ERR_CONFLICT, "This delivery is being tried just now.");
	return hurry(f, &w, e) &&
	       record(f, "webhook-replayed", &w,
		      arena_printf(f->arena, "%lld deliveries", (long long)*count), e);
}

/* --- sending --- */

bool flow_webhook_begin(struct flow *f, const char *webhook, const char *node,
			struct flow_webhook_sending *out, struct err *e)
{
	struct store_lease lease = {
	    .node = node, .now_ms = f->now_ms, .until_ms = f->now_ms + FLOW_WEBHOOK_LEASE_MS};
	bool won;

	*out = (struct flow_webhook_sending){0};
	if (!store_webhook_get(f->db, f->arena, webhook, &out->webhook, e))
		return absent(e);
	if (!out->webhook.enabled || out->webhook.pause_ms > f->now_ms)
		return true;
	if (!store_webhook_next(f->db, f->arena, webhook, f->now_ms, &out->delivery, e))
		return false;
	if (out->delivery.id == NULL)
		return true;
	id_new(out->lease);
	lease.id = out->lease;
	if (!store_webhook_claim(f->db, &out->delivery, &lease, &won, e))
		return false;
	if (!won)
		out->delivery.id = NULL;
	return true;
}

static bool sign(struct arena *a, const unsigned char *master, const char *id,
		 const struct store_sealed *sealed, const char *content, const char **out,
		 struct err *e)
{
	unsigned char secret[SECRET_BYTES], mac[CRYPTO_HASH_SIZE];
	char coded[TEXT_BASE64_SIZE(CRYPTO_HASH_SIZE)];

	if (sealed->n != SECRET_BYTES + CRYPTO_SEAL_OVERHEAD)
		return err_set(e, ERR_CRYPTO, "a stored secret is cut off");
	if (!crypto_unseal(master, context(a, id), sealed->bytes, sealed->n, secret, e))
		return err_add(e, "webhook %s", id);
	crypto_hmac_sha256(secret, sizeof(secret), content, strlen(content), mac);
	crypto_wipe(secret, sizeof(secret));
	text_base64(mac, sizeof(mac), coded);
	*out = arena_printf(a, "v1,%s", coded);
	return true;
}

bool flow_webhook_sign(struct arena *a, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
		       const struct flow_webhook_sending *s, int64_t now_ms, const char **signature,
		       struct err *e)
{
	const struct store_webhook *w = &s->webhook;
	const char *content = arena_printf(a, "%s.%lld.%s", s->delivery.id,
					   (long long)(now_ms / 1000), s->delivery.payload);
	const char *old;

	if (!sign(a, master, w->id, &w->secret, content, signature, e))
		return false;
	if (w->old_secret.n == 0 || now_ms >= w->old_until_ms)
		return true;
	if (!sign(a, master, w->id, &w->old_secret, content, &old, e))
		return false;
	*signature = arena_printf(a, "%s %s", *signature, old);
	return true;
}

static bool arrived(struct flow *f, struct store_webhook *w, struct err *e)
{
	bool won;

	if (w->failures == 0)
		return true;
	forgive(w);
	return store_webhook_tried(f->db, w, &won, e);
}

static bool failed(struct flow *f, struct store_webhook *w, const struct flow_webhook_outcome *o,
		   struct err *e)
{
	const char *why = "";
	bool won;

	w->failures++;
	if (w->failing_ms == 0)
		w->failing_ms = f->now_ms;
	w->pause_ms = f->now_ms + webhook_pause_ms(w->failures);
	if (o->gone)
		why = "the receiver answered 410 Gone";
	else if (f->now_ms - w->failing_ms >= WEBHOOK_PATIENCE_MS)
		why = "nothing has arrived for five days";
	if (*why != '\0') {
		w->enabled = false;
		w->disabled = why;
	}
	return store_webhook_tried(f->db, w, &won, e) &&
	       (*why == '\0' || !won || record(f, "webhook-disabled", w, why, e));
}

bool flow_webhook_end(struct flow *f, const struct flow_webhook_sending *s,
		      const struct flow_webhook_outcome *outcome, struct err *e)
{
	int64_t wait_ms =
	    outcome->error == NULL
		? 0
		: webhook_delay_ms(s->delivery.type, s->delivery.attempts + 1, outcome->chance);
	struct store_webhook_end end = {.id = s->delivery.id,
					.lease = s->lease,
					.done = wait_ms == 0,
					.given_up = outcome->error != NULL,
					.at_ms = f->now_ms + wait_ms,
					.status = outcome->status,
					.error = outcome->error == NULL ? "" : outcome->error};
	struct store_webhook w;
	bool held;

	if (!store_webhook_end(f->db, &end, &held, e))
		return false;
	if (!held)
		return true;
	if (!store_webhook_get(f->db, f->arena, s->webhook.id, &w, e))
		return absent(e);
	if (!w.enabled)
		return true;
	return outcome->error == NULL ? arrived(f, &w, e) : failed(f, &w, outcome, e);
}
