#include "dingtalk/notice.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "dingtalk/call.h"
#include "dingtalk/parse.h"

/* {"msgtype":"text","text":{"content":…}} */
static void put_message(struct json_writer *w, const char *key, const char *text)
{
	json_object(w, key);
	json_put_text(w, "msgtype", "text");
	json_object(w, "text");
	json_put_text(w, "content", text);
	json_object_end(w);
	json_object_end(w);
}

static bool fits(const char *text)
{
	AUTO(buf_done) struct buf b = {0};
	struct json_writer w = {.out = &b};

	put_message(&w, NULL, text);
	return b.len <= DINGTALK_NOTICE_MAX;
}

/* Characters differ in what they take in UTF-8 and in JSON. */
static const char *cut(struct arena *a, const char *text)
{
	char *copy = arena_dup(a, text);

	text_cut(copy, DINGTALK_NOTICE_MAX);
	while (!fits(copy))
		text_cut(copy, text_length(copy) * 3 / 4);
	return copy;
}

static bool send_work(struct dingtalk *d, struct arena *a, const char *userid, const char *text,
		      struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};
	struct dingtalk_call call = {.dialect = DINGTALK_OAPI,
				     .path = "/topapi/message/corpconversation/asyncsend_v2",
				     .arena = a};
	const struct json *answer;
	int64_t task;

	if (d->access->config.agent_id == 0)
		return dingtalk_refuse(d, ERR_UNPROCESSABLE,
				       "A work notice needs the app's agent id.", e);
	json_object(&w, NULL);
	json_put_i64(&w, "agent_id", d->access->config.agent_id);
	json_put_text(&w, "userid_list", userid);
	put_message(&w, "msg", cut(a, text));
	json_object_end(&w);
	call.body = body.data;
	if (!dingtalk_call(d, &call, &answer, e))
		return false;
	return dingtalk_number(answer, "task_id", &task) || dingtalk_nonsense(d, e);
}

static bool call_robot(struct dingtalk *d, struct arena *a, const char *userid, const char *text,
		       const struct json **answer, struct err *e)
{
	AUTO(buf_done) struct buf param = {0};
	AUTO(buf_done) struct buf body = {0};
	struct json_writer inner = {.out = &param}, w = {.out = &body};
	struct dingtalk_call call = {.path = "/v1.0/robot/oToMessages/batchSend", .arena = a};

	json_object(&inner, NULL);
	json_put_text(&inner, "content", cut(a, text));
	json_object_end(&inner);
	json_object(&w, NULL);
	json_put_text(&w, "msgKey", "sampleText");
	json_put_text(&w, "msgParam", param.data);
	json_put_text(&w, "robotCode", d->access->config.client_id);
	json_array(&w, "userIds");
	json_put_text(&w, NULL, userid);
	json_array_end(&w);
	json_object_end(&w);
	call.body = body.data;
	return dingtalk_call(d, &call, answer, e);
}

static bool send_robot(struct dingtalk *d, struct arena *a, const char *userid, const char *text,
		       struct err *e)
{
	const struct json *answer;
	enum dingtalk_reach reach;

	if (!call_robot(d, a, userid, text, &answer, e))
		return false;
	if (!dingtalk_parse_reach(answer, userid, &reach))
		return dingtalk_nonsense(d, e);
	switch (reach) {
	case DINGTALK_REACHED:
		return true;
	case DINGTALK_REACH_NOBODY:
		return dingtalk_refuse(d, ERR_NOT_FOUND,
				       "The app's robot does not reach this person.", e);
	case DINGTALK_REACH_LATER:
		break;
	}
	d->failure = (struct dingtalk_failure){.class = DINGTALK_RETRY, .status = 200};
	return err_set(e, ERR_UNAVAILABLE, "DingTalk holds the robot's messages back for now.");
}

bool dingtalk_notice_send(struct dingtalk *d, enum dingtalk_channel channel, const char *userid,
			  const char *text, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};

	return channel == DINGTALK_ROBOT ? send_robot(d, &a, userid, text, e)
					 : send_work(d, &a, userid, text, e);
}
