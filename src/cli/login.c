#include "base/text.h"
#include "cli/cli.h"

static enum cli_status refused(struct cli *c, const struct json *answer)
{
	const char *text = json_text(answer, "text");

	if (cli_code_is(answer, "conflict")) {
		cli_say(c, W_LOGIN_BEFORE, NULL, NULL);
		return CLI_REFUSED;
	}
	if (cli_code_is(answer, "too-many")) {
		cli_complain(c, W_LOGIN_BUSY, NULL, NULL);
		return CLI_LATER;
	}
	if (cli_code_is(answer, "invalid")) {
		cli_complain(c, W_LOGIN_NO_SERVER, text, NULL);
		return CLI_REFUSED;
	}
	if (cli_code_is(answer, "forbidden")) {
		cli_complain(c, W_LOGIN_BEFORE, NULL, NULL);
		return CLI_REFUSED;
	}
	/* Who sets a computer up can mend a wrong address or an unknown certificate. */
	if (cli_code_is(answer, "unavailable") && text) {
		cli_complain(c, W_LOGIN_AWAY, text, NULL);
		return CLI_LATER;
	}
	return cli_refused(c, answer);
}

/* How a login that was under way ended. */
static enum cli_status failed(struct cli *c, const struct json *login)
{
	const char *code = json_text(login, "code");

	if (text_equal(code, "forbidden"))
		cli_complain(c, W_LOGIN_DENIED, NULL, NULL);
	else if (text_equal(code, "gone"))
		cli_complain(c, W_LOGIN_EXPIRED, NULL, NULL);
	else
		cli_complain(c, W_LOGIN_FAILED, json_text(login, "text"), NULL);
	return text_equal(code, "unavailable") ? CLI_LATER : CLI_REFUSED;
}

static enum cli_status wait_for_end(struct cli *c)
{
	cli_say(c, W_LOGIN_WAITING, NULL, NULL);
	for (;;) {
		const struct json *status, *login;
		enum cli_status end;
		bool enrolled = false;

		cli_poll_pause(c);
		if (!cli_ask_status(c, &status, &end))
			return end;
		if (json_bool(status, "enrolled", &enrolled) && enrolled) {
			cli_say(c, W_LOGIN_DONE, json_text(json_get(status, "owner"), "name"),
				NULL);
			return CLI_DONE;
		}
		login = json_get(status, "login");
		if (text_equal(json_text(login, "state"), "failed"))
			return failed(c, login);
		if (!login || login->type != JSON_OBJECT) {
			cli_complain(c, W_LOGIN_EXPIRED, NULL, NULL);
			return CLI_REFUSED;
		}
	}
}

enum cli_status run_login(struct cli *c)
{
	const struct json *answer;
	enum cli_status end;
	int64_t expires_ms = 0;

	if (!cli_ask(c, "{\"cmd\":\"login\"}", &answer, &end))
		return end;
	if (!cli_ok(answer))
		return refused(c, answer);
	(void)json_i64(answer, "expires_ms", &expires_ms);
	cli_say(c, W_LOGIN_OPEN, json_text(answer, "url"), NULL);
	cli_say(c, W_LOGIN_CODE, json_text(answer, "user_code"), cli_time(c, expires_ms));
	return c->no_wait ? CLI_DONE : wait_for_end(c);
}
