#include "store/webhook.h"

#include "store/note.h"
#include "store/rows.h"

#define FORGET 500 /* rows in one unit */

#define COLUMNS                                                                           \
	"id, name, description, url, events, enabled, secret, old_secret, old_until_ms, " \
	"failures, "                                                                      \
	"failing_ms, pause_ms, disabled, created_ms, updated_ms FROM webhooks"

static struct store_sealed sealed(const struct db_rows *rows, int column, struct arena *a)
{
	struct store_sealed out;

	out.bytes = db_column_blob(rows, column, a, &out.n);
	return out;
}

static struct store_webhook read_row(const struct db_rows *rows, struct arena *a)
{
	return (struct store_webhook){.id = db_column_text(rows, 0, a),
				      .name = db_column_text(rows, 1, a),
				      .description = db_column_text(rows, 2, a),
				      .url = db_column_text(rows, 3, a),
				      .events = db_column_text(rows, 4, a),
				      .enabled = db_column_bool(rows, 5),
				      .secret = sealed(rows, 6, a),
				      .old_secret = sealed(rows, 7, a),
				      .old_until_ms = db_column_i64(rows, 8),
				      .failures = db_column_i64(rows, 9),
				      .failing_ms = db_column_i64(rows, 10),
				      .pause_ms = db_column_i64(rows, 11),
				      .disabled = db_column_text(rows, 12, a),
				      .created_ms = db_column_i64(rows, 13),
				      .updated_ms = db_column_i64(rows, 14)};
}

static struct db_value time_or_null(int64_t ms)
{
	return ms == 0 ? (struct db_value){0} : db_i64(ms);
}

static struct db_value sealed_or_null(const struct store_sealed *s)
{
	return s->n == 0 ? (struct db_value){.type = DB_NULL} : db_blob(s->bytes, s->n);
}

static bool name_free(struct db *db, const struct store_webhook *w, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT id FROM webhooks WHERE name = $1 AND id <> $2",
		      DB_PARAMS(db_text(w->name), db_text(w->id)), e))
		return false;
	if (db_next(&rows))
		return err_set(e, ERR_CONFLICT, "There is a webhook with this name already.");
	return db_rows_ok(&rows, e);
}

bool store_webhook_add(struct db *db, const struct store_webhook *w, struct err *e)
{
	return name_free(db, w, e) &&
	       db_exec(db,
		       "INSERT INTO webhooks (id, name, description, url, events, enabled, secret, "
		       "created_ms, updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		       DB_PARAMS(db_text(w->id), db_text(w->name), db_text(w->description),
				 db_text(w->url), db_text(w->events), db_bool(w->enabled),
				 db_blob(w->secret.bytes, w->secret.n), db_i64(w->created_ms),
				 db_i64(w->updated_ms)),
		       NULL, e);
}

bool store_webhook_set(struct db *db, const struct store_webhook *w, int64_t was_ms, struct err *e)
{
	int64_t changed;

	db_note(db, NOTE_WEBHOOK, w->id);
	return name_free(db, w, e) &&
	       db_exec(db,
		       "UPDATE webhooks SET name = $2, description = $3, url = $4, events = $5, "
		       "enabled = $6, secret = $7, old_secret = $8, old_until_ms = $9, failures = "
		       "$10, failing_ms = $11, pause_ms = $12, disabled = $13, updated_ms = $14 "
		       "WHERE id = $1 AND updated_ms = $15",
		       DB_PARAMS(db_text(w->id), db_text(w->name), db_text(w->description),
				 db_text(w->url), db_text(w->events), db_bool(w->enabled),
				 db_blob(w->secret.bytes, w->secret.n),
				 sealed_or_null(&w->old_secret), time_or_null(w->old_until_ms),
				 db_i64(w->failures), time_or_null(w->failing_ms),
				 db_i64(w->pause_ms), db_text(w->disabled), db_i64(w->updated_ms),
				 db_i64(was_ms)),
		       &changed, e) &&
	       (changed == 1 || err_set(e, ERR_STALE, "Somebody changed this webhook meanwhile."));
}

bool store_webhook_remove(struct db *db, const char *id, struct err *e)
{
	int64_t changed;

	if (!db_exec(db, "DELETE FROM webhook_deliveries WHERE webhook = $1",
		     DB_PARAMS(db_text(id)), NULL, e) ||
	    !db_exec(db, "DELETE FROM webhooks WHERE id = $1", DB_PARAMS(db_text(id)), &changed, e))
		return false;
	return changed == 1 || err_set(e, ERR_NOT_FOUND, "There is no webhook with this id.");
}

bool store_webhook_get(struct db *db, struct arena *a, const char *id, struct store_webhook *out,
		       struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT " COLUMNS " WHERE id = $1", DB_PARAMS(db_text(id)),
		    "There is no webhook with this id.", e))
		return false;
	*out = read_row(&rows, a);
	return true;
}

