#include "../unit.h"

#include <sys/socket.h>
#include <unistd.h>

#include "ipc/channel.h"

struct side {
	struct loop *loop;
	struct ipc_channel *channel;
	int frames;
	int closed;
	int free_at; /* frees the channel inside the callback for this frame */
	bool pause_each;
};

static void on_frame(void *arg, const struct json *frame)
{
	struct side *s = arg;

	assert_non_null(json_get(frame, "n"));
	s->frames++;
	if (s->pause_each)
		ipc_channel_pause(s->channel);
	if (s->frames == s->free_at) {
		ipc_channel_free(s->channel);
		s->channel = NULL;
		loop_stop(s->loop);
	}
}

static void on_closed(void *arg, const struct err *e)
{
	struct side *s = arg;

	assert_int_not_equal(e->code, ERR_NONE);
	s->closed++;
	loop_stop(s->loop);
}

static void pair(struct side *s, int *other)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	*s = (struct side){.loop = loop_new()};
	s->channel = ipc_channel_new(s->loop, fds[0], on_frame, on_closed, s);
	*other = fds[1];
}

static void done(struct side *s)
{
	ipc_channel_free(s->channel);
	loop_free(s->loop);
}

static void every_frame_is_handed_out_then_the_end_is_told_once(void **state)
{
	struct side s;
	struct err e;
	int other, i;

	(void)state;
	pair(&s, &other);
	for (i = 0; i < 100; i++)
		assert_true(ipc_send(other, "{\"n\":1}", 7, &e));
	(void)close(other);
	loop_run(s.loop);
	assert_int_equal(s.frames, 100);
	assert_int_equal(s.closed, 1);
	assert_false(ipc_channel_send(s.channel, "{}", 2, &e));
	done(&s);
}

static void bytes_that_are_no_frame_end_it(void **state)
{
	struct side s;
	int other;

	(void)state;
	pair(&s, &other);
	assert_int_equal(send(other, "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
	loop_run(s.loop);
	assert_int_equal(s.frames, 0);
	assert_int_equal(s.closed, 1);
	(void)close(other);
	done(&s);
}

static void it_may_be_freed_inside_its_own_callback(void **state)
{
	struct side s;
	struct err e;
	int other, i;

	(void)state;
	pair(&s, &other);
	s.free_at = 2;
	for (i = 0; i < 5; i++)
		assert_true(ipc_send(other, "{\"n\":1}", 7, &e));
	loop_run(s.loop);
	assert_int_equal(s.frames, 2);
	(void)close(other);
	done(&s);
}

static void resume(void *arg)
{
	struct side *s = arg;

	ipc_channel_resume(s->channel);
}

static void paused_it_hands_out_one_request_at_a_time(void **state)
{
	struct loop_timer *timer;
	struct side s;
	struct err e;
	int other, i;

	(void)state;
	pair(&s, &other);
	s.pause_each = true;
	timer = loop_timer_new(s.loop, resume, &s);
	loop_timer_start(timer, 5, 5);
	for (i = 0; i < 3; i++)
		assert_true(ipc_send(other, "{\"n\":1}", 7, &e));
	(void)close(other);
	loop_run(s.loop);
	assert_int_equal(s.frames, 3);
	assert_int_equal(s.closed, 1);
	loop_timer_free(timer);
	done(&s);
}

static void a_reader_that_never_reads_bounds_what_is_kept(void **state)
{
	static char text[IPC_MAX_FRAME];
	struct side s;
	struct err e;
	int other, sent = 0;

	(void)state;
	pair(&s, &other);
	memset(text, ' ', sizeof(text));
	while (sent < 100 && ipc_channel_send(s.channel, text, sizeof(text), &e))
		sent++;
	assert_int_equal(sent, 15); /* sixteen with their heads are over sixteen frames' worth */
	assert_int_equal(e.code, ERR_TOO_LARGE);
	assert_true(ipc_channel_waiting(s.channel) > 0);
	(void)close(other);
	done(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_frame_is_handed_out_then_the_end_is_told_once),
	    cmocka_unit_test(bytes_that_are_no_frame_end_it),
	    cmocka_unit_test(it_may_be_freed_inside_its_own_callback),
	    cmocka_unit_test(paused_it_hands_out_one_request_at_a_time),
	    cmocka_unit_test(a_reader_that_never_reads_bounds_what_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
