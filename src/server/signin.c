/* Signing in with DingTalk: to DingTalk's page and back, with a state that is bound to the browser
 * and counts once. */
#include <string.h>

#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "dingtalk/signin.h"
#include "jobs/link.h"
#include "web/browser.h"
#include "web/page.h"
#include "web/request.h"
#include "server/routes.h"
#include "web/server.h"
#include "store/person.h"

#define SIGNIN_MS 600000
#define MAX_NEXT 500
#define MAX_OPEN 20000       /* on their way to DingTalk and back, at all */
#define MAX_OPEN_ADDRESS 200 /* from one address: a building may share one */

static const char *return_address(struct request *r)
{
	return arena_printf(r->arena, "%s/auth/dingtalk/%s/return", r->server->options.public_url,
			    r->args[0]);
}

/* A path of ours and nothing that a browser could take for another site's. */
static const char *safe_next(const struct request *r)
{
	const char *next = http_query(r->http, "next");

	if (next == NULL || next[0] != '/' || next[1] == '/' || strlen(next) > MAX_NEXT)
		return "/enrol";
	for (const char *c = next; *c != '\0'; c++) {
		if (*c <= ' ' || *c > '~' || *c == '\\')
			return "/enrol";
	}
	return next;
}

/* Anybody may begin one, and each is a row. */
static bool has_room(struct request *r, struct err *e)
{
	struct store_signins_open open;

	if (!store_signin_open(r->db, r->address, r->now_ms, &open, e))
		return false;
	return (open.total < MAX_OPEN && open.from_address < MAX_OPEN_ADDRESS) ||
	       err_set(e, ERR_TOO_MANY, "Too many sign-ins are under way; try again later.");
}

static bool signin_begin(struct request *r, struct err *e)
{
	AUTO(dingtalk_access_unrefp) struct dingtalk_access *access = NULL;
	struct store_signin signin = {.app = r->args[0],
				      .next = safe_next(r),
				      .address = r->address,
				      .expires_ms = r->now_ms + SIGNIN_MS};
	char state[BROWSER_SECRET_SIZE];
	char *browser = arena_alloc(r->arena, BROWSER_SECRET_SIZE);

	if (!links_get(r->server->links, r->db, r->args[0], &access, e) || !has_room(r, e))
		return false;
	random_token("", 32, state);
	random_token("", 32, browser);
	crypto_sha256(state, strlen(state), signin.state);
	crypto_sha256(browser, strlen(browser), signin.browser);
	if (!store_signin_add(r->db, &signin, e))
		return false;
	browser_set_cookie(r, BROWSER_SIGNIN, browser, SIGNIN_MS);
	request_redirect(r, dingtalk_signin_url(access, r->arena, return_address(r), state));
	return true;
}

/* --- coming back --- */

struct back {
	struct request *r;
	struct store_signin signin;
	const char *userid;
	char session[BROWSER_SECRET_SIZE];
	bool stranger, departed;
};

/* next: where the sign-in was to lead, for another try; NULL when that is not known. */
static bool refuse(struct request *r, const char *next, int status, struct page_text why)
{
	r->status = status;
	page_begin(r, (struct page_text){"You are not signed in", "未能登录"});
	page_paragraph(r, why);
	buf_printf(&r->body, "<p class=\"row\"><a class=\"button\" href=\"%s\">",
		   text_html(r->arena, next != NULL ? next : "/enrol"));
	page_put(r, page_say(r, (struct page_text){"Try again", "重试"}));
	buf_text(&r->body, "</a></p>");
	page_end(r);
	return true;
}

static bool take_signin(struct db *db, void *arg, struct err *e)
{
	struct back *b = arg;

	return store_signin_take(db, b->r->arena, b->r->now_ms, &b->signin, e);
}

static bool sign_in(struct db *db, void *arg, struct err *e)
{
	struct back *b = arg;
	struct store_person person;

	b->stranger = b->departed = false;
	if (!store_person_by_dingtalk(db, b->r->arena, b->signin.app, b->userid, &person, e)) {
		b->stranger = true;
		return e->code == ERR_NOT_FOUND;
	}
	b->departed = person.departed;
	return person.departed || browser_enter(b->r, db, &person, b->session, "with DingTalk", e);
}

static bool ask_dingtalk(struct request *r, const char *code, const char **userid, struct err *e)
{
	AUTO(line_close) struct line line = {0};
	struct dingtalk_person person;
	struct dingtalk *dingtalk;

	if (!line_open(&line, r->server->links, r->db,
		       &(struct line_to){r->args[0], DINGTALK_FOR_SIGNIN}, &dingtalk, e) ||
	    !dingtalk_signin(dingtalk, code, r->arena, &person, e))
		return false;
	*userid = arena_dup(r->arena, person.userid);
	return true;
}

