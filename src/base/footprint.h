/* The memory of a program that runs all day and mostly waits. Linux with glibc. */
#pragma once

/* First of all: what is freed goes back to the system, however much was in use before. */
void footprint_start(void);

/*
 * Before a long wait: gives back freed memory, and lets go of the pages of programs and libraries that
 * were read once, to start or to make a connection. They are only clean pages of files; one that is
 * needed again is found in the page cache. Takes a millisecond or two.
 */
void footprint_rest(void);
