/*
 * What is amiss with the client's own protection. Each is reported once, with evidence, and once more when it is well
 * again; on disk, so that a restart repeats nothing and forgets nothing.
 */
#pragma once

#include "json/json.h"
#include "keeper/manifest.h"

struct keeper;

enum finding {
	FINDING_FILES_CHANGED,
	FINDING_FILES_MISSING,
	FINDING_SCRIPT_CHANGED,
	FINDING_PACKAGE_SELECTION,
	FINDING_UNIT_MASKED,
	FINDING_UNIT_DISABLED,
	FINDING_UNIT_OVERRIDDEN,
	FINDING_UNIT_MISSING,
	FINDING_CLOCK_BACK,
	FINDING_GUARD_MISSING,
	FINDING_RESTARTED_BY_FORCE,
	FINDING_COUNT
};

/* "unit-masked"; what is reported and shown. NULL-terminated. */
extern const char *const finding_names[FINDING_COUNT + 1];

#define FINDING_MAX_EVIDENCE 300 /* bytes; what is longer is cut */

struct findings {
	char *evidence[FINDING_COUNT]; /* NULL: all is well */
	char build[MANIFEST_ID_SIZE];  /* of the last manifest there was; "": none ever was */
};

void findings_load(struct keeper *k);
/* evidence NULL: it is well. Says nothing that was said. */
void findings_set(struct keeper *k, enum finding finding, const char *evidence);
/* To a server that has not heard of them. */
void findings_repeat(struct keeper *k);
void findings_set_build(struct keeper *k, const char *build);
/* "findings": their names. */
void findings_put(const struct keeper *k, struct json_writer *w);
void findings_done(struct keeper *k);
