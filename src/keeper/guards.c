#include "keeper/guards.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "keeper/keeper.h"
#include "pack/pack.h"

/* Of the generated packages beside the client's version: rises when they are made differently. */
#define RELEASE "1"
#define GUARD_MAX ((size_t)16 << 20)
#define NAME_MAX_LENGTH 128
#define LET_GO_MS (INT64_C(3600) * 1000) /* a grant that was used is good for its removal */
#define AGAIN_FIRST_MS 2000
#define AGAIN_MOST_MS 600000
#define AFTER_MS 300
#define FAILED_TO_RUN 127
#define FREE_TRIES 1200 /* ten minutes */
#define FDS_CLOSED 1024

bool guards_name_valid(const char *name)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-._";
	size_t n = strspn(name, allowed);

	return n >= 2 && n <= NAME_MAX_LENGTH && !name[n] && !strchr("+-._", name[0]);
}

/* --- making one ----------------------------------------------------------------------------------- */

static void describe(struct arena *a, const char *name, struct pack *out)
{
	out->en = (struct pack_text){
	    arena_printf(a, "keeps %s installed until its removal is approved", name),
	    arena_printf(
		a,
		"%s is protected by your organisation: it is removed only after somebody has\n"
		"approved that. To ask for it, run\n"
		"\n"
		"  holdfast uninstall %s --reason \"why\"\n"
		"\n"
		"Once it is approved, this package is removed together with %s, and not before.\n",
		name, name, name)};
	out->zh = (struct pack_text){
	    arena_printf(a, "未经批准不得卸载 %s", name),
	    arena_printf(a,
			 "%s 受您的组织保护，批准后才能卸载。申请卸载请运行\n"
			 "\n"
			 "  holdfast uninstall %s --reason \"原因\"\n"
			 "\n"
			 "批准后，本软件包将与 %s 一同卸载；在此之前不能单独卸载。\n",
			 name, name, name)};
}

/* dpkg judges a dependency in the architecture of who has it; a package for all of them has none, but the guard
 * is a program of this machine's. */
static const char *architecture_of(const struct keeper *k, const struct protected *item)
{
	const char *own = k->packages.items[0].now.architecture;

	return k->packages.manager == MANAGER_RPM || !item->now.architecture ||
		       text_equal(item->now.architecture, "all")
		   ? own
		   : item->now.architecture;
}

static bool make(const struct keeper *k, const struct protected *item, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf file = {0};
	struct pack p = {.name = item->guard.name,
			 .version = HOLDFAST_VERSION,
			 .release = RELEASE,
			 .architecture = architecture_of(k, item),
			 .guarded = item->name,
			 .time_s = clock_utc_ms() / 1000};
	char *guard;

	if (!p.architecture)
		return err_set(e, ERR_NOT_FOUND, "the client was not installed as a package");
	if (!file_read(&a, k->paths.guard, GUARD_MAX, &guard, &p.guard_size, e))
		return false;
	p.guard = guard;
	describe(&a, item->name, &p);
	if (k->packages.manager == MANAGER_RPM)
		pack_rpm(&p, &file);
	else
		pack_deb(&p, &file);
	return file_replace(k->paths.package_file, file.data, file.len, 0600, e);
}

/* --- running the package manager ------------------------------------------------------------------- */

/* Whether the package manager at work is to be waited for: the process that asks may be its child. */
enum when { NOW, WHEN_FREE };

static void wait_until_free(const struct keeper *k)
{
	const struct timespec pause = {.tv_nsec = 500 * 1000 * 1000};
	int fd, tries;

	for (fd = STDERR_FILENO + 1; fd < FDS_CLOSED; fd++)
		(void)close(fd);
	for (tries = 0; tries < FREE_TRIES && manager_busy(&k->paths, k->packages.manager); tries++)
		(void)nanosleep(&pause, NULL);
}

/* Between fork and exec: in a session of its own, so that it outlives what ends this process. */
static void become_manager(const struct keeper *k, char *const *argv, char *const *environment,
			   enum when when)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	(void)setsid();
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		_exit(FAILED_TO_RUN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (when == WHEN_FREE)
		wait_until_free(k);
	(void)execve(argv[0], argv, environment);
	_exit(FAILED_TO_RUN);
}

