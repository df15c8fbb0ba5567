#include "flow/proposal.h"

#include <string.h>

#include "base/failpoint.h"
#include "base/id.h"
#include "base/text.h"
#include "flow/change.h"
#include "flow/group.h"
#include "flow/policy_version.h"
#include "flow/record.h"
#include "flow/release.h"
#include "flow/snapshots.h"
#include "model/release.h"
#include "store/group.h"
#include "store/policy.h"
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
	const struct flow_taking taking = {.now = now, .after = p};
	struct policy_weakening w = {.from = now->mode, .to = p->mode};
	struct policy late;
	const char *rule;

	*out = (struct flow_policy_need){0};
	if (!flow_policy_rule(f, &rule, &w.threshold, e))
		return false;
	out->threshold = w.threshold;
	if (text_equal(rule, POLICY_SECOND_OFF))
		return true;
	if (!of_late(f, &late, e) || !flow_taken_count(f, &taking, &out->taken, e))
		return false;
	w.exempted = policy_exempted(now, p);
	w.exempted_of_late = policy_exempted(&late, p);
	w.lost = out->taken.count;
	w.lost_of_late = out->taken.of_late;
	out->whys = policy_second(&w);
	return true;
}

bool flow_group_need(struct flow *f, const struct policy *now, const struct group *g,
		     struct flow_policy_need *out, struct err *e)
{
	const struct flow_taking taking = {.now = now, .after = now, .group = g};
	struct policy_weakening w = {.from = now->mode, .to = now->mode};
	const char *rule;

	*out = (struct flow_policy_need){0};
	if (!flow_policy_rule(f, &rule, &w.threshold, e))
		return false;
	out->threshold = w.threshold;
	if (text_equal(rule, POLICY_SECOND_OFF) || !policy_names_group(now, g->id))
		return true;
	if (!flow_taken_count(f, &taking, &out->taken, e))
		return false;
	w.lost = out->taken.count;
	w.lost_of_late = out->taken.of_late;
	out->whys = policy_second(&w);
	return true;
}

const struct json_field flow_guard_json[] = {
    {"release_threshold", JSON_FIELD_I64, offsetof(struct flow_guard, release_threshold),
     .required = true, .max = RELEASE_MAX_THRESHOLD, .example = "20"},
    {"policy_second_person", JSON_FIELD_TEXT, offsetof(struct flow_guard, second_person),
     .required = true, .words = policy_second_rules},
    {"policy_threshold", JSON_FIELD_I64, offsetof(struct flow_guard, policy_threshold),
     .required = true, .max = POLICY_SECOND_MAX_THRESHOLD, .example = "20"},
    {0}};

bool flow_guard_get(struct flow *f, struct flow_guard *out, struct err *e)
{
	return flow_policy_rule(f, &out->second_person, &out->policy_threshold, e) &&
	       flow_release_threshold(f, &out->release_threshold, e);
}

/* --- one is made --- */

static const char *json_of(struct arena *a, const struct json_field *fields, const void *in)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};

	json_write(&w, NULL, fields, in);
	return arena_dup_n(a, body.data, body.len);
}

static const char *policy_text(struct arena *a, const struct policy *p)
{
	const struct policy_body body = policy_body(p);

	return json_of(a, policy_json, &body);
}

static const char *group_text(struct arena *a, const struct group *g)
{
	const struct group_body body = group_body(a, g);

	return json_of(a, group_json, &body);
}

static const char *words_of(struct arena *a, unsigned whys)
{
	const struct json_list list = policy_second_words(a, whys);
	const char *const *words = list.items, *out = "";

	for (size_t i = 0; i < list.count; i++)
		out = arena_printf(a, "%s%s%s", out, i > 0 ? " " : "", words[i]);
	return out;
}

/* row says what is proposed; text: for a reader, what on; before: as of row->body. */
static bool record_proposed(struct flow *f, const struct store_proposal *row, const char *on,
			    const char *before, struct err *e)
{
	return flow_changed(
	    f,
	    &(struct flow_change){
		.kind = "policy-proposed",
		.object = "policy-proposal",
		.id = row->id,
		.text = arena_printf(f->arena, "on %s, to be confirmed by a second person for: %s",
				     on, row->whys),
		.before = before,
		.after = row->body},
	    e);
}

