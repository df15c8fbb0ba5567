/*
 * Places where a test kills the program. HOLDFAST_FAILPOINT=name:n (n default 1) in the environment
 * makes the n-th passage of failpoint("name") end the process as kill -9 would; with name:n+then:m it
 * ends at the m-th (default 1) passage of failpoint("then") after that one, so that what name is a step of
 * is committed first, or is killed at its m-th statement. Compiled to nothing unless the build has -Dfailpoints=true, so a release has none.
 * All names are in tests/faults/points.txt.
 */
#pragma once

#ifdef HOLDFAST_FAILPOINTS
void failpoint(const char *name);
#else
#define failpoint(name) ((void)0)
#endif
