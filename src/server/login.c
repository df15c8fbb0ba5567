/* The ways in: one-time links, email address and password, and out again. */
#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "flow/account.h"
#include "flow/record.h"
#include "flow/signin.h"
#include "model/notice.h"
#include "api/account.h"
#include "web/auth.h"
#include "web/browser.h"
#include "web/password.h"
#include "server/routes.h"
#include "web/server.h"

#define MAX_BODY 8192
#define MAX_CODE 64

/* What all of them answer. */
struct answer {
	const char *state, *csrf;
	const struct account_view *account;
};

static const char *const states[] = {"signed-in", "code-needed", NULL};

static const struct json_field answer_json[] = {
    {"state", JSON_FIELD_TEXT, offsetof(struct answer, state), .words = states,
     .doc = "code-needed: send the same once more with a code"},
    {"csrf_token", JSON_FIELD_TEXT, offsetof(struct answer, csrf), .nullable = true,
     .doc = "for the header X-CSRF-Token of all that changes something"},
    {"account", JSON_FIELD_POINTER, offsetof(struct answer, account), .fields = account_json,
     .size = sizeof(struct account_view), .nullable = true},
    {0}};

/* A sign-in and the cookies that it leads to. */
struct work {
	struct request *r;
	struct browser_entry entry;
	struct flow_link_use use;
	bool right;
};

static void prepare(struct request *r, struct work *w)
{
	w->r = r;
	browser_entry_begin(r, &w->entry);
}

static struct flow flow_of(struct work *w, struct db *db)
{
	return browser_flow(w->r, db);
}

static void answer_signed_in(struct work *w)
{
	struct request *r = w->r;
	struct account_view view;

	account_view(r, &w->entry.signin.account, true, &view);
	browser_entry_done(r, &w->entry);
	request_answer(r, &(struct answer){states[0], w->entry.csrf, &view});
}

/* --- with a password --- */

struct login_input {
	const char *email, *password, *code;
};

static const struct json_field login_fields[] = {
    {"email", JSON_FIELD_TEXT, offsetof(struct login_input, email), .required = true,
     .max = EMAIL_MAX, .format = "email", .example = "wang.fang@example.com"},
    {"password", JSON_FIELD_TEXT, offsetof(struct login_input, password), .required = true,
     .max = PASSWORD_MAX},
    {"code", JSON_FIELD_TEXT, offsetof(struct login_input, code), .max = MAX_CODE,
     .doc = "of the authenticator app, or a recovery code", .example = "287082"},
    {0}};

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

	return flow_signin_finish(&f, &w->entry.signin, w->right, e);
}

static bool compare(struct work *w, const char *password, struct err *e)
{
	if (!request_run(w->r, charge, w, e))
		return false;
	w->right = crypto_password_verify(w->entry.signin.password, password);
	return request_run(w->r, finish, w, e);
}

static bool attempt(struct work *w, const char *password, struct err *e)
{
	struct flow f = flow_of(w, w->r->db);
	bool ok;

	if (!flow_signin_look(&f, &w->entry.signin, e) ||
	    !password_enter(w->r, w->entry.signin.from != SIGNIN_FROM_ANYWHERE, e))
		return false;
	ok = compare(w, password, e);
	password_leave(w->r);
	return ok;
}

static bool answer_attempt(struct work *w, struct err *e)
{
	switch (w->entry.signin.end) {
	case FLOW_SIGNIN_WRONG:
		return err_set(e, ERR_UNAUTHENTICATED,
			       "The email address or the password is wrong.");
	case FLOW_SIGNIN_DISABLED:
		return err_set(e, ERR_FORBIDDEN, "This account is disabled.");
	case FLOW_SIGNIN_CODE_WRONG:
		return err_set(e, ERR_UNAUTHENTICATED,
			       "The code is wrong, too old, or was used already.");
	case FLOW_SIGNIN_CODE:
		request_answer(w->r, &(struct answer){.state = states[1]});
		return true;
	case FLOW_SIGNIN_DONE:
		answer_signed_in(w);
		return true;
	}
	return err_set(e, ERR_INTERNAL, "a sign-in without an end");
}

static bool login(struct request *r, struct err *e)
{
	struct login_input in = {0};
	struct work *w = arena_new(r->arena, struct work);
	bool ok;

	if (!auth_same_site(r, e) || !request_read(r, &in, e) ||
	    !email_read(arena_dup(r->arena, in.email), &w->entry.signin.email, e))
		return false;
	prepare(r, w);
	w->entry.signin.code = in.code;
	ok = attempt(w, in.password, e) && answer_attempt(w, e);
	if (w->entry.signin.wait_ms > 0)
		r->retry_ms = w->entry.signin.wait_ms;
	return ok;
}

/* --- with a one-time link --- */

struct setup_input {
	const char *secret, *name, *email, *language, *password;
};

static const struct json_field setup_fields[] = {
    {"secret", JSON_FIELD_TEXT, offsetof(struct setup_input, secret), .required = true, .max = 100,
     .doc = "what follows the # in the link",
     .example = "kJ4l0WZc0rGv0ZpQy3yB9mW3m0o1f2J3k4l5m6n7o8p"},
    {"password", JSON_FIELD_TEXT, offsetof(struct setup_input, password), .required = true,
     .max = PASSWORD_MAX, .doc = "at least 12 characters", .example = "correct horse battery"},
    {"name", JSON_FIELD_TEXT, offsetof(struct setup_input, name), .min = 1, .max = ACCOUNT_MAX_NAME,
     .doc = "of the first owner only", .example = "李华"},
    {"email", JSON_FIELD_TEXT, offsetof(struct setup_input, email), .max = EMAIL_MAX,
     .format = "email", .doc = "of the first owner only"},
    {"language", JSON_FIELD_TEXT, offsetof(struct setup_input, language), .words = language_names,
     .doc = "of the first owner only"},
    {0}};