/* What row has of its own; *known: it is there already. */
static bool begin(struct flow *f, const struct party *by, unsigned whys, struct store_proposal *row,
		  bool *known, struct err *e)
{
	char *fresh = arena_alloc(f->arena, ID_SIZE);
	const char *same;
	int64_t open;

	id_new(fresh);
	row->id = fresh;
	row->state = PROPOSAL_OPEN;
	row->whys = words_of(f->arena, whys);
	row->created_ms = f->now_ms;
	row->created_by = f->actor.name;
	row->creator = f->actor.id;
	row->creator_account = by->account;
	row->creator_person = by->person;
	row->expires_ms = f->now_ms + FLOW_PROPOSAL_MS;
	if (!store_proposal_same(f->db, f->arena, row, &same, e) ||
	    !store_proposal_count(f->db, &open, e))
		return false;
	*known = same != NULL;
	if (*known)
		row->id = same;
	return *known || open < FLOW_PROPOSAL_MAX_OPEN ||
	       err_set(e, ERR_CONFLICT,
		       "%d proposals wait already: they have to be confirmed, refused or "
		       "withdrawn first.",
		       FLOW_PROPOSAL_MAX_OPEN);
}

static bool add(struct flow *f, const struct store_proposal *row, const char *on,
		const char *before, struct err *e)
{
	if (!store_proposal_add(f->db, row, e))
		return false;
	failpoint("policy-proposed");
	return record_proposed(f, row, on, before, e);
}

static bool propose(struct flow *f, const struct flow_policy_change *c, const struct policy *now,
		    const struct policy *p, unsigned whys, const char **id, struct err *e)
{
	struct json_list changes = policy_diff(f->arena, now, p);
	struct store_proposal row = {.subject = PROPOSAL_POLICY,
				     .base = now->version,
				     .body = policy_text(f->arena, p),
				     .changed = policy_changed(f->arena, &changes),
				     .restored_from = c->restored_from};
	const char *on = arena_printf(f->arena, "version %lld", (long long)now->version);
	bool known;

	if (!begin(f, c->by, whys, &row, &known, e))
		return false;
	*id = row.id;
	return known || (flow_policy_names(f, p, &row.names, e) &&
			 add(f, &row, on, policy_text(f->arena, now), e));
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
		return flow_policy_save_as(f, &origin, now.version, p, e) &&
		       flow_taken_note(f, &need.taken, e);
	p->version = now.version;
	return propose(f, c, &now, p, need.whys, proposal, e);
}

bool flow_group_change(struct flow *f, const struct party *by, const struct group *was,
		       struct group *g, const char **proposal, struct err *e)
{
	struct store_proposal row = {.subject = PROPOSAL_GROUP,
				     .group = was->id,
				     .base = was->updated_ms,
				     .names = "",
				     .changed = ""};
	struct flow_policy_need need;
	struct policy now;
	bool known;

	*proposal = NULL;
	g->id = was->id;
	if (!flow_policy_present(f, FLOW_ANY_VERSION, &now, e) || !flow_group_check(f, was, g, e) ||
	    !flow_group_need(f, &now, g, &need, e))
		return false;
	if (need.whys == 0)
		return flow_group_save(f, was, g, e) && flow_taken_note(f, &need.taken, e);
	row.body = group_text(f->arena, g);
	if (!begin(f, by, need.whys, &row, &known, e))
		return false;
	*proposal = row.id;
	return known || add(f, &row, arena_printf(f->arena, "the user group %s", was->name),
			    group_text(f->arena, was), e);
}

static bool is_weaker(const struct flow_guard *now, const struct flow_guard *to)
{
	return text_equal(now->second_person, POLICY_SECOND_WEAKENING) &&
	       (!text_equal(to->second_person, now->second_person) ||
		to->policy_threshold > now->policy_threshold ||
		to->release_threshold > now->release_threshold);
}

