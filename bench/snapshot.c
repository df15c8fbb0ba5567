/*
 * The snapshot of policy, groups and people: an organisation to make it of, and how long that takes.
 *   snapshot fill URL [PEOPLE [GROUPS [RULES]]]  into a database that a server has set up
 *   snapshot device URL KEY                      of somebody whom a group covers; prints its id and that group's
 *   snapshot churn URL                           gives somebody another address, twenty times a second, until it is ended
 *   snapshot measure URL
 * What is filled in depends on the figures alone, ids apart. measure prints JSON: milliseconds of reading the rows, of
 * making a snapshot of them, of making the next when people are the same, of freeing one, each the middle of seven;
 * nanoseconds of a lookup; MB of one, and of the process at most.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <malloc.h>
#include <sys/resource.h>
#include <time.h>

#include "base/id.h"
#include "base/text.h"
#include "flow/snapshots.h"
#include "store/department.h"
#include "store/group.h"
#include "store/person.h"
#include "store/policy.h"

#define DEPARTMENTS 5000
#define MAX_PEOPLE 200000
#define BATCH 2000
#define ROUNDS 7
#define LOOKUPS 2000000
#define NOW_MS INT64_C(1767225600000)

struct world {
	struct db *db;
	uint64_t seed;
	size_t people, groups, rules;
	char source[ID_SIZE];
	char departments[DEPARTMENTS][ID_SIZE];
	char ids[MAX_PEOPLE][ID_SIZE];
};

static struct world world;

static uint32_t chance(size_t below)
{
	world.seed = world.seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(world.seed >> 33) % (uint32_t)below;
}

static void must(bool ok, const struct err *e)
{
	if (ok)
		return;
	(void)fprintf(stderr, "snapshot: %s\n", e->text);
	exit(1);
}

static void run(const char *sql, const struct db_params *params)
{
	struct err e = {0};

	must(db_exec(world.db, sql, params, NULL, &e), &e);
}

#define DO(sql, ...) run(sql, DB_PARAMS(__VA_ARGS__))

static void begin(void)
{
	struct err e = {0};

	must(db_begin(world.db, &e), &e);
}

static void commit(void)
{
	struct err e = {0};

	must(db_commit(world.db, &e), &e);
}

/* --- filling --- */

/* A root, twenty below it, and each other one below one of those before it, not far from the top. */
static void add_departments(struct arena *a)
{
	for (size_t i = 0; i < DEPARTMENTS; i++) {
		size_t above = i < 21 ? 0 : chance(i < 400 ? 21 : i / 4);

		id_new(world.departments[i]);
		DO("INSERT INTO departments (id, source, external_id, parent, name, seen_ms) "
		   "VALUES ($1, $2, $3, $4, $5, $6)",
		   db_text(world.departments[i]), db_text(world.source),
		   db_text(arena_printf(a, "%zu", i + 1)),
		   db_text(i == 0 ? NULL : world.departments[above]),
		   db_text(arena_printf(a, "部门%zu", i)), db_i64(NOW_MS));
	}
}

static const char *email(struct arena *a, size_t i)
{
	return arena_printf(a, "user.%zu@corp.example.com", i);
}

static const char *telephone(struct arena *a, size_t i)
{
	return arena_printf(a, "139%08zu", i);
}

static void add_person(struct arena *a, size_t i)
{
	size_t first = chance(DEPARTMENTS), second = chance(DEPARTMENTS);

	id_new(world.ids[i]);
	DO("INSERT INTO people (id, source, external_id, name, title, email, telephone, departed, "
	   "seen_ms) VALUES ($1, $2, $3, $4, '', $5, $6, $7, $8)",
	   db_text(world.ids[i]), db_text(world.source), db_text(arena_printf(a, "user%zu", i)),
	   db_text(arena_printf(a, "员工%zu", i)), db_text(email(a, i)), db_text(telephone(a, i)),
	   db_bool(i % 50 == 0), db_i64(NOW_MS));
	DO("INSERT INTO memberships (person, department, position) VALUES ($1, $2, 0)",
	   db_text(world.ids[i]), db_text(world.departments[first]));
	if (i % 5 == 0 && second != first)
		DO("INSERT INTO memberships (person, department, position) VALUES ($1, $2, 1)",
		   db_text(world.ids[i]), db_text(world.departments[second]));
}

