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
#define CLOSE_LOOKS 20   /* seconds: who masks or changes a unit that runs ends it next */
#define AFTER_MS 30000   /* between looks after that */
#define UNWANTED_MS 300000

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

static void pause_for(int64_t ms)
{
	const struct timespec t = {.tv_sec = (time_t)(ms / 1000)};

	(void)nanosleep(&t, NULL);
}

/* Whether it answers within so many seconds. */
static bool is_there(const struct paths *p, int looks)
{
	bool there = answers(p);

	for (; !there && looks > 0; looks--) {
		pause_for(1000);
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

/* As long as the unit is masked or overridden it is stayed with: its path unit would ask again at once. False: the
 * keeper is gone, and missed. */
static bool watch_changed(const struct paths *p)
{
	int looks = 0;

	while (is_changed(p)) {
		if (answers(p))
			pause_for(looks++ < CLOSE_LOOKS ? 1000 : AFTER_MS);
		else if (is_wanted(p))
			return false;
		else
			pause_for(UNWANTED_MS);
	}
	return true;
}

int check_main(const struct paths *p)
{
	if (watch_changed(p) && (is_there(p, RESTART_LOOKS) || !is_wanted(p)))
		return 0;
	log_line(LOG_LEVEL_WARN, "the keeper is gone and is started again");
	unmask(p);
	return systemctl(p, "daemon-reload", NULL) && systemctl(p, "start", UNIT_NAME) &&
		       is_there(p, RESTART_LOOKS)
		   ? 0
		   : 1;
}
