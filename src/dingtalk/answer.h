/*
 * What an HTTP reply of DingTalk means: a result, or a failure of one of the classes. Pure. Success
 * must be proved: an empty body, a page, or the JSON of the address block come with status 200 too
 * (protocol §1.5, §1.6).
 */
#pragma once

#include "dingtalk/failure.h"
#include "http/client.h"
#include "json/json.h"

enum dingtalk_dialect {
	DINGTALK_API, /* api.dingtalk.com: failure by status */
	DINGTALK_OAPI /* oapi.dingtalk.com: failure by errcode */
};

/* ERR_NONE and *out, an object in the arena; or the code for struct err, and *f filled. */
enum err_code dingtalk_answer_judge(enum dingtalk_dialect dialect, const struct http_reply *reply,
				    struct arena *a, const struct json **out,
				    struct dingtalk_failure *f);

/* The app token is what was refused: a new one may help. */
bool dingtalk_failure_is_token(const struct dingtalk_failure *f);

/* Fills e with the sentence for the failure. Returns false. */
bool dingtalk_failure_say(const struct dingtalk_failure *f, enum err_code code, struct err *e);

/* Copies text into a field of a failure: printable, whole characters, cut to size. */
void dingtalk_failure_text(char *out, size_t size, const char *text);
