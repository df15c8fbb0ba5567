/*
 * One decision on paper: everything that stands behind it, in English or Chinese, for A4. Plain HTML without
 * scripts; every text of others is escaped.
 */
#include "base/clock.h"
#include "base/text.h"
#include "api/grant.h"
#include "api/instance.h"
#include "web/language.h"
#include "web/page.h"
#include "model/phrase.h"
#include "web/server.h"
#include "api/task.h"
#include "store/account.h"
#include "store/event.h"
#include "store/release.h"
#include "store/removal.h"
#include "store/task.h"

#define MAX_EVENTS 500
#define BEIJING_MS (INT64_C(8) * 3600 * 1000)

struct query {
	const char *lang;
};
const struct json_field evidence_query[] = {{"lang", JSON_FIELD_TEXT, offsetof(struct query, lang),
					     .words = language_words,
					     .doc = "absent: the caller's"},
					    {0}};
const char *const evidence_types[] = {"text/html", NULL};

static const char style[] =
    "@page{size:A4;margin:16mm 15mm 18mm}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:180mm;padding:12mm 0;color:#1b1f24;background:#fff;"
    "font:10.5pt/1.5 \"Noto Sans\",\"Segoe UI\",\"PingFang SC\",\"Microsoft YaHei\","
    "\"Noto Sans CJK SC\",system-ui,sans-serif;-webkit-print-color-adjust:exact;"
    "print-color-adjust:exact}"
    "@media print{body{max-width:none;padding:0}}"
    "header{display:flex;align-items:flex-end;justify-content:space-between;gap:8mm;"
    "border-bottom:2px solid #1b1f24;padding-bottom:4mm;margin-bottom:6mm}"
    ".brand{font-size:9pt;letter-spacing:.12em;text-transform:uppercase;color:#5b6472;margin:0}"
    "h1{font-size:19pt;line-height:1.25;margin:1mm 0 0}"
    ".number{text-align:right;white-space:nowrap}"
    ".number b{display:block;font:600 15pt/1.2 ui-monospace,Menlo,Consolas,monospace}"
    ".seal{display:inline-block;margin-top:2mm;padding:.6mm 3mm;border-radius:99px;font-weight:600;"
    "font-size:9.5pt;background:#eef1f5;color:#39414d}"
    ".approved{background:#e3f4e8;color:#12612c}.rejected{background:#fde8e6;color:#96190f}"
    ".pending{background:#fff2d9;color:#7a4a00}"
    "section{margin:0 0 6mm;break-inside:avoid}section.long{break-inside:auto}"
    "h2{font-size:11.5pt;margin:0 0 2mm;padding-bottom:1mm;border-bottom:1px solid #d8dde5}"
    "dl{display:grid;grid-template-columns:38mm 1fr;gap:1.2mm 4mm;margin:0;"
    "align-items:baseline}"
    "dt{color:#5b6472}dd{margin:0;overflow-wrap:anywhere;white-space:pre-line}dd.hash{font-size:8."
    "5pt}"
    ".reason{border-left:3px solid #b9c2ce;padding-left:3mm}"
    "table{width:100%;border-collapse:collapse;font-size:9pt}"
    "th{text-align:left;font-weight:600;color:#5b6472;border-bottom:1px solid #b9c2ce}"
    "th,td{padding:1.2mm 2mm 1.2mm 0;vertical-align:top;overflow-wrap:anywhere}"
    "tr{break-inside:avoid}tbody tr+tr td{border-top:1px solid "
    "#eceff3}thead{display:table-header-group}"
    "td.time{white-space:nowrap}"
    ".hash{font:7.5pt/1.4 ui-monospace,Menlo,Consolas,monospace;color:#5b6472;word-break:break-all}"
    ".dim{color:#5b6472}"
    "footer{border-top:1px solid #d8dde5;padding-top:3mm;font-size:8.5pt;color:#5b6472}"
    "footer p{margin:0 0 1.5mm}";

/* --- words --- */

struct word {
	const char *name;
	struct page_text text;
};

