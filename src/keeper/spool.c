#include "keeper/spool.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/id.h"
#include "base/text.h"
#include "json/json.h"

#define SUFFIX ".json"
#define REFUSED SUFFIX ".refused"
#define REPORT_MAX 4096
#define NUMBER_MAX 32

/* most: not added when so many wait, 0: always. */
static const struct {
	const char *name;
	size_t most;
} kinds[] = {
    [REPORT_ATTEMPT] = {"attempt", SPOOL_MAX_ATTEMPTS},
    [REPORT_TAMPERED] = {"tampered", SPOOL_MAX_ATTEMPTS},
    [REPORT_CONSUMED] = {"consumed", 0},
    [REPORT_RESTORED] = {"restored", 0},
    [REPORT_REMOVED] = {"removed", 0},
    [REPORT_REMOVED_WITHOUT_GRANT] = {"removed-without-grant", 0},
    [REPORT_LET_THROUGH] = {"let-through", SPOOL_MAX_ATTEMPTS},
    [REPORT_WEAKENED] = {"weakened", 0},
    [REPORT_RECOVERED] = {"recovered", 0},
    [REPORT_GOING] = {"going", SPOOL_MAX_OTHERS},
};

/* --- writing -------------------------------------------------------------------------------------- */

struct stamp {
	const char *id;
	int64_t at_ms;
	const char *boot;
};

static bool report_write(const struct paths *paths, const struct report *r, const struct stamp *s,
			 struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};

	json_object(&w, NULL);
	json_put_text(&w, "id", s->id);
	json_put_text(&w, "kind", kinds[r->kind].name);
	if (r->grant)
		json_put_text(&w, "grant", r->grant);
	json_put_text(&w, "package", r->package);
	json_put_i64(&w, "at_ms", s->at_ms);
	json_put_text(&w, "boot", s->boot);
	if (r->text)
		json_put_text(&w, "text", r->text);
	json_object_end(&w);
	return folder_make(paths->reports, 0700, e) &&
	       file_replace(arena_printf(&a, "%s/%s" SUFFIX, paths->reports, s->id), text.data,
			    text.len, 0600, e);
}

/* --- listing -------------------------------------------------------------------------------------- */

static bool is_report(const char *name, const char *suffix)
{
	char id[ID_SIZE];

	if (strlen(name) != ID_SIZE - 1 + strlen(suffix) || !text_equal(name + ID_SIZE - 1, suffix))
		return false;
	memcpy(id, name, ID_SIZE - 1);
	id[ID_SIZE - 1] = '\0';
	return id_valid(id);
}

struct names {
	char (*items)[ID_SIZE];
	size_t count, size;
};

static void names_done(struct names *n)
{
	mem_free(n->items);
}

static int by_name(const void *a, const void *b)
{
	return memcmp(a, b, ID_SIZE);
}

static bool names_read(const struct paths *paths, const char *suffix, struct names *out,
		       struct err *e)
{
	DIR *folder = opendir(paths->reports);
	struct dirent *entry;

	if (!folder)
		return errno == ENOENT ? true : err_errno(e, "%s", paths->reports);
	while ((entry = readdir(folder))) {
		if (!is_report(entry->d_name, suffix))
			continue;
		if (out->count == out->size) {
			out->size = out->size ? 2 * out->size : 64;
			out->items = mem_grow(out->items, out->size, sizeof(*out->items));
		}
		memcpy(out->items[out->count], entry->d_name, ID_SIZE - 1);
		out->items[out->count++][ID_SIZE - 1] = '\0';
	}
	(void)closedir(folder);
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), by_name);
	return true;
}

bool spool_empty(const struct paths *paths)
{
	AUTO(names_done) struct names all = {0};
	struct err e;

	return names_read(paths, SUFFIX, &all, &e) && !all.count;
}

bool spool_add(const struct paths *paths, const struct report *report, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(names_done) struct names all = {0};
	char id[ID_SIZE];
	struct stamp stamp = {.id = report->id ? report->id : id,
			      .at_ms = report->at_ms ? report->at_ms : clock_utc_ms(),
			      .boot = boot_id(&a)};

	if (kinds[report->kind].most) {
		if (!names_read(paths, SUFFIX, &all, e))
			return false;
		if (all.count >= kinds[report->kind].most)
			return err_set(e, ERR_TOO_MANY, "%zu reports wait to be sent", all.count);
	}
	id_new(id);
	return report_write(paths, report, &stamp, e);
}

static const char *path_of(struct arena *a, const struct paths *paths, const char *id)
{
	return arena_printf(a, "%s/%s" SUFFIX, paths->reports, id);
}