static size_t put_words(const char **all, size_t n, const char *const *words)
{
	for (; *words; words++)
		all[n++] = *words;
	return n;
}

/* In a unit of its own: neither this unit's end nor its sandbox is the package manager's. */
static char *const *unit(struct arena *a, const struct keeper *k, char *const *argv,
			 char *const *environment, enum when when)
{
	static const char *const common[] = {
	    "--quiet", "--collect", "--description=Packages that Holdfast guards others with",
	    NULL};
	static const char *const now[] = {"--wait", NULL};
	/* While it is locked it fails, and is tried again. */
	static const char *const when_free[] = {
	    "--property=Restart=on-failure", "--property=RestartSec=3",
	    "--property=StartLimitIntervalSec=3600", "--property=StartLimitBurst=100", NULL};
	const char **all;
	size_t most = ARRAY_SIZE(common) + ARRAY_SIZE(when_free) + 3, n = 0, i;

	for (i = 0; argv[i]; i++)
		most++;
	for (i = 0; environment[i]; i++)
		most++;
	all = arena_array(a, most, sizeof(*all));
	all[n++] = k->paths.systemd_run;
	n = put_words(all, n, common);
	n = put_words(all, n, when == NOW ? now : when_free);
	for (i = 0; environment[i]; i++)
		all[n++] = arena_printf(a, "--setenv=%s", environment[i]);
	all[n++] = "--";
	(void)put_words(all, n, (const char *const *)argv);
	return (char *const *)all;
}

static bool run(struct keeper *k, char *const *argv, enum when when, pid_t *pid, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	char *const *environment = manager_environment(&a);

	if (access(k->paths.systemd, F_OK) == 0 && access(k->paths.systemd_run, X_OK) == 0) {
		argv = unit(&a, k, argv, environment, when);
		when = NOW;
	}
	*pid = fork();
	if (*pid == 0)
		become_manager(k, argv, environment, when);
	if (*pid < 0) {
		*pid = 0;
		return err_errno(e, "fork");
	}
	return true;
}

/* --- what is to be done ----------------------------------------------------------------------------- */

static const char *guard_file(const struct keeper *k, struct arena *a, const struct protected *item)
{
	return k->packages.manager == MANAGER_RPM
		   ? arena_printf(a, "%s/%s", k->paths.guards, item->name)
		   : arena_printf(a, "%s/info/%s.prerm", k->paths.packages, item->guard.name);
}

static bool has_same_bytes(const char *one, const char *other)
{
	AUTO(fd_closep) int a = open(one, O_RDONLY | O_CLOEXEC);
	AUTO(fd_closep) int b = open(other, O_RDONLY | O_CLOEXEC);
	char part_a[4096], part_b[sizeof(part_a)];
	struct err e;
	ssize_t n = 0;

	while (a >= 0 && b >= 0 && (n = read(a, part_a, sizeof(part_a))) > 0)
		if (!fd_read_full(b, part_b, (size_t)n, &e) || memcmp(part_a, part_b, (size_t)n))
			return false;
	return a >= 0 && b >= 0 && n == 0;
}

/* Of this version, and the guard in it is ours. */
static bool is_fresh(const struct keeper *k, const struct protected *item)
{
	AUTO(arena_done) struct arena a = {0};
	const char *file = guard_file(k, &a, item);
	struct stat ours, theirs;

	return item->guard.configured &&
	       text_equal(item->guard.version, HOLDFAST_VERSION "-" RELEASE) &&
	       stat(k->paths.guard, &ours) == 0 && stat(file, &theirs) == 0 &&
	       ours.st_size == theirs.st_size && (theirs.st_mode & S_IXUSR) &&
	       has_same_bytes(k->paths.guard, file);
}

/* dpkg knows no capitals and no '_': no package of such a name is ever installed there. */
static bool is_wanted(const struct keeper *k, const struct protected *item)
{
	return item->listed && (item->now.version || item->heir) &&
	       holding_blocks(&k->holding, item->name);
}

