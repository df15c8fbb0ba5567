#include "machine.h"

#include <dirent.h>
#include <stdlib.h>

#include "keeper/spool.h"

#define MACHINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, machine_new, machine_free)

static const struct json *batch(struct machine *m, size_t max, size_t *count)
{
	AUTO(buf_done) struct buf text = {0};
	const struct json *list;
	struct err e;

	assert_true(spool_batch(&m->paths, max, &text, count, &e));
	assert_true(json_parse(&m->arena, text.data, text.len, &list, &e));
	assert_int_equal(list->count, *count);
	return list;
}

static void reports_come_out_in_order_until_they_are_dropped(void **state)
{
	struct machine *m = *state;
	static const char *const texts[] = {"one", "two", "three"};
	const struct json *report;
	struct err e;
	size_t i, count;

	assert_true(spool_empty(&m->paths));
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		assert_true(spool_add(&m->paths,
				      &(struct report){.kind = REPORT_ATTEMPT,
						       .package = "holdfast-client",
						       .text = texts[i]},
				      &e));
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		report = batch(m, 1, &count)->first;
		assert_int_equal(count, 1);
		assert_string_equal(json_text(report, "text"), texts[i]);
		assert_string_equal(json_text(report, "kind"), "attempt");
		assert_true(spool_drop(&m->paths, json_text(report, "id"), &e));
		assert_true(spool_drop(&m->paths, json_text(report, "id"), &e));
	}
	assert_true(spool_empty(&m->paths));
	assert_false(spool_drop(&m->paths, "../anchor", &e));
}

static void a_report_that_is_added_again_is_the_same_one(void **state)
{
	struct machine *m = *state;
	char id[ID_SIZE];
	struct report report = {.kind = REPORT_REMOVED_WITHOUT_GRANT,
				.id = id,
				.at_ms = 1763830479123,
				.package = "vpn"};
	const struct json *told;
	size_t count;
	struct err e;
	int64_t at_ms;

	id_new(id);
	assert_true(spool_add(&m->paths, &report, &e));
	assert_true(spool_add(&m->paths, &report, &e));
	told = batch(m, 16, &count)->first;
	assert_int_equal(count, 1);
	assert_string_equal(json_text(told, "id"), id);
	assert_true(json_i64(told, "at_ms", &at_ms));
	assert_int_equal(at_ms, 1763830479123);
}

static void a_report_set_aside_is_kept_and_not_sent(void **state)
{
	struct machine *m = *state;
	struct err e;
	size_t count;

	assert_true(
	    spool_add(&m->paths, &(struct report){.kind = REPORT_REMOVED, .package = "p"}, &e));
	assert_true(spool_set_aside(&m->paths, &e));
	(void)batch(m, 16, &count);
	assert_int_equal(count, 0);
	assert_true(spool_empty(&m->paths));
}

/* Reports as there may be, without the time that syncing each takes. */
static void fill(struct machine *m, int count)
{
	char name[256], id[ID_SIZE];
	struct err e;
	FILE *file;

	assert_true(folder_make(m->paths.reports, 0700, &e));
	while (count-- > 0) {
		id_new(id);
		(void)snprintf(name, sizeof(name), "%s/%s.json", m->paths.reports, id);
		file = fopen(name, "w");
		assert_non_null(file);
		(void)fputs("{}", file);
		(void)fclose(file);
	}
}

static void attempts_are_bounded_and_what_counts_is_not(void **state)
{
	struct machine *m = *state;
	struct report attempt = {.kind = REPORT_ATTEMPT, .package = "p"};
	struct report alarm = {.kind = REPORT_REMOVED_WITHOUT_GRANT, .package = "p"};
	struct report going = {.kind = REPORT_GOING, .package = "p", .text = "stop"};
	struct err e;

	fill(m, SPOOL_MAX_ATTEMPTS);
	assert_false(spool_add(&m->paths, &attempt, &e));
	assert_int_equal(e.code, ERR_TOO_MANY);
	assert_true(spool_add(&m->paths, &alarm, &e));
	assert_true(spool_add(&m->paths, &going, &e));
	fill(m, SPOOL_MAX_OTHERS - SPOOL_MAX_ATTEMPTS - 2);
	assert_false(spool_add(&m->paths, &going, &e));
	assert_true(spool_add(&m->paths, &alarm, &e));
}

static void of_what_the_server_refuses_the_newest_are_kept(void **state)
{
	struct machine *m = *state;
	char first[256], last[256];
	struct dirent **list;
	struct err e;
	int i, n;

	for (i = 0; i < SPOOL_MAX_REFUSED + 5; i++) {
		fill(m, 1);
		assert_true(spool_set_aside(&m->paths, &e));
		n = scandir(m->paths.reports, &list, NULL, alphasort); /* with . and .. */
		(void)snprintf(i ? last : first, sizeof(first), "%s", list[n - 1]->d_name);
		if (i == SPOOL_MAX_REFUSED + 4) {
			assert_int_equal(n, SPOOL_MAX_REFUSED + 2);
			assert_string_not_equal(list[2]->d_name, first);
			assert_string_equal(list[n - 1]->d_name, last);
		}
		while (n > 0)
			free(list[--n]);
		free(list);
	}
}

static void the_same_line_of_the_ledger_is_the_same_report(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct machine *m = *state;
	char id[ID_SIZE];
	struct ledger_entry used = {.kind = LEDGER_CONSUMED,
				    .grant = id,
				    .time_ms = m->now_ms,
				    .boot = boot_id(&a),
				    .version = HOLDFAST_VERSION};
	const struct json *first, *second;
	const char *line;
	struct err e;
	size_t count;

	id_new(id);
	line = ledger_line(&a, &used);
	assert_true(file_append(m->paths.ledger, line, strlen(line), &e));
	assert_true(spool_follow_ledger(&m->device, &m->holding, &e));
	first = batch(m, 16, &count)->first;
	assert_int_equal(count, 1);
	assert_string_equal(json_text(first, "kind"), "consumed");
	assert_string_equal(json_text(first, "grant"), id);
	assert_true(id_valid(json_text(first, "id")));

	/* Reported and accepted: nothing is made again. */
	assert_true(spool_drop(&m->paths, json_text(first, "id"), &e));
	assert_true(spool_follow_ledger(&m->device, &m->holding, &e));
	assert_true(spool_empty(&m->paths));

	/* The note lost in a crash: made again, under the same id. */
	assert_true(file_remove(m->paths.reported, &e));
	assert_true(spool_follow_ledger(&m->device, &m->holding, &e));
	second = batch(m, 16, &count)->first;
	assert_string_equal(json_text(first, "id"), json_text(second, "id"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    MACHINE_TEST(reports_come_out_in_order_until_they_are_dropped),
	    MACHINE_TEST(a_report_that_is_added_again_is_the_same_one),
	    MACHINE_TEST(a_report_set_aside_is_kept_and_not_sent),
	    MACHINE_TEST(attempts_are_bounded_and_what_counts_is_not),
	    MACHINE_TEST(of_what_the_server_refuses_the_newest_are_kept),
	    MACHINE_TEST(the_same_line_of_the_ledger_is_the_same_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
