/* user import: a list of people, what each of its lines comes to, and what it comes to in all. */
#include <string.h>

#include "base/text.h"
#include "ctl/command.h"
#include "ctl/value.h"

static const struct column line_columns[] = {{{"LINE", "行"}, "line"},
					     {{"RESULT", "结果"}, "result", LOOK_WORD},
					     {{"NAME", "姓名"}, "name"},
					     {{"WHAT", "说明"}, "text"},
					     {{0}}};
static const struct column departing_columns[] = {{{"ID", "ID"}, "id"},
						  {{"EXTERNAL ID", "外部 ID"}, "external_id"},
						  {{"NAME", "姓名"}, "name"},
						  {{0}}};
static const struct column sum_columns[] = {
    {{"ADDED", "新增"}, "added"},
    {{"CHANGED", "变更"}, "changed"},
    {{"THE SAME", "无变化"}, "same"},
    {{"REFUSED", "已拒绝"}, "refused"},
    {{"DEPARTED", "离职"}, "departing"},
    {{"NEW DEPARTMENTS", "新部门"}, "new_departments", LOOK_LIST},
    {{"IGNORED COLUMNS", "忽略的列"}, "ignored_columns", LOOK_LIST},
    {{0}}};

static void print_list(struct ctl *c, const struct json *list, const struct column *columns)
{
	struct table t = {.columns = columns};

	for (const struct json *row = list != NULL ? list->first : NULL; row != NULL;
	     row = row->next) {
		/* What stays the same is many and says nothing. */
		if (!text_equal(json_text(row, "result"), "same"))
			table_add(c, &t, row);
	}
	if (t.count > 0) {
		table_print(c, &t, true);
		(void)puts("");
	}
}

static void print(struct ctl *c, const struct json *answer, bool dry_run)
{
	const struct json *departing = json_get(answer, "departing_people");

	print_list(c, json_get(answer, "lines"), line_columns);
	if (departing != NULL && departing->count > 0) {
		(void)printf("%s\n", ctl_say(c, "NOT IN THE LIST (the first 100)",
					     "不在清单中（前 100 人）"));
		print_list(c, departing, departing_columns);
	}
	table_print_one(c, answer, sum_columns);
	if (dry_run)
		(void)printf("%s\n", ctl_say(c, "Nothing was changed: this was a dry run.",
					     "未做任何更改：这是预览。"));
}

static bool import(struct ctl *c, const struct line *line, struct err *e)
{
	const struct json *answer;
	struct value *body;
	const char *source;

	if (!command_resolve(c, noun_find("source"), line->args[0], &source, e) ||
	    !command_body(c, line, NULL, &body, e))
		return false;
	if (line->dry_run)
		value_add(body, "dry_run", value_bool(&c->arena, true));
	if (!ctl_call(c, HTTP_POST,
		      ctl_put(c, line->command->path, text_percent(&c->arena, source)),
		      value_write(&c->arena, &body->json), &answer, e))
		return false;
	if (!c->json)
		print(c, answer, line->dry_run);
	return true;
}

enum ctl_status user_import_run(struct ctl *c, const struct line *line)
{
	struct err e = {0};

	return import(c, line, &e) ? CTL_GOOD : ctl_complain(&e);
}
