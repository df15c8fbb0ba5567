/* Without a connection: what is read out to an administrator, and the code that they read back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"

#define CODE_MAX 256 /* bytes, as it was typed */

/* --- what is read out ----------------------------------------------------------------------------- */

static bool is_dark(const struct qr *qr, int row, int column)
{
	return row >= 0 && column >= 0 && row < qr->size && column < qr->size &&
	       qr->dark[row][column];
}

void draw_qr(const struct qr *qr, struct buf *out)
{
	/* Upper and lower module of a character, black on white whatever the terminal's colours are. */
	static const char *const blocks[2][2] = {{" ", "▄"}, {"▀", "█"}};
	int row, column;

	for (row = -QR_QUIET; row < qr->size + QR_QUIET; row += 2) {
		buf_text(out, "\033[30;107m");
		for (column = -QR_QUIET; column < qr->size + QR_QUIET; column++)
			buf_text(out,
				 blocks[is_dark(qr, row, column)][is_dark(qr, row + 1, column)]);
		buf_text(out, "\033[0m\n");
	}
}

static bool draws(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && terminal && !text_equal(terminal, "dumb");
}

static void show_code(struct cli *c, const char *device, const char *index)
{
	AUTO(buf_done) struct buf drawing = {0};
	struct qr qr;

	cli_say(c, W_OFFLINE_READ_OUT, device, index);
	if (!draws() || !qr_make(arena_printf(&c->arena, "%s %s", device, index), &qr))
		return;
	draw_qr(&qr, &drawing);
	(void)fputs(drawing.data, stdout);
}

/* False: it was said why no code can be tried now. */
static bool may_try(struct cli *c, const struct json *answer, enum cli_status *end)
{
	int64_t left = 0, retry_ms = 0;

	(void)json_i64(answer, "left", &left);
	(void)json_i64(answer, "retry_ms", &retry_ms);
	if (left <= 0) {
		cli_complain(c, W_OFFLINE_NONE, NULL, NULL);
		*end = CLI_REFUSED;
		return false;
	}
	if (retry_ms > 0) {
		cli_complain(c, W_CODE_BLOCKED, cli_time(c, clock_utc_ms() + retry_ms), NULL);
		*end = CLI_LATER;
		return false;
	}
	return true;
}

static enum cli_status cannot(struct cli *c, const struct json *answer)
{
	if (cli_code_is(answer, "forbidden"))
		cli_complain(c, W_NOT_YOURS, NULL, NULL);
	else if (cli_code_is(answer, "not-found") || cli_code_is(answer, "gone"))
		cli_complain(c, W_OFFLINE_NONE, NULL, NULL);
	else if (cli_code_is(answer, "conflict"))
		cli_complain(c, W_NOT_ENROLLED, NULL, NULL);
	else
		return cli_refused(c, answer);
	return CLI_REFUSED;
}

enum cli_status run_offline(struct cli *c)
{
	const struct json *answer;
	enum cli_status end;
	int64_t index = 0;

	if (!cli_ask(c, "{\"cmd\":\"offline\"}", &answer, &end))
		return end;
	if (!cli_ok(answer))
		return cannot(c, answer);
	if (!may_try(c, answer, &end))
		return end;
	(void)json_i64(answer, "index", &index);
	show_code(c, json_text(answer, "device_code"), arena_printf(&c->arena, "%d", (int)index));
	cli_say(c, W_OFFLINE_THEN, NULL, NULL);
	return CLI_DONE;
}

/* --- the code ------------------------------------------------------------------------------------- */

static bool read_code(struct cli *c, char **out, enum cli_status *end)
{
	if (isatty(STDIN_FILENO)) {
		(void)fprintf(stderr, "%s ",
			      words(&c->arena, c->language, W_CODE_PROMPT, NULL, NULL));
		(void)fflush(stderr);
	}
	if (cli_read_line(c, CODE_MAX, out))
		return true;
	cli_complain(c, W_NO_CODE, NULL, NULL);
	*end = CLI_BAD_USE;
	return false;
}

static enum cli_status refused(struct cli *c, const struct json *answer)
{
	int64_t left = 0, retry_ms = 0;

	(void)json_i64(answer, "left", &left);
	(void)json_i64(answer, "retry_ms", &retry_ms);
	if (cli_code_is(answer, "unprocessable"))
		cli_complain(c, W_NO_CODE, NULL, NULL);
	else if (cli_code_is(answer, "invalid") && left > 0)
		cli_complain(c, W_WRONG_CODE_LEFT, arena_printf(&c->arena, "%d", (int)left), NULL);
	else if (cli_code_is(answer, "invalid")) {
		cli_complain(c, W_WRONG_CODE, NULL, NULL);
		if (retry_ms > 0)
			cli_complain(c, W_CODE_BLOCKED, cli_time(c, clock_utc_ms() + retry_ms),
				     NULL);
	} else if (cli_code_is(answer, "conflict")) {
		cli_complain(c, W_CODE_AGAIN, NULL, NULL);
		return CLI_LATER;
	} else if (cli_code_is(answer, "too-many")) {
		cli_complain(c, W_CODE_BLOCKED, cli_time(c, clock_utc_ms() + retry_ms), NULL);
		return CLI_LATER;
	} else
		return cannot(c, answer);
	return CLI_REFUSED;
}

enum cli_status run_code(struct cli *c)
{
	AUTO(buf_wipe) struct buf request = {0};
	struct json_writer w = {.out = &request};
	const struct json *answer;
	enum cli_status end;
	char *code;

	if (!read_code(c, &code, &end))
		return end;
	json_object(&w, NULL);
	json_put_text(&w, "cmd", "code");
	json_put_text(&w, "code", code);
	json_object_end(&w);
	if (!cli_ask(c, request.data, &answer, &end))
		return end;
	if (!cli_ok(answer))
		return refused(c, answer);
	return remove_offer(c, json_get(answer, "grant"), W_CODE_TAKEN_UNTIL, W_CODE_TAKEN);
}
