/* The agent's process: started as its own user at one end of a socketpair, started again when it
 * ends. What goes to it is made here; what it says is read in agent_frames.c. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "keeper/keeper.h"

#define AGENT_FD 3
#define RESTART_FIRST_MS 500
#define RESTART_MOST_MS 60000
#define STEADY_MS 60000 /* a process that lived this long did not fail at its start */
#define GRANTS_TOLD 32  /* as many the server takes, of those held and of those revoked */
#define END_LOOKS 200   /* every 10 ms */

struct account {
	bool change;
	uid_t uid;
	gid_t gid;
};

/* Who the agent shall be. Never root by accident: without the account there is no agent. */
static bool account_find(const char *name, struct account *out, struct err *e)
{
	struct passwd entry, *found = NULL;
	char room[16384];

	*out = (struct account){0};
	if (getuid() != 0)
		return true;
	if (getpwnam_r(name, &entry, room, sizeof(room), &found) || !found)
		return err_set(e, ERR_NOT_FOUND, "there is no user \"%s\" to run the agent as",
			       name);
	*out =
	    (struct account){.change = entry.pw_uid != 0, .uid = entry.pw_uid, .gid = entry.pw_gid};
	return true;
}

/* Between fork and exec: only calls that are safe there (signal-safety(7)). */
static void become_agent(const char *path, int fd, const struct account *account)
{
	char search[] = "PATH=/usr/bin:/bin";
	char locale[] = "LC_ALL=C.UTF-8";
	/* Debian's libcurl brings GnuTLS along for protocols that nobody speaks here. Unused, it need not make
	 * itself ready, which is 2 MB. */
	char gnutls[] = "GNUTLS_NO_IMPLICIT_INIT=1";
	char *const environment[] = {search, locale, gnutls, NULL};
	char *const arguments[] = {(char *)path, NULL};
	sigset_t none;

	/* Onto itself dup2 would leave close-on-exec set. */
	if (fd == AGENT_FD ? fcntl(fd, F_SETFD, 0) < 0 : dup2(fd, AGENT_FD) < 0)
		_exit(126);
	if (account->change &&
	    (setgroups(0, NULL) < 0 || setresgid(account->gid, account->gid, account->gid) < 0 ||
	     setresuid(account->uid, account->uid, account->uid) < 0))
		_exit(126);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (chdir("/") == 0)
		(void)execve(path, arguments, environment);
	_exit(127);
}

static void on_frame(void *arg, const struct json *frame)
{
	agent_frame(arg, frame);
}

static void lost(struct keeper *k)
{
	struct link *l = &k->link;
	unsigned doublings;
	int64_t delay = RESTART_FIRST_MS;
	struct err e;

	ipc_channel_free(l->channel);
	l->channel = NULL;
	l->online = false;
	l->sending = false;
	if (l->pid > 0)
		(void)kill(l->pid, SIGTERM);
	if (loop_now_ms(k->loop) - l->started_ms > STEADY_MS)
		l->failures = 0;
	for (doublings = l->failures++; doublings && delay < RESTART_MOST_MS; doublings--)
		delay *= 2;
	loop_timer_start(l->restart, delay < RESTART_MOST_MS ? delay : RESTART_MOST_MS, 0);
	(void)err_set(&e, ERR_UNAVAILABLE, "the link to the server is being restarted");
	calls_fail(k, &e);
	login_failed(k, err_name(e.code), e.text, NULL);
	watch_look(k);
}

static void on_closed(void *arg, [[maybe_unused]] const struct err *e)
{
	struct keeper *k = arg;

	log_line(LOG_LEVEL_WARN, "the agent has ended and will be started again");
	lost(k);
}

static bool spawn(struct keeper *k, struct err *e)
{
	struct account account;
	int fds[2];
	pid_t pid;

	if (!account_find(k->settings.user, &account, e))
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return err_errno(e, "socketpair");
	pid = fork();
	if (pid == 0)
		become_agent(k->paths.agent, fds[1], &account);
	(void)close(fds[1]);
	if (pid < 0) {
		(void)close(fds[0]);
		return err_errno(e, "fork");
	}
	k->link.pid = pid;
	k->link.used_ns = 0;
	k->link.channel = ipc_channel_new(k->loop, fds[0], on_frame, on_closed, k);
	return true;
}

void link_start(struct keeper *k)
{
	struct err e;

	if (k->link.channel || (k->device.standing == DEVICE_TAMPERED && !k->device.known))
		return;
	k->link.started_ms = loop_now_ms(k->loop);
	if (!spawn(k, &e)) {
		log_err(LOG_LEVEL_ERROR, "the agent cannot be started", &e);
		lost(k);
		return;
	}
	link_send_state(k);
}

void link_restart(struct keeper *k)
{
	if (k->link.channel)
		lost(k);
	k->link.failures = 0;
	loop_timer_start(k->link.restart, 0, 0);
}

