/* Whose a request really is when it came through proxies of ours, and what allowances are counted by. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "model/address.h"

/* Several networks, separated by commas and blanks; the word "unix" stands for who comes over a Unix
 * socket. ERR_INVALID names what is none. */
#define PROXIES_MAX 64
struct proxies {
	struct network items[PROXIES_MAX];
	size_t count;
	bool local; /* "unix" was among them */
};
[[nodiscard]] bool proxies_read(const char *text, struct proxies *out, struct err *e);

/* peer ("192.0.2.1", "unix"), or, as long as that is one of the proxies, who is named before it in
 * X-Forwarded-For: all fields of that name joined by commas, NULL for none. What is no address there ends
 * the walk. */
const char *proxies_behind(const struct proxies *p, struct arena *a, const char *peer,
			   const char *forwarded_for);

/* One subscriber, as far as addresses tell: an IPv4 address, the /64 of an IPv6 one, other texts as they
 * are. */
const char *address_group(struct arena *a, const char *address);
