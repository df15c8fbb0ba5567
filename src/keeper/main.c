#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/log.h"
#include "crypto/crypto.h"
#include "keeper/keeper.h"

static const char usage[] =
    "usage: holdfast-keeper [--root DIR]\n"
    "\n"
    "The part of the Holdfast client that runs as root. The service holdfast-keeper starts it.\n"
    "  --root DIR  everything below DIR instead of /, for tests\n";

static int run(const char *root)
{
	const struct rlimit no_core = {0};
	struct keeper keeper;
	struct err e;
	bool ok;

	log_start("holdfast-keeper", LOG_LEVEL_INFO);
	(void)umask(022);
	/* It holds the device's key. */
	(void)setrlimit(RLIMIT_CORE, &no_core);
	ok = crypto_start(&e);
	if (!ok) {
		log_err(LOG_LEVEL_ERROR, "start", &e);
		return 1;
	}
	ok = keeper_start(&keeper, root, &e);
	if (ok) {
		notify_ready();
		loop_run(keeper.loop);
	} else {
		log_err(LOG_LEVEL_ERROR, "start", &e);
	}
	keeper_done(&keeper);
	return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	char *root = argc == 3 && !strcmp(argv[1], "--root") ? argv[2] : NULL;
	size_t n = root ? strlen(root) : 0;

	if (argc == 2 && !strcmp(argv[1], "--version")) {
		(void)puts("holdfast-keeper " HOLDFAST_VERSION);
		return 0;
	}
	if (argc > 1 && !root) {
		(void)fputs(usage, argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr);
		return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
	}
	while (n && root[n - 1] == '/')
		root[--n] = '\0';
	return run(root ? root : "");
}
