#include "keeper/packages.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "keeper/guards.h"
#include "keeper/keeper.h"

#define SETTLE_MS 500           /* a package manager writes its database in many steps */
#define BUSY_MS 1000            /* it is at work: what is seen may not be the end */
#define BUSY_MOST_MS 40000      /* told then all the same */
#define SECOND_LOOK_TICKS 4     /* besides what the folder tells */
#define UNWATCHED_LOOK_MS 30000 /* when it tells nothing */
/* Between the guard's yes and the package being gone: a package manager at its longest. */
#define UNDER_WAY_MS (INT64_C(24) * 3600 * 1000)
#define NOTES_MAX ((size_t)1 << 20)
#define FIRST_WORDS "holdfast-packages 1 "

/* --- what was noted ------------------------------------------------------------------------------- */

/* A report about a going that may or may not be in the spool yet. */
struct note {
	char id[ID_SIZE];
	int64_t at_ms;
	const struct going *going;
};

/* NAME installed|replaced|gone GRANT|- and, until its report is in the spool: ID forced|allowed TIME TEXT */
static void put_line(struct buf *out, const struct protected *item, const struct note *note)
{
	buf_printf(out, "%s %s %s", item->name,
		   item->replaced    ? "replaced"
		   : item->installed ? "installed"
				     : "gone",
		   item->grant ? item->grant : "-");
	if (note)
		buf_printf(out, " %s %s %" PRId64 " %s", note->id,
			   note->going->forced ? "forced" : "allowed", note->at_ms,
			   note->going->text ? note->going->text : "");
	buf_char(out, '\n');
}

static bool store(const struct keeper *k, const struct protected *gone, const struct note *note,
		  struct err *e)
{
	const struct packages *p = &k->packages;
	AUTO(buf_done) struct buf text = {0};
	size_t i;

	buf_printf(&text, FIRST_WORDS "%s\n", manager_name(p->manager));
	for (i = 0; i < p->count; i++)
		put_line(&text, &p->items[i], &p->items[i] == gone ? note : NULL);
	return file_replace(k->paths.noted, text.data, text.len, 0600, e);
}

static void report(struct keeper *k, const char *name, const struct note *note)
{
	keeper_report(k, &(struct report){.kind = note->going->forced ? REPORT_REMOVED_WITHOUT_GRANT
								      : REPORT_REMOVED,
					  .id = *note->id ? note->id : NULL,
					  .at_ms = note->at_ms,
					  .package = name,
					  .text = text_some(note->going->text)});
}

static void load_line(struct keeper *k, char *line)
{
	struct packages *p = &k->packages;
	struct protected item = {0};
	struct going going = {0};
	struct note note = {.going = &going};
	const char *words[6] = {0}, *rest;
	char *at = line;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words) && at; i++)
		words[i] = strsep(&at, " ");
	rest = at;
	if (!words[2])
		return;
	item.name = arena_dup(&p->arena, words[0]);
	item.replaced = text_equal(words[1], "replaced");
	item.installed = item.replaced || text_equal(words[1], "installed");
	item.grant = text_equal(words[2], "-") ? NULL : arena_dup(&p->arena, words[2]);
	p->items[p->count++] = item;
	if (!words[5] || !id_valid(words[3]) || !text_i64(words[5], 0, INT64_MAX, &note.at_ms))
		return;
	memcpy(note.id, words[3], ID_SIZE);
	going.forced = text_equal(words[4], "forced");
	going.text = rest;
	report(k, item.name, &note);
}

/* A machine may have two, and without the client nothing else says which one it was. */
static void set_manager(struct keeper *k, const char *name)
{
	static const enum manager all[] = {MANAGER_DEB, MANAGER_RPM};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (text_equal(name, manager_name(all[i])) && manager_database(&k->paths, all[i]))
			k->packages.manager = all[i];
}

