#include "keeper/manager.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/text.h"
#include "keeper/keeper.h"
#include "keeper/program.h"

#define STATUS_MAX ((size_t)64 << 20)
#define LOCK_WAIT_S "300"

/* How each program removes, the first that the machine has. */
static const struct removal {
	enum manager manager;
	size_t program; /* member of struct paths */
	const char *arguments[8];
} removals[] = {
    {MANAGER_DEB,
     offsetof(struct paths, apt_get),
     {"-y", "-q", "-o", "DPkg::Lock::Timeout=" LOCK_WAIT_S, "--allow-change-held-packages",
      "remove", "--"}},
    {MANAGER_DEB, offsetof(struct paths, dpkg), {"-r", "--"}},
    /* dnf would take away what nothing needs any more as well. */
    {MANAGER_RPM, offsetof(struct paths, rpm), {"-e", "--allmatches", "--"}},
};

static const char *member(const struct paths *paths, size_t offset)
{
	return *(const char *const *)((const char *)paths + offset);
}

static bool is_there(const char *folder, const char *name)
{
	AUTO(arena_done) struct arena a = {0};

	return access(arena_printf(&a, "%s/%s", folder, name), F_OK) == 0;
}

/* rpm 4.16 and newer, SUSE's, older ones; Fedora and SUSE moved the folder below /usr. */
static const char *rpm_database(const struct paths *paths)
{
	static const char *const files[] = {"rpmdb.sqlite", "Packages.db", "Packages"};
	const char *const folders[] = {paths->rpm_database, paths->rpm_sysimage};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(folders); i++)
		for (j = 0; j < ARRAY_SIZE(files); j++)
			if (is_there(folders[i], files[j]))
				return folders[i];
	return NULL;
}

/* A copy of the package's next entry in dpkg's status file, from the end of its first line; *at goes
 * behind it. NULL: there is no further one. */
static const char *next_entry(struct arena *a, const char *text, size_t *at, const char *name)
{
	const char *first = arena_printf(a, "Package: %s\n", name);
	const char *entry = strstr(text + *at, first), *end;

	while (entry && entry > text && entry[-1] != '\n')
		entry = strstr(entry + 1, first);
	if (!entry)
		return NULL;
	entry += strlen(first) - 1;
	end = strstr(entry, "\n\n");
	if (!end)
		end = entry + strlen(entry);
	*at = (size_t)(end - text);
	return arena_dup_n(a, entry, (size_t)(end - entry));
}

static const char *field(struct arena *a, const char *entry, const char *name)
{
	const char *start = strstr(entry, arena_printf(a, "\n%s: ", name));

	if (!start)
		return "";
	start += strlen(name) + 3;
	return arena_dup_n(a, start, strcspn(start, "\n"));
}

/* "install ok installed": wish, flag, state (dpkg-query(1)). */
static bool is_installed(const char *status)
{
	const char *state = strrchr(status, ' ');

	return state && strcmp(state, " not-installed") != 0 && strcmp(state, " config-files") != 0;
}

static void look_up(struct arena *a, const char *text, struct package_state *package)
{
	size_t at = 0;
	const char *entry = next_entry(a, text, &at, package->name);

	while (entry && !is_installed(field(a, entry, "Status")))
		entry = next_entry(a, text, &at, package->name);
	if (!entry)
		return;
	package->version = field(a, entry, "Version");
	package->unselected = text_equal(field(a, entry, "Status"), "deinstall ok installed") ||
			      text_equal(field(a, entry, "Status"), "purge ok installed");
}

static bool read_status(struct arena *a, const struct paths *paths, char **text, struct err *e)
{
	return file_read(a, arena_printf(a, "%s/status", paths->packages), STATUS_MAX, text, NULL,
			 e);
}

static bool ask_dpkg(struct arena *a, const struct paths *paths, struct package_state *packages,
		     size_t count, struct err *e)
{
	char *text;
	size_t i;

	if (!read_status(a, paths, &text, e))
		return false;
	for (i = 0; i < count; i++)
		look_up(a, text, &packages[i]);
	return true;
}

/* "=NAME VERSION-RELEASE", or rpm's word that it is not there. */
static bool take_answer(struct arena *a, const char *output, struct package_state *package)
{
	const char *there = strstr(output, arena_printf(a, "\n=%s ", package->name));

	if (!there)
		return strstr(output, arena_printf(a, "\npackage %s is not installed\n",
						   package->name)) != NULL;
	there += strlen("\n= ") + strlen(package->name);
	package->version = arena_dup_n(a, there, strcspn(there, "\n"));
	return true;
}

