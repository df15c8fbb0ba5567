/* Built-in approval: who is asked, what an answer leads to. */
#include "../unit.h"

#include <stdio.h>

#include "model/approval.h"

#define ACCOUNTS 9
#define NOW 1000000
#define APPLICANT "person-8"

static const char *const ids[ACCOUNTS] = {"a", "b", "c", "d", "e", "f", "x", "y", "z"};
static const char *const people[ACCOUNTS] = {"person-0", "person-1", "person-2",
					     "person-3", "person-4", NULL,
					     "person-6", "person-7", APPLICANT};

/* One request; x and y are administrators, z is the applicant. */
struct request {
	struct arena arena;
	struct approval_level levels[APPROVAL_MAX_LEVELS];
	struct approval_levels all;
	struct approval_account accounts[ACCOUNTS];
	struct approval_delegation delegations[ACCOUNTS];
	struct approval p;
	struct approval_outcome last;
};

static void request_done(struct request *r)
{
	arena_done(&r->arena);
}

static struct json_list list(struct request *r, const char *names)
{
	const char **items = arena_array(&r->arena, strlen(names), sizeof(*items));
	size_t n = 0;

	for (; names[n] != '\0'; n++)
		items[n] = arena_dup_n(&r->arena, &names[n], 1);
	return (struct json_list){.items = items, .count = n};
}

static void make(struct request *r)
{
	*r = (struct request){0};
	approval_default(&r->all);
	r->all.levels.items = r->levels;
	for (size_t i = 0; i < ACCOUNTS; i++)
		r->accounts[i] = (struct approval_account){.id = ids[i],
							   .person = people[i],
							   .active = true,
							   .administrator = strchr("xy", *ids[i])};
	r->p = (struct approval){.levels = &r->all,
				 .accounts = r->accounts,
				 .account_count = ACCOUNTS,
				 .delegations = r->delegations,
				 .applicant = APPLICANT,
				 .now_ms = NOW};
}

static void add_level(struct request *r, const char *mode, const char *approvers)
{
	r->levels[r->all.levels.count++] =
	    (struct approval_level){.mode = mode, .approvers = list(r, approvers)};
}

static void delegate(struct request *r, const char *from, const char *to)
{
	r->delegations[r->p.delegation_count++] =
	    (struct approval_delegation){from, to, NOW, NOW + 10};
}

static void leave(struct request *r, const char *who)
{
	r->accounts[strchr("abcdefxyz", *who) - "abcdefxyz"].active = false;
}

static bool step(struct request *r, enum approval_event event, const char *account, struct err *e)
{
	if (!approval_step(&r->arena, &r->p, event, account, &r->last, e))
		return false;
	r->p.level = r->last.level;
	r->p.tasks = r->last.tasks;
	r->p.task_count = r->last.task_count;
	return true;
}

static enum approval_verdict after(struct request *r, enum approval_event event,
				   const char *account)
{
	struct err e = {0};

	if (!step(r, event, account, &e))
		fail_msg("%s", e.text);
	return r->last.verdict;
}

static void refused(struct request *r, const char *account)
{
	struct err e = {0};

	assert_false(step(r, APPROVAL_APPROVE, account, &e));
	assert_int_equal(e.code, ERR_FORBIDDEN);
	e = (struct err){0};
	assert_false(step(r, APPROVAL_REJECT, account, &e));
	assert_int_equal(e.code, ERR_FORBIDDEN);
}

/* "1:a 2:!x" : level, sign of the kind (! administrator, ? fallback, ^ escalation), owner. */
static void tasks_are(struct request *r, enum task_state state, const char *want)
{
	static const char *const signs[TASK_KIND_COUNT] = {"", "?", "^", "!"};
	AUTO(buf_done) struct buf got = {0};

	for (size_t i = 0; i < r->p.task_count; i++) {
		const struct approval_task *t = &r->p.tasks[i];

		if (t->state == state)
			buf_printf(&got, "%s%d:%s%s", got.len > 0 ? " " : "", (int)t->level,
				   signs[t->kind], t->account);
	}
	assert_string_equal(got.len > 0 ? got.data : "", want);
}

/* --- levels --- */

