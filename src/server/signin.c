/* Signing in with DingTalk, as an employee or as an account: to DingTalk's page and back, with a state that is
 * bound to the browser and counts once. DingTalk has no PKCE (docs/identity.md). */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "dingtalk/signin.h"
#include "flow/record.h"
#include "flow/sync.h"
#include "jobs/link.h"
#include "jobs/organisation.h"
#include "model/proxy.h"
#include "web/auth.h"
#include "web/browser.h"
#include "web/page.h"
#include "web/request.h"
#include "server/routes.h"
#include "web/server.h"
#include "store/person.h"
#include "store/source.h"

#define SIGNIN_MS 600000
#define MAX_BODY 4096
#define MAX_CODE 64
#define MAX_OPEN 20000       /* on their way to DingTalk and back, at all */
#define MAX_OPEN_ADDRESS 200 /* from one subscriber: a building may share an address */

static const char *return_address(struct request *r, const char *app)
{
	return arena_printf(r->arena, "%s/auth/dingtalk/%s/return", r->server->options.public_url,
			    app);
}

/* Anybody may begin one, and each is a row. */
static bool has_room(struct request *r, struct err *e)
{
	struct store_signins_open open;

	if (!store_signin_open(r->db, address_group(r->arena, r->address), r->now_ms, &open, e))
		return false;
	return (open.total < MAX_OPEN && open.from_subscriber < MAX_OPEN_ADDRESS) ||
	       err_set(e, ERR_TOO_MANY, "Too many sign-ins are under way; try again later.");
}

/* next: where the sign-in was to lead, for another try; NULL when that is not known. */
static bool refuse(struct request *r, const char *next, int status, struct page_text why)
{
	r->status = status;
	page_begin(r, (struct page_text){"You are not signed in", "未能登录"});
	page_paragraph(r, why);
	if (next != NULL) {
		buf_printf(&r->body, "<p class=\"row\"><a class=\"button\" href=\"%s\">",
			   text_html(r->arena, next));
		page_put(r, page_say(r, (struct page_text){"Try again", "重试"}));
		buf_text(&r->body, "</a></p>");
	}
	page_end(r);
	return true;
}

static bool refuse_source(struct request *r, const char *next)
{
	return refuse(r, next, 403,
		      (struct page_text){
			  "This way to sign in is switched off. Your administrator can tell you "
			  "which one to use.",
			  "此登录方式已停用。请向管理员了解应使用的登录方式。"});
}

/* --- there --- */

struct begin {
	const char *next, *purpose;
};

static const char *const purposes[] = {"device", "console", NULL};

static const struct json_field begin_query[] = {
    {"next", JSON_FIELD_TEXT, offsetof(struct begin, next), .max = PAGE_MAX_NEXT,
     .doc = "a path of this server to come back to"},
    {"for", JSON_FIELD_TEXT, offsetof(struct begin, purpose), .words = purposes,
     .doc = "device: as an employee; console: as the account that is linked to the person"},
    {0}};

static bool begin(struct request *r, const struct store_source *source, struct store_signin *signin,
		  struct err *e)
{
	AUTO(dingtalk_access_unrefp) struct dingtalk_access *access = NULL;
	char state[BROWSER_SECRET_SIZE];

	if (!links_get(r->server->links, r->db, source->app, &access, e) || !has_room(r, e))
		return false;
	random_token("", 32, state);
	crypto_sha256(state, strlen(state), signin->state);
	browser_hold(r, BROWSER_SIGNIN, SIGNIN_MS, signin->browser);
	if (!store_signin_add(r->db, signin, e))
		return false;
	request_redirect(
	    r, dingtalk_signin_url(access, r->arena, return_address(r, source->app), state));
	return true;
}

static bool signin_begin(struct request *r, struct err *e)
{
	struct begin in = {.purpose = purposes[0]};
	struct store_signin signin = {.subscriber = address_group(r->arena, r->address),
				      .expires_ms = r->now_ms + SIGNIN_MS};
	struct store_source source;

	if (!request_query(r, &in, e) || !store_source_get(r->db, r->arena, r->args[0], &source, e))
		return false;
	signin.source = source.id;
	signin.account = text_equal(in.purpose, "console");
	signin.next = page_next(in.next, signin.account ? "/console" : "/enrol");
	if (source.app == NULL)
		return err_set(e, ERR_NOT_FOUND, "This identity source is not DingTalk's.");
	return source.enabled ? begin(r, &source, &signin, e) : refuse_source(r, signin.next);
}