/* Of ten groups one has some unequal rules of all kinds, and one some about departments alone. */
static void make_rule(struct arena *a, size_t group, struct rule *out)
{
	size_t who = chance(world.people);
	uint32_t kind = chance(20);

	*out = (struct rule){.relation = RULE_EQUAL};
	if (group % 10 == 0 && chance(20) == 0)
		out->relation = RULE_UNEQUAL;
	if (group % 10 == 1 && chance(100) == 0) {
		out->relation = RULE_UNEQUAL;
		kind = 10;
	}
	if (kind < 8) {
		out->subject = RULE_USER;
		out->value = world.ids[who];
	} else if (kind < 12) {
		out->subject = RULE_DEPARTMENT;
		out->value = world.departments[chance(DEPARTMENTS)];
	} else if (kind < 18) {
		out->subject = RULE_EMAIL;
		out->value = email(a, who);
	} else {
		out->subject = RULE_TELEPHONE;
		out->value = telephone(a, who);
	}
}

static void add_group(struct arena *a, size_t i, char id[static ID_SIZE])
{
	struct rule *rules = arena_array(a, world.rules, sizeof(*rules));
	struct group g = {id, arena_printf(a, "组%zu", i), "", rules, world.rules, NOW_MS};
	struct err e = {0};

	id_new(id);
	for (size_t k = 0; k < world.rules; k++)
		make_rule(a, i, &rules[k]);
	must(store_group_add(world.db, &g, NOW_MS, &e), &e);
}

/* All groups in the scope, a full whitelist. */
static void add_policy(struct arena *a, const char **groups)
{
	size_t n =
	    world.people < 10 * POLICY_MAX_WHITELIST ? world.people / 10 : POLICY_MAX_WHITELIST;
	const char **white = arena_array(a, n, sizeof(*white));
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	struct store_policy p;
	struct policy policy;
	struct err e = {0};
	const char *body;
	int64_t version;

	policy_default(&policy);
	policy.mode = POLICY_BLOCK;
	policy.groups = (struct json_list){groups, world.groups};
	for (size_t i = 0; i < n; i++)
		white[i] = world.ids[i * world.people / n];
	policy.whitelist = (struct json_list){white, n};
	policy_write(&w, &policy);
	must(store_policy_newest(world.db, a, &version, &body, &e), &e);
	p = (struct store_policy){.version = version + 1,
				  .body = arena_dup_n(a, text.data, text.len),
				  .created_ms = NOW_MS,
				  .created_by = "bench"};
	must(store_policy_add(world.db, &p, &e), &e);
}

static void fill(void)
{
	AUTO(arena_done) struct arena a = {0};
	const char **groups = arena_array(&a, world.groups, sizeof(*groups));

	begin();
	id_new(world.source);
	DO("INSERT INTO identity_sources (id, name, type, enabled, created_ms) VALUES ($1, "
	   "'bench', 'local', 1, $2)",
	   db_text(world.source), db_i64(NOW_MS));
	add_departments(&a);
	for (size_t i = 0; i < world.people; i++) {
		AUTO(arena_done) struct arena own = {0};

		add_person(&own, i);
		if (i % BATCH == 0) {
			commit();
			begin();
		}
	}
	for (size_t i = 0; i < world.groups; i++) {
		AUTO(arena_done) struct arena own = {0};
		char id[ID_SIZE];

		add_group(&own, i, id);
		groups[i] = arena_dup(&a, id);
	}
	add_policy(&a, groups);
	commit();
}

