/* Todos (protocol section 7.3). People are union ids here. */
#include <string.h>

#include "base/text.h"
#include "dingsim/format.h"
#include "dingsim/notice.h"
#include "dingsim/routes.h"
#include "dingsim/todo.h"

#define SUBJECT_MAX 1024
#define DESCRIPTION_MAX 4096
#define SOURCE_MAX 128
#define URL_MAX 1024
#define PEOPLE_MAX 1000
#define SHOWN 200

static const char *const create = "todo.taskCreate.paramError";
static const char *const update = "todo.taskUpdate.paramError";
static const char *const remove_it = "todo.taskDelete.paramError";

static bool person_exists(struct call *c, const char *unionid, bool *out, struct err *e)
{
	struct person *person;

	*out = unionid && *unionid && store_person_by_union(&c->store, unionid, &person, e);
	if (*out || !unionid || !*unionid)
		return true;
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	return true;
}

static bool must_exist(struct call *c, const char *code, const char *name, const char *unionid,
		       struct err *e)
{
	bool there;

	return person_exists(c, unionid, &there, e) &&
	       (there || call_fault(c, e, code, "%s: 用户不存在", name));
}

/* A text of at most max characters; an absent one keeps *out, which when NULL must be given. */
static bool text_of(struct call *c, const char *code, const char *name, size_t max,
		    const char **out, struct err *e)
{
	const struct json *member = json_get(c->in, name);

	if (!member || member->type == JSON_NULL)
		return *out || call_fault(c, e, code, "缺少参数：%s", name);
	if (member->type != JSON_TEXT || text_length(member->text) > max ||
	    (!*out && !*member->text))
		return call_fault(c, e, code, "参数不正确：%s", name);
	*out = member->text;
	return true;
}

static bool number_of(struct call *c, const char *code, const char *name, int64_t *out,
		      struct err *e)
{
	const struct json *member = json_get(c->in, name);

	if (!member || member->type == JSON_NULL)
		return true;
	return json_i64(c->in, name, out) || call_fault(c, e, code, "参数不正确：%s", name);
}

/* Union ids as [{"id":…,"isDone":false}] or as they are. Absent: *out stays. */
static bool people_of(struct call *c, const char *code, const char *name, bool executors,
		      const char **out, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const struct json *list = json_get(c->in, name), *person;

	if (!list || list->type == JSON_NULL)
		return true;
	if (list->type != JSON_ARRAY || list->count > PEOPLE_MAX)
		return call_fault(c, e, code, "参数不正确：%s", name);
	json_array(&w, NULL);
	for (person = list->first; person; person = person->next) {
		if (!must_exist(c, code, name, person->type == JSON_TEXT ? person->text : NULL, e))
			return false;
		if (executors)
			json_object(&w, NULL);
		json_put_text(&w, executors ? "id" : NULL, person->text);
		if (executors) {
			json_put_bool(&w, "isDone", false);
			json_object_end(&w);
		}
	}
	json_array_end(&w);
	*out = arena_dup(c->store.arena, text.data);
	return true;
}

static bool detail_of(struct call *c, const char **out, struct err *e)
{
	const struct json *detail = json_get(c->in, "detailUrl");
	const char *app = json_text(detail, "appUrl"), *pc = json_text(detail, "pcUrl");

	if (!app || !pc || !*app || !*pc || strlen(app) > URL_MAX || strlen(pc) > URL_MAX)
		return call_fault(c, e, create, "detailUrl: 需要appUrl和pcUrl");
	*out = call_written(c, detail);
	return true;
}

static bool priority_of(struct call *c, int64_t *out, struct err *e)
{
	if (!number_of(c, create, "priority", out, e))
		return false;
	if (*out % 10 || *out < 0 || *out > 40)
		return call_fault(c, e, create, "priority: 只能是10、20、30、40");
	return true;
}

static bool fresh(struct call *c, const char *source_id, struct err *e)
{
	bool known = false;

	if (*source_id && !store_todo_known(&c->store, c->app->client_id, source_id, &known, e))
		return false;
	return !known || call_fault(c, e, create, "task exist");
}

static void put_people(struct call *c, const char *name, const struct json *list)
{
	const struct json *item;

	json_array(&c->w, name);
	for (item = list->first; item; item = item->next)
		json_put_text(&c->w, NULL,
			      item->type == JSON_OBJECT ? json_text(item, "id") : item->text);
	json_array_end(&c->w);
}

