#include "world.h"

#include <stdio.h>

#include "../db/race.h"
#include "flow/account.h"
#include "flow/local.h"
#include "flow/person_link.h"
#include "flow/signin.h"
#include "store/credential.h"
#include "store/local.h"

#define MINUTE ((int64_t)60 * 1000)
#define EMAIL "li@example.com"

static const unsigned char home[32] = "home";

struct fixture {
	struct world w;
	struct store_source source;
	struct flow_local_person li;
};

static void done(struct fixture *f)
{
	world_done(&f->w);
}

/* Li, E-1, of a local source, with a password; signed in in the browser "home" before. */
static void make(struct fixture *f, void **state)
{
	world_make(&f->w, state);
	f->source = (struct store_source){.name = "外包", .type = SOURCE_LOCAL, .enabled = true};
	STEP(&f->w, flow_source_add(&f->w.flow, &f->source, &e));
	f->li =
	    (struct flow_local_person){.source = f->source.id, .is = {"李", "E-1", EMAIL, "", ""}};
	STEP(&f->w, flow_local_person_add(&f->w.flow, &f->li, &e));
	STEP(&f->w, store_local_password_set(f->w.db, f->li.id, "hash", f->w.flow.now_ms, &e));
	STEP(&f->w,
	     store_known_add(f->w.db, f->li.id, NULL, home, "192.0.2.1", f->w.flow.now_ms, &e));
}

static struct flow_signin named(struct fixture *f, const char *name, const char *address,
				const unsigned char *browser)
{
	struct flow_signin s = {.source = f->source.id,
				.email = name,
				.address = address,
				.agent = "",
				.browser = browser,
				.master = f->w.master,
				.csrf = "c"};

	random_bytes(s.session, sizeof(s.session));
	random_bytes(s.browser_new, sizeof(s.browser_new));
	return s;
}

/* What became of one; FLOW_SIGNIN_DONE + 1: there were too many. */
#define STOPPED ((enum flow_signin_end)(FLOW_SIGNIN_DONE + 1))
static enum flow_signin_end try(struct fixture *f, struct flow_signin s, bool right)
{
	struct err why = {0};

	assert_true(db_begin(f->w.db, &why));
	if (!flow_signin_look(&f->w.flow, &s, &why) || !flow_signin_charge(&f->w.flow, &s, &why)) {
		assert_int_equal(why.code, ERR_TOO_MANY);
		db_rollback(f->w.db);
		return STOPPED;
	}
	assert_true(db_commit(f->w.db, &why));
	STEP(&f->w, flow_signin_finish(&f->w.flow, &s, right, &e));
	return s.end;
}

static void li_leaves(struct fixture *f)
{
	struct flow_local_person was = f->li;

	f->li.departed = !was.departed;
	STEP(&f->w, flow_local_person_change(&f->w.flow, &was, &f->li, &e));
}

static void people_sign_in_by_address_or_number(void **state)
{
	AUTO(done) struct fixture f;

	make(&f, state);
	assert_int_equal(try(&f, named(&f, EMAIL, "192.0.2.1", NULL), true), FLOW_SIGNIN_DONE);
	assert_int_equal(try(&f, named(&f, "E-1", "192.0.2.1", NULL), true), FLOW_SIGNIN_DONE);
	assert_int_equal(try(&f, named(&f, "E-1", "192.0.2.1", NULL), false), FLOW_SIGNIN_WRONG);
	assert_int_equal(try(&f, named(&f, "E-2", "192.0.2.1", NULL), true), FLOW_SIGNIN_WRONG);
	assert_int_equal(try(&f, named(&f, "", "192.0.2.1", NULL), true), FLOW_SIGNIN_WRONG);
}

static void who_left_or_whose_source_is_disabled_does_not(void **state)
{
	AUTO(done) struct fixture f;
	struct store_source off;

	make(&f, state);
	li_leaves(&f);
	assert_int_equal(try(&f, named(&f, "E-1", "192.0.2.1", NULL), true), FLOW_SIGNIN_DISABLED);
	assert_int_equal(try(&f, named(&f, EMAIL, "192.0.2.1", NULL), true), FLOW_SIGNIN_WRONG);
	li_leaves(&f);
	assert_int_equal(try(&f, named(&f, EMAIL, "192.0.2.1", NULL), true), FLOW_SIGNIN_DONE);
	STEP(&f.w, store_source_get(f.w.db, &f.w.arena, f.source.id, &off, &e));
	f.source = off;
	f.source.enabled = false;
	STEP(&f.w, flow_source_change(&f.w.flow, &off, &f.source, &e));
	assert_int_equal(try(&f, named(&f, EMAIL, "192.0.2.1", NULL), true), FLOW_SIGNIN_DISABLED);
}

