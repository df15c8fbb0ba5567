/* holdfast: the employee's command. */
#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/text.h"
#include "cli/commands.h"

#define SOCKET "/run/holdfast/keeper.sock"

static enum cli_status say_help(struct cli *c, int argc, char **argv, int next)
{
	const struct command *command = next < argc ? command_find(argc, argv, &next) : NULL;

	if (command)
		help_command(c, command);
	else
		help_all(c, stdout);
	return CLI_DONE;
}

static enum cli_status run(struct cli *c, int argc, char **argv)
{
	const struct command *command;
	const char *wrong;
	int next = 1;

	if (argc > 2 && text_equal(argv[1], "--root")) {
		c->root = argv[2];
		next = 3;
	}
	c->socket = arena_printf(&c->keep, "%s" SOCKET, c->root);
	if (next >= argc) {
		help_all(c, stderr);
		return CLI_BAD_USE;
	}
	if (text_equal(argv[next], "--version")) {
		(void)puts("holdfast " HOLDFAST_VERSION);
		return CLI_DONE;
	}
	if (text_equal(argv[next], "--help") || text_equal(argv[next], "-h") ||
	    text_equal(argv[next], "help"))
		return say_help(c, argc, argv, next + 1);
	command = command_find(argc, argv, &next);
	wrong = command ? command_read(c, command, argc - next, argv + next)
			: argv[next < argc ? next : argc - 1];
	if (command && c->help) {
		help_command(c, command);
		return CLI_DONE;
	}
	if (!wrong)
		return command->run(c);
	/* What was typed may be a code: it is not repeated. */
	if (command && command->run == run_code)
		cli_complain(c, W_CODE_IS_TYPED, NULL, NULL);
	else
		cli_complain(c, W_BAD_USE, wrong, NULL);
	return CLI_BAD_USE;
}

int main(int argc, char **argv)
{
	struct cli c = {
	    .root = "",
	    .fd = -1,
	    .watch = -1,
	    .language = words_language(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"))};
	enum cli_status end = run(&c, argc, argv);

	fd_closep(&c.fd);
	fd_closep(&c.watch);
	/* Codes and enrolment tokens were read into it. */
	arena_wipe(&c.arena);
	arena_done(&c.keep);
	return (int)end;
}
