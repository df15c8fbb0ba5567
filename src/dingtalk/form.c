#include "dingtalk/form.h"

#include "base/buf.h"
#include "base/text.h"
#include "dingtalk/call.h"
#include "dingtalk/parse.h"

#define SCHEMA "/v1.0/workflow/forms/schemas/processCodes"
#define VISIBLE "/v1.0/workflow/processes/userVisibilities/templates"
#define FORECAST "/v1.0/workflow/processes/forecast"

bool dingtalk_form_read(struct dingtalk *d, const char *process_code, struct arena *a,
			struct dingtalk_form *out, struct err *e)
{
	const struct dingtalk_call call = {
	    .path = arena_printf(a, SCHEMA "?processCode=%s", text_percent(a, process_code)),
	    .arena = a};
	const struct json *answer;

	return dingtalk_call(d, &call, &answer, e) &&
	       (dingtalk_parse_form(answer, a, out) || dingtalk_nonsense(d, e));
}

bool dingtalk_form_list(struct dingtalk *d, const char *userid, int64_t cursor, struct arena *a,
			struct dingtalk_template_page *out, struct err *e)
{
	const char *path = arena_printf(a, VISIBLE "?maxResults=%d&nextToken=%lld",
					DINGTALK_FORM_PAGE, (long long)cursor);
	struct dingtalk_call call = {.path = path, .arena = a};
	const struct json *answer;

	if (userid)
		call.path = arena_printf(a, "%s&userId=%s", path, text_percent(a, userid));
	return dingtalk_call(d, &call, &answer, e) &&
	       (dingtalk_parse_templates(answer, cursor, a, out) || dingtalk_nonsense(d, e));
}

bool dingtalk_form_forecast(struct dingtalk *d, const struct dingtalk_draft *draft, struct arena *a,
			    struct dingtalk_forecast *out, struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};
	struct dingtalk_call call = {.path = FORECAST, .arena = a};
	const struct json *answer;

	json_object(&w, NULL);
	dingtalk_draft_put(&w, draft);
	json_put_text(&w, "processCode", draft->process_code);
	json_put_text(&w, "userId", draft->originator);
	json_object_end(&w);
	call.body = body.data;
	return dingtalk_call(d, &call, &answer, e) &&
	       (dingtalk_parse_forecast(answer, a, out) || dingtalk_nonsense(d, e));
}
