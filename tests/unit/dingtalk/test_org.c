/* Reading organisations of several shapes. */
#include "fake.h"

#include "dingtalk/org.h"

#define GET "/topapi/v2/department/get"
#define LISTSUB "/topapi/v2/department/listsub"
#define LIST "/topapi/v2/user/list"
#define USER "/topapi/v2/user/get"
#define SCOPES "/auth/scopes"

#define OK "{\"errcode\":0,\"errmsg\":\"ok\",\"result\":"
#define NO_CHILDREN                       \
	{                                 \
		LISTSUB, .body = OK "[]}" \
	}
#define NO_MEMBERS                                                   \
	{                                                            \
		LIST, .body = OK "{\"has_more\":false,\"list\":[]}}" \
	}
#define DEPARTMENT(id, parent, name) \
	"{\"dept_id\":" #id ",\"parent_id\":" #parent ",\"name\":\"" name "\"}"
#define PERSON(id) "{\"userid\":\"" id "\",\"name\":\"n\",\"dept_id_list\":[1,2]}"
#define ROOT                                                                           \
	{                                                                              \
		GET, .when = "\"dept_id\":1}", .body = OK DEPARTMENT(1, 0, "corp") "}" \
	}
#define OUT_OF_SCOPE "{\"errcode\":88,\"sub_code\":\"50004\",\"sub_msg\":\"m\",\"errmsg\":\"e\"}"

static void the_root_is_where_reading_begins(void **)
{
	static const struct fake_row rows[] = {FAKE_TOKEN, ROOT, {0}};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_scope scope;

	world_start(&w, rows, 0);
	assert_true(dingtalk_scope_get(w.dingtalk, NULL, 0, &w.arena, &scope, &w.e));
	assert_int_equal(scope.departments.count, 1);
	assert_true(scope.departments.items[0].id == 1 && scope.departments.items[0].parent == 0);
	assert_true(!scope.limited && scope.userid_count == 0);
}

static void chosen_departments_that_are_not_there_are_left_out(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {GET, .when = "\"dept_id\":7}", .body = OK DEPARTMENT(7, 5, "seven") "}"},
	    {GET, .when = "\"dept_id\":8}", .body = "{\"errcode\":60003,\"errmsg\":\"m\"}"},
	    {GET, .when = "\"dept_id\":9}", .body = OUT_OF_SCOPE},
	    {0}};
	static const int64_t chosen[] = {8, 7, 9};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_scope scope;

	world_start(&w, rows, 0);
	assert_true(dingtalk_scope_get(w.dingtalk, chosen, 3, &w.arena, &scope, &w.e));
	assert_int_equal(scope.departments.count, 1);
	assert_true(scope.departments.items[0].id == 7 && scope.departments.items[0].parent == 0);
}

static void a_limited_app_starts_at_what_its_scope_names(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {GET, .when = "\"dept_id\":1}", .body = OUT_OF_SCOPE},
	    {SCOPES, .body = "{\"errcode\":0,\"errmsg\":\"ok\",\"auth_org_scopes\":"
			     "{\"authed_dept\":[7,9],\"authed_user\":[\"x\",\"y\"]}}"},
	    {GET, .when = "\"dept_id\":7}", .body = OK DEPARTMENT(7, 5, "seven") "}"},
	    {GET, .when = "\"dept_id\":9}", .body = OK DEPARTMENT(9, 8, "nine") "}"},
	    {0}};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_scope scope;

	world_start(&w, rows, 0);
	assert_true(dingtalk_scope_get(w.dingtalk, NULL, 0, &w.arena, &scope, &w.e));
	assert_true(scope.limited);
	assert_int_equal(scope.departments.count, 2);
	assert_true(scope.departments.items[1].id == 9 && scope.departments.items[1].parent == 0);
	assert_int_equal(scope.userid_count, 2);
	assert_string_equal(scope.userids[1], "y");
	assert_int_equal(strncmp(fake_asked(w.fake, SCOPES, 0), "|access_token=at-1|", 19), 0);
}

