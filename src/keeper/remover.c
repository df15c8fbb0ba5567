#include "keeper/remover.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "keeper/manager.h"

#define STATUS_MAX 16
#define LOG_MAX ((size_t)1 << 20)
#define LINE_LENGTH 300
#define FAILED_TO_RUN 127
#define FREE_TRIES 600 /* 300 seconds, as apt-get */

/* --- the remover ---------------------------------------------------------------------------------- */

static int log_open(const struct paths *paths)
{
	return open(paths->removal_log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* Between fork and exec. */
static void become_manager(char *const *argv, char *const *environment, int log)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
	    dup2(log, STDERR_FILENO) < 0)
		_exit(FAILED_TO_RUN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)execve(argv[0], argv, environment);
	_exit(FAILED_TO_RUN);
}

static int run(char *const *argv, int log)
{
	AUTO(arena_done) struct arena a = {0};
	char *const *environment = manager_environment(&a);
	pid_t pid = fork();
	int status;

	if (pid == 0)
		become_manager(argv, environment, log);
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return FAILED_TO_RUN;
	if (pid < 0)
		return FAILED_TO_RUN;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* apt-get waits by itself; rpm only at a terminal, dpkg never. */
static void wait_until_free(const struct paths *paths, char *const *argv, int log)
{
	static const char said[] = "waiting for transaction lock\n";
	const struct timespec pause = {.tv_nsec = 500 * 1000 * 1000};
	enum manager manager = manager_detect(paths);
	struct err e;
	int tries;

	if (text_equal(argv[0], paths->apt_get) || !manager_busy(paths, manager))
		return;
	(void)fd_write_full(log, said, sizeof(said) - 1, &e);
	for (tries = 0; tries < FREE_TRIES && manager_busy(paths, manager); tries++)
		(void)nanosleep(&pause, NULL);
}

/* The client is gone, and nobody will ask: nothing of this stays either. */
static bool is_over(const struct paths *paths, int status)
{
	return status == 0 && access(paths->socket, F_OK) < 0;
}

int remover_main(const struct paths *paths, char *const *argv)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	AUTO(arena_done) struct arena a = {0};
	AUTO(fd_closep) int log = log_open(paths);
	const char *text;
	struct err e;
	int status;

	if (log < 0 || fcntl(log, F_SETLK, &lock) < 0 || chdir("/") < 0)
		return 1;
	wait_until_free(paths, argv, log);
	status = run(argv, log);
	if (is_over(paths, status)) {
		remover_clear(paths);
		(void)unlink(paths->removal);
		(void)rmdir(paths->run);
		return 0;
	}
	text = arena_printf(&a, "%d\n", status);
	return file_replace(paths->removal_end, text, strlen(text), 0600, &e) ? 0 : 1;
}

/* --- starting one --------------------------------------------------------------------------------- */

/* The keeper's unit is not to take it along, and its sandbox is not to bind it. */
static const char *const transient[] = {
    "--quiet",
    "--collect",
    "--unit=holdfast-removal",
    "--description=Removal of a package that Holdfast allowed",
    "--property=Type=exec",
    "--property=TimeoutStopSec=infinity",
    "--",
};

static size_t count_of(char *const *argv)
{
	size_t n = 0;

	while (argv[n])
		n++;
	return n;
}

static char *const *command(struct arena *a, const struct paths *paths, const char *self,
			    char *const *argv)
{
	bool systemd = access(paths->systemd, F_OK) == 0 && access(paths->systemd_run, X_OK) == 0;
	size_t most = ARRAY_SIZE(transient) + count_of(argv) + 6, n = 0, i;
	const char **all = arena_array(a, most, sizeof(*all));

	if (systemd) {
		all[n++] = paths->systemd_run;
		for (i = 0; i < ARRAY_SIZE(transient); i++)
			all[n++] = transient[i];
	}
	all[n++] = self;
	all[n++] = "--root";
	all[n++] = paths->root;
	all[n++] = "--removal";
	for (i = 0; argv[i]; i++)
		all[n++] = argv[i];
	return (char *const *)all;
}

