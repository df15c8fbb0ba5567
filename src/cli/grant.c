#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/text.h"
#include "cli/cli.h"

/* What a frame can carry, with room for the command around it. */
#define GRANT_MAX 60000

/* What is typed or pasted at a terminal ends with an empty line too. */
static bool ends(const struct buf *text)
{
	return text->len > 1 && text->data[text->len - 1] == '\n' &&
	       text->data[text->len - 2] == '\n' && isatty(STDIN_FILENO);
}

static bool read_input(struct cli *c, size_t max, char **out, struct err *e)
{
	AUTO(buf_wipe) struct buf text = {.max = max};
	ssize_t got = 1;

	while (got && !text.overflow && !ends(&text)) {
		char part[4096];

		got = read(STDIN_FILENO, part, sizeof(part));
		if (got < 0 && errno != EINTR)
			return err_errno(e, "standard input");
		if (got > 0)
			buf_add(&text, part, (size_t)got);
	}
	if (text.overflow)
		return err_set(e, ERR_TOO_LARGE, "standard input");
	*out = arena_dup(&c->arena, text.data ? text.data : "");
	return true;
}

bool cli_read(struct cli *c, const char *file, size_t max, char **out, struct err *e)
{
	return text_equal(file, "-") ? read_input(c, max, out, e)
				     : file_read(&c->arena, file, max, out, NULL, e);
}

/* Mail and chat programs break long lines; an approval has no white space of its own. */
static char *unfold(char *text)
{
	const char *from;
	char *to = text;

	for (from = text; *from; from++)
		if (!strchr(" \t\r\n", *from))
			*to++ = *from;
	*to = '\0';
	return text;
}

static bool read_grant(struct cli *c, char **out, enum cli_status *end)
{
	struct err e;

	if (cli_read(c, c->file, GRANT_MAX, out, &e)) {
		*out = unfold(*out);
		return true;
	}
	if (e.code == ERR_NOT_FOUND)
		cli_complain(c, W_NO_FILE, c->file, NULL);
	else if (e.code == ERR_TOO_LARGE)
		cli_complain(c, W_GRANT_TOO_LARGE, c->file, NULL);
	else
		cli_complain(c, W_OTHER, e.text, NULL);
	*end = CLI_REFUSED;
	return false;
}

static enum cli_status refused(struct cli *c, const struct json *answer)
{
	static const struct {
		const char *code;
		enum word word;
	} reasons[] = {
	    {"crypto", W_NO_GRANT},    {"invalid", W_NO_GRANT},
	    {"too-large", W_NO_GRANT}, {"forbidden", W_GRANT_FOR_ANOTHER},
	    {"gone", W_GRANT_OVER},    {"conflict", W_NOT_ENROLLED},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++)
		if (cli_code_is(answer, reasons[i].code)) {
			cli_complain(c, reasons[i].word, NULL, NULL);
			return CLI_REFUSED;
		}
	return cli_refused(c, answer);
}

enum cli_status run_grant_import(struct cli *c)
{
	AUTO(buf_done) struct buf request = {0};
	struct json_writer w = {.out = &request};
	const struct json *answer;
	enum cli_status end;
	char *grant;

	if (!c->file)
		c->file = "-";
	if (text_equal(c->file, "-") && isatty(STDIN_FILENO))
		cli_complain(c, W_PASTE, NULL, NULL);
	if (!read_grant(c, &grant, &end))
		return end;
	if (!*grant || !text_printable(grant, false)) {
		cli_complain(c, W_NO_GRANT, NULL, NULL);
		return *grant ? CLI_REFUSED : CLI_BAD_USE;
	}
	json_object(&w, NULL);
	json_put_text(&w, "cmd", "import");
	json_put_text(&w, "grant", grant);
	json_object_end(&w);
	if (!cli_ask(c, request.data, &answer, &end))
		return end;
	if (!cli_ok(answer))
		return refused(c, answer);
	return remove_offer(c, json_get(answer, "grant"), W_IMPORTED_UNTIL, W_IMPORTED);
}
