/* What holdfastctl can do, a line each. Help, completion and the man page name the same. */
#include "ctl/command.h"

/* --- columns --- */

#define ID                         \
	{                          \
		{"ID", "ID"}, "id" \
	}
#define NAME                             \
	{                                \
		{"NAME", "名称"}, "name" \
	}
#define CREATED                                                  \
	{                                                        \
		{"CREATED", "创建时间"}, "created_ms", LOOK_TIME \
	}

static const struct column app_columns[] = {
    ID,
    {{"CLIENT ID", "CLIENT ID"}, "client_id"},
    {{"CORP ID", "CORP ID"}, "corp_id"},
    {{"EVENTS BY", "事件方式"}, "ingress"},
    {{"LAST EVENT", "最近事件"}, "last_event_ms", LOOK_TIME},
    {{0}}};
static const struct column one_app_columns[] = {
    ID,
    {{"CLIENT ID", "CLIENT ID"}, "client_id"},
    {{"CORP ID", "CORP ID"}, "corp_id"},
    {{"AGENT ID", "AGENT ID"}, "agent_id"},
    {{"EVENTS BY", "事件方式"}, "ingress"},
    {{"LAST EVENT", "最近事件"}, "last_event_ms", LOOK_TIME},
    {{"ALERT", "告警"}, "alert.text"},
    {{"REQUEST URL", "请求网址"}, "request_url"},
    {{"REDIRECT URL", "登录重定向地址"}, "redirect_url"},
    {{0}}};
static const struct column source_columns[] = {ID,
					       {{"TYPE", "类型"}, "type", LOOK_WORD},
					       {{"SIGN-IN", "允许登录"}, "enabled"},
					       {{"SYNC", "同步"}, "sync.state", LOOK_WORD},
					       {{"PEOPLE", "用户数"}, "sync.people"},
					       NAME,
					       {{0}}};
static const struct column one_source_columns[] = {
    ID,
    NAME,
    {{"TYPE", "类型"}, "type", LOOK_WORD},
    {{"APP", "钉钉应用"}, "app", LOOK_NAMES, "app", .quiet = true},
    {{"SIGN-IN", "允许登录"}, "enabled"},
    {{"CYCLE HOURS", "同步周期（小时）"}, "cycle_hours", .quiet = true},
    {{"DEPARTMENTS", "部门"}, "departments", LOOK_LIST},
    {{"SYNC", "同步"}, "sync.state", LOOK_WORD},
    {{"ERROR", "错误"}, "sync.error", .quiet = true},
    {{"WHAT TO DO", "处理办法"}, "sync.problem.remedy", LOOK_SENTENCE, .quiet = true},
    {{"FAILURES IN A ROW", "连续失败次数"}, "sync.failures", .quiet = true},
    {{"LAST READ", "上次完成"}, "sync.done_ms", LOOK_TIME, .quiet = true},
    {{"ENDED", "结束时间"}, "sync.ended_ms", LOOK_TIME, .quiet = true},
    {{"PEOPLE", "用户数"}, "sync.people"},
    {{"IN DEPARTMENTS", "部门数"}, "sync.departments"},
    {{"NEXT", "下次同步"}, "sync.next_ms", LOOK_TIME, .quiet = true},
    {{"RUN", "同步批次"}, "sync.run", .quiet = true},
    {{"JOINED", "新加入"}, "sync.changes.joined", .quiet = true},
    {{"RETURNED", "重新加入"}, "sync.changes.returned", .quiet = true},
    {{"LEFT", "离职"}, "sync.changes.left", .quiet = true},
    {{"MOVED", "调动"}, "sync.changes.moved", .quiet = true},
    {{"RENAMED", "改名"}, "sync.changes.renamed", .quiet = true},
    {{"CHANGED OTHERWISE", "其他变更"}, "sync.changes.changed", .quiet = true},
    {{"DEPARTMENTS CHANGED", "部门变更"}, "sync.changes.departments", .quiet = true},
    {{"PHASE", "阶段"}, "sync.progress.phase", LOOK_WORD, .quiet = true},
    {{"DONE", "已完成"}, "sync.progress.done", .quiet = true},
    {{"TOTAL", "总数"}, "sync.progress.total", .quiet = true},
    {{"PEOPLE SO FAR", "已读取人次"}, "sync.progress.people", .quiet = true},
    {{"PER MINUTE", "每分钟"}, "sync.progress.per_minute", .quiet = true},
    {{"SECONDS LEFT", "剩余秒数"}, "sync.progress.remaining_s", .quiet = true},
    {{"WOULD LEAVE", "将离职"}, "sync.waits.leaving", .quiet = true},
    {{"OF PEOPLE", "总人数"}, "sync.waits.leaving_of", .quiet = true},
    {{"ASKED FOR", "已核实"}, "sync.waits.asked", .quiet = true},
    {{"STILL IN DINGTALK", "仍在钉钉中"}, "sync.waits.outside", .quiet = true},
    {{"WOULD BE UNCOVERED", "将不受保护"}, "sync.waits.uncovered", .quiet = true},
    {{"OF DEVICES", "受保护设备数"}, "sync.waits.uncovered_of", .quiet = true},
    {{0}}};
static const struct column change_columns[] = {
    {{"AT", "时间"}, "at_ms", LOOK_TIME},
    {{"WHAT", "对象"}, "subject", LOOK_WORD},
    {{"KIND", "变更"}, "kind", LOOK_WORD},
    {{"STATE", "状态"}, "state", LOOK_WORD},
    {{"EXTERNAL ID", "外部 ID"}, "external_id"},
    NAME,
    {{"DEPARTMENTS BEFORE", "原部门"}, "before.departments", LOOK_LIST},
    {{"AFTER", "现部门"}, "after.departments", LOOK_LIST},
    {{"NAME BEFORE", "原名称"}, "before.name"},
    {{0}}};
static const struct column swept_columns[] = {{{"REQUESTS", "申请数"}, "instances"}, {{0}}};

static const struct column workflow_columns[] = {
    ID,
    {{"STATE", "状态"}, "state", LOOK_WORD},
    {{"TYPE", "类型"}, "type", LOOK_WORD},
    {{"VERSION", "版本"}, "version"},
    {{"LEVELS", "级数"}, "approval.levels", LOOK_COUNT},
    {{"TESTED", "检测时间"}, "checked_ms", LOOK_TIME},
    NAME,
    {{0}}};
static const struct column level_columns[] = {
    {{"NAME", "名称"}, "name"},
    {{"MODE", "方式"}, "mode", LOOK_WORD},
    {{"APPROVERS", "审批人"}, "approvers", LOOK_NAMES, "account"},
    {{0}}};
static const struct column form_columns[] = {{{"PROCESS CODE", "流程 ID"}, "process_code"},
					     {{"TEMPLATE", "模板"}, "template"},
					     {{"GROUPS", "用户组"}, "groups", LOOK_NAMES, "group"},
					     {{0}}};
static const struct section workflow_sections[] = {
    {"approval.levels", {"LEVELS", "审批级别"}, level_columns},
    {"forms", {"FORMS", "表单"}, form_columns},
    {0}};
static const struct column version_columns[] = {{{"VERSION", "版本"}, "version"},
						{{"BY", "保存人"}, "saved_by"},
						{{"SAVED", "保存时间"}, "created_ms", LOOK_TIME},
						{{0}}};
static const struct section versions_sections[] = {{"items", {"VERSIONS", "版本"}, version_columns},
						   {0}};

static const struct column account_columns[] = {
    ID,
    {{"ROLE", "角色"}, "role", LOOK_WORD},
    {{"STATE", "状态"}, "state", LOOK_WORD},
    {{"EMAIL", "邮箱"}, "email"},
    {{"USER", "用户"}, "person", LOOK_NAMES, "user"},
    {{"USER LEFT", "用户已离职"}, "person_departed", LOOK_TRUTH},
    {{"LAST SIGN-IN", "最近登录"}, "sign_in.last_ms", LOOK_TIME},
    NAME,
    {{0}}};
static const struct column one_account_columns[] = {
    ID,
    NAME,
    {{"ROLE", "角色"}, "role", LOOK_WORD},
    {{"DEPARTMENTS", "限定部门"}, "departments", LOOK_NAMES, "department"},
    {{"STATE", "状态"}, "state", LOOK_WORD},
    {{"EMAIL", "邮箱"}, "email"},
    {{"USER", "用户"}, "person", LOOK_NAMES, "user"},
    {{"USER LEFT", "用户已离职"}, "person_departed", LOOK_TRUTH},
    {{"LAST SIGN-IN", "最近登录"}, "sign_in.last_ms", LOOK_TIME},
    {{"INVITATION", "邀请链接"}, "invitation.link", .quiet = true},
    {{"UNTIL", "有效期至"}, "invitation.expires_ms", LOOK_TIME, .quiet = true},
    {{0}}};
static const struct column link_columns[] = {
    {{"LINK", "链接"}, "link"}, {{"UNTIL", "有效期至"}, "expires_ms", LOOK_TIME}, {{0}}};
static const struct column token_columns[] = {ID,
					      {{"ROLE", "角色"}, "role", LOOK_WORD},
					      CREATED,
					      {{"UNTIL", "有效期至"}, "expires_ms", LOOK_TIME},
					      {{"LAST USED", "最近使用"}, "used_ms", LOOK_TIME},
					      {{"REVOKED", "撤销时间"}, "revoked_ms", LOOK_TIME},
					      NAME,
					      {{0}}};
static const struct column new_token_columns[] = {
    ID,   {{"ROLE", "角色"}, "role", LOOK_WORD}, {{"UNTIL", "有效期至"}, "expires_ms", LOOK_TIME},
    NAME, {{"TOKEN", "令牌"}, "token"},          {{0}}};
static const struct column enrolment_token_columns[] = {
    ID,
    {{"STATE", "状态"}, "state", LOOK_WORD},
    {{"OWNER", "责任人"}, "owner.name"},
    {{"USED", "已用次数"}, "uses"},
    {{"OF", "可用次数"}, "max_uses"},
    {{"DEVICES", "设备数"}, "devices"},
    {{"UNTIL", "有效期至"}, "expires_ms", LOOK_TIME},
    {{"LAST USED", "最近使用"}, "used_ms", LOOK_TIME},
    NAME,
    {{0}}};
static const struct column new_enrolment_token_columns[] = {
    ID,
    {{"OWNER", "责任人"}, "owner.name"},
    {{"OF", "可用次数"}, "max_uses"},
    {{"UNTIL", "有效期至"}, "expires_ms", LOOK_TIME},
    NAME,
    {{"TOKEN", "令牌"}, "token"},
    {{0}}};
static const struct column enrolled_columns[] = {
    ID,
    NAME,
    {{"OWNER", "责任人"}, "owner.name"},
    {{"ENROLLED", "注册时间"}, "enrolled_ms", LOOK_TIME},
    {{0}}};
static const struct column ownership_columns[] = {
    ID,
    NAME,
    {{"OWNER", "责任人"}, "owner.name"},
    {{"PROTECTED AS FOR", "按此人保护"}, "held.name", .quiet = true},
    {{"SINCE", "自"}, "held.since_ms", LOOK_TIME, .quiet = true},
    {{"REFUSED", "拒绝时间"}, "held.refused_ms", LOOK_TIME, .quiet = true},
    {{"SIGNED OUT", "退出登录"}, "session_end", LOOK_WORD, .quiet = true},
    {{0}}};
static const struct column session_columns[] = {ID,
						{{"THIS ONE", "当前"}, "present"},
						{{"SINCE", "开始时间"}, "created_ms", LOOK_TIME},
						{{"SEEN", "最近活动"}, "seen_ms", LOOK_TIME},
						{{"ADDRESS", "地址"}, "address"},
						{{"BROWSER", "浏览器"}, "user_agent"},
						{{0}}};

static const struct column policy_columns[] = {
    {{"VERSION", "版本"}, "version"},
    {{"MODE", "模式"}, "mode", LOOK_WORD},
    {{"AUTO-START, ANTI-LOGOFF", "自启动与防退出"}, "anti_logoff"},
    {{"EVERYONE", "全体用户"}, "scope.everyone"},
    {{"GROUPS", "用户组"}, "scope.groups", LOOK_NAMES, "group"},
    {{"WHITELIST", "白名单"}, "whitelist", LOOK_NAMES, "user"},
    {{"FILING", "允许报备"}, "filing.allowed"},
    {{"WORKFLOW", "审批流程"}, "filing.workflow", LOOK_NAMES, "workflow"},
    {{"SECOND WORKFLOW", "备用审批流程"}, "filing.builtin_workflow", LOOK_NAMES, "workflow"},
    {{"FURTHER PACKAGES", "其他受保护软件包"}, "packages", LOOK_LIST},
    {{"PENDING DAYS", "等待天数"}, "pending_days"},
    {{"GRANT HOURS", "批准有效小时"}, "grant_hours"},
    {{0}}};
