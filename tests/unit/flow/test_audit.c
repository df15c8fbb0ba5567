#include "world.h"

#include "flow/audit.h"
#include "flow/policy.h"
#include "flow/receipt.h"
#include "flow/record.h"
#include "grant/audit.h"
#include "store/device_history.h"
#include "store/grant.h"
#include "store/removal.h"

static const struct flow_decision admin = {"admin", "api", "好", WORLD_ADMIN};

static bool say(struct flow *f, const char *text, struct err *e)
{
	return flow_event(f, &(struct flow_event){.kind = "said", .text = text}, e);
}

static void collect(void *arg, const char *text)
{
	buf_printf(arg, "%s\n", text);
}

/* Everything, in parts as small as they get. */
static void export_all(struct world *w, size_t part, struct buf *out)
{
	struct flow_export x;

	OK(flow_export_begin(&w->flow, 0, 0, &x, &e));
	while (!flow_export_over(&x)) {
		AUTO(buf_done) struct buf text = {0};

		OK(flow_export_more(&w->flow, &x, &text, part, &e));
		buf_add(out, text.data, text.len);
	}
}

static struct audit_summary verify(const struct buf *text, struct buf *findings)
{
	struct audit_verifier *v = audit_verifier_new(NULL, collect, findings);
	struct audit_summary summary;
	bool going = true;

	for (const char *at = text->data, *end; going && (end = strchr(at, '\n')) != NULL;
	     at = end + 1)
		going = audit_verifier_line(v, at, (size_t)(end - at));
	if (going)
		audit_verifier_end(v);
	audit_verifier_summary(v, &summary);
	audit_verifier_free(v);
	return summary;
}

static int64_t lines_of(const struct buf *text, const char *begin)
{
	int64_t n = 0;

	for (const char *at = text->data; (at = strstr(at, begin)) != NULL; at++)
		n++;
	return n;
}

static void what_was_written_is_exported_and_proves_itself(void **state)
{
	AUTO(world_done) struct world w = {0};
	AUTO(buf_done) struct buf whole = {0}, parts = {0}, findings = {0};
	struct audit_summary s;
	bool made;

	world_make(&w, state);
	STEP(&w, flow_checkpoint(&w.flow, &made, &e));
	assert_true(made);
	STEP(&w, flow_checkpoint(&w.flow, &made, &e));
	assert_false(made);
	for (int i = 0; i < 250; i++)
		STEP(&w, say(&w.flow, "eins\n\"zwei\" 三", &e));
	w.flow.node = "another";
	w.flow.now_ms += 1000;
	STEP(&w, say(&w.flow, "of the other server", &e));
	STEP(&w, flow_checkpoint(&w.flow, &made, &e));
	w.flow.now_ms -= 5000;
	STEP(&w, say(&w.flow, "by a clock that was set back", &e));
	STEP(&w, flow_checkpoint(&w.flow, &made, &e));
	export_all(&w, SIZE_MAX, &whole);
	export_all(&w, 1, &parts);
	s = verify(&whole, &findings);
	if (s.findings != 0)
		fail_msg("%s", findings.data);
	assert_int_equal(s.checkpoints, 3);
	assert_int_equal(s.nodes, 2);
	assert_true(s.records > 252);
	s = verify(&parts, &findings);
	if (s.findings != 0)
		fail_msg("%s", findings.data);
	assert_int_equal(lines_of(&parts, "{\"hash\":"), lines_of(&whole, "{\"hash\":"));
}

static void what_somebody_does_to_the_database_is_found(void **state)
{
	static const struct {
		const char *sql, *says;
	} deeds[] = {
	    {"UPDATE events SET record = REPLACE(record, 'three', 'drei') WHERE text = 'three'",
	     "record 3 of victim"},
	    {"DELETE FROM events WHERE text = 'three'", "record 3 of victim is missing"},
	    {"DELETE FROM events WHERE text IN ('three', 'four', 'five')",
	     "records 3 to 5 of victim are missing"},
	    {"UPDATE audit_bound SET sequence = 4 WHERE node = 'victim'",
	     "record 5 of victim is missing"},
	    {"DELETE FROM audit_bound WHERE node = 'victim'",
	     "records 1 to 5 of victim are missing"},
	    {"UPDATE audit_heads SET sequence = 3 WHERE node = 'victim'", NULL},
	};
	static const char *const texts[] = {"one", "two", "three", "four", "five"};
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	w.flow.node = "victim";
	for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
		STEP(&w, say(&w.flow, texts[k], &e));
	STEP(&w, flow_checkpoint(&w.flow, NULL, &e));
	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
		AUTO(buf_done) struct buf text = {0}, findings = {0};

		OK(db_begin(w.db, &e));
		OK(db_script(w.db, deeds[i].sql, &e));
		export_all(&w, SIZE_MAX, &text);
		db_rollback(w.db);
		assert_int_equal(verify(&text, &findings).findings == 0, deeds[i].says == NULL);
		if (deeds[i].says != NULL && strstr(findings.data, deeds[i].says) == NULL)
			fail_msg("%s: %s", deeds[i].sql, findings.data);
	}
}

