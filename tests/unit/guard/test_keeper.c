#include "../unit.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "machine.h"

#define REQUESTS_MAX 4

/* A keeper that answers every request alike, and remembers what it was asked. */
struct keeper_double {
	int listener;
	const char *answer; /* raw bytes, frame and all */
	size_t answer_len;
	char *requests[REQUESTS_MAX];
	size_t count;
	pthread_t thread;
};

static void serve_one(struct keeper_double *k, int fd)
{
	unsigned char head[4];
	struct err e = {0};
	size_t n;

	if (!fd_read_full(fd, head, sizeof(head), &e))
		return;
	n = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
	assert_true(n < 65536 && k->count < REQUESTS_MAX);
	k->requests[k->count] = mem_alloc(n + 1);
	assert_true(fd_read_full(fd, k->requests[k->count], n, &e));
	k->count++;
	(void)send(fd, k->answer, k->answer_len, MSG_NOSIGNAL);
}

static void *serve(void *arg)
{
	struct keeper_double *k = arg;

	for (;;) {
		AUTO(fd_closep) int fd = accept(k->listener, NULL, NULL);

		if (fd < 0)
			return NULL;
		serve_one(k, fd);
	}
}

static int listen_at(struct machine *m)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, machine_path(m, "/run/holdfast/keeper.sock"));
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static void keeper_start(struct keeper_double *k, struct machine *m, const char *answer, size_t n)
{
	*k = (struct keeper_double){.listener = listen_at(m), .answer = answer, .answer_len = n};
	assert_int_equal(pthread_create(&k->thread, NULL, serve, k), 0);
}

/* A literal of at most 127 bytes, with its head in front. */
#define START(k, m, json)                                             \
	do {                                                          \
		static char frame[4 + sizeof(json)] = "\0\0\0?" json; \
		frame[3] = sizeof(json) - 1;                          \
		keeper_start(k, m, frame, sizeof(frame) - 1);         \
	} while (0)

static void keeper_stop(struct keeper_double *k)
{
	(void)shutdown(k->listener, SHUT_RDWR);
	assert_int_equal(pthread_join(k->thread, NULL), 0);
	fd_closep(&k->listener);
}

static void keeper_free(struct keeper_double *k)
{
	while (k->count)
		mem_free(k->requests[--k->count]);
}

static void an_attempt_is_told_and_the_waiting_request_named(void **state)
{
	struct machine *m = *state;
	struct keeper_double k;

	START(&k, m, "{\"ok\":true,\"enrolled\":true,\"number\":\"HF-000777\",\"x\":1}");
	assert_int_equal(machine_try(m), 1);
	keeper_stop(&k);
	machine_said(m, "Request HF-000777 is waiting for approval");
	machine_said(m, "申请 HF-000777 正在等待审批");
	assert_int_equal(k.count, 1);
	assert_string_equal(k.requests[0], "{\"cmd\":\"attempt\",\"package\":\"holdfast-client\","
					   "\"action\":\"uninstall\",\"tampered\":false}");
	keeper_free(&k);
}

static void a_use_is_told_after_it_was_recorded(void **state)
{
	struct machine *m = *state;
	struct grant grant = signing_grant(&m->s);
	struct keeper_double k;

	(void)machine_grant(m, &grant);
	START(&k, m, "{\"ok\":true}");
	assert_int_equal(machine_try(m), 0);
	keeper_stop(&k);
	assert_int_equal(k.count, 1);
	assert_string_equal(k.requests[0], "{\"cmd\":\"consumed\",\"package\":\"holdfast-client\","
					   "\"grant\":\"" GRANT "\",\"version\":\"0.1.0\"}");
	assert_true(strlen(machine_ledger(m)) > 0);
	keeper_free(&k);
}

