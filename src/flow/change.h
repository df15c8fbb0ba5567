/* The record of a change that an administrator makes: what it was before and what it is now. */
#pragma once

#include "flow/flow.h"

struct flow_change {
	const char *kind;        /* "workflow-changed" */
	const char *object, *id; /* "workflow", and which */
	const char *text;        /* one line for a reader */
	const char *before,
	    *after; /* JSON objects without secrets; NULL: there was none, there is none */
};

/* Inside the unit that makes the change, which must fail when this does. */
[[nodiscard]] bool flow_changed(struct flow *f, const struct flow_change *c, struct err *e);

/*
 * The members that differ, as a JSON object by their paths: {"name":{"before":"a","after":"b"}}; of arrays
 * what went and what came: {"scope.groups":{"removed":[],"added":["…"]}}, with "moved":true when only
 * their order is another. What does not fit into FLOW_DIFF_MAX bytes is counted: {"more":12}.
 */
#define FLOW_DIFF_MAX (128 * 1024)
const char *flow_diff(struct arena *a, const char *before, const char *after);
