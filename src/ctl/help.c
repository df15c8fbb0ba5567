/* Help and completion, out of the table of commands. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ctl/command.h"

const struct command *command_find(const char *noun, const char *verb)
{
	for (const struct command *k = commands; k->noun != NULL; k++) {
		if (text_equal(k->noun, noun) && text_equal(k->verb, verb))
			return k;
	}
	return NULL;
}

const struct noun *noun_find(const char *name)
{
	for (const struct noun *n = nouns; n->name != NULL; n++) {
		if (text_equal(n->name, name))
			return n;
	}
	return NULL;
}

static const char *const usage[CTL_LANGUAGES] = {
    "usage: holdfastctl [--server URL] [--json] NOUN VERB [ARGUMENT…] [--OPTION…]\n"
    "       holdfastctl help NOUN\n\n",
    "用法：holdfastctl [--server 地址] [--json] 名词 动词 [参数…] [--选项…]\n"
    "      holdfastctl help 名词\n\n"};

static const char *const ending[CTL_LANGUAGES] = {
    "\n"
    "  --json           print the server's answers as they are\n"
    "  --limit N        of a list: no more than so many\n"
    "  --ids            print ids alone; \"-\" in the place of an id reads them\n"
    "  --file FILE      of create and edit: the body, YAML or JSON; - is standard input\n"
    "  --output FILE    of an export: where to\n"
    "  --yes            do not ask\n"
    "  --help, --version\n"
    "\n"
    "Server and token come from HOLDFAST_SERVER and HOLDFAST_TOKEN, or from\n"
    "~/.config/holdfast/ctl.ini, which holdfastctl login writes (man holdfastctl).\n",
    "\n"
    "  --json           原样输出服务器的回答\n"
    "  --limit N        列表最多输出的条数\n"
    "  --ids            只输出 ID；在 ID 处写 - 则从标准输入读取\n"
    "  --file 文件      创建和编辑时的内容，YAML 或 JSON；- 为标准输入\n"
    "  --output 文件    导出到文件\n"
    "  --yes            不再确认\n"
    "  --help, --version\n"
    "\n"
    "服务器和令牌取自 HOLDFAST_SERVER 和 HOLDFAST_TOKEN，或 ~/.config/holdfast/ctl.ini\n"
    "（由 holdfastctl login 写入，参见 man holdfastctl）。\n"};

static void print_verbs(const char *noun, FILE *to)
{
	const char *between = "";

	for (const struct command *k = commands; k->noun != NULL; k++) {
		if (!text_equal(k->noun, noun) || *k->verb == '\0')
			continue;
		(void)fprintf(to, "%s%s", between, k->verb);
		between = " | ";
	}
	(void)fputs("\n", to);
}

void help_all(const struct ctl *c, FILE *to)
{
	(void)fputs(usage[c->language], to);
	for (const struct noun *n = nouns; n->name != NULL; n++) {
		(void)fprintf(to, "  %-15s %s\n", n->name, n->help[c->language]);
		if (command_find(n->name, "") == NULL) {
			(void)fprintf(to, "  %-15s ", "");
			print_verbs(n->name, to);
		}
	}
	(void)fputs(ending[c->language], to);
}

static const char *const values[] = {
    [OPTION_TEXT] = " TEXT",        [OPTION_NUMBER] = " N",   [OPTION_SWITCH] = "",
    [OPTION_TRUTH] = " true|false", [OPTION_LIST] = " A,B",   [OPTION_TIME] = " TIME",
    [OPTION_FILE] = " FILE",        [OPTION_SECRET] = " FILE"};

/* What commands of a kind take besides. */
static const struct common {
	unsigned how;
	const char *name;
	const char *help[CTL_LANGUAGES];
} common[] = {
    {HOW_FILE,
     "--file FILE",
     {"all of it, YAML or JSON; options go before it", "全部内容，YAML 或 JSON；选项优先"}},
    {HOW_RAW, "--output FILE", {"where to", "导出到文件"}},
    {HOW_ASK, "--yes", {"do not ask", "不再确认"}},
    {0}};

static void print_option(const struct ctl *c, const struct option *o)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "--%s%s", o->name, values[o->kind]);
	(void)printf("      %-26s %s", left, o->help[c->language]);
	if (o->words != NULL)
		(void)printf(" (%s)", o->words);
	(void)puts(o->required ? " *" : "");
}

static void print_command(const struct ctl *c, const struct command *k)
{
	(void)printf("  %s%s%s%s%s\n      %s\n", k->noun, *k->verb != '\0' ? " " : "", k->verb,
		     k->args != NULL ? " " : "", k->args != NULL ? k->args : "",
		     k->help[c->language]);
	for (const struct option *o = k->options; o != NULL && o->name != NULL; o++)
		print_option(c, o);
	for (const struct common *o = common; o->name != NULL; o++) {
		if ((k->how & o->how) != 0)
			(void)printf("      %-26s %s\n", o->name, o->help[c->language]);
	}
}

