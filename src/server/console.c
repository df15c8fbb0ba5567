/*
 * Where administrators' browsers arrive: who is signed in as what, the second factor that the organisation may
 * ask for, and the way out.
 */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/credential.h"
#include "model/signin.h"
#include "web/auth.h"
#include "web/page.h"
#include "web/password.h"
#include "web/request.h"
#include "server/routes.h"
#include "server/ways.h"
#include "web/server.h"
#include "store/account.h"
#include "store/person.h"

#define MAX_BODY 4096
#define MAX_CODE 64

static const struct page_text title = {"Holdfast console", "Holdfast 控制台"};

static const struct {
	enum role role;
	struct page_text name;
} roles[] = {
    {ROLE_OWNER, {"Owner", "所有者"}},
    {ROLE_SECURITY_ADMIN, {"Security administrator", "安全管理员"}},
    {ROLE_APPROVER, {"Approver", "审批人"}},
    {ROLE_AUDITOR, {"Auditor", "审计员"}},
};

static const char *role_words(const struct request *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		if (roles[i].role == r->caller.role)
			return page_say(r, roles[i].name);
	}
	return "";
}

static bool page_signin(struct request *r, struct err *e)
{
	struct ways *ways = arena_new(r->arena, struct ways);

	if (!ways_find(r, true, ways, e))
		return false;
	page_begin(r, title);
	page_paragraph(r,
		       (struct page_text){
			   "For administrators, approvers and auditors. With an email address and "
			   "a password, sign in with holdfastctl login.",
			   "供管理员、审批人和审计员使用。使用邮箱和密码登录请运行 holdfastctl "
			   "login。"});
	if (ways->count > 0)
		ways_put(r, ways, true, arena_printf(r->arena, "/console%s", page_language(r)));
	page_end(r);
	return true;
}

static void put_fact(struct request *r, struct page_text name, const char *value)
{
	buf_text(&r->body, "<dt>");
	page_put(r, page_say(r, name));
	buf_text(&r->body, "</dt><dd>");
	page_put(r, value);
	buf_text(&r->body, "</dd>");
}

/* Of a form that does what the session may: its address, and its csrf. */
static void form_begin(struct request *r, const char *action)
{
	buf_printf(&r->body,
		   "<form method=\"post\" action=\"%s%s\">"
		   "<input type=\"hidden\" name=\"csrf\" value=\"%s\">",
		   action, page_language(r), r->caller.csrf);
}

static void put_button(struct request *r, const char *class, struct page_text text)
{
	buf_printf(&r->body, "<p class=\"row\"><button%s>", class);
	page_put(r, page_say(r, text));
	buf_text(&r->body, "</button></p></form>");
}

static void put_sign_out(struct request *r)
{
	form_begin(r, "/auth/sign-out");
	buf_text(&r->body, "<input type=\"hidden\" name=\"for\" value=\"console\">");
	put_button(r, " class=\"plain\"", (struct page_text){"Sign out", "退出登录"});
}

static void put_warning(struct request *r, struct page_text text)
{
	buf_text(&r->body, "<p class=\"warn\">");
	page_put(r, page_say(r, text));
	buf_text(&r->body, "</p>");
}

static const struct page_text
    asked_for =
	{"Your organisation asks this role for a second factor. Until you have set one up, you can "
	 "do nothing else here.",
	 "您所在的组织要求此角色启用二次验证。设置完成之前无法进行其他操作。"},
    wrong_password = {"The password is not right.", "密码不正确。"},
    too_late = {
	"That was too long after your sign-in. Sign out, sign in again, and set it up within ten "
	"minutes.",
	"距登录时间过长。请退出后重新登录，并在十分钟内完成设置。"};

static void put_setup(struct request *r, const struct store_account *account, struct page_text why)
{
	put_warning(r, why);
	form_begin(r, "/console/totp");
	if (account->has_password) {
		buf_text(&r->body, "<label for=\"password\">");
		page_put(r, page_say(r, (struct page_text){"Your password", "您的密码"}));
		buf_printf(&r->body,
			   "</label><input type=\"password\" id=\"password\" name=\"password\" "
			   "maxlength=\"%d\" autocomplete=\"current-password\" required>",
			   PASSWORD_MAX);
	}
	put_button(r, "", (struct page_text){"Set up an authenticator app", "设置验证器应用"});
}

