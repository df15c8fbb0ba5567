/* The developer console: apps, their credentials, addresses and permissions. */
#include "dingsim/page_app.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "dingsim/format.h"
#include "dingsim/permission.h"
#include "dingsim/routes.h"

#define NAME_MAX_LENGTH 100
#define DESCRIPTION_MAX 300
#define CLIENT_ID_SIZE 17 /* the letters behind "ding" */
#define SECRET_SIZE 65
#define AGENT_ID_FIRST 100000000
#define SCOPE_MAX 100 /* departments and people */

/* The first letter of a text. */
static const char *first_letter(struct call *c, const char *text)
{
	char *letter = arena_dup(c->store.arena, text);

	text_cut(letter, 1);
	return letter;
}

void page_app_title(struct page *p, const struct app *app)
{
	const char *letter = first_letter(p->c, *app->icon ? app->icon : app->name);

	html(p, "<div class=\"withicon\"><span class=\"icon\">%s</span><h1>%s</h1></div>", letter,
	     app->name);
}

void page_app_tabs(struct page *p, const struct app *app)
{
	struct arena *a = p->c->store.arena;
	const char *base = arena_printf(a, "/apps/%s", app->client_id);
	const struct tab tabs[] = {
	    {base, "Credentials and Basic Information", "凭证与基础信息"},
	    {arena_printf(a, "%s/permissions", base), "Permission Management", "权限管理"},
	    {arena_printf(a, "%s/security", base), "Security Settings", "安全设置"},
	    {arena_printf(a, "%s/events", base), "Event Subscription", "事件订阅"},
	    {arena_printf(a, "%s/messages", base), "Messages and to-dos", "消息与待办"},
	    {0}};

	page_app_title(p, app);
	view_tabs(p, tabs, "");
}

static void app_row(struct page *p, const struct app *app)
{
	html(p, "<li>");
	html_link(p, arena_printf(p->c->store.arena, "/apps/%s", app->client_id));
	html(p,
	     "\"><span class=\"withicon\"><span class=\"icon\">%s</span><span class=\"main\">"
	     "<span>%s</span><span class=\"dim\">%s</span></span></span>",
	     first_letter(p->c, *app->icon ? app->icon : app->name), app->name,
	     *app->description ? app->description : app->client_id);
	html(p, "<span class=\"tag %s\">%s</span></a></li>", *app->url ? "good" : "",
	     *app->url ? page_text(p, "subscribed", "已订阅")
		       : page_text(p, "no events", "未订阅"));
}

static void basic_fields(struct page *p, const struct app *app)
{
	bool sent = p->c->r->method == HTTP_POST;

	html_field(p, &(struct field){.name = "name",
				      .label = page_text(p, "Application name", "应用名称"),
				      .value = sent ? call_field(p->c, "name") : app->name,
				      .required = true});
	html_field(
	    p, &(struct field){.name = "description",
			       .label = page_text(p, "Description", "应用描述"),
			       .value = sent ? call_field(p->c, "description") : app->description});
	html_field(p,
		   &(struct field){.name = "icon",
				   .label = page_text(p, "Icon (a letter)", "应用图标（一个字）"),
				   .value = sent ? call_field(p->c, "icon") : app->icon});
}

bool page_apps(struct call *c, struct err *e)
{
	static const struct app blank = {.name = "", .description = "", .icon = ""};
	struct page p = page_open(c, "Developer console", "开发者后台", NULL);
	struct app *app;

	if (!store_apps(&c->store, &app, e))
		return false;
	html(&p, "<h1>%s</h1>", page_text(&p, "Applications", "应用列表"));
	html(&p, app ? "<ul class=\"list\">" : "");
	for (; app; app = app->next) {
		app_row(&p, app);
		html(&p, app->next ? "" : "</ul>");
	}
	html_heading(&p, "Create Application", "创建应用");
	html_form(&p, "/apps", "");
	html(&p, "<div class=\"card\">");
	basic_fields(&p, &blank);
	html(&p, "<div class=\"buttons\"><button class=\"go\">%s</button></div></div></form>",
	     page_text(&p, "Create Application", "创建应用"));
	page_close(&p);
	return true;
}

static bool read_basic(struct call *c, struct app *app, struct err *e)
{
	struct arena *a = c->store.arena;

	app->name = text_trim(arena_dup(a, call_field(c, "name")));
	app->description = text_trim(arena_dup(a, call_field(c, "description")));
	app->icon = first_letter(c, text_trim(arena_dup(a, call_field(c, "icon"))));
	if (!*app->name || text_length(app->name) > NAME_MAX_LENGTH)
		return page_refuse(c, e, "The name needs 1 to 100 characters.",
				   "应用名称需要1到100个字符。");
	if (text_length(app->description) > DESCRIPTION_MAX)
		return page_refuse(c, e, "The description has at most 300 characters.",
				   "应用描述最多300个字符。");
	return true;
}

