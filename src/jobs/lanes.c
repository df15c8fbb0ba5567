#include "jobs/lanes.h"

#include <pthread.h>
#include <string.h>

struct lanes {
	pthread_mutex_t lock;
	size_t workers;
	char *apps[LANES_MAX]; /* one for each worker that is busy, else NULL */
};

struct lanes *lanes_new(size_t workers)
{
	struct lanes *l = mem_new(struct lanes);

	l->workers = workers;
	(void)pthread_mutex_init(&l->lock, NULL);
	return l;
}

void lanes_free(struct lanes *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->workers; i++)
		mem_free(l->apps[i]);
	(void)pthread_mutex_destroy(&l->lock);
	mem_free(l);
}

/* With the lock held: any place of the app's; NULL: of nobody's. */
static char **place_of(struct lanes *l, const char *app)
{
	for (size_t i = 0; i < l->workers; i++) {
		if (app == NULL ? l->apps[i] == NULL
				: l->apps[i] != NULL && strcmp(l->apps[i], app) == 0)
			return &l->apps[i];
	}
	return NULL;
}

static size_t busy(const struct lanes *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->workers; i++)
		n += l->apps[i] != NULL;
	return n;
}

/* With the lock held: where one more goes; NULL: it may not. */
static char **room_for(struct lanes *l, const char *app)
{
	bool further = place_of(l, app) != NULL && busy(l) >= l->workers / 2;

	return further ? NULL : place_of(l, NULL);
}

bool lanes_may(struct lanes *l, const char *app)
{
	bool may;

	(void)pthread_mutex_lock(&l->lock);
	may = room_for(l, app) != NULL;
	(void)pthread_mutex_unlock(&l->lock);
	return may;
}

bool lanes_enter(struct lanes *l, const char *app)
{
	char **place;

	(void)pthread_mutex_lock(&l->lock);
	place = room_for(l, app);
	if (place != NULL)
		*place = mem_dup(app);
	(void)pthread_mutex_unlock(&l->lock);
	return place != NULL;
}

void lanes_leave(struct lanes *l, const char *app)
{
	char **place;

	(void)pthread_mutex_lock(&l->lock);
	place = place_of(l, app);
	mem_free(*place);
	*place = NULL;
	(void)pthread_mutex_unlock(&l->lock);
}
