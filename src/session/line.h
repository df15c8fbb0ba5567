/*
 * The line to the keeper, for as long as the session lasts: one connection that watches, one for each question.
 * When the keeper is away it is looked for again, after two seconds, then after ever longer ones, at most a minute.
 */
#pragma once

#include "json/json.h"
#include "loop/loop.h"

struct line;

struct line_events {
	/* The keeper is there, or is there again: whatever happened meanwhile was not told. */
	void (*found)(void *arg);
	/* {"event":…} as docs/device.md has it; lives during the call. */
	void (*event)(void *arg, const struct json *event);
	/* The answer to line_ask. NULL: the keeper went away, or refused; found follows. */
	void (*answer)(void *arg, const struct json *status);
};

/* on stays the caller's and is there as long as the line. */
[[nodiscard]] struct line *line_new(struct loop *l, const char *socket,
				    const struct line_events *on, void *arg);
void line_free(struct line *line); /* accepts NULL */

/* Asks for the status with an eye to a package (NULL: the client itself). False: the keeper is away, or has not
 * answered the last question; nothing follows. */
bool line_ask(struct line *line, const char *package);
