/* Signing in: email, password and code are typed on the terminal, and an API token is kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "ctl/command.h"
#include "ctl/login.h"
#include "ctl/value.h"

#define TOKEN_DAYS 90

static void put_text(struct ctl *c, struct value *body, const char *name, const char *text)
{
	value_put(body, name, value_text(&c->arena, text));
}

/* Where holdfastctl keeps what it knows: made with its folder, readable by its owner alone. */
static bool keep(struct ctl *c, const char *token, struct err *e)
{
	const char *path = ctl_config_place(&c->arena, getenv("HOLDFASTCTL_CONFIG"),
					    getenv("XDG_CONFIG_HOME"), getenv("HOME"));
	const char *end = path != NULL ? strrchr(path, '/') : NULL;
	AUTO(buf_wipe) struct buf text = {0};

	if (path == NULL)
		return err_set(e, ERR_INVALID, "%s",
			       ctl_say(c, "there is no home folder to keep the token in",
				       "没有可保存令牌的主目录"));
	if (end != NULL && end != path &&
	    !folder_make(arena_dup_n(&c->arena, path, (size_t)(end - path)), 0700, e))
		return false;
	buf_printf(&text, "[server]\nurl = %s\n", c->server);
	if (token != NULL)
		buf_printf(&text, "token = %s\n", token);
	if (c->ca_file != NULL)
		buf_printf(&text, "ca = %s\n", c->ca_file);
	return file_replace(path, text.data, text.len, 0600, e);
}

static const char *host_name(struct ctl *c)
{
	char name[256] = "";

	(void)gethostname(name, sizeof(name) - 1);
	return arena_printf(&c->arena, "holdfastctl %s", *name != '\0' ? name : "?");
}

bool login_end(struct ctl *c, struct err *e)
{
	const struct json *answer;

	return ctl_call(c, HTTP_POST, "/auth/logout", "{}", &answer, e);
}

/* With the session that has just begun. */
static bool make_token(struct ctl *c, const struct json *session, struct err *e)
{
	struct value *body = value_new(&c->arena, JSON_OBJECT);
	const char *role = json_text(json_get(session, "account"), "role"), *token;
	const struct json *answer;

	put_text(c, body, "name", host_name(c));
	put_text(c, body, "role", role != NULL ? role : "");
	value_put(body, "days", value_number(&c->arena, TOKEN_DAYS));
	if (!ctl_call(c, HTTP_POST, "tokens", value_write(&c->arena, &body->json), &answer, e))
		return false;
	token = json_text(answer, "token");
	if (token == NULL)
		return err_set(e, ERR_PEER, "%s",
			       ctl_say(c, "the server's answer has no token", "服务器未返回令牌"));
	return keep(c, token, e);
}

static enum ctl_status signed_in(struct ctl *c, const struct json *session)
{
	const struct json *account = json_get(session, "account");
	const char *name = json_text(account, "name");
	struct err e = {0}, ended = {0};
	bool made;

	made = make_token(c, session, &e);
	if (!login_end(c, &ended) && made) {
		made = false;
		e = ended;
	}
	if (!made)
		return ctl_complain(&e);
	(void)fprintf(stderr, "%s\n",
		      ctl_put(c,
			      ctl_say(c, "Signed in as {1}; the token is good for 90 days.",
				      "已登录：{1}；令牌 90 天内有效。"),
			      table_clean(&c->arena, name != NULL ? name : "?")));
	return CTL_GOOD;
}

/* Asks for a code when the server wants one. From then on it is the session that asks. */
static bool sign_in(struct ctl *c, struct value *body, const char *path,
		    const struct json **session, struct err *e)
{
	const char *code;

	c->token = NULL;
	if (!ctl_call(c, HTTP_POST, path, value_write(&c->arena, &body->json), session, e))
		return false;
	if (text_equal(json_text(*session, "state"), "code-needed")) {
		if (!terminal_ask(
			c, ctl_say(c, "Code of the authenticator app: ", "验证器中的验证码："),
			TYPED_UNSEEN, &code, e))
			return false;
		put_text(c, body, "code", code);
		if (!ctl_call(c, HTTP_POST, path, value_write(&c->arena, &body->json), session, e))
			return false;
	}
	c->csrf = json_text(*session, "csrf_token");
	return true;
}