static const char *until(struct request *r)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(r->caller.ends_ms, text);
	return arena_printf(r->arena, "%.10s %.5s UTC", text, text + 11);
}

/* why: what is said above the form that sets up a second factor. */
static bool page_signed_in(struct request *r, const struct store_account *account,
			   struct page_text why, struct err *e)
{
	struct store_person person;

	page_begin(r, title);
	buf_text(&r->body, "<dl>");
	put_fact(r, (struct page_text){"Signed in as", "已登录"}, account->name);
	put_fact(r, (struct page_text){"Role", "角色"}, role_words(r));
	put_fact(r, (struct page_text){"Account", "账号"}, account->email);
	if (account->person != NULL) {
		if (!store_person_get(r->db, r->arena, account->person, &person, e))
			return false;
		put_fact(r, (struct page_text){"In the directory", "通讯录用户"},
			 arena_printf(r->arena, "%s (%s)", person.name, person.source_name));
	}
	put_fact(r, (struct page_text){"At most until", "最晚有效至"}, until(r));
	buf_text(&r->body, "</dl>");
	if (r->caller.needs_totp)
		put_setup(r, account, why);
	put_sign_out(r);
	page_end(r);
	return true;
}

static bool console_show(struct request *r, struct err *e)
{
	struct store_account account;
	bool signed_in;

	if (!auth_browser(r, &signed_in, e))
		return false;
	if (!signed_in)
		return page_signin(r, e);
	auth_seen(r);
	return store_account_get(r->db, r->arena, r->caller.account, &account, e) &&
	       page_signed_in(r, &account, asked_for, e);
}

/* --- the second factor --- */

/* Who is signed in, and meant what the form says. */
static bool meant(struct request *r, struct store_account *account, struct err *e)
{
	const char *csrf = http_form(r->http, "csrf");
	bool signed_in;

	if (!auth_same_site(r, e) || !auth_browser(r, &signed_in, e))
		return false;
	if (!signed_in || csrf == NULL || !crypto_equal_text(csrf, r->caller.csrf))
		return err_set(e, ERR_FORBIDDEN, "Your sign-in has ended. Sign in again.");
	return store_account_get(r->db, r->arena, r->caller.account, account, e);
}

struct setup {
	struct request *r;
	unsigned char secret[CRYPTO_TOTP_SECRET_SIZE];
};

static bool make_secret(struct db *db, void *arg, struct err *e)
{
	struct setup *s = arg;
	struct flow f = request_flow(s->r);

	f.db = db;
	return flow_totp_enrol(&f, s->r->server->master_key, s->r->caller.account, s->secret, e);
}

static const char *in_fours(struct arena *a, const char *secret)
{
	const char *out = "";

	for (size_t i = 0; secret[i] != '\0'; i += strnlen(secret + i, 4))
		out = arena_printf(a, "%s%s%.4s", out, i > 0 ? " " : "", secret + i);
	return out;
}

static void put_code_form(struct request *r)
{
	form_begin(r, "/console/totp/confirm");
	buf_text(&r->body, "<label for=\"code\">");
	page_put(r, page_say(r, (struct page_text){"The code that the app shows now",
						   "应用当前显示的验证码"}));
	buf_printf(&r->body,
		   "</label><input type=\"text\" id=\"code\" name=\"code\" maxlength=\"%d\" "
		   "inputmode=\"numeric\" autocomplete=\"one-time-code\" required>",
		   MAX_CODE);
	put_button(r, "", (struct page_text){"Switch it on", "启用"});
}

static void page_secret(struct request *r, const struct store_account *account, const char *secret)
{
	page_begin(r, (struct page_text){"Your authenticator app", "您的验证器应用"});
	page_paragraph(
	    r, (struct page_text){
		   "Enter this key in an authenticator app (time based, 6 digits). On a "
		   "phone, the link below opens the app.",
		   "请在验证器应用中输入此密钥（基于时间，6 位数字）。在手机上可点击下方链接打"
		   "开应用。"});
	buf_text(&r->body, "<p class=\"command\">");
	page_put(r, in_fours(r->arena, secret));
	buf_printf(&r->body, "</p><p><a href=\"%s\">",
		   text_html(r->arena, totp_uri(r->arena, account->email, secret)));
	page_put(r,
		 page_say(r, (struct page_text){"Open the authenticator app", "打开验证器应用"}));
	buf_text(&r->body, "</a></p>");
	put_code_form(r);
	page_end(r);
}

