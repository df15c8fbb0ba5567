#include "../db/both.h"

#include "base/id.h"
#include "store/device.h"
#include "store/directory.h"
#include "store/enrolment.h"
#include "store/event.h"
#include "store/group.h"
#include "store/idempotency.h"
#include "store/migrate.h"
#include "store/person.h"
#include "store/source.h"
#include "store/policy.h"
#include "store/receipt.h"
#include "store/session.h"
#include "store/token.h"

#define NOW INT64_C(1763830479123)
#define DAY ((int64_t)24 * 3600 * 1000)

struct fixture {
	struct db *db;
	struct arena arena;
	const char *person; /* lihua, of 客户端组 below 研发部 */
};

static void done(struct fixture *f)
{
	db_rollback(f->db);
	db_close(f->db);
	arena_done(&f->arena);
}

/* A walk that meets two departments and, each unless left out, two people. */
static void walk(struct fixture *f, int64_t at_ms, bool with_lihua)
{
	static const char *const in_3[] = {"3"}, *const in_2[] = {"2", "3"};
	const struct store_walk w = {"source", at_ms};
	const struct store_walked_department two = {"2", NULL, "研发部"},
					     three = {"3", "2", "客户端组"};
	const struct store_walked_person lihua = {"lihua",   "u1",  "李华", "工程师",
						  "li@x.cn", "138", in_3,   1};
	const struct store_walked_person wang = {"wang_fang", "u2", "王芳", "", "", "", in_2, 2};
	struct store_known_person known;
	const char *const id = "lihua";
	size_t count;

	OK(store_directory_department(f->db, &f->arena, &w, &two, &e));
	OK(store_directory_department(f->db, &f->arena, &w, &three, &e));
	if (with_lihua)
		OK(store_directory_person(f->db, &f->arena, &w, &lihua, &e));
	OK(store_directory_person(f->db, &f->arena, &w, &wang, &e));
	OK(store_directory_get_people(
	    f->db, &f->arena, &(struct store_external_ids){"source", &id, 1}, &known, &count, &e));
	if (!with_lihua)
		OK(store_directory_left(f->db, known.id, at_ms, &e));
}

static void make(struct fixture *f, void **state)
{
	struct store_person lihua;

	*f = (struct fixture){.db = database_open(both_database(state), DB_WRITE)};
	OK(store_migrate(f->db, NOW, &e));
	OK(db_begin(f->db, &e));
	OK(store_source_add(f->db,
			    &(struct store_source){.id = "source",
						   .name = "示例科技",
						   .type = SOURCE_DINGTALK,
						   .app = "app",
						   .enabled = true,
						   .created_ms = NOW},
			    &e));
	walk(f, NOW, true);
	OK(store_person_by_dingtalk(f->db, &f->arena, "app", "lihua", &lihua, &e));
	f->person = lihua.id;
}

static const char *new_id(struct fixture *f)
{
	char *id = arena_alloc(&f->arena, ID_SIZE);

	id_new(id);
	return id;
}

static size_t found(struct fixture *f, const char *search, const char *department)
{
	const struct store_person_filter filter = {
	    .search = search, .department = department, .after = "", .max = 10};
	struct store_person *all;
	size_t count;

	OK(store_person_list(f->db, &f->arena, &filter, &all, &count, &e));
	return count;
}

static const char *department(struct fixture *f, const char *external_id)
{
	struct store_department_list all;

	OK(store_department_all(f->db, &f->arena, &all, &e));
	for (size_t i = 0; i < all.count; i++) {
		if (strcmp(all.items[i].external_id, external_id) == 0)
			return all.items[i].id;
	}
	fail();
	return NULL;
}

static void people_are_found_by_part_of_a_name_and_by_department(void **state)
{
	AUTO(done) struct fixture f;

	make(&f, state);
	assert_int_equal(found(&f, NULL, NULL), 2);
	assert_int_equal(found(&f, "李", NULL), 1);
	assert_int_equal(found(&f, "LI@X", NULL), 1);
	assert_int_equal(found(&f, "_", NULL), 1);
	assert_int_equal(found(&f, "%", NULL), 0);
	assert_int_equal(found(&f, "\\", NULL), 0);
	assert_int_equal(found(&f, NULL, department(&f, "2")), 2);
	assert_int_equal(found(&f, "李", department(&f, "2")), 1);
	assert_int_equal(found(&f, NULL, department(&f, "3")), 2);
	assert_int_equal(found(&f, NULL, "01900000-0000-7000-8000-000000000000"), 0);
}

