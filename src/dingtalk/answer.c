#include "dingtalk/answer.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define PAUSE_MS 1000        /* what DingTalk asks for after a limit by the second */
#define MINUTE_MS 60000      /* after one by the minute */
#define BLOCK_MS (5 * 60000) /* how long an address is blocked */
#define BLOCK_MAX_MINUTES 60
#define WRAPPER 88 /* errcode of /topapi: the real one is in sub_code */

struct meaning {
	enum dingtalk_class class;
	enum err_code code;
	int64_t wait_ms;
};

/* Codes of the new dialect; the first row that matches counts. A row that ends with '*' matches
 * every code that begins so. */
static const struct {
	const char *code;
	struct meaning meaning;
} api_rules[] = {
    {"InvalidAuthentication", {DINGTALK_CREDENTIALS, ERR_UNAUTHENTICATED, 0}},
    {"AuthenticationFailed*", {DINGTALK_CREDENTIALS, ERR_UNAUTHENTICATED, 0}},
    {"invalidClientIdOrSecret", {DINGTALK_CREDENTIALS, ERR_UNAUTHENTICATED, 0}},
    {"invalid.client", {DINGTALK_CREDENTIALS, ERR_UNAUTHENTICATED, 0}},
    {"unauthorized.client", {DINGTALK_CREDENTIALS, ERR_UNAUTHENTICATED, 0}},
    {"authFailed", {DINGTALK_CREDENTIALS, ERR_UNAUTHENTICATED, 0}},
    {"Forbidden.AccessDenied.ApiCountLimit*", {DINGTALK_QUOTA, ERR_TOO_MANY, 0}},
    {"Forbidden.AccessDenied.Qpm*", {DINGTALK_RETRY, ERR_UNAVAILABLE, MINUTE_MS}},
    {"Forbidden.AccessDenied.Q*", {DINGTALK_RETRY, ERR_UNAVAILABLE, PAUSE_MS}},
    {"Forbidden.AccessDenied*", {DINGTALK_PERMISSION, ERR_FORBIDDEN, 0}},
    {"autoflowLikeTriggerRateLimited", {DINGTALK_RETRY, ERR_UNAVAILABLE, PAUSE_MS}},
    {"needAuth", {DINGTALK_REFUSED, ERR_FORBIDDEN, 0}},
    {"processSetupNoPermission", {DINGTALK_REFUSED, ERR_FORBIDDEN, 0}},
    {"noPermission", {DINGTALK_REFUSED, ERR_FORBIDDEN, 0}},
    {"processInstanceNotExist", {DINGTALK_REFUSED, ERR_NOT_FOUND, 0}},
    {"processInstanceIdError", {DINGTALK_REFUSED, ERR_NOT_FOUND, 0}},
    {"aflowProcessInstNotExist", {DINGTALK_REFUSED, ERR_NOT_FOUND, 0}},
    {"aflowProcessNotExist", {DINGTALK_REFUSED, ERR_NOT_FOUND, 0}},
    {"invalidInstanceId", {DINGTALK_REFUSED, ERR_NOT_FOUND, 0}},
    {"userNotExist", {DINGTALK_REFUSED, ERR_NOT_FOUND, 0}},
    {"invalidParameter.user.notFound", {DINGTALK_REFUSED, ERR_NOT_FOUND, 0}},
    {"aflowProcessInstStatusException", {DINGTALK_REFUSED, ERR_CONFLICT, 0}},
    {"aflowProcessInstCanNotBeExecuted", {DINGTALK_REFUSED, ERR_CONFLICT, 0}},
    {"invalidInstanceExecuteTaskId", {DINGTALK_REFUSED, ERR_CONFLICT, 0}},
    {"invalidParameter.authCode*", {DINGTALK_REFUSED, ERR_GONE, 0}},
    {"invalidParameter*", {DINGTALK_REFUSED, ERR_INVALID, 0}},
    {"processInstanceInvalidParameter", {DINGTALK_REFUSED, ERR_INVALID, 0}},
    {"internalError", {DINGTALK_RETRY, ERR_PEER, 0}},
    {"sysErrror", {DINGTALK_RETRY, ERR_PEER, 0}}, /* DingTalk's spelling */
    {"systemError", {DINGTALK_RETRY, ERR_PEER, 0}},
    {"system.error", {DINGTALK_RETRY, ERR_PEER, 0}},
    {"server.error", {DINGTALK_RETRY, ERR_PEER, 0}},
    {"unknownError", {DINGTALK_RETRY, ERR_PEER, 0}},
};