static struct audit_summary proven(struct world *w, int64_t max, bool newest, bool *cut)
{
	AUTO(buf_done) struct buf findings = {0};
	struct audit_verifier *v = audit_verifier_new(NULL, collect, &findings);
	struct audit_summary s;
	struct flow_export x;

	OK(flow_export_begin(&w->flow, 0, 0, &x, &e));
	OK(flow_export_limit(&w->flow, &x, max, newest, cut, &e));
	OK(flow_export_verify(&w->flow, &x, v, &e));
	audit_verifier_summary(v, &s);
	audit_verifier_free(v);
	return s;
}

static void the_server_looks_at_a_part_of_its_own_record(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct audit_summary s;
	bool cut;

	world_make(&w, state);
	STEP(&w, flow_checkpoint(&w.flow, NULL, &e));
	w.flow.node = "another";
	for (int i = 0; i < 20; i++) {
		w.flow.now_ms += 60000;
		for (int k = 0; k < 10; k++)
			STEP(&w, say(&w.flow, "something", &e));
		STEP(&w, flow_checkpoint(&w.flow, NULL, &e));
	}
	s = proven(&w, 100000, true, &cut);
	assert_false(cut);
	assert_int_equal(s.findings, 0);
	assert_int_equal(s.first, 0);
	assert_int_equal(s.last, 21);
	s = proven(&w, 35, true, &cut);
	assert_true(cut);
	assert_int_equal(s.findings, 0);
	assert_int_equal(s.records, 30);
	assert_int_equal(s.last, 21);
	s = proven(&w, 5, true, &cut);
	assert_int_equal(s.records, 10);
	s = proven(&w, 1, false, &cut);
	assert_true(cut);
	assert_int_equal(s.first, 0);
	assert_int_equal(s.last, 1);
	OK(db_script(w.db,
		     "UPDATE events SET record = REPLACE(record, 'thing', 'body') WHERE node = "
		     "'another' AND sequence IN (185, 195)",
		     &e));
	s = proven(&w, 35, true, &cut);
	assert_int_equal(s.findings, 4);
	assert_string_equal(s.bad_node, "another");
	assert_int_equal(s.bad_sequence, 185);
	s = proven(&w, 1, false, &cut);
	assert_int_equal(s.findings, 0);
	assert_string_equal(s.bad_node, "");
}

/* No decision without its record. */
static void a_decision_fails_when_the_record_cannot_be_written(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_grant g;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	OK(db_script(w.db, "ALTER TABLE events RENAME TO events_hidden", &e));
	REFUSED(&w, ERR_INTERNAL, flow_decide(&w.flow, id, true, &admin, &e));
	OK(db_script(w.db, "ALTER TABLE events_hidden RENAME TO events", &e));
	world_is(&w, id, "pending", "queued");
	OK(store_grant_of_instance(w.db, &w.arena, id, &g, &e));
	assert_null(g.id);
	STEP(&w, flow_decide(&w.flow, id, true, &admin, &e));
	world_is(&w, id, "approved", "none");
}

/* --- removals --- */

static void receive(struct world *w, const char *kind, const char *grant, const char *package,
		    const char *text)
{
	struct store_device d;
	char id[ID_SIZE];
	const struct store_receipt r = {.id = id,
					.device = w->device,
					.kind = kind,
					.grant = grant,
					.package = package,
					.boot = "boot",
					.text = text,
					.at_ms = w->flow.now_ms};

	id_new(id);
	OK(store_device_get(w->db, &w->arena, w->device, &d, &e));
	STEP(w, flow_receipt_take(&w->flow, &d, &r, &e));
	w->flow.now_ms += 10;
}

static struct store_removal_list removals(struct world *w)
{
	struct store_removal_list list;

	OK(store_removal_list(w->db, &w->arena,
			      &(struct store_removal_filter){.before = "", .max = 100}, &list, &e));
	return list;
}

static void a_removal_has_its_ground_policy_owner_and_decision(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_removal_list all;
	struct store_grant g;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	STEP(&w, flow_decide(&w.flow, id, true, &admin, &e));
	OK(store_grant_of_instance(w.db, &w.arena, id, &g, &e));
	receive(&w, "consumed", g.id, POLICY_CLIENT, "");
	all = removals(&w);
	assert_int_equal(all.count, 1);
	assert_string_equal(all.items[0].ground, "grant");
	assert_string_equal(all.items[0].state, "allowed");
	assert_string_equal(all.items[0].decided_by, "admin");
	assert_string_equal(all.items[0].channel, "api");
	assert_string_equal(all.items[0].owner_name, "李华");
	assert_string_equal(all.items[0].coverage, "out of scope");
	assert_string_equal(all.items[0].instance, id);
	assert_int_equal(all.items[0].policy_version, 1);
	receive(&w, "restored", g.id, POLICY_CLIENT, "");
	assert_string_equal(removals(&w).items[0].state, "rolled-back");
	receive(&w, "consumed", g.id, POLICY_CLIENT, "");
	receive(&w, "removed", NULL, POLICY_CLIENT, "");
	all = removals(&w);
	assert_int_equal(all.count, 1);
	assert_string_equal(all.items[0].state, "removed");
}