/* What is stored, as it is read by people. What is not here is shown as it is. */
static const struct word words[] = {
    {"pending", {"pending", "待审批"}},
    {"approved", {"approved", "已通过"}},
    {"rejected", {"rejected", "已拒绝"}},
    {"revoked", {"revoked", "已撤回"}},
    {"expired", {"expired", "已过期"}},
    {"none", {"none", "无"}},
    {"unused", {"not used yet", "未使用"}},
    {"delivered", {"on the device, not used yet", "已送达设备，未使用"}},
    {"used", {"used", "已使用"}},
    {"lapsed", {"lapsed", "已失效"}},
    {"cancelled", {"called back", "已收回"}},
    {"revoking", {"called back, the device has not confirmed it", "已收回，设备尚未确认"}},
    {"console", {"Holdfast console", "Holdfast 控制台"}},
    {"dingtalk", {"DingTalk", "钉钉"}},
    {"api", {"API", "API"}},
    {"client", {"client", "客户端"}},
    {"system", {"Holdfast itself", "系统"}},
    {"release", {"release", "放行"}},
    {"app_uninstall", {"App Uninstall Policy", "应用卸载审批"}},
    {"queued", {"waits to be sent", "等待发送"}},
    {"submitted", {"open in DingTalk", "钉钉审批中"}},
    {"failed", {"could not be delivered", "送达失败"}},
    {"closing", {"being closed", "正在关闭"}},
    {"closed", {"closed", "已关闭"}},
    {"open", {"open", "待处理"}},
    {"skipped", {"skipped", "已跳过"}},
    {"waiting", {"not asked yet", "未开始"}},
    {"passed", {"passed", "已通过"}},
    {"any", {"any one approver", "或签（一人通过即可）"}},
    {"all", {"every approver", "会签（须全部通过）"}},
    {"allowed", {"let through", "已放行"}},
    {"removed", {"removed", "已卸载"}},
    {"rolled-back", {"rolled back by the package manager", "已被包管理器恢复"}},
    {"grant", {"grant of this request", "本申请的授权"}},
    {"offline code", {"offline code", "离线卸载码"}},
    {"filed", {"filed", "已报备"}},
    {"grant-issued", {"grant issued", "已签发授权"}},
    {"grant-revoked", {"grant called back", "授权已收回"}},
    {"grant-exported", {"grant exported", "授权已导出"}},
    {"offline-code-revealed", {"offline code revealed", "已显示离线卸载码"}},
    {"offline-code-unused", {"offline code not used", "离线卸载码未使用"}},
    {"level-approved", {"level answered: approved", "审批节点：通过"}},
    {"level-rejected", {"level answered: rejected", "审批节点：拒绝"}},
    {"whitelist", {"whitelist", "白名单"}},
    {"out of scope", {"out of scope", "不在范围内"}},
    {"audit mode", {"audit mode", "审计模式"}},
    {"without grant", {"without grant", "无授权"}},
    {"off", {"policy off", "策略已关闭"}},
    {"asked", {"approvers asked", "通知审批人"}},
    {"escalated", {"escalated", "升级"}},
    {"approver-skipped", {"approver skipped", "跳过审批人"}},
    {"nobody-left", {"nobody left to ask", "无人可审批"}},
    {"fallback", {"asked in Holdfast too", "启用备用审批"}},
    {"moved", {"moved to the second workflow", "转到备用流程"}},
    {"released", {"released", "放行"}},
    {"grant-delivered", {"grant on the device", "授权已送达"}},
    {"grant-lapsed", {"grant lapsed", "授权已失效"}},
    {"grant-cancelled", {"grant called back", "授权收回中"}},
    {"grant-consumed", {"removal let through with the grant", "凭授权放行卸载"}},
    {"removal-let-through", {"removal let through", "卸载已放行"}},
    {"removal-rolled-back", {"removal rolled back", "卸载已恢复"}},
    {"removal-refused", {"removal refused", "卸载被拒绝"}},
    {"removed-without-grant", {"removed without a grant", "无授权卸载"}},
    {"executed", {"task executed in DingTalk", "已执行钉钉任务"}},
    {"close-refused", {"DingTalk did not close the form", "钉钉未关闭表单"}},
    {"delivery-failed", {"delivery to DingTalk failed", "送达钉钉失败"}},
    {"delivery-replayed", {"delivery tried again", "重新送达"}},
    {"duplicate", {"second form in DingTalk", "钉钉中有重复表单"}},
    {"duplicate-closed", {"second form closed", "重复表单已关闭"}},
    {"unannounced", {"end without an event", "结果未经推送"}},
    {"mismatch", {"set aside: DingTalk's form differs", "已搁置：钉钉表单不一致"}},
    {"no-second-person", {"no second person", "无第二人审批"}},
    {"lost", {"DingTalk does not know it", "钉钉中查不到"}},
    {"withdrawn-after-use", {"withdrawn after use", "使用后被撤回"}},
    {"late", {"came late", "迟到的结果"}},
    {"grant-used", {"grant used", "授权已使用"}},
};

