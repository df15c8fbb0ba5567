#include "base/failpoint.h"
#include "flow/delivery.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "dingtalk/instance.h"
#include "dingtalk/notice.h"
#include "flow/request.h"
#include "jobs/job.h"
#include "jobs/lanes.h"
#include "jobs/lookup.h"
#include "jobs/oa.h"
#include "store/app.h"

/* One row on its way. */
struct errand {
	struct job *job;
	struct arena *arena;
	struct dingtalk *dingtalk;
	struct flow_carrier by;
	struct flow_delivery delivery;
	struct flow_outcome outcome;
	struct oa_seen seen; /* terminate: what had ended already */
	bool ended;          /* seen is to be entered */
	bool beside;         /* though it may be open still */
	int64_t until_ms;    /* monotonic: no further call is begun after it */
};

typedef bool errand_fn(struct errand *x, struct err *e);

/* Whether the call that failed may have been done all the same (dingtalk/failure.h). */
static bool is_uncertain(const struct err *e)
{
	return e->code == ERR_TIMEOUT || e->code == ERR_PEER;
}

static bool look(struct errand *x, struct lookup_found *out, struct err *e)
{
	const struct lookup l = {.dingtalk = x->dingtalk,
				 .ticker = x->job->ticker,
				 .db = x->job->db,
				 .arena = x->arena,
				 .instance = &x->delivery.instance,
				 .sent = &x->delivery.sent,
				 .until_ms = x->until_ms};

	if (!lookup_forms(&l, out, e))
		return false;
	x->outcome.extras = out->extras;
	x->outcome.extra_count = out->extra_count;
	return true;
}

/* What became of a create whose answer was lost. It creates nothing: see flow_delivery_end. */
static bool find_created(struct errand *x, struct err *e)
{
	int64_t left = x->delivery.row.tried_ms + FLOW_CREATE_SETTLES_MS - clock_utc_ms();
	struct lookup_found found;

	x->outcome.uncertain = true;
	failpoint("create-before-lookup");
	if (!look(x, &found, e))
		return false;
	failpoint("create-after-lookup");
	if (found.id == NULL && left > 0) {
		x->outcome.wait_ms = left;
		return err_set(e, ERR_UNAVAILABLE,
			       "DingTalk did not say whether it has taken the form, and does not "
			       "show it yet");
	}
	x->outcome.uncertain = false;
	x->outcome.external_id = found.id;
	return true;
}

static bool create(struct errand *x, struct err *e)
{
	const struct store_instance *i = &x->delivery.instance;
	const struct form_values *sent = &x->delivery.sent;
	struct dingtalk_field *fields = arena_array(x->arena, sent->count, sizeof(*fields));
	struct dingtalk_draft draft = {.originator = i->originator,
				       .process_code = i->process_code,
				       .fields = fields,
				       .field_count = sent->count};

	if (x->delivery.row.uncertain)
		return find_created(x, e);
	if (!text_i64(i->originator_department, 1, INT64_MAX, &draft.department))
		return err_set(e, ERR_INTERNAL, "the department %s has no number",
			       i->originator_department);
	for (size_t k = 0; k < sent->count; k++)
		fields[k] = (struct dingtalk_field){sent->items[k].name, sent->items[k].value};
	failpoint("create-before-call");
	if (dingtalk_instance_create(x->dingtalk, &draft, x->arena, &x->outcome.external_id, e)) {
		failpoint("create-after-call");
		return true;
	}
	x->outcome.uncertain = is_uncertain(e);
	x->outcome.may_not_start =
	    text_equal(dingtalk_failure(x->dingtalk)->code, "processSetupNoPermission");
	return false;
}

/* Long after a lost create: whatever came of it beside the form that the request has goes. */
static bool settle(struct errand *x, struct err *e)
{
	struct lookup_found found;

	if (!look(x, &found, e))
		return false;
	if (found.id != NULL && x->delivery.instance.external_id == NULL)
		found.extras[x->outcome.extra_count++] = found.id;
	return true;
}

static bool comment(struct errand *x, struct err *e)
{
	const struct store_outbox *row = &x->delivery.row;

	failpoint("comment-before-call");
	if (!dingtalk_instance_comment(x->dingtalk, x->delivery.instance.external_id, row->userid,
				       row->text, e))
		return false;
	failpoint("comment-after-call");
	return true;
}

/* Withdraws a form. DingTalk refuses for two reasons that look alike: it is too young, or it has ended.
 * In x->seen, when x->ended, what it had become. */
static bool withdraw(struct errand *x, const char *id, const char *userid, const char *remark,
		     struct err *e)
{
	struct err refused = {0};

