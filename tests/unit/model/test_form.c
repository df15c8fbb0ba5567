#include "../unit.h"

#include "base/text.h"
#include "model/form.h"

static const char two[] =
    "{\"forms\":[{\"template\":\"app_uninstall\",\"process_code\":\"PROC-A\",\"groups\":[\"g1\","
    "\"g2\"],"
    "\"fields\":[{\"system\":\"reason\",\"component\":\"卸载原因\"},"
    "{\"system\":\"number\",\"component\":\"编号\"}]},"
    "{\"template\":\"app_uninstall\",\"process_code\":\"PROC-B\",\"groups\":[],"
    "\"fields\":[{\"system\":\"mac\",\"component\":\"MAC\"},"
    "{\"system\":\"reason\",\"component\":\"原因\"}]}]}";

static struct json_list forms_of(struct arena *a, const char *text)
{
	struct json_list forms = {0};
	struct err e = {0};

	if (!forms_read(a, text, &forms, &e))
		fail_msg("%s", e.text);
	return forms;
}

static void a_sound_list_is_taken_and_written_back(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct json_list forms = forms_of(&a, two);
	struct err e = {0};

	(void)state;
	assert_true(form_check(&forms, &e));
	assert_string_equal(forms_write(&a, &forms), two);
}

static const struct {
	const char *what, *forms;
} wrong[] = {
    {"no form", "{\"forms\":[]}"},
    {"the last form names groups",
     "{\"forms\":[{\"template\":\"app_uninstall\",\"process_code\":\"P\",\"groups\":[\"g\"],"
     "\"fields\":[{\"system\":\"reason\",\"component\":\"a\"}]}]}"},
    {"another form names none",
     "{\"forms\":[{\"template\":\"app_uninstall\",\"process_code\":\"P\","
     "\"fields\":[{\"system\":\"reason\",\"component\":\"a\"}]},"
     "{\"template\":\"app_uninstall\",\"process_code\":\"Q\","
     "\"fields\":[{\"system\":\"reason\",\"component\":\"a\"}]}]}"},
    {"a process code twice",
     "{\"forms\":[{\"template\":\"app_uninstall\",\"process_code\":\"P\",\"groups\":[\"g\"],"
     "\"fields\":[{\"system\":\"reason\",\"component\":\"a\"}]},"
     "{\"template\":\"app_uninstall\",\"process_code\":\"P\","
     "\"fields\":[{\"system\":\"reason\",\"component\":\"a\"}]}]}"},
    {"the reason is not mapped",
     "{\"forms\":[{\"template\":\"app_uninstall\",\"process_code\":\"P\","
     "\"fields\":[{\"system\":\"os\",\"component\":\"a\"}]}]}"},
    {"a system field twice",
     "{\"forms\":[{\"template\":\"app_uninstall\",\"process_code\":\"P\","
     "\"fields\":[{\"system\":\"reason\",\"component\":\"a\"},{\"system\":\"reason\",\"component\":"
     "\"b\"}]}]}"},
    {"a control twice",
     "{\"forms\":[{\"template\":\"app_uninstall\",\"process_code\":\"P\","
     "\"fields\":[{\"system\":\"reason\",\"component\":\"a\"},{\"system\":\"os\",\"component\":"
     "\"a\"}]}]}"},
};

static void every_rule_of_a_list_is_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		AUTO(arena_done) struct arena a = {0};
		struct json_list forms = forms_of(&a, wrong[i].forms);
		struct err e = {0};

		if (form_check(&forms, &e) || e.code != ERR_UNPROCESSABLE)
			fail_msg("taken: %s", wrong[i].what);
	}
}

static void unknown_words_are_refused(void **state)
{
	static const char *const texts[] = {
	    "{\"forms\":[{\"template\":\"other\",\"process_code\":\"P\",\"fields\":[]}]}",
	    "{\"forms\":[{\"template\":\"app_uninstall\",\"process_code\":\"P\","
	    "\"fields\":[{\"system\":\"salary\",\"component\":\"a\"}]}]}",
	    "{\"forms\":[{\"template\":\"app_uninstall\",\"process_code\":\"P\","
	    "\"fields\":[{\"system\":\"reason\",\"component\":\"\"}]}]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		AUTO(arena_done) struct arena a = {0};
		struct json_list forms = {0};
		struct err e = {0};

		assert_false(forms_read(&a, texts[i], &forms, &e));
		assert_int_equal(e.code, ERR_INVALID);
	}
}

static bool in(const void *arg, const char *group)
{
	return text_equal(arg, group);
}

static void the_first_form_of_ones_groups_is_chosen(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct json_list forms = forms_of(&a, two);

	(void)state;
	assert_string_equal(form_choose(&forms, in, "g2")->process_code, "PROC-A");
	assert_string_equal(form_choose(&forms, in, "g3")->process_code, "PROC-B");
	forms.count = 1;
	assert_null(form_choose(&forms, in, "g3"));
}

static const struct form_facts facts = {.text = {[FORM_REASON] = "旧电脑报废",
						 [FORM_NUMBER] = "HF-000123",
						 [FORM_DEVICE_NAME] = "laptop-42",
						 [FORM_PACKAGE] = "holdfast-client"}};

static void what_has_no_control_goes_into_the_reasons_last_line(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct json_list forms = forms_of(&a, two);
	const struct form *rows = forms.items;
	struct form_values values;

	(void)state;
	form_fill(&a, &rows[1], &facts, &values);
	assert_int_equal(values.count, 2);
	assert_string_equal(values.items[0].name, "MAC");
	assert_string_equal(values.items[0].value, "-");
	assert_string_equal(values.items[1].value,
			    "旧电脑报废\n[HF-000123 · laptop-42 · holdfast-client]");
	form_fill(&a, &rows[0], &facts, &values);
	assert_string_equal(values.items[0].value, "旧电脑报废\n[laptop-42 · holdfast-client]");
	assert_string_equal(values.items[1].value, "HF-000123");
}

static void with_controls_for_all_the_reason_stays_as_it_is(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct json_list forms = forms_of(
	    &a, "{\"forms\":[{\"template\":\"app_uninstall\",\"process_code\":\"P\",\"fields\":["
		"{\"system\":\"reason\",\"component\":\"a\"},{\"system\":\"number\",\"component\":"
		"\"b\"},{\"system\":\"device_name\",\"component\":\"c\"},{\"system\":\"package\","
		"\"component\":\"d\"}]}]}");
	struct form_values values, again;
	struct err e = {0};

	(void)state;
	form_fill(&a, forms.items, &facts, &values);
	assert_string_equal(values.items[0].value, "旧电脑报废");
	assert_true(form_values_read(&a, form_values_write(&a, &values), &again, &e));
	assert_int_equal(again.count, 4);
	assert_string_equal(again.items[3].name, "d");
	assert_string_equal(again.items[3].value, "holdfast-client");
}

static void the_time_is_chinas(void **state)
{
	AUTO(arena_done) struct arena a = {0};

	(void)state;
	assert_string_equal(form_time(&a, INT64_C(1763827200000)), "2025-11-23 00:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_sound_list_is_taken_and_written_back),
	    cmocka_unit_test(every_rule_of_a_list_is_kept),
	    cmocka_unit_test(unknown_words_are_refused),
	    cmocka_unit_test(the_first_form_of_ones_groups_is_chosen),
	    cmocka_unit_test(what_has_no_control_goes_into_the_reasons_last_line),
	    cmocka_unit_test(with_controls_for_all_the_reason_stays_as_it_is),
	    cmocka_unit_test(the_time_is_chinas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