static void a_removal_without_a_grant_is_told_with_its_ground(void **state)
{
	struct machine *m = *state;
	struct statement statement = signing_statement(&m->s);
	struct keeper_double k;

	statement.mode = STATEMENT_AUDIT;
	machine_state(m, &statement);
	START(&k, m, "{\"ok\":true}");
	assert_int_equal(machine_try(m), 0);
	statement.covered = false;
	machine_state(m, &statement);
	assert_int_equal(machine_try(m), 0);
	statement.mode = STATEMENT_OFF;
	machine_state(m, &statement);
	assert_int_equal(machine_try(m), 0);
	statement.mode = STATEMENT_BLOCK;
	statement.why = "whitelist";
	machine_state(m, &statement);
	assert_int_equal(machine_try(m), 0);
	keeper_stop(&k);
	assert_int_equal(k.count, 4);
	assert_non_null(strstr(k.requests[0], "\"ground\":\"audit mode\""));
	assert_non_null(strstr(k.requests[1], "\"ground\":\"out of scope\""));
	assert_non_null(strstr(k.requests[2], "\"ground\":\"off\""));
	assert_non_null(strstr(k.requests[3], "\"ground\":\"whitelist\""));
	keeper_free(&k);
}

static void a_keeper_that_knows_better_keeps_it_closed(void **state)
{
	struct machine *m = *state;
	struct keeper_double k;

	START(&k, m, "{\"ok\":true,\"enrolled\":true}");
	assert_int_equal(machine_try(m), 1);
	keeper_stop(&k);
	machine_said(m, "Your administrator is being told");
	assert_int_equal(k.count, 2);
	assert_string_equal(k.requests[0], "{\"cmd\":\"status\"}");
	assert_non_null(strstr(k.requests[1], "\"tampered\":true"));
	keeper_free(&k);
}

static void a_keeper_that_was_not_enrolled_opens(void **state)
{
	struct machine *m = *state;
	struct keeper_double k;

	START(&k, m, "{\"ok\":true,\"enrolled\":false}");
	assert_int_equal(machine_try(m), 0);
	keeper_stop(&k);
	assert_int_equal(k.count, 1);
	keeper_free(&k);
}

static void nonsense_from_the_keeper_changes_nothing(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} answers[] = {
	    {"", 0},
	    {"\0\0", 2},
	    {"\0\0\0\x05{}", 6},
	    {"\xff\xff\xff\xff{}", 6},
	    {"\0\0\0\0", 4},
	    {"\0\0\0\x03{a}", 7},
	    {"\0\0\0\x02[]", 6},
	    {"\0\0\0\x18{\"ok\":\"yes\",\"number\":\"x\"}", 28},
	    {"\0\0\0\x1b{\"ok\":false,\"number\":\"HF-1\"}", 31},
	    {"\0\0\0\x1d{\"ok\":true,\"number\":\"\\u001b[3\"}", 33},
	};
	struct machine *m = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		struct keeper_double k;

		keeper_start(&k, m, answers[i].bytes, answers[i].n);
		assert_int_equal(machine_try(m), 1);
		keeper_stop(&k);
		assert_null(strstr(m->text.data, "is waiting"));
		assert_null(strchr(m->text.data, '\x1b'));
		machine_said(m, "File for Approval: holdfast uninstall");
		keeper_free(&k);
		machine_remove(m, "/run/holdfast/keeper.sock");
	}
}

static void a_keeper_that_hangs_is_waited_for_two_seconds_at_most(void **state)
{
	struct machine *m = *state;
	AUTO(fd_closep) int listener = listen_at(m);
	struct grant grant = signing_grant(&m->s);
	int64_t start = clock_mono_ms();

	assert_true(listener >= 0);
	(void)machine_grant(m, &grant);
	assert_int_equal(machine_try(m), 0);
	assert_true(clock_mono_ms() - start < 4000);
}

#define ENROLLED(f) cmocka_unit_test_setup_teardown(f, machine_start, machine_end)
#define FRESH(f) cmocka_unit_test_setup_teardown(f, machine_new, machine_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    ENROLLED(an_attempt_is_told_and_the_waiting_request_named),
	    ENROLLED(a_use_is_told_after_it_was_recorded),
	    ENROLLED(a_removal_without_a_grant_is_told_with_its_ground),
	    FRESH(a_keeper_that_knows_better_keeps_it_closed),
	    FRESH(a_keeper_that_was_not_enrolled_opens),
	    ENROLLED(nonsense_from_the_keeper_changes_nothing),
	    ENROLLED(a_keeper_that_hangs_is_waited_for_two_seconds_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
