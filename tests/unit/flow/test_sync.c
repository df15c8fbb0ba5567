/* What a source says and what becomes of it in the directory. */
#include "world.h"

#include <unistd.h>

#include "../db/race.h"
#include "flow/group.h"
#include "flow/sync.h"
#include "store/ownership.h"
#include "store/sync.h"

static const char *const in_dev[] = {"2"}, *const in_root[] = {"1"}, *const in_both[] = {"2", "1"};

static struct store_walked_person lihua_in(const char *const *departments, size_t count)
{
	return (struct store_walked_person){"lihua", "ulihua", "李华",      "工程师",
					    "",      "138",    departments, count};
}

static struct store_source source_of(struct world *w)
{
	struct store_source s;

	OK(store_source_get(w->db, &w->arena, w->source, &s, &e));
	if (s.cycle_hours == 0)
		s.cycle_hours = 24;
	return s;
}

static struct store_sync_run begin(struct world *w, const struct store_source *s)
{
	struct store_sync_run run;

	STEP(w, flow_sync_begin(&w->flow, s, &run, &e));
	return run;
}

static void list(struct world *w, struct flow_sync to, const char *department,
		 const struct store_walked_person *people, size_t count)
{
	struct flow_sync_members m = {
	    .to = to, .department = department, .next = -1, .items = people, .count = count};

	STEP(w, flow_sync_people(&w->flow, &m, &e));
}

static struct store_sync_change change(struct world *w, const char *run, const char *subject,
				       const char *external_id)
{
	struct store_sync_change c;

	OK(store_sync_change_of(w->db, &w->arena, run, subject, external_id, &c, &e));
	return c;
}

static void apply_all(struct world *w, const struct flow_sync *to)
{
	bool more = true;

	while (more)
		STEP(w, flow_sync_apply(&w->flow, to, &more, &e));
}

static struct store_known_person known(struct world *w, const char *external_id)
{
	struct store_known_person p = {0};
	size_t count;

	OK(store_directory_get_people(w->db, &w->arena,
				      &(struct store_external_ids){w->source, &external_id, 1}, &p,
				      &count, &e));
	return p;
}

/* A run that has begun, into which pages go. */
struct scene {
	struct world w;
	struct store_source source;
	struct store_sync_run run;
	struct flow_sync to;
};

static void scene_done(struct scene *s)
{
	world_done(&s->w);
}

static void scene_make(struct scene *s, void **state)
{
	world_make(&s->w, state);
	s->source = source_of(&s->w);
	s->run = begin(&s->w, &s->source);
	s->to = (struct flow_sync){&s->source, s->run.id, WORLD_NOW + 1000};
}

static void who_joins_is_there_at_once_and_who_moves_at_the_end(void **state)
{
	AUTO(scene_done) struct scene s = {0};
	struct store_walked_person people[2];
	struct store_sync_change c;

	scene_make(&s, state);
	people[0] = lihua_in(in_root, 1);
	people[1] = (struct store_walked_person){"newbie", "un", "新人", "", "", "", in_root, 1};
	list(&s.w, s.to, "1", people, 2);
	assert_non_null(known(&s.w, "newbie").id);
	assert_int_equal(known(&s.w, "lihua").as.department_count, 2);
	c = change(&s.w, s.run.id, SYNC_PERSON, "lihua");
	assert_string_equal(c.kind, SYNC_MOVED);
	assert_string_equal(c.state, SYNC_PENDING);
	assert_string_equal(c.before, "{\"departments\":[\"研发部\",\"示例科技\"]}");
	assert_string_equal(c.after, "{\"departments\":[\"示例科技\"]}");
	apply_all(&s.w, &s.to);
	assert_int_equal(known(&s.w, "lihua").as.department_count, 1);
	assert_string_equal(change(&s.w, s.run.id, SYNC_PERSON, "lihua").state, SYNC_APPLIED);
	OK(store_sync_run_get(s.w.db, &s.w.arena, s.run.id, &s.run, &e));
	assert_true(s.run.counts.joined == 1 && s.run.counts.moved == 1);
}

