/* What devices report, accepted once by id. */
#pragma once

#include "db/db.h"

struct store_receipt {
	const char *id, *device, *kind;
	const char *grant; /* id or NULL */
	const char *package, *boot, *text;
	int64_t at_ms; /* by the device's clock */
};

/* *fresh is false when it was there already. */
[[nodiscard]] bool store_receipt_add(struct db *db, const struct store_receipt *r, int64_t now_ms,
				     bool *fresh, struct err *e);
