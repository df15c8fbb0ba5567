#include "company.h"

#include "base/fd.h"

static void a_company_is_read(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_closep) struct db *db = company_open();
	struct store s = {.db = db, .arena = &a};
	struct department *department;
	struct person *person;
	struct app *app;
	struct err e = {0};
	const char *id, *name;
	bool there;

	(void)state;
	assert_true(store_corp(&s, &id, &name, &there, &e));
	assert_false(there);
	assert_true(company_read(&s, COMPANY, &e));
	assert_true(store_corp(&s, &id, &name, &there, &e));
	assert_true(there);
	assert_string_equal(id, "ding1");
	assert_true(store_department(&s, 1, &department, &e));
	assert_string_equal(department->name, "示例");
	assert_int_equal(department->members, 1);
	assert_true(store_person(&s, "b", &person, &e));
	assert_string_equal(person->departments, "[1,2]");
	assert_true(store_app(&s, "dingapp", &app, &e));
	assert_string_equal(app->scope, "[1]");
	assert_string_equal(app->redirect_urls, "[\"http://127.0.0.1/cb\"]");
}

static void departments_are_within_those_above(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_closep) struct db *db = company_open();
	struct store s = {.db = db, .arena = &a};
	struct err e = {0};
	bool within;

	(void)state;
	assert_true(company_read(&s, COMPANY, &e));
	assert_true(store_department_within(&s, 3, "[2]", &within, &e));
	assert_true(within);
	assert_true(store_department_within(&s, 2, "[3]", &within, &e));
	assert_false(within);
	assert_true(store_person_within(&s, "a", "[2]", &within, &e));
	assert_true(within);
	assert_true(store_person_within(&s, "b", "[3]", &within, &e));
	assert_false(within);
}

#define CORP "{\"corp\":{\"corpId\":\"d\",\"name\":\"n\"},\"apps\":[],"

/* Each says which member is wrong. */
static const struct {
	const char *text, *names;
} wrong[] = {
    {"{}", "corp"},
    {"{\"corp\":{}}", "corpId"},
    {CORP "\"people\":[{\"userid\":\"a\",\"unionid\":\"u\",\"name\":\"n\"}]}", "people[0]"},
    {CORP "\"people\":[{\"userid\":\"a\",\"unionid\":\"u\",\"name\":\"n\",\"departments\":[9]}]}",
     "people[0]"},
    {CORP "\"people\":[],\"departments\":[{\"id\":2,\"parent\":3,\"name\":\"x\"},"
	  "{\"id\":3,\"parent\":2,\"name\":\"y\"}]}",
     "departments[0]"},
    {CORP "\"people\":[],\"departments\":[{\"id\":2,\"parent\":1,\"name\":\"x\"},"
	  "{\"id\":2,\"parent\":1,\"name\":\"y\"}]}",
     "departments[1]"},
    {CORP "\"people\":[],\"surprise\":1}", "surprise"},
    {CORP "\"people\":[],\"people\":[]}", "people"},
    {CORP "\"people\":{}}", "people"},
    {CORP "\"people\":[1]}", "people[0]"},
    {CORP "\"people\":[{\"userid\":\"a\",}]}", "people[0]"},
    {CORP "\"people\":[],\"faults\":[{\"kind\":\"none\"}]}", "faults[0]"},
    {CORP "\"people\":[]} {}", "behind the end"},
    {CORP "\"people\":[],\"forms\":[{\"processCode\":\"P\",\"name\":\"f\",\"components\":[],"
	  "\"approvers\":[]}]}",
     "forms[0]"},
    {CORP "\"people\":[],\"forms\":[{\"processCode\":\"P\",\"name\":\"f\",\"components\":"
	  "[{\"componentType\":\"TextField\",\"id\":\"i\",\"label\":\"l\"}],\"approvers\":"
	  "[{\"actionType\":\"NONE\",\"userIds\":[\"ghost\"]}]}]}",
     "forms[0]"},
    {CORP
     "\"people\":[],\"forms\":[{\"processCode\":\"P\",\"name\":\"f\",\"components\":"
     "[{\"componentType\":\"DDSelectField\",\"id\":\"i\",\"label\":\"l\",\"options\":[\"x\"]}],"
     "\"approvers\":[{\"actionType\":\"OR\",\"actorKey\":\"k\",\"when\":1}]}]}",
     "when: must be"},
    {CORP
     "\"people\":[],\"forms\":[{\"processCode\":\"P\",\"name\":\"f\",\"components\":"
     "[{\"componentType\":\"DDSelectField\",\"id\":\"i\",\"label\":\"l\",\"options\":[\"x\"]}],"
     "\"approvers\":[{\"actionType\":\"OR\",\"actorKey\":\"k\",\"when\":{\"label\":\"l\","
     "\"values\":[1]}}]}]}",
     "when: values must be"},
    {CORP
     "\"people\":[],\"forms\":[{\"processCode\":\"P\",\"name\":\"f\",\"components\":"
     "[{\"componentType\":\"DDSelectField\",\"id\":\"i\",\"label\":\"l\",\"options\":[\"x\"]}],"
     "\"approvers\":[{\"actionType\":\"OR\",\"actorKey\":\"k\",\"when\":{\"label\":\"m\","
     "\"values\":[\"x\"]}}]}]}",
     "no DDSelectField m"},
    {CORP
     "\"people\":[],\"forms\":[{\"processCode\":\"P\",\"name\":\"f\",\"components\":"
     "[{\"componentType\":\"DDSelectField\",\"id\":\"i\",\"label\":\"l\",\"options\":[\"x\"]}],"
     "\"approvers\":[{\"actionType\":\"OR\",\"actorKey\":\"k\",\"when\":{\"label\":\"l\","
     "\"values\":[\"y\"]}}]}]}",
     "no option y"},
};

static void wrong_seeds_are_refused_with_the_place(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		AUTO(arena_done) struct arena a = {0};
		AUTO(db_closep) struct db *db = company_open();
		struct store s = {.db = db, .arena = &a};
		struct err e = {0};

		assert_false(company_read(&s, wrong[i].text, &e));
		if (!strstr(e.text, wrong[i].names))
			fail_msg("%s does not name %s", e.text, wrong[i].names);
	}
}

static void a_folder_of_another_layout_is_refused(void **state)
{
	AUTO(db_closep) struct db *db = NULL;
	char path[] = "/tmp/dingsim-test-XXXXXX";
	AUTO(mem_freep) char *url = NULL;
	AUTO(mem_freep) char *remove = NULL;
	struct err e = {0};

	(void)state;
	assert_non_null(mkdtemp(path));
	url = mem_printf("sqlite:%s/dingsim.db", path);
	remove = mem_printf("rm -r %s", path);
	db = store_open(url, &e);
	assert_non_null(db);
	assert_true(db_exec(db, "UPDATE layout SET version = 99", DB_NONE, NULL, &e));
	db_close(db);
	db = store_open(url, &e);
	assert_null(db);
	assert_int_equal(e.code, ERR_CONFLICT);
	assert_int_equal(system(remove), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_company_is_read),
	    cmocka_unit_test(departments_are_within_those_above),
	    cmocka_unit_test(wrong_seeds_are_refused_with_the_place),
	    cmocka_unit_test(a_folder_of_another_layout_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
