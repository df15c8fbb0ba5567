#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "model/doctor.h"

/* A level's approvers say two things each at most, and a level two. */
#define MAX_FINDINGS \
	(APPROVAL_MAX_LEVELS * (2 * APPROVAL_MAX_APPROVERS + 2) + APPROVAL_MAX_APPROVERS + 2)

struct examining {
	struct arena *arena;
	const struct doctor_levels *facts;
	const struct approval_account *accounts;
	struct doctor_finding *items;
	size_t count;
	bool undecided; /* fell to the administrators somewhere, or could */
};

static void say(struct examining *x, const char *id, const char *subject, const char *detail)
{
	x->items[x->count++] = (struct doctor_finding){id, "", subject, detail};
}

static const struct doctor_account *account_of(const struct examining *x, const char *id)
{
	for (size_t i = 0; i < x->facts->account_count; i++) {
		if (text_equal(x->facts->accounts[i].account.id, id))
			return &x->facts->accounts[i];
	}
	return NULL;
}

static const char *name_of(const struct examining *x, const char *id)
{
	const struct doctor_account *account = account_of(x, id);

	return account != NULL ? account->name : id;
}

static bool is_there(const struct examining *x, const char *id)
{
	const struct doctor_account *account = account_of(x, id);

	return account != NULL && account->account.active;
}

static const char *label(struct arena *a, const struct approval_level *level, size_t i)
{
	if (level->name == NULL || *level->name == '\0')
		return arena_printf(a, "%zu", i + 1);
	return arena_printf(a, "%zu (%s)", i + 1, level->name);
}

/* Whom a request of this person (NULL: of somebody who approves nothing) finds when the level opens. */
static void open_level(struct examining *x, const struct approval_level *level,
		       const char *applicant, struct approval_outcome *out)
{
	struct approval_levels only = *x->facts->levels;
	const struct approval from = {.levels = &only,
				      .accounts = x->accounts,
				      .account_count = x->facts->account_count,
				      .applicant = applicant};
	struct err e = {0};

	only.levels = (struct json_list){.items = (void *)level, .count = 1};
	if (!approval_step(x->arena, &from, APPROVAL_BEGIN, NULL, out, &e))
		*out = (struct approval_outcome){.alone = true};
}

/* An account whose turn it is for this reason; NULL: none. */
static const char *asked_as(const struct approval_outcome *o, enum task_kind kind)
{
	for (size_t i = 0; i < o->task_count; i++) {
		if (o->tasks[i].state == TASK_OPEN && o->tasks[i].kind == kind)
			return o->tasks[i].account;
	}
	return NULL;
}

static const char *names_asked(struct examining *x, const struct approval_level *level,
			       const struct approval_outcome *o)
{
	const char *all = NULL;
	size_t n = 0;

	for (size_t i = 0; i < o->task_count; i++) {
		const char *name = name_of(x, o->tasks[i].account);

		if (o->tasks[i].state != TASK_OPEN)
			continue;
		all = all == NULL ? name : arena_printf(x->arena, "%s, %s", all, name);
		n++;
	}
	return n > 1 ? arena_printf(x->arena, "%s (%s)", all, level->mode) : all;
}

static bool falls(const struct approval_outcome *o)
{
	return o->alone || asked_as(o, TASK_FOR_ADMINISTRATOR) != NULL;
}

/* Those whose own request would have nobody in this level. */
static void examine_sole(struct examining *x, const struct approval_level *level, const char *where)
{
	const char *const *ids = level->approvers.items;
	struct approval_outcome o;

	for (size_t i = 0; i < level->approvers.count; i++) {
		const struct doctor_account *account = account_of(x, ids[i]);

		if (account == NULL || !account->account.active || account->account.person == NULL)
			continue;
		open_level(x, level, account->account.person, &o);
		if (!falls(&o))
			continue;
		say(x, "level-sole", account->name, where);
		x->undecided = true;
		return;
	}
}

static void examine_approvers(struct examining *x, const struct approval_level *level,
			      const char *where)
{
	const char *const *ids = level->approvers.items;

	for (size_t i = 0; i < level->approvers.count; i++) {
		const struct doctor_account *account = account_of(x, ids[i]);

		if (!is_there(x, ids[i]))
			say(x, "level-gone", name_of(x, ids[i]), where);
		else if (account->account.person == NULL)
			say(x, "level-unlinked", account->name, where);
	}
}

static void examine_level(struct examining *x, const struct approval_level *level,
			  const char *where)
{
	struct approval_outcome o;

	open_level(x, level, NULL, &o);
	if (o.alone) {
		say(x, "level-nobody", where, "");
	} else if (falls(&o)) {
		say(x, "level-empty", where, "");
		x->undecided = true;
	} else if (asked_as(&o, TASK_FOR_APPROVER) == NULL) {
		say(x, "level-fallback", where, names_asked(x, level, &o));
	} else {
		say(x, "level-ok", where, names_asked(x, level, &o));
		examine_sole(x, level, where);
	}
	examine_approvers(x, level, where);
}

/* Those who are asked when others do not answer, or cannot. */
static void examine_rest(struct examining *x)
{
	const struct approval_levels *levels = x->facts->levels;
	const char *const *ids = levels->escalate_to.items;
	bool escalates = levels->escalate_hours > 0 && levels->escalate_to.count == 0;
	bool administrator = false;

	if (levels->fallback != NULL && !is_there(x, levels->fallback))
		say(x, "fallback-gone", name_of(x, levels->fallback), "");
	for (size_t i = 0; i < levels->escalate_to.count; i++) {
		if (!is_there(x, ids[i]))
			say(x, "escalation-gone", name_of(x, ids[i]), "");
	}
	for (size_t i = 0; i < x->facts->account_count; i++)
		administrator =
		    administrator || (x->accounts[i].active && x->accounts[i].administrator);
	if (!administrator && (escalates || x->undecided))
		say(x, "administrator-none", "", "");
}

/* A DingTalk workflow works without its level: its worst is attention, under a name of its own. */
static void soften(struct examining *x)
{
	for (size_t i = 0; i < x->count; i++) {
		struct doctor_finding *f = &x->items[i];

		if (doctor_rule(f->id)->severity == DOCTOR_BROKEN)
			*f = (struct doctor_finding){"level-useless", "", f->subject, ""};
	}
}

void doctor_examine_levels(struct arena *a, const struct doctor_levels *facts,
			   const struct doctor_finding **findings, size_t *count)
{
	struct approval_account *accounts = arena_array(a, facts->account_count, sizeof(*accounts));
	const struct approval_level *levels = facts->levels->levels.items;
	struct examining x = {.arena = a,
			      .facts = facts,
			      .accounts = accounts,
			      .items = arena_array(a, MAX_FINDINGS, sizeof(*x.items))};

	for (size_t i = 0; i < facts->account_count; i++)
		accounts[i] = facts->accounts[i].account;
	for (size_t i = 0; i < facts->levels->levels.count; i++)
		examine_level(&x, &levels[i], label(a, &levels[i], i));
	examine_rest(&x);
	if (facts->fallback)
		soften(&x);
	*findings = x.items;
	*count = x.count;
}

bool doctor_of_levels(const char *id)
{
	static const char *const ids[] = {"level-ok",        "level-gone",        "level-fallback",
					  "level-empty",     "level-nobody",      "level-sole",
					  "level-unlinked",  "level-useless",     "fallback-gone",
					  "escalation-gone", "administrator-none"};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		if (text_equal(ids[i], id))
			return true;
	}
	return false;
}
