#include "model/device_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "model/csv_reader.h"

#define MAC_DIGITS 12
#define MAC_SIZE 18

static const struct {
	const char *name;
	enum device_key key;
} columns[] = {
    {"id", DEVICE_KEY_ID},         {"device", DEVICE_KEY_ID},        {"device_id", DEVICE_KEY_ID},
    {"mac", DEVICE_KEY_MAC},       {"macs", DEVICE_KEY_MAC},         {"name", DEVICE_KEY_NAME},
    {"hostname", DEVICE_KEY_NAME}, {"device_name", DEVICE_KEY_NAME},
};

static const char *const end_names[] = {
    [DEVICE_LINE_FOUND] = "found",         [DEVICE_LINE_EMPTY] = "empty",
    [DEVICE_LINE_UNMATCHED] = "unmatched", [DEVICE_LINE_AMBIGUOUS] = "ambiguous",
    [DEVICE_LINE_REPEATED] = "repeated",
};

const char *device_line_end_name(enum device_line_end end)
{
	return end_names[end];
}

/* --- what a line names --- */

/* Which column holds what; -1: none does. */
struct layout {
	int column[DEVICE_KEY_COUNT];
	bool named; /* by the first line */
};

static struct layout layout_of(const struct csv_record *first)
{
	struct layout l = {.column = {-1, -1, -1}};

	for (size_t i = 0; i < first->count; i++) {
		for (size_t c = 0; c < ARRAY_SIZE(columns); c++) {
			if (!text_equal_nocase(first->fields[i], columns[c].name))
				continue;
			if (l.column[columns[c].key] < 0)
				l.column[columns[c].key] = (int)i;
			l.named = true;
		}
	}
	return l;
}

