#include "flow/workflow.h"

#include "base/id.h"
#include "base/text.h"
#include "flow/change.h"
#include "flow/doctor.h"
#include "flow/policy.h"
#include "flow/snapshots.h"
#include "model/form.h"
#include "store/account.h"
#include "store/app.h"
#include "store/finding.h"
#include "store/group.h"

static bool is_builtin(const char *type)
{
	return text_equal(type, WORKFLOW_BUILTIN);
}

/* --- what saving refuses --- */

/* What is not there is the input's fault. */
static bool missing(struct err *e, const char *what)
{
	return e->code == ERR_NOT_FOUND ? err_set(e, ERR_UNPROCESSABLE, "%s", what) : false;
}

static bool groups_known(struct flow *f, const struct form *form, size_t row, struct err *e)
{
	const char *const *ids = form->groups.items;
	struct group group;

	for (size_t i = 0; i < form->groups.count; i++) {
		if (!store_group_get(f->db, f->arena, ids[i], &group, e))
			return missing(e, arena_printf(f->arena,
						       "Form %zu: there is no user group %s.", row,
						       ids[i]));
	}
	return true;
}

static bool account_known(struct flow *f, const char *id, const char *what, struct err *e)
{
	struct store_account account;

	return store_account_get(f->db, f->arena, id, &account, e) ||
	       missing(e, arena_printf(f->arena, "%s: there is no account %s.", what, id));
}

static bool accounts_known(struct flow *f, const struct json_list *list, const char *what,
			   struct err *e)
{
	const char *const *ids = list->items;

	for (size_t i = 0; i < list->count; i++) {
		if (!account_known(f, ids[i], what, e))
			return false;
	}
	return true;
}

static bool levels_check(struct flow *f, const struct flow_workflow *w, struct err *e)
{
	const struct approval_levels *l = w->levels;
	const struct approval_level *items = l->levels.items;

	if (!approval_check(l, e))
		return false;
	for (size_t i = 0; i < l->levels.count; i++) {
		if (!accounts_known(f, &items[i].approvers,
				    arena_printf(f->arena, "levels[%zu].approvers", i), e))
			return false;
	}
	return (l->fallback == NULL || account_known(f, l->fallback, "fallback", e)) &&
	       accounts_known(f, &l->escalate_to, "escalate_to", e) && flow_doctor_refuses(f, l, e);
}

static bool app_known(struct flow *f, const char *id, struct err *e)
{
	struct store_app app;

	return *id == '\0' || store_app_get(f->db, f->arena, id, &app, e) ||
	       missing(e, "There is no DingTalk app with this id.");
}

static bool forms_check(struct flow *f, const struct flow_workflow *w, struct err *e)
{
	const struct form *forms = w->forms.items;

	if (!form_check(&w->forms, e) || !app_known(f, w->app, e))
		return false;
	for (size_t i = 0; i < w->forms.count; i++) {
		if (!groups_known(f, &forms[i], i + 1, e))
			return false;
	}
	return w->fallback == NULL ||
	       (approval_fallback_check(w->fallback, e) &&
		accounts_known(f, &w->fallback->level.approvers, "fallback.level.approvers", e));
}

static bool check(struct flow *f, const struct flow_workflow *w, struct err *e)
{
	return is_builtin(w->type) ? levels_check(f, w, e) : forms_check(f, w, e);
}

/* --- the record --- */

static void put_content(struct json_writer *w, const struct store_workflow *row)
{
	json_put_text(w, "name", row->name);
	json_put_text(w, "description", row->description);
	json_put_text(w, "type", row->type);
	json_put_text(w, "app", row->app);
	json_put_i64(w, "version", row->version);
	json_put_text(w, "console_decision", row->console_decision);
	json_put_text(w, "carry_through_confirmed_by", row->carry_confirmed_by);
	json_put_bool(w, "accept_automatic", row->accept_automatic);
	json_put_bool(w, "notices", row->notices);
	json_put_raw(w, "mapping", row->forms);
	json_put_raw(w, "approval", row->levels);
}

