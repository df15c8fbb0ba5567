#include "flow/preview.h"

#include "base/text.h"
#include "flow/approval.h"
#include "flow/file.h"
#include "flow/snapshots.h"
#include "store/finding.h"

#define FORM_OK "form-ok" /* its subject is the form's name */

/* --- the levels --- */

static struct flow_preview_account account_named(const struct flow_approval *p, const char *id)
{
	for (size_t k = 0; k < p->rules.account_count; k++) {
		if (text_equal(p->accounts[k].id, id))
			return (struct flow_preview_account){id, p->accounts[k].name};
	}
	return (struct flow_preview_account){id, id};
}

static const char *skipped(const struct flow_approval *p, const struct approval_task *t)
{
	if (t->state != TASK_SKIPPED)
		return NULL;
	for (size_t k = 0; k < p->rules.account_count; k++) {
		if (text_equal(p->accounts[k].id, t->account) && p->accounts[k].active)
			return "applicant";
	}
	return "gone";
}

static const struct flow_preview_account *delegate(struct flow *f, const struct flow_approval *p,
						   const struct approval_task *t)
{
	const char *chain[APPROVAL_MAX_CHAIN];
	size_t n = approval_actors(&p->rules, t->account, chain);
	struct flow_preview_account *out;

	if (t->state != TASK_OPEN || n < 2)
		return NULL;
	out = arena_new(f->arena, struct flow_preview_account);
	*out = account_named(p, chain[n - 1]);
	return out;
}

static struct flow_preview_level level_of(struct flow *f, const struct flow_approval *p,
					  const struct approval_opening *o)
{
	const struct approval_level *level =
	    (const struct approval_level *)p->levels.levels.items + o->level - 1;
	struct flow_preview_task *tasks = arena_array(f->arena, o->task_count, sizeof(*tasks));

	for (size_t k = 0; k < o->task_count; k++)
		tasks[k] =
		    (struct flow_preview_task){.account = account_named(p, o->tasks[k].account),
					       .kind = task_kind_name(o->tasks[k].kind),
					       .state = task_state_name(o->tasks[k].state),
					       .skipped = skipped(p, &o->tasks[k]),
					       .delegate = delegate(f, p, &o->tasks[k])};
	return (struct flow_preview_level){.level = o->level,
					   .name = level->name,
					   .mode = level->mode,
					   .tasks = {tasks, o->task_count}};
}

static bool look_at_levels(struct flow *f, const struct flow_ground *g,
			   const struct approval_levels *levels, struct flow_preview *out,
			   struct err *e)
{
	struct approval_opening openings[APPROVAL_MAX_LEVELS];
	struct flow_preview_level *items;
	struct flow_approval p;
	size_t n;

	if (!flow_approval_imagine(f, levels, g->who.person, &p, e))
		return false;
	n = approval_look_ahead(f->arena, &p.rules, openings);
	items = arena_array(f->arena, n, sizeof(*items));
	for (size_t i = 0; i < n; i++) {
		items[i] = level_of(f, &p, &openings[i]);
		if (openings[i].alone)
			out->nobody_at = openings[i].level;
	}
	out->levels = (struct json_list){items, n};
	return true;
}

static bool look_at_approval(struct flow *f, const struct flow_ground *g, struct flow_preview *out,
			     struct err *e)
{
	struct approval_fallback fallback;
	struct approval_levels levels;

	if (g->workflow.levels == NULL)
		return true;
	out->levels_ms = f->now_ms;
	if (g->form == NULL)
		return approval_read(f->arena, g->workflow.levels, &levels, e) &&
		       look_at_levels(f, g, &levels, out, e);
	if (!approval_fallback_read(f->arena, g->workflow.levels, &fallback, e))
		return false;
	approval_of_fallback(f->arena, &fallback, &levels);
	out->levels_ms += fallback.after_minutes * 60000;
	return look_at_levels(f, g, &levels, out, e);
}

/* --- DingTalk --- */

static bool form_name(struct flow *f, const struct flow_ground *g, const char **out, struct err *e)
{
	struct store_finding *rows;
	size_t count;

	if (!store_finding_list(f->db, f->arena, g->workflow.id, &rows, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (text_equal(rows[i].id, FORM_OK) &&
		    text_equal(rows[i].form, g->form->process_code))
			*out = rows[i].subject;
	}
	return true;
}

static bool look_at_dingtalk(struct flow *f, const struct flow_ground *g,
			     const struct store_instance *i, struct flow_preview *out,
			     struct err *e)
{
	struct flow_preview_dingtalk *d = arena_new(f->arena, struct flow_preview_dingtalk);
	struct form_values values;

	if (g->form == NULL)
		return true;
	if (!form_values_read(f->arena, i->sent, &values, e) || !form_name(f, g, &d->form, e))
		return false;
	d->app = i->app;
	d->process_code = i->process_code;
	d->originator = i->originator;
	d->originator_department = i->originator_department;
	d->values = (struct json_list){values.items, values.count};
	out->dingtalk = d;
	return true;
}

/* --- all of it --- */

/* Where it goes at present, which need not be the workflow that is looked at. */
static bool look_at_filing(struct flow *f, const struct flow_ground *g, struct flow_preview *out,
			   struct err *e)
{
	struct flow_ground now = *g;

	if (flow_ground_choose(f, &now, e)) {
		out->filing = (struct flow_preview_account){now.workflow.id, now.workflow.name};
		return true;
	}
	if (e->code != ERR_FORBIDDEN)
		return false;
	out->filing_why_not = arena_dup(f->arena, e->text);
	err_clear(e);
	return true;
}

static bool ground_of(struct flow *f, const struct flow_preview_ask *ask, struct flow_ground *g,
		      struct err *e)
{
	*g = (struct flow_ground){.workflow = *ask->workflow,
				  .package = ask->package == NULL ? POLICY_CLIENT : ask->package};
	if (!reason_check(arena_dup(f->arena, ask->reason), &g->reason, e) ||
	    !flow_policy_get(f->db, f->arena, &g->policy, e))
		return false;
	if (!policy_protects(&g->policy, g->package))
		return err_set(e, ERR_UNPROCESSABLE, "The package %s is not protected.",
			       g->package);
	return store_applicant_as(f->db, f->arena, ask->person, ask->device, &g->who, e);
}

bool flow_preview(struct flow *f, const struct flow_preview_ask *ask, struct flow_preview *out,
		  struct err *e)
{
	struct flow_ground g;
	struct store_instance i;
	int64_t number;

	*out = (struct flow_preview){0};
	if (!ground_of(f, ask, &g, e) || !look_at_filing(f, &g, out, e) ||
	    !flow_ground_serves(f, &g, &out->why_not, e) ||
	    !store_instance_number_next(f->db, &number, e))
		return false;
	if (g.who.departed)
		out->why_not = "This person has left the organisation.";
	out->serves = out->why_not == NULL;
	if (!out->serves)
		return true;
	i = flow_ground_request(f, &g, number, false);
	out->expires_ms = i.expires_ms;
	return look_at_dingtalk(f, &g, &i, out, e) && look_at_approval(f, &g, out, e);
}