static void one_of_any_passes_a_level_and_the_next_is_asked(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ANY, "ab");
	add_level(&r, APPROVAL_ANY, "c");
	assert_int_equal(after(&r, APPROVAL_BEGIN, NULL), APPROVAL_WAITS);
	assert_true(r.last.opened);
	tasks_are(&r, TASK_OPEN, "1:a 1:b");
	refused(&r, "c");
	assert_int_equal(after(&r, APPROVAL_APPROVE, "b"), APPROVAL_WAITS);
	assert_true(r.last.opened);
	tasks_are(&r, TASK_CLOSED, "1:a");
	tasks_are(&r, TASK_OPEN, "2:c");
	refused(&r, "a");
	assert_int_equal(after(&r, APPROVAL_APPROVE, "c"), APPROVAL_PASSED);
	tasks_are(&r, TASK_OPEN, "");
}

static void all_means_everyone_who_is_there(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ALL, "abc");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	assert_int_equal(after(&r, APPROVAL_APPROVE, "a"), APPROVAL_WAITS);
	refused(&r, "a");
	leave(&r, "b");
	assert_int_equal(after(&r, APPROVAL_REVIEW, NULL), APPROVAL_WAITS);
	tasks_are(&r, TASK_SKIPPED, "1:b");
	assert_int_equal(after(&r, APPROVAL_APPROVE, "c"), APPROVAL_PASSED);
}

static void the_last_one_missing_leaves_and_the_level_passes(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ALL, "ab");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	(void)after(&r, APPROVAL_APPROVE, "a");
	leave(&r, "b");
	assert_int_equal(after(&r, APPROVAL_REVIEW, NULL), APPROVAL_PASSED);
}

static void a_rejection_ends_it_in_any_level(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ALL, "ab");
	add_level(&r, APPROVAL_ANY, "cd");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	(void)after(&r, APPROVAL_APPROVE, "a");
	(void)after(&r, APPROVAL_APPROVE, "b");
	assert_int_equal(after(&r, APPROVAL_REJECT, "d"), APPROVAL_REFUSED);
	tasks_are(&r, TASK_REJECTED, "2:d");
	tasks_are(&r, TASK_CLOSED, "2:c");
	tasks_are(&r, TASK_OPEN, "");
}

static void who_is_in_two_levels_decides_in_each(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ANY, "a");
	add_level(&r, APPROVAL_ANY, "a");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	assert_int_equal(after(&r, APPROVAL_APPROVE, "a"), APPROVAL_WAITS);
	tasks_are(&r, TASK_OPEN, "2:a");
	assert_int_equal(after(&r, APPROVAL_APPROVE, "a"), APPROVAL_PASSED);
}

static void levels_show_what_they_came_to(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ALL, "ab");
	add_level(&r, APPROVAL_ALL, "cd");
	add_level(&r, APPROVAL_ANY, "e");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	(void)after(&r, APPROVAL_APPROVE, "a");
	(void)after(&r, APPROVAL_APPROVE, "b");
	(void)after(&r, APPROVAL_APPROVE, "c");
	assert_int_equal(approval_level_state(&r.p, 1, true), LEVEL_PASSED);
	assert_int_equal(approval_level_state(&r.p, 2, true), LEVEL_OPEN);
	assert_int_equal(approval_level_state(&r.p, 3, true), LEVEL_WAITING);
	/* An administrator ends the whole request: c alone was not enough. */
	for (size_t i = 0; i < r.p.task_count; i++)
		r.p.tasks[i].state = task_step(r.p.tasks[i].state, TASK_OVER);
	assert_int_equal(approval_level_state(&r.p, 1, false), LEVEL_PASSED);
	assert_int_equal(approval_level_state(&r.p, 2, false), LEVEL_CLOSED);
	assert_int_equal(approval_level_state(&r.p, 3, false), LEVEL_CLOSED);
}

static void the_level_of_the_last_answer_shows_it(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ANY, "a");
	add_level(&r, APPROVAL_ANY, "bc");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	(void)after(&r, APPROVAL_APPROVE, "a");
	assert_int_equal(after(&r, APPROVAL_APPROVE, "b"), APPROVAL_PASSED);
	assert_int_equal(approval_level_state(&r.p, 2, false), LEVEL_PASSED);
	r.p.tasks[1].state = TASK_REJECTED;
	assert_int_equal(approval_level_state(&r.p, 2, false), LEVEL_REJECTED);
}

/* --- who is there --- */

static void the_applicant_is_skipped(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ALL, "az");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	tasks_are(&r, TASK_SKIPPED, "1:z");
	refused(&r, "z");
	assert_int_equal(after(&r, APPROVAL_APPROVE, "a"), APPROVAL_PASSED);
}

