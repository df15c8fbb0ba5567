#include "dingtalk/event.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "json/json.h"

#define EVENT_ID_MAX 64
#define INSTANCE_ID_MAX 64
#define SUBJECT_ID_MAX 128

static const struct {
	const char *name;
	enum dingtalk_event_kind kind;
} names[] = {
    {"check_url", DINGTALK_EVENT_CHECK_URL},
    {DINGTALK_OWN_CHECK, DINGTALK_EVENT_OWN_CHECK},
    {"bpms_instance_change", DINGTALK_EVENT_INSTANCE},
    {"bpms_task_change", DINGTALK_EVENT_TASK},
    {"user_add_org", DINGTALK_EVENT_PEOPLE},
    {"user_modify_org", DINGTALK_EVENT_PEOPLE},
    {"user_leave_org", DINGTALK_EVENT_PEOPLE},
    {"user_active_org", DINGTALK_EVENT_PEOPLE},
    {"org_dept_create", DINGTALK_EVENT_DEPARTMENT},
    {"org_dept_modify", DINGTALK_EVENT_DEPARTMENT},
    {"org_dept_remove", DINGTALK_EVENT_DEPARTMENT},
};

static const char *text_of(const struct json *object, const char *key, const char *other)
{
	const char *text = json_text(object, key);

	if (!text && other)
		text = json_text(object, other);
	return text ? text : "";
}

/* Old traffic quotes some numbers. */
static bool number(const struct json *value, int64_t *out)
{
	if (!value || (value->type != JSON_NUMBER && value->type != JSON_TEXT))
		return false;
	return text_i64(value->text, 0, INT64_MAX, out);
}

static int64_t number_of(const struct json *object, const char *key)
{
	int64_t value = 0;

	(void)number(json_get(object, key), &value);
	return value;
}

/* Stream names the event in its frame; its data has only the path that subscriptions match. */
static const char *name_from_resource(struct arena *a, const char *resource)
{
	static const char prefix[] = "/v1.0/event/";
	const char *name;

	if (!resource || !text_starts(resource, prefix))
		return "";
	name = resource + strlen(prefix);
	return arena_dup_n(a, name, strcspn(name, "/"));
}

static const char *or_head(const char *text, const char *head)
{
	return *text || !head ? text : head;
}

static void read_name(struct arena *a, const struct json *root,
		      const struct dingtalk_event_head *head, struct dingtalk_event *out)
{
	size_t i;

	out->name = or_head(text_of(root, "EventType", NULL), head->name);
	if (!*out->name)
		out->name = name_from_resource(a, json_text(root, "resource"));
	out->kind = DINGTALK_EVENT_OTHER;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i].name, out->name) == 0)
			out->kind = names[i].kind;
}

static bool read_approval(const struct json *root, struct dingtalk_event *out, struct err *e)
{
	out->instance_id = text_of(root, "processInstanceId", NULL);
	out->process_code = text_of(root, "processCode", NULL);
	out->type = text_of(root, "type", NULL);
	out->result = text_of(root, "result", NULL);
	out->userid = text_of(root, "staffId", NULL);
	out->remark = text_of(root, "remark", NULL);
	out->title = text_of(root, "title", NULL);
	out->business_id = text_of(root, "businessId", NULL);
	out->task_id = number_of(root, "taskId");
	out->create_ms = number_of(root, "createTime");
	out->finish_ms = number_of(root, "finishTime");
	if (!*out->instance_id || strlen(out->instance_id) > INSTANCE_ID_MAX ||
	    !text_printable(out->instance_id, false) || !*out->type)
		return err_set(e, ERR_INVALID, "the event names no approval instance");
	return true;
}

static void read_people(struct arena *a, const struct json *root, struct dingtalk_event *out)
{
	const struct json *list = json_get(root, "userId");
	const struct json *item;

	if (!list)
		list = json_get(root, "UserId");
	if (!list || list->type != JSON_ARRAY)
		return;
	out->userids = arena_array(a, list->count + 1, sizeof(*out->userids));
	for (item = list->first; item; item = item->next)
		if (item->type == JSON_TEXT)
			out->userids[out->userid_count++] = item->text;
}

static void read_departments(struct arena *a, const struct json *root, struct dingtalk_event *out)
{
	const struct json *list = json_get(root, "deptId");
	const struct json *item;
	int64_t *ids;

	if (!list)
		list = json_get(root, "DeptId");
	if (!list || list->type != JSON_ARRAY)
		return;
	ids = arena_array(a, list->count + 1, sizeof(*ids));
	for (item = list->first; item; item = item->next)
		if (number(item, &ids[out->department_count]))
			out->department_count++;
	out->departments = ids;
}

