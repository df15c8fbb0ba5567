/* Which app a delivery worker may take on. */
#include "../unit.h"

#include "base/base.h"
#include "jobs/lanes.h"

#define WORKERS 8

static int enter(struct lanes *l, const char *app, int most)
{
	int n = 0;

	while (n < most && lanes_enter(l, app))
		n++;
	return n;
}

static void an_app_alone_has_half_of_the_workers(void **)
{
	struct lanes *l = lanes_new(WORKERS);

	assert_int_equal(enter(l, "slow", 100), WORKERS / 2);
	assert_false(lanes_may(l, "slow"));
	lanes_leave(l, "slow");
	assert_true(lanes_may(l, "slow"));
	lanes_free(l);
}

static void slow_apps_leave_a_worker_for_every_other(void **)
{
	struct lanes *l = lanes_new(WORKERS);
	char app[2] = "a";

	assert_int_equal(enter(l, "slow", 100), WORKERS / 2);
	for (int i = 0; i < WORKERS / 2; i++, app[0]++) {
		assert_true(lanes_may(l, app));
		assert_int_equal(enter(l, app, 100), 1);
	}
	assert_false(lanes_may(l, "one too many"));
	lanes_free(l);
}

static void what_is_left_is_free_again(void **)
{
	struct lanes *l = lanes_new(WORKERS);

	for (int i = 0; i < 1000; i++) {
		assert_true(lanes_enter(l, "a"));
		assert_true(lanes_enter(l, "b"));
		lanes_leave(l, "a");
		lanes_leave(l, "b");
	}
	assert_int_equal(enter(l, "c", 100), WORKERS / 2);
	lanes_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_app_alone_has_half_of_the_workers),
	    cmocka_unit_test(slow_apps_leave_a_worker_for_every_other),
	    cmocka_unit_test(what_is_left_is_free_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
