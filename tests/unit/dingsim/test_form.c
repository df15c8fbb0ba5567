#include "company.h"

#include "base/text.h"
#include "dingsim/form.h"

#define CONTROL(type, more) \
	"[{\"componentType\":\"" type "\",\"id\":\"i1\",\"label\":\"栏目\"" more "}]"
#define OPTIONS ",\"options\":[\"临时\",\"永久\"]"
#define TABLE                                                                                  \
	",\"children\":[{\"componentType\":\"TextField\",\"id\":\"c1\",\"label\":\"文字\"}," \
	"{\"componentType\":\"NumberField\",\"id\":\"c2\",\"label\":\"数量\"}]"
#define NEEDED                                                                                \
	",\"children\":[{\"componentType\":\"TextField\",\"id\":\"c1\",\"label\":\"文字\"," \
	"\"required\":true},{\"componentType\":\"NumberField\",\"id\":\"c2\",\"label\":\"数量\"}]"
#define VALUE(text) "[{\"name\":\"栏目\",\"value\":" text "}]"

struct fixture {
	struct arena a;
	struct db *db;
	struct store s;
};

static int set_up(void **state)
{
	struct fixture *f = mem_new(struct fixture);
	struct err e = {0};

	f->db = company_open();
	f->s = (struct store){.db = f->db, .arena = &f->a};
	*state = f;
	return company_read(&f->s, COMPANY, &e) ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_done(&f->a);
	mem_free(f);
	return 0;
}

static const struct json *parsed(struct fixture *f, const char *text)
{
	const struct json *out;
	struct err e = {0};

	assert_true(json_parse(&f->a, text, strlen(text), &out, &e));
	return out;
}

static bool try_values(struct fixture *f, const char *components, const char *values,
		       const char **out, struct form_fault *fault)
{
	struct control *controls;
	struct err e = {0};

	assert_true(form_controls(&f->a, parsed(f, components), &controls, &e));
	return form_values(&f->s, controls, parsed(f, values), out, fault, &e);
}