static void who_left_keeps_his_departments(void **state)
{
	AUTO(done) struct fixture f;
	struct store_department_list in;
	struct store_person lihua;

	make(&f, state);
	walk(&f, NOW + 1, false);
	OK(store_person_get(f.db, &f.arena, f.person, &lihua, &e));
	assert_true(lihua.departed);
	OK(store_person_departments(f.db, &f.arena, f.person, &in, &e));
	assert_int_equal(in.count, 1);
	assert_string_equal(in.items[0].name, "客户端组");
	walk(&f, NOW + 2, true);
	OK(store_person_get(f.db, &f.arena, f.person, &lihua, &e));
	assert_false(lihua.departed);
}

static void tokens_are_known_by_their_hash_alone(void **state)
{
	static const unsigned char hash[32] = {1}, other[32] = {2};
	AUTO(done) struct fixture f;
	struct store_token t = {.name = "console", .role = ROLE_AUDITOR}, got;

	make(&f, state);
	t.id = new_id(&f);
	OK(store_token_add(f.db, &t, hash, NOW, &e));
	OK(store_token_by_hash(f.db, &f.arena, hash, &got, &e));
	assert_string_equal(got.id, t.id);
	assert_string_equal(got.name, "console");
	assert_int_equal(got.role, ROLE_AUDITOR);
	FAILS(ERR_NOT_FOUND, store_token_by_hash(f.db, &f.arena, other, &got, &e));
}

static bool kept(struct fixture *f, const char *caller, const char *key, int64_t now_ms)
{
	struct store_answer answer = {.caller = caller, .key = key};
	bool there;

	OK(store_idempotency_find(f->db, &f->arena, now_ms, &answer, &there, &e));
	return there;
}

static void answers_are_kept_for_a_day(void **state)
{
	AUTO(done) struct fixture f;
	const struct store_answer first = {.caller = "a",
					   .key = "k",
					   .request = {7},
					   .status = 201,
					   .type = "application/json",
					   .location = "/api/v1/x/7",
					   .body = "{}",
					   .body_len = 2};
	const struct store_answer empty = {.caller = "b", .key = "k", .status = 204, .type = "x"};
	struct store_answer got = {.caller = "a", .key = "k"};
	bool there;

	make(&f, state);
	OK(store_idempotency_add(f.db, &first, NOW, &e));
	OK(store_idempotency_add(f.db, &empty, NOW, &e));
	OK(store_idempotency_find(f.db, &f.arena, NOW + DAY - 1, &got, &there, &e));
	assert_true(there);
	assert_int_equal(got.status, 201);
	assert_int_equal(got.body_len, 2);
	assert_memory_equal(got.body, "{}", 2);
	assert_int_equal(got.request[0], 7);
	assert_string_equal(got.location, "/api/v1/x/7");
	assert_null(got.etag);
	assert_false(kept(&f, "c", "k", NOW));
	assert_false(kept(&f, "a", "k", NOW + DAY));
	/* The next one makes room. */
	OK(store_idempotency_add(f.db, &first, NOW + DAY, &e));
	assert_false(kept(&f, "b", "k", NOW));
}

static void a_key_is_used_once_and_a_caller_has_so_many(void **state)
{
	AUTO(done) struct fixture f;
	struct store_answer answer = {.caller = "a", .key = "k", .status = 200, .type = "x"};
	char key[16];

	make(&f, state);
	OK(store_idempotency_add(f.db, &answer, NOW, &e));
	FAILS(ERR_CONFLICT, store_idempotency_add(f.db, &answer, NOW, &e));
	answer.key = key;
	for (int i = 1; i < STORE_IDEMPOTENCY_MAX; i++) {
		(void)snprintf(key, sizeof(key), "k%d", i);
		OK(store_idempotency_add(f.db, &answer, NOW, &e));
	}
	(void)snprintf(key, sizeof(key), "more");
	FAILS(ERR_TOO_MANY, store_idempotency_add(f.db, &answer, NOW, &e));
	answer.caller = "b";
	OK(store_idempotency_add(f.db, &answer, NOW, &e));
}

