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
#include "base/text.h"
#include "keeper/keeper.h"
#include "keeper/manager.h"

#define EVERY_MS 500
#define TRIES 120

static void put_selection(struct buf *out, const struct package_state *package)
{
	if (!package->unselected)
		return;
	/* Without its architecture one of several would not be known. */
	if (text_equal(package->architecture, "all") || !*package->architecture)
		buf_printf(out, "%s install\n", package->name);
	else
		buf_printf(out, "%s:%s install\n", package->name, package->architecture);
}

/* For "dpkg --set-selections": the client, and what is protected beside it with what guards it. */
static void read_selections(struct arena *a, const struct keeper *k, struct buf *out)
{
	const struct packages *p = &k->packages;
	struct package_state *states = arena_array(a, 2 * p->count + 1, sizeof(*states));
	size_t n = 0, i;
	struct err e;

	states[n++].name = KEEPER_PACKAGE;
	for (i = 1; i < p->count; i++) {
		if (!holding_blocks(&k->holding, p->items[i].name))
			continue;
		states[n++].name = p->items[i].name;
		states[n++].name = p->items[i].guard.name;
	}
	if (!manager_installed(a, &k->paths, MANAGER_DEB, states, n, &e))
		return;
	for (i = 0; i < n; i++)
		put_selection(out, &states[i]);
}

static bool selection_write(int fd, const struct buf *text)
{
	struct err e;

	return fd >= 0 && fd_write_full(fd, text->data, text->len, &e) &&
	       lseek(fd, 0, SEEK_SET) == 0;
}

static bool spawn(struct keeper *k, struct arena *a, const struct buf *text)
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

	if (!selection_write(fd, text))
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
	AUTO(buf_done) struct buf text = {0};
	struct keeper *k = arg;
	struct repair *r = &k->repair;

	if (r->pid || ++r->tries > TRIES)
		return;
	if (manager_busy(&k->paths, MANAGER_DEB)) {
		loop_timer_start(r->timer, EVERY_MS, 0);
		return;
	}
	read_selections(&a, k, &text);
	if (text.len && !spawn(k, &a, &text))
		log_line(LOG_LEVEL_WARN, "the packages' selection cannot be put back");
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
