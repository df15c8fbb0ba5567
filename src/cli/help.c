/* Help and completion, out of the tables of commands and options. */
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"

#define OPTION_COLUMNS 19

static const char *say(struct cli *c, enum word word)
{
	return words(&c->arena, c->language, word, NULL, NULL);
}

static const char *full_name(struct cli *c, const struct command *k)
{
	return arena_printf(&c->arena, "%s%s%s", k->name, k->second ? " " : "",
			    k->second ? k->second : "");
}

void help_all(struct cli *c, FILE *to)
{
	const struct command *k;

	(void)fputs(say(c, W_USAGE), to);
	for (k = commands; k->name; k++)
		(void)fprintf(to, "  %-14s%s\n", full_name(c, k), say(c, k->help));
	(void)fputs(say(c, W_USAGE_END), to);
}

static const char *value_name(struct cli *c, const struct option *o)
{
	return o->value ? arena_printf(&c->arena, "%s %s", o->name, say(c, o->word)) : o->name;
}

static void print_usage(struct cli *c, const struct command *k)
{
	const struct option *o;

	(void)printf("%sholdfast %s", say(c, W_USAGE_OF), full_name(c, k));
	if (k->takes & TAKES_PACKAGE)
		(void)printf(" [%s]", say(c, W_VALUE_PACKAGE));
	if (k->takes & TAKES_FILE)
		(void)printf(" [%s]", say(c, W_VALUE_FILE));
	if (k->takes & TAKES_SHELL)
		(void)printf(" bash|zsh");
	for (o = options; o->name; o++)
		if (k->takes & o->taken)
			(void)printf(" [%s]", value_name(c, o));
	(void)printf("\n\n%s\n", say(c, k->about));
}

/* Columns on a terminal, for names of ASCII and of Chinese characters, which take two. */
static int columns(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += (unsigned char)*text < 0x80 ? 1 : (unsigned char)*text >= 0xc0 ? 2 : 0;
	return n;
}

void help_command(struct cli *c, const struct command *k)
{
	const struct option *o;
	bool any = false;

	print_usage(c, k);
	for (o = options; o->name; o++) {
		if (!(k->takes & o->taken))
			continue;
		(void)printf("%s  %s%*s%s\n", any ? "" : "\n", value_name(c, o),
			     OPTION_COLUMNS - columns(value_name(c, o)), "", say(c, o->help));
		any = true;
	}
}

/* --- completion ----------------------------------------------------------------------------------- */

/* "uninstall|--reason --now …": the lines that both scripts look up; the first is of no command. */
static void print_table(void)
{
	const struct command *k;
	const struct option *o;

	(void)printf("|");
	for (k = commands; k->name; k++)
		(void)printf("%s ", k->name);
	(void)puts("help --help --version");
	for (k = commands; k->name; k++) {
		(void)printf("%s|%s ", k->name, k->second ? k->second : "");
		for (o = options; o->name; o++)
			if (k->takes & o->taken)
				(void)printf("%s ", o->name);
		(void)printf("%s--help\n", k->takes & TAKES_SHELL ? "bash zsh " : "");
	}
	(void)printf("help|");
	for (k = commands; k->name; k++)
		(void)printf("%s ", k->name);
	(void)puts("");
}

static const char bash_script[] =
    "_holdfast() {\n"
    "  local line key=${COMP_WORDS[1]} found= at=${COMP_WORDS[COMP_CWORD]} "
    "before=${COMP_WORDS[COMP_CWORD-1]}\n"
    "  COMPREPLY=()\n"
    "  [ \"$COMP_CWORD\" = 1 ] && key=\n"
    "  case $before in --token-file|import) COMPREPLY=($(compgen -f -- \"$at\")); return ;; "
    "--reason) return ;; esac\n"
    "  while IFS= read -r line; do\n"
    "    [ \"${line%%|*}\" = \"$key\" ] && found=${line#*|}\n"
    "  done <<'HOLDFAST'\n";
static const char bash_end[] = "HOLDFAST\n"
			       "  COMPREPLY=($(compgen -W \"$found\" -- \"$at\"))\n"
			       "}\n"
			       "complete -F _holdfast holdfast\n";

static const char zsh_script[] =
    "#compdef holdfast\n"
    "_holdfast() {\n"
    "  local line key=${words[2]} found= before=${words[CURRENT-1]}\n"
    "  [[ $CURRENT == 2 ]] && key=\n"
    "  case $before in --token-file|import) _files; return ;; --reason) return ;; esac\n"
    "  while IFS= read -r line; do\n"
    "    [[ ${line%%|*} == \"$key\" ]] && found=${line#*|}\n"
    "  done <<'HOLDFAST'\n";
static const char zsh_end[] = "HOLDFAST\n"
			      "  compadd -- ${=found}\n"
			      "}\n"
			      "compdef _holdfast holdfast\n";

enum cli_status run_completion(struct cli *c)
{
	bool zsh = text_equal(c->shell, "zsh");

	if (!zsh && !text_equal(c->shell, "bash")) {
		cli_complain(c, W_WHICH_SHELL, NULL, NULL);
		return CLI_BAD_USE;
	}
	(void)fputs(zsh ? zsh_script : bash_script, stdout);
	print_table();
	(void)fputs(zsh ? zsh_end : bash_end, stdout);
	return CLI_DONE;
}
