#include "../unit.h"

#include "model/instance.h"

/* What the product promises for a waiting request, written down apart from the table. */
static const struct {
	enum instance_event event;
	enum instance_status to;
	unsigned effects;
} pending[INSTANCE_EVENT_COUNT] = {
    {INSTANCE_APPROVE, INSTANCE_APPROVED,
     EFFECT_DECIDE | EFFECT_GRANT | EFFECT_CLOSE_OA | EFFECT_CLOSE_TASKS},
    {INSTANCE_REJECT, INSTANCE_REJECTED, EFFECT_DECIDE | EFFECT_CLOSE_OA | EFFECT_CLOSE_TASKS},
    {INSTANCE_WITHDRAW, INSTANCE_REVOKED, EFFECT_DECIDE | EFFECT_CLOSE_OA | EFFECT_CLOSE_TASKS},
    {INSTANCE_UNNEEDED, INSTANCE_REVOKED, EFFECT_DECIDE | EFFECT_CLOSE_OA | EFFECT_CLOSE_TASKS},
    {INSTANCE_TIME_OUT, INSTANCE_EXPIRED, EFFECT_CLOSE_OA | EFFECT_CLOSE_TASKS},
    {INSTANCE_OA_AGREED, INSTANCE_APPROVED,
     EFFECT_DECIDE | EFFECT_GRANT | EFFECT_OA_ENDED | EFFECT_CLOSE_TASKS},
    {INSTANCE_OA_ALONE, INSTANCE_PENDING, EFFECT_NOTE | EFFECT_OA_ENDED},
    {INSTANCE_OA_MISMATCH, INSTANCE_PENDING, EFFECT_NOTE | EFFECT_OA_ENDED},
    {INSTANCE_OA_REFUSED, INSTANCE_REJECTED, EFFECT_DECIDE | EFFECT_OA_ENDED | EFFECT_CLOSE_TASKS},
    {INSTANCE_OA_TERMINATED, INSTANCE_REVOKED,
     EFFECT_DECIDE | EFFECT_OA_ENDED | EFFECT_CLOSE_TASKS},
    {INSTANCE_OA_REVOKED, INSTANCE_REVOKED, EFFECT_DECIDE | EFFECT_OA_ENDED | EFFECT_CLOSE_TASKS},
};

static void every_event_on_a_pending_request(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pending); i++) {
		struct instance_step s = instance_step(INSTANCE_PENDING, pending[i].event);

		assert_int_equal(s.to, pending[i].to);
		assert_int_equal(s.effects, pending[i].effects);
	}
}

static void no_event_moves_a_final_request(void **state)
{
	(void)state;
	for (int from = INSTANCE_APPROVED; from < INSTANCE_STATUS_COUNT; from++) {
		for (int event = 0; event < INSTANCE_EVENT_COUNT; event++) {
			struct instance_step s =
			    instance_step((enum instance_status)from, (enum instance_event)event);
			bool asked = event <= INSTANCE_WITHDRAW;
			bool told = event >= INSTANCE_OA_AGREED;

			assert_int_equal(s.to, from);
			assert_int_equal(s.effects & ~(EFFECT_REFUSE | EFFECT_LATE |
						       EFFECT_OA_ENDED | EFFECT_CALL_BACK),
					 0);
			assert_int_equal((s.effects & EFFECT_CALL_BACK) != 0,
					 from == INSTANCE_APPROVED && event == INSTANCE_OA_REVOKED);
			assert_int_equal((s.effects & EFFECT_REFUSE) != 0, asked);
			assert_int_equal((s.effects & EFFECT_OA_ENDED) != 0, told);
			assert_int_equal((s.effects & EFFECT_LATE) != 0,
					 told && event < INSTANCE_OA_TERMINATED);
		}
	}
}

static void only_an_approval_gives_a_grant(void **state)
{
	(void)state;
	for (int from = 0; from < INSTANCE_STATUS_COUNT; from++) {
		for (int event = 0; event < INSTANCE_EVENT_COUNT; event++) {
			struct instance_step s =
			    instance_step((enum instance_status)from, (enum instance_event)event);
			bool becomes = from == INSTANCE_PENDING && s.to == INSTANCE_APPROVED;

			assert_int_equal((s.effects & EFFECT_GRANT) != 0, becomes);
		}
	}
}

