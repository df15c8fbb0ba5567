/*
 * Offline codes (docs/offline.md): a few grants that a device is given in advance, each sealed under a
 * one-time code that the server reveals to an administrator, who reads it out. A set is what the device holds
 * of them. Pure; what is sealed is a grant like any other.
 */
#pragma once

#include "crypto/crypto.h"
#include "json/json.h"

#define OFFLINE_CODES 5 /* in a new set */
#define OFFLINE_MAX_INDEX 99
#define OFFLINE_SET_MAX 32768 /* bytes of a set's JSON */
#define OFFLINE_PACKAGE "holdfast-client"

/* What a device is called on the phone: 40 bits of the SHA-256 of its id, in Crockford's base32. */
#define OFFLINE_DEVICE_CODE_SIZE 10 /* "7H2K-9QDM" and the NUL */
void offline_device_code(const char *device, char out[static OFFLINE_DEVICE_CODE_SIZE]);
/* As people type it: case, blanks and hyphens do not matter, O is 0, I and L are 1. */
bool offline_device_code_is(const char *device, const char *typed);

/* A code: 80 random bits and 20 bits of checksum, in Crockford's base32, five groups of four. */
#define OFFLINE_CODE_BYTES 10
#define OFFLINE_CODE_SIZE 25 /* "7H2K-9QDM-0V3X-E5RB-T1ZC" and the NUL */
void offline_code_text(const unsigned char code[OFFLINE_CODE_BYTES],
		       char out[static OFFLINE_CODE_SIZE]);
/* As people type it. ERR_UNPROCESSABLE, in words: it cannot be a code, so nothing was tried. */
[[nodiscard]] bool offline_code_read(const char *typed, unsigned char out[OFFLINE_CODE_BYTES],
				     struct err *e);

struct offline_entry {
	int64_t index;      /* 1..OFFLINE_MAX_INDEX: which code opens it, for people */
	const char *sealed; /* base64url of the sealed JWS */
};

struct offline_set {
	const char *id; /* has the form of an id */
	int64_t made_ms, exp_ms;
	unsigned char salt[CRYPTO_SALT_SIZE]; /* of all its codes */
	struct offline_entry entries[OFFLINE_CODES];
	size_t count;
};

/* ERR_INVALID: not a set, with what is wrong. At least one entry, their indices rising. */
[[nodiscard]] bool offline_set_read(struct arena *a, const char *text, size_t n,
				    struct offline_set *out, struct err *e);
void offline_set_write(const struct offline_set *set, struct buf *out);

/* The entry's sealed text, in the arena, bound to its set and index. */
const char *offline_seal(struct arena *a, const char *set, int64_t index,
			 const unsigned char key[CRYPTO_SEAL_KEY_SIZE], const char *jws);
/* The entry that this key opens, and its JWS, in the arena. NULL: none. */
const struct offline_entry *offline_open(struct arena *a, const struct offline_set *set,
					 const unsigned char key[CRYPTO_SEAL_KEY_SIZE],
					 const char **jws);

/* How long no code is tried after so many wrong ones in a row: none up to the fourth, then 1, 2, 4 … 60 minutes. */
#define OFFLINE_FREE_TRIES 5
int64_t offline_wait_ms(int64_t failed);
