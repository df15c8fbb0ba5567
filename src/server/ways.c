#include "server/ways.h"

#include "base/text.h"
#include "flow/snapshots.h"
#include "server/routes.h"
#include "store/account.h"
#include "web/page.h"
#include "web/server.h"

#define PAGE 200

static bool local(const struct store_source *s)
{
	return text_equal(s->type, SOURCE_LOCAL);
}

bool ways_find(struct request *r, bool for_account, struct ways *out, struct err *e)
{
	struct store_source_list list;

	out->count = 0;
	if (!store_source_list(r->db, r->arena, &(struct store_page){"", PAGE}, &list, e))
		return false;
	for (size_t i = 0; i < list.count && out->count < WAYS_MAX; i++) {
		const struct store_source *s = &list.items[i];

		if (s->enabled && !(for_account && local(s)))
			out->items[out->count++] = *s;
	}
	return true;
}

const char *ways_address(struct request *r, const struct store_source *source, bool for_account,
			 const char *next)
{
	const char *own = page_language(r);

	return arena_printf(r->arena, "/auth/%s/%s%s%s%snext=%s", source->type, source->id, own,
			    *own == '\0' ? "?" : "&", for_account ? "for=console&" : "",
			    text_percent(r->arena, next));
}

void ways_put(struct request *r, const struct ways *ways, const char *next)
{
	for (size_t i = 0; i < ways->count; i++) {
		const struct store_source *s = &ways->items[i];

		buf_printf(&r->body, "<p class=\"row\"><a class=\"button\" href=\"%s\">",
			   text_html(r->arena, ways_address(r, s, false, next)));
		page_put(r,
			 page_say(r, local(s) ? (struct page_text){"Sign in with a local account",
								   "使用本地账号登录"}
					      : (struct page_text){"Sign in with DingTalk",
								   "使用钉钉登录"}));
		if (ways->count > 1) {
			buf_text(&r->body, "<br><span class=\"which\">");
			page_put(r, s->name);
			buf_text(&r->body, "</span>");
		}
		buf_text(&r->body, "</a></p>");
	}
	if (ways->count == 0)
		page_paragraph(r, (struct page_text){"Your administrator has not set up a way to "
						     "sign in, or has switched it off.",
						     "管理员尚未配置登录方式，或已将其停用。"});
}

/* --- as JSON --- */

struct way {
	const char *id, *name, *type, *address;
};

struct shown {
	const char *organisation_name;
	bool set_up, password;
	struct json_list sources;
};

struct ways_query {
	const char *next;
};

static const char *const types[] = {SOURCE_DINGTALK, NULL};

static const struct json_field query_json[] = {
    {"next", JSON_FIELD_TEXT, offsetof(struct ways_query, next), .max = PAGE_MAX_NEXT,
     .example = "/console",
     .doc = "the path of this server that signing in with a source leads to; /console without it"},
    {0}};

static const struct json_field way_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct way, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct way, name), .example = "示例科技"},
    {"type", JSON_FIELD_TEXT, offsetof(struct way, type), .words = types},
    {"address", JSON_FIELD_TEXT, offsetof(struct way, address),
     .doc = "where the browser goes to sign in; a path of this server",
     .example = "/auth/dingtalk/01900000-0000-7000-8000-000000000001?for=console&next=%2Fconsole"},
    {0}};

static const struct json_field shown_json[] = {
    {"organisation_name", JSON_FIELD_TEXT, offsetof(struct shown, organisation_name),
     .doc = "empty: none is shown", .example = "示例科技"},
    {"set_up", JSON_FIELD_BOOL, offsetof(struct shown, set_up),
     .doc = "false: there is no account yet; the link that the server printed at its start makes "
	    "the first one"},
    {"password", JSON_FIELD_BOOL, offsetof(struct shown, password),
     .doc = "with email address and password (signIn)"},
    {"sources", JSON_FIELD_ARRAY, offsetof(struct shown, sources), .fields = way_json,
     .size = sizeof(struct way), .doc = "identity sources that are switched on"},
    {0}};

static bool ways_read(struct request *r, struct err *e)
{
	const struct snapshot *snapshot;
	struct ways *found = arena_new(r->arena, struct ways);
	struct way *items;
	struct ways_query q = {0};
	struct shown out = {.password = true};

	if (!request_query(r, &q, e) || !ways_find(r, true, found, e) ||
	    !store_account_any(r->db, &out.set_up, e))
		return false;
	items = arena_array(r->arena, found->count, sizeof(*items));
	for (size_t i = 0; i < found->count; i++) {
		const struct store_source *s = &found->items[i];

		items[i] = (struct way){s->id, s->name, s->type,
					ways_address(r, s, true, page_next(q.next, "/console"))};
	}
	out.sources = json_list_of(items, found->count);
	snapshot = snapshots_take(r->server->snapshots);
	out.organisation_name = arena_dup(r->arena, snapshot_organisation(snapshot));
	snapshots_give(r->server->snapshots, snapshot);
	request_answer(r, &out);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/auth/ways",
     ROUTE(ACCESS_PUBLIC, ROUTE_READ, ways_read,
	   DOC("listWays", "How an account may sign in here",
	       .text = "For a sign-in page, which knows nobody yet.", .query = query_json,
	       .out = shown_json, .noun = "SignInWays"))},
};

const struct route_table ways_routes = ROUTE_TABLE(routes);
