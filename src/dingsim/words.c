#include "dingsim/words.h"

#include <string.h>

#include "base/base.h"
#include "base/buf.h"
#include "base/text.h"

#define PARTS 2 /* stars in a text */

struct said {
	const char *english, *chinese; /* a star stands for what varies, in both */
};

/* Members of calls, as their fields are called on the pages. */
static const struct said members[] = {
    {"url", "请求网址"},
    {"aesKey", "加密 aes_key"},
    {"token", "签名 token"},
    {"rules[*]", "订阅规则[*]"},
    {"redirectUrls[*]", "回调地址[*]"},
    {"redirectUrls", "回调地址"},
    {"contactScope", "通讯录权限范围"},
    {"rules", "订阅规则"},
    {"path", "路径"},
    {"parent", "上级部门"},
    {"kind", "故障"},
    {"departments", "部门"},
    {"name", "名称"},
    {"title", "职位"},
    {"mobile", "手机号"},
    {"email", "邮箱"},
    {"userid", "用户ID"},
    {"id", "ID"},
    {"user", "人员"},
    {"client_id", "client_id"},
    {"redirect_uri", "redirect_uri"},
    {"response_type", "response_type"},
    {"scope", "scope"},
    {"prompt", "prompt"},
    {"state", "state"},
};

static const struct said texts[] = {
    /* Of JSON. */
    {"missing", "未填写"},
    {"is missing", "未填写"},
    {"must be true or false", "必须是true或false"},
    {"must have * to * elements", "须为*到*项"},
    {"must be text", "必须是文本"},
    {"must be a whole number", "必须是整数"},
    {"must be from * to *", "必须在*到*之间"},
    {"must not be empty", "不能为空"},
    {"must have at least * characters", "至少*个字符"},
    {"must have at most * characters", "最多*个字符"},
    {"must be one of: *", "只能是以下之一：*"},
    {"must be: *", "只能是：*"},
    /* Of a subscription. */
    {"an address starts with http:// or https://", "地址须以http://或https://开头"},
    {"an address has at most * bytes", "地址最多*个字节"},
    {"an address has printable ASCII only, and no '#'", "地址只能包含可见ASCII字符，不能包含“#”"},
    {"aes_key has letters and digits only", "aes_key只能包含字母和数字"},
    {"aes_key has * characters", "aes_key须为*个字符"},
    {"aes_key is not 32 bytes in base64", "aes_key不是32字节的base64"},
    {"letters and digits only", "只能包含字母和数字"},
    {"a rule has 1 to * bytes", "规则须为1到*个字节"},
    {"a rule has no control characters", "规则不能包含控制字符"},
    {"braces in a rule cannot be nested", "规则中的花括号不能嵌套"},
    {"a '}' in the rule has no '{'", "规则中的“}”缺少对应的“{”"},
    {"a '{' in the rule has no '}'", "规则中的“{”缺少对应的“}”"},
    {"a '*' cannot stand inside braces", "花括号内不能使用通配符"},
    /* What became of a push. */
    {"ok", "成功"},
    {"HTTP status * instead of 200", "HTTP状态码为*，应为200"},
    {"the reply is not a JSON object", "返回内容不是JSON对象"},
    {"the reply does not have msg_signature, timeStamp, nonce and encrypt, spelt so",
     "返回内容缺少msg_signature、timeStamp、nonce、encrypt中的字段（须按此拼写）"},
    {"the reply's msg_signature does not match (900005)",
     "返回内容的msg_signature不匹配（900005），请检查签名token"},
    {"the reply cannot be decrypted: * (900008)",
     "返回内容无法解密（900008），请检查加密aes_key：*"},
    {"the reply's owner key is not * (900010)", "返回内容的owner key不是*（900010）"},
    {"the reply's text is not \"success\" (71009)", "返回文本非success（71009）"},
    {"no answer within * ms", "超时：*毫秒内没有应答"},
    {"no answer: *", "没有应答：*"},
    {"nobody took it within its minute", "一分钟内没有连接接收"},
    {"sent to connection *", "已发送到连接*"},
    {"not taken: *", "未被接收：*"},
    {"the app has no Stream connection yet", "应用尚未建立Stream连接"},
    /* Of the organisation. */
    {"there is no department *", "部门*不存在"},
    {"there is no such department", "部门不存在"},
    {"there is no such person", "人员不存在"},
    {"there is no such app", "应用不存在"},
    {"there is no such form", "表单不存在"},
    {"there is no such instance", "审批单不存在"},
    {"there is no such task", "任务不存在"},
    {"there is no such todo", "待办不存在"},
    {"there is no such fault", "故障不存在"},
    {"there are * faults already", "最多*个故障"},
    {"the root department stays", "根部门不能修改或删除"},
    {"the department has members", "部门下还有成员"},
    {"the department has departments below it", "部门下还有子部门"},
    {"a department cannot be below itself", "部门不能放在自己下面"},
    {"must be department ids and user ids", "必须是部门ID和用户ID"},
    {"must be department ids", "必须是部门ID"},
    {"must be at most * ids", "最多*个部门"},
    {"a member of the organisation has one", "组织内成员至少属于一个部门"},
    {"there is no such control: *", "没有这种控件：*"},
    /* Of signing in. */
    {"no app has this id (应用不存在)", "应用不存在"},
    {"not one of the app's redirect URLs (回调域名未登记)", "回调域名未登记"},
    {"must be code", "必须是code"},
    {"must be consent", "必须是consent"},
    {"must be \"openid\" or \"openid corpid\"", "必须是“openid”或“openid corpid”"},
    {"at most * bytes", "最多*个字节"},
    {"choose a person (请选择人员)", "请选择人员"},
    {"this was sent by another site's page (请求来自其他网站的页面)", "请求来自其他网站的页面"},
    /* Of approval. */
    {"Only the originator can revoke or modify the form.", "只有发起人可以撤销或修改审批单"},
    {"Only an approved form can be revoked or modified.", "只有已通过的审批单可以撤销或修改"},
    {"The form's settings do not let an approved one be revoked or modified.",
     "该审批模板不允许撤销或修改已通过的审批单"},
    {"Another form that revokes or modifies this one is in approval.", "已有进行中的撤销或修改"},
    {"The form was revoked already.", "审批单已被撤销"},
};

