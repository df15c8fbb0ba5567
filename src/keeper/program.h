/*
 * Other programs, run by absolute path, never through a shell, with manager_environment, /dev/null
 * as their input and no signal blocked or ignored.
 */
#pragma once

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* output takes both its streams; -1: nobody does. The caller reaps it. */
[[nodiscard]] bool program_start(char *const *argv, int output, pid_t *pid, struct err *e);

/* Runs it to its end and blocks meanwhile; what it says is added to *output, whatever its status.
 * ERR_UNAVAILABLE: not ended within wait_ms, and killed. */
[[nodiscard]] bool program_run(char *const *argv, int64_t wait_ms, struct buf *output,
			       struct err *e);
