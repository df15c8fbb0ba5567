/*
 * DingTalk's answers as structs. Pure. False: the answer lacks what it must have, or holds more
 * than a named maximum. Everything lives in the arena.
 */
#pragma once

#include "dingtalk/form.h"
#include "dingtalk/instance.h"
#include "dingtalk/org.h"
#include "json/json.h"

[[nodiscard]] bool dingtalk_parse_instance(const struct json *answer, struct arena *a,
					   struct dingtalk_instance *out);
[[nodiscard]] bool dingtalk_parse_page(const struct json *answer, int64_t cursor, struct arena *a,
				       struct dingtalk_page *out);
[[nodiscard]] bool dingtalk_parse_form(const struct json *answer, struct arena *a,
				       struct dingtalk_form *out);
[[nodiscard]] bool dingtalk_parse_templates(const struct json *answer, int64_t cursor,
					    struct arena *a, struct dingtalk_template_page *out);
[[nodiscard]] bool dingtalk_parse_forecast(const struct json *answer, struct arena *a,
					   struct dingtalk_forecast *out);
[[nodiscard]] bool dingtalk_parse_department(const struct json *item,
					     struct dingtalk_department *out);
[[nodiscard]] bool dingtalk_parse_user(const struct json *item, struct arena *a,
				       struct dingtalk_user *out);

/* Whether a robot's message reached the one person it was for: status 200 alone does not say it. */
enum dingtalk_reach { DINGTALK_REACHED, DINGTALK_REACH_NOBODY, DINGTALK_REACH_LATER };
[[nodiscard]] bool dingtalk_parse_reach(const struct json *answer, const char *userid,
					enum dingtalk_reach *out);

/* A number, or a number as text; else false. */
bool dingtalk_number(const struct json *object, const char *key, int64_t *out);

/* A text that is there, not empty, printable and at most max bytes; else NULL. */
const char *dingtalk_id(const struct json *object, const char *key, size_t max);

/* Department and values of a draft, as members. */
void dingtalk_draft_put(struct json_writer *w, const struct dingtalk_draft *draft);

/* A text; "" when absent. */
const char *dingtalk_text(const struct json *object, const char *key);
