#include "../unit.h"

#include "base/buf.h"
#include "base/text.h"
#include "model/people_plan.h"

#define TOP "01900000-0000-7000-8000-0000000000d1"
#define LAB "01900000-0000-7000-8000-0000000000d2"
#define BRANCH "01900000-0000-7000-8000-0000000000d3"
#define BRANCH_LAB "01900000-0000-7000-8000-0000000000d4"
#define LI "01900000-0000-7000-8000-00000000000a"
#define WANG "01900000-0000-7000-8000-00000000000b"
#define ZHAO "01900000-0000-7000-8000-00000000000c"

static const struct people_department departments[] = {{LAB, TOP, "研发"},
						       {TOP, NULL, "总部"},
						       {BRANCH, NULL, "分公司"},
						       {BRANCH_LAB, BRANCH, "研发"}};

static const struct people_present people[] = {
    {LI, {"李华", "7", "li@example.com", "1380", "工程师"}, false, (const char *const[]){LAB}, 1},
    {WANG, {"Wang", WANG, "wang@example.com", "", ""}, false, (const char *const[]){TOP}, 1},
    {ZHAO, {"赵", "9", "zhao@example.com", "", ""}, true, (const char *const[]){TOP}, 1}};

static const struct people_directory directory = {people, ARRAY_SIZE(people), departments,
						  ARRAY_SIZE(departments)};

/* "2 added 陈|3 refused 李: why", then "+总部/新" of each department that is made and "-李华" of who leaves. */
static const char *planned(struct arena *a, const char *csv, const struct people_options *options)
{
	AUTO(buf_done) struct buf got = {0};
	struct people_csv list;
	struct people_plan plan;
	struct err e = {0};

	if (!people_csv_read(a, csv, &list, &e))
		return arena_dup(a, e.text);
	people_plan(a, &list, &directory, options, &plan);
	for (size_t i = 0; i < plan.count; i++) {
		const struct people_plan_line *l = &plan.lines[i];

		buf_printf(&got, "%s%lld %s %s%s%s", i == 0 ? "" : "|", (long long)l->line,
			   people_end_name(l->end), l->name, *l->why == '\0' ? "" : ": ", l->why);
		for (size_t k = 0; k < l->department_count; k++)
			buf_printf(&got, " @%s", plan.departments[l->departments[k]].path);
	}
	for (size_t i = plan.departments_there; i < plan.department_count; i++)
		buf_printf(&got, " +%s", plan.departments[i].path);
	for (size_t i = 0; i < plan.departing_count; i++)
		buf_printf(&got, " -%s", plan.departing[i]->person.name);
	return arena_dup_n(a, got.data == NULL ? "" : got.data, got.len);
}

static void is(const char *csv, const char *want)
{
	AUTO(arena_done) struct arena a = {0};

	assert_string_equal(planned(&a, csv, &(struct people_options){0}), want);
}

static void is_with(const struct people_options *options, const char *csv, const char *want)
{
	AUTO(arena_done) struct arena a = {0};

	assert_string_equal(planned(&a, csv, options), want);
}

static void every_line_is_added_changed_the_same_or_refused(void **state)
{
	(void)state;
	is("name,external_id,email\n陈安,11,CHEN@example.com\n李华,7,li@example.com\n"
	   "李 华,7,li@example.com\n,12,\n",
	   "2 added 陈安|3 same 李华|4 refused 李 华: line 3 is about the same person|"
	   "5 refused : name: must not be empty");
	is("name,external_id,email,telephone,title,departments\n"
	   "李华,7,hua@example.com,1381,经理,分公司 / 研发|总部\n",
	   "2 changed 李华: email, telephone, title, departments @分公司/研发 @总部");
	is("name,external_id\n赵,9\n", "2 changed 赵: returns");
}

static void a_column_that_is_not_there_leaves_things_as_they_are(void **state)
{
	(void)state;
	is("name,external_id\n李华,7\n", "2 same 李华");
	is("name,external_id,email,departments\n李华,7,,\n", "2 changed 李华: email, departments");
}

