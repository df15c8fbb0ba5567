#include "flow/doctor.h"

#include "base/text.h"
#include "flow/record.h"
#include "flow/snapshots.h"
#include "store/task.h"

#define SUSPECT_AGAIN_MS (5 * 60 * 1000)
#define BROKEN "broken"

bool flow_doctor_ask(struct flow *f, const char *workflow, struct err *e)
{
	struct store_workflow w;

	return store_workflow_get(f->db, f->arena, workflow, &w, e) &&
	       store_doctor_want(f->db, workflow, f->now_ms, e) &&
	       flow_doctor_levels(f, workflow, e);
}

bool flow_doctor_suspect(struct flow *f, const char *workflow, struct err *e)
{
	return store_doctor_suspect(f->db, workflow, f->now_ms, f->now_ms - SUSPECT_AGAIN_MS, e);
}

bool flow_doctor_begin(struct flow *f, struct flow_doctor *out, struct err *e)
{
	const char *id;
	int64_t due_ms;
	bool won;

	*out = (struct flow_doctor){.claimed_ms = f->now_ms + FLOW_DOCTOR_LEASE_MS};
	if (!store_doctor_next(f->db, f->arena, f->now_ms, &id, &due_ms, e))
		return false;
	if (id == NULL)
		return true;
	if (!store_doctor_claim(f->db, id, due_ms, out->claimed_ms, &won, e))
		return false;
	return !won || store_workflow_get(f->db, f->arena, id, &out->workflow, e);
}

/* The first finding that breaks it, in words. */
static const char *reason(struct flow *f, const struct doctor_finding *findings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct doctor_rule *rule = doctor_rule(findings[i].id);

		if (rule != NULL && rule->severity == DOCTOR_BROKEN)
			return doctor_text(f->arena, rule->what[DOCTOR_ENGLISH], &findings[i]);
	}
	return "";
}

struct found {
	struct doctor_finding *items;
	size_t count;
};

static void add(struct flow *f, struct found *to, const struct doctor_finding *items, size_t count)
{
	struct doctor_finding *all = arena_array(f->arena, to->count + count, sizeof(*all));

	for (size_t i = 0; i < to->count; i++)
		all[i] = to->items[i];
	for (size_t i = 0; i < count; i++)
		all[to->count + i] = items[i];
	*to = (struct found){all, to->count + count};
}

static bool used_by_policy(struct flow *f, const char *workflow, bool *out, struct err *e)
{
	struct policy policy;

	if (!flow_policy_get(f->db, f->arena, &policy, e))
		return false;
	*out =
	    text_equal(policy.workflow, workflow) || text_equal(policy.builtin_workflow, workflow);
	return true;
}

static bool record(struct flow *f, const struct store_workflow *w, const char *state,
		   const struct found *found, struct err *e)
{
	bool broken = text_equal(state, BROKEN), used;

	if (broken == text_equal(w->state, BROKEN))
		return true;
	if (!used_by_policy(f, w->id, &used, e))
		return false;
	return flow_event(
	    f,
	    &(struct flow_event){
		.kind = broken ? "workflow-broken" : "workflow-mended",
		.object = "workflow",
		.object_id = w->id,
		.text = arena_printf(
		    f->arena, "%s%s%s%s", w->name, broken && used ? " (the policy uses it)" : "",
		    broken ? ": " : "", broken ? reason(f, found->items, found->count) : "")},
	    e);
}

static bool keep(struct flow *f, const struct store_workflow *now, struct store_doctor_end *end,
		 const struct found *found, struct err *e)
{
	struct store_finding *rows = arena_array(f->arena, found->count, sizeof(*rows));

	for (size_t i = 0; i < found->count; i++)
		rows[i] = (struct store_finding){found->items[i].id, found->items[i].form,
						 found->items[i].subject, found->items[i].detail};
	end->workflow = now->id;
	end->state = doctor_state(found->items, found->count);
	end->findings = rows;
	end->count = found->count;
	return record(f, now, end->state, found, e) && store_doctor_end(f->db, end, e);
}

/* --- levels of our own --- */