static void load(struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	struct packages *p = &k->packages;
	char *text, *line;
	size_t lines = 0, i;
	struct err e;

	if (!file_read(&a, k->paths.noted, NOTES_MAX, &text, NULL, &e) ||
	    !text_starts(text, FIRST_WORDS))
		return;
	text += strlen(FIRST_WORDS);
	line = strsep(&text, "\n");
	if (!text)
		return;
	set_manager(k, line);
	for (i = 0; text[i]; i++)
		lines += text[i] == '\n';
	p->items = arena_array(&p->arena, lines, sizeof(*p->items));
	while ((line = strsep(&text, "\n")) && text)
		load_line(k, line);
	if (p->count && !store(k, NULL, NULL, &e))
		log_err(LOG_LEVEL_WARN, "the packages", &e);
}

/* --- a package that went -------------------------------------------------------------------------- */

static struct protected *find(struct packages *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (text_equal(p->items[i].name, name))
			return &p->items[i];
	return NULL;
}

const struct protected *packages_find(const struct keeper *k, const char *name)
{
	return find((struct packages *)&k->packages, name);
}

void packages_gone(struct keeper *k, const char *name, const struct going *going)
{
	struct protected *item = find(&k->packages, name);
	struct note note = {.at_ms = clock_utc_ms(), .going = going};
	struct err e;

	log_line(going->forced ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "%s was removed%s", name,
		 going->forced ? " without a grant" : "");
	if (!item) {
		report(k, name, &note);
		return;
	}
	item->installed = item->replaced = going->replaced;
	item->missing_ms = 0;
	if (going->grant)
		item->grant = arena_dup(&k->packages.arena, going->grant);
	/* Whatever ends this process, the report is made, and under one id. */
	id_new(note.id);
	if (!store(k, item, &note, &e))
		log_err(LOG_LEVEL_WARN, "the packages", &e);
	report(k, name, &note);
	if (!store(k, NULL, NULL, &e))
		log_err(LOG_LEVEL_WARN, "the packages", &e);
}

const char *packages_used_grant(const struct keeper *k, struct arena *a, const char *name,
				int64_t within_ms)
{
	const struct protected *item = packages_find(k, name);
	struct ledger ledger;
	const char *back = "", *grant;
	struct err e;
	size_t i;

	if (k->device.standing != DEVICE_ENROLLED || !holding_ledger(&k->device, a, &ledger, &e))
		return NULL;
	for (i = ledger.count; i > 0; i--) {
		const struct ledger_entry *entry = &ledger.entries[i - 1];

		if (entry->kind == LEDGER_RESTORED)
			back = entry->grant;
		if (entry->kind != LEDGER_CONSUMED ||
		    !text_equal(holding_package_of(&k->holding, entry->grant), name))
			continue;
		grant = entry->grant;
		if (text_equal(grant, back) || (item && text_equal(grant, item->grant)) ||
		    holding_now_ms(&k->holding) - entry->time_ms > within_ms)
			return NULL;
		return grant;
	}
	return NULL;
}

/* Why the statement lets the package go; NULL: it does not. */
static const char *ground_of(const struct statement *s, const char *package)
{
	if (s->mode == STATEMENT_OFF)
		return "off";
	if (!s->covered && text_equal(s->why, "whitelist"))
		return "whitelist";
	if (!s->covered || !statement_protects(s, package))
		return "out of scope";
	return s->mode == STATEMENT_AUDIT ? "audit mode" : NULL;
}

static void note_gone(struct keeper *k, struct protected *item)
{
	AUTO(arena_done) struct arena a = {0};
	struct going going = {.grant = packages_used_grant(k, &a, item->name, UNDER_WAY_MS),
			      .text = ground_of(&k->holding.statement, item->name)};
	const char *heir = NULL;
	struct err e;

	if (text_equal(item->name, KEEPER_PACKAGE)) {
		item->missing_ms = 0;
		goodbye_gone(k);
		return;
	}
	going.forced = !going.grant && !going.text;
	if (going.grant)
		going.text = NULL;
	going.replaced = item->heir;
	if (going.forced && item->heir)
		going.text = arena_printf(&a, "replaced by %s", item->heir);
	else if (going.forced &&
		 manager_heir(&a, &k->paths, k->packages.manager, item->name, true, &heir, &e) &&
		 heir)
		going.text = arena_printf(&a, "replaced by %s", heir);
	keeper_follow(k); /* what the guard let through comes first */
	packages_gone(k, item->name, &going);
	if (going.grant && !holding_used_up(&k->holding, &k->device, going.grant, &e))
		log_err(LOG_LEVEL_WARN, "a grant that was used", &e);
}

