/*
 * Lists of devices. Whatever is read, every line that is not empty has an end, no device is found twice,
 * and what a line is compared by finds it.
 */
#include "model/device_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fuzz.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* A device for every other line, made of what the line says, and one that has the first one's name too. */
static void see(struct arena *a, struct device_list *list)
{
	for (size_t i = 0; i < list->count; i += 2) {
		const struct device_line *l = &list->lines[i];
		const char *id = l->by == DEVICE_KEY_ID ? l->key : arena_printf(a, "id-%zu", i);

		(void)device_list_see(
		    list, &(struct device_named){id, l->by == DEVICE_KEY_NAME ? l->key : "",
						 l->by == DEVICE_KEY_MAC ? l->key : ""});
	}
}

static void check_lines(const struct device_list *list, const char *const *found, size_t n)
{
	int64_t before = 0;
	size_t ends = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct device_line *l = &list->lines[i];

		check(l->line > before && l->text != NULL && l->key != NULL);
		check(text_utf8_valid(l->text, strlen(l->text)));
		check((l->end == DEVICE_LINE_EMPTY) == (*l->key == '\0'));
		check((l->end == DEVICE_LINE_UNMATCHED) == (*l->key != '\0' && l->fits == 0));
		ends += l->end == DEVICE_LINE_FOUND;
		before = l->line;
	}
	check(ends == n);
	for (size_t i = 0; i < n && i < 64; i++) {
		for (size_t k = 0; k < i; k++)
			check(strcmp(found[i], found[k]) != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	const char *text = arena_dup_n(&a, data, size);
	struct device_list list;
	struct err e = {0};
	const char **found;

	/* As JSON has checked it. */
	if (!text_utf8_valid(data, size) || !device_list_read(&a, text, &list, &e))
		return 0;
	check(list.count <= DEVICE_LIST_MAX_LINES);
	found = arena_array(&a, list.count, sizeof(*found));
	see(&a, &list);
	check_lines(&list, found, device_list_end(&a, &list, found));
	return 0;
}
