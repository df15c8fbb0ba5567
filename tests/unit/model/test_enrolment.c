#include "../unit.h"

#include "base/buf.h"
#include "model/enrolment.h"

static void a_code_is_read_as_people_type_it(void **state)
{
	static const struct {
		const char *typed, *code; /* NULL: is none */
	} cases[] = {
	    {"WDJBMJHT", "WDJBMJHT"},
	    {"wdjb-mjht", "WDJBMJHT"},
	    {" wdjb mjht ", "WDJBMJHT"},
	    {"W.D.J.B-MJHT", "WDJBMJHT"},
	    {"", NULL},
	    {"WDJBMJH", NULL},
	    {"WDJBMJHTX", NULL},
	    {"WDJBMJHA", NULL},
	    {"WDJBMJH1", NULL},
	    {"ＷDJBMJHT", NULL},
	};
	char code[USER_CODE_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(user_code_read(cases[i].typed, code), cases[i].code != NULL);
		if (cases[i].code != NULL)
			assert_string_equal(code, cases[i].code);
	}
}

static void a_new_code_can_be_shown_and_typed(void **state)
{
	char code[USER_CODE_SIZE], shown[USER_CODE_SHOWN_SIZE], read[USER_CODE_SIZE];
	char before[USER_CODE_SIZE] = "";

	(void)state;
	for (int i = 0; i < 100; i++) {
		user_code_new(code);
		user_code_show(code, shown);
		assert_int_equal(shown[4], '-');
		assert_true(user_code_read(shown, read));
		assert_string_equal(read, code);
		assert_string_not_equal(code, before);
		memcpy(before, code, sizeof(before));
	}
}

static void addresses_are_checked(void **state)
{
	static const struct {
		const char *text, *macs;
	} cases[] = {
	    {"", ""},
	    {"02:42:AC:11:00:02", "02:42:ac:11:00:02"},
	    {"02:42:ac:11:00:02,00:11:22:33:44:55", "02:42:ac:11:00:02,00:11:22:33:44:55"},
	    {"02:42:ac:11:00", NULL},
	    {"02-42-ac-11-00-02", NULL},
	    {"02:42:ac:11:00:0g", NULL},
	    {"02:42:ac:11:00:02,", NULL},
	    {",02:42:ac:11:00:02", NULL},
	    {"02:42:ac:11:00:02 ", NULL},
	};
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf many = {0};
	const char *macs;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(enrolment_macs_read(&a, cases[i].text, &macs, &e),
				 cases[i].macs != NULL);
		if (cases[i].macs != NULL)
			assert_string_equal(macs, cases[i].macs);
	}
	for (int i = 0; i <= ENROLMENT_MAX_MACS; i++)
		buf_printf(&many, "%s02:42:ac:11:00:%02x", i > 0 ? "," : "", (unsigned)i);
	assert_false(enrolment_macs_read(&a, many.data, &macs, &e));
	many.data[many.len - 18] = '\0';
	assert_true(enrolment_macs_read(&a, many.data, &macs, &e));
}

static void texts_are_one_line_and_bounded(void **state)
{
	struct err e;

	(void)state;
	assert_true(enrolment_text_check("os", "Debian 十二", 9, &e));
	assert_false(enrolment_text_check("os", "Debian 十二", 8, &e));
	assert_false(enrolment_text_check("os", "a\nb", 9, &e));
	assert_false(enrolment_text_check("os", "", 9, &e));
	assert_false(enrolment_text_check("os", NULL, 9, &e));
	assert_string_equal(e.text, "os: is missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_code_is_read_as_people_type_it),
	    cmocka_unit_test(a_new_code_can_be_shown_and_typed),
	    cmocka_unit_test(addresses_are_checked),
	    cmocka_unit_test(texts_are_one_line_and_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
