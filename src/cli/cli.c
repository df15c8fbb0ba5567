#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/text.h"
#include "ipc/ipc.h"

/* Longer than the keeper waits for the agent, which waits for the server. */
#define ANSWER_TIMEOUT_MS 40000

void cli_say(struct cli *c, enum word word, const char *first, const char *second)
{
	(void)puts(words(&c->arena, c->language, word, first, second));
	(void)fflush(stdout);
}

void cli_complain(struct cli *c, enum word word, const char *first, const char *second)
{
	(void)fprintf(stderr, "%s\n", words(&c->arena, c->language, word, first, second));
}

const char *cli_time(struct cli *c, int64_t utc_ms)
{
	time_t seconds = (time_t)(utc_ms / 1000);
	char text[32] = "?";
	struct tm local;

	if (localtime_r(&seconds, &local))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &local);
	return arena_dup(&c->arena, text);
}

/* A connection that an earlier answer came by may have ended: the keeper closes idle ones. */
static bool ask_once(struct cli *c, const char *request, const struct json **answer, struct err *e)
{
	bool fresh = c->fd < 0;

	if (fresh && !ipc_connect(c->socket, ANSWER_TIMEOUT_MS, &c->fd, e))
		return false;
	if (ipc_send(c->fd, request, strlen(request), e) &&
	    ipc_receive(c->fd, &c->arena, answer, e))
		return true;
	fd_closep(&c->fd);
	return fresh ? false : ask_once(c, request, answer, e);
}

bool cli_try(struct cli *c, const char *request, const struct json **answer)
{
	struct err e;

	return ask_once(c, request, answer, &e);
}

bool cli_ask(struct cli *c, const char *request, const struct json **answer,
	     enum cli_status *status)
{
	if (cli_try(c, request, answer))
		return true;
	cli_complain(c, W_NOT_RUNNING, NULL, NULL);
	*status = CLI_LATER;
	return false;
}

bool cli_ask_status(struct cli *c, const struct json **answer, enum cli_status *status)
{
	AUTO(buf_done) struct buf request = {0};
	struct json_writer w = {.out = &request};
	bool enrolled = false;

	json_object(&w, NULL);
	json_put_text(&w, "cmd", "status");
	if (c->package)
		json_put_text(&w, "package", c->package);
	json_object_end(&w);
	if (!cli_ask(c, request.data, answer, status))
		return false;
	if (!cli_ok(*answer)) {
		*status = cli_refused(c, *answer);
		return false;
	}
	/* Only who may see it gets more than the brief answer. */
	if (json_bool(*answer, "enrolled", &enrolled) && enrolled && !json_get(*answer, "online")) {
		cli_complain(c, W_NOT_YOURS, NULL, NULL);
		*status = CLI_REFUSED;
		return false;
	}
	return true;
}

bool cli_ok(const struct json *answer)
{
	bool ok = false;

	return json_bool(answer, "ok", &ok) && ok;
}

bool cli_code_is(const struct json *answer, const char *code)
{
	return text_equal(json_text(answer, "code"), code);
}

enum cli_status cli_refused(struct cli *c, const struct json *answer)
{
	if (cli_code_is(answer, "unavailable") || cli_code_is(answer, "timeout")) {
		cli_complain(c, W_AWAY, NULL, NULL);
		return CLI_LATER;
	}
	cli_complain(c, W_OTHER, json_text(answer, "text"), NULL);
	return CLI_REFUSED;
}

bool cli_interactive(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

bool cli_confirm(struct cli *c, enum word question, const char *first)
{
	char *answer;

	(void)fprintf(stderr, "%s ", words(&c->arena, c->language, question, first, NULL));
	return cli_read_line(c, 16, &answer) &&
	       (*answer == 'y' || *answer == 'Y' || text_starts(answer, "是"));
}

bool cli_read_line(struct cli *c, size_t max, char **out)
{
	AUTO(buf_wipe) struct buf line = {.max = max};
	char letter;

	/* A byte at a time: what follows the line is not ours. */
	while (read(STDIN_FILENO, &letter, 1) == 1 && letter != '\n')
		buf_char(&line, letter);
	if (line.overflow || !line.len)
		return false;
	*out = text_trim(arena_dup(&c->arena, line.data));
	return **out && text_printable(*out, false);
}
