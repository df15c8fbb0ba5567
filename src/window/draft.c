#include "window/draft.h"

#include <time.h>

void draft_heading(struct draft *d, const char *icon, const char *title, const char *text)
{
	d->page->icon = icon;
	d->page->title = title;
	d->page->text = text;
}

/* A second sentence below the first. */
void draft_add_text(struct draft *d, const char *text)
{
	d->page->text =
	    d->page->text ? arena_printf(d->arena, "%s\n%s", d->page->text, text) : text;
}

void draft_put(struct page_facts *facts, const char *name, const char *value, const char *package)
{
	if (value && facts->count < PAGE_MAX_FACTS)
		facts->items[facts->count++] = (struct page_fact){name, value, package};
}

void draft_about(struct draft *d, const char *name, const char *value)
{
	draft_put(&d->page->about, name, value, NULL);
}

void draft_button(struct draft *d, const char *label, enum act act, enum look look)
{
	if (d->page->button_count < PAGE_MAX_BUTTONS)
		d->page->buttons[d->page->button_count++] =
		    (struct page_button){label, false, act, look};
}

const char *draft_time(struct draft *d, int64_t utc_ms)
{
	time_t seconds = (time_t)(utc_ms / 1000);
	char text[32];
	struct tm local;

	if (!utc_ms || !localtime_r(&seconds, &local))
		return NULL;
	(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &local);
	return arena_dup(d->arena, text);
}

static void print_facts(const struct page_facts *facts, struct buf *out)
{
	size_t i;

	for (i = 0; i < facts->count; i++)
		buf_printf(out, "%s: %s%s\n", facts->items[i].name, facts->items[i].value,
			   facts->items[i].package ? " *" : "");
}

void page_print(const struct page *page, struct buf *out)
{
	const char *const texts[] = {page->icon, page->title, page->text, page->quote, page->qr};
	size_t i;

	buf_printf(out, "%d %d\n", (int)page->kind, page->progress);
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i])
			buf_printf(out, "%s\n", texts[i]);
	print_facts(&page->about, out);
	print_facts(&page->computer, out);
	for (i = 0; i < page->button_count; i++)
		buf_printf(out, "[%s] %d %d\n", page->buttons[i].label, (int)page->buttons[i].act,
			   (int)page->buttons[i].look);
}