/* --- and back --- */

/* How it ends, beside the flow_signin_end of an account. */
enum end { END_IN, END_SOURCE_OFF, END_STRANGER, END_DEPARTED, END_ACCOUNT };

struct back {
	struct request *r;
	struct store_signin signin;
	struct store_source source;
	struct dingtalk_person there;    /* as DingTalk names it */
	struct store_walked_person *met; /* of one who was not here: as the organisation has him */
	int64_t asked_ms;
	char session[BROWSER_SECRET_SIZE];
	struct browser_entry entry;      /* of an account */
	char state[BROWSER_SECRET_SIZE]; /* of the form that asks for a code */
	const char *why;                 /* for the record, … */
	const char *person;              /* … and about whom: an id, or NULL */
	enum end end;
};

static bool take_signin(struct db *db, void *arg, struct err *e)
{
	struct back *b = arg;

	return store_signin_take(db, b->r->arena, b->r->now_ms, &b->signin, e) &&
	       store_source_get(db, b->r->arena, b->signin.source, &b->source, e);
}

static bool record_refusal(struct db *db, void *arg, struct err *e)
{
	struct back *b = arg;
	struct flow f = browser_flow(b->r, db);

	return flow_signin_refused(
	    &f, &b->entry.signin, b->person,
	    arena_printf(b->r->arena, "with DingTalk (%s): %s", b->source.name, b->why), e);
}

static bool turned_away(struct db *db, struct back *b, enum end end, const char *why, struct err *e)
{
	b->end = end;
	b->why = why;
	return record_refusal(db, b, e);
}

/* Until the code is typed, the browser holds a state of its own for it. */
static bool ask_code(struct db *db, struct back *b, const char *person, struct err *e)
{
	struct store_signin waiting = b->signin;

	random_token("", 32, b->state);
	crypto_sha256(b->state, strlen(b->state), waiting.state);
	waiting.person = person;
	waiting.subscriber = address_group(b->r->arena, b->r->address);
	waiting.expires_ms = b->r->now_ms + SIGNIN_MS;
	return store_signin_add(db, &waiting, e);
}

static bool enter_account(struct db *db, struct back *b, const struct store_person *person,
			  struct err *e)
{
	struct flow_signin *s = &b->entry.signin;
	struct flow f = browser_flow(b->r, db);

	b->end = END_ACCOUNT;
	if (!flow_signin_vouched(&f, s, person->id, "DingTalk", e))
		return false;
	switch (s->end) {
	case FLOW_SIGNIN_WRONG:
		return turned_away(
		    db, b, END_ACCOUNT,
		    arena_printf(b->r->arena, "%s has no account here", person->name), e);
	case FLOW_SIGNIN_CODE:
		return s->code != NULL || ask_code(db, b, person->id, e);
	case FLOW_SIGNIN_DISABLED:
	case FLOW_SIGNIN_CODE_WRONG:
	case FLOW_SIGNIN_DONE:
		break;
	}
	return true;
}

static bool enter(struct db *db, struct back *b, const struct store_person *person, struct err *e)
{
	b->end = END_IN;
	b->person = person->id;
	if (!b->source.enabled)
		return turned_away(db, b, END_SOURCE_OFF, "the identity source is disabled", e);
	if (person->departed)
		return turned_away(
		    db, b, END_DEPARTED,
		    arena_printf(b->r->arena, "%s has left the directory", person->name), e);
	return b->signin.account ? enter_account(db, b, person, e)
				 : browser_enter(b->r, db, person, b->session, "with DingTalk", e);
}

