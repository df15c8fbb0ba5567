#include "model/approval.h"

#include <string.h>

#include "base/text.h"

static const char *const modes[] = {APPROVAL_ANY, APPROVAL_ALL, NULL};

static const struct json_field level_json[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct approval_level, name), .max = APPROVAL_MAX_NAME,
     .nullable = true, .doc = "what people call it; null: its number", .example = "Team lead"},
    {"mode", JSON_FIELD_TEXT, offsetof(struct approval_level, mode), .required = true,
     .words = modes, .doc = "whether one approver is enough or everyone has to approve"},
    {"approvers", JSON_FIELD_ARRAY, offsetof(struct approval_level, approvers), .required = true,
     .min = 1, .max = APPROVAL_MAX_APPROVERS, .format = JSON_ID, .doc = "accounts"},
    {0}};

const struct json_field approval_json[] = {
    {"levels", JSON_FIELD_ARRAY, offsetof(struct approval_levels, levels), .required = true,
     .min = 1, .max = APPROVAL_MAX_LEVELS, .fields = level_json,
     .size = sizeof(struct approval_level), .doc = "asked one after another"},
    {"fallback", JSON_FIELD_TEXT, offsetof(struct approval_levels, fallback), .nullable = true,
     .format = JSON_ID,
     .doc = "account that is asked in a level that has nobody left; null: the administrators"},
    {"remind_hours", JSON_FIELD_I64, offsetof(struct approval_levels, remind_hours),
     .max = APPROVAL_MAX_HOURS,
     .doc = "hours until those who have not answered are reminded, then daily; 0: never"},
    {"reminders", JSON_FIELD_I64, offsetof(struct approval_levels, reminders),
     .max = APPROVAL_MAX_REMINDERS, .doc = "reminders in a level, at most"},
    {"escalate_hours", JSON_FIELD_I64, offsetof(struct approval_levels, escalate_hours),
     .max = APPROVAL_MAX_HOURS,
     .doc = "hours until somebody else may answer for the level; 0: never"},
    {"escalate_to", JSON_FIELD_ARRAY, offsetof(struct approval_levels, escalate_to),
     .max = APPROVAL_MAX_APPROVERS, .format = JSON_ID, .doc = "accounts; none: the administrators"},
    {0}};

const struct json_field approval_fallback_json[] = {
    {"after_minutes", JSON_FIELD_I64, offsetof(struct approval_fallback, after_minutes),
     .required = true, .min = 1, .max = APPROVAL_MAX_MINUTES,
     .doc = "minutes since the filing without DingTalk having the request"},
    {"level", JSON_FIELD_OBJECT, offsetof(struct approval_fallback, level), .required = true,
     .fields = level_json, .doc = "who is asked then, beside DingTalk"},
    {0}};

void approval_default(struct approval_levels *out)
{
	*out = (struct approval_levels){.remind_hours = 24, .reminders = 5};
}

/* --- checking --- */

static bool once_each(const struct json_list *list, const char *what, struct err *e)
{
	const char *const *ids = list->items;

	for (size_t i = 0; i < list->count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (text_equal(ids[i], ids[k]))
				return err_set(e, ERR_UNPROCESSABLE, "%s[%zu]: is there twice",
					       what, i);
		}
	}
	return true;
}

static bool level_check(const struct approval_level *level, const char *where, struct err *e)
{
	if (level->name != NULL && !text_printable(level->name, false))
		return err_set(e, ERR_UNPROCESSABLE, "%s.name: must be text on one line", where);
	return once_each(&level->approvers, "approvers", e) || err_add(e, "%s", where);
}

bool approval_check(const struct approval_levels *levels, struct err *e)
{
	const struct approval_level *items = levels->levels.items;
	char where[] = "levels[0]";

	for (size_t i = 0; i < levels->levels.count; i++) {
		where[strlen(where) - 2] = (char)('0' + i);
		if (!level_check(&items[i], where, e))
			return false;
	}
	return once_each(&levels->escalate_to, "escalate_to", e);
}

bool approval_fallback_check(const struct approval_fallback *fallback, struct err *e)
{
	return level_check(&fallback->level, "level", e);
}

/* --- as stored --- */

static const char *write_text(struct arena *a, const struct json_field *fields, const void *in)
{
	AUTO(buf_done) struct buf b = {0};
	struct json_writer w = {.out = &b};

	json_write(&w, NULL, fields, in);
	return arena_dup_n(a, b.data, b.len);
}

const char *approval_write(struct arena *a, const struct approval_levels *levels)
{
	return write_text(a, approval_json, levels);
}

