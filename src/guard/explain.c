#include "guard/explain.h"

#include "base/text.h"
#include "grant/prompt.h"
#include "guard/guard.h"

struct words {
	const char *en, *zh;
};

static const struct words refusals[] = {
    [REFUSAL_NO_GRANT] = {"", ""},
    [REFUSAL_UNVERIFIED] = {"it is damaged or not signed by your organisation",
			    "内容损坏，或不是由您的组织签发"},
    [REFUSAL_OTHER_ORG] = {"it is for another organisation", "属于其他组织"},
    [REFUSAL_OTHER_DEVICE] = {"it is for another device", "属于其他设备"},
    [REFUSAL_OTHER_KEY] = {"it is for an earlier enrolment of this device",
			   "属于本设备此前的一次注册"},
    [REFUSAL_OTHER_PACKAGE] = {"it is for another package", "属于其他软件包"},
    [REFUSAL_OTHER_ACTION] = {"it is not for an uninstallation", "不是用于卸载"},
    [REFUSAL_TOO_EARLY] = {"its time has not come yet", "尚未生效"},
    [REFUSAL_EXPIRED] = {"it has expired", "已过期"},
    [REFUSAL_USED] = {"it has been used", "已使用"},
    [REFUSAL_CANCELLED] = {"it has been revoked", "已被撤销"},
};

static void say_refusal(struct buf *out, const struct explanation *why,
			enum prompt_language language)
{
	const struct words *refusal = &refusals[why->refusal];
	const char *number = why->number ? why->number : "";

	if (why->refusal == REFUSAL_NO_GRANT)
		return;
	if (language == PROMPT_ZH)
		buf_printf(out, "%s%s审批结果不可用：%s。\n", number, *number ? " 的" : "",
			   refusal->zh);
	else
		buf_printf(out, "The approval%s%s cannot be used: %s.\n", *number ? " " : "",
			   number, refusal->en);
}

static void say_what_to_do(struct buf *out, const struct explanation *why,
			   enum prompt_language language, const char *file)
{
	bool zh = language == PROMPT_ZH;
	bool client = text_equal(why->package, GUARD_PACKAGE);

	if (why->waiting)
		buf_printf(out,
			   zh ? "申请 %s 正在等待审批，通过后请再次卸载。\n"
			      : "Request %s is waiting for approval. Once it is approved, remove "
				"the package again.\n",
			   why->waiting);
	else if (why->statement->filing)
		buf_printf(out,
			   zh ? "%s：holdfast uninstall %s%s--reason \"原因\"\n"
			      : "%s: holdfast uninstall %s%s--reason \"why\"\n",
			   file, client ? "" : why->package, client ? "" : " ");
	else
		buf_text(out, zh ? "未开放报备，请联系管理员。\n"
				 : "Requests are switched off; ask your administrator.\n");
}

void explain_refusal(struct buf *out, const struct explanation *why)
{
	AUTO(arena_done) struct arena a = {0};
	const char *contact = text_plain(&a, why->statement->contact, false);
	struct statement_prompt en, zh;

	prompt_fill(&a, why->statement, PROMPT_EN, why->package, &en);
	prompt_fill(&a, why->statement, PROMPT_ZH, why->package, &zh);
	buf_printf(out, "%s\n%s\n%s is protected by your organisation and was not removed.\n",
		   en.title, en.content, why->package);
	say_refusal(out, why, PROMPT_EN);
	say_what_to_do(out, why, PROMPT_EN, en.primary);
	/* A text of the organisation that is there in one language only. */
	if (!text_equal(en.title, zh.title))
		buf_printf(out, "%s\n", zh.title);
	if (!text_equal(en.content, zh.content))
		buf_printf(out, "%s\n", zh.content);
	buf_printf(out, "%s 受您的组织保护，未被卸载。\n", why->package);
	say_refusal(out, why, PROMPT_ZH);
	say_what_to_do(out, why, PROMPT_ZH, zh.primary);
	if (*contact)
		buf_printf(out, "Contact 联系人: %s\n", contact);
}

void explain_tampering(struct buf *out, const char *package, const char *detail, bool told)
{
	buf_printf(out,
		   "%s was not removed: Holdfast's files on this computer are missing or have been "
		   "changed (%s).\n%s\n",
		   package, detail,
		   told ? "Your administrator is being told." : "Please tell your administrator.");
	buf_printf(out, "%s 未被卸载：本机的 Holdfast 文件缺失或被改动。%s\n", package,
		   told ? "系统正在通知管理员。" : "请联系管理员。");
}

void explain_not_recorded(struct buf *out, const char *number, const char *detail)
{
	buf_printf(out,
		   "Approval %s is good, but its use could not be recorded, so nothing was removed "
		   "(%s). Please try again.\n",
		   number, detail);
	buf_printf(out, "%s 的审批结果有效，但无法记录其使用，因此未卸载。请重试。\n", number);
}

void explain_unknown_call(struct buf *out, const char *word)
{
	buf_printf(out, "Nothing was removed: \"%s\" is not a removal that Holdfast knows.\n",
		   text_printable(word, false) ? word : "?");
	buf_text(out, "未卸载：无法识别的卸载方式。\n");
}

void explain_removal(struct buf *out, const char *package, const char *number)
{
	buf_printf(out, "Approval %s lets %s be removed. %s 已获批准，允许卸载 %s。\n", number,
		   package, number, package);
}
