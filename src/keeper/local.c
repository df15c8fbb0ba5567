#include "keeper/local.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

/* Some connections stay for root: the guard must get through whatever users do. */
#define MAX_FOR_USERS (IPC_MAX_CONNECTIONS - IPC_MAX_CONNECTIONS_PER_UID)

/* What a watching program has not taken yet. The kernel keeps some 200 kB for it besides. */
#define MAX_BEHIND IPC_MAX_FRAME

struct local {
	struct keeper *keeper;
	int fd;
	struct loop_watch *watch;
	struct client *clients;
};

static void client_free(struct client *c)
{
	struct client **at;

	for (at = &c->local->clients; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	ipc_channel_free(c->channel);
	loop_timer_free(c->idle);
	mem_free(c);
}

/* What its request set going goes on; nobody is told then. */
static void client_end(struct client *c)
{
	struct keeper *k = c->local->keeper;

	calls_forget_client(k, c);
	offline_forget_client(k, c);
	if (k->login.client == c)
		k->login.client = NULL;
	client_free(c);
}

static void on_idle(void *arg)
{
	client_end(arg);
}

static void on_closed(void *arg, [[maybe_unused]] const struct err *e)
{
	client_end(arg);
}

static void on_frame(void *arg, const struct json *frame)
{
	struct client *c = arg;

	if (!c->watching)
		loop_timer_start(c->idle, LOCAL_IDLE_MS, 0);
	c->waiting = true;
	ipc_channel_pause(c->channel);
	command_run(c->local->keeper, c, frame);
}

static void finish(struct client *c, struct buf *answer)
{
	struct err e;

	if (!c->waiting)
		return;
	c->waiting = false;
	if (!ipc_channel_send(c->channel, answer->data, answer->len, &e)) {
		log_err(LOG_LEVEL_WARN, "an answer", &e);
		client_end(c);
		return;
	}
	ipc_channel_resume(c->channel);
}

void local_answer(struct client *c, local_fill_fn *fill, const void *arg)
{
	AUTO(buf_done) struct buf answer = {0};
	struct json_writer w = {.out = &answer};

	json_object(&w, NULL);
	json_put_bool(&w, "ok", true);
	if (fill)
		fill(&w, arg);
	json_object_end(&w);
	finish(c, &answer);
}

void local_refuse_text(struct client *c, const char *code, const char *text, const char *reason)
{
	AUTO(buf_done) struct buf answer = {0};
	struct json_writer w = {.out = &answer};

	json_object(&w, NULL);
	json_put_bool(&w, "ok", false);
	json_put_text(&w, "code", code);
	json_put_text(&w, "text", text);
	if (reason)
		json_put_text(&w, "reason", reason);
	json_object_end(&w);
	finish(c, &answer);
}

void local_refuse_with(struct client *c, const struct err *e, local_fill_fn *fill, const void *arg)
{
	AUTO(buf_done) struct buf answer = {0};
	struct json_writer w = {.out = &answer};

	json_object(&w, NULL);
	json_put_bool(&w, "ok", false);
	json_put_text(&w, "code", err_name(e->code));
	json_put_text(&w, "text", e->text);
	fill(&w, arg);
	json_object_end(&w);
	finish(c, &answer);
}

void local_refuse(struct client *c, const struct err *e)
{
	local_refuse_text(c, err_name(e->code), e->text, NULL);
}

bool local_watch(struct client *c, struct err *e)
{
	const struct client *other;
	size_t same = 0;

	for (other = c->local->clients; other; other = other->next)
		same += other->watching && other->peer.uid == c->peer.uid;
	if (!c->watching && same >= LOCAL_MAX_WATCHES)
		return err_set(e, ERR_TOO_MANY, "this user watches %zu times already", same);
	c->watching = true;
	loop_timer_stop(c->idle);
	return true;
}

bool local_watched(const struct local *l)
{
	const struct client *c;

	for (c = l->clients; c; c = c->next)
		if (c->watching)
			return true;
	return false;
}

/* Not ended here: one of them may have a request that is being answered. */
static void give_up(struct client *c)
{
	c->watching = false;
	loop_timer_start(c->idle, 0, 0);
}

void local_tell(struct local *l, const struct buf *event, bool everybody)
{
	struct client *c;
	struct err e;

	for (c = l->clients; c; c = c->next)
		if (c->watching && (everybody || status_tells_all(l->keeper, c->peer.uid)) &&
		    (ipc_channel_waiting(c->channel) > MAX_BEHIND ||
		     !ipc_channel_send(c->channel, event->data, event->len, &e)))
			give_up(c);
}

static bool has_room(const struct local *l, uid_t uid)
{
	const struct client *c;
	size_t all = 0, same = 0;

	for (c = l->clients; c; c = c->next) {
		all += c->peer.uid != 0;
		same += c->peer.uid == uid;
	}
	return same < IPC_MAX_CONNECTIONS_PER_UID && (uid == 0 || all < MAX_FOR_USERS);
}

static void client_new(struct local *l, int fd)
{
	struct ipc_peer peer;
	struct client *c;
	struct err e;

	if (!ipc_peer(fd, &peer, &e) || !has_room(l, peer.uid)) {
		(void)close(fd);
		return;
	}
	c = mem_new(struct client);
	c->local = l;
	c->peer = peer;
	c->next = l->clients;
	l->clients = c;
	c->idle = loop_timer_new(l->keeper->loop, on_idle, c);
	loop_timer_start(c->idle, LOCAL_IDLE_MS, 0);
	c->channel = ipc_channel_new(l->keeper->loop, fd, on_frame, on_closed, c);
}

static void on_connection(void *arg, [[maybe_unused]] bool readable, [[maybe_unused]] bool writable)
{
	struct local *l = arg;
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		client_new(l, fd);
}

struct local *local_new(struct keeper *k, struct err *e)
{
	struct local *l = mem_new(struct local);

	l->keeper = k;
	l->fd = renew_inherited();
	if (l->fd >= 0 && !ipc_listens_at(l->fd, k->paths.socket))
		fd_closep(&l->fd);
	if (l->fd < 0 && !ipc_listen(k->paths.socket, &l->fd, e)) {
		mem_free(l);
		return NULL;
	}
	l->watch = loop_watch_new(k->loop, l->fd, on_connection, l);
	loop_watch_set(l->watch, true, false);
	return l;
}

int local_release(struct local *l)
{
	int fd = l->fd;

	while (l->clients)
		client_free(l->clients);
	loop_watch_free(l->watch);
	mem_free(l);
	return fd;
}

void local_free(struct local *l)
{
	const char *path;

	if (!l)
		return;
	path = l->keeper->paths.socket;
	(void)close(local_release(l));
	(void)unlink(path);
}
