/* The life of a run: begun or gone on with, judged by what it takes away, ended. */
#include "flow/sync.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "flow/doctor.h"
#include "flow/record.h"
#include "flow/snapshots.h"
#include "flow/statement.h"
#include "store/app.h"
#include "store/device.h"
#include "store/local.h"
#include "store/note.h"
#include "store/task.h"

#define HOUR_MS (INT64_C(3600) * 1000)

static const char *chosen(struct arena *a, const struct store_source *s)
{
	AUTO(buf_done) struct buf out = {0};

	buf_text(&out, "");
	for (size_t i = 0; i < s->department_count; i++)
		buf_printf(&out, "%s\n", s->departments[i]);
	return arena_dup_n(a, out.data, out.len);
}

static bool is_over(const struct store_sync_run *run)
{
	return text_equal(run->state, SYNC_DONE) || text_equal(run->state, SYNC_REFUSED) ||
	       text_equal(run->state, SYNC_REPLACED);
}

/* What was read of other departments is read again, and what was read so long ago, unless it was approved. */
static bool can_go_on(const struct flow *f, const struct store_source *s,
		      const struct store_sync_run *run)
{
	if (run->id == NULL || is_over(run) || text_equal(run->state, SYNC_WAITING) ||
	    !text_equal(run->chosen, chosen(f->arena, s)))
		return false;
	return run->approved || text_equal(run->state, SYNC_APPLYING) ||
	       f->now_ms - run->began_ms < s->cycle_hours * HOUR_MS;
}

static bool go_on(struct flow *f, const struct store_source *s, struct store_sync_run *run,
		  struct err *e)
{
	struct store_sync_progress progress;

	if (!store_sync_progress(f->db, run->id, &progress, e))
		return false;
	run->resumed_ms = f->now_ms;
	run->resumed_done = progress.departments_done;
	return store_sync_run_set(f->db, run, e) &&
	       store_source_sync_begin(f->db, s->id, run->began_ms, e);
}

static bool replace(struct flow *f, struct store_sync_run *run, struct err *e)
{
	if (run->id == NULL || is_over(run))
		return true;
	run->state = SYNC_REPLACED;
	run->ended_ms = f->now_ms;
	return store_sync_run_set(f->db, run, e) && store_sync_run_clear(f->db, run->id, e) &&
	       store_sync_changes_discard(f->db, run->id, e);
}

bool flow_sync_begin(struct flow *f, const struct store_source *s, struct store_sync_run *out,
		     struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);

	if (!store_sync_run_last(f->db, f->arena, s->id, out, e))
		return false;
	if (can_go_on(f, s, out))
		return go_on(f, s, out, e);
	if (!replace(f, out, e))
		return false;
	id_new(id);
	*out = (struct store_sync_run){.id = id,
				       .source = s->id,
				       .state = SYNC_READING,
				       .chosen = chosen(f->arena, s),
				       .began_ms = f->now_ms,
				       .resumed_ms = f->now_ms};
	return store_sync_run_add(f->db, out, e) &&
	       store_source_sync_begin(f->db, s->id, f->now_ms, e);
}

bool flow_sync_move(struct flow *f, struct store_sync_run *run, const char *state, struct err *e)
{
	run->state = state;
	return store_sync_run_set(f->db, run, e);
}

/* --- the brake --- */

bool flow_sync_too_many(int64_t part, int64_t of)
{
	return part > 1 && part * 100 > of * FLOW_SYNC_BRAKE_PERCENT;
}

bool flow_sync_leaving(struct db *db, const struct store_sync_run *run, struct flow_sync_brake *out,
		       struct err *e)
{
	struct store_sync_leaving leaving;
	int64_t departments, hinted;

	if (!store_sync_leaving(db, run->id, &leaving, e) ||
	    !store_sync_hinted_leavers(db, run->source, &hinted, e) ||
	    !store_directory_count(db, run->source, &out->leaving_of, &departments, e))
		return false;
	/* Newcomers make it no smaller, and neither does leaving in two steps. */
	out->leaving_of += hinted - run->counts.joined;
	out->leaving = leaving.people + hinted;
	out->asked = leaving.asked;
	out->outside = leaving.outside;
	return true;
}

struct imagined {
	const char *run;
	struct arena *arena;
	struct snapshot_source *source;
};

static int by_person(const void *key, const void *item)
{
	return strcmp(key, ((const struct roster_person_source *)item)->id);
}

static bool is_gone(const struct snapshot_source *s, const char *department)
{
	for (size_t i = 0; i < s->department_count; i++) {
		if (strcmp(s->departments[i].id, department) == 0)
			return s->departments[i].gone;
	}
	return false;
}

