#include "flow/close.h"

#include "base/failpoint.h"
#include "base/text.h"
#include "flow/notify.h"
#include "flow/record.h"
#include "store/applicant.h"
#include "store/workflow.h"

#define TERMINATE_AGE_MS 16000 /* DingTalk refuses a withdrawal within 15 s of the creation */
#define LOOK_AGAIN_MS 15000    /* what was executed takes some seconds to show */
#define IDLE_LOOKS 8           /* that found no task to execute */

static bool has_delivery(const struct store_instance *i, enum delivery d)
{
	return text_equal(i->delivery, delivery_name(d));
}

static bool add_row(struct flow *f, const struct store_instance *i, const char *kind,
		    const struct store_outbox *with, struct err *e)
{
	struct store_outbox row = *with;
	char *id = arena_alloc(f->arena, ID_SIZE);

	id_new(id);
	row.id = id;
	row.app = i->app;
	row.instance = i->id;
	row.kind = kind;
	row.created_ms = f->now_ms;
	return store_outbox_add(f->db, &row, e);
}

/* A comment for those who look at the form, then the withdrawal, which says it again. */
static bool add_closing(struct flow *f, const struct flow_closing *c, struct err *e)
{
	const struct store_instance *i = c->instance;
	int64_t ripe = i->submitted_ms + TERMINATE_AGE_MS;
	const char *remark;

	failpoint("close-begun");
	if (!flow_words(
		f, i,
		&(struct flow_notice){.what = NOTICE_CLOSED, .who = c->by, .comment = c->comment},
		&remark, e))
		return false;
	if (*c->userid == '\0' &&
	    !add_row(f, i, OUTBOX_COMMENT,
		     &(struct store_outbox){
			 .userid = i->originator, .text = remark, .due_ms = f->now_ms},
		     e))
		return false;
	failpoint("close-comment-added");
	return add_row(f, i, OUTBOX_TERMINATE,
		       &(struct store_outbox){.userid = c->userid,
					      .text = remark,
					      .due_ms = ripe > f->now_ms ? ripe : f->now_ms},
		       e);
}

static bool add_look(struct flow *f, const struct store_instance *i, int64_t due_ms, struct err *e)
{
	return add_row(f, i, OUTBOX_CARRY,
		       &(struct store_outbox){.userid = "", .text = "", .due_ms = due_ms}, e);
}

/* Zeroed, which is close, for a workflow that is gone. */
static bool workflow_of(struct flow *f, const struct store_instance *i, struct store_workflow *out,
			struct err *e)
{
	*out = (struct store_workflow){0};
	if (store_workflow_get(f->db, f->arena, i->workflow, out, e))
		return true;
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	return true;
}

static bool close_open(struct flow *f, const struct flow_closing *c, struct err *e)
{
	struct store_workflow w;

	if (!workflow_of(f, c->instance, &w, e))
		return false;
	if (!c->decided || !text_equal(w.console_decision, WORKFLOW_CARRY_THROUGH))
		return add_closing(f, c, e);
	failpoint("carry-begun");
	return add_look(f, c->instance, f->now_ms, e);
}

bool flow_close(struct flow *f, const struct flow_closing *c, enum delivery *out, struct err *e)
{
	const struct store_instance *i = c->instance;
	bool dropped;

	if (has_delivery(i, DELIVERY_CLOSED) || has_delivery(i, DELIVERY_NONE)) {
		*out = has_delivery(i, DELIVERY_CLOSED) ? DELIVERY_CLOSED : DELIVERY_NONE;
		return true;
	}
	if (i->external_id == NULL &&
	    !store_outbox_drop(f->db, i->id, OUTBOX_CREATE, f->now_ms, &dropped, e))
		return false;
	if (i->external_id == NULL && dropped) {
		failpoint("close-create-dropped");
		*out = DELIVERY_NONE;
		return true;
	}
	/* A create under way is settled soon; what closes it waits behind it. */
	if (i->external_id == NULL && !store_outbox_hurry(f->db, i->id, f->now_ms, e))
		return false;
	*out = DELIVERY_CLOSING;
	return close_open(f, c, e);
}

/* --- carrying through --- */

static bool was_tried(const struct store_execution *list, size_t count, int64_t task)
{
	for (size_t k = 0; k < count; k++) {
		if (list[k].task == task)
			return true;
	}
	return false;
}

/* NULL: none is open that was not tried already. */
static const struct oa_task *next_task(const struct oa_seen *seen,
				       const struct store_execution *tried, size_t count)
{
	for (size_t k = 0; k < seen->task_count; k++) {
		const struct oa_task *t = &seen->tasks[k];

		if (text_equal(t->status, "RUNNING") && *t->userid != '\0' &&
		    !was_tried(tried, count, t->id))
			return t;
	}
	return NULL;
}

