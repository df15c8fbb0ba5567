#include "../unit.h"

#include "keeper/local.h"

enum { ROOT = 0, OWNER = 1000, OTHER = 1001 };

/* docs/device.md, The keeper's socket: who may what, before there is an owner and after. */
static void each_command_is_for_whom_the_table_says(void **state)
{
	static const struct {
		const char *command;
		/* root, anybody else, while nobody owns the device */
		bool root_new, other_new;
		bool root, owner, other;
	} rows[] = {
	    {"attempt", true, false, true, false, false},
	    {"consumed", true, false, true, false, false},
	    {"ground", true, false, true, false, false},
	    {"login", true, true, true, true, true}, /* who signs in is asked by login.c */
	    {"logout", false, false, true, true, false},
	    {"status", true, true, true, true, true},
	    {"file", false, false, true, true, false},
	    {"withdraw", false, false, true, true, false},
	    {"import", true, true, true, true, true},
	};
	const struct rights_owner nobody = {0};
	const struct rights_owner owner = {.known = true, .uid = OWNER};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		enum right right;

		assert_true(command_right(rows[i].command, &right));
		assert_int_equal(rights_allow(right, ROOT, &nobody), rows[i].root_new);
		assert_int_equal(rights_allow(right, OTHER, &nobody), rows[i].other_new);
		assert_int_equal(rights_allow(right, ROOT, &owner), rows[i].root);
		assert_int_equal(rights_allow(right, OWNER, &owner), rows[i].owner);
		assert_int_equal(rights_allow(right, OTHER, &owner), rows[i].other);
	}
}

static void there_is_no_other_command(void **state)
{
	static const char *const none[] = {"", "removed", "exec", "Status", "status "};
	enum right right;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(none); i++)
		assert_false(command_right(none[i], &right));
	assert_false(command_right(NULL, &right));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_command_is_for_whom_the_table_says),
	    cmocka_unit_test(there_is_no_other_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