static bool ask_rpm(struct arena *a, const struct paths *paths, struct package_state *packages,
		    size_t count, struct err *e)
{
	static const char format[] = "=%{NAME} %{VERSION}-%{RELEASE}\\n";
	const char *before[] = {paths->rpm, "--dbpath", rpm_database(paths), "-q", "--qf",
				format,     "--"};
	const char **argv = arena_array(a, ARRAY_SIZE(before) + count + 1, sizeof(*argv));
	AUTO(buf_done) struct buf output = {0};
	const char *complaint;
	size_t i;

	if (!rpm_database(paths))
		return err_set(e, ERR_IO, "there is no rpm database");
	memcpy(argv, before, sizeof(before));
	for (i = 0; i < count; i++)
		argv[ARRAY_SIZE(before) + i] = packages[i].name;
	buf_text(&output, "\n");
	if (!program_run((char *const *)argv, MANAGER_WAIT_MS, &output, e))
		return false;
	/* Of a database that it cannot open rpm says both that and that nothing is installed. */
	complaint = strstr(output.data, "\nerror: ");
	for (i = 0; i < count; i++)
		if (!complaint && !take_answer(a, output.data, &packages[i]))
			complaint = output.data;
	return !complaint ||
	       err_set(e, ERR_IO, "rpm: %.*s", (int)strcspn(complaint + 1, "\n"), complaint + 1);
}

enum manager manager_detect(const struct paths *paths)
{
	AUTO(arena_done) struct arena a = {0};
	struct err e;
	char *text;
	bool dpkg = read_status(&a, paths, &text, &e);
	size_t at = 0;

	if (dpkg && next_entry(&a, text, &at, KEEPER_PACKAGE))
		return MANAGER_DEB;
	if (rpm_database(paths))
		return MANAGER_RPM;
	return dpkg ? MANAGER_DEB : MANAGER_NONE;
}

const char *manager_name(enum manager manager)
{
	static const char *const names[] = {
	    [MANAGER_NONE] = "none", [MANAGER_DEB] = "dpkg", [MANAGER_RPM] = "rpm"};

	return names[manager];
}

const char *manager_database(const struct paths *paths, enum manager manager)
{
	switch (manager) {
	case MANAGER_DEB:
		return paths->packages;
	case MANAGER_RPM:
		return rpm_database(paths);
	case MANAGER_NONE:
		break;
	}
	return NULL;
}

bool manager_installed(struct arena *a, const struct paths *paths, enum manager manager,
		       struct package_state *packages, size_t count, struct err *e)
{
	size_t i;

	for (i = 0; i < count; i++) {
		packages[i].version = NULL;
		packages[i].unselected = false;
	}
	switch (manager) {
	case MANAGER_DEB:
		return ask_dpkg(a, paths, packages, count, e);
	case MANAGER_RPM:
		return !count || ask_rpm(a, paths, packages, count, e);
	case MANAGER_NONE:
		break;
	}
	return err_set(e, ERR_IO, "this machine has no package database");
}

static char *const *removal_of(struct arena *a, const struct removal *removal, const char *program,
			       const char *const *names, size_t count)
{
	const char **argv =
	    arena_array(a, ARRAY_SIZE(removal->arguments) + count + 2, sizeof(*argv));
	size_t n = 0, i;

	argv[n++] = program;
	for (i = 0; i < ARRAY_SIZE(removal->arguments) && removal->arguments[i]; i++)
		argv[n++] = removal->arguments[i];
	for (i = 0; i < count; i++)
		argv[n++] = names[i];
	return (char *const *)argv;
}

bool manager_remove_argv(struct arena *a, const struct paths *paths, enum manager manager,
			 const char *const *names, size_t count, char *const **argv, struct err *e)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(removals); i++) {
		const char *program = member(paths, removals[i].program);

		if (removals[i].manager != manager || access(program, X_OK) < 0)
			continue;
		*argv = removal_of(a, &removals[i], program, names, count);
		return true;
	}
	return err_set(e, ERR_NOT_FOUND, "this machine has no package manager that removes them");
}

char *const *manager_environment(struct arena *a)
{
	static const char *const fixed[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
					    "DEBIAN_FRONTEND=noninteractive", NULL};
	const char **environment = arena_array(a, ARRAY_SIZE(fixed), sizeof(*environment));

	memcpy(environment, fixed, sizeof(fixed));
	return (char *const *)environment;
}
