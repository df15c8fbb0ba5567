/* Work notices (protocol section 7.2), and what scripts see of all messages. */
#include "dingsim/notice.h"

#include <string.h>

#include "base/text.h"
#include "dingsim/format.h"
#include "dingsim/routes.h"

#define USERS_MAX 100
#define DEPARTMENTS_MAX 20
#define PEOPLE_MAX 5000 /* of a send, departments expanded */
#define MESSAGE_MAX 2048
#define DAY_MS (86400LL * 1000)
#define BEIJING_MS (8LL * 3600 * 1000)
#define PER_DAY 500
#define PER_MINUTE 5000
#define MINUTE_MS 60000
#define RESULT_MS DAY_MS /* for so long there is a result, and a recall */
#define RESULT_PEOPLE 100
#define SHOWN 200

#define DELIVERED 0
#define FAILED (-1)
#define OVER_DAY 143105
#define DUPLICATE 143106

static const struct notice_kind kinds[] = {{"text", {"content"}},
					   {"markdown", {"title", "text"}},
					   {"link", {"title", "text", "picUrl", "messageUrl"}},
					   {"action_card", {"title", "markdown"}},
					   {"oa", {"message_url"}},
					   {0}};

const struct notice_kind *notice_kind(const struct notice_kind *list, const char *name)
{
	for (; list->name; list++)
		if (text_equal(list->name, name))
			return list;
	return NULL;
}

bool notice_complete(const struct notice_kind *kind, const struct json *content)
{
	size_t i;

	if (!content || content->type != JSON_OBJECT)
		return false;
	for (i = 0; i < ARRAY_SIZE(kind->members) && kind->members[i]; i++) {
		const char *text = json_text(content, kind->members[i]);

		if (!text || !*text)
			return false;
	}
	return true;
}

/* An element of a list that came in. */
struct name {
	const char *text;
	struct name *next;
};

/* A send that is being made. */
struct making {
	struct sending sending;
	struct message *people; /* userid of each */
	size_t count;
	struct buf wrong_people, wrong_departments;
	struct json_writer people_w, departments_w;
};

static bool is_there(const struct making *m, const char *userid)
{
	const struct message *p = m->people;

	while (p && !text_equal(p->userid, userid))
		p = p->next;
	return p != NULL;
}

static void add(struct call *c, struct making *m, const char *userid)
{
	struct message *p = arena_new(c->store.arena, struct message);

	*p = (struct message){.next = m->people, .userid = userid};
	m->people = p;
	m->count++;
}