static bool not_proven(struct request *r, const struct store_account *account, struct err *e)
{
	err_clear(e);
	r->status = 403;
	return page_signed_in(r, account, account->has_password ? wrong_password : too_late, e);
}

static bool totp_begin(struct request *r, struct err *e)
{
	char secret[TEXT_BASE32_SIZE(CRYPTO_TOTP_SECRET_SIZE)];
	struct setup s = {.r = r};
	struct store_account account;

	if (!meant(r, &account, e))
		return false;
	if (!password_prove(r, http_form(r->http, "password"), e))
		return e->code == ERR_FORBIDDEN && not_proven(r, &account, e);
	if (!request_run(r, make_secret, &s, e))
		return false;
	text_base32(s.secret, sizeof(s.secret), secret);
	page_secret(r, &account, secret);
	crypto_wipe(s.secret, sizeof(s.secret));
	crypto_wipe(secret, sizeof(secret));
	return true;
}

static void page_codes(struct request *r, char (*codes)[FLOW_RECOVERY_SIZE])
{
	page_begin(r, (struct page_text){"The second factor is on", "二次验证已启用"});
	page_paragraph(r,
		       (struct page_text){
			   "Keep these recovery codes where the phone is not. Each is good once, "
			   "in the place of a code. They are shown only now.",
			   "请将以下恢复码与手机分开保管。每个可代替验证码使用一次，仅在此显示。"});
	buf_text(&r->body, "<p class=\"command\">");
	for (size_t i = 0; i < FLOW_RECOVERY_CODES; i++) {
		page_put(r, codes[i]);
		buf_text(&r->body, "<br>");
	}
	buf_printf(&r->body, "</p><p class=\"row\"><a class=\"button\" href=\"/console%s\">",
		   page_language(r));
	page_put(r, page_say(r, (struct page_text){"I have kept them", "我已保存"}));
	buf_text(&r->body, "</a></p>");
	page_end(r);
}

static bool page_again(struct request *r)
{
	r->status = 422;
	page_begin(r, (struct page_text){"Your authenticator app", "您的验证器应用"});
	put_warning(r,
		    (struct page_text){"The code does not match. Is the clock of the phone right?",
				       "验证码不匹配。请检查手机时间是否准确。"});
	put_code_form(r);
	page_end(r);
	return true;
}

static bool totp_confirm(struct request *r, struct err *e)
{
	char codes[FLOW_RECOVERY_CODES][FLOW_RECOVERY_SIZE];
	const char *code = http_form(r->http, "code");
	struct store_account account;
	struct flow f;

	if (!meant(r, &account, e))
		return false;
	if (code == NULL || strlen(code) > MAX_CODE)
		return err_set(e, ERR_INVALID, "The form must have a code.");
	f = request_flow(r);
	if (!flow_totp_confirm(&f, r->server->master_key, account.id, code, codes, e)) {
		if (e->code != ERR_UNPROCESSABLE)
			return false;
		err_clear(e);
		return page_again(r);
	}
	page_codes(r, codes);
	crypto_wipe(codes, sizeof(codes));
	return true;
}

/* Who types the server's name alone. */
static bool root_show(struct request *r, struct err *e)
{
	(void)e;
	request_redirect(r, "/console");
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/", ROUTE(ACCESS_PUBLIC, ROUTE_READ, root_show, ERRORS_PAGE)},
    {HTTP_GET, "/console", ROUTE(ACCESS_PUBLIC, ROUTE_READ, console_show, ERRORS_PAGE)},
    {HTTP_POST, "/console/totp", MAX_BODY,
     ROUTE(ACCESS_PUBLIC, ROUTE_WORK, totp_begin, ERRORS_PAGE)},
    {HTTP_POST, "/console/totp/confirm", MAX_BODY,
     ROUTE(ACCESS_PUBLIC, ROUTE_WRITE, totp_confirm, ERRORS_PAGE)},
};

const struct route_table console_routes = ROUTE_TABLE(routes);