/* A member whom no walk has met yet is taken in, as an event would have done it. */
static bool take_in(struct db *db, struct back *b, struct err *e)
{
	const struct flow_sync_answer answer = {
	    .to = {.source = &b->source, .asked_ms = b->asked_ms},
	    .subject = SYNC_PERSON,
	    .external_id = b->there.userid,
	    .person = b->met};
	struct flow f = request_flow(b->r);

	f.db = db;
	f.actor = flow_system(&f);
	return b->met == NULL || !b->source.enabled || flow_sync_answer(&f, &answer, e);
}

static bool sign_in(struct db *db, void *arg, struct err *e)
{
	struct back *b = arg;
	struct store_person person;

	if (!store_source_get(db, b->r->arena, b->signin.source, &b->source, e) ||
	    !take_in(db, b, e))
		return false;
	if (store_person_by_dingtalk(db, b->r->arena, b->source.app, b->there.userid, &person, e))
		return enter(db, b, &person, e);
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	return turned_away(db, b, END_STRANGER, "somebody who is not in the directory", e);
}

static bool known_here(void *arg, int64_t id, bool *known, struct err *e)
{
	struct back *b = arg;
	struct store_known_department d;

	if (!store_directory_get_department(b->r->db, b->r->arena, b->source.id,
					    organisation_text(b->r->arena, id), &d, e))
		return false;
	*known = d.id != NULL && !d.gone;
	return true;
}