static void children_are_listed_without_pseudo_departments(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {LISTSUB, .body = OK "[" DEPARTMENT(2, 1, "a") "," DEPARTMENT(
			  -7, 1, "school") "," DEPARTMENT(3, 1, "b") "]}"},
	    {0}};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_departments list;

	world_start(&w, rows, 0);
	assert_true(dingtalk_children_get(w.dingtalk, 1, &w.arena, &list, &w.e));
	assert_int_equal(list.count, 2);
	assert_true(list.items[1].id == 3 && list.items[1].parent == 1);
	assert_string_equal(list.items[1].name, "b");
}

static void members_come_page_by_page(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {LIST, .when = "\"cursor\":0,",
	     .body = OK "{\"has_more\":true,\"next_cursor\":100,\"list\":[" PERSON("a") "]}}"},
	    {LIST, .when = "\"cursor\":100,",
	     .body = OK "{\"has_more\":false,\"next_cursor\":100,\"list\":[" PERSON("b") "]}}"},
	    {0}};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_members page;

	world_start(&w, rows, 0);
	assert_true(dingtalk_members_get(w.dingtalk, 1, 0, &w.arena, &page, &w.e));
	assert_true(page.count == 1 && page.next == 100);
	assert_string_equal(page.users[0].userid, "a");
	assert_true(dingtalk_members_get(w.dingtalk, 1, page.next, &w.arena, &page, &w.e));
	assert_true(page.count == 1 && page.next == -1);
	assert_string_equal(page.users[0].userid, "b");
	/* The old dialect has its token in the query. */
	assert_string_equal(fake_asked(w.fake, LIST, 0),
			    "|access_token=at-1|{\"cursor\":0,\"dept_id\":1,\"size\":100}");
}

static void a_page_that_leads_back_is_refused(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {LIST, .body = OK "{\"has_more\":true,\"next_cursor\":100,\"list\":[]}}"},
	    {0}};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_members page;

	world_start(&w, rows, 0);
	assert_false(dingtalk_members_get(w.dingtalk, 1, 100, &w.arena, &page, &w.e));
	assert_int_equal(w.e.code, ERR_PEER);
}

static bool members(struct world *w, const struct fake_row *rows)
{
	struct dingtalk_members page;

	world_start(w, rows, 0);
	return dingtalk_members_get(w->dingtalk, 1, 0, &w->arena, &page, &w->e);
}

static void a_department_that_is_gone_or_out_of_sight_is_told_apart(void **)
{
	static const struct {
		const char *body;
		bool unseen;
	} cases[] = {{"{\"errcode\":60003,\"errmsg\":\"m\"}", true},
		     {OUT_OF_SCOPE, true},
		     {"{\"errcode\":88,\"sub_code\":\"60011\",\"sub_msg\":\"m\"}", false}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct fake_row rows[] = {FAKE_TOKEN, {LIST, .body = cases[i].body}, {0}};
		AUTO(world_done) struct world w = {0};

		assert_false(members(&w, rows));
		assert_true(dingtalk_unseen(w.dingtalk) == cases[i].unseen);
	}
}

static void throttling_is_waited_out(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {LIST, .times = 1,
	     .body = "{\"errcode\":88,\"sub_code\":\"90018\",\"sub_msg\":\"m\",\"errmsg\":\"e\"}"},
	    NO_MEMBERS,
	    {0}};
	AUTO(world_done) struct world w = {0};

	assert_true(members(&w, rows));
	assert_int_equal(fake_count(w.fake, LIST), 2);
}

static void a_read_that_breaks_off_is_repeated_and_not_for_ever(void **)
{
	static const struct fake_row once[] = {
	    FAKE_TOKEN, {LIST, .times = 1, .drop = true}, NO_MEMBERS, {0}};
	static const struct fake_row always[] = {
	    FAKE_TOKEN, {LIST, .status = 500, .body = ""}, {0}};
	AUTO(world_done) struct world well = {0};
	AUTO(world_done) struct world ill = {0};

	assert_true(members(&well, once));
	assert_false(members(&ill, always));
	assert_int_equal(ill.e.code, ERR_PEER);
	assert_int_equal(fake_count(ill.fake, LIST), 3);
}