/* Membership in a department that is gone stays. */
static bool department_ids(struct db *db, struct imagined *x, const struct store_sync_change *c,
			   const struct store_walked_person *told, struct roster_person_source *out,
			   struct err *e)
{
	const struct roster_person_source was = *out;
	struct arena *a = x->arena;
	const char **ids =
	    arena_array(a, told->department_count + was.department_count, sizeof(*ids));

	out->departments = ids;
	out->department_count = 0;
	for (size_t i = 0; i < was.department_count; i++) {
		if (is_gone(x->source, was.departments[i]))
			ids[out->department_count++] = was.departments[i];
	}
	for (size_t i = 0; i < told->department_count; i++) {
		struct store_known_department d;

		if (!store_directory_get_department(db, a, c->source, told->departments[i], &d, e))
			return false;
		if (d.id != NULL && !d.gone && !is_gone(x->source, d.id))
			ids[out->department_count++] = d.id;
	}
	return true;
}

static bool imagine_person(struct db *db, struct imagined *x, const struct store_sync_change *c,
			   struct err *e)
{
	struct store_walked_person told;
	struct roster_person_source *p =
	    c->subject_id == NULL
		? NULL
		: bsearch(c->subject_id, x->source->people, x->source->person_count,
			  sizeof(*x->source->people), by_person);

	if (p == NULL || text_equal(c->kind, SYNC_LEFT))
		return true;
	if (!flow_sync_body(x->arena, c, &told, e))
		return false;
	p->email = told.email;
	p->telephone = told.telephone;
	return department_ids(db, x, c, &told, p, e);
}

static bool imagine_department(struct db *db, struct imagined *x, const struct store_sync_change *c,
			       struct err *e)
{
	struct roster_department_source *all =
	    (struct roster_department_source *)x->source->departments;
	struct store_walked_department told;
	struct store_known_department parent = {0};

	if (text_equal(c->kind, SYNC_LEFT)) {
		for (size_t i = 0; i < x->source->department_count; i++)
			all[i].gone = all[i].gone || text_equal(all[i].id, c->subject_id);
		return true;
	}
	if (!flow_sync_department_body(x->arena, c, &told, e) ||
	    (told.parent != NULL &&
	     !store_directory_get_department(db, x->arena, c->source, told.parent, &parent, e)))
		return false;
	for (size_t i = 0; i < x->source->department_count; i++) {
		if (text_equal(all[i].id, c->subject_id))
			all[i].parent = parent.id;
	}
	return true;
}

#define MANY 1000

static bool imagine_all(struct db *db, struct imagined *x, const char *subject, struct err *e)
{
	struct store_sync_pending which = {
	    .run = x->run, .subject = subject, .after = "", .limit = MANY};
	struct store_sync_change *changes;
	size_t count = MANY;

	while (count == MANY) {
		if (!store_sync_changes_pending(db, x->arena, &which, &changes, &count, e))
			return false;
		for (size_t i = 0; i < count; i++) {
			if (!(text_equal(subject, SYNC_PERSON)
				  ? imagine_person(db, x, &changes[i], e)
				  : imagine_department(db, x, &changes[i], e)))
				return false;
		}
		if (count > 0)
			which.after = changes[count - 1].id;
	}
	return true;
}

static bool imagine(void *arg, struct db *db, struct arena *a, struct snapshot_source *source,
		    struct err *e)
{
	struct imagined x = {.run = arg, .arena = a, .source = source};

	return imagine_all(db, &x, SYNC_DEPARTMENT, e) && imagine_all(db, &x, SYNC_PERSON, e);
}

struct comparison {
	const struct snapshot *now, *then;
	struct flow_sync_brake *out;
};

static void compare(void *arg, const struct store_device_owner *d)
{
	struct comparison *c = arg;

	if (!flow_is_covered(c->now, d->owner, d->held_for))
		return;
	c->out->uncovered_of++;
	c->out->uncovered += !flow_is_covered(c->then, d->owner, d->held_for);
}

