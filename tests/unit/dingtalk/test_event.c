#include "../unit.h"

#include <stdio.h>

#include "dingtalk/event.h"

/* Shape A: as the documentation has it. */
static const char documented[] =
    "{\"EventType\":\"bpms_instance_change\",\"EventTime\":1663143335567,"
    "\"CorpId\":\"ding9f50b15bccd16741\",\"BizId\":\"1663143335567\","
    "\"eventId\":\"c7c7120f2c0741912ebdba0318c8aaaa\",\"processInstanceId\":\"PI_-1\","
    "\"type\":\"finish\",\"result\":\"agree\",\"createTime\":1495592259000,"
    "\"finishTime\":1495592305000,\"processCode\":\"PROC-1\",\"bizCategoryId\":\"\","
    "\"businessId\":\"202501\",\"title\":\"\xE5\xBC\xA0\xE4\xB8\x89\",\"staffId\":\"manager75\"}";

/* Shape B: as it was seen on real lines. */
static const char real[] =
    "{\"processInstanceId\":\"kNpmUavZQwSHP_ZJvVdL7g07561689326476\","
    "\"finishTime\":1689326506000,\"corpId\":\"ding1b99aaaaaaaa5edf\","
    "\"EventType\":\"bpms_instance_change\",\"businessId\":\"202307141721000164728\","
    "\"title\":\"t\",\"type\":\"finish\",\"result\":\"refuse\",\"createTime\":1689326476000,"
    "\"processCode\":\"PROC-B\",\"bizCategoryId\":\"\",\"businessType\":\"\","
    "\"staffId\":\"29070\"}";

/* Shape C: the data of a Stream frame. */
static const char streamed[] =
    "{\"processInstanceId\":\"aIivQGsaToGCyZ_L4b9DEA07201766047418\","
    "\"eventId\":\"e0cf09bc7e194ebdae2188485cfd8a08\",\"resource\":"
    "\"/v1.0/event/bpms_instance_change/processCode/PROC-C/type/start\","
    "\"createTime\":1766047418000,\"processCode\":\"PROC-C\",\"type\":\"start\","
    "\"staffId\":\"02140\"}";

static const char task[] =
    "{\"EventType\":\"bpms_task_change\",\"processInstanceId\":\"PI-1\",\"type\":\"finish\","
    "\"result\":\"agree\",\"taskId\":98238556029,\"staffId\":\"u2\",\"remark\":\"ok\","
    "\"createTime\":1766047418000,\"finishTime\":1766047419000,\"corpId\":\"dingcorp0001\"}";

struct sample {
	struct arena arena;
	struct dingtalk_event event;
};

static struct dingtalk_event *parse(struct sample *s, const char *text)
{
	struct err e = {0};

	if (!dingtalk_event_parse(&s->arena, text, strlen(text), &s->event, &e))
		fail_msg("%s", e.text);
	return &s->event;
}

static void sample_done(struct sample *s)
{
	arena_done(&s->arena);
}

static void a_documented_event_is_read(void **)
{
	AUTO(sample_done) struct sample s = {0};
	struct dingtalk_event *event = parse(&s, documented);

	assert_int_equal(event->kind, DINGTALK_EVENT_INSTANCE);
	assert_string_equal(event->corp_id, "ding9f50b15bccd16741");
	assert_string_equal(event->event_id, "c7c7120f2c0741912ebdba0318c8aaaa");
	assert_string_equal(event->key, "id:c7c7120f2c0741912ebdba0318c8aaaa");
	assert_string_equal(event->instance_id, "PI_-1");
	assert_string_equal(event->process_code, "PROC-1");
	assert_string_equal(event->type, "finish");
	assert_string_equal(event->result, "agree");
	assert_string_equal(event->userid, "manager75");
	assert_true(event->create_ms == 1495592259000 && event->finish_ms == 1495592305000);
}

static void an_event_as_really_pushed_is_read_without_its_id(void **)
{
	AUTO(sample_done) struct sample s = {0};
	struct dingtalk_event *event = parse(&s, real);

	assert_int_equal(event->kind, DINGTALK_EVENT_INSTANCE);
	assert_string_equal(event->event_id, "");
	assert_string_equal(event->corp_id, "ding1b99aaaaaaaa5edf");
	assert_string_equal(event->result, "refuse");
	assert_int_equal(strncmp(event->key, "hash:", 5), 0);
}

static void a_stream_event_is_named_by_its_resource(void **)
{
	AUTO(sample_done) struct sample s = {0};
	struct dingtalk_event *event = parse(&s, streamed);

	assert_int_equal(event->kind, DINGTALK_EVENT_INSTANCE);
	assert_string_equal(event->name, "bpms_instance_change");
	assert_string_equal(event->type, "start");
	assert_string_equal(event->result, "");
}

static void a_task_event_keeps_its_long_id(void **)
{
	AUTO(sample_done) struct sample s = {0};
	struct dingtalk_event *event = parse(&s, task);

	assert_int_equal(event->kind, DINGTALK_EVENT_TASK);
	assert_true(event->task_id == 98238556029);
	assert_string_equal(event->userid, "u2");
	assert_string_equal(event->remark, "ok");
}

static void check_url_is_known(void **)
{
	AUTO(sample_done) struct sample s = {0};

	assert_int_equal(parse(&s, "{\"EventType\":\"check_url\"}")->kind,
			 DINGTALK_EVENT_CHECK_URL);
}

