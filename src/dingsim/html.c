#include "dingsim/html.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "dingsim/inject.h"
#include "dingsim/words.h"

void html(struct page *p, const char *fmt, ...)
{
	struct buf *out = &p->c->out;
	va_list args;

	va_start(args, fmt);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			buf_char(out, *fmt);
			continue;
		}
		fmt++;
		assert(*fmt == 's' || *fmt == '%');
		if (*fmt == '%')
			buf_char(out, '%');
		else
			buf_text(out, text_html(p->c->store.arena, va_arg(args, const char *)));
	}
	va_end(args);
}

const char *page_text(const struct page *p, const char *english, const char *chinese)
{
	return p->chinese ? chinese : english;
}

/* The first of zh and en in the header decides; browsers list the preferred language first. */
static bool prefers_chinese(const char *accept)
{
	const char *zh = accept ? strcasestr(accept, "zh") : NULL;
	const char *en = accept ? strcasestr(accept, "en") : NULL;

	return zh && (!en || zh < en);
}

/* The query without its lang. */
static const char *other_query(struct call *c)
{
	struct buf out = {0};
	const char *p = c->r->query ? c->r->query : "";
	const char *text;

	while (*p) {
		size_t n = strcspn(p, "&");

		if (n && !text_starts(p, "lang=")) {
			buf_char(&out, '&');
			buf_add(&out, p, n);
		}
		p += n + (p[n] == '&');
	}
	text = arena_dup(c->store.arena, out.data ? out.data : "");
	buf_done(&out);
	return text;
}

static void set_headers(struct call *c, const char *form_target)
{
	const char *policy = arena_printf(
	    c->store.arena,
	    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'%s%s; "
	    "base-uri 'none'; frame-ancestors 'none'",
	    form_target ? " " : "", form_target ? form_target : "");

	(void)http_set_header(c->r, "Content-Security-Policy", policy);
	(void)http_set_header(c->r, "X-Content-Type-Options", "nosniff");
	(void)http_set_header(c->r, "Referrer-Policy", "same-origin");
	(void)http_set_header(c->r, "Cache-Control", "no-store");
	(void)http_set_header(c->r, "Vary", "Accept-Language");
}

bool page_chinese(struct call *c)
{
	const char *lang = c->r->query ? http_query(c->r, "lang") : NULL;

	if (text_equal(lang, "zh") || text_equal(lang, "en"))
		return *lang == 'z';
	return prefers_chinese(http_header(c->r, "Accept-Language"));
}

static const char *forced_language(struct call *c)
{
	const char *lang = c->r->query ? http_query(c->r, "lang") : NULL;

	if (text_equal(lang, "zh"))
		return "lang=zh&amp;";
	return text_equal(lang, "en") ? "lang=en&amp;" : "";
}

static const struct {
	const char *path, *english, *chinese;
} menu[] = {
    {"/", "Approvals", "审批"},
    {"/forms", "OA admin console", "OA管理后台"},
    {"/apps", "Developer console", "开发者后台"},
    {"/org", "Organisation", "通讯录"},
    {"/faults", "Faults", "故障"},
    {"/clock", "Clock", "时钟"},
};

/* Which entry of the menu the page belongs to: what no other claims is the first's. */
static size_t menu_entry(const char *path)
{
	size_t i = ARRAY_SIZE(menu) - 1;

	while (i && !text_starts(path, menu[i].path))
		i--;
	return i;
}

static void page_menu(struct page *p)
{
	const char *path = p->c->r->path ? p->c->r->path : "/";
	size_t here = menu_entry(path), i;

	/* Somebody else's user signs in there: no way into dingsim's own pages. */
	if (text_starts(path, "/oauth2/"))
		return;
	html(p, "<nav>");
	for (i = 0; i < ARRAY_SIZE(menu); i++) {
		html_link(p, menu[i].path);
		html(p, "\" class=\"%s\">%s</a>", i == here ? "here" : "",
		     page_text(p, menu[i].english, menu[i].chinese));
	}
	html(p, "</nav>");
}