static void a_crowd_of_addresses_does_not_reach_who_is_known(void **state)
{
	AUTO(done) struct fixture f;
	char address[32];
	int tried = 0;

	make(&f, state);
	do {
		(void)snprintf(address, sizeof(address), "203.0.113.%d", tried);
	} while (try(&f, named(&f, EMAIL, address, NULL), false) == FLOW_SIGNIN_WRONG &&
		 ++tried < 200);
	assert_int_equal(tried, signin_rates[SIGNIN_STRANGERS].count);
	assert_int_equal(try(&f, named(&f, EMAIL, "198.51.100.9", NULL), true), STOPPED);
	assert_int_equal(try(&f, named(&f, EMAIL, "192.0.2.1", NULL), true), FLOW_SIGNIN_DONE);
	assert_int_equal(try(&f, named(&f, EMAIL, "198.51.100.9", home), true), FLOW_SIGNIN_DONE);
}

static void one_that_does_not_exist_runs_out_alike(void **state)
{
	AUTO(done) struct fixture f;
	int known = 0, unknown = 0;

	make(&f, state);
	while (try(&f, named(&f, EMAIL, "203.0.113.1", NULL), false) == FLOW_SIGNIN_WRONG)
		known++;
	while (try(&f, named(&f, "x@example.com", "203.0.113.2", NULL), false) == FLOW_SIGNIN_WRONG)
		unknown++;
	assert_int_equal(known, signin_rates[SIGNIN_ACCOUNT_ADDRESS].count);
	assert_int_equal(unknown, known);
}

/* The same address may be an account's, or somebody's in another source. */
static void wrong_passwords_here_take_nothing_from_others(void **state)
{
	AUTO(done) struct fixture f;
	struct store_account account = {
	    .name = "李", .email = EMAIL, .role = ROLE_AUDITOR, .active = true, .language = "zh"};
	struct flow_signin s;

	make(&f, state);
	STEP(&f.w, flow_account_add(&f.w.flow, &account, &e));
	STEP(&f.w, store_credential_password(f.w.db, account.id, "hash", &e));
	while (try(&f, named(&f, EMAIL, "203.0.113.1", NULL), false) == FLOW_SIGNIN_WRONG)
		;
	s = named(&f, EMAIL, "203.0.113.1", NULL);
	s.source = NULL;
	assert_int_equal(try(&f, s, true), FLOW_SIGNIN_DONE);
}

static void a_link_sets_the_password_once_and_only_of_its_own_kind(void **state)
{
	AUTO(done) struct fixture f;
	char first[FLOW_LINK_SIZE], second[FLOW_LINK_SIZE], setup[FLOW_LINK_SIZE];
	const struct flow_link owner = {.account = NULL, .life_ms = 60 * MINUTE};
	struct flow_link_use use = {
	    .secret = second, .name = "x", .email = "x@x", .language = "en", .password = "hash"};
	struct store_account account;
	struct store_person p;
	const char *password;

	make(&f, state);
	STEP(&f.w, flow_link_make(&f.w.flow, &owner, setup, &e));
	STEP(&f.w, flow_person_link_make(&f.w.flow, f.li.id, 60 * MINUTE, first, &e));
	STEP(&f.w, flow_person_link_make(&f.w.flow, f.li.id, 60 * MINUTE, second, &e));
	REFUSED(&f.w, ERR_GONE, flow_person_link_check(&f.w.flow, first, &p, &e));
	REFUSED(&f.w, ERR_GONE, flow_person_link_use(&f.w.flow, setup, "other", &p, &e));
	REFUSED(&f.w, ERR_GONE, flow_link_use(&f.w.flow, &use, &account, &e));
	STEP(&f.w, flow_person_link_check(&f.w.flow, second, &p, &e));
	assert_string_equal(p.id, f.li.id);
	STEP(&f.w, flow_person_link_use(&f.w.flow, second, "other", &p, &e));
	REFUSED(&f.w, ERR_GONE, flow_person_link_use(&f.w.flow, second, "third", &p, &e));
	STEP(&f.w, store_local_password(f.w.db, &f.w.arena, f.li.id, &password, &e));
	assert_string_equal(password, "other");
	/* The first owner's still holds. */
	use.secret = setup;
	STEP(&f.w, flow_link_use(&f.w.flow, &use, &account, &e));
}