static void events_come_newest_first_and_in_pages(void **state)
{
	AUTO(done) struct fixture f;
	static const unsigned char hash[32];
	struct store_event event = {.node = "n",
				    .at_ms = NOW,
				    .kind = "k",
				    .actor_kind = "token",
				    .actor = "a",
				    .text = "t",
				    .record = "{}",
				    .hash = hash};
	struct store_event *all;
	const char *device, *before = "";
	size_t count, seen = 0;

	make(&f, state);
	device = new_id(&f);
	for (int i = 0; i < 7; i++) {
		event.id = new_id(&f);
		event.sequence = i + 1;
		event.device = i % 2 == 0 ? device : NULL;
		OK(store_event_add(f.db, &event, &e));
	}
	do {
		const struct store_event_filter filter = {.before = before, .max = 3};

		OK(store_event_list(f.db, &f.arena, &filter, &all, &count, &e));
		for (size_t i = 0; i < count; i++) {
			assert_true(before[0] == '\0' || strcmp(all[i].id, before) < 0);
			before = all[i].id;
		}
		seen += count;
	} while (count == 3);
	assert_int_equal(seen, 7);
	OK(store_event_list(f.db, &f.arena,
			    &(struct store_event_filter){.device = device, .before = "", .max = 9},
			    &all, &count, &e));
	assert_int_equal(count, 4);
	OK(store_event_list(
	    f.db, &f.arena,
	    &(struct store_event_filter){.instance = device, .before = "", .max = 9}, &all, &count,
	    &e));
	assert_int_equal(count, 0);
}

static void a_sign_in_counts_once_and_for_its_browser(void **state)
{
	AUTO(done) struct fixture f;
	const struct store_signin s = {.state = {1},
				       .browser = {2},
				       .source = "source",
				       .next = "/enrol",
				       .subscriber = "10.0.0.1",
				       .expires_ms = NOW + 10};
	struct store_signins_open open;
	struct store_signin got = {.state = {1}, .browser = {3}};

	make(&f, state);
	OK(store_signin_add(f.db, &s, &e));
	OK(store_signin_open(f.db, "10.0.0.1", NOW, &open, &e));
	assert_int_equal(open.from_subscriber, 1);
	OK(store_signin_open(f.db, "10.0.0.2", NOW, &open, &e));
	assert_int_equal(open.from_subscriber, 0);
	assert_int_equal(open.total, 1);
	OK(store_signin_open(f.db, "10.0.0.1", NOW + 10, &open, &e));
	assert_int_equal(open.total, 0);
	FAILS(ERR_NOT_FOUND, store_signin_take(f.db, &f.arena, NOW, &got, &e));
	got.browser[0] = 2;
	FAILS(ERR_NOT_FOUND, store_signin_take(f.db, &f.arena, NOW + 10, &got, &e));
	OK(store_signin_take(f.db, &f.arena, NOW, &got, &e));
	assert_string_equal(got.next, "/enrol");
	FAILS(ERR_NOT_FOUND, store_signin_take(f.db, &f.arena, NOW, &got, &e));
}

static void a_sign_in_that_lacks_a_code_is_tried_again_and_is_none_that_comes_back(void **state)
{
	AUTO(done) struct fixture f;
	struct store_signin s = {.state = {1},
				 .browser = {2},
				 .source = "source",
				 .account = true,
				 .next = "/console",
				 .subscriber = "10.0.0.1",
				 .expires_ms = NOW + 10};
	struct store_signin got = {.state = {1}, .browser = {2}};

	make(&f, state);
	s.person = f.person;
	OK(store_signin_add(f.db, &s, &e));
	FAILS(ERR_NOT_FOUND, store_signin_take(f.db, &f.arena, NOW, &got, &e));
	FAILS(ERR_NOT_FOUND, store_signin_vouched(f.db, &f.arena, NOW + 10, &got, &e));
	OK(store_signin_vouched(f.db, &f.arena, NOW, &got, &e));
	OK(store_signin_vouched(f.db, &f.arena, NOW, &got, &e));
	assert_string_equal(got.person, f.person);
	assert_string_equal(got.source, "source");
	assert_true(got.account);
	got.browser[0] = 3;
	FAILS(ERR_NOT_FOUND, store_signin_vouched(f.db, &f.arena, NOW, &got, &e));
	got.browser[0] = 2;
	OK(store_signin_remove(f.db, got.state, &e));
	FAILS(ERR_NOT_FOUND, store_signin_vouched(f.db, &f.arena, NOW, &got, &e));
}

static void a_session_ends_by_time_and_with_its_person(void **state)
{
	static const unsigned char id[32] = {9};
	AUTO(done) struct fixture f;
	struct store_session s = {.csrf = "c",
				  .address = "192.0.2.1",
				  .agent = "",
				  .expires_ms = NOW + 10},
			     got;

	make(&f, state);
	s.person = f.person;
	OK(store_session_add(f.db, id, &s, NOW, &e));
	OK(store_session_wrong_code(f.db, id, &e));
	OK(store_session_get(f.db, &f.arena, id, NOW, &got, &e));
	assert_int_equal(got.wrong_codes, 1);
	assert_string_equal(got.person_name, "李华");
	FAILS(ERR_NOT_FOUND, store_session_get(f.db, &f.arena, id, NOW + 10, &got, &e));
	walk(&f, NOW + 1, false);
	FAILS(ERR_NOT_FOUND, store_session_get(f.db, &f.arena, id, NOW, &got, &e));
	OK(store_session_purge(f.db, NOW + 10, &e));
	walk(&f, NOW + 2, true);
	FAILS(ERR_NOT_FOUND, store_session_get(f.db, &f.arena, id, NOW, &got, &e));
}

