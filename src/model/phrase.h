/*
 * The record's lines are English. Those that Holdfast itself writes come from a fixed set, so that a page can say
 * them in Chinese too; what people wrote, and what other systems answered, stays as it is.
 */
#pragma once

#include "base/arena.h"

/* text of an event of this kind ("note": an instance's note; "coverage": why an owner is covered; "grant": why a
 * grant ended), or text itself when it is none of the set. */
const char *phrase_chinese(struct arena *a, const char *kind, const char *text);