static bool read_setup(struct request *r, struct flow_link_use *use, const char **password,
		       struct err *e)
{
	struct setup_input in = {.language = language_names[LANGUAGE_ZH]};

	if (!request_read(r, &in, e) ||
	    (in.email != NULL && !email_read(arena_dup(r->arena, in.email), &use->email, e)))
		return false;
	use->secret = in.secret;
	use->language = in.language;
	use->name = in.name != NULL ? text_trim(arena_dup(r->arena, in.name)) : NULL;
	*password = in.password;
	return true;
}

static bool use_link(struct db *db, void *arg, struct err *e)
{
	struct work *w = arg;
	struct flow f = flow_of(w, db);
	struct flow_link_use use = w->use;

	if (!flow_link_use(&f, &use, &w->entry.signin.account, e))
		return false;
	w->entry.signin.end = FLOW_SIGNIN_CODE;
	return w->entry.signin.account.has_totp ||
	       flow_signin_begin(&f, &w->entry.signin, "with a link", e);
}

static bool setup(struct request *r, struct err *e)
{
	struct work *w = arena_new(r->arena, struct work);
	const char *password;
	struct flow f;

	if (!auth_same_site(r, e) || !read_setup(r, &w->use, &password, e))
		return false;
	prepare(r, w);
	f = flow_of(w, r->db);
	if (!flow_link_check(&f, &w->use, e) || !password_check(password, w->use.email, e) ||
	    !password_hash(r, password, &w->use.password, e))
		return false;
	return request_run(r, use_link, w, e) && answer_attempt(w, e);
}

struct look_input {
	const char *secret;
};

static const struct json_field look_fields[] = {
    {"secret", JSON_FIELD_TEXT, offsetof(struct look_input, secret), .required = true, .max = 100,
     .doc = "what follows the # in the link",
     .example = "kJ4l0WZc0rGv0ZpQy3yB9mW3m0o1f2J3k4l5m6n7o8p"},
    {0}};

/* For whom a link is. */
struct link_view {
	bool first_owner;
	const char *name, *email, *language;
};

static const struct json_field link_json[] = {
    {"first_owner", JSON_FIELD_BOOL, offsetof(struct link_view, first_owner),
     .doc = "it makes the first owner; else it sets the password of the account that follows"},
    {"name", JSON_FIELD_TEXT, offsetof(struct link_view, name), .nullable = true,
     .example = "王芳"},
    {"email", JSON_FIELD_TEXT, offsetof(struct link_view, email), .nullable = true,
     .example = "wang.fang@example.com"},
    {"language", JSON_FIELD_TEXT, offsetof(struct link_view, language), .words = language_names,
     .nullable = true},
    {0}};

static bool look(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct look_input in = {0};
	struct store_account a;

	if (!auth_same_site(r, e) || !request_read(r, &in, e) ||
	    !flow_link_look(&f, in.secret, &a, e))
		return false;
	request_answer(r, &(struct link_view){a.id == NULL, a.name, a.email, a.language});
	return true;
}

/* --- out --- */

static bool logout(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);

	if (r->caller.session == NULL)
		return err_set(e, ERR_CONFLICT, "No session asks: a token is revoked instead.");
	browser_set_cookie(r, BROWSER_ACCOUNT, NULL, 0);
	return store_session_end(r->db, r->caller.session, e) &&
	       flow_event(&f,
			  &(struct flow_event){.kind = "signed-out",
					       .object = "account",
					       .object_id = r->caller.account},
			  e);
}

#define LIMITED (ERROR(ERR_TOO_MANY) | ERROR(ERR_FORBIDDEN))

static const struct http_route routes[] = {
    {HTTP_POST, "/auth/login", MAX_BODY,
     ROUTE(ACCESS_PUBLIC, ROUTE_WORK, login,
	   DOC("signIn", "Sign in with email address and password", .in = login_fields,
	       .out = answer_json, .noun = "SignIn",
	       .text =
		   "Sets the session's cookie. Wrong attempts are limited by address and by "
		   "account; browsers in which the account signed in before are counted apart, so "
		   "that nobody can shut somebody else out.",
	       .errors = LIMITED | ERROR(ERR_UNAUTHENTICATED)))},
    {HTTP_POST, "/api/v1/setup", MAX_BODY,
     ROUTE(ACCESS_PUBLIC, ROUTE_WORK, setup,
	   DOC("setUp", "Set a password with a one-time link, and sign in", .in = setup_fields,
	       .out = answer_json, .noun = "SignIn",
	       .text =
		   "The link that the server prints at its first start makes the first owner; an "
		   "invitation's sets the invited person's password. An account with a second "
		   "factor signs in afterwards.",
	       .errors = ERROR(ERR_FORBIDDEN) | ERROR(ERR_GONE) | ERROR(ERR_CONFLICT) |
			 ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_POST, "/api/v1/setup/link", MAX_BODY,
     ROUTE(ACCESS_PUBLIC, ROUTE_READ, look,
	   DOC("lookAtLink", "For whom a one-time link is, before it is used", .in = look_fields,
	       .out = link_json, .noun = "OneTimeLink",
	       .errors = ERROR(ERR_FORBIDDEN) | ERROR(ERR_GONE)))},
    {HTTP_POST, "/auth/logout", MAX_BODY,
     ROUTE(ROLES_ALL, ROUTE_WRITE, logout, .before_totp = true,
	   DOC("signOut", "End the session that asks", .status = 204,
	       .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table login_routes = ROUTE_TABLE(routes);
