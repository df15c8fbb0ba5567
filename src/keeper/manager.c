#include "keeper/manager.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/text.h"
#include "keeper/keeper.h"
#include "keeper/program.h"

#define STATUS_MAX ((size_t)64 << 20)
#define UPDATE_MAX ((size_t)1 << 20)
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

/* Of each architecture the first entry counts: the others are what it was before. One without any is of
 * a package that was purged. */
static const char *installed_entry(struct arena *a, const char *text, const char *name)
{
	const char *seen = " ", *entry, *mark;
	size_t at = 0;

	while ((entry = next_entry(a, text, &at, name))) {
		mark = arena_printf(a, " %s ", field(a, entry, "Architecture"));
		if (strstr(seen, mark))
			continue;
		if (is_installed(field(a, entry, "Status")))
			return entry;
		if (text_equal(mark, "  "))
			return NULL;
		seen = arena_printf(a, "%s%s", seen, mark);
	}
	return NULL;
}

static bool is_configured(const char *status)
{
	const char *state = strrchr(status, ' ');

	return text_equal(state, " installed") || text_starts(state, " triggers-");
}

static void look_up(struct arena *a, const char *text, struct package_state *package)
{
	const char *entry = installed_entry(a, text, package->name);

	if (!entry)
		return;
	package->version = field(a, entry, "Version");
	package->architecture = field(a, entry, "Architecture");
	package->configured = is_configured(field(a, entry, "Status"));
	package->unselected = text_equal(field(a, entry, "Status"), "deinstall ok installed") ||
			      text_equal(field(a, entry, "Status"), "purge ok installed");
}

static int newest_first(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*b)->d_name, (*a)->d_name);
}

static int is_update(const struct dirent *entry)
{
	const char *name = entry->d_name;

	return *name && name[strspn(name, "0123456789")] == '\0';
}