/* --- looking -------------------------------------------------------------------------------------- */

static bool is_further(const char *name)
{
	return !text_equal(name, KEEPER_PACKAGE) && !text_starts(name, GUARDS_PREFIX) &&
	       guards_name_valid(name);
}

static void take(struct packages *to, const struct packages *from, const char *name, bool listed)
{
	const struct protected *old = find((struct packages *)from, name);
	struct protected *item;

	if (find(to, name))
		return;
	item = &to->items[to->count++];
	if (old)
		*item = *old;
	item->name = arena_dup(&to->arena, name);
	item->listed = listed;
	item->grant = arena_dup(&to->arena, item->grant);
	item->heir = NULL;
	item->now = (struct package_state){.name = item->name};
	item->guard = (struct package_state){
	    .name = arena_printf(&to->arena, GUARDS_PREFIX "%s", item->name)};
}

/* What the statement lists now, and what it listed while its guard is still there. */
static void relist(struct keeper *k)
{
	const struct json_list *listed = &k->holding.statement.packages;
	const char *const *names = listed->items;
	struct packages *p = &k->packages;
	struct packages fresh = *p;
	size_t i;

	fresh.arena = (struct arena){0};
	fresh.count = 0;
	fresh.items = arena_array(&fresh.arena, 1 + listed->count + p->count, sizeof(*p->items));
	take(&fresh, p, KEEPER_PACKAGE, true);
	for (i = 0; i < listed->count; i++)
		if (is_further(names[i]))
			take(&fresh, p, names[i], true);
	for (i = 0; i < p->count; i++)
		if (!p->items[i].listed || p->items[i].guard.version)
			take(&fresh, p, p->items[i].name, false);
	arena_done(&p->arena);
	*p = fresh;
}

static void keep(struct arena *a, const struct package_state *from, struct package_state *to)
{
	*to = *from;
	to->version = arena_dup(a, from->version);
	to->architecture = arena_dup(a, from->architecture);
}

/* What is kept of the answer is little; the whole database was read for it. */
static bool ask(struct keeper *k, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct packages *p = &k->packages;
	struct package_state *states = arena_array(&a, 2 * p->count, sizeof(*states));
	const char *heir;
	size_t i;

	for (i = 0; i < p->count; i++) {
		states[2 * i].name = p->items[i].name;
		states[2 * i + 1].name = p->items[i].guard.name;
	}
	if (!manager_installed(&a, &k->paths, p->manager, states, 2 * p->count, e))
		return false;
	for (i = 0; i < p->count; i++) {
		struct protected *item = &p->items[i];

		keep(&p->arena, &states[2 * i], &item->now);
		keep(&p->arena, &states[2 * i + 1], &item->guard);
		/* The client, which is first, has no heir. */
		if (item->now.version || !item->installed || i == 0)
			continue;
		if (!manager_heir(&a, &k->paths, p->manager, item->name, false, &heir, e))
			return false;
		item->heir = arena_dup(&p->arena, heir);
	}
	return true;
}

/* Anybody who is root makes a package that says that it provides another: that one has its place is told of too. */
static bool is_there(const struct protected *item)
{
	return item->now.version || (item->heir && item->replaced);
}

/* True when the notes are to be written. */
static bool compare(struct keeper *k, struct protected *item, bool busy)
{
	int64_t now = loop_now_ms(k->loop);

	if (is_there(item)) {
		/* The client itself is there from its enrolment on, whoever is at work. */
		bool fresh = !item->installed && (!busy || text_equal(item->name, KEEPER_PACKAGE));

		bool back = item->replaced && item->now.version;

		item->missing_ms = 0;
		item->installed |= fresh;
		item->replaced &= !back;
		return fresh || back;
	}
	if (!item->installed)
		return false;
	if (!item->missing_ms)
		item->missing_ms = now;
	if (!busy || now - item->missing_ms >= BUSY_MOST_MS)
		note_gone(k, item);
	return false;
}

/* Those that the statement dropped and whose guard is gone. */
static bool forget_done(struct packages *p)
{
	size_t kept = 0, i;

	for (i = 0; i < p->count; i++)
		if (p->items[i].listed || p->items[i].guard.version)
			p->items[kept++] = p->items[i];
	if (kept == p->count)
		return false;
	p->count = kept;
	return true;
}