/* What went wrong at DingTalk, in the employee's words; the cause is for the log. */
static bool refused_there(struct request *r, const char *next, const struct err *why)
{
	log_err(LOG_LEVEL_WARN, arena_printf(r->arena, "%s sign-in with DingTalk", r->id), why);
	if (why->code == ERR_GONE)
		return refuse(r, next, 400,
			      (struct page_text){"The sign-in took too long or was used already.",
						 "登录已超时或已被使用。"});
	if (why->code == ERR_FORBIDDEN)
		return refuse(r, next, 403,
			      (struct page_text){
				  "Please sign in with your account of this organisation, not with "
				  "another one's or as an external contact.",
				  "请使用本组织的账号登录，不能使用其他组织的账号或外部联系人。"});
	return refuse(
	    r, next, 503,
	    (struct page_text){
		"DingTalk cannot be reached or refuses us at the moment. Please try again "
		"later; your administrator finds the cause in the server's log.",
		"暂时无法连接钉钉，请稍后重试。管理员可以在服务器日志中查看原因。"});
}

static bool finish(struct request *r, struct back *b, struct err *e)
{
	random_token("", 32, b->session);
	if (!request_run(r, sign_in, b, e))
		return false;
	if (b->stranger)
		return refuse(r, b->signin.next, 403,
			      (struct page_text){
				  "You are not in the directory here yet. Your administrator can "
				  "bring it up to date.",
				  "通讯录中还没有您的信息，请联系管理员同步通讯录。"});
	if (b->departed)
		return refuse(r, b->signin.next, 403,
			      (struct page_text){"Your account is no longer in the directory.",
						 "您的账号已不在通讯录中。"});
	browser_set_cookie(r, BROWSER_SIGNIN, NULL, 0);
	browser_set_cookie(r, BROWSER_SESSION, b->session, BROWSER_SESSION_MS);
	request_redirect(r, b->signin.next);
	return true;
}

static bool signin_return(struct request *r, struct err *e)
{
	const char *code = http_query(r->http, "authCode");
	const char *state = http_query(r->http, "state");
	struct back b = {.r = r};
	struct err why = {0};

	if (code == NULL)
		code = http_query(r->http, "code");
	if (state == NULL || !browser_cookie(r, BROWSER_SIGNIN, b.signin.browser))
		return refuse(r, NULL, 400,
			      (struct page_text){"This sign-in was not begun in this browser.",
						 "该登录不是在此浏览器中发起的。"});
	crypto_sha256(state, strlen(state), b.signin.state);
	if (!request_run(r, take_signin, &b, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		return refuse(r, NULL, 400,
			      (struct page_text){"This sign-in was not begun in this browser, took "
						 "too long, or was used already.",
						 "该登录不是在此浏览器中发起、已超时或已被使用。"});
	}
	if (code == NULL || !text_equal(b.signin.app, r->args[0]))
		return refuse(
		    r, b.signin.next, 400,
		    (struct page_text){"DingTalk did not sign you in.", "钉钉未完成登录。"});
	if (!ask_dingtalk(r, code, &b.userid, &why))
		return refused_there(r, b.signin.next, &why);
	return finish(r, &b, e);
}

static const struct json_field begin_query[] = {
    {"next", JSON_FIELD_TEXT, .max = MAX_NEXT, .doc = "a path of this server to come back to"},
    {0}};

/* DingTalk says the code under either name. */
static const struct json_field return_query[] = {
    {"authCode", JSON_FIELD_TEXT}, {"code", JSON_FIELD_TEXT}, {"state", JSON_FIELD_TEXT}, {0}};

static const struct http_route routes[] = {
    {HTTP_GET, "/auth/dingtalk/{app}",
     ROUTE(ACCESS_PUBLIC, ROUTE_WRITE, signin_begin, ERRORS_PAGE,
	   DOC("beginDingTalkSignIn", "Send an employee's browser to DingTalk to sign in",
	       .query = begin_query, .status = 303, .errors = ERROR(ERR_TOO_MANY)))},
    {HTTP_GET, "/auth/dingtalk/{app}/return",
     ROUTE(ACCESS_PUBLIC, ROUTE_WORK, signin_return, ERRORS_PAGE,
	   DOC("endDingTalkSignIn", "Where DingTalk sends the browser back to",
	       .query = return_query, .status = 303, .errors = ERROR(ERR_FORBIDDEN)))},
};

const struct route_table signin_routes = ROUTE_TABLE(routes);
