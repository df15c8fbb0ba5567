/*
 * "Uninstall now": the owner has a grant and lets the keeper remove the package. What is removed
 * comes from the grant, with what from the machine; the package's guard decides as for any other
 * removal, so that one that fails leaves all as it was. The removal outlives this process: what it
 * is about lies beside its log, for the next one.
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "keeper/local.h"
#include "keeper/manager.h"
#include "keeper/remover.h"

#define EVERY_MS 1000
#define LOST_LOOKS 5 /* a unit that was just asked for may take a moment to run */
#define FILE_MAX 4096

static const char *const state_names[] = {
    [REMOVING_RUNS] = "running", [REMOVING_FAILED] = "failed", [REMOVING_DONE] = "done"};

struct removal_file {
	const char *grant, *package, *failed;
};

static const struct json_field fields[] = {
    {"grant", JSON_FIELD_TEXT, offsetof(struct removal_file, grant), .required = true},
    {"package", JSON_FIELD_TEXT, offsetof(struct removal_file, package), .required = true},
    {"failed", JSON_FIELD_TEXT, offsetof(struct removal_file, failed), .omit = true},
    {0}};

void removing_put(const struct keeper *k, struct json_writer *w)
{
	const struct removing *r = &k->removing;

	json_put_text(w, "package", r->package);
	json_put_text(w, "state", state_names[r->state]);
	json_put_text(w, "step", r->state == REMOVING_RUNS ? r->step : NULL);
	json_put_text(w, "text", r->text.data ? r->text.data : "");
}

static void store(const struct keeper *k)
{
	const struct removing *r = &k->removing;
	const struct removal_file file = {.grant = r->grant,
					  .package = r->package,
					  .failed =
					      r->state == REMOVING_FAILED ? r->text.data : NULL};
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	struct err e;

	json_write(&w, NULL, fields, &file);
	if (!file_replace(k->paths.removal, text.data, text.len, 0600, &e))
		log_err(LOG_LEVEL_WARN, "the removal", &e);
}

static void forget(struct removing *r)
{
	loop_timer_stop(r->timer);
	arena_done(&r->arena);
	buf_done(&r->text);
	*r = (struct removing){.timer = r->timer};
}

static void begin(struct keeper *k, const char *grant, const char *package)
{
	struct removing *r = &k->removing;
	const char *kept_grant, *kept_package;
	struct arena a = {0};

	/* They may be texts of the one before. */
	kept_grant = arena_dup(&a, grant);
	kept_package = arena_dup(&a, package);
	forget(r);
	r->arena = a;
	r->grant = kept_grant;
	r->package = kept_package;
	r->state = REMOVING_RUNS;
	r->step = "starting";
	loop_timer_start(r->timer, EVERY_MS, EVERY_MS);
}

static void tell(struct keeper *k)
{
	watch_tell_removal(k);
	watch_look(k);
}

/* Tells it when the step or the line is another one. */
static void progress(struct keeper *k, const char *step, const char *text)
{
	struct removing *r = &k->removing;

	if (text_equal(r->step, step) && text_equal(r->text.data ? r->text.data : "", text))
		return;
	r->step = step;
	buf_reset(&r->text);
	buf_text(&r->text, text);
	tell(k);
}

static void fail(struct keeper *k, const char *text)
{
	struct removing *r = &k->removing;

	loop_timer_stop(r->timer);
	log_line(LOG_LEVEL_WARN, "the removal of %s failed: %s", r->package, text);
	r->state = REMOVING_FAILED;
	buf_reset(&r->text);
	buf_text(&r->text, text);
	store(k);
	remover_clear(&k->paths);
	tell(k);
}

static void succeed(struct keeper *k)
{
	struct removing *r = &k->removing;

	log_line(LOG_LEVEL_INFO, "%s was removed", r->package);
	r->state = REMOVING_DONE;
	buf_reset(&r->text);
	watch_tell_removal(k);
	forget(r);
	remover_clear(&k->paths);
	(void)unlink(k->paths.removal);
	watch_look(k);
}

/* What apt and rpm say while somebody else's transaction runs. */
static bool is_waiting(const char *line)
{
	return text_starts(line, "Waiting for cache lock") ||
	       strstr(line, "waiting for transaction lock") != NULL;
}

