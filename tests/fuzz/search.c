/* Folding and the parts of a text: whatever valid UTF-8 comes in, the same comes out of what was folded, the
 * parts are two characters each, and a text is found by every part of it. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/search.h"

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	const char *text = arena_dup_n(&a, data, size), *folded, *both;
	struct search_grams grams;
	const char *texts[2];

	if (size > 4096 || strlen(text) != size || !text_utf8_valid(text, size))
		return 0;
	folded = search_fold(&a, text);
	must(text_utf8_valid(folded, strlen(folded)) && strchr(folded, '\n') == NULL);
	must(strcmp(search_fold(&a, folded), folded) == 0);
	grams = search_grams(&a, folded);
	must(text_length(grams.text) == 2 * grams.count);
	must(grams.count <= (text_length(folded) > 0 ? text_length(folded) - 1 : 0));
	must((grams.count == 0) == (text_length(folded) < 2));
	texts[0] = text;
	texts[1] = "x";
	both = search_text(&a, texts, 2);
	must(strstr(both, folded) != NULL && strcmp(both + strlen(both) - 2, "\nx") == 0);
	return 0;
}
