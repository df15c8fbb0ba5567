#include "../unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "loop/loop.h"

/* One place for what callbacks saw. */
struct seen {
	struct loop *l;
	struct loop_timer *timer;
	struct loop_watch *watch;
	int fd;
	int count;
	int last;
	bool in_order;
	bool readable, writable;
	pthread_t thread;
};

static void stop(void *arg)
{
	loop_stop(((struct seen *)arg)->l);
}

static void stop_at_3(void *arg)
{
	struct seen *s = arg;

	if (++s->count == 3)
		loop_stop(s->l);
}

static void never(void *arg)
{
	(void)arg;
	fail_msg("called though it was stopped, freed or dropped");
}

static void a_timer_repeats_and_keeps_its_delay(void **state)
{
	struct seen s = {.l = loop_new()};
	struct loop_timer *t = loop_timer_new(s.l, stop_at_3, &s);
	struct loop_timer *stopped = loop_timer_new(s.l, never, NULL);
	int64_t start = clock_mono_ms();

	(void)state;
	loop_timer_start(stopped, 1, 0);
	loop_timer_stop(stopped);
	loop_timer_start(t, 20, 5);
	loop_run(s.l);
	assert_int_equal(s.count, 3);
	assert_true(clock_mono_ms() - start >= 29);
	loop_timer_free(t);
	loop_timer_free(stopped);
	loop_timer_free(NULL);
	loop_free(s.l);
}

static void end_itself(void *arg)
{
	struct seen *s = arg;

	loop_timer_free(s->timer);
	loop_post(s->l, stop, s);
}

static void a_timer_may_free_itself(void **state)
{
	struct seen s = {.l = loop_new()};

	(void)state;
	s.timer = loop_timer_new(s.l, end_itself, &s);
	loop_timer_start(s.timer, 0, 1);
	loop_run(s.l);
	loop_free(s.l);
}

#define POSTS 1000

struct numbered {
	struct seen *s;
	int n;
};

static void take_number(void *arg)
{
	struct numbered *p = arg;

	p->s->in_order = p->s->in_order && p->n == p->s->last + 1;
	p->s->last = p->n;
	if (p->n == POSTS - 1)
		loop_stop(p->s->l);
}

static void *post_all(void *arg)
{
	struct numbered *all = arg;
	int i;

	for (i = 0; i < POSTS; i++)
		loop_post(all[i].s->l, take_number, &all[i]);
	return NULL;
}

static void posts_from_another_thread_arrive_in_order(void **state)
{
	struct seen s = {.l = loop_new(), .last = -1, .in_order = true};
	struct numbered all[POSTS];
	pthread_t thread;
	int i;

	(void)state;
	for (i = 0; i < POSTS; i++)
		all[i] = (struct numbered){.s = &s, .n = i};
	assert_int_equal(pthread_create(&thread, NULL, post_all, all), 0);
	loop_run(s.l);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(s.last, POSTS - 1);
	assert_true(s.in_order);
	loop_free(s.l);
}

static void on_fd(void *arg, bool readable, bool writable)
{
	struct seen *s = arg;

	s->readable = readable;
	s->writable = writable;
	loop_watch_free(s->watch);
	loop_stop(s->l);
}

static void a_descriptor_is_watched(void **state)
{
	struct seen s = {.l = loop_new()};
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	s.watch = loop_watch_new(s.l, ends[0], on_fd, &s);
	loop_watch_set(s.watch, true, false);
	assert_int_equal(write(ends[1], "x", 1), 1);
	loop_run(s.l);
	assert_true(s.readable);
	assert_false(s.writable);
	s.watch = loop_watch_new(s.l, ends[1], on_fd, &s);
	loop_watch_set(s.watch, false, true);
	loop_run(s.l);
	assert_true(s.writable);
	assert_false(s.readable);
	(void)close(ends[0]);
	(void)close(ends[1]);
	loop_free(s.l);
}

static void on_error(void *arg, bool readable, bool writable)
{
	struct seen *s = arg;

	assert_true(readable || writable);
	if (++s->count < 3)
		return;
	loop_watch_free(s->watch);
	loop_stop(s->l);
}

/* The write end of a pipe without a reader has an error for good. */
static void an_error_shows_until_the_watch_is_freed(void **state)
{
	struct seen s = {.l = loop_new()};
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	(void)close(ends[0]);
	s.watch = loop_watch_new(s.l, ends[1], on_error, &s);
	loop_watch_set(s.watch, true, true);
	loop_run(s.l);
	assert_int_equal(s.count, 3);
	(void)close(ends[1]);
	loop_free(s.l);
}