#define POLICY_VERSION_COLUMNS                                             \
	{{"VERSION", "版本"}, "version"}, {{"BY", "保存人"}, "saved_by"},  \
	    {{"CONFIRMED BY", "确认人"}, "confirmed_by", .quiet = true},   \
	    {{"RESTORED FROM", "恢复自"}, "restored_from", .quiet = true}, \
	{                                                                  \
		{"SAVED", "保存时间"}, "created_ms", LOOK_TIME             \
	}
static const struct column policy_versions_columns[] = {
    POLICY_VERSION_COLUMNS, {{"CHANGED", "修改内容"}, "changed", LOOK_LIST}, {{0}}};
static const struct section policy_versions_sections[] = {
    {"items", {"VERSIONS", "版本"}, policy_versions_columns}, {0}};
static const struct column policy_version_columns[] = {
    POLICY_VERSION_COLUMNS,
    {{"MODE", "模式"}, "policy.mode", LOOK_WORD},
    {{"EVERYONE", "全体用户"}, "policy.scope.everyone"},
    {{"GROUPS", "用户组"}, "policy.scope.groups", LOOK_NAMES, "group"},
    {{"WHITELIST", "白名单"}, "policy.whitelist", LOOK_NAMES, "user"},
    {{"FILING", "允许报备"}, "policy.filing.allowed"},
    {{"WORKFLOW", "审批流程"}, "policy.filing.workflow", LOOK_NAMES, "workflow"},
    {{"SECOND WORKFLOW", "备用审批流程"}, "policy.filing.builtin_workflow", LOOK_NAMES, "workflow"},
    {{0}}};
static const struct column proposal_columns[] = {
    ID,
    {{"STATE", "状态"}, "state", LOOK_WORD},
    {{"ABOUT", "对象"}, "subject", LOOK_WORD},
    {{"GROUP", "用户组"}, "user_group", LOOK_NAMES, "group"},
    {{"BY", "提出人"}, "created_by"},
    {{"UNTIL", "确认截止"}, "expires_ms", LOOK_TIME},
    {{"CHANGED", "修改内容"}, "changed", LOOK_LIST},
    {{0}}};
static const struct column one_proposal_columns[] = {
    ID,
    {{"STATE", "状态"}, "state", LOOK_WORD},
    {{"ABOUT", "对象"}, "subject", LOOK_WORD},
    {{"GROUP", "用户组"}, "user_group", LOOK_NAMES, "group"},
    {{"BY", "提出人"}, "created_by"},
    CREATED,
    {{"UNTIL", "确认截止"}, "expires_ms", LOOK_TIME},
    {{"ENDED BY", "处理人"}, "ended.by", .quiet = true},
    {{"COMMENT", "意见"}, "ended.comment", .quiet = true},
    {{"VERSION", "版本"}, "version", .quiet = true},
    {{0}}};
static const struct column group_columns[] = {ID,
					      {{"MEMBERS", "成员数"}, "members"},
					      {{"RULES", "规则数"}, "rules", LOOK_COUNT},
					      {{"BROKEN", "失效规则"}, "broken_rules"},
					      {{"IN SCOPE", "在生效范围"}, "in_scope"},
					      NAME,
					      {{0}}};
static const struct column one_group_columns[] = {ID,
						  NAME,
						  {{"DESCRIPTION", "描述"}, "description"},
						  {{"MEMBERS", "成员数"}, "members"},
						  {{"DEPARTED", "其中已离职"}, "departed"},
						  {{"BROKEN RULES", "失效规则"}, "broken_rules"},
						  {{"IN SCOPE", "在生效范围"}, "in_scope"},
						  {{0}}};
static const struct column rule_columns[] = {{{"SUBJECT", "对象"}, "subject", LOOK_WORD},
					     {{"RELATION", "关系"}, "relation", LOOK_WORD},
					     {{"NAME", "名称"}, "name"},
					     {{"SOURCE", "身份源"}, "source"},
					     {{"BROKEN", "失效"}, "broken"},
					     {{"VALUE", "值"}, "value"},
					     {{0}}};
static const struct column member_columns[] = {ID,
					       NAME,
					       {{"STATE", "状态"}, "state", LOOK_WORD},
					       {{"SOURCE", "身份源"}, "source"},
					       {{"DEPARTMENTS", "部门"}, "departments", LOOK_LIST},
					       {{"BY", "依据"}, "rules", LOOK_LIST},
					       {{0}}};
static const struct column user_group_columns[] = {ID,
						   NAME,
						   {{"IN SCOPE", "在生效范围"}, "in_scope"},
						   {{"BY", "依据"}, "rules", LOOK_LIST},
						   {{0}}};
static const struct section group_sections[] = {{"rules", {"RULES", "规则"}, rule_columns}, {0}};
static const struct column user_columns[] = {ID,
					     NAME,
					     {{"TITLE", "职位"}, "title"},
					     {{"EXTERNAL ID", "外部 ID"}, "external_id"},
					     {{"STATE", "状态"}, "state", LOOK_WORD},
					     {{"SOURCE", "身份源"}, "source_name"},
					     {{"DEPARTMENTS", "部门"}, "departments", LOOK_LIST},
					     {{0}}};
static const struct column one_user_columns[] = {
    ID,
    NAME,
    {{"TITLE", "职位"}, "title"},
    {{"EXTERNAL ID", "外部 ID"}, "external_id"},
    {{"EMAIL", "邮箱"}, "email"},
    {{"TELEPHONE", "电话"}, "telephone"},
    {{"STATE", "状态"}, "state", LOOK_WORD},
    {{"SOURCE", "身份源"}, "source_name"},
    {{"DEPARTMENTS", "部门"}, "departments", LOOK_LIST},
    {{"PASSWORD SET", "已设密码"}, "has_password"},
    {{0}}};
static const struct column department_columns[] = {ID,
						   {{"SOURCE", "身份源"}, "source_name"},
						   {{"EXTERNAL ID", "外部 ID"}, "external_id"},
						   {{"PATH", "路径"}, "path"},
						   {{0}}};
static const struct column device_columns[] = {
    ID,
    NAME,
    {{"OWNER", "责任人"}, "owner.name"},
    {{"STATE", "状态"}, "state", LOOK_WORD},
    {{"COVERED", "受保护"}, "coverage.covered"},
    {{"CLIENT", "客户端"}, "client_version"},
    {{"LAST SEEN", "最近在线"}, "last_seen_ms", LOOK_TIME},
    {{"OS", "操作系统"}, "os"},
    {{0}}};
static const struct column one_device_columns[] = {
    ID,
    NAME,
    {{"OWNER", "责任人"}, "owner.name"},
    {{"IDENTITY SOURCE", "身份源"}, "owner.source_name"},
    {{"OWNER DEPARTED", "责任人已离职"}, "owner.departed"},
    {{"STATE", "状态"}, "state", LOOK_WORD},
    {{"DEVICE CODE", "设备短码"}, "device_code"},
    {{"ONLINE", "在线"}, "online"},
    {{"COVERED", "受保护"}, "coverage.covered"},
    {{"WHY", "原因"}, "coverage.why", LOOK_WORD},
    {{"COVERED AS", "保护依据"}, "held_for.name", .quiet = true},
    {{"NEWEST POLICY", "策略最新"}, "statement.newest"},
    {{"SIGNED IN", "已登录"}, "session.signed_in"},
    {{"CLONED", "身份重复"}, "cloned_ms", LOOK_TIME, .quiet = true},
    {{"REQUESTS", "申请数"}, "uses.requests"},
    {{"PENDING", "待审批"}, "uses.pending"},
    {{"LIVE GRANTS", "有效批准"}, "uses.live_grants"},
    {{"MAC", "MAC 地址"}, "macs", LOOK_LIST},
    {{"OS", "操作系统"}, "os"},
    {{"CLIENT", "客户端"}, "client_version"},
    {{"BUILD", "构建"}, "build"},
    {{"KEY", "密钥"}, "key"},
    {{"ENROLLED", "注册时间"}, "enrolled_ms", LOOK_TIME},
    {{"LAST SEEN", "最近在线"}, "last_seen_ms", LOOK_TIME},
    {{0}}};
static const struct column device_count_columns[] = {
    {{"DEVICES", "设备数"}, "total"},
    {{"ONLINE", "在线"}, "online"},
    {{"OFFLINE", "离线"}, "offline"},
    {{"LONG-OFFLINE", "长期离线"}, "long_offline"},
    {{"LOST", "丢失"}, "lost"},
    {{"UNBOUND", "已解绑"}, "unbound"},
    {{"UNINSTALLED", "已卸载"}, "uninstalled"},
    {{"REMOVED", "未经批准移除"}, "removed_without_grant"},
    {{"PRESUMED UNINSTALLED", "推定已卸载"}, "presumed_uninstalled"},
    {{"COVERED", "受保护"}, "covered"},
    {{"NOT COVERED", "未受保护"}, "not_covered"},
    {{0}}};
static const struct column device_owner_columns[] = {{{"OWNER", "责任人"}, "name"},
						     {{"HOW", "方式"}, "how", LOOK_WORD},
						     {{"FROM", "开始"}, "from_ms", LOOK_TIME},
						     {{"UNTIL", "结束"}, "to_ms", LOOK_TIME},
						     {{0}}};
static const struct column device_state_columns[] = {{{"STATE", "状态"}, "state", LOOK_WORD},
						     {{"SINCE", "时间"}, "at_ms", LOOK_TIME},
						     {{"BY", "操作人"}, "by"},
						     {{"WHY", "原因"}, "why", LOOK_WORD},
						     {{0}}};
static const struct section device_sections[] = {
    {"owners", {"OWNERS", "责任人历史"}, device_owner_columns},
    {"states", {"STATES", "状态历史"}, device_state_columns},
    {0}};

static const struct column alarm_columns[] = {ID,
					      {{"KIND", "类型"}, "kind", LOOK_WORD},
					      {{"DEVICE", "设备"}, "device.name"},
					      {{"ABOUT", "对象"}, "subject"},
					      {{"SINCE", "开始"}, "first_ms", LOOK_TIME},
					      {{"TIMES", "次数"}, "count"},
					      {{"SEEN TO BY", "处理人"}, "acknowledged.by"},
					      {{"CLOSED", "关闭时间"}, "closed_ms", LOOK_TIME},
					      {{"EVIDENCE", "证据"}, "evidence"},
					      {{0}}};
static const struct column one_alarm_columns[] = {
    ID,
    {{"KIND", "类型"}, "kind", LOOK_WORD},
    {{"DEVICE", "设备"}, "device.name"},
    {{"DEVICE ID", "设备 ID"}, "device.id"},
    {{"ABOUT", "对象"}, "subject"},
    {{"EVIDENCE", "证据"}, "evidence"},
    {{"SINCE", "开始"}, "first_ms", LOOK_TIME},
    {{"LAST", "最近"}, "last_ms", LOOK_TIME},
    {{"TIMES", "次数"}, "count"},
    {{"SEEN TO BY", "处理人"}, "acknowledged.by", .quiet = true},
    {{"SEEN TO", "处理时间"}, "acknowledged.at_ms", LOOK_TIME, .quiet = true},
    {{"NOTE", "备注"}, "acknowledged.note", .quiet = true},
    {{"CLOSED", "关闭时间"}, "closed_ms", LOOK_TIME, .quiet = true},
    {{"WHY", "原因"}, "closed_why", LOOK_WORD, .quiet = true},
    {{0}}};
static const struct column alarm_count_columns[] = {
    {{"OPEN", "未关闭"}, "open"},
    {{"NOT SEEN TO", "未处理"}, "unacknowledged"},
    {{"REMOVED WITHOUT GRANT", "未经批准移除"}, "removed_without_grant"},
    {{"SILENT", "失联"}, "silent"},
    {{"MANY SILENT", "大量失联"}, "many_silent"},
    {{"WEAKENED", "保护被削弱"}, "weakened"},
    {{"UNKNOWN BUILD", "未知构建"}, "unknown_build"},
    {{0}}};