struct sheet {
	struct request *r;
	struct buf *out;
	bool zh;
};

static const char *say(const struct sheet *s, struct page_text text)
{
	return s->zh ? text.zh : text.en;
}

static const char *word(const struct sheet *s, const char *name)
{
	for (size_t i = 0; name != NULL && i < ARRAY_SIZE(words); i++) {
		if (text_equal(words[i].name, name))
			return say(s, words[i].text);
	}
	return name;
}

/* A line of the record, or a note that Holdfast wrote. */
static const char *phrase(const struct sheet *s, const char *kind, const char *text)
{
	return s->zh ? phrase_chinese(s->r->arena, kind, text) : text;
}

/* Where the reader of Chinese is it is Beijing's time; else UTC. */
static const char *time_of(const struct sheet *s, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	if (ms == 0)
		return NULL;
	clock_text(s->zh ? ms + BEIJING_MS : ms, text);
	text[10] = ' ';
	return arena_printf(s->r->arena, "%.19s%s", text, s->zh ? "（北京时间）" : " UTC");
}

/* --- pieces of the page --- */

static void put(const struct sheet *s, const char *text)
{
	page_put(s->r, text != NULL ? text : "");
}

static void begin_section(const struct sheet *s, struct page_text title, const char *class)
{
	buf_printf(s->out, "<section class=\"%s\"><h2>", class);
	put(s, say(s, title));
	buf_text(s->out, "</h2>");
}

static void begin_list(const struct sheet *s, struct page_text title)
{
	begin_section(s, title, "");
	buf_text(s->out, "<dl>");
}

static void end_list(const struct sheet *s)
{
	buf_text(s->out, "</dl></section>");
}

/* A line of a list; none without a value. */
static void line_of(const struct sheet *s, struct page_text label, const char *value,
		    const char *class)
{
	if (value == NULL || *value == '\0')
		return;
	buf_text(s->out, "<dt>");
	put(s, say(s, label));
	buf_printf(s->out, "</dt><dd class=\"%s\">", class);
	put(s, value);
	buf_text(s->out, "</dd>");
}

static void line(const struct sheet *s, struct page_text label, const char *value)
{
	line_of(s, label, value, "");
}

static void begin_table(const struct sheet *s, const struct page_text *columns, size_t count)
{
	buf_text(s->out, "<table><thead><tr>");
	for (size_t i = 0; i < count; i++) {
		buf_text(s->out, "<th>");
		put(s, say(s, columns[i]));
		buf_text(s->out, "</th>");
	}
	buf_text(s->out, "</tr></thead><tbody>");
}

static void cell(const struct sheet *s, const char *class, const char *text)
{
	buf_printf(s->out, "<td class=\"%s\">", class);
	put(s, text);
	buf_text(s->out, "</td>");
}

static void end_table(const struct sheet *s)
{
	buf_text(s->out, "</tbody></table></section>");
}

/* --- what stands behind the decision --- */

static void put_head(const struct sheet *s, const struct store_instance *i)
{
	char number[INSTANCE_NUMBER_SIZE];

	instance_number(i->number, number);
	buf_printf(s->out, "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\"><title>",
		   s->zh ? "zh-CN" : "en");
	put(s, number);
	buf_printf(s->out, " · Holdfast</title><style>%s</style></head><body><header><div>", style);
	buf_text(s->out, "<p class=\"brand\">Holdfast</p><h1>");
	put(s, say(s, (struct page_text){"Record of a decision", "审批决定记录"}));
	buf_printf(s->out, "</h1></div><div class=\"number\"><b>%s</b><span class=\"seal %s\">",
		   number, text_html(s->r->arena, i->status));
	put(s, word(s, i->status));
	buf_text(s->out, "</span></div></header>");
}