	if (dingtalk_instance_terminate(x->dingtalk, id, userid, remark, &refused))
		return true;
	*e = refused;
	if (refused.code == ERR_NOT_FOUND && userid != NULL &&
	    text_equal(dingtalk_failure(x->dingtalk)->code, "userNotExist"))
		return withdraw(x, id, NULL, remark, e);
	if (refused.code != ERR_CONFLICT)
		return false;
	if (!oa_read(x->dingtalk, x->arena, id, &x->seen, e))
		return false;
	*e = refused;
	x->ended = !text_equal(x->seen.status, "RUNNING");
	x->outcome.look_again = !x->ended;
	return x->ended;
}

static bool terminate(struct errand *x, struct err *e)
{
	const struct store_outbox *row = &x->delivery.row;

	failpoint("terminate-before-call");
	if (!withdraw(x, x->delivery.instance.external_id,
		      *row->userid == '\0' ? NULL : row->userid, row->text, e))
		return false;
	failpoint("terminate-after-call");
	return true;
}

static bool drop_duplicate(struct errand *x, struct err *e)
{
	bool ok = withdraw(x, x->delivery.row.text, NULL,
			   "Holdfast: 重复的表单 / the same request's second form", e);

	/* Its end is not the request's. */
	x->ended = false;
	return ok;
}

/* Carrying through: what is open there. When it has ended, what it had become. */
static bool carry(struct errand *x, struct err *e)
{
	failpoint("carry-before-look");
	if (!oa_read(x->dingtalk, x->arena, x->delivery.instance.external_id, &x->seen, e))
		return false;
	x->ended = !text_equal(x->seen.status, "RUNNING");
	x->outcome.seen = &x->seen;
	return true;
}

/* One task, in its owner's name. That it has ended is his doing, or that of a try of ours whose answer
 * was lost. */
static bool execute(struct errand *x, struct err *e)
{
	const struct store_outbox *row = &x->delivery.row;
	const struct dingtalk_verdict verdict = {
	    .instance_id = x->delivery.instance.external_id,
	    .task_id = row->task,
	    .userid = row->userid,
	    .agree =
		text_equal(x->delivery.instance.status, instance_status_name(INSTANCE_APPROVED)),
	    .remark = row->text};

	failpoint("execute-before-call");
	if (dingtalk_task_execute(x->dingtalk, &verdict, e)) {
		failpoint("execute-after-call");
		return true;
	}
	x->outcome.uncertain = is_uncertain(e) || row->uncertain;
	if (e->code != ERR_CONFLICT)
		return false;
	err_clear(e);
	x->outcome.uncertain = false;
	x->outcome.moot = !row->uncertain;
	return true;
}

static bool remind(struct errand *x, struct err *e)
{
	if (!oa_read(x->dingtalk, x->arena, x->delivery.instance.external_id, &x->seen, e))
		return false;
	x->ended = x->beside = true;
	x->outcome.seen = &x->seen;
	return true;
}

static bool notice(struct errand *x, struct err *e)
{
	const struct store_outbox *row = &x->delivery.row;
	struct store_app app;

	if (!store_app_get(x->job->db, x->arena, row->app, &app, e))
		return false;
	failpoint("notice-before-call");
	if (dingtalk_notice_send(x->dingtalk,
				 text_equal(app.notice_channel, NOTICE_ROBOT)
				     ? DINGTALK_ROBOT
				     : DINGTALK_WORK_NOTICE,
				 row->userid, row->text, e)) {
		failpoint("notice-after-call");
		return true;
	}
	x->outcome.uncertain = is_uncertain(e);
	return false;
}

/* One line a kind of row: the calls it stands for, and whose part of the budget they are. What follows
 * from how they end is in flow/delivery.c. */
static const struct kind {
	const char *name;
	errand_fn *run;
	enum dingtalk_purpose purpose;
} kinds[] = {
    {OUTBOX_CREATE, create, DINGTALK_FOR_FILING},
    {OUTBOX_SETTLE, settle, DINGTALK_FOR_FILING},
    {OUTBOX_DUPLICATE, drop_duplicate, DINGTALK_FOR_FILING},
    {OUTBOX_COMMENT, comment, DINGTALK_FOR_FILING},
    {OUTBOX_TERMINATE, terminate, DINGTALK_FOR_FILING},
    {OUTBOX_CARRY, carry, DINGTALK_FOR_FILING},
    {OUTBOX_EXECUTE, execute, DINGTALK_FOR_FILING},
    {OUTBOX_REMIND, remind, DINGTALK_FOR_NOTICE},
    {OUTBOX_NOTICE, notice, DINGTALK_FOR_NOTICE},
};