/* What a new app has not: every permission but the basic ones. */
static const char *denied_at_first(struct arena *a)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	size_t i;

	json_array(&w, NULL);
	for (i = 0; permissions[i].scope; i++)
		if (!permissions[i].basic)
			json_put_text(&w, NULL, permissions[i].scope);
	json_array_end(&w);
	return arena_dup(a, out.data);
}

bool page_app_create(struct call *c, struct err *e)
{
	struct app app = {.redirect_urls = "[]", .scope = "[1]"};
	char id[CLIENT_ID_SIZE], secret[SECRET_SIZE];
	uint32_t random;
	char *letter;

	if (!read_basic(c, &app, e))
		return false;
	format_nonce(id, sizeof(id));
	for (letter = id; *letter; letter++)
		if (*letter >= 'A' && *letter <= 'Z')
			*letter = (char)(*letter - 'A' + 'a');
	format_nonce(secret, sizeof(secret));
	random_bytes(&random, sizeof(random));
	app.client_id = arena_printf(c->store.arena, "ding%s", id);
	app.client_secret = secret;
	app.agent_id = AGENT_ID_FIRST + random;
	app.denied = denied_at_first(c->store.arena);
	if (!store_app_add(&c->store, &app, e))
		return false;
	html_redirect(c, arena_printf(c->store.arena, "/apps/%s", app.client_id), "");
	return true;
}

/* A JSON array of texts, one a line. */
bool page_app_lines(struct call *c, const char *list, const char **out, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	const struct json *items, *item;

	if (!call_stored(c, list, &items, e))
		return false;
	for (item = items->first; item; item = item->next)
		buf_printf(&text, "%s%s", text.len ? "\n" : "", item->text);
	*out = arena_dup(c->store.arena, text.data ? text.data : "");
	return true;
}

void page_app_put_lines(struct call *c, struct json_writer *w, const char *key, const char *text)
{
	json_array(w, key);
	while (*text) {
		size_t n = strcspn(text, "\r\n");
		const char *line = text_trim(arena_dup_n(c->store.arena, text, n));

		if (*line)
			json_put_text(w, NULL, line);
		text += n + (text[n] != '\0');
	}
	json_array_end(w);
}

static void credentials(struct page *p, const struct app *app)
{
	html(p, "<div class=\"card\"><dl><dt>Client ID</dt><dd><code>%s</code></dd>",
	     app->client_id);
	html(p,
	     "<dt>Client Secret</dt><dd><details><summary>%s</summary><code>%s</code></details>"
	     "</dd>",
	     page_text(p, "Show", "显示"), app->client_secret);
	html(p, "<dt>AgentId</dt><dd><code>%s</code></dd><dt>CorpId</dt><dd><code>%s</code></dd>",
	     view_number(p, app->agent_id), p->c->sim->corp_id);
	html(p, "</dl></div>");
}

bool page_app(struct call *c, struct err *e)
{
	struct app *app;
	struct page p;

	if (!store_app(&c->store, c->r->args[0], &app, e))
		return false;
	p = page_open(c, "Credentials and Basic Information", "凭证与基础信息", NULL);
	page_app_tabs(&p, app);
	html_heading(&p, "Credentials", "应用凭证");
	credentials(&p, app);
	html_heading(&p, "Basic Information", "基础信息");
	html_form(&p, c->r->path, "");
	html(&p, "<div class=\"card\">");
	basic_fields(&p, app);
	html(&p, "<div class=\"buttons\">");
	html_button(&p, "go", "basic", page_text(&p, "Save", "保存"));
	html(&p, "</div></div></form>");
	page_close(&p);
	return true;
}

bool page_app_save(struct call *c, struct err *e)
{
	struct app *app;

	if (!store_app(&c->store, c->r->args[0], &app, e) || !read_basic(c, app, e) ||
	    !store_app_set(&c->store, app, e))
		return false;
	html_redirect(c, c->r->path, "saved=1");
	return true;
}

static void permission_rows(struct page *p, const struct json *denied)
{
	const char *category = "";
	size_t i;

	for (i = 0; permissions[i].scope; i++) {
		const struct permission *it = &permissions[i];

		if (!text_equal(it->category, category))
			html(p, "<h3>%s</h3><ul class=\"list\">",
			     page_text(p, it->category, it->category_chinese));
		category = it->category;
		html(p,
		     "<li><label><input type=\"checkbox\" name=\"%s\" value=\"on\"%s>"
		     "<span class=\"main\"><span>%s</span><span class=\"dim\">%s</span></span>"
		     "</label></li>",
		     it->scope, permission_held(denied, it->scope) ? " checked" : "",
		     page_text(p, it->english, it->chinese), it->scope);
		if (!text_equal(permissions[i + 1].category, category))
			html(p, "</ul>");
	}
}

