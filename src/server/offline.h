/*
 * Makes sets of offline codes for devices that need one, one after another on the pool: five times argon2id takes
 * some 60 ms, and it rests three times as long, so that a fleet that needs them all at once costs a quarter of one
 * core. A device's poll is woken when its set is there.
 */
#pragma once

#include "web/server.h"

struct offline_maker;

[[nodiscard]] struct offline_maker *offline_maker_new(struct server *s);
/* No further ones are begun. Accepts NULL. On the first worker's loop. */
void offline_maker_stop(struct offline_maker *m);
void offline_maker_free(struct offline_maker *m); /* accepts NULL; none is in the making */

/* From any thread. Nothing happens when it waits already, or too many do: the next poll asks again. */
void offline_maker_want(struct offline_maker *m, const char *device);
