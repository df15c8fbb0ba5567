/* The record of an instance: what happened to it, in order, and who is told. */
#pragma once

#include "flow/flow.h"
#include "store/instance.h"

/* Adds an event to the instance's record and wakes its device. actor "": the system. */
[[nodiscard]] bool flow_record(struct flow *f, const struct store_instance *i, const char *kind,
			       const char *actor, const char *text, struct err *e);