static void what_is_the_same_is_not_written(void **state)
{
	AUTO(scene_done) struct scene s = {0};
	struct store_walked_person li;
	int64_t before;

	scene_make(&s, state);
	/* 99 is a department that nobody here knows. */
	static const char *const more[] = {"2", "99", "1"};
	before = known(&s.w, "lihua").seen_ms;
	li = lihua_in(in_both, 2);
	list(&s.w, s.to, "2", &li, 1);
	li = lihua_in(more, 3);
	list(&s.w, s.to, "1", &li, 1);
	assert_int_equal(known(&s.w, "lihua").seen_ms, before);
	assert_null(change(&s.w, s.run.id, SYNC_PERSON, "lihua").id);
}

static void a_name_is_changed_at_once_and_with_it_only_what_differs_is_told(void **state)
{
	AUTO(scene_done) struct scene s = {0};
	struct store_walked_person li;
	struct store_sync_change c;

	scene_make(&s, state);
	li = lihua_in(in_both, 2);
	li.name = "李小华";
	list(&s.w, s.to, "2", &li, 1);
	assert_string_equal(known(&s.w, "lihua").as.name, "李小华");
	c = change(&s.w, s.run.id, SYNC_PERSON, "lihua");
	assert_string_equal(c.kind, SYNC_RENAMED);
	assert_string_equal(c.before, "{\"name\":\"李华\"}");
	assert_string_equal(c.after, "{\"name\":\"李小华\"}");
}

static void an_older_answer_does_not_undo_a_newer_one(void **state)
{
	AUTO(scene_done) struct scene s = {0};
	struct store_walked_person li;
	struct flow_sync event;

	scene_make(&s, state);
	event = (struct flow_sync){.source = &s.source, .asked_ms = s.to.asked_ms + 1};
	li = lihua_in(in_dev, 1);
	li.name = "new";
	list(&s.w, event, "2", &li, 1);
	li.name = "old";
	list(&s.w, s.to, "2", &li, 1);
	assert_string_equal(known(&s.w, "lihua").as.name, "new");
}

static void what_an_event_told_replaces_what_a_run_was_going_to_do(void **state)
{
	AUTO(scene_done) struct scene s = {0};
	struct store_walked_person li;
	struct flow_sync event;

	scene_make(&s, state);
	li = lihua_in(in_root, 1);
	list(&s.w, s.to, "1", &li, 1);
	event = (struct flow_sync){.source = &s.source, .asked_ms = s.to.asked_ms + 1};
	li = lihua_in(in_both, 2);
	list(&s.w, event, "2", &li, 1);
	assert_null(change(&s.w, s.run.id, SYNC_PERSON, "lihua").id);
	apply_all(&s.w, &s.to);
	assert_int_equal(known(&s.w, "lihua").as.department_count, 2);
}

static void missing(struct scene *s, const char *subject, const char *external_id)
{
	STEP(&s->w, flow_sync_missing(&s->w.flow,
				      &(struct flow_sync_missing){.to = s->to,
								  .subject = subject,
								  .external_ids = &external_id,
								  .count = 1},
				      &e));
}

static void who_was_not_met_has_left_only_when_he_is_not_there(void **state)
{
	AUTO(scene_done) struct scene s = {0};
	struct store_walked_person li;

	scene_make(&s, state);
	missing(&s, SYNC_PERSON, "lihua");
	missing(&s, SYNC_PERSON, "zhaolei");
	assert_false(known(&s.w, "lihua").departed);
	li = lihua_in(in_both, 2);
	STEP(&s.w, flow_sync_answer(&s.w.flow,
				    &(struct flow_sync_answer){.to = s.to,
							       .subject = SYNC_PERSON,
							       .external_id = "lihua",
							       .person = &li},
				    &e));
	STEP(&s.w,
	     flow_sync_answer(&s.w.flow,
			      &(struct flow_sync_answer){
				  .to = s.to, .subject = SYNC_PERSON, .external_id = "zhaolei"},
			      &e));
	assert_true(change(&s.w, s.run.id, SYNC_PERSON, "zhaolei").checked_ms > 0);
	apply_all(&s.w, &s.to);
	assert_false(known(&s.w, "lihua").departed);
	assert_true(known(&s.w, "zhaolei").departed);
	assert_null(change(&s.w, s.run.id, SYNC_PERSON, "lihua").id);
}