/* --- a device --- */

static void add_device(const char *key)
{
	AUTO(arena_done) struct arena a = {0};
	struct snapshots *all = snapshots_new();
	unsigned char bytes[32];
	const struct snapshot *s;
	size_t n = sizeof(bytes);
	struct err e = {0};
	char id[ID_SIZE];

	if (!text_unbase64url(key, strlen(key), bytes, &n) || n != sizeof(bytes))
		must(err_set(&e, ERR_INVALID, "the key must be 32 bytes as base64url"), &e);
	must(snapshots_load(all, world.db, &e), &e);
	s = snapshots_take(all);
	for (size_t i = 0; i < snapshot_roster(s)->person_count; i++) {
		const char *person = snapshot_roster(s)->ids.texts[i], *const * groups;

		if (!snapshot_coverage(s, person).covered)
			continue;
		(void)snapshot_groups_of(s, person, &a, &groups);
		id_new(id);
		DO("INSERT INTO devices (id, name, os, macs, client_version, owner, state, key, "
		   "enrolled_ms, last_seen_ms) VALUES ($1, 'bench', 'Debian', '', '0.1.0', $2, "
		   "'active', $3, $4, $4)",
		   db_text(id), db_text(person), db_blob(bytes, n), db_i64(NOW_MS));
		printf("{\"device\":\"%s\",\"group\":\"%s\"}\n", id, groups[0]);
		break;
	}
	snapshots_give(all, s);
	snapshots_free(all);
}

/* --- people who change --- */

static void churn(void)
{
	static const struct timespec pause = {.tv_nsec = 50000000};
	AUTO(arena_done) struct arena a = {0};
	struct store_contact *people;
	struct err e = {0};
	size_t n;

	must(store_contact_all(world.db, &a, &people, &n, &e), &e);
	if (n == 0)
		return;
	for (size_t i = 0;; i++) {
		AUTO(arena_done) struct arena own = {0};

		DO("UPDATE people SET email = $2 WHERE id = $1", db_text(people[i % n].id),
		   db_text(arena_printf(&own, "churn.%zu@corp.example.com", i)));
		(void)nanosleep(&pause, NULL);
	}
}

/* --- measuring --- */

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* What the program has asked for and not given back. */
static double held_mb(void)
{
	struct mallinfo2 m = mallinfo2();

	return (double)(m.uordblks + m.hblkhd) / 1e6;
}

static double peak_mb(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_maxrss / 1024;
}