static bool put_todo(struct call *c, const struct todo *t, struct err *e)
{
	const struct json *executors, *participants, *detail;

	if (!call_stored(c, t->executors, &executors, e) ||
	    !call_stored(c, t->participants, &participants, e) ||
	    !call_stored(c, t->detail, &detail, e))
		return false;
	json_put_text(&c->w, "id", t->id);
	json_put_text(&c->w, "subject", t->subject);
	json_put_text(&c->w, "description", t->description);
	if (t->due_ms)
		json_put_i64(&c->w, "dueTime", t->due_ms);
	if (t->finished_ms)
		json_put_i64(&c->w, "finishTime", t->finished_ms);
	json_put_bool(&c->w, "done", t->done);
	put_people(c, "executorIds", executors);
	put_people(c, "participantIds", participants);
	json_put_json(&c->w, "detailUrl", detail);
	json_put_text(&c->w, "sourceId", t->source_id);
	json_put_i64(&c->w, "createdTime", t->created_ms);
	json_put_i64(&c->w, "modifiedTime", t->modified_ms);
	json_put_text(&c->w, "creatorId", t->creator);
	json_put_text(&c->w, "modifierId", t->modifier);
	json_put_bool(&c->w, "isOnlyShowExecutor", t->only_executor);
	if (t->priority)
		json_put_i64(&c->w, "priority", t->priority);
	return true;
}

static void put_request_id(struct call *c)
{
	char id[FORMAT_REQUEST_SIZE];

	format_request_id(id);
	json_put_text(&c->w, "requestId", id);
}

/* The person in the path, and who acts: the query's operatorId, else the same. */
static bool who(struct call *c, const char *code, const char **actor, struct err *e)
{
	*actor = http_query(c->r, "operatorId");
	if (!*actor)
		*actor = c->r->args[0];
	return must_exist(c, code, "unionId", c->r->args[0], e) &&
	       must_exist(c, code, "operatorId", *actor, e);
}

static bool read_new(struct call *c, struct todo *t, struct err *e)
{
	(void)json_bool(c->in, "isOnlyShowExecutor", &t->only_executor);
	return text_of(c, create, "subject", SUBJECT_MAX, &t->subject, e) &&
	       text_of(c, create, "description", DESCRIPTION_MAX, &t->description, e) &&
	       text_of(c, create, "sourceId", SOURCE_MAX, &t->source_id, e) &&
	       text_of(c, create, "creatorId", SOURCE_MAX, &t->creator, e) &&
	       must_exist(c, create, "creatorId", t->creator, e) &&
	       number_of(c, create, "dueTime", &t->due_ms, e) && priority_of(c, &t->priority, e) &&
	       people_of(c, create, "executorIds", true, &t->executors, e) &&
	       people_of(c, create, "participantIds", false, &t->participants, e) &&
	       detail_of(c, &t->detail, e) && fresh(c, t->source_id, e);
}

bool todo_create(struct call *c, struct err *e)
{
	char id[33];
	const char *actor;
	struct todo t = {.id = id,
			 .client_id = c->app->client_id,
			 .owner = c->r->args[0],
			 .source_id = "",
			 .description = "",
			 .executors = "[]",
			 .participants = "[]",
			 .created_ms = c->now_ms,
			 .modified_ms = c->now_ms};

	format_hex(id, sizeof(id));
	if (!who(c, create, &actor, e))
		return false;
	t.creator = actor;
	t.modifier = actor;
	if (!read_new(c, &t, e) || !store_todo_add(&c->store, &t, e) || !put_todo(c, &t, e))
		return false;
	put_request_id(c);
	return true;
}

/* The app's todo in the path. */
static bool own(struct call *c, const char *code, struct todo **out, struct err *e)
{
	const char *actor;

	if (!who(c, code, &actor, e))
		return false;
	if (!store_todo(&c->store, c->app->client_id, c->r->args[1], out, e))
		return e->code == ERR_NOT_FOUND ? call_fault(c, e, code, "task not exist") : false;
	if (!text_equal((*out)->owner, c->r->args[0]))
		return call_fault(c, e, code, "task not exist");
	(*out)->modifier = actor;
	(*out)->modified_ms = c->now_ms;
	return true;
}

static void finish(struct call *c, struct todo *t, bool done)
{
	if (done != t->done)
		t->finished_ms = done ? c->now_ms : 0;
	t->done = done;
}

bool todo_update(struct call *c, struct err *e)
{
	struct todo *t;
	bool done;

	if (!own(c, update, &t, e))
		return false;
	done = t->done;
	(void)json_bool(c->in, "done", &done);
	if (!text_of(c, update, "subject", SUBJECT_MAX, &t->subject, e) ||
	    !text_of(c, update, "description", DESCRIPTION_MAX, &t->description, e) ||
	    !number_of(c, update, "dueTime", &t->due_ms, e) ||
	    !people_of(c, update, "executorIds", true, &t->executors, e) ||
	    !people_of(c, update, "participantIds", false, &t->participants, e))
		return false;
	finish(c, t, done);
	if (!store_todo_set(&c->store, t, e))
		return false;
	json_put_bool(&c->w, "result", true);
	return true;
}

