/* The keeper's socket with a keeper behind it that has nothing but the socket. */
#include "../unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "crypto/crypto.h"
#include "keeper/local.h"

#define EVENTS_MOST 100000
#define NOBODY 65534

struct scene {
	char root[32];
	struct keeper keeper;
	int fds[LOCAL_MAX_WATCHES + 1];
};

static void setup(struct scene *s)
{
	struct err e;

	*s = (struct scene){.keeper = {.loop = loop_new(),
				       .settings = {.url = ""},
				       .device = {.has_owner = true, .owner_uid = getuid()}}};
	assert_true(crypto_start(&e));
	(void)snprintf(s->root, sizeof(s->root), "/tmp/hf-unit-XXXXXX");
	assert_non_null(mkdtemp(s->root));
	paths_fill(&s->keeper.arena, s->root, &s->keeper.paths);
	assert_true(folder_make(s->keeper.paths.run, 0755, &e));
	watch_init(&s->keeper);
	s->keeper.local = local_new(&s->keeper, &e);
	assert_non_null(s->keeper.local);
}

static void done(struct scene *s)
{
	const char *paths[] = {s->keeper.paths.run,
			       arena_printf(&s->keeper.arena, "%s/run", s->root), s->root};
	size_t i;

	local_free(s->keeper.local);
	watch_done(&s->keeper);
	loop_free(s->keeper.loop);
	for (i = 0; i < ARRAY_SIZE(paths); i++)
		assert_int_equal(rmdir(paths[i]), 0);
	arena_done(&s->keeper.arena);
}

static void ask(struct scene *s, size_t i)
{
	static const char request[] = "{\"cmd\":\"watch\"}";
	struct err e;

	assert_true(ipc_connect(s->keeper.paths.socket, 20000, &s->fds[i], &e));
	assert_true(ipc_send(s->fds[i], request, sizeof(request) - 1, &e));
}

struct turns {
	struct loop *loop;
	int left;
};

static void on_turn(void *arg)
{
	struct turns *turns = arg;

	if (--turns->left == 0)
		loop_stop(turns->loop);
}

/* What has come in is answered: turns of the loop are counted and no time, which is long on a slow day. */
static void settle(struct scene *s)
{
	struct turns turns = {s->keeper.loop, 20};
	struct loop_timer *timer = loop_timer_new(s->keeper.loop, on_turn, &turns);

	loop_timer_start(timer, 2, 2);
	loop_run(s->keeper.loop);
	loop_timer_free(timer);
}

static const struct json *heard(struct scene *s, struct arena *a, size_t i)
{
	const struct json *frame;
	struct err e;

	assert_true(ipc_receive(s->fds[i], a, &frame, &e));
	return frame;
}

static void a_user_watches_four_times_and_no_more(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct scene s;
	bool ok;
	size_t i;

	(void)state;
	setup(&s);
	for (i = 0; i <= LOCAL_MAX_WATCHES; i++)
		ask(&s, i);
	settle(&s);
	for (i = 0; i <= LOCAL_MAX_WATCHES; i++) {
		const struct json *answer = heard(&s, &a, i);

		assert_true(json_bool(answer, "ok", &ok));
		assert_int_equal(ok, i < LOCAL_MAX_WATCHES);
		if (!ok)
			assert_string_equal(json_text(answer, "code"), "too-many");
	}
	watch_tell_attempt(&s.keeper, "osquery");
	settle(&s);
	for (i = 0; i < LOCAL_MAX_WATCHES; i++) {
		const struct json *event = heard(&s, &a, i);

		assert_string_equal(json_text(event, "event"), "attempt");
		assert_string_equal(json_text(event, "package"), "osquery");
	}
	for (i = 0; i <= LOCAL_MAX_WATCHES; i++)
		(void)close(s.fds[i]);
	settle(&s);
	assert_false(local_watched(s.keeper.local));
	done(&s);
}

/* Sanitizers would say if it grew or was used when it is gone. */
static void who_does_not_read_is_dropped_and_the_others_are_not(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct scene s;
	int i;

	(void)state;
	setup(&s);
	ask(&s, 0);
	settle(&s);
	for (i = 0; i < EVENTS_MOST && local_watched(s.keeper.local); i++)
		watch_tell_attempt(&s.keeper, "osquery");
	assert_true(i > 100 && i < EVENTS_MOST);
	ask(&s, 1);
	settle(&s);
	watch_tell_attempt(&s.keeper, "osquery");
	settle(&s);
	(void)heard(&s, &a, 1); /* ok */
	assert_string_equal(json_text(heard(&s, &a, 1), "event"), "attempt");
	(void)close(s.fds[0]);
	(void)close(s.fds[1]);
	done(&s);
}

/* The owner's affairs are no other user's: what they may ask for tells them no more. */
static void another_user_hears_that_something_changed_and_not_what(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct scene s;

	(void)state;
	if (getuid() != 0)
		skip();
	setup(&s);
	assert_int_equal(chmod(s.root, 0755), 0);
	ask(&s, 0);
	assert_int_equal(seteuid(NOBODY), 0);
	ask(&s, 1);
	assert_int_equal(seteuid(0), 0);
	settle(&s);
	watch_tell_attempt(&s.keeper, "osquery");
	s.keeper.removing.package = "osquery";
	watch_tell_removal(&s.keeper);
	s.keeper.device.standing = DEVICE_ENROLLED;
	watch_look(&s.keeper);
	settle(&s);
	(void)heard(&s, &a, 0); /* ok */
	assert_string_equal(json_text(heard(&s, &a, 0), "event"), "attempt");
	assert_string_equal(json_text(heard(&s, &a, 0), "event"), "removal");
	assert_string_equal(json_text(heard(&s, &a, 0), "event"), "status");
	(void)heard(&s, &a, 1); /* ok */
	assert_string_equal(json_text(heard(&s, &a, 1), "event"), "status");
	(void)close(s.fds[0]);
	(void)close(s.fds[1]);
	done(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_user_watches_four_times_and_no_more),
	    cmocka_unit_test(another_user_hears_that_something_changed_and_not_what),
	    cmocka_unit_test(who_does_not_read_is_dropped_and_the_others_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