const char *approval_fallback_write(struct arena *a, const struct approval_fallback *fallback)
{
	return write_text(a, approval_fallback_json, fallback);
}

bool approval_read(struct arena *a, const char *text, struct approval_levels *out, struct err *e)
{
	approval_default(out);
	return json_read_text(a, text, strlen(text), approval_json, out, e);
}

bool approval_fallback_read(struct arena *a, const char *text, struct approval_fallback *out,
			    struct err *e)
{
	*out = (struct approval_fallback){0};
	return json_read_text(a, text, strlen(text), approval_fallback_json, out, e);
}

void approval_of_fallback(struct arena *a, const struct approval_fallback *fallback,
			  struct approval_levels *out)
{
	struct approval_level *level = arena_array(a, 1, sizeof(*level));

	*level = fallback->level;
	approval_default(out);
	out->levels = (struct json_list){.items = level, .count = 1};
}

/* --- tasks --- */

static const enum task_state task_steps[TASK_STATE_COUNT][TASK_EVENT_COUNT] = {
    [TASK_OPEN] = {[TASK_APPROVE] = TASK_APPROVED,
		   [TASK_REJECT] = TASK_REJECTED,
		   [TASK_LEAVE] = TASK_SKIPPED,
		   [TASK_RETURN] = TASK_OPEN,
		   [TASK_OVER] = TASK_CLOSED},
    [TASK_APPROVED] = {TASK_APPROVED, TASK_APPROVED, TASK_APPROVED, TASK_APPROVED, TASK_APPROVED},
    [TASK_REJECTED] = {TASK_REJECTED, TASK_REJECTED, TASK_REJECTED, TASK_REJECTED, TASK_REJECTED},
    [TASK_SKIPPED] = {[TASK_APPROVE] = TASK_SKIPPED,
		      [TASK_REJECT] = TASK_SKIPPED,
		      [TASK_LEAVE] = TASK_SKIPPED,
		      [TASK_RETURN] = TASK_OPEN,
		      [TASK_OVER] = TASK_SKIPPED},
    [TASK_CLOSED] = {TASK_CLOSED, TASK_CLOSED, TASK_CLOSED, TASK_CLOSED, TASK_CLOSED},
};

static const char *const task_states[TASK_STATE_COUNT] = {"open", "approved", "rejected", "skipped",
							  "closed"};
static const char *const task_kinds[TASK_KIND_COUNT] = {"approver", "fallback", "escalation",
							"administrator"};

enum task_state task_step(enum task_state from, enum task_event event)
{
	return task_steps[from][event];
}

const char *task_state_name(enum task_state state)
{
	return task_states[state];
}

const char *task_kind_name(enum task_kind kind)
{
	return task_kinds[kind];
}

bool task_state_from(const char *name, enum task_state *out)
{
	for (size_t i = 0; i < TASK_STATE_COUNT; i++) {
		if (text_equal(task_states[i], name)) {
			*out = (enum task_state)i;
			return true;
		}
	}
	return false;
}

bool task_kind_from(const char *name, enum task_kind *out)
{
	for (size_t i = 0; i < TASK_KIND_COUNT; i++) {
		if (text_equal(task_kinds[i], name)) {
			*out = (enum task_kind)i;
			return true;
		}
	}
	return false;
}

/* --- who can be asked --- */

static const struct approval_account *account_of(const struct approval *p, const char *id)
{
	for (size_t i = 0; i < p->account_count; i++) {
		if (text_equal(p->accounts[i].id, id))
			return &p->accounts[i];
	}
	return NULL;
}

static bool can_be_asked(const struct approval *p, const char *id)
{
	const struct approval_account *account = account_of(p, id);

	return account != NULL && account->active &&
	       (account->person == NULL || !text_equal(account->person, p->applicant));
}

static bool still_asked(const struct approval *p, const struct approval_task *task)
{
	return can_be_asked(p, task->account) && (task->kind != TASK_FOR_ADMINISTRATOR ||
						  account_of(p, task->account)->administrator);
}

/* NULL: nobody, now. */
static const char *delegate_of(const struct approval *p, const char *account)
{
	for (size_t i = 0; i < p->delegation_count; i++) {
		const struct approval_delegation *d = &p->delegations[i];

		if (text_equal(d->from, account) && d->from_ms <= p->now_ms &&
		    p->now_ms < d->until_ms)
			return d->to;
	}
	return NULL;
}

static bool is_among(const char *const *ids, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++) {
		if (text_equal(ids[i], id))
			return true;
	}
	return false;
}