static void membership_in_a_department_that_is_gone_stays(void **state)
{
	AUTO(scene_done) struct scene s = {0};
	struct store_walked_person li;
	struct store_known_department d;
	struct store_department_list list_of;

	scene_make(&s, state);
	/* DingTalk knows department 2 no more: he is listed in the root alone. */
	li = lihua_in(in_root, 1);
	list(&s.w, s.to, "1", &li, 1);
	missing(&s, SYNC_DEPARTMENT, "2");
	apply_all(&s.w, &s.to);
	OK(store_directory_get_department(s.w.db, &s.w.arena, s.w.source, "2", &d, &e));
	assert_true(d.gone);
	OK(store_person_departments(s.w.db, &s.w.arena, s.w.lihua, &list_of, &e));
	assert_int_equal(list_of.count, 2);
	assert_null(change(&s.w, s.run.id, SYNC_PERSON, "lihua").id);
}

static void a_department_that_moves_waits_for_the_end_and_a_new_one_does_not(void **state)
{
	static const struct store_walked_department below[] = {{"3", "2", "客户端组"}},
						    above[] = {{"2", NULL, "研发部"}};
	AUTO(scene_done) struct scene s = {0};
	struct flow_sync_children c;
	struct store_known_department d;

	scene_make(&s, state);
	c = (struct flow_sync_children){s.to, "2", below, 1};
	STEP(&s.w, flow_sync_departments(&s.w.flow, &c, &e));
	OK(store_directory_get_department(s.w.db, &s.w.arena, s.w.source, "3", &d, &e));
	assert_string_equal(d.parent, "2");
	/* Where reading begins says nothing of what is above. */
	c = (struct flow_sync_children){s.to, NULL, above, 1};
	STEP(&s.w, flow_sync_departments(&s.w.flow, &c, &e));
	assert_null(change(&s.w, s.run.id, SYNC_DEPARTMENT, "2").id);
	c = (struct flow_sync_children){s.to, "3", above, 1};
	c.items = &(const struct store_walked_department){"2", "3", "研发部"};
	STEP(&s.w, flow_sync_departments(&s.w.flow, &c, &e));
	OK(store_directory_get_department(s.w.db, &s.w.arena, s.w.source, "2", &d, &e));
	assert_string_equal(d.parent, "1");
	assert_string_equal(change(&s.w, s.run.id, SYNC_DEPARTMENT, "2").kind, SYNC_MOVED);
}

static void more_than_a_tenth_is_too_many_and_one_alone_never(void **state)
{
	(void)state;
	assert_false(flow_sync_too_many(0, 0));
	assert_false(flow_sync_too_many(1, 1));
	assert_false(flow_sync_too_many(2, 20));
	assert_true(flow_sync_too_many(2, 19));
	assert_false(flow_sync_too_many(10000, 100000));
	assert_true(flow_sync_too_many(10001, 100000));
}

static void newcomers_make_leaving_no_smaller(void **state)
{
	AUTO(scene_done) struct scene s = {0};
	struct store_walked_person fresh[4];
	struct flow_sync_brake brake = {0};

	scene_make(&s, state);
	for (size_t i = 0; i < 4; i++)
		fresh[i] = (struct store_walked_person){
		    arena_printf(&s.w.arena, "new%zu", i), "", "新人", "", "", "", in_root, 1};
	list(&s.w, s.to, "1", fresh, 4);
	missing(&s, SYNC_PERSON, "zhaolei");
	OK(store_sync_run_get(s.w.db, &s.w.arena, s.run.id, &s.run, &e));
	OK(flow_sync_leaving(s.w.db, &s.run, &brake, &e));
	assert_int_equal(brake.leaving, 1);
	assert_int_equal(brake.leaving_of, 3);
}

/* A policy that covers whoever is in department 2. */
static void cover_dev(struct world *w)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer json = {.out = &body};
	struct store_known_department dev;
	struct rule rule = {.subject = RULE_DEPARTMENT, .relation = RULE_EQUAL};
	struct group g = {.name = "研发", .description = "", .rules = &rule, .rule_count = 1};
	struct policy p;

	OK(store_directory_get_department(w->db, &w->arena, w->source, "2", &dev, &e));
	rule.value = dev.id;
	STEP(w, flow_group_save(&w->flow, NULL, &g, &e));
	policy_default(&p);
	p.mode = POLICY_BLOCK;
	p.groups = json_list_of(&g.id, 1);
	policy_write(&json, &p);
	STEP(w, store_policy_add(w->db,
				 &(struct store_policy){.version = 2,
							.body = body.data,
							.created_by = "test",
							.created_ms = WORLD_NOW},
				 &e));
	OK(snapshots_load(w->snapshots, w->db, &e));
}

