#include "store/event.h"

#include "base/id.h"
#include "store/rows.h"

bool store_event_add(struct db *db, const struct store_event *event, struct err *e)
{
	char id[ID_SIZE];

	id_new(id);
	return db_exec(db,
		       "INSERT INTO events (id, at_ms, kind, actor, device, instance, text) VALUES "
		       "($1, $2, $3, $4, $5, $6, $7)",
		       DB_PARAMS(db_text(id), db_i64(event->at_ms), db_text(event->kind),
				 db_text(event->actor), db_text(event->device),
				 db_text(event->instance), db_text(event->text)),
		       NULL, e);
}

/* One statement a filter, so that each finds its index. */
static const char *statement(const struct store_event_filter *f)
{
	if (f->instance != NULL)
		return "SELECT id, at_ms, kind, actor, device, instance, text FROM events WHERE "
		       "instance = $2 AND ($1 = '' OR id < $1) AND ($3 = '' OR device = $3) ORDER "
		       "BY id DESC LIMIT $4";
	if (f->device != NULL)
		return "SELECT id, at_ms, kind, actor, device, instance, text FROM events WHERE "
		       "device = $3 AND ($1 = '' OR id < $1) AND ($2 = '' OR instance = $2) ORDER "
		       "BY id DESC LIMIT $4";
	return "SELECT id, at_ms, kind, actor, device, instance, text FROM events WHERE ($1 = '' "
	       "OR "
	       "id < $1) AND ($2 = '' OR instance = $2) AND ($3 = '' OR device = $3) ORDER BY id "
	       "DESC LIMIT $4";
}

bool store_event_list(struct db *db, struct arena *a, const struct store_event_filter *filter,
		      struct store_event **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_event *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows, statement(filter),
		      DB_PARAMS(db_text(filter->before),
				db_text(filter->instance != NULL ? filter->instance : ""),
				db_text(filter->device != NULL ? filter->device : ""),
				db_i64(filter->max)),
		      e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct store_event){.id = db_column_text(&rows, 0, a),
					      .at_ms = db_column_i64(&rows, 1),
					      .kind = db_column_text(&rows, 2, a),
					      .actor = db_column_text(&rows, 3, a),
					      .device = db_column_text(&rows, 4, a),
					      .instance = db_column_text(&rows, 5, a),
					      .text = db_column_text(&rows, 6, a)};
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}