bool flow_guard_change(struct flow *f, const struct party *by, const struct flow_guard *now,
		       const struct flow_guard *to, const char **proposal, struct err *e)
{
	struct store_proposal row = {.subject = PROPOSAL_SETTINGS,
				     .body = json_of(f->arena, flow_guard_json, to),
				     .names = "",
				     .changed = ""};
	const char *before = json_of(f->arena, flow_guard_json, now);
	bool known;

	*proposal = NULL;
	if (text_equal(before, row.body))
		return true;
	if (!store_policy_one_by_one(f->db, e))
		return false;
	if (!is_weaker(now, to))
		return flow_proposals_stale(f, PROPOSAL_SETTINGS, NULL, e);
	if (!begin(f, by, POLICY_SECOND_SETTINGS, &row, &known, e))
		return false;
	*proposal = row.id;
	return known || add(f, &row, "the settings", before, e);
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

static bool save_policy(struct flow *f, const struct store_proposal *p, struct err *e)
{
	struct policy policy;

	return policy_read(f->arena, p->body, strlen(p->body), &policy, e) &&
	       flow_policy_save_as(f,
				   &(struct flow_policy_origin){.by = p->created_by,
								.confirmed_by = f->actor.name,
								.restored_from = p->restored_from},
				   p->base, &policy, e);
}

static bool save_group(struct flow *f, const struct store_proposal *p, struct err *e)
{
	struct group was, g;

	if (!store_group_get(f->db, f->arena, p->group, &was, e) ||
	    !group_read(f->arena, p->body, strlen(p->body), &g, e))
		return false;
	if (was.updated_ms != p->base)
		return err_set(e, ERR_CONFLICT,
			       "It is too late: the user group changed meanwhile.");
	g.id = was.id;
	return flow_group_save(f, &was, &g, e);
}

static bool set_number(struct flow *f, const char *name, int64_t value, struct err *e)
{
	return store_setting_set(f->db, name, arena_printf(f->arena, "%lld", (long long)value), e);
}

static bool next_version(struct flow *f, struct err *e)
{
	const char *text;
	int64_t version = 0;

	if (!store_setting_lock(f->db, SETTING_VERSION, e) ||
	    !store_setting_get(f->db, f->arena, SETTING_VERSION, &text, e))
		return false;
	if (text != NULL && !text_i64(text, 0, INT64_MAX - 1, &version))
		return err_set(e, ERR_INTERNAL, "the settings' version is no number");
	return set_number(f, SETTING_VERSION, version + 1, e);
}

static bool save_settings(struct flow *f, const struct store_proposal *p, struct err *e)
{
	struct flow_guard to = {0};
	const char *text;

	if (!json_read_text(f->arena, p->body, strlen(p->body), flow_guard_json, &to, e))
		return false;
	text = arena_printf(
	    f->arena, "release threshold %lld, second person for the policy: %s above %lld",
	    (long long)to.release_threshold, to.second_person, (long long)to.policy_threshold);
	return next_version(f, e) &&
	       set_number(f, SETTING_RELEASE_THRESHOLD, to.release_threshold, e) &&
	       store_setting_set(f->db, SETTING_POLICY_SECOND, to.second_person, e) &&
	       set_number(f, SETTING_POLICY_THRESHOLD, to.policy_threshold, e) &&
	       flow_proposals_stale(f, PROPOSAL_SETTINGS, NULL, e) &&
	       flow_event(f,
			  &(struct flow_event){.kind = "settings-changed",
					       .object = "settings",
					       .text = arena_printf(f->arena, "%s, proposed by %s",
								    text, p->created_by)},
			  e);
}

static bool save(struct flow *f, const struct store_proposal *p, struct err *e)
{
	if (text_equal(p->subject, PROPOSAL_GROUP))
		return save_group(f, p, e);
	return text_equal(p->subject, PROPOSAL_SETTINGS) ? save_settings(f, p, e)
							 : save_policy(f, p, e);
}

bool flow_proposal_confirm(struct flow *f, const struct party *by, const char *id, struct err *e)
{
	struct store_proposal p;

	if (!get_open(f, id, &p, e) || !may_decide(by, &p, e))
		return false;
	/* It ends first, so that what it changes does not outdate it. */
	if (text_equal(p.subject, PROPOSAL_POLICY))
		p.version = p.base + 1;
	return end(f, &p, PROPOSAL_CONFIRMED, "policy-confirmed",
		   arena_printf(f->arena, "proposed by %s", p.created_by), e) &&
	       save(f, &p, e);
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

static bool is_outdated(const struct store_proposal *p, const char *subject, const char *group)
{
	if (text_equal(subject, PROPOSAL_POLICY))
		return !text_equal(p->subject, PROPOSAL_SETTINGS);
	if (text_equal(subject, PROPOSAL_SETTINGS))
		return text_equal(p->subject, PROPOSAL_SETTINGS);
	return text_equal(p->group, group) ||
	       (text_equal(p->subject, PROPOSAL_POLICY) && strstr(p->body, group) != NULL);
}

bool flow_proposals_stale(struct flow *f, const char *subject, const char *group, struct err *e)
{
	const struct store_proposal_filter open = {
	    .state = PROPOSAL_OPEN, .cursor = "", .limit = FLOW_PROPOSAL_MAX_OPEN};
	const char *why = text_equal(subject, PROPOSAL_POLICY)  ? "the policy changed meanwhile"
			  : text_equal(subject, PROPOSAL_GROUP) ? "a user group changed meanwhile"
								: "the settings changed meanwhile";
	struct store_proposal *all, p;
	size_t count;

	if (!store_proposal_list(f->db, f->arena, &open, &all, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!store_proposal_get(f->db, f->arena, all[i].id, &p, e))
			return false;
		if (is_outdated(&p, subject, group) &&
		    !end(f, &p, PROPOSAL_STALE, "policy-stale", why, e))
			return false;
	}
	return true;
}
