/* What is said of levels of our own: each problem is made, found and judged. */
#include "../unit.h"

#include "base/text.h"
#include "model/doctor.h"

#define MAX 4

/* Two levels, one of them decided by two, and an administrator: nothing is wrong. */
struct world {
	struct approval_levels levels;
	struct approval_level level[2];
	const char *first[2], *second[1], *escalate[1];
	struct doctor_account accounts[MAX];
	struct doctor_levels facts;
};

static void make(struct world *w)
{
	*w = (struct world){
	    .first = {"li", "wang"},
	    .second = {"zhou"},
	    .escalate = {"li"},
	    .accounts = {{{"li", "p-li", true, false}, "李华"},
			 {{"wang", "p-wang", true, false}, "王芳"},
			 {{"zhou", "p-zhou", true, false}, "周敏"},
			 {{"root", "p-root", true, true}, "管理员"}},
	};
	w->level[0] = (struct approval_level){"直属上级", APPROVAL_ANY, {w->first, 2}};
	w->level[1] = (struct approval_level){NULL, APPROVAL_ALL, {w->second, 1}};
	w->levels = (struct approval_levels){.levels = {w->level, 2}, .fallback = "root"};
	w->facts = (struct doctor_levels){
	    .levels = &w->levels, .accounts = w->accounts, .account_count = MAX};
}

static struct approval_account *account(struct world *w, const char *id)
{
	for (size_t i = 0; i < MAX; i++) {
		if (text_equal(w->accounts[i].account.id, id))
			return &w->accounts[i].account;
	}
	fail_msg("no account %s", id);
	return NULL;
}

static void well(struct world *w)
{
	(void)w;
}

static void gone(struct world *w)
{
	account(w, "wang")->active = false;
}

static void deleted(struct world *w)
{
	w->first[1] = "nobody";
}

static void falls_back(struct world *w)
{
	account(w, "zhou")->active = false;
}

static void empty(struct world *w)
{
	account(w, "zhou")->active = false;
	w->levels.fallback = NULL;
}

static void nobody(struct world *w)
{
	empty(w);
	account(w, "root")->active = false;
}

static void sole(struct world *w)
{
	w->levels.fallback = NULL;
}

/* The second account of the same person is no second person. */
static void sole_twice(struct world *w)
{
	w->levels.fallback = "wang";
	account(w, "wang")->person = "p-zhou";
}

static void unlinked(struct world *w)
{
	account(w, "zhou")->person = NULL;
}

static void no_fallback(struct world *w)
{
	account(w, "root")->active = false;
}

static void escalation(struct world *w)
{
	w->levels.escalate_hours = 4;
	w->levels.escalate_to = (struct json_list){w->escalate, 1};
	account(w, "li")->active = false;
}

static void no_administrator(struct world *w)
{
	w->levels.escalate_hours = 4;
	account(w, "root")->administrator = false;
}

static void beside_dingtalk(struct world *w)
{
	nobody(w);
	w->facts.fallback = true;
}

static const struct {
	const char *id, *subject, *detail, *state;
	void (*change)(struct world *w);
} cases[] = {
    {"level-ok", "1 (直属上级)", "李华, 王芳 (any)", "ready", well},
    {"level-ok", "2", "周敏", "ready", well},
    {"level-gone", "王芳", "1 (直属上级)", "attention", gone},
    {"level-gone", "nobody", "1 (直属上级)", "attention", deleted},
    {"level-fallback", "2", "管理员", "attention", falls_back},
    {"level-empty", "2", "", "broken", empty},
    {"level-nobody", "2", "", "broken", nobody},
    {"level-sole", "周敏", "2", "attention", sole},
    {"level-sole", "周敏", "2", "attention", sole_twice},
    {"level-unlinked", "周敏", "2", "ready", unlinked},
    {"fallback-gone", "管理员", "", "attention", no_fallback},
    {"escalation-gone", "李华", "", "attention", escalation},
    {"administrator-none", "", "", "attention", no_administrator},
    {"level-useless", "2", "", "attention", beside_dingtalk},
};

static void each_problem_is_found_and_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(arena_done) struct arena a = {0};
		const struct doctor_finding *findings;
		bool found = false;
		struct world w;
		size_t count;

		make(&w);
		cases[i].change(&w);
		doctor_examine_levels(&a, &w.facts, &findings, &count);
		for (size_t k = 0; k < count; k++) {
			assert_true(doctor_of_levels(findings[k].id));
			found = found || (text_equal(findings[k].id, cases[i].id) &&
					  text_equal(findings[k].subject, cases[i].subject) &&
					  text_equal(findings[k].detail, cases[i].detail));
		}
		if (!found)
			fail_msg("case %zu: %s is not found", i, cases[i].id);
		assert_string_equal(doctor_state(findings, count), cases[i].state);
	}
}

static void a_well_made_one_has_nothing_else_to_say(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	const struct doctor_finding *findings;
	struct world w;
	size_t count;

	(void)state;
	make(&w);
	doctor_examine_levels(&a, &w.facts, &findings, &count);
	assert_int_equal(count, 2);
}

static void no_rule_is_without_a_case(void **state)
{
	(void)state;
	for (const struct doctor_rule *r = doctor_rules; r->id != NULL; r++) {
		bool there = !doctor_of_levels(r->id);

		for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
			there = there || text_equal(cases[i].id, r->id);
		if (!there)
			fail_msg("%s is never found", r->id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_problem_is_found_and_judged),
	    cmocka_unit_test(a_well_made_one_has_nothing_else_to_say),
	    cmocka_unit_test(no_rule_is_without_a_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