/* What events took away since the last run: losing in small steps makes it no smaller. */
static bool lost_before(struct db *db, const struct snapshot *now, const char *source,
			struct flow_sync_brake *out, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct store_sync_device *all;
	size_t count;

	if (!store_sync_touched(db, &a, source, &all, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (flow_is_covered(now, all[i].owner, all[i].held_for))
			continue;
		out->uncovered++;
		out->uncovered_of++;
	}
	return true;
}

bool flow_sync_uncovering(struct db *db, const struct snapshot *now,
			  const struct store_sync_run *run, struct flow_sync_brake *out,
			  struct err *e)
{
	struct snapshot *then;
	bool ok;

	if (!snapshots_imagine(db, imagine, (void *)run->id, &then, e))
		return false;
	ok = store_device_owners(db, compare, &(struct comparison){now, then, out}, e);
	snapshot_free(then);
	return ok && lost_before(db, now, run->source, out, e);
}

/* --- ends --- */

static int64_t next_ms(const struct store_source *s, const struct store_sync_run *run)
{
	return run->began_ms + s->cycle_hours * HOUR_MS;
}

bool flow_sync_stands(struct flow *f, const struct store_sync_run *run, bool *out, struct err *e)
{
	struct store_source s;

	*out = false;
	if (!store_source_get(f->db, f->arena, run->source, &s, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
		return true;
	}
	*out = text_equal(run->chosen, chosen(f->arena, &s));
	return true;
}

struct ending {
	const char *state;
	int64_t due_ms;
	const struct flow_sync_failure *why; /* NULL: it came through */
};

static bool end_source(struct flow *f, const struct store_source *s, const struct ending *how,
		       struct err *e)
{
	struct store_source now = *s;

	now.sync_state = how->state;
	now.sync_ended_ms = f->now_ms;
	now.sync_due_ms = how->due_ms;
	now.sync_error = how->why != NULL ? how->why->text : "";
	now.sync_finding = how->why != NULL ? how->why->finding : (struct store_finding){0};
	now.sync_failures = how->why != NULL ? s->sync_failures + 1 : 0;
	if (text_equal(how->state, "done"))
		now.sync_done_ms = f->now_ms;
	return store_directory_count(f->db, s->id, &now.sync_people, &now.sync_departments, e) &&
	       store_source_sync_end(f->db, &now, e);
}

static const char *counts_json(struct arena *a, const struct store_sync_run *run)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_object(&w, NULL);
	json_put_text(&w, "run", run->id);
	json_put_i64(&w, "joined", run->counts.joined);
	json_put_i64(&w, "returned", run->counts.returned);
	json_put_i64(&w, "left", run->counts.left);
	json_put_i64(&w, "moved", run->counts.moved);
	json_put_i64(&w, "renamed", run->counts.renamed);
	json_put_i64(&w, "changed", run->counts.changed);
	json_put_i64(&w, "departments", run->counts.departments);
	json_object_end(&w);
	return arena_dup_n(a, out.data, out.len);
}

static bool tell(struct flow *f, const char *kind, const struct store_source *s, const char *text,
		 const char *detail, struct err *e)
{
	return flow_event(f,
			  &(struct flow_event){.kind = kind,
					       .object = "identity-source",
					       .object_id = s->id,
					       .text = text,
					       .detail = detail},
			  e);
}

/* It was broken, and has been read. */
static bool mended(struct flow *f, const struct store_source *s, struct err *e)
{
	return s->sync_failures < FLOW_SYNC_ALARM || tell(f, "source-mended", s, s->name, NULL, e);
}

bool flow_sync_wait(struct flow *f, const struct store_source *s, struct store_sync_run *run,
		    const struct flow_sync_brake *why, struct err *e)
{
	const char *text;

	run->leaving = why->leaving;
	run->leaving_of = why->leaving_of;
	run->uncovered = why->uncovered;
	run->uncovered_of = why->uncovered_of;
	run->leaving_asked = why->asked;
	run->leaving_outside = why->outside;
	text =
	    flow_sync_too_many(why->leaving, why->leaving_of)
		? arena_printf(f->arena, "%s: %lld of %lld people would leave", s->name,
			       (long long)why->leaving, (long long)why->leaving_of)
		: arena_printf(f->arena, "%s: %lld of %lld covered devices would be out of scope",
			       s->name, (long long)why->uncovered, (long long)why->uncovered_of);
	if (why->outside > 0)
		text = arena_printf(
		    f->arena, "%s; %lld of %lld asked for are in DingTalk, out of what is read",
		    text, (long long)why->outside, (long long)why->asked);
	db_note(f->db, NOTE_POLICY, "");
	return flow_sync_move(f, run, SYNC_WAITING, e) && mended(f, s, e) &&
	       end_source(f, s, &(struct ending){"waiting", next_ms(s, run)}, e) &&
	       tell(f, "sync-waiting", s, text, counts_json(f->arena, run), e);
}

bool flow_sync_end(struct flow *f, const struct store_source *s, struct store_sync_run *run,
		   struct err *e)
{
	const struct store_sync_counts *n = &run->counts;
	const char *text;
	int64_t people;

	if (!store_sync_run_get(f->db, f->arena, run->id, run, e))
		return false;
	run->ended_ms = f->now_ms;
	people = n->joined + n->returned + n->left + n->moved + n->renamed + n->changed;
	text = arena_printf(f->arena, "%s: %lld people and %lld departments changed", s->name,
			    (long long)people, (long long)n->departments);
	db_note(f->db, NOTE_POLICY, "");
	return store_sync_run_clear(f->db, run->id, e) && flow_sync_move(f, run, SYNC_DONE, e) &&
	       store_approval_review_departed(f->db, f->now_ms, e) &&
	       store_sync_touched_forget(f->db, s->id, e) && flow_doctor_accounts_changed(f, e) &&
	       mended(f, s, e) && end_source(f, s, &(struct ending){"done", next_ms(s, run)}, e) &&
	       tell(f, "sync-done", s, text, counts_json(f->arena, run), e);
}

static int64_t retry_ms(const struct store_source *s)
{
	int64_t wait = FLOW_SYNC_RETRY_MS << (s->sync_failures < 6 ? s->sync_failures : 6);

	return wait < FLOW_SYNC_RETRY_LONGEST_MS ? wait : FLOW_SYNC_RETRY_LONGEST_MS;
}

static bool broken(struct flow *f, const struct store_source *s, const char *why, struct err *e)
{
	return s->sync_failures + 1 != FLOW_SYNC_ALARM ||
	       tell(f, "source-broken", s,
		    arena_printf(f->arena, "%s: reading it failed %d times in a row: %s", s->name,
				 FLOW_SYNC_ALARM, why),
		    NULL, e);
}

bool flow_sync_fail(struct flow *f, const struct store_source *s,
		    const struct flow_sync_failure *why, struct err *e)
{
	struct store_source now;

	if (!store_source_get(f->db, f->arena, s->id, &now, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
		return true;
	}
	db_note(f->db, NOTE_POLICY, "");
	return end_source(f, &now, &(struct ending){"failed", f->now_ms + retry_ms(&now), why},
			  e) &&
	       tell(f, "sync-failed", &now, arena_printf(f->arena, "%s: %s", now.name, why->text),
		    NULL, e) &&
	       broken(f, &now, why->text, e);
}

/* --- an administrator's word --- */

static bool approve(struct flow *f, const struct store_source *s, struct store_sync_run *run,
		    struct err *e)
{
	run->approved = true;
	return store_sync_changes_uncheck(f->db, run->id, f->now_ms - FLOW_SYNC_FRESH_MS, e) &&
	       flow_sync_move(f, run, SYNC_CHECKING, e) &&
	       store_source_sync_want(f->db, s->id, e) &&
	       tell(f, "sync-approved", s, s->name, counts_json(f->arena, run), e);
}

static bool refuse(struct flow *f, const struct store_source *s, struct store_sync_run *run,
		   struct err *e)
{
	run->ended_ms = f->now_ms;
	return store_sync_changes_refuse(f->db, run->id, e) &&
	       store_sync_run_clear(f->db, run->id, e) && flow_sync_move(f, run, SYNC_REFUSED, e) &&
	       end_source(f, s, &(struct ending){"refused", next_ms(s, run)}, e) &&
	       tell(f, "sync-refused", s, s->name, counts_json(f->arena, run), e);
}

bool flow_sync_decide(struct flow *f, const struct store_source *s, const char *id, bool yes,
		      struct err *e)
{
	struct store_sync_run run;
	struct store_source now;

	/* Locked first: another administrator may say the contrary in this moment. */
	if (!store_local_lock(f->db, s->id, e) ||
	    !store_source_get(f->db, f->arena, s->id, &now, e) ||
	    !store_sync_run_last(f->db, f->arena, s->id, &run, e))
		return false;
	if (run.id == NULL || !text_equal(run.id, id) || !text_equal(run.state, SYNC_WAITING) ||
	    !text_equal(now.sync_state, "waiting"))
		return err_set(e, ERR_CONFLICT,
			       "This synchronisation does not wait for anybody's word (any more).");
	return yes ? approve(f, &now, &run, e) : refuse(f, &now, &run, e);
}

/* --- events --- */

bool flow_sync_hinted(struct flow *f, const char *app, const char *subject,
		      const char *external_ids, struct err *e)
{
	struct store_source s;
	const char *at = external_ids;

	if (!store_source_by_app(f->db, f->arena, app, &s, e))
		return false;
	while (s.id != NULL && *at != '\0') {
		size_t n = strcspn(at, "\n");

		if (n > 0 && !store_sync_hint_add(f->db,
						  &(struct store_sync_hint){
						      .source = s.id,
						      .subject = subject,
						      .external_id = arena_dup_n(f->arena, at, n),
						      .due_ms = f->now_ms},
						  e))
			return false;
		at += n + (at[n] == '\n');
	}
	return true;
}
