#include "flow/workflow.h"

#include "base/id.h"
#include "base/text.h"
#include "flow/snapshots.h"
#include "model/form.h"
#include "store/app.h"
#include "store/finding.h"
#include "store/group.h"

static bool group_known(struct flow *f, const char *id, size_t row, struct err *e)
{
	struct group group;

	if (store_group_get(f->db, f->arena, id, &group, e))
		return true;
	if (e->code != ERR_NOT_FOUND)
		return false;
	return err_set(e, ERR_UNPROCESSABLE, "Form %zu: there is no user group %s.", row, id);
}

static bool check(struct flow *f, const struct flow_workflow *w, struct err *e)
{
	const struct form *forms = w->forms.items;
	struct store_app app;

	if (!form_check(&w->forms, e))
		return false;
	if (!store_app_get(f->db, f->arena, w->app, &app, e)) {
		if (e->code == ERR_NOT_FOUND)
			e->code = ERR_UNPROCESSABLE;
		return false;
	}
	for (size_t i = 0; i < w->forms.count; i++) {
		const char *const *groups = forms[i].groups.items;

		for (size_t k = 0; k < forms[i].groups.count; k++) {
			if (!group_known(f, groups[k], i + 1, e))
				return false;
		}
	}
	return true;
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
		row->carry_confirmed_by = w->by;
		row->carry_confirmed_ms = f->now_ms;
	}
	if (!text_equal(row->console_decision, WORKFLOW_CARRY_THROUGH) ||
	    row->carry_confirmed_ms > 0)
		return true;
	return err_set(e, ERR_UNPROCESSABLE,
		       "console_decision: with carry-through DingTalk will show each approver as "
		       "having acted; confirm it with carry_through_confirmed.");
}

bool flow_workflow_add(struct flow *f, const struct flow_workflow *w, const char **id,
		       struct err *e)
{
	char *fresh = arena_alloc(f->arena, ID_SIZE);
	struct store_workflow row = {.id = fresh,
				     .name = w->name,
				     .description = w->description,
				     .type = WORKFLOW_DINGTALK,
				     .app = w->app,
				     .version = 1,
				     .forms = forms_write(f->arena, &w->forms),
				     .carry_confirmed_by = "",
				     .created_ms = f->now_ms,
				     .updated_ms = f->now_ms};

	id_new(fresh);
	*id = fresh;
	return check(f, w, e) && settle(f, w, &row, e) && store_workflow_add(f->db, &row, e) &&
	       name_groups(f, fresh, &w->forms, e) && store_doctor_want(f->db, fresh, f->now_ms, e);
}

/* ERR_CONFLICT, in words, when the policy or a pending request uses it. */
static bool unused(struct flow *f, const char *id, struct err *e)
{
	struct policy policy;
	bool pending;

	if (!flow_policy_get(f->db, f->arena, &policy, e) ||
	    !store_workflow_pending(f->db, id, &pending, e))
		return false;
	if (policy.workflow != NULL && text_equal(policy.workflow, id))
		return err_set(e, ERR_CONFLICT,
			       "The anti-uninstallation policy uses this workflow.");
	if (pending)
		return err_set(e, ERR_CONFLICT, "Requests filed under this workflow are pending.");
	return true;
}

bool flow_workflow_change(struct flow *f, const char *id, const struct flow_workflow *w,
			  struct err *e)
{
	struct store_workflow now;

	if (!store_workflow_get(f->db, f->arena, id, &now, e) || !check(f, w, e))
		return false;
	if (!text_equal(now.type, WORKFLOW_DINGTALK))
		return err_set(e, ERR_CONFLICT, "This is a built-in workflow.");
	if ((!text_equal(now.app, w->app) && !unused(f, id, e)) || !settle(f, w, &now, e))
		return false;
	now.name = w->name;
	now.description = w->description;
	now.app = w->app;
	now.version++;
	now.forms = forms_write(f->arena, &w->forms);
	now.updated_ms = f->now_ms;
	return store_workflow_update(f->db, &now, e) && name_groups(f, id, &w->forms, e) &&
	       store_doctor_want(f->db, id, f->now_ms, e);
}

bool flow_workflow_remove(struct flow *f, const char *id, struct err *e)
{
	struct store_workflow now;

	return store_workflow_get(f->db, f->arena, id, &now, e) && unused(f, id, e) &&
	       store_workflow_delete(f->db, id, e);
}