/* errcodes and sub_codes of the legacy dialect. */
static const struct {
	int64_t first, last;
	struct meaning meaning;
} oapi_rules[] = {
    {-1, -1, {DINGTALK_RETRY, ERR_PEER, PAUSE_MS}},
    {15, 15, {DINGTALK_RETRY, ERR_TIMEOUT, 0}},
    {WRAPPER, WRAPPER, {DINGTALK_RETRY, ERR_TIMEOUT, 0}}, /* without a sub_code */
    {33012, 33012, {DINGTALK_REFUSED, ERR_NOT_FOUND, 0}},
    {40000, 40001, {DINGTALK_CREDENTIALS, ERR_UNAUTHENTICATED, 0}},
    {40003, 40003, {DINGTALK_REFUSED, ERR_NOT_FOUND, 0}},
    {40009, 40009, {DINGTALK_REFUSED, ERR_NOT_FOUND, 0}},
    {40014, 40014, {DINGTALK_CREDENTIALS, ERR_UNAUTHENTICATED, 0}},
    {40035, 40035, {DINGTALK_REFUSED, ERR_INVALID, 0}},
    {40068, 40069, {DINGTALK_REFUSED, ERR_INVALID, 0}},
    {40078, 40078, {DINGTALK_REFUSED, ERR_GONE, 0}},
    {40089, 40089, {DINGTALK_CREDENTIALS, ERR_UNAUTHENTICATED, 0}},
    {40096, 40096, {DINGTALK_CREDENTIALS, ERR_UNAUTHENTICATED, 0}},
    {41001, 41001, {DINGTALK_CREDENTIALS, ERR_UNAUTHENTICATED, 0}},
    {42001, 42001, {DINGTALK_CREDENTIALS, ERR_UNAUTHENTICATED, 0}},
    {43007, 43007, {DINGTALK_PERMISSION, ERR_FORBIDDEN, 0}},
    {50002, 50004, {DINGTALK_PERMISSION, ERR_FORBIDDEN, 0}},
    {60003, 60003, {DINGTALK_REFUSED, ERR_NOT_FOUND, 0}},
    {60011, 60011, {DINGTALK_PERMISSION, ERR_FORBIDDEN, 0}},
    {60020, 60020, {DINGTALK_PERMISSION, ERR_FORBIDDEN, 0}},
    {60111, 60111, {DINGTALK_REFUSED, ERR_NOT_FOUND, 0}},
    {60121, 60121, {DINGTALK_REFUSED, ERR_NOT_FOUND, 0}},
    {90001, 90019, {DINGTALK_RETRY, ERR_UNAVAILABLE, PAUSE_MS}},
    {90020, 90020, {DINGTALK_QUOTA, ERR_TOO_MANY, 0}},
    {400002, 400002, {DINGTALK_REFUSED, ERR_INVALID, 0}},
};

void dingtalk_failure_text(char *out, size_t size, const char *text)
{
	size_t n = strlen(text);
	size_t i;

	if (n >= size)
		n = size - 1;
	/* Never half a character. */
	while (n && ((unsigned char)text[n] & 0xC0) == 0x80)
		n--;
	memcpy(out, text, n);
	out[n] = '\0';
	for (i = 0; i < n; i++)
		if ((unsigned char)out[i] < ' ' || out[i] == 0x7F)
			out[i] = ' ';
}

static void add_scope(char *out, size_t size, const char *scope)
{
	size_t used = strlen(out);

	if (used && used + 1 < size) {
		out[used++] = ',';
		out[used] = '\0';
	}
	dingtalk_failure_text(out + used, size - used, scope);
}

/* {"accessdenieddetail":{"requiredScopes":["Contact.User.Read"]}} */
static void read_scopes(const struct json *root, struct dingtalk_failure *f)
{
	const struct json *detail = json_get(root, "accessdenieddetail");
	const struct json *list = json_get(detail, "requiredScopes");
	const struct json *item;

	if (!list || list->type != JSON_ARRAY)
		return;
	for (item = list->first; item; item = item->next)
		if (item->type == JSON_TEXT)
			add_scope(f->scopes, sizeof(f->scopes), item->text);
}

/* "应用尚未开通所需的权限：[qyapi_get_department_list]，…{requiredScopes=[…]}" */
static void read_scopes_from_text(struct arena *a, const char *message, struct dingtalk_failure *f)
{
	const char *from = strchr(message, '[');
	size_t n;

	if (!from)
		return;
	from++;
	n = strcspn(from, "]");
	if (from[n] == ']')
		add_scope(f->scopes, sizeof(f->scopes), arena_dup_n(a, from, n));
}

static struct meaning api_meaning(const char *code, int status)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(api_rules); i++) {
		const char *rule = api_rules[i].code;
		size_t n = strlen(rule) - 1;

		if (rule[n] == '*' ? strncmp(code, rule, n) == 0 : strcmp(code, rule) == 0)
			return api_rules[i].meaning;
	}
	if (status >= 500)
		return (struct meaning){DINGTALK_RETRY, status == 504 ? ERR_TIMEOUT : ERR_PEER, 0};
	return (struct meaning){DINGTALK_REFUSED, ERR_UNPROCESSABLE, 0};
}