static bool examine_levels(struct flow *f, const struct approval_levels *levels, bool fallback,
			   struct found *to, struct err *e)
{
	struct store_approver *rows;
	struct doctor_levels facts = {.levels = levels, .fallback = fallback};
	const struct doctor_finding *findings;
	struct doctor_account *accounts;
	size_t count;

	if (!store_approver_list(f->db, f->arena, &rows, &facts.account_count, e))
		return false;
	accounts = arena_array(f->arena, facts.account_count, sizeof(*accounts));
	for (size_t i = 0; i < facts.account_count; i++)
		accounts[i] = (struct doctor_account){
		    {rows[i].id, rows[i].person, rows[i].active, rows[i].administrator},
		    rows[i].name};
	facts.accounts = accounts;
	doctor_examine_levels(f->arena, &facts, &findings, &count);
	add(f, to, findings, count);
	return true;
}

bool flow_doctor_refuses(struct flow *f, const struct approval_levels *levels, struct err *e)
{
	struct found found = {0};
	const char *why;

	if (!examine_levels(f, levels, false, &found, e))
		return false;
	why = reason(f, found.items, found.count);
	return *why == '\0' || err_set(e, ERR_UNPROCESSABLE, "%s", why);
}

/* Whatever the workflow's version has; nothing when it has none. */
static bool add_levels(struct flow *f, const struct store_workflow *w, struct found *to,
		       struct err *e)
{
	struct approval_fallback fallback;
	struct approval_levels levels;

	if (w->levels == NULL)
		return true;
	if (text_equal(w->type, WORKFLOW_BUILTIN))
		return approval_read(f->arena, w->levels, &levels, e) &&
		       examine_levels(f, &levels, false, to, e);
	if (!approval_fallback_read(f->arena, w->levels, &fallback, e))
		return false;
	approval_of_fallback(f->arena, &fallback, &levels);
	return examine_levels(f, &levels, true, to, e);
}

/* What the last test found besides. */
static bool add_others(struct flow *f, const char *workflow, struct found *to, struct err *e)
{
	struct store_finding *rows;
	size_t count;

	if (!store_finding_list(f->db, f->arena, workflow, &rows, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct doctor_finding one = {rows[i].id, rows[i].form, rows[i].subject,
						   rows[i].detail};

		if (!doctor_of_levels(one.id))
			add(f, to, &one, 1);
	}
	return true;
}

bool flow_doctor_levels(struct flow *f, const char *workflow, struct err *e)
{
	struct found found = {0};
	struct store_workflow w;
	bool builtin;

	if (!store_workflow_get(f->db, f->arena, workflow, &w, e))
		return false;
	builtin = text_equal(w.type, WORKFLOW_BUILTIN);
	/* One that DingTalk has not been asked about yet is judged at the end of that test. */
	if (w.levels == NULL || (!builtin && w.checked_ms == 0))
		return true;
	return add_others(f, workflow, &found, e) && add_levels(f, &w, &found, e) &&
	       keep(f, &w,
		    &(struct store_doctor_end){.version = builtin ? w.version : w.checked_version,
					       .at_ms = builtin ? f->now_ms : w.checked_ms},
		    &found, e);
}

bool flow_doctor_accounts_changed(struct flow *f, struct err *e)
{
	const char **ids;
	size_t count;

	if (!store_workflow_leveled(f->db, f->arena, &ids, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!flow_doctor_levels(f, ids[i], e))
			return false;
	}
	return true;
}

bool flow_doctor_end(struct flow *f, const struct flow_doctor *d,
		     const struct flow_doctor_result *result, struct err *e)
{
	struct found found = {0};
	struct store_workflow now;

	/* It may have been deleted, or saved anew, meanwhile. */
	if (!store_workflow_get(f->db, f->arena, d->workflow.id, &now, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
		return true;
	}
	for (size_t i = 0; i < result->control_count; i++) {
		if (!store_control_set(f->db, now.id, &result->controls[i], e))
			return false;
	}
	add(f, &found, result->findings, result->count);
	return add_levels(f, &now, &found, e) &&
	       keep(f, &now,
		    &(struct store_doctor_end){.version = d->workflow.version,
					       .claimed_ms = d->claimed_ms,
					       .at_ms = f->now_ms},
		    &found, e);
}
