#include "web/page.h"

#include <string.h>

#include "base/text.h"
#include "flow/snapshots.h"
#include "model/phrase.h"
#include "web/language.h"
#include "web/server.h"

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1d2129;--dim:#5b6472;--line:#dfe3ea;--paper:#fff;"
    "--ground:#f3f5f8;--deed:#1456c8;--warn:#8a4b00;--warn-ground:#fff6e6}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8eaee;--dim:#a3adba;--line:#39414d;"
    "--paper:#1d222a;--ground:#12161c;--deed:#5b94f5;--warn:#ffce85;--warn-ground:#3a2c14}}"
    "*{box-sizing:border-box}"
    "body{margin:0;min-height:100vh;background:var(--ground);color:var(--ink);"
    "font:16px/1.6 system-ui,-apple-system,\"Segoe UI\",\"PingFang SC\",\"Microsoft YaHei\","
    "\"Noto Sans CJK SC\",\"Noto Sans\",sans-serif;display:flex;align-items:center;"
    "justify-content:center;padding:24px}"
    "main{background:var(--paper);border:1px solid var(--line);border-radius:12px;"
    "padding:28px 32px 32px;width:100%;max-width:480px}"
    ".brand{color:var(--dim);font-size:14px;margin:0 0 4px}"
    "h1{font-size:22px;line-height:1.35;margin:0 0 16px}"
    "p{margin:0 0 16px}"
    ".dim{color:var(--dim);font-size:14px}"
    ".warn{background:var(--warn-ground);color:var(--warn);border-radius:8px;padding:10px 14px}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:8px 20px;margin:0 0 20px;"
    "padding:14px 16px;border:1px solid var(--line);border-radius:8px}"
    "dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}"
    ".code{font:600 18px/1.4 ui-monospace,Menlo,Consolas,monospace;letter-spacing:.08em}"
    ".command{font:15px/1.5 ui-monospace,Menlo,Consolas,monospace;background:var(--ground);"
    "border-radius:8px;padding:10px 14px;overflow-wrap:anywhere;user-select:all}"
    "label{display:block;margin:0 0 6px}"
    "input[type=password]{width:100%;font:inherit;padding:10px 12px;margin:0 0 16px;"
    "color:inherit;background:transparent;border:1px solid var(--dim);border-radius:8px}"
    "input[type=text]{width:100%;font:600 22px/1.4 ui-monospace,Menlo,Consolas,monospace;"
    "letter-spacing:.12em;text-transform:uppercase;padding:10px 12px;margin:0 0 16px;"
    "color:inherit;background:transparent;border:1px solid var(--dim);border-radius:8px}"
    "input.words{font:inherit;letter-spacing:normal;text-transform:none}"
    "input::placeholder{opacity:.4;font-weight:400}"
    "main>:last-child,form>:last-child{margin-bottom:0}form{margin:0 0 16px}"
    ".row{display:flex;gap:12px;flex-wrap:wrap}"
    "button,.button{font:inherit;font-weight:600;cursor:pointer;text-decoration:none;"
    "text-align:center;padding:10px 20px;border-radius:8px;border:1px solid var(--deed);"
    "background:var(--deed);color:var(--paper);flex:1 1 auto}"
    ".which{font-weight:400;font-size:14px}"
    ".who{display:flex;justify-content:space-between;gap:12px;align-items:baseline;margin-top:20px}"
    ".link{background:none;border:0;padding:0;flex:0 0 auto;color:var(--deed);font-weight:400;"
    "font-size:14px;text-decoration:underline}"
    ".plain{background:transparent;color:var(--ink);border-color:var(--dim)}"
    "button:focus-visible,.button:focus-visible,input:focus-visible{outline:3px solid var(--deed);"
    "outline-offset:2px}";

const char *page_say(const struct request *r, struct page_text text)
{
	return language_is_chinese(r) ? text.zh : text.en;
}

const char *page_language(const struct request *r)
{
	if (http_query(r->http, "lang") == NULL)
		return "";
	return language_is_chinese(r) ? "?lang=zh" : "?lang=en";
}

void page_put(struct request *r, const char *text)
{
	buf_text(&r->body, text_html(r->arena, text));
}

void page_paragraph(struct request *r, struct page_text text)
{
	buf_text(&r->body, "<p>");
	page_put(r, page_say(r, text));
	buf_text(&r->body, "</p>");
}

/* Whose Holdfast it is, when it has a name. */
static void put_brand(struct request *r)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	const char *name = snapshot_organisation(snapshot);

	buf_text(&r->body, "<p class=\"brand\">");
	page_put(r, name);
	buf_text(&r->body, *name != '\0' ? " · Holdfast</p><h1>" : "Holdfast</p><h1>");
	snapshots_give(r->server->snapshots, snapshot);
}

void page_begin(struct request *r, struct page_text title)
{
	r->type = "text/html; charset=utf-8";
	request_header(r, "Content-Security-Policy",
		       "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; "
		       "base-uri 'none'; form-action 'self'");
	request_header(r, "Referrer-Policy", "same-origin");
	buf_printf(&r->body, "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\">",
		   language_is_chinese(r) ? "zh-CN" : "en");
	buf_text(&r->body, "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
			   "<title>");
	page_put(r, page_say(r, title));
	buf_printf(&r->body, " · Holdfast</title><style>%s</style></head><body><main>", style);
	put_brand(r);
	page_put(r, page_say(r, title));
	buf_text(&r->body, "</h1>");
}

void page_end(struct request *r)
{
	buf_text(&r->body, "</main></body></html>\n");
}

const char *page_next(const char *next, const char *otherwise)
{
	if (next == NULL || next[0] != '/' || next[1] == '/' || strlen(next) > PAGE_MAX_NEXT)
		return otherwise;
	for (const char *c = next; *c != '\0'; c++) {
		if (*c <= ' ' || *c > '~' || *c == '\\')
			return otherwise;
	}
	return next;
}

/* What is only for whoever mends it is English: in Chinese the number leads to it. */
void page_error(struct request *r, const char *detail)
{
	bool zh = language_is_chinese(r);
	const char *said = zh ? phrase_find(r->arena, "error", detail) : detail;

	page_begin(r, (struct page_text){"That did not work", "操作未成功"});
	if (said != NULL) {
		buf_text(&r->body, "<p class=\"warn\">");
		page_put(r, said);
		buf_text(&r->body, "</p>");
	}
	page_paragraph(r, (struct page_text){
			      "Please try again. If it happens again, tell your administrator this "
			      "number:",
			      "请重试。如果仍不成功，请将以下编号告诉管理员："});
	buf_printf(&r->body, "<p class=\"dim\">%s</p>", r->id);
	page_end(r);
}
