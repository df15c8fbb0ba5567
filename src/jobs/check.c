#include "base/failpoint.h"
#include "base/log.h"
#include "dingtalk/instance.h"
#include "flow/request.h"
#include "jobs/job.h"
#include "jobs/oa.h"

#define LEASE_MS 60000 /* longer than one reading takes */

struct check {
	struct store_instance instance; /* id NULL: none is due */
	int64_t claimed_ms;
	struct oa_seen seen;
	struct err failure;
};

static bool claim(struct flow *f, void *arg, struct err *e)
{
	struct check *c = arg;
	bool won;

	c->claimed_ms = f->now_ms + LEASE_MS;
	if (!store_instance_check_next(f->db, f->arena, f->now_ms, &c->instance, e))
		return false;
	if (c->instance.id == NULL)
		return true;
	if (!store_instance_check_claim(f->db, c->instance.id, c->instance.check_ms, c->claimed_ms,
					&won, e))
		return false;
	if (!won)
		c->instance.id = NULL;
	failpoint("check-claimed");
	return true;
}

static bool enter(struct flow *f, void *arg, struct err *e)
{
	struct check *c = arg;

	return flow_read_back(f, c->instance.id, c->claimed_ms, &c->seen, e);
}

static bool enter_failure(struct flow *f, void *arg, struct err *e)
{
	struct check *c = arg;

	return flow_read_failed(f, c->instance.id, c->claimed_ms, &c->failure, e);
}

static bool read_one(struct job *j, struct arena *a, struct check *c, struct err *e)
{
	struct dingtalk *d;

	return line_open(&j->line, j->config->links, j->db,
			 &(struct line_to){c->instance.app, DINGTALK_FOR_READING}, &d, e) &&
	       oa_read(d, a, c->instance.external_id, &c->seen, e);
}

static bool enter_reading(struct job *j, struct arena *a, struct check *c, struct err *e)
{
	failpoint("check-before-read");
	if (read_one(j, a, c, &c->failure)) {
		failpoint("check-after-read");
		return job_unit(j, a, enter, c, e);
	}
	failpoint("check-not-read");
	log_err(LOG_LEVEL_WARN, "reading an instance in DingTalk", &c->failure);
	return job_unit(j, a, enter_failure, c, e);
}

int64_t check_round(void *arg)
{
	AUTO(arena_done) struct arena a = {0};
	struct job *j = arg;
	struct check c = {0};
	struct err e = {0};
	int64_t due;

	if (!job_open(j, &e) || !store_instance_check_due(j->db, &due, &e))
		return job_failed("reading instances again", &e);
	if (job_wait(due) > 0)
		return job_wait(due);
	if (!job_unit(j, &a, claim, &c, &e))
		return job_failed("reading instances again", &e);
	if (c.instance.id == NULL)
		return JOB_TAKEN_MS;
	return enter_reading(j, &a, &c, &e) ? 0 : job_failed("entering what DingTalk says", &e);
}
