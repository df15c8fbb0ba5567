/* Faults on demand: those in force, and a form that adds one. */
#include "base/text.h"
#include "dingsim/inject.h"
#include "dingsim/permission.h"
#include "dingsim/routes.h"
#include "dingsim/view.h"

/* How each kind is called, and what it does to whoever calls or waits. */
static const struct fault_words {
	const char *kind, *english, *chinese;
	const char *what, *what_chinese;
} calls[] = {
    {"throttle", "Throttled", "调用限流", "The app calls too often: 403, or 90018.",
     "应用调用过于频繁：403或90018。"},
    {"throttleAll", "Everybody throttled", "全局限流", "All apps call too often: 403, or 90002.",
     "所有应用调用过于频繁：403或90002。"},
    {"quota", "Quota used up", "调用量用完", "The month's calls are used up: 403, or 90020.",
     "本月调用量已用完：403或90020。"},
    {"permission", "Permission missing", "缺少权限",
     "The app lacks a permission: 403 with requiredScopes, or 60011.",
     "应用缺少权限：403及requiredScopes，或60011。"},
    {"tokenExpired", "Token over", "凭证失效",
     "The token that the call brings is over from now on.", "该次调用所带的access_token立即失效。"},
    {"serverError", "Server error", "系统错误", "500, or -1: something failed inside DingTalk.",
     "钉钉内部出错：500或-1。"},
    {"badGateway", "Bad gateway", "网关错误", "502 with a proxy's page instead of JSON.",
     "502，返回代理页面而非JSON。"},
    {"gatewayTimeout", "Gateway timeout", "网关超时",
     "504, or 15: nobody knows whether it was done.", "504或15：无法确定是否已执行。"},
    {"html", "A page with 200", "200网页",
     "Status 200, and a page that says the address is blocked.", "状态200，内容却是拦截网页。"},
    {"x5", "Blocked by x5", "x5拦截", "Status 200 with the JSON of the protection against robots.",
     "状态200，内容为x5风控JSON。"},
    {"slow", "Slow answer", "应答缓慢",
     "The work is done at once, the answer comes after the wait.", "立即执行，等待之后才应答。"},
    {"lost", "Answer lost", "应答丢失", "The work is done, the connection ends without an answer.",
     "已执行，连接断开，没有应答。"},
    {"reset", "Connection reset", "连接重置", "Nothing is done, the connection is reset.",
     "没有执行，连接被重置。"},
    {0},
};

static const struct fault_words events[] = {
    {"eventDuplicate", "Told twice", "重复推送", "The event comes twice, with the same eventId.",
     "同一事件推送两次，eventId相同。"},
    {"eventReorder", "Out of order", "乱序推送", "The event comes after the app's next one.",
     "事件在该应用的下一个事件之后到达。"},
    {"eventDelay", "Delayed", "延迟推送", "The event comes after the wait; others overtake it.",
     "事件等待之后才推送，其他事件会先到。"},
    {"eventDrop", "Dropped", "丢失", "The event is never sent.", "事件不会推送。"},
    {"eventMissign", "Wrong signature", "签名错误", "One try of the push is signed wrongly.",
     "一次推送的签名不正确。"},
    {"streamDisconnect", "Stream disconnect", "Stream断开",
     "The connection is told to leave; the event takes another. The path is /{Client ID}.",
     "通知连接断开，事件改走其他连接。路径为/{Client ID}。"},
    {0},
};

static const struct fault_words *words_of(const char *kind)
{
	const struct fault_words *w;

	for (w = calls; w->kind; w++)
		if (text_equal(w->kind, kind))
			return w;
	for (w = events; w->kind; w++)
		if (text_equal(w->kind, kind))
			return w;
	return w;
}

static const char *name_of(struct page *p, const struct injection *f)
{
	const struct fault_words *w = words_of(f->kind->name);

	return w->kind ? page_text(p, w->english, w->chinese) : f->kind->name;
}

static const char *times_of(struct page *p, const struct injection *f)
{
	if (!f->count)
		return page_printf(p, "until it is removed, %s so far", "直到移除，已发生%s次",
				   view_number(p, f->hits));
	return page_printf(p, "%s of %s times", "已发生%s次，共%s次", view_number(p, f->hits),
			   view_number(p, f->count));
}

