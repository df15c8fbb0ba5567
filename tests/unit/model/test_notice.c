#include "../unit.h"

#include "model/notice.h"

static const struct notice_facts facts = {.number = "HF-000123",
					  .device = "laptop-42",
					  .package = "holdfast-client",
					  .applicant = "李华",
					  .who = "王芳",
					  .comment = "设备已归还",
					  .status = INSTANCE_APPROVED,
					  .now_ms = INT64_C(1763830479123)};

static void every_text_is_whole_in_both_languages(void **state)
{
	AUTO(arena_done) struct arena a = {0};

	(void)state;
	for (int n = 0; n < NOTICE_COUNT; n++) {
		for (int language = 0; language < LANGUAGE_COUNT; language++) {
			const char *text =
			    notice_text(&a, (enum language)language, (enum notice)n, &facts);
			bool in_the_form = n == NOTICE_CLOSED || n == NOTICE_CARRIED;

			if (strpbrk(text, "{}") != NULL || strstr(text, "  ") != NULL)
				fail_msg("%s", text);
			/* A message names its request and its time, so that no two are the same. */
			assert_true(in_the_form || strstr(text, "HF-000123") != NULL);
			assert_true(in_the_form || strstr(text, "2025-11-23 00:54") != NULL);
			assert_true(!in_the_form || strstr(text, "王芳") != NULL);
		}
	}
}

static void what_there_is_nothing_to_say_about_leaves_no_trace(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct notice_facts f = facts;

	(void)state;
	assert_string_equal(notice_text(&a, LANGUAGE_ZH, NOTICE_CLOSED, &f),
			    "Holdfast：已通过（王芳）：设备已归还");
	assert_string_equal(notice_text(&a, LANGUAGE_EN, NOTICE_CLOSED, &f),
			    "Holdfast: approved by 王芳: 设备已归还");
	f.who = f.comment = "";
	f.status = INSTANCE_EXPIRED;
	assert_string_equal(notice_text(&a, LANGUAGE_ZH, NOTICE_CLOSED, &f), "Holdfast：已过期");
	assert_string_equal(notice_text(&a, LANGUAGE_EN, NOTICE_CLOSED, &f), "Holdfast: expired");
	f.who = "王芳";
	assert_string_equal(notice_text(&a, LANGUAGE_EN, NOTICE_CARRIED, &f),
			    "Decided in Holdfast by 王芳, not by the task's owner");
	assert_string_equal(notice_text(&a, LANGUAGE_ZH, NOTICE_CARRIED, &f),
			    "已在 Holdfast 中由 王芳 决定，并非任务处理人本人操作");
}

/* Braces in what people wrote are theirs. */
static void what_people_wrote_is_not_read_as_a_text_of_ours(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct notice_facts f = facts;

	(void)state;
	f.comment = "{number} {";
	assert_string_equal(notice_text(&a, LANGUAGE_EN, NOTICE_CLOSED, &f),
			    "Holdfast: approved by 王芳: {number} {");
}

static void languages_by_name(void **state)
{
	enum language l;

	(void)state;
	assert_true(language_from("en", &l));
	assert_int_equal(l, LANGUAGE_EN);
	assert_true(language_from("zh", &l));
	assert_int_equal(l, LANGUAGE_ZH);
	assert_false(language_from("", &l));
	assert_false(language_from(NULL, &l));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_text_is_whole_in_both_languages),
	    cmocka_unit_test(what_there_is_nothing_to_say_about_leaves_no_trace),
	    cmocka_unit_test(what_people_wrote_is_not_read_as_a_text_of_ours),
	    cmocka_unit_test(languages_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