static bool run_errand(struct errand *x, struct err *e)
{
	const struct store_outbox *row = &x->delivery.row;
	const struct kind *kind = NULL;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		if (text_equal(kinds[k].name, row->kind))
			kind = &kinds[k];
	}
	x->outcome.uncertain = row->uncertain;
	if (kind == NULL)
		return err_set(e, ERR_INTERNAL, "an outbox row is of the unknown kind %s",
			       row->kind);
	if (!line_open(&x->job->line, x->job->config->links, x->job->db,
		       &(struct line_to){row->app, kind->purpose}, &x->dingtalk, e))
		return false;
	x->outcome.uncertain = false;
	return kind->run(x, e);
}

static bool finish(struct flow *f, void *arg, struct err *e)
{
	struct errand *x = arg;

	if (x->ended &&
	    !flow_read_back(f, x->delivery.instance.id, x->beside ? FLOW_BESIDE : 0, &x->seen, e))
		return false;
	return flow_delivery_end(f, &x->delivery, &x->outcome, e);
}

static void take_failure(struct errand *x, const struct err *failure)
{
	const struct dingtalk_failure *f;

	x->outcome.error = failure;
	log_err(LOG_LEVEL_WARN, x->delivery.row.kind, failure);
	if (x->dingtalk == NULL)
		return;
	f = dingtalk_failure(x->dingtalk);
	x->outcome.held = f->held;
	x->outcome.final = f->class == DINGTALK_REFUSED;
	if (x->outcome.wait_ms < f->wait_ms)
		x->outcome.wait_ms = f->wait_ms;
}

static bool deliver(struct errand *x, struct err *e)
{
	struct err failure = {0};

	random_bytes(&x->outcome.chance, sizeof(x->outcome.chance));
	if (!run_errand(x, &failure))
		take_failure(x, &failure);
	if (!job_unit(x->job, x->arena, finish, x, e))
		return false;
	failpoint("delivery-end-committed");
	return true;
}

static bool begin(struct flow *f, void *arg, struct err *e)
{
	struct errand *x = arg;

	return flow_delivery_begin(f, &x->by, &x->delivery, e);
}

static int64_t serve(struct job *j, struct arena *a, const char *app)
{
	struct errand x = {.job = j,
			   .arena = a,
			   .by = {app, j->config->node},
			   .until_ms = clock_mono_ms() + FLOW_ERRAND_MS};
	struct err e = {0};

	if (!job_unit(j, a, begin, &x, &e))
		return job_failed("the outbox", &e);
	if (x.delivery.row.id == NULL)
		return JOB_TAKEN_MS;
	failpoint("delivery-take-committed");
	return deliver(&x, &e) ? 0 : job_failed("the outbox", &e);
}

/* --- which app is next --- */

/* When the app's next row can go: due, and not while its breaker is open. 0: none is there. */
static bool ripe(struct job *j, const char *app, int64_t *due_ms, struct err *e)
{
	int64_t now_ms = clock_utc_ms(), open_ms = links_closed_for(j->config->links, app);

	if (!store_outbox_due(j->db, app, due_ms, e))
		return false;
	if (*due_ms != 0 && *due_ms < now_ms + open_ms)
		*due_ms = now_ms + open_ms;
	return true;
}

/* The app that a worker may take on whose row has waited longest; *app NULL: wait *wait_ms. */
static bool choose(struct job *j, struct arena *a, const char **app, int64_t *wait_ms,
		   struct err *e)
{
	const char **apps;
	int64_t best_ms = 0, due_ms, wait;
	size_t count;

	*app = NULL;
	*wait_ms = TICKER_LONGEST_MS;
	if (!store_app_ids(j->db, a, &apps, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!ripe(j, apps[i], &due_ms, e))
			return false;
		wait = job_wait(due_ms);
		if (wait == 0 && !lanes_may(j->lanes, apps[i]))
			wait = LANES_BUSY_MS;
		if (wait > 0) {
			*wait_ms = wait < *wait_ms ? wait : *wait_ms;
		} else if (*app == NULL || due_ms < best_ms) {
			*app = apps[i];
			best_ms = due_ms;
		}
	}
	return true;
}

int64_t delivery_round(void *arg)
{
	AUTO(arena_done) struct arena a = {0};
	struct job *j = arg;
	struct err e = {0};
	const char *app;
	int64_t wait_ms;

	if (!job_open(j, &e) || !choose(j, &a, &app, &wait_ms, &e))
		return job_failed("the outbox", &e);
	if (app == NULL)
		return wait_ms;
	if (!lanes_enter(j->lanes, app))
		return JOB_TAKEN_MS;
	wait_ms = serve(j, &a, app);
	lanes_leave(j->lanes, app);
	return wait_ms;
}
