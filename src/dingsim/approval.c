#include <string.h>

#include "base/text.h"
#include "dingsim/format.h"
#include "dingsim/instance.h"
#include "dingsim/routes.h"
#include "dingsim/workflow.h"

#define REMARK_MAX 1024
#define REDIRECT_REMARK_MAX 256
#define FILES_MAX 20
#define LIST_MAX 20
#define LIST_USERS_MAX 10
#define DAY_MS (86400 * (int64_t)1000)
#define LIST_SPAN_MS (120 * DAY_MS)
#define LIST_AGE_MS (365 * DAY_MS)
#define LIST_TOTAL_MAX 10000

static bool instance_or(struct call *c, const char *id, const char *code, struct instance **out,
			struct err *e)
{
	if (store_instance(&c->store, id, out, e))
		return true;
	return e->code == ERR_NOT_FOUND ? call_fault(c, e, code, NULL) : false;
}

/* Absent is "". */
static bool short_text(struct call *c, const char *key, const char **out, struct err *e)
{
	const struct json *member = json_get(c->in, key);

	*out = "";
	if (!member || member->type == JSON_NULL)
		return true;
	*out = member->text;
	if (member->type != JSON_TEXT || text_length(member->text) > REMARK_MAX)
		return call_fault(c, e, "invalidParameter", "%s不正确，最多%d个字符", key,
				  REMARK_MAX);
	return true;
}

bool workflow_read(struct call *c, struct err *e)
{
	const char *id = http_query(c->r, "processInstanceId");
	struct instance *i;

	if (!id || !*id)
		return call_fault(c, e, "invalidParameter", "缺少参数：processInstanceId");
	if (strlen(id) >= FORMAT_INSTANCE_SIZE)
		return call_fault(c, e, "processInstanceIdError", NULL);
	if (!instance_or(c, id, "processInstanceNotExist", &i, e))
		return false;
	json_object(&c->w, "result");
	if (!instance_put(c, i, e))
		return false;
	json_object_end(&c->w);
	json_put_bool(&c->w, "success", true);
	return true;
}

static bool done(struct call *c)
{
	json_put_bool(&c->w, "result", true);
	json_put_bool(&c->w, "success", true);
	return true;
}

static const char *const attachment_members[] = {"spaceId", "fileName", "fileSize", "fileType",
						 "fileId"};

/* As operationRecords reads it back: texts all, though some senders write numbers. */
static bool put_attachment(struct json_writer *w, const struct json *file)
{
	const struct json *member;
	size_t i;

	if (!json_text(file, "fileName"))
		return false;
	json_object(w, NULL);
	for (i = 0; i < ARRAY_SIZE(attachment_members); i++) {
		member = json_get(file, attachment_members[i]);
		if (member && member->type != JSON_TEXT && member->type != JSON_NUMBER)
			return false;
		json_put_text(w, attachment_members[i], member ? member->text : "");
	}
	json_object_end(w);
	return true;
}

static bool put_photo(struct json_writer *w, const struct json *photo)
{
	json_put_text(w, NULL, photo->type == JSON_TEXT ? photo->text : "");
	return photo->type == JSON_TEXT && *photo->text;
}

/* One list of "file"; NULL in *out when it is absent. */
static bool file_list(struct call *c, const struct json *list, const char **out,
		      bool (*put)(struct json_writer *, const struct json *))
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const struct json *item;

	*out = NULL;
	if (!list || list->type == JSON_NULL)
		return true;
	if (list->type != JSON_ARRAY || list->count > FILES_MAX)
		return false;
	json_array(&w, NULL);
	for (item = list->first; item; item = item->next)
		if (!put(&w, item))
			return false;
	json_array_end(&w);
	*out = arena_dup(c->store.arena, text.data);
	return true;
}

static bool files_of(struct call *c, const char *code, struct files *out, struct err *e)
{
	const struct json *file = json_get(c->in, "file");

	if (!file || file->type == JSON_NULL)
		return true;
	if (file->type != JSON_OBJECT ||
	    !file_list(c, json_get(file, "photos"), &out->images, put_photo) ||
	    !file_list(c, json_get(file, "attachments"), &out->attachments, put_attachment))
		return call_fault(c, e, code, "file不正确，最多%d个文件", FILES_MAX);
	return true;
}

static bool body_instance(struct call *c, const char *missing, struct instance **out, struct err *e)
{
	const char *id = json_text(c->in, "processInstanceId");

	if (!id || !*id)
		return call_fault(c, e, "invalidInstanceId", NULL);
	return instance_or(c, id, missing, out, e);
}