static bool set_aside(const struct paths *paths, const char *id, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(names_done) struct names all = {0};
	const char *path = path_of(&a, paths, id);
	size_t i;

	if (rename(path, arena_printf(&a, "%s/%s" REFUSED, paths->reports, id)) < 0)
		return err_errno(e, "%s", path);
	if (!names_read(paths, REFUSED, &all, e))
		return false;
	for (i = 0; i + SPOOL_MAX_REFUSED < all.count; i++)
		(void)unlink(arena_printf(&a, "%s/%s" REFUSED, paths->reports, all.items[i]));
	return true;
}

bool spool_batch(const struct paths *paths, size_t max, struct buf *out, size_t *count,
		 struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(names_done) struct names all = {0};
	struct json_writer w = {.out = out};
	const struct json *report;
	size_t i, n;
	char *text;

	*count = 0;
	if (!names_read(paths, SUFFIX, &all, e))
		return false;
	json_array(&w, NULL);
	for (i = 0; i < all.count && *count < max; i++) {
		if (!file_read(&a, path_of(&a, paths, all.items[i]), REPORT_MAX, &text, &n, e))
			return false;
		if (!json_parse(&a, text, n, &report, e)) {
			if (!set_aside(paths, all.items[i], e))
				return false;
			continue;
		}
		json_put_json(&w, NULL, report);
		++*count;
	}
	json_array_end(&w);
	return true;
}

bool spool_drop(const struct paths *paths, const char *id, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};

	if (!id_valid(id))
		return err_set(e, ERR_INVALID, "that is no report's id");
	return file_remove(path_of(&a, paths, id), e);
}

bool spool_set_aside(const struct paths *paths, struct err *e)
{
	AUTO(names_done) struct names all = {0};

	if (!names_read(paths, SUFFIX, &all, e))
		return false;
	return all.count ? set_aside(paths, all.items[0], e) : true;
}

/* --- from the ledger ------------------------------------------------------------------------------ */

/* A UUIDv7 of the line's time and place whose other bits are the line's own: the same line, the same id. */
static void line_id(const struct ledger *ledger, size_t index, char out[static ID_SIZE])
{
	AUTO(arena_done) struct arena a = {0};
	const struct ledger_entry *entry = &ledger->entries[index];
	const char *text =
	    arena_printf(&a, "%s\n%zu\n%s", ledger->id, index, ledger_line(&a, entry));
	unsigned char hash[CRYPTO_HASH_SIZE];
	unsigned char id[16];
	char hex[2 * sizeof(id) + 1];
	size_t i;

	crypto_sha256(text, strlen(text), hash);
	for (i = 0; i < 6; i++)
		id[i] = (unsigned char)(entry->time_ms >> (40 - 8 * i));
	/* Lines of one millisecond stay in their order. */
	id[6] = (unsigned char)(0x70 | (index >> 8 & 0x0f));
	id[7] = (unsigned char)index;
	memcpy(id + 8, hash, sizeof(id) - 8);
	id[8] = (unsigned char)(0x80 | (id[8] & 0x3f));
	text_hex(id, sizeof(id), hex);
	memcpy(
	    out,
	    arena_printf(&a, "%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8, hex + 12, hex + 16, hex + 20),
	    ID_SIZE);
}

static bool line_report(const struct device *d, const struct holding *h,
			const struct ledger *ledger, size_t index, struct err *e)
{
	const struct ledger_entry *entry = &ledger->entries[index];
	const char *package = holding_package_of(h, entry->grant);
	struct report report = {.kind = entry->kind == LEDGER_CONSUMED ? REPORT_CONSUMED
								       : REPORT_RESTORED,
				.package = package ? package : "holdfast-client",
				.grant = entry->grant};
	char id[ID_SIZE];
	struct stamp stamp = {.id = id, .at_ms = entry->time_ms, .boot = entry->boot};

	if (entry->kind == LEDGER_REVOKED)
		return true;
	line_id(ledger, index, id);
	return report_write(d->paths, &report, &stamp, e);
}

/* How many lines have their reports. A file that does not read means none: the server takes each
 * id once. */
static size_t reported(const struct paths *paths)
{
	AUTO(arena_done) struct arena a = {0};
	int64_t count = 0;
	struct err e;
	char *text;

	if (!file_read(&a, paths->reported, NUMBER_MAX, &text, NULL, &e) ||
	    !text_i64(text, 0, LEDGER_MAX, &count))
		return 0;
	return (size_t)count;
}

bool spool_follow_ledger(const struct device *d, const struct holding *h, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct ledger ledger;
	const char *text;
	size_t done, i;

	if (!holding_ledger(d, &a, &ledger, e))
		return false;
	done = reported(d->paths);
	if (done == ledger.count)
		return true;
	for (i = done < ledger.count ? done : 0; i < ledger.count; i++)
		if (!line_report(d, h, &ledger, i, e))
			return false;
	text = arena_printf(&a, "%zu", ledger.count);
	return file_replace(d->paths->reported, text, strlen(text), 0600, e);
}
