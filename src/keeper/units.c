#include "keeper/units.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

#define DROP_IN_MAX 4096

/* Folders of units, the strongest first. Each may hold drop-ins; those before the package's own may also hold another
 * file in its place. */
static const char *const folders[] = {
    "/etc/systemd/system.control",   "/run/systemd/system.control",  "/run/systemd/transient",
    "/run/systemd/generator.early",  "/etc/systemd/system",          "/etc/systemd/system.attached",
    "/run/systemd/system",           "/run/systemd/system.attached", "/run/systemd/generator",
    "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",      "/lib/systemd/system",
    "/run/systemd/generator.late"};
#define BEFORE 10
_Static_assert(BEFORE <= UNITS_MASKS, "each may hold a mask");

static const char *const *const ours = folders + BEFORE;
#define OURS 2

/* holdfast-.service.d is for all units that begin so. */
static const char *const added[] = {UNIT_NAME ".d", "holdfast-.service.d"};

static const char *at(struct arena *a, const struct paths *paths, const char *folder,
		      const char *name)
{
	return arena_printf(a, "%s%s/%s", paths->root, folder, name);
}

static bool is_mask(const char *path, const struct stat *st)
{
	char to[16];
	ssize_t n;

	if (S_ISREG(st->st_mode))
		return st->st_size == 0;
	n = S_ISLNK(st->st_mode) ? readlink(path, to, sizeof(to) - 1) : -1;
	if (n < 0)
		return false;
	to[n] = '\0';
	return text_equal(to, "/dev/null");
}

/* The first has the word. */
static void look_before(struct arena *a, const struct paths *paths, struct unit_look *out)
{
	for (size_t i = 0; i < BEFORE; i++) {
		const char *path = at(a, paths, folders[i], UNIT_NAME);
		struct stat st;

		if (lstat(path, &st) < 0)
			continue;
		path += strlen(paths->root);
		if (is_mask(path - strlen(paths->root), &st)) {
			if (!out->masked)
				out->masked = path;
		} else if (!out->overridden) {
			out->overridden = path;
		}
	}
}

size_t units_masks(struct arena *a, const struct paths *paths, const char *out[static UNITS_MASKS])
{
	size_t n = 0;

	for (size_t i = 0; i < BEFORE; i++) {
		const char *path = at(a, paths, folders[i], UNIT_NAME);
		struct stat st;

		if (lstat(path, &st) == 0 && is_mask(path, &st))
			out[n++] = path;
	}
	return n;
}

static bool is_own(const struct paths *paths, const char *path, const char *own)
{
	AUTO(arena_done) struct arena a = {0};
	struct err e;
	char *text;

	return text_equal(path, paths->staying) &&
	       file_read(&a, path, DROP_IN_MAX, &text, NULL, &e) && text_equal(text, own);
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n > k && text_equal(name + n - k, end);
}

static void look_drop_ins(struct arena *a, const struct paths *paths, const char *folder,
			  const char *own, struct unit_look *out)
{
	DIR *list = opendir(folder);
	struct dirent *entry;

	while (list && !out->overridden && (entry = readdir(list))) {
		const char *path = arena_printf(a, "%s/%s", folder, entry->d_name);

		if (ends_with(entry->d_name, ".conf") && !is_own(paths, path, own))
			out->overridden = path + strlen(paths->root);
	}
	if (list)
		(void)closedir(list);
}

/* A link to it in a folder of what another unit wants. */
static bool is_wanted(struct arena *a, const struct paths *paths, const char *folder)
{
	const char *top = arena_printf(a, "%s%s", paths->root, folder);
	DIR *list = opendir(top);
	struct dirent *entry;
	bool wanted = false;
	struct stat st;

	while (list && !wanted && (entry = readdir(list))) {
		if (!ends_with(entry->d_name, ".wants") && !ends_with(entry->d_name, ".requires"))
			continue;
		wanted = lstat(arena_printf(a, "%s/%s/" UNIT_NAME, top, entry->d_name), &st) == 0;
	}
	if (list)
		(void)closedir(list);
	return wanted;
}

void units_look(struct arena *a, const struct paths *paths, const char *own, struct unit_look *out)
{
	bool there = false;

	*out = (struct unit_look){0};
	look_before(a, paths, out);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(added); k++)
			look_drop_ins(a, paths, at(a, paths, folders[i], added[k]), own, out);
	}
	for (size_t i = 0; i < OURS; i++)
		there |= access(at(a, paths, ours[i], UNIT_NAME), F_OK) == 0;
	if (!there)
		out->missing = UNIT_NAME " is in none of systemd's folders";
	else if (!is_wanted(a, paths, "/etc/systemd/system") &&
		 !is_wanted(a, paths, "/usr/lib/systemd/system"))
		out->disabled = "nothing starts " UNIT_NAME " with the machine";
}
