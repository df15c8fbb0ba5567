/* The page where an employee says that a device is his (RFC 8628 §3.3). */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/enrol.h"
#include "model/enrolment.h"
#include "web/browser.h"
#include "web/page.h"
#include "web/request.h"
#include "server/routes.h"
#include "server/ways.h"

#define MAX_BODY 4096

static const struct page_text title = {"Connect a device", "连接设备"};
static const struct page_text cannot = {"This device cannot be connected", "无法连接此设备"};
static const struct page_text not_connected = {"The device was not connected", "设备未连接"};

/* With one way there is nothing to choose. */
static bool page_signin(struct request *r, struct err *e)
{
	const char *typed = http_query(r->http, "user_code");
	const char *own = page_language(r);
	const char *next = arena_printf(r->arena, "/enrol%s", own);
	struct ways *ways = arena_new(r->arena, struct ways);

	if (!ways_find(r, false, ways, e))
		return false;
	if (typed != NULL)
		next = arena_printf(r->arena, "%s%suser_code=%s", next, own[0] != '\0' ? "&" : "?",
				    text_percent(r->arena, typed));
	if (ways->count == 1) {
		request_redirect(r, ways_address(r, &ways->items[0], false, next));
		return true;
	}
	page_begin(r, title);
	if (ways->count > 0)
		page_paragraph(
		    r, (struct page_text){
			   "Sign in to say that a device is yours. You come back here afterwards.",
			   "请先登录，以确认设备属于您。登录后会回到此页面。"});
	ways_put(r, ways, next);
	page_end(r);
	return true;
}

static void put_signed_in(struct request *r, const struct browser_session *s)
{
	buf_printf(&r->body,
		   "<form method=\"post\" action=\"/auth/sign-out%s\" class=\"who\">"
		   "<input type=\"hidden\" name=\"csrf\" value=\"%s\"><span class=\"dim\">",
		   page_language(r), s->row.csrf);
	page_put(r, page_say(r, (struct page_text){"Signed in as ", "已登录："}));
	page_put(r, s->row.person_name);
	buf_text(&r->body, "</span><button class=\"link\">");
	page_put(r, page_say(r, (struct page_text){"Sign out", "退出登录"}));
	buf_text(&r->body, "</button></form>");
}

static void page_code(struct request *r, const struct browser_session *s, bool wrong)
{
	page_begin(r, title);
	if (wrong) {
		buf_text(&r->body, "<p class=\"warn\">");
		page_put(
		    r, page_say(r, (struct page_text){
				       "No device shows this code. Check it, or start the sign-in "
				       "on the device again: a code is good for ten minutes.",
				       "没有设备显示此验证码。请核对，或在设备上重新登录：验证码十"
				       "分钟内有效。"}));
		buf_text(&r->body, "</p>");
	}
	buf_text(&r->body, "<form method=\"get\" action=\"/enrol\">");
	if (page_language(r)[0] != '\0')
		buf_printf(&r->body, "<input type=\"hidden\" name=\"lang\" value=\"%s\">",
			   page_language(r) + strlen("?lang="));
	buf_text(&r->body, "<label for=\"user_code\">");
	page_put(r, page_say(r, (struct page_text){"The code that your device shows",
						   "设备上显示的验证码"}));
	buf_text(&r->body,
		 "</label><input type=\"text\" id=\"user_code\" name=\"user_code\" "
		 "autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\" "
		 "maxlength=\"20\" placeholder=\"WDJB-MJHT\" required autofocus>"
		 "<p class=\"row\"><button>");
	page_put(r, page_say(r, (struct page_text){"Continue", "继续"}));
	buf_text(&r->body, "</button></p></form>");
	put_signed_in(r, s);
	page_end(r);
}

static void put_fact(struct request *r, struct page_text name, const char *value)
{
	buf_text(&r->body, "<dt>");
	page_put(r, page_say(r, name));
	buf_text(&r->body, "</dt><dd>");
	page_put(r, value);
	buf_text(&r->body, "</dd>");
}

