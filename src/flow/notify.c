#include "flow/notify.h"

#include "base/id.h"
#include "base/text.h"
#include "flow/approval.h"
#include "store/app.h"
#include "store/notice.h"
#include "store/outbox.h"
#include "store/person.h"
#include "store/setting.h"
#include "store/workflow.h"

static bool language(struct flow *f, enum language *out, struct err *e)
{
	const char *name;

	*out = LANGUAGE_ZH;
	if (!store_setting_get(f->db, f->arena, SETTING_LANGUAGE, &name, e))
		return false;
	return name == NULL || language_from(name, out) ||
	       err_set(e, ERR_INTERNAL, "the language %s is not known", name);
}

bool flow_words(struct flow *f, const struct store_instance *i, const struct flow_notice *notice,
		const char **out, struct err *e)
{
	struct notice_facts facts = {.device = i->device_name,
				     .package = i->package,
				     .applicant = i->person_name,
				     .reason = i->reason,
				     .who = notice->who,
				     .comment = notice->comment,
				     .now_ms = f->now_ms};
	char number[INSTANCE_NUMBER_SIZE];
	struct notice_words words;

	instance_number(i->number, number);
	facts.number = number;
	if (!instance_status_from(i->status, &facts.status))
		return err_set(e, ERR_INTERNAL, "request %s has the unknown status %s", i->id,
			       i->status);
	if (!language(f, &words.language, e) ||
	    !store_notice_text_get(f->db, f->arena, notice_names[notice->what],
				   language_names[words.language], &words.own, e))
		return false;
	*out = notice_text(f->arena, &words, notice->what, &facts);
	return true;
}

/* Where somebody is reached. app NULL: nowhere. */
struct address {
	const char *app, *userid;
};

static bool add_row(struct flow *f, const struct store_instance *i, const char *kind,
		    const struct address *to, const char *text, struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);

	id_new(id);
	return store_outbox_add(f->db,
				&(struct store_outbox){.id = id,
						       .app = to->app,
						       .instance = i->id,
						       .kind = kind,
						       .userid = to->userid,
						       .text = text,
						       .due_ms = f->now_ms,
						       .created_ms = f->now_ms},
				e);
}

/* A work notice is in the name of an app's agent. */
static bool can_tell(const struct store_app *app)
{
	return app->agent_id != 0 || text_equal(app->notice_channel, NOTICE_ROBOT);
}

/* Who has left, or is in no DingTalk organisation, is reached nowhere. Where nobody asked for messages,
 * those of a request without DingTalk, an app that cannot send any is no failure. */
static bool address_of(struct flow *f, const struct store_instance *i, const char *person,
		       struct address *out, struct err *e)
{
	struct store_person p;
	struct store_app app;

	*out = (struct address){0};
	if (!store_person_get(f->db, f->arena, person, &p, e))
		return false;
	if (p.departed)
		return true;
	if (!store_app_get(f->db, f->arena, p.app, &app, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
		return true;
	}
	if (i->app != NULL || can_tell(&app))
		*out = (struct address){p.app, p.external_id};
	return true;
}

bool flow_notify(struct flow *f, const struct store_instance *i, const struct flow_notice *notice,
		 struct err *e)
{
	struct address to = {i->app, notice->userid};
	const char *text;

