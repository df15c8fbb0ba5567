/*
 * Somebody has left the directory: what ends with that, and what does not. His browsers and the browsers of
 * an account that is his are signed out, and on his devices nothing can be filed any more; they stay as
 * protected as before. The account itself stays: whether it is to be disabled, an owner decides.
 */
#pragma once

#include "flow/flow.h"

/* Inside the unit that marks the person departed. */
[[nodiscard]] bool flow_person_departed(struct flow *f, const char *person, struct err *e);
