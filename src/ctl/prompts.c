/* What people will read whose removal is stopped: each text, whose it is, how long it may be, what is wrong with it. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ctl/command.h"
#include "ctl/value.h"

static const struct part {
	const char *path, *title[CTL_LANGUAGES];
} parts[] = {
    {"zh.title", {"CHINESE TITLE", "中文标题"}},
    {"zh.content", {"CHINESE CONTENT", "中文内容"}},
    {"zh.primary", {"CHINESE FIRST BUTTON", "中文主按钮"}},
    {"zh.secondary", {"CHINESE SECOND BUTTON", "中文次按钮"}},
    {"en.title", {"ENGLISH TITLE", "英文标题"}},
    {"en.content", {"ENGLISH CONTENT", "英文内容"}},
    {"en.primary", {"ENGLISH FIRST BUTTON", "英文主按钮"}},
    {"en.secondary", {"ENGLISH SECOND BUTTON", "英文次按钮"}},
};

/* "24 of 60 characters", or whose text stands in. */
static const char *origin(struct ctl *c, const struct json *part)
{
	const char *from = json_text(part, "from");
	int64_t length = 0, max = 0;

	if (text_equal(from, "default"))
		return ctl_say(c, "built-in text", "内置文案");
	if (text_equal(from, "other-language"))
		return ctl_say(c, "from the other language", "取自另一语言");
	(void)json_i64(part, "length", &length);
	(void)json_i64(part, "max", &max);
	return arena_printf(&c->arena, "%lld %s %lld %s", (long long)length, ctl_say(c, "of", "/"),
			    (long long)max, ctl_say(c, "characters", "字"));
}

/* Indented, with its own line ends. */
static void print_text(struct ctl *c, const char *text)
{
	for (size_t n; *text != '\0'; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		(void)printf("    %s\n", table_clean(&c->arena, arena_dup_n(&c->arena, text, n)));
	}
}

/* Whether saving would take it. */
static bool print_part(struct ctl *c, const struct part *p, const struct json *part)
{
	const char *text = json_text(part, "text"), *problem = json_text(part, "problem");

	(void)printf("%s (%s)\n", p->title[c->language], origin(c, part));
	print_text(c, text != NULL ? text : "");
	if (problem != NULL)
		(void)printf("  ✗ %s: %s\n", ctl_say(c, "saving would refuse it", "无法保存"),
			     table_clean(&c->arena, problem));
	return problem == NULL;
}

enum ctl_status policy_prompts_run(struct ctl *c, const struct line *line)
{
	const struct json *answer;
	struct err e = {0};
	struct value *body;
	bool good = true;

	if (!command_body(c, line, NULL, &body, &e) ||
	    !ctl_call(c, HTTP_POST, line->command->path, value_write(&c->arena, &body->json),
		      &answer, &e))
		return ctl_complain(&e);
	for (size_t i = 0; i < ARRAY_SIZE(parts) && !c->json; i++)
		good = print_part(c, &parts[i], value_at(answer, parts[i].path)) && good;
	return good ? CTL_GOOD : CTL_ATTENTION;
}
