#include "grant/prompt.h"

#include "base/template.h"
#include "base/text.h"

static const char *value(struct arena *a, const char *text)
{
	char *plain = text_plain(a, text, false);

	text_cut(plain, PROMPT_MAX_VALUE);
	return plain;
}

static const char *filled(struct arena *a, const char *text, bool lines,
			  const struct template_value *values, size_t count)
{
	AUTO(buf_done) struct buf out = {0};

	template_fill(&out, text_plain(a, text, lines), values, count);
	return arena_dup_n(a, out.data, out.len);
}

void prompt_fill(struct arena *a, const struct statement *s, enum prompt_language language,
		 const char *package, struct statement_prompt *out)
{
	const struct statement_prompt *p = language == PROMPT_ZH ? &s->zh : &s->en;
	const char *nameless = language == PROMPT_ZH ? "您的组织" : "your organisation";
	const struct template_value values[] = {
	    {"user", value(a, s->owner_name)},
	    {"device", value(a, s->device_name)},
	    {"package", value(a, package)},
	    {"organisation", *s->organisation != '\0' ? value(a, s->organisation) : nameless},
	};
	size_t n = ARRAY_SIZE(values);

	*out = (struct statement_prompt){.title = filled(a, p->title, false, values, n),
					 .content = filled(a, p->content, true, values, n),
					 .primary = filled(a, p->primary, false, values, n),
					 .secondary = filled(a, p->secondary, false, values, n)};
}
