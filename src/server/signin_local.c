/* Signing in as somebody of a local source: with a password, which is set with a one-time link. */
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/person_link.h"
#include "flow/record.h"
#include "flow/signin.h"
#include "model/local.h"
#include "store/source.h"
#include "web/auth.h"
#include "web/browser.h"
#include "web/page.h"
#include "web/password.h"
#include "web/request.h"
#include "server/routes.h"

#define MAX_BODY 4096
#define MAX_SECRET 100

/* Who is not a member of it is told as little as who types a wrong password. */
static const struct page_text wrong = {"The name or the password is wrong.", "账号或密码错误。"};
static const struct page_text busy = {
    "Too many are signing in at this moment; try again in a second.",
    "当前登录人数过多，请稍后再试。"};
static const struct page_text many = {
    "Too many attempts. Wait a while, then try again; if you forgot your password, ask your "
    "administrator for a new link.",
    "尝试次数过多，请稍后再试。如忘记密码，请联系管理员获取新的链接。"};

static void put_field(struct request *r, const char *name, const char *type, const char *complete,
		      struct page_text label)
{
	buf_printf(&r->body, "<label for=\"%s\">", name);
	page_put(r, page_say(r, label));
	buf_printf(&r->body,
		   "</label><input type=\"%s\" id=\"%s\" name=\"%s\" autocomplete=\"%s\" "
		   "autocapitalize=\"none\" spellcheck=\"false\" required maxlength=\"%d\"",
		   type, name, name, complete, PASSWORD_MAX);
}

static void put_button(struct request *r, struct page_text text)
{
	buf_text(&r->body, "<p class=\"row\"><button>");
	page_put(r, page_say(r, text));
	buf_text(&r->body, "</button></p></form>");
}

static void put_warning(struct request *r, const struct page_text *text)
{
	if (text == NULL)
		return;
	buf_text(&r->body, "<p class=\"warn\" role=\"alert\">");
	page_put(r, page_say(r, *text));
	buf_text(&r->body, "</p>");
}

static bool say(struct request *r, int status, struct page_text title, struct page_text text)
{
	r->status = status;
	page_begin(r, title);
	page_paragraph(r, text);
	page_end(r);
	return true;
}

/* --- the page --- */

/* Where it leads to, what was typed before, what went wrong. */
struct form {
	const struct store_source *source;
	const char *next, *name;
	const struct page_text *warning;
};

static bool page_form(struct request *r, int status, const struct form *f)
{
	r->status = status;
	page_begin(r, (struct page_text){"Sign in", "登录"});
	buf_text(&r->body, "<p class=\"dim\">");
	page_put(r, f->source->name);
	buf_text(&r->body, "</p>");
	put_warning(r, f->warning);
	buf_printf(&r->body,
		   "<form method=\"post\" action=\"/auth/local/%s%s\">"
		   "<input type=\"hidden\" name=\"next\" value=\"%s\">",
		   f->source->id, page_language(r), text_html(r->arena, f->next));
	put_field(r, "name", "text", "username",
		  (struct page_text){"Email address or employee number", "邮箱或工号"});
	buf_printf(&r->body, " class=\"words\" value=\"%s\"%s>", text_html(r->arena, f->name),
		   *f->name == '\0' ? " autofocus" : "");
	put_field(r, "password", "password", "current-password",
		  (struct page_text){"Password", "密码"});
	buf_printf(&r->body, "%s>", *f->name == '\0' ? "" : " autofocus");
	put_button(r, (struct page_text){"Sign in", "登录"});
	page_paragraph(r, (struct page_text){"No password yet, or forgotten? Your administrator "
					     "gives you a link to set one.",
					     "还没有密码或忘记密码？请向管理员索取设置链接。"});
	page_end(r);
	return true;
}

