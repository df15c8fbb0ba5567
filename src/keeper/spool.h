/*
 * What the server must hear of, kept on disk until it has accepted it: one file a report, named so
 * that they sort in the order they were made. What the ledger says is reported from the ledger
 * itself, under ids made from its lines, so that a crash makes no report twice and loses none.
 */
#pragma once

#include "base/buf.h"
#include "keeper/holding.h"

#define SPOOL_BATCH 16

/*
 * What is kept while the server is away, however long: with so many reports waiting, refused removals,
 * what was let through and tampering seen at them are not added; with so many, nothing else is but what was removed
 * or used, which is kept always (a removal ends it, and the ledger has its own limit). A report has at
 * most 4 KiB. Of those that the server refused, the newest are kept.
 */
#define SPOOL_MAX_ATTEMPTS 1000
#define SPOOL_MAX_OTHERS 2000
#define SPOOL_MAX_REFUSED 100

enum report_kind {
	REPORT_ATTEMPT,
	REPORT_TAMPERED,
	REPORT_CONSUMED,
	REPORT_RESTORED,
	REPORT_REMOVED,
	REPORT_REMOVED_WITHOUT_GRANT,
	REPORT_LET_THROUGH,
	REPORT_WEAKENED,  /* text: a finding and its evidence */
	REPORT_RECOVERED, /* text: the finding */
	REPORT_GOING
};

struct report {
	enum report_kind kind;
	const char *id; /* NULL: a new one. A report that is added again replaces itself */
	int64_t at_ms;  /* 0: now */
	const char *package;
	const char *grant; /* NULL: none */
	const char *text;  /* NULL: none */
};

/* Made now, in this boot. ERR_TOO_MANY: no room for its kind. */
[[nodiscard]] bool spool_add(const struct paths *paths, const struct report *report, struct err *e);

/* Makes the reports of the ledger's lines that have none yet. */
[[nodiscard]] bool spool_follow_ledger(const struct device *d, const struct holding *h,
				       struct err *e);

/* The oldest reports as a JSON array, at most max of them; *count how many. */
[[nodiscard]] bool spool_batch(const struct paths *paths, size_t max, struct buf *out,
			       size_t *count, struct err *e);

/* Accepted by the server. An unknown id is no error. */
[[nodiscard]] bool spool_drop(const struct paths *paths, const char *id, struct err *e);

/* The oldest is one that the server refuses for good: it is kept as NAME.refused and not sent
 * again. */
[[nodiscard]] bool spool_set_aside(const struct paths *paths, struct err *e);

[[nodiscard]] bool spool_empty(const struct paths *paths);