bool workflow_execute(struct call *c, struct err *e)
{
	const char *result = json_text(c->in, "result");
	struct decision d = {.person = json_text(c->in, "actionerUserId")};
	struct person *person;
	int64_t task_id;

	if (!body_instance(c, "aflowProcessNotExist", &d.instance, e))
		return false;
	if (!d.person || !*d.person)
		return call_fault(c, e, "invalidInstanceExecuteActionerUserId", NULL);
	if (!text_equal(result, "agree") && !text_equal(result, "refuse"))
		return call_fault(c, e, "invalidInstanceExecuteResult", NULL);
	if (!json_i64(c->in, "taskId", &task_id))
		return call_fault(c, e, "invalidInstanceExecuteTaskId", NULL);
	if (!short_text(c, "remark", &d.remark, e) ||
	    !workflow_person(c, d.person, "userNotExist", &person, e))
		return false;
	if (!store_task(&c->store, task_id, &d.task, e))
		return e->code == ERR_NOT_FOUND
			   ? call_fault(c, e, "invalidInstanceExecuteTaskId", NULL)
			   : false;
	if (!text_equal(d.task->instance, d.instance->id))
		return call_fault(c, e, "invalidInstanceExecuteTaskId", NULL);
	d.agree = *result == 'a';
	return files_of(c, "invalidParameter", &d.files, e) && instance_decide(c, &d, e) && done(c);
}

static bool filled(const struct json *object, const char *key)
{
	const struct json *member = json_get(object, key);

	return member && member->type != JSON_NULL &&
	       !(member->type == JSON_TEXT && !*member->text);
}

/* Who gets the task: somebody else, who exists. */
static bool receiver_fits(struct call *c, const struct transfer *t, struct err *e)
{
	struct person *person;

	if (!t->to || !workflow_person(c, t->to, "param.illegal", &person, e))
		return t->to ? false : call_fault(c, e, "param.illegal", NULL);
	if (person->external || text_equal(t->to, t->person))
		return call_fault(c, e, "param.illegal", NULL);
	return true;
}

static bool redirect_texts(struct call *c, struct transfer *t, struct err *e)
{
	const struct json *action = json_get(c->in, "actionName");
	const struct json *remark = json_get(c->in, "remark");

	t->remark = "";
	if (action && action->type != JSON_NULL && action->type != JSON_TEXT)
		return call_fault(c, e, "param.illegal", NULL);
	if (!remark || remark->type == JSON_NULL)
		return true;
	t->remark = remark->text;
	if (remark->type != JSON_TEXT || text_length(remark->text) > REDIRECT_REMARK_MAX)
		return call_fault(c, e, "param.illegal", "remark不正确，最多%d个字符",
				  REDIRECT_REMARK_MAX);
	return true;
}

bool workflow_redirect(struct call *c, struct err *e)
{
	struct transfer t = {.person = json_text(c->in, "operateUserId"),
			     .to = json_text(c->in, "toUserId")};
	struct person *person;
	int64_t task_id;

	if (!filled(c->in, "taskId") || !filled(c->in, "toUserId") ||
	    !filled(c->in, "operateUserId"))
		return call_fault(c, e, "param.blank", NULL);
	if (!json_i64(c->in, "taskId", &task_id))
		return call_fault(c, e, "param.illegal", NULL);
	if (!workflow_person(c, t.person, "param.illegal.operator", &person, e) ||
	    !receiver_fits(c, &t, e) || !redirect_texts(c, &t, e) ||
	    !files_of(c, "param.illegal", &t.files, e))
		return false;
	if (!store_task(&c->store, task_id, &t.task, e))
		return e->code == ERR_NOT_FOUND ? call_fault(c, e, "param.illegal", NULL) : false;
	if (!store_instance(&c->store, t.task->instance, &t.instance, e) ||
	    !instance_redirect(c, &t, e))
		return false;
	json_put_bool(&c->w, "result", true);
	return true;
}

bool workflow_todo(struct call *c, struct err *e)
{
	const char *userid = http_query(c->r, "userId");
	struct person *person;

	if (!userid || !*userid)
		return call_fault(c, e, "invalidParameter", "缺少参数：userId");
	if (!workflow_person(c, userid, "userNotExist", &person, e))
		return false;
	json_put_i64(&c->w, "result", person->waiting);
	return true;
}

bool workflow_terminate(struct call *c, struct err *e)
{
	const char *operating = json_text(c->in, "operatingUserId");
	struct instance *i;
	struct person *person;
	const char *remark;
	bool by_system;

	if (!body_instance(c, "aflowProcessInstNotExist", &i, e))
		return false;
	if (!json_bool(c->in, "isSystem", &by_system))
		return call_fault(c, e, "invalidInstanceTerminateIsSystem", NULL);
	if (!short_text(c, "remark", &remark, e))
		return false;
	if (by_system)
		return instance_terminate(c, i, NULL, remark, e) && done(c);
	if (!operating || !*operating)
		return call_fault(c, e, "invalidInstanceTerminateOperatingUserId", NULL);
	if (!workflow_person(c, operating, "userNotExist", &person, e))
		return false;
	if (!text_equal(operating, i->originator))
		return call_fault(c, e, "invalidInstanceTerminateOperatingUserId", NULL);
	return instance_terminate(c, i, operating, remark, e) && done(c);
}

