#include "dingtalk/frame.h"

#include <string.h>

#include "base/text.h"
#include "json/json.h"

static const char *text_of(const struct json *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? text : "";
}

bool dingtalk_frame_endpoint(struct arena *a, const char *body, size_t n, bool secure,
			     const char **url, struct err *e)
{
	const struct json *root;
	const char *endpoint, *ticket;
	struct err ignored;

	if (!json_parse(a, body, n, &root, &ignored) || root->type != JSON_OBJECT)
		return err_set(e, ERR_PEER, "DingTalk's answer to opening a stream is not JSON");
	endpoint = text_of(root, "endpoint");
	ticket = text_of(root, "ticket");
	if (!text_starts(endpoint, "wss://") && (secure || !text_starts(endpoint, "ws://")))
		return err_set(e, ERR_PEER, "DingTalk names no wss:// address for the stream");
	if (!*ticket || strlen(ticket) > DINGTALK_TICKET_MAX)
		return err_set(e, ERR_PEER, "DingTalk gives no ticket for the stream");
	*url = arena_printf(a, "%s%sticket=%s", endpoint, strchr(endpoint, '?') ? "&" : "?",
			    text_percent(a, ticket));
	return true;
}

void dingtalk_frame_open(struct buf *out, const char *client_id, const char *client_secret)
{
	struct json_writer w = {.out = out};

	json_object(&w, NULL);
	json_put_text(&w, "clientId", client_id);
	json_put_text(&w, "clientSecret", client_secret);
	json_put_text(&w, "ua", "holdfast/" HOLDFAST_VERSION);
	json_array(&w, "subscriptions");
	json_object(&w, NULL);
	json_put_text(&w, "type", "EVENT");
	json_put_text(&w, "topic", "*");
	json_object_end(&w);
	json_array_end(&w);
	json_object_end(&w);
}

static enum dingtalk_frame_kind kind_of(const char *type, const char *topic)
{
	if (text_equal(type, "EVENT"))
		return DINGTALK_FRAME_EVENT;
	if (!text_equal(type, "SYSTEM"))
		return DINGTALK_FRAME_OTHER;
	if (text_equal(topic, "ping"))
		return DINGTALK_FRAME_PING;
	return text_equal(topic, "disconnect") ? DINGTALK_FRAME_LEAVE : DINGTALK_FRAME_SYSTEM;
}

bool dingtalk_frame_parse(struct arena *a, const char *text, size_t n, struct dingtalk_frame *out,
			  struct err *e)
{
	const struct json *root, *headers;

	if (!json_parse(a, text, n, &root, e))
		return false;
	headers = json_get(root, "headers");
	if (root->type != JSON_OBJECT || !headers || headers->type != JSON_OBJECT)
		return err_set(e, ERR_INVALID, "a frame without headers");
	*out = (struct dingtalk_frame){
	    .kind = kind_of(text_of(root, "type"), text_of(headers, "topic")),
	    .message_id = text_of(headers, "messageId"),
	    .data = text_of(root, "data"),
	    .event = {.name = text_of(headers, "eventType"),
		      .event_id = text_of(headers, "eventId"),
		      .corp_id = text_of(headers, "eventCorpId")},
	};
	out->data_len = strlen(out->data);
	if (strlen(out->message_id) > DINGTALK_FRAME_MAX_ID)
		return err_set(e, ERR_INVALID, "a frame with too long a messageId");
	if (out->kind == DINGTALK_FRAME_EVENT && !*out->message_id)
		return err_set(e, ERR_INVALID, "an event without a messageId");
	return true;
}

void dingtalk_frame_answer(struct buf *out, enum dingtalk_frame_answer how, const char *message_id,
			   const char *data)
{
	static const struct {
		int code;
		const char *message, *data;
	} answers[] = {
	    [DINGTALK_ANSWER_ECHO] = {200, "OK", NULL},
	    [DINGTALK_ANSWER_STORED] = {200, "OK", "{\"status\":\"SUCCESS\",\"message\":\"\"}"},
	    [DINGTALK_ANSWER_LATER] = {200, "OK", "{\"status\":\"LATER\",\"message\":\"\"}"},
	    [DINGTALK_ANSWER_REFUSED] = {500, "not an event that can be read", "{}"},
	    [DINGTALK_ANSWER_UNKNOWN] = {404, "not subscribed", "{}"},
	};
	struct json_writer w = {.out = out};

	json_object(&w, NULL);
	json_put_i64(&w, "code", answers[how].code);
	json_object(&w, "headers");
	json_put_text(&w, "contentType", "application/json");
	json_put_text(&w, "messageId", message_id);
	json_object_end(&w);
	json_put_text(&w, "message", answers[how].message);
	json_put_text(&w, "data", answers[how].data ? answers[how].data : data);
	json_object_end(&w);
}
