#include "../unit.h"

#include "model/removal.h"

/* What a policy and a person's coverage make of a removal that no grant covers. */
static const struct {
	enum policy_mode mode;
	bool covered;
	const char *why;
	enum removal_ground ground;
} policies[] = {
    {POLICY_OFF, true, "everyone", REMOVAL_OFF},
    {POLICY_OFF, false, "whitelist", REMOVAL_OFF},
    {POLICY_OFF, false, "out of scope", REMOVAL_OFF},
    {POLICY_AUDIT, true, "group office", REMOVAL_AUDIT_MODE},
    {POLICY_AUDIT, false, "whitelist", REMOVAL_WHITELIST},
    {POLICY_AUDIT, false, "out of scope", REMOVAL_OUT_OF_SCOPE},
    {POLICY_BLOCK, true, "everyone", REMOVAL_WITHOUT_GRANT},
    {POLICY_BLOCK, false, "whitelist", REMOVAL_WHITELIST},
    {POLICY_BLOCK, false, "out of scope", REMOVAL_OUT_OF_SCOPE},
};

static struct removal_fact fact_of(size_t i)
{
	return (struct removal_fact){
	    .mode = policies[i].mode, .covered = policies[i].covered, .why = policies[i].why};
}

static void without_a_word_of_the_device_the_policy_is_the_ground(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		struct removal_fact f = fact_of(i);

		assert_int_equal(removal_ground_of(&f), policies[i].ground);
		f.said = "nothing that is known";
		assert_int_equal(removal_ground_of(&f), policies[i].ground);
		/* A device cannot claim what only a grant or a decision gives. */
		f.said = "grant";
		assert_int_equal(removal_ground_of(&f), policies[i].ground);
	}
}

static void the_device_knows_by_which_statement_it_let_through(void **state)
{
	static const enum removal_ground said[] = {REMOVAL_WHITELIST, REMOVAL_OUT_OF_SCOPE,
						   REMOVAL_AUDIT_MODE, REMOVAL_OFF};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(said); k++) {
			struct removal_fact f = fact_of(i);

			f.said = removal_ground_names[said[k]];
			assert_int_equal(removal_ground_of(&f), said[k]);
		}
	}
}

static void a_grant_counts_only_when_it_was_made_for_the_device(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		struct removal_fact f = fact_of(i);

		f.by_grant = true;
		assert_int_equal(removal_ground_of(&f), REMOVAL_WITHOUT_GRANT);
		f.grant_known = true;
		assert_int_equal(removal_ground_of(&f), REMOVAL_GRANT);
		f.released = true;
		assert_int_equal(removal_ground_of(&f), REMOVAL_RELEASE);
	}
}

static void what_was_removed_by_force_has_no_ground(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		struct removal_fact f = fact_of(i);

		f.forced = true;
		f.said = "off";
		assert_int_equal(removal_ground_of(&f), REMOVAL_WITHOUT_GRANT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_a_word_of_the_device_the_policy_is_the_ground),
	    cmocka_unit_test(the_device_knows_by_which_statement_it_let_through),
	    cmocka_unit_test(a_grant_counts_only_when_it_was_made_for_the_device),
	    cmocka_unit_test(what_was_removed_by_force_has_no_ground),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
