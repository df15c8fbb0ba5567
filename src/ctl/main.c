/* holdfastctl: an administrator's command over the server's API. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ctl/ctl.h"

#define MAX_COLUMNS 6
#define MAX_PAGES 1000 /* of a list */

enum column_kind { COLUMN_TEXT, COLUMN_TIME };

struct column {
	const char *title[CTL_LANGUAGES];
	const char *member, *inner; /* inner: a member of that member */
	enum column_kind kind;
};

/* A command is a line: what it is called, what it asks, and which columns of the answer it prints. */
static const struct command {
	const char *noun, *verb;
	bool id; /* takes one */
	enum http_method method;
	const char *path; /* {1} stands for the id */
	struct column columns[MAX_COLUMNS + 1];
	enum ctl_status (*run)(struct ctl *c, const char *id); /* instead of all that */
} commands[] = {
    {.noun = "workflow",
     .verb = "list",
     .path = "workflows",
     .columns = {{{"ID", "ID"}, "id", NULL, COLUMN_TEXT},
		 {{"STATE", "状态"}, "state", NULL, COLUMN_TEXT},
		 {{"TESTED", "检测时间"}, "checked_ms", NULL, COLUMN_TIME},
		 {{"NAME", "名称"}, "name", NULL, COLUMN_TEXT}}},
    {.noun = "workflow", .verb = "doctor", .id = true, .run = ctl_doctor},
    {.noun = "delivery",
     .verb = "list",
     .path = "deliveries",
     .columns = {{{"ID", "ID"}, "id", NULL, COLUMN_TEXT},
		 {{"STATE", "状态"}, "state", NULL, COLUMN_TEXT},
		 {{"KIND", "类型"}, "kind", NULL, COLUMN_TEXT},
		 {{"REQUEST", "申请"}, "number", NULL, COLUMN_TEXT},
		 {{"NEXT TRY", "下次尝试"}, "next_ms", NULL, COLUMN_TIME},
		 {{"ERROR", "错误"}, "error", NULL, COLUMN_TEXT}}},
    {.noun = "delivery",
     .verb = "replay",
     .id = true,
     .method = HTTP_POST,
     .path = "deliveries/{1}/replay",
     .columns = {{{"ID", "ID"}, "id", NULL, COLUMN_TEXT},
		 {{"STATE", "状态"}, "state", NULL, COLUMN_TEXT}}},
    {.noun = "app",
     .verb = "list",
     .path = "dingtalk-apps",
     .columns = {{{"ID", "ID"}, "id", NULL, COLUMN_TEXT},
		 {{"CLIENT ID", "CLIENT ID"}, "client_id", NULL, COLUMN_TEXT},
		 {{"CORP ID", "CORP ID"}, "corp_id", NULL, COLUMN_TEXT},
		 {{"SYNC", "同步"}, "sync", "state", COLUMN_TEXT},
		 {{"LAST EVENT", "最近事件"}, "last_event_ms", NULL, COLUMN_TIME}}},
    {.noun = "app",
     .verb = "sweep",
     .id = true,
     .method = HTTP_POST,
     .path = "dingtalk-apps/{1}/sweep",
     .columns = {{{"ID", "ID"}, "id", NULL, COLUMN_TEXT},
		 {{"CLIENT ID", "CLIENT ID"}, "client_id", NULL, COLUMN_TEXT}}},
};

static const char usage_en[] =
    "usage: holdfastctl [--server URL] [--json] COMMAND\n"
    "\n"
    "  workflow list              workflows and how their last connection test ended\n"
    "  workflow doctor ID         test a workflow's link to DingTalk, and say what to do\n"
    "  delivery list              what goes out to DingTalk: waiting, dead and done\n"
    "  delivery replay ID         try a dead one again at once\n"
    "  app list                   DingTalk apps\n"
    "  app sweep ID               look at all open requests of an app in DingTalk now\n"
    "\n"
    "  --json                     the server's answers as they are\n"
    "  --help, --version\n"
    "\n"
    "The server and the token come from HOLDFAST_SERVER and HOLDFAST_TOKEN, or from\n"
    "~/.config/holdfast/ctl.ini (see man holdfastctl).\n";

static const char usage_zh[] =
    "用法：holdfastctl [--server 地址] [--json] 命令\n"
    "\n"
    "  workflow list              列出工作流及最近一次连接检测的结果\n"
    "  workflow doctor ID         检测工作流与钉钉的连接，并说明如何处理\n"
    "  delivery list              列出发往钉钉的操作：等待、失败、完成\n"
    "  delivery replay ID         立即重试一个失败的操作\n"
    "  app list                   列出钉钉应用\n"
    "  app sweep ID               立即核对应用在钉钉中的所有待审批申请\n"
    "\n"
    "  --json                     原样输出服务器的回答\n"
    "  --help, --version\n"
    "\n"
    "服务器和令牌取自 HOLDFAST_SERVER 和 HOLDFAST_TOKEN，或 ~/.config/holdfast/ctl.ini\n"
    "（参见 man holdfastctl）。\n";

static const char *cell(struct ctl *c, const struct json *row, const struct column *column)
{
	const struct json *value = json_get(row, column->member);
	int64_t ms = 0;

	if (column->inner != NULL)
		value = json_get(value, column->inner);
	if (column->kind == COLUMN_TIME) {
		(void)json_i64(row, column->member, &ms);
		return ctl_time(c, ms);
	}
	return value != NULL && value->text != NULL && *value->text != '\0' ? value->text : "-";
}