static void look(struct keeper *k)
{
	struct packages *p = &k->packages;
	bool busy, write = false;
	struct err e;
	size_t i;

	if (p->manager == MANAGER_NONE)
		p->manager = manager_detect(&k->paths);
	if (p->manager == MANAGER_NONE || k->device.standing == DEVICE_NEW ||
	    !k->holding.has_statement || k->goodbye.leaving)
		return;
	p->counter = k->holding.statement.counter;
	p->grants = k->holding.grant_count;
	relist(k);
	p->stamp = manager_stamp(&k->paths, p->manager);
	if (!ask(k, &e)) {
		log_err(LOG_LEVEL_WARN, "the package database", &e);
		return;
	}
	busy = manager_busy(&k->paths, p->manager);
	for (i = 0; i < p->count; i++)
		if (p->items[i].listed)
			write |= compare(k, &p->items[i], busy);
	write |= forget_done(p);
	if (k->goodbye.leaving)
		return;
	if (write && !store(k, NULL, NULL, &e))
		log_err(LOG_LEVEL_WARN, "the packages", &e);
	if (busy)
		packages_look_after(k, BUSY_MS);
	guards_plan(k, busy);
	watch_look(k);
}

/* --- when ----------------------------------------------------------------------------------------- */

static void on_change(void *arg)
{
	struct keeper *k = arg;
	uint64_t stamp = manager_stamp(&k->paths, k->packages.manager);

	if (!stamp || stamp != k->packages.stamp)
		packages_look_after(k, SETTLE_MS);
}

/* The folder may be made, or be replaced by another one (rpm --rebuilddb). */
static void watch_folder(struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	struct packages *p = &k->packages;
	const char *folder = manager_database(&k->paths, p->manager);
	struct stat st;
	struct err e;

	if (!folder || stat(folder, &st) < 0) {
		p->watched = false;
		return;
	}
	if (p->watched && p->folder == st.st_ino)
		return;
	p->watched = loop_on_folder_change(k->loop, folder, on_change, k, &e);
	p->folder = st.st_ino;
	if (!p->watched) {
		log_err(LOG_LEVEL_WARN, "the package database is only looked at now and then", &e);
		return;
	}
	if (p->manager == MANAGER_DEB)
		(void)loop_on_folder_change(k->loop, arena_printf(&a, "%s/updates", folder),
					    on_change, k, &e);
}

static void on_timer(void *arg)
{
	struct keeper *k = arg;
	struct packages *p = &k->packages;

	p->due_ms = 0;
	look(k);
	watch_folder(k);
	if (!p->watched)
		packages_look_after(k, UNWATCHED_LOOK_MS);
}

void packages_tick(struct keeper *k)
{
	struct packages *p = &k->packages;

	if (++p->ticks % SECOND_LOOK_TICKS == 0 && !p->due_ms)
		on_timer(k);
}

void packages_look_after(struct keeper *k, int64_t delay_ms)
{
	struct packages *p = &k->packages;
	int64_t due_ms = loop_now_ms(k->loop) + delay_ms;

	if (p->due_ms && p->due_ms <= due_ms)
		return;
	p->due_ms = due_ms;
	loop_timer_start(p->timer, delay_ms, 0);
}

void packages_look(struct keeper *k)
{
	packages_look_after(k, SETTLE_MS);
}

void packages_consider(struct keeper *k)
{
	if (k->holding.has_statement && (k->holding.statement.counter != k->packages.counter ||
					 k->holding.grant_count != k->packages.grants))
		packages_look_after(k, packages_find(k, KEEPER_PACKAGE) ? SETTLE_MS : 0);
}

void packages_init(struct keeper *k)
{
	k->packages.timer = loop_timer_new(k->loop, on_timer, k);
}

void packages_load(struct keeper *k)
{
	k->packages.manager = manager_detect(&k->paths);
	if (k->device.standing != DEVICE_NEW)
		load(k);
	watch_folder(k);
	packages_look(k);
}

void packages_done(struct keeper *k)
{
	loop_timer_free(k->packages.timer);
	arena_done(&k->packages.arena);
}
