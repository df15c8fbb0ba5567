/* A list of devices as a file, of any length: a page of it is read for each piece that is sent, so that neither memory
 * nor a connection to the database is held for a slow reader. */
#include <string.h>

#include "api/device.h"
#include "base/text.h"
#include "flow/snapshots.h"
#include "web/csv.h"
#include "web/language.h"
#include "web/server.h"

#define PAGE 500

struct export
{
	struct device_asked asked;
	char cursor_text[64];
	bool csv, begun;
};

static const char *const columns[] = {"name",
				      "owner",
				      "source",
				      "owner departed",
				      "state",
				      "online",
				      "covered",
				      "why",
				      "newest statement",
				      "signed in",
				      "waiting for confirmation",
				      "identity on two machines (UTC)",
				      "os",
				      "mac",
				      "client version",
				      "enrolled (UTC)",
				      "last seen (UTC)",
				      "id",
				      NULL};

static const char *yes(struct request *r, bool value)
{
	return language_say(r, "word", value ? "yes" : "no");
}

static void put_row(struct request *r, const struct device_view *v)
{
	const struct store_device *d = &v->stored;
	struct buf *out = &r->body;
	const char *const before[] = {d->name,
				      d->owner_name,
				      d->owner_source_name,
				      yes(r, d->owner_departed),
				      language_say(r, "word", v->state),
				      yes(r, v->online),
				      yes(r, v->covered),
				      language_say(r, "coverage", v->why),
				      yes(r, v->newest),
				      yes(r, v->signed_in),
				      yes(r, v->waiting)};

	for (size_t i = 0; i < ARRAY_SIZE(before); i++)
		csv_text(out, i == 0, before[i]);
	csv_time(out, false, d->cloned_ms);
	csv_text(out, false, d->os);
	csv_text(out, false, d->macs);
	csv_text(out, false, d->client_version);
	csv_time(out, false, d->enrolled_ms);
	csv_time(out, false, v->last_seen_ms);
	csv_text(out, false, d->id);
	csv_row_end(out);
}

static void put_line(struct request *r, const struct device_view *v)
{
	json_write(&r->json, NULL, device_listed_json, v);
	buf_char(&r->body, '\n');
	r->json.comma = false;
}

static void put_page(struct request *r, struct export *x, const struct store_device_page *page)
{
	struct flow_rules rules;

	flow_rules_init(&rules, r->arena, r->server->signer, x->asked.snapshot);
	for (size_t i = 0; i < page->count; i++) {
		struct device_view v;

		device_view(r, &rules, &page->items[i], &v);
		if (x->csv)
			put_row(r, &v);
		else
			put_line(r, &v);
	}
}

static bool next_page(struct request *r, bool *last, struct err *e)
{
	struct export *x = r->pieces;
	struct store_device_page page;
	bool ok;

	x->asked.request = r;
	x->asked.listing.arg = &x->asked;
	x->asked.snapshot = snapshots_take(r->server->snapshots);
	ok = store_device_list(r->db, r->arena, &x->asked.filter, &x->asked.listing, &page, e);
	if (ok && x->csv && !x->begun)
		csv_begin(&r->body, language_say_all(r, "column", columns));
	if (ok)
		put_page(r, x, &page);
	snapshots_give(r->server->snapshots, x->asked.snapshot);
	if (!ok)
		return false;
	x->begun = true;
	*last = page.next == NULL;
	if (page.next != NULL)
		memcpy(x->cursor_text, page.next, strlen(page.next) + 1);
	x->asked.listing.cursor = x->cursor_text;
	return true;
}

bool device_export(struct request *r, struct err *e)
{
	struct export *x = arena_new(r->arena, struct export);
	struct device_query q;

	if (!device_filter(r, &q, &x->asked, e))
		return false;
	x->csv = !text_equal(q.format, "jsonl");
	x->asked.listing.cursor = "";
	x->asked.listing.limit = PAGE;
	request_header(r, "Content-Disposition",
		       x->csv ? "attachment; filename=\"devices.csv\""
			      : "attachment; filename=\"devices.jsonl\"");
	request_pieces(r, x->csv ? CSV_TYPE : "application/jsonl", next_page, x);
	return true;
}
