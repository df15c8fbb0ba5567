#include "server/ways.h"

#include "base/text.h"
#include "web/page.h"

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

void ways_put(struct request *r, const struct ways *ways, bool for_account, const char *next)
{
	for (size_t i = 0; i < ways->count; i++) {
		const struct store_source *s = &ways->items[i];

		buf_printf(&r->body, "<p class=\"row\"><a class=\"button\" href=\"%s\">",
			   text_html(r->arena, ways_address(r, s, for_account, next)));
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
