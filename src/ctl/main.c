/* holdfastctl: an administrator's command over the server's API. Here the command line is read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ctl/command.h"

static bool misunderstood(struct ctl *c, const char *word, struct err *e)
{
	return err_set(e, ERR_INVALID, "%s",
		       ctl_put(c,
			       ctl_say(c, "\"{1}\" is not understood. See: holdfastctl --help",
				       "无法识别“{1}”。请查看：holdfastctl --help"),
			       word));
}

/* A noun without a verb (NULL), or with one that it has not. */
static bool no_verb(struct ctl *c, const char *noun, const char *verb, struct err *e)
{
	const char *what =
	    verb == NULL
		? ctl_say(c, "a verb is missing", "缺少动词")
		: ctl_put(c, ctl_say(c, "\"{1}\" is not understood", "无法识别“{1}”"), verb);

	return err_set(
	    e, ERR_INVALID, "%s%s", what,
	    ctl_put(c, ctl_say(c, ". See: holdfastctl help {1}", "。请查看：holdfastctl help {1}"),
		    noun));
}

/* The value of "--name VALUE" or "--name=VALUE"; NULL: there is none. */
static const char *value_of(char **argv, int *i)
{
	const char *equals = strchr(argv[*i], '=');

	if (equals != NULL)
		return equals + 1;
	if (argv[*i + 1] == NULL)
		return NULL;
	return argv[++*i];
}

static bool is_option(const char *argument, const char *name)
{
	size_t n = strlen(name);

	return strncmp(argument, "--", 2) == 0 && strncmp(argument + 2, name, n) == 0 &&
	       (argument[2 + n] == '\0' || argument[2 + n] == '=');
}

/* Those that every command has, or none by itself. */
static const struct {
	const char *name;
	size_t offset;
} switches[] = {{"yes", offsetof(struct line, yes)},
		{"ids", offsetof(struct line, ids)},
		{"dry-run", offsetof(struct line, dry_run)},
		{"prune", offsetof(struct line, prune)}},
  paths[] = {{"file", offsetof(struct line, file)}, {"output", offsetof(struct line, output)}};

static bool common_switch(struct ctl *c, struct line *line, const char *argument)
{
	if (text_equal(argument, "--json")) {
		c->json = true;
		return true;
	}
	for (size_t k = 0; k < ARRAY_SIZE(switches); k++) {
		if (strncmp(argument, "--", 2) == 0 && text_equal(argument + 2, switches[k].name))
			return *(bool *)((char *)line + switches[k].offset) = true;
	}
	return false;
}

static bool common_value(struct ctl *c, struct line *line, char **argv, int *i)
{
	const char **to = NULL, *value;
	bool limit = is_option(argv[*i], "limit");

	if (text_equal(argv[*i], "-f"))
		to = &line->file;
	else if (is_option(argv[*i], "server"))
		to = &c->server;
	for (size_t k = 0; k < ARRAY_SIZE(paths); k++) {
		if (is_option(argv[*i], paths[k].name))
			to = (const char **)((char *)line + paths[k].offset);
	}
	if (to == NULL && !limit)
		return false;
	value = value_of(argv, i);
	if (value == NULL)
		return false;
	if (limit)
		return text_i64(value, 1, INT64_MAX, &line->limit);
	*to = value;
	return true;
}

static bool command_value(struct line *line, char **argv, int *i, const char **wrong)
{
	const struct option *o = line->command != NULL ? line->command->options : NULL;
	const char *value;

	*wrong = argv[*i];
	while (o != NULL && o->name != NULL && !is_option(argv[*i], o->name))
		o++;
	if (o == NULL || o->name == NULL || line->given_count == COMMAND_MAX_GIVEN)
		return false;
	if (o->kind == OPTION_SWITCH) {
		line->given[line->given_count++] = (struct given){o, "true"};
		return strchr(argv[*i], '=') == NULL;
	}
	value = value_of(argv, i);
	line->given[line->given_count++] = (struct given){o, value};
	return value != NULL;
}

/* "workflow list", "login" */
static const struct command *command_of(char **argv, int first, int second)
{
	const struct command *alone = first > 0 ? command_find(argv[first], "") : NULL;

	return alone != NULL || second == 0 ? alone : command_find(argv[first], argv[second]);
}

/* The first two words that are no options; options before them are the common ones. */
static bool find_command(struct ctl *c, struct line *line, char **argv, int *words, struct err *e)
{
	int n = 0;

	for (int i = 1; argv[i] != NULL && n < 2; i++) {
		if (*argv[i] != '-') {
			words[n++] = i;
			if (n == 1 && command_find(argv[i], "") != NULL)
				break;
		} else if (!common_switch(c, line, argv[i]) && !common_value(c, line, argv, &i)) {
			return misunderstood(c, argv[i], e);
		}
	}
	line->command = command_of(argv, words[0], words[1]);
	if (line->command != NULL)
		return true;
	if (words[0] == 0 || noun_find(argv[words[0]]) == NULL)
		return misunderstood(c, words[0] == 0 ? argv[1] : argv[words[0]], e);
	return no_verb(c, argv[words[0]], words[1] > 0 ? argv[words[1]] : NULL, e);
}

