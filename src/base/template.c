#include "base/template.h"

#include <string.h>

#include "base/text.h"

#define MAX_SHOWN 40 /* bytes of an unknown variable in an error */

static const struct template_value *find(const char *name, size_t n,
					 const struct template_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(values[i].name) == n && memcmp(values[i].name, name, n) == 0)
			return &values[i];
	}
	return NULL;
}

static bool unknown(const char *name, size_t n, const struct template_value *values, size_t count,
		    struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf known = {0};
	char *shown = arena_dup_n(&a, name, n);

	for (size_t i = 0; i < count; i++)
		buf_printf(&known, "%s{%s}", i == 0 ? "" : ", ", values[i].name);
	text_cut(shown, MAX_SHOWN);
	return err_set(e, ERR_INVALID, "{%s} is not a variable; there are %s, and {{ is a brace",
		       shown, known.data);
}

bool template_check(const char *text, const struct template_value *values, size_t count,
		    struct err *e)
{
	const char *at = strchr(text, '{');

	for (; at != NULL; at = strchr(at, '{')) {
		size_t n = strcspn(++at, "{}");

		if (*at == '{')
			at++;
		else if (at[n] != '}')
			return err_set(e, ERR_INVALID,
				       "a { is never closed; a brace by itself is written {{");
		else if (find(at, n, values, count) == NULL)
			return unknown(at, n, values, count, e);
		else
			at += n + 1;
	}
	return true;
}

bool template_has(const char *text, const char *name)
{
	const struct template_value wanted = {name, NULL};
	const char *at = strchr(text, '{');

	for (; at != NULL; at = strchr(at, '{')) {
		size_t n = strcspn(++at, "{}");

		if (at[n] == '}' && find(at, n, &wanted, 1) != NULL)
			return true;
		at += *at == '{' ? 1 : n;
	}
	return false;
}

void template_fill(struct buf *out, const char *text, const struct template_value *values,
		   size_t count)
{
	size_t n = strcspn(text, "{");

	buf_add(out, text, n);
	for (text += n; *text != '\0'; text += n) {
		size_t name = strcspn(text + 1, "{}");
		const struct template_value *v =
		    text[name + 1] == '}' ? find(text + 1, name, values, count) : NULL;

		if (v != NULL)
			buf_text(out, v->value);
		else
			buf_char(out, '{');
		text += v != NULL ? name + 2 : text[1] == '{' ? 2 : 1;
		n = strcspn(text, "{");
		buf_add(out, text, n);
	}
}