static const char *content(struct arena *a, const struct store_workflow *row)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	if (row == NULL)
		return NULL;
	json_object(&w, NULL);
	put_content(&w, row);
	json_object_end(&w);
	return arena_dup_n(a, out.data, out.len);
}

static bool record(struct flow *f, const char *kind, const struct store_workflow *was,
		   const struct store_workflow *now, struct err *e)
{
	const struct store_workflow *any = now != NULL ? now : was;

	return flow_changed(
	    f,
	    &(struct flow_change){.kind = kind,
				  .object = "workflow",
				  .id = any->id,
				  .text = arena_printf(f->arena, "%s, version %lld", any->name,
						       (long long)any->version),
				  .before = content(f->arena, was),
				  .after = content(f->arena, now)},
	    e);
}

/* --- saving --- */

static const char *who(const struct flow *f)
{
	return f->actor.name == NULL ? "system" : f->actor.name;
}

static bool name_groups(struct flow *f, const char *id, const struct json_list *list, struct err *e)
{
	const struct form *forms = list->items;

	if (!store_workflow_groups_clear(f->db, id, e))
		return false;
	for (size_t i = 0; i < list->count; i++) {
		const char *const *groups = forms[i].groups.items;

		for (size_t k = 0; k < forms[i].groups.count; k++) {
			if (!store_workflow_group_add(f->db, id, groups[k], e))
				return false;
		}
	}
	return true;
}

/* Carrying through makes DingTalk show each approver as having acted: somebody has to have said that he
 * knows. Once said it stays. */
static bool settle(struct flow *f, const struct flow_workflow *w, struct store_workflow *row,
		   struct err *e)
{
	row->console_decision = w->console_decision == NULL ? WORKFLOW_CLOSE : w->console_decision;
	row->accept_automatic = w->accept_automatic;
	row->notices = w->notices;
	if (w->carry_through_confirmed && row->carry_confirmed_ms == 0) {
		row->carry_confirmed_by = who(f);
		row->carry_confirmed_ms = f->now_ms;
	}
	if (!text_equal(row->console_decision, WORKFLOW_CARRY_THROUGH) ||
	    row->carry_confirmed_ms > 0)
		return true;
	return err_set(e, ERR_UNPROCESSABLE,
		       "console_decision: with carry-through DingTalk will show each approver as "
		       "having acted; confirm it with carry_through_confirmed.");
}

static const char *levels_text(struct flow *f, const struct flow_workflow *w)
{
	if (is_builtin(w->type))
		return approval_write(f->arena, w->levels);
	return w->fallback == NULL ? NULL : approval_fallback_write(f->arena, w->fallback);
}

static void fill(struct flow *f, const struct flow_workflow *w, struct store_workflow *row)
{
	row->name = w->name;
	row->description = w->description;
	row->app = w->app;
	row->forms = forms_write(f->arena, &w->forms);
	row->levels = levels_text(f, w);
	row->saved_by = who(f);
}

/* What was saved is looked at: DingTalk is asked soon, our own levels at once. */
static bool examine(struct flow *f, const char *id, struct err *e)
{
	return store_doctor_want(f->db, id, f->now_ms, e) && flow_doctor_levels(f, id, e);
}

bool flow_workflow_draft(struct flow *f, const struct flow_workflow *w, struct store_workflow *out,
			 struct err *e)
{
	char *fresh = arena_alloc(f->arena, ID_SIZE);

	id_new(fresh);
	*out = (struct store_workflow){.id = fresh,
				       .type = w->type == NULL ? WORKFLOW_DINGTALK : w->type,
				       .version = 1,
				       .carry_confirmed_by = "",
				       .created_ms = f->now_ms,
				       .updated_ms = f->now_ms};
	fill(f, w, out);
	return check(f, w, e) && settle(f, w, out, e);
}

