#include "keeper/check.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "ipc/ipc.h"
#include "keeper/device.h"
#include "keeper/holding.h"
#include "keeper/keeper.h"
#include "keeper/program.h"
#include "keeper/units.h"

#define ANSWER_MS 5000
#define SYSTEMCTL_MS 30000
#define PACKAGE "holdfast-client"
#define RESTART_LOOKS 10 /* seconds: systemd starts it again after one */
#define WAIT_LOOKS 20    /* who masks or changes a unit that runs ends it next */

static bool answers(const struct paths *p)
{
	static const char question[] = "{\"cmd\":\"status\"}";
	AUTO(arena_done) struct arena a = {0};
	AUTO(fd_closep) int fd = -1;
	const struct json *answer;
	struct err e;

	return ipc_connect(p->socket, ANSWER_MS, &fd, &e) &&
	       ipc_send(fd, question, sizeof(question) - 1, &e) && ipc_receive(fd, &a, &answer, &e);
}

/* Whether, each second, it is so in the end. */
static bool is_there(const struct paths *p, bool wanted, int looks)
{
	const struct timespec second = {.tv_sec = 1};
	bool there = answers(p);

	while (there != wanted && looks-- > 0) {
		(void)nanosleep(&second, NULL);
		there = answers(p);
	}
	return there;
}

/* Also where the enrolment was tampered with: the keeper is to say so. */
static bool is_wanted(const struct paths *p)
{
	struct device device = {0};
	struct holding holding = {0};
	struct err e;
	bool wanted;

	if (access(p->manifest, F_OK) < 0 || !device_load(&device, p, &e))
		return false;
	holding_load(&holding, &device);
	wanted = device.standing != DEVICE_NEW &&
		 (!holding.has_statement || holding_blocks(&holding, PACKAGE));
	holding_done(&holding);
	device_done(&device);
	return wanted;
}

static void leave_word(const struct paths *p, const char *text)
{
	struct err e;

	if (!file_replace(p->gone, text, strlen(text), 0600, &e))
		log_err(LOG_LEVEL_WARN, "no word for the keeper", &e);
}

static bool systemctl(const struct paths *p, const char *first, const char *second)
{
	char *const argv[] = {(char *)p->systemctl, (char *)first, (char *)second, NULL};
	AUTO(buf_done) struct buf output = {0};
	struct err e;

	if (program_run(argv, SYSTEMCTL_MS, &output, &e))
		return true;
	log_err(LOG_LEVEL_ERROR, "systemd", &e);
	return false;
}

static void unmask(const struct paths *p)
{
	AUTO(arena_done) struct arena a = {0};
	const char *masks[UNITS_MASKS];
	size_t n = units_masks(&a, p, masks);

	leave_word(p, n ? masks[0] + strlen(p->root) : "gone");
	for (size_t i = 0; i < n; i++) {
		log_line(LOG_LEVEL_WARN, "%s masked the unit and is taken away", masks[i]);
		if (unlink(masks[i]) < 0)
			log_line(LOG_LEVEL_ERROR, "%s cannot be taken away", masks[i]);
	}
}

static bool is_changed(const struct paths *p)
{
	AUTO(arena_done) struct arena a = {0};
	struct unit_look unit;

	units_look(&a, p, staying_text(), &unit);
	return unit.masked || unit.overridden;
}

int check_main(const struct paths *p)
{
	bool there =
	    is_changed(p) ? is_there(p, false, WAIT_LOOKS) : is_there(p, true, RESTART_LOOKS);

	if (there || !is_wanted(p))
		return 0;
	log_line(LOG_LEVEL_WARN, "the keeper is gone and is started again");
	unmask(p);
	return systemctl(p, "daemon-reload", NULL) && systemctl(p, "start", UNIT_NAME) &&
		       is_there(p, true, RESTART_LOOKS)
		   ? 0
		   : 1;
}