static const struct {
	const char *components, *value;
	bool fits;
} values[] = {
    {CONTROL("TextareaField", ""), "\"系统故障\\r\\n第二行\"", true},
    {CONTROL("TextareaField", ""), "7", false},
    {CONTROL("TextareaField", ""), "[\"x\"]", false},
    {CONTROL("TextareaField", ""), "null", false},
    {CONTROL("NumberField", ""), "\"100\"", true},
    {CONTROL("NumberField", ""), "\"-1.5\"", true},
    {CONTROL("NumberField", ""), "\"1.\"", false},
    {CONTROL("NumberField", ""), "\"1e5\"", false},
    {CONTROL("MoneyField", ""), "\"十\"", false},
    {CONTROL("DDSelectField", OPTIONS), "\"永久\"", true},
    {CONTROL("DDSelectField", OPTIONS), "\"option_1\"", false},
    {CONTROL("DDMultiSelectField", OPTIONS), "\"[\\\"永久\\\",\\\"临时\\\"]\"", true},
    {CONTROL("DDMultiSelectField", OPTIONS), "\"[\\\"其他\\\"]\"", false},
    {CONTROL("DDMultiSelectField", OPTIONS), "\"永久\"", false},
    {CONTROL("DDDateField", ""), "\"2026-01-02\"", true},
    {CONTROL("DDDateField", ""), "\"2026-13-02\"", false},
    {CONTROL("DDDateField", ""), "\"2026-02-29\"", false},
    {CONTROL("DDDateField", ""), "\"2028-02-29\"", true},
    {CONTROL("DDDateField", ""), "\"2026-01-02 15:04\"", false},
    {CONTROL("DDDateField", ",\"format\":\"yyyy-MM-dd HH:mm\""), "\"2026-01-02 15:04\"", true},
    {CONTROL("DDDateField", ",\"format\":\"yyyy-MM-dd HH:mm\""), "\"2026-01-02 24:04\"", false},
    {CONTROL("DDDateRangeField", ""), "\"[\\\"2026-01-01\\\",\\\"2026-01-03\\\"]\"", true},
    {CONTROL("DDDateRangeField", ""), "\"[\\\"2026-01-03\\\",\\\"2026-01-01\\\"]\"", false},
    {CONTROL("DDDateRangeField", ""), "\"[\\\"2026-01-03\\\"]\"", false},
    {CONTROL("PhoneField", ""), "\"13800000000\"", true},
    {CONTROL("PhoneField", ""), "\"none\"", false},
    {CONTROL("InnerContactField", ""), "\"[\\\"a\\\",\\\"b\\\"]\"", true},
    {CONTROL("InnerContactField", ""), "\"[\\\"ghost\\\"]\"", false},
    {CONTROL("InnerContactField", ""), "\"a\"", false},
    {CONTROL("DepartmentField", ""), "\"2,3\"", true},
    {CONTROL("DepartmentField", ""), "\"2,9\"", false},
    {CONTROL("DepartmentField", ""), "\"2,\"", false},
    {CONTROL("DDPhotoField", ""), "\"[\\\"https://x/1.png\\\"]\"", true},
    {CONTROL("DDPhotoField", ""), "\"https://x/1.png\"", false},
    {CONTROL("DDAttachment", ""), "\"[{\\\"fileId\\\":\\\"1\\\"}]\"", true},
    {CONTROL("DDAttachment", ""), "\"[1]\"", false},
    {CONTROL("RelateField", ""), "\"[]\"", true},
    {CONTROL("RelateField", ""), "\"[\\\"id\\\"]\"", false},
    {CONTROL("StarRatingField", ""), "\"5\"", true},
    {CONTROL("StarRatingField", ""), "\"50\"", false},
    {CONTROL("TextNote", ""), "\"x\"", false},
    {CONTROL("DDBizSuite", ""), "\"{}\"", false},
    {CONTROL("AddressField", ""), "\"北京,北京市,东城区\"", true},
    {CONTROL("TableField", NEEDED), "\"[[{\\\"name\\\":\\\"数量\\\",\\\"value\\\":\\\"2\\\"}]]\"",
     false},
    {CONTROL("TableField", NEEDED), "\"[[{\\\"name\\\":\\\"文字\\\",\\\"value\\\":\\\"x\\\"}]]\"",
     true},
    {CONTROL("TableField", TABLE),
     "\"[[{\\\"name\\\":\\\"文字\\\",\\\"value\\\":\\\"x\\\"},"
     "{\\\"name\\\":\\\"文字\\\",\\\"value\\\":\\\"y\\\"}]]\"",
     false},
    {CONTROL("TableField", TABLE), "\"[[{\\\"name\\\":\\\"数量\\\",\\\"value\\\":\\\"2\\\"}]]\"",
     true},
    {CONTROL("TableField", TABLE), "\"[[{\\\"name\\\":\\\"数量\\\",\\\"value\\\":\\\"x\\\"}]]\"",
     false},
    {CONTROL("TableField", TABLE), "\"[[{\\\"name\\\":\\\"其他\\\",\\\"value\\\":\\\"2\\\"}]]\"",
     false},
    {CONTROL("TableField", TABLE), "\"[[1]]\"", false},
    {CONTROL("TableField", TABLE), "\"{}\"", false},
};

static void each_type_checks_its_values(void **state)
{
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		const char *text = arena_printf(&f->a, VALUE("%s"), values[i].value);
		struct form_fault fault;
		const char *out;

		if (try_values(f, values[i].components, text, &out, &fault) != values[i].fits)
			fail_msg("%s in %s", values[i].value, values[i].components);
		if (values[i].fits)
			continue;
		assert_string_equal(fault.code, "formConverterError");
		assert_string_equal(fault.label, "栏目");
	}
}

#define REQUIRED CONTROL("TextareaField", ",\"required\":true")

static void required_controls_must_be_filled(void **state)
{
	static const char *const missing[] = {"[]", VALUE("\"\""), VALUE("\" \\n\xe3\x80\x80\"")};
	struct fixture *f = *state;
	struct form_fault fault;
	const char *out;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(missing); i++) {
		assert_false(try_values(f, REQUIRED, missing[i], &out, &fault));
		assert_string_equal(fault.code, "formConverterError");
		assert_string_equal(fault.label, "栏目");
	}
	assert_true(try_values(f, REQUIRED, VALUE("\"x\""), &out, &fault));
	assert_true(try_values(f, CONTROL("NumberField", ""), VALUE("\"\""), &out, &fault));
}

