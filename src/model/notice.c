#include "model/notice.h"

#include <string.h>

#include "base/buf.h"
#include "base/template.h"
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

const char *const notice_names[NOTICE_COUNT + 1] = {[NOTICE_APPROVED] = "approved",
						    [NOTICE_REJECTED] = "rejected",
						    [NOTICE_REVOKED] = "revoked",
						    [NOTICE_EXPIRED] = "expired",
						    [NOTICE_LATE] = "late",
						    [NOTICE_REMINDER] = "reminder",
						    [NOTICE_TASK] = "task",
						    [NOTICE_ESCALATED] = "escalated",
						    [NOTICE_NOBODY] = "nobody-left",
						    [NOTICE_EXECUTED] = "executed",
						    [NOTICE_CLOSED] = "form-closed",
						    [NOTICE_CARRIED] = "form-executed",
						    NULL};

static const struct {
	const char *reader;
	enum instance_status sample;
	bool names_who; /* it stands where somebody seems to have decided who has not */
} kinds[NOTICE_COUNT] = {
    [NOTICE_APPROVED] = {"applicant", INSTANCE_APPROVED, false},
    [NOTICE_REJECTED] = {"applicant", INSTANCE_REJECTED, false},
    [NOTICE_REVOKED] = {"applicant", INSTANCE_REVOKED, false},
    [NOTICE_EXPIRED] = {"applicant", INSTANCE_EXPIRED, false},
    [NOTICE_LATE] = {"decider", INSTANCE_APPROVED, false},
    [NOTICE_REMINDER] = {"approver", INSTANCE_PENDING, false},
    [NOTICE_TASK] = {"approver", INSTANCE_PENDING, false},
    [NOTICE_ESCALATED] = {"approver", INSTANCE_PENDING, false},
    [NOTICE_NOBODY] = {"administrator", INSTANCE_PENDING, false},
    [NOTICE_EXECUTED] = {"approver", INSTANCE_APPROVED, true},
    [NOTICE_CLOSED] = {"form", INSTANCE_APPROVED, false},
    [NOTICE_CARRIED] = {"form", INSTANCE_APPROVED, true},
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

const char *const notice_variables[NOTICE_VARIABLES + 1] = {
    "number", "device",  "package", "applicant", "reason", "who",
    "by",     "comment", "status",  "time",      NULL};

void notice_values(struct arena *a, enum language language, const struct notice_facts *f,
		   const char *out[static NOTICE_VARIABLES])
{
	const char *const values[NOTICE_VARIABLES] = {
	    f->number,
	    f->device,
	    f->package,
	    f->applicant,
	    f->reason,
	    f->who,
	    by(a, language, f->who),
	    *f->comment == '\0' ? "" : arena_printf(a, "%s%s", colons[language], f->comment),
	    statuses[f->status][language],
	    form_time(a, f->now_ms)};

	memcpy(out, values, sizeof(values));
}

const char *notice_reader(enum notice notice)
{
	return kinds[notice].reader;
}

const char *notice_builtin(enum notice notice, enum language language)
{
	return texts[notice][language];
}

static void name_variables(struct template_value out[static NOTICE_VARIABLES])
{
	for (size_t i = 0; i < NOTICE_VARIABLES; i++)
		out[i] = (struct template_value){notice_variables[i], NULL};
}

bool notice_check(enum notice notice, const char *text, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct template_value variables[NOTICE_VARIABLES];

	if (text_length(text) > NOTICE_MAX)
		return err_set(e, ERR_INVALID, "must be at most %d characters, and is %zu",
			       NOTICE_MAX, text_length(text));
	if (!text_printable(text, true) || strstr(text_plain(&a, text, true), "\xef\xbf\xbd"))
		return err_set(e, ERR_INVALID,
			       "must not hold control characters or such that turn the direction "
			       "of text");
	name_variables(variables);
	if (!template_check(text, variables, NOTICE_VARIABLES, e))
		return false;
	return !kinds[notice].names_who || template_has(text, "who") || template_has(text, "by") ||
	       err_set(e, ERR_INVALID,
		       "must have {who} or {by}: DingTalk shows somebody else as having decided");
}

void notice_sample(enum notice notice, enum language language, int64_t now_ms,
		   struct notice_facts *out)
{
	bool zh = language == LANGUAGE_ZH;

	*out = (struct notice_facts){.number = "HF-000123",
				     .device = "laptop-42",
				     .package = "holdfast-client",
				     .applicant = "李华",
				     .reason = zh ? "旧电脑报废" : "The old laptop is scrapped",
				     .who = "王芳",
				     .comment = zh ? "设备已归还" : "It was returned",
				     .status = kinds[notice].sample,
				     .now_ms = now_ms};
}

/* DingTalk drops a second message that says the same. */
static void tell_apart(struct buf *out, const char *text, const char *number, const char *time)
{
	if (!template_has(text, "number"))
		buf_printf(out, " %s", number);
	if (!template_has(text, "time"))
		buf_printf(out, " %s", time);
}

const char *notice_text(struct arena *a, const struct notice_words *words, enum notice notice,
			const struct notice_facts *facts)
{
	AUTO(buf_done) struct buf out = {0};
	const char *text = words->own != NULL ? words->own : texts[notice][words->language];
	const char *values[NOTICE_VARIABLES];
	struct template_value variables[NOTICE_VARIABLES];

	name_variables(variables);
	notice_values(a, words->language, facts, values);
	for (size_t i = 0; i < NOTICE_VARIABLES; i++)
		variables[i].value = values[i];
	template_fill(&out, text, variables, NOTICE_VARIABLES);
	if (!text_equal(kinds[notice].reader, "form"))
		tell_apart(&out, text, facts->number, values[NOTICE_VARIABLES - 1]);
	return arena_dup_n(a, out.data, out.len);
}
