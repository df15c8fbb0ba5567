#include "keeper/integrity.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "keeper/keeper.h"
#include "keeper/manager.h"
#include "keeper/units.h"

#define SOON_MS 1000
#define BUSY_MS 3000
#define BUSY_LOOKS 200 /* ten minutes: who holds a lock for longer holds up nothing more */
#define FILE_MAX ((size_t)64 << 20)
#define NAMED 3 /* files, in evidence */
#define MINUTE_MS INT64_C(60000)
#define CLOCK_LEEWAY_MS (10 * MINUTE_MS)
#define ENDS_MANY 3
#define ENDS_WITHIN_MS (60 * MINUTE_MS)
#define ENDS_FILE_MAX 1024
#define AGENT_FAILURES 5

static int64_t boot_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- what has changed since it was read --- */

static struct integrity_mark mark_of(const struct stat *st)
{
	return (struct integrity_mark){
	    .device = (int64_t)st->st_dev,
	    .inode = (int64_t)st->st_ino,
	    .size = st->st_size,
	    .modified_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
	    .changed_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec};
}

static bool is_same(const struct integrity_mark *a, const struct integrity_mark *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

/* --- the manifest --- */

static void manifest_forget(struct integrity *in)
{
	arena_done(&in->arena);
	in->manifest = (struct manifest){0};
	in->marks = NULL;
	in->unread = NULL;
	in->next = 0;
}

static void manifest_read(struct keeper *k)
{
	struct integrity *in = &k->integrity;
	struct err e;
	char *text;
	size_t n;

	manifest_forget(in);
	if (file_read(&in->arena, k->paths.manifest, MANIFEST_MAX, &text, &n, &e) &&
	    manifest_parse(&in->arena, text, n, &in->manifest, &e)) {
		in->marks = arena_array(&in->arena, in->manifest.count, sizeof(*in->marks));
		findings_set_build(k, in->manifest.id);
		return;
	}
	in->manifest = (struct manifest){0};
	if (e.code != ERR_NOT_FOUND)
		in->unread = arena_dup(&in->arena, e.text);
}

static void manifest_look(struct keeper *k)
{
	struct integrity *in = &k->integrity;
	struct integrity_mark mark = {0};
	struct stat st;

	if (stat(k->paths.manifest, &st) == 0)
		mark = mark_of(&st);
	if (is_same(&mark, &in->manifest_mark))
		return;
	in->manifest_mark = mark;
	manifest_read(k);
	link_send_state(k);
}

/* --- files --- */

/* Names, as far as they go into one line. */
struct names {
	struct buf text;
	size_t count;
};

static void names_add(struct names *n, const char *name, const char *what)
{
	if (n->count++ < NAMED)
		buf_printf(&n->text, "%s%s%s", n->count > 1 ? ", " : "", name, what);
}

static void names_done(struct names *n)
{
	buf_done(&n->text);
}

static const char *names_text(struct names *n)
{
	if (n->count == 0)
		return NULL;
	if (n->count > NAMED)
		buf_printf(&n->text, " and %zu more", n->count - NAMED);
	return n->text.data;
}

static bool has_hash(const char *path, const unsigned char wanted[static CRYPTO_HASH_SIZE])
{
	AUTO(arena_done) struct arena a = {0};
	unsigned char hash[CRYPTO_HASH_SIZE];
	struct err e;
	char *bytes;
	size_t n;

	if (!file_read(&a, path, FILE_MAX, &bytes, &n, &e))
		return false;
	crypto_sha256(bytes, n, hash);
	return memcmp(hash, wanted, sizeof(hash)) == 0;
}

struct look {
	struct keeper *k;
	struct arena *a;
	bool tick;
	bool installed; /* dpkg knows the client */
	struct names changed, missing, scripts;
};

static void look_done(struct look *l)
{
	names_done(&l->changed);
	names_done(&l->missing);
	names_done(&l->scripts);
}

static const char *path_of(const struct look *l, const struct manifest_entry *entry)
{
	const struct paths *p = &l->k->paths;

	return entry->script
		   ? arena_printf(l->a, "%s/info/" KEEPER_PACKAGE ".%s", p->packages, entry->name)
		   : arena_printf(l->a, "%s%s", p->root, entry->name);
}

/* A unit that is missing is a finding of its own where there is systemd. */
static bool is_unit(const struct look *l, const struct manifest_entry *entry)
{
	return text_equal(entry->name, "/usr/lib/systemd/system/" UNIT_NAME) &&
	       access(l->k->paths.systemd, F_OK) == 0;
}

static void look_at(struct look *l, size_t index)
{
	struct integrity *in = &l->k->integrity;
	const struct manifest_entry *entry = &in->manifest.entries[index];
	struct names *wrong = entry->script ? &l->scripts : &l->changed;
	struct integrity_mark *known = &in->marks[index], now;
	const char *path = path_of(l, entry);
	struct stat st;

	if (lstat(path, &st) < 0) {
		if (entry->script)
			names_add(wrong, entry->name, " is missing");
		else if (!is_unit(l, entry))
			names_add(&l->missing, entry->name, "");
		*known = (struct integrity_mark){0};
		return;
	}
	now = mark_of(&st);
	if (!is_same(&now, known) || (l->tick && index == in->next)) {
		now.good = S_ISREG(st.st_mode) && has_hash(path, entry->hash);
		*known = now;
	}
	if (!known->good)
		names_add(wrong, entry->name, "");
	else if (!entry->script && (st.st_mode & 07777) != entry->mode)
		names_add(wrong, entry->name, " has another mode");
	else if (st.st_uid != 0 && getuid() == 0)
		names_add(wrong, entry->name, " has another owner");
}

static void look_at_files(struct look *l)
{
	struct keeper *k = l->k;
	struct integrity *in = &k->integrity;

	manifest_look(k);
	if (in->unread)
		names_add(&l->changed, in->unread, "");
	else if (!in->manifest.version && k->findings.build[0])
		names_add(&l->missing, k->paths.manifest + strlen(k->paths.root), "");
	for (size_t i = 0; i < in->manifest.count; i++) {
		if (!in->manifest.entries[i].script || l->installed)
			look_at(l, i);
	}
	if (l->tick && in->manifest.count > 0)
		in->next = (in->next + 1) % in->manifest.count;
	findings_set(k, FINDING_FILES_CHANGED, names_text(&l->changed));
	findings_set(k, FINDING_FILES_MISSING, names_text(&l->missing));
	findings_set(k, FINDING_SCRIPT_CHANGED, names_text(&l->scripts));
}

/* --- folders --- */

static void on_change(void *arg)
{
	integrity_look_soon(arg);
}

/* A folder that is not there is looked at with the ticks. */
static bool watch_folder(struct keeper *k, const char *folder)
{
	struct err e;

	if (access(folder, F_OK) < 0)
		return false;
	if (!loop_on_folder_change(k->loop, folder, on_change, k, &e))
		log_err(LOG_LEVEL_WARN, "looking now and then only", &e);
	return true;
}

/* --- systemd --- */

static void look_at_unit(struct look *l)
{
	struct unit_look unit;

	if (access(l->k->paths.systemd, F_OK) < 0 || !l->k->integrity.manifest.version)
		return;
	/* The keeper makes it itself, once there is something to protect. */
	if (!l->k->integrity.drop_ins)
		l->k->integrity.drop_ins = watch_folder(l->k, l->k->paths.staying_folder);
	units_look(l->a, &l->k->paths, staying_text(), &unit);
	findings_set(l->k, FINDING_UNIT_MASKED, unit.masked);
	findings_set(l->k, FINDING_UNIT_OVERRIDDEN, unit.overridden);
	findings_set(l->k, FINDING_UNIT_DISABLED, unit.disabled);
	findings_set(l->k, FINDING_UNIT_MISSING, unit.missing);
}

/* --- the package's selection --- */

static bool is_unselected(struct look *l)
{
	struct package_state client = {.name = KEEPER_PACKAGE};
	struct err e;

	return manager_installed(l->a, &l->k->paths, MANAGER_DEB, &client, 1, &e) &&
	       client.unselected;
}

/* One that is put back at once was an attempt and is known as one. */
static void look_at_selection(struct look *l)
{
	struct keeper *k = l->k;
	struct integrity *in = &k->integrity;
	struct integrity_mark now = {0};
	struct stat st;

	if (!l->installed || !holding_blocks(&k->holding, KEEPER_PACKAGE))
		return;
	if (stat(arena_printf(l->a, "%s/status", k->paths.packages), &st) == 0)
		now = mark_of(&st);
	if (is_same(&now, &in->status_mark) && in->unselected == 0)
		return;
	in->status_mark = now;
	if (!is_unselected(l)) {
		in->unselected = 0;
		findings_set(k, FINDING_PACKAGE_SELECTION, NULL);
		return;
	}
	in->unselected += l->tick || in->unselected == 0;
	if (in->unselected > 2)
		findings_set(k, FINDING_PACKAGE_SELECTION,
			     "the package stays selected for removal");
	else
		repair_begin(k);
}

/* --- the guards of other packages --- */

/* One that was taken away is put back within a tick; where that fails the package is unguarded. */
static void look_at_guards(struct look *l)
{
	struct keeper *k = l->k;
	AUTO(names_done) struct names gone = {0};

	for (size_t i = 1; i < k->packages.count; i++) {
		const struct protected *p = &k->packages.items[i];

		if (guards_missing(k, p))
			names_add(&gone, p->guard.name, "");
	}
	if (gone.count == 0)
		k->integrity.unguarded = 0;
	else if (l->tick)
		k->integrity.unguarded++;
	if (gone.count == 0 || k->integrity.unguarded > 1)
		findings_set(k, FINDING_GUARD_MISSING, names_text(&gone));
}

/* --- the clock --- */

static const char *clock_says(struct look *l, int64_t utc_ms)
{
	const struct keeper *k = l->k;
	char now[CLOCK_TEXT_SIZE], then[CLOCK_TEXT_SIZE];

	if (k->holding.signed_ms - utc_ms > CLOCK_LEEWAY_MS) {
		clock_text(utc_ms, now);
		clock_text(k->holding.signed_ms, then);
		return arena_printf(l->a, "it says %s; the server signed something at %s", now,
				    then);
	}
	if (k->integrity.back_ms > CLOCK_LEEWAY_MS)
		return arena_printf(l->a, "set back by %lld minutes while the server was away",
				    (long long)(k->integrity.back_ms / MINUTE_MS));
	return NULL;
}

/* A correction is a correction while the server can be asked. */
static void look_at_clock(struct look *l)
{
	struct integrity *in = &l->k->integrity;
	int64_t utc = clock_utc_ms(), boot = boot_ms();
	int64_t back = in->utc_ms + boot - in->boot_ms - utc;

	if (in->boot_ms > 0 && (back > CLOCK_LEEWAY_MS || back < -CLOCK_LEEWAY_MS))
		in->back_ms = in->back_ms + back > 0 ? in->back_ms + back : 0;
	if (l->k->link.online)
		in->back_ms = 0;
	in->utc_ms = utc;
	in->boot_ms = boot;
	findings_set(l->k, FINDING_CLOCK_BACK, clock_says(l, utc));
}

/* --- ends by force --- */

static void ends_save(const struct keeper *k, bool running)
{
	const struct integrity *in = &k->integrity;
	AUTO(buf_done) struct buf text = {0};
	struct err e;

	buf_text(&text, running ? "running\n" : "ended\n");
	for (size_t i = 0; i < in->ends; i++)
		buf_printf(&text, "%lld\n", (long long)in->ends_ms[i]);
	if (!file_replace(k->paths.starts, text.data, text.len, 0600, &e))
		log_err(LOG_LEVEL_WARN, "that this process runs", &e);
}

static void ends_add(struct integrity *in, int64_t at_ms)
{
	if (in->ends == INTEGRITY_ENDS) {
		memmove(in->ends_ms, in->ends_ms + 1, sizeof(in->ends_ms) - sizeof(*in->ends_ms));
		in->ends--;
	}
	in->ends_ms[in->ends++] = at_ms;
}

/* The folder is gone with the boot, and with it what was before. */
static void ends_load(struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	struct integrity *in = &k->integrity;
	struct err e;
	char *text, *line, *rest = NULL;
	int64_t at_ms;

	if (!file_read(&a, k->paths.starts, ENDS_FILE_MAX, &text, NULL, &e))
		return;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (text_i64(line, 0, INT64_MAX, &at_ms))
			ends_add(in, at_ms);
	}
	if (text_equal(text, "running"))
		ends_add(in, boot_ms());
}