static void fault_row(struct page *p, const struct injection *f)
{
	bool over = inject_over(f);

	html(p, "<li><div class=\"row\"><span class=\"main\"><span>%s ", name_of(p, f));
	html(p, "<span class=\"tag %s\">%s</span></span><span class=\"dim\"><code>%s %s</code>",
	     over ? "" : "bad",
	     over ? page_text(p, "used up", "已用完") : page_text(p, "in force", "生效中"),
	     f->method, text_equal(f->path, "**") ? page_text(p, "all", "全部") : f->path);
	html(p, " · %s", times_of(p, f));
	if (f->percent < 100)
		html_both(p, " · by chance, %s%% (seed %s)", " · 概率%s%%（种子%s）",
			  view_number(p, f->percent), view_number(p, f->seed));
	if (inject_waits(f->kind))
		html_both(p, " · waits %s", " · 等待%s", view_duration(p, f->wait_ms));
	if (*f->scope)
		html(p, " · <code>%s</code>", f->scope);
	html(p, "</span></span>");
	html_form(p, "/faults", "");
	html_hidden(p, "id", view_number(p, f->id));
	html_button(p, "small", "remove", page_text(p, "Remove", "移除"));
	html(p, "</form></div></li>");
}

static void rules_in_force(struct page *p)
{
	const struct injection *f = inject_faults(p->c->sim->injector);

	html_heading(p, "Added", "已添加");
	if (!f) {
		html_nothing(p, "None: everything goes as it should.", "没有故障，一切正常。");
		return;
	}
	html(p, "<ul class=\"list plain\">");
	for (; f; f = f->next)
		fault_row(p, f);
	html(p, "</ul>");
	html_form(p, "/faults", "");
	html(p, "<div class=\"buttons\">");
	html_button(p, "stop", "clear", page_text(p, "Remove all", "全部移除"));
	html(p, "</div></form>");
}

static void kind_choices(struct page *p, const struct fault_words *w)
{
	const char *chosen = call_field(p->c, "kind");

	html(p, "<ul class=\"list choices\">");
	for (; w->kind; w++)
		html(p,
		     "<li><label><input type=\"radio\" name=\"kind\" value=\"%s\" required%s>"
		     "<span class=\"main\"><span>%s</span><span class=\"dim\">%s</span></span>"
		     "</label></li>",
		     w->kind, text_equal(w->kind, chosen) ? " checked" : "",
		     page_text(p, w->english, w->chinese), page_text(p, w->what, w->what_chinese));
	html(p, "</ul>");
}

/* The path of a route as a rule: what is named in it may be anything. */
static const char *rule_of(struct arena *a, const char *path)
{
	AUTO(buf_done) struct buf out = {0};

	for (; *path; path++) {
		buf_char(&out, *path == '{' ? '*' : *path);
		while (*path == '{' || (*path != '}' && out.data[out.len - 1] == '*'))
			path++;
	}
	buf_char(&out, '\0');
	return arena_dup(a, out.data);
}

/* What a rule may say, to choose from. */
static void path_suggestions(struct page *p)
{
	static const char *const resources[] = {
	    "/v1.0/event/**", "/v1.0/event/bpms_instance_change/**",
	    "/v1.0/event/bpms_task_change/**", "/v1.0/event/user_*_org", "/v1.0/workflow/**"};
	size_t i;

	html(p, "<datalist id=\"paths\">");
	for (i = 0; i < ARRAY_SIZE(resources); i++)
		html(p, "<option value=\"%s\"></option>", resources[i]);
	for (i = 0; i < route_count; i++) {
		const struct endpoint *endpoint = routes[i].data;

		if (endpoint->dialect != DIALECT_SIM && endpoint->dialect != DIALECT_PAGE)
			html(p, "<option value=\"%s\"></option>",
			     rule_of(p->c->store.arena, routes[i].path));
	}
	html(p, "</datalist>");
}

static const struct {
	const char *name, *json, *english, *chinese;
	int64_t min, max;
} numbers[] = {
    {"count", "count", "How many times (empty: no limit)", "次数（留空：直到移除）", 0,
     INJECT_COUNT_MAX},
    {"wait", "waitMs", "Wait in milliseconds (slow, delayed)", "等待毫秒数（缓慢、延迟）", 0,
     INJECT_WAIT_MAX_MS},
    {"percent", "percent", "How likely each time, in percent", "每次发生的概率（%）", 1, 100},
    {"seed", "seed", "Seed of the chance (empty: a random one)", "随机种子（留空：随机）", 0,
     INJECT_SEED_MAX},
};

static void number_field(struct page *p, size_t i, const char *placeholder)
{
	html(p, "<div>");
	html_field(p,
		   &(struct field){.name = numbers[i].name,
				   .type = "number",
				   .value = call_field(p->c, numbers[i].name),
				   .placeholder = placeholder,
				   .label = page_text(p, numbers[i].english, numbers[i].chinese)});
	html(p, "</div>");
}

