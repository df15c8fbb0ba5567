/* The guard as a program: the real machine's paths and clock, and nothing from its caller but the
 * arguments. */
#include "guard/guard.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "crypto/crypto.h"

/* A file opened as descriptor 2 would receive what is meant for the terminal. */
static bool open_standard_files(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	char exe[PATH_MAX] = "";
	AUTO(buf_done) struct buf text = {0};
	struct guard guard = {.root = "", .exe = exe, .version = HOLDFAST_VERSION};
	struct err e = {0};
	int status;

	(void)signal(SIGPIPE, SIG_IGN);
	if (!open_standard_files() || !crypto_start(&e))
		return 1;
	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		guard.exe = NULL;
	guard.now_ms = clock_utc_ms();
	status = guard_run(&guard, argc, argv, &text);
	if (text.len)
		(void)fd_write_full(STDERR_FILENO, text.data, text.len, &e);
	return status;
}