void link_reaped(struct keeper *k)
{
	struct link *l = &k->link;
	int status;

	if (l->pid <= 0 || waitpid(l->pid, &status, WNOHANG | WUNTRACED) != l->pid)
		return;
	if (WIFSTOPPED(status)) {
		link_kill(k, "was stopped");
		return;
	}
	l->pid = 0;
	/* Killed, it did not fail at its start: it is back at once, however often. */
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		return;
	l->failures = 0;
	if (!l->channel)
		loop_timer_start(l->restart, RESTART_FIRST_MS, 0);
}

/* Its end is noticed as any other. */
void link_kill(struct keeper *k, const char *why)
{
	log_line(LOG_LEVEL_WARN, "the agent %s and is replaced", why);
	(void)kill(k->link.pid, SIGKILL);
}

void link_ping(struct keeper *k)
{
	AUTO(buf_done) struct buf frame = {0};

	buf_text(&frame, "{\"m\":\"ping\"}");
	(void)link_send(k, &frame);
}

static void on_restart(void *arg)
{
	struct keeper *k = arg;

	/* The one before may be ending still; two at a time would fight for the poll. */
	if (k->link.pid > 0)
		loop_timer_start(k->link.restart, RESTART_FIRST_MS, 0);
	else
		link_start(k);
}

void link_init(struct keeper *k)
{
	k->link.restart = loop_timer_new(k->loop, on_restart, k);
	k->link.batch = SPOOL_BATCH;
}

/* One that was stopped or hangs must not keep this process from ending. */
static void end_process(pid_t pid)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	int looks = 0;

	if (pid <= 0)
		return;
	(void)kill(pid, SIGTERM);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (++looks == END_LOOKS)
			(void)kill(pid, SIGKILL);
		(void)nanosleep(&pause, NULL);
	}
}

void link_done(struct keeper *k)
{
	ipc_channel_free(k->link.channel);
	k->link.channel = NULL;
	loop_timer_free(k->link.restart);
	end_process(k->link.pid);
}

bool link_send(struct keeper *k, struct buf *frame)
{
	struct err e;

	if (!k->link.channel)
		return false;
	if (ipc_channel_send(k->link.channel, frame->data, frame->len, &e))
		return true;
	log_err(LOG_LEVEL_ERROR, "the agent", &e);
	return false;
}

/* Ids begin with their time. */
static bool is_among_newest(const struct holding *h, const char *id)
{
	size_t newer = 0, i;

	for (i = 0; i < h->grant_count; i++)
		newer += strcmp(h->grants[i].id, id) > 0;
	return newer < GRANTS_TOLD;
}

static void put_held(const struct keeper *k, struct json_writer *w)
{
	const struct holding *h = &k->holding;
	size_t i;

	json_array(w, "held");
	for (i = 0; i < h->grant_count; i++)
		if (is_among_newest(h, h->grants[i].id))
			json_put_text(w, NULL, h->grants[i].id);
	json_array_end(w);
}

/* The newest; the server asked for those last. */
static void put_revoked(const struct keeper *k, struct json_writer *w)
{
	AUTO(arena_done) struct arena a = {0};
	struct ledger ledger = {0};
	size_t skip = 0, i;
	struct err e;

	json_array(w, "revoked");
	if (k->device.standing == DEVICE_ENROLLED && holding_ledger(&k->device, &a, &ledger, &e)) {
		for (i = 0; i < ledger.count; i++)
			skip += ledger.entries[i].kind == LEDGER_REVOKED;
		skip = skip > GRANTS_TOLD ? skip - GRANTS_TOLD : 0;
		for (i = 0; i < ledger.count; i++) {
			if (ledger.entries[i].kind != LEDGER_REVOKED)
				continue;
			if (skip)
				skip--;
			else
				json_put_text(w, NULL, ledger.entries[i].grant);
		}
	}
	json_array_end(w);
}

void link_send_state(struct keeper *k)
{
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};
	json_object(&w, NULL);
	json_put_text(&w, "m", "state");
	json_put_text(&w, "url", k->settings.url);
	json_put_text(&w, "ca", *k->settings.ca ? k->settings.ca : NULL);
	json_put_text(&w, "device", k->device.known ? k->device.anchor.device : NULL);
	json_put_i64(&w, "counter", k->holding.has_statement ? k->holding.statement.counter : 0);
	json_put_text(&w, "hardware", k->hardware);
	json_put_text(&w, "basis", k->holding.has_statement ? k->holding.statement.basis : "");
	json_put_text(&w, "offline", offline_id(k));
	integrity_put(k, &w);
	put_held(k, &w);
	put_revoked(k, &w);
	json_object_end(&w);
	(void)link_send(k, &frame);
}

void link_send_reports(struct keeper *k)
{
	AUTO(buf_done) struct buf list = {0};
	AUTO(buf_done) struct buf frame = {0};
	struct err e;
	size_t count;

	if (!k->link.channel || !k->device.known)
		return;
	if (!spool_batch(&k->paths, k->link.batch, &list, &count, &e)) {
		log_err(LOG_LEVEL_ERROR, "reports", &e);
		return;
	}
	k->link.sending = count;
	if (!count)
		return;
	buf_printf(&frame, "{\"m\":\"receipts\",\"receipts\":%s}", list.data);
	(void)link_send(k, &frame);
}
