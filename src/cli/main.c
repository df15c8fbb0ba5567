/* holdfast: the employee's command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"
#include "cli/cli.h"

#define SOCKET "/run/holdfast/keeper.sock"

enum {
	TAKES_NO_WAIT = 1,
	TAKES_JSON = 2,
	TAKES_REASON = 4,
	TAKES_FILE = 8,
	TAKES_LOGIN = 16,
	TAKES_PACKAGE = 32
};

static const struct command {
	const char *name, *second; /* "grant" "import" */
	int takes;
	enum cli_status (*run)(struct cli *c);
} commands[] = {
    {"login", NULL, TAKES_NO_WAIT | TAKES_LOGIN, run_login},
    {"logout", NULL, 0, run_logout},
    {"status", NULL, TAKES_JSON, run_status},
    {"uninstall", NULL, TAKES_REASON | TAKES_NO_WAIT | TAKES_PACKAGE, run_uninstall},
    {"withdraw", NULL, 0, run_withdraw},
    {"grant", "import", TAKES_FILE, run_grant_import},
};

/* The options that stand in front of the command are for everybody. */
static int global_options(struct cli *c, int argc, char **argv, enum cli_status *end)
{
	int i = 1;

	*end = CLI_BAD_USE;
	if (i + 1 < argc && text_equal(argv[i], "--root")) {
		c->socket = arena_printf(&c->keep, "%s" SOCKET, argv[i + 1]);
		i += 2;
	}
	if (i < argc && text_equal(argv[i], "--version")) {
		(void)puts("holdfast " HOLDFAST_VERSION);
		*end = CLI_DONE;
		return 0;
	}
	if (i < argc && (text_equal(argv[i], "--help") || text_equal(argv[i], "help"))) {
		(void)fputs(words(&c->arena, c->language, W_USAGE, NULL, NULL), stdout);
		*end = CLI_DONE;
		return 0;
	}
	if (i < argc)
		return i;
	(void)fputs(words(&c->arena, c->language, W_USAGE, NULL, NULL), stderr);
	return 0;
}

static const struct command *command_find(int argc, char **argv, int *next)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *command = &commands[i];

		if (!text_equal(argv[*next], command->name))
			continue;
		++*next;
		if (!command->second)
			return command;
		if (*next < argc && text_equal(argv[*next], command->second)) {
			++*next;
			return command;
		}
		break;
	}
	return NULL;
}

static bool is_package(const char *word)
{
	return *word && *word != '-' && text_printable(word, false) &&
	       text_length(word) <= CLI_PACKAGE_MAX;
}

/* The word that is not understood, or NULL. */
static const char *options_read(struct cli *c, int takes, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if ((takes & TAKES_NO_WAIT) && text_equal(argv[i], "--no-wait"))
			c->no_wait = true;
		else if ((takes & TAKES_JSON) && text_equal(argv[i], "--json"))
			c->json = true;
		else if ((takes & TAKES_REASON) && text_equal(argv[i], "--reason"))
			c->reason = i + 1 < argc ? argv[++i] : "";
		else if ((takes & TAKES_REASON) && text_starts(argv[i], "--reason="))
			c->reason = argv[i] + strlen("--reason=");
		else if ((takes & TAKES_LOGIN) && text_equal(argv[i], "--switch"))
			c->switching = true;
		else if ((takes & TAKES_LOGIN) && text_equal(argv[i], "--token-file"))
			c->token_file = i + 1 < argc ? argv[++i] : "";
		else if ((takes & TAKES_LOGIN) && text_starts(argv[i], "--token-file="))
			c->token_file = argv[i] + strlen("--token-file=");
		else if ((takes & TAKES_PACKAGE) && !c->package && is_package(argv[i]))
			c->package = argv[i];
		else if ((takes & TAKES_FILE) && !c->file)
			c->file = argv[i];
		else
			return argv[i];
	}
	return NULL;
}

static enum cli_status run(struct cli *c, int argc, char **argv)
{
	const struct command *command;
	const char *wrong;
	enum cli_status end;
	int next = global_options(c, argc, argv, &end);

	if (!next)
		return end;
	command = command_find(argc, argv, &next);
	wrong = command ? options_read(c, command->takes, argc - next, argv + next)
			: argv[next < argc ? next : argc - 1];
	if (!wrong)
		return command->run(c);
	cli_complain(c, W_BAD_USE, wrong, NULL);
	return CLI_BAD_USE;
}

int main(int argc, char **argv)
{
	struct cli c = {
	    .socket = SOCKET,
	    .fd = -1,
	    .language = words_language(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"))};
	enum cli_status end = run(&c, argc, argv);

	fd_closep(&c.fd);
	arena_wipe(&c.arena); /* an enrolment token was read into it */
	arena_done(&c.keep);
	return (int)end;
}