static void a_removal_without_a_grant_is_told_apart(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_removal_list all;
	char strange[ID_SIZE];

	world_make(&w, state);
	id_new(strange);
	receive(&w, "let-through", NULL, "nginx", "audit mode");
	receive(&w, "removed-without-grant", NULL, POLICY_CLIENT, "");
	receive(&w, "consumed", strange, "other", "");
	all = removals(&w);
	assert_int_equal(all.count, 3);
	assert_string_equal(all.items[0].ground, "without grant");
	assert_string_equal(all.items[0].grant, strange);
	assert_string_equal(all.items[1].ground, "without grant");
	assert_string_equal(all.items[1].state, "removed");
	assert_string_equal(all.items[2].ground, "audit mode");
	assert_string_equal(all.items[2].decided_by, "test");
	assert_string_equal(all.items[2].channel, "policy");
}

/* What was said then counts, not what has been saved since; and whose the device was then. */
static void a_removal_that_is_heard_of_late_is_judged_by_the_policy_and_owner_of_its_time(
    void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_removal_list all;
	struct store_person wang;
	struct store_device d;
	struct store_receipt r;
	struct policy p;
	char id[ID_SIZE];

	world_make(&w, state);
	OK(store_device_get(w.db, &w.arena, w.device, &d, &e));
	STEP(&w, store_device_owned(w.db, &d, WORLD_NOW, &e));
	OK(flow_policy_get(w.db, &w.arena, &p, &e));
	p.mode = POLICY_AUDIT;
	p.everyone = true;
	w.flow.now_ms = WORLD_NOW + 1000;
	STEP(&w, flow_policy_save_as(&w.flow, &(struct flow_policy_origin){"chen", "sun", 0}, 1, &p,
				     &e));
	p.mode = POLICY_BLOCK;
	w.flow.now_ms = WORLD_NOW + 2000;
	STEP(&w, flow_policy_save(&w.flow, "sun", 2, &p, &e));
	OK(snapshots_load(w.snapshots, w.db, &e));
	snapshots_give(w.snapshots, w.flow.snapshot);
	w.flow.snapshot = snapshots_take(w.snapshots);
	OK(store_person_by_dingtalk(w.db, &w.arena, w.app, "wangfang", &wang, &e));
	d.owner = wang.id;
	d.owner_name = wang.name;
	STEP(&w, store_device_owned(w.db, &d, WORLD_NOW + 2500, &e));
	w.flow.now_ms = WORLD_NOW + 3000;
	for (int i = 0; i < 3; i++) {
		id_new(id);
		r = (struct store_receipt){.id = arena_dup(&w.arena, id),
					   .device = w.device,
					   .kind = "let-through",
					   .package = "nginx",
					   .boot = "boot",
					   .text = "",
					   .at_ms = WORLD_NOW + 500 + i * 1000 + (i == 2) * 200};
		STEP(&w, flow_receipt_take(&w.flow, &d, &r, &e));
	}
	all = removals(&w);
	assert_int_equal(all.count, 3);
	assert_string_equal(all.items[2].ground, "off");
	assert_int_equal(all.items[2].policy_version, 1);
	assert_string_equal(all.items[1].ground, "audit mode");
	assert_string_equal(all.items[1].coverage, "everyone");
	assert_string_equal(all.items[1].owner_name, "李华");
	assert_int_equal(all.items[1].policy_version, 2);
	assert_string_equal(all.items[1].decided_by, "chen, confirmed by sun");
	assert_string_equal(all.items[0].ground, "without grant");
	assert_string_equal(all.items[0].owner_name, "王芳");
	assert_int_equal(all.items[0].policy_version, 3);
	assert_string_equal(all.items[0].decided_by, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_removal_that_is_heard_of_late_is_judged_by_the_policy_and_owner_of_its_time),
	    BOTH(what_was_written_is_exported_and_proves_itself),
	    BOTH(what_somebody_does_to_the_database_is_found),
	    BOTH(the_server_looks_at_a_part_of_its_own_record),
	    BOTH(a_decision_fails_when_the_record_cannot_be_written),
	    BOTH(a_removal_has_its_ground_policy_owner_and_decision),
	    BOTH(a_removal_without_a_grant_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
