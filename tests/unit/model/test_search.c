#include "../unit.h"

#include "base/buf.h"
#include "base/text.h"
#include "model/search.h"

static void folds_to(const char *text, const char *want)
{
	AUTO(arena_done) struct arena a = {0};

	assert_string_equal(search_fold(&a, text), want);
}

static void what_a_reader_takes_for_the_same_is_the_same(void **state)
{
	(void)state;
	folds_to("", "");
	folds_to("Holdfast-Client", "holdfast-client");
	folds_to("ÀÖØÞ×ß÷ÿŸ", "àöøþ×ß÷ÿÿ");
	folds_to("ĀāĮįĲĳĶķĹĺŇňŊŋŶŷŹźŽžİı", "āāįįĳĳķķĺĺňňŋŋŷŷźźžžİı");
	folds_to("ΑΡΣΫαω ЀЏАЯЁё ѠҀҊҾ ẀẔẠỾ", "αρσϋαω ѐџаяёё ѡҁҋҿ ẁẕạỿ");
	folds_to("ＨＦ－１２　ａ", "hf-12 a");
	folds_to("a\t\r\n  b\xc2\xa0\xe3\x80\x80"
		 "c",
		 "a b c");
	folds_to("李华 😀 𠮷", "李华 😀 𠮷");
	folds_to("[]^_`{|}", "[]^_`{|}");
}

static bool has(const struct search_grams *g, const char *gram)
{
	const char *at = strstr(g->text, gram);

	return at != NULL;
}

static void grams_are_each_there_once(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct search_grams g = search_grams(&a, "ababab");

	(void)state;
	assert_string_equal(g.text, "abba");
	assert_int_equal(g.count, 2);
	g = search_grams(&a, "报备原因");
	assert_int_equal(g.count, 3);
	assert_true(has(&g, "报备") && has(&g, "备原") && has(&g, "原因"));
	g = search_grams(&a, "😀x");
	assert_string_equal(g.text, "😀x");
	assert_int_equal(g.count, 1);
}

static void under_two_characters_there_is_no_gram(void **state)
{
	AUTO(arena_done) struct arena a = {0};

	(void)state;
	assert_int_equal(search_grams(&a, "").count, 0);
	assert_string_equal(search_grams(&a, "").text, "");
	assert_int_equal(search_grams(&a, "李").count, 0);
	assert_string_equal(search_grams(&a, "李").text, "");
}

static void texts_side_by_side_do_not_run_into_each_other(void **state)
{
	static const char *const texts[] = {"HF-1", "李\n华", ""};
	AUTO(arena_done) struct arena a = {0};
	const char *all = search_text(&a, texts, ARRAY_SIZE(texts));
	struct search_grams g = search_grams(&a, all);

	(void)state;
	assert_string_equal(all, "\nhf-1\n李 华\n");
	assert_int_equal(g.count, 7);
	assert_true(has(&g, "\nh") && has(&g, "\n李") && has(&g, "李 ") && has(&g, "f-"));
	assert_false(has(&g, "1\n"));
}

/* As long as a reason may be, and every part of it another. */
static void a_long_text_gives_all_its_grams(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf text = {0};

	(void)state;
	for (unsigned i = 0; i < 500; i++)
		buf_printf(&text, "%c%c%c", 0xe4 + (int)(i / 4096), 0x80 + (int)(i / 64),
			   0x80 + (int)(i % 64));
	assert_int_equal(search_grams(&a, text.data).count, 499);
	assert_int_equal(text_length(search_grams(&a, text.data).text), 998);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_a_reader_takes_for_the_same_is_the_same),
	    cmocka_unit_test(grams_are_each_there_once),
	    cmocka_unit_test(under_two_characters_there_is_no_gram),
	    cmocka_unit_test(texts_side_by_side_do_not_run_into_each_other),
	    cmocka_unit_test(a_long_text_gives_all_its_grams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