/* What DingTalk says in Chinese only, for readers of English. */
static const struct {
	const char *code, *english;
} said[] = {
    {"aflowProcessInstStatusException", "The form is over, or still too young to be withdrawn."},
    {"aflowProcessInstCanNotBeExecuted", "This task cannot be decided now."},
    {"invalidInstanceExecuteActionerUserId", "This task is somebody else's."},
    {"internalError", "The form's settings do not allow that."},
    {"formConverterError", "A control's value is missing or does not fit."},
    {"illegalComponent", "A control is given wrongly."},
    {"processInstanceInvalidParameter", "Something in the request does not fit."},
    {"processGetFailed", "The form is disabled."},
    {"processSetupNoPermission", "This person may not initiate the form."},
    {"targetSelectApproverMissing", "Choose the approvers of every step."},
    {"targetSelectApproverScopeError", "One of the approvers cannot be chosen here."},
    {"param.illegal", "The task cannot go to this person."},
    {"param.illegal.operator", "This task is somebody else's."},
    {"task.status.error", "The task is over."},
    {"instance.status.error", "The form is over."},
    {"processCodeError", "The form does not exist."},
    {"systemError", "Something failed inside dingsim; its log says what."},
};

static const char *english_of(const char *code)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(said); i++)
		if (text_equal(said[i].code, code))
			return said[i].english;
	return NULL;
}

/* What went wrong with a form that was sent, or that it was saved. */
static void page_notice(struct page *p)
{
	const struct fault *fault = &p->c->fault;
	struct arena *a = p->c->store.arena;
	const char *english = fault->code ? english_of(fault->code) : NULL;
	const char *saved = p->c->r->query ? http_query(p->c->r, "saved") : NULL;

	if (fault->code && english && !p->chinese)
		html(p,
		     "<div class=\"note bad\" role=\"alert\">%s <span class=\"dim\">DingTalk says: "
		     "%s (%s)</span></div>",
		     english, fault->text, fault->code);
	else if (fault->code)
		html(p, "<div class=\"note bad\" role=\"alert\">%s%s</div>",
		     p->chinese ? words_chinese(a, fault->text) : words_english(a, fault->text),
		     english ? arena_printf(a, "（%s）", fault->code) : "");
	else if (saved)
		html(p, "<div class=\"note good\" role=\"status\">%s</div>",
		     page_text(p, "Saved.", "已保存。"));
}

struct page page_open(struct call *c, const char *english, const char *chinese,
		      const char *form_target)
{
	struct page p = {.c = c, .chinese = page_chinese(c), .lang = forced_language(c)};

	set_headers(c, form_target);
	if (c->fault.code)
		c->status = c->fault.status;
	html(&p,
	     "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
	     "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
	     "<title>%s - dingsim</title><link rel=\"icon\" href=\"data:,\">"
	     "<link rel=\"stylesheet\" href=\"/style.css\"></head><body><header><div>",
	     page_text(&p, "en", "zh-CN"), page_text(&p, english, chinese));
	html_link(&p, "/");
	html(&p,
	     "\" class=\"brand\">%s <span>dingsim</span></a><a href=\"?lang=%s%s\" "
	     "lang=\"%s\">%s</a></div>",
	     c->sim->corp_name, page_text(&p, "zh", "en"), other_query(c),
	     page_text(&p, "zh-CN", "en"), page_text(&p, "中文", "English"));
	page_menu(&p);
	html(&p, "</header><main>");
	page_notice(&p);
	return p;
}

/* What makes things happen that one would not expect. */
static void page_unusual(struct page *p)
{
	const struct injection *f = inject_faults(p->c->sim->injector);
	int64_t count = 0;

	for (; f; f = f->next)
		count += !inject_over(f);
	if (count) {
		html(p, "<p>");
		html_link(p, "/faults");
		html_both(p, "\">Faults in force: %s</a></p>", "\">生效中的故障：%s</a></p>",
			  arena_printf(p->c->store.arena, "%lld", (long long)count));
	}
	if (p->c->sim->ahead_ms) {
		html(p, "<p>");
		html_link(p, "/clock");
		html(p, "\">%s</a></p>", page_text(p, "The clock is ahead", "时钟已前进"));
	}
}

