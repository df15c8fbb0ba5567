/* A list of approval instances as a file, of any length: a page of it is read for each piece that is sent,
 * so that neither memory nor a connection to the database is held for a slow reader. */
#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "web/csv.h"
#include "web/language.h"
#include "api/instance.h"

#define PAGE 500

struct export
{
	struct store_instance_filter filter;
	struct store_listing listing;
	char cursor[ID_SIZE];
	bool csv, begun;
};

static const char *const columns[] = {"number",
				      "status",
				      "effect",
				      "template",
				      "workflow",
				      "applicant",
				      "department",
				      "device",
				      "os",
				      "package",
				      "reason",
				      "filed (UTC)",
				      "decided (UTC)",
				      "decided by",
				      "channel",
				      "comment",
				      "delivery",
				      "grant",
				      "usable until (UTC)",
				      "note",
				      "id",
				      NULL};

static void put_row(struct request *r, const struct store_listed *row)
{
	const struct store_instance *i = &row->instance;
	struct buf *out = &r->body;
	char number[INSTANCE_NUMBER_SIZE];
	const char *comment = text_equal(i->channel, "system")
				  ? language_say(r, i->status, i->decision_comment)
				  : i->decision_comment;
	const char *const before[] = {
	    number,
	    language_say(r, "word", i->status),
	    language_say(r, "word", instance_effect_name(row->grant.state)),
	    language_say(r, "word", i->template),
	    i->workflow_name,
	    i->person_name,
	    i->department,
	    i->device_name,
	    i->device_os,
	    i->package,
	    i->reason};
	const char *const after[] = {
	    language_say(r, "actor", i->decided_by), language_say(r, "word", i->channel), comment,
	    language_say(r, "word", i->delivery), language_say(r, "word", row->grant.state)};

	instance_number(i->number, number);
	for (size_t k = 0; k < ARRAY_SIZE(before); k++)
		csv_text(out, k == 0, before[k]);
	csv_time(out, false, i->created_ms);
	csv_time(out, false, i->decided_ms);
	for (size_t k = 0; k < ARRAY_SIZE(after); k++)
		csv_text(out, false, after[k]);
	csv_time(out, false, row->grant.exp_ms);
	csv_text(out, false, language_say(r, "note", i->note));
	csv_text(out, false, i->id);
	csv_row_end(out);
}

static void put_line(struct request *r, const struct store_listed *row)
{
	instance_put_listed(r, row);
	buf_char(&r->body, '\n');
	r->json.comma = false;
}

static bool next_page(struct request *r, bool *last, struct err *e)
{
	struct export *x = r->pieces;
	struct store_listed_page page;

	if (!store_instance_list(r->db, r->arena, &x->filter, &x->listing, &page, e))
		return false;
	if (x->csv && !x->begun)
		csv_begin(&r->body, language_say_all(r, "column", columns));
	x->begun = true;
	for (size_t i = 0; i < page.count; i++) {
		if (x->csv)
			put_row(r, &page.items[i]);
		else
			put_line(r, &page.items[i]);
	}
	*last = page.next == NULL;
	if (page.next != NULL)
		memcpy(x->cursor, page.next, sizeof(x->cursor));
	x->listing.cursor = x->cursor;
	return true;
}

bool instance_export(struct request *r, struct err *e)
{
	struct export *x = arena_new(r->arena, struct export);
	struct instance_query q;

	if (!instance_filter(r, &q, &x->filter, e))
		return false;
	x->csv = !text_equal(q.format, "jsonl");
	x->listing = (struct store_listing){
	    .oldest = text_equal(q.order, "oldest"), .cursor = "", .limit = PAGE};
	request_header(r, "Content-Disposition",
		       x->csv ? "attachment; filename=\"instances.csv\""
			      : "attachment; filename=\"instances.jsonl\"");
	request_pieces(r, x->csv ? CSV_TYPE : "application/jsonl", next_page, x);
	return true;
}
