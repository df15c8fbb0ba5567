/* Large organisations for trials: the same numbers give the same bytes. */
#pragma once

#include <stdio.h>

#include "base/err.h"

struct generate {
	int64_t people;      /* 1 to 100,000 */
	int64_t departments; /* beside the root; 0 to 20,000 */
	int64_t seed;
};

/* Writes a seed, one element a line. ERR_IO. */
[[nodiscard]] bool generate_seed(const struct generate *g, FILE *out, struct err *e);

/* dingsim seed …: gives the exit status. */
int generate_main(int argc, char **argv);