void page_close(struct page *p)
{
	html(p, "</main><footer>");
	/* Not for somebody else's user. */
	if (!text_starts(p->c->r->path ? p->c->r->path : "", "/oauth2/"))
		page_unusual(p);
	html(p, "<p>%s</p></footer></body></html>\n",
	     page_text(p, "A local DingTalk for development and tests. Nothing here is real.",
		       "供开发和测试使用的本地钉钉，内容均非真实。"));
}

void html_error(struct call *c, const char *text)
{
	struct page p;

	if (!c->fault.code)
		c->fault = (struct fault){.status = c->status, .code = "failed", .text = text};
	p = page_open(c, "That did not work", "出错了", NULL);
	html(&p, "<h1>%s</h1>", page_text(&p, "That did not work", "出错了"));
	page_close(&p);
}

void html_link(struct page *p, const char *path)
{
	html(p, "<a href=\"%s?", path);
	buf_text(&p->c->out, p->lang);
}

void html_form(struct page *p, const char *path, const char *query)
{
	html(p, "<form method=\"post\" action=\"%s?", path);
	buf_text(&p->c->out, p->lang);
	html(p, "%s\">", query);
}

void html_heading(struct page *p, const char *english, const char *chinese)
{
	html(p, "<h2>%s</h2>", page_text(p, english, chinese));
}

void html_nothing(struct page *p, const char *english, const char *chinese)
{
	html(p, "<p class=\"card dim\">%s</p>", page_text(p, english, chinese));
}

void html_hidden(struct page *p, const char *name, const char *value)
{
	html(p, "<input type=\"hidden\" name=\"%s\" value=\"%s\">", name, value);
}

void html_button(struct page *p, const char *tone, const char *act, const char *label)
{
	html(p, "<button class=\"%s\" name=\"do\" value=\"%s\">%s</button>", tone, act, label);
}

void html_field(struct page *p, const struct field *f)
{
	const char *type = f->type ? f->type : "text";
	const char *id = f->id ? f->id : arena_printf(p->c->store.arena, "f_%s", f->name);

	if (f->label)
		html(p, "<label for=\"%s\">%s", id, f->label);
	if (f->label)
		html(p, f->required ? " <span class=\"must\">*</span></label>" : "</label>");
	if (text_equal(type, "area")) {
		html(p, "<textarea id=\"%s\" name=\"%s\" placeholder=\"%s\"", id, f->name,
		     f->placeholder ? f->placeholder : "");
		html(p, f->required ? " required>" : ">");
		/* A line end right behind the tag would be dropped. */
		html(p, "\n%s</textarea>", f->value ? f->value : "");
		return;
	}
	html(p, "<input id=\"%s\" name=\"%s\" value=\"%s\" placeholder=\"%s\"", id, f->name,
	     f->value ? f->value : "", f->placeholder ? f->placeholder : "");
	if (text_equal(type, "person"))
		html(p, " list=\"people\" autocomplete=\"off\"");
	else if (f->list)
		html(p, " list=\"%s\" autocomplete=\"off\"", f->list);
	else
		html(p, " type=\"%s\"", type);
	html(p, f->required ? " required>" : ">");
}

void html_check(struct page *p, const char *name, const char *label, bool on)
{
	html(p,
	     "<label class=\"check\"><input type=\"checkbox\" name=\"%s\" value=\"on\"%s> "
	     "%s</label>",
	     name, on ? " checked" : "", label);
}

void html_option(struct page *p, const char *value, const char *label, const char *chosen)
{
	html(p, "<option value=\"%s\"%s>%s</option>", value,
	     text_equal(value, chosen) ? " selected" : "", label);
}

void html_redirect(struct call *c, const char *path, const char *query)
{
	const char *lang = c->r->query ? http_query(c->r, "lang") : NULL;
	const char *keep = text_equal(lang, "zh")   ? "lang=zh&"
			   : text_equal(lang, "en") ? "lang=en&"
						    : "";

	c->status = 303;
	(void)http_set_header(c->r, "Location",
			      arena_printf(c->store.arena, "%s?%s%s", path, keep, query));
}

bool page_refuse(struct call *c, struct err *e, const char *english, const char *chinese)
{
	const char *text = page_chinese(c) ? chinese : english;

	c->fault = (struct fault){.status = 400, .code = "refused", .text = text};
	return err_set(e, ERR_INVALID, "%.400s", text);
}
