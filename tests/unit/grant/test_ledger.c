#include "../unit.h"

#include "base/buf.h"
#include "grant/ledger.h"

#define ID "01900000-0000-7000-8000-000000000007"
#define ONE "01900000-0000-7000-8000-000000000011"
#define TWO "01900000-0000-7000-8000-000000000012"
#define BOOT "3f0c1b52-7d0e-4a3b-9a51-0f6d1c2b3a49"
#define OTHER_BOOT "3f0c1b52-7d0e-4a3b-9a51-0f6d1c2b3a50"
#define FIRST "holdfast-ledger 1 " ID "\n"
#define HOUR LEDGER_RESTORE_MS

static bool read_text(struct arena *a, const char *text, struct ledger *out, struct err *e)
{
	return ledger_read(a, text, strlen(text), out, e);
}

static void lines_that_were_made_are_read(void **state)
{
	static const struct ledger_entry made[] = {
	    {LEDGER_CONSUMED, ONE, 1763830479123, BOOT, "0.1.0-1~deb12u1"},
	    {LEDGER_RESTORED, ONE, 1763830479124, BOOT, "0.1.0-1~deb12u1"},
	    {LEDGER_REVOKED, TWO, 0, NULL, NULL},
	};
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf text = {0};
	struct ledger ledger;
	struct err e = {0};
	size_t i;

	(void)state;
	buf_text(&text, ledger_first_line(&a, ID));
	assert_true(read_text(&a, text.data, &ledger, &e));
	assert_int_equal(ledger.count, 0);
	for (i = 0; i < ARRAY_SIZE(made); i++)
		buf_text(&text, ledger_line(&a, &made[i]));
	assert_true(read_text(&a, text.data, &ledger, &e));
	assert_string_equal(ledger.id, ID);
	assert_int_equal(ledger.count, 3);
	assert_int_equal(ledger.whole, text.len);
	for (i = 0; i < ARRAY_SIZE(made); i++) {
		assert_int_equal(ledger.entries[i].kind, made[i].kind);
		assert_string_equal(ledger.entries[i].grant, made[i].grant);
		assert_int_equal(ledger.entries[i].time_ms, made[i].time_ms);
	}
	assert_string_equal(ledger.entries[0].boot, BOOT);
	assert_string_equal(ledger.entries[1].version, "0.1.0-1~deb12u1");
	assert_null(ledger.entries[2].boot);
}

static void half_a_line_at_the_end_counts_for_nothing(void **state)
{
	static const char whole[] = FIRST "consumed " ONE " 5 " BOOT " 1.0\n";
	static const char half[] = "consumed " TWO " 6 " BOOT " 1.0";
	AUTO(arena_done) struct arena a = {0};
	struct ledger ledger;
	struct err e = {0};
	size_t i;

	(void)state;
	for (i = 0; i <= strlen(half); i++) {
		const char *text = arena_printf(&a, "%s%.*s", whole, (int)i, half);

		assert_true(read_text(&a, text, &ledger, &e));
		assert_int_equal(ledger.count, 1);
		assert_int_equal(ledger.whole, strlen(whole));
	}
	for (i = 0; i < strlen(FIRST); i++)
		assert_false(ledger_read(&a, FIRST, i, &ledger, &e));
}

static void any_other_malformed_line_is_tampering(void **state)
{
	static const char *const lines[] = {
	    "",
	    "used " ONE " 5 " BOOT " 1.0",
	    "consumed",
	    "consumed " ONE,
	    "consumed " ONE " 5",
	    "consumed " ONE " 5 " BOOT,
	    "consumed " ONE " 5 " BOOT " 1.0 more",
	    "consumed " ONE " 5 " BOOT " 1.0 ",
	    "consumed  " ONE " 5 " BOOT " 1.0",
	    " consumed " ONE " 5 " BOOT " 1.0",
	    "consumed " ONE " 5  1.0",
	    "consumed " ONE " -5 " BOOT " 1.0",
	    "consumed " ONE " 05 " BOOT " 1.0",
	    "consumed " ONE " 5x " BOOT " 1.0",
	    "consumed " ONE " 99999999999999999999 " BOOT " 1.0",
	    "consumed x 5 " BOOT " 1.0",
	    "consumed " ONE " 5 " BOOT " \x01",
	    "consumed " ONE " 5 " BOOT " 1.0\r",
	    "consumed " ONE " 5 " BOOT "-and-much-more 1.0",
	    "revoked " ONE " 5 " BOOT " 1.0",
	    "revoked " ONE " 5 ",
	    "revoked " ONE,
	    "Revoked " ONE " 5",
	    FIRST,
	};
	AUTO(arena_done) struct arena a = {0};
	struct ledger ledger;
	struct err e = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_false(read_text(
		    &a, arena_printf(&a, FIRST "%s\nrevoked " TWO " 7\n", lines[i]), &ledger, &e));
		assert_int_equal(e.code, ERR_INVALID);
	}
	assert_false(read_text(&a, "", &ledger, &e));
	assert_false(read_text(&a, "\n", &ledger, &e));
	assert_false(read_text(&a, "holdfast-ledger 2 " ID "\n", &ledger, &e));
	assert_false(read_text(&a, "holdfast-ledger 1 " ID " \n", &ledger, &e));
	assert_false(read_text(&a, "holdfast-ledger 1 x\n", &ledger, &e));
	assert_false(ledger_read(&a, FIRST "\0\n", sizeof(FIRST "\0\n") - 1, &ledger, &e));
}

