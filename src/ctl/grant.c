/* A grant that an administrator carries to a device. */
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "ctl/command.h"

static bool put(struct ctl *c, const struct line *line, const char *grant, struct err *e)
{
	const char *text = arena_printf(&c->arena, "%s\n", grant);

	if (line->output != NULL)
		return file_replace(line->output, text, strlen(text), 0600, e);
	(void)fputs(text, stdout);
	return fflush(stdout) == 0 || err_errno(e, "%s", ctl_say(c, "standard output", "标准输出"));
}

static bool export(struct ctl *c, const struct line *line, struct err *e)
{
	const struct json *answer;
	const char *id;

	if (!command_resolve(c, noun_find("grant"), line->args[0], &id, e) ||
	    !ctl_call(c, HTTP_POST, arena_printf(&c->arena, "instances/%s/export-grant", id), NULL,
		      &answer, e))
		return false;
	return c->json || put(c, line, json_text(answer, "grant"), e);
}

enum ctl_status grant_export_run(struct ctl *c, const struct line *line)
{
	struct err e = {0};

	return export(c, line, &e) ? CTL_GOOD : ctl_complain(&e);
}
