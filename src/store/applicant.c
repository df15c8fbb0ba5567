#include "store/applicant.h"

#define KEY_SIZE 32

bool store_applicant_get(struct db *db, struct arena *a, const char *device,
			 struct store_applicant *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	size_t n;

	if (!db_one(db, &rows,
		    "SELECT d.id, d.name, d.os, d.macs, d.client_version, d.key, p.id, p.name, "
		    "p.app, p.dingtalk_id, p.departed, COALESCE(t.dingtalk_id, '1'), "
		    "COALESCE(t.name, '') FROM devices d JOIN people p ON p.id = d.owner "
		    "LEFT JOIN memberships m ON m.person = p.id "
		    "LEFT JOIN departments t ON t.id = m.department "
		    "WHERE d.id = $1 ORDER BY COALESCE(m.position, 0), t.id LIMIT 1",
		    DB_PARAMS(db_text(device)), "There is no device with this id.", e))
		return false;
	*out = (struct store_applicant){.device = db_column_text(&rows, 0, a),
					.device_name = db_column_text(&rows, 1, a),
					.os = db_column_text(&rows, 2, a),
					.macs = db_column_text(&rows, 3, a),
					.client_version = db_column_text(&rows, 4, a),
					.key = db_column_blob(&rows, 5, a, &n),
					.person = db_column_text(&rows, 6, a),
					.name = db_column_text(&rows, 7, a),
					.app = db_column_text(&rows, 8, a),
					.userid = db_column_text(&rows, 9, a),
					.departed = db_column_bool(&rows, 10),
					.department = db_column_text(&rows, 11, a),
					.department_name = db_column_text(&rows, 12, a)};
	if (n != KEY_SIZE)
		return err_set(e, ERR_INTERNAL, "the stored key of device %s is damaged", device);
	return true;
}

bool store_applicant_name(struct db *db, struct arena *a, const char *app, const char *userid,
			  const char **name, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*name = NULL;
	if (!db_query(db, &rows, "SELECT name FROM people WHERE app = $1 AND dingtalk_id = $2",
		      DB_PARAMS(db_text(app), db_text(userid)), e))
		return false;
	if (db_next(&rows))
		*name = db_column_text(&rows, 0, a);
	return db_rows_ok(&rows, e);
}
