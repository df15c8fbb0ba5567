/*
 * What a person reads who tries to uninstall: texts of the organisation in Chinese and English, with variables. They
 * are filled in on the device (grant/prompt.h), which alone knows the package.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

/* In characters. */
#define PROMPT_MAX_TITLE 60
#define PROMPT_MAX_CONTENT 2000
#define PROMPT_MAX_BUTTON 30

/* "" or blank: the other language's, then the built-in one. */
struct policy_prompt {
	const char *title, *content, *primary, *secondary;
};

enum prompt_text { PROMPT_TITLE, PROMPT_CONTENT, PROMPT_PRIMARY, PROMPT_SECONDARY, PROMPT_TEXTS };
const char *prompt_text_name(enum prompt_text which);
int64_t prompt_text_max(enum prompt_text which);
const char *prompt_text_of(const struct policy_prompt *p, enum prompt_text which);

extern const struct policy_prompt prompt_default_zh, prompt_default_en;

/* One text as somebody wrote it: its length, no control characters (line ends only in the content), no variable that
 * there is not. ERR_INVALID without saying which text it is. */
[[nodiscard]] bool prompt_text_check(enum prompt_text which, const char *text, struct err *e);

/* All texts of a language; ERR_INVALID names the text: "prompt.zh.title: …", where being "prompt.zh". */
[[nodiscard]] bool prompt_check(const char *where, const struct policy_prompt *p, struct err *e);

enum prompt_from { PROMPT_OWN, PROMPT_OTHER, PROMPT_DEFAULT };
const char *prompt_from_name(enum prompt_from from);

/* What a text of own falls back to. */
const char *prompt_pick(const struct policy_prompt *own, const struct policy_prompt *other,
			const struct policy_prompt *builtin, enum prompt_text which,
			enum prompt_from *from);
