/*
 * What a browser shows at the links that set-up, invitations and recoveries hand out. The secret stands
 * behind the #: no browser sends that, so this page cannot know it, and says where it is typed.
 */
#include "base/text.h"
#include "web/page.h"
#include "server/routes.h"
#include "web/server.h"

static bool show(struct request *r, struct page_text title, struct page_text purpose)
{
	page_begin(r, title);
	page_paragraph(r, purpose);
	page_paragraph(r, (struct page_text){"On a machine with holdfastctl, run:",
					     "请在装有 holdfastctl 的机器上运行："});
	buf_text(&r->body, "<p class=\"command\">holdfastctl setup --server ");
	page_put(r, r->server->options.public_url);
	buf_text(&r->body, "</p>");
	page_paragraph(r,
		       (struct page_text){
			   "When it asks for the set-up link, paste this page's whole address, "
			   "with all that follows the #. The link is good once and for a limited "
			   "time; whoever has it can use it, so pass it on to nobody.",
			   "提示输入设置链接时，请粘贴本页的完整地址（包括 # 之后的全部内容）。"
			   "链接仅可使用一次并有时限；任何持有者均可使用，请勿转发。"});
	page_end(r);
	return true;
}

static bool show_setup(struct request *r, struct err *e)
{
	(void)e;
	return show(r, (struct page_text){"Set up Holdfast", "设置 Holdfast"},
		    (struct page_text){"This link makes the first account, the owner's.",
				       "此链接用于创建第一个账号（所有者）。"});
}

static bool show_password(struct request *r, struct err *e)
{
	(void)e;
	return show(r, (struct page_text){"Set your password", "设置密码"},
		    (struct page_text){"This link sets the password of your Holdfast account. Your "
				       "name is known: leave it empty when you are asked for it.",
				       "此链接用于设置您的 Holdfast 账号密码。系统已有您的姓名，"
				       "询问姓名时留空即可。"});
}

static const struct http_route routes[] = {
    {HTTP_GET, "/setup", ROUTE(ACCESS_PUBLIC, ROUTE_READ, show_setup, ERRORS_PAGE)},
    {HTTP_GET, "/password", ROUTE(ACCESS_PUBLIC, ROUTE_READ, show_password, ERRORS_PAGE)},
};

const struct route_table link_routes = ROUTE_TABLE(routes);
