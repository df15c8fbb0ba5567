/* workflow create: a built-in one out of a --level for each level. */
#include <string.h>

#include "base/text.h"
#include "ctl/command.h"
#include "ctl/value.h"

#define ALL "all:"

/* "wang@example.com,zhao@example.com", "all:…" */
static bool level_read(struct ctl *c, const char *text, struct value *levels, struct err *e)
{
	struct value *level = value_new(&c->arena, JSON_OBJECT),
		     *approvers = value_new(&c->arena, JSON_ARRAY);
	bool all = text_starts(text, ALL);
	const char *at = all ? text + strlen(ALL) : text, *id;

	while (*at != '\0') {
		size_t n = strcspn(at, ",");

		if (!command_resolve(c, noun_find("account"), arena_dup_n(&c->arena, at, n), &id,
				     e))
			return err_add(e, "--level");
		value_add(approvers, NULL, value_text(&c->arena, id));
		at += n + (at[n] == ',');
	}
	value_add(level, "mode", value_text(&c->arena, all ? "all" : "any"));
	value_add(level, "approvers", approvers);
	value_add(levels, NULL, level);
	return true;
}

static bool body_read(struct ctl *c, const struct line *line, struct value **out, struct err *e)
{
	struct value *levels = value_new(&c->arena, JSON_ARRAY);
	struct line rest = *line;

	rest.given_count = 0;
	for (size_t i = 0; i < line->given_count; i++) {
		if (!text_equal(line->given[i].option->name, "level"))
			rest.given[rest.given_count++] = line->given[i];
		else if (!level_read(c, line->given[i].value, levels, e))
			return false;
	}
	if (!command_body(c, &rest, NULL, out, e))
		return false;
	if (levels->json.count == 0)
		return true;
	if (json_get(&(*out)->json, "type") == NULL)
		value_put(*out, "type", value_text(&c->arena, "builtin"));
	return value_set(&c->arena, *out, "approval.levels", levels) ||
	       err_set(e, ERR_INVALID, "--level: approval is not an object");
}

enum ctl_status workflow_create_run(struct ctl *c, const struct line *line)
{
	struct value *body;
	struct err e = {0};

	return body_read(c, line, &body, &e) &&
		       command_send(c, line, line->command->path,
				    value_write(&c->arena, &body->json), &e)
		   ? CTL_GOOD
		   : ctl_complain(&e);
}