/* Between fork and exec. Without systemd the remover is nobody's child and in a session of its own. */
static void become_apart(char *const *all, char *const *environment, bool alone, int log)
{
	sigset_t none;
	pid_t pid;

	if (alone) {
		if (setsid() < 0)
			_exit(FAILED_TO_RUN);
		pid = fork();
		if (pid)
			_exit(pid < 0 ? FAILED_TO_RUN : 0);
	}
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0)
		(void)execve(all[0], all, environment);
	_exit(FAILED_TO_RUN);
}

bool remover_start(const struct paths *paths, const char *self, char *const *argv, pid_t *launcher,
		   struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	char *const *all = command(&a, paths, self, argv);
	char *const *environment = manager_environment(&a);
	AUTO(fd_closep) int log = -1;

	remover_clear(paths);
	log = log_open(paths);
	if (log < 0)
		return err_errno(e, "%s", paths->removal_log);
	*launcher = fork();
	if (*launcher == 0)
		become_apart(all, environment, all[0] == self, log);
	if (*launcher < 0) {
		*launcher = 0;
		return err_errno(e, "fork");
	}
	return true;
}

/* --- looking -------------------------------------------------------------------------------------- */

enum remover_state remover_look(const struct paths *paths, int *status)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	AUTO(arena_done) struct arena a = {0};
	AUTO(fd_closep) int log = open(paths->removal_log, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	bool runs = log >= 0 && fcntl(log, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	int64_t number;
	struct err e;
	char *text;

	/* Written while it still holds the lock, so what is there after a look at the lock is true. */
	if (file_read(&a, paths->removal_end, STATUS_MAX, &text, NULL, &e) &&
	    text_i64(text_trim(text), 0, 255, &number)) {
		*status = (int)number;
		return REMOVER_ENDED;
	}
	return runs ? REMOVER_RUNS : REMOVER_LOST;
}

/* Its lines, the last bytes of a long one. NULL: there is none. */
static char *log_read(struct arena *a, const struct paths *paths)
{
	struct err e;
	char *text;

	return file_read(a, paths->removal_log, LOG_MAX, &text, NULL, &e) ? text : NULL;
}

static const char *shown(struct arena *a, const char *line)
{
	char *plain = text_plain(a, line, false);

	text_cut(plain, LINE_LENGTH);
	return text_trim(plain);
}

/* apt draws over a line by going back to its beginning. */
static bool is_break(char c)
{
	return c == '\n' || c == '\r';
}

/* dpkg counts in one place: "(Reading database ... 25%". Only the end of it is a line. */
static bool is_counting(const char *line)
{
	return *line == '(' && line[strlen(line) - 1] != ')';
}

const char *remover_last_line(struct arena *a, const struct paths *paths)
{
	char *text = log_read(a, paths), *end;

	while (text && *(text = text_trim(text))) {
		for (end = text + strlen(text); end > text && !is_break(end[-1]); end--)
			;
		if (!is_counting(end))
			return shown(a, end);
		*end = '\0';
	}
	return "";
}

/* What belongs to it is indented, by dpkg with a space, by rpm with a tab. */
static bool is_error(const char *line)
{
	return text_starts(line, "dpkg: error") || text_starts(line, "error:") ||
	       text_starts(line, "E: ");
}

const char *remover_complaint(struct arena *a, const struct paths *paths)
{
	char *text = log_read(a, paths), *rest, *line, *next;

	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line; line = next) {
		next = strtok_r(NULL, "\n", &rest);
		if (is_error(line))
			return shown(a, next && (*next == ' ' || *next == '\t')
					    ? arena_printf(a, "%s%s", line, next)
					    : line);
	}
	return remover_last_line(a, paths);
}

void remover_clear(const struct paths *paths)
{
	(void)unlink(paths->removal_log);
	(void)unlink(paths->removal_end);
}
