#include "flow/grant.h"

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/id.h"
#include "base/text.h"
#include "flow/device_admin.h"
#include "flow/record.h"
#include "grant/grant.h"
#include "model/instance.h"
#include "store/applicant.h"
#include "store/note.h"

#define HOUR_MS INT64_C(3600000)
#define LATE_NOTE "the approval was withdrawn in DingTalk after the removal"

static bool sign(struct flow *f, const struct store_instance *i, const struct store_applicant *who,
		 struct store_grant *row, struct err *e)
{
	char key[CRYPTO_THUMBPRINT_SIZE], number[INSTANCE_NUMBER_SIZE];

	crypto_thumbprint(who->key, key);
	instance_number(i->number, number);
	return signer_grant(f->signer, f->arena,
			    &(struct grant){.id = row->id,
					    .device = i->device,
					    .key = key,
					    .action = GRANT_UNINSTALL,
					    .package = i->package,
					    .instance = i->id,
					    .number = number,
					    .iat_ms = f->now_ms,
					    .nbf_ms = f->now_ms,
					    .exp_ms = row->exp_ms},
			    &row->jws, e);
}

/* For a reader. */
static const char *end_of(struct flow *f, int64_t exp_ms)
{
	char until[CLOCK_TEXT_SIZE];

	clock_text(exp_ms, until);
	return exp_ms == 0 ? "good until used" : arena_printf(f->arena, "good until %s", until);
}

bool flow_grant_issue(struct flow *f, const struct store_instance *i, struct err *e)
{
	struct store_applicant who;
	struct store_grant row = {.instance = i->id,
				  .device = i->device,
				  .package = i->package,
				  .state = grant_state_name(GRANT_UNUSED),
				  .issued_ms = f->now_ms};
	char *id = arena_alloc(f->arena, ID_SIZE);

	failpoint("grant-begun");
	if (!flow_device_in_use(f, i->device, e) ||
	    !store_applicant_get(f->db, f->arena, i->device, &who, e))
		return false;
	id_new(id);
	row.id = id;
	row.exp_ms = i->grant_hours == 0 ? 0 : f->now_ms + i->grant_hours * HOUR_MS;
	if (!sign(f, i, &who, &row, e))
		return false;
	failpoint("grant-signed");
	if (!store_grant_add(f->db, &row, e))
		return false;
	failpoint("grant-added");
	db_note(f->db, NOTE_CLOCK, id);
	return flow_record(f, i, "grant-issued", "", end_of(f, row.exp_ms), e);
}

bool flow_grant_renew(struct flow *f, const struct store_grant *g, int64_t exp_ms, struct err *e)
{
	struct store_grant row = *g;
	char *id = arena_alloc(f->arena, ID_SIZE);
	struct store_applicant who;
	struct store_instance i;
	bool won;

	id_new(id);
	row.id = id;
	row.exp_ms = exp_ms;
	row.issued_ms = f->now_ms;
	if (!store_instance_get(f->db, f->arena, g->instance, &i, e) ||
	    !store_applicant_get(f->db, f->arena, i.device, &who, e) ||
	    !sign(f, &i, &who, &row, e) || !store_grant_replace(f->db, g->id, &row, &won, e))
		return false;
	if (!won)
		return true;
	db_note(f->db, NOTE_CLOCK, id);
	return flow_record(f, &i, "offline-code-unused", "", end_of(f, exp_ms), e);
}

bool flow_grant_export(struct flow *f, const char *instance, const char *by,
		       struct store_grant *out, struct err *e)
{
	struct store_instance i;

	if (!store_instance_get(f->db, f->arena, instance, &i, e) ||
	    !store_grant_of_instance(f->db, f->arena, instance, out, e))
		return false;
	if (out->id == NULL)
		return err_set(e, ERR_CONFLICT, "This request has no grant.");
	if (!text_equal(out->state, grant_state_name(GRANT_UNUSED)) &&
	    !text_equal(out->state, grant_state_name(GRANT_DELIVERED)))
		return err_set(e, ERR_CONFLICT, "The grant cannot be used any more: %s.",
			       grant_state_shown(out->state, out->confirmed_ms != 0));
	if (*out->jws == '\0')
		return err_set(e, ERR_CONFLICT,
			       "An offline code was revealed for this request and stands for its "
			       "grant until the device is online again.");
	return flow_record(f, &i, "grant-exported", by, "as a file", e);
}

