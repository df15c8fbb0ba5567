/* The kind of a text, a newline, the text: whatever comes, what is said in Chinese is UTF-8 when the text is, a text that is
 * none of ours comes back as it was, and neither takes much memory. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/phrase.h"

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	char *kind = arena_dup_n(&a, data, size), *text = strchr(kind, '\n');
	struct phrase_part parts[PHRASE_MAX_PARTS];
	const char *found, *said;
	size_t before;

	if (size > PHRASE_MAX_TEXT + 100 || text == NULL)
		return 0;
	*text++ = '\0';
	before = a.used;
	found = phrase_find(&a, kind, text);
	must(a.used - before < 4 * 1024 * 1024);
	said = phrase_chinese(&a, kind, text);
	must(found != NULL ? strcmp(said, found) == 0 : said == text);
	must(!text_utf8_valid(text, strlen(text)) || text_utf8_valid(said, strlen(said)));
	/* As a format it may be anything too. */
	if (phrase_fits(kind, text, parts) && strcspn(kind, "%") == strlen(kind))
		must(strcmp(kind, text) == 0);
	return 0;
}
