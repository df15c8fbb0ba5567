/* Whom a user group would have, before it is saved. */
#include <stdio.h>

#include "base/text.h"
#include "ctl/command.h"
#include "ctl/policy.h"
#include "ctl/value.h"

#define PREVIEW "user-groups/preview"

static int64_t figure(const struct json *answer, const char *name)
{
	int64_t n = 0;

	(void)json_i64(answer, name, &n);
	return n;
}

static void print_size(struct ctl *c, const struct json *answer)
{
	(void)printf("%s: %lld / %lld\n", ctl_say(c, "people, of all", "人数 / 总人数"),
		     (long long)figure(answer, "people"), (long long)figure(answer, "all"));
	if (figure(answer, "departed") > 0)
		(void)printf("%s: %lld\n", ctl_say(c, "and who have left", "另有已离职"),
			     (long long)figure(answer, "departed"));
}

static void print_names(struct ctl *c, const struct json *sample, int64_t all)
{
	const char *text = "";

	if (sample == NULL || sample->count == 0)
		return;
	for (const struct json *i = sample->first; i != NULL; i = i->next)
		text = arena_printf(&c->arena, "%s%s%s (%s)", text, i == sample->first ? "" : ", ",
				    json_text(i, "name"), json_text(i, "source"));
	table_print_names(c, table_clean(&c->arena, text), 2, all > (int64_t)sample->count);
}

static void print_warnings(struct ctl *c, const struct json *list)
{
	if (list == NULL || list->count == 0)
		return;
	(void)printf("%s\n", ctl_say(c, "Please note:", "请注意："));
	for (const struct json *i = list->first; i != NULL; i = i->next) {
		const struct json *text = json_get(i, "text");

		(void)printf("  - %s\n", ctl_say(c, json_text(text, "en"), json_text(text, "zh")));
	}
}

void group_print_preview(struct ctl *c, const struct json *answer)
{
	bool in_scope = false;

	print_size(c, answer);
	print_names(c, json_get(answer, "sample"),
		    figure(answer, "people") + figure(answer, "departed"));
	if (figure(answer, "people") > 0 &&
	    figure(json_get(answer, "joined"), "count") == figure(answer, "people"))
		(void)printf("  %s\n", ctl_say(c, "all of them would join", "以上全部为新加入"));
	else
		policy_print_sample(c, ctl_say(c, "would join", "将加入"),
				    json_get(answer, "joined"));
	policy_print_sample(c, ctl_say(c, "would leave", "将退出"), json_get(answer, "left"));
	(void)json_bool(answer, "in_scope", &in_scope);
	if (in_scope) {
		(void)printf("%s\n", ctl_say(c, "The policy covers its members:",
					     "此用户组在策略的生效范围内："));
		policy_print_covered(c, answer);
	}
	print_warnings(c, json_get(answer, "warnings"));
	policy_print_seconds(c, json_get(answer, "second_person"));
}

/* The body that file and options make, over the group as it is. */
static bool body_of(struct ctl *c, const struct line *line, struct value **out, struct err *e)
{
	const char *word = command_option(line, "group"), *id;
	struct value *base = NULL;

	if (word != NULL &&
	    (!command_resolve(c, noun_find("group"), word, &id, e) ||
	     !ctl_read_for_edit(c, arena_printf(&c->arena, "user-groups/%s", id), &base, e)))
		return false;
	return command_body(c, line, base, out, e);
}

enum ctl_status group_preview_run(struct ctl *c, const struct line *line)
{
	const struct json *answer;
	struct err e = {0};
	struct value *body;

	if (!body_of(c, line, &body, &e) ||
	    !ctl_call(c, HTTP_POST, PREVIEW, value_write(&c->arena, &body->json), &answer, &e))
		return ctl_complain(&e);
	if (!c->json)
		group_print_preview(c, answer);
	return CTL_GOOD;
}
