/* One line a message on standard error: time, level, program, text. Control characters are escaped,
 * so a peer's text cannot make a line of its own. Only programs' top levels call this; libraries
 * return errors. */
#pragma once

#include "base/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Once, at the start of main. program is a literal. */
void log_start(const char *program, enum log_level most);

void log_line(enum log_level level, const char *fmt, ...) PRINTF(2, 3);

/* "what: text (code)" */
void log_err(enum log_level level, const char *what, const struct err *e);
