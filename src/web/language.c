#include "web/language.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "model/phrase.h"

const char *const language_words[] = {"en", "zh", NULL};

/* "zh", "zh-CN;q=0.9" are zh. */
static bool names(const char *range, const char *language)
{
	return strncasecmp(range, language, 2) == 0 && !isalnum((unsigned char)range[2]);
}

bool language_of_header(const char *accept, bool otherwise)
{
	while (accept != NULL && *accept != '\0') {
		accept += strspn(accept, " \t,");
		if (names(accept, "zh"))
			return true;
		if (names(accept, "en") || *accept == '*')
			return false;
		accept += strcspn(accept, ",");
	}
	return otherwise;
}

bool language_is_chinese(const struct request *r)
{
	const char *asked = http_query(r->http, "lang");

	if (asked != NULL)
		return text_starts(asked, "zh");
	return language_of_header(http_header_all(r->http, "Accept-Language"), r->caller.chinese);
}

const char *language_tag(bool chinese)
{
	return chinese ? "zh-CN" : "en";
}

const char *language_say(struct request *r, const char *kind, const char *text)
{
	if (r->reads == 0)
		r->reads = language_is_chinese(r) ? 'z' : 'e';
	if (text == NULL || *text == '\0' || r->reads == 'e')
		return text;
	if (request_header_of(r, "Content-Language") == NULL)
		request_header(r, "Content-Language", language_tag(true));
	return phrase_chinese(r->arena, kind, text);
}

const char *const *language_say_all(struct request *r, const char *kind, const char *const *texts)
{
	const char **said;
	size_t count = 0;

	while (texts[count] != NULL)
		count++;
	said = arena_array(r->arena, count + 1, sizeof(*said));
	for (size_t i = 0; i < count; i++)
		said[i] = language_say(r, kind, texts[i]);
	return said;
}

static const char *say(void *arg, const char *kind, const char *text)
{
	return language_say(arg, kind, text);
}

struct json_writer language_writer(struct request *r)
{
	return (struct json_writer){.out = &r->body, .say = say, .say_arg = r};
}