static void look_at_ends(struct look *l)
{
	const struct integrity *in = &l->k->integrity;
	int64_t now_ms = boot_ms();
	const char *text = NULL;
	size_t many = 0;

	for (size_t i = 0; i < in->ends; i++)
		many += now_ms - in->ends_ms[i] < ENDS_WITHIN_MS;
	if (many >= ENDS_MANY)
		text =
		    arena_printf(l->a, "the keeper was ended by force %zu times in an hour", many);
	else if (l->k->link.failures >= AGENT_FAILURES)
		text = arena_printf(l->a, "the agent ended %u times in a row", l->k->link.failures);
	findings_set(l->k, FINDING_RESTARTED_BY_FORCE, text);
}

/* --- what the second observer left --- */

/* It found no keeper: what was amiss is said, also where it was mended. */
static void take_gone(struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	struct err e;
	char *text;

	if (!file_read(&a, k->paths.gone, FINDING_MAX_EVIDENCE, &text, NULL, &e))
		return;
	if (text_starts(text, "/"))
		findings_set(
		    k, FINDING_UNIT_MASKED,
		    arena_printf(&a, "%s, taken away again, since the keeper was gone", text));
	else
		findings_set(k, FINDING_RESTARTED_BY_FORCE,
			     "the keeper was gone, and was started again by holdfast-check");
	(void)file_remove(k->paths.gone, &e);
}

