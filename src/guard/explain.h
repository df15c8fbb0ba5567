/* What the guard says to the person at the terminal: a few lines, English and Chinese, because it
 * reads no locale. */
#pragma once

#include "base/buf.h"
#include "grant/statement.h"

/* Why no grant let the removal through, nearest to success last. */
enum refusal {
	REFUSAL_NO_GRANT,
	REFUSAL_UNVERIFIED,
	REFUSAL_OTHER_ORG,
	REFUSAL_OTHER_DEVICE,
	REFUSAL_OTHER_KEY,
	REFUSAL_OTHER_PACKAGE,
	REFUSAL_OTHER_ACTION,
	REFUSAL_TOO_EARLY,
	REFUSAL_EXPIRED,
	REFUSAL_USED,
	REFUSAL_CANCELLED
};

struct explanation {
	const char *package;
	const struct statement *statement;
	enum refusal refusal;
	const char *number;  /* of the grant refused, or NULL */
	const char *waiting; /* number of the request that waits, or NULL */
};

void explain_refusal(struct buf *out, const struct explanation *why);

/* detail: what is wrong with which file. told: the keeper knows. */
void explain_tampering(struct buf *out, const char *package, const char *detail, bool told);

/* A good grant whose use could not be written down. */
void explain_not_recorded(struct buf *out, const char *number, const char *detail);

void explain_unknown_call(struct buf *out, const char *word);

void explain_removal(struct buf *out, const char *package, const char *number);