/* Rows: from; columns: fetched, consumed, run out, called back. */
static const char *const grants[GRANT_STATE_COUNT][GRANT_EVENT_COUNT + 1] = {
    {"unused", "delivered", "used", "lapsed", "cancelled"},
    {"delivered", "delivered", "used", "lapsed", "cancelled"},
    {"used", "used", "used", "used", "used"},
    {"lapsed", "lapsed", "used", "lapsed", "lapsed"},
    {"cancelled", "cancelled", "used", "cancelled", "cancelled"},
};

static void every_event_on_every_grant(void **state)
{
	(void)state;
	for (size_t i = 0; i < GRANT_STATE_COUNT; i++) {
		enum grant_state from;

		assert_true(grant_state_from(grants[i][0], &from));
		for (int event = 0; event < GRANT_EVENT_COUNT; event++)
			assert_string_equal(
			    grant_state_name(grant_step(from, (enum grant_event)event)),
			    grants[i][event + 1]);
	}
}

static void names_go_both_ways(void **state)
{
	static const char *const effects[GRANT_STATE_COUNT] = {"unused", "unused", "used", "lapsed",
							       "cancelled"};
	enum instance_status status;
	enum grant_state grant;

	(void)state;
	for (int i = 0; i < INSTANCE_STATUS_COUNT; i++) {
		assert_true(
		    instance_status_from(instance_status_name((enum instance_status)i), &status));
		assert_int_equal(status, i);
	}
	assert_false(instance_status_from("", &status));
	assert_false(instance_status_from(NULL, &status));
	assert_false(grant_state_from("none", &grant));
	for (int i = 0; i < GRANT_STATE_COUNT; i++)
		assert_string_equal(instance_effect_name(grant_state_name((enum grant_state)i)),
				    effects[i]);
	assert_string_equal(instance_effect_name(NULL), "none");
}

static void a_reason_is_trimmed_and_bounded(void **state)
{
	char at_most[REASON_MAX * 3 + 1], over[(REASON_MAX + 1) * 3 + 1];
	char padded[] = " \t\xe3\x80\x80 old laptop \r\n", empty[] = " \t\r\n\xc2\xa0";
	char control[] = "a\x01z", lines[] = "one\r\ntwo";
	const char *out;
	struct err e = {0};

	(void)state;
	assert_true(reason_check(padded, &out, &e));
	assert_string_equal(out, "old laptop");
	assert_true(reason_check(lines, &out, &e));
	assert_false(reason_check(empty, &out, &e));
	assert_int_equal(e.code, ERR_UNPROCESSABLE);
	assert_false(reason_check(control, &out, &e));
	for (size_t i = 0; i <= REASON_MAX; i++)
		memcpy(over + i * 3, "\xe5\x8d\xb8", 3);
	over[(REASON_MAX + 1) * 3] = '\0';
	memcpy(at_most, over, sizeof(at_most) - 1);
	at_most[sizeof(at_most) - 1] = '\0';
	assert_true(reason_check(at_most, &out, &e));
	assert_false(reason_check(over, &out, &e));
	assert_int_equal(e.code, ERR_UNPROCESSABLE);
}

static void waiting_times(void **state)
{
	(void)state;
	assert_int_equal(retry_delay_ms(0, false, 0), 250);
	assert_int_equal(retry_delay_ms(1, false, UINT32_MAX), 1000);
	assert_int_equal(retry_delay_ms(1000000, false, UINT32_MAX), 120000);
	assert_int_equal(retry_delay_ms(1, true, 0), 300000);
	assert_int_equal(retry_delay_ms(1, true, UINT32_MAX), 900000);
	assert_int_equal(retry_delay_ms(3, true, UINT32_MAX), 4 * 900000);
	assert_int_equal(retry_delay_ms(1000000, true, UINT32_MAX), 6 * 3600000);
}

static void numbers_are_written_for_people(void **state)
{
	char text[INSTANCE_NUMBER_SIZE];

	(void)state;
	instance_number(123, text);
	assert_string_equal(text, "HF-000123");
	instance_number(INT64_MAX, text);
	assert_string_equal(text, "HF-9223372036854775807");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_event_on_a_pending_request),
	    cmocka_unit_test(no_event_moves_a_final_request),
	    cmocka_unit_test(only_an_approval_gives_a_grant),
	    cmocka_unit_test(every_event_on_every_grant),
	    cmocka_unit_test(names_go_both_ways),
	    cmocka_unit_test(a_reason_is_trimmed_and_bounded),
	    cmocka_unit_test(waiting_times),
	    cmocka_unit_test(numbers_are_written_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
