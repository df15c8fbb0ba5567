/* Seeds: whatever the bytes, it is an error in words or an organisation that holds together. */
#include <stdlib.h>

#include "crypto/crypto.h"
#include "dingsim.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_closep) struct db *db = NULL;
	struct err e = {0};
	struct store s = {.arena = &a};
	struct department *root;

	if (!crypto_start(&e))
		abort();
	db = store_open("sqlite::memory:", &e);
	s.db = db;
	if (!db || !db_begin(db, &e))
		abort();
	if (!seed_read(&s, (const char *)data, size, 1, &e)) {
		if (!e.text[0] || e.code == ERR_INTERNAL)
			abort();
		db_rollback(db);
		return 0;
	}
	if (!db_commit(db, &e) || !store_department(&s, 1, &root, &e))
		abort();
	return 0;
}