bool workflow_comment(struct call *c, struct err *e)
{
	struct comment comment = {.person = json_text(c->in, "commentUserId"),
				  .text = json_text(c->in, "text")};
	struct instance *i;
	struct person *person;

	if (!body_instance(c, "aflowProcessInstNotExist", &i, e))
		return false;
	if (!comment.text || !*comment.text || text_length(comment.text) > REMARK_MAX)
		return call_fault(c, e, "invalidInstanceCommentText", NULL);
	if (!comment.person || !*comment.person)
		return call_fault(c, e, "invalidInstanceCommentUserId", NULL);
	return workflow_person(c, comment.person, "userNotExist", &person, e) &&
	       files_of(c, "invalidParameter", &comment.files, e) &&
	       instance_comment(c, i, &comment, e) && done(c);
}

/* A list of texts as the JSON that a statement takes; NULL when absent. words NULL: any text. */
static bool text_list(struct call *c, const char *key, const char *const *words, const char **out)
{
	const struct json *list = json_get(c->in, key), *item;

	*out = NULL;
	if (!list || list->type == JSON_NULL)
		return true;
	if (list->type != JSON_ARRAY || list->count > LIST_USERS_MAX)
		return false;
	for (item = list->first; item; item = item->next) {
		const char *const *word = words;

		while (word && *word && !text_equal(*word, item->text))
			word++;
		if (item->type != JSON_TEXT || (word && !*word))
			return false;
	}
	*out = list->count ? call_written(c, list) : NULL;
	return true;
}

static bool list_times(struct call *c, struct instance_query *q, struct err *e)
{
	const struct json *end = json_get(c->in, "endTime");

	if (!json_i64(c->in, "startTime", &q->from_ms) || q->from_ms < c->now_ms - LIST_AGE_MS)
		return call_fault(c, e, "invalidInstanceListIdsStartTime", NULL);
	q->to_ms = c->now_ms;
	if (!end || end->type == JSON_NULL)
		return q->from_ms >= c->now_ms - LIST_SPAN_MS ||
		       call_fault(c, e, "invalidInstanceListIdsStartTime", NULL);
	if (!json_i64(c->in, "endTime", &q->to_ms) || q->to_ms < q->from_ms ||
	    q->to_ms - q->from_ms > LIST_SPAN_MS)
		return call_fault(c, e, "invalidEndTime", NULL);
	return true;
}

static bool list_query(struct call *c, struct instance_query *q, struct err *e)
{
	static const char *const statuses[] = {"RUNNING", "TERMINATED", "COMPLETED", NULL};
	struct form *form;

	q->process_code = json_text(c->in, "processCode");
	if (!q->process_code)
		return call_fault(c, e, "invalidProcessCode", NULL);
	if (!store_form(&c->store, q->process_code, &form, e))
		return e->code == ERR_NOT_FOUND ? call_fault(c, e, "invalidProcessCode", NULL)
						: false;
	if (!list_times(c, q, e))
		return false;
	/* A number in the request, a text in the answer: so it is. */
	if (!json_i64(c->in, "nextToken", &q->offset) || q->offset < 0 ||
	    q->offset > LIST_TOTAL_MAX)
		return call_fault(c, e, "invalidNextToken", NULL);
	if (!json_i64(c->in, "maxResults", &q->limit) || q->limit < 1 || q->limit > LIST_MAX)
		return call_fault(c, e, "invalidMaxResults", NULL);
	if (!text_list(c, "userIds", NULL, &q->originators))
		return call_fault(c, e, "invalidUserIds", NULL);
	if (!text_list(c, "statuses", statuses, &q->statuses))
		return call_fault(c, e, "invalidParameter", "statuses不正确");
	return true;
}

bool workflow_list(struct call *c, struct err *e)
{
	struct instance_query q = {0};
	struct instance *i;
	int64_t wanted, next;

	if (!list_query(c, &q, e))
		return false;
	wanted = q.limit++;
	next = q.offset + wanted;
	if (!store_instances(&c->store, &q, &i, e))
		return false;
	json_object(&c->w, "result");
	json_array(&c->w, "list");
	for (; i && wanted; i = i->next, wanted--)
		json_put_text(&c->w, NULL, i->id);
	json_array_end(&c->w);
	if (i && next < LIST_TOTAL_MAX)
		json_put_text(&c->w, "nextToken",
			      arena_printf(c->store.arena, "%lld", (long long)next));
	json_object_end(&c->w);
	json_put_bool(&c->w, "success", true);
	return true;
}
