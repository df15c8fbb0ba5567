#include "http/mailbox.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "http/request.h"

/* An eventfd rather than loop_post: a post cannot be taken back when the server is freed. */
struct mailbox {
	pthread_mutex_t lock; /* of all but watch, arrived, arg */
	struct request *first, *last;
	size_t holds;
	int event;
	bool closed;
	atomic_bool stopping;
	struct loop_watch *watch;
	loop_fn *arrived;
	void *arg;
};

static void on_event(void *arg, [[maybe_unused]] bool readable, [[maybe_unused]] bool writable)
{
	struct mailbox *m = arg;
	uint64_t count;

	(void)!read(m->event, &count, sizeof(count));
	m->arrived(m->arg);
}

struct mailbox *mailbox_new(struct loop *l, loop_fn *arrived, void *arg)
{
	struct mailbox *m = mem_new(struct mailbox);

	m->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->event < 0 || pthread_mutex_init(&m->lock, NULL) != 0)
		abort();
	m->holds = 1;
	m->arrived = arrived;
	m->arg = arg;
	m->watch = loop_watch_new(l, m->event, on_event, m);
	loop_watch_set(m->watch, true, false);
	return m;
}

void mailbox_hold(struct mailbox *m)
{
	(void)pthread_mutex_lock(&m->lock);
	m->holds++;
	(void)pthread_mutex_unlock(&m->lock);
}

void mailbox_release(struct mailbox *m)
{
	bool last;

	(void)pthread_mutex_lock(&m->lock);
	last = --m->holds == 0;
	(void)pthread_mutex_unlock(&m->lock);
	if (!last)
		return;
	(void)pthread_mutex_destroy(&m->lock);
	mem_free(m);
}

void mailbox_put(struct mailbox *m, struct request *r)
{
	const uint64_t one = 1;
	bool closed;

	r->next = NULL; /* a piece before may have stood in a line */
	(void)pthread_mutex_lock(&m->lock);
	closed = m->closed;
	if (!closed) {
		if (!m->first)
			(void)!write(m->event, &one, sizeof(one));
		*(m->first ? &m->last->next : &m->first) = r;
		m->last = r;
	}
	(void)pthread_mutex_unlock(&m->lock);
	if (closed)
		request_free(r);
}

struct request *mailbox_take(struct mailbox *m)
{
	struct request *first;

	(void)pthread_mutex_lock(&m->lock);
	first = m->first;
	m->first = NULL;
	m->last = NULL;
	(void)pthread_mutex_unlock(&m->lock);
	return first;
}

void mailbox_close(struct mailbox *m)
{
	struct request *r;

	loop_watch_free(m->watch);
	(void)pthread_mutex_lock(&m->lock);
	m->closed = true;
	(void)close(m->event);
	(void)pthread_mutex_unlock(&m->lock);
	r = mailbox_take(m);
	while (r) {
		struct request *next = r->next;

		request_free(r);
		r = next;
	}
	mailbox_release(m);
}

void mailbox_stop(struct mailbox *m)
{
	atomic_store(&m->stopping, true);
}

bool mailbox_stopping(const struct mailbox *m)
{
	return atomic_load(&m->stopping);
}