static struct meaning oapi_meaning(const char *code)
{
	int64_t number;
	size_t i;

	/* The gateway's own words, as "isp.top-remote-connection-timeout". */
	if (text_starts(code, "isp."))
		return (struct meaning){DINGTALK_RETRY, ERR_TIMEOUT, 0};
	if (text_i64(code, INT64_MIN, INT64_MAX, &number))
		for (i = 0; i < ARRAY_SIZE(oapi_rules); i++)
			if (number >= oapi_rules[i].first && number <= oapi_rules[i].last)
				return oapi_rules[i].meaning;
	return (struct meaning){DINGTALK_REFUSED, ERR_UNPROCESSABLE, 0};
}

static enum err_code mean(struct meaning meaning, struct dingtalk_failure *f)
{
	f->class = meaning.class;
	f->wait_ms = meaning.wait_ms;
	return meaning.code;
}

/* Not JSON, or JSON that is no answer of either dialect. */
static enum err_code nonsense(struct dingtalk_failure *f)
{
	static const struct meaning busy = {DINGTALK_RETRY, ERR_PEER, 0};
	static const struct meaning late = {DINGTALK_RETRY, ERR_TIMEOUT, 0};
	/* The page that a blocked address gets looks like any other page. */
	static const struct meaning page = {DINGTALK_RETRY, ERR_PEER, BLOCK_MS};

	if (f->status == 200)
		return mean(page, f);
	return mean(f->status == 504 ? late : busy, f);
}

/* {"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"…"}; wait in minutes. */
static enum err_code blocked(const struct json *root, struct dingtalk_failure *f)
{
	struct meaning meaning = {DINGTALK_RETRY, ERR_UNAVAILABLE, BLOCK_MS};
	int64_t wait;

	if (json_i64(root, "wait", &wait) && wait > 0 && wait <= BLOCK_MAX_MINUTES)
		meaning.wait_ms = wait * MINUTE_MS;
	dingtalk_failure_text(f->code, sizeof(f->code), "x5");
	return mean(meaning, f);
}

static enum err_code oapi_failure(const struct json *root, int64_t errcode, struct arena *a,
				  struct dingtalk_failure *f)
{
	const char *sub = json_text(root, "sub_code");
	const char *message = json_text(root, "errmsg");
	const char *id = json_text(root, "request_id");
	char number[24];

	(void)snprintf(number, sizeof(number), "%lld", (long long)errcode);
	if (errcode == WRAPPER && sub && *sub) {
		message = json_text(root, "sub_msg");
		dingtalk_failure_text(f->code, sizeof(f->code), sub);
	} else {
		dingtalk_failure_text(f->code, sizeof(f->code), number);
	}
	dingtalk_failure_text(f->message, sizeof(f->message), message ? message : "");
	dingtalk_failure_text(f->request_id, sizeof(f->request_id), id ? id : "");
	if (strcmp(f->code, "60011") == 0)
		read_scopes_from_text(a, f->message, f);
	return mean(oapi_meaning(f->code), f);
}

static enum err_code api_failure(const struct json *root, struct dingtalk_failure *f)
{
	const char *code = json_text(root, "code");
	const char *message = json_text(root, "message");
	const char *id = json_text(root, "requestid");

	if (!code || !*code)
		return nonsense(f);
	dingtalk_failure_text(f->code, sizeof(f->code), code);
	dingtalk_failure_text(f->message, sizeof(f->message), message ? message : "");
	dingtalk_failure_text(f->request_id, sizeof(f->request_id), id ? id : "");
	read_scopes(root, f);
	return mean(api_meaning(f->code, f->status), f);
}

enum err_code dingtalk_answer_judge(enum dingtalk_dialect dialect, const struct http_reply *reply,
				    struct arena *a, const struct json **out,
				    struct dingtalk_failure *f)
{
	bool has_errcode;
	const struct json *root;
	int64_t errcode;
	struct err e;

	*f = (struct dingtalk_failure){.status = reply->status};
	if (!json_parse(a, reply->body, reply->body_len, &root, &e) || root->type != JSON_OBJECT)
		return nonsense(f);
	if (json_get(root, "punish") || text_equal(json_text(root, "source"), "x5"))
		return blocked(root, f);
	/* The new host answers a path it does not know in the old dialect, with 200. */
	has_errcode = json_i64(root, "errcode", &errcode);
	if (has_errcode && errcode != 0)
		return oapi_failure(root, errcode, a, f);
	if (reply->status != 200)
		return api_failure(root, f);
	if (dialect == DINGTALK_OAPI && !has_errcode)
		return nonsense(f);
	*out = root;
	return ERR_NONE;
}

bool dingtalk_failure_is_token(const struct dingtalk_failure *f)
{
	static const char *const codes[] = {"InvalidAuthentication", "40014", "42001"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(codes); i++)
		if (strcmp(f->code, codes[i]) == 0)
			return true;
	return false;
}