static struct flow_sync_brake uncovering(struct scene *s)
{
	const struct snapshot *now = snapshots_take(s->w.snapshots);
	struct flow_sync_brake brake = {0};

	OK(flow_sync_uncovering(s->w.db, now, &s->run, &brake, &e));
	snapshots_give(s->w.snapshots, now);
	return brake;
}

static void what_a_run_would_uncover_is_counted_before_it_is_done(void **state)
{
	AUTO(scene_done) struct scene s = {0};
	struct store_walked_person li;
	struct flow_sync_brake brake;

	scene_make(&s, state);
	cover_dev(&s.w);
	brake = uncovering(&s);
	assert_true(brake.uncovered == 0 && brake.uncovered_of == 1);
	li = lihua_in(in_root, 1);
	list(&s.w, s.to, "1", &li, 1);
	brake = uncovering(&s);
	assert_true(brake.uncovered == 1 && brake.uncovered_of == 1);
	assert_int_equal(known(&s.w, "lihua").as.department_count, 2);
	/* He did not go: his department did, and what it covered it still covers. */
	missing(&s, SYNC_DEPARTMENT, "2");
	brake = uncovering(&s);
	assert_true(brake.uncovered == 0 && brake.uncovered_of == 1);
}

/* 王芳 has 李华's laptop, and is not covered: it stays as it was with him. */
static void a_device_that_is_held_for_somebody_counts_with_him(void **state)
{
	AUTO(scene_done) struct scene s = {0};
	struct store_walked_person li;
	struct flow_sync_brake brake;
	struct store_device d;

	scene_make(&s, state);
	cover_dev(&s.w);
	OK(store_device_get(s.w.db, &s.w.arena, s.w.device, &d, &e));
	d.held_for = s.w.lihua;
	d.owner = known(&s.w, "zhaolei").id;
	STEP(&s.w, db_exec(s.w.db, "DELETE FROM memberships WHERE person = $1",
			   DB_PARAMS(db_text(d.owner)), NULL, &e));
	STEP(&s.w, store_device_enrol_again(s.w.db, &d, &e));
	STEP(&s.w, store_device_own(s.w.db, &d, &e));
	OK(snapshots_load(s.w.snapshots, s.w.db, &e));
	li = lihua_in(in_root, 1);
	list(&s.w, s.to, "1", &li, 1);
	brake = uncovering(&s);
	assert_true(brake.uncovered == 1 && brake.uncovered_of == 1);
}

static void wait_for_word(struct scene *s)
{
	const struct flow_sync_brake why = {.leaving = 1, .leaving_of = 3};

	missing(s, SYNC_PERSON, "zhaolei");
	STEP(&s->w, flow_sync_wait(&s->w.flow, &s->source, &s->run, &why, &e));
	s->source = source_of(&s->w);
	assert_string_equal(s->source.sync_state, "waiting");
}

static void an_approved_run_goes_on_and_asks_for_everybody_again(void **state)
{
	AUTO(scene_done) struct scene s = {0};
	const char *id;

	scene_make(&s, state);
	STEP(&s.w, store_source_sync_begin(s.w.db, s.w.source, WORLD_NOW, &e));
	wait_for_word(&s);
	id = s.run.id;
	REFUSED(&s.w, ERR_CONFLICT, flow_sync_decide(&s.w.flow, &s.source, "other", true, &e));
	STEP(&s.w, flow_sync_decide(&s.w.flow, &s.source, id, true, &e));
	s.source = source_of(&s.w);
	assert_string_equal(s.source.sync_state, "running");
	REFUSED(&s.w, ERR_CONFLICT, flow_sync_decide(&s.w.flow, &s.source, id, true, &e));
	s.run = begin(&s.w, &s.source);
	assert_string_equal(s.run.id, id);
	assert_string_equal(s.run.state, SYNC_CHECKING);
	assert_true(s.run.approved);
	assert_false(known(&s.w, "zhaolei").departed);
}

/* Another administrator, on another server. */
struct refuser {
	struct scene *s;
	struct db *db;
	struct arena arena;
	struct err e;
};

