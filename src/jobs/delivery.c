#include "base/failpoint.h"
#include "flow/delivery.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "dingtalk/instance.h"
#include "flow/request.h"
#include "jobs/job.h"
#include "jobs/oa.h"

#define CLOCK_SLACK_MS 600000 /* DingTalk's clock and ours */
#define MAX_LOOKED_AT 40      /* instances read while looking for one of ours */

/* One row on its way. */
struct errand {
	struct job *job;
	struct arena *arena;
	struct dingtalk *dingtalk;
	struct flow_delivery delivery;
	struct flow_outcome outcome;
	struct oa_seen seen; /* terminate: what had ended already */
	bool ended;
};

typedef bool errand_fn(struct errand *x, struct err *e);

/* Whether the call that failed may have been done all the same (dingtalk/failure.h). */
static bool is_uncertain(const struct err *e)
{
	return e->code == ERR_TIMEOUT || e->code == ERR_PEER;
}

static bool is_the_one(struct errand *x, const char *id, bool *yes, struct err *e)
{
	struct oa_sent sent = {.originator = x->delivery.instance.originator,
			       .values = x->delivery.sent};
	struct dingtalk_instance found;
	struct oa_seen seen;

	*yes = false;
	if (!dingtalk_instance_read(x->dingtalk, id, x->arena, &found, e))
		return e->code == ERR_NOT_FOUND;
	oa_seen_from(x->arena, &found, &seen);
	*yes = oa_is_ours(&sent, &seen);
	return true;
}

/* Whether an earlier try made the instance; the request number is among its values. */
static bool find_created(struct errand *x, const char **id, struct err *e)
{
	const struct store_instance *i = &x->delivery.instance;
	struct dingtalk_query query = {.process_code = i->process_code,
				       .originator = i->originator,
				       .start_ms = i->created_ms - CLOCK_SLACK_MS};
	struct dingtalk_page page = {0};
	size_t looked = 0;
	bool yes = false;

	*id = NULL;
	do {
		if (!dingtalk_instance_list(x->dingtalk, &query, x->arena, &page, e))
			return false;
		for (size_t k = 0; k < page.count && !yes; k++) {
			if (!is_the_one(x, page.ids[k], &yes, e))
				return false;
			if (yes)
				*id = page.ids[k];
		}
		looked += page.count;
		query.cursor = page.next;
	} while (!yes && page.next != 0 && looked < MAX_LOOKED_AT);
	if (!yes && page.next != 0)
		return err_set(
		    e, ERR_UNAVAILABLE,
		    "Whether DingTalk has the form cannot be told: the applicant has more "
		    "than %d.",
		    MAX_LOOKED_AT);
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

	x->outcome.uncertain = x->delivery.row.uncertain;
	if (x->outcome.uncertain) {
		failpoint("create-before-lookup");
		if (!find_created(x, &x->outcome.external_id, e))
			return false;
		failpoint("create-after-lookup");
	}
	x->outcome.uncertain = false;
	if (x->outcome.external_id != NULL)
		return true;
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
	return false;
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

/* DingTalk refuses for two reasons that look alike: the instance is too young, or it has ended. */
static bool terminate(struct errand *x, struct err *e)
{
	const struct store_outbox *row = &x->delivery.row;
	const char *id = x->delivery.instance.external_id;
	struct err refused = {0};

	failpoint("terminate-before-call");
	if (dingtalk_instance_terminate(x->dingtalk, id, *row->userid == '\0' ? NULL : row->userid,
					row->text, &refused)) {
		failpoint("terminate-after-call");
		return true;
	}
	*e = refused;
	if (refused.code != ERR_CONFLICT)
		return false;
	if (!oa_read(x->dingtalk, x->arena, id, &x->seen, e))
		return false;
	*e = refused;
	x->ended = !text_equal(x->seen.status, "RUNNING");
	x->outcome.look_again = !x->ended;
	return x->ended;
}

static const struct {
	const char *kind;
	errand_fn *run;
} errands[] = {{"create", create}, {"comment", comment}, {"terminate", terminate}};

static bool run_errand(struct errand *x, struct err *e)
{
	if (!line_open(&x->job->line, x->job->config->links, x->job->db,
		       &(struct line_to){x->delivery.row.app, DINGTALK_FOR_FILING}, &x->dingtalk,
		       e)) {
		x->outcome.uncertain = x->delivery.row.uncertain;
		return false;
	}
	for (size_t k = 0; k < ARRAY_SIZE(errands); k++) {
		if (text_equal(errands[k].kind, x->delivery.row.kind))
			return errands[k].run(x, e);
	}
	return err_set(e, ERR_INTERNAL, "an outbox row is of the unknown kind %s",
		       x->delivery.row.kind);
}

static bool begin(struct flow *f, void *arg, struct err *e)
{
	return flow_delivery_begin(f, arg, e);
}

static bool finish(struct flow *f, void *arg, struct err *e)
{
	struct errand *x = arg;

	if (x->ended && !flow_read_back(f, x->delivery.instance.id, 0, &x->seen, e))
		return false;
	return flow_delivery_end(f, &x->delivery, &x->outcome, e);
}

static bool deliver(struct errand *x, struct err *e)
{
	struct err failure = {0};

	random_bytes(&x->outcome.chance, sizeof(x->outcome.chance));
	if (!run_errand(x, &failure)) {
		x->outcome.error = &failure;
		if (x->dingtalk != NULL)
			x->outcome.wait_ms = dingtalk_failure(x->dingtalk)->wait_ms;
		log_err(LOG_LEVEL_WARN, x->delivery.row.kind, &failure);
	}
	if (!job_unit(x->job, x->arena, finish, x, e))
		return false;
	failpoint("delivery-end-committed");
	return true;
}

int64_t delivery_round(void *arg)
{
	AUTO(arena_done) struct arena a = {0};
	struct job *j = arg;
	struct errand x = {.job = j, .arena = &a};
	struct err e = {0};
	int64_t due;

	if (!job_open(j, &e) || !store_outbox_due(j->db, &due, &e))
		return job_failed("the outbox", &e);
	if (job_wait(due) > 0)
		return job_wait(due);
	if (!job_unit(j, &a, begin, &x.delivery, &e))
		return job_failed("the outbox", &e);
	if (x.delivery.row.id == NULL)
		return JOB_TAKEN_MS;
	failpoint("delivery-take-committed");
	return deliver(&x, &e) ? 0 : job_failed("the outbox", &e);
}