/* What a dpkg that is at work has noted since it last wrote the whole file, the newest first. */
static void add_updates(struct arena *a, const struct paths *paths, struct buf *out)
{
	const char *folder = arena_printf(a, "%s/updates", paths->packages);
	struct dirent **names;
	int count = scandir(folder, &names, is_update, newest_first), i;
	struct err e;
	char *text;
	size_t n;

	for (i = 0; i < count; i++) {
		if (file_read(a, arena_printf(a, "%s/%s", folder, names[i]->d_name), UPDATE_MAX,
			      &text, &n, &e)) {
			buf_add(out, text, n);
			buf_text(out, "\n");
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

static bool read_status(struct arena *a, const struct paths *paths, char **text, struct err *e)
{
	AUTO(buf_done) struct buf updates = {0};
	size_t n;

	if (!file_read(a, arena_printf(a, "%s/status", paths->packages), STATUS_MAX, text, &n, e))
		return false;
	add_updates(a, paths, &updates);
	if (!updates.len)
		return true;
	buf_add(&updates, *text, n);
	*text = arena_dup_n(a, updates.data, updates.len);
	return true;
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

/* "=NAME VERSION-RELEASE ARCHITECTURE", or rpm's word that it is not there. */
static bool take_answer(struct arena *a, const char *output, struct package_state *package)
{
	const char *there = strstr(output, arena_printf(a, "\n=%s ", package->name));

	if (!there)
		return strstr(output, arena_printf(a, "\npackage %s is not installed\n",
						   package->name)) != NULL;
	there += strlen("\n= ") + strlen(package->name);
	package->version = arena_dup_n(a, there, strcspn(there, " \n"));
	there += strcspn(there, " \n");
	there += strspn(there, " ");
	package->architecture = arena_dup_n(a, there, strcspn(there, "\n"));
	package->configured = true;
	return true;
}

static bool ask_rpm(struct arena *a, const struct paths *paths, struct package_state *packages,
		    size_t count, struct err *e)
{
	static const char format[] = "=%{NAME} %{VERSION}-%{RELEASE} %{ARCH}\\n";
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
		packages[i].version = packages[i].architecture = NULL;
		packages[i].unselected = packages[i].configured = false;
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

/* --- who takes another's place -------------------------------------------------------------------- */

/* "a, b (= 1), c:any" has b. */
static bool lists(const char *list, size_t n, const char *name)
{
	const char *end = list + n, *at = list;
	size_t length;

	while (at < end) {
		at += strspn(at, ", ");
		length = strcspn(at, " ,:\n");
		if (length == strlen(name) && !strncmp(at, name, length))
			return true;
		at += length;
		at += strcspn(at, ",\n");
		if (*at == '\n')
			return false;
	}
	return false;
}

static const char *start_of_entry(const char *text, const char *at)
{
	while (at > text && !(at[0] == '\n' && at[-1] == '\n'))
		at--;
	return at;
}

static bool dpkg_heir(struct arena *a, const struct paths *paths, const char *name, bool replaces,
		      const char **out, struct err *e)
{
	const char *label = replaces ? "\nReplaces: " : "\nProvides: ", *at, *entry, *heir;
	char *text;

	if (!read_status(a, paths, &text, e))
		return false;
	for (at = strstr(text, label); at; at = strstr(at + 1, label)) {
		const char *list = at + strlen(label);

		if (!lists(list, strcspn(list, "\n"), name))
			continue;
		entry = strstr(start_of_entry(text, at), "Package: ");
		if (!entry || entry > at)
			continue;
		entry += strlen("Package: ");
		heir = arena_dup_n(a, entry, strcspn(entry, "\n"));
		if (!text_equal(heir, name) && installed_entry(a, text, heir)) {
			*out = heir;
			return true;
		}
	}
	return true;
}

static bool rpm_heir(struct arena *a, const struct paths *paths, const char *name, bool replaces,
		     const char **out, struct err *e)
{
	const char *const argv[] = {paths->rpm,
				    "--dbpath",
				    rpm_database(paths),
				    "-q",
				    "--qf",
				    "=%{NAME}\\n",
				    replaces ? "--whatobsoletes" : "--whatprovides",
				    name,
				    NULL};
	AUTO(buf_done) struct buf output = {0};
	const char *at;

	if (!argv[2])
		return err_set(e, ERR_IO, "there is no rpm database");
	buf_text(&output, "\n");
	if (!program_run((char *const *)argv, MANAGER_WAIT_MS, &output, e))
		return false;
	for (at = strstr(output.data, "\n="); at; at = strstr(at + 1, "\n=")) {
		const char *heir = arena_dup_n(a, at + 2, strcspn(at + 2, "\n"));

		if (!text_equal(heir, name))
			*out = heir;
	}
	return true;
}

bool manager_heir(struct arena *a, const struct paths *paths, enum manager manager,
		  const char *name, bool replaces, const char **out, struct err *e)
{
	*out = NULL;
	switch (manager) {
	case MANAGER_DEB:
		return dpkg_heir(a, paths, name, replaces, out, e);
	case MANAGER_RPM:
		return rpm_heir(a, paths, name, replaces, out, e);
	case MANAGER_NONE:
		break;
	}
	return err_set(e, ERR_IO, "this machine has no package database");
}

/* FNV-1a */
static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
	const unsigned char *at = bytes;

	for (; n; n--)
		hash = (hash ^ *at++) * UINT64_C(0x100000001b3);
	return hash;
}

uint64_t manager_stamp(const struct paths *paths, enum manager manager)
{
	static const char *const files[] = {"rpmdb.sqlite", "rpmdb.sqlite-wal", "Packages.db",
					    "Packages"};
	const char *folder = manager_database(paths, manager);
	AUTO(arena_done) struct arena a = {0};
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	struct stat st;
	size_t i;

	if (manager != MANAGER_RPM || !folder)
		return 0;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		if (stat(arena_printf(&a, "%s/%s", folder, files[i]), &st) < 0 || !st.st_size)
			continue;
		hash = mix(hash, &st.st_ino, sizeof(st.st_ino));
		hash = mix(hash, &st.st_size, sizeof(st.st_size));
		hash = mix(hash, &st.st_mtim, sizeof(st.st_mtim));
	}
	return hash | 1;
}

bool manager_busy(const struct paths *paths, enum manager manager)
{
	static const char *const locks[][2] = {
	    [MANAGER_DEB] = {"lock-frontend", "lock"}, [MANAGER_RPM] = {".rpm.lock", NULL}};
	const char *folder = manager_database(paths, manager);
	AUTO(arena_done) struct arena a = {0};
	size_t i;

	for (i = 0; folder && i < ARRAY_SIZE(locks[0]) && locks[manager][i]; i++) {
		AUTO(fd_closep)
		int fd =
		    open(arena_printf(&a, "%s/%s", folder, locks[manager][i]), O_RDWR | O_CLOEXEC);
		/* Who is at work holds it for writing. For reading anybody may hold rpm's, also
		 * one who only wants this to look busy. */
		struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

		if (fd >= 0 && !fcntl(fd, F_GETLK, &lock) && lock.l_type != F_UNLCK)
			return true;
	}
	return false;
}

/* --- commands ------------------------------------------------------------------------------------- */

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

static void forget_prerm(struct arena *a, const struct paths *paths, const char *name)
{
	(void)unlink(arena_printf(a, "%s/info/%s.prerm", paths->packages, name));
}

bool manager_drop_argv(struct arena *a, const struct paths *paths, enum manager manager,
		       const char *const *names, size_t count, char *const **argv, struct err *e)
{
	static const struct removal dpkg = {MANAGER_DEB, 0, {"-r", "--"}};
	static const struct removal rpm = {
	    MANAGER_RPM, 0, {"-e", "--nopreun", "--notriggers", "--"}};
	size_t i;

	switch (manager) {
	case MANAGER_DEB:
		for (i = 0; i < count; i++)
			forget_prerm(a, paths, names[i]);
		*argv = removal_of(a, &dpkg, paths->dpkg, names, count);
		return true;
	case MANAGER_RPM:
		*argv = removal_of(a, &rpm, paths->rpm, names, count);
		return true;
	case MANAGER_NONE:
		break;
	}
	return err_set(e, ERR_NOT_FOUND, "this machine has no package manager");
}

bool manager_install_argv(struct arena *a, const struct paths *paths, enum manager manager,
			  const char *file, char *const **argv, struct err *e)
{
	static const struct removal dpkg = {MANAGER_DEB, 0, {"-i", "--"}};
	static const struct removal rpm = {
	    MANAGER_RPM, 0, {"-U", "--oldpackage", "--replacepkgs", "--nosignature", "--"}};

	if (manager == MANAGER_NONE)
		return err_set(e, ERR_NOT_FOUND, "this machine has no package manager");
	*argv = manager == MANAGER_DEB ? removal_of(a, &dpkg, paths->dpkg, &file, 1)
				       : removal_of(a, &rpm, paths->rpm, &file, 1);
	return true;
}

char *const *manager_environment(struct arena *a)
{
	static const char *const fixed[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
					    "DEBIAN_FRONTEND=noninteractive", NULL};
	const char **environment = arena_array(a, ARRAY_SIZE(fixed), sizeof(*environment));

	memcpy(environment, fixed, sizeof(fixed));
	return (char *const *)environment;
}