static void a_level_without_anybody_asks_the_fallback_then_the_administrators(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	r.all.fallback = "f";
	add_level(&r, APPROVAL_ALL, "z");
	add_level(&r, APPROVAL_ANY, "b");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	tasks_are(&r, TASK_OPEN, "1:?f");
	leave(&r, "f");
	(void)after(&r, APPROVAL_REVIEW, NULL);
	tasks_are(&r, TASK_OPEN, "1:!x 1:!y");
	leave(&r, "x");
	(void)after(&r, APPROVAL_REVIEW, NULL);
	tasks_are(&r, TASK_OPEN, "1:!y");
	assert_int_equal(after(&r, APPROVAL_APPROVE, "y"), APPROVAL_WAITS);
	tasks_are(&r, TASK_OPEN, "2:b");
}

static void with_nobody_at_all_it_waits_until_somebody_is_there(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ANY, "z");
	leave(&r, "x");
	leave(&r, "y");
	assert_int_equal(after(&r, APPROVAL_BEGIN, NULL), APPROVAL_WAITS);
	assert_true(r.last.alone);
	assert_int_equal(after(&r, APPROVAL_ESCALATE, NULL), APPROVAL_WAITS);
	assert_true(r.last.alone);
	r.accounts[6].active = true;
	assert_int_equal(after(&r, APPROVAL_REVIEW, NULL), APPROVAL_WAITS);
	assert_false(r.last.alone);
	tasks_are(&r, TASK_OPEN, "1:!x");
}

static void who_comes_back_is_asked_again(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ANY, "a");
	leave(&r, "a");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	tasks_are(&r, TASK_OPEN, "1:!x 1:!y");
	r.accounts[0].active = true;
	(void)after(&r, APPROVAL_REVIEW, NULL);
	tasks_are(&r, TASK_OPEN, "1:a 1:!x 1:!y");
	assert_int_equal(after(&r, APPROVAL_APPROVE, "a"), APPROVAL_PASSED);
	tasks_are(&r, TASK_CLOSED, "1:!x 1:!y");
}

static void an_administrator_who_is_none_any_more_is_not_asked(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ANY, "z");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	r.accounts[6].administrator = false;
	(void)after(&r, APPROVAL_REVIEW, NULL);
	tasks_are(&r, TASK_OPEN, "1:!y");
	refused(&r, "x");
}

/* --- escalation --- */

static void who_it_is_escalated_to_answers_for_the_level(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	r.all.escalate_to = list(&r, "ez");
	add_level(&r, APPROVAL_ALL, "ab");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	(void)after(&r, APPROVAL_APPROVE, "a");
	(void)after(&r, APPROVAL_ESCALATE, NULL);
	tasks_are(&r, TASK_OPEN, "1:b 1:^e");
	(void)after(&r, APPROVAL_ESCALATE, NULL);
	tasks_are(&r, TASK_OPEN, "1:b 1:^e");
	assert_int_equal(after(&r, APPROVAL_APPROVE, "e"), APPROVAL_PASSED);
	tasks_are(&r, TASK_CLOSED, "1:b");
}

static void with_nobody_to_escalate_to_the_administrators_are_asked(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	r.all.escalate_to = list(&r, "z");
	add_level(&r, APPROVAL_ANY, "a");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	(void)after(&r, APPROVAL_ESCALATE, NULL);
	tasks_are(&r, TASK_OPEN, "1:a 1:!x 1:!y");
}

/* --- delegation --- */

static void a_delegate_acts_for_the_owner_who_still_may(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ANY, "a");
	add_level(&r, APPROVAL_ANY, "a");
	delegate(&r, "a", "b");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	assert_true(approval_waits_for(&r.p, "a"));
	assert_true(approval_waits_for(&r.p, "b"));
	assert_false(approval_waits_for(&r.p, "c"));
	(void)after(&r, APPROVAL_APPROVE, "b");
	assert_string_equal(r.p.tasks[0].account, "a");
	assert_string_equal(r.p.tasks[0].acted_by, "b");
	assert_int_equal(after(&r, APPROVAL_APPROVE, "a"), APPROVAL_PASSED);
	assert_null(r.p.tasks[1].acted_by);
}