static void put_request(const struct sheet *s, const struct store_instance *i, const char *effect)
{
	const char *workflow =
	    *i->workflow == '\0'
		? NULL
		: arena_printf(s->r->arena, s->zh ? "%s，第 %lld 版" : "%s, version %lld",
			       i->workflow_name, (long long)i->version);

	begin_list(s, (struct page_text){"Request", "申请"});
	line(s, (struct page_text){"Template", "流程模板"}, word(s, i->template));
	line(s, (struct page_text){"Package", "软件包"}, i->package);
	line_of(s, (struct page_text){"Reason for filing", "报备原因"}, i->reason, "reason");
	line(s, (struct page_text){"Filed", "报备时间"}, time_of(s, i->created_ms));
	line(s, (struct page_text){"Filed by", "报备方式"},
	     i->by_root ? say(s, (struct page_text){"root, for the owner", "root 代用户报备"})
			: NULL);
	line(s, (struct page_text){"Workflow", "审批流程"}, workflow);
	line(s, (struct page_text){"Waits until", "等待至"},
	     i->expires_ms > i->created_ms ? time_of(s, i->expires_ms) : NULL);
	line(s, (struct page_text){"What came of it", "结果"}, word(s, effect));
	line(s, (struct page_text){"Note", "备注"}, phrase(s, "note", i->note));
	line_of(s, (struct page_text){"Request id", "申请 ID"}, i->id, "hash");
	end_list(s);
}

static void put_applicant(const struct sheet *s, const struct store_instance *i)
{
	begin_list(s, (struct page_text){"Applicant and device", "申请人与设备"});
	line(s, (struct page_text){"Applicant", "申请人"}, i->person_name);
	line(s, (struct page_text){"Department", "部门"}, i->department);
	line(s, (struct page_text){"Device", "设备"}, i->device_name);
	line(s, (struct page_text){"Operating system", "操作系统"}, i->device_os);
	line(s, (struct page_text){"MAC addresses", "MAC 地址"}, i->device_macs);
	line_of(s, (struct page_text){"Device id", "设备 ID"}, i->device, "hash");
	end_list(s);
}

static void put_dingtalk(const struct sheet *s, const struct store_instance *i)
{
	if (i->app == NULL)
		return;
	begin_list(s, (struct page_text){"In DingTalk", "钉钉审批"});
	line(s, (struct page_text){"Delivery", "送达状态"}, word(s, i->delivery));
	line(s, (struct page_text){"Submitted", "提交时间"}, time_of(s, i->submitted_ms));
	line(s, (struct page_text){"Approval number", "审批编号"}, i->business_id);
	line(s, (struct page_text){"Pending with", "当前审批人"}, i->pending_with);
	line_of(s, (struct page_text){"Process id", "流程 ID"}, i->process_code, "hash");
	line_of(s, (struct page_text){"Instance id", "实例 ID"}, i->external_id, "hash");
	end_list(s);
}

static void put_task(const struct sheet *s, const struct store_task *t)
{
	const char *who = t->acted_by == NULL
			      ? t->name
			      : arena_printf(s->r->arena, s->zh ? "%s（代 %s）" : "%s for %s",
					     t->acted_name, t->name);

	buf_text(s->out, "<tr>");
	cell(s, "", arena_printf(s->r->arena, "%lld", (long long)t->level));
	cell(s, "", who);
	cell(s, "", word(s, t->state));
	cell(s, "", t->comment);
	cell(s, "time", time_of(s, t->ended_ms));
	buf_text(s->out, "</tr>");
}

