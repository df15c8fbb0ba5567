/* Names that Holdfast makes: time-ordered ids (UUIDv7, RFC 9562 §5.7) and random secrets. */
#pragma once

#include "base/base.h"

#define ID_SIZE 37 /* 8-4-4-4-12 lower-case hex and the NUL */

/* Ids made by one process rise even within a millisecond, and when the clock steps back. Any
 * thread. */
void id_new(char out[static ID_SIZE]);

/* Has the form of an id made by id_new. */
[[nodiscard]] bool id_valid(const char *text);

/* From the kernel's generator; aborts when there is none. */
void random_bytes(void *out, size_t n);

/* base64url of n random bytes behind a prefix; out holds prefix, TEXT_BASE64_SIZE(n). n at most 64.
 */
void random_token(const char *prefix, size_t n, char *out);
