#include "web/readers.h"

#include <pthread.h>

struct readers {
	char *url;
	pthread_mutex_t lock;
	struct db *idle[READERS_MAX];
	size_t idle_count;
};

struct readers *readers_new(const char *url, struct err *e)
{
	struct readers *s = mem_new(struct readers);
	struct db *first;

	s->url = mem_dup(url);
	(void)pthread_mutex_init(&s->lock, NULL);
	first = readers_take(s, e);
	if (first == NULL) {
		readers_free(s);
		return NULL;
	}
	readers_give(s, first);
	return s;
}

void readers_free(struct readers *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->idle_count; i++)
		db_close(s->idle[i]);
	(void)pthread_mutex_destroy(&s->lock);
	mem_free(s->url);
	mem_free(s);
}

struct db *readers_take(struct readers *s, struct err *e)
{
	struct db *db = NULL;

	(void)pthread_mutex_lock(&s->lock);
	if (s->idle_count > 0)
		db = s->idle[--s->idle_count];
	(void)pthread_mutex_unlock(&s->lock);
	return db != NULL ? db : db_open(s->url, DB_READ, e);
}

void readers_give(struct readers *s, struct db *db)
{
	bool kept = false;

	if (db == NULL)
		return;
	(void)pthread_mutex_lock(&s->lock);
	if (s->idle_count < READERS_MAX) {
		s->idle[s->idle_count++] = db;
		kept = true;
	}
	(void)pthread_mutex_unlock(&s->lock);
	if (!kept)
		db_close(db);
}