/* Whoever is not here, or not any more, may have come since the organisation was read. */
static bool look_again(struct back *b, struct dingtalk *dingtalk, struct err *e)
{
	const struct organisation_area area = {dingtalk, known_here, b,
					       b->source.department_count > 0};
	struct store_walked_person *met = arena_new(b->r->arena, struct store_walked_person);
	struct store_person here = {0};
	enum organisation_place place;

	if (store_person_by_dingtalk(b->r->db, b->r->arena, b->source.app, b->there.userid, &here,
				     e) &&
	    !here.departed)
		return true;
	if (e->code != ERR_NONE && e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	b->asked_ms = clock_utc_ms();
	if (!organisation_ask_person(&area, b->there.userid, b->r->arena, met, &place, e))
		return false;
	b->met = place == ORGANISATION_HERE ? met : NULL;
	return true;
}

static bool ask_dingtalk(struct back *b, const char *code, struct err *e)
{
	AUTO(line_close) struct line line = {0};
	struct request *r = b->r;
	struct dingtalk *dingtalk;

	return line_open(&line, r->server->links, r->db,
			 &(struct line_to){b->source.app, DINGTALK_FOR_SIGNIN}, &dingtalk, e) &&
	       dingtalk_signin(dingtalk, code, r->arena, &b->there, e) &&
	       look_again(b, dingtalk, e);
}

static const struct {
	const char *record;
	struct page_text page;
} strangers[] = {
    [DINGTALK_STRANGER_FOREIGN] =
	{"an account of another organisation",
	 {"In DingTalk you signed in for another organisation. Please try "
	  "again and choose this one there.",
	  "您在钉钉中登录的是其他组织。请重试，并在钉钉中选择本组织。"}},
    [DINGTALK_STRANGER_EXTERNAL] = {"an external contact",
				    {"Only members of the organisation can sign in. In its "
				     "DingTalk you are an external contact.",
				     "仅限组织成员登录。您在该组织的钉钉中是外部联系人。"}},
    [DINGTALK_STRANGER_UNKNOWN] =
	{"an account that is not in the organisation's address book",
	 {"You are not in the organisation's address book in DingTalk, or "
	  "not any more.",
	  "您不在该组织的钉钉通讯录中，或已离职。"}},
    [DINGTALK_STRANGER_HIDDEN] =
	{"a member whom the app may not see",
	 {"You are a member of the organisation, but Holdfast may not see "
	  "you in DingTalk. Your administrator can widen the app's contact "
	  "scope.",
	  "您是组织成员，但 Holdfast 在钉钉中无权查看您的信息。请联系管理员调整"
	  "应用的通讯录权限范围。"}},
};

/* What went wrong at DingTalk, in the reader's words; the cause is for the log. */
static bool refused_there(struct back *b, const struct err *why, struct err *e)
{
	struct request *r = b->r;
	enum dingtalk_stranger stranger = b->there.stranger;

	log_err(LOG_LEVEL_WARN, arena_printf(r->arena, "%s sign-in with DingTalk", r->id), why);
	if (why->code == ERR_GONE)
		return refuse(r, b->signin.next, 400,
			      (struct page_text){"The sign-in took too long or was used already.",
						 "登录已超时或已被使用。"});
	if (stranger != DINGTALK_STRANGER_NONE) {
		b->why = strangers[stranger].record;
		return request_run(r, record_refusal, b, e) &&
		       refuse(r, b->signin.next, 403, strangers[stranger].page);
	}
	return refuse(
	    r, b->signin.next, 503,
	    (struct page_text){
		"DingTalk cannot be reached or refuses us at the moment. Please try again "
		"later; your administrator finds the cause in the server's log.",
		"暂时无法连接钉钉，请稍后重试。管理员可以在服务器日志中查看原因。"});
}

static void page_code(struct request *r, const char *state, bool wrong)
{
	page_begin(r, (struct page_text){"One more step", "还差一步"});
	if (wrong) {
		buf_text(&r->body, "<p class=\"warn\">");
		page_put(r, page_say(r, (struct page_text){
					    "The code is wrong, too old, or was used already.",
					    "验证码错误、已过期或已使用。"}));
		buf_text(&r->body, "</p>");
	}
	buf_printf(&r->body,
		   "<form method=\"post\" action=\"/auth/code%s\">"
		   "<input type=\"hidden\" name=\"state\" value=\"%s\"><label for=\"code\">",
		   page_language(r), state);
	page_put(r,
		 page_say(r, (struct page_text){
				 "The code that your authenticator app shows, or a recovery code",
				 "验证器应用显示的验证码，或一个恢复码"}));
	buf_printf(&r->body,
		   "</label><input type=\"text\" id=\"code\" name=\"code\" maxlength=\"%d\" "
		   "autocomplete=\"one-time-code\" spellcheck=\"false\" required autofocus>"
		   "<p class=\"row\"><button>",
		   MAX_CODE);
	page_put(r, page_say(r, (struct page_text){"Sign in", "登录"}));
	buf_text(&r->body, "</button></p></form>");
	page_end(r);
}

static bool answer_account(struct back *b, const char *state)
{
	struct request *r = b->r;
	const char *next = b->signin.next;

	switch (b->entry.signin.end) {
	case FLOW_SIGNIN_WRONG:
		return refuse(r, next, 403,
			      (struct page_text){
				  "You are a member of the organisation, but have no account here. "
				  "An owner can link one to you.",
				  "您是组织成员，但在此没有账号。请由所有者为您关联账号。"});
	case FLOW_SIGNIN_DISABLED:
		return refuse(r, next, 403,
			      (struct page_text){"Your account is disabled.", "您的账号已停用。"});
	case FLOW_SIGNIN_CODE:
	case FLOW_SIGNIN_CODE_WRONG:
		page_code(r, state, b->entry.signin.end == FLOW_SIGNIN_CODE_WRONG);
		return true;
	case FLOW_SIGNIN_DONE:
		break;
	}
	browser_entry_done(r, &b->entry);
	request_redirect(r, next);
	return true;
}

static bool answer_end(struct back *b, const char *state)
{
	struct request *r = b->r;

	switch (b->end) {
	case END_SOURCE_OFF:
		return refuse_source(r, b->signin.next);
	case END_STRANGER:
		return refuse(r, b->signin.next, 403,
			      (struct page_text){
				  "You are not in the directory here. Your administrator can tell "
				  "you whether your department takes part.",
				  "通讯录中没有您的信息。请向管理员确认您所在部门是否已纳入。"});
	case END_DEPARTED:
		return refuse(r, b->signin.next, 403,
			      (struct page_text){"You are no longer in the directory here.",
						 "您已不在通讯录中。"});
	case END_ACCOUNT:
		return answer_account(b, state);
	case END_IN:
		break;
	}
	browser_set_cookie(r, BROWSER_SESSION, arena_dup(r->arena, b->session), BROWSER_SESSION_MS);
	request_redirect(r, b->signin.next);
	return true;
}

static bool refuse_state(struct request *r)
{
	return refuse(
	    r, NULL, 400,
	    (struct page_text){
		"This sign-in was not begun in this browser, took too long, or was used "
		"already. Begin it anew where you began it.",
		"该登录不是在此浏览器中发起、已超时或已被使用。请从最初的页面重新开始。"});
}

static bool unknown_state(struct request *r, struct err *e)
{
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	return refuse_state(r);
}

/* DingTalk says the code under either name, and why there is none. */
struct came {
	const char *auth_code, *code, *state, *error;
};

static const struct json_field return_query[] = {
    {"authCode", JSON_FIELD_TEXT, offsetof(struct came, auth_code)},
    {"code", JSON_FIELD_TEXT, offsetof(struct came, code)},
    {"state", JSON_FIELD_TEXT, offsetof(struct came, state)},
    {"error", JSON_FIELD_TEXT, offsetof(struct came, error)},
    {0}};

static bool refuse_error(struct back *b, const char *error)
{
	return refuse(
	    b->r, b->signin.next, 400,
	    text_equal(error, "access_denied")
		? (struct page_text){"You did not agree in DingTalk. Without that nobody "
				     "knows here who you are.",
				     "您未在钉钉中同意授权，因此无法确认您的身份。"}
		: (struct page_text){"DingTalk did not sign you in.", "钉钉未完成登录。"});
}

static bool came_back(struct back *b, const struct came *in, struct err *e)
{
	const char *code = in->auth_code != NULL ? in->auth_code : in->code;
	struct err why = {0};

	if (code == NULL || !text_equal(b->source.app, b->r->args[0]))
		return refuse_error(b, in->error);
	if (!ask_dingtalk(b, code, &why))
		return refused_there(b, &why, e);
	random_token("", 32, b->session);
	return request_run(b->r, sign_in, b, e) && answer_end(b, b->state);
}

static bool signin_return(struct request *r, struct err *e)
{
	struct back *b = arena_new(r->arena, struct back);
	struct came in = {0};

	b->r = r;
	if (!request_query(r, &in, e))
		return false;
	if (in.state == NULL || !browser_cookie(r, BROWSER_SIGNIN, b->signin.browser))
		return refuse_state(r);
	crypto_sha256(in.state, strlen(in.state), b->signin.state);
	browser_entry_begin(r, &b->entry);
	if (request_run(r, take_signin, b, e))
		return came_back(b, &in, e);
	return unknown_state(r, e);
}

/* --- the code of an account --- */

static bool use_code(struct back *b, struct err *e)
{
	struct store_person person;

	return store_source_get(b->r->db, b->r->arena, b->signin.source, &b->source, e) &&
	       store_person_get(b->r->db, b->r->arena, b->signin.person, &person, e) &&
	       enter(b->r->db, b, &person, e) &&
	       ((b->end == END_ACCOUNT && b->entry.signin.end == FLOW_SIGNIN_CODE_WRONG) ||
		store_signin_remove(b->r->db, b->signin.state, e));
}

static bool too_many(struct request *r, const struct back *b)
{
	return refuse(r, b->signin.next, 429,
		      (struct page_text){
			  arena_printf(r->arena, "Too many wrong codes. Try again in %lld minutes.",
				       (long long)(b->entry.signin.wait_ms / 60000 + 1)),
			  arena_printf(r->arena, "验证码错误次数过多，请 %lld 分钟后重试。",
				       (long long)(b->entry.signin.wait_ms / 60000 + 1))});
}

static bool signin_code(struct request *r, struct err *e)
{
	struct back *b = arena_new(r->arena, struct back);
	const char *state = http_form(r->http, "state");
	const char *code = http_form(r->http, "code");

	b->r = r;
	if (!auth_same_site(r, e))
		return false;
	if (state == NULL || code == NULL || strlen(code) > MAX_CODE)
		return err_set(e, ERR_INVALID, "The form must have state and code.");
	if (!browser_cookie(r, BROWSER_SIGNIN, b->signin.browser))
		return refuse_state(r);
	crypto_sha256(state, strlen(state), b->signin.state);
	if (!store_signin_vouched(r->db, r->arena, r->now_ms, &b->signin, e))
		return unknown_state(r, e);
	browser_entry_begin(r, &b->entry);
	b->entry.signin.code = code;
	if (use_code(b, e))
		return answer_end(b, text_html(r->arena, state));
	if (e->code != ERR_TOO_MANY)
		return false;
	err_clear(e);
	return too_many(r, b);
}

/* --- out --- */

static bool page_out(struct request *r)
{
	page_begin(r, (struct page_text){"You are signed out", "您已退出登录"});
	page_paragraph(
	    r, (struct page_text){"In this browser only: DingTalk itself may still know you.",
				  "仅限此浏览器。钉钉本身可能仍处于登录状态。"});
	buf_printf(&r->body, "<p class=\"row\"><a class=\"button plain\" href=\"/enrol%s\">",
		   page_language(r));
	page_put(r, page_say(r, (struct page_text){"Sign in again", "重新登录"}));
	buf_text(&r->body, "</a></p>");
	page_end(r);
	return true;
}

static bool stale_form(struct err *e)
{
	return err_set(e, ERR_FORBIDDEN, "This form is of an earlier sign-in.");
}

static bool person_out(struct request *r, const char *csrf, struct err *e)
{
	struct flow f = request_flow(r);
	struct browser_session s;
	bool signed_in;

	if (!browser_session(r, &s, &signed_in, e))
		return false;
	err_clear(e);
	if (signed_in && !crypto_equal_text(csrf, s.row.csrf))
		return stale_form(e);
	if (signed_in) {
		f.actor = flow_somebody(&f, "person", s.row.person, s.row.person_name);
		if (!store_session_remove(r->db, s.id, e) ||
		    !flow_event(&f,
				&(struct flow_event){.kind = "signed-out",
						     .object = "person",
						     .object_id = s.row.person},
				e))
			return false;
	}
	browser_set_cookie(r, BROWSER_SESSION, NULL, 0);
	return page_out(r);
}

static bool sign_out(struct request *r, struct err *e)
{
	const char *csrf = http_form(r->http, "csrf");

	if (!auth_same_site(r, e))
		return false;
	if (csrf == NULL)
		return err_set(e, ERR_INVALID, "The form must have csrf.");
	return person_out(r, csrf, e);
}

static const char *const forms[] = {"application/x-www-form-urlencoded", NULL};
static const char *const pages[] = {"text/html", NULL};

static const struct http_route routes[] = {
    {HTTP_GET, "/auth/dingtalk/{source}",
     ROUTE(ACCESS_PUBLIC, ROUTE_WRITE, signin_begin, ERRORS_PAGE,
	   DOC("beginDingTalkSignIn", "Send a browser to DingTalk to sign in", .query = begin_query,
	       .status = 303, .errors = ERROR(ERR_TOO_MANY) | ERROR(ERR_FORBIDDEN)))},
    {HTTP_GET, "/auth/dingtalk/{app}/return",
     ROUTE(ACCESS_PUBLIC, ROUTE_WORK, signin_return, ERRORS_PAGE,
	   DOC("endDingTalkSignIn", "Where DingTalk sends the browser back to",
	       .query = return_query, .status = 303, .errors = ERROR(ERR_FORBIDDEN)))},
    {HTTP_POST, "/auth/code", MAX_BODY,
     ROUTE(ACCESS_PUBLIC, ROUTE_WRITE, signin_code, ERRORS_PAGE,
	   DOC("enterSignInCode", "The code of an account whose person DingTalk has named",
	       .text = "What the page's own form sends: `state` and `code`.", .in_types = forms,
	       .out_types = pages, .status = 303,
	       .errors = ERROR(ERR_TOO_MANY) | ERROR(ERR_FORBIDDEN)))},
    {HTTP_POST, "/auth/sign-out", MAX_BODY,
     ROUTE(ACCESS_PUBLIC, ROUTE_WRITE, sign_out, ERRORS_PAGE,
	   DOC("signOutBrowser", "End what the page's own button ends",
	       .text = "The session of an employee; `csrf` is the form's.", .in_types = forms,
	       .out_types = pages, .errors = ERROR(ERR_FORBIDDEN)))},
};

const struct route_table signin_routes = ROUTE_TABLE(routes);
