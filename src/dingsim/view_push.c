/* The log of pushes: the event, each request as it went over the wire, the reply and the verdict. */
#include <string.h>

#include "base/text.h"
#include "dingsim/event.h"
#include "dingsim/view.h"
#include "dingsim/words.h"

#define PUSHES_SHOWN 20
#define PUSHES_READ 200

static const struct word push_states[] = {{"pending", "pending", "待推送", "wait"},
					  {"delivered", "delivered", "已送达", "good"},
					  {"failed", "failed", "推送失败", "bad"},
					  {"collected", "failed, collected", "失败，已取回", "bad"},
					  {"lost", "lost", "已丢失", "bad"},
					  {"sent", "sent", "已发送", "wait"},
					  {"refused", "not verified", "验证未通过", "bad"},
					  {"dropped", "dropped by a fault", "因故障丢弃", "bad"},
					  {"held", "held by a fault", "因故障暂缓", "wait"},
					  {NULL, "", "", ""}};

static const char *verdict_of(struct page *p, const struct attempt *a)
{
	return p->chinese ? words_chinese(p->c->store.arena, a->verdict) : a->verdict;
}

/* What was pushed before it was encrypted. */
static bool plain(struct page *p, const struct push *push, const char **out, struct err *e)
{
	struct app *app;

	*out = push->payload;
	if (text_equal(push->type, "check_url") || text_equal(push->type, "CALLBACK"))
		return true;
	return store_app(&p->c->store, push->client_id, &app, e) &&
	       event_body(p->c->store.arena, push,
			  text_equal(app->mode, "stream") ? "C" : app->shape, p->c->sim->corp_id,
			  out, e);
}

static void request(struct page *p, const struct attempt *a)
{
	html(p, "<details><summary>%s</summary><pre>", page_text(p, "Request", "请求"));
	html(p, "POST %s\nContent-Type: application/json; charset=utf-8\n\n%s</pre></details>",
	     a->url, a->body);
}

static void attempts(struct page *p, const struct attempt *a)
{
	for (; a; a = a->next) {
		bool ok = text_equal(a->verdict, "ok");

		html(p, "<div class=\"try %s\"><div><b>%s</b></div>",
		     ok || text_starts(a->verdict, "sent to") ? "good" : "bad", verdict_of(p, a));
		html(p, "<div class=\"dim\">%s", view_time(p, a->ms));
		if (a->status)
			html(p, " · HTTP %s", view_number(p, a->status));
		html(p, "</div>");
		if (a->url)
			request(p, a);
		if (*a->reply)
			html(p, "<details><summary>%s</summary><pre>%s</pre></details>",
			     page_text(p, "Reply", "应答"), a->reply);
		html(p, "</div>");
	}
}

static void next_try(struct page *p, const struct push *push, bool tried)
{
	if (!text_equal(push->state, "pending"))
		return;
	if (tried)
		html_both(p, "<p class=\"dim\">Next try at %s.</p>",
			  "<p class=\"dim\">将于%s重试。</p>", view_time(p, push->due_ms));
	else
		html_both(p, "<p class=\"dim\">Sent from %s on.</p>",
			  "<p class=\"dim\">将于%s发送。</p>", view_time(p, push->due_ms));
}

static bool push_row(struct page *p, const struct push *push, struct err *e)
{
	struct attempt *first;
	const struct attempt *last;
	const char *change = strrchr(push->resource, '/'), *text;

	if (!store_attempts(&p->c->store, push->id, &first, e) || !plain(p, push, &text, e))
		return false;
	for (last = first; last && last->next; last = last->next)
		continue;
	html(p,
	     "<li><details><summary class=\"row\"><span class=\"main\"><span>%s <code>%s</code>"
	     "</span><span class=\"dim\">%s%s%s</span></span>",
	     push->type, change && !text_equal(change + 1, push->type) ? change + 1 : "",
	     view_time(p, push->created_ms), last ? " · " : "", last ? verdict_of(p, last) : "");
	view_tag(p, push_states, push->state);
	html(p, "</summary><div class=\"inside\"><div class=\"dim\">%s</div>", push->resource);
	attempts(p, first);
	next_try(p, push, first != NULL);
	html(p, "<details><summary>%s</summary><pre>%s</pre></details></div></details></li>",
	     page_text(p, "Event in plain text", "事件明文"), text);
	return true;
}

bool view_pushes(struct page *p, const char *instance, const char *client_id, struct err *e)
{
	struct push *push;
	int shown = 0;

	if (!store_pushes(&p->c->store, instance, client_id ? PUSHES_READ : PUSHES_SHOWN, &push, e))
		return false;
	html_heading(p, "Event pushes", "事件推送");
	for (; push && shown < PUSHES_SHOWN; push = push->next) {
		if (client_id && !text_equal(push->client_id, client_id))
			continue;
		html(p, shown++ ? "" : "<ul class=\"list\">");
		if (!push_row(p, push, e))
			return false;
	}
	html(p, shown ? "</ul>" : "");
	if (!shown)
		html_nothing(p, "Nothing was pushed.", "没有推送记录。");
	return true;
}