static void work_apart(void *arg)
{
	struct seen *s = arg;

	s->thread = pthread_self();
	s->count++;
}

static void work_done(void *arg)
{
	struct seen *s = arg;

	assert_false(pthread_equal(s->thread, pthread_self()));
	assert_int_equal(s->count, 1);
	loop_stop(s->l);
}

static void work_runs_apart_and_its_end_on_the_loop(void **state)
{
	struct seen s = {.l = loop_new()};

	(void)state;
	loop_work(s.l, work_apart, work_done, &s);
	loop_run(s.l);
	assert_int_equal(s.count, 1);
	loop_free(s.l);
}

static void sleep_a_little(void *arg)
{
	(void)arg;
	(void)usleep(1000);
}

static void count_one(void *arg)
{
	((struct seen *)arg)->count++;
}

static void idle_at_2(void *arg)
{
	struct seen *s = arg;

	assert_int_equal(s->count, 2);
	loop_stop(s->l);
}

static void idle_comes_after_the_last_work(void **state)
{
	struct seen s = {.l = loop_new()};

	(void)state;
	loop_work(s.l, sleep_a_little, count_one, &s);
	loop_work(s.l, sleep_a_little, count_one, &s);
	loop_when_idle(s.l, idle_at_2, &s);
	loop_run(s.l);
	s.last = s.count = 0;
	loop_when_idle(s.l, count_one, &s);
	assert_int_equal(s.count, 1);
	loop_free(s.l);
}

static void on_usr1(void *arg, int number)
{
	struct seen *s = arg;

	s->last = number;
	loop_stop(s->l);
}

static void a_signal_arrives(void **state)
{
	struct seen s = {.l = loop_new()};

	(void)state;
	loop_on_signal(s.l, SIGUSR1, on_usr1, &s);
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	loop_run(s.l);
	assert_int_equal(s.last, SIGUSR1);
	loop_free(s.l);
}

static void a_change_in_a_folder_is_seen(void **state)
{
	struct seen s = {.l = loop_new()};
	char folder[] = "/tmp/holdfast-loop-XXXXXX";
	char file[64];
	struct err e = {0};

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_false(loop_on_folder_change(s.l, "/nowhere/at/all", never, NULL, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_true(loop_on_folder_change(s.l, folder, stop, &s, &e));
	(void)snprintf(file, sizeof(file), "%s/x", folder);
	assert_true(file_replace(file, "1", 1, 0600, &e));
	loop_run(s.l);
	assert_true(file_remove(file, &e));
	assert_int_equal(rmdir(folder), 0);
	loop_free(s.l);
}

static void wait_for_leave(void *arg)
{
	(void)sem_wait(arg);
}

/* With everything still open: LeakSanitizer and the callbacks judge. No work can end before the loop
 * has. */
static void freeing_drops_what_is_left_without_calling_it(void **state)
{
	struct seen s = {.l = loop_new()};
	int ends[2], i;
	sem_t leave;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(sem_init(&leave, 0, 0), 0);
	for (i = 0; i < 20; i++)
		loop_work(s.l, wait_for_leave, never, &leave);
	loop_post(s.l, stop, &s);
	loop_run(s.l);
	loop_post(s.l, never, NULL);
	loop_timer_start(loop_timer_new(s.l, never, NULL), 0, 0);
	loop_watch_set(loop_watch_new(s.l, ends[1], NULL, NULL), false, true);
	loop_stop(s.l);
	for (i = 0; i < 20; i++)
		(void)sem_post(&leave);
	loop_free(s.l);
	loop_free(NULL);
	(void)sem_destroy(&leave);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_timer_repeats_and_keeps_its_delay),
	    cmocka_unit_test(a_timer_may_free_itself),
	    cmocka_unit_test(posts_from_another_thread_arrive_in_order),
	    cmocka_unit_test(a_descriptor_is_watched),
	    cmocka_unit_test(an_error_shows_until_the_watch_is_freed),
	    cmocka_unit_test(work_runs_apart_and_its_end_on_the_loop),
	    cmocka_unit_test(idle_comes_after_the_last_work),
	    cmocka_unit_test(a_signal_arrives),
	    cmocka_unit_test(a_change_in_a_folder_is_seen),
	    cmocka_unit_test(freeing_drops_what_is_left_without_calling_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