/* What the list says about one executor; the last word counts. */
static bool executor_done(const struct json *list, const struct json *executor)
{
	const struct json *item;
	bool done = false;

	(void)json_bool(executor, "isDone", &done);
	for (item = list->first; item; item = item->next)
		if (text_equal(json_text(item, "id"), json_text(executor, "id")))
			(void)json_bool(item, "isDone", &done);
	return done;
}

static bool list_fits(struct call *c, const struct json *list, const struct json *executors,
		      struct err *e)
{
	const struct json *item, *x;
	bool done;

	if (!list || list->type != JSON_ARRAY || !list->count)
		return call_fault(c, e, update, "参数不正确：executorStatusList");
	for (item = list->first; item; item = item->next) {
		x = executors->first;
		while (x && !text_equal(json_text(x, "id"), json_text(item, "id")))
			x = x->next;
		if (!x || !json_bool(item, "isDone", &done))
			return call_fault(c, e, update, "参数不正确：executorStatusList");
	}
	return true;
}

/* What each executor in the list has done, and with all of them the todo. */
static bool set_executors(struct call *c, struct todo *t, const struct json *list, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const struct json *executors, *x;
	bool all = true;

	if (!call_stored(c, t->executors, &executors, e) || !list_fits(c, list, executors, e))
		return false;
	json_array(&w, NULL);
	for (x = executors->first; x; x = x->next) {
		bool done = executor_done(list, x);

		all = all && done;
		json_object(&w, NULL);
		json_put_text(&w, "id", json_text(x, "id"));
		json_put_bool(&w, "isDone", done);
		json_object_end(&w);
	}
	json_array_end(&w);
	t->executors = arena_dup(c->store.arena, text.data);
	finish(c, t, all);
	return store_todo_set(&c->store, t, e);
}

bool todo_executors(struct call *c, struct err *e)
{
	struct todo *t;

	if (!own(c, update, &t, e) ||
	    !set_executors(c, t, json_get(c->in, "executorStatusList"), e))
		return false;
	json_put_bool(&c->w, "result", true);
	return true;
}

bool todo_mine(struct call *c, const struct todo *t, const char *unionid, struct todo_mine *out,
	       struct err *e)
{
	const struct json *executors, *x;

	*out = (struct todo_mine){0};
	if (!call_stored(c, t->executors, &executors, e))
		return false;
	if (!executors->first) {
		*out = (struct todo_mine){.may = text_equal(t->owner, unionid), .done = t->done};
		return true;
	}
	for (x = executors->first; x; x = x->next)
		if (text_equal(json_text(x, "id"), unionid)) {
			out->may = true;
			(void)json_bool(x, "isDone", &out->done);
		}
	return true;
}

bool todo_tick(struct call *c, struct todo *t, const char *unionid, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const struct json *list;
	struct todo_mine mine;

	if (!todo_mine(c, t, unionid, &mine, e))
		return false;
	if (!mine.may)
		return call_fault(c, e, update, "参数不正确：executorStatusList");
	t->modifier = unionid;
	t->modified_ms = c->now_ms;
	if (text_equal(t->executors, "[]")) {
		finish(c, t, !mine.done);
		return store_todo_set(&c->store, t, e);
	}
	json_array(&w, NULL);
	json_object(&w, NULL);
	json_put_text(&w, "id", unionid);
	json_put_bool(&w, "isDone", !mine.done);
	json_object_end(&w);
	json_array_end(&w);
	return call_stored(c, text.data, &list, e) && set_executors(c, t, list, e);
}

bool todo_remove(struct call *c, struct err *e)
{
	struct todo *t;

	if (!own(c, remove_it, &t, e) || !store_todo_remove(&c->store, t->id, e))
		return false;
	json_put_bool(&c->w, "result", true);
	put_request_id(c);
	return true;
}

bool todo_list(struct call *c, struct err *e)
{
	const char *user = http_query(c->r, "user");
	const struct json *executors;
	struct person *person = NULL;
	struct todo *t;

	if ((user && !store_person(&c->store, user, &person, e)) ||
	    !store_todos(&c->store, person ? person->unionid : NULL, SHOWN, &t, e))
		return false;
	json_array(&c->w, "items");
	for (; t; t = t->next) {
		json_object(&c->w, NULL);
		json_put_text(&c->w, "clientId", t->client_id);
		json_put_text(&c->w, "owner", t->owner);
		if (!put_todo(c, t, e) || !call_stored(c, t->executors, &executors, e))
			return false;
		json_put_json(&c->w, "executors", executors);
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
	return true;
}
