/*
 * The process that runs the package manager for a removal that somebody asked the keeper for
 * (docs/device.md, uninstall-now). It is apart from the keeper, which the removal ends: a transient
 * unit of its own where systemd runs, else a session of its own. What it has to say is in files
 * beside the keeper's socket: removal.log, which it holds a lock on while it lives, and removal.end
 * with the manager's exit status once that has ended.
 */
#pragma once

#include <sys/types.h>

#include "base/err.h"
#include "keeper/paths.h"

/* In the remover itself, as "holdfast-keeper --removal PROGRAM ARGUMENT...". 0, or 1 when it could not begin;
 * what the manager said and how it ended is in the files. */
int remover_main(const struct paths *paths, char *const *argv);

/* Starts one. *launcher is a child that ends soon: with 0 when the remover runs. What it complains of
 * is in the log. */
[[nodiscard]] bool remover_start(const struct paths *paths, const char *self, char *const *argv,
				 pid_t *launcher, struct err *e);

enum remover_state { REMOVER_RUNS, REMOVER_ENDED, REMOVER_LOST };

/* REMOVER_LOST: none runs, and none has said how it ended. status is of the last REMOVER_ENDED. */
enum remover_state remover_look(const struct paths *paths, int *status);

/* The line of the log to show while it runs, and why it failed: the first that says it is an error,
 * with what belongs to it, else the last. As plain text on one line; "" without any. */
const char *remover_last_line(struct arena *a, const struct paths *paths);
const char *remover_complaint(struct arena *a, const struct paths *paths);

/* Forgets the files. */
void remover_clear(const struct paths *paths);
