/* The prompt's texts and the names put into them, a byte 0x1e between: whatever comes, what is shown is plain text,
 * has no more lines than the organisation's text, and a text that may be saved leaves no variable unfilled. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/template.h"
#include "base/text.h"
#include "grant/prompt.h"

static void must(bool ok)
{
	if (!ok)
		abort();
}

static size_t lines_of(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

static void plain(const char *text, bool lines)
{
	AUTO(arena_done) struct arena a = {0};

	must(text_printable(text, lines) && strcmp(text_plain(&a, text, lines), text) == 0);
}

/* With values that mark where they are: none of them, and no unknown one, is left as a variable. */
static void filled_whole(const char *text)
{
	static const struct template_value values[] = {
	    {"user", "\x01"}, {"device", "\x01"}, {"package", "\x01"}, {"organisation", "\x01"}};
	AUTO(buf_done) struct buf out = {0};
	size_t opened = 0, doubled = 0, put = 0;
	struct err e;

	if (!template_check(text, values, ARRAY_SIZE(values), &e) || strchr(text, 1) != NULL)
		return;
	template_fill(&out, text, values, ARRAY_SIZE(values));
	for (const char *at = text; (at = strchr(at, '{')) != NULL; at++) {
		doubled += at[1] == '{';
		opened += at[1] != '{';
		at += at[1] == '{';
	}
	for (size_t i = 0; i < out.len; i++)
		put += out.data[i] == 1;
	must(put == opened);
	for (size_t i = 0; i < out.len; i++)
		doubled -= out.data[i] == '{';
	must(doubled == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	char *text = arena_dup_n(&a, data, size), *name = strchr(text, 0x1e);
	struct statement s = {.device_name = "d", .organisation = ""};
	struct statement_prompt shown;

	if (size > 8192)
		return 0;
	if (name != NULL)
		*name++ = '\0';
	s.owner_name = name != NULL ? name : "";
	s.zh = s.en = (struct statement_prompt){text, text, text, text};
	prompt_fill(&a, &s, PROMPT_ZH, s.owner_name, &shown);
	plain(shown.title, false);
	plain(shown.content, true);
	must(lines_of(shown.content) <= lines_of(text_plain(&a, text, true)));
	filled_whole(text);
	return 0;
}
