/* Waiting for the keeper to say that something has changed. */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "cli/cli.h"
#include "ipc/ipc.h"

/* A keeper that does not tell is asked each second; one that does is asked too, since time changes things as well. */
#define POLL_MS 1000
#define LOOK_MS 10000
/* Of an answer that has begun. */
#define FRAME_TIMEOUT_MS 10000

/* An older keeper, or too many of this person's programs listen. */
bool cli_listen(struct cli *c)
{
	static const char request[] = "{\"cmd\":\"watch\"}";
	const struct json *answer;
	struct err e;

	if (c->watch >= 0 || c->unwatched)
		return c->watch >= 0;
	if (!ipc_connect(c->socket, FRAME_TIMEOUT_MS, &c->watch, &e))
		return false;
	if (ipc_send(c->watch, request, strlen(request), &e) &&
	    ipc_receive(c->watch, &c->arena, &answer, &e) && cli_ok(answer))
		return true;
	fd_closep(&c->watch);
	c->watch = -1;
	c->unwatched = true;
	return false;
}

static const struct json *listen_once(struct cli *c)
{
	struct pollfd poll_fd = {.fd = c->watch, .events = POLLIN};
	const struct json *event;
	struct err e;

	if (poll(&poll_fd, 1, LOOK_MS) <= 0)
		return NULL;
	if (ipc_receive(c->watch, &c->arena, &event, &e))
		return event;
	/* The keeper ended; the next one is listened to. */
	fd_closep(&c->watch);
	c->watch = -1;
	(void)usleep(POLL_MS * 1000);
	return NULL;
}

void cli_wait(struct cli *c, const struct json **event)
{
	const struct json *said = NULL;

	arena_wipe(&c->arena);
	if (c->watch >= 0)
		said = listen_once(c);
	else if (!cli_listen(c))
		(void)usleep(POLL_MS * 1000);
	if (event)
		*event = said;
}
