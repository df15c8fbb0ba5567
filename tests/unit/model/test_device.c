#include "../unit.h"

#include "model/device.h"

static bool refuses(enum device_state from, enum device_event event)
{
	return (device_step(from, event).effects & DEVICE_REFUSE) != 0;
}

/* Nothing that a device can do or say takes that back. */
static void a_lost_device_stays_lost_until_an_administrator_says_otherwise(void **state)
{
	(void)state;
	for (enum device_event e = 0; e < DEVICE_EVENT_COUNT; e++) {
		bool ours = e == DEVICE_UNBIND || e == DEVICE_FIND || e == DEVICE_DELETE;

		assert_int_equal(device_step(DEVICE_LOST, e).to == DEVICE_LOST, !ours);
	}
	assert_true(refuses(DEVICE_LOST, DEVICE_ENROL));
}

static void a_refused_event_changes_nothing(void **state)
{
	(void)state;
	for (enum device_state s = 0; s < DEVICE_STATE_COUNT; s++) {
		for (enum device_event e = 0; e < DEVICE_EVENT_COUNT; e++)
			assert_true(!refuses(s, e) || (device_step(s, e).to == s &&
						       device_step(s, e).effects == DEVICE_REFUSE));
	}
}

static void who_is_lost_or_taken_out_keeps_no_grant(void **state)
{
	(void)state;
	for (enum device_state s = 0; s < DEVICE_STATE_COUNT; s++) {
		for (enum device_event e = 0; e < DEVICE_EVENT_COUNT; e++) {
			struct device_step step = device_step(s, e);
			bool out = step.to == DEVICE_LOST || step.to == DEVICE_UNBOUND ||
				   step.to == DEVICE_DELETED;

			if (out && step.to != s)
				assert_true((step.effects & DEVICE_RESET) != 0);
		}
	}
}

static void nothing_leaves_deleted(void **state)
{
	(void)state;
	for (enum device_event e = 0; e < DEVICE_EVENT_COUNT; e++)
		assert_int_equal(device_step(DEVICE_DELETED, e).to, DEVICE_DELETED);
}

static void names_are_read_back(void **state)
{
	enum device_state read;

	(void)state;
	for (enum device_state s = 0; s < DEVICE_STATE_COUNT; s++) {
		assert_true(device_state_from(device_state_name(s), &read));
		assert_int_equal(read, s);
	}
	assert_false(device_state_from("online", &read));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_lost_device_stays_lost_until_an_administrator_says_otherwise),
	    cmocka_unit_test(a_refused_event_changes_nothing),
	    cmocka_unit_test(who_is_lost_or_taken_out_keeps_no_grant),
	    cmocka_unit_test(nothing_leaves_deleted),
	    cmocka_unit_test(names_are_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