/* How the record names what became of a grant, by the state it comes to. */
static const char *const kinds[GRANT_STATE_COUNT] = {
    [GRANT_DELIVERED] = "grant-delivered",
    [GRANT_USED] = "grant-used",
    [GRANT_LAPSED] = "grant-lapsed",
    [GRANT_CANCELLED] = "grant-cancelled",
};

/* What happens to a grant, who did it ("": nobody) and why. */
struct change {
	enum grant_event event;
	const char *by, *why;
};

static bool move(struct flow *f, const struct store_grant *g, const struct change *c, struct err *e)
{
	struct store_instance i;
	enum grant_state from, to;
	bool won;

	if (!grant_state_from(g->state, &from))
		return err_set(e, ERR_INTERNAL, "grant %s is in the unknown state %s", g->id,
			       g->state);
	to = grant_step(from, c->event);
	if (to == from)
		return true;
	if (!store_grant_change(
		f->db,
		&(struct store_grant_change){
		    g->id, g->state, grant_state_name(to), f->now_ms,
		    *c->by == '\0' ? c->why : arena_printf(f->arena, "%s: %s", c->by, c->why)},
		&won, e))
		return false;
	if (!won)
		return true;
	failpoint("grant-moved");
	return store_instance_get(f->db, f->arena, g->instance, &i, e) &&
	       flow_record(f, &i, kinds[to], c->by, c->why, e);
}

bool flow_grant_lapse(struct flow *f, const struct store_grant *g, struct err *e)
{
	return move(f, g, &(struct change){GRANT_RUN_OUT, "", "not used in time"}, e);
}

bool flow_grant_cancel(struct flow *f, const struct store_grant *g, const char *why, struct err *e)
{
	return move(f, g, &(struct change){GRANT_CALL_BACK, "", why}, e);
}

bool flow_grant_revoke(struct flow *f, const char *instance, const char *by, const char *reason,
		       struct err *e)
{
	struct change c = {GRANT_CALL_BACK, by, ""};
	enum grant_state state;
	struct store_grant g;
	const char *refusal;

	if (!reason_check(arena_dup(f->arena, reason), &c.why, e) ||
	    !store_grant_of_instance(f->db, f->arena, instance, &g, e))
		return false;
	if (g.id == NULL)
		return err_set(e, ERR_CONFLICT, "This request has no grant.");
	if (!grant_state_from(g.state, &state))
		return err_set(e, ERR_INTERNAL, "grant %s is in the unknown state %s", g.id,
			       g.state);
	refusal = grant_revoke_refusal(state);
	return refusal != NULL ? err_set(e, ERR_CONFLICT, "%s", refusal) : move(f, &g, &c, e);
}

bool flow_grant_confirmed(struct flow *f, const struct store_grant *g, struct err *e)
{
	struct store_instance i;

	if (!store_grant_confirmed(f->db, g->id, f->now_ms, e))
		return false;
	if (!text_equal(g->state, grant_state_name(GRANT_CANCELLED)))
		return true;
	failpoint("grant-confirmed");
	return store_instance_get(f->db, f->arena, g->instance, &i, e) &&
	       flow_record(f, &i, "grant-revoked",
			   arena_printf(f->arena, "device %s", i.device_name),
			   "the device will not use it", e);
}

bool flow_grant_withdrawn(struct flow *f, const struct store_instance *i, const char *by,
			  struct err *e)
{
	struct store_grant g;

	if (!store_grant_of_instance(f->db, f->arena, i->id, &g, e))
		return false;
	if (g.id == NULL)
		return true;
	if (!text_equal(g.state, grant_state_name(GRANT_USED)))
		return flow_grant_cancel(
		    f, &g, arena_printf(f->arena, "%s withdrew the approval in DingTalk", by), e);
	if (text_equal(i->note, LATE_NOTE))
		return true;
	return store_instance_note(f->db, i->id, LATE_NOTE, e) &&
	       flow_record(f, i, "withdrawn-after-use", by, LATE_NOTE, e);
}

bool flow_grant_fetched(struct flow *f, const struct store_grant *g, struct err *e)
{
	return move(f, g, &(struct change){GRANT_FETCHED, "", "the device has it"}, e);
}

bool flow_grant_consumed(struct flow *f, const struct store_grant *g, int64_t at_ms, struct err *e)
{
	char at[CLOCK_TEXT_SIZE];

	clock_text(at_ms, at);
	return move(f, g,
		    &(struct change){GRANT_CONSUMED, "",
				     arena_printf(f->arena,
						  "a removal was let through with it at %s by the "
						  "device's clock",
						  at)},
		    e);
}
