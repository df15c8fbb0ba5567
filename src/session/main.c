/* holdfast-session: started with the desktop session, one a user. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "session/session.h"
#include "session/words.h"

/* As a shell says that SIGTERM ended it: the user's service manager starts it again. */
#define EXIT_ASKED (128 + SIGTERM)

static const char usage[] =
    "usage: holdfast-session [--root DIR]\n"
    "\n"
    "Tells the owner of this computer that a removal was refused, and how a request ended.\n"
    "The desktop session starts it; a second one in the same session ends at once.\n"
    "  --root DIR  keeper, window and translations below DIR instead of /, for tests\n";

static void on_signal(void *arg, [[maybe_unused]] int signal)
{
	loop_stop(arg);
}

/* True: *out is held until the process ends. False without e.code: another one runs. */
static bool lock(struct arena *a, int *out, struct err *e)
{
	const char *folder = text_some(getenv("XDG_RUNTIME_DIR"));
	const char *path;

	e->code = ERR_NONE;
	if (!folder)
		return err_set(e, ERR_INVALID, "XDG_RUNTIME_DIR is not set: this is no session");
	path = arena_printf(a, "%s/holdfast-session.lock", folder);
	*out = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*out < 0)
		return err_errno(e, "%s", path);
	if (!flock(*out, LOCK_EX | LOCK_NB))
		return true;
	return errno == EWOULDBLOCK ? false : err_errno(e, "%s", path);
}

/* XDG Base Directory Specification: what a program wants to find again. */
static const char *state_folder(struct arena *a)
{
	const char *state = text_some(getenv("XDG_STATE_HOME")), *home = text_some(getenv("HOME"));

	if (state && *state == '/')
		return arena_printf(a, "%s/holdfast", state);
	return arena_printf(a, "%s/.local/state/holdfast", home ? home : "");
}

static int run(const char *root)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(fd_closep) int fd = -1;
	struct session *session;
	struct loop *loop;
	struct err e;

	log_start("holdfast-session", LOG_LEVEL_INFO);
	(void)umask(077);
	if (!lock(&a, &fd, &e)) {
		if (e.code != ERR_NONE)
			log_err(LOG_LEVEL_ERROR, "start", &e);
		return e.code == ERR_NONE ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	words_start(arena_printf(&a, "%s/usr/share/locale", root));
	loop = loop_new();
	loop_on_signal(loop, SIGTERM, on_signal, loop);
	loop_on_signal(loop, SIGINT, on_signal, loop);
	session = session_new(loop, root, state_folder(&a));
	loop_run(loop);
	session_free(session);
	loop_free(loop);
	return EXIT_ASKED;
}

int main(int argc, char **argv)
{
	char *root = argc == 3 && text_equal(argv[1], "--root") ? argv[2] : NULL;

	if (argc == 2 && text_equal(argv[1], "--version")) {
		(void)puts("holdfast-session " HOLDFAST_VERSION);
		return EXIT_SUCCESS;
	}
	if (argc == 2 && text_equal(argv[1], "--help")) {
		(void)fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (argc > 1 && !root) {
		(void)fputs(usage, stderr);
		return 2;
	}
	return run(root ? root : "");
}
