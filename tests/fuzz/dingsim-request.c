/* What outsiders send dingsim that it reads itself: a subscription rule with a resource, a reply to
 * a push, a form's values. The input's first byte chooses. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "dingsim/form.h"
#include "dingsim/push.h"
#include "dingsim/rule.h"

#define KEY "o1w0aum42yaptlz8alnhwikjd3jenzt9cb9wmzptgus"

static const char components[] =
    "[{\"componentType\":\"TextareaField\",\"id\":\"a\",\"label\":\"a\",\"required\":true},"
    "{\"componentType\":\"NumberField\",\"id\":\"b\",\"label\":\"b\"},"
    "{\"componentType\":\"DDMultiSelectField\",\"id\":\"c\",\"label\":\"c\",\"options\":[\"x\"]},"
    "{\"componentType\":\"DDDateField\",\"id\":\"d\",\"label\":\"d\"},"
    "{\"componentType\":\"DDDateRangeField\",\"id\":\"e\",\"label\":\"e\","
    "\"format\":\"yyyy-MM-dd HH:mm\"},"
    "{\"componentType\":\"TableField\",\"id\":\"f\",\"label\":\"f\",\"children\":"
    "[{\"componentType\":\"DDAttachment\",\"id\":\"g\",\"label\":\"g\"}]}]";

static void try_rule(struct arena *a, const char *text, size_t n)
{
	const char *rule = arena_dup_n(a, text, n);
	const char *resource = rule + strlen(rule);
	struct err e = {0};

	if (resource < rule + n)
		resource++;
	if (rule_check(rule, &e))
		(void)rule_matches(rule, resource);
}

static void try_reply(struct arena *a, const char *text, size_t n)
{
	const struct app app = {.owner = "dingappkey0001", .aes_key = KEY, .token = "tokenxxxx"};
	const struct push_reply reply = {200, arena_dup_n(a, text, n), n};

	(void)push_verdict(a, &app, &reply);
}

static void try_values(struct arena *a, const char *text, size_t n)
{
	struct store s = {.arena = a};
	const struct json *form, *values;
	struct control *controls;
	struct form_fault fault;
	struct err e = {0};
	const char *out;

	if (!json_parse(a, components, sizeof(components) - 1, &form, &e) ||
	    !form_controls(a, form, &controls, &e))
		abort();
	if (json_parse(a, text, n, &values, &e) && values->type == JSON_ARRAY)
		(void)form_values(&s, controls, values, &out, &fault, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	const char *text = (const char *)data + 1;

	if (!size)
		return 0;
	if (data[0] == 'r')
		try_rule(&a, text, size - 1);
	else if (data[0] == 'p')
		try_reply(&a, text, size - 1);
	else
		try_values(&a, text, size - 1);
	return 0;
}