static void a_delegation_has_a_start_and_an_end(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ANY, "a");
	delegate(&r, "a", "b");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	r.p.now_ms = NOW - 1;
	refused(&r, "b");
	r.p.now_ms = NOW + 10;
	refused(&r, "b");
	r.p.now_ms = NOW + 9;
	assert_int_equal(after(&r, APPROVAL_APPROVE, "b"), APPROVAL_PASSED);
}

static void a_chain_is_followed_and_a_circle_ends(void **state)
{
	const char *chain[APPROVAL_MAX_CHAIN];
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ANY, "a");
	delegate(&r, "a", "b");
	delegate(&r, "b", "c");
	delegate(&r, "c", "a");
	assert_int_equal(approval_actors(&r.p, "a", chain), 3);
	assert_string_equal(chain[2], "c");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	assert_int_equal(after(&r, APPROVAL_APPROVE, "c"), APPROVAL_PASSED);
	assert_string_equal(r.p.tasks[0].acted_by, "c");
}

static void nothing_is_delegated_through_the_applicant_or_who_left(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ALL, "ad");
	delegate(&r, "a", "z");
	delegate(&r, "z", "b");
	delegate(&r, "d", "e");
	delegate(&r, "e", "f");
	leave(&r, "e");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	refused(&r, "z");
	refused(&r, "b");
	refused(&r, "f");
	assert_int_equal(after(&r, APPROVAL_APPROVE, "a"), APPROVAL_WAITS);
	assert_int_equal(after(&r, APPROVAL_APPROVE, "d"), APPROVAL_PASSED);
}

static void who_acts_for_the_applicant_has_no_turn_of_his(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ANY, "za");
	delegate(&r, "z", "b");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	refused(&r, "b");
	tasks_are(&r, TASK_OPEN, "1:a");
}

static void one_answer_is_for_all_that_waits_for_somebody(void **state)
{
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	add_level(&r, APPROVAL_ALL, "ab");
	delegate(&r, "a", "b");
	(void)after(&r, APPROVAL_BEGIN, NULL);
	assert_int_equal(after(&r, APPROVAL_APPROVE, "b"), APPROVAL_PASSED);
	assert_string_equal(r.p.tasks[0].acted_by, "b");
	assert_null(r.p.tasks[1].acted_by);
}

/* --- tasks --- */

static void every_event_on_every_task(void **state)
{
	static const enum task_state wants[TASK_STATE_COUNT][TASK_EVENT_COUNT] = {
	    {TASK_APPROVED, TASK_REJECTED, TASK_SKIPPED, TASK_OPEN, TASK_CLOSED},
	    {TASK_APPROVED, TASK_APPROVED, TASK_APPROVED, TASK_APPROVED, TASK_APPROVED},
	    {TASK_REJECTED, TASK_REJECTED, TASK_REJECTED, TASK_REJECTED, TASK_REJECTED},
	    {TASK_SKIPPED, TASK_SKIPPED, TASK_SKIPPED, TASK_OPEN, TASK_SKIPPED},
	    {TASK_CLOSED, TASK_CLOSED, TASK_CLOSED, TASK_CLOSED, TASK_CLOSED},
	};

	(void)state;
	for (int from = 0; from < TASK_STATE_COUNT; from++) {
		for (int event = 0; event < TASK_EVENT_COUNT; event++)
			assert_int_equal(task_step((enum task_state)from, (enum task_event)event),
					 wants[from][event]);
	}
}

static void words_are_read_as_they_are_written(void **state)
{
	enum task_state s;
	enum task_kind k;

	(void)state;
	for (int i = 0; i < TASK_STATE_COUNT; i++)
		assert_true(task_state_from(task_state_name((enum task_state)i), &s) &&
			    (int)s == i);
	for (int i = 0; i < TASK_KIND_COUNT; i++)
		assert_true(task_kind_from(task_kind_name((enum task_kind)i), &k) && (int)k == i);
	assert_false(task_state_from("done", &s));
	assert_false(task_kind_from("chief", &k));
}

/* --- any sequence of events --- */

static uint32_t seed;

