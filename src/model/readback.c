#include "model/readback.h"

#include "base/text.h"

/* Equal but for CR before LF, which forms add and drop. */
static bool same_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return false;
	for (;; a++, b++) {
		if (a[0] == '\r' && a[1] == '\n')
			a++;
		if (b[0] == '\r' && b[1] == '\n')
			b++;
		if (*a != *b)
			return false;
		if (*a == '\0')
			return true;
	}
}

/* NULL when every value is there once and as sent, else the control that is not. */
static const char *differs(const struct form_values *sent, const struct form_values *seen)
{
	for (size_t i = 0; i < sent->count; i++) {
		size_t found = 0;

		for (size_t k = 0; k < seen->count; k++) {
			if (!text_equal(seen->items[k].name, sent->items[i].name))
				continue;
			if (!same_text(seen->items[k].value, sent->items[i].value))
				return sent->items[i].name;
			found++;
		}
		if (found != 1)
			return sent->items[i].name;
	}
	return NULL;
}

static const char *mismatch(struct arena *a, const struct oa_sent *sent, const struct oa_seen *seen)
{
	const char *control = differs(&sent->values, &seen->values);

	if (seen->biz_action != NULL && *seen->biz_action != '\0' &&
	    !text_equal(seen->biz_action, "NONE"))
		return arena_printf(a, "it is a %s of another instance", seen->biz_action);
	if (!text_equal(seen->originator, sent->originator))
		return "another person started it";
	if (seen->process_code != NULL && !text_equal(seen->process_code, sent->process_code))
		return "it belongs to another form";
	if (control != NULL)
		return arena_printf(a, "the value of \"%s\" is not the one sent", control);
	return NULL;
}

static const struct oa_record *last_record(const struct oa_seen *seen, const char *result,
					   const char *not_by)
{
	for (size_t i = seen->record_count; i > 0; i--) {
		const struct oa_record *r = &seen->records[i - 1];
		bool task = text_equal(r->type, "EXECUTE_TASK_NORMAL") ||
			    text_equal(r->type, "EXECUTE_TASK_AGENT");

		if (task && text_equal(r->result, result) && r->userid != NULL &&
		    *r->userid != '\0' && !text_equal(r->userid, not_by))
			return r;
	}
	return NULL;
}

/* Who withdrew it; DingTalk names nobody when the system did. */
static const struct oa_record *withdrawal(const struct oa_seen *seen)
{
	for (size_t i = seen->record_count; i > 0; i--) {
		const struct oa_record *r = &seen->records[i - 1];

		if (text_equal(r->type, "TERMINATE_PROCESS_INSTANCE") && r->userid != NULL &&
		    *r->userid != '\0')
			return r;
	}
	return NULL;
}

static struct oa_verdict verdict(enum instance_event event, const struct oa_record *by)
{
	return (struct oa_verdict){.event = event,
				   .decider = by == NULL ? NULL : by->userid,
				   .remark = by == NULL || by->remark == NULL ? "" : by->remark};
}

static struct oa_verdict judge_agreed(struct arena *a, const struct oa_sent *sent,
				      const struct oa_seen *seen)
{
	const struct oa_record *by = last_record(seen, "AGREE", sent->originator);
	struct oa_verdict out = verdict(INSTANCE_OA_MISMATCH, by);

	out.why = mismatch(a, sent, seen);
	if (out.why == NULL)
		out.event = by == NULL ? INSTANCE_OA_ALONE : INSTANCE_OA_AGREED;
	return out;
}

struct oa_verdict oa_judge(struct arena *a, const struct oa_sent *sent, const struct oa_seen *seen)
{
	if (text_equal(seen->status, "TERMINATED"))
		return verdict(INSTANCE_OA_TERMINATED, withdrawal(seen));
	if (!text_equal(seen->status, "COMPLETED"))
		return (struct oa_verdict){.open = true};
	if (text_equal(seen->result, "agree"))
		return judge_agreed(a, sent, seen);
	if (text_equal(seen->result, "refuse"))
		return verdict(INSTANCE_OA_REFUSED, last_record(seen, "REFUSE", NULL));
	return (struct oa_verdict){.event = INSTANCE_OA_MISMATCH,
				   .remark = "",
				   .why = "DingTalk says completed, but neither agree nor refuse"};
}

bool oa_is_ours(const struct oa_sent *sent, const struct oa_seen *seen)
{
	return text_equal(seen->originator, sent->originator) &&
	       differs(&sent->values, &seen->values) == NULL;
}
