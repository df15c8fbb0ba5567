/*
 * Looking at the client's own protection: its files and scripts against the package's manifest, systemd's unit, the
 * package's selection, the clock, and how often this process was ended by force. Now and then with the watchdog's
 * timer, and soon after something changed in one of a few folders.
 */
#pragma once

#include "keeper/manager.h"
#include "keeper/manifest.h"
#include "loop/loop.h"

struct keeper;

/* A file as it was when it was read last. */
struct integrity_mark {
	int64_t device, inode, size, modified_ns, changed_ns;
	bool good;
};

#define INTEGRITY_ENDS 16 /* by force, that are remembered */

struct integrity {
	struct loop_timer *soon;
	enum manager manager;
	bool pending;  /* it will be looked */
	bool drop_ins; /* the folder of the unit's drop-ins is watched */
	int busy;      /* looks that were put off for a package manager */
	struct arena arena;
	struct manifest manifest; /* without entries: there is none, or it does not read */
	const char *unread;       /* why not; NULL: there is none */
	struct integrity_mark manifest_mark, *marks, status_mark;
	size_t next;                      /* entry that is read again with the next tick */
	int unselected;                   /* ticks that found the package selected for removal */
	int unguarded;                    /* and a protected one without its guard */
	int64_t utc_ms, boot_ms, back_ms; /* the clocks at the last look; set back since */
	int64_t ends_ms[INTEGRITY_ENDS];  /* by the clock of the boot */
	size_t ends;
};

void integrity_init(struct keeper *k);
/* After everything is loaded: notes that this process runs, and looks at all. */
void integrity_begin(struct keeper *k);
void integrity_tick(struct keeper *k); /* of the watchdog's timer */
void integrity_look_soon(struct keeper *k);
/* A clean end: the next start was not forced. */
void integrity_done(struct keeper *k);

/* "build" and "boot" of the agent's state. */
struct json_writer;
void integrity_put(const struct keeper *k, struct json_writer *w);