void help_noun(struct ctl *c, const char *noun)
{
	bool starred = false;

	for (const struct command *k = commands; k->noun != NULL; k++) {
		if (!text_equal(k->noun, noun))
			continue;
		print_command(c, k);
		for (const struct option *o = k->options; o != NULL && o->name != NULL; o++)
			starred = starred || o->required;
	}
	if (starred)
		(void)printf("\n%s\n", ctl_say(c, "* must be given", "* 必填"));
}

/* --- completion --- */

/* "noun verb|word word …": the lines that both scripts look up. */
static void print_words(void)
{
	for (const struct command *k = commands; k->noun != NULL; k++) {
		(void)printf("%s %s|", k->noun, k->verb);
		for (const struct option *o = k->options; o != NULL && o->name != NULL; o++)
			(void)printf("--%s ", o->name);
		if ((k->how & HOW_FILE) != 0)
			(void)printf("--file ");
		if ((k->how & HOW_ASK) != 0)
			(void)printf("--yes ");
		if ((k->how & HOW_LIST) != 0)
			(void)printf("--limit --ids ");
		if ((k->how & HOW_RAW) != 0)
			(void)printf("--output ");
		(void)puts("--json --help");
		for (const struct option *o = k->options; o != NULL && o->name != NULL; o++) {
			if (o->words != NULL)
				(void)printf("%s %s --%s|%s\n", k->noun, k->verb, o->name,
					     o->words);
		}
	}
}

static void print_nouns(void)
{
	for (const struct noun *n = nouns; n->name != NULL; n++) {
		(void)printf("%s|", n->name);
		if (command_find(n->name, "") == NULL)
			for (const struct command *k = commands; k->noun != NULL; k++) {
				if (text_equal(k->noun, n->name))
					(void)printf("%s ", k->verb);
			}
		(void)puts("");
	}
}

static void print_table(void)
{
	(void)printf("|");
	for (const struct noun *n = nouns; n->name != NULL; n++)
		(void)printf("%s ", n->name);
	(void)puts("help --server --json --version");
	print_nouns();
	print_words();
}

static const char bash_script[] =
    "_holdfastctl() {\n"
    "  local line key word words= at=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
    "  local noun=${COMP_WORDS[1]} verb=${COMP_WORDS[2]}\n"
    "  COMPREPLY=()\n"
    "  case $COMP_CWORD in 1) key= ;; 2) key=$noun ;; *) key=\"$noun $verb\" ;; esac\n"
    "  case $before in --file|--output) COMPREPLY=($(compgen -f -- \"$at\")); return ;; esac\n"
    "  while IFS= read -r line; do\n"
    "    [ \"${line%%|*}\" = \"$key $before\" ] && { words=${line#*|}; break; }\n"
    "    [ \"${line%%|*}\" = \"$key\" ] && words=${line#*|}\n"
    "  done <<'HOLDFASTCTL'\n";
static const char bash_end[] = "HOLDFASTCTL\n"
			       "  COMPREPLY=($(compgen -W \"$words\" -- \"$at\"))\n"
			       "}\n"
			       "complete -F _holdfastctl holdfastctl\n";

static const char zsh_script[] =
    "#compdef holdfastctl\n"
    "_holdfastctl() {\n"
    "  local line key found= before=${words[CURRENT-1]} noun=${words[2]} verb=${words[3]}\n"
    "  case $CURRENT in 2) key= ;; 3) key=$noun ;; *) key=\"$noun $verb\" ;; esac\n"
    "  case $before in --file|--output) _files; return ;; esac\n"
    "  while IFS= read -r line; do\n"
    "    [[ ${line%%|*} == \"$key $before\" ]] && { found=${line#*|}; break }\n"
    "    [[ ${line%%|*} == \"$key\" ]] && found=${line#*|}\n"
    "  done <<'HOLDFASTCTL'\n";
static const char zsh_end[] = "HOLDFASTCTL\n"
			      "  compadd -- ${=found}\n"
			      "}\n"
			      "compdef _holdfastctl holdfastctl\n";

enum ctl_status help_completion(struct ctl *c, const struct line *line)
{
	bool zsh = text_equal(line->args[0], "zsh");
	struct err e;

	if (!zsh && !text_equal(line->args[0], "bash")) {
		(void)err_set(&e, ERR_INVALID, "%s", ctl_say(c, "bash or zsh", "bash 或 zsh"));
		return ctl_complain(&e);
	}
	(void)fputs(zsh ? zsh_script : bash_script, stdout);
	print_table();
	(void)fputs(zsh ? zsh_end : bash_end, stdout);
	return CTL_GOOD;
}