bool store_webhook_list(struct db *db, struct arena *a, struct store_webhook **out, size_t *count,
			struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_webhook *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows, "SELECT " COLUMNS " ORDER BY id", DB_NONE, e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = read_row(&rows, a);
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_webhook_tried(struct db *db, const struct store_webhook *w, bool *won, struct err *e)
{
	int64_t changed;

	db_note(db, NOTE_SHOWN, SHOWN_WEBHOOKS);
	if (!db_exec(db,
		     "UPDATE webhooks SET failures = $2, failing_ms = $3, pause_ms = $4, enabled "
		     "= $5, disabled = $6 WHERE id = $1 AND updated_ms = $7",
		     DB_PARAMS(db_text(w->id), db_i64(w->failures), time_or_null(w->failing_ms),
			       db_i64(w->pause_ms), db_bool(w->enabled), db_text(w->disabled),
			       db_i64(w->updated_ms)),
		     &changed, e))
		return false;
	*won = changed == 1;
	return true;
}

/* --- deliveries --- */

#define DELIVERY                                                                            \
	"id, webhook, type, payload, attempts, due_ms, tried_ms, status, error, given_up, " \
	"created_ms, done_ms FROM webhook_deliveries"

static struct store_webhook_delivery read_delivery(const struct db_rows *rows, struct arena *a)
{
	return (struct store_webhook_delivery){.id = db_column_text(rows, 0, a),
					       .webhook = db_column_text(rows, 1, a),
					       .type = db_column_text(rows, 2, a),
					       .payload = db_column_text(rows, 3, a),
					       .attempts = db_column_i64(rows, 4),
					       .due_ms = db_column_i64(rows, 5),
					       .tried_ms = db_column_i64(rows, 6),
					       .status = db_column_i64(rows, 7),
					       .error = db_column_text(rows, 8, a),
					       .given_up = db_column_bool(rows, 9),
					       .created_ms = db_column_i64(rows, 10),
					       .done_ms = db_column_i64(rows, 11)};
}

bool store_webhook_delivery_add(struct db *db, const struct store_webhook_delivery *d,
				struct err *e)
{
	db_note(db, NOTE_WEBHOOK, d->webhook);
	return db_exec(db,
		       "INSERT INTO webhook_deliveries (id, webhook, type, payload, due_ms, "
		       "created_ms) VALUES ($1, $2, $3, $4, $5, $6)",
		       DB_PARAMS(db_text(d->id), db_text(d->webhook), db_text(d->type),
				 db_text(d->payload), db_i64(d->due_ms), db_i64(d->created_ms)),
		       NULL, e);
}

bool store_webhook_delivery_get(struct db *db, struct arena *a, const char *id,
				struct store_webhook_delivery *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT " DELIVERY " WHERE id = $1", DB_PARAMS(db_text(id)),
		    "There is no webhook delivery with this id.", e))
		return false;
	*out = read_delivery(&rows, a);
	return true;
}

bool store_webhook_due(struct db *db, struct arena *a, struct store_webhook_due **out,
		       size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_webhook_due *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT w.id, w.pause_ms, w.failures, (SELECT MIN(d.due_ms) FROM "
		      "webhook_deliveries d "
		      "WHERE d.webhook = w.id AND d.done_ms IS NULL) AS due FROM webhooks w WHERE "
		      "w.enabled = 1",
		      DB_NONE, e))
		return false;
	while (db_next(&rows)) {
		int64_t pause_ms = db_column_i64(&rows, 1), due_ms = db_column_i64(&rows, 3);

		if (db_is_null(&rows, 3))
			continue;
		all = rows_grow(a, all, n, sizeof(*all));
		all[n++] = (struct store_webhook_due){db_column_text(&rows, 0, a),
						      pause_ms > due_ms ? pause_ms : due_ms,
						      db_column_i64(&rows, 2) > 0};
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_webhook_next(struct db *db, struct arena *a, const char *webhook, int64_t now_ms,
			struct store_webhook_delivery *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_webhook_delivery){0};
	if (!db_query(db, &rows,
		      "SELECT " DELIVERY " WHERE webhook = $1 AND done_ms IS NULL AND due_ms <= $2 "
		      "ORDER BY due_ms LIMIT 1",
		      DB_PARAMS(db_text(webhook), db_i64(now_ms)), e))
		return false;
	if (db_next(&rows))
		*out = read_delivery(&rows, a);
	return db_rows_ok(&rows, e);
}

