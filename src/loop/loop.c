#include "loop/loop.h"

#include <signal.h>
#include <stdlib.h>

#include <uv.h>

struct post {
	loop_fn *fn;
	void *arg;
};

struct posts {
	struct post *items;
	size_t count;
	size_t size;
};

struct loop_job {
	uv_work_t uv; /* first: libuv hands back this address */
	struct loop *loop;
	struct loop_job *next, **link;
	loop_fn *work, *done;
	void *arg;
};

struct loop {
	uv_loop_t uv;
	uv_async_t wake;
	uv_mutex_t lock; /* of posted */
	struct posts posted;
	struct loop_job *jobs;
	struct post idle; /* fn NULL: nobody waits for the last job's end */
	bool dropping;    /* in loop_free: nothing is called any more */
};

/* In each handle the libuv part comes first, so that one function closes and frees them all. */
struct loop_timer {
	uv_timer_t uv;
	loop_fn *fn;
	void *arg;
};

struct loop_watch {
	uv_poll_t uv;
	loop_fd_fn *fn;
	void *arg;
	int events; /* what uv_poll is started with; starting it anew costs system calls */
};

struct loop_signal {
	uv_signal_t uv;
	loop_signal_fn *fn;
	void *arg;
};

struct loop_folder {
	uv_fs_event_t uv;
	loop_fn *fn;
	void *arg;
};

/* For calls that fail only when memory or descriptors of our own are out, or by our bug. */
static void must(int uv_status)
{
	if (uv_status < 0)
		abort();
}

static void on_closed(uv_handle_t *handle)
{
	mem_free(handle);
}

static void close_handle(void *handle)
{
	if (!uv_is_closing(handle))
		uv_close(handle, on_closed);
}

static void posts_run(struct posts *batch)
{
	size_t i;

	for (i = 0; i < batch->count; i++)
		batch->items[i].fn(batch->items[i].arg);
	mem_free(batch->items);
}

static void on_wake(uv_async_t *wake)
{
	struct loop *l = wake->data;
	struct posts batch;

	uv_mutex_lock(&l->lock);
	batch = l->posted;
	l->posted = (struct posts){0};
	uv_mutex_unlock(&l->lock);
	posts_run(&batch);
}

struct loop *loop_new(void)
{
	struct loop *l = mem_new(struct loop);

	(void)signal(SIGPIPE, SIG_IGN);
	must(uv_loop_init(&l->uv));
	must(uv_mutex_init(&l->lock));
	must(uv_async_init(&l->uv, &l->wake, on_wake));
	l->wake.data = l;
	return l;
}

void loop_run(struct loop *l)
{
	(void)uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *l)
{
	uv_stop(&l->uv);
}

static void close_left(uv_handle_t *handle, void *arg)
{
	struct loop *l = arg;

	if (handle == (uv_handle_t *)&l->wake)
		uv_close(handle, NULL);
	else
		close_handle(handle);
}

void loop_free(struct loop *l)
{
	struct loop_job *job;

	if (!l)
		return;
	l->dropping = true;
	for (job = l->jobs; job; job = job->next)
		(void)uv_cancel((uv_req_t *)&job->uv);
	uv_walk(&l->uv, close_left, l);
	/* Until every handle is closed and every job that had begun is over. */
	while (uv_run(&l->uv, UV_RUN_DEFAULT))
		;
	must(uv_loop_close(&l->uv));
	uv_mutex_destroy(&l->lock);
	mem_free(l->posted.items);
	mem_free(l);
}

void loop_post(struct loop *l, loop_fn *fn, void *arg)
{
	struct posts *q = &l->posted;

	uv_mutex_lock(&l->lock);
	if (q->count == q->size) {
		q->size = q->size ? q->size * 2 : 16;
		q->items = mem_grow(q->items, q->size, sizeof(*q->items));
	}
	q->items[q->count++] = (struct post){.fn = fn, .arg = arg};
	uv_mutex_unlock(&l->lock);
	must(uv_async_send(&l->wake));
}

static void on_work(uv_work_t *uv)
{
	struct loop_job *job = (struct loop_job *)uv;

	job->work(job->arg);
}

static void tell_idle(struct loop *l)
{
	struct post idle = l->idle;

	if (l->jobs || !idle.fn)
		return;
	l->idle = (struct post){0};
	idle.fn(idle.arg);
}

