#include "dingtalk/missed.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "dingtalk/call.h"
#include "dingtalk/parse.h"

/* Where an event's own members are, inside the member that is named as its tag. */
static const char *const inner_keys[] = {"bpmsCallBackData", "callbackData", "roleLabelChange"};

static void put_members(struct json_writer *w, const struct json *object)
{
	for (const struct json *m = object->first; m != NULL; m = m->next) {
		if (!text_equal(m->key, "EventType") && !text_equal(m->key, "corpId"))
			json_put_json(w, m->key, m);
	}
}

/* As an event of shape B reads. */
static const char *as_event(struct arena *a, const char *tag, const struct json *outer)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const struct json *inner = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(inner_keys) && inner == NULL; i++)
		inner = json_get(outer, inner_keys[i]);
	if (inner == NULL || inner->type != JSON_OBJECT)
		inner = outer;
	json_object(&w, NULL);
	json_put_text(&w, "EventType", tag);
	json_put_text(&w, "corpId", dingtalk_text(outer, "corpid"));
	put_members(&w, inner);
	json_object_end(&w);
	return arena_dup_n(a, text.data, text.len);
}

static bool read_entry(struct arena *a, const struct json *entry, struct dingtalk_missed_event *out)
{
	const char *tag = dingtalk_id(entry, "call_back_tag", DINGTALK_ID_MAX);
	const struct json *outer = tag == NULL ? NULL : json_get(entry, tag);
	struct err e;

	if (outer == NULL || outer->type != JSON_OBJECT)
		return false;
	out->text = as_event(a, tag, outer);
	return dingtalk_event_parse(a, out->text, strlen(out->text), &out->event, &e);
}

bool dingtalk_missed_parse(const struct json *answer, struct arena *a, struct dingtalk_missed *out)
{
	const struct json *list = json_get(answer, "failed_list");

	*out = (struct dingtalk_missed){0};
	(void)json_bool(answer, "has_more", &out->more);
	if (list == NULL)
		return !out->more;
	if (list->type != JSON_ARRAY || list->count > DINGTALK_MISSED_MAX)
		return false;
	out->events = arena_array(a, list->count + 1, sizeof(*out->events));
	for (const struct json *entry = list->first; entry != NULL; entry = entry->next) {
		if (read_entry(a, entry, &out->events[out->count]))
			out->count++;
		else
			out->unreadable++;
	}
	return true;
}

bool dingtalk_missed_read(struct dingtalk *d, struct arena *a, struct dingtalk_missed *out,
			  struct err *e)
{
	const struct dingtalk_call call = {
	    .dialect = DINGTALK_OAPI, .path = "/call_back/get_call_back_failed_result", .arena = a};
	const struct json *answer;

	if (!dingtalk_call(d, &call, &answer, e))
		return false;
	return dingtalk_missed_parse(answer, a, out) || dingtalk_nonsense(d, e);
}
