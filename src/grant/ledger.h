/*
 * The ledger: what was used or revoked on this device, one line each, only ever added to
 * (docs/device.md, Files). Pure: the whole text in, lines out.
 *
 * Who appends holds an exclusive flock(2) on the file from reading it until the line is synced, and
 * first cuts the file to struct ledger's whole bytes, so that half a line left by a crash does not
 * spoil the next one.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define LEDGER_MAX (1 << 20)
#define LEDGER_VERSION_MAX 128
#define LEDGER_RESTORE_MS ((int64_t)3600 * 1000)

enum ledger_kind { LEDGER_CONSUMED, LEDGER_RESTORED, LEDGER_REVOKED };

struct ledger_entry {
	enum ledger_kind kind;
	const char *grant;
	int64_t time_ms;
	const char *boot;    /* /proc/sys/kernel/random/boot_id; NULL for LEDGER_REVOKED */
	const char *version; /* the package's; NULL for LEDGER_REVOKED */
};

struct ledger {
	const char *id;
	struct ledger_entry *entries; /* in the order of the file */
	size_t count;
	size_t whole; /* bytes up to the end of the last whole line */
};

/* ERR_INVALID names the line that is not one of a ledger. Half a line at the end counts for
 * nothing, unless it is the first. */
[[nodiscard]] bool ledger_read(struct arena *a, const char *text, size_t n, struct ledger *out,
			       struct err *e);

/* The first line of a new ledger, and one entry's line; both with their newline, in the arena. */
const char *ledger_first_line(struct arena *a, const char *id);
const char *ledger_line(struct arena *a, const struct ledger_entry *entry);

/* Whether a grant may be used now, as far as the ledger says. */
enum ledger_state {
	LEDGER_UNUSED,
	LEDGER_GIVEN_BACK, /* used, then restored by the package manager in this boot and by this
			      version, and the hour since its use is not over: good for the same
			      removal */
	LEDGER_USED,
	LEDGER_CANCELLED
};

/* The machine and the moment that a removal or its restoration happens in. */
struct ledger_moment {
	const char *boot;
	const char *version;
	int64_t now_ms;
};

/* *used_ms (may be NULL) is when the grant was first consumed, for LEDGER_GIVEN_BACK. */
enum ledger_state ledger_grant_state(const struct ledger *ledger, const char *grant,
				     const struct ledger_moment *moment, int64_t *used_ms);

/* The grant that a rolled-back removal gives back: the newest one consumed in this boot by this
 * version, not restored or revoked since, and first used at most an hour ago. NULL: none. */
const char *ledger_restorable(const struct ledger *ledger, const struct ledger_moment *moment);
