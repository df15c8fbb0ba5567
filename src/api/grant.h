/* Grants as they are shown. */
#pragma once

#include "json/json.h"
#include "store/grant.h"

struct grant_view {
	struct store_grant stored;
	const char *state; /* grant_state_shown */
	const char *why;   /* NULL: not called back */
};

extern const struct json_field grant_json[];

/* In the arena, texts borrowed; NULL where there is none (id NULL). */
const struct grant_view *grant_view(struct arena *a, const struct store_grant *g);
