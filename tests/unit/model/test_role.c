#include "../unit.h"

#include "model/role.h"

static const enum role all[] = {ROLE_OWNER, ROLE_SECURITY_ADMIN, ROLE_APPROVER, ROLE_AUDITOR};

static void every_role_has_its_word(void **state)
{
	enum role got;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		assert_true(role_from_name(role_name(all[i]), &got));
		assert_int_equal(got, all[i]);
	}
	assert_false(role_from_name("root", &got));
	assert_false(role_from_name(NULL, &got));
}

static void a_role_is_found_among_words(void **state)
{
	(void)state;
	assert_true(role_among(ROLE_OWNER, "owner"));
	assert_true(role_among(ROLE_SECURITY_ADMIN, "owner security-admin"));
	assert_false(role_among(ROLE_APPROVER, "owner security-admin"));
	assert_false(role_among(ROLE_OWNER, ""));
	assert_false(role_among(ROLE_OWNER, "owners own"));
}

/* Row: has; column: may hand out. */
static void who_may_hand_out_what(void **state)
{
	static const bool covers[][4] = {{true, true, true, true},
					 {false, true, true, true},
					 {false, false, true, false},
					 {false, false, false, true}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(all); k++)
			assert_int_equal(role_covers(all[i], all[k]), covers[i][k]);
	}
	assert_false(role_covers((enum role)0, ROLE_AUDITOR));
}

static void two_roles_leave_the_lesser(void **state)
{
	enum role lesser;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(all); k++) {
			bool some = role_lesser(all[i], all[k], &lesser);

			assert_int_equal(some, role_covers(all[i], all[k]) ||
						   role_covers(all[k], all[i]));
			if (some)
				assert_true(role_covers(all[i], lesser) &&
					    role_covers(all[k], lesser));
		}
	}
	assert_false(role_lesser(ROLE_APPROVER, ROLE_AUDITOR, &lesser));
}

static void only_who_changes_nothing_for_everybody_is_limited(void **state)
{
	(void)state;
	assert_false(role_scoped(ROLE_OWNER));
	assert_false(role_scoped(ROLE_SECURITY_ADMIN));
	assert_true(role_scoped(ROLE_APPROVER));
	assert_true(role_scoped(ROLE_AUDITOR));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_role_has_its_word),
	    cmocka_unit_test(a_role_is_found_among_words),
	    cmocka_unit_test(who_may_hand_out_what),
	    cmocka_unit_test(two_roles_leave_the_lesser),
	    cmocka_unit_test(only_who_changes_nothing_for_everybody_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
