#include "dingsim/flow.h"

#include "base/text.h"

static bool person_fits(struct store *s, const struct json *user, struct err *e)
{
	const struct json *other;
	struct person *person;

	if (user->type != JSON_TEXT)
		return err_set(e, ERR_INVALID, "approvers的userIds必须是字符串");
	for (other = user->next; other; other = other->next)
		if (text_equal(other->text, user->text))
			return err_set(e, ERR_INVALID, "审批人重复：%.64s", user->text);
	if (store_person(s, user->text, &person, e)) {
		if (!person->external)
			return true;
	} else if (e->code != ERR_NOT_FOUND) {
		return false;
	}
	return err_set(e, ERR_INVALID, "审批人不存在：%.64s", user->text);
}

static bool people_fit(struct store *s, const struct json *step, struct err *e)
{
	const struct json *users = json_get(step, "userIds"), *user;

	if (!users || users->type != JSON_ARRAY || !users->count || users->count > FLOW_MAX_PEOPLE)
		return err_set(e, ERR_INVALID, "approvers的userIds需要1到%d人", FLOW_MAX_PEOPLE);
	if (text_equal(json_text(step, "actionType"), "NONE") && users->count != 1)
		return err_set(e, ERR_INVALID, "actionType为NONE时只能有一个审批人");
	for (user = users->first; user; user = user->next)
		if (!person_fits(s, user, e))
			return false;
	return true;
}

static bool action_fits(const struct json *step, struct err *e)
{
	const char *action = json_text(step, "actionType");

	return text_equal(action, "NONE") || text_equal(action, "AND") ||
	       text_equal(action, "OR") ||
	       err_set(e, ERR_INVALID, "approvers的actionType必须是AND、OR或NONE");
}

bool flow_check(struct store *s, const struct json *approvers, struct err *e)
{
	const struct json *step;

	if (approvers->type != JSON_ARRAY || approvers->count > FLOW_MAX_STEPS)
		return err_set(e, ERR_INVALID, "approvers最多%d个节点", FLOW_MAX_STEPS);
	for (step = approvers->first; step; step = step->next)
		if (!action_fits(step, e) || !people_fit(s, step, e))
			return false;
	return true;
}

static bool when_fits(const struct json *when, struct err *e)
{
	const struct json *values = json_get(when, "values"), *value;

	if (!when)
		return true;
	if (!json_text(when, "label") || !values || values->type != JSON_ARRAY || !values->count)
		return err_set(e, ERR_INVALID, "when: must be {label, values}");
	for (value = values->first; value; value = value->next)
		if (value->type != JSON_TEXT)
			return err_set(e, ERR_INVALID, "when: values must be texts");
	return true;
}

static const struct json *key_of(const struct json *step)
{
	const struct json *key = json_get(step, "actorKey");

	return key && key->type == JSON_TEXT && *key->text ? key : NULL;
}

static bool selected_step_fits(struct store *s, const struct json *step, struct err *e)
{
	const struct json *range = json_get(step, "range"), *user, *other;

	if (json_get(step, "userIds"))
		return err_set(e, ERR_INVALID, "a step has userIds or an actorKey, not both");
	for (other = step->next; other; other = other->next)
		if (key_of(other) && text_equal(key_of(other)->text, key_of(step)->text))
			return err_set(e, ERR_INVALID, "two steps have the actorKey %.64s",
				       key_of(step)->text);
	if (!range)
		return true;
	if (range->type != JSON_ARRAY || !range->count)
		return err_set(e, ERR_INVALID, "range: must be user ids");
	for (user = range->first; user; user = user->next)
		if (!person_fits(s, user, e))
			return false;
	return true;
}

bool flow_check_form(struct store *s, const struct json *steps, struct err *e)
{
	const struct json *step;

	if (steps->type != JSON_ARRAY || steps->count > FLOW_MAX_STEPS)
		return err_set(e, ERR_INVALID, "approvers最多%d个节点", FLOW_MAX_STEPS);
	for (step = steps->first; step; step = step->next)
		if (!action_fits(step, e) || !when_fits(json_get(step, "when"), e) ||
		    !(key_of(step) ? selected_step_fits(s, step, e) : people_fit(s, step, e)))
			return false;
	return true;
}

static bool has_option(const struct control *control, const char *text)
{
	const struct option *option = control->options;

	while (option && !text_equal(option->value, text))
		option = option->next;
	return option != NULL;
}