static void a_ledger_has_a_limit(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf text = {0};
	struct ledger ledger;
	struct err e = {0};

	(void)state;
	buf_text(&text, FIRST);
	while (text.len + strlen("revoked " ONE " 5\n") <= LEDGER_MAX)
		buf_text(&text, "revoked " ONE " 5\n");
	assert_true(ledger_read(&a, text.data, text.len, &ledger, &e));
	buf_text(&text, "revoked " ONE " 5\n");
	assert_false(ledger_read(&a, text.data, text.len, &ledger, &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
}

/* Lines, then the state of ONE and the grant to restore, at a moment in this boot, version 1.0. */
static void a_grant_is_good_once_and_again_only_when_given_back(void **state)
{
	static const struct {
		const char *lines;
		int64_t now_ms;
		enum ledger_state state;
		const char *restorable;
	} cases[] = {
	    {"", 5, LEDGER_UNUSED, NULL},
	    {"consumed " TWO " 5 " BOOT " 1.0\n", 5, LEDGER_UNUSED, TWO},
	    {"consumed " ONE " 5 " BOOT " 1.0\n", 5, LEDGER_USED, ONE},
	    {"consumed " ONE " 5 " BOOT " 1.0\n", 5 + HOUR, LEDGER_USED, ONE},
	    {"consumed " ONE " 5 " BOOT " 1.0\n", 6 + HOUR, LEDGER_USED, NULL},
	    {"consumed " ONE " 5 " BOOT " 1.0\n", 4, LEDGER_USED, NULL},
	    {"consumed " ONE " 5 " OTHER_BOOT " 1.0\n", 5, LEDGER_USED, NULL},
	    {"consumed " ONE " 5 " BOOT " 1.1\n", 5, LEDGER_USED, NULL},
	    {"consumed " ONE " 5 " BOOT " 1.0\nrestored " ONE " 6 " BOOT " 1.0\n", 7,
	     LEDGER_GIVEN_BACK, NULL},
	    {"consumed " ONE " 5 " BOOT " 1.0\nrestored " ONE " 6 " BOOT " 1.0\n", 5 + HOUR,
	     LEDGER_GIVEN_BACK, NULL},
	    {"consumed " ONE " 5 " BOOT " 1.0\nrestored " ONE " 6 " BOOT " 1.0\n", 6 + HOUR,
	     LEDGER_USED, NULL},
	    {"consumed " ONE " 5 " BOOT " 1.0\nrestored " ONE " 6 " BOOT " 1.0\n", 4, LEDGER_USED,
	     NULL},
	    {"consumed " ONE " 5 " OTHER_BOOT " 1.0\nrestored " ONE " 6 " BOOT " 1.0\n", 7,
	     LEDGER_USED, NULL},
	    {"consumed " ONE " 5 " BOOT " 1.0\nrestored " ONE " 6 " BOOT " 1.1\n", 7, LEDGER_USED,
	     NULL},
	    {"restored " ONE " 6 " BOOT " 1.0\n", 7, LEDGER_USED, NULL},
	    {"consumed " ONE " 5 " BOOT " 1.0\nrestored " ONE " 6 " BOOT " 1.0\n"
	     "consumed " ONE " 7 " BOOT " 1.0\n",
	     8, LEDGER_USED, ONE},
	    /* The hour is that of the first use, however often it was given back. */
	    {"consumed " ONE " 5 " BOOT " 1.0\nrestored " ONE " 6 " BOOT " 1.0\n"
	     "consumed " ONE " 7 " BOOT " 1.0\n",
	     6 + HOUR, LEDGER_USED, NULL},
	    {"consumed " ONE " 5 " BOOT " 1.0\nrestored " ONE " 6 " BOOT " 1.0\n"
	     "consumed " ONE " 7 " BOOT " 1.0\nrestored " ONE " 8 " BOOT " 1.0\n",
	     9, LEDGER_GIVEN_BACK, NULL},
	    {"revoked " ONE " 5\n", 6, LEDGER_CANCELLED, NULL},
	    {"consumed " ONE " 5 " BOOT " 1.0\nrevoked " ONE " 6\n", 7, LEDGER_CANCELLED, NULL},
	    {"revoked " ONE " 4\nconsumed " ONE " 5 " BOOT " 1.0\nrestored " ONE " 6 " BOOT
	     " 1.0\n",
	     7, LEDGER_CANCELLED, NULL},
	    /* Only the newest removal is given back. */
	    {"consumed " TWO " 4 " BOOT " 1.0\nconsumed " ONE " 5 " BOOT " 1.0\n"
	     "restored " ONE " 6 " BOOT " 1.0\n",
	     7, LEDGER_GIVEN_BACK, NULL},
	};
	AUTO(arena_done) struct arena a = {0};
	struct err e = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct ledger_moment moment = {BOOT, "1.0", cases[i].now_ms};
		enum ledger_state got;
		struct ledger ledger;
		int64_t used = -1;

		assert_true(
		    read_text(&a, arena_printf(&a, FIRST "%s", cases[i].lines), &ledger, &e));
		got = ledger_grant_state(&ledger, ONE, &moment, &used);
		if (got != cases[i].state)
			fail_msg("%d after:\n%s", (int)got, cases[i].lines);
		assert_int_equal(used, got == LEDGER_GIVEN_BACK ? 5 : -1);
		if (!cases[i].restorable)
			assert_null(ledger_restorable(&ledger, &moment));
		else
			assert_string_equal(ledger_restorable(&ledger, &moment),
					    cases[i].restorable);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_that_were_made_are_read),
	    cmocka_unit_test(half_a_line_at_the_end_counts_for_nothing),
	    cmocka_unit_test(any_other_malformed_line_is_tampering),
	    cmocka_unit_test(a_ledger_has_a_limit),
	    cmocka_unit_test(a_grant_is_good_once_and_again_only_when_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
