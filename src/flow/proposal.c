#include "flow/proposal.h"

#include <string.h>

#include "base/failpoint.h"
#include "base/id.h"
#include "base/text.h"
#include "flow/ahead.h"
#include "flow/change.h"
#include "flow/policy_version.h"
#include "flow/record.h"
#include "flow/snapshots.h"
#include "store/proposal.h"
#include "store/setting.h"

/* --- whether there has to be a second person --- */

bool flow_policy_rule(struct flow *f, const char **rule, int64_t *threshold, struct err *e)
{
	const char *text;

	*threshold = POLICY_SECOND_THRESHOLD;
	if (!store_setting_get(f->db, f->arena, SETTING_POLICY_SECOND, rule, e) ||
	    !store_setting_get(f->db, f->arena, SETTING_POLICY_THRESHOLD, &text, e))
		return false;
	if (*rule == NULL)
		*rule = POLICY_SECOND_OFF;
	return text == NULL || text_i64(text, 0, POLICY_SECOND_MAX_THRESHOLD, threshold) ||
	       err_set(e, ERR_INTERNAL, "the setting %s is not a number", SETTING_POLICY_THRESHOLD);
}

struct loss {
	const struct snapshot_ahead *now, *of_late, *after;
	struct policy_weakening *out;
};

static void see_device(void *arg, const struct store_device_owner *d)
{
	struct loss *l = arg;

	if (flow_ahead_device(l->after, d))
		return;
	l->out->lost += flow_ahead_device(l->now, d);
	l->out->lost_of_late += flow_ahead_device(l->of_late, d);
}

/* What counts as the policy before: that of a day ago, or what two people made since. */
static bool of_late(struct flow *f, struct policy *out, struct err *e)
{
	struct flow_policy_version v;
	int64_t version;

	if (!store_policy_before(f->db, f->now_ms - POLICY_SECOND_LATE_MS, &version, e) ||
	    !flow_policy_version(f, version, &v, e))
		return false;
	*out = v.policy;
	return true;
}

bool flow_policy_need(struct flow *f, const struct policy *now, const struct policy *p,
		      struct flow_policy_need *out, struct err *e)
{
	struct policy_weakening w = {.from = now->mode, .to = p->mode};
	struct policy late;
	struct loss loss;
	const char *rule;

	*out = (struct flow_policy_need){0};
	if (!flow_policy_rule(f, &rule, &w.threshold, e))
		return false;
	out->threshold = w.threshold;
	if (text_equal(rule, POLICY_SECOND_OFF))
		return true;
	if (!of_late(f, &late, e))
		return false;
	w.exempted = policy_exempted(now, p);
	w.exempted_of_late = policy_exempted(&late, p);
	loss = (struct loss){.now = snapshot_ahead_new(f->snapshot, f->arena, now, NULL),
			     .of_late = snapshot_ahead_new(f->snapshot, f->arena, &late, NULL),
			     .after = snapshot_ahead_new(f->snapshot, f->arena, p, NULL),
			     .out = &w};
	if (!store_device_owners(f->db, see_device, &loss, e))
		return false;
	out->whys = policy_second(&w);
	return true;
}

/* --- one is made --- */

static const char *json_of(struct arena *a, const struct policy *p)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};

	policy_write(&w, p);
	return arena_dup_n(a, body.data, body.len);
}

static const char *words_of(struct arena *a, unsigned whys)
{
	const struct json_list list = policy_second_words(a, whys);
	const char *const *words = list.items, *out = "";

	for (size_t i = 0; i < list.count; i++)
		out = arena_printf(a, "%s%s%s", out, i > 0 ? " " : "", words[i]);
	return out;
}

static bool record_proposed(struct flow *f, const struct store_proposal *row,
			    const struct policy *now, struct err *e)
{
	return flow_changed(
	    f,
	    &(struct flow_change){
		.kind = "policy-proposed",
		.object = "policy-proposal",
		.id = row->id,
		.text = arena_printf(f->arena,
				     "on version %lld, to be confirmed by a second person for: %s",
				     (long long)row->base, row->whys),
		.before = json_of(f->arena, now),
		.after = row->body},
	    e);
}

static bool propose(struct flow *f, const struct flow_policy_change *c, const struct policy *now,
		    const struct policy *p, unsigned whys, const char **id, struct err *e)
{
	struct json_list changes = policy_diff(f->arena, now, p);
	char *fresh = arena_alloc(f->arena, ID_SIZE);
	struct store_proposal row = {.id = fresh,
				     .state = PROPOSAL_OPEN,
				     .base = now->version,
				     .body = json_of(f->arena, p),
				     .changed = policy_changed(f->arena, &changes),
				     .whys = words_of(f->arena, whys),
				     .restored_from = c->restored_from,
				     .created_ms = f->now_ms,
				     .created_by = f->actor.name,
				     .creator = f->actor.id,
				     .creator_account = c->by->account,
				     .creator_person = c->by->person,
				     .expires_ms = f->now_ms + FLOW_PROPOSAL_MS};
	int64_t open;

	id_new(fresh);
	if (!store_proposal_same(f->db, f->arena, &row, id, e))
		return false;
	if (*id != NULL)
		return true;
	if (!store_proposal_count(f->db, &open, e))
		return false;
	if (open >= FLOW_PROPOSAL_MAX_OPEN)
		return err_set(e, ERR_CONFLICT,
			       "%d proposals wait already: they have to be confirmed, refused or "
			       "withdrawn first.",
			       FLOW_PROPOSAL_MAX_OPEN);
	*id = row.id;
	if (!flow_policy_names(f, p, &row.names, e) || !store_proposal_add(f->db, &row, e))
		return false;
	failpoint("policy-proposed");
	return record_proposed(f, &row, now, e);
}