static bool put_levels(const struct sheet *s, const struct store_instance *i, struct err *e)
{
	static const struct page_text columns[] = {{"Level", "级别"},
						   {"Approver", "审批人"},
						   {"Answer", "结果"},
						   {"Comment", "意见"},
						   {"Time", "时间"}};
	struct store_task_list tasks;

	if (!store_task_list(s->r->db, s->r->arena, i->id, &tasks, e))
		return false;
	if (tasks.count == 0)
		return true;
	begin_section(s, (struct page_text){"Approval in Holdfast", "内置审批"}, "long");
	begin_table(s, columns, ARRAY_SIZE(columns));
	for (size_t k = 0; k < tasks.count; k++)
		put_task(s, &tasks.items[k]);
	end_table(s);
	return true;
}

static void put_decision(const struct sheet *s, const struct store_instance *i)
{
	begin_list(s, (struct page_text){"Decision", "决定"});
	line(s, (struct page_text){"Status", "状态"}, word(s, i->status));
	line(s, (struct page_text){"Decided by", "决定人"}, phrase(s, "actor", i->decided_by));
	line(s, (struct page_text){"At", "决定时间"}, time_of(s, i->decided_ms));
	line(s, (struct page_text){"Through", "渠道"}, word(s, i->channel));
	line_of(s, (struct page_text){"Comment", "意见"},
		text_equal(i->channel, "system") ? phrase(s, i->status, i->decision_comment)
						 : i->decision_comment,
		"reason");
	end_list(s);
}

/* A release of more than a few devices is the decision of two. */
static bool put_release(const struct sheet *s, const struct store_instance *i, struct err *e)
{
	struct store_release r;

	if (i->release == NULL)
		return true;
	if (!store_release_get(s->r->db, s->r->arena, i->release, &r, e))
		return false;
	begin_list(s, (struct page_text){"Release", "放行"});
	line(s, (struct page_text){"Made by", "创建人"}, r.created_by);
	line(s, (struct page_text){"Made", "创建时间"}, time_of(s, r.created_ms));
	line(s, (struct page_text){"Confirmed by", "确认人"}, r.confirmed_by);
	line(s, (struct page_text){"Confirmed", "确认时间"}, time_of(s, r.confirmed_ms));
	line_of(s, (struct page_text){"Reason", "原因"}, r.reason, "reason");
	line_of(s, (struct page_text){"Release id", "放行 ID"}, r.id, "hash");
	end_list(s);
	return true;
}

static void put_grant(const struct sheet *s, const struct store_grant *g)
{
	const struct grant_view *shown = grant_view(s->r->arena, g);

	if (shown == NULL)
		return;
	begin_list(s, (struct page_text){"Grant", "授权"});
	line(s, (struct page_text){"State", "状态"}, word(s, shown->state));
	line(s, (struct page_text){"Issued", "签发时间"}, time_of(s, g->issued_ms));
	line(s, (struct page_text){"Usable until", "有效期至"},
	     g->exp_ms == 0 ? say(s, (struct page_text){"until it is used", "使用前一直有效"})
			    : time_of(s, g->exp_ms));
	line(s, (struct page_text){"Called back", "收回时间"}, time_of(s, g->cancelled_ms));
	line(s, (struct page_text){"Why", "收回原因"}, phrase(s, "grant", shown->why));
	line(s, (struct page_text){"Confirmed by the device", "设备确认时间"},
	     time_of(s, g->confirmed_ms));
	line_of(s, (struct page_text){"Grant id", "授权 ID"}, g->id, "hash");
	end_list(s);
}

static bool put_removal(const struct sheet *s, const struct store_instance *i,
			const struct store_grant *g, struct err *e)
{
	struct store_removal m;

	if (g->id == NULL)
		return true;
	if (!store_removal_of_grant(s->r->db, s->r->arena, i->device, g->id, &m, e))
		return false;
	if (m.id == NULL)
		return true;
	begin_list(s, (struct page_text){"Removal", "卸载"});
	line(s, (struct page_text){"State", "状态"}, word(s, m.state));
	line(s, (struct page_text){"Ground", "依据"}, word(s, m.ground));
	line(s, (struct page_text){"By the device's clock", "设备时间"}, time_of(s, m.at_ms));
	line(s, (struct page_text){"Learnt of", "服务器得知时间"}, time_of(s, m.learnt_ms));
	line(s, (struct page_text){"Policy version", "策略版本"},
	     arena_printf(s->r->arena, "%lld", (long long)m.policy_version));
	line(s, (struct page_text){"Owner covered by", "用户受控依据"},
	     phrase(s, "coverage", m.coverage));
	line_of(s, (struct page_text){"Receipt id", "回执 ID"}, m.id, "hash");
	end_list(s);
	return true;
}

