/*
 * Texts with variables in braces, as administrators write them: "{user} may not remove {package}". "{{" stands for
 * one "{"; "}" elsewhere is itself. What is put in is never read again, so a value's braces are only characters.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct template_value {
	const char *name, *value;
};

/* Whether every variable is one of the names. ERR_INVALID says which is not, and which there are. */
[[nodiscard]] bool template_check(const char *text, const struct template_value *values,
				  size_t count, struct err *e);

/* Whether this variable is in it. */
bool template_has(const char *text, const char *name);

/* Any text: a variable that is none of the names is shown as it is written. */
void template_fill(struct buf *out, const char *text, const struct template_value *values,
		   size_t count);
