/* The connection test of an identity source: what its app may read of the organisation. Reads only, and counts nothing. */
#pragma once

#include "jobs/link.h"
#include "model/doctor.h"
#include "store/source.h"

struct source_test {
	const struct doctor_finding *findings; /* of doctor_rules */
	size_t count;
};

/* Calls out, for half a minute at most. Any thread, with its own db. */
[[nodiscard]] bool source_test(struct links *links, struct db *db, struct arena *a,
			       const struct store_source *s, struct source_test *out,
			       struct err *e);
