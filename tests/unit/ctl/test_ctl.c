/* holdfastctl's own: where it finds server and token, and what it refuses before it sends anything. */
#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/ctl.h"

static void done(struct ctl *c)
{
	http_client_free(c->http);
	arena_done(&c->arena);
}

static void the_language_is_the_readers(void **)
{
	assert_int_equal(ctl_language_of(NULL, NULL, "zh_CN.UTF-8"), CTL_ZH);
	assert_int_equal(ctl_language_of("", "en_US.UTF-8", "zh_CN.UTF-8"), CTL_EN);
	assert_int_equal(ctl_language_of("zh_CN", "en_US", NULL), CTL_ZH);
	assert_int_equal(ctl_language_of(NULL, NULL, NULL), CTL_EN);
}

static void the_file_is_where_people_keep_such_files(void **)
{
	AUTO(arena_done) struct arena a = {0};

	assert_string_equal(ctl_config_place(&a, "/x", "/y", "/z"), "/x");
	assert_string_equal(ctl_config_place(&a, "", "/y", "/z"), "/y/holdfast/ctl.ini");
	assert_string_equal(ctl_config_place(&a, NULL, NULL, "/z"), "/z/.config/holdfast/ctl.ini");
	assert_null(ctl_config_place(&a, NULL, NULL, NULL));
}

static void a_token_that_others_may_read_is_refused(void **)
{
	static const char text[] = "[server]\nurl = https://holdfast.example.com\ntoken = hft_x\n";
	AUTO(done) struct ctl c = {0};
	char path[] = "/tmp/holdfastctl-test-XXXXXX";
	int fd = mkstemp(path);
	struct err e = {0};

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_false(ctl_config_read(&c, path, &e));
	assert_int_equal(e.code, ERR_FORBIDDEN);
	assert_int_equal(fchmod(fd, 0600), 0);
	c.server = "https://other.example.com"; /* --server wins */
	assert_true(ctl_config_read(&c, path, &e));
	assert_string_equal(c.server, "https://other.example.com");
	assert_string_equal(c.token, "hft_x");
	(void)close(fd);
	(void)unlink(path);
	assert_true(ctl_config_read(&c, path, &e)); /* none is none */
}

static void a_token_never_goes_out_in_the_clear(void **)
{
	static const struct {
		const char *server, *token;
		bool ready;
	} cases[] = {
	    {"https://holdfast.example.com/", "hft_x", true},
	    {"http://127.0.0.1:8440", "hft_x", true},
	    {"http://localhost:8440", "hft_x", true},
	    {"http://holdfast.example.com", "hft_x", false},
	    {"http://localhost.example.com", "hft_x", false},
	    {"http://127.0.0.1.example.com", "hft_x", false},
	    {"http://127.example.com:8440", "hft_x", false},
	    {"holdfast.example.com", "hft_x", false},
	    {"", "hft_x", false},
	    {NULL, "hft_x", false},
	    {"https://holdfast.example.com", NULL, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(done) struct ctl c = {.server = cases[i].server, .token = cases[i].token};
		struct err e = {0};

		if (ctl_ready(&c, false, &e) != cases[i].ready)
			fail_msg("%s", cases[i].server ? cases[i].server : "none");
	}
}

static void a_report_says_how_it_went(void **)
{
	static const struct {
		const char *text;
		enum ctl_status status;
	} cases[] = {{"{\"state\":\"ready\",\"name\":\"x\",\"findings\":[]}", CTL_GOOD},
		     {"{\"state\":\"attention\",\"name\":\"x\",\"findings\":[]}", CTL_ATTENTION},
		     {"{\"state\":\"broken\",\"name\":\"x\",\"findings\":[{\"severity\":\"broken\","
		      "\"what\":{\"en\":\"w\"},\"remedy\":{\"en\":\"r\"},\"form\":null}]}",
		      CTL_BROKEN},
		     {"{\"state\":\"new\"}", CTL_FAILED},
		     {"{}", CTL_FAILED}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(done) struct ctl c = {0};
		const struct json *doctor;
		struct err e;

		assert_true(
		    json_parse(&c.arena, cases[i].text, strlen(cases[i].text), &doctor, &e));
		assert_int_equal(ctl_doctor_show(&c, doctor), cases[i].status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_language_is_the_readers),
	    cmocka_unit_test(the_file_is_where_people_keep_such_files),
	    cmocka_unit_test(a_token_that_others_may_read_is_refused),
	    cmocka_unit_test(a_token_never_goes_out_in_the_clear),
	    cmocka_unit_test(a_report_says_how_it_went),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
