#include "../db/both.h"

#include "base/id.h"
#include "store/account.h"
#include "store/credential.h"
#include "store/directory.h"
#include "store/source.h"
#include "store/department.h"
#include "store/migrate.h"
#include "store/session.h"
#include "store/token.h"

#define NOW INT64_C(1763830479123)

/* 研发部 with 客户端组 below it, and 财务部; one approver of 研发部. */
struct fixture {
	struct db *db;
	struct arena arena;
	const char *dev, *client, *finance;
	struct store_account approver;
};

static void done(struct fixture *f)
{
	db_rollback(f->db);
	db_close(f->db);
	arena_done(&f->arena);
}

static char *new_id(struct fixture *f)
{
	char *id = arena_alloc(&f->arena, ID_SIZE);

	id_new(id);
	return id;
}

static struct store_account account_of(struct fixture *f, const char *email, enum role role)
{
	return (struct store_account){.id = new_id(f),
				      .name = "王芳",
				      .email = email,
				      .role = role,
				      .active = true,
				      .language = "zh",
				      .updated_ms = NOW};
}

static void add_departments(struct fixture *f)
{
	const struct store_walk w = {"source", NOW};
	const struct store_walked_department all[] = {
	    {"2", NULL, "研发部"}, {"3", "2", "客户端组"}, {"4", NULL, "财务部"}};
	struct store_department_list list;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		OK(store_directory_department(f->db, &f->arena, &w, &all[i], &e));
	OK(store_department_all(f->db, &f->arena, &list, &e));
	for (size_t i = 0; i < list.count; i++) {
		const char **slots[] = {&f->dev, &f->client, &f->finance};

		*slots[list.items[i].external_id[0] - '2'] = list.items[i].id;
	}
}

static void make(struct fixture *f, void **state)
{
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
	add_departments(f);
	f->approver = account_of(f, "wang@example.com", ROLE_APPROVER);
	f->approver.departments = &f->dev;
	f->approver.department_count = 1;
	OK(store_account_add(f->db, &f->approver, NOW, &e));
}

static void an_account_is_found_by_id_and_by_email(void **state)
{
	AUTO(done) struct fixture f;
	struct store_account got;

	make(&f, state);
	OK(store_account_by_email(f.db, &f.arena, "wang@example.com", &got, &e));
	assert_string_equal(got.id, f.approver.id);
	OK(store_account_get(f.db, &f.arena, f.approver.id, &got, &e));
	assert_string_equal(got.name, "王芳");
	assert_int_equal(got.role, ROLE_APPROVER);
	assert_true(got.active);
	assert_false(got.has_password);
	assert_false(got.has_totp);
	assert_null(got.person);
	assert_int_equal(got.department_count, 1);
	assert_string_equal(got.departments[0], f.dev);
	assert_int_equal(got.created_ms, NOW);
	FAILS(ERR_NOT_FOUND, store_account_by_email(f.db, &f.arena, "x@example.com", &got, &e));
}

static void a_change_replaces_role_state_and_scope(void **state)
{
	AUTO(done) struct fixture f;
	struct store_account got;

	make(&f, state);
	f.approver.role = ROLE_AUDITOR;
	f.approver.active = false;
	f.approver.department_count = 0;
	OK(store_account_set(f.db, &f.approver, NOW + 1, &e));
	OK(store_account_get(f.db, &f.arena, f.approver.id, &got, &e));
	assert_int_equal(got.role, ROLE_AUDITOR);
	assert_false(got.active);
	assert_int_equal(got.department_count, 0);
	assert_int_equal(got.updated_ms, NOW + 1);
	f.approver.id = new_id(&f);
	FAILS(ERR_STALE, store_account_set(f.db, &f.approver, NOW + 2, &e));
}

/* The version rises also within a millisecond, and when a clock goes back. */
static void what_was_changed_meanwhile_is_neither_changed_nor_removed(void **state)
{
	AUTO(done) struct fixture f;
	struct store_account first, second;

	make(&f, state);
	first = f.approver;
	OK(store_account_set(f.db, &first, NOW, &e));
	OK(store_account_get(f.db, &f.arena, f.approver.id, &second, &e));
	assert_int_equal(second.updated_ms, NOW + 1);
	FAILS(ERR_STALE, store_account_set(f.db, &first, NOW, &e));
	FAILS(ERR_STALE, store_account_remove(f.db, &first, &e));
	OK(store_account_set(f.db, &second, NOW - 5, &e));
	FAILS(ERR_STALE, store_account_remove(f.db, &second, &e));
}

