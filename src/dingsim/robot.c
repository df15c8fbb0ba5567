/* A robot's messages to single people (protocol section 7.1). */
#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "dingsim/notice.h"
#include "dingsim/routes.h"

#define PEOPLE_MAX 20
#define KEYS_MAX 20

static const struct notice_kind kinds[] = {
    {"sampleText", {"content"}},
    {"sampleMarkdown", {"title", "text"}},
    {"sampleLink", {"title", "text", "picUrl", "messageUrl"}},
    {"sampleActionCard", {"title", "text", "singleTitle", "singleURL"}},
    {"sampleActionCard2", {"title", "text"}},
    {"sampleActionCard3", {"title", "text"}},
    {"sampleActionCard4", {"title", "text"}},
    {"sampleActionCard5", {"title", "text"}},
    {"sampleActionCard6", {"title", "text"}},
    {"sampleImageMsg", {"photoURL"}},
    {0}};

static bool robot(struct call *c, const char *code, struct err *e)
{
	return text_equal(code, c->app->client_id) ||
	       call_fault(c, e, "invalidParameter.robotCode.notExsit", NULL);
}

/* {"msgKey":…,"msgParam":{…}} */
static bool content(struct call *c, const char **out, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const char *param = json_text(c->in, "msgParam");
	const struct notice_kind *kind = notice_kind(kinds, json_text(c->in, "msgKey"));
	const struct json *value;

	if (!kind)
		return call_fault(c, e, "invalidParameter.msgKey.invalid", NULL);
	if (!param || !json_parse(c->store.arena, param, strlen(param), &value, e) ||
	    !notice_complete(kind, value))
		return call_fault(c, e, "invalidParameter.msgParam.invalid", NULL);
	json_object(&w, NULL);
	json_put_text(&w, "msgKey", kind->name);
	json_put_json(&w, "msgParam", value);
	json_object_end(&w);
	*out = arena_dup(c->store.arena, text.data);
	return true;
}

static bool people_fit(struct call *c, const struct json *people, struct err *e)
{
	const struct json *user;

	if (!people || people->type != JSON_ARRAY || !people->count)
		return call_fault(c, e, "invalidParameter", "userIds不能为空");
	if (people->count > PEOPLE_MAX)
		return call_fault(c, e, "invalidParameter.userIds.overMax", NULL);
	for (user = people->first; user; user = user->next)
		if (user->type != JSON_TEXT)
			return call_fault(c, e, "invalidParameter", "userIds必须是字符串");
	return true;
}

/* false in *out: this person gets nothing. */
static bool reach(struct call *c, const char *userid, bool *out, struct err *e)
{
	struct person *person;

	*out = false;
	if (store_person(&c->store, userid, &person, e))
		return store_person_within(&c->store, userid, c->app->scope, out, e);
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	return true;
}

static bool send_all(struct call *c, const struct sending *s, const struct json *people,
		     struct err *e)
{
	const struct json *user;
	bool known;

	json_array(&c->w, "invalidStaffIdList");
	for (user = people->first; user; user = user->next) {
		const struct message m = {.sending = s->id, .userid = user->text, .ms = c->now_ms};

		if (!reach(c, user->text, &known, e))
			return false;
		if (!known)
			json_put_text(&c->w, NULL, user->text);
		else if (!store_message_add(&c->store, &m, e))
			return false;
	}
	json_array_end(&c->w);
	json_array(&c->w, "flowControlledStaffIdList");
	json_array_end(&c->w);
	return true;
}

bool robot_send(struct call *c, struct err *e)
{
	const struct json *people = json_get(c->in, "userIds");
	struct sending s = {.kind = "robot",
			    .client_id = c->app->client_id,
			    .invalid_people = "[]",
			    .invalid_departments = "[]",
			    .ms = c->now_ms};
	char key[64];

	if (!robot(c, json_text(c->in, "robotCode"), e) || !people_fit(c, people, e) ||
	    !content(c, &s.content, e))
		return false;
	random_token("", 24, key);
	s.key = key;
	if (!store_sending_add(&c->store, &s, e))
		return false;
	json_put_text(&c->w, "processQueryKey", key);
	return send_all(c, &s, people, e);
}

/* NULL in *out: the app has no such send. */
static bool own(struct call *c, const char *key, struct sending **out, struct err *e)
{
	*out = NULL;
	if (!key || store_sending_by_key(&c->store, key, out, e)) {
		if (*out && (!text_equal((*out)->kind, "robot") ||
			     !text_equal((*out)->client_id, c->app->client_id)))
			*out = NULL;
		return true;
	}
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	return true;
}

bool robot_status(struct call *c, struct err *e)
{
	struct person *person;
	struct sending *s;
	struct message *m;

	if (!robot(c, http_query(c->r, "robotCode"), e) ||
	    !own(c, http_query(c->r, "processQueryKey"), &s, e))
		return false;
	if (!s)
		return call_fault(c, e, "invalidParameter", "processQueryKey不正确");
	if (!store_messages(&c->store, s->id, &m, e))
		return false;
	json_put_text(&c->w, "sendStatus", s->recalled ? "RECALLED" : "SUCCESS");
	json_array(&c->w, "messageReadInfoList");
	for (; m; m = m->next) {
		if (!store_person(&c->store, m->userid, &person, e))
			return false;
		json_object(&c->w, NULL);
		json_put_text(&c->w, "name", person->name);
		json_put_text(&c->w, "userId", m->userid);
		json_put_text(&c->w, "readStatus", "UNREAD");
		json_put_i64(&c->w, "readTimestamp", 0);
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
	return true;
}

bool robot_recall(struct call *c, struct err *e)
{
	const struct json *keys = json_get(c->in, "processQueryKeys"), *key;
	struct sending *s;

	if (!robot(c, json_text(c->in, "robotCode"), e))
		return false;
	if (!keys || keys->type != JSON_ARRAY || !keys->count || keys->count > KEYS_MAX)
		return call_fault(c, e, "invalidParameter", "processQueryKeys不正确");
	json_array(&c->w, "successResult");
	for (key = keys->first; key; key = key->next) {
		if (!own(c, key->type == JSON_TEXT ? key->text : NULL, &s, e))
			return false;
		if (s && !store_sending_recall(&c->store, s->id, e))
			return false;
		if (s)
			json_put_text(&c->w, NULL, key->text);
	}
	json_array_end(&c->w);
	json_object(&c->w, "failedResult");
	for (key = keys->first; key; key = key->next) {
		if (!own(c, key->type == JSON_TEXT ? key->text : NULL, &s, e))
			return false;
		if (!s && key->type == JSON_TEXT)
			json_put_text(&c->w, key->text, "processQueryKey不存在");
	}
	json_object_end(&c->w);
	return true;
}
