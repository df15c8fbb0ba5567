/*
 * The words of the record: what can happen, to what, and by whom. An event that is not here is none: what reads the
 * record by these words need not expect another. All end with NULL.
 */
#pragma once

extern const char *const event_kinds[];       /* in the order of the alphabet */
extern const char *const event_objects[];     /* what it is about */
extern const char *const event_actor_kinds[]; /* who did it */
