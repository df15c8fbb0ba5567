/* holdfast-agent: started by holdfast-keeper, which is at descriptor 3. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/agent.h"
#include "base/footprint.h"
#include "base/log.h"

#define KEEPER_FD 3

static bool is_socket(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISSOCK(st.st_mode);
}

static void on_signal(void *arg, [[maybe_unused]] int signal)
{
	loop_stop(arg);
}

int main(int argc, char **argv)
{
	struct agent *agent;
	struct loop *loop;

	if (argc == 2 && !strcmp(argv[1], "--version")) {
		(void)puts("holdfast-agent " HOLDFAST_VERSION);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		(void)puts("holdfast-agent is started by holdfast-keeper.");
		return 0;
	}
	if (argc > 1 || !is_socket(KEEPER_FD)) {
		(void)fputs("holdfast-agent is started by holdfast-keeper.\n", stderr);
		return 2;
	}
	footprint_start();
	log_start("holdfast-agent", LOG_LEVEL_INFO);
	(void)fcntl(KEEPER_FD, F_SETFD, FD_CLOEXEC);
	loop = loop_new();
	loop_on_signal(loop, SIGTERM, on_signal, loop);
	agent = agent_new(loop, KEEPER_FD);
	loop_run(loop);
	agent_free(agent);
	loop_free(loop);
	return 0;
}
