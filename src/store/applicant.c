#include "store/applicant.h"

#define KEY_SIZE 32

#define COLUMNS                                                                             \
	"SELECT d.id, d.name, d.os, d.macs, d.client_version, d.key, p.id, p.name, s.app, " \
	"p.external_id, p.departed, COALESCE(t.external_id, '1'), COALESCE(t.name, ''), "   \
	"COALESCE(d.session_end, '') FROM "
#define DEPARTMENT                                     \
	" JOIN identity_sources s ON s.id = p.source " \
	" LEFT JOIN memberships m ON m.person = p.id " \
	"LEFT JOIN departments t ON t.id = m.department "

static size_t read_row(const struct db_rows *rows, struct arena *a, struct store_applicant *out)
{
	size_t n;

	*out = (struct store_applicant){.device = db_column_text(rows, 0, a),
					.device_name = db_column_text(rows, 1, a),
					.os = db_column_text(rows, 2, a),
					.macs = db_column_text(rows, 3, a),
					.client_version = db_column_text(rows, 4, a),
					.key = db_column_blob(rows, 5, a, &n),
					.person = db_column_text(rows, 6, a),
					.name = db_column_text(rows, 7, a),
					.app = db_column_text(rows, 8, a),
					.userid = db_column_text(rows, 9, a),
					.departed = db_column_bool(rows, 10),
					.department = db_column_text(rows, 11, a),
					.department_name = db_column_text(rows, 12, a),
					.session_end = db_column_text(rows, 13, a)};
	return n;
}

bool store_applicant_get(struct db *db, struct arena *a, const char *device,
			 struct store_applicant *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    COLUMNS "devices d JOIN people p ON p.id = d.owner" DEPARTMENT
			    "WHERE d.id = $1 AND d.state <> 'deleted' ORDER BY "
			    "COALESCE(m.position, 0), t.id LIMIT 1",
		    DB_PARAMS(db_text(device)), "There is no device with this id.", e))
		return false;
	return read_row(&rows, a, out) == KEY_SIZE ||
	       err_set(e, ERR_INTERNAL, "the stored key of device %s is damaged", device);
}

bool store_applicant_as(struct db *db, struct arena *a, const char *person, const char *device,
			struct store_applicant *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    COLUMNS
		    "people p LEFT JOIN devices d ON d.id = $2 AND d.state <> 'deleted'" DEPARTMENT
		    "WHERE p.id = $1 ORDER BY COALESCE(m.position, 0), t.id LIMIT 1",
		    DB_PARAMS(db_text(person), db_text(device)), "There is no user with this id.",
		    e))
		return false;
	(void)read_row(&rows, a, out);
	return device == NULL || out->device != NULL ||
	       err_set(e, ERR_NOT_FOUND, "There is no device with this id.");
}

bool store_applicant_name(struct db *db, struct arena *a, const char *app, const char *userid,
			  const char **name, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*name = NULL;
	if (!db_query(
		db, &rows,
		"SELECT p.name FROM people p JOIN identity_sources s ON s.id = p.source WHERE "
		"s.app = $1 AND p.external_id = $2",
		DB_PARAMS(db_text(app), db_text(userid)), e))
		return false;
	if (db_next(&rows))
		*name = db_column_text(&rows, 0, a);
	return db_rows_ok(&rows, e);
}
