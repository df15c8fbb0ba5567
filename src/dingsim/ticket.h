/* Tickets of the Stream gateway: what an app got for its credentials, good for one connection. */
#pragma once

#include "base/id.h"

#define TICKET_TTL_MS 90000
#define TICKETS_MAX 1000 /* over it the oldest one goes */

struct ticket {
	struct ticket *next;
	char id[ID_SIZE];
	char *client_id, *ua;
	char *topics; /* JSON array of the CALLBACK topics */
	int64_t expires_ms;
};

struct tickets {
	struct ticket *first; /* oldest first */
	size_t count;
};

/* The new one; it stays the list's. */
const struct ticket *ticket_issue(struct tickets *all, const struct ticket *like, int64_t now_ms);

/* Takes the ticket out: the caller frees it. NULL: unknown, used or expired. */
[[nodiscard]] struct ticket *ticket_redeem(struct tickets *all, const char *id, int64_t now_ms);

void ticket_free(struct ticket *t); /* accepts NULL */
void tickets_done(struct tickets *all);