/* A time in UTC alone says little to most readers; a code is at most ten minutes old. */
static const char *asked_at(struct request *r, int64_t created_ms)
{
	int64_t minutes = (r->now_ms - created_ms) / 60000;
	char when[CLOCK_TEXT_SIZE];
	const char *ago = page_say(r, (struct page_text){"just now", "刚刚"});

	clock_text(created_ms, when);
	if (minutes > 0)
		ago = arena_printf(r->arena, "%lld%s", (long long)minutes,
				   page_say(r, (struct page_text){" min ago", " 分钟前"}));
	return arena_printf(r->arena, "%s (%.5s UTC)", ago, when + 11);
}

static void put_buttons(struct request *r, const struct browser_session *s, const char *shown)
{
	buf_printf(&r->body,
		   "<form method=\"post\" action=\"/enrol%s\">"
		   "<input type=\"hidden\" name=\"csrf\" value=\"%s\">"
		   "<input type=\"hidden\" name=\"user_code\" value=\"%s\">"
		   "<p class=\"row\"><button name=\"choice\" value=\"allow\">",
		   page_language(r), s->row.csrf, shown);
	page_put(r, page_say(r, (struct page_text){"Yes, connect it", "是，连接此设备"}));
	buf_text(&r->body, "</button><button class=\"plain\" name=\"choice\" value=\"deny\">");
	page_put(r, page_say(r, (struct page_text){"No", "否"}));
	buf_text(&r->body, "</button></p></form>");
}

static struct page_text refusal_text(const struct enrolment_refusal *refusal)
{
	return (struct page_text){refusal->en, refusal->zh};
}

static void put_take_over(struct request *r)
{
	page_paragraph(
	    r,
	    (struct page_text){
		"So far somebody else has used it: the requests and unused approvals of that "
		"person "
		"on it end. If your organisation's policy does not cover you, the device stays "
		"protected as before until an administrator agrees.",
		"此设备此前由他人使用：该使用者在此设备上的申请和未使用的审批结果随之失效。如果您所"
		"在组织的策略不覆盖您，在管理员同意之前，设备仍按原样受保护。"});
}

static void page_consent(struct request *r, const struct browser_session *s,
			 const struct store_enrolment *en, const struct flow_enrol_present *now)
{
	char shown[USER_CODE_SHOWN_SIZE];

	user_code_show(en->user_code, shown);
	page_begin(r, now->refusal != NULL ? cannot
					   : (struct page_text){"Are you sitting at this device?",
								"您正在使用这台设备吗？"});
	buf_text(&r->body, "<dl>");
	put_fact(r, (struct page_text){"Device", "设备"}, en->hostname);
	put_fact(r, (struct page_text){"System", "操作系统"}, en->os);
	if (now->owner != NULL)
		put_fact(r, (struct page_text){"Belongs to", "当前使用者"}, now->owner_name);
	put_fact(r, (struct page_text){"Address", "地址"}, en->address);
	put_fact(r, (struct page_text){"Asked", "请求时间"}, asked_at(r, en->created_ms));
	buf_text(&r->body, "<dt>");
	page_put(r, page_say(r, (struct page_text){"Code", "验证码"}));
	buf_printf(&r->body, "</dt><dd class=\"code\">%s</dd></dl>", shown);
	if (now->refusal != NULL) {
		page_paragraph(r, refusal_text(now->refusal));
		put_signed_in(r, s);
		page_end(r);
		return;
	}
	page_paragraph(
	    r, (struct page_text){
		   "Only say yes if it is in front of you and shows this code: it becomes "
		   "yours, and your organisation's policy holds on it. If somebody sent you "
		   "this link, say no.",
		   "仅当设备就在您面前并显示此验证码时，才选择“是”：该设备将归到您名下，"
		   "并适用您所在组织的策略。如果此链接是别人发给您的，请选择“否”。"});
	if (now->owner != NULL && !text_equal(now->owner, s->row.person))
		put_take_over(r);
	put_buttons(r, s, shown);
	put_signed_in(r, s);
	page_end(r);
}

static bool page_done(struct request *r, int status, struct page_text heading,
		      struct page_text text)
{
	r->status = status;
	page_begin(r, heading);
	page_paragraph(r, text);
	page_end(r);
	return true;
}