static uint32_t chance(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static const char *some(struct request *r, size_t most)
{
	char *names = arena_dup(&r->arena, "abcdefxyz");
	size_t n = 1 + chance((uint32_t)most);

	for (size_t i = 0; i < ACCOUNTS; i++) {
		size_t k = chance(ACCOUNTS);
		char c = names[i];

		names[i] = names[k];
		names[k] = c;
	}
	names[n] = '\0';
	return names;
}

static void some_delegations(struct request *r)
{
	r->p.delegation_count = 0;
	for (size_t i = 0; i < ACCOUNTS; i++) {
		if (chance(3) == 0)
			delegate(r, ids[i], ids[chance(ACCOUNTS)]);
	}
}

static void some_request(struct request *r)
{
	uint32_t levels = 1 + chance(APPROVAL_MAX_LEVELS);

	make(r);
	for (uint32_t i = 0; i < levels; i++)
		add_level(r, chance(2) ? APPROVAL_ANY : APPROVAL_ALL,
			  some(r, APPROVAL_MAX_APPROVERS));
	if (chance(2))
		r->all.fallback = ids[chance(ACCOUNTS)];
	if (chance(2))
		r->all.escalate_to = list(r, some(r, 3));
	for (size_t i = 0; i < ACCOUNTS; i++)
		r->accounts[i].active = chance(4) != 0;
	some_delegations(r);
}

/* The rules once more, in the plainest way. */
static bool present(const struct request *r, const char *id)
{
	for (size_t i = 0; i < ACCOUNTS; i++) {
		if (*ids[i] == *id)
			return r->accounts[i].active && *id != 'z';
	}
	return false;
}

static bool stands_in(const struct request *r, const char *owner, const char *account, size_t hops)
{
	if (!present(r, owner) || hops == APPROVAL_MAX_CHAIN)
		return false;
	if (*owner == *account)
		return true;
	for (size_t i = 0; i < r->p.delegation_count; i++) {
		if (*r->p.delegations[i].from == *owner)
			return stands_in(r, r->p.delegations[i].to, account, hops + 1);
	}
	return false;
}

static bool has_turn(const struct request *r, const char *account)
{
	for (size_t i = 0; i < r->p.task_count; i++) {
		const struct approval_task *t = &r->p.tasks[i];

		if (t->level == r->p.level && t->state == TASK_OPEN &&
		    stands_in(r, t->account, account, 0))
			return true;
	}
	return false;
}

/* Whether what was answered so far is enough for a level. */
static bool is_enough(const struct request *r, int64_t level)
{
	const struct approval_level *l = &r->levels[level - 1];
	const char *const *approvers = l->approvers.items;
	size_t approved = 0, missing = 0;

	for (size_t i = 0; i < r->p.task_count; i++) {
		const struct approval_task *t = &r->p.tasks[i];

		if (t->level == level && t->state == TASK_APPROVED) {
			if (t->kind != TASK_FOR_APPROVER)
				return true;
			approved++;
		}
	}
	for (size_t k = 0; k < l->approvers.count; k++) {
		bool has = false;

		for (size_t i = 0; i < r->p.task_count; i++)
			has |= r->p.tasks[i].level == level &&
			       r->p.tasks[i].kind == TASK_FOR_APPROVER &&
			       r->p.tasks[i].state == TASK_APPROVED &&
			       *r->p.tasks[i].account == *approvers[k];
		missing += !has && present(r, approvers[k]);
	}
	return approved > 0 && (strcmp(l->mode, APPROVAL_ANY) == 0 || missing == 0);
}

static void holds(const struct request *r, int64_t level_before, bool reviewed)
{
	size_t open = 0, asked = 0;

	assert_in_range((uintmax_t)(r->p.level - level_before), 0, 1);
	for (size_t i = 0; i < r->p.task_count; i++) {
		const struct approval_task *t = &r->p.tasks[i];

		if (t->state != TASK_OPEN)
			continue;
		assert_int_equal(t->level, r->p.level);
		open++;
		asked += present(r, t->account);
	}
	if (r->last.verdict != APPROVAL_WAITS) {
		assert_int_equal(open, 0);
		return;
	}
	assert_false(is_enough(r, r->p.level));
	if (!reviewed)
		return;
	/* Somebody is asked, or there is nobody. */
	assert_int_equal(r->last.alone, asked == 0);
	assert_int_equal(open, asked);
	if (r->last.alone)
		assert_false(present(r, "x") || present(r, "y"));
}

static void one_answer(struct request *r)
{
	const char *account = ids[chance(ACCOUNTS)];
	bool approve = chance(8) != 0;
	bool turn = has_turn(r, account);
	int64_t before = r->p.level;
	struct err e = {0};

	assert_int_equal(approval_waits_for(&r->p, account), turn);
	assert_int_equal(step(r, approve ? APPROVAL_APPROVE : APPROVAL_REJECT, account, &e), turn);
	if (!turn) {
		assert_int_equal(e.code, ERR_FORBIDDEN);
		return;
	}
	assert_int_not_equal(*account, 'z');
	holds(r, before, false);
	if (!approve)
		assert_int_equal(r->last.verdict, APPROVAL_REFUSED);
	else if (r->last.verdict == APPROVAL_PASSED || r->p.level > before)
		assert_true(is_enough(r, before));
}

static void one_change(struct request *r)
{
	int64_t before = r->p.level;
	size_t i = chance(ACCOUNTS);

	if (chance(3) == 0)
		some_delegations(r);
	else
		r->accounts[i].active = !r->accounts[i].active;
	(void)after(r, APPROVAL_REVIEW, NULL);
	holds(r, before, true);
}

/* Everybody comes back, and whose turn it is approves. */
static void comes_to_an_end(struct request *r)
{
	for (size_t i = 0; i < ACCOUNTS; i++)
		r->accounts[i].active = true;
	if (r->last.verdict == APPROVAL_WAITS)
		(void)after(r, APPROVAL_REVIEW, NULL);
	for (size_t i = 0; r->last.verdict == APPROVAL_WAITS; i++) {
		assert_in_range(i, 0, APPROVAL_MAX_LEVELS * ACCOUNTS);
		for (size_t k = 0; k < ACCOUNTS; k++) {
			if (has_turn(r, ids[k])) {
				(void)after(r, APPROVAL_APPROVE, ids[k]);
				break;
			}
		}
	}
}

static void nobody_decided_his_own(const struct request *r)
{
	for (size_t i = 0; i < r->p.task_count; i++) {
		const struct approval_task *t = &r->p.tasks[i];

		if (t->state == TASK_APPROVED || t->state == TASK_REJECTED)
			assert_true(*t->account != 'z' &&
				    (t->acted_by == NULL || *t->acted_by != 'z'));
	}
	for (int64_t level = 1; r->last.verdict == APPROVAL_PASSED && level <= r->p.level; level++)
		assert_true(is_enough(r, level) ||
			    r->levels[level - 1].mode[1] == 'l'); /* all: who left may be back */
}

static void any_sequence_of_events_keeps_the_rules(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 4000; round++) {
		AUTO(request_done) struct request r;

		seed = round;
		some_request(&r);
		(void)after(&r, APPROVAL_BEGIN, NULL);
		holds(&r, 1, true);
		for (int i = 0; i < 30 && r.last.verdict == APPROVAL_WAITS; i++) {
			uint32_t what = chance(10);

			if (what < 6)
				one_answer(&r);
			else if (what < 9)
				one_change(&r);
			else
				(void)after(&r, APPROVAL_ESCALATE, NULL);
		}
		comes_to_an_end(&r);
		nobody_decided_his_own(&r);
	}
}

