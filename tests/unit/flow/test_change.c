/* What the record says of a change. */
#include "../unit.h"

#include <string.h>

#include "flow/change.h"

static const struct {
	const char *before, *after, *diff;
} cases[] = {
    {"{\"a\":1,\"b\":\"x\"}", "{\"a\":1,\"b\":\"y\"}",
     "{\"b\":{\"before\":\"x\",\"after\":\"y\"}}"},
    {"{\"a\":1}", "{\"a\":1}", "{}"},
    {NULL, "{\"a\":1}", "{\"a\":{\"before\":null,\"after\":1}}"},
    {"{\"a\":1}", NULL, "{\"a\":{\"before\":1,\"after\":null}}"},
    {"{\"a\":null}", "{}", "{}"},
    {"{\"scope\":{\"everyone\":true,\"groups\":[\"g\"]}}",
     "{\"scope\":{\"everyone\":false,\"groups\":[\"g\",\"h\"]}}",
     "{\"scope.everyone\":{\"before\":true,\"after\":false},"
     "\"scope.groups\":{\"removed\":[],\"added\":[\"h\"]}}"},
    {"{\"l\":[{\"x\":1},{\"x\":2}]}", "{\"l\":[{\"x\":2},{\"x\":3}]}",
     "{\"l\":{\"removed\":[{\"x\":1}],\"added\":[{\"x\":3}]}}"},
    {"{\"l\":[1,2]}", "{\"l\":[2,1]}", "{\"l\":{\"removed\":[],\"added\":[],\"moved\":true}}"},
    {"{\"l\":[]}", "{\"l\":null}", "{\"l\":{\"before\":[],\"after\":null}}"},
};

static void only_what_differs_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(arena_done) struct arena a = {0};

		assert_string_equal(flow_diff(&a, cases[i].before, cases[i].after), cases[i].diff);
	}
}

/* 3000 new members of a list, and a text as long as all of it. */
static void what_does_not_fit_is_counted(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf list = {0};
	char *text = arena_alloc(&a, FLOW_DIFF_MAX + 1);
	const char *diff;

	(void)state;
	buf_text(&list, "{\"l\":[");
	for (int i = 0; i < 3000; i++)
		buf_printf(&list, "%s\"%064d\"", i == 0 ? "" : ",", i);
	memset(text, 'x', FLOW_DIFF_MAX);
	text[FLOW_DIFF_MAX] = '\0';
	buf_printf(&list, "],\"t\":\"%s\"}", text);
	diff = flow_diff(&a, "{\"l\":[]}", list.data);
	assert_true(strlen(diff) < FLOW_DIFF_MAX + 1000);
	assert_non_null(strstr(diff, "],\"more\":"));
	assert_non_null(strstr(diff, "\"t\":{\"more\":1}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_what_differs_is_said),
	    cmocka_unit_test(what_does_not_fit_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