/* What the snapshot is made of, and nothing made of it. */
static void read_rows(void)
{
	AUTO(arena_done) struct arena a = {0};
	struct store_department_list departments;
	struct store_contact *people;
	struct store_membership *memberships;
	struct store_group_version *groups;
	struct err e = {0};
	size_t n;

	must(store_department_all(world.db, &a, &departments, &e), &e);
	must(store_contact_all(world.db, &a, &people, &n, &e), &e);
	must(store_membership_all(world.db, &a, &memberships, &n, &e), &e);
	must(store_group_versions(world.db, &a, &groups, &n, &e), &e);
	for (size_t i = 0; i < n; i++) {
		AUTO(arena_done) struct arena own = {0};
		struct group g;

		must(store_group_get(world.db, &own, groups[i].id, &g, &e), &e);
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(double *all)
{
	qsort(all, ROUNDS, sizeof(*all), by_size);
	return all[ROUNDS / 2];
}

static double lookup_ns(const struct snapshot *s)
{
	const struct roster *r = snapshot_roster(s);
	size_t covered = 0;
	double begun = now(), ms;

	for (size_t i = 0; i < LOOKUPS; i++)
		covered += snapshot_coverage(s, r->ids.texts[chance(r->person_count)]).covered;
	ms = now() - begun;
	if (covered == 0)
		(void)fprintf(stderr, "snapshot: nobody is covered\n");
	return ms * 1e6 / LOOKUPS;
}

/* All of it anew, nothing shared with one that is there. */
static struct snapshot *make(void)
{
	struct snapshot *s;
	struct err e = {0};

	must(snapshots_imagine(world.db, NULL, NULL, &s, &e), &e);
	return s;
}

static void measure(void)
{
	double reading[ROUNDS], total[ROUNDS], again[ROUNDS], freeing[ROUNDS], held, begun;
	struct snapshots *all = snapshots_new();
	const struct snapshot *present;
	struct snapshot *s = make();
	struct err e = {0};

	snapshot_free(s);
	held = held_mb();
	s = make();
	held = held_mb() - held;
	must(snapshots_load(all, world.db, &e), &e);
	for (size_t i = 0; i < ROUNDS; i++) {
		begun = now();
		snapshot_free(s);
		freeing[i] = now() - begun;
		begun = now();
		read_rows();
		reading[i] = now() - begun;
		begun = now();
		s = make();
		total[i] = now() - begun;
		begun = now();
		must(snapshots_load(all, world.db, &e), &e);
		again[i] = now() - begun;
	}
	snapshot_free(s);
	present = snapshots_take(all);
	printf("{\"reading_ms\":%.0f,\"total_ms\":%.0f,\"again_ms\":%.0f,\"free_ms\":%.1f,"
	       "\"lookup_ns\":%.0f,\"snapshot_mb\":%.0f,\"peak_mb\":%.0f}\n",
	       middle(reading), middle(total), middle(again), middle(freeing), lookup_ns(present),
	       held, peak_mb());
	snapshots_give(all, present);
	snapshots_free(all);
}

static size_t figure(int count, char **arguments, int at, size_t otherwise, size_t most)
{
	int64_t value;

	if (at >= count)
		return otherwise;
	if (!text_i64(arguments[at], 1, (int64_t)most, &value)) {
		(void)fprintf(stderr, "snapshot: %s: 1 to %zu\n", arguments[at], most);
		exit(2);
	}
	return (size_t)value;
}

static void device(char **arguments)
{
	add_device(arguments[3]);
}

static void fill_in(char **arguments)
{
	int count = 3;

	while (arguments[count] != NULL)
		count++;
	world.people = figure(count, arguments, 3, 100000, MAX_PEOPLE);
	world.groups = figure(count, arguments, 4, GROUP_MAX_GROUPS, GROUP_MAX_GROUPS);
	world.rules = figure(count, arguments, 5, GROUP_MAX_RULES, GROUP_MAX_RULES);
	fill();
}

static void churn_on(char **arguments)
{
	(void)arguments;
	churn();
}

static void print_figures(char **arguments)
{
	(void)arguments;
	measure();
}

static const struct {
	const char *name;
	int least, most; /* arguments, its own name among them */
	enum db_use use;
	void (*run)(char **arguments);
} commands[] = {{"fill", 3, 6, DB_WRITE, fill_in},
		{"device", 4, 4, DB_WRITE, device},
		{"churn", 3, 3, DB_WRITE, churn_on},
		{"measure", 3, 3, DB_READ, print_figures}};

int main(int count, char **arguments)
{
	struct err e = {0};

	world.seed = 42;
	for (size_t i = 0; i < ARRAY_SIZE(commands) && count > 1; i++) {
		if (!text_equal(commands[i].name, arguments[1]) || count < commands[i].least ||
		    count > commands[i].most)
			continue;
		world.db = db_open(arguments[2], commands[i].use, &e);
		must(world.db != NULL, &e);
		commands[i].run(arguments);
		db_close(world.db);
		return 0;
	}
	(void)fprintf(stderr, "usage: snapshot fill URL [PEOPLE [GROUPS [RULES]]]\n"
			      "       snapshot device URL KEY\n"
			      "       snapshot churn URL\n"
			      "       snapshot measure URL\n");
	return 2;
}
