#include "model/notice.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "model/form.h"

const char *const language_names[LANGUAGE_COUNT + 1] = {"zh", "en", NULL};

/* {comment} brings its own colon; it and {by} are nothing where there is nothing to say. */
static const char *const texts[NOTICE_COUNT][LANGUAGE_COUNT] = {
    [NOTICE_APPROVED] = {"您的卸载申请 {number}（{device}，{package}）已通过{by}{comment}。现在可以"
			 "卸载。{time}",
			 "Your request {number} ({package} on {device}) was approved{by}{comment}. "
			 "You can uninstall now. {time}"},
    [NOTICE_REJECTED] =
	{"您的卸载申请 {number}（{device}，{package}）已拒绝{by}{comment}。{time}",
	 "Your request {number} ({package} on {device}) was rejected{by}{comment}. {time}"},
    [NOTICE_REVOKED] =
	{"您的卸载申请 {number}（{device}，{package}）已撤回{comment}。{time}",
	 "Your request {number} ({package} on {device}) was withdrawn{comment}. {time}"},
    [NOTICE_EXPIRED] = {"您的卸载申请 {number}（{device}，{package}）已过期：无人及时审批。{time}",
			"Your request {number} ({package} on {device}) has expired: nobody decided "
			"in time. {time}"},
    [NOTICE_LATE] =
	{"申请 {number}（{applicant}，{device}）此前{status}，之后在钉钉中的审批不再生"
	 "效。{time}",
	 "The decision in DingTalk about {number} ({applicant}, {device}) came too late "
	 "and changes nothing: the request was {status} before. {time}"},
    [NOTICE_REMINDER] = {"{applicant} 的卸载申请 {number}（{device}，{package}）正在等待您审批。"
			 "{time}",
			 "{applicant} waits for your decision on {number} ({package} on {device}). "
			 "{time}"},
    [NOTICE_TASK] =
	{"{applicant} 申请卸载 {device} 上的 {package}（{number}），请在 Holdfast "
	 "中审批{comment}。{time}",
	 "{applicant} asks to uninstall {package} on {device} ({number}); please decide in "
	 "Holdfast{comment}. {time}"},
    [NOTICE_ESCALATED] =
	{"{applicant} 的卸载申请 {number}（{device}，{package}）无人及时审批，现转请您在 Holdfast "
	 "中审批{comment}。{time}",
	 "Nobody decided in time about {number} ({applicant}, {package} on {device}); please "
	 "decide in Holdfast{comment}. {time}"},
    [NOTICE_NOBODY] =
	{"{applicant} 的卸载申请 {number}（{device}，{package}）已无可用审批人，请管理员在 "
	 "Holdfast "
	 "中审批{comment}。{time}",
	 "No approver is left for {number} ({applicant}, {package} on {device}); as an "
	 "administrator, please decide in Holdfast{comment}. {time}"},
    [NOTICE_EXECUTED] =
	{"申请 {number}（{applicant}，{device}）{status}{by}。钉钉中以您名义显示的审"
	 "批由 Holdfast 提交，并非您本人操作。{time}",
	 "The request {number} ({applicant}, {device}) was {status}{by} in Holdfast. "
	 "DingTalk shows you as having decided it: that was entered by Holdfast, not "
	 "by you. {time}"},
    [NOTICE_CLOSED] = {"Holdfast：{status}{by}{comment}", "Holdfast: {status}{by}{comment}"},
    [NOTICE_CARRIED] = {"已在 Holdfast 中由 {who} 决定，并非任务处理人本人操作{comment}",
			"Decided in Holdfast by {who}, not by the task's owner{comment}"},
};

static const char *const statuses[INSTANCE_STATUS_COUNT][LANGUAGE_COUNT] = {
    [INSTANCE_PENDING] = {"待审批", "waiting"},   [INSTANCE_APPROVED] = {"已通过", "approved"},
    [INSTANCE_REJECTED] = {"已拒绝", "rejected"}, [INSTANCE_REVOKED] = {"已撤回", "withdrawn"},
    [INSTANCE_EXPIRED] = {"已过期", "expired"},
};

static const char *const colons[LANGUAGE_COUNT] = {"：", ": "};

bool language_from(const char *name, enum language *out)
{
	for (int i = 0; i < LANGUAGE_COUNT; i++) {
		if (text_equal(language_names[i], name)) {
			*out = (enum language)i;
			return true;
		}
	}
	return false;
}

static const char *by(struct arena *a, enum language language, const char *who)
{
	if (*who == '\0')
		return "";
	return language == LANGUAGE_ZH ? arena_printf(a, "（%s）", who)
				       : arena_printf(a, " by %s", who);
}

/* What stands for the n bytes of name. */
static const char *word(struct arena *a, enum language language, const struct notice_facts *f,
			const char *name, size_t n)
{
	const struct {
		const char *name, *text;
	} words[] = {
	    {"number", f->number},
	    {"device", f->device},
	    {"package", f->package},
	    {"applicant", f->applicant},
	    {"who", f->who},
	    {"by", by(a, language, f->who)},
	    {"comment",
	     *f->comment == '\0' ? "" : arena_printf(a, "%s%s", colons[language], f->comment)},
	    {"status", statuses[f->status][language]},
	    {"time", form_time(a, f->now_ms)},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].name) == n && strncmp(words[i].name, name, n) == 0)
			return words[i].text;
	}
	return "";
}

const char *notice_text(struct arena *a, enum language language, enum notice notice,
			const struct notice_facts *facts)
{
	AUTO(buf_done) struct buf out = {0};
	const char *at = texts[notice][language];

	while (*at != '\0') {
		size_t n = strcspn(at, "{");

		buf_add(&out, at, n);
		at += n;
		if (*at == '\0')
			break;
		n = strcspn(++at, "}");
		buf_text(&out, word(a, language, facts, at, n));
		at += n + 1;
	}
	return arena_dup_n(a, out.data, out.len);
}
