#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/footprint.h"
#include "base/log.h"
#include "base/notify.h"
#include "crypto/crypto.h"
#include "keeper/check.h"
#include "keeper/local.h"
#include "keeper/remover.h"

static const char usage[] =
    "usage: holdfast-keeper [--root DIR] [--check]\n"
    "\n"
    "The part of the Holdfast client that runs as root. The service holdfast-keeper starts it.\n"
    "  --root DIR  everything below DIR instead of /, for tests\n"
    "  --check     starts the service again when it is gone and the policy protects the "
    "client\n"
    "\n"
    "With --removal PROGRAM ARGUMENT... it is the process that runs the package manager for the "
    "keeper.\n";

static int renew(struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	const char *program = arena_dup(&a, k->program);
	const char *root = arena_dup(&a, k->paths.root);
	int fd = local_release(k->local);

	log_line(LOG_LEVEL_INFO, "going on as the program that is at %s now", program);
	k->local = NULL;
	keeper_done(k);
	return renew_go(program, root, fd) ? 0 : 1;
}

static int run(const char *root)
{
	const struct rlimit no_core = {0};
	struct keeper keeper;
	struct err e;
	bool ok;

	footprint_start();
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
		notify("READY=1");
		loop_run(keeper.loop);
	} else {
		log_err(LOG_LEVEL_ERROR, "start", &e);
	}
	if (ok && keeper.renew.ready)
		return renew(&keeper);
	keeper_done(&keeper);
	return ok ? 0 : 1;
}

static int removal(const char *root, char *const *argv)
{
	AUTO(arena_done) struct arena a = {0};
	struct paths paths;

	(void)umask(022);
	paths_fill(&a, root, &paths);
	return remover_main(&paths, argv);
}

static int check(const char *root)
{
	AUTO(arena_done) struct arena a = {0};
	struct paths paths;
	struct err e;

	log_start("holdfast-check", LOG_LEVEL_INFO);
	(void)umask(022);
	if (!crypto_start(&e)) {
		log_err(LOG_LEVEL_ERROR, "start", &e);
		return 1;
	}
	paths_fill(&a, root, &paths);
	return check_main(&paths);
}

int main(int argc, char **argv)
{
	const char *root = "";
	int i = 1;

	if (argc == 2 && !strcmp(argv[1], "--version")) {
		(void)puts("holdfast-keeper " HOLDFAST_VERSION);
		return 0;
	}
	if (argc > 2 && !strcmp(argv[1], "--root")) {
		size_t n = strlen(argv[2]);

		while (n && argv[2][n - 1] == '/')
			argv[2][--n] = '\0';
		root = argv[2];
		i = 3;
	}
	if (argc > i + 1 && !strcmp(argv[i], "--removal"))
		return removal(root, argv + i + 1);
	if (argc == i + 1 && !strcmp(argv[i], "--check"))
		return check(root);
	if (argc > i) {
		bool help = argc == 2 && !strcmp(argv[1], "--help");

		(void)fputs(usage, help ? stdout : stderr);
		return help ? 0 : 2;
	}
	return run(root);
}
