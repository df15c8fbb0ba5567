#include "../unit.h"

#include <stdio.h>

#include "dingsim/walk.h"

/* "key=value key=value " of an object, "value value " of a list, or the error. */
static const char *walked(const char *text, char open, char *out, size_t size)
{
	struct walk_item item;
	struct err e = {0};
	struct walk w;
	bool more = true;
	size_t n = 0;

	out[0] = '\0';
	if (!walk_begin(&w, text, strlen(text), open, &e))
		more = false;
	while (more && walk_next(&w, &item, &more, &e))
		if (more)
			n += (size_t)snprintf(out + n, size - n, "%.*s%s%.*s ", (int)item.key_len,
					      item.key ? item.key : "", item.key ? "=" : "",
					      (int)item.value_len, item.value);
	if (e.code)
		(void)snprintf(out, size, "%s", e.text);
	return out;
}

static void members_and_elements_come_one_by_one(void **state)
{
	char out[ERR_TEXT_MAX];

	(void)state;
	assert_string_equal(
	    walked(" { \"a\" : 1 ,\"b\":[1,{\"x\":\"]}\"}] } ", '{', out, sizeof(out)),
	    "a=1 b=[1,{\"x\":\"]}\"}] ");
	assert_string_equal(walked("[\"a\\\"]\", {} ,[],true,-1.5]", '[', out, sizeof(out)),
			    "\"a\\\"]\" {} [] true -1.5 ");
	assert_string_equal(walked("[]", '[', out, sizeof(out)), "");
	assert_string_equal(walked("{}\n", '{', out, sizeof(out)), "");
}

static void what_stands_between_them_is_checked(void **state)
{
	static const struct {
		const char *text, *error;
		char open;
	} wrong[] = {
	    {"", "byte 0: must be an object", '{'},
	    {"[]", "byte 0: must be an object", '{'},
	    {"{}", "byte 0: must be a list", '['},
	    {"[,1]", "byte 1: a value is missing", '['},
	    {"[1,]", "byte 3: a value is missing", '['},
	    {"[1 2]", "byte 3: a ',' is missing", '['},
	    {"[1", "byte 2: a ',' is missing", '['},
	    {"[1]x", "byte 3: there is more behind the end", '['},
	    {"[\"a]", "byte 4: the text ends too early", '['},
	    {"[\"a\\", "byte 4: the text ends too early", '['},
	    {"[{\"a\":[]", "byte 8: the text ends too early", '['},
	    {"{1:2}", "byte 1: a member's name is missing", '{'},
	    {"{\"a\" 2}", "byte 5: a ':' is missing", '{'},
	    {"{\"a\":}", "byte 5: a value is missing", '{'},
	};
	char out[ERR_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_string_equal(walked(wrong[i].text, wrong[i].open, out, sizeof(out)),
				    wrong[i].error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(members_and_elements_come_one_by_one),
	    cmocka_unit_test(what_stands_between_them_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