bool login_begin(struct ctl *c, const struct json **session, const char **password, struct err *e)
{
	struct value *body = value_new(&c->arena, JSON_OBJECT);
	const char *email;

	if (!terminal_ask(c, ctl_say(c, "Email: ", "邮箱："), TYPED, &email, e) ||
	    !terminal_ask(c, ctl_say(c, "Password: ", "密码："), TYPED_UNSEEN, password, e))
		return false;
	put_text(c, body, "email", email);
	put_text(c, body, "password", *password);
	return sign_in(c, body, "/auth/login", session, e);
}

enum ctl_status login_run(struct ctl *c, const struct line *line)
{
	const struct json *session;
	const char *password;
	struct err e = {0};

	(void)line;
	c->json = false;
	return login_begin(c, &session, &password, &e) ? signed_in(c, session) : ctl_complain(&e);
}

/* What was typed twice. */
bool login_new_password(struct ctl *c, const char **out, struct err *e)
{
	const char *again;

	if (!terminal_ask(
		c,
		ctl_say(c, "New password, at least 12 characters: ", "新密码（至少 12 个字符）："),
		TYPED_UNSEEN, out, e))
		return false;
	if (!isatty(STDIN_FILENO))
		return true;
	if (!terminal_ask(c, ctl_say(c, "The same again: ", "再次输入："), TYPED_UNSEEN, &again, e))
		return false;
	return text_equal(*out, again) ||
	       err_set(e, ERR_INVALID, "%s",
		       ctl_say(c, "the two are not the same", "两次输入不一致"));
}

/* "https://holdfast.example.com/setup#SECRET": which server, and what proves it. */
static bool link_read(struct ctl *c, const char *link, struct err *e)
{
	const char *path = strstr(link, "://");

	path = path != NULL ? strchr(path + 3, '/') : NULL;
	if (path == NULL || strchr(link, '#') == NULL)
		return err_set(e, ERR_INVALID, "%s",
			       ctl_say(c, "this is not a set-up link", "这不是设置链接"));
	if (c->server == NULL)
		c->server = arena_dup_n(&c->arena, link, (size_t)(path - link));
	return true;
}

/* Who was invited has a name and an address already. */
static bool setup_body(struct ctl *c, const char *link, struct value *body, struct err *e)
{
	const char *name, *email, *password;

	put_text(c, body, "secret", strchr(link, '#') + 1);
	if (!terminal_ask(c,
			  ctl_say(c, "Your name (nothing, when you were invited): ",
				  "姓名（受邀请者留空）："),
			  TYPED_OR_NOTHING, &name, e))
		return false;
	if (*name != '\0') {
		if (!terminal_ask(c, ctl_say(c, "Email: ", "邮箱："), TYPED, &email, e))
			return false;
		put_text(c, body, "name", name);
		put_text(c, body, "email", email);
	}
	if (!login_new_password(c, &password, e))
		return false;
	put_text(c, body, "password", password);
	return true;
}

enum ctl_status setup_run(struct ctl *c, const struct line *line)
{
	struct value *body = value_new(&c->arena, JSON_OBJECT);
	const struct json *session;
	const char *link;
	struct err e = {0};

	(void)line;
	c->json = false;
	if (!terminal_ask(c, ctl_say(c, "Set-up link: ", "设置链接："), TYPED_UNSEEN, &link, &e))
		return ctl_complain(&e);
	if (!link_read(c, link, &e) || !ctl_ready(c, true, &e) || !setup_body(c, link, body, &e) ||
	    !sign_in(c, body, "setup", &session, &e))
		return ctl_complain(&e);
	return signed_in(c, session);
}

enum ctl_status logout_run(struct ctl *c, const struct line *line)
{
	const struct json *me, *answer;
	const char *id;
	struct err e = {0};

	(void)line;
	c->json = false;
	if (!ctl_get(c, "me", &me, &e))
		return ctl_complain(&e);
	id = json_text(json_get(me, "token"), "id");
	if (id != NULL &&
	    !ctl_call(c, HTTP_DELETE,
		      arena_printf(&c->arena, "tokens/%s", text_percent(&c->arena, id)), NULL,
		      &answer, &e))
		return ctl_complain(&e);
	return keep(c, NULL, &e) ? CTL_GOOD : ctl_complain(&e);
}
