/* The developer console's security settings: where a sign-in may lead to, and who may call. */
#include "base/text.h"
#include "dingsim/admin.h"
#include "dingsim/page_app.h"
#include "dingsim/routes.h"

static bool lines_field(struct page *p, const struct field *field, const char *stored,
			struct err *e)
{
	struct field filled = *field;

	filled.type = "area";
	if (!page_app_lines(p->c, stored, &filled.value, e))
		return false;
	if (p->c->r->method == HTTP_POST)
		filled.value = call_field(p->c, field->name);
	html_field(p, &filled);
	return true;
}

bool page_security(struct call *c, struct err *e)
{
	struct app *app;
	struct page p;

	if (!store_app(&c->store, c->r->args[0], &app, e))
		return false;
	p = page_open(c, "Security Settings", "安全设置", NULL);
	page_app_tabs(&p, app);
	html_heading(&p, "Redirect URL", "重定向URL（回调域名）");
	html_form(&p, c->r->path, "");
	html(&p, "<div class=\"card\">");
	if (!lines_field(
		&p,
		&(struct field){.name = "redirects",
				.placeholder = "http://127.0.0.1:8080/auth/callback",
				.label = page_text(&p, "Where a sign-in may lead to, one a line",
						   "登录后可跳转的地址，每行一个")},
		app->redirect_urls, e))
		return false;
	html(&p, "</div>");
	html_heading(&p, "Server Outbound IP", "服务器出口IP");
	html(&p, "<div class=\"card\">");
	if (!lines_field(
		&p,
		&(struct field){.name = "ips",
				.placeholder = "203.0.113.7",
				.label = page_text(&p,
						   "Addresses that may call, one a line "
						   "(none: all)",
						   "允许调用的IP，每行一个（不填不限制）")},
		app->outbound_ips, e))
		return false;
	html(&p, "<div class=\"buttons\">");
	html_button(&p, "go", "save", page_text(&p, "Save", "保存"));
	html(&p, "</div></div></form>");
	page_close(&p);
	return true;
}

bool page_security_save(struct call *c, struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};

	json_object(&w, NULL);
	page_app_put_lines(c, &w, "redirectUrls", call_field(c, "redirects"));
	page_app_put_lines(c, &w, "outboundIps", call_field(c, "ips"));
	json_object_end(&w);
	if (!json_parse(c->store.arena, body.data, body.len, &c->in, e) || !admin_security(c, e))
		return false;
	html_redirect(c, c->r->path, "saved=1");
	return true;
}
