#include "../unit.h"

#include "web/csv.h"

static void is_written(const char *text, const char *want)
{
	AUTO(buf_done) struct buf b = {0};

	csv_text(&b, true, text);
	csv_row_end(&b);
	assert_int_equal(strlen(want) + 2, b.len);
	assert_memory_equal(b.data, want, strlen(want));
	assert_memory_equal(b.data + b.len - 2, "\r\n", 2);
}

static void every_text_is_in_quotes(void **state)
{
	(void)state;
	is_written("plain", "\"plain\"");
	is_written("旧电脑报废", "\"旧电脑报废\"");
	is_written("", "");
	is_written(NULL, "");
	is_written("a,b", "\"a,b\"");
	is_written("say \"no\"", "\"say \"\"no\"\"\"");
	is_written("one\ntwo\r\nthree", "\"one\ntwo\r\nthree\"");
	is_written("a;b", "\"a;b\"");
	is_written("\"", "\"\"\"\"");
}

static void what_would_be_a_formula_is_a_text(void **state)
{
	(void)state;
	is_written("=1+1", "\"'=1+1\"");
	is_written("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
	is_written("+1", "\"'+1\"");
	is_written("-1", "\"'-1\"");
	is_written("@SUM(A1)", "\"'@SUM(A1)\"");
	is_written("\t=1", "\"'\t=1\"");
	is_written("\r=1", "\"'\r=1\"");
	is_written("\n=1", "\"'\n=1\"");
	is_written("＝1", "\"'＝1\"");
	is_written("＠x", "\"'＠x\"");
	is_written("1-1", "\"1-1\"");
	is_written("a@b", "\"a@b\"");
	is_written("'=1", "\"'=1\"");
}

static void a_row_has_its_cells_in_order(void **state)
{
	static const char *const titles[] = {"a", "b", NULL};
	AUTO(buf_done) struct buf b = {0};

	(void)state;
	csv_begin(&b, titles);
	csv_text(&b, true, "");
	csv_number(&b, false, -7);
	csv_time(&b, false, 0);
	csv_row_end(&b);
	assert_string_equal(b.data, "\xEF\xBB\xBF\"a\",\"b\"\r\n,-7,\r\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_text_is_in_quotes),
	    cmocka_unit_test(what_would_be_a_formula_is_a_text),
	    cmocka_unit_test(a_row_has_its_cells_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
