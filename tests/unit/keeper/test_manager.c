#include "../unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "keeper/manager.h"

/* A machine's databases and package managers below a folder of its own. */
struct databases {
	struct arena a;
	char root[32];
	struct paths paths;
	struct err e;
};

static void put(struct databases *d, const char *path, mode_t mode, const char *text)
{
	const char *whole = arena_printf(&d->a, "%s%s", d->root, path);
	const char *folder = arena_dup_n(&d->a, whole, (size_t)(strrchr(whole, '/') - whole));

	assert_true(folder_make(folder, 0755, &d->e));
	assert_true(file_replace(whole, text, strlen(text), mode, &d->e));
}

static void status_file(struct databases *d, const char *text)
{
	put(d, "/var/lib/dpkg/status", 0644, text);
}

static int databases_new(void **state)
{
	struct databases *d = mem_new(struct databases);

	strcpy(d->root, "/tmp/holdfast-manager-XXXXXX");
	if (!mkdtemp(d->root))
		return -1;
	paths_fill(&d->a, d->root, &d->paths);
	*state = d;
	return 0;
}

static int delete (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int databases_free(void **state)
{
	struct databases *d = *state;

	(void)nftw(d->root, delete, 16, FTW_DEPTH | FTW_PHYS);
	arena_done(&d->a);
	mem_free(d);
	return 0;
}

static void the_manager_is_the_one_whose_database_knows_the_client(void **state)
{
	struct databases *d = *state;

	assert_int_equal(manager_detect(&d->paths), MANAGER_NONE);
	assert_null(manager_database(&d->paths, MANAGER_NONE));

	/* Folders alone are made by many packages. */
	put(d, "/var/lib/rpm/.rpm.lock", 0644, "");
	assert_int_equal(manager_detect(&d->paths), MANAGER_NONE);
	status_file(d, "Package: bash\nStatus: install ok installed\nVersion: 5.2\n\n");
	assert_int_equal(manager_detect(&d->paths), MANAGER_DEB);

	/* dpkg as a tool on a machine of rpm's. */
	put(d, "/usr/lib/sysimage/rpm/rpmdb.sqlite", 0644, "");
	assert_int_equal(manager_detect(&d->paths), MANAGER_RPM);
	assert_string_equal(manager_database(&d->paths, MANAGER_RPM), d->paths.rpm_sysimage);
	put(d, "/var/lib/rpm/Packages.db", 0644, "");
	assert_string_equal(manager_database(&d->paths, MANAGER_RPM), d->paths.rpm_database);

	/* rpm as a tool on a machine of dpkg's, also while the client's entry is the last or the first. */
	status_file(d,
		    "Package: bash\nStatus: install ok installed\nVersion: 5.2\n\n"
		    "Package: holdfast-client\nStatus: deinstall ok installed\nVersion: 0.1.0\n");
	assert_int_equal(manager_detect(&d->paths), MANAGER_DEB);
	status_file(d,
		    "Package: holdfast-client\nStatus: install ok installed\nVersion: 0.1.0\n\n");
	assert_int_equal(manager_detect(&d->paths), MANAGER_DEB);
	assert_string_equal(manager_database(&d->paths, MANAGER_DEB), d->paths.packages);

	status_file(d, "Package: holdfast-client-extra\nVersion: 1\n\n"
		       "Package: x\nDescription: of\n Package: holdfast-client\n\n");
	assert_int_equal(manager_detect(&d->paths), MANAGER_RPM);
}

static void dpkg_is_read_from_its_status_file(void **state)
{
	static const struct {
		const char *status, *version;
		bool unselected;
	} rows[] = {
	    {"install ok installed", "1:2.0-1", false},
	    {"hold ok installed", "1:2.0-1", false},
	    {"deinstall ok installed", "1:2.0-1", true},
	    {"purge ok installed", "1:2.0-1", true},
	    {"install ok unpacked", "1:2.0-1", false},
	    {"deinstall ok half-configured", "1:2.0-1", false},
	    {"deinstall ok config-files", NULL, false},
	    {"unknown ok not-installed", NULL, false},
	    {"nonsense", NULL, false},
	};
	struct databases *d = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct package_state asked[] = {{.name = "vpn-client", .unselected = true},
						{.name = "absent", .version = "was"}};

		status_file(d,
			    arena_printf(&d->a,
					 "Package: vpn-client-data\nStatus: install ok installed\n"
					 "Version: 7\n\nPackage: vpn-client\nStatus: %s\n"
					 "Description: x\n Version: 9\nVersion: 1:2.0-1\n\n",
					 rows[i].status));
		assert_true(manager_installed(&d->a, &d->paths, MANAGER_DEB, asked, 2, &d->e));
		if (rows[i].version)
			assert_string_equal(asked[0].version, rows[i].version);
		else
			assert_null(asked[0].version);
		assert_int_equal(asked[0].unselected, rows[i].unselected);
		assert_null(asked[1].version);
	}
	/* Two architectures: what is installed counts. */
	struct package_state both = {.name = "vpn-client"};
	status_file(d,
		    "Package: vpn-client\nStatus: deinstall ok config-files\nArchitecture: amd64\n"
		    "Version: 1\n\n"
		    "Package: vpn-client\nStatus: install ok installed\nArchitecture: i386\n"
		    "Version: 2\n\n");
	assert_true(manager_installed(&d->a, &d->paths, MANAGER_DEB, &both, 1, &d->e));
	assert_string_equal(both.version, "2");
	assert_string_equal(both.architecture, "i386");
}