static void look(struct keeper *k, bool timed)
{
	AUTO(arena_done) struct arena a = {0};
	struct removing *r = &k->removing;
	const char *line, *complaint;
	int status = 0;

	if (r->state != REMOVING_RUNS)
		return;
	switch (remover_look(&k->paths, &status)) {
	case REMOVER_RUNS:
		r->lost = 0;
		line = remover_last_line(&a, &k->paths);
		if (text_equal(r->step, "starting") || text_equal(r->step, "waiting"))
			progress(k, is_waiting(line) ? "waiting" : "starting", line);
		else
			progress(k, r->step, line);
		return;
	case REMOVER_ENDED:
		if (status == 0) {
			succeed(k);
			return;
		}
		break;
	case REMOVER_LOST:
		r->lost += timed && !r->launcher;
		if (r->lost < LOST_LOOKS)
			return;
		break;
	}
	complaint = remover_complaint(&a, &k->paths);
	fail(k, *complaint ? complaint : "the package manager ended without a word");
}

void removing_look(struct keeper *k)
{
	look(k, false);
}

static void on_timer(void *arg)
{
	look(arg, true);
}

void removing_reaped(struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	struct removing *r = &k->removing;
	const char *complaint;
	int status;

	if (!r->launcher || waitpid(r->launcher, &status, WNOHANG) != r->launcher)
		return;
	r->launcher = 0;
	if (status == 0 || r->state != REMOVING_RUNS)
		return;
	complaint = remover_complaint(&a, &k->paths);
	fail(k, *complaint ? complaint : "the removal could not be started");
}

void removing_allowed(struct keeper *k, const char *grant)
{
	if (k->removing.state == REMOVING_RUNS && text_equal(k->removing.grant, grant))
		progress(k, "allowed", k->removing.text.data ? k->removing.text.data : "");
}

void removing_gone(struct keeper *k)
{
	if (k->removing.state == REMOVING_RUNS && text_equal(k->removing.package, KEEPER_PACKAGE))
		succeed(k);
}

/* --- asked for ------------------------------------------------------------------------------------ */

static bool is_installed(struct keeper *k, enum manager manager, const char *name, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct package_state package = {.name = name};

	return manager_installed(&a, &k->paths, manager, &package, 1, e) &&
	       (package.version || err_set(e, ERR_NOT_FOUND, "%s is not installed", name));
}

static bool start(struct keeper *k, const struct grant *grant, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	enum manager manager = manager_detect(&k->paths);
	const char *const *names;
	char *const *argv;
	pid_t launcher;
	size_t count;

	if (manager == MANAGER_NONE)
		return err_set(e, ERR_NOT_FOUND,
			       "the client was not installed by a package manager that it knows");
	/* With what guards it, in one transaction. */
	guards_removal(k, &a, grant->package, &names, &count);
	if (!is_installed(k, manager, grant->package, e) ||
	    !manager_remove_argv(&a, &k->paths, manager, names, count, &argv, e) ||
	    !remover_start(&k->paths, k->program, argv, &launcher, e))
		return false;
	begin(k, grant->id, grant->package);
	k->removing.launcher = launcher;
	store(k);
	return true;
}

bool removing_begin(struct keeper *k, const char *id, struct err *e)
{
	const struct grant *grant = id ? holding_good_grant_of(&k->holding, &k->device, id) : NULL;

	if (k->removing.state == REMOVING_RUNS)
		return err_set(e, ERR_CONFLICT, "a removal is running already");
	if (!grant)
		return err_set(e, ERR_NOT_FOUND, "there is no such grant that holds");
	if (!start(k, grant, e))
		return false;
	log_line(LOG_LEVEL_INFO, "%s is removed by grant %s", k->removing.package, grant->id);
	tell(k);
	return true;
}

/* --- from one process to the next ----------------------------------------------------------------- */

void removing_load(struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	struct removal_file file = {0};
	struct err e;
	char *text;
	size_t n;

	if (!file_read(&a, k->paths.removal, FILE_MAX, &text, &n, &e) ||
	    !json_read_text(&a, text, n, fields, &file, &e))
		return;
	begin(k, file.grant, file.package);
	if (!file.failed) {
		look(k, false);
		return;
	}
	loop_timer_stop(k->removing.timer);
	k->removing.state = REMOVING_FAILED;
	buf_text(&k->removing.text, file.failed);
}

void removing_init(struct keeper *k)
{
	k->removing.timer = loop_timer_new(k->loop, on_timer, k);
}

void removing_done(struct keeper *k)
{
	forget(&k->removing);
	loop_timer_free(k->removing.timer);
}
