#include "store/proposal.h"

#include "store/note.h"
#include "store/rows.h"

#define COLUMNS(body, names)                                                                     \
	"id, state, base, " body ", " names ", changed, whys, restored_from, created_ms, "       \
	"created_by, creator, creator_account, creator_person, expires_ms, ended_ms, ended_by, " \
	"comment, version, subject, user_group FROM policy_proposals "

static struct store_proposal proposal_of(const struct db_rows *rows, struct arena *a)
{
	return (struct store_proposal){.id = db_column_text(rows, 0, a),
				       .state = db_column_text(rows, 1, a),
				       .base = db_column_i64(rows, 2),
				       .body = db_column_text(rows, 3, a),
				       .names = db_column_text(rows, 4, a),
				       .changed = db_column_text(rows, 5, a),
				       .whys = db_column_text(rows, 6, a),
				       .restored_from = db_column_i64(rows, 7),
				       .created_ms = db_column_i64(rows, 8),
				       .created_by = db_column_text(rows, 9, a),
				       .creator = db_column_text(rows, 10, a),
				       .creator_account = db_column_text(rows, 11, a),
				       .creator_person = db_column_text(rows, 12, a),
				       .expires_ms = db_column_i64(rows, 13),
				       .ended_ms = db_column_i64(rows, 14),
				       .ended_by = db_column_text(rows, 15, a),
				       .comment = db_column_text(rows, 16, a),
				       .version = db_column_i64(rows, 17),
				       .subject = db_column_text(rows, 18, a),
				       .group = db_column_text(rows, 19, a)};
}

bool store_proposal_add(struct db *db, const struct store_proposal *p, struct err *e)
{
	db_note(db, NOTE_CLOCK, "");
	return db_exec(
	    db,
	    "INSERT INTO policy_proposals (id, state, base, body, names, changed, whys, "
	    "restored_from, created_ms, created_by, creator, creator_account, "
	    "creator_person, expires_ms, subject, user_group) VALUES ($1, $2, $3, $4, $5, "
	    "$6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
	    DB_PARAMS(db_text(p->id), db_text(p->state), db_i64(p->base), db_text(p->body),
		      db_text(p->names), db_text(p->changed), db_text(p->whys),
		      db_i64(p->restored_from), db_i64(p->created_ms), db_text(p->created_by),
		      db_text(p->creator), db_text(p->creator_account), db_text(p->creator_person),
		      db_i64(p->expires_ms), db_text(p->subject), db_text(p->group)),
	    NULL, e);
}

bool store_proposal_get(struct db *db, struct arena *a, const char *id, struct store_proposal *out,
			struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT " COLUMNS("body", "names") "WHERE id = $1",
		    DB_PARAMS(db_text(id)), "There is no proposal with this id.", e))
		return false;
	*out = proposal_of(&rows, a);
	return true;
}

bool store_proposal_list(struct db *db, struct arena *a, const struct store_proposal_filter *f,
			 struct store_proposal **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_proposal *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT " COLUMNS("''", "''") "WHERE ($1 = '' OR id < $1) AND (CAST($2 AS "
						    "TEXT) IS NULL OR state = $2) ORDER BY id "
						    "DESC LIMIT $3",
		      DB_PARAMS(db_text(f->cursor), db_text(f->state), db_i64(f->limit)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = proposal_of(&rows, a);
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_proposal_same(struct db *db, struct arena *a, const struct store_proposal *like,
			 const char **id, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*id = NULL;
	if (!db_query(
		db, &rows,
		"SELECT id FROM policy_proposals WHERE state = 'open' AND base = $1 AND "
		"creator = $2 AND body = $3 AND subject = $4 AND COALESCE(user_group, '') = $5",
		DB_PARAMS(db_i64(like->base), db_text(like->creator), db_text(like->body),
			  db_text(like->subject), db_text(like->group != NULL ? like->group : "")),
		e))
		return false;
	if (db_next(&rows))
		*id = db_column_text(&rows, 0, a);
	return db_rows_ok(&rows, e);
}

bool store_proposal_count(struct db *db, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT COUNT(*) FROM policy_proposals WHERE state = 'open'",
		    DB_NONE, "no count", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_proposal_end(struct db *db, const struct store_proposal *p, bool *won, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE policy_proposals SET state = $2, ended_ms = $3, ended_by = $4, "
		     "comment = $5, version = $6 WHERE id = $1 AND state = 'open'",
		     DB_PARAMS(db_text(p->id), db_text(p->state), db_i64(p->ended_ms),
			       db_text(p->ended_by), db_text(p->comment),
			       p->version == 0 ? (struct db_value){0} : db_i64(p->version)),
		     &changed, e))
		return false;
	*won = changed == 1;
	return true;
}

bool store_proposal_due(struct db *db, int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT MIN(expires_ms) FROM policy_proposals WHERE state = 'open'",
			DB_NONE, e) &&
	       rows_time(&rows, due_ms, e);
}

bool store_proposal_overdue(struct db *db, struct arena *a, int64_t now_ms, int64_t limit,
			    const char *const **ids, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT id FROM policy_proposals WHERE state = 'open' AND expires_ms <= $1 "
			"ORDER BY expires_ms LIMIT $2",
			DB_PARAMS(db_i64(now_ms), db_i64(limit)), e) &&
	       rows_texts(&rows, a, ids, count, e);
}
