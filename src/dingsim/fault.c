#include "dingsim/fault.h"

#include <string.h>

#include "base/text.h"

static const struct fault_text faults[] = {
    {"AuthenticationFailed.MissingParameter", 400, "缺少参数：x-acs-dingtalk-access-token"},
    {"InvalidAuthentication", 400, "不合法的access_token"},
    {"InvalidAction.NotFound", 404,
     "Specified api is not found, please check your url and method."},
    {"Forbidden.AccessDenied.AccessTokenPermissionDenied", 403, "应用尚未开通所需的权限"},
    {"Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", 403, "应用调用该接口的QPS超过限制"},
    {"Forbidden.AccessDenied.QpsLimitForApi", 403, "该接口的QPS超过全局限制"},
    {"Forbidden.AccessDenied.ApiCountLimitForOrg", 403, "企业本月的接口调用量已用完"},
    {"Forbidden.AccessDenied.IpNotInWhiteList", 403, "访问ip不在白名单之中"},
    {"Forbidden.AccessDenied.QpmLimitForAppkeyAndApi", 403, "应用调用该接口的每分钟次数超过限制"},
    {"Forbidden.AccessDenied.QpmLimitForSuitekeyAndOrgAndApi", 403,
     "应用在该企业调用该接口的每分钟次数超过限制"},
    {"Forbidden.AccessDenied.QpsLimitForSuitekeyAndOrgAndApi", 403,
     "应用在该企业调用该接口的QPS超过限制"},
    {"system.error", 500, "系统错误"},
    {"server.error", 500, "服务器错误"},
    {"unauthorized.client", 401, "未授权的client_id"},
    {"authFailed", 401, "鉴权失败"},
    {"upgradeRequired", 426, "Sec-WebSocket-Version must be 13"},
    {"systemError", 500, "系统错误"},
    {"unknownError", 500, "未知错误"},

    {"invalidClientIdOrSecret", 400, "无效的clientId或者clientSecret"},
    {"invalid.client", 400, "无效的client_id或者client_secret"},
    {"unsupported.grant.type", 400, "不支持的grant_type"},
    {"invalidParameter.authCode.notFound", 400, "不存在的临时授权码"},
    {"invalidParameter.refreshToken.notFound", 400, "不存在的refreshToken"},
    {"invalidParameter.user.notFound", 404, "找不到该用户"},

    {"invalidParameter", 400, "参数错误"},
    {"processInstanceInvalidParameter", 400, "审批实例参数错误"},
    {"processCodeError", 400, "审批模板不存在或已被删除"},
    {"processGetFailed", 400, "审批流程不存在或审批模板已停用"},
    {"processSetupNoPermission", 400, "没有权限发起该审批"},
    {"invalidAgentId", 400, "应用agentId不正确"},
    {"formConverterError", 400, "表单数据校验失败，失败控件：%s"},
    {"illegalComponent", 400, "表单控件参数不合法"},
    {"benefitStatusInvalid", 400, "当前版本未开通该权益"},
    {"processInstanceIdError", 400, "审批实例ID不正确"},
    {"processInstanceNotExist", 400, "审批实例不存在"},
    {"internalError", 400, "内部错误"},

    {"invalidInstanceId", 400, "审批实例ID不正确"},
    {"invalidInstanceExecuteActionerUserId", 400, "操作人不是该任务的处理人"},
    {"invalidInstanceExecuteTaskId", 400, "任务ID不正确"},
    {"invalidInstanceExecuteResult", 400, "审批操作只能是agree或refuse"},
    {"aflowProcessNotExist", 400, "审批实例不存在"},
    {"aflowProcessInstNotExist", 400, "审批实例不存在"},
    {"aflowProcessInstStatusException", 400, "审批实例状态不正确，审批单已结束"},
    {"aflowProcessInstCanNotBeExecuted", 400, "该审批任务当前不可执行"},
    {"userNotExist", 400, "用户不存在"},
    {"invalidInstanceTerminateIsSystem", 400, "isSystem参数不正确"},
    {"invalidInstanceTerminateOperatingUserId", 400, "操作人必须是审批单的发起人"},
    {"invalidInstanceCommentText", 400, "评论内容不正确"},
    {"invalidInstanceCommentUserId", 400, "评论人不正确"},

    {"invalidProcessCode", 400, "processCode不正确"},
    {"invalidInstanceListIdsStartTime", 400, "开始时间不正确"},
    {"invalidEndTime", 400, "结束时间不正确"},
    {"invalidNextToken", 400, "nextToken不正确"},
    {"invalidMaxResults", 400, "maxResults不正确，最大值为20"},
    {"invalidUserIds", 400, "userIds不正确，最多10个"},
    {"formNotExist", 400, "表单不存在"},

    {"targetSelectApproverMissing", 400, "自选审批人缺失"},
    {"targetSelectApproverScopeError", 400, "自选审批人不在可选范围内"},
    {"param.blank", 400, "必填参数为空"},
    {"param.illegal", 400, "参数不合法"},
    {"param.illegal.operator", 400, "操作人不是该任务的处理人"},
    {"task.status.error", 400, "任务状态不正确"},
    {"instance.status.error", 400, "审批实例状态不正确"},
    {"aflowProcessGetFailed", 400, "获取审批模板失败"},
    {"process.error", 400, "审批模板不存在"},
    {"processcode.error", 400, "processCode不正确"},
    {"formName.error", 400, "表单名称不正确"},
    {"formschema.error", 400, "表单schema错误"},
    {"schema.sysAttrs.error", 400, "表单系统属性错误"},
    {"invalidParameter.robotCode.notExsit", 400, "robotCode不存在"},
    {"invalidParameter.userIds.overMax", 400, "userIds最多100个"},
    {"invalidParameter.msgKey.invalid", 400, "msgKey不正确"},
    {"invalidParameter.msgParam.invalid", 400, "msgParam不正确"},
    {"todo.taskCreate.paramError", 400, "参数错误"},
    {"todo.taskUpdate.paramError", 400, "参数错误"},
    {"todo.taskDelete.paramError", 400, "参数错误"},

    /* Nothing here comes to these by itself: the fault "error" says them. */
    {"needAuth", 400, "没有权限"},
    {"processGroupGetFailed", 400, "获取审批分组失败"},
    {"processInstanceStartFailed", 400, "发起审批实例失败"},
    {"sysErrror", 400, "系统错误"},
    {"autoflowLikeTriggerRateLimited", 400, "自动化规则触发过于频繁"},
    {"processFormDataIsNull", 400, "审批表单数据为空"},
    {"aflowProcessFormDataIsNull", 400, "审批表单数据为空"},
    {"noPermission", 400, "没有权限"},
    {"aflowProcessCodeIsError", 400, "processCode不正确"},
    {"permission.error", 400, "没有操作该表单的权限"},
    {"send.too.fast", 400, "发送过于频繁"},
    {"too.many.people", 400, "接收人过多"},
    {"staffId.notExisted", 400, "staffId不存在"},
    {"robot.oto.notExist", 400, "机器人单聊不存在"},
    {"chatbotId.notAllow.sendOTO", 400, "该机器人不允许发送单聊消息"},
    {"contain.unsafe.url", 400, "消息包含不安全的链接"},
    {"contain.notAllowed.text", 400, "消息包含不允许的内容"},
    {"todo.taskCreate.lockError", 400, "获取锁失败"},
    {"todo.taskCreate.flowControlError", 400, "创建待办过于频繁"},

    {"-1", 200, "系统繁忙"},
    {"15", 200, "isp.top-remote-connection-timeout"},
    {"33012", 200, "无效的USERID"},
    {"40000", 200, "access_token is blank"},
    {"40014", 200, "不合法的access_token"},
    {"40035", 200, "不合法的参数"},
    {"40068", 200, "不合法的偏移量"},
    {"40069", 200, "不合法的分页大小"},
    {"40096", 200, "不合法的appKey或appSecret"},
    {"41001", 200, "缺少access_token参数"},
    {"42001", 200, "access_token超时"},
    {"43001", 200, "需要GET请求"},
    {"43002", 200, "需要POST请求"},
    {"50002", 200, "员工不在应用的授权范围内"},
    {"50004", 200, "部门不在应用的授权范围内"},
    {"60003", 200, "部门不存在"},
    {"60011", 200, "应用尚未开通所需的权限"},
    {"60121", 200, "找不到该用户"},
    {"71006", 200, "回调地址已经存在"},
    {"71007", 200, "回调地址不存在"},
    {"71008", 200, "回调call_back_tag必须在指定的call_back_tag列表中"},
    {"71009", 200, "返回文本非success"},
    {"71010", 200, "POST的JSON数据不包含所需要的参数字段或包含的参数格式非法"},
    {"71011", 200, "传入的url参数不是合法的url格式"},
    {"71012", 200, "url地址访问异常"},
    {"90002", 200, "该接口的调用次数超过全局限制"},
    {"90018", 200, "应用调用该接口的QPS超过限制"},
    {"90020", 200, "企业本月的接口调用量已用完"},
    {"400002", 200, "无效的参数"},

    {"22", 200, "Invalid method[submsg=不合法ApiName]"},
    {"33001", 200, "无效的企业ID"},
    {"40001", 200, "不合法的凭证"},
    {"40003", 200, "不合法的UserID"},
    {"40009", 200, "不合法的部门id"},
    {"40078", 200, "不存在的临时授权码"},
    {"40089", 200, "不合法的corpid或corpsecret"},
    {"43007", 200, "需要授权"},
    {"60020", 200, "访问ip不在白名单之中"},
    {"60111", 200, "用户不存在"},
    {"71013", 200, "回调地址的域名或IP不允许"},
    {"90017", 200, "调用次数超过限制"},
    {"400040", 200, "回调不存在"},
    {"400050", 200, "回调地址已经存在"},
    {"400051", 200, "回调地址访问异常"},
    {"400052", 200, "回调地址访问超时"},
    {"400053", 200, "回调地址返回的状态码不正确"},
    {"400054", 200, "回调地址返回的内容不正确"},
    {"810002", 200, "复制的审批流已超过最大数量"},
    {"810007", 200, "没有操作审批流的权限"},
    {"820001", 200, "发起审批实例失败"},
    {"820005", 200, "审批实例状态不正确"},
    {"820006", 200, "审批任务不可执行"},
    {"820008", 200, "审批实例不允许撤销"},
    {"90001", 200, "调用次数超过限制"},
    {"90003", 200, "调用次数超过限制"},
    {"90004", 200, "调用次数超过限制"},
    {"90005", 200, "调用次数超过限制"},
    {"90006", 200, "调用次数超过限制"},
    {"90007", 200, "调用次数超过限制"},
    {"90008", 200, "调用次数超过限制"},
    {"90009", 200, "调用次数超过限制"},
    {"90010", 200, "调用次数超过限制"},
    {"90011", 200, "调用次数超过限制"},
    {"90012", 200, "调用次数超过限制"},
    {"90013", 200, "调用次数超过限制"},
    {"90014", 200, "调用次数超过限制"},
    {"900001", 200, "加密明文文本非法"},
    {"900002", 200, "加密时间戳参数非法"},
    {"900003", 200, "加密随机字符串参数非法"},
    {"900004", 200, "不合法的aeskey"},
    {"900005", 200, "签名不匹配"},
    {"900006", 200, "计算签名错误"},
    {"900007", 200, "计算加密文字错误"},
    {"900008", 200, "计算解密文字错误"},
    {"900009", 200, "计算解密文字长度不匹配"},
    {"900010", 200, "计算解密文字corpid不匹配"},
};

const struct fault_text *fault_find(const char *code)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults); i++)
		if (text_equal(faults[i].code, code))
			return &faults[i];
	return NULL;
}

bool fault_is_old(const char *code)
{
	return *code == '-' || (*code >= '0' && *code <= '9');
}

bool fault_is_wrapped(const char *code)
{
	static const char *const codes[] = {"40000", "40001", "40014", "41001", "42001",
					    "43007", "60011", "60020", NULL};
	size_t i = 0;

	while (codes[i] && !text_equal(codes[i], code))
		i++;
	/* 90001 to 90020: throttling. */
	return codes[i] || (strlen(code) == 5 && text_starts(code, "900"));
}
