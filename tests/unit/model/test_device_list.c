#include "../unit.h"

#include "base/buf.h"
#include "base/text.h"
#include "model/csv_reader.h"
#include "model/device_list.h"

#define ID_A "01900000-0000-7000-8000-00000000000a"
#define ID_B "01900000-0000-7000-8000-00000000000b"
#define ID_C "01900000-0000-7000-8000-00000000000c"

static const struct device_named devices[] = {
    {ID_A, "laptop-1", "02:00:00:00:00:01,02:00:00:00:00:02"},
    {ID_B, "Kiosk, hall", "02:00:00:00:00:03"},
    {ID_C, "laptop-2", ""},
    {"01900000-0000-7000-8000-00000000000d", "LAPTOP-2", "02:00:00:00:00:03"},
};

static size_t read(struct arena *a, const char *csv, struct device_list *list, const char **found)
{
	struct err e = {0};

	if (!device_list_read(a, csv, list, &e))
		fail_msg("%s", e.text);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		(void)device_list_see(list, &devices[i]);
	return device_list_end(a, list, found);
}

/* want: the lines in order, "1 found laptop-1|2 unmatched x". */
static void is(const char *csv, const char *want)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf got = {0};
	const char *found[16];
	struct device_list list;
	size_t n = read(&a, csv, &list, found);

	for (size_t i = 0; i < list.count; i++)
		buf_printf(&got, "%s%lld %s %s", i == 0 ? "" : "|", (long long)list.lines[i].line,
			   device_line_end_name(list.lines[i].end), list.lines[i].text);
	assert_string_equal(got.len == 0 ? "" : got.data, want);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(found[i], found[k]);
	}
}

static void every_line_is_answered_for(void **state)
{
	(void)state;
	is("", "");
	is("\n\n  \n,,\n", "");
	is("laptop-1", "1 found laptop-1");
	is("laptop-1\r\n\r\nLAPTOP-1\r\n02-00-00-00-00-01\n",
	   "1 found laptop-1|3 repeated LAPTOP-1|4 repeated 02-00-00-00-00-01");
	is(ID_A "\n" ID_B ",anything\nnobody\n",
	   "1 found " ID_A "|2 found " ID_B "|3 unmatched nobody");
	is("laptop-2\n", "1 ambiguous laptop-2");
	is("020000000002\n02:00:00:00:00:03\n",
	   "1 found 020000000002|2 ambiguous 02:00:00:00:00:03");
}

static void columns_are_named_by_the_first_line(void **state)
{
	(void)state;
	is("\xef\xbb\xbfname,owner\n\"Kiosk, hall\",\"李\n华\"\nlaptop-1,x\n",
	   "2 found Kiosk, hall|4 found laptop-1");
	is("owner;Name;MAC\nx;nobody;02:00:00:00:00:01\nx;laptop-1;\nx;;\n",
	   "2 found 02:00:00:00:00:01|3 repeated laptop-1|4 empty ");
	is("ID\tname\n" ID_C "\tlaptop-1\n\tlaptop-1\n", "2 found " ID_C "|3 found laptop-1");
	/* An id in the column of names is a name. */
	is("name\n" ID_A "\n", "2 unmatched " ID_A);
	is("name\n\"say \"\"hi\"\"\"\n", "2 unmatched say \"hi\"");
	is("id\n", "");
}

static void refused(const char *csv, const char *text)
{
	AUTO(arena_done) struct arena a = {0};
	struct device_list list;
	struct err e = {0};

	assert_false(device_list_read(&a, csv, &list, &e));
	assert_int_equal(e.code, ERR_UNPROCESSABLE);
	assert_string_equal(e.text, text);
}

static void what_is_no_list_is_refused_with_its_line(void **state)
{
	AUTO(buf_done) struct buf b = {0};

	(void)state;
	refused("a\n\"b\nc", "csv: the quotation on line 2 does not end");
	buf_text(&b, "a\n");
	for (int i = 0; i < CSV_MAX_COLUMNS; i++)
		buf_char(&b, ',');
	refused(b.data, "csv: line 2 has more than 64 columns");
	buf_reset(&b);
	for (int i = 0; i <= DEVICE_LIST_MAX_LINES; i++)
		buf_text(&b, "x\n\n");
	refused(b.data, "csv: has more than 10000 lines");
}

static void a_full_list_is_read(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf b = {0};
	struct device_list list;
	const char **found;
	struct err e = {0};

	(void)state;
	buf_text(&b, "name\n");
	for (int i = 0; i < DEVICE_LIST_MAX_LINES; i++)
		buf_printf(&b, "\"d%d\"\n", i);
	assert_true(device_list_read(&a, b.data, &list, &e));
	assert_int_equal(list.count, DEVICE_LIST_MAX_LINES);
	for (int i = 0; i < DEVICE_LIST_MAX_LINES; i += 2) {
		const char *name = arena_printf(&a, "d%d", i);

		assert_true(device_list_see(&list, &(struct device_named){name, name, ""}));
	}
	found = arena_array(&a, list.count, sizeof(*found));
	assert_int_equal(device_list_end(&a, &list, found), DEVICE_LIST_MAX_LINES / 2);
	assert_string_equal(found[1], "d2");
	assert_true(a.used < 4 * DEVICE_LIST_MAX_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_line_is_answered_for),
	    cmocka_unit_test(columns_are_named_by_the_first_line),
	    cmocka_unit_test(what_is_no_list_is_refused_with_its_line),
	    cmocka_unit_test(a_full_list_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
