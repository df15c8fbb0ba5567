/* Stream's JSON: what the gateway may say, and what it hears from us. */
#include "../unit.h"

#include "base/text.h"
#include "dingtalk/frame.h"

static struct dingtalk_frame parsed(struct arena *a, const char *text)
{
	struct dingtalk_frame frame;
	struct err e = {0};

	if (!dingtalk_frame_parse(a, text, strlen(text), &frame, &e))
		fail_msg("%s: %s", e.text, text);
	return frame;
}

static void real_frames_are_read(void **state)
{
	static const char event[] =
	    "{\"specVersion\":\"1.0\",\"type\":\"EVENT\",\"headers\":{\"appId\":\"a\","
	    "\"messageId\":\"213d841d_972_1898bb26334_70a7\",\"topic\":\"*\",\"eventType\":"
	    "\"bpms_instance_change\",\"eventId\":\"e1\",\"eventCorpId\":\"dingcorp\"},"
	    "\"data\":\"{\\\"processInstanceId\\\":\\\"p1\\\",\\\"type\\\":\\\"finish\\\"}\"}";
	AUTO(arena_done) struct arena a = {0};
	struct dingtalk_frame f = parsed(&a, event);
	struct dingtalk_event e;
	struct err why = {0};

	(void)state;
	assert_int_equal(f.kind, DINGTALK_FRAME_EVENT);
	assert_string_equal(f.message_id, "213d841d_972_1898bb26334_70a7");
	assert_true(dingtalk_event_parse_stream(&a, &f.event, f.data, f.data_len, &e, &why));
	assert_int_equal(e.kind, DINGTALK_EVENT_INSTANCE);
	assert_string_equal(e.key, "id:e1");
	assert_string_equal(e.corp_id, "dingcorp");
	/* As the documentation has them, without specVersion and time. */
	f = parsed(&a, "{\"type\":\"SYSTEM\",\"headers\":{\"messageId\":\"m\",\"topic\":\"ping\"},"
		       "\"data\":\"{\\\"opaque\\\":\\\"0\\\"}\"}");
	assert_int_equal(f.kind, DINGTALK_FRAME_PING);
	f = parsed(&a,
		   "{\"type\":\"SYSTEM\",\"headers\":{\"topic\":\"disconnect\"},\"data\":\"{}\"}");
	assert_int_equal(f.kind, DINGTALK_FRAME_LEAVE);
	f = parsed(&a, "{\"type\":\"SYSTEM\",\"headers\":{\"topic\":\"KEEPALIVE\"}}");
	assert_int_equal(f.kind, DINGTALK_FRAME_SYSTEM);
	f = parsed(
	    &a, "{\"type\":\"CALLBACK\",\"headers\":{\"topic\":\"/v1.0/x\",\"messageId\":\"m\"}}");
	assert_int_equal(f.kind, DINGTALK_FRAME_OTHER);
}

static void what_is_no_frame_is_refused(void **state)
{
	static const char *const bad[] = {"",
					  "[]",
					  "{}",
					  "{\"type\":\"EVENT\",\"headers\":[]}",
					  "{\"type\":\"EVENT\",\"headers\":{}}",
					  "\"x\""};
	AUTO(arena_done) struct arena a = {0};
	struct dingtalk_frame frame;
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(dingtalk_frame_parse(&a, bad[i], strlen(bad[i]), &frame, &e));
}

static void answers_are_what_the_gateway_reads(void **state)
{
	AUTO(buf_done) struct buf b = {0};

	(void)state;
	dingtalk_frame_answer(&b, DINGTALK_ANSWER_ECHO, "m1", "{\"opaque\":\"7\"}");
	assert_string_equal(b.data,
			    "{\"code\":200,\"headers\":{\"contentType\":\"application/json\","
			    "\"messageId\":\"m1\"},\"message\":\"OK\",\"data\":"
			    "\"{\\\"opaque\\\":\\\"7\\\"}\"}");
	buf_reset(&b);
	dingtalk_frame_answer(&b, DINGTALK_ANSWER_LATER, "m1", NULL);
	assert_non_null(strstr(b.data, "\"code\":200"));
	assert_non_null(strstr(b.data, "{\\\"status\\\":\\\"LATER\\\""));
}

/* A ticket is worth a connection: it does not leave TLS when the call did not. */
static void the_ticket_goes_to_no_plain_address(void **state)
{
	static const char plain[] = "{\"endpoint\":\"ws://g:1/connect\",\"ticket\":\"a+b\"}";
	static const char safe[] = "{\"endpoint\":\"wss://g/connect?x=1\",\"ticket\":\"a+b\"}";
	AUTO(arena_done) struct arena a = {0};
	struct err e = {0};
	const char *url;

	(void)state;
	assert_true(dingtalk_frame_endpoint(&a, safe, strlen(safe), true, &url, &e));
	assert_string_equal(url, "wss://g/connect?x=1&ticket=a%2Bb");
	assert_false(dingtalk_frame_endpoint(&a, plain, strlen(plain), true, &url, &e));
	assert_true(dingtalk_frame_endpoint(&a, plain, strlen(plain), false, &url, &e));
	assert_string_equal(url, "ws://g:1/connect?ticket=a%2Bb");
	assert_false(dingtalk_frame_endpoint(&a, "{}", 2, false, &url, &e));
	assert_false(dingtalk_frame_endpoint(&a, "<a/>", 4, false, &url, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(real_frames_are_read),
	    cmocka_unit_test(what_is_no_frame_is_refused),
	    cmocka_unit_test(answers_are_what_the_gateway_reads),
	    cmocka_unit_test(the_ticket_goes_to_no_plain_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
