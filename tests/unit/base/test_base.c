#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/id.h"
#include "base/notify.h"
#include "base/template.h"
#include "base/text.h"

static void numbers_are_read_whole_and_in_range(void **state)
{
	static const char *const bad[] = {"",   "-",  "+1",  " 1", "1 ", "01",
					  "-0", "1x", "0x1", "11", "-6", "9223372036854775808"};
	int64_t n = 77;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(text_i64(bad[i], -5, 10, &n));
	assert_int_equal(n, 77);
	assert_true(text_i64("-5", -5, 10, &n));
	assert_int_equal(n, -5);
	assert_true(text_i64("0", -5, 10, &n));
	assert_true(text_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &n));
	assert_true(n == INT64_MIN);
	assert_true(text_i64("9223372036854775807", INT64_MIN, INT64_MAX, &n));
	assert_true(n == INT64_MAX);
}

static void text_is_trimmed_counted_and_cut_by_character(void **state)
{
	char reason[] = " \xe3\x80\x80\t电脑 报废\r\n\xc2\xa0";
	char *kept = text_trim(reason);
	char blank[] = " \n\t ";

	(void)state;
	assert_string_equal(kept, "电脑 报废");
	assert_int_equal(text_length(kept), 5);
	text_cut(kept, 2);
	assert_string_equal(kept, "电脑");
	assert_string_equal(text_trim(blank), "");
}

