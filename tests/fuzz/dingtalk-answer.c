/* What DingTalk, or whoever answers in its place, sends back: a line "api" or "oapi", a line with
 * the HTTP status, the body. Whatever is judged a result is read as every kind of answer. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dingtalk/answer.h"
#include "dingtalk/missed.h"
#include "dingtalk/parse.h"
#include "fuzz.h"

static void read_as_everything(const struct json *answer, struct arena *a)
{
	const struct json *result = json_get(answer, "result");
	struct dingtalk_department department;
	struct dingtalk_template_page templates;
	struct dingtalk_forecast forecast;
	struct dingtalk_form form;
	struct dingtalk_instance instance;
	struct dingtalk_page page;
	struct dingtalk_user user;
	enum dingtalk_reach reach;
	struct dingtalk_missed missed;

	if (dingtalk_parse_instance(answer, a, &instance) &&
	    (!*instance.originator || instance.task_count > DINGTALK_MAX_ENTRIES))
		abort();
	if (dingtalk_parse_page(answer, 0, a, &page) && page.next < 0)
		abort();
	if (dingtalk_parse_user(result, a, &user) && !*user.userid)
		abort();
	if (dingtalk_parse_reach(answer, "lihua", &reach) && !json_text(answer, "processQueryKey"))
		abort();
	(void)dingtalk_parse_department(result, &department);
	if (dingtalk_missed_parse(answer, a, &missed) && missed.count > DINGTALK_MISSED_MAX)
		abort();
	if (dingtalk_parse_form(answer, a, &form) && form.control_count > DINGTALK_MAX_ENTRIES)
		abort();
	if (dingtalk_parse_templates(answer, 0, a, &templates) && templates.next < 0)
		abort();
	if (dingtalk_parse_forecast(answer, a, &forecast) && forecast.count > DINGTALK_MAX_ENTRIES)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	char *text = arena_dup_n(&a, data, size);
	size_t first = strcspn(text, "\n");
	size_t second = first + (text[first] == '\n');
	size_t body = second + strcspn(text + second, "\n");
	struct dingtalk_failure failure;
	struct http_reply reply = {.type = "application/json"};
	const struct json *answer = NULL;
	int64_t status = 200;
	enum err_code code;
	struct err e;

	(void)text_i64(arena_dup_n(&a, text + second, body - second), 100, 599, &status);
	body += text[body] == '\n';
	reply.status = (int)status;
	reply.body = text + body;
	reply.body_len = size - body;
	text[first] = '\0';
	code = dingtalk_answer_judge(strcmp(text, "oapi") == 0 ? DINGTALK_OAPI : DINGTALK_API,
				     &reply, &a, &answer, &failure);
	if (code == ERR_NONE) {
		if (!answer)
			abort();
		read_as_everything(answer, &a);
	} else if (dingtalk_failure_say(&failure, code, &e) || e.code != code ||
		   !text_utf8_valid(failure.message, strlen(failure.message))) {
		abort();
	}
	return 0;
}