static bool branch_fits(const struct json *when, const struct control *controls, struct err *e)
{
	const char *label = json_text(when, "label");
	const struct json *value = json_get(when, "values")->first;

	while (controls && !text_equal(controls->label, label))
		controls = controls->next;
	if (!controls || !text_equal(controls->type, "DDSelectField"))
		return err_set(e, ERR_INVALID, "when: the form has no DDSelectField %.64s", label);
	for (; value; value = value->next)
		if (!has_option(controls, value->text))
			return err_set(e, ERR_INVALID, "when: %.64s has no option %.64s", label,
				       value->text);
	return true;
}

bool flow_check_branches(const struct json *steps, const struct control *controls, struct err *e)
{
	const struct json *step, *when;

	for (step = steps->first; step; step = step->next) {
		when = json_get(step, "when");
		if (when && !branch_fits(when, controls, e))
			return false;
	}
	return true;
}

bool flow_takes(const struct json *step, const struct json *values)
{
	const struct json *when = json_get(step, "when"), *value = values->first, *wanted;

	if (!when)
		return true;
	while (value && !text_equal(json_text(value, "name"), json_text(when, "label")))
		value = value->next;
	wanted = json_get(when, "values")->first;
	while (wanted && !text_equal(wanted->text, json_text(value, "value")))
		wanted = wanted->next;
	return value && wanted;
}

bool flow_branches(const struct json *steps)
{
	const struct json *step = steps->first;

	while (step && !json_get(step, "when"))
		step = step->next;
	return step != NULL;
}

bool flow_employed(struct store *s, const char *userid, struct person **out, struct err *e)
{
	*out = NULL;
	if (!store_person(s, userid, out, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
		*out = NULL;
	} else if ((*out)->external) {
		*out = NULL;
	}
	return true;
}

bool flow_heir(struct store *s, const struct json *managers, const char *userid,
	       struct person **out, struct err *e)
{
	const struct json *manager;

	if (!flow_employed(s, userid, out, e))
		return false;
	for (manager = managers->first; manager && !*out; manager = manager->next)
		if (!flow_employed(s, manager->text, out, e))
			return false;
	return true;
}

bool flow_selects(const struct json *steps)
{
	const struct json *step = steps->first;

	while (step && !key_of(step))
		step = step->next;
	return step != NULL;
}

/* The userIds chosen for a step, NULL when there are none. */
static const struct json *chosen(const struct json *step, const struct json *selected)
{
	const struct json *choice = selected ? selected->first : NULL, *users;

	while (choice && !text_equal(json_text(choice, "actionerKey"), key_of(step)->text))
		choice = choice->next;
	users = json_get(choice, "actionerUserIds");
	return users && users->type == JSON_ARRAY && users->count ? users : NULL;
}

static bool within(const struct json *range, const struct json *user)
{
	const struct json *item = range ? range->first : NULL;

	while (item && !text_equal(item->text, user->text))
		item = item->next;
	return !range || item;
}

/* Refuses with err ERR_INVALID what is no choice in the step's range. */
static bool choice_fits(struct store *s, const struct json *step, const struct json *users,
			struct err *e)
{
	const struct json *user;
	bool single = text_equal(json_text(step, "actionType"), "NONE");

	if (users->count > (single ? 1 : FLOW_MAX_PEOPLE))
		return err_set(e, ERR_INVALID, "too many approvers");
	for (user = users->first; user; user = user->next)
		if (!person_fits(s, user, e) ||
		    (!within(json_get(step, "range"), user) &&
		     !err_set(e, ERR_INVALID, "not in the range: %.64s", user->text)))
			return false;
	return true;
}

static bool select_step(struct store *s, struct flow_choice *choice, const struct json *step,
			struct json_writer *w, struct err *e)
{
	const struct json *users = json_get(step, "userIds");

	if (key_of(step)) {
		users = chosen(step, choice->selected);
		if (!users) {
			choice->fault = "targetSelectApproverMissing";
			return false;
		}
		if (!choice_fits(s, step, users, e)) {
			choice->fault =
			    e->code == ERR_INVALID ? "targetSelectApproverScopeError" : NULL;
			return false;
		}
	}
	json_object(w, NULL);
	json_put_text(w, "actionType", json_text(step, "actionType"));
	json_put_json(w, "userIds", users);
	json_object_end(w);
	return true;
}

bool flow_select(struct store *s, struct flow_choice *choice, struct err *e)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	const struct json *step;

	choice->fault = NULL;
	json_array(&w, NULL);
	for (step = choice->steps->first; step; step = step->next)
		if (flow_takes(step, choice->values) && !select_step(s, choice, step, &w, e))
			return false;
	json_array_end(&w);
	choice->flow = arena_dup(s->arena, out.data);
	return true;
}
