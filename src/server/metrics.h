/*
 * What /metrics shows. A counter goes up by a note: db_note(db, NOTE_COUNT, key) inside a unit counts
 * once, after the commit, however often the unit ran. A gauge is read when somebody asks. Both are a
 * line in a table of metrics.c; so is what there is one of for each app. Counters begin at 0 with each start of the program, as Prometheus
 * expects, and each server counts its own.
 */
#pragma once

struct server;
struct metrics;

/* Subscribes to NOTE_COUNT: before the committer starts. */
[[nodiscard]] struct metrics *metrics_new(struct server *s);
void metrics_free(struct metrics *m); /* accepts NULL */
