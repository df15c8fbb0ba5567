/*
 * The opening handshake of a WebSocket in bytes (RFC 6455 §4), the client's side of it: what it asks
 * and what the answer must be. No extension and no subprotocol is asked for.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#define UPGRADE_KEY_SIZE 25    /* with the NUL */
#define UPGRADE_ACCEPT_SIZE 29 /* with the NUL */
#define UPGRADE_MAX_HEAD 8192  /* bytes of an answer's head */

/* One of the words of a list like "keep-alive, Upgrade". list may be NULL. */
bool upgrade_lists(const char *list, const char *word);

/* A fresh Sec-WebSocket-Key, and what proves that it was read by somebody who speaks WebSocket. */
void upgrade_key(char out[static UPGRADE_KEY_SIZE]);
void upgrade_accept(const char *key, char out[static UPGRADE_ACCEPT_SIZE]);

/* host with its port when that is not the scheme's own; target is path and query. */
void upgrade_ask(struct buf *out, const char *host, const char *target, const char *key);

/*
 * Reads the answer's head out of n bytes. *head is its length, 0 while more has to come. Strict: any
 * status but 101, a line that RFC 9112 does not allow, a missing or second Sec-WebSocket-Accept, an
 * extension or subprotocol that nobody asked for, and a head over the maximum are ERR_PEER.
 */
[[nodiscard]] bool upgrade_read(const char *bytes, size_t n, const char *key, size_t *head,
				struct err *e);
