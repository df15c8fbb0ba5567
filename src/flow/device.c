#include "flow/device.h"

#include <string.h>

#include "base/failpoint.h"
#include "base/text.h"
#include "flow/grant.h"
#include "flow/record.h"
#include "model/instance.h"
#include "store/device.h"
#include "store/grant.h"
#include "store/instance.h"
#include "store/offline_code.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static void put_lines(struct json_writer *w, struct arena *a, const char *key, const char *lines)
{
	json_array(w, key);
	for (const char *at = lines; *at != '\0';) {
		size_t n = strcspn(at, "\n");

		json_put_text(w, NULL, arena_dup_n(a, at, n));
		at += n + (at[n] == '\n');
	}
	json_array_end(w);
}

static void put_decision(struct json_writer *w, const struct store_instance *i)
{
	if (i->decided_ms == 0) {
		json_put_null(w, "decision");
		return;
	}
	json_object(w, "decision");
	json_put_text(w, "who", i->decided_by);
	json_put_text(w, "comment", i->decision_comment);
	json_put_i64(w, "at_ms", i->decided_ms);
	json_object_end(w);
}

/* Why an approval cannot be used any more that could be. */
static void put_revoked(struct json_writer *w, const struct store_grant *g)
{
	if (g == NULL || !text_equal(g->state, grant_state_name(GRANT_CANCELLED)))
		return;
	json_object(w, "revoked");
	json_put_text(w, "why", g->cancelled_why);
	json_put_i64(w, "at_ms", g->cancelled_ms);
	json_object_end(w);
}

void flow_instance_view(struct arena *a, const struct store_instance *i,
			const struct store_grant *grant, struct json_writer *w)
{
	char number[INSTANCE_NUMBER_SIZE];

	if (i->id == NULL) {
		json_put_null(w, "instance");
		return;
	}
	instance_number(i->number, number);
	json_object(w, "instance");
	json_put_text(w, "id", i->id);
	json_put_text(w, "number", number);
	json_put_text(w, "status", i->status);
	json_put_text(w, "package", i->package);
	json_put_text(w, "reason", i->reason);
	json_put_i64(w, "created_ms", i->created_ms);
	json_put_i64(w, "expires_ms", i->expires_ms);
	json_put_text(w, "delivery", i->delivery);
	put_lines(w, a, "pending_with", i->pending_with);
	put_decision(w, i);
	put_revoked(w, grant);
	json_object_end(w);
}

void flow_session_view(const struct flow_owner *owner, struct json_writer *w)
{
	if (owner->session_end == NULL || *owner->session_end == '\0')
		return;
	json_object(w, "session");
	json_put_text(w, "ended", owner->session_end);
	json_put_i64(w, "at_ms", owner->session_ended_ms);
	json_object_end(w);
}

bool flow_device_view(struct db *db, struct arena *a, const struct flow_owner *owner,
		      int64_t now_ms, struct json_writer *w, struct err *e)
{
	struct store_instance newest;
	struct store_grant grant = {0};
	int64_t filed;

	if (!store_instance_newest(db, a, owner->device, owner->id, &newest, e) ||
	    (newest.id != NULL && !store_grant_of_instance(db, a, newest.id, &grant, e)) ||
	    !store_instance_filings(db, owner->device, now_ms - DAY_MS, &filed, e))
		return false;
	json_object(w, "view");
	json_object(w, "owner");
	json_put_text(w, "id", owner->id);
	json_put_text(w, "name", owner->name);
	json_object_end(w);
	flow_session_view(owner, w);
	if (owner->state != NULL && !text_equal(owner->state, STORE_DEVICE_ACTIVE))
		json_put_text(w, "device_state", owner->state);
	if (owner->stays_signed_in)
		json_put_bool(w, "anti_logoff", true);
	flow_instance_view(a, &newest, &grant, w);
	json_put_i64(w, "filings_left", filed >= FILINGS_A_DAY ? 0 : FILINGS_A_DAY - filed);
	json_object_end(w);
	return true;
}