/* The removal that was let through may be tried again within the hour. */
static bool is_let_go(const struct keeper *k, const struct protected *item)
{
	AUTO(arena_done) struct arena a = {0};

	return !item->guard.version && packages_used_grant(k, &a, item->name, LET_GO_MS);
}

bool guards_missing(const struct keeper *k, const struct protected *item)
{
	return is_wanted(k, item) && !item->guard.version && !is_let_go(k, item);
}

enum need { NEED_NOTHING, NEED_GUARD, NEED_DROP };

static enum need need_of(struct keeper *k, const struct protected *item)
{
	if (!is_wanted(k, item))
		return item->guard.version ? NEED_DROP : NEED_NOTHING;
	if (is_fresh(k, item))
		return NEED_NOTHING;
	/* Its dependency would not be met yet. */
	if (item->now.version && !item->now.configured)
		return NEED_NOTHING;
	if (is_let_go(k, item)) {
		packages_look_after(k, LET_GO_MS);
		return NEED_NOTHING;
	}
	return NEED_GUARD;
}

static void failed(struct keeper *k, struct protected *item)
{
	int64_t pause = AGAIN_FIRST_MS << (item->failures < 10 ? item->failures : 10);

	item->failures++;
	if (pause > AGAIN_MOST_MS)
		pause = AGAIN_MOST_MS;
	item->try_ms = loop_now_ms(k->loop) + pause;
	packages_look_after(k, pause);
}

static void failed_all(struct keeper *k)
{
	struct guards *g = &k->guards;
	size_t i, j;

	for (i = 0; i < g->count; i++)
		for (j = 0; j < k->packages.count; j++)
			if (text_equal(k->packages.items[j].name, g->names[i]))
				failed(k, &k->packages.items[j]);
}

static void begin(struct keeper *k, const char *const *names, size_t count)
{
	struct guards *g = &k->guards;
	const char **copy;
	size_t i;

	arena_done(&g->arena);
	copy = arena_array(&g->arena, count, sizeof(*copy));
	for (i = 0; i < count; i++)
		copy[i] = arena_dup(&g->arena, names[i]);
	g->names = copy;
	g->count = count;
}

static bool install(struct keeper *k, const struct protected *item, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	char *const *argv;

	begin(k, &item->name, 1);
	log_line(LOG_LEVEL_INFO, "%s is to guard %s", item->guard.name, item->name);
	return make(k, item, e) &&
	       manager_install_argv(&a, &k->paths, k->packages.manager, k->paths.package_file,
				    &argv, e) &&
	       run(k, argv, NOW, &k->guards.pid, e);
}

static bool drop(struct keeper *k, const struct protected *item, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	char *const *argv;

	begin(k, &item->name, 1);
	log_line(LOG_LEVEL_INFO, "%s guards nothing any more", item->guard.name);
	return manager_drop_argv(&a, &k->paths, k->packages.manager, &item->guard.name, 1, &argv,
				 e) &&
	       run(k, argv, NOW, &k->guards.pid, e);
}

/* dnf takes away what a package needed alone even when the guard has refused the package itself, so it is told not
 * to begin; with a grant it may. */
static void settle_dnf(const struct keeper *k)
{
	const struct packages *p = &k->packages;
	AUTO(buf_done) struct buf text = {0};
	AUTO(arena_done) struct arena a = {0};
	struct err e;
	char *now = NULL;
	bool ok;
	size_t i;

	if (p->manager != MANAGER_RPM || access(k->paths.dnf_folder, F_OK) < 0)
		return;
	for (i = 1; i < p->count; i++)
		if (p->items[i].guard.version && is_wanted(k, &p->items[i]) &&
		    !holding_good_grant(&k->holding, &k->device, p->items[i].name))
			buf_printf(&text, "%s\n", p->items[i].guard.name);
	(void)file_read(&a, k->paths.dnf, GUARD_MAX, &now, NULL, &e);
	if (text_equal(now ? now : "", text.data ? text.data : ""))
		return;
	ok = text.len ? file_replace(k->paths.dnf, text.data, text.len, 0644, &e)
		      : file_remove(k->paths.dnf, &e);
	if (!ok)
		log_err(LOG_LEVEL_WARN, "what dnf is not to remove", &e);
}

