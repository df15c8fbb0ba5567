#include "jobs/oa.h"

static const char *const statuses[] = {
    [DINGTALK_STATUS_OTHER] = "OTHER",
    [DINGTALK_RUNNING] = "RUNNING",
    [DINGTALK_TERMINATED] = "TERMINATED",
    [DINGTALK_COMPLETED] = "COMPLETED",
};

static const char *const results[] = {
    [DINGTALK_RESULT_OTHER] = "other",    [DINGTALK_RESULT_NONE] = "none",
    [DINGTALK_AGREE] = "agree",           [DINGTALK_REFUSE] = "refuse",
    [DINGTALK_REDIRECTED] = "redirected",
};

static const char *const record_results[] = {
    [DINGTALK_RESULT_OTHER] = "OTHER",    [DINGTALK_RESULT_NONE] = "NONE",
    [DINGTALK_AGREE] = "AGREE",           [DINGTALK_REFUSE] = "REFUSE",
    [DINGTALK_REDIRECTED] = "REDIRECTED",
};

static const char *const actions[] = {
    [DINGTALK_ACTION_OTHER] = "OTHER",
    [DINGTALK_NONE] = "NONE",
    [DINGTALK_MODIFY] = "MODIFY",
    [DINGTALK_REVOKE] = "REVOKE",
};

static void copy_lists(struct arena *a, const struct dingtalk_instance *i, struct oa_seen *out)
{
	out->values.count = i->field_count;
	out->values.items = arena_array(a, i->field_count, sizeof(*out->values.items));
	for (size_t k = 0; k < i->field_count; k++)
		out->values.items[k] = (struct form_value){i->fields[k].name, i->fields[k].value};
	out->record_count = i->record_count;
	out->records = arena_array(a, i->record_count, sizeof(*out->records));
	for (size_t k = 0; k < i->record_count; k++)
		out->records[k] = (struct oa_record){.userid = i->records[k].userid,
						     .type = i->records[k].type,
						     .result = record_results[i->records[k].result],
						     .remark = i->records[k].remark};
	out->task_count = i->task_count;
	out->tasks = arena_array(a, i->task_count, sizeof(*out->tasks));
	for (size_t k = 0; k < i->task_count; k++)
		out->tasks[k] = (struct oa_task){.id = i->tasks[k].id,
						 .userid = i->tasks[k].userid,
						 .status = i->tasks[k].status};
}

void oa_seen_from(struct arena *a, const struct dingtalk_instance *i, struct oa_seen *out)
{
	*out = (struct oa_seen){.status = statuses[i->status],
				.result = results[i->result],
				.biz_action = actions[i->action],
				.process_code = *i->process_code == '\0' ? NULL : i->process_code,
				.originator = i->originator,
				.business_id = i->business_id,
				.main_id = i->main_id};
	copy_lists(a, i, out);
}

static bool read_attached(struct dingtalk *d, struct arena *a, const struct dingtalk_instance *main,
			  struct oa_seen *out, struct err *e)
{
	size_t count = main->attached_count;
	size_t first = count > OA_MAX_ATTACHED ? count - OA_MAX_ATTACHED : 0;

	out->attached = arena_array(a, count - first, sizeof(*out->attached));
	for (size_t k = first; k < count; k++) {
		struct dingtalk_instance about;

		if (dingtalk_instance_read(d, main->attached[k], a, &about, e))
			oa_seen_from(a, &about, &out->attached[out->attached_count++]);
		else if (e->code != ERR_NOT_FOUND)
			return false;
	}
	return true;
}

bool oa_read(struct dingtalk *d, struct arena *a, const char *id, struct oa_seen *out,
	     struct err *e)
{
	struct dingtalk_instance main;

	if (!dingtalk_instance_read(d, id, a, &main, e))
		return false;
	oa_seen_from(a, &main, out);
	return main.status != DINGTALK_COMPLETED || read_attached(d, a, &main, out, e);
}
