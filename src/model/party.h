/* The rule of two people: who makes something that takes two, and who confirms it. */
#pragma once

#include "base/base.h"

/* Ids, NULL where there is none. */
struct party {
	const char *account; /* NULL: a token that belongs to nobody */
	const char *person;  /* in the directory */
};

/* Why this one cannot confirm what maker made, in his words; NULL: he can. */
const char *party_refusal(const struct party *by, const struct party *maker);

/* Whether both are the same account or person. */
bool party_same(const struct party *a, const struct party *b);
