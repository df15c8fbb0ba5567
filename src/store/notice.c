#include "store/notice.h"

#include "store/rows.h"

bool store_notice_text_get(struct db *db, struct arena *a, const char *notice, const char *language,
			   const char **text, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT text FROM notice_texts WHERE notice = $1 AND language = $2",
		      DB_PARAMS(db_text(notice), db_text(language)), e))
		return false;
	*text = db_next(&rows) ? db_column_text(&rows, 0, a) : NULL;
	return db_rows_ok(&rows, e);
}

bool store_notice_texts(struct db *db, struct arena *a, struct store_notice_texts *out,
			struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_notice_texts){0};
	if (!db_query(db, &rows,
		      "SELECT notice, language, text FROM notice_texts ORDER BY notice, language",
		      DB_NONE, e))
		return false;
	while (db_next(&rows)) {
		out->items = rows_grow(a, out->items, out->count, sizeof(*out->items));
		out->items[out->count++] = (struct store_notice_text){db_column_text(&rows, 0, a),
								      db_column_text(&rows, 1, a),
								      db_column_text(&rows, 2, a)};
	}
	return db_rows_ok(&rows, e);
}

bool store_notice_texts_set(struct db *db, const struct store_notice_texts *texts, struct err *e)
{
	if (!db_exec(db, "DELETE FROM notice_texts", DB_NONE, NULL, e))
		return false;
	for (size_t i = 0; i < texts->count; i++) {
		const struct store_notice_text *t = &texts->items[i];

		if (!db_exec(
			db, "INSERT INTO notice_texts (notice, language, text) VALUES ($1, $2, $3)",
			DB_PARAMS(db_text(t->notice), db_text(t->language), db_text(t->text)), NULL,
			e))
			return false;
	}
	return true;
}