static void which_calls(struct page *p)
{
	static const char *const methods[] = {"GET", "POST", "PUT", "DELETE"};
	size_t i;

	html(p, "<div class=\"card\">");
	html_field(p, &(struct field){.name = "path",
				      .value = call_field(p->c, "path"),
				      .placeholder = "/v1.0/workflow/**",
				      .list = "paths",
				      .label = page_text(p,
							 "Path of the calls or events: * within a "
							 "segment, ** over several (empty: all)",
							 "接口或事件路径：*匹配一段，**匹配多段"
							 "（留空：全部）")});
	html(p, "<div class=\"pair\">");
	number_field(p, 0, "");
	number_field(p, 1, "5000");
	html(p, "</div><details class=\"more\"><summary>%s</summary><div class=\"pair\">",
	     page_text(p, "More: chance, method, permission", "更多：概率、请求方法、权限"));
	number_field(p, 2, "100");
	number_field(p, 3, "");
	html(p, "<div><label for=\"method\">%s</label><select id=\"method\" name=\"method\">",
	     page_text(p, "Method of the calls", "请求方法"));
	html_option(p, "", page_text(p, "Any", "不限"), "");
	for (i = 0; i < ARRAY_SIZE(methods); i++)
		html_option(p, methods[i], methods[i], call_field(p->c, "method"));
	html(p,
	     "</select></div><div><label for=\"scope\">%s</label>"
	     "<select id=\"scope\" name=\"scope\">",
	     page_text(p, "Permission that is missing", "缺少的权限"));
	html_option(p, "", page_text(p, "What the call needs", "接口所需的权限"), "");
	for (i = 0; permissions[i].scope; i++)
		html_option(p, permissions[i].scope, permissions[i].scope,
			    call_field(p->c, "scope"));
	html(p, "</select></div></div></details></div>");
	path_suggestions(p);
}

bool page_faults(struct call *c, struct err *e)
{
	struct page p = page_open(c, "Faults", "故障", NULL);

	(void)e;
	html(&p, "<h1>%s</h1><p class=\"dim\">%s</p>", page_text(&p, "Faults", "故障"),
	     page_text(&p,
		       "See what your program does when DingTalk does not do as it should. Faults "
		       "take DingTalk's calls and events, never these pages.",
		       "观察钉钉异常时您的程序如何应对。故障只影响钉钉接口和事件，不影响本页面。"));
	rules_in_force(&p);
	html_heading(&p, "Add a fault", "添加故障");
	html_form(&p, "/faults", "");
	html(&p, "<h3>%s</h3>", page_text(&p, "Of calls", "接口故障"));
	kind_choices(&p, calls);
	html(&p, "<h3>%s</h3>", page_text(&p, "Of events", "事件故障"));
	kind_choices(&p, events);
	html(&p, "<h3>%s</h3>", page_text(&p, "Which ones, and how often", "范围与次数"));
	which_calls(&p);
	html(&p, "<div class=\"buttons below\">");
	html_button(&p, "go", "add", page_text(&p, "Add the fault", "添加故障"));
	html(&p, "</div></form>");
	page_close(&p);
	return true;
}

static void put_typed(struct call *c, struct json_writer *w, const char *name)
{
	const char *text = text_trim(arena_dup(c->store.arena, call_field(c, name)));

	if (*text)
		json_put_text(w, name, text);
}

static bool put_numbers(struct call *c, struct json_writer *w, struct err *e)
{
	struct arena *a = c->store.arena;
	int64_t number;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		const char *text = text_trim(arena_dup(a, call_field(c, numbers[i].name)));
		long long min = numbers[i].min, max = numbers[i].max;

		if (!*text)
			continue;
		if (!text_i64(text, min, max, &number))
			return page_refuse(
			    c, e,
			    arena_printf(a, "%s: from %lld to %lld.", numbers[i].english, min, max),
			    arena_printf(a, "%s：%lld到%lld。", numbers[i].chinese, min, max));
		json_put_i64(w, numbers[i].json, number);
	}
	return true;
}

static bool add(struct call *c, struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};
	const struct json *json;
	int64_t id;

	if (!inject_kind(call_field(c, "kind")))
		return page_refuse(c, e, "Choose what goes wrong.", "请选择故障。");
	json_object(&w, NULL);
	put_typed(c, &w, "kind");
	put_typed(c, &w, "method");
	put_typed(c, &w, "path");
	put_typed(c, &w, "scope");
	if (!put_numbers(c, &w, e))
		return false;
	json_object_end(&w);
	return json_parse(c->store.arena, body.data, body.len, &json, e) &&
	       inject_add(&c->store, json, &id, e) && inject_load(c->sim->injector, e);
}

bool page_fault_change(struct call *c, struct err *e)
{
	const char *act = call_field(c, "do");
	int64_t id = 0;
	bool ok;

	(void)text_i64(call_field(c, "id"), 1, INT64_MAX, &id);
	if (text_equal(act, "clear"))
		ok = inject_remove(c, 0, e);
	else if (text_equal(act, "remove"))
		/* An id that is no number is nobody's. */
		ok = inject_remove(c, id ? id : -1, e);
	else
		ok = add(c, e);
	if (ok)
		html_redirect(c, "/faults", "saved=1");
	return ok;
}