static void a_link_ends_with_its_time_and_when_its_person_leaves(void **state)
{
	AUTO(done) struct fixture f;
	char secret[FLOW_LINK_SIZE];
	struct store_person p;

	make(&f, state);
	STEP(&f.w, flow_person_link_make(&f.w.flow, f.li.id, 60 * MINUTE, secret, &e));
	f.w.flow.now_ms += 60 * MINUTE;
	REFUSED(&f.w, ERR_GONE, flow_person_link_check(&f.w.flow, secret, &p, &e));
	f.w.flow.now_ms -= 1;
	STEP(&f.w, flow_person_link_check(&f.w.flow, secret, &p, &e));
	li_leaves(&f);
	REFUSED(&f.w, ERR_GONE, flow_person_link_use(&f.w.flow, secret, "x", &p, &e));
	REFUSED(&f.w, ERR_CONFLICT,
		flow_person_link_make(&f.w.flow, f.li.id, 60 * MINUTE, secret, &e));
}

/* One of two servers: adds somebody, or moves a department below another. */
struct side {
	struct db *db;
	struct arena arena;
	int64_t now_ms;
	const char *node, *source, *name;
	struct store_department moves;
	const char *below; /* NULL: somebody is added */
	struct err e;
};

static bool act(struct db *db, void *arg, struct err *e)
{
	struct side *s = arg;
	struct flow f = {.db = db, .arena = &s->arena, .now_ms = s->now_ms, .node = s->node};
	struct flow_local_person p = {.source = s->source,
				      .is = {s->name, "", "new@example.com", "", ""}};
	struct store_department d = s->moves;

	if (s->below == NULL)
		return flow_local_person_add(&f, &p, e);
	d.parent = s->below;
	return flow_local_department_change(&f, &s->moves, &d, e);
}

static void run(void *arg)
{
	struct side *s = arg;

	race_once(s->db, act, s, &s->e);
}

static void open_side(struct fixture *f, struct side *s, const char *name, void **state)
{
	*s = (struct side){.db = database_open(both_database(state), DB_WRITE),
			   .now_ms = f->w.flow.now_ms,
			   .node = name,
			   .source = f->source.id,
			   .name = name};
}

static void close_side(struct side *s)
{
	db_close(s->db);
	arena_done(&s->arena);
}

static void two_servers_give_one_address_to_one_person(void **state)
{
	AUTO(done) struct fixture f;
	struct store_local_people all;
	struct side a, b;

	make(&f, state);
	open_side(&f, &a, "a", state);
	open_side(&f, &b, "b", state);
	race_both(run, &a, &b);
	assert_int_equal((a.e.code == ERR_CONFLICT) + (b.e.code == ERR_CONFLICT), 1);
	assert_int_equal((a.e.code == ERR_NONE) + (b.e.code == ERR_NONE), 1);
	STEP(&f.w, store_local_people(f.w.db, &f.w.arena, f.source.id, &all, &e));
	assert_int_equal(all.person_count, 2);
	close_side(&a);
	close_side(&b);
}

static void two_servers_do_not_move_departments_below_each_other(void **state)
{
	AUTO(done) struct fixture f;
	struct store_department one, two;
	struct store_local_place place;
	struct side a, b;

	make(&f, state);
	one = (struct store_department){.source = f.source.id, .name = "one"};
	two = (struct store_department){.source = f.source.id, .name = "two"};
	STEP(&f.w, flow_local_department_add(&f.w.flow, &one, &e));
	STEP(&f.w, flow_local_department_add(&f.w.flow, &two, &e));
	open_side(&f, &a, "a", state);
	open_side(&f, &b, "b", state);
	a.moves = one;
	a.below = two.id;
	b.moves = two;
	b.below = one.id;
	race_both(run, &a, &b);
	assert_int_equal((a.e.code == ERR_UNPROCESSABLE) + (b.e.code == ERR_UNPROCESSABLE), 1);
	STEP(&f.w, store_local_department_place(f.w.db, one.id, NULL, &place, &e));
	assert_int_equal(place.depth + place.height, 3);
	close_side(&a);
	close_side(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(people_sign_in_by_address_or_number),
	    BOTH(who_left_or_whose_source_is_disabled_does_not),
	    BOTH(a_crowd_of_addresses_does_not_reach_who_is_known),
	    BOTH(one_that_does_not_exist_runs_out_alike),
	    BOTH(wrong_passwords_here_take_nothing_from_others),
	    BOTH(a_link_sets_the_password_once_and_only_of_its_own_kind),
	    BOTH(a_link_ends_with_its_time_and_when_its_person_leaves),
	    BOTH(two_servers_give_one_address_to_one_person),
	    BOTH(two_servers_do_not_move_departments_below_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
