#include "model/phrase.h"

#include <string.h>

#include "base/text.h"

#define MAX_PARTS 5

/* In en "#" stands for digits, "~" for a text without ")" and "*" for any text; {1} to {4} in zh for what stood
 * there. The first row that fits counts; kind is what the event's kind begins with. */
struct phrase {
	const char *kind, *en, *zh;
};

static const struct phrase phrases[] = {
    {"result", "in DingTalk", "钉钉审批"},
    {"result", "in DingTalk: *", "钉钉审批：{1}"},
    {"result", "agreed in DingTalk, but by nobody other than the applicant",
     "钉钉中已同意，但除申请人外无人审批"},
    {"result", "agreed in DingTalk and withdrawn there after that", "钉钉中同意后又被撤回"},
    {"result", "what DingTalk holds is not what was sent", "钉钉中的内容与提交的不一致"},
    {"result", "everybody who is left has approved", "其余审批人均已通过"},
    {"result", "withdrawn in the client", "申请人在客户端撤回"},
    {"result", "withdrawn by an administrator", "管理员撤回"},
    {"result", "withdrawn by an administrator: *", "管理员撤回：{1}"},
    {"result", "nobody decided in time", "逾期无人审批"},
    {"result", "the policy was switched off", "策略已关闭"},
    {"result", "the package is not protected any more", "软件包不再受保护"},
    {"result", "the applicant was put on the whitelist", "申请人已加入白名单"},
    {"result", "the applicant is out of the policy's scope", "申请人不在策略范围内"},
    {"level-", "level # (~), for *: *", "第 {1} 级（{2}），代{3}：{4}"},
    {"level-", "level # (~), for *", "第 {1} 级（{2}），代{3}"},
    {"level-", "level # (~): *", "第 {1} 级（{2}）：{3}"},
    {"level-", "level # (~)", "第 {1} 级（{2}）"},
    {"level-", "level #, for *: *", "第 {1} 级，代{2}：{3}"},
    {"level-", "level #, for *", "第 {1} 级，代{2}"},
    {"level-", "level #: *", "第 {1} 级：{2}"},
    {"level-", "level #", "第 {1} 级"},
    {"approver-skipped", "level # (~): cannot be asked: *", "第 {1} 级（{2}）：无法审批：{3}"},
    {"approver-skipped", "level #: cannot be asked: *", "第 {1} 级：无法审批：{2}"},
    {"asked", "level # (~): *", "第 {1} 级（{2}）：{3}"},
    {"asked", "level #: *", "第 {1} 级：{2}"},
    {"escalated", "level # (~): *", "第 {1} 级（{2}）：{3}"},
    {"escalated", "level #: *", "第 {1} 级：{2}"},
    {"nobody-left", "nobody is left who could be asked", "已无人可审批"},
    {"note", "nobody is left who could be asked", "已无人可审批"},
    {"note", "no approver is left: the administrators are asked", "已无审批人，转由管理员审批"},
    {"note", "DingTalk has a second form for this request", "钉钉中有此申请的第二张表单"},
    {"note", "DingTalk does not know it", "钉钉中查不到此申请"},
    {"note", "DingTalk shows another end: *", "钉钉显示不同的结果：{1}"},
    {"note", "no second person", "无第二人审批"},
    {"note", "the approval was withdrawn in DingTalk after the removal",
     "卸载后审批在钉钉中被撤回"},
    {"withdrawn-after-use", "the approval was withdrawn in DingTalk after the removal",
     "卸载后审批在钉钉中被撤回"},
    {"submitted", "DingTalk has the request", "钉钉已收到申请"},
    {"closed", "DingTalk shows the same result", "钉钉显示相同结果"},
    {"closed", "withdrawn in DingTalk too", "钉钉中也已撤回"},
    {"duplicate", "DingTalk has a second form for this request, which is withdrawn: *",
     "钉钉中有此申请的第二张表单，正在撤回：{1}"},
    {"duplicate", "the second form in DingTalk is not open any more", "钉钉中的第二张表单已关闭"},
    {"executed", "the task of * was executed in DingTalk", "已在钉钉中执行{1}的审批任务"},
    {"fallback", "DingTalk does not have the request in time: it is asked here too",
     "钉钉未及时收到申请，同时在此审批"},
    {"moved", "DingTalk does not let the applicant start the form: * takes it over",
     "钉钉不允许申请人发起此表单，改由“{1}”受理"},
    {"unannounced", "no event of DingTalk announced this end", "钉钉未推送此结果"},
    {"grant-exported", "as a file", "导出为文件"},
    {"offline-code-revealed", "code #, good until *", "离线卸载码 {1}，有效期至 {2}"},
    {"offline-code-unused", "good until used", "使用前一直有效"},
    {"offline-code-unused", "good until *", "有效期至 {1}"},
    {"grant", "good until used", "使用前一直有效"},
    {"grant", "good until *", "有效期至 {1}"},
    {"grant", "the device has it", "设备已收到"},
    {"grant", "a removal was let through with it at * by the device's clock",
     "已凭此授权放行卸载（设备时间 {1}）"},
    {"grant", "not used in time", "未在有效期内使用"},
    {"grant", "the device will not use it", "设备确认不再使用"},
    {"grant", "* withdrew the approval in DingTalk", "{1}在钉钉中撤回了审批"},
    {"signed-in", "with DingTalk", "通过钉钉"},
    {"signed-in", "with DingTalk and code", "通过钉钉和验证码"},
    {"signed-in", "with DingTalk and recovery code; # are left", "通过钉钉和恢复码，剩余 {1} 个"},
    {"signin-failed", "with DingTalk (~): an account of another organisation",
     "通过钉钉（{1}）：其他组织的账号"},
    {"signin-failed", "with DingTalk (~): an external contact", "通过钉钉（{1}）：外部联系人"},
    {"signin-failed",
     "with DingTalk (~): an account that is not in the organisation's address book",
     "通过钉钉（{1}）：不在组织通讯录中的账号"},
    {"signin-failed", "with DingTalk (~): a member whom the app may not see",
     "通过钉钉（{1}）：应用无权查看的成员"},
    {"signin-failed", "with DingTalk (~): somebody who is not in the directory",
     "通过钉钉（{1}）：不在通讯录中"},
    {"signin-failed", "with DingTalk (~): the identity source is disabled",
     "通过钉钉（{1}）：身份源已停用"},
    {"signin-failed", "with DingTalk (~): * has left the directory", "通过钉钉（{1}）：{2}已离职"},
    {"signin-failed", "with DingTalk (~): * has no account here",
     "通过钉钉（{1}）：{2}在此没有账号"},
    {"account-person-departed", "*: has left the directory", "{1}：已离职"},
    {"owner-changed", "before: *", "原使用者：{1}"},
    {"owner-change-held",
     "* is not covered by the policy; the device stays protected as before until an administrator "
     "confirms",
     "策略不覆盖{1}；在管理员确认之前，设备仍按原样受保护"},
    {"owner-change-confirmed", "* instead of *: *", "{1}取代{2}：{3}"},
    {"owner-change-confirmed", "* instead of *", "{1}取代{2}"},
    {"owner-change-refused", "*; it stays as with *: *", "{1}；仍按{2}保护：{3}"},
    {"owner-change-refused", "*; it stays as with *", "{1}；仍按{2}保护"},
    {"identity-cloned", "*: a machine with a key that it had before is alive at *",
     "{1}：持有其旧密钥的机器出现在 {2}"},
    {"identity-cloned", "*: at * and, to get an entry of its own, at * (other hardware)",
     "{1}：在 {2}；另一台在 {3}（硬件不同），将获得单独的条目"},
    {"identity-cloned", "*: at * and, to get an entry of its own, at * (the same hardware)",
     "{1}：在 {2}；另一台在 {3}（硬件相同），将获得单独的条目"},
    {"device-enrolled", "*, a copy of *", "{1}，{2} 的副本"},
    {"device-enrolled", "*, on the hardware of * (*)", "{1}，与 {2}（{3}）的硬件相同"},
    {"device-session-ended", "signed out", "已退出登录"},
    {"device-session-ended", "the sign-in has expired", "登录已过期"},
    {"device-session-ended", "the owner has left the organisation", "设备所有者已离职"},
    {"device-session-ended", "a copy of another device's identity", "与另一台设备的身份重复"},
    {"result", "the device was unbound", "设备已解绑"},
    {"result", "the device was reported lost", "设备已挂失"},
    {"result", "the device was deleted", "设备已删除"},
    {"grant", "the device was unbound", "设备已解绑"},
    {"grant", "the device was reported lost", "设备已挂失"},
    {"grant", "the device was deleted", "设备已删除"},
    {"coverage", "unbound", "已解绑"},
    {"policy-expired", "nobody confirmed it in time", "逾期无人确认"},
    {"policy-proposed", "on version #, to be confirmed by a second person for: *",
     "基于版本 {1}，待第二人确认：{2}"},
    {"policy-proposed", "on the user group *, to be confirmed by a second person for: *",
     "用户组“{1}”，待第二人确认：{2}"},
    {"policy-proposed", "on the settings, to be confirmed by a second person for: *",
     "设置，待第二人确认：{1}"},
    {"policy-stale", "the policy changed meanwhile", "策略已被修改，此提案作废"},
    {"policy-stale", "a user group changed meanwhile", "用户组已被修改，此提案作废"},
    {"policy-stale", "the settings changed meanwhile", "设置已被修改，此提案作废"},
    {"policy-confirmed", "proposed by *", "由{1}提出"},
    {"sync-done", "*: # people and # departments changed", "{1}：{2} 名用户、{3} 个部门有变化"},
    {"sync-waiting", "*: # of # people would leave", "{1}：将有 {2} 名用户离职（共 {3} 名）"},
    {"sync-waiting",
     "*: # of # people would leave; # of # asked for are in DingTalk, out of what is read",
     "{1}：将有 {2} 名用户离职（共 {3} 名）；已核实的 {5} 名中有 {4} "
     "名仍在钉钉中，但不在读取范围内"},
    {"source-broken", "*: reading it failed # times in a row: *", "{1}：连续 {2} 次读取失败：{3}"},
    {"sync-waiting", "*: # of # covered devices would be out of scope",
     "{1}：将有 {2} 台受保护设备不在范围内（共 {3} 台）"},
    {"people-imported", "*: # added, # changed, # departed",
     "{1}：新增 {2} 人，变更 {3} 人，离职 {4} 人"},
    {"rule-broken", "*: # broken: *", "{1}：{2} 条规则失效：{3}"},
    {"coverage", "everyone", "全体用户"},
    {"coverage", "group *", "用户组 {1}"},
    {"coverage", "whitelist", "白名单"},
    {"coverage", "out of scope", "不在范围内"},
    {"coverage", "unknown person", "未知人员"},
};