static void on_work_done(uv_work_t *uv, [[maybe_unused]] int status)
{
	struct loop_job *job = (struct loop_job *)uv;
	struct loop *l = job->loop;

	*job->link = job->next;
	if (job->next)
		job->next->link = job->link;
	if (!l->dropping)
		job->done(job->arg);
	mem_free(job);
	if (!l->dropping)
		tell_idle(l);
}

void loop_work(struct loop *l, loop_fn *work, loop_fn *done, void *arg)
{
	struct loop_job *job = mem_new(struct loop_job);

	job->loop = l;
	job->work = work;
	job->done = done;
	job->arg = arg;
	job->next = l->jobs;
	job->link = &l->jobs;
	if (job->next)
		job->next->link = &job->next;
	l->jobs = job;
	must(uv_queue_work(&l->uv, &job->uv, on_work, on_work_done));
}

void loop_when_idle(struct loop *l, loop_fn *fn, void *arg)
{
	l->idle = (struct post){.fn = fn, .arg = arg};
	tell_idle(l);
}

static void on_timer(uv_timer_t *uv)
{
	struct loop_timer *t = (struct loop_timer *)uv;

	t->fn(t->arg);
}

struct loop_timer *loop_timer_new(struct loop *l, loop_fn *fn, void *arg)
{
	struct loop_timer *t = mem_new(struct loop_timer);

	t->fn = fn;
	t->arg = arg;
	must(uv_timer_init(&l->uv, &t->uv));
	return t;
}

void loop_timer_start(struct loop_timer *t, int64_t delay_ms, int64_t every_ms)
{
	/* libuv counts from the start of its turn, which may be long ago. */
	uv_update_time(t->uv.loop);
	must(uv_timer_start(&t->uv, on_timer, delay_ms > 0 ? (uint64_t)delay_ms : 0,
			    every_ms > 0 ? (uint64_t)every_ms : 0));
}

void loop_timer_stop(struct loop_timer *t)
{
	(void)uv_timer_stop(&t->uv);
}

void loop_timer_free(struct loop_timer *t)
{
	if (t)
		close_handle(t);
}

static void on_poll(uv_poll_t *uv, int status, int events)
{
	struct loop_watch *w = (struct loop_watch *)uv;

	if (status < 0) {
		/* libuv stops a watch that has an error; ours go on until their owner ends them. */
		events = w->events;
		must(uv_poll_start(uv, events, on_poll));
	}
	w->fn(w->arg, events & UV_READABLE, events & UV_WRITABLE);
}

struct loop_watch *loop_watch_new(struct loop *l, int fd, loop_fd_fn *fn, void *arg)
{
	struct loop_watch *w = mem_new(struct loop_watch);

	w->fn = fn;
	w->arg = arg;
	must(uv_poll_init(&l->uv, &w->uv, fd));
	return w;
}

void loop_watch_set(struct loop_watch *w, bool read, bool write)
{
	int events = (read ? UV_READABLE : 0) | (write ? UV_WRITABLE : 0);

	if (events == w->events)
		return;
	w->events = events;
	must(events ? uv_poll_start(&w->uv, events, on_poll) : uv_poll_stop(&w->uv));
}

void loop_watch_free(struct loop_watch *w)
{
	if (w)
		close_handle(w);
}

static void on_signal(uv_signal_t *uv, int number)
{
	struct loop_signal *s = (struct loop_signal *)uv;

	s->fn(s->arg, number);
}

void loop_on_signal(struct loop *l, int number, loop_signal_fn *fn, void *arg)
{
	struct loop_signal *s = mem_new(struct loop_signal);

	s->fn = fn;
	s->arg = arg;
	must(uv_signal_init(&l->uv, &s->uv));
	must(uv_signal_start(&s->uv, on_signal, number));
}

static void on_folder(uv_fs_event_t *uv, [[maybe_unused]] const char *name,
		      [[maybe_unused]] int events, [[maybe_unused]] int status)
{
	struct loop_folder *f = (struct loop_folder *)uv;

	f->fn(f->arg);
}

bool loop_on_folder_change(struct loop *l, const char *folder, loop_fn *fn, void *arg,
			   struct err *e)
{
	struct loop_folder *f = mem_new(struct loop_folder);
	int status;

	f->fn = fn;
	f->arg = arg;
	must(uv_fs_event_init(&l->uv, &f->uv));
	status = uv_fs_event_start(&f->uv, on_folder, folder, 0);
	if (status < 0) {
		close_handle(f);
		return err_set(e, status == UV_ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", folder,
			       uv_strerror(status));
	}
	return true;
}

int64_t loop_now_ms(const struct loop *l)
{
	return (int64_t)uv_now(&l->uv);
}
