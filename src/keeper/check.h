/*
 * The second observer: run by holdfast-check.service now and then, and when something happens to the unit's files. Where
 * the policy protects the client and no keeper answers, it takes a mask of the unit away, starts the unit, and leaves
 * word for the keeper, which reports it. Whoever masks this one too is missed by the server.
 */
#pragma once

#include "keeper/paths.h"

/* The exit status: 0, or 1 when the keeper is gone and could not be started. */
int check_main(const struct paths *paths);