static void update_file(struct databases *d, const char *name, const char *text)
{
	assert_true(folder_make(arena_printf(&d->a, "%s/updates", d->paths.packages), 0755, &d->e));
	assert_true(file_replace(arena_printf(&d->a, "%s/updates/%s", d->paths.packages, name),
				 text, strlen(text), 0644, &d->e));
}

static void rpm_file(struct databases *d, const char *name, const char *text)
{
	assert_true(folder_make(d->paths.rpm_database, 0755, &d->e));
	assert_true(file_replace(arena_printf(&d->a, "%s/%s", d->paths.rpm_database, name), text,
				 strlen(text), 0644, &d->e));
}

/* A query makes and touches files beside the database; a look for each of them would never end. */
static void only_a_change_of_rpms_packages_is_one(void **state)
{
	struct databases *d = *state;
	uint64_t stamp;

	assert_int_equal(manager_stamp(&d->paths, MANAGER_DEB), 0);
	assert_int_equal(manager_stamp(&d->paths, MANAGER_RPM), 0);
	rpm_file(d, "rpmdb.sqlite", "one");
	stamp = manager_stamp(&d->paths, MANAGER_RPM);
	assert_int_not_equal(stamp, 0);
	rpm_file(d, "rpmdb.sqlite-shm", "x");
	rpm_file(d, "rpmdb.sqlite-wal", "");
	rpm_file(d, ".rpm.lock", "");
	assert_true(manager_stamp(&d->paths, MANAGER_RPM) == stamp);
	rpm_file(d, "rpmdb.sqlite-wal", "two");
	assert_true(manager_stamp(&d->paths, MANAGER_RPM) != stamp);
	stamp = manager_stamp(&d->paths, MANAGER_RPM);
	rpm_file(d, "rpmdb.sqlite", "two");
	assert_true(manager_stamp(&d->paths, MANAGER_RPM) != stamp);
}

static void what_dpkg_noted_last_counts(void **state)
{
	static const char there[] = "Package: vpn-client\nStatus: install ok installed\n"
				    "Architecture: amd64\nVersion: 1\n";
	static const char gone[] = "Package: vpn-client\nStatus: deinstall ok config-files\n"
				   "Architecture: amd64\nVersion: 1\n";
	struct package_state asked = {.name = "vpn-client"};
	struct databases *d = *state;

	status_file(d, there);
	update_file(d, "0003", gone);
	update_file(d, "tmp.i", there);
	assert_true(manager_installed(&d->a, &d->paths, MANAGER_DEB, &asked, 1, &d->e));
	assert_null(asked.version);
	update_file(d, "0004", there);
	assert_true(manager_installed(&d->a, &d->paths, MANAGER_DEB, &asked, 1, &d->e));
	assert_string_equal(asked.version, "1");
	update_file(d, "0005", "Package: vpn-client\nStatus: purge ok not-installed\n");
	assert_true(manager_installed(&d->a, &d->paths, MANAGER_DEB, &asked, 1, &d->e));
	assert_null(asked.version);
}

static const char *heir(struct databases *d, bool replaces)
{
	const char *out;

	assert_true(
	    manager_heir(&d->a, &d->paths, MANAGER_DEB, "vpn-client", replaces, &out, &d->e));
	return out;
}

