#include "../unit.h"

#include <string.h>

#include "model/notice.h"

static const struct notice_facts facts = {.number = "HF-000123",
					  .device = "laptop-42",
					  .package = "holdfast-client",
					  .applicant = "李华",
					  .reason = "旧电脑报废",
					  .who = "王芳",
					  .comment = "设备已归还",
					  .status = INSTANCE_APPROVED,
					  .now_ms = INT64_C(1763830479123)};

static const char *built_in(struct arena *a, enum language language, enum notice n,
			    const struct notice_facts *f)
{
	return notice_text(a, &(struct notice_words){.language = language}, n, f);
}

static void every_text_is_whole_in_both_languages(void **state)
{
	AUTO(arena_done) struct arena a = {0};

	(void)state;
	for (int n = 0; n < NOTICE_COUNT; n++) {
		for (int language = 0; language < LANGUAGE_COUNT; language++) {
			const char *text =
			    built_in(&a, (enum language)language, (enum notice)n, &facts);
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
	assert_string_equal(built_in(&a, LANGUAGE_ZH, NOTICE_CLOSED, &f),
			    "Holdfast：已通过（王芳）：设备已归还");
	assert_string_equal(built_in(&a, LANGUAGE_EN, NOTICE_CLOSED, &f),
			    "Holdfast: approved by 王芳: 设备已归还");
	f.who = f.comment = "";
	f.status = INSTANCE_EXPIRED;
	assert_string_equal(built_in(&a, LANGUAGE_ZH, NOTICE_CLOSED, &f), "Holdfast：已过期");
	assert_string_equal(built_in(&a, LANGUAGE_EN, NOTICE_CLOSED, &f), "Holdfast: expired");
	f.who = "王芳";
	assert_string_equal(built_in(&a, LANGUAGE_EN, NOTICE_CARRIED, &f),
			    "Decided in Holdfast by 王芳, not by the task's owner");
	assert_string_equal(built_in(&a, LANGUAGE_ZH, NOTICE_CARRIED, &f),
			    "已在 Holdfast 中由 王芳 决定，并非任务处理人本人操作");
}

/* Braces in what people wrote are theirs. */
static void what_people_wrote_is_not_read_as_a_text_of_ours(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct notice_facts f = facts;

	(void)state;
	f.comment = "{number} {";
	assert_string_equal(built_in(&a, LANGUAGE_EN, NOTICE_CLOSED, &f),
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

static void a_text_of_ones_own_takes_the_built_in_one_s_place(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct notice_words words = {LANGUAGE_EN, "{{{applicant}} {reason}, {number}, {time}"};
	struct notice_facts f = facts;

	(void)state;
	f.reason = "{device}";
	assert_string_equal(notice_text(&a, &words, NOTICE_APPROVED, &f),
			    "{李华} {device}, HF-000123, 2025-11-23 00:54");
	/* Without both DingTalk would take the second one for a repetition. */
	words.own = "Please look {{time}";
	assert_string_equal(notice_text(&a, &words, NOTICE_REMINDER, &f),
			    "Please look {time} HF-000123 2025-11-23 00:54");
	assert_string_equal(notice_text(&a, &words, NOTICE_CLOSED, &f), "Please look {time}");
}

static void what_a_text_of_ones_own_must_be(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	char longest[NOTICE_MAX + 2];
	struct err e;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[NOTICE_MAX + 1] = '\0';
	assert_false(notice_check(NOTICE_APPROVED, longest, &e));
	longest[NOTICE_MAX] = '\0';
	assert_true(notice_check(NOTICE_APPROVED, longest, &e));
	assert_true(notice_check(NOTICE_APPROVED, "two\nlines", &e));
	assert_false(notice_check(NOTICE_APPROVED, "a\x01", &e));
	assert_false(notice_check(NOTICE_APPROVED, "a\xe2\x80\xae", &e));
	assert_false(notice_check(NOTICE_APPROVED, "{user}", &e));
	assert_non_null(strstr(e.text, "{applicant}"));
	/* Whom DingTalk shows as having decided has to hear who did. */
	for (int n = 0; n < 2; n++) {
		enum notice acts = n == 0 ? NOTICE_EXECUTED : NOTICE_CARRIED;

		assert_false(notice_check(acts, "decided {{who}", &e));
		assert_true(notice_check(acts, "decided by {who}", &e));
		assert_true(notice_check(acts, "decided{by}", &e));
	}
	for (int n = 0; n < NOTICE_COUNT; n++) {
		for (int l = 0; l < LANGUAGE_COUNT; l++) {
			struct notice_facts sample;
			struct notice_words words = {
			    (enum language)l, notice_builtin((enum notice)n, (enum language)l)};

			/* The built-in text is one that somebody may begin with. */
			assert_true(notice_check((enum notice)n, words.own, &e));
			notice_sample((enum notice)n, (enum language)l, facts.now_ms, &sample);
			assert_string_equal(
			    notice_text(&a, &words, (enum notice)n, &sample),
			    built_in(&a, (enum language)l, (enum notice)n, &sample));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_text_is_whole_in_both_languages),
	    cmocka_unit_test(what_there_is_nothing_to_say_about_leaves_no_trace),
	    cmocka_unit_test(what_people_wrote_is_not_read_as_a_text_of_ours),
	    cmocka_unit_test(a_text_of_ones_own_takes_the_built_in_one_s_place),
	    cmocka_unit_test(what_a_text_of_ones_own_must_be),
	    cmocka_unit_test(languages_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