	if (notice->person != NULL && !address_of(f, i, notice->person, &to, e))
		return false;
	if (to.app == NULL || to.userid == NULL || *to.userid == '\0')
		return true;
	return flow_words(f, i, notice, &text, e) && add_row(f, i, OUTBOX_NOTICE, &to, text, e);
}

/* Off also for a workflow that is gone. */
static bool switched_on(struct flow *f, const struct store_instance *i, bool *out, struct err *e)
{
	struct store_workflow w = {0};

	if (!store_workflow_get(f->db, f->arena, i->workflow, &w, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
	}
	*out = w.notices || text_equal(w.type, WORKFLOW_BUILTIN);
	return true;
}

bool flow_notify_result(struct flow *f, const struct store_instance *i, struct err *e)
{
	static const enum notice results[INSTANCE_STATUS_COUNT] = {
	    [INSTANCE_APPROVED] = NOTICE_APPROVED,
	    [INSTANCE_REJECTED] = NOTICE_REJECTED,
	    [INSTANCE_REVOKED] = NOTICE_REVOKED,
	    [INSTANCE_EXPIRED] = NOTICE_EXPIRED,
	};
	enum instance_status status;
	bool on;

	if (!switched_on(f, i, &on, e))
		return false;
	if (!on || text_equal(i->channel, "client") || !instance_status_from(i->status, &status) ||
	    status == INSTANCE_PENDING)
		return true;
	return flow_notify(f, i,
			   &(struct flow_notice){.what = results[status],
						 .person = i->person,
						 .who = i->decided_by,
						 .comment = i->decision_comment},
			   e);
}

bool flow_notify_late(struct flow *f, const struct store_instance *i, const char *userid,
		      struct err *e)
{
	struct flow_notice late = {
	    .what = NOTICE_LATE, .userid = i->originator, .who = i->decided_by, .comment = ""};
	bool on;

	if (!switched_on(f, i, &on, e))
		return false;
	if (!on)
		return true;
	if (!flow_notify(f, i, &late, e))
		return false;
	late.userid = text_equal(userid, i->originator) ? "" : userid;
	return flow_notify(f, i, &late, e);
}

bool flow_notify_approvers(struct flow *f, const struct store_instance *i, bool *on, struct err *e)
{
	if (!switched_on(f, i, on, e))
		return false;
	*on |= i->app != NULL;
	return true;
}

/* What there is to remind of: in DingTalk, here, or both. */
static bool remind(struct flow *f, const struct store_instance *i, struct store_reminder *next,
		   struct err *e)
{
	bool there, here, last;
	struct flow_approval p;

	if (!switched_on(f, i, &there, e))
		return false;
	there &= text_equal(i->delivery, delivery_name(DELIVERY_SUBMITTED));
	if (!flow_approval_load(f, i, &p, e) || !flow_approval_remind(f, i, &p, &here, &last, e))
		return false;
	if (!here)
		last = i->reminders + 1 >= FLOW_REMINDERS;
	next->due_ms = f->now_ms + FLOW_REMIND_MS;
	if (!there && !here)
		return true;
	next->sent++;
	if (last)
		next->due_ms = 0;
	return !there || add_row(f, i, OUTBOX_REMIND, &(struct address){i->app, ""}, "", e);
}

bool flow_remind_due(struct flow *f, const char *instance, struct err *e)
{
	struct store_instance i;
	struct store_reminder next = {.instance = instance};
	bool on, won;

	if (!store_instance_get(f->db, f->arena, instance, &i, e))
		return false;
	if (i.remind_ms == 0 || i.remind_ms > f->now_ms)
		return true; /* another server was first */
	if (!store_instance_remind_claim(f->db, instance, i.remind_ms, f->now_ms + FLOW_REMIND_MS,
					 &won, e))
		return false;
	if (!won)
		return true;
	if (!flow_notify_approvers(f, &i, &on, e))
		return false;
	next.sent = i.reminders;
	if (on && text_equal(i.status, instance_status_name(INSTANCE_PENDING)) &&
	    !remind(f, &i, &next, e))
		return false;
	return store_instance_remind_set(f->db, &next, e);
}

static bool was_before(const struct oa_seen *seen, size_t at)
{
	for (size_t k = 0; k < at; k++) {
		if (text_equal(seen->tasks[k].status, "RUNNING") &&
		    text_equal(seen->tasks[k].userid, seen->tasks[at].userid))
			return true;
	}
	return false;
}

bool flow_remind(struct flow *f, const char *instance, const struct oa_seen *seen, struct err *e)
{
	struct store_instance i;
	size_t told = 0;

	if (!store_instance_get(f->db, f->arena, instance, &i, e))
		return false;
	if (!text_equal(i.status, instance_status_name(INSTANCE_PENDING)))
		return true;
	for (size_t k = 0; k < seen->task_count && told < FLOW_REMIND_PEOPLE; k++) {
		if (!text_equal(seen->tasks[k].status, "RUNNING") || was_before(seen, k))
			continue;
		if (!flow_notify(f, &i,
				 &(struct flow_notice){.what = NOTICE_REMINDER,
						       .userid = seen->tasks[k].userid,
						       .who = "",
						       .comment = ""},
				 e))
			return false;
		told++;
	}
	return true;
}