static bool execute(struct flow *f, const struct store_instance *i, const struct oa_task *task,
		    struct err *e)
{
	const char *remark;

	if (!flow_words(f, i,
			&(struct flow_notice){.what = NOTICE_CARRIED,
					      .who = i->decided_by,
					      .comment = i->decision_comment},
			&remark, e))
		return false;
	return add_row(f, i, OUTBOX_EXECUTE,
		       &(struct store_outbox){.userid = task->userid,
					      .text = remark,
					      .task = task->id,
					      .due_ms = f->now_ms},
		       e) &&
	       add_look(f, i, f->now_ms, e);
}

bool flow_close_looked(struct flow *f, const struct store_instance *i, const struct oa_seen *seen,
		       struct err *e)
{
	struct store_execution *tried;
	const struct oa_task *task;
	int64_t looks;
	size_t count;
	bool other;

	if (!has_delivery(i, DELIVERY_CLOSING))
		return true;
	if (!store_outbox_executions(f->db, f->arena, i->id, &tried, &count, e) ||
	    !store_outbox_count_kind(f->db, i->id, OUTBOX_CARRY, &looks, e))
		return false;
	task = next_task(seen, tried, count);
	if (task != NULL)
		return execute(f, i, task, e);
	if (looks < (int64_t)count + IDLE_LOOKS)
		return add_look(f, i, f->now_ms + LOOK_AGAIN_MS, e);
	return flow_close_refused(f, i, &(struct store_outbox){.kind = OUTBOX_CARRY},
				  "DingTalk shows no task that could be executed", &other, e);
}

bool flow_close_executed(struct flow *f, const struct store_instance *i,
			 const struct store_outbox *row, bool moot, struct err *e)
{
	const char *name;

	if (moot)
		return store_outbox_moot(f->db, row->id, "the task had come to its end", e);
	if (!store_applicant_name(f->db, f->arena, i->app, row->userid, &name, e))
		return false;
	failpoint("carry-executed");
	return flow_record(f, i, "executed", i->decided_by,
			   arena_printf(f->arena, "the task of %s was executed in DingTalk",
					name == NULL ? row->userid : name),
			   e) &&
	       flow_notify(f, i,
			   &(struct flow_notice){.what = NOTICE_EXECUTED,
						 .userid = row->userid,
						 .who = i->decided_by,
						 .comment = ""},
			   e);
}

/* --- what DingTalk refuses --- */

static bool note(struct flow *f, const struct store_instance *i, const char *what, const char *why,
		 struct err *e)
{
	const char *text = arena_printf(f->arena, "%s: %s", what, why);

	return store_instance_note(f->db, i->id, text, e) &&
	       flow_record(f, i, "close-refused", "", text, e);
}

static bool withdraw_instead(struct flow *f, const struct store_instance *i, const char *why,
			     struct err *e)
{
	bool dropped;

	return store_outbox_drop(f->db, i->id, OUTBOX_CARRY, f->now_ms, &dropped, e) &&
	       add_closing(f,
			   &(struct flow_closing){.instance = i,
						  .userid = "",
						  .by = i->decided_by,
						  .comment = i->decision_comment},
			   e) &&
	       note(f, i,
		    "DingTalk does not let the decision be carried through, the form is withdrawn "
		    "instead",
		    why, e);
}

/* A decision of somebody here, where it was confirmed what carrying through shows, and not the way that
 * was refused before. */
static bool may_carry(struct flow *f, const struct store_instance *i, bool *out, struct err *e)
{
	bool decided = text_equal(i->status, instance_status_name(INSTANCE_APPROVED)) ||
		       text_equal(i->status, instance_status_name(INSTANCE_REJECTED));
	struct store_workflow w;
	int64_t looks;

	if (!workflow_of(f, i, &w, e) ||
	    !store_outbox_count_kind(f->db, i->id, OUTBOX_CARRY, &looks, e))
		return false;
	*out = decided && w.carry_confirmed_ms > 0 && looks == 0;
	return true;
}

bool flow_close_refused(struct flow *f, const struct store_instance *i,
			const struct store_outbox *row, const char *why, bool *other, struct err *e)
{
	*other = true;
	if (!has_delivery(i, DELIVERY_CLOSING))
		return true;
	failpoint("close-refused");
	if (!text_equal(row->kind, OUTBOX_TERMINATE))
		return withdraw_instead(f, i, why, e);
	if (!may_carry(f, i, other, e))
		return false;
	if (!*other)
		return note(f, i, "The form stays open in DingTalk", why, e);
	return note(f, i,
		    "DingTalk does not let the form be withdrawn, the decision is carried through "
		    "instead",
		    why, e) &&
	       add_look(f, i, f->now_ms, e);
}
