#include "cli/commands.h"

#include <string.h>

#include "base/text.h"

const struct command commands[] = {
    {"login", NULL, TAKES_SWITCH | TAKES_TOKEN_FILE | TAKES_NO_WAIT, run_login, W_HELP_LOGIN,
     W_ABOUT_LOGIN},
    {"status", NULL, TAKES_JSON, run_status, W_HELP_STATUS, W_ABOUT_STATUS},
    {"uninstall", NULL, TAKES_PACKAGE | TAKES_REASON | TAKES_NOW | TAKES_NO_WAIT, run_uninstall,
     W_HELP_UNINSTALL, W_ABOUT_UNINSTALL},
    {"withdraw", NULL, 0, run_withdraw, W_HELP_WITHDRAW, W_ABOUT_WITHDRAW},
    {"offline", NULL, 0, run_offline, W_HELP_OFFLINE, W_ABOUT_OFFLINE},
    {"code", NULL, 0, run_code, W_HELP_CODE, W_ABOUT_CODE},
    {"grant", "import", TAKES_FILE, run_grant_import, W_HELP_IMPORT, W_ABOUT_IMPORT},
    {"logout", NULL, 0, run_logout, W_HELP_LOGOUT, W_ABOUT_LOGOUT},
    {"completion", NULL, TAKES_SHELL, run_completion, W_HELP_COMPLETION, W_ABOUT_COMPLETION},
    {0}};

const struct option options[] = {
    {TAKES_REASON, "--reason", .value = offsetof(struct cli, reason), .word = W_VALUE_TEXT,
     .help = W_OPTION_REASON},
    {TAKES_NOW, "--now", .truth = offsetof(struct cli, now), .help = W_OPTION_NOW},
    {TAKES_SWITCH, "--switch", .truth = offsetof(struct cli, switching), .help = W_OPTION_SWITCH},
    {TAKES_TOKEN_FILE, "--token-file", .value = offsetof(struct cli, token_file),
     .word = W_VALUE_FILE, .help = W_OPTION_TOKEN_FILE},
    {TAKES_NO_WAIT, "--no-wait", .truth = offsetof(struct cli, no_wait), .help = W_OPTION_NO_WAIT},
    {TAKES_JSON, "--json", .truth = offsetof(struct cli, json), .help = W_OPTION_JSON},
    {0}};

static bool is_help(const char *word)
{
	return text_equal(word, "--help") || text_equal(word, "-h");
}

const struct command *command_find(int argc, char **argv, int *next)
{
	const struct command *k;

	for (k = commands; k->name; k++)
		if (text_equal(argv[*next], k->name))
			break;
	if (!k->name)
		return NULL;
	++*next;
	if (!k->second)
		return k;
	if (*next < argc && text_equal(argv[*next], k->second)) {
		++*next;
		return k;
	}
	/* "grant --help": there is one command to explain. */
	if (*next < argc && is_help(argv[*next]))
		return k;
	return NULL;
}

static bool is_package(const char *word)
{
	return *word && *word != '-' && text_printable(word, false) &&
	       text_length(word) <= CLI_PACKAGE_MAX;
}

/* "--reason=because" */
static const char *after_equals(const char *word, const struct option *o)
{
	size_t n = strlen(o->name);

	return o->value && text_starts(word, o->name) && word[n] == '=' ? word + n + 1 : NULL;
}

/* Moves *i to the last word that it took; false: it is no option of this command. */
static bool take_option(struct cli *c, int takes, int argc, char **argv, int *i)
{
	const struct option *o;

	for (o = options; o->name; o++) {
		const char *value = after_equals(argv[*i], o);

		if (!(takes & o->taken) || (!value && !text_equal(argv[*i], o->name)))
			continue;
		if (!o->value)
			*(bool *)((char *)c + o->truth) = true;
		else if (value)
			*(const char **)((char *)c + o->value) = value;
		else
			*(const char **)((char *)c + o->value) = *i + 1 < argc ? argv[++*i] : "";
		return true;
	}
	return false;
}

static bool take_word(struct cli *c, int takes, const char *word)
{
	if ((takes & TAKES_PACKAGE) && !c->package && is_package(word))
		c->package = word;
	else if ((takes & TAKES_FILE) && !c->file)
		c->file = word;
	else if ((takes & TAKES_SHELL) && !c->shell)
		c->shell = word;
	else
		return false;
	return true;
}

const char *command_read(struct cli *c, const struct command *command, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (is_help(argv[i]))
			c->help = true;
		else if (!take_option(c, command->takes, argc, argv, &i) &&
			 !take_word(c, command->takes, argv[i]))
			return argv[i];
	}
	return NULL;
}
