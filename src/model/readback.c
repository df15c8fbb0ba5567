#include "model/readback.h"

#include <string.h>

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

/* "[HF-000123]" or "[HF-000123 · …]" */
static bool begins_with_number(const char *line, const char *number)
{
	size_t n = strlen(number);

	return *line == '[' && strncmp(line + 1, number, n) == 0 &&
	       (line[n + 1] == ']' || line[n + 1] == ' ');
}

static bool has_number(const struct form_values *seen, const char *number)
{
	for (size_t i = 0; i < seen->count; i++) {
		const char *value = seen->items[i].value == NULL ? "" : seen->items[i].value;
		const char *last = strrchr(value, '\n');

		if (text_equal(value, number) ||
		    begins_with_number(last == NULL ? value : last + 1, number))
			return true;
	}
	return false;
}

static bool is_about_another(const struct oa_seen *seen)
{
	return (seen->biz_action != NULL && *seen->biz_action != '\0' &&
		!text_equal(seen->biz_action, "NONE")) ||
	       (seen->main_id != NULL && *seen->main_id != '\0');
}

static const char *mismatch(struct arena *a, const struct oa_sent *sent, const struct oa_seen *seen)
{
	const char *control = differs(&sent->values, &seen->values);

	if (is_about_another(seen))
		return arena_printf(a, "it is a %s of another instance",
				    seen->biz_action == NULL ? "change" : seen->biz_action);
	if (!text_equal(seen->originator, sent->originator))
		return "another person started it";
	if (seen->process_code != NULL && !text_equal(seen->process_code, sent->process_code))
		return "it belongs to another form";
	if (control != NULL)
		return arena_printf(a, "the value of \"%s\" is not the one sent", control);
	if (!has_number(&seen->values, sent->number))
		return arena_printf(a, "it does not carry the number %s", sent->number);
	return NULL;
}

static bool is_decision(const struct oa_record *r, const char *result)
{
	return (text_equal(r->type, "EXECUTE_TASK_NORMAL") ||
		text_equal(r->type, "EXECUTE_TASK_AGENT")) &&
	       text_equal(r->result, result) && r->userid != NULL && *r->userid != '\0';
}

static const struct oa_record *last_record(const struct oa_seen *seen, const char *result)
{
	for (size_t i = seen->record_count; i > 0; i--) {
		if (is_decision(&seen->records[i - 1], result))
			return &seen->records[i - 1];
	}
	return NULL;
}

/* DingTalk's record does not say which task it is about: of one person's agreements as many are ours
 * as tasks of his were executed by us. */
static bool acted_himself(const struct oa_sent *sent, const struct oa_seen *seen,
			  const char *userid)
{
	size_t his = 0, ours = 0;

	for (size_t i = 0; i < seen->record_count; i++)
		his += is_decision(&seen->records[i], "AGREE") &&
		       text_equal(seen->records[i].userid, userid);
	for (size_t i = 0; i < sent->executed_count; i++)
		ours += text_equal(sent->executed[i], userid);
	return his > ours;
}

static const struct oa_record *second_person(const struct oa_sent *sent, const struct oa_seen *seen)
{
	for (size_t i = seen->record_count; i > 0; i--) {
		const struct oa_record *r = &seen->records[i - 1];

		if (is_decision(r, "AGREE") && !text_equal(r->userid, sent->originator) &&
		    acted_himself(sent, seen, r->userid))
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

/* Withdrawn after it was approved: DingTalk makes another instance of it, which is agreed to itself. */
static const struct oa_seen *revocation(const struct oa_sent *sent, const struct oa_seen *seen)
{
	for (size_t i = 0; i < seen->attached_count; i++) {
		const struct oa_seen *r = &seen->attached[i];

		if (text_equal(r->biz_action, "REVOKE") && text_equal(r->status, "COMPLETED") &&
		    text_equal(r->result, "agree") &&
		    (sent->external_id == NULL || text_equal(r->main_id, sent->external_id)))
			return r;
	}
	return NULL;
}

static struct oa_verdict judge_agreed(struct arena *a, const struct oa_sent *sent,
				      const struct oa_seen *seen)
{
	const struct oa_record *by = second_person(sent, seen);
	const struct oa_seen *revoked = revocation(sent, seen);
	struct oa_verdict out = verdict(INSTANCE_OA_AGREED, by);

	out.why = mismatch(a, sent, seen);
	if (out.why != NULL)
		out.event = INSTANCE_OA_MISMATCH;
	else if (revoked != NULL)
		return (struct oa_verdict){
		    .event = INSTANCE_OA_REVOKED, .decider = revoked->originator, .remark = ""};
	else if (by == NULL && (!sent->accept_automatic || sent->executed_count > 0))
		out.event = INSTANCE_OA_ALONE;
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
		return verdict(INSTANCE_OA_REFUSED, last_record(seen, "REFUSE"));
	return (struct oa_verdict){.event = INSTANCE_OA_MISMATCH,
				   .remark = "",
				   .why = "DingTalk says completed, but neither agree nor refuse"};
}

bool oa_is_ours(const struct oa_sent *sent, const struct oa_seen *seen)
{
	return text_equal(seen->originator, sent->originator) &&
	       differs(&sent->values, &seen->values) == NULL;
}
