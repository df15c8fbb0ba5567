#include "dingtalk/instance.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "dingtalk/call.h"
#include "dingtalk/parse.h"

#define OA_ROOT (-1)
#define INSTANCES "/v1.0/workflow/processInstances"

static bool draft_valid(struct dingtalk *d, const struct dingtalk_draft *draft, struct err *e)
{
	size_t i;

	if (draft->field_count > DINGTALK_MAX_FIELDS)
		return dingtalk_refuse(d, ERR_TOO_LARGE,
				       "the form has more fields than DingTalk takes", e);
	for (i = 0; i < draft->field_count; i++)
		if (text_length(draft->fields[i].value) > DINGTALK_FIELD_VALUE_MAX)
			return dingtalk_refuse(d, ERR_TOO_LARGE,
					       "a value is longer than DingTalk takes", e);
	return true;
}

void dingtalk_draft_put(struct json_writer *w, const struct dingtalk_draft *draft)
{
	size_t i;

	json_put_i64(w, "deptId", draft->department == DINGTALK_ROOT ? OA_ROOT : draft->department);
	json_array(w, "formComponentValues");
	for (i = 0; i < draft->field_count; i++) {
		json_object(w, NULL);
		json_put_text(w, "name", draft->fields[i].name);
		json_put_text(w, "value", draft->fields[i].value);
		json_object_end(w);
	}
	json_array_end(w);
}

static void write_draft(struct json_writer *w, const struct dingtalk_config *config,
			const struct dingtalk_draft *draft)
{
	json_object(w, NULL);
	dingtalk_draft_put(w, draft);
	if (config->agent_id)
		json_put_i64(w, "microappAgentId", config->agent_id);
	json_put_text(w, "originatorUserId", draft->originator);
	json_put_text(w, "processCode", draft->process_code);
	json_object_end(w);
}

bool dingtalk_instance_create(struct dingtalk *d, const struct dingtalk_draft *draft,
			      struct arena *a, const char **instance_id, struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};
	struct dingtalk_call call = {.path = INSTANCES, .arena = a};
	const struct json *answer;
	const char *id;

	if (!draft_valid(d, draft, e))
		return false;
	write_draft(&w, &d->access->config, draft);
	call.body = body.data;
	if (!dingtalk_call(d, &call, &answer, e))
		return false;
	id = dingtalk_id(answer, "instanceId", DINGTALK_ID_MAX);
	if (!id)
		return dingtalk_nonsense(d, e);
	*instance_id = id;
	return true;
}

bool dingtalk_instance_read(struct dingtalk *d, const char *instance_id, struct arena *a,
			    struct dingtalk_instance *out, struct err *e)
{
	const struct dingtalk_call call = {
	    .path =
		arena_printf(a, INSTANCES "?processInstanceId=%s", text_percent(a, instance_id)),
	    .arena = a};
	const struct json *answer;

	if (!dingtalk_call(d, &call, &answer, e))
		return false;
	return dingtalk_parse_instance(answer, a, out) || dingtalk_nonsense(d, e);
}

/* {"result":true,"success":true}; the official models read either as text too. */
static bool call_and_confirm(struct dingtalk *d, const char *path, const struct buf *body,
			     struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const struct dingtalk_call call = {.path = path, .body = body->data, .arena = &a};
	const struct json *answer;
	bool done = false;

	if (!dingtalk_call(d, &call, &answer, e))
		return false;
	if ((json_bool(answer, "result", &done) && done) ||
	    text_equal(json_text(answer, "result"), "true"))
		return true;
	return dingtalk_nonsense(d, e);
}

static void put_remark(struct json_writer *w, const char *key, const char *text)
{
	AUTO(mem_freep) char *cut = mem_dup(text);

	text_cut(cut, DINGTALK_REMARK_MAX);
	json_put_text(w, key, cut);
}

bool dingtalk_task_execute(struct dingtalk *d, const struct dingtalk_verdict *verdict,
			   struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};

	json_object(&w, NULL);
	json_put_text(&w, "actionerUserId", verdict->userid);
	json_put_text(&w, "processInstanceId", verdict->instance_id);
	put_remark(&w, "remark", verdict->remark);
	json_put_text(&w, "result", verdict->agree ? "agree" : "refuse");
	json_put_i64(&w, "taskId", verdict->task_id);
	json_object_end(&w);
	return call_and_confirm(d, INSTANCES "/execute", &body, e);
}

bool dingtalk_instance_comment(struct dingtalk *d, const char *instance_id, const char *userid,
			       const char *text, struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};

	json_object(&w, NULL);
	json_put_text(&w, "commentUserId", userid);
	json_put_text(&w, "processInstanceId", instance_id);
	put_remark(&w, "text", text);
	json_object_end(&w);
	return call_and_confirm(d, INSTANCES "/comments", &body, e);
}

bool dingtalk_instance_terminate(struct dingtalk *d, const char *instance_id,
				 const char *originator, const char *remark, struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};

	json_object(&w, NULL);
	json_put_bool(&w, "isSystem", !originator);
	if (originator)
		json_put_text(&w, "operatingUserId", originator);
	json_put_text(&w, "processInstanceId", instance_id);
	put_remark(&w, "remark", remark);
	json_object_end(&w);
	if (call_and_confirm(d, INSTANCES "/terminate", &body, e))
		return true;
	/* Here it is how DingTalk says that the form does not allow withdrawing. */
	if (strcmp(d->failure.code, "internalError") == 0) {
		d->failure.class = DINGTALK_REFUSED;
		return dingtalk_failure_say(&d->failure, ERR_UNPROCESSABLE, e);
	}
	return false;
}

bool dingtalk_instance_list(struct dingtalk *d, const struct dingtalk_query *query, struct arena *a,
			    struct dingtalk_page *out, struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};
	struct dingtalk_call call = {.path = "/v1.0/workflow/processes/instanceIds/query",
				     .arena = a};
	const struct json *answer;

	json_object(&w, NULL);
	if (query->end_ms)
		json_put_i64(&w, "endTime", query->end_ms);
	json_put_i64(&w, "maxResults", DINGTALK_LIST_PAGE);
	json_put_i64(&w, "nextToken", query->cursor);
	json_put_text(&w, "processCode", query->process_code);
	json_put_i64(&w, "startTime", query->start_ms);
	if (query->running) {
		json_array(&w, "statuses");
		json_put_text(&w, NULL, "RUNNING");
		json_array_end(&w);
	}
	if (query->originator) {
		json_array(&w, "userIds");
		json_put_text(&w, NULL, query->originator);
		json_array_end(&w);
	}
	json_object_end(&w);
	call.body = body.data;
	if (!dingtalk_call(d, &call, &answer, e))
		return false;
	return dingtalk_parse_page(answer, query->cursor, a, out) || dingtalk_nonsense(d, e);
}