static void changes_of_people_and_departments_name_them_in_either_spelling(void **)
{
	static const char old[] = "{\"CorpId\":\"dingcorp0001\",\"EventType\":\"user_modify_org\","
				  "\"UserId\":[\"manager5091\"],\"TimeStamp\":\"1623060875680\"}";
	static const char departments[] =
	    "{\"EventType\":\"org_dept_modify\",\"eventId\":\"e1\",\"deptId\":[12,\"13\",-7]}";
	AUTO(sample_done) struct sample s = {0};
	struct dingtalk_event *event = parse(&s, old);

	assert_int_equal(event->kind, DINGTALK_EVENT_PEOPLE);
	assert_int_equal(event->userid_count, 1);
	assert_string_equal(event->userids[0], "manager5091");
	assert_string_equal(dingtalk_event_subjects(&s.arena, event), "manager5091\n");

	event = parse(&s, departments);
	assert_int_equal(event->kind, DINGTALK_EVENT_DEPARTMENT);
	assert_int_equal(event->department_count, 2);
	assert_true(event->departments[0] == 12 && event->departments[1] == 13);
	assert_string_equal(dingtalk_event_subjects(&s.arena, event), "12\n13\n");
}

static void unknown_events_are_taken_as_such(void **)
{
	AUTO(sample_done) struct sample s = {0};

	assert_int_equal(parse(&s, "{\"EventType\":\"label_user_change\",\"x\":{}}")->kind,
			 DINGTALK_EVENT_OTHER);
}

/* Replaces one text by another in a copy. */
static char *changed(struct arena *a, const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	assert_non_null(at);
	return arena_printf(a, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void the_key_is_the_same_for_a_repeated_push_and_no_other(void **)
{
	static const struct {
		const char *from, *to;
		bool same;
	} cases[] = {
	    {"\"title\":\"t\"", "\"title\":\"u\"", true},
	    {"\"bizCategoryId\":\"\",", "", true},
	    {"\"result\":\"refuse\"", "\"result\":\"agree\"", false},
	    {"\"type\":\"finish\"", "\"type\":\"terminate\"", false},
	    {"1689326506000", "1689326507000", false},
	    {"kNpmUavZQwSHP_ZJ", "kNpmUavZQwSHP_ZK", false},
	    {"bpms_instance_change", "bpms_task_change", false},
	    {"\"processCode\"", "\"taskId\":7,\"processCode\"", false},
	};
	AUTO(sample_done) struct sample first = {0};
	AUTO(sample_done) struct sample other = {0};
	size_t i;

	(void)parse(&first, real);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		(void)parse(&other, changed(&other.arena, real, cases[i].from, cases[i].to));
		assert_int_equal(strcmp(first.event.key, other.event.key) == 0, cases[i].same);
	}
}

static void two_changes_of_people_without_an_id_are_two(void **)
{
	AUTO(sample_done) struct sample one = {0};
	AUTO(sample_done) struct sample two = {0};

	(void)parse(&one, "{\"EventType\":\"user_add_org\",\"UserId\":[\"a\"],\"TimeStamp\":1}");
	(void)parse(&two, "{\"EventType\":\"user_add_org\",\"UserId\":[\"b\"],\"TimeStamp\":1}");
	assert_string_not_equal(one.event.key, two.event.key);
}

static void an_endless_event_id_still_makes_a_key(void **)
{
	AUTO(sample_done) struct sample s = {0};
	char text[600], id[501];

	memset(id, 'x', 500);
	id[500] = '\0';
	(void)snprintf(text, sizeof(text), "{\"EventType\":\"check_url\",\"eventId\":\"%s\"}", id);
	assert_int_equal(strncmp(parse(&s, text)->key, "hash:", 5), 0);
}

static void what_is_no_event_is_refused(void **)
{
	static const char *const texts[] = {
	    "",
	    "success",
	    "[]",
	    "{}",
	    "{\"EventType\":7}",
	    "{\"EventType\":\"\"}",
	    "{\"EventType\":\"bpms_instance_change\"}",
	    "{\"EventType\":\"bpms_instance_change\",\"processInstanceId\":\"PI-1\"}",
	    "{\"EventType\":\"bpms_instance_change\",\"processInstanceId\":7,\"type\":\"finish\"}",
	    "{\"EventType\":\"bpms_task_change\",\"type\":\"x\",\"processInstanceId\":\"\\n\"}",
	    "{\"resource\":\"/v1.0/event/\"}",
	    "{\"resource\":\"/v2/bpms_instance_change\"}",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		AUTO(sample_done) struct sample s = {0};
		struct err e = {0};

		assert_false(
		    dingtalk_event_parse(&s.arena, texts[i], strlen(texts[i]), &s.event, &e));
		assert_int_equal(e.code, ERR_INVALID);
	}
}

static void names_that_are_none_are_left_out(void **)
{
	static const char people[] =
	    "{\"EventType\":\"user_leave_org\",\"userId\":[\"a\\nb\",\"c\",7]}";
	AUTO(sample_done) struct sample s = {0};

	assert_string_equal(dingtalk_event_subjects(&s.arena, parse(&s, people)), "c\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_documented_event_is_read),
	    cmocka_unit_test(an_event_as_really_pushed_is_read_without_its_id),
	    cmocka_unit_test(a_stream_event_is_named_by_its_resource),
	    cmocka_unit_test(a_task_event_keeps_its_long_id),
	    cmocka_unit_test(check_url_is_known),
	    cmocka_unit_test(changes_of_people_and_departments_name_them_in_either_spelling),
	    cmocka_unit_test(names_that_are_none_are_left_out),
	    cmocka_unit_test(unknown_events_are_taken_as_such),
	    cmocka_unit_test(the_key_is_the_same_for_a_repeated_push_and_no_other),
	    cmocka_unit_test(two_changes_of_people_without_an_id_are_two),
	    cmocka_unit_test(an_endless_event_id_still_makes_a_key),
	    cmocka_unit_test(what_is_no_event_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
