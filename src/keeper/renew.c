/*
 * After an upgrade this process becomes the new program, at the same path and as the same process, so
 * that there is no moment without a keeper and systemd has nothing to stop. The listening socket goes
 * along: who connects meanwhile waits. What is open besides is on disk or asked for again.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "keeper/local.h"

#define SOCKET_FD 3 /* sd_listen_fds(3) */
#define EVERY_MS 200

static const int held[] = {SIGHUP, SIGTERM, SIGINT, SIGCHLD};

/* A sign-in has its key in memory only. */
bool renew_is_busy(const struct keeper *k)
{
	size_t i;

	for (i = 0; i < KEEPER_MAX_CALLS; i++)
		if (k->calls[i].number)
			return true;
	return k->login.state == LOGIN_ASKING || k->login.state == LOGIN_WAITING ||
	       k->removing.launcher || k->guards.pid || k->offline.trying || suspend_near(k);
}

static void on_timer(void *arg)
{
	struct keeper *k = arg;

	if (k->goodbye.leaving || k->goodbye.stopping)
		return;
	if (renew_is_busy(k)) {
		loop_timer_start(k->renew.timer, EVERY_MS, 0);
		return;
	}
	if (access(k->program, X_OK) < 0) {
		log_line(LOG_LEVEL_WARN, "there is no program at %s to go on as", k->program);
		return;
	}
	k->renew.ready = true;
	loop_stop(k->loop);
}

void renew_begin(struct keeper *k)
{
	loop_timer_start(k->renew.timer, 0, 0);
}

static void mask(int how)
{
	sigset_t set;
	size_t i;

	(void)sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(held); i++)
		(void)sigaddset(&set, held[i]);
	(void)sigprocmask(how, &set, NULL);
}

void renew_listen(void)
{
	mask(SIG_UNBLOCK);
}

/* The new program takes the descriptor only when it is told by this process's number. */
static bool hand_over(int fd)
{
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (fd == SOCKET_FD ? fcntl(fd, F_SETFD, 0) < 0 : dup2(fd, SOCKET_FD) < 0)
		return false;
	return !setenv("LISTEN_PID", pid, 1) && !setenv("LISTEN_FDS", "1", 1);
}

bool renew_go(const char *program, const char *root, int fd)
{
	char *const plain[] = {(char *)program, NULL};
	char *const below[] = {(char *)program, (char *)"--root", (char *)root, NULL};

	/* A signal in between would end what has no handler yet. */
	mask(SIG_BLOCK);
	if (hand_over(fd))
		(void)execv(program, *root ? below : plain);
	log_line(LOG_LEVEL_ERROR, "%s: %s", program, strerror(errno));
	return false;
}

int renew_inherited(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *count = getenv("LISTEN_FDS");
	int64_t number;
	bool ours = pid && text_i64(pid, 1, INT32_MAX, &number) && number == getpid() &&
		    text_equal(count, "1");

	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	if (!ours || fcntl(SOCKET_FD, F_SETFD, FD_CLOEXEC) < 0)
		return -1;
	return SOCKET_FD;
}

void renew_init(struct keeper *k)
{
	k->renew.timer = loop_timer_new(k->loop, on_timer, k);
}

void renew_done(struct keeper *k)
{
	loop_timer_free(k->renew.timer);
}
