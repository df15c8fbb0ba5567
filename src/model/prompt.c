#include "model/prompt.h"

#include <string.h>

#include "base/template.h"
#include "base/text.h"

const struct policy_prompt prompt_default_zh = {
    .title = "您的安全客户端即将被卸载",
    .content = "卸载后，该设备无法再用于公司办公，并将失去访问公司内网的权限。",
    .primary = "去报备",
    .secondary = "我知道了",
};
const struct policy_prompt prompt_default_en = {
    .title = "Your security client is about to be uninstalled",
    .content = "After uninstallation, this device cannot be used for work and will lose access to "
	       "the internal network.",
    .primary = "File for Approval",
    .secondary = "Got It",
};

static const struct {
	const char *name;
	int64_t max;
	size_t offset;
} texts[PROMPT_TEXTS] = {
    [PROMPT_TITLE] = {"title", PROMPT_MAX_TITLE, offsetof(struct policy_prompt, title)},
    [PROMPT_CONTENT] = {"content", PROMPT_MAX_CONTENT, offsetof(struct policy_prompt, content)},
    [PROMPT_PRIMARY] = {"primary", PROMPT_MAX_BUTTON, offsetof(struct policy_prompt, primary)},
    [PROMPT_SECONDARY] = {"secondary", PROMPT_MAX_BUTTON,
			  offsetof(struct policy_prompt, secondary)},
};

static const struct template_value variables[] = {
    {"user", NULL}, {"device", NULL}, {"package", NULL}, {"organisation", NULL}};

const char *prompt_text_name(enum prompt_text which)
{
	return texts[which].name;
}

int64_t prompt_text_max(enum prompt_text which)
{
	return texts[which].max;
}

const char *prompt_text_of(const struct policy_prompt *p, enum prompt_text which)
{
	return *(const char *const *)((const char *)p + texts[which].offset);
}

bool prompt_text_check(enum prompt_text which, const char *text, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	bool lines = which == PROMPT_CONTENT;

	if ((int64_t)text_length(text) > texts[which].max)
		return err_set(e, ERR_INVALID, "must be at most %d characters, and is %zu",
			       (int)texts[which].max, text_length(text));
	if (!text_printable(text, lines) || strstr(text_plain(&a, text, true), "\xef\xbf\xbd"))
		return err_set(e, ERR_INVALID,
			       "must not hold control characters or such that turn the direction "
			       "of text");
	return template_check(text, variables, ARRAY_SIZE(variables), e);
}

bool prompt_check(const char *where, const struct policy_prompt *p, struct err *e)
{
	for (enum prompt_text i = 0; i < PROMPT_TEXTS; i++) {
		if (!prompt_text_check(i, prompt_text_of(p, i), e))
			return err_add(e, "%s.%s", where, texts[i].name);
	}
	return true;
}

static const char *const froms[] = {
    [PROMPT_OWN] = "own", [PROMPT_OTHER] = "other-language", [PROMPT_DEFAULT] = "default"};

const char *prompt_from_name(enum prompt_from from)
{
	return froms[from];
}

static bool blank(const char *text)
{
	AUTO(arena_done) struct arena a = {0};

	return *text_trim(arena_dup(&a, text)) == '\0';
}

const char *prompt_pick(const struct policy_prompt *own, const struct policy_prompt *other,
			const struct policy_prompt *builtin, enum prompt_text which,
			enum prompt_from *from)
{
	const struct policy_prompt *const order[] = {own, other, builtin};

	*from = PROMPT_OWN;
	while (*from < PROMPT_DEFAULT && blank(prompt_text_of(order[*from], which)))
		(*from)++;
	return prompt_text_of(order[*from], which);
}
