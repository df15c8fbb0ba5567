/*
 * The package manager that the client came with: the one place that knows where dpkg and rpm keep
 * their databases, how they are asked and how they remove. Programs are run by absolute path, never
 * through a shell, with manager_environment; below a root other than "" they are that root's own.
 */
#pragma once

#include "base/err.h"
#include "keeper/paths.h"

enum manager {
	MANAGER_NONE, /* no database: a client that was not installed as a package */
	MANAGER_DEB,
	MANAGER_RPM,
};

/* Looks at the databases on disk: dpkg's when it has an entry of the client, else rpm's, else
 * dpkg's, whichever is there. */
enum manager manager_detect(const struct paths *paths);

/* "dpkg", "rpm" or "none", for the log. */
const char *manager_name(enum manager manager);

/* The folder whose files change whenever a package is installed or removed; NULL for MANAGER_NONE. */
const char *manager_database(const struct paths *paths, enum manager manager);

struct package_state {
	const char *name;    /* asked for */
	const char *version; /* as the package manager writes it; NULL: not installed */
	const char *architecture;
	bool configured; /* not only unpacked; always so with rpm */
	bool unselected; /* dpkg: installed, but marked for removal or purge */
};

/*
 * Fills in what each package is. What is unpacked without being configured counts
 * as installed; of a package installed more than once, the first entry counts. Reads dpkg's status
 * file; runs rpm, for at most MANAGER_WAIT_MS, and blocks meanwhile. ERR_IO when the database cannot
 * be read, ERR_UNAVAILABLE when the package manager does not answer in time.
 */
#define MANAGER_WAIT_MS 5000
[[nodiscard]] bool manager_installed(struct arena *a, const struct paths *paths,
				     enum manager manager, struct package_state *packages,
				     size_t count, struct err *e);

/* The installed package of another name that says it provides this one, or (replaces) that it takes its place;
 * NULL when there is none. Blocks and fails as manager_installed does. */
[[nodiscard]] bool manager_heir(struct arena *a, const struct paths *paths, enum manager manager,
				const char *name, bool replaces, const char **out, struct err *e);

/* Another number when rpm's packages may have changed: being asked, it touches files of its folder too. 0: any
 * change in the folder is one. */
uint64_t manager_stamp(const struct paths *paths, enum manager manager);

/* Whether a package manager is at work, so that another one would be refused or has to wait. */
bool manager_busy(const struct paths *paths, enum manager manager);

/*
 * The command that removes these packages in one transaction, without a question: NULL-terminated, in
 * the arena, argv[0] an absolute path. apt-get waits for dpkg's lock; dpkg alone, where there is no
 * apt-get, does not, nor does rpm without a terminal. The packages' own scripts decide as for any other removal.
 * ERR_NOT_FOUND when the machine has no such program or no package manager.
 */
[[nodiscard]] bool manager_remove_argv(struct arena *a, const struct paths *paths,
				       enum manager manager, const char *const *names, size_t count,
				       char *const **argv, struct err *e);

/*
 * The same for packages that this computer made for itself (pack/pack.h): without their own say, and by the
 * program that decides nothing about others. It does not wait for dpkg's lock. For dpkg their prerm is taken
 * away before.
 */
[[nodiscard]] bool manager_drop_argv(struct arena *a, const struct paths *paths,
				     enum manager manager, const char *const *names, size_t count,
				     char *const **argv, struct err *e);

/* The command that installs a package file, whatever version of it is there. */
[[nodiscard]] bool manager_install_argv(struct arena *a, const struct paths *paths,
					enum manager manager, const char *file, char *const **argv,
					struct err *e);

/* What such a program is run with: a fixed PATH, no locale, nobody to be asked. NULL-terminated. */
char *const *manager_environment(struct arena *a);