static void names_must_be_the_labels(void **state)
{
	struct fixture *f = *state;
	struct form_fault fault;
	const char *out;

	assert_false(try_values(f, CONTROL("TextField", ""),
				"[{\"name\":\"别的\",\"id\":\"i1\",\"value\":\"x\"}]", &out,
				&fault));
	assert_string_equal(fault.label, "别的");
	assert_false(
	    try_values(f, CONTROL("TextField", ""),
		       "[{\"name\":\"栏目\",\"value\":\"x\"},{\"name\":\"栏目\",\"value\":\"y\"}]",
		       &out, &fault));
	assert_string_equal(fault.label, "栏目");
	assert_false(try_values(f, CONTROL("TextField", ""), "[{\"value\":\"x\"}]", &out, &fault));
	assert_string_equal(fault.code, "illegalComponent");
	assert_false(try_values(f, CONTROL("TextField", ""), "[1]", &out, &fault));
	assert_string_equal(fault.code, "illegalComponent");
}

static void values_are_read_back_in_the_forms_order(void **state)
{
	static const char components[] =
	    "[{\"componentType\":\"TextField\",\"id\":\"i1\",\"label\":\"一\",\"bizAlias\":\"one\"}"
	    ","
	    "{\"componentType\":\"DDSelectField\",\"id\":\"i2\",\"label\":\"二\"" OPTIONS "}]";
	struct fixture *f = *state;
	struct form_fault fault;
	const char *out;

	assert_true(
	    try_values(f, components,
		       "[{\"name\":\"二\",\"value\":\"永久\"},{\"name\":\"一\",\"value\":\"x\"}]",
		       &out, &fault));
	assert_string_equal(
	    out, "[{\"id\":\"i1\",\"name\":\"一\",\"value\":\"x\",\"componentType\":\"TextField\","
		 "\"bizAlias\":\"one\",\"extValue\":\"\"},"
		 "{\"id\":\"i2\",\"name\":\"二\",\"value\":\"永久\","
		 "\"componentType\":\"DDSelectField\",\"bizAlias\":\"\","
		 "\"extValue\":\"{\\\"label\\\":\\\"永久\\\",\\\"key\\\":\\\"option_1\\\"}\"}]");
}

static void an_option_can_bring_its_key(void **state)
{
	struct fixture *f = *state;
	struct form_fault fault;
	const char *out;

	assert_true(try_values(
	    f,
	    CONTROL(
		"DDSelectField",
		",\"options\":[{\"key\":\"option_9\",\"value\":\"临时\"},{\"value\":\"永久\"}]"),
	    VALUE("\"临时\""), &out, &fault));
	assert_non_null(strstr(out, "{\\\"label\\\":\\\"临时\\\",\\\"key\\\":\\\"option_9\\\"}"));
}

static void a_value_of_another_type_is_refused(void **state)
{
	struct fixture *f = *state;
	struct form_fault fault;
	const char *out;

	assert_false(
	    try_values(f, CONTROL("TextField", ""),
		       "[{\"name\":\"栏目\",\"value\":\"x\",\"componentType\":\"NumberField\"}]",
		       &out, &fault));
	assert_string_equal(fault.label, "栏目");
	assert_true(try_values(
	    f, CONTROL("TextField", ""),
	    "[{\"name\":\"栏目\",\"value\":\"x\",\"componentType\":\"TextField\"}]", &out, &fault));
}

static void wrong_forms_are_refused(void **state)
{
	static const char *const wrong[] = {
	    "[]",
	    "{}",
	    CONTROL("NoSuchField", ""),
	    CONTROL("DDSelectField", ""),
	    CONTROL("DDSelectField", ",\"options\":[]"),
	    CONTROL("DDSelectField", ",\"options\":[1]"),
	    CONTROL("TextField", OPTIONS),
	    CONTROL("TextField", TABLE),
	    CONTROL("TableField", ""),
	    "[{\"componentType\":\"TextField\",\"id\":\"i1\"}]",
	    ("[{\"componentType\":\"TextField\",\"id\":\"a\",\"label\":\"x\"},"
	     "{\"componentType\":\"TextField\",\"id\":\"b\",\"label\":\"x\"}]"),
	};
	struct fixture *f = *state;
	struct control *controls;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct err e = {0};

		if (form_controls(&f->a, parsed(f, wrong[i]), &controls, &e))
			fail_msg("accepted: %s", wrong[i]);
		assert_int_equal(e.code, ERR_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(each_type_checks_its_values, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(required_controls_must_be_filled, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(names_must_be_the_labels, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(values_are_read_back_in_the_forms_order, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(an_option_can_bring_its_key, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_value_of_another_type_is_refused, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(wrong_forms_are_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
