#include "base/log.h"
#include "dingtalk/org.h"
#include "flow/doctor.h"
#include "jobs/job.h"
#include "store/directory.h"
#include "store/source.h"
#include "store/task.h"

#define BATCH 200 /* departments and people in one unit */

/* Departments come as text from here on: DingTalk's ids are numbers only to DingTalk. */
struct walk {
	struct job *job;
	struct store_source source;
	struct store_walk id;
	struct arena arena; /* of the batch */
	struct store_walked_department *departments;
	struct store_walked_person *people;
	size_t department_count, person_count;
	struct store_walk_end end;
};

static bool write_batch(struct flow *f, void *arg, struct err *e)
{
	const struct walk *w = arg;

	for (size_t i = 0; i < w->department_count; i++) {
		if (!store_directory_department(f->db, f->arena, &w->id, &w->departments[i], e))
			return false;
	}
	for (size_t i = 0; i < w->person_count; i++) {
		if (!store_directory_person(f->db, f->arena, &w->id, &w->people[i], e))
			return false;
	}
	return true;
}

static void fresh_batch(struct walk *w)
{
	arena_done(&w->arena);
	w->departments = arena_array(&w->arena, BATCH, sizeof(*w->departments));
	w->people = arena_array(&w->arena, BATCH, sizeof(*w->people));
	w->department_count = w->person_count = 0;
}

static bool flush(struct walk *w, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};

	if (ticker_stopping(w->job->ticker))
		return err_set(e, ERR_UNAVAILABLE, "The server is being stopped.");
	if (!job_unit(w->job, &a, write_batch, w, e))
		return false;
	fresh_batch(w);
	return true;
}

static const char *number(struct arena *a, int64_t id)
{
	return id == 0 ? NULL : arena_printf(a, "%lld", (long long)id);
}

static bool visit_department(void *arg, const struct dingtalk_department *d, struct err *e)
{
	struct walk *w = arg;

	w->departments[w->department_count++] =
	    (struct store_walked_department){.external_id = number(&w->arena, d->id),
					     .parent = number(&w->arena, d->parent),
					     .name = arena_dup(&w->arena, d->name)};
	return w->department_count < BATCH || flush(w, e);
}

static bool visit_user(void *arg, const struct dingtalk_user *u, struct err *e)
{
	struct walk *w = arg;
	const char **departments =
	    arena_array(&w->arena, u->department_count, sizeof(*departments));

	for (size_t i = 0; i < u->department_count; i++)
		departments[i] = number(&w->arena, u->departments[i]);
	w->people[w->person_count++] =
	    (struct store_walked_person){.external_id = arena_dup(&w->arena, u->userid),
					 .unionid = arena_dup(&w->arena, u->unionid),
					 .name = arena_dup(&w->arena, u->name),
					 .title = arena_dup(&w->arena, u->title),
					 .email = arena_dup(&w->arena, u->email),
					 .telephone = arena_dup(&w->arena, u->mobile),
					 .departments = departments,
					 .department_count = u->department_count};
	return w->person_count < BATCH || flush(w, e);
}

static bool write_begin(struct flow *f, void *arg, struct err *e)
{
	struct walk *w = arg;

	w->id.at_ms = f->now_ms;
	return store_source_sync_begin(f->db, w->source.id, f->now_ms, e);
}

static bool write_end(struct flow *f, void *arg, struct err *e)
{
	struct walk *w = arg;

	return store_directory_end(f->db, &w->id, &w->end, e) &&
	       store_approval_review_departed(f->db, f->now_ms, e) &&
	       flow_doctor_accounts_changed(f, e) &&
	       store_source_sync_end(f->db,
				     &(struct store_source){.id = w->source.id,
							    .sync_state = "done",
							    .sync_error = "",
							    .sync_ended_ms = f->now_ms,
							    .sync_people = w->end.people,
							    .sync_departments = w->end.departments},
				     e);
}

struct failure {
	const struct store_source *source;
	const char *text;
};

/* What the walk before it counted stays. */
static bool write_failure(struct flow *f, void *arg, struct err *e)
{
	const struct failure *failure = arg;
	struct store_source s = *failure->source;

	s.sync_state = "failed";
	s.sync_error = failure->text;
	s.sync_ended_ms = f->now_ms;
	return store_source_sync_end(f->db, &s, e);
}

static bool walk(struct walk *w, struct arena *a, struct err *e)
{
	struct dingtalk_visitor visitor = {visit_department, visit_user, w};
	struct dingtalk_walk seen;
	struct dingtalk *d;

	fresh_batch(w);
	return job_unit(w->job, a, write_begin, w, e) &&
	       line_open(&w->job->line, w->job->config->links, w->job->db,
			 &(struct line_to){w->source.app, DINGTALK_FOR_SYNC}, &d, e) &&
	       dingtalk_org_walk(d, &visitor, &seen, e) && flush(w, e) &&
	       job_unit(w->job, a, write_end, w, e);
}

int64_t sync_round(void *arg)
{
	AUTO(arena_done) struct arena a = {0};
	struct job *j = arg;
	struct walk w = {.job = j};
	struct err e = {0}, failed = {0};
	bool ok;

	if (!job_open(j, &e) || !store_source_sync_next(j->db, &a, &w.source, &e))
		return job_failed("directory sync", &e);
	if (w.source.id == NULL)
		return TICKER_LONGEST_MS;
	w.id.source = w.source.id;
	ok = walk(&w, &a, &failed);
	arena_done(&w.arena);
	if (ok || ticker_stopping(j->ticker))
		return 0;
	log_err(LOG_LEVEL_WARN, "directory sync", &failed);
	if (!job_unit(j, &a, write_failure, &(struct failure){&w.source, failed.text}, &e))
		return job_failed("directory sync", &e);
	return 0;
}