static const struct column build_columns[] = {{{"VERSION", "版本"}, "version"},
					      {{"ACCEPTED", "已认可"}, "accepted"},
					      {{"BY", "认可人"}, "accepted_by"},
					      {{"DEVICES", "设备数"}, "devices"},
					      {{"FIRST SEEN", "首次出现"}, "first_ms", LOOK_TIME},
					      {{"FIRST DEVICE", "首台设备"}, "first_device.name"},
					      {{"NOTE", "备注"}, "note"},
					      {{"BUILD", "构建"}, "id"},
					      {{0}}};
static const struct section build_sections[] = {{"items", {"BUILDS", "构建"}, build_columns}, {0}};
static const struct column offline_columns[] = {{{"DEVICE CODE", "设备短码"}, "device_code"},
						{{0}}};
static const struct column offline_code_columns[] = {
    {{"INDEX", "序号"}, "index"},
    {{"STATE", "状态"}, "state", LOOK_WORD},
    {{"GOOD UNTIL", "有效期至"}, "expires_ms", LOOK_TIME},
    {{"ON THE DEVICE", "设备收到时间"}, "held_ms", LOOK_TIME},
    {{"REVEALED", "告知时间"}, "revealed_ms", LOOK_TIME},
    {{"BY", "操作人"}, "revealed_by"},
    {{"REQUEST", "申请"}, "instance.number"},
    {{0}}};
static const struct section offline_sections[] = {
    {"codes", {"CODES", "离线卸载码"}, offline_code_columns}, {0}};
static const struct column revealed_columns[] = {
    {{"CODE", "离线卸载码"}, "code"},
    {{"INDEX", "序号"}, "index"},
    {{"GOOD UNTIL", "有效期至"}, "expires_ms", LOOK_TIME},
    {{"REQUEST", "申请"}, "instance.number"},
    {{0}}};

static const struct column instance_columns[] = {ID,
						 {{"NUMBER", "编号"}, "number"},
						 {{"STATUS", "状态"}, "status", LOOK_WORD},
						 {{"EFFECT", "效力"}, "effect", LOOK_WORD},
						 {{"APPLICANT", "申请人"}, "applicant.name"},
						 {{"DEVICE", "设备"}, "device.name"},
						 {{"FILED", "报备时间"}, "created_ms", LOOK_TIME},
						 {{"REASON", "报备原因"}, "reason"},
						 {{0}}};
static const struct column one_instance_columns[] = {
    ID,
    {{"NUMBER", "编号"}, "number"},
    {{"STATUS", "状态"}, "status", LOOK_WORD},
    {{"EFFECT", "效力"}, "effect", LOOK_WORD},
    {{"APPLICANT", "申请人"}, "applicant.name"},
    {{"DEPARTMENT", "部门"}, "applicant.department"},
    {{"DEVICE", "设备"}, "device.name"},
    {{"PACKAGE", "软件包"}, "package"},
    {{"REASON", "报备原因"}, "reason"},
    {{"WORKFLOW", "审批流程"}, "workflow.name"},
    {{"PENDING WITH", "待处理人"}, "pending_with", LOOK_LIST},
    {{"DECIDED BY", "审批人"}, "decision.who"},
    {{"COMMENT", "审批意见"}, "decision.comment"},
    {{"CHANNEL", "审批渠道"}, "decision.channel", LOOK_WORD},
    {{"DELIVERY", "发送状态"}, "delivery.state", LOOK_WORD},
    {{"NOTE", "备注"}, "note"},
    {{"FILED", "报备时间"}, "created_ms", LOOK_TIME},
    {{"EXPIRES", "过期时间"}, "expires_ms", LOOK_TIME},
    {{0}}};
static const struct column event_columns[] = {{{"AT", "时间"}, "at_ms", LOOK_TIME},
					      {{"EVENT", "事件"}, "kind"},
					      {{"BY", "操作人"}, "actor"},
					      {{"TEXT", "说明"}, "text"},
					      {{0}}};
static const struct column instance_level_columns[] = {
    {{"LEVEL", "级别"}, "level"},
    {{"MODE", "方式"}, "mode", LOOK_WORD},
    {{"STATE", "状态"}, "state", LOOK_WORD},
    {{"APPROVERS", "审批人"}, "tasks", LOOK_LIST},
    {{0}}};
static const struct section instance_sections[] = {
    {"levels", {"LEVELS", "审批级别"}, instance_level_columns},
    {"events", {"TIMELINE", "经过"}, event_columns},
    {0}};
static const struct column grant_columns[] = {
    {{"GRANT", "授权"}, "id"},
    {{"STATE", "状态"}, "state", LOOK_WORD},
    {{"CALLED BACK", "收回时间"}, "revoked_ms", LOOK_TIME},
    {{"WHY", "原因"}, "revoked_why"},
    {{"CONFIRMED", "设备确认"}, "confirmed_ms", LOOK_TIME},
    {{0}}};
static const struct column count_columns[] = {{{"PENDING", "待审批"}, "pending"},
					      {{"APPROVED", "已通过"}, "approved"},
					      {{"REJECTED", "已拒绝"}, "rejected"},
					      {{"REVOKED", "已撤回"}, "revoked"},
					      {{"EXPIRED", "已过期"}, "expired"},
					      {{"EXACT", "精确"}, "exact"},
					      {{0}}};
static const struct column task_columns[] = {{{"REQUEST", "申请"}, "instance.id"},
					     {{"NUMBER", "编号"}, "instance.number"},
					     {{"STATE", "状态"}, "state", LOOK_WORD},
					     {{"LEVEL", "级别"}, "level"},
					     {{"FOR", "代理"}, "for"},
					     {{"APPLICANT", "申请人"}, "instance.applicant.name"},
					     {{"DEVICE", "设备"}, "instance.device.name"},
					     {{"SINCE", "开始时间"}, "opened_ms", LOOK_TIME},
					     {{"REASON", "报备原因"}, "instance.reason"},
					     {{0}}};
static const struct column delegation_columns[] = {ID,
						   {{"OF", "委托人"}, "account_name"},
						   {{"TO", "代理人"}, "delegate_name"},
						   {{"FROM", "开始"}, "from_ms", LOOK_TIME},
						   {{"UNTIL", "结束"}, "until_ms", LOOK_TIME},
						   {{"REASON", "原因"}, "reason"},
						   {{0}}};

static const struct column release_columns[] = {ID,
						{{"STATE", "状态"}, "state", LOOK_WORD},
						{{"DEVICES", "设备数"}, "total"},
						{{"DAYS", "天数"}, "days"},
						{{"BY", "创建人"}, "created_by"},
						CREATED,
						{{"REASON", "原因"}, "reason"},
						{{0}}};
static const struct column one_release_columns[] = {
    ID,
    {{"STATE", "状态"}, "state", LOOK_WORD},
    {{"PACKAGE", "软件包"}, "package"},
    {{"REASON", "原因"}, "reason"},
    {{"DAYS", "天数"}, "days"},
    {{"DEVICES", "设备数"}, "total"},
    {{"QUEUED", "排队"}, "progress.queued"},
    {{"WAITING", "待领取"}, "progress.waiting"},
    {{"FETCHED", "已领取"}, "progress.fetched"},
    {{"USED", "已使用"}, "progress.used"},
    {{"LAPSED", "已失效"}, "progress.lapsed"},
    {{"CANCELLED", "已取消"}, "progress.cancelled"},
    {{"FAILED", "失败"}, "progress.failed"},
    {{"BY", "创建人"}, "created_by"},
    CREATED,
    {{"CONFIRM UNTIL", "确认截止"}, "confirm_until_ms", LOOK_TIME},
    {{"CONFIRMED BY", "确认人"}, "confirmed.by"},
    {{"STOPPED BY", "停止人"}, "stopped.by"},
    {{0}}};
static const struct column release_device_columns[] = {
    ID,
    NAME,
    {{"OWNER", "责任人"}, "owner.name"},
    {{"PROGRESS", "进度"}, "progress", LOOK_WORD},
    {{"REQUEST", "申请"}, "instance.number"},
    {{"WHY", "原因"}, "why"},
    {{0}}};
static const struct column preview_columns[] = {
    {{"DEVICES", "设备数"}, "total"},
    {{"SECOND PERSON", "需第二人确认"}, "second_person"},
    {{"THRESHOLD", "阈值"}, "threshold"},
    {{"UNFIT", "不适用"}, "unfit"},
    {{0}}};
static const struct column preview_device_columns[] = {
    ID, NAME, {{"OWNER", "责任人"}, "owner.name"}, {{"WHY NOT", "不适用原因"}, "why"}, {{0}}};
static const struct section preview_sections[] = {
    {"devices", {"DEVICES", "设备"}, preview_device_columns}, {0}};

static const struct column audit_columns[] = {
    {{"AT", "时间"}, "at_ms", LOOK_TIME}, {{"EVENT", "事件"}, "kind"}, {{"BY", "操作人"}, "actor"},
    {{"OBJECT", "对象"}, "object"},       {{"TEXT", "说明"}, "text"},  {{0}}};
static const struct column removal_columns[] = {
    {{"AT", "时间"}, "at_ms", LOOK_TIME},     {{"DEVICE", "设备"}, "device_name"},
    {{"OWNER", "责任人"}, "owner_name"},      {{"PACKAGE", "软件包"}, "package"},
    {{"STATE", "状态"}, "state", LOOK_WORD},  {{"GROUND", "依据"}, "ground"},
    {{"COVERED BY", "覆盖原因"}, "coverage"}, {{"REQUEST", "申请"}, "instance"},
    {{"DECIDED BY", "审批人"}, "decided_by"}, {{0}}};
static const struct column preview_workflow_columns[] = {
    {{"SERVES", "可受理"}, "serves"},
    {{"WHY NOT", "原因"}, "why_not"},
    {{"FORM", "表单"}, "dingtalk.process_code"},
    {{"LEVELS FROM", "内置审批开始"}, "levels_ms", LOOK_TIME},
    {{"EXPIRES", "过期时间"}, "expires_ms", LOOK_TIME},
    {{"FILINGS GO TO", "当前报备流程"}, "filing.name"},
    {{0}}};
static const struct column preview_level_columns[] = {{{"LEVEL", "级别"}, "level"},
						      {{"MODE", "方式"}, "mode"},
						      {{"ASKED", "审批人"}, "tasks", LOOK_LIST},
						      {{0}}};
static const struct section preview_workflow_sections[] = {
    {"levels", {"LEVELS", "审批级别"}, preview_level_columns}, {0}};

static const struct column webhook_columns[] = {
    ID,
    {{"ENABLED", "启用"}, "enabled"},
    {{"FAILING SINCE", "失败起始"}, "failing_since_ms", LOOK_TIME},
    {{"EVENTS", "事件"}, "events", LOOK_LIST},
    NAME,
    {{"URL", "网址"}, "url"},
    {{0}}};
static const struct column new_webhook_columns[] = {
    ID,
    NAME,
    {{"URL", "网址"}, "url"},
    {{"EVENTS", "事件"}, "events", LOOK_LIST},
    {{"SECRET", "密钥"}, "secret"},
    {{"OLD SECRET UNTIL", "旧密钥有效期至"}, "old_secret_until_ms", LOOK_TIME},
    {{0}}};
static const struct column sent_columns[] = {ID,
					     {{"EVENT", "事件"}, "type"},
					     {{"STATE", "状态"}, "state", LOOK_WORD},
					     {{"TRIES", "次数"}, "attempts"},
					     {{"ANSWER", "应答"}, "status"},
					     CREATED,
					     {{"NEXT TRY", "下次尝试"}, "next_ms", LOOK_TIME},
					     {{"ERROR", "错误"}, "error"},
					     {{0}}};
static const struct column counted_columns[] = {{{"SENT AGAIN", "重新发送"}, "count"}, {{0}}};
static const struct column delivery_columns[] = {ID,
						 {{"STATE", "状态"}, "state", LOOK_WORD},
						 {{"KIND", "类型"}, "kind"},
						 {{"REQUEST", "申请"}, "number"},
						 {{"NEXT TRY", "下次尝试"}, "next_ms", LOOK_TIME},
						 {{"ERROR", "错误"}, "error"},
						 {{0}}};
static const struct column budget_columns[] = {
    {{"CORP ID", "CORP ID"}, "corp_id"}, {{"CALLS A MONTH", "每月调用"}, "monthly_calls"},
    {{"USED", "已用"}, "used"},          {{"LEFT", "剩余"}, "left"},
    {{"PUSHES", "推送"}, "pushes"},      {{"MONTH", "月份"}, "month"},
    {{"NOW", "现状"}, "readings.text"},  {{0}}};
