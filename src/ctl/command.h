/*
 * holdfastctl's commands as data: what each is called, what it asks of the server, which options make the
 * question, what of the answer people see. Help, completion and the runner are made of the same table.
 */
#pragma once

#include <stdio.h>

#include "ctl/ctl.h"
#include "ctl/table.h"

#define COMMAND_MAX_ARGS 3
#define COMMAND_MAX_GIVEN 64  /* options on one line */
#define COMMAND_MAX_IDS 10000 /* on standard input */

enum option_kind {
	OPTION_TEXT,
	OPTION_NUMBER,
	OPTION_SWITCH, /* --x: true */
	OPTION_TRUTH,  /* --x true, --x false */
	OPTION_LIST,   /* may be given several times, or with commas */
	OPTION_TIME,   /* 2026-11-22, 2026-11-22T08:00 (here), or UTC milliseconds */
	OPTION_FILE,   /* the text of a file; "-": standard input */
	OPTION_SECRET  /* the same, without the line's end; never text on the command line */
};

struct option {
	const char *name; /* "status": --status */
	enum option_kind kind;
	const char *member; /* in the query or the body, "filing.workflow"; NULL: as name */
	const char *words;  /* what it may be, with spaces between; NULL: anything */
	const char *noun;   /* an id, or a name of that noun's; NULL: neither */
	const char *help[CTL_LANGUAGES];
	bool required;
};

enum how {
	HOW_LIST = 1 << 0,  /* answers items and next; a line for each */
	HOW_MATCH = 1 << 1, /* reads it first, and sends its ETag as If-Match */
	HOW_EDIT = 1 << 2,  /* reads it first, lays the options over it, sends it all */
	HOW_FILE = 1 << 3,  /* --file: the body, YAML or JSON, under the options */
	HOW_ASK = 1 << 4,   /* asks before it does it, unless --yes */
	HOW_MANY = 1 << 5,  /* several ids, or "-": those on standard input */
	HOW_RAW = 1 << 6,   /* prints what is answered as it is, or to --output */
	HOW_ALONE = 1 << 7, /* needs no server */
	HOW_GUEST = 1 << 8  /* needs no token */
};

/* A list inside the answer, below what columns show. */
struct section {
	const char *path;
	const char *title[CTL_LANGUAGES];
	const struct column *columns;
};

struct given {
	const struct option *option;
	const char *value;
};

/* One line as it was typed. */
struct line {
	const struct command *command;
	const char **args;
	size_t arg_count;
	struct given given[COMMAND_MAX_GIVEN];
	size_t given_count;
	const char *file, *output;
	bool yes, ids, dry_run, prune;
	int64_t limit; /* of a list; 0: all */
};

typedef enum ctl_status command_fn(struct ctl *c, const struct line *line);

struct command {
	const char *noun, *verb;
	const char *args; /* "ID VERSION": {1} and {2} of path */
	enum http_method method;
	const char *path;
	unsigned how;
	const struct option *options;   /* ends with {0}; in the query of a GET, else in the body */
	const struct column *columns;   /* ends with {0} */
	const struct section *sections; /* ends with {0} */
	command_fn *run;                /* instead of all that */
	const char *help[CTL_LANGUAGES];
};

/* What a name is looked up in when it is given in the place of an id. */
struct noun {
	const char *name;
	const char *collection, *key; /* NULL: there are only ids, or none */
	const char *search;           /* the query that narrows the list; NULL: all is read */
	const char *also;             /* another member that will do; NULL: none */
	const char *help[CTL_LANGUAGES];
};

extern const struct command commands[]; /* ends with {0} */
extern const struct noun nouns[];       /* ends with {0} */

const struct command *command_find(const char *noun, const char *verb);
const struct noun *noun_find(const char *name);

/* --- running (run.c) --- */

enum ctl_status command_run(struct ctl *c, const struct line *line);

/* The id that a word means: itself, or the one whose key it is; "" is none. */
[[nodiscard]] bool command_resolve(struct ctl *c, const struct noun *noun, const char *word,
				   const char **id, struct err *e);
/* One call with a body, and what people see of the answer. */
[[nodiscard]] bool command_send(struct ctl *c, const struct line *line, const char *path,
				const char *body, struct err *e);
/* The body that file and options make, over base (NULL: nothing). */
struct value;
[[nodiscard]] bool command_body(struct ctl *c, const struct line *line, struct value *base,
				struct value **out, struct err *e);
/* Whether the person at the terminal says yes; true with --yes. ERR_INVALID: there is none to ask. */
[[nodiscard]] bool command_ask(struct ctl *c, const struct line *line, const char *question,
			       struct err *e);
const char *command_option(const struct line *line, const char *name); /* NULL: not given */

/* --- help and completion (help.c) --- */

void help_all(const struct ctl *c, FILE *to);
void help_noun(struct ctl *c, const char *noun);
enum ctl_status help_completion(struct ctl *c, const struct line *line);

/* --- what does not fit the table --- */

command_fn apply_run, apply_export, build_accept_run, grant_export_run, group_preview_run,
    login_run, logout_run, me_run, policy_confirm_run, policy_diff_run, policy_edit_run,
    policy_preview_run, policy_proposal_run, policy_prompts_run, policy_restore_run,
    policy_version_run, setup_run, user_import_run, whoami_run, workflow_create_run;
