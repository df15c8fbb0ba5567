#include "../unit.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "ipc/ipc.h"

static void frames_arrive_whole_whatever_the_pieces(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf out = {0};
	AUTO(buf_done) struct buf in = {0};
	const struct json *got;
	int count = 0;
	struct err e;
	size_t i;

	(void)state;
	assert_true(ipc_frame(&out, "{\"cmd\":\"status\"}", 16, &e));
	assert_true(ipc_frame(&out, "{\"n\":2}", 7, &e));
	for (i = 0; i < out.len; i++) {
		buf_add(&in, out.data + i, 1);
		assert_true(ipc_take(&in, &a, &got, &e));
		if (!got)
			continue;
		if (++count == 1)
			assert_string_equal(json_text(got, "cmd"), "status");
		else
			assert_non_null(json_get(got, "n"));
	}
	assert_int_equal(count, 2);
	assert_int_equal(in.len, 0);
}

static void a_frame_that_is_none_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum err_code code;
	} rows[] = {
	    {"\0\0\0\0", 4, ERR_INVALID},
	    {"\0\1\0\1", 4, ERR_TOO_LARGE},
	    {"\xff\xff\xff\xff", 4, ERR_TOO_LARGE},
	    {"\0\0\0\2[]", 6, ERR_INVALID},
	    {"\0\0\0\1{", 5, ERR_INVALID},
	    {"\0\0\0\3{}x", 7, ERR_INVALID},
	    {"\0\0\0\15{\"a\":1,\"a\":2}", 17, ERR_INVALID},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO(arena_done) struct arena a = {0};
		AUTO(buf_done) struct buf in = {0};
		const struct json *got;
		struct err e;

		buf_add(&in, rows[i].bytes, rows[i].n);
		if (ipc_take(&in, &a, &got, &e))
			fail_msg("row %zu is accepted", i);
		assert_int_equal(e.code, rows[i].code);
	}
}

static void a_frame_over_the_maximum_is_not_sent(void **state)
{
	AUTO(buf_done) struct buf out = {.max = IPC_MAX_FRAME + 10};
	static char text[IPC_MAX_FRAME + 1];
	struct err e;

	(void)state;
	memset(text, ' ', sizeof(text));
	assert_false(ipc_frame(&out, text, sizeof(text), &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
	assert_true(ipc_frame(&out, text, IPC_MAX_FRAME, &e));
	/* A reader that never reads does not make the buffer grow. */
	assert_false(ipc_frame(&out, "{\"n\":2}", 7, &e));
	assert_int_equal(out.len, IPC_MAX_FRAME + 4);
}

static void the_kernel_says_who_connected_and_silence_ends(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	char folder[] = "/tmp/holdfast-ipc-XXXXXX";
	AUTO(fd_closep) int listener = -1;
	AUTO(fd_closep) int client = -1;
	AUTO(fd_closep) int served = -1;
	const struct json *got;
	struct ipc_peer peer;
	struct stat st;
	struct err e;
	char *path;
	int other;

	(void)state;
	assert_non_null(mkdtemp(folder));
	path = arena_printf(&a, "%s/keeper.sock", folder);
	assert_false(ipc_connect(path, 100, &other, &e));
	assert_int_equal(e.code, ERR_UNAVAILABLE);
	assert_true(ipc_listen(path, &listener, &e));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	assert_true(ipc_connect(path, 100, &client, &e));
	served = accept(listener, NULL, NULL);
	assert_true(served >= 0);
	assert_true(ipc_peer(served, &peer, &e));
	assert_int_equal(peer.uid, getuid());
	assert_int_equal(peer.pid, getpid());

	assert_true(ipc_send(client, "{\"cmd\":\"status\"}", 16, &e));
	assert_true(ipc_receive(served, &a, &got, &e));
	assert_string_equal(json_text(got, "cmd"), "status");
	assert_false(ipc_receive(client, &a, &got, &e));
	assert_int_equal(e.code, ERR_TIMEOUT);

	/* A living listener keeps its path; a dead one's is taken over. */
	assert_false(ipc_listen(path, &other, &e));
	assert_int_equal(e.code, ERR_CONFLICT);
	fd_closep(&listener);
	assert_true(ipc_listen(path, &listener, &e));
	fd_closep(&served);
	assert_false(ipc_receive(client, &a, &got, &e));
	assert_int_equal(e.code, ERR_UNAVAILABLE);
	(void)unlink(path);
	(void)rmdir(folder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(frames_arrive_whole_whatever_the_pieces),
	    cmocka_unit_test(a_frame_that_is_none_is_refused),
	    cmocka_unit_test(a_frame_over_the_maximum_is_not_sent),
	    cmocka_unit_test(the_kernel_says_who_connected_and_silence_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