static const struct section budget_sections[] = {
    {"items", {"DINGTALK ORGANISATIONS", "钉钉组织"}, budget_columns}, {0}};
static const struct column listed_form_columns[] = {
    {{"PROCESS CODE", "流程 ID"}, "process_code"}, {{"GROUP", "分组"}, "group"}, NAME, {{0}}};
static const struct section listed_form_sections[] = {
    {"items", {"FORMS", "表单"}, listed_form_columns}, {0}};
static const struct column one_form_columns[] = {
    {{"PROCESS CODE", "流程 ID"}, "process_code"}, NAME, {{"STATUS", "状态"}, "status"}, {{0}}};
static const struct column control_columns[] = {{{"LABEL", "控件"}, "label"},
						{{"TYPE", "类型"}, "type"},
						{{"REQUIRED", "必填"}, "required"},
						{{0}}};
static const struct section one_form_sections[] = {
    {"controls", {"CONTROLS", "控件"}, control_columns}, {0}};
static const struct column request_url_columns[] = {
    ID,
    {{"REQUEST URL", "请求网址"}, "request_url"},
    {{"UNTIL", "有效期至"}, "expires_ms", LOOK_TIME},
    {{0}}};
static const struct column reach_columns[] = {{{"PEOPLE", "用户数"}, "people"},
					      {{"FIRST WORKFLOW", "主流程可受理"}, "first"},
					      {{"SECOND WORKFLOW", "备用流程可受理"}, "second"},
					      {{"NEITHER", "均不可受理"}, "neither"},
					      {{0}}};
static const struct column sink_columns[] = {
    {{"RECEIVER", "接收端"}, "sink"},   {{"SERVER", "服务器"}, "node"},
    {{"BEHIND", "滞后条数"}, "behind"}, {{"LAST SUCCESS", "最近成功"}, "sent_ms", LOOK_TIME},
    {{"ERROR", "错误"}, "error"},       {{0}}};
static const struct section sink_sections[] = {{"items", {"RECEIVERS", "接收端"}, sink_columns},
					       {0}};

static const struct column settings_columns[] = {
    {{"LANGUAGE", "语言"}, "language"},
    {{"ORGANISATION", "组织名称"}, "organisation_name"},
    {{"RELEASE THRESHOLD", "放行阈值"}, "release_threshold"},
    {{"SECOND PERSON FOR POLICY", "策略修改需第二人确认"}, "policy_second_person", LOOK_WORD},
    {{"POLICY THRESHOLD", "策略豁免阈值"}, "policy_threshold"},
    {{"SILENT AFTER HOURS", "失联告警小时数"}, "silent_hours"},
    {{"SECOND FACTOR FOR", "必须使用二次验证"}, "totp_roles", LOOK_LIST},
    {{"NETWORKS FOR WEBHOOKS", "Webhook 可达网段"}, "webhook_networks", LOOK_LIST},
    {{0}}};
static const struct column me_columns[] = {
    {{"NAME", "名称"}, "name"},
    {{"EMAIL", "邮箱"}, "account.email"},
    {{"ROLE", "角色"}, "role", LOOK_WORD},
    {{"DEPARTMENTS", "部门"}, "departments", LOOK_LIST},
    {{"TOKEN UNTIL", "令牌有效期至"}, "token.expires_ms", LOOK_TIME},
    {{"YOUR TURN", "待您审批"}, "turns"},
    {{"RELEASES TO CONFIRM", "待确认的放行"}, "unconfirmed"},
    {{"POLICY CHANGES TO CONFIRM", "待确认的策略修改"}, "proposals"},
    {{0}}};

/* --- options --- */

#define STATUSES "pending approved rejected revoked expired"
#define EVENTS                                                                                  \
	"* request.filed request.decided request.revoked request.expired grant.issued "         \
	"grant.consumed grant.lapsed grant.cancelled device.alarm device.owner device.session " \
	"device.state directory.waiting system.alarm"
#define ROLES "owner security-admin approver auditor"

#define INSTANCE_FILTERS                                                                         \
	{"status", OPTION_LIST, .words = STATUSES, .help = {"of these statuses", "状态"}},       \
	    {"effect", .words = "none unused used lapsed cancelled",                             \
	     .help = {"what became of the approval", "批准的效力"}},                             \
	    {"template", .help = {"workflow template", "流程模板"}},                             \
	    {"workflow", .noun = "workflow", .help = {"filed through it", "审批流程"}},          \
	    {"applicant", .noun = "user", .help = {"a user's id or name", "申请人 ID 或姓名"}},  \
	    {"department", .noun = "department",                                                 \
	     .help = {"the applicant's, or one above it", "申请人部门（含上级）"}},              \
	    {"device", .noun = "device", .help = {"a device's id or name", "设备 ID 或名称"}},   \
	    {"package", .help = {"a package", "软件包"}},                                        \
	    {"channel", .words = "console dingtalk api client system release",                   \
	     .help = {"by which it was decided", "审批渠道"}},                                   \
	    {"delivery", .words = "none queued submitted failed closing closed",                 \
	     .help = {"how far it is in DingTalk", "发送状态"}},                                 \
	    {"waiting-for", .member = "waiting_for", .words = "me",                              \
	     .help = {"whose turn it is", "待谁处理"}},                                          \
	    {"from", OPTION_TIME, .help = {"filed then or later", "报备时间起"}},                \
	    {"to", OPTION_TIME, .help = {"filed before", "报备时间止"}},                         \
	    {"decided-from", OPTION_TIME, "decided_from",                                        \
	     .help = {"decided then or later", "审批时间起"}},                                   \
	    {"decided-to", OPTION_TIME, "decided_to", .help = {"decided before", "审批时间止"}}, \
	{                                                                                        \
		"search", .help = { "in number, reason, applicant, device, package", "搜索" }    \
	}
#define ORDER                                                                              \
	{                                                                                  \
		"order", .words = "newest oldest", .help = { "which comes first", "排序" } \
	}

static const struct option instance_list_options[] = {INSTANCE_FILTERS, ORDER, {0}};
static const struct option instance_count_options[] = {INSTANCE_FILTERS, {0}};
static const struct option instance_export_options[] = {
    INSTANCE_FILTERS,
    ORDER,
    {"format", .words = "csv jsonl", .help = {"csv, if not jsonl", "格式"}},
    {0}};
static const struct option decision_options[] = {
    {"comment", .help = {"why", "审批意见"}},
    {"as", .words = "approver administrator",
     .help = {"in whose place, of a built-in workflow", "以何身份审批"}},
    {0}};
static const struct option why_options[] = {{"reason", .required = true, .help = {"why", "原因"}},
					    {0}};

static const struct option offline_options[] = {
    {"index", OPTION_NUMBER, .required = true,
     .help = {"the number that the computer shows", "电脑上显示的序号"}},
    {"code", .member = "device_code", .required = true,
     .help = {"the device code that the computer shows", "电脑上显示的设备短码"}},
    {"instance", .noun = "instance",
     .help = {"an approved request, by number or id", "已批准的申请（编号或 ID）"}},
    {"reason", .help = {"or why the device is let go without one", "没有申请时的放行原因"}},
    {0}};

#define DEVICE_FILTERS                                                                             \
	{"state", OPTION_LIST,                                                                     \
	 .words = "online offline long-offline lost unbound uninstalled removed-without-grant "    \
		  "presumed-uninstalled",                                                          \
	 .help = {"in one of these states", "状态"}},                                              \
	    {"owner", .noun = "user", .help = {"a user's id or name", "责任人 ID 或姓名"}},        \
	    {"department", .noun = "department",                                                   \
	     .help = {"the owner's, or one above it", "责任人部门（含上级）"}},                    \
	    {"group", .noun = "group", .help = {"a user group that the owner is in", "用户组"}},   \
	    {"source", .noun = "source", .help = {"the owner's identity source", "身份源"}},       \
	    {"covered", OPTION_TRUTH, .help = {"whether the policy covers it", "是否受策略保护"}}, \
	    {"os", .help = {"part of the operating system's name", "操作系统"}},                   \
	    {"client-version", .member = "client_version",                                         \
	     .help = {"of the client", "客户端版本"}},                                             \
	    {"flag", OPTION_LIST, .words = "owner-departed cloned waiting signed-out",             \
	     .help = {"with all of these marks", "标记"}},                                         \
	    {"seen-from", OPTION_TIME, "seen_from",                                                \
	     .help = {"heard then or later", "最近在线时间起"}},                                   \
	    {"seen-to", OPTION_TIME, "seen_to", .help = {"last heard before", "最近在线时间止"}},  \
	{                                                                                          \
		"search", .help = { "in name, MAC address, owner or id", "搜索" }                  \
	}
#define DEVICE_ORDER                                                                          \
	{"sort", .words = "enrolled name last-seen", .help = {"by what", "排序依据"}},        \
	{                                                                                     \
		"order", .words = "ascending descending", .help = { "which way", "排序方向" } \
	}

static const struct option device_list_options[] = {DEVICE_FILTERS, DEVICE_ORDER, {0}};
static const struct option device_count_options[] = {DEVICE_FILTERS, {0}};
static const struct option device_export_options[] = {
    DEVICE_FILTERS,
    DEVICE_ORDER,
    {"format", .words = "csv jsonl", .help = {"csv, if not jsonl", "格式"}},
    {0}};

static const struct option alarm_list_options[] = {
    {"kind", OPTION_LIST,
     .words = "removed-without-grant silent many-silent weakened unknown-build",
     .help = {"of these kinds", "类型"}},
    {"state", .words = "open closed", .help = {"both, if not said", "状态，默认全部"}},
    {"acknowledged", OPTION_TRUTH, .help = {"whether somebody has seen to it", "是否已处理"}},
    {"device", .noun = "device", .help = {"of this device", "设备"}},
    {"subject", .help = {"a package, a finding or a build", "软件包、发现或构建"}},
    {"from", OPTION_TIME, .help = {"first raised then or later", "告警时间起"}},
    {"to", OPTION_TIME, .help = {"first raised before", "告警时间止"}},
    {0}};
static const struct option acknowledge_options[] = {
    {"note", .help = {"what was found out, or done", "备注"}}, {0}};

static const struct option build_accept_options[] = {
    {"note", .help = {"where it comes from", "备注"}}, {0}};

static const struct option workflow_create_options[] = {
    {"name", .help = {"what it is called", "名称"}},
    {"description", .help = {"what it is for", "描述"}},
    {"type", .words = "builtin dingtalk", .help = {"builtin with --level", "类型"}},
    {"level", OPTION_TEXT, "level",
     .help = {"emails with commas, all: in front when all must approve; one --level each",
	      "审批人邮箱，以逗号分隔；前缀 all: 表示须全部通过；每级一个 --level"}},
    {0}};
static const struct option workflow_edit_options[] = {
    {"name", .help = {"what it is called", "名称"}},
    {"description", .help = {"what it is for", "描述"}},
    {0}};
static const struct option name_options[] = {
    {"name", .required = true, .help = {"what the copy is called", "副本名称"}}, {0}};
static const struct option workflow_preview_options[] = {
    {"user", .noun = "user", .required = true, .help = {"who would file", "报备人"}},
    {"device", .noun = "device", .help = {"from which device", "设备"}},
    {0}};

static const struct option app_create_options[] = {
    {"corp-id", OPTION_TEXT, "corp_id", .required = true, .help = {"Corp ID", "Corp ID"}},
    {"client-id", OPTION_TEXT, "client_id", .required = true, .help = {"Client ID", "Client ID"}},
    {"client-secret-file", OPTION_SECRET, "client_secret", .required = true,
     .help = {"file with the Client Secret", "Client Secret 所在文件"}},
    {"aes-key-file", OPTION_SECRET, "aes_key",
     .help = {"file with the aes_key", "aes_key 所在文件"}},
    {"token-file", OPTION_SECRET, "token", .help = {"file with the token", "token 所在文件"}},
    {"agent-id", OPTION_NUMBER, "agent_id", .help = {"Agent ID", "Agent ID"}},
    {"ingress", .words = "push stream", .help = {"how its events come", "事件接收方式"}},
    {0}};
static const struct option app_change_options[] = {
    {"corp-id", OPTION_TEXT, "corp_id", .help = {"Corp ID", "Corp ID"}},
    {"client-secret-file", OPTION_SECRET, "client_secret",
     .help = {"file with the Client Secret", "Client Secret 所在文件"}},
    {"aes-key-file", OPTION_SECRET, "aes_key",
     .help = {"file with the aes_key", "aes_key 所在文件"}},
    {"token-file", OPTION_SECRET, "token", .help = {"file with the token", "token 所在文件"}},
    {"agent-id", OPTION_NUMBER, "agent_id", .help = {"Agent ID", "Agent ID"}},
    {"notice-channel", OPTION_TEXT, "notice_channel", "work-notice robot",
     .help = {"how people are told", "通知方式"}},
    {"ingress", .words = "push stream", .help = {"how its events come", "事件接收方式"}},
    {0}};