static bool listed(const char *const *ids, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++) {
		if (text_equal(ids[i], id))
			return true;
	}
	return false;
}

static bool is_live(const struct store_grant *g)
{
	return text_equal(g->state, grant_state_name(GRANT_UNUSED)) ||
	       text_equal(g->state, grant_state_name(GRANT_DELIVERED));
}

static bool is_state(const struct store_grant *g, enum grant_state state)
{
	return text_equal(g->state, grant_state_name(state));
}

/* A call-back is told until the device has entered it, whether it holds the grant or not: the grant may
 * reach it as a file. One that lapsed dies by itself and only has to be thrown away. */
static void sort_one(const struct store_grant *g, const struct flow_held *h,
		     struct flow_grants *out)
{
	bool held = listed(h->held, h->held_count, g->id);
	bool entered = listed(h->revoked, h->revoked_count, g->id);

	if (is_live(g)) {
		if (!held && *g->jws != '\0')
			out->jws[out->jws_count++] = g->jws;
		else if (held && is_state(g, GRANT_UNUSED))
			out->news = true;
		return;
	}
	if (entered)
		out->news = true;
	else if (held || is_state(g, GRANT_CANCELLED))
		out->revoke[out->revoke_count++] = g->id;
}

/* What a code that was read out took the place of may have reached the device in another way. */
static bool sort_replaced(struct db *db, const char *device, const struct flow_held *h,
			  const struct store_grant *grants, size_t count, struct flow_grants *out,
			  struct err *e)
{
	for (size_t i = 0; i < h->held_count; i++) {
		bool known = out->revoke_count == FLOW_MAX_GRANTS;

		for (size_t k = 0; k < count && !known; k++)
			known = text_equal(grants[k].id, h->held[i]);
		if (known)
			continue;
		if (!store_offline_replaced(db, device, h->held[i], &known, e))
			return false;
		if (known)
			out->revoke[out->revoke_count++] = h->held[i];
	}
	return true;
}

bool flow_device_grants(struct db *db, struct arena *a, const char *device,
			const struct flow_held *held, struct flow_grants *out, struct err *e)
{
	struct store_grant *grants;
	size_t count;

	*out = (struct flow_grants){0};
	if (!store_grant_of_device(db, a, device, FLOW_MAX_GRANTS, &grants, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		sort_one(&grants[i], held, out);
	return sort_replaced(db, device, held, grants, count, out, e);
}

bool flow_device_told(struct flow *f, const char *device, const struct flow_held *held,
		      struct err *e)
{
	struct store_grant *grants;
	size_t count;

	if (!store_grant_of_device(f->db, f->arena, device, FLOW_MAX_GRANTS, &grants, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct store_grant *g = &grants[i];

		if (is_live(g) && listed(held->held, held->held_count, g->id) &&
		    !flow_grant_fetched(f, g, e))
			return false;
		if (!is_live(g) && listed(held->revoked, held->revoked_count, g->id) &&
		    !flow_grant_confirmed(f, g, e))
			return false;
	}
	failpoint("sync-grants-told");
	return true;
}

bool flow_receipt_consumed(struct flow *f, const char *device, const char *grant, int64_t at_ms,
			   struct err *e)
{
	struct store_offline_code code;
	struct store_grant g;

	/* A code's grant may not stand for its request any more, and be used after all. */
	if (!store_grant_get(f->db, f->arena, grant, &g, e) ||
	    (g.id == NULL && !store_offline_by_grant(f->db, f->arena, grant, &code, e)) ||
	    (g.id == NULL && code.instance != NULL &&
	     !store_grant_of_instance(f->db, f->arena, code.instance, &g, e)))
		return false;
	if (g.id != NULL && text_equal(g.device, device))
		return flow_grant_consumed(f, &g, at_ms, e);
	return flow_event(f,
			  &(struct flow_event){.kind = "unknown-grant",
					       .object = "grant",
					       .object_id = grant,
					       .device = device,
					       .text = "a removal was let through with a grant "
						       "that was not made for this device"},
			  e);
}
