#include "dingsim/html.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "dingsim/routes.h"

static const char style[] =
    ":root{--ink:#1b2230;--dim:#647084;--line:#e3e7ee;--back:#f4f6f9;--card:#fff;--blue:#1677ff;"
    "--green:#12833a;--red:#c8232c;--amber:#9a6700}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8ebf1;--dim:#9aa5b8;--line:#313947;"
    "--back:#12161d;--card:#1b212b;--blue:#5aa2ff;--green:#4cc279;--red:#ff7b80;--amber:#e0b050}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--back);color:var(--ink);line-height:1.55;"
    "font-family:system-ui,-apple-system,'PingFang SC','Noto Sans CJK SC','Microsoft YaHei',"
    "sans-serif;font-size:16px;overflow-wrap:anywhere}"
    "header{background:var(--card);border-bottom:1px solid var(--line)}"
    "header>div,main,footer{max-width:46rem;margin:0 auto;padding:.7rem 1rem}"
    "header>div{display:flex;gap:.75rem;align-items:center;justify-content:space-between}"
    "header a{text-decoration:none}.brand{font-weight:650;color:var(--ink)}"
    ".brand span{font-weight:400;color:var(--dim)}"
    "h1{font-size:1.35rem;line-height:1.3;margin:1rem 0 .6rem}"
    "h2{font-size:1.02rem;margin:1.6rem 0 .5rem}"
    "a{color:var(--blue)}p{margin:.4rem 0}.dim{color:var(--dim);font-size:.88rem}"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:12px;"
    "padding:.9rem 1rem;margin:.6rem 0}"
    "ul.list{list-style:none;margin:0;padding:0;background:var(--card);"
    "border:1px solid var(--line);border-radius:12px;overflow:hidden}"
    "ul.list>li+li{border-top:1px solid var(--line)}"
    "ul.list a,ul.list .row{display:flex;gap:.75rem;padding:.65rem 1rem;align-items:center;"
    "justify-content:space-between;color:inherit;text-decoration:none}"
    "ul.list a:hover,ul.list a:focus-visible{background:var(--back)}"
    "ul.list .main{min-width:0}ul.list .main>span{display:block}"
    ".tag{flex:none;font-size:.82rem;padding:.1rem .55rem;border-radius:99px;"
    "border:1px solid currentColor;color:var(--dim);white-space:nowrap}"
    ".tag.good{color:var(--green)}.tag.bad{color:var(--red)}.tag.wait{color:var(--amber)}"
    "dl{display:grid;grid-template-columns:minmax(6rem,auto) 1fr;gap:.35rem 1rem;margin:0}"
    "dt{color:var(--dim)}dd{margin:0;white-space:pre-wrap}"
    "@media(max-width:26rem){dl{grid-template-columns:1fr;gap:.05rem}dd{margin-bottom:.5rem}}"
    "label{display:block;margin:.5rem 0 .25rem}"
    "input[type=search],textarea{width:100%;font:inherit;color:inherit;background:var(--back);"
    "border:1px solid var(--line);border-radius:8px;padding:.5rem .65rem}"
    "textarea{min-height:4.5rem;resize:vertical}"
    "button{font:inherit;padding:.5rem 1.3rem;border-radius:8px;border:1px solid var(--line);"
    "background:var(--card);color:inherit;cursor:pointer}"
    "button.go{background:#1463d8;border-color:#1463d8;color:#fff}"
    "button.stop{color:var(--red);border-color:currentColor}"
    ".buttons{display:flex;gap:.6rem;margin-top:.8rem;flex-wrap:wrap}"
    ".buttons.below{position:sticky;bottom:0;padding:.7rem 0;background:var(--back)}"
    ".find{display:flex;gap:.6rem;margin:.6rem 0}.find input{flex:1;min-width:0}"
    "fieldset{border:0;margin:0;padding:0}legend{padding:0;font-weight:600;margin-bottom:.4rem}"
    "ul.list label{display:flex;gap:.75rem;align-items:center;margin:0;padding:.55rem 1rem;"
    "cursor:pointer}"
    ".note{border-left:4px solid var(--amber);padding:.5rem .9rem;background:var(--card);"
    "border-radius:6px;margin:.6rem 0}.note.bad{border-color:var(--red)}"
    "ol.time{list-style:none;margin:0;padding:0 0 0 1.1rem;border-left:2px solid var(--line)}"
    "ol.time li{margin:0 0 .8rem;position:relative}"
    "ol.time li::before{content:'';position:absolute;left:-1.5rem;top:.5rem;width:.6rem;"
    "height:.6rem;border-radius:50%;background:var(--dim)}"
    "ol.time li.good::before{background:var(--green)}ol.time li.bad::before{background:var(--red)}"
    "ol.time li.wait::before{background:var(--amber)}"
    "code{font-family:ui-monospace,'DejaVu Sans Mono',monospace;font-size:.85em}"
    "footer{color:var(--dim);font-size:.85rem;padding-bottom:2rem}"
    ":focus-visible{outline:2px solid var(--blue);outline-offset:1px}";

bool page_style(struct call *c, struct err *e)
{
	(void)e;
	c->type = "text/css; charset=utf-8";
	(void)http_set_header(c->r, "Cache-Control", "max-age=300");
	(void)http_set_header(c->r, "X-Content-Type-Options", "nosniff");
	buf_text(&c->out, style);
	return true;
}

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

struct page page_open(struct call *c, const char *english, const char *chinese,
		      const char *form_target)
{
	const char *lang = c->r->query ? http_query(c->r, "lang") : NULL;
	struct page p = {.c = c, .lang = ""};

	if (text_equal(lang, "zh") || text_equal(lang, "en")) {
		p.chinese = *lang == 'z';
		p.lang = p.chinese ? "lang=zh&amp;" : "lang=en&amp;";
	} else {
		p.chinese = prefers_chinese(http_header(c->r, "Accept-Language"));
	}
	set_headers(c, form_target);
	html(&p,
	     "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
	     "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
	     "<title>%s - dingsim</title><link rel=\"icon\" href=\"data:,\">"
	     "<link rel=\"stylesheet\" href=\"/style.css\"></head><body><header><div>"
	     "<a class=\"brand\" href=\"/?",
	     page_text(&p, "en", "zh-CN"), page_text(&p, english, chinese));
	buf_text(&c->out, p.lang);
	html(&p,
	     "\">%s <span>dingsim</span></a><a href=\"?lang=%s%s\" "
	     "lang=\"%s\">%s</a></div></header><main>",
	     c->sim->corp_name, page_text(&p, "zh", "en"), other_query(c),
	     page_text(&p, "zh-CN", "en"), page_text(&p, "中文", "English"));
	return p;
}

void page_close(struct page *p)
{
	html(p, "</main><footer>%s</footer></body></html>\n",
	     page_text(p, "A local DingTalk for development and tests. Nothing here is real.",
		       "供开发和测试使用的本地钉钉，内容均非真实。"));
}

void html_error(struct call *c, const char *text)
{
	struct page p = page_open(c, "That did not work", "出错了", NULL);

	html(&p, "<h1>%s</h1><p class=\"note bad\">%s</p>",
	     page_text(&p, "That did not work", "出错了"), text);
	page_close(&p);
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