static bool add_person(struct call *c, struct making *m, const char *userid, struct err *e)
{
	struct person *person;
	bool seen = false;

	if (!store_person(&c->store, userid, &person, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
	} else if (!store_person_within(&c->store, userid, c->app->scope, &seen, e)) {
		return false;
	}
	if (!seen)
		json_put_text(&m->people_w, NULL, userid);
	else if (!is_there(m, userid))
		add(c, m, userid);
	return true;
}

/* Those of a few departments are found at once: nobody is in the answer twice. */
static bool add_below(struct call *c, struct making *m, const char *ids, struct err *e)
{
	bool check = m->count > 0;
	struct person *p;

	if (!store_people_below(&c->store, ids, PEOPLE_MAX + 1, &p, e))
		return false;
	for (; p; p = p->next)
		if (!check || !is_there(m, p->userid))
			add(c, m, p->userid);
	return true;
}

/* A department as text: its id goes to ids when the app sees it. */
static bool pick_department(struct call *c, struct making *m, const char *text,
			    struct json_writer *ids, struct err *e)
{
	struct department *d;
	bool seen = false;
	int64_t id;

	if (!text_i64(text, 1, INT64_MAX, &id))
		return call_errcode(c, e, 40035);
	if (!store_department(&c->store, id, &d, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
	} else if (!store_department_within(&c->store, id, c->app->scope, &seen, e)) {
		return false;
	}
	json_put_i64(seen ? ids : &m->departments_w, NULL, id);
	return true;
}

/* "a,b" or ["a","b"], as texts; NULL in *out: absent. At most max. */
static bool list_of(struct call *c, const char *name, size_t max, struct name **out)
{
	const struct json *member = json_get(c->in, name);
	const char *text = call_param(c, name);
	struct name **end = out;
	size_t count = 0, n;

	*out = NULL;
	if (member && member->type == JSON_ARRAY) {
		for (member = member->first; member; member = member->next) {
			if ((member->type != JSON_TEXT && member->type != JSON_NUMBER) ||
			    ++count > max)
				return false;
			*end = arena_new(c->store.arena, struct name);
			(*end)->text = member->text;
			end = &(*end)->next;
		}
		return true;
	}
	for (; text && *text; text += n + (text[n] == ',')) {
		n = strcspn(text, ",");
		if (!n)
			continue;
		if (++count > max)
			return false;
		*end = arena_new(c->store.arena, struct name);
		(*end)->text = arena_dup_n(c->store.arena, text, n);
		end = &(*end)->next;
	}
	return true;
}

static bool to_all(struct call *c)
{
	bool all = false;

	if (json_bool(c->in, "to_all_user", &all))
		return all;
	return text_equal(call_param(c, "to_all_user"), "true");
}

static bool find_below(struct call *c, struct making *m, const struct name *departments,
		       struct err *e)
{
	AUTO(buf_done) struct buf ids = {0};
	struct json_writer w = {.out = &ids};

	json_array(&w, NULL);
	for (; departments; departments = departments->next)
		if (!pick_department(c, m, departments->text, &w, e))
			return false;
	json_array_end(&w);
	return add_below(c, m, ids.data, e);
}

static bool find_people(struct call *c, struct making *m, struct err *e)
{
	struct name *users, *departments;
	bool all = to_all(c);

	if (!list_of(c, "userid_list", USERS_MAX, &users) ||
	    !list_of(c, "dept_id_list", DEPARTMENTS_MAX, &departments) ||
	    (!users && !departments && !all))
		return call_errcode(c, e, 40035);
	for (; users; users = users->next)
		if (!add_person(c, m, users->text, e))
			return false;
	if (departments && !find_below(c, m, departments, e))
		return false;
	if (all && !add_below(c, m, c->app->scope, e))
		return false;
	return m->count <= PEOPLE_MAX || call_errcode(c, e, 40035);
}

/* msg is an object or its text. */
static bool content(struct call *c, const char **out, struct err *e)
{
	const struct json *msg = json_get(c->in, "msg");
	const char *text = call_param(c, "msg");
	const struct notice_kind *kind;

	if (text && !json_parse(c->store.arena, text, strlen(text), &msg, e))
		return call_errcode(c, e, 40035);
	kind = notice_kind(kinds, json_text(msg, "msgtype"));
	if (!kind || !notice_complete(kind, json_get(msg, kind->name)))
		return call_errcode(c, e, 40035);
	*out = call_written(c, msg);
	return strlen(*out) <= MESSAGE_MAX || call_errcode(c, e, 40035);
}

/* The app's agent. */
static bool agent(struct call *c, struct err *e)
{
	int64_t id = 0;

	if (!call_param_i64(c, "agent_id", &id) || !id)
		return call_errcode(c, e, 40035);
	return id == c->app->agent_id || call_errcode(c, e, 400002);
}

/* Over a limit nothing is said and nothing arrives. */
static bool deliver(struct call *c, const struct sending *s, struct message *m, int64_t room,
		    struct err *e)
{
	struct message like = {.kind = s->kind,
			       .client_id = s->client_id,
			       .userid = m->userid,
			       .content = s->content,
			       .ms = (c->now_ms + BEIJING_MS) / DAY_MS * DAY_MS - BEIJING_MS};
	int64_t today;
	bool same;

	if (!store_message_same(&c->store, &like, &same, e) ||
	    !store_message_count(&c->store, &like, &today, e))
		return false;
	m->sending = s->id;
	m->ms = c->now_ms;
	m->code = DELIVERED;
	if (same)
		m->code = DUPLICATE;
	else if (today >= PER_DAY)
		m->code = OVER_DAY;
	else if (room <= 0)
		m->code = FAILED;
	return store_message_add(&c->store, m, e);
}

static bool deliver_all(struct call *c, struct making *m, struct err *e)
{
	const struct message like = {.kind = m->sending.kind,
				     .client_id = m->sending.client_id,
				     .ms = c->now_ms - MINUTE_MS};
	struct message *p;
	int64_t sent;

	if (!store_message_count(&c->store, &like, &sent, e))
		return false;
	for (p = m->people; p; p = p->next) {
		if (!deliver(c, &m->sending, p, PER_MINUTE - sent, e))
			return false;
		sent += p->code == DELIVERED;
	}
	return true;
}

static bool send_it(struct call *c, struct making *m, struct err *e)
{
	char key[33];

	format_hex(key, sizeof(key));
	json_array(&m->people_w, NULL);
	json_array(&m->departments_w, NULL);
	if (!content(c, &m->sending.content, e) || !find_people(c, m, e))
		return false;
	json_array_end(&m->people_w);
	json_array_end(&m->departments_w);
	m->sending.key = key;
	m->sending.kind = "notice";
	m->sending.client_id = c->app->client_id;
	m->sending.invalid_people = m->wrong_people.data;
	m->sending.invalid_departments = m->wrong_departments.data;
	m->sending.ms = c->now_ms;
	return store_sending_add(&c->store, &m->sending, e) && deliver_all(c, m, e);
}

bool notice_send(struct call *c, struct err *e)
{
	struct making m = {0};
	bool ok;

	m.people_w.out = &m.wrong_people;
	m.departments_w.out = &m.wrong_departments;
	ok = agent(c, e) && send_it(c, &m, e);
	buf_done(&m.wrong_people);
	buf_done(&m.wrong_departments);
	if (ok)
		json_put_i64(&c->w, "task_id", m.sending.id);
	return ok;
}

/* The app's own send of the last day. */
static bool own(struct call *c, const char *name, struct sending **out, struct err *e)
{
	int64_t id = 0;

	if (!agent(c, e))
		return false;
	if (!call_param_i64(c, name, &id) || !id)
		return call_errcode(c, e, 40035);
	if (!store_sending(&c->store, id, out, e))
		return e->code == ERR_NOT_FOUND ? call_errcode(c, e, 400002) : false;
	if (!text_equal((*out)->kind, "notice") ||
	    !text_equal((*out)->client_id, c->app->client_id) || c->now_ms - (*out)->ms > RESULT_MS)
		return call_errcode(c, e, 400002);
	return true;
}

static void put_people(struct call *c, const char *name, const struct message *m, int64_t code)
{
	json_array(&c->w, name);
	for (; m; m = m->next)
		if (m->code == code)
			json_put_text(&c->w, NULL, m->userid);
	json_array_end(&c->w);
}

static void put_forbidden(struct call *c, const struct message *all)
{
	const struct message *m;

	json_array(&c->w, "forbidden_user_id_list");
	for (m = all; m; m = m->next)
		if (m->code > 0)
			json_put_text(&c->w, NULL, m->userid);
	json_array_end(&c->w);
	json_array(&c->w, "forbidden_list");
	for (m = all; m; m = m->next) {
		if (m->code <= 0)
			continue;
		json_object(&c->w, NULL);
		json_put_text(&c->w, "code",
			      arena_printf(c->store.arena, "%lld", (long long)m->code));
		json_put_i64(&c->w, "count", m->code == DUPLICATE ? 1 : PER_DAY);
		json_put_text(&c->w, "userid", m->userid);
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
}

bool notice_result(struct call *c, struct err *e)
{
	const struct json *people, *departments;
	const struct message *m;
	struct message *all;
	struct sending *s;
	size_t count = 0;

	if (!own(c, "task_id", &s, e) || !store_messages(&c->store, s->id, &all, e) ||
	    !call_stored(c, s->invalid_people, &people, e) ||
	    !call_stored(c, s->invalid_departments, &departments, e))
		return false;
	for (m = all; m; m = m->next)
		count++;
	if (count > RESULT_PEOPLE)
		return call_errcode(c, e, 400002);
	json_object(&c->w, "send_result");
	json_put_json(&c->w, "invalid_user_id_list", people);
	json_put_json(&c->w, "invalid_dept_id_list", departments);
	put_people(c, "failed_user_id_list", all, FAILED);
	json_array(&c->w, "read_user_id_list");
	json_array_end(&c->w);
	put_people(c, "unread_user_id_list", all, DELIVERED);
	put_forbidden(c, all);
	json_object_end(&c->w);
	return true;
}

bool notice_recall(struct call *c, struct err *e)
{
	struct sending *s;

	return own(c, "msg_task_id", &s, e) && store_sending_recall(&c->store, s->id, e);
}

const char *notice_outcome(int64_t code)
{
	static const struct {
		int64_t code;
		const char *name;
	} names[] = {{DELIVERED, "delivered"}, {OVER_DAY, "over-day"}, {DUPLICATE, "duplicate"}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].code == code)
			return names[i].name;
	return "failed";
}

bool notice_list(struct call *c, struct err *e)
{
	const struct json *body;
	struct message *m;

	if (!store_messages_newest(&c->store, http_query(c->r, "user"), SHOWN, &m, e))
		return false;
	json_array(&c->w, "items");
	for (; m; m = m->next) {
		if (!call_stored(c, m->content, &body, e))
			return false;
		json_object(&c->w, NULL);
		json_put_text(&c->w, "kind", m->kind);
		json_put_text(&c->w, "clientId", m->client_id);
		if (text_equal(m->kind, "notice"))
			json_put_i64(&c->w, "taskId", m->sending);
		else
			json_put_text(&c->w, "processQueryKey", m->key);
		json_put_text(&c->w, "user", m->userid);
		json_put_json(&c->w, "content", body);
		json_put_text(&c->w, "outcome", notice_outcome(m->code));
		json_put_i64(&c->w, "time", m->ms);
		json_put_bool(&c->w, "recalled", m->recalled);
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
	return true;
}
