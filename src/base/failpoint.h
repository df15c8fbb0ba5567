/*
 * Places where a test kills the program. HOLDFAST_FAILPOINT=name:n (n default 1) in the environment
 * makes the n-th passage of failpoint("name") end the process as kill -9 would. Compiled to nothing
 * unless the build has -Dfailpoints=true, so a release has none.
 */
#pragma once

#ifdef HOLDFAST_FAILPOINTS
void failpoint(const char *name);
#else
#define failpoint(name) ((void)0)
#endif
