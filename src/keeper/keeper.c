#include "keeper/keeper.h"

#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/text.h"
#include "conf/conf.h"
#include "keeper/hardware.h"
#include "keeper/local.h"

/* An editor that empties a file before it writes it is given the time to do so. */
#define SETTLE_MS 300

static const struct conf_key keys[] = {
    {"server", "url", CONF_TEXT, offsetof(struct settings, url), "", 0, 0},
    {"server", "ca", CONF_TEXT, offsetof(struct settings, ca), "", 0, 0},
    {"agent", "user", CONF_TEXT, offsetof(struct settings, user), "holdfast", 0, 0},
    {0}};

void keeper_report(struct keeper *k, const struct report *report)
{
	struct err e;

	if (!spool_add(&k->paths, report, &e)) {
		log_err(LOG_LEVEL_ERROR, "a report", &e);
		return;
	}
	if (!k->link.sending)
		link_send_reports(k);
}

void keeper_follow(struct keeper *k)
{
	struct err e;

	if (k->device.standing != DEVICE_ENROLLED)
		return;
	if (!spool_follow_ledger(&k->device, &k->holding, &e)) {
		log_err(LOG_LEVEL_ERROR, "the ledger", &e);
		return;
	}
	if (!k->link.sending)
		link_send_reports(k);
}

struct rights_owner keeper_owner(const struct keeper *k)
{
	return (struct rights_owner){.known = k->device.has_owner, .uid = k->device.owner_uid};
}

/* --- settings ------------------------------------------------------------------------------------- */

/* A slip in the file must not keep the guard's and the employee's keeper from running. */
static void settings_start(struct keeper *k)
{
	struct err e;

	if (conf_read(&k->settings_arena, k->paths.conf, keys, &k->settings, &e) ||
	    e.code == ERR_NOT_FOUND) /* the defaults */
		return;
	log_err(LOG_LEVEL_ERROR, "without settings until this is put right", &e);
	conf_defaults(&k->settings_arena, keys, &k->settings);
}

/* A file that does not read leaves what was set before; so does one that is gone, as with rpm when the
 * package is removed: that has still to be told. */
static void settings_reload(void *arg)
{
	struct keeper *k = arg;
	struct arena a = {0};
	struct settings fresh;
	struct err e;
	bool ok = conf_read(&a, k->paths.conf, keys, &fresh, &e);

	if (!ok)
		log_err(LOG_LEVEL_WARN, "the settings stay as they were", &e);
	if (!ok ||
	    (text_equal(fresh.url, k->settings.url) && text_equal(fresh.ca, k->settings.ca) &&
	     text_equal(fresh.user, k->settings.user))) {
		arena_done(&a);
		return;
	}
	arena_done(&k->settings_arena);
	k->settings_arena = a;
	k->settings = fresh;
	log_line(LOG_LEVEL_INFO, "new settings: server %s", fresh.url);
	link_restart(k);
	watch_look(k);
}

/* --- events --------------------------------------------------------------------------------------- */

static void on_settings_change(void *arg)
{
	struct keeper *k = arg;

	loop_timer_start(k->reload, SETTLE_MS, 0);
}

static void on_signal(void *arg, int signal)
{
	struct keeper *k = arg;

	if (signal == SIGCHLD) {
		link_reaped(k);
		repair_reaped(k);
		removing_reaped(k);
		staying_reaped(k);
		guards_reaped(k);
	} else if (signal == SIGHUP) {
		renew_begin(k);
	} else {
		goodbye_stop(k);
	}
}

static void on_run_change(void *arg)
{
	goodbye_look(arg);
	removing_look(arg);
}

/* The guard added to the ledger, or somebody took away what the server can give again. */
static void on_state_change(void *arg)
{
	struct keeper *k = arg;

	keeper_follow(k);
	if (k->holding.has_statement &&
	    (access(k->paths.keys, F_OK) || access(k->paths.statement, F_OK))) {
		log_line(LOG_LEVEL_WARN, "the statement is missing and is asked for again");
		holding_load(&k->holding, &k->device);
		link_send_state(k);
	}
	packages_consider(k);
	watch_look(k);
}

static bool watch_all(struct keeper *k, struct err *e)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signals); i++)
		loop_on_signal(k->loop, signals[i], on_signal, k);
	renew_listen();
	return loop_on_folder_change(k->loop, k->paths.conf_folder, on_settings_change, k, e) &&
	       loop_on_folder_change(k->loop, k->paths.run, on_run_change, k, e) &&
	       loop_on_folder_change(k->loop, k->paths.state, on_state_change, k, e);
}

static void say_tampering(struct keeper *k)
{
	if (!k->device.wrong)
		return;
	log_line(LOG_LEVEL_ERROR, "the enrolment was tampered with: %s", k->device.wrong);
	keeper_report(k, &(struct report){.kind = REPORT_TAMPERED,
					  .package = KEEPER_PACKAGE,
					  .text = k->device.wrong});
}

/* Where this program lies, or lay: an upgrade puts another there. */
static const char *own_program(struct arena *a)
{
	static const char replaced[] = " (deleted)";
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	size_t behind;

	if (n <= 0)
		return "/usr/lib/holdfast/holdfast-keeper";
	path[n] = '\0';
	behind = strlen(path) > strlen(replaced) ? strlen(path) - strlen(replaced) : 0;
	if (behind && text_equal(path + behind, replaced))
		path[behind] = '\0';
	return arena_dup(a, path);
}

bool keeper_start(struct keeper *k, const char *root, struct err *e)
{
	*k = (struct keeper){.loop = loop_new()};
	paths_fill(&k->arena, root, &k->paths);
	k->program = own_program(&k->arena);
	k->reload = loop_timer_new(k->loop, settings_reload, k);
	link_init(k);
	filing_init(k);
	repair_init(k);
	removing_init(k);
	watch_init(k);
	renew_init(k);
	alive_init(k);
	packages_init(k);
	integrity_init(k);
	goodbye_init(k);
	suspend_init(k);
	settings_start(k);
	if (!device_load(&k->device, &k->paths, e))
		return false;
	hardware_read(&k->paths, k->hardware);
	k->local = local_new(k, e);
	if (!k->local || !watch_all(k, e))
		return false;
	holding_load(&k->holding, &k->device);
	filing_load(k);
	offline_load(k);
	view_load(k);
	removing_load(k);
	packages_load(k);
	say_tampering(k);
	integrity_begin(k);
	link_start(k);
	keeper_follow(k);
	goodbye_look(k);
	staying_settle(k);
	suspend_tick(k);
	return true;
}

void keeper_done(struct keeper *k)
{
	local_free(k->local);
	loop_timer_free(k->reload);
	link_done(k);
	repair_done(k);
	removing_done(k);
	staying_done(k);
	renew_done(k);
	alive_done(k);
	integrity_done(k);
	watch_done(k);
	packages_done(k);
	guards_done(k);
	goodbye_done(k);
	suspend_done(k);
	login_end(k);
	filing_done(k);
	view_done(k);
	holding_done(&k->holding);
	device_done(&k->device);
	arena_done(&k->settings_arena);
	loop_free(k->loop);
	offline_done(k); /* a code may have been tried until now */
	arena_done(&k->arena);
}
