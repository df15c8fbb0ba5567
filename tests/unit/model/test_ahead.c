/* Whom a request would ask, level after level, before it is filed. */
#include "../unit.h"

#include "base/text.h"
#include "model/approval.h"

static const char *const two[] = {"li", "wang"}, *const one[] = {"zhou"};
static const struct approval_account accounts[] = {{"li", "p-li", true, false},
						   {"root", "p-root", true, true},
						   {"wang", "p-wang", true, false},
						   {"zhou", "p-zhou", true, false}};

struct world {
	struct approval_level level[2];
	struct approval_levels levels;
	struct approval_account accounts[4];
	struct approval from;
};

static void make(struct world *w, const char *mode)
{
	*w = (struct world){0};
	w->level[0] = (struct approval_level){NULL, mode, {(void *)two, 2}};
	w->level[1] = (struct approval_level){NULL, APPROVAL_ANY, {(void *)one, 1}};
	w->levels.levels = (struct json_list){w->level, 2};
	for (size_t i = 0; i < ARRAY_SIZE(accounts); i++)
		w->accounts[i] = accounts[i];
	w->from = (struct approval){.levels = &w->levels,
				    .accounts = w->accounts,
				    .account_count = ARRAY_SIZE(accounts),
				    .applicant = "p-gu",
				    .now_ms = 10};
}

static size_t open_in(const struct approval_opening *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->task_count; i++)
		n += o->tasks[i].state == TASK_OPEN;
	return n;
}

static void each_level_is_seen_as_it_opens(void **state)
{
	static const char *const ways[] = {APPROVAL_ANY, APPROVAL_ALL};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		AUTO(arena_done) struct arena a = {0};
		struct approval_opening o[APPROVAL_MAX_LEVELS];
		struct world w;

		make(&w, ways[i]);
		assert_int_equal(approval_look_ahead(&a, &w.from, o), 2);
		assert_int_equal(o[0].level, 1);
		assert_int_equal(open_in(&o[0]), 2);
		assert_int_equal(o[1].level, 2);
		assert_int_equal(o[1].task_count, 1);
		assert_string_equal(o[1].tasks[0].account, "zhou");
		assert_false(o[0].alone || o[1].alone);
	}
}

static void the_applicant_is_skipped_and_the_administrators_stand_behind(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct approval_opening o[APPROVAL_MAX_LEVELS];
	struct world w;

	(void)state;
	make(&w, APPROVAL_ALL);
	w.from.applicant = "p-zhou";
	assert_int_equal(approval_look_ahead(&a, &w.from, o), 2);
	assert_int_equal(o[1].task_count, 2);
	assert_int_equal(o[1].tasks[0].state, TASK_SKIPPED);
	assert_string_equal(o[1].tasks[1].account, "root");
	assert_int_equal(o[1].tasks[1].kind, TASK_FOR_ADMINISTRATOR);
}

static void it_ends_at_the_level_that_has_nobody(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct approval_opening o[APPROVAL_MAX_LEVELS];
	struct world w;

	(void)state;
	make(&w, APPROVAL_ANY);
	w.accounts[1].active = false;
	w.from.applicant = "p-zhou";
	assert_int_equal(approval_look_ahead(&a, &w.from, o), 2);
	assert_false(o[0].alone);
	assert_true(o[1].alone);
	w.accounts[0].active = w.accounts[2].active = false;
	assert_int_equal(approval_look_ahead(&a, &w.from, o), 1);
	assert_true(o[0].alone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_level_is_seen_as_it_opens),
	    cmocka_unit_test(the_applicant_is_skipped_and_the_administrators_stand_behind),
	    cmocka_unit_test(it_ends_at_the_level_that_has_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