/* Each part with its length in front, so that no two lists of parts read the same. */
static void key_part(struct buf *b, const char *text)
{
	buf_printf(b, "%zu:%s", strlen(text), text);
}

static void approval_identity(struct buf *b, const struct json *root,
			      const struct dingtalk_event *event)
{
	key_part(b, event->name);
	key_part(b, event->instance_id);
	key_part(b, event->type);
	key_part(b, event->result);
	buf_printf(b, "%lld/%lld", (long long)event->task_id,
		   (long long)(event->finish_ms ? event->finish_ms : event->create_ms));
	/* Several comments share their task's times. */
	key_part(b, text_of(root, "content", NULL));
}

static void make_key(const struct json *root, const char *text, size_t n,
		     struct dingtalk_event *out)
{
	AUTO(buf_done) struct buf identity = {0};
	unsigned char hash[CRYPTO_HASH_SIZE];
	size_t id_len = strlen(out->event_id);

	if (id_len && id_len <= EVENT_ID_MAX && text_printable(out->event_id, false)) {
		(void)snprintf(out->key, sizeof(out->key), "id:%s", out->event_id);
		return;
	}
	if (id_len)
		key_part(&identity, out->event_id);
	else if (out->kind == DINGTALK_EVENT_INSTANCE || out->kind == DINGTALK_EVENT_TASK)
		approval_identity(&identity, root, out);
	else
		buf_add(&identity, text, n);
	crypto_sha256(identity.data, identity.len, hash);
	(void)snprintf(out->key, sizeof(out->key), "hash:");
	text_base64url(hash, sizeof(hash), out->key + strlen(out->key));
}

bool dingtalk_event_parse(struct arena *a, const char *text, size_t n, struct dingtalk_event *out,
			  struct err *e)
{
	return dingtalk_event_parse_stream(a, &(struct dingtalk_event_head){0}, text, n, out, e);
}

bool dingtalk_event_parse_stream(struct arena *a, const struct dingtalk_event_head *head,
				 const char *text, size_t n, struct dingtalk_event *out,
				 struct err *e)
{
	struct dingtalk_event event = {0};
	const struct json *root;

	if (!json_parse(a, text, n, &root, e))
		return false;
	if (root->type != JSON_OBJECT)
		return err_set(e, ERR_INVALID, "the event is not an object");
	read_name(a, root, head, &event);
	if (!*event.name)
		return err_set(e, ERR_INVALID, "the event has no type");
	event.event_id = or_head(text_of(root, "eventId", NULL), head->event_id);
	event.corp_id = or_head(text_of(root, "CorpId", "corpId"), head->corp_id);
	event.instance_id = event.process_code = event.type = event.result = "";
	event.userid = event.remark = event.title = event.business_id = "";

	switch (event.kind) {
	case DINGTALK_EVENT_INSTANCE:
	case DINGTALK_EVENT_TASK:
		if (!read_approval(root, &event, e))
			return false;
		break;
	case DINGTALK_EVENT_PEOPLE:
		read_people(a, root, &event);
		break;
	case DINGTALK_EVENT_DEPARTMENT:
		read_departments(a, root, &event);
		break;
	case DINGTALK_EVENT_CHECK_URL:
	case DINGTALK_EVENT_OWN_CHECK:
	case DINGTALK_EVENT_OTHER:
		break;
	}
	make_key(root, text, n, &event);
	*out = event;
	return true;
}

/* createTime stays what it was when the instance or task began. */
int64_t dingtalk_event_happened_ms(const struct dingtalk_event *event)
{
	if (event->finish_ms > 0)
		return event->finish_ms;
	return strcmp(event->type, "start") == 0 ? event->create_ms : 0;
}

const char *dingtalk_event_subjects(struct arena *a, const struct dingtalk_event *event)
{
	AUTO(buf_done) struct buf out = {0};

	buf_text(&out, "");
	for (size_t i = 0; i < event->userid_count && i < DINGTALK_EVENT_MAX_SUBJECTS; i++) {
		if (text_printable(event->userids[i], false) &&
		    strlen(event->userids[i]) <= SUBJECT_ID_MAX)
			buf_printf(&out, "%s\n", event->userids[i]);
	}
	for (size_t i = 0; i < event->department_count && i < DINGTALK_EVENT_MAX_SUBJECTS; i++)
		buf_printf(&out, "%lld\n", (long long)event->departments[i]);
	return arena_dup_n(a, out.data, out.len);
}