/* --- what is configured --- */

#define ID1 "01976b7e-0000-7000-8000-000000000001"
#define ID2 "01976b7e-0000-7000-8000-000000000002"

static bool parse(struct request *r, const char *text, struct approval_levels *out, struct err *e)
{
	return approval_read(&r->arena, text, out, e) && approval_check(out, e);
}

static void levels_are_read_as_they_are_written(void **state)
{
	AUTO(request_done) struct request r;
	struct approval_levels in;
	struct err e = {0};

	(void)state;
	make(&r);
	assert_true(parse(&r,
			  "{\"levels\":[{\"mode\":\"all\",\"approvers\":[\"" ID1 "\"]}],"
			  "\"escalate_hours\":48}",
			  &in, &e));
	assert_int_equal(in.remind_hours, 24);
	assert_int_equal(in.reminders, 5);
	assert_string_equal(approval_write(&r.arena, &in),
			    "{\"levels\":[{\"name\":null,\"mode\":\"all\",\"approvers\":[\"" ID1
			    "\"]}],\"fallback\":null,\"remind_hours\":24,\"reminders\":5,"
			    "\"escalate_hours\":48,\"escalate_to\":[]}");
	assert_true(parse(&r, approval_write(&r.arena, &in), &in, &e));
}

static void what_cannot_work_is_refused_by_name(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
	    {"{\"levels\":[]}", "levels"},
	    {"{\"levels\":[{\"mode\":\"most\",\"approvers\":[\"" ID1 "\"]}]}", "mode"},
	    {"{\"levels\":[{\"mode\":\"any\",\"approvers\":[]}]}", "approvers"},
	    {"{\"levels\":[{\"mode\":\"any\",\"approvers\":[\"x\"]}]}", "levels[0].approvers[0]"},
	    {"{\"levels\":[{\"mode\":\"any\",\"approvers\":[\"" ID1 "\"]},{\"mode\":\"any\","
	     "\"approvers\":[\"" ID2 "\",\"" ID2 "\"]}]}",
	     "levels[1]: approvers[1]: is there twice"},
	    {"{\"levels\":[{\"name\":\"a\\nb\",\"mode\":\"any\",\"approvers\":[\"" ID1 "\"]}]}",
	     "levels[0].name"},
	    {"{\"levels\":[{\"mode\":\"any\",\"approvers\":[\"" ID1 "\"]}],\"fallback\":\"x\"}",
	     "fallback"},
	    {"{\"levels\":[{\"mode\":\"any\",\"approvers\":[\"" ID1
	     "\"]}],\"escalate_to\":[\"x\"]}",
	     "escalate_to[0]"},
	    {"{\"levels\":[{\"mode\":\"any\",\"approvers\":[\"" ID1 "\"]}],\"remind_hours\":-1}",
	     "remind_hours"},
	};
	AUTO(request_done) struct request r;

	(void)state;
	make(&r);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct approval_levels out;
		struct err e = {0};

		assert_false(parse(&r, bad[i].text, &out, &e));
		if (strstr(e.text, bad[i].says) == NULL)
			fail_msg("%s: %s", bad[i].text, e.text);
	}
}

