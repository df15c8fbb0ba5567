#include "keeper/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "keeper/manager.h"

#define OUTPUT_MAX ((size_t)1 << 20)

static void put_streams(posix_spawn_file_actions_t *actions, int output)
{
	(void)posix_spawn_file_actions_init(actions);
	(void)posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (output < 0) {
		(void)posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null",
						       O_WRONLY, 0);
		(void)posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null",
						       O_WRONLY, 0);
		return;
	}
	(void)posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
	(void)posix_spawn_file_actions_adddup2(actions, output, STDERR_FILENO);
}

bool program_start(char *const *argv, int output, pid_t *pid, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults, none;
	int failed;

	(void)sigemptyset(&none);
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	put_streams(&actions, output);
	(void)posix_spawnattr_init(&attributes);
	(void)posix_spawnattr_setsigdefault(&attributes, &defaults);
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	failed = posix_spawn(pid, argv[0], &actions, &attributes, argv, manager_environment(&a));
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	errno = failed;
	return !failed || err_errno(e, "%s", argv[0]);
}

/* Until the program closes its end or the time is over. */
static bool read_until_end(int fd, int64_t wait_ms, struct buf *out)
{
	int64_t deadline = clock_mono_ms() + wait_ms;
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	char part[4096];
	ssize_t n;

	while (out->len < OUTPUT_MAX && clock_mono_ms() < deadline) {
		if (poll(&poll_fd, 1, (int)(deadline - clock_mono_ms()) + 1) <= 0)
			continue;
		n = read(fd, part, sizeof(part));
		if (n == 0)
			return true;
		if (n > 0)
			buf_add(out, part, (size_t)n);
		else if (errno != EINTR)
			return false;
	}
	return false;
}

bool program_run(char *const *argv, int64_t wait_ms, struct buf *output, struct err *e)
{
	int ends[2];
	pid_t pid;
	bool whole;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(e, "pipe");
	AUTO(fd_closep) int from = ends[0];
	AUTO(fd_closep) int to = ends[1];
	if (!program_start(argv, to, &pid, e))
		return false;
	fd_closep(&to);
	whole = read_until_end(from, wait_ms, output);
	if (!whole)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return whole || err_set(e, ERR_UNAVAILABLE, "%s does not answer", argv[0]);
}