static void print_row(struct ctl *c, const struct json *row, const struct column *columns)
{
	for (size_t i = 0; columns[i].member != NULL; i++)
		(void)printf("%s%s", i > 0 ? "  " : "", cell(c, row, &columns[i]));
	(void)printf("\n");
}

static void print_titles(const struct ctl *c, const struct column *columns)
{
	for (size_t i = 0; columns[i].member != NULL; i++)
		(void)printf("%s%s", i > 0 ? "  " : "", columns[i].title[c->language]);
	(void)printf("\n");
}

/* One answer: a list's page or a single thing. *next is the path of the next page, or NULL. */
static void print_answer(struct ctl *c, const struct command *command, const struct json *answer,
			 const char **next)
{
	const struct json *items = json_get(answer, "items");
	const char *cursor = json_text(answer, "next");

	*next = cursor == NULL ? NULL
			       : arena_printf(&c->arena, "%s?cursor=%s", command->path,
					      text_percent(&c->arena, cursor));
	if (c->json)
		return;
	if (items == NULL) {
		print_row(c, answer, command->columns);
		return;
	}
	for (const struct json *row = items->first; row != NULL; row = row->next)
		print_row(c, row, command->columns);
}

static enum ctl_status run_command(struct ctl *c, const struct command *command, const char *id)
{
	const char *path = command->path;
	const struct json *answer;
	struct err e = {0};

	if (command->run != NULL)
		return command->run(c, id);
	if (command->id)
		path = ctl_put(c, path, text_percent(&c->arena, id));
	if (!c->json)
		print_titles(c, command->columns);
	for (int pages = 0; path != NULL && pages < MAX_PAGES; pages++) {
		if (!ctl_call(c, command->method, path, command->method == HTTP_POST ? "{}" : NULL,
			      &answer, &e))
			return ctl_complain(&e);
		print_answer(c, command, answer, &path);
	}
	return CTL_GOOD;
}

static enum ctl_status misunderstood(struct ctl *c, const char *word)
{
	struct err e;

	(void)err_set(&e, ERR_INVALID, "%s",
		      ctl_put(c,
			      ctl_say(c, "\"{1}\" is not understood. See: holdfastctl --help",
				      "无法识别“{1}”。请查看：holdfastctl --help"),
			      word));
	return ctl_complain(&e);
}

/* What stands anywhere on the command line; the rest goes to words. False: *wrong is not understood. */
static bool options_read(struct ctl *c, int argc, char **argv, const char **words, int *count,
			 const char **wrong)
{
	for (int i = 1; i < argc; i++) {
		*wrong = argv[i];
		if (text_equal(argv[i], "--json"))
			c->json = true;
		else if (text_equal(argv[i], "--server") && i + 1 < argc)
			c->server = argv[++i];
		else if (text_starts(argv[i], "--server="))
			c->server = argv[i] + strlen("--server=");
		else if (*argv[i] == '-' || *count == 3)
			return false;
		else
			words[(*count)++] = argv[i];
	}
	return true;
}

static enum ctl_status run_words(struct ctl *c, const char *const *words, int count)
{
	struct err e = {0};

	for (size_t i = 0; count >= 2 && i < ARRAY_SIZE(commands); i++) {
		const struct command *command = &commands[i];

		if (!text_equal(command->noun, words[0]) || !text_equal(command->verb, words[1]))
			continue;
		if (count != (command->id ? 3 : 2))
			return misunderstood(c, words[count - 1]);
		if (!ctl_config_read(c,
				     ctl_config_place(&c->arena, getenv("HOLDFASTCTL_CONFIG"),
						      getenv("XDG_CONFIG_HOME"), getenv("HOME")),
				     &e) ||
		    !ctl_ready(c, &e))
			return ctl_complain(&e);
		return run_command(c, command, words[2]);
	}
	return misunderstood(c, words[count - 1]);
}

static enum ctl_status run(struct ctl *c, int argc, char **argv)
{
	const char *words[3] = {0}, *wrong = NULL;
	int count = 0;

	if (argc > 1 && text_equal(argv[1], "--version")) {
		(void)puts("holdfastctl " HOLDFAST_VERSION);
		return CTL_GOOD;
	}
	if (argc > 1 && (text_equal(argv[1], "--help") || text_equal(argv[1], "help"))) {
		(void)fputs(ctl_say(c, usage_en, usage_zh), stdout);
		return CTL_GOOD;
	}
	if (!options_read(c, argc, argv, words, &count, &wrong))
		return misunderstood(c, wrong);
	if (count == 0) {
		(void)fputs(ctl_say(c, usage_en, usage_zh), stderr);
		return CTL_FAILED;
	}
	return run_words(c, words, count);
}

int main(int argc, char **argv)
{
	struct ctl c = {
	    .language = ctl_language_of(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG")),
	    .server = getenv("HOLDFAST_SERVER"),
	    .token = getenv("HOLDFAST_TOKEN")};
	enum ctl_status status = run(&c, argc, argv);

	http_client_free(c.http);
	arena_wipe(&c.arena);
	return (int)status;
}