static void put_event(const struct sheet *s, const struct store_event *v)
{
	char hash[2 * 32 + 1];

	text_hex(v->hash, 32, hash);
	buf_text(s->out, "<tr>");
	cell(s, "time", time_of(s, v->at_ms));
	buf_text(s->out, "<td><b>");
	put(s, word(s, v->kind));
	buf_text(s->out, "</b> · ");
	put(s, phrase(s, "actor", v->actor));
	if (*v->text != '\0') {
		buf_text(s->out, "<br>");
		put(s, phrase(s, v->kind, v->text));
	}
	buf_printf(s->out, "<div class=\"hash\">%s #%lld · SHA-256 %s</div></td></tr>", v->node,
		   (long long)v->sequence, hash);
}

static bool put_record(const struct sheet *s, const struct store_instance *i, struct err *e)
{
	static const struct page_text columns[] = {
	    {"Time", "时间"},
	    {"What happened, who, and the record's place and hash",
	     "事件、操作人、记录位置与哈希"}};
	const struct store_event_filter filter = {
	    .instance = i->id, .before = "", .max = MAX_EVENTS};
	struct store_event *events;
	size_t count;

	if (!store_event_list(s->r->db, s->r->arena, &filter, &events, &count, e))
		return false;
	begin_section(s, (struct page_text){"Audit record", "审计记录"}, "long");
	begin_table(s, columns, ARRAY_SIZE(columns));
	for (size_t k = count; k > 0; k--)
		put_event(s, &events[k - 1]);
	end_table(s);
	return true;
}

static void put_foot(const struct sheet *s)
{
	const struct request *r = s->r;

	buf_text(s->out, "<footer><p>");
	put(s, arena_printf(r->arena,
			    s->zh ? "生成于 %s，操作人：%s，Holdfast %s，请求 %s。"
				  : "Made on %s by %s with Holdfast %s, request %s.",
			    time_of(s, r->now_ms), r->caller.name, HOLDFAST_VERSION, r->id));
	buf_text(s->out, "</p><p>");
	put(s,
	    say(s, (struct page_text){
		       "Each record of the audit chain holds the hash of the one before it and is "
		       "bound by signed checkpoints. Whether these records are unchanged is shown "
		       "by an export of the chain and \"holdfast-server audit verify\".",
		       "审计链中的每条记录都包含前一条记录的哈希，并由签名检查点固定。导出审计链并"
		       "运行 "
		       "\"holdfast-server audit verify\" 即可核对以上记录未被改动。"}));
	buf_text(s->out, "</p></footer></body></html>\n");
}

bool evidence_page(struct request *r, struct err *e)
{
	struct sheet s = {.r = r, .out = &r->body, .zh = language_is_chinese(r)};
	struct store_instance i;
	struct query q = {0};
	struct store_grant g;

	if (!request_query(r, &q, e) || !instance_seen(r, r->args[0], e) ||
	    !store_instance_get(r->db, r->arena, r->args[0], &i, e) ||
	    !store_grant_of_instance(r->db, r->arena, i.id, &g, e))
		return false;
	r->type = "text/html; charset=utf-8";
	request_header(r, "Content-Security-Policy",
		       "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; "
		       "base-uri 'none'; form-action 'none'");
	request_header(r, "Referrer-Policy", "no-referrer");
	request_header(r, "Content-Language", language_tag(s.zh));
	put_head(&s, &i);
	put_request(&s, &i, instance_effect_name(g.state));
	put_applicant(&s, &i);
	put_dingtalk(&s, &i);
	if (!put_levels(&s, &i, e))
		return false;
	put_decision(&s, &i);
	if (!put_release(&s, &i, e))
		return false;
	put_grant(&s, &g);
	if (!put_removal(&s, &i, &g, e) || !put_record(&s, &i, e))
		return false;
	put_foot(&s);
	return true;
}