bool store_webhook_claim(struct db *db, const struct store_webhook_delivery *d,
			 const struct store_lease *lease, bool *won, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE webhook_deliveries SET lease = $2, node = $5, due_ms = $3, attempts = "
		     "attempts + 1, tried_ms = $6 WHERE id = $1 AND done_ms IS NULL AND due_ms = "
		     "$4",
		     DB_PARAMS(db_text(d->id), db_text(lease->id), db_i64(lease->until_ms),
			       db_i64(d->due_ms), db_text(lease->node), db_i64(lease->now_ms)),
		     &changed, e))
		return false;
	*won = changed == 1;
	return true;
}

bool store_webhook_end(struct db *db, const struct store_webhook_end *end, bool *held,
		       struct err *e)
{
	int64_t changed;

	db_note(db, NOTE_SHOWN, SHOWN_WEBHOOKS);
	if (!db_exec(db,
		     "UPDATE webhook_deliveries SET lease = '', due_ms = $3, done_ms = $4, status "
		     "= $5, error = $6, given_up = $7 WHERE id = $1 AND lease = $2 AND done_ms IS "
		     "NULL",
		     DB_PARAMS(db_text(end->id), db_text(end->lease), db_i64(end->at_ms),
			       end->done ? db_i64(end->at_ms) : (struct db_value){0},
			       db_i64(end->status), db_text(end->error),
			       db_bool(end->done && end->given_up)),
		     &changed, e))
		return false;
	*held = changed == 1;
	return true;
}

bool store_webhook_release(struct db *db, const char *node, int64_t now_ms, struct err *e)
{
	return db_exec(
	    db,
	    "UPDATE webhook_deliveries SET lease = '', due_ms = $1 WHERE done_ms IS NULL AND "
	    "lease <> '' AND (node = $2 OR $3 = 1)",
	    DB_PARAMS(db_i64(now_ms), db_text(node != NULL ? node : ""), db_bool(node == NULL)),
	    NULL, e);
}

#define LIST(condition)                                                                  \
	"SELECT " DELIVERY " WHERE webhook = $1 AND ($2 = '' OR id < $2) AND " condition \
	" ORDER BY id DESC LIMIT $3"

static const char *const lists[] = {
    [OUTBOX_ANY] = LIST("1 = 1"),
    [OUTBOX_WAITING] = LIST("done_ms IS NULL"),
    [OUTBOX_DEAD] = LIST("given_up = 1"),
    [OUTBOX_DONE] = LIST("done_ms IS NOT NULL AND given_up = 0"),
};

bool store_webhook_deliveries(struct db *db, struct arena *a,
			      const struct store_webhook_filter *filter,
			      struct store_webhook_delivery **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_webhook_delivery *all = NULL;
	size_t n = 0;

	if (!db_query(
		db, &rows, lists[filter->state],
		DB_PARAMS(db_text(filter->webhook), db_text(filter->before), db_i64(filter->max)),
		e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = read_delivery(&rows, a);
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_webhook_replay(struct db *db, const struct store_webhook_replay *r, int64_t *count,
			  struct err *e)
{
	db_note(db, NOTE_WEBHOOK, r->webhook);
	if (r->delivery != NULL)
		return db_exec(
		    db,
		    "UPDATE webhook_deliveries SET done_ms = NULL, given_up = 0, "
		    "attempts = 0, due_ms = $3 WHERE webhook = $1 AND id = $2 AND lease "
		    "= ''",
		    DB_PARAMS(db_text(r->webhook), db_text(r->delivery), db_i64(r->now_ms)), count,
		    e);
	return db_exec(
	    db,
	    "UPDATE webhook_deliveries SET done_ms = NULL, given_up = 0, attempts = 0, due_ms = $3 "
	    "WHERE webhook = $1 AND given_up = 1 AND created_ms >= $2",
	    DB_PARAMS(db_text(r->webhook), db_i64(r->since_ms), db_i64(r->now_ms)), count, e);
}

static bool count(struct db *db, const char *sql, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, sql, DB_NONE, "No count.", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_webhook_waiting(struct db *db, int64_t *out, struct err *e)
{
	return count(db, "SELECT COUNT(*) FROM webhook_deliveries WHERE done_ms IS NULL", out, e);
}

bool store_webhook_failing(struct db *db, int64_t *out, struct err *e)
{
	return count(db, "SELECT COUNT(*) FROM webhooks WHERE failures > 0 OR disabled <> ''", out,
		     e);
}

bool store_webhook_oldest(struct db *db, int64_t *created_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT MIN(created_ms) FROM webhook_deliveries", DB_NONE,
		    "No oldest delivery.", e))
		return false;
	*created_ms = db_column_i64(&rows, 0);
	return true;
}

bool store_webhook_forget(struct db *db, int64_t before_ms, struct err *e)
{
	return db_exec(db,
		       "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM "
		       "webhook_deliveries WHERE created_ms <= $1 LIMIT $2)",
		       DB_PARAMS(db_i64(before_ms), db_i64(FORGET)), NULL, e);
}