static void an_enrolment_is_decided_once(void **state)
{
	static const unsigned char code[32] = {4};
	AUTO(done) struct fixture f;
	struct store_enrolment en = {.user_code = "BCDFGHJK",
				     .key = {5},
				     .hostname = "h",
				     .os = "o",
				     .macs = "",
				     .client_version = "v",
				     .address = "::1",
				     .subscriber = "::1",
				     .created_ms = NOW,
				     .expires_ms = NOW + 100,
				     .interval_ms = 2000};
	struct store_enrolment got;
	struct store_enrolments_open open;

	make(&f, state);
	en.id = new_id(&f);
	OK(store_enrolment_add(f.db, &en, code, &e));
	OK(store_enrolment_open(f.db, "::1", NOW, &open, &e));
	assert_int_equal(open.from_subscriber, 1);
	OK(store_enrolment_open(f.db, "::2", NOW, &open, &e));
	assert_int_equal(open.from_subscriber, 0);
	assert_int_equal(open.total, 1);
	OK(store_enrolment_by_user_code(f.db, &f.arena, "BCDFGHJK", NOW + 99, &got, &e));
	assert_memory_equal(got.key, en.key, 32);
	FAILS(ERR_NOT_FOUND,
	      store_enrolment_by_user_code(f.db, &f.arena, "BCDFGHJK", NOW + 100, &got, &e));
	OK(store_enrolment_decide(f.db, en.id, true, f.person, &e));
	FAILS(ERR_CONFLICT, store_enrolment_decide(f.db, en.id, false, f.person, &e));
	OK(store_enrolment_by_code(f.db, &f.arena, code, &got, &e));
	assert_int_equal(got.state, ENROLMENT_ALLOWED);
	assert_string_equal(got.person, f.person);
	FAILS(ERR_NOT_FOUND,
	      store_enrolment_by_user_code(f.db, &f.arena, "BCDFGHJK", NOW, &got, &e));
	OK(store_enrolment_purge(f.db, NOW + 101, &e));
	FAILS(ERR_NOT_FOUND, store_enrolment_by_code(f.db, &f.arena, code, &got, &e));
}

static void devices_and_their_receipts(void **state)
{
	AUTO(done) struct fixture f;
	struct store_device d = {.name = "laptop",
				 .os = "o",
				 .macs = "",
				 .client_version = "1",
				 .state = STORE_DEVICE_ACTIVE,
				 .key = {8},
				 .enrolled_ms = NOW,
				 .last_seen_ms = NOW};
	struct store_device got;
	struct store_receipt r = {
	    .kind = "attempt", .package = "p", .boot = "b", .text = "", .at_ms = NOW};
	bool fresh;

	make(&f, state);
	d.id = new_id(&f);
	d.owner = f.person;
	OK(store_device_add(f.db, &d, &e));
	OK(store_device_by_key(f.db, &f.arena, d.key, &got, &e));
	assert_string_equal(got.owner_name, "李华");
	assert_null(got.statement);
	OK(store_device_set_counter(f.db, d.id, 77, &e));
	OK(store_device_set_counter(f.db, d.id, 76, &e));
	OK(store_device_seen(f.db, d.id, "2", NOW + 5, &e));
	OK(store_device_seen(f.db, d.id, NULL, NOW + 1, &e));
	OK(store_device_seen(f.db, d.id, "3", NOW + 2, &e)); /* the clock was set back */
	OK(store_device_get(f.db, &f.arena, d.id, &got, &e));
	assert_int_equal(got.statement_counter, 77);
	OK(store_device_present(
	    f.db, &(struct store_device_presence){.id = d.id, .at_ms = NOW, .held_counter = 78},
	    &e));
	OK(store_device_get(f.db, &f.arena, d.id, &got, &e));
	assert_int_equal(got.statement_counter, 78);
	assert_int_equal(got.last_seen_ms, NOW + 5);
	assert_string_equal(got.client_version, "3");
	r.id = new_id(&f);
	r.device = d.id;
	OK(store_receipt_add(f.db, &r, NOW, &fresh, &e));
	assert_true(fresh);
	OK(store_receipt_add(f.db, &r, NOW, &fresh, &e));
	assert_false(fresh);
}

