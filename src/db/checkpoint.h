/*
 * Copying SQLite's write-ahead log back into the database takes two flushes of the disk. A thread with
 * a connection of its own does it, so that no commit waits for more than its own flush. When the log
 * is CHECKPOINT_MAX_PAGES long all the same, the writer does it, which bounds the log.
 */
#pragma once

#include <sqlite3.h>

#define CHECKPOINT_PAGES 1000      /* of the log */
#define CHECKPOINT_MAX_PAGES 16384 /* 64 MB */

struct checkpoint;

/* For the writing connection of a file in WAL mode. */
struct checkpoint *checkpoint_new(sqlite3 *writer);
/* Before the writer is closed. Accepts NULL. */
void checkpoint_free(struct checkpoint *c);