static char *lower(struct arena *a, const char *text)
{
	char *copy = arena_dup(a, text);

	for (char *c = copy; *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	return copy;
}

/* "00-1A-2b-…" and "001a2b…" as devices report theirs; false: no such address. */
static bool read_mac(const char *text, char out[static MAC_SIZE])
{
	size_t digits = 0, k = 0;

	for (; *text != '\0'; text++) {
		char c = *text >= 'A' && *text <= 'F' ? (char)(*text - 'A' + 'a') : *text;

		if (c == ':' || c == '-' || c == '.')
			continue;
		if (strchr("0123456789abcdef", c) == NULL || digits == MAC_DIGITS)
			return false;
		if (digits > 0 && digits % 2 == 0)
			out[k++] = ':';
		out[k++] = c;
		digits++;
	}
	out[k] = '\0';
	return digits == MAC_DIGITS;
}

static void name_by(struct arena *a, struct device_line *l, enum device_key by, const char *text)
{
	char mac[MAC_SIZE];
	char *shown = arena_dup(a, text);

	text_cut(shown, DEVICE_LIST_MAX_TEXT);
	l->text = shown;
	l->by = by;
	l->key = by == DEVICE_KEY_MAC && read_mac(text, mac) ? arena_dup(a, mac) : lower(a, text);
}

static enum device_key form_of(const char *text)
{
	char mac[MAC_SIZE];

	if (id_valid(text))
		return DEVICE_KEY_ID;
	return read_mac(text, mac) ? DEVICE_KEY_MAC : DEVICE_KEY_NAME;
}

static void read_line(struct arena *a, const struct layout *layout, const struct csv_record *rec,
		      struct device_line *l)
{
	*l = (struct device_line){.line = rec->line, .text = "", .key = ""};
	if (!layout->named) {
		name_by(a, l, form_of(rec->fields[0]), rec->fields[0]);
		return;
	}
	for (int by = 0; by < DEVICE_KEY_COUNT; by++) {
		int column = layout->column[by];

		if (column < 0 || (size_t)column >= rec->count || *rec->fields[column] == '\0')
			continue;
		name_by(a, l, (enum device_key)by, rec->fields[column]);
		return;
	}
}

static int compare_keys(const void *x, const void *y)
{
	const struct device_line *const *a = x, *const *b = y;

	return strcmp((*a)->key, (*b)->key);
}

static void sort(struct arena *a, struct device_list *list)
{
	for (int by = 0; by < DEVICE_KEY_COUNT; by++)
		list->by_key[by] = arena_array(a, list->count, sizeof(*list->by_key[by]));
	for (size_t i = 0; i < list->count; i++) {
		struct device_line *l = &list->lines[i];

		if (*l->key != '\0')
			list->by_key[l->by][list->key_count[l->by]++] = l;
	}
	for (int by = 0; by < DEVICE_KEY_COUNT; by++)
		qsort(list->by_key[by], list->key_count[by], sizeof(*list->by_key[by]),
		      compare_keys);
}

bool device_list_read(struct arena *a, const char *csv, struct device_list *out, struct err *e)
{
	struct csv_reader r;
	struct layout layout = {0};
	struct csv_record rec;
	bool first = true, more;

	*out = (struct device_list){.arena = a};
	if (!csv_reader_begin(&r, a, csv, DEVICE_LIST_MAX_BYTES, e))
		return false;
	out->lines =
	    arena_array(a, csv_reader_count(r.at, DEVICE_LIST_MAX_LINES), sizeof(*out->lines));
	for (;; first = false) {
		if (!csv_reader_next(&r, &rec, &more, e))
			return false;
		if (!more)
			break;
		if (first)
			layout = layout_of(&rec);
		if (out->count == DEVICE_LIST_MAX_LINES)
			return err_set(e, ERR_UNPROCESSABLE, "csv: has more than %d lines",
				       DEVICE_LIST_MAX_LINES);
		if (!first || !layout.named)
			read_line(a, &layout, &rec, &out->lines[out->count++]);
	}
	sort(a, out);
	return true;
}

/* --- which devices they are --- */

static bool found(struct device_list *list, enum device_key by, const char *key, const char *device)
{
	struct device_line **all = list->by_key[by];
	size_t low = 0, high = list->key_count[by];
	bool any = false;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(all[middle]->key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < list->key_count[by] && text_equal(all[low]->key, key); low++) {
		struct device_line *l = all[low];

		any = true;
		if (text_equal(l->device, device))
			continue;
		l->fits++;
		if (l->device == NULL)
			l->device = arena_dup(list->arena, device);
	}
	return any;
}

bool device_list_see(struct device_list *list, const struct device_named *d)
{
	AUTO(arena_done) struct arena scratch = {0};
	bool any = found(list, DEVICE_KEY_ID, d->id, d->id);

	if (list->key_count[DEVICE_KEY_NAME] > 0)
		any = found(list, DEVICE_KEY_NAME, lower(&scratch, d->name), d->id) || any;
	if (list->key_count[DEVICE_KEY_MAC] == 0)
		return any;
	for (const char *at = d->macs; *at != '\0';) {
		size_t n = strcspn(at, ",");

		any = found(list, DEVICE_KEY_MAC, arena_dup_n(&scratch, at, n), d->id) || any;
		at += n + (at[n] == ',');
	}
	return any;
}

static enum device_line_end end_of(const struct device_line *l)
{
	if (*l->key == '\0')
		return DEVICE_LINE_EMPTY;
	if (l->fits == 0)
		return DEVICE_LINE_UNMATCHED;
	return l->fits == 1 ? DEVICE_LINE_FOUND : DEVICE_LINE_AMBIGUOUS;
}

static int compare_devices(const void *x, const void *y)
{
	const struct device_line *const *a = x, *const *b = y;
	int order = strcmp((*a)->device, (*b)->device);

	return order != 0 ? order : ((*a)->line > (*b)->line) - ((*a)->line < (*b)->line);
}

static void mark_repeated(struct arena *a, struct device_list *list)
{
	struct device_line **all = arena_array(a, list->count, sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->lines[i].end == DEVICE_LINE_FOUND)
			all[n++] = &list->lines[i];
	}
	qsort(all, n, sizeof(*all), compare_devices);
	for (size_t i = 1; i < n; i++) {
		if (text_equal(all[i]->device, all[i - 1]->device))
			all[i]->end = DEVICE_LINE_REPEATED;
	}
}

size_t device_list_end(struct arena *a, struct device_list *list, const char **devices)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++)
		list->lines[i].end = end_of(&list->lines[i]);
	mark_repeated(a, list);
	for (size_t i = 0; i < list->count; i++) {
		if (list->lines[i].end == DEVICE_LINE_FOUND)
			devices[n++] = list->lines[i].device;
	}
	return n;
}