static const struct option source_create_options[] = {
    {"name", .required = true, .help = {"of the source", "名称"}},
    {"type", .words = "dingtalk local", .required = true,
     .help = {"where its people are kept", "类型"}},
    {"app", OPTION_TEXT, "app", .noun = "app",
     .help = {"of type dingtalk: the app's Client ID", "钉钉类型：应用的 Client ID"}},
    {"cycle-hours", OPTION_NUMBER, "cycle_hours",
     .help = {"how often it is read, 1 to 24; 24 without", "同步周期（小时，1 至 24，默认 24）"}},
    {"departments", OPTION_LIST, "departments",
     .help = {"dept_ids that are read with all below; none: all",
	      "读取的部门 dept_id（含下级）；不填为全部"}},
    {0}};
static const struct option source_changes_options[] = {
    {"run", .help = {"of this run alone", "同步批次"}},
    {"kind", .words = "joined returned left moved renamed changed",
     .help = {"what happened", "变更类型"}},
    {"subject", .words = "person department", .help = {"to whom", "用户或部门"}},
    {"state", .words = "pending applied refused",
     .help = {"pending: a run has not come to its end, or waits", "状态"}},
    {0}};
static const struct option source_change_options[] = {
    {"name", .help = {"another name", "新名称"}},
    {"enabled", OPTION_TRUTH, "enabled",
     .help = {"whether its people may sign in", "是否允许其用户登录"}},
    {"cycle-hours", OPTION_NUMBER, "cycle_hours",
     .help = {"how often it is read, 1 to 24", "同步周期（小时，1 至 24）"}},
    {"departments", OPTION_LIST, "departments",
     .help = {"dept_ids that are read with all below; none: all",
	      "读取的部门 dept_id（含下级）；不填为全部"}},
    {0}};

static const struct option account_create_options[] = {
    {"email", .required = true, .help = {"with which they sign in", "登录邮箱"}},
    {"name", .required = true, .help = {"of the person", "姓名"}},
    {"role", .words = ROLES, .required = true, .help = {"what they may do", "角色"}},
    {"language", .words = "zh en", .help = {"of their console", "语言"}},
    {"person", .noun = "user", .help = {"who it is in the directory", "对应的用户"}},
    {"departments", OPTION_LIST, .noun = "department",
     .help = {"what they are limited to", "限定部门"}},
    {0}};
static const struct option account_edit_options[] = {
    {"name", .help = {"of the person", "姓名"}},
    {"role", .words = ROLES, .help = {"what they may do", "角色"}},
    {"state", .words = "active disabled", .help = {"whether they may sign in", "状态"}},
    {"language", .words = "zh en", .help = {"of their console", "语言"}},
    {"person", .noun = "user", .help = {"who it is in the directory", "对应的用户"}},
    {"departments", OPTION_LIST, .noun = "department",
     .help = {"what they are limited to", "限定部门"}},
    {0}};
static const struct option account_link_options[] = {
    {"resets-totp", OPTION_SWITCH, "resets_totp",
     .help = {"and takes away the second factor", "同时取消二次验证"}},
    {0}};
static const struct option token_create_options[] = {
    {"name", .required = true, .help = {"what it is for", "用途"}},
    {"role", .words = ROLES, .required = true, .help = {"at most your own", "角色"}},
    {"days", OPTION_NUMBER,
     .help = {"how long it is good, 1 to 365; 90 without", "有效天数，1 至 365，默认 90"}},
    {"departments", OPTION_LIST, .noun = "department",
     .help = {"what it is limited to", "限定部门"}},
    {0}};
static const struct option of_account_options[] = {
    {"account", .noun = "account", .help = {"of somebody else", "其他账号"}}, {0}};

static const struct option prompt_options[] = {
    {"user", .help = {"in the place of {user}", "{user} 的取值"}},
    {"device", .help = {"in the place of {device}", "{device} 的取值"}},
    {"package", .help = {"in the place of {package}", "{package} 的取值"}},
    {"organisation", .help = {"in the place of {organisation}", "{organisation} 的取值"}},
    {0}};
static const struct option enrolment_token_options[] = {
    {"name", .required = true, .help = {"what it is for", "用途"}},
    {"owner", .noun = "user", .required = true,
     .help = {"who answers for the devices", "设备责任人"}},
    {"days", OPTION_NUMBER,
     .help = {"how long it is good, 1 to 365; 7 without", "有效天数，1 至 365，默认 7"}},
    {"max-uses", OPTION_NUMBER, "max_uses",
     .help = {"how many devices may come with it; without: any number",
	      "可注册的设备数，默认不限"}},
    {0}};
static const struct option enrolment_token_list_options[] = {
    {"owner", .noun = "user", .help = {"whose devices they make", "设备责任人"}},
    {"live", OPTION_TRUTH, .help = {"only those that are still good", "仅有效的令牌"}},
    {0}};
static const struct option confirm_owner_options[] = {
    {"confirm", OPTION_TRUTH, .required = true,
     .help = {"false: it stays protected as before", "false 表示保持原有保护"}},
    {"comment", .help = {"for the record", "备注"}},
    {0}};

static const struct option policy_options[] = {
    {"mode", .words = "off audit block", .help = {"what happens to attempts", "模式"}},
    {"anti-logoff", OPTION_TRUTH, "anti_logoff",
     .help = {"the client starts with the system and cannot be quit", "自启动与防退出"}},
    {"everyone", OPTION_TRUTH, "scope.everyone", .help = {"covers all users", "对全体用户生效"}},
    {"groups", OPTION_LIST, "scope.groups", .noun = "group",
     .help = {"covers these user groups", "生效的用户组"}},
    {"whitelist", OPTION_LIST, .noun = "user", .help = {"and never these users", "白名单用户"}},
    {"filing", OPTION_TRUTH, "filing.allowed", .help = {"requests may be filed", "允许报备"}},
    {"workflow", OPTION_TEXT, "filing.workflow", .noun = "workflow",
     .help = {"through which they are filed", "报备审批流程"}},
    {"builtin-workflow", OPTION_TEXT, "filing.builtin_workflow", .noun = "workflow",
     .help = {"for those whom the first cannot serve", "备用审批流程"}},
    {"contact", .help = {"shown to those whom neither can serve", "联系方式"}},
    {"packages", OPTION_LIST, .help = {"further protected packages", "其他受保护软件包"}},
    {"pending-days", OPTION_NUMBER, "pending_days",
     .help = {"how long a request may wait", "等待天数"}},
    {"grant-hours", OPTION_NUMBER, "grant_hours",
     .help = {"how long an approval may be used; 0: until used", "批准有效小时，0 为直到使用"}},
    {0}};
static const struct option before_options[] = {
    {"before", OPTION_NUMBER, .help = {"older than this version", "早于此版本"}}, {0}};
static const struct option restore_options[] = {
    {"without-missing", OPTION_SWITCH, "without_missing",
     .help = {"leave out what is not there any more", "略去已不存在的对象"}},
    {0}};
static const struct option proposal_options[] = {
    {"state", .words = "open confirmed refused withdrawn expired stale",
     .help = {"in this state", "状态"}},
    {0}};
static const struct option refuse_options[] = {{"comment", .help = {"for who made it", "意见"}},
					       {0}};
static const struct option group_options[] = {{"name", .help = {"what it is called", "名称"}},
					      {"description", .help = {"what it is for", "描述"}},
					      {0}};
static const struct option group_preview_options[] = {
    {"group", .noun = "group", .help = {"which would be saved so", "将被修改的用户组"}},
    {"name", .help = {"what it is called", "名称"}},
    {0}};
static const struct option user_options[] = {
    {"search", .help = {"in name, email address or external id", "按姓名、邮箱或外部 ID 搜索"}},
    {"source", .noun = "source", .help = {"of this identity source", "身份源"}},
    {"department", .noun = "department", .help = {"of this one, and below", "部门及其下级"}},
    {"state", .words = "active departed", .help = {"in this state", "状态"}},
    {0}};
#define PERSON_OPTIONS                                                                    \
	{"external-id", .member = "external_id",                                          \
	 .help = {"an employee number, unique in the source", "工号，同一身份源内唯一"}}, \
	    {"email", .help = {"to sign in with", "邮箱，用于登录"}},                     \
	    {"telephone", .help = {"of the person", "电话"}},                             \
	    {"title", .help = {"of the person", "职位"}},                                 \
	{                                                                                 \
		"departments", OPTION_LIST, .noun = "department", .help = {               \
			"the main one first",                                             \
			"部门，主部门在前"                                        \
		}                                                                         \
	}
static const struct option user_create_options[] = {
    {"source", .noun = "source", .required = true,
     .help = {"a local identity source", "本地身份源"}},
    {"name", .required = true, .help = {"of the person", "姓名"}},
    PERSON_OPTIONS,
    {0}};
static const struct option user_edit_options[] = {
    {"name", .help = {"of the person", "姓名"}}, PERSON_OPTIONS, {0}};
static const struct option user_import_options[] = {
    {"csv", OPTION_FILE, .required = true,
     .help = {"the list; its first line names the columns", "CSV 文件，首行为列名"}},
    {"add-departments", OPTION_SWITCH, "add_departments",
     .help = {"make those that it names", "创建清单中的新部门"}},
    {"depart-missing", OPTION_SWITCH, "depart_missing",
     .help = {"who is not in it has left", "将不在清单中的用户标记为离职"}},
    {"confirm-departing", OPTION_NUMBER, "confirm_departing",
     .help = {"how many leave, if more than a tenth", "确认离职人数（超过十分之一时）"}},
    {"without-refused", OPTION_SWITCH, "without_refused",
     .help = {"leave refused lines out", "忽略被拒绝的行"}},
    {0}};
static const struct option department_options[] = {
    {"search", .help = {"in the name", "按名称搜索"}},
    {"source", .noun = "source", .help = {"of this identity source", "身份源"}},
    {"parent", .noun = "department", .help = {"directly below this one", "直属上级部门"}},
    {0}};
#define PARENT_OPTION                                      \
	{                                                  \
		"parent", .noun = "department", .help = {  \
			"what it is below; \"\": the top", \
			"上级部门，\"\" 为顶级"    \
		}                                          \
	}
static const struct option department_create_options[] = {
    {"source", .noun = "source", .required = true,
     .help = {"a local identity source", "本地身份源"}},
    {"name", .required = true, .help = {"without / and |", "名称，不含 / 和 |"}},
    PARENT_OPTION,
    {0}};
static const struct option department_edit_options[] = {
    {"name", .help = {"without / and |", "名称，不含 / 和 |"}}, PARENT_OPTION, {0}};

static const struct option task_options[] = {
    {"mine", OPTION_TRUTH, .help = {"yours, and those you stand in for", "自己和所代理的"}},
    {"state", .words = "open approved rejected skipped closed", .help = {"in this state", "状态"}},
    {0}};
static const struct option delegation_create_options[] = {
    {"account", .noun = "account", .help = {"in whose place; yours", "委托人，默认为自己"}},
    {"delegate", .noun = "account", .required = true, .help = {"who may answer", "代理人"}},
    {"from", OPTION_TIME, "from_ms", .help = {"since when; now", "开始时间，默认为现在"}},
    {"until", OPTION_TIME, "until_ms", .required = true, .help = {"until when", "结束时间"}},
    {"reason", .help = {"why", "原因"}},
    {0}};
static const struct option delegation_edit_options[] = {
    {"delegate", .noun = "account", .help = {"who may answer", "代理人"}},
    {"from", OPTION_TIME, "from_ms", .help = {"since when", "开始时间"}},
    {"until", OPTION_TIME, "until_ms", .help = {"until when", "结束时间"}},
    {"reason", .help = {"why", "原因"}},
    {0}};

