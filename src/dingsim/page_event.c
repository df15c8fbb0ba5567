/* The developer console's event subscription, and the log of what was pushed. */
#include "base/text.h"
#include "dingsim/format.h"
#include "dingsim/frame.h"
#include "dingsim/page_app.h"
#include "dingsim/routes.h"

#define TOKEN_SIZE 17

/* What the form shows: what was sent, else what is saved; a generated text instead of either. */
struct settings {
	const char *mode, *url, *aes_key, *token, *shape, *rules;
};

static bool settings_of(struct call *c, const struct app *app, struct settings *out, struct err *e)
{
	char fresh[FRAME_AES_KEY_LENGTH + 1];
	const char *act = call_field(c, "do");

	if (c->r->method != HTTP_POST) {
		*out = (struct settings){app->mode,  app->url,   app->aes_key,
					 app->token, app->shape, ""};
		return page_app_lines(c, app->rules, &out->rules, e);
	}
	*out = (struct settings){call_field(c, "mode"),   call_field(c, "url"),
				 call_field(c, "aesKey"), call_field(c, "token"),
				 call_field(c, "shape"),  call_field(c, "rules")};
	if (text_equal(act, "key")) {
		format_nonce(fresh, sizeof(fresh));
		out->aes_key = arena_dup(c->store.arena, fresh);
	} else if (text_equal(act, "token")) {
		format_nonce(fresh, TOKEN_SIZE);
		out->token = arena_dup(c->store.arena, fresh);
	}
	return true;
}

static void generated(struct page *p, const struct field *field, const char *act)
{
	html(p, "<div class=\"inline\"><div>");
	html_field(p, field);
	html(p, "</div><button name=\"do\" value=\"%s\" formnovalidate>%s</button></div>", act,
	     page_text(p, "Generate", "生成"));
}

static void settings_form(struct page *p, const struct settings *s)
{
	html_form(p, p->c->r->path, "");
	html(p,
	     "<div class=\"card\"><label for=\"mode\">%s</label><select id=\"mode\" name=\"mode\">",
	     page_text(p, "How events are delivered", "推送方式"));
	html_option(p, "http", page_text(p, "HTTP push", "HTTP推送"), s->mode);
	html_option(
	    p, "stream",
	    page_text(p, "Stream: only the rules below count", "Stream模式：仅订阅规则有效"),
	    s->mode);
	html(p, "</select>");
	generated(
	    p,
	    &(struct field){.name = "aesKey",
			    .value = s->aes_key,
			    .label = page_text(p, "Encryption key (aes_key)", "加密 aes_key")},
	    "key");
	generated(p,
		  &(struct field){.name = "token",
				  .value = s->token,
				  .label = page_text(p, "Signature token", "签名 token")},
		  "token");
	html_field(p, &(struct field){.name = "url",
				      .type = "url",
				      .value = s->url,
				      .placeholder = "http://127.0.0.1:8080/callback",
				      .label = page_text(p, "Request URL", "请求网址")});
	html(p, "<label for=\"shape\">%s</label><select id=\"shape\" name=\"shape\">",
	     page_text(p, "Body shape", "事件体格式"));
	html_option(p, "A", page_text(p, "A: as today", "A：新格式"), s->shape);
	html_option(p, "B", page_text(p, "B: older", "B：旧格式"), s->shape);
	html(p, "</select>");
	html_field(p,
		   &(struct field){
		       .name = "rules",
		       .type = "area",
		       .value = s->rules,
		       .placeholder =
			   "/v1.0/event/bpms_instance_change/processCode/*/type/{finish,terminate}",
		       .label = page_text(p, "Subscription rules, one a line; none: every event",
					  "订阅规则，每行一条；留空则推送全部事件")});
	html(p, "<div class=\"buttons\">");
	html_button(p, "go", "save", page_text(p, "Save", "保存"));
	html(p, "</div><p class=\"dim\">%s</p></div></form>",
	     page_text(p, "Saving sends check_url to the address; it must answer rightly.",
		       "保存时会向该网址推送 check_url 验证，返回正确才能保存。"));
}

bool page_events(struct call *c, struct err *e)
{
	struct settings settings;
	struct app *app;
	struct page p;

	if (!store_app(&c->store, c->r->args[0], &app, e) || !settings_of(c, app, &settings, e))
		return false;
	p = page_open(c, "Event Subscription", "事件订阅", NULL);
	page_app_tabs(&p, app);
	if (text_equal(app->mode, "stream"))
		html(&p, "<p class=\"note good\">%s</p>",
		     page_text(&p, "Events go out over Stream connections.",
			       "事件通过Stream连接推送。"));
	else if (*app->url)
		html_both(&p, "<p class=\"note good\">Verified at %s: %s</p>",
			  "<p class=\"note good\">%s 验证通过：%s</p>",
			  view_time(&p, app->verified_ms), app->url);
	settings_form(&p, &settings);
	if (!view_pushes(&p, NULL, app->client_id, e))
		return false;
	page_close(&p);
	return true;
}

bool page_subscribe(struct call *c, struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};
	bool stream = text_equal(call_field(c, "mode"), "stream");

	if (!text_equal(call_field(c, "do"), "save"))
		return page_events(c, e);
	json_object(&w, NULL);
	json_put_text(&w, "mode", stream ? "stream" : "http");
	if (!stream) {
		json_put_text(&w, "url", call_field(c, "url"));
		json_put_text(&w, "aesKey", call_field(c, "aesKey"));
		json_put_text(&w, "token", call_field(c, "token"));
		json_put_text(&w, "shape", call_field(c, "shape"));
	}
	page_app_put_lines(c, &w, "rules", call_field(c, "rules"));
	json_object_end(&w);
	if (!json_parse(c->store.arena, body.data, body.len, &c->in, e))
		return false;
	if (!admin_subscribe(c, e))
		return stream && e->code == ERR_CONFLICT
			   ? page_refuse(c, e,
					 "The app has no Stream connection yet: connect it first.",
					 "应用尚未建立Stream连接，请先连接。")
			   : false;
	/* An address is asked first, and answers later. */
	if (!c->parked)
		html_redirect(c, c->r->path, "saved=1");
	return true;
}