static void an_email_has_one_account(void **state)
{
	AUTO(done) struct fixture f;
	struct store_account twin;

	make(&f, state);
	twin = account_of(&f, "wang@example.com", ROLE_AUDITOR);
	FAILS(ERR_CONFLICT, store_account_add(f.db, &twin, NOW, &e));
}

static void the_list_goes_on_after_its_cursor(void **state)
{
	AUTO(done) struct fixture f;
	struct store_account second;
	struct store_account_list list;

	make(&f, state);
	second = account_of(&f, "li@example.com", ROLE_OWNER);
	OK(store_account_add(f.db, &second, NOW, &e));
	OK(store_account_list(f.db, &f.arena, &(struct store_page){"", 10}, &list, &e));
	assert_int_equal(list.count, 2);
	assert_int_equal(list.items[0].department_count, 1);
	assert_int_equal(list.items[1].department_count, 0);
	OK(store_account_list(f.db, &f.arena, &(struct store_page){f.approver.id, 10}, &list, &e));
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].email, "li@example.com");
}

static void only_an_owner_who_can_sign_in_counts_as_one(void **state)
{
	AUTO(done) struct fixture f;
	struct store_account owner;
	bool owned;

	make(&f, state);
	OK(store_account_owned(f.db, NULL, &owned, &e));
	assert_false(owned);
	owner = account_of(&f, "li@example.com", ROLE_OWNER);
	OK(store_account_add(f.db, &owner, NOW, &e));
	OK(store_account_owned(f.db, NULL, &owned, &e));
	assert_false(owned); /* invited, and not there yet */
	OK(store_credential_password(f.db, owner.id, "hash", &e));
	OK(store_account_owned(f.db, NULL, &owned, &e));
	assert_true(owned);
	OK(store_account_owned(f.db, owner.id, &owned, &e));
	assert_false(owned);
	owner.active = false;
	OK(store_account_set(f.db, &owner, NOW, &e));
	OK(store_account_owned(f.db, NULL, &owned, &e));
	assert_false(owned);
}

static struct store_token add_token(struct fixture *f, const char *maker, const char *department)
{
	struct store_token t = {.id = new_id(f),
				.name = "script",
				.role = ROLE_APPROVER,
				.account = f->approver.id,
				.maker = maker,
				.departments = arena_alloc(&f->arena, sizeof(char *)),
				.department_count = department != NULL ? 1 : 0,
				.expires_ms = NOW + 5};
	unsigned char hash[32] = {0};

	*(const char **)t.departments = department;
	memcpy(hash, t.id + 4, sizeof(hash));
	OK(store_token_add(f->db, &t, hash, NOW, &e));
	return t;
}

static void a_token_reaches_no_further_than_its_account(void **state)
{
	AUTO(done) struct fixture f;
	struct store_token t;
	const char *const *scope;
	size_t count;

	make(&f, state);
	t = add_token(&f, NULL, f.client); /* below the account's */
	OK(store_token_scope(f.db, &f.arena, &t, &scope, &count, &e));
	assert_int_equal(count, 1);
	assert_string_equal(scope[0], f.client);
	t = add_token(&f, NULL, f.finance); /* beside it */
	OK(store_token_scope(f.db, &f.arena, &t, &scope, &count, &e));
	assert_int_equal(count, 0);
	t = add_token(&f, NULL, f.dev);
	f.approver.departments = &f.client; /* the account shrinks below the token's */
	OK(store_account_set(f.db, &f.approver, NOW, &e));
	OK(store_token_scope(f.db, &f.arena, &t, &scope, &count, &e));
	assert_int_equal(count, 1);
	assert_string_equal(scope[0], f.client);
}

static int64_t revoked_ms(struct fixture *f, const struct store_token *t)
{
	struct store_token got;

	OK(store_token_get(f->db, &f->arena, t->id, &got, &e));
	return got.revoked_ms;
}