static void a_package_of_another_name_may_take_the_place(void **state)
{
	struct databases *d = *state;

	status_file(d, "Package: vpn-client\nStatus: install ok installed\n"
		       "Provides: vpn-client (= 1)\n\n"
		       "Package: other\nStatus: install ok installed\n"
		       "Provides: vpn, vpn-client-data (= 2), my-vpn-client\n"
		       "Replaces: vpn-client-data, vpn-client (<< 2)\n\n"
		       "Package: gone\nStatus: deinstall ok config-files\nProvides: vpn-client\n");
	assert_null(heir(d, false));
	assert_string_equal(heir(d, true), "other");
	status_file(d, "Package: first\nStatus: install ok installed\nProvides: a, b\n\n"
		       "Package: tunnel\nDescription: x\nProvides: a (= 1), vpn-client:any (= 2)\n"
		       "Status: install ok installed\n\n");
	assert_string_equal(heir(d, false), "tunnel");
}

static void packages_of_this_computer_are_handled_without_their_own_say(void **state)
{
	static const char *const names[] = {"holdfast-guards-a"};
	struct databases *d = *state;
	const char *script =
	    arena_printf(&d->a, "%s/info/holdfast-guards-a.prerm", d->paths.packages);
	char *const *argv;

	assert_true(folder_make(arena_printf(&d->a, "%s/info", d->paths.packages), 0755, &d->e));
	assert_true(file_replace(script, "x", 1, 0755, &d->e));
	assert_true(manager_drop_argv(&d->a, &d->paths, MANAGER_DEB, names, 1, &argv, &d->e));
	assert_string_equal(argv[0], d->paths.dpkg);
	assert_string_equal(argv[3], names[0]);
	assert_null(argv[4]);
	assert_int_equal(access(script, F_OK), -1);
	assert_true(manager_drop_argv(&d->a, &d->paths, MANAGER_RPM, names, 1, &argv, &d->e));
	assert_string_equal(argv[0], d->paths.rpm);
	assert_string_equal(argv[2], "--nopreun");
	assert_true(manager_install_argv(&d->a, &d->paths, MANAGER_RPM, "/x", &argv, &d->e));
	assert_string_equal(argv[1], "-U");
	assert_false(manager_install_argv(&d->a, &d->paths, MANAGER_NONE, "/x", &argv, &d->e));
}

static void a_database_that_cannot_be_read_is_an_error(void **state)
{
	struct databases *d = *state;
	struct package_state asked = {.name = "vpn-client"};

	assert_false(manager_installed(&d->a, &d->paths, MANAGER_NONE, &asked, 1, &d->e));
	assert_false(manager_installed(&d->a, &d->paths, MANAGER_DEB, &asked, 1, &d->e));
	assert_false(manager_installed(&d->a, &d->paths, MANAGER_RPM, &asked, 1, &d->e));
	put(d, "/var/lib/rpm/rpmdb.sqlite", 0644, "");
	assert_false(manager_installed(&d->a, &d->paths, MANAGER_RPM, &asked, 1, &d->e));
	put(d, "/usr/bin/rpm", 0755, "#!/bin/sh\necho 'error: cannot open Packages' >&2; exit 1\n");
	assert_false(manager_installed(&d->a, &d->paths, MANAGER_RPM, &asked, 1, &d->e));
	assert_string_equal(d->e.text, "rpm: error: cannot open Packages");
	put(d, "/usr/bin/rpm", 0755,
	    "#!/bin/sh\necho 'package vpn-client is not installed'; echo 'error: cannot open "
	    "Packages' >&2\n"
	    "exit 1\n");
	assert_false(manager_installed(&d->a, &d->paths, MANAGER_RPM, &asked, 1, &d->e));
	assert_string_equal(d->e.text, "rpm: error: cannot open Packages");
}

static void rpm_is_asked_for_names_and_versions(void **state)
{
	struct databases *d = *state;
	struct package_state asked[] = {
	    {.name = "vpn-client"}, {.name = "absent"}, {.name = "vpn"}};

	put(d, "/var/lib/rpm/rpmdb.sqlite", 0644, "");
	put(d, "/usr/bin/rpm", 0755,
	    "#!/bin/sh\n[ \"$1 $3 $4\" = '--dbpath -q --qf' ] && [ -z \"$HOME\" ] || exit 9\n"
	    "[ -e \"$2/rpmdb.sqlite\" ] && [ \"$6 $7 $8 $9\" = '-- vpn-client absent vpn' ] || "
	    "exit 9\n"
	    "echo 'warning: something'; echo '=vpn-client 5.1-2.fc40'\n"
	    "echo 'package absent is not installed'; echo '=vpn 1-1'\n"
	    "exit 1\n");
	assert_true(manager_installed(&d->a, &d->paths, MANAGER_RPM, asked, 3, &d->e));
	assert_string_equal(asked[0].version, "5.1-2.fc40");
	assert_null(asked[1].version);
	assert_string_equal(asked[2].version, "1-1");
	assert_true(manager_installed(&d->a, &d->paths, MANAGER_RPM, asked, 0, &d->e));
}

