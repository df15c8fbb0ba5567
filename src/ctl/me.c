/* Who is asking and what waits for them; and what only the person does: the own password and second factor,
 * each with a session of its own. */
#include <stdio.h>

#include "base/text.h"
#include "ctl/command.h"
#include "ctl/login.h"
#include "ctl/policy.h"
#include "ctl/value.h"

/* How many a list has. */
static bool put_count(struct ctl *c, struct value *out, const char *name, const char *list,
		      struct err *e)
{
	const struct json *items;

	if (!ctl_get_all(c, list, &items, e))
		return false;
	value_put(out, name, value_number(&c->arena, (int64_t)items->count));
	return true;
}

/* What takes a second person, and waits for one. */
static bool put_waiting(struct ctl *c, struct value *out, struct err *e)
{
	int64_t proposals;

	if (!put_count(c, out, "unconfirmed", "releases?state=unconfirmed", e) ||
	    !policy_count_waiting(c, &proposals, e))
		return false;
	value_put(out, "proposals", value_number(&c->arena, proposals));
	return true;
}

enum ctl_status whoami_run(struct ctl *c, const struct line *line)
{
	struct err e = {0};
	const struct json *me;
	struct value *shown;
	const char *role;

	if (!ctl_call(c, HTTP_GET, line->command->path, NULL, &me, &e))
		return ctl_complain(&e);
	if (c->json || me == NULL)
		return CTL_GOOD;
	shown = value_copy(&c->arena, me);
	role = json_text(me, "role");
	if (!put_count(c, shown, "turns", "tasks?mine=true&state=open", &e) ||
	    ((text_equal(role, "owner") || text_equal(role, "security-admin")) &&
	     !put_waiting(c, shown, &e)))
		return ctl_complain(&e);
	table_print_one(c, &shown->json, line->command->columns);
	return CTL_GOOD;
}

typedef bool step_fn(struct ctl *c, const char *password, struct err *e);

static const char *one(struct ctl *c, const char *name, const char *text)
{
	struct value *body = value_new(&c->arena, JSON_OBJECT);

	value_put(body, name, value_text(&c->arena, text));
	return value_write(&c->arena, &body->json);
}

static bool change_password(struct ctl *c, const char *password, struct err *e)
{
	struct value *body = value_new(&c->arena, JSON_OBJECT);
	const struct json *answer;
	const char *new;

	if (!login_new_password(c, &new, e))
		return false;
	value_put(body, "password", value_text(&c->arena, password));
	value_put(body, "new_password", value_text(&c->arena, new));
	return ctl_call(c, HTTP_POST, "me/password", value_write(&c->arena, &body->json), &answer,
			e);
}

static void print_codes(struct ctl *c, const struct json *answer)
{
	const struct json *codes = json_get(answer, "recovery_codes");

	(void)fprintf(
	    stderr, "%s\n",
	    ctl_say(c, "Recovery codes; each is good once. Keep them where the phone is not:",
		    "恢复码，每个只能使用一次，请与手机分开保管："));
	for (const struct json *i = codes != NULL ? codes->first : NULL; i != NULL; i = i->next)
		(void)puts(table_clean(&c->arena, i->text));
}

static bool enable_totp(struct ctl *c, const char *password, struct err *e)
{
	const struct json *answer;
	const char *code, *uri, *secret;

	if (!ctl_call(c, HTTP_POST, "me/totp", one(c, "password", password), &answer, e))
		return false;
	uri = json_text(answer, "uri");
	secret = json_text(answer, "secret");
	if (uri == NULL || secret == NULL)
		return err_set(
		    e, ERR_PEER, "%s",
		    ctl_say(c, "the server's answer is not understood", "无法识别服务器的回答"));
	(void)printf("%s\n%s\n", table_clean(&c->arena, secret), table_clean(&c->arena, uri));
	(void)fflush(stdout);
	if (!terminal_ask(c,
			  ctl_say(c, "Enter this in the authenticator app. Its code: ",
				  "请将以上内容录入验证器，然后输入验证码："),
			  TYPED, &code, e) ||
	    !ctl_call(c, HTTP_POST, "me/totp/confirm", one(c, "code", code), &answer, e))
		return false;
	print_codes(c, answer);
	return true;
}

static bool disable_totp(struct ctl *c, const char *password, struct err *e)
{
	const struct json *answer;

	return ctl_call(c, HTTP_POST, "me/totp/disable", one(c, "password", password), &answer, e);
}

static bool renew_codes(struct ctl *c, const char *password, struct err *e)
{
	const struct json *answer;

	if (!ctl_call(c, HTTP_POST, "me/recovery-codes", one(c, "password", password), &answer, e))
		return false;
	print_codes(c, answer);
	return true;
}

static const struct {
	const char *verb;
	step_fn *step;
} steps[] = {{"password", change_password},
	     {"enable-totp", enable_totp},
	     {"disable-totp", disable_totp},
	     {"recovery-codes", renew_codes}};

enum ctl_status me_run(struct ctl *c, const struct line *line)
{
	const struct json *session;
	const char *password;
	struct err e = {0}, ended = {0};
	bool ok = false;

	c->json = false;
	if (!login_begin(c, &session, &password, &e))
		return ctl_complain(&e);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (text_equal(steps[i].verb, line->command->verb))
			ok = steps[i].step(c, password, &e);
	}
	/* A new password ends the sessions by itself. */
	(void)login_end(c, &ended);
	return ok ? CTL_GOOD : ctl_complain(&e);
}