#define RELEASE_OPTIONS                                                                            \
	{"device", .noun = "device", .help = {"this device", "指定设备"}},                         \
	    {"csv", OPTION_FILE, .help = {"a list: column id, mac or name", "设备清单 CSV 文件"}}, \
	    {"owner", OPTION_TEXT, "filter.owner", .noun = "user",                                 \
	     .help = {"all devices of this user", "该用户的全部设备"}},                            \
	    {"departments", OPTION_LIST, "filter.departments", .noun = "department",               \
	     .help = {"all devices of departments", "这些部门的全部设备"}},                        \
	    {"groups", OPTION_LIST, "filter.groups", .noun = "group",                              \
	     .help = {"all devices of user groups", "这些用户组的全部设备"}},                      \
	    {"os", OPTION_TEXT, "filter.os", .help = {"with this in their system", "操作系统"}},   \
	    {"hostname", OPTION_TEXT, "filter.name", .help = {"with this in their name", "名称"}}, \
	    {"package", .help = {"what may be removed; the client", "软件包，默认为客户端"}},      \
	    {"reason", .required = true, .help = {"why", "原因"}},                                 \
	    {"days", OPTION_NUMBER, .required = true,                                              \
	     .help = {"how long, 1 to 30", "有效天数，1 到 30"}},                                  \
	{                                                                                          \
		"without-left-out", OPTION_SWITCH, "without_left_out", .help = {                   \
			"leave out lines that name no device",                                     \
			"忽略无法识别的行"                                                 \
		}                                                                                  \
	}
static const struct option release_options[] = {RELEASE_OPTIONS, {0}};
static const struct option release_list_options[] = {
    {"state", .words = "unconfirmed issuing issued stopping stopped expired",
     .help = {"in this state", "状态"}},
    {0}};
static const struct option release_device_options[] = {
    {"progress", .words = "queued waiting fetched used lapsed cancelled failed",
     .help = {"that are so far", "进度"}},
    {0}};

static const struct option audit_options[] = {
    {"kind", .help = {"of this event", "事件"}},
    {"actor", .help = {"by this actor (id)", "操作人 ID"}},
    {"object", .help = {"about this object (id)", "对象 ID"}},
    {"device", .noun = "device", .help = {"about this device", "设备"}},
    {"instance", .noun = "instance", .help = {"about this request", "申请"}},
    {"from", OPTION_TIME, .help = {"then or later", "起始时间"}},
    {"to", OPTION_TIME, .help = {"before", "截止时间"}},
    {0}};
static const struct option span_options[] = {
    {"from", OPTION_TIME, .help = {"then or later", "起始时间"}},
    {"to", OPTION_TIME, .help = {"before", "截止时间"}},
    {0}};

static const struct option evidence_options[] = {
    {"lang", .words = "zh en", .help = {"in which language", "语言"}}, {0}};
static const struct option budget_options[] = {
    {"monthly-calls", OPTION_NUMBER, "monthly_calls", .required = true,
     .help = {"calls that DingTalk allows a month", "钉钉每月允许的调用次数"}},
    {0}};

#define REMOVAL_FILTERS                                                            \
	{"from", OPTION_TIME, .help = {"removed then or later", "起始时间"}},      \
	    {"to", OPTION_TIME, .help = {"removed before", "截止时间"}},           \
	    {"ground", .help = {"on this ground", "依据"}},                        \
	{                                                                          \
		"device", .noun = "device", .help = { "from this device", "设备" } \
	}
static const struct option removal_options[] = {REMOVAL_FILTERS, {0}};
static const struct option removal_export_options[] = {
    REMOVAL_FILTERS, {"format", .words = "csv jsonl", .help = {"csv, if not jsonl", "格式"}}, {0}};

static const struct option webhook_create_options[] = {
    {"name", .required = true, .help = {"what it is called", "名称"}},
    {"url", .required = true, .help = {"where to", "网址"}},
    {"events", OPTION_LIST, .words = EVENTS, .required = true,
     .help = {"what it hears of", "订阅的事件"}},
    {"description", .help = {"what it is for", "描述"}},
    {"enabled", OPTION_TRUTH, .help = {"whether it hears anything", "是否启用"}},
    {0}};
static const struct option webhook_edit_options[] = {
    {"name", .help = {"what it is called", "名称"}},
    {"url", .help = {"where to", "网址"}},
    {"events", OPTION_LIST, .words = EVENTS, .help = {"what it hears of", "订阅的事件"}},
    {"description", .help = {"what it is for", "描述"}},
    {"enabled", OPTION_TRUTH, .help = {"whether it hears anything", "是否启用"}},
    {0}};
static const struct option sent_options[] = {
    {"state", .words = "waiting failed delivered", .help = {"in this state", "状态"}}, {0}};
static const struct option webhook_replay_options[] = {
    {"delivery", .help = {"this one; without: all that failed", "指定投递，默认为全部失败的投递"}},
    {"since", OPTION_TIME, "since_ms", .help = {"that are at most so old", "起始时间"}},
    {0}};
static const struct option delivery_options[] = {
    {"state", .words = "waiting dead done", .help = {"in this state", "状态"}},
    {"instance", .noun = "instance", .help = {"of this request", "申请"}},
    {0}};
static const struct option settings_options[] = {
    {"language", .words = "zh en", .help = {"of what goes to DingTalk", "发往钉钉的语言"}},
    {"organisation-name", OPTION_TEXT, "organisation_name",
     .help = {"as people are shown it", "向用户显示的组织名称"}},
    {"release-threshold", OPTION_NUMBER, "release_threshold",
     .help = {"devices that one person may release", "单人可放行的设备数"}},
    {"policy-second-person", OPTION_TEXT, "policy_second_person", "off weakening",
     .help = {"who weakens the policy needs another one", "削弱策略需第二位管理员确认"}},
    {"policy-threshold", OPTION_NUMBER, "policy_threshold",
     .help = {"people or devices that one person may exempt in a day",
	      "单人每天可豁免的人数或设备数"}},
    {"silent-hours", OPTION_NUMBER, "silent_hours",
     .help = {"until a device's silence is an alarm; 0: never",
	      "设备失联多少小时后告警；0 表示从不"}},
    {"totp-roles", OPTION_LIST, "totp_roles", .words = "owner security-admin approver auditor",
     .help = {"who must have a second factor", "必须使用二次验证的角色"}},
    {"webhook-networks", OPTION_LIST, "webhook_networks",
     .help = {"networks inside that webhooks may go to", "Webhook 可访问的内网网段"}},
    {0}};

/* --- commands --- */

#define LIST_AS(what, verb_, collection, cols, opts, en, zh)                       \
	{                                                                          \
		what, verb_, .path = collection, .how = HOW_LIST, .columns = cols, \
			     .options = opts, .help = {                            \
				     en,                                           \
				     zh                                            \
			     }                                                     \
	}
#define LIST(what, collection, cols, opts, en, zh)                                  \
	{                                                                           \
		what, "list", .path = collection, .how = HOW_LIST, .columns = cols, \
			      .options = opts, .help = {                            \
				      en,                                           \
				      zh                                            \
			      }                                                     \
	}
#define SHOW(what, collection, cols, parts, en, zh)                                                \
	{                                                                                          \
		what, "show", "ID", .path = collection "/{1}", .columns = cols, .sections = parts, \
				    .help = {                                                      \
					    en,                                                    \
					    zh                                                     \
				    }                                                              \
	}
#define DELETE(what, collection, en, zh)                              \
	{                                                             \
		what, "delete", "ID", HTTP_DELETE, collection "/{1}", \
		    HOW_MATCH | HOW_ASK | HOW_MANY, .help = {         \
			    en,                                       \
			    zh                                        \
		    }                                                 \
	}

