#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli/cli.h"

#define TOKEN_MAX 256

/* The server's words for why it refuses, in ours. */
static const struct {
	const char *reason;
	enum word word;
} reasons[] = {
    {"source-disabled", W_SOURCE_DISABLED},
    {"departed", W_DEPARTED},
    {"owned", W_OWNED},
    {"lost", W_LOGIN_LOST},
    {"token-unknown", W_TOKEN_UNKNOWN},
    {"token-revoked", W_TOKEN_REVOKED},
    {"token-expired", W_TOKEN_EXPIRED},
    {"token-used-up", W_TOKEN_USED_UP},
    {"token-owner-departed", W_TOKEN_OWNER_DEPARTED},
};

/* False: a newer server's, or none. */
static bool explained(struct cli *c, const struct json *refusal)
{
	const char *reason = json_text(refusal, "reason");
	size_t i;

	for (i = 0; reason && i < ARRAY_SIZE(reasons); i++)
		if (text_equal(reason, reasons[i].reason)) {
			cli_complain(c, reasons[i].word, NULL, NULL);
			return true;
		}
	return false;
}

static enum cli_status refused(struct cli *c, const struct json *answer)
{
	const char *text = json_text(answer, "text");

	if (explained(c, answer))
		return CLI_REFUSED;
	if (c->token_file && !cli_code_is(answer, "conflict") && !cli_code_is(answer, "too-many") &&
	    !cli_code_is(answer, "unavailable")) {
		cli_complain(c, W_LOGIN_TOKEN_REFUSED, text, NULL);
		return CLI_REFUSED;
	}
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

	if (explained(c, login))
		return CLI_REFUSED;
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
	if (!c->token_file)
		cli_say(c, W_LOGIN_WAITING, NULL, NULL);
	for (;;) {
		const struct json *status, *login;
		enum cli_status end;
		bool enrolled = false;

		cli_wait(c, NULL);
		if (!cli_ask_status(c, &status, &end))
			return end;
		login = json_get(status, "login");
		if (text_equal(json_text(login, "state"), "failed"))
			return failed(c, login);
		if (login && login->type == JSON_OBJECT)
			continue;
		if (json_bool(status, "enrolled", &enrolled) && enrolled) {
			cli_say(c, W_LOGIN_DONE, json_text(json_get(status, "owner"), "name"),
				NULL);
			return CLI_DONE;
		}
		cli_complain(c, W_LOGIN_EXPIRED, NULL, NULL);
		return CLI_REFUSED;
	}
}

/* A secret that others can read is none. */
static bool is_for_root_alone(const char *file)
{
	struct stat st;

	return text_equal(file, "-") ||
	       (!stat(file, &st) && st.st_uid == 0 && (st.st_mode & (S_IRWXG | S_IRWXO)) == 0);
}

static bool read_token(struct cli *c, char **out, enum cli_status *end)
{
	struct err e;

	*end = *c->token_file ? CLI_REFUSED : CLI_BAD_USE;
	if (!*c->token_file)
		cli_complain(c, W_WHICH_FILE, "holdfast login --token-file", NULL);
	else if (geteuid() != 0)
		cli_complain(c, W_TOKEN_FOR_ROOT, NULL, NULL);
	else if (!text_equal(c->token_file, "-") && access(c->token_file, F_OK))
		cli_complain(c, W_NO_FILE, c->token_file, NULL);
	else if (!is_for_root_alone(c->token_file))
		cli_complain(c, W_TOKEN_FILE_OPEN, c->token_file, NULL);
	else if (!cli_read(c, c->token_file, TOKEN_MAX, out, &e) || !*text_trim(*out) ||
		 !text_printable(text_trim(*out), false))
		cli_complain(c, W_NO_TOKEN, c->token_file, NULL);
	else {
		*out = text_trim(*out);
		return true;
	}
	return false;
}

static bool ask_login(struct cli *c, const struct json **answer, enum cli_status *end)
{
	AUTO(buf_wipe) struct buf request = {0};
	struct json_writer w = {.out = &request};
	char *token = NULL;

	if (c->token_file && !read_token(c, &token, end))
		return false;
	json_object(&w, NULL);
	json_put_text(&w, "cmd", "login");
	json_put_bool(&w, "switch", c->switching);
	if (token)
		json_put_text(&w, "token", token);
	json_object_end(&w);
	return cli_ask(c, request.data, answer, end);
}

enum cli_status run_login(struct cli *c)
{
	const struct json *answer;
	enum cli_status end;
	int64_t expires_ms = 0;

	if (!ask_login(c, &answer, &end))
		return end;
	if (!cli_ok(answer))
		return refused(c, answer);
	if (c->token_file) {
		cli_say(c, W_LOGIN_BY_TOKEN, NULL, NULL);
		return c->no_wait ? CLI_DONE : wait_for_end(c);
	}
	(void)json_i64(answer, "expires_ms", &expires_ms);
	cli_say(c, c->switching ? W_LOGIN_SWITCH : W_LOGIN_OPEN, json_text(answer, "url"), NULL);
	cli_say(c, W_LOGIN_CODE, json_text(answer, "user_code"), cli_time(c, expires_ms));
	return c->no_wait ? CLI_DONE : wait_for_end(c);
}

enum cli_status run_logout(struct cli *c)
{
	const struct json *status, *answer;
	enum cli_status end;
	bool enrolled = false;

	if (!cli_ask_status(c, &status, &end))
		return end;
	if (!json_bool(status, "enrolled", &enrolled) || !enrolled) {
		cli_complain(c, W_NOT_ENROLLED, NULL, NULL);
		return CLI_REFUSED;
	}
	if (!cli_ask(c, "{\"cmd\":\"logout\"}", &answer, &end))
		return end;
	if (cli_ok(answer)) {
		cli_say(c, W_LOGGED_OUT, NULL, NULL);
		return CLI_DONE;
	}
	if (!cli_code_is(answer, "forbidden"))
		return cli_refused(c, answer);
	cli_complain(c, W_LOGOUT_REFUSED, NULL, NULL);
	return CLI_REFUSED;
}