static void a_blocked_address_or_a_used_up_month_is_not_waited_for(void **)
{
	static const struct {
		const char *body;
		enum err_code code;
	} cases[] = {
	    {"{\"status\":1111,\"wait\":5,\"source\":\"x5\",\"punish\":\"deny\"}", ERR_UNAVAILABLE},
	    {"{\"errcode\":90020,\"errmsg\":\"m\"}", ERR_TOO_MANY},
	    {"{\"errcode\":88,\"sub_code\":\"60011\",\"sub_msg\":\"[qyapi_get_member]\"}",
	     ERR_FORBIDDEN},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct fake_row rows[] = {FAKE_TOKEN, {LIST, .body = cases[i].body}, {0}};
		AUTO(world_done) struct world w = {0};

		assert_false(members(&w, rows));
		assert_int_equal(w.e.code, cases[i].code);
		assert_int_equal(fake_count(w.fake, LIST), 1);
	}
}

/* Each of the three calls, in the order in which a run makes them. */
static bool read_all(struct world *w, const struct fake_row *rows)
{
	struct dingtalk_scope scope;
	struct dingtalk_departments list;
	struct dingtalk_members page;

	world_start(w, rows, 0);
	return dingtalk_scope_get(w->dingtalk, NULL, 0, &w->arena, &scope, &w->e) &&
	       dingtalk_children_get(w->dingtalk, 1, &w->arena, &list, &w->e) &&
	       dingtalk_members_get(w->dingtalk, 1, 0, &w->arena, &page, &w->e);
}

static void answers_that_are_no_lists_are_refused(void **)
{
	static const struct {
		const char *path, *result;
	} cases[] = {
	    {GET, "{}"},
	    {GET, "{\"dept_id\":2,\"name\":\"other\"}"},
	    {LISTSUB, "{}"},
	    {LISTSUB, "[{\"name\":\"x\"}]"},
	    {LIST, "[]"},
	    {LIST, "{\"list\":[]}"},
	    {LIST, "{\"has_more\":false,\"list\":{}}"},
	    {LIST, "{\"has_more\":false,\"list\":[{\"name\":\"nobody\"}]}"},
	    {LIST, "{\"has_more\":true,\"list\":[]}"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(world_done) struct world w = {0};
		const struct fake_row rows[] = {
		    FAKE_TOKEN,
		    {cases[i].path, .body = arena_printf(&w.arena, OK "%s}", cases[i].result)},
		    ROOT,
		    NO_CHILDREN,
		    NO_MEMBERS,
		    {0}};

		assert_false(read_all(&w, rows));
		assert_int_equal(w.e.code, ERR_PEER);
	}
}

static void one_person_can_be_read(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {USER, .when = "\"x\"", .body = OK PERSON("x") "}"},
	    {USER, .body = "{\"errcode\":60121,\"errmsg\":\"m\"}"},
	    {0}};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_user user;

	world_start(&w, rows, 0);
	assert_true(dingtalk_user_get(w.dingtalk, "x", &w.arena, &user, &w.e));
	assert_string_equal(user.userid, "x");
	assert_int_equal(user.department_count, 2);
	assert_false(dingtalk_user_get(w.dingtalk, "y", &w.arena, &user, &w.e));
	assert_failed(&w, ERR_NOT_FOUND, DINGTALK_REFUSED, "60121");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_root_is_where_reading_begins),
	    cmocka_unit_test(chosen_departments_that_are_not_there_are_left_out),
	    cmocka_unit_test(a_limited_app_starts_at_what_its_scope_names),
	    cmocka_unit_test(children_are_listed_without_pseudo_departments),
	    cmocka_unit_test(members_come_page_by_page),
	    cmocka_unit_test(a_page_that_leads_back_is_refused),
	    cmocka_unit_test(a_department_that_is_gone_or_out_of_sight_is_told_apart),
	    cmocka_unit_test(throttling_is_waited_out),
	    cmocka_unit_test(a_read_that_breaks_off_is_repeated_and_not_for_ever),
	    cmocka_unit_test(a_blocked_address_or_a_used_up_month_is_not_waited_for),
	    cmocka_unit_test(answers_that_are_no_lists_are_refused),
	    cmocka_unit_test(one_person_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
