/* dingsim's clock: what it says, moving it forward, and what follows it. */
#include "base/text.h"
#include "dingsim/clock.h"
#include "dingsim/routes.h"
#include "dingsim/signin.h"
#include "dingsim/ticket.h"
#include "dingsim/view.h"

#define MINUTE_MS 60000LL
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

static const struct {
	int64_t ms;
	const char *english, *chinese;
} jumps[] = {{MINUTE_MS, "+ 1 minute", "＋1分钟"},
	     {HOUR_MS, "+ 1 hour", "＋1小时"},
	     {DAY_MS, "+ 1 day", "＋1天"}};

static const struct {
	int64_t ms;
	const char *code, *english, *chinese;
} units[] = {{1000, "s", "seconds", "秒"},
	     {MINUTE_MS, "min", "minutes", "分钟"},
	     {HOUR_MS, "h", "hours", "小时"},
	     {DAY_MS, "d", "days", "天"}};

static void jump_buttons(struct page *p)
{
	size_t i;

	html_form(p, "/clock", "");
	html(p, "<div class=\"buttons\">");
	for (i = 0; i < ARRAY_SIZE(jumps); i++)
		html(p, "<button class=\"go\" name=\"ms\" value=\"%s\">%s</button>",
		     view_number(p, jumps[i].ms), page_text(p, jumps[i].english, jumps[i].chinese));
	html(p, "</div></form>");
}

static void jump_form(struct page *p)
{
	const char *unit = call_field(p->c, "unit");
	size_t i;

	html_form(p, "/clock", "");
	html(p, "<div class=\"inline\"><div>");
	html_field(p, &(struct field){.name = "amount",
				      .type = "number",
				      .value = call_field(p->c, "amount"),
				      .label = page_text(p, "Or by", "或前进")});
	html(p, "</div><div><label for=\"unit\">%s</label><select id=\"unit\" name=\"unit\">",
	     page_text(p, "Unit", "单位"));
	for (i = 0; i < ARRAY_SIZE(units); i++)
		html_option(p, units[i].code, page_text(p, units[i].english, units[i].chinese),
			    *unit ? unit : "h");
	html(p, "</select></div><button>%s</button></div></form>",
	     page_text(p, "Move forward", "前进"));
}

static void follows(struct page *p, const char *what, const char *how)
{
	html(p, "<dt>%s</dt><dd>%s</dd>", what, how);
}

static void what_follows(struct page *p)
{
	const struct sim_options *o = &p->c->sim->options;

	html_heading(p, "What a jump does", "时钟前进的影响");
	html(p, "<div class=\"card\"><dl>");
	follows(p, page_text(p, "Events", "事件推送"),
		page_text(p, "Pushes that wait for another try go out when their time has come.",
			  "等待重试的推送到时立即发出。"));
	follows(p, page_text(p, "Tokens", "凭证"),
		page_printf(p,
			    "Access tokens end %s after they were given, sign-in codes "
			    "after %s, Stream tickets after %s.",
			    "access_token有效期%s，临时授权码%s，Stream连接凭证%s。",
			    view_duration(p, o->token_ttl_s * 1000),
			    view_duration(p, SIGNIN_CODE_TTL_MS), view_duration(p, TICKET_TTL_MS)));
	follows(p, page_text(p, "Withdrawal", "撤销"),
		page_printf(p, "Forms that are younger than %s cannot be withdrawn.",
			    "发起不足%s的审批单不能撤销。",
			    view_duration(p, o->withdraw_delay_s * 1000)));
	follows(p, page_text(p, "Work notices", "工作通知"),
		page_text(
		    p,
		    "With a new day in Beijing the same text reaches the same person again. "
		    "After a day a send's result can no longer be read.",
		    "北京时间次日起，相同内容可再次发送给同一人；发送超过一天后不能再查询结果。"));
	html(
	    p, "</dl><p class=\"dim\">%s</p></div>",
	    page_text(p,
		      "Slow answers and delayed events come when their time has come. Only the 2.5 "
		      "seconds for a reply are measured by the machine's clock.",
		      "延迟的应答和事件到时即发出；等待应答的2.5秒按本机时钟计算，不受影响。"));
}

bool page_clock(struct call *c, struct err *e)
{
	int64_t moved_ms = 0;
	struct page p = page_open(c, "Clock", "时钟", NULL);

	(void)e;
	(void)text_i64(call_field(c, "moved"), 1, CLOCK_AHEAD_MAX_MS, &moved_ms);
	if (moved_ms)
		html_both(&p, "<p class=\"note good\" role=\"status\">Moved forward by %s.</p>",
			  "<p class=\"note good\" role=\"status\">已前进%s。</p>",
			  view_duration(&p, moved_ms));
	html(&p, "<h1>%s</h1><div class=\"card\"><p class=\"big\">%s</p><p class=\"dim\">",
	     page_text(&p, "Clock", "时钟"), view_time(&p, c->now_ms));
	if (c->sim->ahead_ms)
		html_both(&p, "Time in Beijing, %s ahead of this machine.",
			  "北京时间，比本机快%s。", view_duration(&p, c->sim->ahead_ms));
	else
		html_both(&p, "Time in Beijing, as this machine has it.", "北京时间，与本机一致。");
	html(&p, "</p>");
	jump_buttons(&p);
	jump_form(&p);
	html(&p, "<p class=\"dim\">%s</p></div>",
	     page_text(&p, "It never goes back; in all it goes ten years forward.",
		       "只能前进，不能后退；总共最多十年。"));
	what_follows(&p);
	page_close(&p);
	return true;
}

/* A button's milliseconds, or the amount in its unit. */
static bool jump_of(struct call *c, int64_t *out, struct err *e)
{
	const char *unit = call_field(c, "unit");
	size_t i = 0;
	int64_t amount;

	if (text_i64(call_field(c, "ms"), 1, CLOCK_AHEAD_MAX_MS, out))
		return true;
	while (i < ARRAY_SIZE(units) && !text_equal(units[i].code, unit))
		i++;
	if (i == ARRAY_SIZE(units) ||
	    !text_i64(call_field(c, "amount"), 1, CLOCK_AHEAD_MAX_MS / units[i].ms, &amount))
		return page_refuse(c, e, "Give a whole number; ten years at most.",
				   "请填写整数，最多十年。");
	*out = amount * units[i].ms;
	return true;
}

bool page_clock_move(struct call *c, struct err *e)
{
	int64_t forward_ms;

	if (!jump_of(c, &forward_ms, e))
		return false;
	if (forward_ms > CLOCK_AHEAD_MAX_MS - c->sim->ahead_ms)
		return page_refuse(c, e, "The clock would be over ten years ahead.",
				   "时钟总共最多前进十年。");
	if (!clock_move(c, forward_ms, e))
		return false;
	html_redirect(c, "/clock",
		      arena_printf(c->store.arena, "moved=%lld", (long long)forward_ms));
	return true;
}
