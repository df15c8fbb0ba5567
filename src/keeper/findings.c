#include "keeper/findings.h"

#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "keeper/keeper.h"

#define FILE_MAX ((size_t)16 << 10)

const char *const finding_names[] = {[FINDING_FILES_CHANGED] = "files-changed",
				     [FINDING_FILES_MISSING] = "files-missing",
				     [FINDING_SCRIPT_CHANGED] = "script-changed",
				     [FINDING_PACKAGE_SELECTION] = "package-selection",
				     [FINDING_UNIT_MASKED] = "unit-masked",
				     [FINDING_UNIT_DISABLED] = "unit-disabled",
				     [FINDING_UNIT_OVERRIDDEN] = "unit-overridden",
				     [FINDING_UNIT_MISSING] = "unit-missing",
				     [FINDING_CLOCK_BACK] = "clock-back",
				     [FINDING_GUARD_MISSING] = "guard-missing",
				     [FINDING_RESTARTED_BY_FORCE] = "restarted-by-force",
				     [FINDING_COUNT] = NULL};

/* --- on disk --- */

static void save(const struct keeper *k)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	struct err e;

	json_object(&w, NULL);
	json_put_i64(&w, "v", 1);
	json_put_text(&w, "build", k->findings.build);
	json_object(&w, "findings");
	for (size_t i = 0; i < FINDING_COUNT; i++) {
		if (k->findings.evidence[i])
			json_put_text(&w, finding_names[i], k->findings.evidence[i]);
	}
	json_object_end(&w);
	json_object_end(&w);
	if (!file_replace(k->paths.findings, text.data, text.len, 0600, &e))
		log_err(LOG_LEVEL_ERROR, "what was found", &e);
}

/* A file that does not read says nothing: what is amiss is found again. */
void findings_load(struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	const struct json *file, *list;
	struct err e;
	char *text;
	size_t n;

	if (!file_read(&a, k->paths.findings, FILE_MAX, &text, &n, &e) ||
	    !json_parse(&a, text, n, &file, &e))
		return;
	list = json_get(file, "findings");
	for (size_t i = 0; i < FINDING_COUNT; i++) {
		const char *evidence = json_text(list, finding_names[i]);

		if (evidence)
			k->findings.evidence[i] = mem_dup(evidence);
	}
	if (json_text(file, "build") && strlen(json_text(file, "build")) == MANIFEST_ID_SIZE - 1)
		memcpy(k->findings.build, json_text(file, "build"), MANIFEST_ID_SIZE);
}

void findings_set_build(struct keeper *k, const char *build)
{
	if (text_equal(k->findings.build, build))
		return;
	memcpy(k->findings.build, build, MANIFEST_ID_SIZE);
	save(k);
}

/* --- telling --- */

/* Names of files are whoever made them's: one line, and no longer than that. */
static char *one_line(const char *text)
{
	size_t n = strlen(text);
	char *out = mem_dup(text);

	if (n > FINDING_MAX_EVIDENCE)
		out[FINDING_MAX_EVIDENCE] = '\0';
	for (char *c = out; *c; c++) {
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = '?';
	}
	return out;
}

static void report(struct keeper *k, enum finding finding)
{
	AUTO(arena_done) struct arena a = {0};
	const char *evidence = k->findings.evidence[finding];

	keeper_report(
	    k, &(struct report){
		   .kind = evidence ? REPORT_WEAKENED : REPORT_RECOVERED,
		   .package = KEEPER_PACKAGE,
		   .text = evidence ? arena_printf(&a, "%s: %s", finding_names[finding], evidence)
				    : finding_names[finding]});
}

void findings_set(struct keeper *k, enum finding finding, const char *evidence)
{
	char **known = &k->findings.evidence[finding];

	if (!k->device.known || (evidence != NULL) == (*known != NULL))
		return;
	if (evidence) {
		*known = one_line(evidence);
		log_line(LOG_LEVEL_WARN, "protection weakened: %s: %s", finding_names[finding],
			 *known);
	} else {
		mem_free(*known);
		*known = NULL;
		log_line(LOG_LEVEL_INFO, "protection recovered: %s", finding_names[finding]);
	}
	/* Before it counts as said: twice is better than never. */
	report(k, finding);
	save(k);
	watch_look(k);
}

void findings_repeat(struct keeper *k)
{
	for (enum finding i = 0; i < FINDING_COUNT; i++) {
		if (k->findings.evidence[i])
			report(k, i);
	}
}

void findings_put(const struct keeper *k, struct json_writer *w)
{
	json_array(w, "findings");
	for (size_t i = 0; i < FINDING_COUNT; i++) {
		if (k->findings.evidence[i])
			json_put_text(w, NULL, finding_names[i]);
	}
	json_array_end(w);
}

void findings_done(struct keeper *k)
{
	for (size_t i = 0; i < FINDING_COUNT; i++)
		mem_free(k->findings.evidence[i]);
}