static void people_are_known_by_number_or_else_by_address(void **state)
{
	(void)state;
	is("name,email\nWang,WANG@Example.com\n", "2 same Wang");
	is("name,email,external_id\nWang,wang@example.com,8\n", "2 changed Wang: external_id");
	is("name,email,external_id\nLi,li@example.com,70\n",
	   "2 refused Li: email: belongs to 李华, whose external_id is 7, not 70");
	is("name,email,external_id\nWang,li@example.com,9\n",
	   "2 refused Wang: email: belongs to 李华 (7)");
	is("name,telephone\nWang,1380\n",
	   "2 refused Wang: external_id or email: one of them must be there, to know people by");
	is("name,email\nA,new@example.com\nB,New@example.com\n",
	   "2 added A|3 refused B: email: line 2 has the same");
	/* Who left has no claim on the address. */
	is("name,email,external_id\nNew,zhao@example.com,70\n", "2 added New");
	is("name,email\nZhao,zhao@example.com\n", "2 changed Zhao: returns, name");
}

static void departments_are_paths_or_ids(void **state)
{
	const struct people_options add = {.add_departments = true};

	(void)state;
	is("姓名;工号;部门\n陈;11;/总部/研发|" BRANCH_LAB "|总部/研发\n",
	   "2 added 陈 @总部/研发 @分公司/研发");
	is("name\texternal_id\tdepartments\n陈\t11\t研发\n",
	   "2 refused 陈: departments: there is no 研发 here");
	is_with(&add, "name,external_id,department\n陈,11,总部/新/组|总部/新\n王,12,总部/新/组\n",
		"2 added 陈 @总部/新/组 @总部/新|3 added 王 @总部/新/组 +总部/新 +总部/新/组");
	is_with(&add, "name,external_id,department\n陈,11,总部/新|" LI "\n",
		"2 refused 陈: departments: there is no " LI " here");
	is("name,external_id,department\n陈,11,总部//研发\n",
	   "2 refused 陈: departments: name: must not be empty");
}

static void who_is_not_in_the_list_leaves_only_when_asked(void **state)
{
	(void)state;
	is_with(&(struct people_options){.depart_missing = true}, "name,external_id\n李华,7\n",
		"2 same 李华 -Wang");
}

static void the_list_itself_must_be_one(void **state)
{
	(void)state;
	is("", "csv: is empty");
	is("李华,7\n", "csv: the first line must name the columns, and one of them \"name\"");
	is("name,email,mail\n", "csv: two columns are the email: \"mail\"");
	is("\xef\xbb\xbfname\n", "");
}

static void what_the_list_has_besides_is_said(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct people_csv list;
	struct err e = {0};

	(void)state;
	assert_true(people_csv_read(&a, "Name,Salary,,emial\nLi,1,,x\n", &list, &e));
	assert_int_equal(list.ignored_count, 2);
	assert_string_equal(list.ignored[0], "Salary");
	assert_string_equal(list.ignored[1], "emial");
}

static void sizes_have_limits(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf b = {0};
	struct people_csv list;
	struct err e = {0};

	(void)state;
	buf_text(&b, "name,email\n");
	for (int i = 0; i <= PEOPLE_CSV_MAX_LINES; i++)
		buf_printf(&b, "n,%d@x\n", i);
	assert_false(people_csv_read(&a, b.data, &list, &e));
	assert_string_equal(e.text, "csv: has more than 20000 lines");
	err_clear(&e);
	while (b.len <= PEOPLE_CSV_MAX_BYTES)
		buf_text(&b, "0123456789,0123456789,0123456789,0123456789,0123456789\n");
	assert_false(people_csv_read(&a, b.data, &list, &e));
	assert_string_equal(e.text, "csv: is longer than 4194304 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_line_is_added_changed_the_same_or_refused),
	    cmocka_unit_test(a_column_that_is_not_there_leaves_things_as_they_are),
	    cmocka_unit_test(people_are_known_by_number_or_else_by_address),
	    cmocka_unit_test(departments_are_paths_or_ids),
	    cmocka_unit_test(who_is_not_in_the_list_leaves_only_when_asked),
	    cmocka_unit_test(the_list_itself_must_be_one),
	    cmocka_unit_test(what_the_list_has_besides_is_said),
	    cmocka_unit_test(sizes_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
