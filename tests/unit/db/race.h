/* Two connections at work in the same moment, as two servers on one database are. */
#pragma once

#include <pthread.h>

#include "both.h"

/* What one side does, on db; its memory and what it is about are in arg. */
typedef bool race_unit(struct db *db, void *arg, struct err *e);

/* As the committer: a unit that the database had no room for is run again. */
static inline void race_once(struct db *db, race_unit *unit, void *arg, struct err *e)
{
	do {
		*e = (struct err){0};
		if (!db_begin(db, e) || !unit(db, arg, e) || !db_commit(db, e))
			db_rollback(db);
	} while (e->code == ERR_UNAVAILABLE);
}

struct race_start {
	pthread_barrier_t barrier;
	void (*side)(void *arg);
	void *arg;
};

static inline void *race_other(void *arg)
{
	struct race_start *start = arg;

	(void)pthread_barrier_wait(&start->barrier);
	start->side(start->arg);
	return NULL;
}

/* Runs side(a) and side(b), beginning together. */
static inline void race_both(void (*side)(void *arg), void *a, void *b)
{
	struct race_start start = {.side = side, .arg = b};
	pthread_t other;

	assert_int_equal(pthread_barrier_init(&start.barrier, NULL, 2), 0);
	assert_int_equal(pthread_create(&other, NULL, race_other, &start), 0);
	(void)pthread_barrier_wait(&start.barrier);
	side(a);
	assert_int_equal(pthread_join(other, NULL), 0);
	(void)pthread_barrier_destroy(&start.barrier);
}