bool flow_workflow_add(struct flow *f, const struct flow_workflow *w, const char **id,
		       struct err *e)
{
	struct store_workflow row;

	if (!flow_workflow_draft(f, w, &row, e))
		return false;
	*id = row.id;
	return store_workflow_add(f->db, &row, e) && name_groups(f, row.id, &w->forms, e) &&
	       record(f, "workflow-created", NULL, &row, e) && examine(f, row.id, e);
}

bool flow_workflow_use(struct flow *f, const struct policy *policy, const char *id,
		       struct flow_workflow_use *out, struct err *e)
{
	*out = (struct flow_workflow_use){.policy = text_equal(policy->workflow, id),
					  .second = text_equal(policy->builtin_workflow, id)};
	return store_workflow_pending(f->db, id, &out->pending, e);
}

/* ERR_CONFLICT, in words, when the policy or a pending request uses it. */
static bool unused(struct flow *f, const char *id, struct err *e)
{
	struct flow_workflow_use use;
	struct policy policy;

	if (!flow_policy_present(f, FLOW_ANY_VERSION, &policy, e) ||
	    !flow_workflow_use(f, &policy, id, &use, e))
		return false;
	if (use.policy)
		return err_set(e, ERR_CONFLICT,
			       "The anti-uninstallation policy uses this workflow.");
	if (use.second)
		return err_set(e, ERR_CONFLICT,
			       "The anti-uninstallation policy uses this workflow for people whom "
			       "its first one cannot serve.");
	if (use.pending > 0)
		return err_set(e, ERR_CONFLICT,
			       "Requests filed under this workflow are pending: %lld.",
			       (long long)use.pending);
	return true;
}

static bool may_become(struct flow *f, const struct store_workflow *was,
		       const struct flow_workflow *w, struct err *e)
{
	if (is_builtin(was->type) != is_builtin(w->type))
		return err_set(e, ERR_CONFLICT,
			       is_builtin(was->type) ? "This is a built-in workflow."
						     : "This is a DingTalk workflow.");
	return text_equal(was->app, w->app) || unused(f, was->id, e);
}

bool flow_workflow_change(struct flow *f, const char *id, const struct store_workflow *was,
			  const struct flow_workflow *w, struct err *e)
{
	struct store_workflow before, now;

	if (was != NULL)
		before = *was;
	else if (!store_workflow_get(f->db, f->arena, id, &before, e))
		return false;
	now = before;
	if (!check(f, w, e) || !may_become(f, &before, w, e) || !settle(f, w, &now, e))
		return false;
	fill(f, w, &now);
	now.version +=
	    !text_equal(before.forms, now.forms) || !text_equal(before.levels, now.levels);
	now.updated_ms = f->now_ms > before.updated_ms ? f->now_ms : before.updated_ms + 1;
	return store_workflow_update(f->db, &before, &now, e) && name_groups(f, id, &w->forms, e) &&
	       record(f, "workflow-changed", &before, &now, e) && examine(f, id, e);
}

bool flow_workflow_copy(struct flow *f, const char *id, const char *name, const char **copy,
			struct err *e)
{
	struct approval_levels levels;
	struct store_workflow from;

	if (!store_workflow_get(f->db, f->arena, id, &from, e))
		return false;
	if (!is_builtin(from.type))
		return err_set(
		    e, ERR_UNPROCESSABLE,
		    "A DingTalk workflow cannot be copied: what makes it is its forms in "
		    "DingTalk, and one workflow has each of them once. Make another one "
		    "with the same app instead.");
	return approval_read(f->arena, from.levels, &levels, e) &&
	       flow_workflow_add(f,
				 &(struct flow_workflow){.name = name,
							 .description = from.description,
							 .type = from.type,
							 .levels = &levels},
				 copy, e);
}

bool flow_workflow_remove(struct flow *f, const struct store_workflow *was, struct err *e)
{
	return unused(f, was->id, e) && store_workflow_delete(f->db, was->id, e) &&
	       record(f, "workflow-removed", was, NULL, e);
}
