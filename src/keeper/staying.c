/*
 * While the policy protects the client, systemd is not to stop it by hand: a drop-in of the unit says
 * so. In /run, so that a boot begins without, and only while it is true, so that whoever may stop the
 * unit can. Root takes it away in one command; then that was meant.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "keeper/keeper.h"
#include "keeper/program.h"

static const char text[] =
    "# Written by holdfast-keeper while the organisation's policy protects the "
    "client, and taken away by it.\n"
    "[Unit]\n"
    "RefuseManualStop=yes\n";

const char *staying_text(void)
{
	return text;
}

static bool is_there(const struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	struct err e;
	char *found;

	return file_read(&a, k->paths.staying, sizeof(text), &found, NULL, &e) &&
	       text_equal(found, text);
}

static bool set(const struct keeper *k, bool on, struct err *e)
{
	return on ? folder_make(k->paths.staying_folder, 0755, e) &&
			file_replace(k->paths.staying, text, sizeof(text) - 1, 0644, e)
		  : file_remove(k->paths.staying, e);
}

static void reload(struct keeper *k)
{
	char *const argv[] = {(char *)k->paths.systemctl, (char *)"daemon-reload", NULL};
	struct err e;

	/* One at a time: the next begins when it ends. */
	if (k->staying.pid) {
		k->staying.again = true;
		return;
	}
	k->staying.again = false;
	if (!program_start(argv, -1, &k->staying.pid, &e)) {
		k->staying.pid = 0;
		log_err(LOG_LEVEL_WARN, "systemd does not hear of a change", &e);
	}
}

static void settle(struct keeper *k, bool on)
{
	struct err e;

	if (k->staying.known && k->staying.on == on)
		return;
	k->staying.known = true;
	k->staying.on = on;
	if (access(k->paths.systemd, F_OK) < 0 || on == is_there(k))
		return;
	if (set(k, on, &e))
		reload(k);
	else
		log_err(LOG_LEVEL_WARN, "whether systemd may stop the unit", &e);
	if (!on)
		(void)rmdir(k->paths.staying_folder);
}

void staying_settle(struct keeper *k)
{
	settle(k, !k->goodbye.leaving && k->device.standing == DEVICE_ENROLLED &&
		      holding_blocks(&k->holding, KEEPER_PACKAGE));
}

void staying_reaped(struct keeper *k)
{
	int status;

	if (!k->staying.pid || waitpid(k->staying.pid, &status, WNOHANG) != k->staying.pid)
		return;
	k->staying.pid = 0;
	if (status)
		log_line(LOG_LEVEL_WARN, "systemd did not read its units anew");
	if (k->staying.again)
		reload(k);
}

void staying_done(struct keeper *k)
{
	if (k->staying.pid)
		(void)waitpid(k->staying.pid, NULL, 0);
}
