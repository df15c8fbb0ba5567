#include "web/language.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "model/phrase.h"

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
		if (names(accept, "en"))
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
	if (text == NULL || *text == '\0' || !language_is_chinese(r))
		return text;
	if (request_header_of(r, "Content-Language") == NULL)
		request_header(r, "Content-Language", language_tag(true));
	return phrase_chinese(r->arena, kind, text);
}