/* *out is false when nobody signs in through it: the answer is a page that says so. */
static bool find_source(struct request *r, struct store_source *source, bool *out, struct err *e)
{
	*out = store_source_get(r->db, r->arena, r->args[0], source, e);
	if (!*out && e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	*out = *out && text_equal(source->type, SOURCE_LOCAL) && source->enabled;
	return *out || say(r, 404, (struct page_text){"Nobody can sign in here", "无法在此登录"},
			   (struct page_text){"This way to sign in does not exist, or your "
					      "administrator has switched it off.",
					      "此登录方式不存在，或已被管理员停用。"});
}

static bool show(struct request *r, struct err *e)
{
	struct store_source source;
	bool open;

	if (!find_source(r, &source, &open, e))
		return false;
	return !open ||
	       page_form(r, 200,
			 &(struct form){.source = &source,
					.next = page_next(http_query(r->http, "next"), "/enrol"),
					.name = ""});
}

/* --- signing in --- */

struct work {
	struct request *r;
	struct browser_entry entry;
	bool right;
};

static struct flow flow_of(struct work *w, struct db *db)
{
	struct flow f = browser_flow(w->r, db);

	f.actor = flow_somebody(&f, "person", NULL, "somebody who is not signed in");
	return f;
}

static bool charge(struct db *db, void *arg, struct err *e)
{
	struct work *w = arg;
	struct flow f = flow_of(w, db);

	return flow_signin_charge(&f, &w->entry.signin, e);
}

static bool finish(struct db *db, void *arg, struct err *e)
{
	struct work *w = arg;
	struct flow f = flow_of(w, db);
	struct flow_signin *s = &w->entry.signin;
	struct store_person person;

	if (!flow_signin_finish(&f, s, w->right, e))
		return false;
	return s->end != FLOW_SIGNIN_DONE ||
	       (store_person_get(db, w->r->arena, s->account.id, &person, e) &&
		browser_enter(w->r, db, &person, w->entry.cookie, "with password", e));
}

static bool attempt(struct work *w, const char *password, struct err *e)
{
	struct flow f = flow_of(w, w->r->db);
	struct flow_signin *s = &w->entry.signin;
	bool ok;

	if (!flow_signin_look(&f, s, e) ||
	    !password_enter(w->r, s->from != SIGNIN_FROM_ANYWHERE, e))
		return false;
	ok = request_run(w->r, charge, w, e);
	w->right = ok && crypto_password_verify(s->password, password);
	ok = ok && request_run(w->r, finish, w, e);
	password_leave(w->r);
	return ok;
}

static bool signed_in(struct request *r, const struct work *w, const char *next)
{
	browser_set_cookie(r, BROWSER_SESSION, arena_dup(r->arena, w->entry.cookie),
			   BROWSER_SESSION_MS);
	browser_set_cookie(r, BROWSER_KNOWN, arena_dup(r->arena, w->entry.known), SIGNIN_KNOWN_MS);
	request_redirect(r, next);
	return true;
}

static bool answer(struct request *r, struct work *w, struct form *form)
{
	switch (w->entry.signin.end) {
	case FLOW_SIGNIN_DONE:
		return signed_in(r, w, form->next);
	case FLOW_SIGNIN_DISABLED:
		return say(r, 403, (struct page_text){"You are not signed in", "未能登录"},
			   (struct page_text){"Your account is no longer in the directory.",
					      "您的账号已不在通讯录中。"});
	case FLOW_SIGNIN_WRONG:
	case FLOW_SIGNIN_CODE:
	case FLOW_SIGNIN_CODE_WRONG:
		break;
	}
	form->warning = &wrong;
	return page_form(r, 401, form);
}

/* Refusals that the reader can wait for keep what was typed. */
static bool put_off(struct request *r, const struct work *w, struct form *form, struct err *e)
{
	if (e->code != ERR_TOO_MANY && e->code != ERR_UNAVAILABLE)
		return false;
	form->warning = e->code == ERR_TOO_MANY ? &many : &busy;
	request_header(
	    r, "Retry-After",
	    arena_printf(r->arena, "%lld",
			 (long long)((w->entry.signin.wait_ms + r->retry_ms) / 1000 + 1)));
	(void)page_form(r, err_http_status(e->code), form);
	err_clear(e);
	return true;
}

/* As it is stored: addresses in lower case. */
static const char *read_name(struct request *r, const char *typed)
{
	char *name = text_trim(arena_dup(r->arena, typed));

	for (char *c = name; strchr(name, '@') != NULL && *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	return name;
}

static bool enter(struct request *r, struct err *e)
{
	const char *name = http_form(r->http, "name"), *password = http_form(r->http, "password");
	struct work *w = arena_new(r->arena, struct work);
	struct store_source source;
	struct form form = {.source = &source,
			    .next = page_next(http_form(r->http, "next"), "/enrol")};
	bool open;

	if (!auth_same_site(r, e) || !find_source(r, &source, &open, e))
		return false;
	if (!open)
		return true;
	if (name == NULL || password == NULL || strlen(name) > EMAIL_MAX)
		return err_set(e, ERR_INVALID, "The form must have name and password.");
	form.name = read_name(r, name);
	w->r = r;
	browser_entry_begin(r, &w->entry);
	w->entry.signin.source = source.id;
	w->entry.signin.email = form.name;
	return attempt(w, password, e) ? answer(r, w, &form) : put_off(r, w, &form, e);
}

/* --- setting a password --- */

static bool link_gone(struct request *r)
{
	return say(
	    r, 410, (struct page_text){"This link is not good any more", "链接已失效"},
	    (struct page_text){"It was used, replaced by a newer one, or has expired. Ask your "
			       "administrator for another.",
			       "链接已被使用、被新链接取代或已过期，请向管理员索取新的链接。"});
}

static bool page_password(struct request *r, int status, const struct store_person *person,
			  const char *secret, const struct page_text *warning)
{
	r->status = status;
	page_begin(r, (struct page_text){"Set your password", "设置密码"});
	buf_text(&r->body, "<p>");
	page_put(r, page_say(r, (struct page_text){"For ", "用户："}));
	page_put(r, person->name);
	buf_text(&r->body, "</p>");
	put_warning(r, warning);
	buf_printf(&r->body,
		   "<form method=\"post\" action=\"/auth/password%s\">"
		   "<input type=\"hidden\" name=\"secret\" value=\"%s\">",
		   page_language(r), text_html(r->arena, secret));
	put_field(r, "name", "text", "username", (struct page_text){"You sign in as", "登录账号"});
	buf_printf(
	    &r->body, " class=\"words\" readonly value=\"%s\">",
	    text_html(r->arena, *person->email != '\0' ? person->email : person->external_id));
	put_field(
	    r, "password", "password", "new-password",
	    (struct page_text){"New password, at least 12 characters", "新密码（至少 12 个字符）"});
	buf_text(&r->body, " autofocus>");
	put_field(r, "again", "password", "new-password",
		  (struct page_text){"The same once more", "再次输入"});
	buf_text(&r->body, ">");
	put_button(r, (struct page_text){"Set the password", "设置密码"});
	page_end(r);
	return true;
}

/* *out is false when the link does not hold: the answer is a page that says so. */
static bool find_link(struct request *r, const char *secret, struct store_person *person, bool *out,
		      struct err *e)
{
	struct flow f = request_flow(r);

	f.db = r->db;
	*out = secret != NULL && strlen(secret) <= MAX_SECRET &&
	       flow_person_link_check(&f, secret, person, e);
	if (!*out && e->code != ERR_NONE && e->code != ERR_GONE)
		return false;
	err_clear(e);
	return *out || link_gone(r);
}

static bool show_password(struct request *r, struct err *e)
{
	const char *secret = http_query(r->http, "secret");
	struct store_person person;
	bool holds;

	if (!find_link(r, secret, &person, &holds, e))
		return false;
	return !holds || page_password(r, 200, &person, secret, NULL);
}

struct setting {
	struct request *r;
	const char *secret, *hash;
};

static bool use_link(struct db *db, void *arg, struct err *e)
{
	const struct setting *s = arg;
	struct flow f = browser_flow(s->r, db);
	struct store_person person;

	return flow_person_link_use(&f, s->secret, s->hash, &person, e);
}

/* What is wrong with a new password, or NULL. */
static const struct page_text *check_password(const struct store_person *person,
					      const char *password, const char *again)
{
	static const struct page_text differs = {"The two are not the same.",
						 "两次输入的密码不一致。"};
	static const struct page_text weak = {
	    "It needs 12 to 256 characters, must not be one character over and over, and not your "
	    "email address or its name.",
	    "密码须为 12 至 256 个字符，不能全部为同一字符，也不能是您的邮箱地址或其用户名。"};
	struct err why = {0};

	if (!password_check(password, person->email, &why) ||
	    text_equal_nocase(password, person->external_id))
		return &weak;
	return text_equal(password, again) ? NULL : &differs;
}

static bool set_password(struct request *r, struct err *e)
{
	const char *password = http_form(r->http, "password"), *again = http_form(r->http, "again");
	struct setting s = {.r = r, .secret = http_form(r->http, "secret")};
	const struct page_text *warning;
	struct store_person person;
	bool holds;

	if (!auth_same_site(r, e) || !find_link(r, s.secret, &person, &holds, e))
		return false;
	if (!holds)
		return true;
	if (password == NULL || again == NULL)
		return err_set(e, ERR_INVALID, "The form must have secret, password and again.");
	warning = check_password(&person, password, again);
	if (warning != NULL)
		return page_password(r, 422, &person, s.secret, warning);
	if (!password_hash(r, password, &s.hash, e) || !request_run(r, use_link, &s, e)) {
		bool gone = e->code == ERR_GONE;

		if (e->code == ERR_UNAVAILABLE) {
			err_clear(e);
			return page_password(r, 503, &person, s.secret, &busy);
		}
		if (gone)
			err_clear(e);
		return gone && link_gone(r);
	}
	return say(r, 200, (struct page_text){"Your password is set", "密码已设置"},
		   (struct page_text){"Sign in with it when your device asks you to.",
				      "设备要求登录时，请使用该密码。"});
}

static const struct json_field next_query[] = {
    {"next", JSON_FIELD_TEXT, .max = PAGE_MAX_NEXT, .doc = "a path of this server to come back to"},
    {0}};

static const struct json_field secret_query[] = {
    {"secret", JSON_FIELD_TEXT, .max = MAX_SECRET, .doc = "of the one-time link"}, {0}};

static const char *const forms[] = {"application/x-www-form-urlencoded", NULL};
static const char *const pages[] = {"text/html", NULL};

static const struct http_route routes[] = {
    {HTTP_GET, "/auth/local/{source}",
     ROUTE(ACCESS_PUBLIC, ROUTE_READ, show, ERRORS_PAGE,
	   DOC("showLocalSignIn", "Where somebody of a local source signs in", .query = next_query,
	       .out_types = pages))},
    {HTTP_POST, "/auth/local/{source}", MAX_BODY,
     ROUTE(ACCESS_PUBLIC, ROUTE_WORK, enter, ERRORS_PAGE,
	   DOC("signInLocally", "Sign in as somebody of a local source",
	       .text = "name, password and next as a form. Wrong attempts are limited as those of "
		       "accounts are.",
	       .in_types = forms, .status = 303,
	       .errors = ERROR(ERR_UNAUTHENTICATED) | ERROR(ERR_FORBIDDEN) | ERROR(ERR_TOO_MANY)))},
    {HTTP_GET, "/auth/password",
     ROUTE(ACCESS_PUBLIC, ROUTE_READ, show_password, ERRORS_PAGE,
	   DOC("showLocalPassword", "Where somebody of a local source sets a password",
	       .query = secret_query, .out_types = pages, .errors = ERROR(ERR_GONE)))},
    {HTTP_POST, "/auth/password", MAX_BODY,
     ROUTE(ACCESS_PUBLIC, ROUTE_WORK, set_password, ERRORS_PAGE,
	   DOC("setLocalPassword", "Set a password with a one-time link",
	       .text = "secret, password and again as a form.", .in_types = forms,
	       .out_types = pages,
	       .errors = ERROR(ERR_GONE) | ERROR(ERR_FORBIDDEN) | ERROR(ERR_UNPROCESSABLE)))},
};

const struct route_table signin_local_routes = ROUTE_TABLE(routes);