/* One at a time; the look that its end brings finds the next. */
void guards_plan(struct keeper *k, bool busy)
{
	struct packages *p = &k->packages;
	struct err e;
	size_t i;

	settle_dnf(k);
	for (i = 1; i < p->count && !busy && !k->guards.pid; i++) {
		struct protected *item = &p->items[i];
		enum need need = need_of(k, item);

		if (need == NEED_NOTHING)
			item->failures = 0;
		if (need == NEED_NOTHING || loop_now_ms(k->loop) < item->try_ms)
			continue;
		if (need == NEED_GUARD ? install(k, item, &e) : drop(k, item, &e))
			continue;
		log_err(LOG_LEVEL_WARN, item->guard.name, &e);
		failed(k, item);
	}
}

void guards_reaped(struct keeper *k)
{
	struct guards *g = &k->guards;
	int status;

	if (!g->pid || waitpid(g->pid, &status, WNOHANG) != g->pid)
		return;
	g->pid = 0;
	(void)unlink(k->paths.package_file);
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		log_line(LOG_LEVEL_WARN, "the package manager failed for %s", g->names[0]);
		failed_all(k);
	}
	packages_look_after(k, AFTER_MS);
}

/* --- with others ------------------------------------------------------------------------------------ */

/* The names of those that are installed: the package's, or all (NULL). Without an answer of the database none. */
static size_t guards_of(const struct keeper *k, struct arena *a, const char *package,
			const char **names)
{
	const struct packages *p = &k->packages;
	struct package_state *states = arena_array(a, p->count + 1, sizeof(*states));
	size_t asked = 0, n = 0, i;
	struct err e;

	for (i = 1; i < p->count; i++)
		if (!package || text_equal(p->items[i].name, package))
			states[asked++].name = arena_dup(a, p->items[i].guard.name);
	if (asked && !manager_installed(a, &k->paths, p->manager, states, asked, &e))
		return 0;
	for (i = 0; i < asked; i++)
		if (states[i].version)
			names[n++] = states[i].name;
	return n;
}

void guards_removal(const struct keeper *k, struct arena *a, const char *package,
		    const char *const **out, size_t *count)
{
	const char **names = arena_array(a, k->packages.count + 2, sizeof(*names));
	size_t n = guards_of(k, a, package, names);

	names[n++] = arena_dup(a, package);
	*out = names;
	*count = n;
}

void guards_leave(struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	const char **names = arena_array(&a, k->packages.count + 1, sizeof(*names));
	size_t count = guards_of(k, &a, NULL, names);
	char *const *argv;
	struct err e;
	pid_t pid;

	(void)unlink(k->paths.dnf);
	if (!count)
		return;
	/* Nothing is enrolled any more, so they let themselves be removed. */
	if (!manager_remove_argv(&a, &k->paths, k->packages.manager, names, count, &argv, &e) ||
	    !run(k, argv, WHEN_FREE, &pid, &e))
		log_err(LOG_LEVEL_WARN, "the packages that guard others stay", &e);
}

void guards_put(const struct keeper *k, struct json_writer *w)
{
	const struct packages *p = &k->packages;
	size_t i;

	json_array(w, "packages");
	for (i = 1; i < p->count; i++) {
		const struct protected *item = &p->items[i];

		if (!item->listed || !holding_blocks(&k->holding, item->name))
			continue;
		json_object(w, NULL);
		json_put_text(w, "package", item->name);
		json_put_bool(w, "guarded", item->guard.version != NULL);
		json_put_bool(w, "installed", item->now.version || item->heir);
		json_object_end(w);
	}
	json_array_end(w);
}

/* It is not waited for: it finishes by itself. */
void guards_done(struct keeper *k)
{
	arena_done(&k->guards.arena);
}