bool flow_policy_change(struct flow *f, const struct flow_policy_change *c, struct policy *p,
			const char **proposal, struct err *e)
{
	const struct flow_policy_origin origin = {.by = f->actor.name,
						  .restored_from = c->restored_from};
	struct flow_policy_need need;
	struct policy now;

	*proposal = NULL;
	if (!flow_policy_present(f, c->base, &now, e) || !flow_policy_check(f, p, &now, e) ||
	    !flow_policy_need(f, &now, p, &need, e))
		return false;
	if (need.whys == 0)
		return flow_policy_save_as(f, &origin, now.version, p, e);
	p->version = now.version;
	return propose(f, c, &now, p, need.whys, proposal, e);
}

/* --- one ends --- */

/* p has its end; text: for a reader, or NULL. */
static bool end(struct flow *f, struct store_proposal *p, const char *state, const char *kind,
		const char *text, struct err *e)
{
	bool won;

	p->state = state;
	p->ended_ms = f->now_ms;
	p->ended_by = f->actor.name != NULL ? f->actor.name : "";
	if (!store_proposal_end(f->db, p, &won, e))
		return false;
	if (!won)
		return err_set(e, ERR_CONFLICT, "Somebody else was first: ask for it again.");
	failpoint("policy-proposal-ended");
	return flow_event(
	    f,
	    &(struct flow_event){
		.kind = kind, .object = "policy-proposal", .object_id = p->id, .text = text},
	    e);
}

/* Under the policy's lock: whoever saves a policy ends them all. */
static bool get_open(struct flow *f, const char *id, struct store_proposal *out, struct err *e)
{
	if (!store_policy_one_by_one(f->db, e) || !store_proposal_get(f->db, f->arena, id, out, e))
		return false;
	if (!text_equal(out->state, PROPOSAL_OPEN))
		return err_set(e, ERR_CONFLICT, "It is too late: the proposal is %s.", out->state);
	return out->expires_ms > f->now_ms ||
	       err_set(e, ERR_CONFLICT, "It is too late: nobody confirmed it in time.");
}

static bool may_decide(const struct party *by, const struct store_proposal *p, struct err *e)
{
	const char *refusal =
	    party_refusal(by, &(struct party){p->creator_account, p->creator_person});

	return refusal == NULL || err_set(e, ERR_FORBIDDEN, "%s", refusal);
}

bool flow_proposal_confirm(struct flow *f, const struct party *by, const char *id, struct err *e)
{
	struct store_proposal p;
	struct policy policy;

	if (!get_open(f, id, &p, e) || !may_decide(by, &p, e) ||
	    !policy_read(f->arena, p.body, strlen(p.body), &policy, e))
		return false;
	/* It ends first, so that the version that it makes does not outdate it. */
	p.version = p.base + 1;
	return end(f, &p, PROPOSAL_CONFIRMED, "policy-confirmed",
		   arena_printf(f->arena, "proposed by %s", p.created_by), e) &&
	       flow_policy_save_as(f,
				   &(struct flow_policy_origin){.by = p.created_by,
								.confirmed_by = f->actor.name,
								.restored_from = p.restored_from},
				   p.base, &policy, e);
}

bool flow_proposal_refuse(struct flow *f, const struct party *by, const char *id,
			  const char *comment, struct err *e)
{
	struct store_proposal p;

	if (!get_open(f, id, &p, e) || !may_decide(by, &p, e))
		return false;
	p.comment = comment;
	return end(f, &p, PROPOSAL_REFUSED, "policy-refused", comment, e);
}

bool flow_proposal_withdraw(struct flow *f, const char *id, struct err *e)
{
	struct store_proposal p;

	if (!get_open(f, id, &p, e))
		return false;
	if (!text_equal(p.creator, f->actor.id))
		return err_set(e, ERR_FORBIDDEN,
			       "Whoever made a proposal withdraws it; another one refuses it.");
	return end(f, &p, PROPOSAL_WITHDRAWN, "policy-withdrawn", NULL, e);
}

bool flow_proposal_expire(struct flow *f, const char *id, struct err *e)
{
	struct store_proposal p;

	if (!store_policy_one_by_one(f->db, e) || !store_proposal_get(f->db, f->arena, id, &p, e))
		return false;
	return !text_equal(p.state, PROPOSAL_OPEN) || p.expires_ms > f->now_ms ||
	       end(f, &p, PROPOSAL_EXPIRED, "policy-expired", "nobody confirmed it in time", e);
}

bool flow_proposals_stale(struct flow *f, struct err *e)
{
	const struct store_proposal_filter open = {
	    .state = PROPOSAL_OPEN, .cursor = "", .limit = FLOW_PROPOSAL_MAX_OPEN};
	struct store_proposal *all;
	size_t count;

	if (!store_proposal_list(f->db, f->arena, &open, &all, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!end(f, &all[i], PROPOSAL_STALE, "policy-stale", "the policy changed meanwhile",
			 e))
			return false;
	}
	return true;
}