static const char *scope_text(struct call *c, const char *scope)
{
	AUTO(buf_done) struct buf out = {0};

	if (text_equal(call_field(c, "do"), "request"))
		return call_field(c, "departments");
	for (; *scope; scope++)
		if (!strchr("[]\" ", *scope))
			buf_add(&out, scope, 1);
	return arena_dup_n(c->store.arena, out.data ? out.data : "", out.len);
}

bool page_permissions(struct call *c, struct err *e)
{
	const struct json *denied;
	struct app *app;
	struct page p;

	if (!store_app(&c->store, c->r->args[0], &app, e) ||
	    !call_stored(c, app->denied, &denied, e))
		return false;
	p = page_open(c, "Permission Management", "权限管理", NULL);
	page_app_tabs(&p, app);
	html(
	    &p, "<p class=\"dim\">%s</p>",
	    page_text(&p,
		      "A call whose permission is off is answered with 403 and its requiredScopes, "
		      "or with 60011.",
		      "未开通权限的接口调用将返回403及requiredScopes，或60011。"));
	html_form(&p, c->r->path, "");
	permission_rows(&p, denied);
	html(&p, "<h3>%s</h3><div class=\"card\">",
	     page_text(&p, "Contacts scope", "通讯录权限范围"));
	html_field(&p, &(struct field){
			   .name = "departments",
			   .value = scope_text(c, app->scope),
			   .required = true,
			   .label = page_text(&p,
					      "Department IDs with all below (1 is the "
					      "whole organisation), and user IDs",
					      "部门ID（含下级，1为全公司）和用户ID，逗号分隔")});
	html(&p, "</div><div class=\"buttons below\">");
	html_button(&p, "go", "request", page_text(&p, "Batch request", "批量申请"));
	html(&p, "</div></form>");
	page_close(&p);
	return true;
}

static bool is_there(struct call *c, const char *item, int64_t id, struct err *e)
{
	struct department *d;
	struct person *person;

	if (id > 0 ? store_department(&c->store, id, &d, e)
		   : store_person(&c->store, item, &person, e))
		return true;
	if (e->code != ERR_NOT_FOUND)
		return false;
	return page_refuse(
	    c, e, arena_printf(c->store.arena, "There is no department and no user %s.", item),
	    arena_printf(c->store.arena, "部门或用户%s不存在。", item));
}

/* "1, 5, zhangsan" as JSON: departments and people that are there. */
static bool read_scope(struct call *c, const char **out, struct err *e)
{
	AUTO(buf_done) struct buf ids = {0};
	struct json_writer w = {.out = &ids};
	const char *text = call_field(c, "departments");
	int count = 0;

	json_array(&w, NULL);
	while (*text && ++count <= SCOPE_MAX) {
		size_t n = strcspn(text, ",");
		const char *item = text_trim(arena_dup_n(c->store.arena, text, n));
		int64_t id = 0;

		text += n + (text[n] != '\0');
		if (!is_there(c, item, text_i64(item, 1, INT64_MAX, &id) ? id : 0, e))
			return false;
		if (id > 0)
			json_put_i64(&w, NULL, id);
		else
			json_put_text(&w, NULL, item);
	}
	json_array_end(&w);
	*out = arena_dup_n(c->store.arena, ids.data, ids.len);
	return (count > 0 && count <= SCOPE_MAX) ||
	       page_refuse(
		   c, e,
		   arena_printf(c->store.arena, "Give 1 to %d departments or users.", SCOPE_MAX),
		   arena_printf(c->store.arena, "请填写1至%d个部门或用户。", SCOPE_MAX));
}

bool page_permit(struct call *c, struct err *e)
{
	AUTO(buf_done) struct buf denied = {0};
	struct json_writer w = {.out = &denied};
	const char *scope = NULL;
	struct app *app;
	size_t i;

	json_array(&w, NULL);
	for (i = 0; permissions[i].scope; i++)
		if (!*call_field(c, permissions[i].scope))
			json_put_text(&w, NULL, permissions[i].scope);
	json_array_end(&w);
	if (!store_app(&c->store, c->r->args[0], &app, e) || !read_scope(c, &scope, e) ||
	    !store_app_rights(&c->store, app->client_id, denied.data, scope, e))
		return false;
	html_redirect(c, c->r->path, "saved=1");
	return true;
}
