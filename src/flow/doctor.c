#include "flow/doctor.h"

#include "base/text.h"
#include "flow/record.h"
#include "flow/snapshots.h"

#define SUSPECT_AGAIN_MS (5 * 60 * 1000)
#define BROKEN "broken"

bool flow_doctor_ask(struct flow *f, const char *workflow, struct err *e)
{
	struct store_workflow w;

	return store_workflow_get(f->db, f->arena, workflow, &w, e) &&
	       store_doctor_want(f->db, workflow, f->now_ms, e);
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
static const char *reason(struct flow *f, const struct flow_doctor_result *result)
{
	for (size_t i = 0; i < result->count; i++) {
		const struct doctor_rule *rule = doctor_rule(result->findings[i].id);

		if (rule != NULL && rule->severity == DOCTOR_BROKEN)
			return doctor_text(f->arena, rule->what[DOCTOR_ENGLISH],
					   &result->findings[i]);
	}
	return "";
}

static bool used_by_policy(struct flow *f, const char *workflow, bool *out, struct err *e)
{
	struct policy policy;

	if (!flow_policy_get(f->db, f->arena, &policy, e))
		return false;
	*out = text_equal(policy.workflow, workflow);
	return true;
}

static bool record(struct flow *f, const struct store_workflow *w, const char *state,
		   const struct flow_doctor_result *result, struct err *e)
{
	bool broken = text_equal(state, BROKEN), used;

	if (broken == text_equal(w->state, BROKEN))
		return true;
	if (!used_by_policy(f, w->id, &used, e))
		return false;
	return flow_event(
	    f,
	    &(struct flow_event){.kind = broken ? "workflow-broken" : "workflow-mended",
				 .object = "workflow",
				 .object_id = w->id,
				 .text = arena_printf(f->arena, "%s%s%s%s", w->name,
						      broken && used ? " (the policy uses it)" : "",
						      broken ? ": " : "",
						      broken ? reason(f, result) : "")},
	    e);
}

bool flow_doctor_end(struct flow *f, const struct flow_doctor *d,
		     const struct flow_doctor_result *result, struct err *e)
{
	struct store_finding *rows = arena_array(f->arena, result->count, sizeof(*rows));
	const char *state = doctor_state(result->findings, result->count);
	struct store_workflow now;

	/* It may have been deleted, or saved anew, meanwhile. */
	if (!store_workflow_get(f->db, f->arena, d->workflow.id, &now, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
		return true;
	}
	for (size_t i = 0; i < result->count; i++)
		rows[i] =
		    (struct store_finding){result->findings[i].id, result->findings[i].form,
					   result->findings[i].subject, result->findings[i].detail};
	for (size_t i = 0; i < result->control_count; i++) {
		if (!store_control_set(f->db, now.id, &result->controls[i], e))
			return false;
	}
	return record(f, &now, state, result, e) &&
	       store_doctor_end(f->db,
				&(struct store_doctor_end){.workflow = now.id,
							   .state = state,
							   .version = d->workflow.version,
							   .claimed_ms = d->claimed_ms,
							   .at_ms = f->now_ms,
							   .findings = rows,
							   .count = result->count},
				e);
}