static bool read_line(struct ctl *c, struct line *line, char **argv, struct err *e)
{
	int words[2] = {0}, skip;
	const char *wrong;

	if (!find_command(c, line, argv, words, e))
		return false;
	skip = *line->command->verb == '\0' ? words[0] : words[1];
	for (int i = skip + 1; argv[i] != NULL; i++) {
		if (*argv[i] != '-' || text_equal(argv[i], "-")) {
			line->args[line->arg_count++] = argv[i];
			continue;
		}
		/* The command's own first: an option of it may be called as a common one. */
		if (!command_value(line, argv, &i, &wrong) && !common_switch(c, line, argv[i]) &&
		    !common_value(c, line, argv, &i))
			return misunderstood(c, wrong, e);
	}
	return true;
}

/* "ID VERSION" wants two, "ID…" one or more. */
static bool count_check(struct ctl *c, const struct line *line, struct err *e)
{
	const char *args = line->command->args;
	size_t least = args != NULL ? 1 : 0, most = least;

	for (const char *at = args; at != NULL && *at != '\0'; at++) {
		least += *at == ' ';
		most += *at == ' ';
	}
	if ((line->command->how & HOW_MANY) != 0)
		most = SIZE_MAX;
	if (line->arg_count < least) {
		for (size_t i = 0; i < line->arg_count; i++)
			args = strchr(args, ' ') + 1;
		return err_set(e, ERR_INVALID, "%s",
			       ctl_put(c, ctl_say(c, "{1} is missing", "缺少 {1}"), args));
	}
	return line->arg_count <= most || misunderstood(c, line->args[line->arg_count - 1], e);
}

static bool required_check(struct ctl *c, const struct line *line, struct err *e)
{
	const struct option *o = line->command->options;

	for (; o != NULL && o->name != NULL && line->file == NULL; o++) {
		if (o->required && command_option(line, o->name) == NULL)
			return err_set(
			    e, ERR_INVALID, "%s",
			    ctl_put(c, ctl_say(c, "--{1} is missing", "缺少 --{1}"), o->name));
	}
	return line->file == NULL || (line->command->how & HOW_FILE) != 0 ||
	       misunderstood(c, "--file", e);
}

static bool prepare(struct ctl *c, const struct line *line, struct err *e)
{
	unsigned how = line->command->how;

	if (!count_check(c, line, e) || !required_check(c, line, e))
		return false;
	if ((how & HOW_ALONE) != 0)
		return true;
	if (!ctl_config_read(c,
			     ctl_config_place(&c->arena, getenv("HOLDFASTCTL_CONFIG"),
					      getenv("XDG_CONFIG_HOME"), getenv("HOME")),
			     e))
		return false;
	/* A set-up link names its server. */
	return line->command->run == setup_run || ctl_ready(c, (how & HOW_GUEST) != 0, e);
}

static bool asks_for_help(char **argv)
{
	for (int i = 1; argv[i] != NULL; i++) {
		if (text_equal(argv[i], "--help") || text_equal(argv[i], "-h"))
			return true;
	}
	return argv[1] != NULL && text_equal(argv[1], "help");
}

static enum ctl_status help(struct ctl *c, char **argv)
{
	struct err e;

	for (int i = 1; argv[i] != NULL; i++) {
		if (noun_find(argv[i]) != NULL) {
			help_noun(c, argv[i]);
			return CTL_GOOD;
		}
	}
	if (text_equal(argv[1], "help") && argv[2] != NULL && *argv[2] != '-') {
		(void)misunderstood(c, argv[2], &e);
		return ctl_complain(&e);
	}
	help_all(c, stdout);
	return CTL_GOOD;
}

static enum ctl_status run(struct ctl *c, int argc, char **argv)
{
	struct line *line = arena_new(&c->arena, struct line);
	struct err e = {0};

	if (argc > 1 && text_equal(argv[1], "--version")) {
		(void)puts("holdfastctl " HOLDFAST_VERSION);
		return CTL_GOOD;
	}
	if (asks_for_help(argv))
		return help(c, argv);
	if (argc < 2) {
		help_all(c, stderr);
		return CTL_FAILED;
	}
	line->args = arena_array(&c->arena, (size_t)argc, sizeof(*line->args));
	if (!read_line(c, line, argv, &e) || !prepare(c, line, &e))
		return ctl_complain(&e);
	return command_run(c, line);
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