size_t approval_actors(const struct approval *p, const char *owner,
		       const char *out[static APPROVAL_MAX_CHAIN])
{
	size_t n = 0;

	for (const char *at = owner;
	     at != NULL && n < APPROVAL_MAX_CHAIN && can_be_asked(p, at) && !is_among(out, n, at);
	     at = delegate_of(p, at))
		out[n++] = at;
	return n;
}

static bool may_answer(const struct approval *p, const struct approval_task *task,
		       const char *account)
{
	const char *chain[APPROVAL_MAX_CHAIN];

	return task->state == TASK_OPEN && task->level == p->level &&
	       is_among(chain, approval_actors(p, task->account, chain), account);
}

bool approval_waits_for(const struct approval *p, const char *account)
{
	for (size_t i = 0; i < p->task_count; i++) {
		if (may_answer(p, &p->tasks[i], account))
			return true;
	}
	return false;
}

/* --- levels --- */

struct step {
	const struct approval *from;
	struct approval_outcome *out;
};

static const struct approval_level *level_at(const struct step *s)
{
	return (const struct approval_level *)s->from->levels->levels.items + s->out->level - 1;
}

/* The task of that kind in the level that is asked, or NULL. */
static struct approval_task *task_of(struct step *s, enum task_kind kind, const char *account)
{
	for (size_t i = 0; i < s->out->task_count; i++) {
		struct approval_task *t = &s->out->tasks[i];

		if (t->level == s->out->level && t->kind == kind && text_equal(t->account, account))
			return t;
	}
	return NULL;
}

/* Everybody has one task of a kind in a level, and it may open again. */
static void ask(struct step *s, enum task_kind kind, const char *account, bool can)
{
	struct approval_task *t = task_of(s, kind, account);

	if (t == NULL) {
		t = &s->out->tasks[s->out->task_count++];
		*t = (struct approval_task){
		    .level = s->out->level, .kind = kind, .account = account, .state = TASK_OPEN};
	}
	t->state = task_step(t->state, can ? TASK_RETURN : TASK_LEAVE);
}

static size_t count_tasks(const struct step *s, enum task_state state, bool of_approvers)
{
	size_t n = 0;

	for (size_t i = 0; i < s->out->task_count; i++) {
		const struct approval_task *t = &s->out->tasks[i];

		n += t->level == s->out->level && t->state == state &&
		     (t->kind == TASK_FOR_APPROVER) == of_approvers;
	}
	return n;
}

static bool is_passed(const struct step *s)
{
	size_t approved = count_tasks(s, TASK_APPROVED, true);

	if (count_tasks(s, TASK_APPROVED, false) > 0)
		return true;
	return approved > 0 && (text_equal(level_at(s)->mode, APPROVAL_ANY) ||
				count_tasks(s, TASK_OPEN, true) == 0);
}

static size_t ask_administrators(struct step *s)
{
	size_t asked = 0;

	for (size_t i = 0; i < s->from->account_count; i++) {
		const struct approval_account *account = &s->from->accounts[i];

		if (!account->administrator || !can_be_asked(s->from, account->id))
			continue;
		ask(s, TASK_FOR_ADMINISTRATOR, account->id, true);
		asked++;
	}
	return asked;
}

/* Somebody has to be asked. */
static void settle(struct step *s)
{
	const char *fallback = s->from->levels->fallback;

	if (count_tasks(s, TASK_OPEN, true) + count_tasks(s, TASK_OPEN, false) > 0)
		return;
	if (fallback != NULL && can_be_asked(s->from, fallback))
		ask(s, TASK_FOR_FALLBACK, fallback, true);
	else
		s->out->alone = ask_administrators(s) == 0;
}

static void ask_approvers(struct step *s)
{
	const struct json_list *approvers = &level_at(s)->approvers;
	const char *const *ids = approvers->items;

	for (size_t i = 0; i < approvers->count; i++)
		ask(s, TASK_FOR_APPROVER, ids[i], can_be_asked(s->from, ids[i]));
}

static void open_level(struct step *s, int64_t level)
{
	s->out->level = level;
	s->out->opened = true;
	ask_approvers(s);
	settle(s);
}

static void close_tasks(struct step *s)
{
	for (size_t i = 0; i < s->out->task_count; i++)
		s->out->tasks[i].state = task_step(s->out->tasks[i].state, TASK_OVER);
}

static void advance(struct step *s)
{
	if (!is_passed(s)) {
		settle(s);
		return;
	}
	close_tasks(s);
	if ((size_t)s->out->level == s->from->levels->levels.count)
		s->out->verdict = APPROVAL_PASSED;
	else
		open_level(s, s->out->level + 1);
}

