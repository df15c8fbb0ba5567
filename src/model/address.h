/*
 * Internet addresses and networks, as sixteen bytes: IPv4 is ::ffff:a.b.c.d. Which of them belong to
 * the public internet, so that what goes out on somebody's word does not reach what is inside.
 */
#pragma once

#include "base/base.h"

#define ADDRESS_SIZE 16

struct network {
	unsigned char bytes[ADDRESS_SIZE];
	int bits; /* of 128; IPv4's begin at 96 */
};

/* "10.1.2.3", "fd00::1", "[fd00::1]"; nothing else that some program takes for an address. */
[[nodiscard]] bool address_read(const char *text, unsigned char out[static ADDRESS_SIZE]);

/* "10.0.0.0/8", "fd00::/8"; an address alone is a network of its own. The bits behind the prefix are
 * zero. */
[[nodiscard]] bool network_read(const char *text, struct network *out);

/* An IPv4 address behind a translator (64:ff9b::/96) is that IPv4 address, here and below. */
bool network_has(const struct network *n, const unsigned char address[static ADDRESS_SIZE]);

/* Not private, loopback, link-local, shared, multicast or reserved (RFC 6890 and IANA's registries of
 * special addresses), and no cloud's service for its own machines. */
bool address_public(const unsigned char address[static ADDRESS_SIZE]);
