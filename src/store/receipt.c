#include "store/receipt.h"

bool store_receipt_add(struct db *db, const struct store_receipt *r, int64_t now_ms, bool *fresh,
		       struct err *e)
{
	int64_t added = 0;

	if (!db_exec(
		db,
		"INSERT INTO receipts (id, device, kind, grant_id, package, at_ms, boot, text, "
		"received_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO "
		"NOTHING",
		DB_PARAMS(db_text(r->id), db_text(r->device), db_text(r->kind), db_text(r->grant),
			  db_text(r->package), db_i64(r->at_ms), db_text(r->boot), db_text(r->text),
			  db_i64(now_ms)),
		&added, e))
		return false;
	*fresh = added == 1;
	return true;
}