static void what_a_token_made_is_revoked_with_it(void **state)
{
	AUTO(done) struct fixture f;
	struct store_token first, child, grandchild, other;

	make(&f, state);
	first = add_token(&f, NULL, NULL);
	child = add_token(&f, first.id, NULL);
	grandchild = add_token(&f, child.id, NULL);
	other = add_token(&f, NULL, NULL);
	OK(store_token_revoke(f.db, child.id, NOW + 1, &e));
	OK(store_token_revoke(f.db, first.id, NOW + 2, &e));
	assert_int_equal(revoked_ms(&f, &first), NOW + 2);
	assert_int_equal(revoked_ms(&f, &child), NOW + 1);
	assert_int_equal(revoked_ms(&f, &grandchild), NOW + 1);
	assert_int_equal(revoked_ms(&f, &other), 0);
}

static void ended_tokens_are_forgotten_after_a_while(void **state)
{
	AUTO(done) struct fixture f;
	struct store_token parent, child, other, got;

	make(&f, state);
	parent = add_token(&f, NULL, f.client);
	child = add_token(&f, parent.id, f.client);
	other = add_token(&f, NULL, NULL);
	OK(store_token_revoke(f.db, parent.id, NOW + 1, &e));
	OK(store_token_purge(f.db, NOW + 1, &e));
	OK(store_token_get(f.db, &f.arena, parent.id, &got, &e));
	OK(store_token_purge(f.db, NOW + 2, &e));
	FAILS(ERR_NOT_FOUND, store_token_get(f.db, &f.arena, parent.id, &got, &e));
	FAILS(ERR_NOT_FOUND, store_token_get(f.db, &f.arena, child.id, &got, &e));
	OK(store_token_get(f.db, &f.arena, other.id, &got, &e));
	OK(store_token_purge(f.db, NOW + 6, &e)); /* expired at NOW + 5 */
	FAILS(ERR_NOT_FOUND, store_token_get(f.db, &f.arena, other.id, &got, &e));
}

static void a_removed_account_takes_everything_along(void **state)
{
	AUTO(done) struct fixture f;
	struct store_token t, made;
	struct store_token_list list;
	struct store_account got;

	make(&f, state);
	t = add_token(&f, NULL, f.client);
	made = add_token(&f, t.id, NULL);
	OK(store_token_used(f.db, made.id, NOW + 60000, &e));
	OK(store_token_list(f.db, &f.arena, f.approver.id, &(struct store_page){"", 10}, &list,
			    &e));
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[0].departments[0], f.client);
	assert_int_equal(list.items[1].used_ms, NOW + 60000);
	assert_int_equal(list.items[1].expires_ms, NOW + 5);
	OK(store_account_remove(f.db, &f.approver, &e));
	FAILS(ERR_NOT_FOUND, store_account_get(f.db, &f.arena, f.approver.id, &got, &e));
	OK(store_token_list(f.db, &f.arena, NULL, &(struct store_page){"", 10}, &list, &e));
	assert_int_equal(list.count, 0);
}

static bool has_session(struct fixture *f, unsigned char number)
{
	const unsigned char id[32] = {number};
	struct store_session s;
	struct err e = {0};

	return store_session_of_account(f->db, &f->arena, id,
					&(struct store_session_now){NOW, NOW - 1}, &s, &e);
}

static void the_oldest_session_ends_when_there_are_too_many(void **state)
{
	AUTO(done) struct fixture f;

	make(&f, state);
	for (unsigned char i = 0; i < STORE_SESSIONS_MAX + 1; i++) {
		const unsigned char id[32] = {i};

		OK(store_session_add(f.db, id,
				     &(struct store_session){.account = f.approver.id,
							     .csrf = "csrf",
							     .address = "192.0.2.1",
							     .agent = "",
							     .expires_ms = NOW + 1},
				     NOW, &e));
	}
	assert_false(has_session(&f, 0));
	assert_true(has_session(&f, 1));
	assert_true(has_session(&f, STORE_SESSIONS_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(an_account_is_found_by_id_and_by_email),
	    BOTH(a_change_replaces_role_state_and_scope),
	    BOTH(what_was_changed_meanwhile_is_neither_changed_nor_removed),
	    BOTH(an_email_has_one_account),
	    BOTH(the_list_goes_on_after_its_cursor),
	    BOTH(only_an_owner_who_can_sign_in_counts_as_one),
	    BOTH(a_token_reaches_no_further_than_its_account),
	    BOTH(what_a_token_made_is_revoked_with_it),
	    BOTH(ended_tokens_are_forgotten_after_a_while),
	    BOTH(the_oldest_session_ends_when_there_are_too_many),
	    BOTH(a_removed_account_takes_everything_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