static void groups_keep_the_order_of_their_rules(void **state)
{
	static const struct rule rules[] = {{RULE_EMAIL, RULE_EQUAL, "b"},
					    {RULE_USER, RULE_UNEQUAL, "a"}};
	AUTO(done) struct fixture f;
	struct group g = {NULL, "研发", "", rules, 2, NOW}, got;
	struct store_group_list all;

	make(&f, state);
	g.id = new_id(&f);
	OK(store_group_add(f.db, &g, NOW, &e));
	OK(store_group_get(f.db, &f.arena, g.id, &got, &e));
	assert_int_equal(got.rule_count, 2);
	assert_string_equal(got.rules[0].value, "b");
	assert_int_equal(got.rules[1].relation, RULE_UNEQUAL);
	g.rule_count = 1;
	OK(store_group_set(f.db, &g, NOW, &e));
	OK(store_group_list(f.db, &f.arena, &(struct store_page){"", 10}, &all, &e));
	assert_int_equal(all.count, 1);
	assert_int_equal(all.items[0].rule_count, 1);
	OK(store_group_remove(f.db, g.id, &e));
	FAILS(ERR_NOT_FOUND, store_group_remove(f.db, g.id, &e));
	FAILS(ERR_STALE, store_group_set(f.db, &g, NOW, &e));
}

/* Full groups are read some at a time, none is left out, and a page says that it ended early. */
static void a_page_of_long_groups_ends_early(void **state)
{
	static struct rule rules[GROUP_MAX_RULES];
	AUTO(done) struct fixture f;
	struct store_group_list page;
	size_t seen = 0, pages = 0;
	const char *after = "";

	make(&f, state);
	for (size_t i = 0; i < GROUP_MAX_RULES; i++)
		rules[i] =
		    (struct rule){RULE_EMAIL, RULE_EQUAL, arena_printf(&f.arena, "%0190zu", i)};
	for (size_t i = 0; i < 8; i++) {
		struct group g = {new_id(&f), arena_printf(&f.arena, "g%zu", i), "", rules,
				  GROUP_MAX_RULES};

		OK(store_group_add(f.db, &g, NOW, &e));
	}
	do {
		OK(store_group_list(f.db, &f.arena, &(struct store_page){after, 7}, &page, &e));
		for (size_t i = 0; i < page.count; i++) {
			assert_int_equal(page.items[i].rule_count, GROUP_MAX_RULES);
			after = page.items[i].id;
		}
		if (page.count > 0 && page.count < 7 && seen + page.count < 8)
			assert_true(page.rest);
		seen += page.count;
		pages++;
	} while (page.count > 0);
	assert_int_equal(seen, 8);
	assert_int_equal(pages, 3);
}

static void policies_are_versions(void **state)
{
	AUTO(done) struct fixture f;
	const char *body;
	int64_t version;

	make(&f, state);
	OK(store_policy_newest(f.db, &f.arena, &version, &body, &e));
	assert_int_equal(version, 0);
	assert_null(body);
	OK(store_policy_add(f.db,
			    &(struct store_policy){
				.version = 1, .body = "{}", .created_by = "x", .created_ms = NOW},
			    &e));
	OK(store_policy_add(f.db,
			    &(struct store_policy){
				.version = 2, .body = "[]", .created_by = "x", .created_ms = NOW},
			    &e));
	OK(store_policy_newest(f.db, &f.arena, &version, &body, &e));
	assert_int_equal(version, 2);
	assert_string_equal(body, "[]");
	FAILS(ERR_STALE, store_policy_add(
			     f.db,
			     &(struct store_policy){
				 .version = 2, .body = "{}", .created_by = "y", .created_ms = NOW},
			     &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(people_are_found_by_part_of_a_name_and_by_department),
	    BOTH(who_left_keeps_his_departments),
	    BOTH(tokens_are_known_by_their_hash_alone),
	    BOTH(answers_are_kept_for_a_day),
	    BOTH(a_key_is_used_once_and_a_caller_has_so_many),
	    BOTH(events_come_newest_first_and_in_pages),
	    BOTH(a_sign_in_counts_once_and_for_its_browser),
	    BOTH(a_sign_in_that_lacks_a_code_is_tried_again_and_is_none_that_comes_back),
	    BOTH(a_session_ends_by_time_and_with_its_person),
	    BOTH(an_enrolment_is_decided_once),
	    BOTH(devices_and_their_receipts),
	    BOTH(groups_keep_the_order_of_their_rules),
	    BOTH(a_page_of_long_groups_ends_early),
	    BOTH(policies_are_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