static bool say_no(struct db *db, void *arg, struct err *e)
{
	struct refuser *r = arg;
	struct flow f = r->s->w.flow;

	f.db = db;
	f.arena = &r->arena;
	return flow_sync_decide(&f, &r->s->source, r->s->run.id, false, e);
}

static void *refuse_run(void *arg)
{
	struct refuser *r = arg;

	race_once(r->db, say_no, r, &r->e);
	return NULL;
}

static void a_run_that_is_approved_in_this_moment_is_not_refused(void **state)
{
	AUTO(scene_done) struct scene s = {0};
	struct refuser other = {.s = &s};
	pthread_t thread;

	scene_make(&s, state);
	STEP(&s.w, store_source_sync_begin(s.w.db, s.w.source, WORLD_NOW, &e));
	wait_for_word(&s);
	other.db = database_open(both_database(state), DB_WRITE);
	OK(db_begin(s.w.db, &e));
	OK(flow_sync_decide(&s.w.flow, &s.source, s.run.id, true, &e));
	assert_int_equal(pthread_create(&thread, NULL, refuse_run, &other), 0);
	(void)usleep(200000); /* more than it needs to come to what is locked */
	OK(db_commit(s.w.db, &e));
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(other.e.code, ERR_CONFLICT);
	assert_string_equal(source_of(&s.w).sync_state, "running");
	db_close(other.db);
	arena_done(&other.arena);
}

static void a_refused_run_changes_nothing_and_the_next_begins_anew(void **state)
{
	AUTO(scene_done) struct scene s = {0};
	const char *id;

	scene_make(&s, state);
	STEP(&s.w, store_source_sync_begin(s.w.db, s.w.source, WORLD_NOW, &e));
	wait_for_word(&s);
	id = s.run.id;
	STEP(&s.w, flow_sync_decide(&s.w.flow, &s.source, id, false, &e));
	assert_string_equal(change(&s.w, id, SYNC_PERSON, "zhaolei").state, "refused");
	s.source = source_of(&s.w);
	assert_string_equal(s.source.sync_state, "refused");
	s.run = begin(&s.w, &s.source);
	assert_string_not_equal(s.run.id, id);
	assert_false(known(&s.w, "zhaolei").departed);
}

static void a_run_that_failed_goes_on_where_it_was_unless_the_choice_is_another(void **state)
{
	static const char *const chosen[] = {"2"};
	AUTO(scene_done) struct scene s = {0};
	struct store_sync_run again;

	scene_make(&s, state);
	STEP(&s.w, flow_sync_fail(&s.w.flow, &s.source,
				  &(struct flow_sync_failure){.text = "no answer"}, &e));
	s.source = source_of(&s.w);
	assert_string_equal(s.source.sync_state, "failed");
	assert_int_equal(s.source.sync_due_ms, WORLD_NOW + FLOW_SYNC_RETRY_MS);
	again = begin(&s.w, &s.source);
	assert_string_equal(again.id, s.run.id);
	s.source.departments = chosen;
	s.source.department_count = 1;
	again = begin(&s.w, &s.source);
	assert_string_not_equal(again.id, s.run.id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(who_joins_is_there_at_once_and_who_moves_at_the_end),
	    BOTH(what_is_the_same_is_not_written),
	    BOTH(a_name_is_changed_at_once_and_with_it_only_what_differs_is_told),
	    BOTH(an_older_answer_does_not_undo_a_newer_one),
	    BOTH(what_an_event_told_replaces_what_a_run_was_going_to_do),
	    BOTH(who_was_not_met_has_left_only_when_he_is_not_there),
	    BOTH(membership_in_a_department_that_is_gone_stays),
	    BOTH(a_department_that_moves_waits_for_the_end_and_a_new_one_does_not),
	    cmocka_unit_test(more_than_a_tenth_is_too_many_and_one_alone_never),
	    BOTH(newcomers_make_leaving_no_smaller),
	    BOTH(what_a_run_would_uncover_is_counted_before_it_is_done),
	    BOTH(a_device_that_is_held_for_somebody_counts_with_him),
	    BOTH(an_approved_run_goes_on_and_asks_for_everybody_again),
	    BOTH(a_run_that_is_approved_in_this_moment_is_not_refused),
	    BOTH(a_refused_run_changes_nothing_and_the_next_begins_anew),
	    BOTH(a_run_that_failed_goes_on_where_it_was_unless_the_choice_is_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
