/* Everything that the connection test can say. {subject} and {detail} are the finding's. */
#include "model/doctor.h"

#define CONSOLE_EN "DingTalk developer console > the application > "
#define CONSOLE_ZH "钉钉开发者后台 > 应用详情 > "
#define OA_EN "DingTalk OA admin console > the form"
#define OA_ZH "钉钉 OA 审批后台 > 该表单"

const struct doctor_rule doctor_rules[] = {
    {"credentials-ok",
     DOCTOR_OK,
     {"DingTalk accepts the Client ID and the Client Secret.",
      "钉钉接受 Client ID 和 Client Secret。"},
     {"", ""}},
    {"credentials-refused",
     DOCTOR_BROKEN,
     {"DingTalk does not accept the Client ID or the Client Secret: {detail}",
      "钉钉不接受 Client ID 或 Client Secret：{detail}"},
     {"Copy both again from " CONSOLE_EN "Credentials and Basic Information, and save them here.",
      "请从" CONSOLE_ZH "凭证与基础信息 重新复制这两项，并在此保存。"}},
    {"unreachable",
     DOCTOR_ATTENTION,
     {"DingTalk could not be asked just now: {detail}", "目前无法访问钉钉：{detail}"},
     {"Check that this server reaches api.dingtalk.com and oapi.dingtalk.com on port 443 (name "
      "resolution, proxy, firewall); then run the test again. Requests are kept meanwhile.",
      "请检查本服务器能否访问 api.dingtalk.com 和 oapi.dingtalk.com 的 443 "
      "端口（域名解析、代理、防火墙），然后重新检测。期间的申请会被保留。"}},
    {"quota-used-up",
     DOCTOR_ATTENTION,
     {"The organisation's DingTalk calls of this month are used up: {detail}",
      "本组织本月的钉钉接口调用次数已用完：{detail}"},
     {"Requests wait until the month ends (Beijing time), or until the organisation buys more "
      "calls. Administrators can decide them in Holdfast meanwhile.",
      "申请将等到下月（北京时间）或组织购买更多调用次数后再发往钉钉。期间管理员可在 Holdfast "
      "中审批。"}},
    {"address-refused",
     DOCTOR_BROKEN,
     {"This server's address is not on the application's list: {detail}",
      "本服务器的 IP 不在应用的白名单中：{detail}"},
     {"Add the address that DingTalk names at " CONSOLE_EN
      "Security Settings > Server Outbound IP.",
      "请在" CONSOLE_ZH "安全设置 > 服务器出口 IP 中加入钉钉提示的地址。"}},
    {"call-refused",
     DOCTOR_ATTENTION,
     {"DingTalk refused a call of the test ({subject}): {detail}",
      "检测中的一次调用（{subject}）被钉钉拒绝：{detail}"},
     {"If requests do not get through, show these words to DingTalk's support.",
      "如果申请无法送达，请将以上内容提供给钉钉技术支持。"}},

    {"permission-ok",
     DOCTOR_OK,
     {"Permission granted: {subject}", "已开通权限：{subject}"},
     {"", ""}},
    {"permission-missing",
     DOCTOR_BROKEN,
     {"The permission {subject} is missing. {detail}", "缺少权限 {subject}。{detail}"},
     {"Request it at " CONSOLE_EN
      "Permission Management; if the application asks for it, publish a new version.",
      "请在" CONSOLE_ZH "权限管理 中申请该权限；如有提示，请发布应用的新版本。"}},
    {"permission-wanted",
     DOCTOR_ATTENTION,
     {"The permission {subject} is missing. Requests work without it, but the form cannot be "
      "compared with the mapping. {detail}",
      "缺少权限 {subject}。申请不受影响，但无法核对表单与字段映射。{detail}"},
     {"Request it at " CONSOLE_EN "Permission Management.",
      "请在" CONSOLE_ZH "权限管理 中申请该权限。"}},
    {"permission-unchecked",
     DOCTOR_UNKNOWN,
     {"Needed, and cannot be checked from here: {subject}", "需要但无法在此检测的权限：{subject}"},
     {"See that it is granted at " CONSOLE_EN
      "Permission Management. Without it nobody can sign in to enrol a device.",
      "请确认已在" CONSOLE_ZH "权限管理 中开通。缺少该权限时，员工无法登录并注册设备。"}},
    {"permission-unused",
     DOCTOR_OK,
     {"Not needed, whether it is granted or not: {subject}", "无需开通：{subject}"},
     {"", ""}},
    {"contacts-limited",
     DOCTOR_ATTENTION,
     {"The application sees a part of the organisation only.", "应用只能看到组织的一部分。"},
     {"People outside cannot be covered or file. Widen it at " CONSOLE_EN
      "Permission Management > Contacts scope, unless it is meant so.",
      "范围之外的人员无法被纳入保护，也无法申请。如非有意，请在" CONSOLE_ZH
      "权限管理 > 通讯录权限范围 中扩大范围。"}},

    {"clock-ok",
     DOCTOR_OK,
     {"This server's clock agrees with DingTalk's.", "本服务器与钉钉的时钟一致。"},
     {"", ""}},
    {"clock-off",
     DOCTOR_ATTENTION,
     {"This server's clock differs from DingTalk's by {detail}.",
      "本服务器的时钟与钉钉相差 {detail}。"},
     {"Set the clock, and switch on time synchronisation (systemd-timesyncd or chrony).",
      "请校准时钟并启用时间同步（systemd-timesyncd 或 chrony）。"}},

    {"callback-ok",
     DOCTOR_OK,
     {"The Request URL answers: {subject}", "请求网址可用：{subject}"},
     {"", ""}},
    {"callback-plain",
     DOCTOR_ATTENTION,
     {"The Request URL is not https: {subject}", "请求网址不是 https：{subject}"},
     {"Give this server a certificate (or end TLS in front of it) and set public_url in its "
      "configuration to the https address.",
      "请为本服务器配置证书（或在其前端终止 TLS），并在配置中将 public_url 设为 https 地址。"}},
    {"callback-private",
     DOCTOR_ATTENTION,
     {"The Request URL names an address that DingTalk cannot reach: {subject}",
      "请求网址是钉钉无法访问的地址：{subject}"},
     {"Set public_url in this server's configuration to its public address, and save the new "
      "Request URL in DingTalk; or let events come by Stream, which needs no public address.",
      "请在本服务器的配置中将 public_url "
      "设为公网地址，并在钉钉中保存新的请求网址；或改用无需公网地址的 "
      "Stream 模式。"}},
    {"callback-silent",
     DOCTOR_ATTENTION,
     {"The Request URL did not answer this server's own test: {detail}",
      "请求网址未通过本服务器的自检：{detail}"},
     {"Open {subject} from outside: the name, the proxy and the certificate must lead to this "
      "server, without a redirect. A network that cannot reach itself by its public name gives "
      "this too; events that arrive are the better proof.",
      "请从外网访问 {subject}："
      "域名、代理和证书须指向本服务器，且不能跳转。若内网无法通过公网域名访问自身，也会出现此提示；"
      "以能收到事件为准。"}},
    {"stream-ok",
     DOCTOR_OK,
     {"A Stream connection to DingTalk is open.", "与钉钉的 Stream 连接正常。"},
     {"", ""}},
    {"stream-down",
     DOCTOR_ATTENTION,
     {"No Stream connection to DingTalk is open: {detail}", "没有与钉钉的 Stream 连接：{detail}"},
     {"It is tried again by itself. If DingTalk says authFailed, the secret is wrong or the "
      "application has no "
      "published version; else see that this server may connect to DingTalk by WebSocket (port "
      "443). Decisions "
      "arrive meanwhile, only later.",
      "系统会自动重试。如果钉钉返回 "
      "authFailed，说明密钥错误或应用尚未发布版本；否则请检查本服务器能否通过 WebSocket（443 "
      "端口）连接钉钉。期间审批结果仍会到达，只是较慢。"}},

    {"quota-ok",
     DOCTOR_OK,
     {"DingTalk calls of this month, counted by Holdfast: {detail}",
      "Holdfast 统计的本月钉钉调用次数：{detail}"},
     {"", ""}},
    {"quota-low",
     DOCTOR_ATTENTION,
     {"Few DingTalk calls are left this month, counted by Holdfast: {detail}",
      "按 Holdfast 统计，本月钉钉调用次数所剩不多：{detail}"},
     {"Requests go first, reading them back becomes slower. Buy more calls, or subscribe to "
      "finish, terminate and delete only.",
      "系统将优先发送申请，查询会变慢。请购买更多调用次数，或仅订阅 finish、terminate、delete "
      "事件。"}},
    {"quota-unset",
     DOCTOR_UNKNOWN,
     {"Nobody has entered how many DingTalk calls the organisation has a month.",
      "尚未填写本组织每月的钉钉调用次数。"},
     {"Enter the figure from DingTalk's admin console for this organisation; until then the "
      "smallest edition's is assumed.",
      "请填写钉钉管理后台显示的数字；在此之前按最小版本的额度计算。"}},

    {"form-ok",
     DOCTOR_OK,
     {"The form {subject} is published.", "表单“{subject}”已发布。"},
     {"", ""}},
    {"form-missing",
     DOCTOR_BROKEN,
     {"DingTalk has no form with this process code: {detail}",
      "钉钉中没有此流程 ID 的表单：{detail}"},
     {"Copy the process code (PROC-…) from the address of " OA_EN
      "'s editor. It must belong to the same organisation as the application.",
      "请从" OA_ZH "编辑页的网址中复制流程 ID（PROC-…）。表单须与应用属于同一组织。"}},
    {"form-unpublished",
     DOCTOR_BROKEN,
     {"The form {subject} is not published (its state is {detail}).",
      "表单“{subject}”未发布（状态为 {detail}）。"},
     {"Publish or enable it: " OA_EN " > Publish.", "请在" OA_ZH " > 发布 中发布或启用。"}},
    {"form-unread",
     DOCTOR_ATTENTION,
     {"DingTalk does not show the form: {detail}", "无法读取表单：{detail}"},
     {"The mapping cannot be compared until it does. See the permission Workflow Template Read "
      "工作流模板读权限.",
      "在此之前无法核对字段映射。请检查权限 工作流模板读权限 Workflow Template Read。"}},
    {"mapping-ok",
     DOCTOR_OK,
     {"Every mapped control is there and takes what is sent.",
      "所有已映射的控件均存在且类型合适。"},
     {"", ""}},
    {"control-missing",
     DOCTOR_BROKEN,
     {"The form has no control titled {subject}.", "表单中没有标题为“{subject}”的控件。"},
     {"Correct the template field in the workflow, or add the control to the form and publish it.",
      "请修改工作流中的模板字段，或在表单中添加该控件并发布。"}},
    {"control-renamed",
     DOCTOR_BROKEN,
     {"The control {subject} is now titled {detail}.", "控件“{subject}”已改名为“{detail}”。"},
     {"Enter {detail} as the template field in the workflow, or give the control its old title "
      "back.",
      "请将工作流中的模板字段改为“{detail}”，或将控件改回原标题。"}},
    {"control-type",
     DOCTOR_BROKEN,
     {"The control {subject} is of a type that cannot take this field: {detail}",
      "控件“{subject}”的类型不能填写此字段：{detail}"},
     {"Use a text control (TextField, TextareaField); only the time of filing may be a date with "
      "minutes (yyyy-MM-dd HH:mm).",
      "请使用文本控件（单行输入框、多行输入框）；仅提交时间可用含分钟的日期（yyyy-MM-dd "
      "HH:mm）。"}},
    {"control-short",
     DOCTOR_ATTENTION,
     {"The control {subject} for the reason has one line; a reason of up to 500 characters and the "
      "line with the request number are cut or run together there.",
      "用于填写原因的控件“{subject}”为单行；最多 500 字的原因和末行的申请编号会被截断或连在一起。"},
     {"Use a Multi-line text control (多行输入框, TextareaField).",
      "请使用多行输入框（Multi-line text，TextareaField）。"}},
    {"control-required",
     DOCTOR_BROKEN,
     {"The form demands the control {subject}, which no field is mapped to.",
      "表单要求填写控件“{subject}”，但没有字段映射到它。"},
     {"Map a system field to it, or make it optional in the form and publish it.",
      "请为它映射一个系统字段，或在表单中取消必填并发布。"}},

    {"initiate-ok",
     DOCTOR_OK,
     {"People in scope may start the form (asked: {subject}).",
      "生效范围内的人员可以发起该表单（抽查：{subject}）。"},
     {"", ""}},
    {"initiate-some",
     DOCTOR_ATTENTION,
     {"Some people in scope may not start the form: {subject}",
      "部分生效范围内的人员无权发起：{subject}"},
     {"Widen who can initiate: " OA_EN
      " > Basic settings > Who can initiate; or give these people another form.",
      "请在" OA_ZH " > 基础设置 > 谁可以发起 中扩大范围，或为这些人员使用其他表单。"}},
    {"initiate-none",
     DOCTOR_BROKEN,
     {"Nobody of those asked may start the form: {subject}", "抽查的人员均无权发起：{subject}"},
     {"Widen who can initiate: " OA_EN " > Basic settings > Who can initiate.",
      "请在" OA_ZH " > 基础设置 > 谁可以发起 中扩大范围。"}},
    {"initiate-hidden",
     DOCTOR_ATTENTION,
     {"DingTalk does not show the form among those that {subject} may start.",
      "钉钉未将该表单列为 {subject} 可发起的审批。"},
     {"If the form is hidden on purpose, nothing needs to be done; else widen who can initiate it.",
      "如果是有意隐藏该表单，无需处理；否则请扩大可发起的范围。"}},
    {"initiate-unknown",
     DOCTOR_UNKNOWN,
     {"Who may start the form was not asked: no person in scope is known.",
      "未抽查谁可以发起：没有已知的生效范围内人员。"},
     {"Synchronise departments and people, then run the test again.",
      "请同步部门和人员后重新检测。"}},
    {"forecast-refused",
     DOCTOR_ATTENTION,
     {"DingTalk cannot say how a request of {subject} would go: {detail}",
      "钉钉无法预测 {subject} 的申请流程：{detail}"},
     {"Look at the other findings; if there are none, start the form once by hand in DingTalk as "
      "this person.",
      "请查看其他结果；如无其他问题，请以此人身份在钉钉中手动发起一次。"}},
    {"approver-ok",
     DOCTOR_OK,
     {"Somebody else than the applicant decides.", "由申请人以外的人审批。"},
     {"", ""}},
    {"approver-none",
     DOCTOR_ATTENTION,
     {"DingTalk would approve a request of {subject} without a second person.",
      "{subject} 的申请会在没有第二人的情况下自动通过。"},
     {"Such an approval gives no grant: the request waits for an administrator. Set an "
      "approver: " OA_EN " > Process design > Approver.",
      "此类审批不会发放许可，申请将等待管理员处理。请在" OA_ZH
      " > 流程设计 > 审批人 中设置审批人。"}},
    {"approver-automatic",
     DOCTOR_ATTENTION,
     {"DingTalk approves a request of {subject} without a second person, and this workflow accepts "
      "that.",
      "{subject} 的申请会在没有第二人的情况下自动通过，且本工作流接受自动审批。"},
     {"Removal is then let through by a rule alone. Unless it is meant so, set an approver in the "
      "form, or switch off accept_automatic.",
      "此时仅凭规则即可卸载。如非有意，请在表单中设置审批人，或关闭 accept_automatic。"}},
    {"approver-chosen",
     DOCTOR_BROKEN,
     {"The initiator has to choose approvers in this form, which a program cannot.",
      "该表单需要发起人自选审批人，程序无法选择。"},
     {"Set fixed approvers: " OA_EN " > Process design > Approver > Assigned people.",
      "请在" OA_ZH " > 流程设计 > 审批人 > 指定成员 中设置固定审批人。"}},
    {"withdraw-unknown",
     DOCTOR_UNKNOWN,
     {"Whether a waiting form may be withdrawn cannot be read from here.",
      "无法在此读取是否允许撤销审批中的审批单。"},
     {"See that \"The initiator may withdraw while it is in approval\" "
      "允许提交人撤销审批中的审批单 is on: " OA_EN ".",
      "请确认" OA_ZH "已开启“允许提交人撤销审批中的审批单”。"}},
    {"withdraw-refused",
     DOCTOR_ATTENTION,
     {"DingTalk refused to withdraw a form, which points to the switch: {detail}",
      "钉钉拒绝撤销审批单，可能是开关未开启：{detail}"},
     {"Switch on \"The initiator may withdraw while it is in approval\" "
      "允许提交人撤销审批中的审批单: " OA_EN
      ". Until then withdrawn requests stay open in DingTalk.",
      "请在" OA_ZH
      "开启“允许提交人撤销审批中的审批单”。在此之前，已撤回的申请在钉钉中仍显示为审批中。"}},
    {"events-seen",
     DOCTOR_OK,
     {"Events of this form arrive (the last one: {detail}).",
      "已收到该表单的事件（最近一次：{detail}）。"},
     {"", ""}},
    {"events-none",
     DOCTOR_ATTENTION,
     {"No event of this form has arrived yet.", "尚未收到该表单的事件。"},
     {"At " CONSOLE_EN "Event Subscription switch on \"Approval Instance Started, Ended\" "
      "审批实例开始，结束 with the address {subject}; then start the form once by hand. Decisions "
      "arrive "
      "without events too, only later.",
      "请在" CONSOLE_ZH
      "事件订阅 中开启“审批实例开始，结束”(Approval Instance Started, Ended)，订阅地址为 "
      "{subject}，然后手动发起一次。没有事件时审批结果仍会到达，只是较慢。"}},
    {0}};

const struct doctor_permission doctor_permissions[] = {
    {"Workflow.Instance.Write", {"Workflow Instance Write", "工作流实例写权限"}, DOCTOR_NEEDED},
    {"Workflow.Instance.Read", {"Workflow Instance Read", "工作流实例读权限"}, DOCTOR_NEEDED},
    {"Workflow.Form.Read", {"Workflow Template Read", "工作流模板读权限"}, DOCTOR_WANTED},
    {"Workflow.Form.Write", {"Workflow Template Write", "工作流模板写权限"}, DOCTOR_UNUSED},
    {"qyapi_aflow", {"Approval Flow Data Management", "审批流数据管理权限"}, DOCTOR_UNUSED},
    {"qyapi_get_department_list", {"Read departments", "通讯录部门信息读权限"}, DOCTOR_NEEDED},
    {"qyapi_get_department_member",
     {"Read a department's members", "通讯录部门成员读权限"},
     DOCTOR_NEEDED},
    {"qyapi_get_member", {"Read a member", "成员信息读权限"}, DOCTOR_NEEDED},
    {"Contact.User.Read",
     {"Read the profile of a person who signed in", "通讯录个人信息读权限"},
     DOCTOR_NEEDED},
    {0}};
