#include "cli/words.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define REMOVE "    sudo apt remove {1}"
#define FILE_EN "holdfast uninstall --reason \"…\""

static const char *const table[W_COUNT][2] = {
    [W_USAGE] =
	{"usage: holdfast COMMAND\n"
	 "\n"
	 "  login [--switch]           enrol this computer, or sign in on it again, on a web page\n"
	 "                             (--switch: take it over from somebody else)\n"
	 "  login --token-file FILE    enrol it with an administrator's token (-: standard input)\n"
	 "  logout                     sign out; the computer stays as protected as it is\n"
	 "  status [--json]            what applies here, and how a request stands\n"
	 "  uninstall --reason TEXT    ask for removal, then wait for the answer\n"
	 "            [PACKAGE]        (of another protected package than the client itself)\n"
	 "  withdraw                   take the waiting request back\n"
	 "  grant import FILE          take an approval from a file (-: standard input)\n"
	 "\n"
	 "  --no-wait                  with login and uninstall: do not wait\n"
	 "  --help, --version\n",
	 "用法：holdfast 命令\n"
	 "\n"
	 "  login [--switch]           注册本机或重新登录：在网页上登录\n"
	 "                             （--switch：从他人处接管本机）\n"
	 "  login --token-file 文件    用管理员的令牌注册（-：标准输入）\n"
	 "  logout                     退出登录；本机的保护不变\n"
	 "  status [--json]            查看本机的保护状态和申请进度\n"
	 "  uninstall --reason 原因    申请卸载，并等待审批结果\n"
	 "            [软件包]         （卸载客户端以外的受保护软件包）\n"
	 "  withdraw                   撤回正在审批的申请\n"
	 "  grant import 文件          从文件导入审批结果（-：标准输入）\n"
	 "\n"
	 "  --no-wait                  用于 login 和 uninstall：不等待结果\n"
	 "  --help, --version\n"},
    [W_BAD_USE] = {"\"{1}\" is not understood. See: holdfast --help",
		   "无法识别“{1}”。请查看：holdfast --help"},
    [W_NOT_RUNNING] =
	{"The Holdfast client is not running. Start it with: sudo systemctl start holdfast-keeper",
	 "Holdfast 客户端没有运行。请执行：sudo systemctl start holdfast-keeper"},
    [W_NOT_ENROLLED] = {"This computer is not enrolled yet. Enrol it with: holdfast login",
			"本机尚未注册。请执行：holdfast login"},
    [W_NOT_YOURS] = {"This computer is enrolled by another account; only that account can do this.",
		     "本机由其他账户注册，只有该账户可以进行此操作。"},
    [W_AWAY] = {"The server cannot be reached. Please try again later.",
		"暂时无法连接服务器，请稍后再试。"},
    [W_OTHER] = {"That did not work: {1}.", "操作未成功：{1}。"},
    [W_TAMPERED] = {"Files of the Holdfast client are missing or were changed. Removal is refused. "
		    "Please contact your administrator.",
		    "Holdfast 客户端的文件缺失或被修改，卸载被禁止。请联系管理员。"},
    [W_PROTECTED] = {"This computer is protected: the client cannot be removed without approval.",
		     "本机受保护：未经审批不能卸载客户端。"},
    [W_AUDIT] = {"The client may be removed from this computer; removal is reported.",
		 "本机可以卸载客户端；卸载会被记录。"},
    [W_OPEN] = {"The client may be removed from this computer without approval.",
		"本机可以直接卸载客户端，无需审批。"},
    [W_LOST] = {"This computer was reported lost. Nothing can be filed on it until your "
		"administrator has entered that it is found.",
		"本机已挂失。管理员登记找回之前，不能在本机报备。"},
    [W_UNBOUND] = {"This computer was unbound by your administrator. To make it yours again: "
		   "holdfast login",
		   "管理员已将本机解绑。重新绑定请执行：holdfast login"},
    [W_UNKNOWN] = {"The server does not know this computer any more. To enrol it again: holdfast "
		   "login",
		   "服务器上已没有本机的记录。重新注册请执行：holdfast login"},
    [W_OWNER] = {"Signed in as: {1}", "登录用户：{1}"},
    [W_OWNER_BEFORE] = {"Signed in last: {1}", "上次登录用户：{1}"},
    [W_SERVER] = {"Server: {1} ({2})", "服务器：{1}（{2}）"},
    [W_CONNECTED] = {"connected", "已连接"},
    [W_DISCONNECTED] = {"cannot be reached at the moment", "暂时无法连接"},
    [W_OFFLINE_WAY] =
	{"Without a connection your administrator can hand you an approval as a file: holdfast "
	 "grant import FILE",
	 "无法联网时，管理员可以把审批结果以文件形式交给您：holdfast grant import 文件"},
    [W_PENDING] = {"Request {1} has been waiting for approval since {2}.",
		   "申请 {1} 自 {2} 起等待审批。"},
    [W_WITH] = {"It is with: {1}", "当前审批人：{1}"},
    [W_LINK_DOWN] = {"Your request is recorded ({1}); the link to DingTalk is down and your "
		     "administrator has been told.",
		     "您的申请已记录（{1}）；与钉钉的连接中断，已通知管理员。"},
    [W_TO_WITHDRAW] = {"To take it back: holdfast withdraw", "撤回申请：holdfast withdraw"},
    [W_APPROVED] = {"Request {1} is approved. You can remove it now:",
		    "申请 {1} 已通过。现在可以卸载："},
    [W_APPROVED_UNTIL] = {"Request {1} is approved. You can remove it until {2}:",
			  "申请 {1} 已通过。您可以在 {2} 之前卸载："},
    [W_RUN] = {REMOVE, REMOVE},
    [W_APPROVED_COMING] = {"Request {1} is approved; the approval is on its way to this computer.",
			   "申请 {1} 已通过，审批结果正在送达本机。"},
    [W_APPROVED_PAST] = {"Request {1} was approved, but its approval can no longer be used here.",
			 "申请 {1} 曾获通过，但其审批结果在本机已不能使用。"},
    [W_APPROVED_REVOKED] = {"Request {1} was approved, but the approval was revoked: {2}",
			    "申请 {1} 曾获通过，但审批结果已被撤销：{2}"},
    [W_REJECTED] = {"Request {1} was rejected.", "申请 {1} 已被拒绝。"},
    [W_REJECTED_BY] = {"Request {1} was rejected by {2}.", "申请 {1} 已被 {2} 拒绝。"},
    [W_COMMENT] = {"Comment: {1}", "审批意见：{1}"},
    [W_REVOKED] = {"Request {1} was withdrawn.", "申请 {1} 已撤回。"},
    [W_EXPIRED] = {"Request {1} expired before it was decided.", "申请 {1} 已过期，未获处理。"},
    [W_TO_FILE] = {"To ask for removal: " FILE_EN,
		   "申请卸载：holdfast uninstall --reason \"原因\""},
    [W_TO_FILE_AGAIN] = {"To file again: " FILE_EN,
			 "再次报备：holdfast uninstall --reason \"原因\""},
    [W_FILING_OFF] = {"Requests cannot be filed from this computer.", "本机不能提交报备申请。"},
    [W_CONTACT] = {"Please contact: {1}", "请联系：{1}"},
    [W_FILED] = {"Your request is filed: {1}", "您的申请已提交：{1}"},
    [W_FILED_BEFORE] = {"You have a request waiting already: {1}", "您已有一个申请在审批中：{1}"},
    [W_KEPT] = {"The server cannot be reached. Your request is kept on this computer and will be "
		"sent when the server is back.",
		"暂时无法连接服务器。您的申请已保存在本机，恢复连接后自动提交。"},
    [W_KEPT_ANOTHER] =
	{"Your request for {1} has not been sent yet. Wait until the server is back, or "
	 "take it back: holdfast withdraw",
	 "您对 {1} 的申请尚未提交。请等待恢复连接，或撤回申请：holdfast withdraw"},
    [W_KEPT_SINCE] = {"Your request of {1} has not been sent yet: the server cannot be reached.",
		      "您 {1} 的申请尚未提交：暂时无法连接服务器。"},
    [W_KEPT_REFUSED] = {"Your request of {1} was not accepted: {2}", "您 {1} 的申请未被接受：{2}"},
    [W_WAITING] = {"Waiting for the answer (Ctrl-C stops waiting; the request stays filed).",
		   "正在等待审批结果（按 Ctrl-C 停止等待，申请仍然有效）。"},
    [W_FREE_TO_GO] = {"No request is needed. You can remove it now:", "无需申请。现在可以卸载："},
    [W_BAD_REASON] = {"Please give a reason of 1 to 500 characters: " FILE_EN,
		      "请填写 1 到 500 字的原因：holdfast uninstall --reason \"原因\""},
    [W_TOO_MANY] = {"Too many requests were filed from this computer today. Please try again "
		    "tomorrow.",
		    "本机今天提交的申请过多，请明天再试。"},
    [W_NOBODY] = {"This request cannot be filed: {1}.", "无法提交申请：{1}。"},
    [W_LOGIN_OPEN] = {"To enrol this computer, open this page and sign in:\n\n    {1}\n",
		      "请打开以下页面登录，以注册本机：\n\n    {1}\n"},
    [W_LOGIN_CODE] = {"The page shows this code: {1} (valid until {2})",
		      "页面上会显示验证码：{1}（{2} 前有效）"},
    [W_LOGIN_WAITING] = {"Waiting until you confirm it there.", "等待您在页面上确认。"},
    [W_LOGIN_DONE] = {"This computer is enrolled for {1}.", "本机已为 {1} 注册。"},
    [W_LOGIN_BEFORE] =
	{"This computer is enrolled already. To take it over from whom it belongs to: "
	 "holdfast login --switch",
	 "本机已经注册。如需从他人处接管：holdfast login --switch"},
    [W_LOGIN_SWITCH] = {"To take this computer over, open this page and sign in:\n\n    {1}\n",
			"请打开以下页面登录，以接管本机：\n\n    {1}\n"},
    [W_LOGIN_BY_TOKEN] = {"Enrolling with the token.", "正在用令牌注册。"},
    [W_LOGIN_TOKEN_REFUSED] = {"The enrolment token was not accepted: {1}.",
			       "注册令牌未被接受：{1}。"},
    [W_TOKEN_FOR_ROOT] =
	{"Only root enrols a computer with a token: sudo holdfast login --token-file "
	 "FILE",
	 "只有 root 可以用令牌注册：sudo holdfast login --token-file 文件"},
    [W_TOKEN_FILE_OPEN] = {"{1} must belong to root and be readable by nobody else (chmod 600).",
			   "{1} 必须属于 root，且他人不可读（chmod 600）。"},
    [W_NO_TOKEN] = {"There is no enrolment token in {1}.", "{1} 中没有注册令牌。"},
    [W_SIGNED_OUT] =
	{"Nobody is signed in on this computer. Its protection stays as it is; nothing can be "
	 "filed until somebody signs in: holdfast login",
	 "本机已退出登录。保护不变；重新登录前不能报备：holdfast login"},
    [W_SIGNED_OUT_COPY] =
	{"This computer carried a copy of another one's identity and has one of its own "
	 "now. Say whose it is: holdfast login",
	 "本机曾与另一台设备身份重复，现已有自己的身份。请确认归属：holdfast login"},
    [W_LOGGED_OUT] = {"You are signed out. The computer stays as protected as it was.",
		      "已退出登录。本机的保护不变。"},
    [W_LOGOUT_REFUSED] = {"You cannot sign out here: your organisation does not let people sign "
			  "out of protected computers.",
			  "不能退出登录：您所在组织不允许在受保护的设备上退出登录。"},
    [W_SOURCE_DISABLED] = {"Your organisation has switched off the way in which you signed in. "
			   "Please contact your administrator.",
			   "您所在组织已停用您使用的登录方式。请联系管理员。"},
    [W_DEPARTED] = {"Who signed in on the page has left the organisation.",
		    "在页面上登录的人员已离职。"},
    [W_OWNED] = {"This computer is somebody else's. To take it over: holdfast login --switch",
		 "本机属于其他人。如需接管：holdfast login --switch"},
    [W_LOGIN_LOST] = {"This computer was reported lost. Your administrator has to enter first "
		      "that it is found.",
		      "本机已挂失。管理员登记找回后才能登录。"},
    [W_TOKEN_UNKNOWN] = {"The server does not know this enrolment token.",
			 "服务器上没有这个注册令牌。"},
    [W_TOKEN_REVOKED] = {"This enrolment token was revoked.", "此注册令牌已被撤销。"},
    [W_TOKEN_EXPIRED] = {"This enrolment token has expired.", "此注册令牌已过期。"},
    [W_TOKEN_USED_UP] = {"This enrolment token has enrolled as many computers as it may.",
			 "此注册令牌可注册的设备数已用完。"},
    [W_TOKEN_OWNER_DEPARTED] = {"The person who answers for this enrolment token has left the "
				"organisation. Please get one in somebody else's name.",
				"此注册令牌的责任人已离职。请换用以他人名义创建的令牌。"},
    [W_LOGIN_BUSY] = {"Another enrolment of this computer is under way. Please try again in a few "
		      "minutes.",
		      "本机正在进行另一个注册，请几分钟后再试。"},
    [W_LOGIN_NO_SERVER] = {"No usable server is set in /etc/holdfast/agent.conf: {1}.",
			   "/etc/holdfast/agent.conf 中没有可用的服务器：{1}。"},
    [W_LOGIN_DENIED] = {"The enrolment was refused on the page.", "注册在页面上被拒绝。"},
    [W_LOGIN_EXPIRED] = {"The code has expired. Please run again: holdfast login",
			 "验证码已过期，请重新执行：holdfast login"},
    [W_LOGIN_FAILED] = {"This computer could not be enrolled: {1}.", "本机注册未成功：{1}。"},
    [W_LOGIN_AWAY] = {"The server cannot be reached: {1}.\nPlease try again later; if that "
		      "does not help, tell your administrator.",
		      "无法连接服务器：{1}。\n请稍后重试；若仍无法连接，请联系管理员。"},
    [W_WITHDRAWN] = {"Request {1} is withdrawn.", "申请 {1} 已撤回。"},
    [W_WITHDRAWN_UNSENT] = {"Your request had not been sent yet; it is dropped.",
			    "您的申请尚未提交，已取消。"},
    [W_NOTHING_TO_WITHDRAW] = {"No request is waiting.", "没有等待审批的申请。"},
    [W_DECIDED_ALREADY] = {"The request is decided already. See: holdfast status",
			   "申请已有审批结果，请查看：holdfast status"},
    [W_IMPORTED] = {"The approval of request {1} is on this computer. You can remove it now:",
		    "申请 {1} 的审批结果已导入本机。现在可以卸载："},
    [W_IMPORTED_UNTIL] = {"The approval of request {1} is on this computer. You can remove it "
			  "until {2}:",
			  "申请 {1} 的审批结果已导入本机。您可以在 {2} 之前卸载："},
    [W_NO_GRANT] = {"This is not a valid approval for this computer's organisation.",
		    "这不是本机所属组织的有效审批结果。"},
    [W_GRANT_FOR_ANOTHER] = {"This approval is for another computer or another enrolment.",
			     "这份审批结果属于其他计算机或其他注册。"},
    [W_GRANT_OVER] = {"This approval has expired, or was used or revoked.",
		      "这份审批结果已过期、已使用或已撤销。"},
    [W_WHICH_FILE] = {"Which file? holdfast grant import FILE",
		      "请指定文件：holdfast grant import 文件"},
    [W_NO_FILE] = {"There is no file {1}.", "找不到文件 {1}。"},
    [W_GRANT_TOO_LARGE] = {"{1} is too large for an approval.", "{1} 过大，不是审批结果。"},
};

enum language words_language(const char *lc_all, const char *lc_messages, const char *lang)
{
	const char *const order[] = {lc_all, lc_messages, lang};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		if (order[i] && *order[i])
			return text_starts(order[i], "zh") ? LANGUAGE_ZH : LANGUAGE_EN;
	return LANGUAGE_EN;
}

const char *words(struct arena *a, enum language language, enum word word, const char *first,
		  const char *second)
{
	AUTO(buf_done) struct buf out = {0};
	const char *p;

	for (p = table[word][language]; *p; p++) {
		if (text_starts(p, "{1}") || text_starts(p, "{2}")) {
			const char *put = p[1] == '1' ? first : second;

			buf_text(&out, put ? text_plain(a, put, false) : "");
			p += 2;
		} else {
			buf_char(&out, *p);
		}
	}
	return arena_dup(a, out.data ? out.data : "");
}
