/*
 * A refused "dpkg -r" leaves the package selected for removal (state ri or pi), and a later
 * "apt-get dselect-upgrade" would take it away. The selection can only be put back when dpkg has
 * ended, so not by a script of the package: the keeper does it once dpkg's locks are free. rpm keeps
 * no such wish, so where the client came with rpm nothing is done.
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "keeper/keeper.h"
#include "keeper/manager.h"

#define EVERY_MS 500
#define TRIES 120

static bool is_locked(struct arena *a, const struct keeper *k, const char *name)
{
	AUTO(fd_closep)
	int fd = open(arena_printf(a, "%s/%s", k->paths.packages, name), O_RDWR | O_CLOEXEC);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fd >= 0 && !fcntl(fd, F_GETLK, &lock) && lock.l_type != F_UNLCK;
}

static bool needs_repair(struct arena *a, const struct keeper *k)
{
	struct package_state client = {.name = KEEPER_PACKAGE};
	struct err e;

	return manager_installed(a, &k->paths, MANAGER_DEB, &client, 1, &e) && client.unselected;
}

static bool selection_write(int fd)
{
	static const char text[] = KEEPER_PACKAGE " install\n";
	struct err e;

	return fd >= 0 && fd_write_full(fd, text, sizeof(text) - 1, &e) &&
	       lseek(fd, 0, SEEK_SET) == 0;
}

static bool spawn(struct keeper *k, struct arena *a)
{
	char *const arguments[] = {arena_dup(a, "dpkg"),
				   arena_printf(a, "--admindir=%s", k->paths.packages),
				   arena_dup(a, "--set-selections"), NULL};
	char *const environment[] = {arena_dup(a, "PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
				     arena_dup(a, "LC_ALL=C.UTF-8"), NULL};
	AUTO(fd_closep) int fd = memfd_create("selection", MFD_CLOEXEC);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int failed;

	if (!selection_write(fd))
		return false;
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, fd, 0);
	(void)posix_spawnattr_init(&attributes);
	(void)posix_spawnattr_setsigdefault(&attributes, &defaults);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	failed = posix_spawn(&k->repair.pid, k->paths.dpkg, &actions, &attributes, arguments,
			     environment);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (failed)
		k->repair.pid = 0;
	return !failed;
}

static void on_timer(void *arg)
{
	AUTO(arena_done) struct arena a = {0};
	struct keeper *k = arg;
	struct repair *r = &k->repair;

	if (r->pid || ++r->tries > TRIES)
		return;
	if (is_locked(&a, k, "lock-frontend") || is_locked(&a, k, "lock")) {
		loop_timer_start(r->timer, EVERY_MS, 0);
		return;
	}
	if (!needs_repair(&a, k))
		return;
	if (!spawn(k, &a))
		log_line(LOG_LEVEL_WARN, "the package's selection cannot be put back");
}

void repair_begin(struct keeper *k)
{
	if (manager_detect(&k->paths) != MANAGER_DEB)
		return;
	k->repair.tries = 0;
	loop_timer_start(k->repair.timer, EVERY_MS, 0);
}

void repair_reaped(struct keeper *k)
{
	struct repair *r = &k->repair;
	int status;

	if (!r->pid || waitpid(r->pid, &status, WNOHANG) != r->pid)
		return;
	r->pid = 0;
	/* Somebody took the lock in between: once more. Else this look finds nothing to do. */
	loop_timer_start(r->timer, EVERY_MS, 0);
}

void repair_init(struct keeper *k)
{
	k->repair.timer = loop_timer_new(k->loop, on_timer, k);
}

void repair_done(struct keeper *k)
{
	loop_timer_free(k->repair.timer);
	if (k->repair.pid)
		(void)waitpid(k->repair.pid, NULL, 0);
}
