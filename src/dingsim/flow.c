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
	if (store_person(s, user->text, &person, e))
		return true;
	if (e->code != ERR_NOT_FOUND)
		return false;
	return err_set(e, ERR_INVALID, "审批人不存在：%.64s", user->text);
}

static bool step_fits(struct store *s, const struct json *step, struct err *e)
{
	const char *action = json_text(step, "actionType");
	const struct json *users = json_get(step, "userIds"), *user;
	bool single = text_equal(action, "NONE");

	if (!single && !text_equal(action, "AND") && !text_equal(action, "OR"))
		return err_set(e, ERR_INVALID, "approvers的actionType必须是AND、OR或NONE");
	if (!users || users->type != JSON_ARRAY || !users->count || users->count > FLOW_MAX_PEOPLE)
		return err_set(e, ERR_INVALID, "approvers的userIds需要1到%d人", FLOW_MAX_PEOPLE);
	if (single && users->count != 1)
		return err_set(e, ERR_INVALID, "actionType为NONE时只能有一个审批人");
	for (user = users->first; user; user = user->next)
		if (!person_fits(s, user, e))
			return false;
	return true;
}

bool flow_check(struct store *s, const struct json *approvers, struct err *e)
{
	const struct json *step;

	if (approvers->type != JSON_ARRAY || approvers->count > FLOW_MAX_STEPS)
		return err_set(e, ERR_INVALID, "approvers最多%d个节点", FLOW_MAX_STEPS);
	for (step = approvers->first; step; step = step->next)
		if (!step_fits(s, step, e))
			return false;
	return true;
}