/* Kinds whose text says how a request ended. */
static const char *const results[] = {"approved", "rejected", "revoked",         "expired",
				      "late",     "mismatch", "no-second-person"};

struct part {
	const char *text;
	size_t size;
};

/* How much of text the wildcard takes; after: the literal that follows, of n bytes. */
static bool part_read(char wildcard, const char *text, const char *after, size_t n, size_t *size)
{
	if (wildcard == '#')
		*size = strspn(text, "0123456789");
	else if (wildcard == '~')
		*size = strcspn(text, ")");
	else
		for (*size = 0;
		     text[*size] != '\0' && (n == 0 || strncmp(text + *size, after, n) != 0);)
			++*size;
	return *size > 0;
}

static bool fits(const char *en, const char *text, struct part parts[static MAX_PARTS])
{
	size_t count = 0;

	for (;;) {
		size_t n = strcspn(en, "#~*");

		if (strncmp(en, text, n) != 0)
			return false;
		en += n;
		text += n;
		if (*en == '\0')
			return *text == '\0';
		parts[count].text = text;
		if (!part_read(*en, text, en + 1, strcspn(en + 1, "#~*"), &parts[count].size))
			return false;
		text += parts[count++].size;
		en++;
	}
}

static const char *fill(struct arena *a, const char *zh, const struct part *parts)
{
	const char *out = "";

	while (*zh != '\0') {
		size_t n = strcspn(zh, "{");

		out = arena_printf(a, "%s%.*s", out, (int)n, zh);
		zh += n;
		if (*zh == '{') {
			const struct part *p = &parts[zh[1] - '1'];

			out = arena_printf(a, "%s%.*s", out, (int)p->size, p->text);
			zh += strlen("{1}");
		}
	}
	return out;
}

const char *phrase_chinese(struct arena *a, const char *kind, const char *text)
{
	struct part parts[MAX_PARTS];

	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		if (text_equal(kind, results[i]))
			kind = "result";
	}
	for (size_t i = 0; text != NULL && i < ARRAY_SIZE(phrases); i++) {
		if (text_starts(kind, phrases[i].kind) && fits(phrases[i].en, text, parts))
			return fill(a, phrases[i].zh, parts);
	}
	return text;
}