static void a_fallback_is_read_as_it_is_written(void **state)
{
	AUTO(request_done) struct request r;
	struct approval_fallback in;
	struct err e = {0};
	const char *text = "{\"after_minutes\":30,\"level\":{\"name\":\"值班\",\"mode\":\"any\","
			   "\"approvers\":[\"" ID1 "\"]}}";

	(void)state;
	make(&r);
	assert_true(approval_fallback_read(&r.arena, text, &in, &e));
	assert_true(approval_fallback_check(&in, &e));
	assert_string_equal(approval_fallback_write(&r.arena, &in), text);
	assert_false(approval_fallback_read(&r.arena, "{\"after_minutes\":0}", &in, &e));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_of_any_passes_a_level_and_the_next_is_asked),
	    cmocka_unit_test(all_means_everyone_who_is_there),
	    cmocka_unit_test(the_last_one_missing_leaves_and_the_level_passes),
	    cmocka_unit_test(a_rejection_ends_it_in_any_level),
	    cmocka_unit_test(who_is_in_two_levels_decides_in_each),
	    cmocka_unit_test(levels_show_what_they_came_to),
	    cmocka_unit_test(the_level_of_the_last_answer_shows_it),
	    cmocka_unit_test(the_applicant_is_skipped),
	    cmocka_unit_test(a_level_without_anybody_asks_the_fallback_then_the_administrators),
	    cmocka_unit_test(with_nobody_at_all_it_waits_until_somebody_is_there),
	    cmocka_unit_test(who_comes_back_is_asked_again),
	    cmocka_unit_test(an_administrator_who_is_none_any_more_is_not_asked),
	    cmocka_unit_test(who_it_is_escalated_to_answers_for_the_level),
	    cmocka_unit_test(with_nobody_to_escalate_to_the_administrators_are_asked),
	    cmocka_unit_test(a_delegate_acts_for_the_owner_who_still_may),
	    cmocka_unit_test(a_delegation_has_a_start_and_an_end),
	    cmocka_unit_test(a_chain_is_followed_and_a_circle_ends),
	    cmocka_unit_test(nothing_is_delegated_through_the_applicant_or_who_left),
	    cmocka_unit_test(who_acts_for_the_applicant_has_no_turn_of_his),
	    cmocka_unit_test(one_answer_is_for_all_that_waits_for_somebody),
	    cmocka_unit_test(every_event_on_every_task),
	    cmocka_unit_test(words_are_read_as_they_are_written),
	    cmocka_unit_test(any_sequence_of_events_keeps_the_rules),
	    cmocka_unit_test(levels_are_read_as_they_are_written),
	    cmocka_unit_test(what_cannot_work_is_refused_by_name),
	    cmocka_unit_test(a_fallback_is_read_as_it_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