/* The fifth wrong code ends the session, so that codes cannot be tried out. */
static bool wrong_code(struct request *r, const struct browser_session *s, struct err *e)
{
	if (s->row.wrong_codes + 1 >= BROWSER_MAX_WRONG_CODES) {
		browser_set_cookie(r, BROWSER_SESSION, NULL, 0);
		return store_session_remove(r->db, s->id, e) &&
		       page_done(r, 429,
				 (struct page_text){"Too many wrong codes", "验证码错误次数过多"},
				 (struct page_text){"You are signed out. Start the sign-in on your "
						    "device again.",
						    "您已退出登录。请在设备上重新发起登录。"});
	}
	if (!store_session_wrong_code(r->db, s->id, e))
		return false;
	r->status = 404;
	page_code(r, s, true);
	return true;
}

/* The pending enrolment that a typed code names; *found false when there is none. */
static bool find(struct request *r, const char *typed, struct store_enrolment *out, bool *found,
		 struct err *e)
{
	char code[USER_CODE_SIZE];

	*found = user_code_read(typed, code) &&
		 store_enrolment_by_user_code(r->db, r->arena, code, r->now_ms, out, e);
	return *found || e->code == ERR_NONE || e->code == ERR_NOT_FOUND;
}

static bool consent_show(struct request *r, struct err *e)
{
	const char *typed = http_query(r->http, "user_code");
	struct flow_enrol_present now;
	struct browser_session s;
	struct store_enrolment en;
	struct flow f;
	bool signed_in, found;

	if (!browser_session(r, &s, &signed_in, e))
		return false;
	err_clear(e);
	if (!signed_in)
		return page_signin(r, e);
	if (typed == NULL || typed[0] == '\0') {
		page_code(r, &s, false);
		return true;
	}
	if (!find(r, typed, &en, &found, e))
		return false;
	if (!found)
		return wrong_code(r, &s, e);
	f = request_flow(r);
	if (!flow_enrol_present(&f, &en, s.row.person, &now, e))
		return false;
	page_consent(r, &s, &en, &now);
	return true;
}

static bool decide(struct request *r, const struct browser_session *s,
		   const struct store_enrolment *en, bool allow, struct err *e)
{
	struct flow f = request_flow(r);
	struct flow_enrol_present now;

	if (!flow_enrol_present(&f, en, s->row.person, &now, e))
		return false;
	if (allow && now.refusal != NULL)
		return page_done(r, err_http_status(now.refusal->error), not_connected,
				 refusal_text(now.refusal));
	if (!flow_enrol_decide(&f, en, s->row.person, allow, e))
		return false;
	if (allow)
		return page_done(
		    r, 200, (struct page_text){"The device is connected", "设备已连接"},
		    (struct page_text){"It knows within a few seconds. You can close this "
				       "page.",
				       "设备将在几秒内获知。您可以关闭此页面。"});
	return page_done(
	    r, 200, not_connected,
	    (struct page_text){"Nothing has changed. If you did not ask for this, tell "
			       "your administrator.",
			       "没有任何更改。如果这不是您发起的，请告知管理员。"});
}

static bool consent_answer(struct request *r, struct err *e)
{
	const char *typed = http_form(r->http, "user_code");
	const char *csrf = http_form(r->http, "csrf");
	const char *choice = http_form(r->http, "choice");
	struct browser_session s;
	struct store_enrolment en;
	bool signed_in, found, allow = text_equal(choice, "allow");

	if (typed == NULL || csrf == NULL || (!allow && !text_equal(choice, "deny")))
		return err_set(e, ERR_INVALID,
			       "The form must have user_code, csrf and choice (allow or deny).");
	if (!browser_session(r, &s, &signed_in, e))
		return false;
	err_clear(e);
	if (!signed_in || !crypto_equal_text(csrf, s.row.csrf))
		return page_done(r, 403, (struct page_text){"You are not signed in", "未登录"},
				 (struct page_text){"Your sign-in has ended. Open the link on your "
						    "device again.",
						    "登录已失效。请在设备上重新打开链接。"});
	if (!find(r, typed, &en, &found, e))
		return false;
	err_clear(e);
	if (!found)
		return wrong_code(r, &s, e);
	return decide(r, &s, &en, allow, e);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/enrol", ROUTE(ACCESS_PUBLIC, ROUTE_WRITE, consent_show, ERRORS_PAGE)},
    {HTTP_POST, "/enrol", MAX_BODY, ROUTE(ACCESS_PUBLIC, ROUTE_WRITE, consent_answer, ERRORS_PAGE)},
};

const struct route_table consent_routes = ROUTE_TABLE(routes);