static void only_well_formed_utf8_is_accepted(void **state)
{
	static const char *const good[] = {
	    "", "a", "é", "中", "😀", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"};
	static const char *const bad[] = {
	    "\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf",    "\xed\xa0\x80", "\xf4\x90\x80\x80",
	    "\xf5", "\xe4\xb8", "\xff",     "\xf0\x8f\xbf\xbf"};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(text_utf8_valid(good[i], strlen(good[i])));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(text_utf8_valid(bad[i], strlen(bad[i])));
	assert_true(text_printable("两\n行", true));
	assert_false(text_printable("两\n行", false));
	assert_false(text_printable("\x1b[31m", true));
	assert_false(text_printable("\xc2\x9b", true));
}

static void base64_decoders_differ_only_where_they_say(void **state)
{
	unsigned char out[64];
	char text[TEXT_BASE64_SIZE(64)];
	size_t n;

	(void)state;
	text_base64("\xff\xee\xdd\xcc", 4, text);
	assert_string_equal(text, "/+7dzA==");
	n = sizeof(out);
	assert_true(text_unbase64(text, strlen(text), out, &n));
	assert_int_equal(n, 4);
	assert_memory_equal(out, "\xff\xee\xdd\xcc", 4);
	text_base64url("\xff\xee\xdd\xcc", 4, text);
	assert_string_equal(text, "_-7dzA");
	n = sizeof(out);
	assert_true(text_unbase64url(text, strlen(text), out, &n));
	n = sizeof(out);
	assert_false(text_unbase64("/+7dzA", 6, out, &n));
	assert_false(text_unbase64("/+7dzB==", 8, out, &n));
	assert_false(text_unbase64url("_-7dzB", 6, out, &n));
	assert_false(text_unbase64url("_-7d=", 5, out, &n));
	n = 3;
	assert_false(text_unbase64("/+7dzA==", 8, out, &n));
	n = sizeof(out);
	assert_true(text_unbase64_lenient("/+7d\r\nzB", 8, out, &n));
	assert_int_equal(n, 4);
	assert_false(text_unbase64_lenient("/+7d=zA", 7, out, &n));
}

static void percent_encoding_goes_there_and_back(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	char *out;

	(void)state;
	assert_string_equal(text_percent(&a, "a b/中~"), "a%20b%2F%E4%B8%AD~");
	assert_true(text_unpercent(&a, "a+b%2f%E4%B8%AD", 15, true, &out));
	assert_string_equal(out, "a b/中");
	assert_true(text_unpercent(&a, "a+b", 3, false, &out));
	assert_string_equal(out, "a+b");
	assert_false(text_unpercent(&a, "%0", 2, false, &out));
	assert_false(text_unpercent(&a, "%zz", 3, false, &out));
	assert_false(text_unpercent(&a, "%00", 3, false, &out));
	assert_false(text_unpercent(&a, "%ff", 3, false, &out));
	assert_string_equal(text_html(&a, "<a b=\"'&"), "&lt;a b=&quot;&#39;&amp;");
}

static void ids_rise_and_look_like_uuids(void **state)
{
	char before[ID_SIZE], after[ID_SIZE];
	int i;

	(void)state;
	id_new(before);
	assert_true(id_valid(before));
	for (i = 0; i < 10000; i++) {
		id_new(after);
		assert_true(strcmp(before, after) < 0);
		memcpy(before, after, ID_SIZE);
	}
	assert_false(id_valid("0190"));
	assert_false(id_valid("0190A0F0-0000-7000-8000-000000000000"));
}

static void a_buffer_stops_at_its_maximum(void **state)
{
	AUTO(buf_done) struct buf b = {.max = 5};

	(void)state;
	buf_text(&b, "abc");
	buf_printf(&b, "%d", 12);
	assert_string_equal(b.data, "abc12");
	assert_false(b.overflow);
	buf_char(&b, '!');
	assert_true(b.overflow);
	assert_int_equal(b.len, 5);
	buf_consume(&b, 2);
	assert_string_equal(b.data, "c12");
}

static void an_arena_frees_everything_at_once(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		assert_non_null(arena_printf(&a, "%d %s", i, "text"));
	memset(arena_alloc(&a, 100000), 1, 100000);
	arena_done(&a);
	assert_string_equal(arena_dup(&a, "again"), "again");
}

static void a_file_is_replaced_whole(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	char folder[] = "/tmp/holdfast-unit-XXXXXX";
	struct err e = {0};
	char *path, *text;
	size_t n;

	(void)state;
	assert_non_null(mkdtemp(folder));
	path = arena_printf(&a, "%s/a/b/c", folder);
	assert_true(folder_make(arena_printf(&a, "%s/a/b", folder), 0700, &e));
	assert_true(folder_make(arena_printf(&a, "%s/a/b", folder), 0700, &e));
	assert_true(file_replace(path, "one\n", 4, 0600, &e));
	assert_true(file_append(path, "two\n", 4, &e));
	assert_true(file_read(&a, path, 100, &text, &n, &e));
	assert_string_equal(text, "one\ntwo\n");
	assert_false(file_read(&a, path, 3, &text, &n, &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
	assert_true(file_remove(path, &e));
	assert_true(file_remove(path, &e));
	assert_false(file_read(&a, path, 100, &text, &n, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_false(file_append(path, "x", 1, &e));
	(void)rmdir(arena_printf(&a, "%s/a/b", folder));
	(void)rmdir(arena_printf(&a, "%s/a", folder));
	(void)rmdir(folder);
}

static void errors_keep_their_code_when_context_is_added(void **state)
{
	char now[CLOCK_TEXT_SIZE];
	struct err e = {0};

	(void)state;
	assert_false(err_set(&e, ERR_CONFLICT, "device %s", "x"));
	assert_false(err_add(&e, "renaming %d", 1));
	assert_string_equal(e.text, "renaming 1: device x");
	assert_int_equal(err_http_status(e.code), 409);
	assert_string_equal(err_name(ERR_NOT_FOUND), "not-found");
	clock_text(1763830479123, now);
	assert_string_equal(now, "2025-11-22T16:54:39.123Z");
	clock_text(-1, now);
	assert_string_equal(now, "1969-12-31T23:59:59.999Z");
}

#ifdef HOLDFAST_FAILPOINTS
/* In a process of its own and before anybody has asked for the time: the file is looked for once. */
static void a_test_moves_the_clock_of_programs_that_run(void **state)
{
	char path[] = "/tmp/holdfast-clock-XXXXXX";
	int64_t file[4] = {0, (int64_t)time(NULL) * 1000 - 1000, 5000000000, 3600};
	int fd = mkstemp(path), status = -1;
	pid_t child;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, file, sizeof(file)), sizeof(file));
	child = fork();
	if (child == 0) {
		int64_t before, after;

		(void)setenv("HOLDFAST_CLOCK", path, 1);
		before = clock_utc_ms();
		file[3] = 0;
		file[2] = 7000000000;
		if (pwrite(fd, file, sizeof(file), 0) != sizeof(file))
			_exit(2);
		after = clock_utc_ms();
		_exit(before >= 5003600000 && before < 6000000000 && after == 7000000000 &&
			      clock_mono_ms() == after && clock_wait_ms(36000) == 10
			  ? 0
			  : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	(void)close(fd);
	(void)unlink(path);
}
#endif

/* RFC 4648 §10, without the padding. */
static void base32_is_that_of_rfc_4648(void **state)
{
	static const char *const vectors[][2] = {{"", ""},
						 {"f", "MY"},
						 {"fo", "MZXQ"},
						 {"foo", "MZXW6"},
						 {"foob", "MZXW6YQ"},
						 {"fooba", "MZXW6YTB"},
						 {"foobar", "MZXW6YTBOI"}};
	char out[TEXT_BASE32_SIZE(6)];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		text_base32(vectors[i][0], strlen(vectors[i][0]), out);
		assert_string_equal(out, vectors[i][1]);
	}
}

static void what_a_terminal_would_obey_is_shown_instead(void **state)
{
	static const struct {
		const char *text, *line, *lines;
	} cases[] = {
	    {"", "", ""},
	    {"王芳 <b>{x}</b>", "王芳 <b>{x}</b>", "王芳 <b>{x}</b>"},
	    {"a\tb\r\nc\rd\ne", "a b c d e", "a\tb\nc\nd\ne"},
	    {"\x1b[31m\x7f\x07", "\ufffd[31m\ufffd\ufffd", "\ufffd[31m\ufffd\ufffd"},
	    {"\xc2\x9b 2J\xc2\xa0", "\ufffd 2J\xc2\xa0", "\ufffd 2J\xc2\xa0"},
	    {"\u202a\u202e\u2066\u2069\u2028\u2029", "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd",
	     "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"},
	    {"\u2027\u202f\u2065\u206a", "\u2027\u202f\u2065\u206a", "\u2027\u202f\u2065\u206a"},
	    {"\xff\xe2\x80", "\ufffd\ufffd\ufffd", "\ufffd\ufffd\ufffd"},
	};
	AUTO(arena_done) struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_string_equal(text_plain(&a, cases[i].text, false), cases[i].line);
		assert_string_equal(text_plain(&a, cases[i].text, true), cases[i].lines);
	}
}

static const char *fill(struct arena *a, const char *text)
{
	static const struct template_value values[] = {{"a", "{b}"}, {"b", "2"}};
	AUTO(buf_done) struct buf out = {0};

	template_fill(&out, text, values, ARRAY_SIZE(values));
	return arena_dup_n(a, out.data, out.len);
}

static void variables_are_filled_in_once(void **state)
{
	static const char *const cases[][2] = {
	    {"", ""},           {"no", "no"},           {"{a}", "{b}"}, {"x{b}y{b}", "x2y2"},
	    {"{{a}", "{a}"},    {"{{{b}", "{2"},        {"{c}", "{c}"}, {"{", "{"},
	    {"a } b", "a } b"}, {"{a {b} }", "{a 2 }"}, {"{{{{", "{{"}, {"{}", "{}"}};
	AUTO(arena_done) struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(fill(&a, cases[i][0]), cases[i][1]);
}

static void the_service_manager_is_told(void **state)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char folder[] = "/tmp/hf-notify-XXXXXX", told[32] = "";
	AUTO(fd_closep) int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct err e;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_true(snprintf(at.sun_path, sizeof(at.sun_path), "%s/socket", folder) > 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	notify("READY=1"); /* there is no service manager */
	assert_int_equal(setenv("NOTIFY_SOCKET", at.sun_path, 1), 0);
	notify("STOPPING=1");
	assert_int_equal(recv(fd, told, sizeof(told), MSG_DONTWAIT), strlen("STOPPING=1"));
	assert_string_equal(told, "STOPPING=1");
	assert_true(file_remove(at.sun_path, &e));
	notify("READY=1"); /* it does not listen any more */
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_a_terminal_would_obey_is_shown_instead),
	    cmocka_unit_test(variables_are_filled_in_once),
	    cmocka_unit_test(base32_is_that_of_rfc_4648),
#ifdef HOLDFAST_FAILPOINTS
	    cmocka_unit_test(a_test_moves_the_clock_of_programs_that_run),
#endif
	    cmocka_unit_test(numbers_are_read_whole_and_in_range),
	    cmocka_unit_test(text_is_trimmed_counted_and_cut_by_character),
	    cmocka_unit_test(only_well_formed_utf8_is_accepted),
	    cmocka_unit_test(base64_decoders_differ_only_where_they_say),
	    cmocka_unit_test(percent_encoding_goes_there_and_back),
	    cmocka_unit_test(ids_rise_and_look_like_uuids),
	    cmocka_unit_test(a_buffer_stops_at_its_maximum),
	    cmocka_unit_test(an_arena_frees_everything_at_once),
	    cmocka_unit_test(a_file_is_replaced_whole),
	    cmocka_unit_test(errors_keep_their_code_when_context_is_added),
	    cmocka_unit_test(the_service_manager_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
