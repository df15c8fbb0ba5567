#include "cli/words.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define FILE_EN "holdfast uninstall --reason \"…\""

static const char *const table[W_COUNT][2] = {
    [W_USAGE] =
	{"usage: holdfast COMMAND [OPTION…]\n"
	 "\n"
	 "Software that your organisation protects is removed once somebody has approved it.\n"
	 "This command asks for that, and shows how things stand.\n"
	 "\n",
	 "用法：holdfast 命令 [选项…]\n"
	 "\n"
	 "您所在组织保护的软件须经审批才能卸载。本命令用于提交申请并查看进度。\n"
	 "\n"},
    [W_USAGE_END] =
	{"\n"
	 "holdfast COMMAND --help says more about one of them, man holdfast about all.\n",
	 "\n"
	 "holdfast 命令 --help 查看某个命令的说明，man holdfast 查看全部说明。\n"},
    [W_USAGE_OF] = {"usage: ", "用法："},
    [W_VALUE_TEXT] = {"TEXT", "文字"},
    [W_VALUE_FILE] = {"FILE", "文件"},
    [W_VALUE_PACKAGE] = {"PACKAGE", "软件包"},
    [W_HELP_LOGIN] = {"enrol this computer, or sign in on it again", "注册本机，或重新登录"},
    [W_ABOUT_LOGIN] =
	{"Prints the address of a page. Open it in a browser, sign in there and confirm that it is "
	 "you "
	 "who sits here. The\ncomputer is yours from then on.",
	 "显示一个网址。请用浏览器打开，登录并确认是您本人在操作本机，此后本机归您使用。"},
    [W_HELP_STATUS] = {"what applies here, and how a request stands",
		       "查看本机的保护状态和申请进度"},
    [W_ABOUT_STATUS] =
	{"Says whether the computer is protected and for whom, what else is protected on it, "
	 "whether the "
	 "server can be reached,\nand how your newest request stands.",
	 "显示本机是否受保护、归谁使用、还保护哪些软件、能否连接服务器，以及最近一次申请的进度。"},
    [W_HELP_UNINSTALL] = {"ask for removal, wait for the answer, remove",
			  "申请卸载，等待结果并卸载"},
    [W_ABOUT_UNINSTALL] =
	{"Files a request with your reason and waits for the answer. Ctrl-C stops waiting; the "
	 "request stays "
	 "filed, and the same\ncommand without a reason waits again. Once the request is approved "
	 "you are "
	 "asked whether to remove the software now.\nPACKAGE is another protected package than the "
	 "client "
	 "itself. No root is needed.\n"
	 "\n"
	 "    holdfast uninstall --reason \"returning this laptop\"",
	 "提交申请并说明原因，然后等待审批结果。按 Ctrl-C "
	 "停止等待，申请仍然有效；不带原因再次执行可继续等待。\n"
	 "审批通过后，会询问是否立即卸载。“软件包”指客户端以外的受保护软件包。无需 root 权限。\n"
	 "\n"
	 "    holdfast uninstall --reason \"归还这台电脑\""},
    [W_HELP_WITHDRAW] = {"take the waiting request back", "撤回正在审批的申请"},
    [W_ABOUT_WITHDRAW] =
	{"Takes back the request that waits for an answer. Nobody has to decide on it then.",
	 "撤回正在等待审批的申请，之后无需任何人处理。"},
    [W_HELP_OFFLINE] = {"without a network: what to read out to an administrator",
			"无网络时：向管理员报出的内容"},
    [W_ABOUT_OFFLINE] =
	{"Shows what an administrator needs to know to read a code to you, on the telephone for "
	 "instance. "
	 "The code lets the\nclient be removed without a connection. Enter it with: holdfast code",
	 "显示管理员（例如通过电话）向您提供卸载码所需的内容。有了卸载码，无需联网即可卸载客户端。"
	 "\n"
	 "输入卸载码：holdfast code"},
    [W_HELP_CODE] = {"without a network: enter the code that was read to you",
		     "无网络时：输入管理员报出的卸载码"},
    [W_ABOUT_CODE] = {"Asks for the code, or reads it from standard input. Upper and lower case, "
		      "blanks and hyphens do "
		      "not matter. After five\nwrong codes one has to wait before the next.",
		      "提示输入卸载码，或从标准输入读取。不区分大小写，空格和连字符可有可无。连续输"
		      "错五次后须等待一段时间。"},
    [W_HELP_IMPORT] = {"take an approval from a file, or pasted", "从文件或粘贴内容导入审批结果"},
    [W_ABOUT_IMPORT] = {"Takes an approval that was carried here, as a file or as text. Without "
			"FILE, or with -, it is read "
			"from standard input;\nat a terminal: paste it, then press Enter twice.",
			"导入以文件或文本形式带来的审批结果。不指定文件或指定 - "
			"时从标准输入读取；\n在终端中请粘贴后按两次回车。"},
    [W_HELP_LOGOUT] = {"sign out; the computer stays as protected as it is",
		       "退出登录；本机的保护不变"},
    [W_ABOUT_LOGOUT] = {"Signs you out. Nothing can be filed on this computer until somebody signs "
			"in again; its protection "
			"stays.",
			"退出登录。重新登录之前不能在本机报备，保护不变。"},
    [W_HELP_COMPLETION] = {"a script that completes these words in bash or zsh",
			   "bash 或 zsh 的补全脚本"},
    [W_ABOUT_COMPLETION] =
	{"Prints the script. For this shell only: source <(holdfast completion bash)",
	 "输出补全脚本。仅对当前 shell 生效：source <(holdfast completion bash)"},
    [W_OPTION_REASON] = {"why; 1 to 500 characters", "原因，1 到 500 字"},
    [W_OPTION_NOW] = {"remove it as soon as that is approved, without asking",
		      "审批通过后立即卸载，不再询问"},
    [W_OPTION_SWITCH] = {"take the computer over from whom it belongs to", "从他人处接管本机"},
    [W_OPTION_TOKEN_FILE] = {"enrol with an administrator's token, as root; - is standard input",
			     "以 root 用管理员的令牌注册；- 为标准输入"},
    [W_OPTION_NO_WAIT] = {"do not wait", "不等待结果"},
    [W_OPTION_JSON] = {"for programs", "供程序读取"},
    [W_WHICH_SHELL] = {"For which shell? holdfast completion bash, or zsh",
		       "请指定 shell：holdfast completion bash 或 zsh"},
    [W_BAD_USE] = {"\"{1}\" is not understood. See: holdfast --help",
		   "无法识别“{1}”。请查看：holdfast --help"},
    [W_WHICH_FILE] = {"Which file? {1} FILE", "请指定文件：{1} 文件"},
    [W_NOT_RUNNING] =
	{"The Holdfast client is not running. Start it with: sudo systemctl start holdfast-keeper",
	 "Holdfast 客户端没有运行。请执行：sudo systemctl start holdfast-keeper"},
    [W_NOT_ENROLLED] = {"This computer is not enrolled yet. Enrol it with: holdfast login",
			"本机尚未注册。请执行：holdfast login"},
    [W_NOT_YOURS] = {"This computer is enrolled by another account; only that account can do this. "
		     "If the computer is yours now: holdfast login --switch",
		     "本机由其他账户注册，只有该账户可以进行此操作。"
		     "如果本机现在归您使用，请执行：holdfast login --switch"},
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
    [W_WHY_GROUP] = {"Your organisation's policy applies to the group {1}.",
		     "策略适用于用户组 {1}。"},
    [W_WHY_EVERYONE] = {"Your organisation's policy applies to everyone.", "策略适用于全体用户。"},
    [W_WHY_WHITELIST] = {"You are on the whitelist of your organisation's policy.",
			 "您在策略的白名单中。"},
    [W_WHY_OUTSIDE] = {"Your organisation's policy does not apply to you.", "策略不适用于您。"},
    [W_PACKAGE_GUARDED] = {"Protected too: {1}", "同样受保护：{1}"},
    [W_PACKAGE_UNGUARDED] = {"Protected too, but its guard is not in place yet: {1}",
			     "同样受保护，但保护尚未就绪：{1}"},
    [W_PACKAGE_ABSENT] = {"Protected too, not installed: {1}", "同样受保护（未安装）：{1}"},
    [W_FINDING_FILES_CHANGED] = {"Found: files of the client were changed.",
				 "发现：客户端的文件被修改。"},
    [W_FINDING_FILES_MISSING] = {"Found: files of the client are missing.",
				 "发现：客户端的文件缺失。"},
    [W_FINDING_SCRIPT_CHANGED] = {"Found: a script of the client's package was changed.",
				  "发现：客户端软件包的脚本被修改。"},
    [W_FINDING_SELECTION] = {"Found: the package is marked for removal.",
			     "发现：软件包被标记为待卸载。"},
    [W_FINDING_UNIT_MASKED] = {"Found: the client's service is masked.",
			       "发现：客户端的服务被屏蔽（mask）。"},
    [W_FINDING_UNIT_DISABLED] = {"Found: the client's service is disabled.",
				 "发现：客户端的服务被禁用。"},
    [W_FINDING_UNIT_OVERRIDDEN] = {"Found: the client's service is overridden by another file.",
				   "发现：客户端的服务配置被其他文件覆盖。"},
    [W_FINDING_UNIT_MISSING] = {"Found: the file of the client's service is missing.",
				"发现：客户端的服务文件缺失。"},
    [W_FINDING_CLOCK_BACK] = {"Found: the clock was set back.", "发现：系统时间被回拨。"},
    [W_FINDING_GUARD_MISSING] = {"Found: the guard of a protected package is gone.",
				 "发现：受保护软件包的保护组件缺失。"},
    [W_FINDING_RESTARTED] = {"Found: the client was ended by force again and again.",
			     "发现：客户端被反复强行终止。"},
    [W_FINDING_OTHER] = {"Found: {1}", "发现：{1}"},
    [W_OWNER] = {"Signed in as: {1}", "登录用户：{1}"},
    [W_OWNER_BEFORE] = {"Signed in last: {1}", "上次登录用户：{1}"},
    [W_SERVER] = {"Server: {1} ({2})", "服务器：{1}（{2}）"},
    [W_CONNECTED] = {"connected", "已连接"},
    [W_DISCONNECTED] = {"cannot be reached at the moment", "暂时无法连接"},
    [W_OFFLINE_WAY] =
	{"Without a connection your administrator can hand you an approval as a file: holdfast "
	 "grant import FILE",
	 "无法联网时，管理员可以把审批结果以文件形式交给您：holdfast grant import 文件"},
    [W_OFFLINE_CODES] =
	{"Without a connection your administrator can read a code to you: holdfast offline\n"
	 "or hand you an approval as a file: holdfast grant import FILE",
	 "无法联网时，管理员可以向您报出卸载码：holdfast offline\n"
	 "或把审批结果以文件形式交给您：holdfast grant import 文件"},
    [W_OFFLINE_LEFT] = {"Offline codes: {1}", "离线卸载码：{1} 个"},
    [W_OFFLINE_READ_OUT] =
	{"Read this out to your administrator:\n\n    device  {1}\n    number  {2}\n",
	 "请向管理员报出：\n\n    设备  {1}\n    序号  {2}\n"},
    [W_OFFLINE_THEN] = {"Then enter the code that they read to you: holdfast code",
			"然后输入管理员报出的卸载码：holdfast code"},
    [W_OFFLINE_NONE] = {"No offline code is on this computer. It gets new ones when it reaches the "
			"server; until then an "
			"approval can be handed to you as a file: holdfast grant import FILE",
			"本机没有可用的离线卸载码，连接服务器后会自动获取。此前管理员可以把审批结果"
			"以文件形式交给您："
			"holdfast grant import 文件"},
    [W_CODE_PROMPT] = {"Code:", "卸载码："},
    [W_CODE_IS_TYPED] =
	{"A code does not belong on the command line, where others can read it. Run \"holdfast "
	 "code\" and "
	 "enter it when you are asked.",
	 "请勿把卸载码写在命令行上，以免被他人看到。请执行 holdfast code，按提示输入。"},
    [W_NO_CODE] =
	{"That is not a code. It has five groups of four letters and digits; nothing was tried.",
	 "这不是卸载码。卸载码为五组，每组四位字母或数字。本次不计入尝试次数。"},
    [W_WRONG_CODE] = {"The code is wrong.", "卸载码错误。"},
    [W_WRONG_CODE_LEFT] = {"The code is wrong. Tries left before a pause: {1}",
			   "卸载码错误。暂停前还可尝试 {1} 次。"},
    [W_CODE_BLOCKED] = {"Too many wrong codes were entered. The next can be tried at {1}.",
			"输错次数过多，请在 {1} 之后再试。"},
    [W_CODE_AGAIN] = {"No code can be tried at this moment. See: holdfast offline",
		      "现在无法尝试卸载码，请查看：holdfast offline"},
    [W_CODE_TAKEN] = {"The code is right.", "卸载码正确。"},
    [W_CODE_TAKEN_UNTIL] = {"The code is right. It can be used until {2}.",
			    "卸载码正确，请在 {2} 之前卸载。"},
    [W_PENDING] = {"Request {1} has been waiting for approval since {2}.",
		   "申请 {1} 自 {2} 起等待审批。"},
    [W_WITH] = {"It is with: {1}", "当前审批人：{1}"},
    [W_LINK_DOWN] = {"Your request is recorded ({1}); the link to DingTalk is down and your "
		     "administrator has been told.",
		     "您的申请已记录（{1}）；与钉钉的连接中断，已通知管理员。"},
    [W_TO_WITHDRAW] = {"To take it back: holdfast withdraw", "撤回申请：holdfast withdraw"},
    [W_APPROVED] = {"Request {1} is approved.", "申请 {1} 已通过。"},
    [W_APPROVED_UNTIL] = {"Request {1} is approved. The approval can be used until {2}.",
			  "申请 {1} 已通过，请在 {2} 之前卸载。"},
    [W_RUN_OURS] = {"To remove it now, either of:\n    holdfast uninstall --now",
		    "现在卸载，任选其一：\n    holdfast uninstall --now"},
    [W_RUN_OURS_OF] = {"To remove it now, either of:\n    holdfast uninstall {1} --now",
		       "现在卸载，任选其一：\n    holdfast uninstall {1} --now"},
    [W_RUN_APT] = {"    sudo apt remove {1}", "    sudo apt remove {1}"},
    [W_RUN_DNF] = {"    sudo dnf remove {1}", "    sudo dnf remove {1}"},
    [W_REMOVE_NOW] = {"Remove {1} now? [y/N]", "现在卸载 {1}？[y/N]"},
    [W_REMOVING] = {"{1} is being removed.", "正在卸载 {1}。"},
    [W_REMOVE_WAITS] =
	{"Another program is installing or removing software; the removal of {1} waits for it.",
	 "其他程序正在安装或卸载软件，{1} 的卸载正在等待。"},
    [W_REMOVE_ALLOWED] = {"The removal of {1} is allowed; its files go now.",
			  "{1} 已允许卸载，正在删除文件。"},
    [W_REMOVE_LINE] = {"    {1}", "    {1}"},
    [W_REMOVED] = {"{1} is removed.", "{1} 已卸载。"},
    [W_REMOVE_FAILED] = {"{1} could not be removed: {2}", "{1} 未能卸载：{2}"},
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
    [W_REASON_PROMPT] = {"Reason (1 to 500 characters):", "报备原因（1 到 500 字）："},
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
    [W_IMPORTED] = {"The approval of request {1} is on this computer.",
		    "申请 {1} 的审批结果已导入本机。"},
    [W_IMPORTED_UNTIL] =
	{"The approval of request {1} is on this computer. It can be used until {2}.",
	 "申请 {1} 的审批结果已导入本机，请在 {2} 之前卸载。"},
    [W_NO_GRANT] = {"This is not a valid approval for this computer's organisation.",
		    "这不是本机所属组织的有效审批结果。"},
    [W_GRANT_FOR_ANOTHER] = {"This approval is for another computer or another enrolment.",
			     "这份审批结果属于其他计算机或其他注册。"},
    [W_GRANT_OVER] = {"This approval has expired, or was used or revoked.",
		      "这份审批结果已过期、已使用或已撤销。"},
    [W_PASTE] = {"Paste the approval, then press Enter twice:", "请粘贴审批结果，然后按两次回车："},
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