const struct command commands[] = {
    {"setup", "", .run = setup_run, .how = HOW_GUEST,
     .help = {"make the first account, or take up an invitation, with a one-time link",
	      "用一次性链接创建第一个账号或接受邀请"}},
    {"login", "", .run = login_run, .how = HOW_GUEST,
     .help = {"sign in on the terminal and keep an API token in the configuration file",
	      "在终端登录，并将 API 令牌保存到配置文件"}},
    {"logout", "", .run = logout_run,
     .help = {"revoke the token of the configuration file", "撤销配置文件中的令牌"}},
    {"whoami", "", .path = "me", .columns = me_columns, .run = whoami_run,
     .help = {"who is asking, and what waits for them", "当前身份和待办"}},

    LIST("account", "accounts", account_columns, NULL, "who may sign in", "列出账号"),
    SHOW("account", "accounts", one_account_columns, NULL, "one account", "查看账号"),
    {"account", "create", .method = HTTP_POST, .path = "accounts",
     .options = account_create_options, .columns = one_account_columns,
     .help = {"invite somebody: give them the link of the answer",
	      "邀请用户：将返回的链接交给对方"}},
    {"account", "edit", "ID", HTTP_PUT, "accounts/{1}", HOW_EDIT, account_edit_options,
     one_account_columns, .help = {"change role, state, scope", "修改角色、状态、范围"}},
    {"account", "link", "ID", HTTP_POST, "accounts/{1}/link", 0, account_link_options, link_columns,
     .help = {"a new link with which they set a password", "生成设置密码的新链接"}},
    {"account", "reset-totp", "ID", HTTP_DELETE, "accounts/{1}/totp", HOW_ASK,
     .help = {"take away the second factor of somebody who lost it", "取消丢失的二次验证"}},
    DELETE("account", "accounts", "with its sessions and tokens", "删除账号及其会话和令牌"),
    {"account", "sessions", .path = "sessions", .how = HOW_LIST, .options = of_account_options,
     .columns = session_columns, .help = {"where it is signed in", "列出登录会话"}},
    {"account", "end-session", "ID", HTTP_DELETE, "sessions/{1}", HOW_MANY,
     .help = {"sign out one session", "结束会话"}},

    {"account", "password", .run = me_run, .how = HOW_GUEST,
     .help = {"change your own password", "修改自己的密码"}},
    {"account", "enable-totp", .run = me_run, .how = HOW_GUEST,
     .help = {"ask you for a code of an authenticator app from now on", "启用自己的二次验证"}},
    {"account", "disable-totp", .run = me_run, .how = HOW_GUEST,
     .help = {"ask you for no code any more", "停用自己的二次验证"}},
    {"account", "recovery-codes", .run = me_run, .how = HOW_GUEST,
     .help = {"new ones; those before are void", "重新生成自己的恢复码"}},

    LIST("token", "tokens", token_columns, of_account_options, "API tokens", "列出 API 令牌"),
    {"token", "create", .method = HTTP_POST, .path = "tokens", .options = token_create_options,
     .columns = new_token_columns, .help = {"it is shown once", "创建令牌（只显示一次）"}},
    {"token", "revoke", "ID", HTTP_DELETE, "tokens/{1}", HOW_ASK | HOW_MANY,
     .help = {"with those that were made with it", "撤销令牌"}},

    LIST("workflow", "workflows", workflow_columns, NULL,
	 "workflows and how their last connection test ended", "列出工作流及最近一次检测的结果"),
    SHOW("workflow", "workflows", workflow_columns, workflow_sections, "one workflow",
	 "查看工作流"),
    {"workflow", "create", .method = HTTP_POST, .path = "workflows", .how = HOW_FILE,
     .options = workflow_create_options, .run = workflow_create_run, .columns = workflow_columns,
     .help = {"a built-in one from --level, any from --file",
	      "用 --level 创建内置流程，或用 --file 创建任意流程"}},
    {"workflow", "edit", "ID", HTTP_PUT, "workflows/{1}", HOW_EDIT | HOW_FILE,
     workflow_edit_options, workflow_columns,
     .help = {"makes a new version", "修改（产生新版本）"}},
    {"workflow", "copy", "ID", HTTP_POST, "workflows/{1}/copy", 0, name_options, workflow_columns,
     .help = {"of a built-in one", "复制内置流程"}},
    DELETE("workflow", "workflows", "one that nothing uses", "删除未被使用的工作流"),
    {"workflow", "versions", "ID", .path = "workflows/{1}/versions", .sections = versions_sections,
     .help = {"who saved which, and when", "列出版本"}},
    {"workflow", "version", "ID VERSION", .path = "workflows/{1}/versions/{2}",
     .columns = version_columns, .sections = workflow_sections,
     .help = {"what a version contained", "查看某个版本"}},
    {"workflow", "preview", "ID", HTTP_POST, "workflows/{1}/preview", 0, workflow_preview_options,
     preview_workflow_columns, preview_workflow_sections,
     .help = {"who would be asked, through what, until when", "预览审批人、渠道和期限"}},
    {"workflow", "doctor", "ID", .run = ctl_doctor,
     .help = {"test the link to DingTalk, and say what to do", "检测与钉钉的连接，并说明如何处理"}},

    LIST("source", "identity-sources", source_columns, NULL, "identity sources", "列出身份源"),
    SHOW("source", "identity-sources", one_source_columns, NULL, "one identity source",
	 "查看身份源"),
    {"source", "create", .method = HTTP_POST, .path = "identity-sources", .how = HOW_FILE,
     .options = source_create_options, .columns = one_source_columns,
     .help = {"an organisation in DingTalk, or a directory of its own",
	      "新建身份源：钉钉组织或本地目录"}},
    {"source", "edit", "ID", HTTP_PUT, "identity-sources/{1}", HOW_MATCH | HOW_FILE,
     source_change_options, one_source_columns, .help = {"name, sign-in, cycle", "修改身份源"}},
    DELETE("source", "identity-sources", "one that nobody came from", "删除没有用户的身份源"),
    {"source", "sync", "ID", HTTP_POST, "identity-sources/{1}/sync", .columns = one_source_columns,
     .help = {"read departments and people now", "立即同步部门和用户"}},
    {"source", "test", "ID", .run = ctl_source_test,
     .help = {"test what its app may read", "检测应用可读取的内容"}},
    {"source", "changes", "ID", .path = "identity-sources/{1}/changes", .how = HOW_LIST,
     .options = source_changes_options, .columns = change_columns,
     .help = {"who joined, left, moved or was renamed", "列出加入、离职、调动和改名"}},
    {"source", "approve", "ID RUN", HTTP_POST, "identity-sources/{1}/syncs/{2}/approve", HOW_ASK,
     .columns = one_source_columns,
     .help = {"let a run that waits do what it is going to do", "批准等待确认的同步"}},
    {"source", "refuse", "ID RUN", HTTP_POST, "identity-sources/{1}/syncs/{2}/refuse",
     .columns = one_source_columns,
     .help = {"forget what a run that waits was going to do", "拒绝等待确认的同步"}},

    LIST("app", "dingtalk-apps", app_columns, NULL, "DingTalk apps", "列出钉钉应用"),
    SHOW("app", "dingtalk-apps", one_app_columns, NULL, "one app", "查看应用"),
    {"app", "create", .method = HTTP_POST, .path = "dingtalk-apps", .how = HOW_FILE,
     .options = app_create_options, .columns = one_app_columns,
     .help = {"enter a DingTalk app", "录入钉钉应用"}},
    {"app", "edit", "ID", HTTP_PATCH, "dingtalk-apps/{1}", HOW_MATCH, app_change_options,
     one_app_columns, .help = {"credentials and settings", "修改凭据和设置"}},
    DELETE("app", "dingtalk-apps", "one that nothing uses", "删除未被使用的应用"),
    {"app", "sweep", "ID", HTTP_POST, "dingtalk-apps/{1}/sweep", .columns = swept_columns,
     .help = {"look at all its open requests in DingTalk now",
	      "立即核对应用在钉钉中的所有待审批申请"}},

    {"app", "request-url", .method = HTTP_POST, .path = "request-urls",
     .columns = request_url_columns,
     .help = {"a Request URL for an app that is not entered yet", "为尚未录入的应用生成请求网址"}},
    {"app", "forms", "ID", .path = "dingtalk-apps/{1}/forms", .sections = listed_form_sections,
     .help = {"DingTalk's approval forms", "列出钉钉审批表单"}},
    {"app", "form", "ID PROCESS-CODE", .path = "dingtalk-apps/{1}/forms/{2}",
     .columns = one_form_columns, .sections = one_form_sections,
     .help = {"what a form asks for", "查看表单控件"}},

    {"budget", "list", .path = "dingtalk-organisations", .sections = budget_sections,
     .help = {"what DingTalk's month allows", "列出钉钉每月额度"}},
    {"budget", "edit", "CORP-ID", HTTP_PUT, "dingtalk-organisations/{1}", 0, budget_options,
     budget_columns, .help = {"enter what DingTalk allows", "录入每月额度"}},

    {"policy", "show", .path = "policy", .columns = policy_columns,
     .help = {"the anti-uninstallation policy", "查看防卸载策略"}},
    {"policy", "edit", .how = HOW_FILE, .options = policy_options, .columns = policy_columns,
     .run = policy_edit_run,
     .help = {"what options and --file name, the rest stays",
	      "修改选项或 --file 所列内容，其余不变"}},
    {"policy", "preview", .how = HOW_FILE, .options = policy_options, .run = policy_preview_run,
     .help = {"what such an edit would change", "预览修改的影响"}},
    {"policy", "versions", .path = "policy/versions", .options = before_options,
     .sections = policy_versions_sections, .help = {"who saved which, and when", "列出版本"}},
    {"policy", "version", "VERSION", .columns = policy_version_columns, .run = policy_version_run,
     .help = {"what a version contained", "查看某个版本"}},
    {"policy", "diff", "FROM TO", .run = policy_diff_run,
     .help = {"what differs between two versions", "比较两个版本"}},
    {"policy", "restore", "VERSION", .how = HOW_ASK, .options = restore_options,
     .columns = policy_columns, .run = policy_restore_run,
     .help = {"an old version, as a new one", "恢复旧版本（保存为新版本）"}},
    LIST_AS("policy", "proposals", "policy/proposals", proposal_columns, proposal_options,
	    "changes that a second administrator confirms", "列出待第二人确认的修改"),
    {"policy", "proposal", "ID", .columns = one_proposal_columns, .run = policy_proposal_run,
     .help = {"one of them, and what it would change", "查看修改提案及其影响"}},
    {"policy", "confirm", "ID", .how = HOW_ASK, .columns = one_proposal_columns,
     .run = policy_confirm_run, .help = {"as the second person", "作为第二人确认"}},
    {"policy", "refuse", "ID", HTTP_POST, "policy/proposals/{1}/refuse", HOW_ASK, refuse_options,
     one_proposal_columns, .help = {"as the second person", "作为第二人拒绝"}},
    {"policy", "withdraw", "ID", HTTP_POST, "policy/proposals/{1}/withdraw", HOW_ASK,
     .columns = one_proposal_columns, .help = {"one of your own", "撤回自己的提案"}},
    {"policy", "prompts", .method = HTTP_POST, .path = "policy/prompt-preview", .how = HOW_FILE,
     .options = prompt_options, .run = policy_prompts_run,
     .help = {"what people will read; new texts come from --file",
	      "预览提示文案，新文案来自 --file"}},
    {"policy", "reach", .path = "policy/reach", .columns = reach_columns,
     .help = {"how many people may file, and through what", "可报备的人数"}},

    LIST("group", "user-groups", group_columns, NULL, "user groups", "列出用户组"),
    SHOW("group", "user-groups", one_group_columns, group_sections, "one user group", "查看用户组"),
    {"group", "create", .method = HTTP_POST, .path = "user-groups", .how = HOW_FILE,
     .options = group_options, .columns = one_group_columns,
     .help = {"rules come from --file", "创建用户组，规则来自 --file"}},
    {"group", "edit", "ID", HTTP_PUT, "user-groups/{1}", HOW_EDIT | HOW_FILE, group_options,
     one_group_columns, group_sections, .help = {"rules come from --file", "修改用户组"}},
    {"group", "preview", .how = HOW_FILE, .options = group_preview_options,
     .run = group_preview_run, .help = {"whom it would have", "保存前预览用户组"}},
    {"group", "members", "ID", .path = "user-groups/{1}/members", .how = HOW_LIST,
     .columns = member_columns, .help = {"who is in it", "列出成员"}},
    DELETE("group", "user-groups", "one that nothing uses", "删除未被使用的用户组"),

    LIST("user", "users", user_columns, user_options, "people of the directory", "列出用户"),
    SHOW("user", "users", one_user_columns, NULL, "one person", "查看用户"),
    {"user", "groups", "ID", .path = "users/{1}/groups", .how = HOW_LIST,
     .columns = user_group_columns, .help = {"user groups that they are in", "列出所属的用户组"}},
    {"user", "create", .method = HTTP_POST, .path = "users", .how = HOW_FILE,
     .options = user_create_options, .columns = one_user_columns,
     .help = {"somebody in a local identity source", "在本地身份源中新建用户"}},
    {"user", "edit", "ID", HTTP_PUT, "users/{1}", HOW_MATCH | HOW_FILE, user_edit_options,
     one_user_columns, .help = {"somebody of a local identity source", "修改本地身份源的用户"}},
    {"user", "depart", "ID…", HTTP_POST, "users/{1}/depart", HOW_MANY | HOW_ASK,
     .columns = one_user_columns,
     .help = {"has left: signed out everywhere, devices stay protected",
	      "标记离职：退出所有登录，设备保护不变"}},
    {"user", "restore", "ID…", HTTP_POST, "users/{1}/restore", HOW_MANY,
     .columns = one_user_columns, .help = {"is back", "恢复已离职的用户"}},
    {"user", "password-link", "ID", HTTP_POST, "users/{1}/password-link", .columns = link_columns,
     .help = {"with which somebody of a local source sets a password",
	      "生成本地身份源用户设置密码的链接"}},
    {"user", "import", "SOURCE", .path = "identity-sources/{1}/import",
     .options = user_import_options, .run = user_import_run,
     .help = {"a list in CSV; with --dry-run what it would do",
	      "导入 CSV 用户清单；--dry-run 仅预览"}},
    LIST("department", "departments", department_columns, department_options, "departments",
	 "列出部门"),
    SHOW("department", "departments", department_columns, NULL, "one department", "查看部门"),
    {"department", "create", .method = HTTP_POST, .path = "departments", .how = HOW_FILE,
     .options = department_create_options, .columns = department_columns,
     .help = {"one in a local identity source", "在本地身份源中新建部门"}},
    {"department", "edit", "ID", HTTP_PUT, "departments/{1}", HOW_MATCH | HOW_FILE,
     department_edit_options, department_columns,
     .help = {"rename it, or move it with all that is below", "重命名或移动部门（含下级）"}},
    DELETE("department", "departments", "an empty one of a local source", "删除本地身份源的空部门"),
    LIST("device", "devices", device_columns, device_list_options, "devices, any filters together",
	 "按条件列出设备"),
    SHOW("device", "devices", one_device_columns, device_sections,
	 "one device, whose it was and what became of it", "查看设备及其历史"),
    {"device", "counts", .path = "devices/counts", .options = device_count_options,
     .columns = device_count_columns, .help = {"how many in each state", "各状态的数量"}},
    {"device", "unbind", "ID…", HTTP_POST, "devices/{1}/unbind", HOW_MANY | HOW_ASK, why_options,
     one_device_columns,
     .help = {"take it out: nobody's and not covered", "解绑：设备不再属于任何人，也不再受保护"}},
    {"device", "lost", "ID…", HTTP_POST, "devices/{1}/lost", HOW_MANY, why_options,
     one_device_columns,
     .help = {"stays protected, nothing can be filed on it", "挂失：保护不变，不能再报备"}},
    {"device", "found", "ID…", HTTP_POST, "devices/{1}/found", HOW_MANY, why_options,
     one_device_columns, .help = {"a lost one is back", "找回挂失的设备"}},
    {"device", "delete", "ID…", HTTP_POST, "devices/{1}/delete", HOW_MANY | HOW_ASK, why_options,
     .help = {"one that is not online; its requests stay", "删除不在线的设备，申请和审计保留"}},
    {"device", "export", .path = "devices/export", .how = HOW_RAW, .options = device_export_options,
     .help = {"CSV or JSON lines", "导出 CSV 或 JSON 行"}},
    {"device", "offline-codes", "ID", .path = "devices/{1}/offline-codes",
     .columns = offline_columns, .sections = offline_sections,
     .help = {"which offline codes it has", "查看设备的离线卸载码"}},
    {"device", "offline-code", "ID", HTTP_POST, "devices/{1}/offline-codes/reveal", HOW_ASK,
     offline_options, revealed_columns,
     .help = {"reveal one, to be read out to whoever is at the device",
	      "显示一个离线卸载码，读给设备旁的人"}},
    {"device", "confirm-owner", "ID", HTTP_POST, "devices/{1}/confirm-owner", HOW_ASK,
     confirm_owner_options, ownership_columns,
     .help = {"answer a new owner who would take its protection away",
	      "处理会使设备失去保护的责任人变更"}},
    {"device", "settle-clone", "ID", HTTP_POST, "devices/{1}/settle-clone", HOW_ASK,
     .columns = ownership_columns,
     .help = {"its identity was on two machines, which was looked into",
	      "身份曾在两台机器上出现，标记为已处理"}},
    {"device", "sign-out", "ID", HTTP_POST, "devices/{1}/sign-out", HOW_ASK,
     .columns = ownership_columns,
     .help = {"nothing can be filed there until somebody signs in again",
	      "退出设备登录，重新登录前不能报备"}},

    LIST("alarm", "alarms", alarm_columns, alarm_list_options,
	 "what somebody should look at, any filters together", "按条件列出告警"),
    SHOW("alarm", "alarms", one_alarm_columns, NULL, "one of them, with its evidence",
	 "查看告警及证据"),
    {"alarm", "counts", .path = "alarms/counts", .columns = alarm_count_columns,
     .help = {"how many are open", "未关闭的数量"}},
    {"alarm", "acknowledge", "ID…", HTTP_POST, "alarms/{1}/acknowledge", HOW_MANY,
     acknowledge_options, one_alarm_columns,
     .help = {"somebody has seen to it; it stays open until its cause ends",
	      "标记为已处理，原因消除后自动关闭"}},
    {"builds", "list", .path = "builds", .sections = build_sections,
     .help = {"builds that devices have, or that are accepted", "列出客户端构建"}},
    {"builds", "accept", "FILE", HTTP_POST, "builds", 0, build_accept_options, build_columns,
     .run = build_accept_run,
     .help = {"the one in a .deb or .rpm", "认可 .deb 或 .rpm 文件中的构建"}},
    {"builds", "withdraw", "BUILD", HTTP_DELETE, "builds/{1}", HOW_ASK,
     .help = {"accept one no longer: its devices raise an alarm",
	      "不再认可该构建，相关设备将告警"}},

    LIST("enrolment-token", "enrolment-tokens", enrolment_token_columns,
	 enrolment_token_list_options, "tokens that enrol devices", "列出设备注册令牌"),
    SHOW("enrolment-token", "enrolment-tokens", enrolment_token_columns, NULL, "one of them",
	 "查看设备注册令牌"),
    {"enrolment-token", "add", .method = HTTP_POST, .path = "enrolment-tokens",
     .options = enrolment_token_options, .columns = new_enrolment_token_columns,
     .help = {"one with which devices enrol; it is shown once", "创建设备注册令牌（只显示一次）"}},
    {"enrolment-token", "devices", "ID", .path = "enrolment-tokens/{1}/devices", .how = HOW_LIST,
     .columns = enrolled_columns,
     .help = {"devices that were enrolled with it", "列出用此令牌注册的设备"}},
    {"enrolment-token", "revoke", "ID", HTTP_DELETE, "enrolment-tokens/{1}", HOW_ASK | HOW_MANY,
     .help = {"devices that came with it stay", "撤销令牌，已注册的设备不受影响"}},

    LIST("instance", "instances", instance_columns, instance_list_options,
	 "requests, any filters together", "按条件列出申请"),
    SHOW("instance", "instances", one_instance_columns, instance_sections,
	 "one request with what happened to it", "查看申请及其经过"),
    {"instance", "counts", .path = "instances/counts", .options = instance_count_options,
     .columns = count_columns, .help = {"how many of each status", "各状态的数量"}},
    {"instance", "approve", "ID…", HTTP_POST, "instances/{1}/approve", HOW_MANY, decision_options,
     one_instance_columns, .help = {"one or several", "批准"}},
    {"instance", "reject", "ID…", HTTP_POST, "instances/{1}/reject", HOW_MANY, decision_options,
     one_instance_columns, .help = {"one or several", "拒绝"}},
    {"instance", "withdraw", "ID…", HTTP_POST, "instances/{1}/withdraw", HOW_MANY, why_options,
     one_instance_columns, .help = {"in the applicant's place", "代申请人撤回"}},
    {"instance", "revoke-grant", "ID…", HTTP_POST, "instances/{1}/revoke-grant", HOW_MANY,
     why_options, grant_columns, .help = {"take back an unused approval", "收回未使用的批准"}},
    {"instance", "export", .path = "instances/export", .how = HOW_RAW,
     .options = instance_export_options, .help = {"CSV or JSON lines", "导出 CSV 或 JSON 行"}},

    {"instance", "evidence", "ID", .path = "instances/{1}/evidence", .how = HOW_RAW,
     .options = evidence_options,
     .help = {"a page to print, with all that stands behind one decision", "可打印的审批证据页"}},

    {"grant", "export", "ID", HTTP_POST, "instances/{1}/export-grant", HOW_RAW,
     .run = grant_export_run,
     .help = {"the grant of an approved request, for \"holdfast grant import\"",
	      "导出已批准申请的授权，供 holdfast grant import 使用"}},

    LIST("task", "tasks", task_columns, task_options, "whose turn it is", "列出待办"),
    LIST("delegation", "delegations", delegation_columns, of_account_options,
	 "who answers in whose place", "列出委托"),
    SHOW("delegation", "delegations", delegation_columns, NULL, "one delegation", "查看委托"),
    {"delegation", "create", .method = HTTP_POST, .path = "delegations",
     .options = delegation_create_options, .columns = delegation_columns,
     .help = {"let somebody answer in one's place for a while", "在一段时间内委托他人审批"}},
    {"delegation", "edit", "ID", HTTP_PUT, "delegations/{1}", HOW_EDIT, delegation_edit_options,
     delegation_columns, .help = {"to whom or when", "修改代理人或时间"}},
    DELETE("delegation", "delegations", "end it", "结束委托"),

    LIST("release", "releases", release_columns, release_list_options,
	 "devices that were let go without a filing", "列出放行"),
    SHOW("release", "releases", one_release_columns, NULL, "one release and how far it is",
	 "查看放行及进度"),
    {"release", "create", .method = HTTP_POST, .path = "releases", .how = HOW_ASK | HOW_FILE,
     .options = release_options, .columns = one_release_columns,
     .help = {"one device, a filter, or a list", "放行设备：单台、按条件或清单"}},
    {"release", "preview", .method = HTTP_POST, .path = "releases/preview", .how = HOW_FILE,
     .options = release_options, .columns = preview_columns, .sections = preview_sections,
     .help = {"which devices that would be", "预览将放行的设备"}},
    {"release", "devices", "ID", .path = "releases/{1}/devices", .how = HOW_LIST,
     .options = release_device_options, .columns = release_device_columns,
     .help = {"how far each is", "每台设备的进度"}},
    {"release", "confirm", "ID", HTTP_POST, "releases/{1}/confirm", HOW_ASK,
     .columns = one_release_columns, .help = {"as the second person", "作为第二人确认"}},
    {"release", "stop", "ID", HTTP_POST, "releases/{1}/stop", HOW_ASK, why_options,
     one_release_columns, .help = {"no further grants, unused ones are called back", "停止放行"}},

    LIST("audit", "audit", audit_columns, audit_options, "the record, the newest first",
	 "列出审计记录"),
    {"audit", "export", .path = "audit/export", .how = HOW_RAW, .options = span_options,
     .help = {"JSON lines for holdfast-server audit verify", "导出供离线校验的 JSON 行"}},
    LIST_AS("audit", "removals", "removals", removal_columns, removal_options,
	    "what was removed, on what ground, by whose decision", "卸载报告：依据和审批人"),
    {"audit", "export-removals", .path = "removals/export", .how = HOW_RAW,
     .options = removal_export_options, .help = {"the same as CSV or JSON lines", "导出卸载报告"}},

    {"audit", "sinks", .path = "audit/sinks", .sections = sink_sections,
     .help = {"how far the record was brought to syslog", "审计日志外送进度"}},

    LIST("webhook", "webhooks", webhook_columns, NULL, "what is told to other programs",
	 "列出 Webhook"),
    SHOW("webhook", "webhooks", webhook_columns, NULL, "one webhook", "查看 Webhook"),
    {"webhook", "create", .method = HTTP_POST, .path = "webhooks",
     .options = webhook_create_options, .columns = new_webhook_columns,
     .help = {"its secret is shown once", "创建 Webhook（密钥只显示一次）"}},
    {"webhook", "edit", "ID", HTTP_PATCH, "webhooks/{1}", HOW_MATCH, webhook_edit_options,
     webhook_columns, .help = {"what the options name", "修改 Webhook"}},
    DELETE("webhook", "webhooks", "with its deliveries", "删除 Webhook 及其投递记录"),
    {"webhook", "rotate", "ID", HTTP_POST, "webhooks/{1}/rotate", HOW_ASK,
     .columns = new_webhook_columns, .help = {"a new secret; for a day both sign", "更换密钥"}},
    {"webhook", "test", "ID", HTTP_POST, "webhooks/{1}/test", .columns = sent_columns,
     .help = {"send something that means nothing", "发送测试"}},
    {"webhook", "deliveries", "ID", .path = "webhooks/{1}/deliveries", .how = HOW_LIST,
     .options = sent_options, .columns = sent_columns,
     .help = {"what was sent in 30 days", "列出 30 天内的投递"}},
    {"webhook", "replay", "ID", HTTP_POST, "webhooks/{1}/replay", 0, webhook_replay_options,
     counted_columns, .help = {"send again", "重新投递"}},

    LIST("delivery", "deliveries", delivery_columns, delivery_options,
	 "what goes out to DingTalk: waiting, dead and done",
	 "列出发往钉钉的操作：等待、失败、完成"),
    SHOW("delivery", "deliveries", delivery_columns, NULL, "one of them", "查看发往钉钉的操作"),
    {"delivery", "replay", "ID…", HTTP_POST, "deliveries/{1}/replay", HOW_MANY,
     .columns = delivery_columns,
     .help = {"try a dead one again at once", "立即重试一个失败的操作"}},

    {"settings", "show", .path = "settings", .columns = settings_columns,
     .help = {"the organisation's settings", "查看设置"}},
    {"settings", "edit", .method = HTTP_PUT, .path = "settings", .how = HOW_MATCH,
     .options = settings_options, .columns = settings_columns,
     .help = {"what the options name", "修改设置"}},

    {"apply", "", .run = apply_run, .how = HOW_FILE,
     .help = {"bring the server to what --file says: shows what would change, asks, does it",
	      "使服务器与 --file 一致：显示差异，确认后执行"}},
    {"export", "", .run = apply_export,
     .help = {"such a file of what the server has", "导出配置文件"}},
    {"completion", "", "SHELL", .run = help_completion, .how = HOW_ALONE,
     .help = {"for bash or zsh", "生成 bash 或 zsh 补全脚本"}},
    {0}};

