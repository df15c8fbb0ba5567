#include "dingsim/fault.h"

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
    {"invalidParameter.robotCode.notExsit", 400, "robotCode不存在"},
    {"invalidParameter.userIds.overMax", 400, "userIds最多100个"},
    {"invalidParameter.msgKey.invalid", 400, "msgKey不正确"},
    {"invalidParameter.msgParam.invalid", 400, "msgParam不正确"},
    {"todo.taskCreate.paramError", 400, "参数错误"},
    {"todo.taskUpdate.paramError", 400, "参数错误"},
    {"todo.taskDelete.paramError", 400, "参数错误"},

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
    {"90002", 200, "该接口的调用次数超过全局限制"},
    {"90018", 200, "应用调用该接口的QPS超过限制"},
    {"90020", 200, "企业本月的接口调用量已用完"},
    {"400002", 200, "无效的参数"},
};

const struct fault_text *fault_find(const char *code)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults); i++)
		if (text_equal(faults[i].code, code))
			return &faults[i];
	return NULL;
}
