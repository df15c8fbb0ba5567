#include "../unit.h"

#include "base/text.h"
#include "cli/words.h"

static void the_first_locale_variable_that_is_set_decides(void **state)
{
	static const struct {
		const char *lc_all, *lc_messages, *lang;
		enum language language;
	} rows[] = {
	    {NULL, NULL, NULL, LANGUAGE_EN},
	    {NULL, NULL, "zh_CN.UTF-8", LANGUAGE_ZH},
	    {"", "", "zh_TW", LANGUAGE_ZH},
	    {NULL, "en_GB.UTF-8", "zh_CN.UTF-8", LANGUAGE_EN},
	    {"C.UTF-8", "zh_CN", "zh_CN", LANGUAGE_EN},
	    {"zh", "en", "en", LANGUAGE_ZH},
	    {"de_DE", NULL, NULL, LANGUAGE_EN},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(words_language(rows[i].lc_all, rows[i].lc_messages, rows[i].lang),
				 rows[i].language);
}

/* A sentence that puts something in must do so in both languages. */
static void every_sentence_is_there_in_both_languages(void **state)
{
	enum word word;

	(void)state;
	for (word = 0; word < W_COUNT; word++) {
		AUTO(arena_done) struct arena a = {0};
		const char *en = words(&a, LANGUAGE_EN, word, "\x01", "\x02");
		const char *zh = words(&a, LANGUAGE_ZH, word, "\x01", "\x02");
		char mark;

		assert_true(*en && *zh);
		assert_true(text_utf8_valid(en, strlen(en)) && text_utf8_valid(zh, strlen(zh)));
		for (mark = 1; mark <= 2; mark++)
			if (!strchr(en, mark) != !strchr(zh, mark))
				fail_msg("sentence %d: %s | %s", (int)word, en, zh);
		assert_null(strstr(en, "{"));
		assert_null(strstr(zh, "{"));
	}
}

static void what_is_put_in_is_not_read_again(void **state)
{
	AUTO(arena_done) struct arena a = {0};

	(void)state;
	assert_string_equal(words(&a, LANGUAGE_EN, W_COMMENT, "{1} {2}", "x"), "Comment: {1} {2}");
	assert_string_equal(words(&a, LANGUAGE_EN, W_COMMENT, NULL, NULL), "Comment: ");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_locale_variable_that_is_set_decides),
	    cmocka_unit_test(every_sentence_is_there_in_both_languages),
	    cmocka_unit_test(what_is_put_in_is_not_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
