/* What a person needs to recognise this computer by. */
#pragma once

#include "base/arena.h"

struct facts {
	const char *hostname;
	const char *os; /* PRETTY_NAME of os-release, else the kernel's name and release */
	const char *macs; /* of the hardware interfaces, "aa:bb:…,…", at most FACTS_MAX_MACS; "" */
};

#define FACTS_MAX_MACS 8

void facts_read(struct arena *a, struct facts *out);
