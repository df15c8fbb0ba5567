/* Walks through organisations of several shapes. */
#include "fake.h"

#include "base/buf.h"
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

/* What the walk told, as one line: "1<0 corp; @u1 2<1 dev; …" */
static bool tell_department(void *arg, const struct dingtalk_department *d, struct err *)
{
	buf_printf(arg, "%lld<%lld %s; ", (long long)d->id, (long long)d->parent, d->name);
	return true;
}

static bool tell_user(void *arg, const struct dingtalk_user *u, struct err *)
{
	buf_printf(arg, "@%s ", u->userid);
	return true;
}

struct story {
	struct world world;
	struct buf told;
	struct dingtalk_walk walk;
};

static void story_done(struct story *s)
{
	world_done(&s->world);
	buf_done(&s->told);
}

static bool walk(struct story *s, const struct fake_row *rows)
{
	const struct dingtalk_visitor visitor = {tell_department, tell_user, &s->told};

	world_start(&s->world, rows, 0);
	buf_text(&s->told, "");
	return dingtalk_org_walk(s->world.dingtalk, &visitor, &s->walk, &s->world.e);
}

static void the_whole_tree_is_visited_with_the_members_of_the_root(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    ROOT,
	    {LISTSUB, .when = "\"dept_id\":1}",
	     .body = OK "[" DEPARTMENT(2, 1, "dev") "," DEPARTMENT(3, 1, "ops") "]}"},
	    {LISTSUB, .when = "\"dept_id\":2}", .body = OK "[" DEPARTMENT(4, 2, "c") "]}"},
	    NO_CHILDREN,
	    {LIST, .when = "\"dept_id\":1,",
	     .body = OK "{\"has_more\":false,\"list\":[" PERSON("boss") "]}}"},
	    {LIST, .when = "\"dept_id\":4,",
	     .body = OK "{\"has_more\":false,\"list\":[" PERSON("a") "," PERSON("b") "]}}"},
	    {LIST, .when = "\"dept_id\":3,",
	     .body = OK "{\"has_more\":false,\"list\":[" PERSON("a") "]}}"},
	    NO_MEMBERS,
	    {0}};
	AUTO(story_done) struct story s = {0};

	assert_true(walk(&s, rows));
	assert_string_equal(s.told.data, "1<0 corp; @boss 2<1 dev; 3<1 ops; 4<2 c; @a @a @b ");
	assert_true(s.walk.departments == 4 && s.walk.people == 4 && s.walk.skipped == 0);
	assert_false(s.walk.limited);
	/* The old dialect has its token in the query. */
	assert_string_equal(fake_asked(s.world.fake, LIST, 0),
			    "|access_token=at-1|{\"cursor\":0,\"dept_id\":1,\"size\":100}");
}

static void members_come_page_by_page(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    ROOT,
	    NO_CHILDREN,
	    {LIST, .when = "\"cursor\":0,",
	     .body = OK "{\"has_more\":true,\"next_cursor\":100,\"list\":[" PERSON("a") "]}}"},
	    {LIST, .when = "\"cursor\":100,",
	     .body = OK "{\"has_more\":true,\"next_cursor\":200,\"list\":[" PERSON("b") "]}}"},
	    {LIST, .when = "\"cursor\":200,",
	     .body = OK "{\"has_more\":false,\"next_cursor\":100,\"list\":[" PERSON("c") "]}}"},
	    {0}};
	AUTO(story_done) struct story s = {0};

	assert_true(walk(&s, rows));
	assert_string_equal(s.told.data, "1<0 corp; @a @b @c ");
}

static void a_page_that_leads_back_ends_the_walk(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    ROOT,
	    NO_CHILDREN,
	    {LIST, .body = OK "{\"has_more\":true,\"next_cursor\":0,\"list\":[]}}"},
	    {0}};
	AUTO(story_done) struct story s = {0};

	assert_false(walk(&s, rows));
	assert_int_equal(s.world.e.code, ERR_PEER);
}

static void a_tree_that_bites_its_tail_is_walked_once(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    ROOT,
	    {LISTSUB, .when = "\"dept_id\":1}", .body = OK "[" DEPARTMENT(2, 1, "a") "]}"},
	    {LISTSUB, .when = "\"dept_id\":2}", .body = OK "[" DEPARTMENT(1, 2, "r") "]}"},
	    NO_MEMBERS,
	    {0}};
	AUTO(story_done) struct story s = {0};

	assert_true(walk(&s, rows));
	assert_true(s.walk.departments == 2);
	assert_int_equal(fake_count(s.world.fake, LISTSUB), 2);
}

static void a_limited_app_starts_at_what_its_scope_names(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {GET, .when = "\"dept_id\":1}", .body = OUT_OF_SCOPE},
	    {SCOPES, .body = "{\"errcode\":0,\"errmsg\":\"ok\",\"auth_org_scopes\":"
			     "{\"authed_dept\":[7,9],\"authed_user\":[\"x\",\"gone\"]}}"},
	    {GET, .when = "\"dept_id\":7}", .body = OK DEPARTMENT(7, 5, "seven") "}"},
	    {GET, .when = "\"dept_id\":9}", .body = OK DEPARTMENT(9, 8, "nine") "}"},
	    /* 9 lies under 7, two levels down. */
	    {LISTSUB, .when = "\"dept_id\":7}", .body = OK "[" DEPARTMENT(8, 7, "eight") "]}"},
	    {LISTSUB, .when = "\"dept_id\":8}", .body = OK "[" DEPARTMENT(9, 8, "nine") "]}"},
	    NO_CHILDREN,
	    {LIST, .when = "\"dept_id\":9,",
	     .body = OK "{\"has_more\":false,\"list\":[" PERSON("a") "]}}"},
	    NO_MEMBERS,
	    {USER, .when = "\"x\"", .body = OK PERSON("x") "}"},
	    {USER, .body = "{\"errcode\":50002,\"errmsg\":\"m\"}"},
	    {0}};
	AUTO(story_done) struct story s = {0};

	assert_true(walk(&s, rows));
	assert_string_equal(s.told.data, "7<0 seven; 9<0 nine; @x 8<7 eight; @a 9<8 nine; ");
	assert_true(s.walk.limited);
	assert_true(s.walk.departments == 3 && s.walk.people == 2);
	assert_int_equal(strncmp(fake_asked(s.world.fake, SCOPES, 0), "|access_token=at-1|", 19),
			 0);
}

