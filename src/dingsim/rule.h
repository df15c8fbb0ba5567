/*
 * Subscription rules: globs over an event's resource path, as the developer console has them.
 * '*' is any text inside one path segment, '**' any text also across '/', '{a,b}' one of the texts.
 * Nothing else is special.
 */
#pragma once

#include "base/err.h"

#define RULE_MAX 256          /* bytes of a rule */
#define RULE_RESOURCE_MAX 512 /* bytes of a resource; a longer one matches nothing */

/* ERR_INVALID: too long, or braces that do not pair, are nested or hold a '*'. */
[[nodiscard]] bool rule_check(const char *rule, struct err *e);

/* rule has passed rule_check. The time is at most the product of the lengths. */
[[nodiscard]] bool rule_matches(const char *rule, const char *resource);