/* A process that holds it until its standard input ends. */
static pid_t lock_held(const char *path, short type, int *end)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
	int to[2], from[2];
	char c = 0;
	pid_t pid;

	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	pid = fork();
	if (pid == 0) {
		int fd = open(path, type == F_WRLCK ? O_RDWR : O_RDONLY);

		(void)close(to[1]);
		if (fd < 0 || fcntl(fd, F_SETLK, &lock) < 0 || write(from[1], "", 1) != 1)
			_exit(1);
		_exit(read(to[0], &c, 1) == 0 ? 0 : 1);
	}
	(void)close(to[0]);
	(void)close(from[1]);
	assert_int_equal(read(from[0], &c, 1), 1);
	(void)close(from[0]);
	*end = to[1];
	return pid;
}

static bool is_busy_while(struct databases *d, const char *path, short type)
{
	int end, status;
	pid_t pid = lock_held(path, type, &end);
	bool busy = manager_busy(&d->paths, MANAGER_RPM);

	(void)close(end);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return busy;
}

/* rpm's lock is a file that every user may read. */
static void who_only_reads_the_lock_does_not_make_rpm_look_busy(void **state)
{
	struct databases *d = *state;
	const char *lock = arena_printf(&d->a, "%s/.rpm.lock", d->paths.rpm_database);

	put(d, "/var/lib/rpm/rpmdb.sqlite", 0644, "");
	put(d, "/var/lib/rpm/.rpm.lock", 0644, "");
	assert_false(manager_busy(&d->paths, MANAGER_RPM));
	assert_true(is_busy_while(d, lock, F_WRLCK));
	assert_false(is_busy_while(d, lock, F_RDLCK));
}

static const char *command(struct databases *d, enum manager manager)
{
	static const char *const names[] = {"vpn-client", "holdfast-guards-vpn-client"};
	const char *text = "";
	char *const *argv;

	if (!manager_remove_argv(&d->a, &d->paths, manager, names, ARRAY_SIZE(names), &argv, &d->e))
		return NULL;
	assert_memory_equal(argv[0], d->root, strlen(d->root));
	text = argv[0] + strlen(d->root);
	for (argv++; *argv; argv++)
		text = arena_printf(&d->a, "%s %s", text, *argv);
	return text;
}

static void packages_are_removed_together_without_a_question(void **state)
{
	struct databases *d = *state;

	assert_null(command(d, MANAGER_NONE));
	assert_null(command(d, MANAGER_DEB));
	assert_int_equal(d->e.code, ERR_NOT_FOUND);
	put(d, "/usr/bin/dpkg", 0755, "");
	assert_string_equal(command(d, MANAGER_DEB),
			    "/usr/bin/dpkg -r -- vpn-client holdfast-guards-vpn-client");
	put(d, "/usr/bin/apt-get", 0755, "");
	assert_string_equal(command(d, MANAGER_DEB),
			    "/usr/bin/apt-get -y -q -o DPkg::Lock::Timeout=300 "
			    "--allow-change-held-packages remove -- vpn-client "
			    "holdfast-guards-vpn-client");
	assert_null(command(d, MANAGER_RPM));
	put(d, "/usr/bin/rpm", 0755, "");
	assert_string_equal(
	    command(d, MANAGER_RPM),
	    "/usr/bin/rpm -e --allmatches -- vpn-client holdfast-guards-vpn-client");
	assert_null(command(d, MANAGER_NONE));
}

#define DATABASES_TEST(fn) cmocka_unit_test_setup_teardown(fn, databases_new, databases_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DATABASES_TEST(the_manager_is_the_one_whose_database_knows_the_client),
	    DATABASES_TEST(dpkg_is_read_from_its_status_file),
	    DATABASES_TEST(what_dpkg_noted_last_counts),
	    DATABASES_TEST(only_a_change_of_rpms_packages_is_one),
	    DATABASES_TEST(a_package_of_another_name_may_take_the_place),
	    DATABASES_TEST(packages_of_this_computer_are_handled_without_their_own_say),
	    DATABASES_TEST(a_database_that_cannot_be_read_is_an_error),
	    DATABASES_TEST(rpm_is_asked_for_names_and_versions),
	    DATABASES_TEST(who_only_reads_the_lock_does_not_make_rpm_look_busy),
	    DATABASES_TEST(packages_are_removed_together_without_a_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