/* --- looking --- */

static void look(struct keeper *k, bool tick)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(look_done) struct look l = {.k = k, .a = &a, .tick = tick};

	if (k->goodbye.leaving)
		return;
	look_at_clock(&l);
	look_at_ends(&l);
	/* Half of an upgrade is no tampering. */
	if (manager_busy(&k->paths, k->integrity.manager) && ++k->integrity.busy < BUSY_LOOKS) {
		k->integrity.pending = true;
		loop_timer_start(k->integrity.soon, BUSY_MS, 0);
		return;
	}
	k->integrity.busy = 0;
	l.installed = access(arena_printf(&a, "%s/info/" KEEPER_PACKAGE ".list", k->paths.packages),
			     F_OK) == 0;
	look_at_files(&l);
	look_at_unit(&l);
	look_at_selection(&l);
	look_at_guards(&l);
}

void integrity_tick(struct keeper *k)
{
	look(k, true);
}

static void on_soon(void *arg)
{
	struct keeper *k = arg;

	k->integrity.pending = false;
	look(k, false);
}

void integrity_look_soon(struct keeper *k)
{
	if (k->integrity.pending)
		return;
	k->integrity.pending = true;
	loop_timer_start(k->integrity.soon, SOON_MS, 0);
}

void integrity_init(struct keeper *k)
{
	k->integrity.soon = loop_timer_new(k->loop, on_soon, k);
}

void integrity_begin(struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	const struct paths *p = &k->paths;

	k->integrity.manager = manager_detect(p);
	findings_load(k);
	ends_load(k);
	ends_save(k, true);
	take_gone(k);
	(void)watch_folder(k, arena_printf(&a, "%s/usr/lib/holdfast", p->root));
	(void)watch_folder(k, arena_printf(&a, "%s/etc/systemd/system", p->root));
	(void)watch_folder(k, p->systemd);
	(void)watch_folder(k, arena_printf(&a, "%s/info", p->packages));
	look(k, false);
}

void integrity_done(struct keeper *k)
{
	loop_timer_free(k->integrity.soon);
	if (k->integrity.soon && !k->goodbye.left)
		ends_save(k, false);
	manifest_forget(&k->integrity);
	findings_done(k);
}

void integrity_put(const struct keeper *k, struct json_writer *w)
{
	AUTO(arena_done) struct arena a = {0};
	const struct manifest *m = &k->integrity.manifest;

	json_object(w, "build");
	json_put_text(w, "version", m->version ? m->version : HOLDFAST_VERSION);
	if (m->version)
		json_put_text(w, "id", m->id);
	json_object_end(w);
	json_put_text(w, "boot", boot_id(&a));
}