/* The next star's part, up to where what follows it in the pattern begins. */
static bool fits(struct arena *a, const char *pattern, const char *text,
		 const char *parts[static PARTS])
{
	size_t n = 0;

	for (; *pattern; pattern++) {
		const char *rest, *end;
		size_t literal;

		if (*pattern != '*') {
			if (*text++ != *pattern)
				return false;
			continue;
		}
		literal = strcspn(pattern + 1, "*");
		rest = arena_dup_n(a, pattern + 1, literal);
		end = literal ? strstr(text, rest) : text + strlen(text);
		if (!end || n == PARTS)
			return false;
		parts[n++] = arena_dup_n(a, text, (size_t)(end - text));
		text = end;
	}
	return !*text;
}

static const char *filled(struct arena *a, const char *chinese, const char *parts[static PARTS])
{
	AUTO(buf_done) struct buf out = {0};
	size_t n = 0;

	for (; *chinese; chinese++)
		if (*chinese == '*')
			buf_text(&out, parts[n++]);
		else
			buf_char(&out, *chinese);
	return arena_dup_n(a, out.data, out.len);
}

/* NULL: not known. */
static const char *in_chinese(struct arena *a, const struct said *all, size_t count,
			      const char *text)
{
	const char *parts[PARTS] = {NULL};
	size_t i;

	for (i = 0; i < count; i++)
		if (fits(a, all[i].english, text, parts))
			return filled(a, all[i].chinese, parts);
	return NULL;
}

/* The member that the text begins with, NULL when it begins with none; *rest is behind it. */
static const char *member_of(struct arena *a, const char *text, const char **rest)
{
	const char *colon = strstr(text, ": ");

	if (!colon)
		return NULL;
	*rest = colon + 2;
	return in_chinese(a, members, ARRAY_SIZE(members),
			  arena_dup_n(a, text, (size_t)(colon - text)));
}

const char *words_chinese(struct arena *a, const char *text)
{
	const char *front = "", *rest = text, *behind, *member, *chinese;

	while ((member = member_of(a, rest, &behind)) != NULL) {
		front = arena_printf(a, "%s%s：", front, member);
		rest = behind;
	}
	chinese = in_chinese(a, texts, ARRAY_SIZE(texts), rest);
	return arena_printf(a, "%s%s", front, chinese ? chinese : rest);
}

const char *words_english(struct arena *a, const char *text)
{
	const char *parts[PARTS] = {NULL};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (fits(a, texts[i].chinese, text, parts))
			return filled(a, texts[i].english, parts);
	return text;
}