/* --- events --- */

/* One answer is for all that waits for the account in this level. */
static bool answer(struct step *s, enum task_event event, const char *account, struct err *e)
{
	size_t answered = 0;

	for (size_t i = 0; i < s->from->task_count; i++) {
		struct approval_task *t = &s->out->tasks[i];

		if (!may_answer(s->from, t, account))
			continue;
		t->state = task_step(t->state, event);
		t->acted_by = text_equal(t->account, account) ? NULL : account;
		answered++;
	}
	if (answered == 0)
		return err_set(e, ERR_FORBIDDEN, "It is not your turn to decide this request.");
	if (event == TASK_APPROVE) {
		advance(s);
		return true;
	}
	close_tasks(s);
	s->out->verdict = APPROVAL_REFUSED;
	return true;
}

static void review(struct step *s)
{
	for (size_t i = 0; i < s->from->task_count; i++) {
		struct approval_task *t = &s->out->tasks[i];

		if (t->level == s->out->level && t->state == TASK_OPEN && !still_asked(s->from, t))
			t->state = task_step(t->state, TASK_LEAVE);
	}
	ask_approvers(s);
	advance(s);
}

static void escalate(struct step *s)
{
	const struct json_list *to = &s->from->levels->escalate_to;
	const char *const *ids = to->items;
	size_t asked = 0;

	for (size_t i = 0; i < to->count; i++) {
		if (!can_be_asked(s->from, ids[i]))
			continue;
		ask(s, TASK_FOR_ESCALATION, ids[i], true);
		asked++;
	}
	if (asked == 0)
		(void)ask_administrators(s);
	settle(s);
}

bool approval_step(struct arena *a, const struct approval *from, enum approval_event event,
		   const char *account, struct approval_outcome *out, struct err *e)
{
	struct step s = {.from = from, .out = out};
	/* A level's approvers, its fallback, whom it is escalated to, every administrator. */
	size_t most = from->task_count + 2 * APPROVAL_MAX_APPROVERS + 1 + from->account_count;

	*out = (struct approval_outcome){.level = from->level, .task_count = from->task_count};
	out->tasks = arena_array(a, most, sizeof(*out->tasks));
	if (from->task_count > 0)
		memcpy(out->tasks, from->tasks, from->task_count * sizeof(*out->tasks));
	switch (event) {
	case APPROVAL_BEGIN:
		open_level(&s, 1);
		return true;
	case APPROVAL_APPROVE:
		return answer(&s, TASK_APPROVE, account, e);
	case APPROVAL_REJECT:
		return answer(&s, TASK_REJECT, account, e);
	case APPROVAL_REVIEW:
		review(&s);
		return true;
	case APPROVAL_ESCALATE:
		escalate(&s);
		return true;
	case APPROVAL_EVENT_COUNT:
		break;
	}
	return err_set(e, ERR_INTERNAL, "there is no such event");
}

/* --- for a reader --- */

static const char *const level_states[LEVEL_STATE_COUNT] = {"waiting", "open", "passed", "rejected",
							    "closed"};

const char *level_state_name(enum level_state state)
{
	return level_states[state];
}

static bool has_task(const struct approval *p, int64_t level, enum task_state state)
{
	for (size_t i = 0; i < p->task_count; i++) {
		if (p->tasks[i].level == level && p->tasks[i].state == state)
			return true;
	}
	return false;
}

/* Whether the answers of the last level asked were enough: who was still to approve has a closed task. */
static bool was_enough(const struct approval *p, int64_t level)
{
	const struct approval_level *l = p->levels->levels.items;
	bool approved = false, missing = false;

	for (size_t i = 0; i < p->task_count; i++) {
		const struct approval_task *t = &p->tasks[i];

		if (t->level != level)
			continue;
		if (t->state == TASK_APPROVED && t->kind != TASK_FOR_APPROVER)
			return true;
		approved |= t->state == TASK_APPROVED;
		missing |= t->state == TASK_CLOSED && t->kind == TASK_FOR_APPROVER;
	}
	return approved && (!missing || text_equal(l[level - 1].mode, APPROVAL_ANY));
}

enum level_state approval_level_state(const struct approval *p, int64_t level, bool pending)
{
	if (level < p->level)
		return LEVEL_PASSED;
	if (pending)
		return level == p->level ? LEVEL_OPEN : LEVEL_WAITING;
	if (has_task(p, level, TASK_REJECTED))
		return LEVEL_REJECTED;
	return level == p->level && was_enough(p, level) ? LEVEL_PASSED : LEVEL_CLOSED;
}
