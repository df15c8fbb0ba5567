/*
 * Answered requests on their way from any thread to the loop of their server. The box outlives the
 * server while a request is out: what is put in after mailbox_close is freed at once.
 */
#pragma once

#include "loop/loop.h"

struct mailbox;
struct request;

/* arrived runs on the loop when something was put in. */
[[nodiscard]] struct mailbox *mailbox_new(struct loop *l, loop_fn *arrived, void *arg);

/* For each request made: keeps the box. On the loop. */
void mailbox_hold(struct mailbox *m);

/* Any thread. Takes the request. */
void mailbox_put(struct mailbox *m, struct request *r);

/* Everything put in so far, oldest first, linked by next; each still holds the box. */
struct request *mailbox_take(struct mailbox *m);

/* Gives up a hold. Any thread. */
void mailbox_release(struct mailbox *m);

/* Frees what was put in, and gives up the server's own hold. */
void mailbox_close(struct mailbox *m);

/* Answers made from now on say that the connection closes. */
void mailbox_stop(struct mailbox *m);
bool mailbox_stopping(const struct mailbox *m);
