#include "../unit.h"

#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "conf/conf.h"

struct settings {
	const char *url;
	const char *ca;
	int64_t port;
	bool verbose;
};

static const struct conf_key keys[] = {
    {"server", "url", CONF_TEXT, offsetof(struct settings, url), "http://127.0.0.1", 0, 0},
    {"server", "ca", CONF_TEXT, offsetof(struct settings, ca), NULL, 0, 0},
    {"server", "port", CONF_I64, offsetof(struct settings, port), "8080", 1, 65535},
    {"log", "verbose", CONF_BOOL, offsetof(struct settings, verbose), "no", 0, 0},
    {0}};

static bool read_text(struct arena *a, const char *text, size_t n, struct settings *out,
		      struct err *e)
{
	char path[] = "/tmp/holdfast-conf-XXXXXX";
	int fd = mkstemp(path);
	bool ok;

	assert_true(fd >= 0);
	assert_true(fd_write_full(fd, text, n, e));
	(void)close(fd);
	ok = conf_read(a, path, keys, out, e);
	(void)unlink(path);
	return ok;
}

static void a_file_fills_what_it_names_and_the_rest_has_defaults(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	static const char text[] = "\xef\xbb\xbf; comment\n# another\n[server]\n"
				   "url = https://holdfast.example/x ; behind a value\r\n"
				   "ca=\n\n[log]\nverbose = yes";
	struct settings s;
	struct err e;

	(void)state;
	assert_true(read_text(&a, text, sizeof(text) - 1, &s, &e));
	assert_string_equal(s.url, "https://holdfast.example/x");
	assert_string_equal(s.ca, "");
	assert_int_equal(s.port, 8080);
	assert_true(s.verbose);
}

static void a_missing_file_leaves_the_defaults(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct settings s;
	struct err e;

	(void)state;
	assert_false(conf_read(&a, "/nonexistent/agent.conf", keys, &s, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_string_equal(s.url, "http://127.0.0.1");
	assert_null(s.ca);
	assert_false(s.verbose);
}

static void a_slip_is_told_with_its_line(void **state)
{
	static const struct {
		const char *text;
		const char *told;
	} rows[] = {
	    {"[server]\nurll = x\n", ":2: there is no key \"urll\" in [server]"},
	    {"\n[serve]\nurl = x\n", ":3: there is no key \"url\" in [serve]"},
	    {"url = x\n", ":1: \"url\" stands before any [section]"},
	    {"[server]\nport = 0\n", ":2: port must be a whole number from 1 to 65535"},
	    {"[server]\nport = 80 80\n", ":2: port must be a whole number"},
	    {"[log]\nverbose = maybe\n", ":2: verbose must be yes or no"},
	    {"[server]\nurl = a\nport = 1\nurl = b\n", ":4: url is given twice"},
	    {"[server]\nurl = a\n  b\n", ":3: url is given twice"},
	    {"[server]\nurl\n", ":2: neither [section] nor key = value"},
	    {"[server\n", ":1: neither [section] nor key = value"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO(arena_done) struct arena a = {0};
		struct settings s;
		struct err e;

		assert_false(read_text(&a, rows[i].text, strlen(rows[i].text), &s, &e));
		assert_int_equal(e.code, ERR_INVALID);
		if (!strstr(e.text, rows[i].told))
			fail_msg("row %zu says: %s", i, e.text);
	}
}

static void a_long_line_is_refused_not_split(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	char text[CONF_MAX_LINE + 64];
	struct settings s;
	struct err e;
	int n;

	(void)state;
	n = snprintf(text, sizeof(text), "[server]\nurl=%0*d\n", CONF_MAX_LINE - 4, 0);
	assert_true(read_text(&a, text, (size_t)n, &s, &e));
	assert_int_equal(strlen(s.url), CONF_MAX_LINE - 4);
	n = snprintf(text, sizeof(text), "[server]\nurl=%0*d\n", CONF_MAX_LINE - 3, 0);
	assert_false(read_text(&a, text, (size_t)n, &s, &e));
	assert_non_null(strstr(e.text, ":2: the line is longer than"));
}

static void bytes_that_are_no_text_are_refused(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct settings s;
	struct err e;

	(void)state;
	assert_false(read_text(&a, "[log]\n\0verbose=yes", 18, &s, &e));
	assert_int_equal(e.code, ERR_INVALID);
	assert_false(read_text(&a, "[log]\n;\xff\n", 9, &s, &e));
	assert_int_equal(e.code, ERR_INVALID);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_fills_what_it_names_and_the_rest_has_defaults),
	    cmocka_unit_test(a_missing_file_leaves_the_defaults),
	    cmocka_unit_test(a_slip_is_told_with_its_line),
	    cmocka_unit_test(a_long_line_is_refused_not_split),
	    cmocka_unit_test(bytes_that_are_no_text_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
