/*
 * Devices that fall silent without a goodbye. Called once a minute, by every server of a database; whoever comes
 * second finds nothing to do. While no server ran nobody was silent. Inside a unit; needs the snapshot.
 */
#pragma once

#include "flow/flow.h"

/* Hours until silence is an alarm; 0: never. */
[[nodiscard]] bool flow_silence_hours(struct flow *f, int64_t *out, struct err *e);

/* Looks at FLOW_SILENCE_MAX devices at most. */
#define FLOW_SILENCE_MAX 200
[[nodiscard]] bool flow_silence(struct flow *f, struct err *e);