static void departments_that_cannot_be_read_are_skipped_and_counted(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    ROOT,
	    {LISTSUB, .when = "\"dept_id\":1}",
	     .body = OK "[" DEPARTMENT(2, 1, "a") "," DEPARTMENT(3, 1, "b") "," DEPARTMENT(
		 -7, 1, "school") "]}"},
	    NO_CHILDREN,
	    {LIST, .when = "\"dept_id\":2,", .body = "{\"errcode\":60003,\"errmsg\":\"m\"}"},
	    {LIST, .when = "\"dept_id\":3,",
	     .body = OK "{\"has_more\":false,\"list\":[" PERSON("a") "]}}"},
	    NO_MEMBERS,
	    {0}};
	AUTO(story_done) struct story s = {0};

	assert_true(walk(&s, rows));
	assert_string_equal(s.told.data, "1<0 corp; 2<1 a; 3<1 b; @a ");
	assert_true(s.walk.skipped == 2);
}

static void throttling_is_waited_out(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    ROOT,
	    NO_CHILDREN,
	    {LIST, .times = 1,
	     .body = "{\"errcode\":88,\"sub_code\":\"90018\",\"sub_msg\":\"m\",\"errmsg\":\"e\"}"},
	    NO_MEMBERS,
	    {0}};
	AUTO(story_done) struct story s = {0};

	assert_true(walk(&s, rows));
	assert_int_equal(fake_count(s.world.fake, LIST), 2);
}

static void a_read_that_breaks_off_is_repeated_and_not_for_ever(void **)
{
	static const struct fake_row once[] = {
	    FAKE_TOKEN, ROOT, NO_CHILDREN, {LIST, .times = 1, .drop = true}, NO_MEMBERS, {0}};
	static const struct fake_row always[] = {
	    FAKE_TOKEN, ROOT, NO_CHILDREN, {LIST, .status = 500, .body = ""}, {0}};
	AUTO(story_done) struct story well = {0};
	AUTO(story_done) struct story ill = {0};

	assert_true(walk(&well, once));
	assert_false(walk(&ill, always));
	assert_int_equal(ill.world.e.code, ERR_PEER);
	assert_int_equal(fake_count(ill.world.fake, LIST), 3);
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
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct fake_row rows[] = {
		    FAKE_TOKEN, ROOT, NO_CHILDREN, {LIST, .body = cases[i].body}, {0}};
		AUTO(story_done) struct story s = {0};

		assert_false(walk(&s, rows));
		assert_int_equal(s.world.e.code, cases[i].code);
		assert_int_equal(fake_count(s.world.fake, LIST), 1);
	}
}

static void answers_that_are_no_lists_end_the_walk(void **)
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
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(story_done) struct story s = {0};
		const struct fake_row rows[] = {
		    FAKE_TOKEN,
		    {cases[i].path, .body = arena_printf(&s.world.arena, OK "%s}", cases[i].result)},
		    ROOT,
		    NO_CHILDREN,
		    NO_MEMBERS,
		    {0}};

		assert_false(walk(&s, rows));
		assert_int_equal(s.world.e.code, ERR_PEER);
	}
}

static bool refuse_user(void *, const struct dingtalk_user *, struct err *e)
{
	return err_set(e, ERR_CONFLICT, "the caller has had enough");
}

static void the_caller_can_end_the_walk(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    ROOT,
	    NO_CHILDREN,
	    {LIST, .body = OK "{\"has_more\":false,\"list\":[" PERSON("a") "]}}"},
	    {0}};
	AUTO(story_done) struct story s = {0};
	const struct dingtalk_visitor visitor = {tell_department, refuse_user, &s.told};

	world_start(&s.world, rows, 0);
	assert_false(dingtalk_org_walk(s.world.dingtalk, &visitor, &s.walk, &s.world.e));
	assert_int_equal(s.world.e.code, ERR_CONFLICT);
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
	    cmocka_unit_test(the_whole_tree_is_visited_with_the_members_of_the_root),
	    cmocka_unit_test(members_come_page_by_page),
	    cmocka_unit_test(a_page_that_leads_back_ends_the_walk),
	    cmocka_unit_test(a_tree_that_bites_its_tail_is_walked_once),
	    cmocka_unit_test(a_limited_app_starts_at_what_its_scope_names),
	    cmocka_unit_test(departments_that_cannot_be_read_are_skipped_and_counted),
	    cmocka_unit_test(throttling_is_waited_out),
	    cmocka_unit_test(a_read_that_breaks_off_is_repeated_and_not_for_ever),
	    cmocka_unit_test(a_blocked_address_or_a_used_up_month_is_not_waited_for),
	    cmocka_unit_test(answers_that_are_no_lists_end_the_walk),
	    cmocka_unit_test(the_caller_can_end_the_walk),
	    cmocka_unit_test(one_person_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