const struct noun nouns[] = {
    {"setup", .help = {"first account, or an invitation", "第一个账号或接受邀请"}},
    {"login", .help = {"sign in on the terminal", "在终端登录"}},
    {"logout", .help = {"revoke this program's token", "退出登录"}},
    {"whoami", .help = {"who is asking", "当前身份"}},
    {"account", "accounts", "email", .help = {"who may sign in", "账号"}},
    {"token", "tokens", "name", .help = {"API tokens", "API 令牌"}},
    {"workflow", "workflows", "name", .help = {"approval workflows", "审批流程"}},
    {"source", "identity-sources", "name", .help = {"identity sources", "身份源"}},
    {"app", "dingtalk-apps", "client_id", .help = {"DingTalk apps", "钉钉应用"}},
    {"budget", .help = {"DingTalk's calls of the month", "钉钉调用额度"}},
    {"policy", .help = {"the anti-uninstallation policy", "防卸载策略"}},
    {"group", "user-groups", "name", .help = {"user groups", "用户组"}},
    {"user", "users", "name", "search", "email", .help = {"people of the directory", "用户"}},
    {"department", "departments", "name", .help = {"departments", "部门"}},
    {"device", "devices", "name", "search", .help = {"devices", "设备"}},
    {"alarm", .help = {"what somebody should look at", "告警"}},
    {"builds", .help = {"builds of the client", "客户端构建"}},
    {"enrolment-token", "enrolment-tokens", "name",
     .help = {"tokens that enrol devices", "设备注册令牌"}},
    {"instance", "instances", "number", "search", .help = {"requests", "审批实例"}},
    {"grant", "instances", "number", "search",
     .help = {"approvals that travel by file", "以文件传递的授权"}},
    {"task", .help = {"whose turn it is", "待办"}},
    {"delegation", .help = {"who answers in whose place", "委托"}},
    {"release", .help = {"devices let go without a filing", "放行"}},
    {"audit", .help = {"the record", "审计"}},
    {"webhook", "webhooks", "name", .help = {"what is told to other programs", "Webhook"}},
    {"delivery", .help = {"what goes out to DingTalk", "发往钉钉的操作"}},
    {"settings", .help = {"the organisation's settings", "设置"}},
    {"apply", .help = {"configuration as code", "应用配置文件"}},
    {"export", .help = {"such a file of a server", "导出配置文件"}},
    {"completion", .help = {"for bash and zsh", "补全脚本"}},
    {0}};
