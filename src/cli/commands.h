/*
 * What holdfast can do, as data: commands and the options they take. The reader of command lines, the help and the
 * completion of shells are made of the same tables.
 */
#pragma once

#include <stdio.h>

#include "cli/cli.h"

/* What a command takes; one bit an option of the table, then what is no option. */
enum takes {
	TAKES_REASON = 1 << 0,
	TAKES_NOW = 1 << 1,
	TAKES_NO_WAIT = 1 << 2,
	TAKES_JSON = 1 << 3,
	TAKES_SWITCH = 1 << 4,
	TAKES_TOKEN_FILE = 1 << 5,
	TAKES_PACKAGE = 1 << 6, /* the name of a package */
	TAKES_FILE = 1 << 7,    /* a file, or "-" */
	TAKES_SHELL = 1 << 8    /* bash or zsh */
};

struct command {
	const char *name, *second; /* "grant" "import"; second may be NULL */
	int takes;
	enum cli_status (*run)(struct cli *c);
	enum word help, about; /* a few words; a paragraph */
};

struct option {
	int taken; /* by commands with this bit */
	const char *name;
	size_t value;   /* where its text goes in struct cli; 0: it is a switch */
	size_t truth;   /* where a switch goes */
	enum word word; /* what its value is called */
	enum word help;
};

extern const struct command commands[];
extern const struct option options[];
/* Both end with an entry without a name. */

/* The command that stands at argv[*next], which moves behind it; NULL: none. */
const struct command *command_find(int argc, char **argv, int *next);
/* Reads what follows the command. The word that is not understood, or NULL. */
const char *command_read(struct cli *c, const struct command *command, int argc, char **argv);

/* help.c */
void help_all(struct cli *c, FILE *to);
void help_command(struct cli *c, const struct command *command);
enum cli_status run_completion(struct cli *c);
