/*
 * builds accept: the build's id is read out of the package itself, so that nobody copies 64 digits by hand. A .deb is an
 * ar archive with a tar in it, an .rpm a cpio behind a header; libarchive reads both, compressed in any of the usual
 * ways, also where neither dpkg nor rpm is installed.
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "ctl/command.h"
#include "ctl/value.h"

#define MANIFEST "usr/lib/holdfast/manifest"
#define MANIFEST_MAX ((size_t)64 << 10)
#define BLOCK ((size_t)64 << 10)
#define WORD_MAX 64

static void done(struct archive **a)
{
	(void)archive_read_free(*a);
}

static struct archive *archive_make(void)
{
	struct archive *a = archive_read_new();

	if (a == NULL)
		abort();
	(void)archive_read_support_filter_gzip(a);
	(void)archive_read_support_filter_bzip2(a);
	(void)archive_read_support_filter_xz(a);
	(void)archive_read_support_filter_lzma(a);
	(void)archive_read_support_filter_zstd(a);
	return a;
}

static bool failed(struct archive *a, const char *path, struct err *e)
{
	const char *text = archive_error_string(a);

	return err_set(e, ERR_INVALID, "%s: %s", path,
		       text != NULL ? text : "is neither a .deb nor an .rpm");
}

/* "./usr/lib/…" and "/usr/lib/…" too. */
static bool is_manifest(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);

	if (name == NULL)
		return false;
	name += *name == '.';
	name += *name == '/';
	return text_equal(name, MANIFEST);
}

/* Stands on the entry; text has one byte more than the limit. */
static bool read_manifest(struct archive *a, const char *path, char *text, size_t *size,
			  struct err *e)
{
	la_ssize_t n;

	for (*size = 0; *size <= MANIFEST_MAX; *size += (size_t)n) {
		n = archive_read_data(a, text + *size, MANIFEST_MAX + 1 - *size);
		if (n < 0)
			return failed(a, path, e);
		if (n == 0)
			return true;
	}
	return err_set(e, ERR_INVALID, "%s: its manifest is longer than 64 KiB", path);
}

/* *size 0: there is none. */
static bool find_manifest(struct archive *a, const char *path, char *text, size_t *size,
			  struct err *e)
{
	struct archive_entry *entry;
	int status;

	*size = 0;
	while ((status = archive_read_next_header(a, &entry)) == ARCHIVE_OK ||
	       status == ARCHIVE_WARN) {
		if (is_manifest(entry))
			return read_manifest(a, path, text, size, e);
	}
	return status == ARCHIVE_EOF || failed(a, path, e);
}

/* --- a .deb: the tar is read as the outer archive gives it --- */

struct inside {
	struct archive *outer;
	char block[BLOCK];
};

static la_ssize_t read_inside(struct archive *a, void *arg, const void **block)
{
	struct inside *in = arg;

	(void)a;
	*block = in->block;
	return archive_read_data(in->outer, in->block, sizeof(in->block));
}

static bool read_tar(struct archive *outer, const char *path, char *text, size_t *size,
		     struct err *e)
{
	AUTO(done) struct archive *a = archive_make();
	struct inside *in = mem_new(struct inside);
	bool ok;

	in->outer = outer;
	(void)archive_read_support_format_tar(a);
	ok = archive_read_open(a, in, NULL, read_inside, NULL) == ARCHIVE_OK
		 ? find_manifest(a, path, text, size, e)
		 : failed(a, path, e);
	mem_free(in);
	return ok;
}

static bool read_ar(struct archive *a, const char *path, char *text, size_t *size, struct err *e)
{
	struct archive_entry *entry;

	while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(entry);

		if (name != NULL && text_starts(name, "data.tar"))
			return read_tar(a, path, text, size, e);
	}
	return err_set(e, ERR_INVALID, "%s: is no .deb", path);
}

static bool package_read(const char *path, char *text, size_t *size, struct err *e)
{
	AUTO(done) struct archive *a = archive_make();
	bool deb = strlen(path) > 4 && text_equal(path + strlen(path) - 4, ".deb");

	if (deb) {
		(void)archive_read_support_format_ar(a);
	} else {
		(void)archive_read_support_filter_rpm(a);
		(void)archive_read_support_format_cpio(a);
	}
	if (archive_read_open_filename(a, path, BLOCK) != ARCHIVE_OK)
		return failed(a, path, e);
	return deb ? read_ar(a, path, text, size, e) : find_manifest(a, path, text, size, e);
}

/* --- what it says --- */

/* "holdfast-manifest 1 <version> <architecture>" */
static bool version_read(struct arena *a, const char *path, const char *text, const char **out,
			 struct err *e)
{
	static const char head[] = "holdfast-manifest 1 ";
	size_t n;

	if (!text_starts(text, head))
		return err_set(e, ERR_INVALID, "%s: its manifest is not understood", path);
	text += strlen(head);
	n = strcspn(text, " \n");
	if (n == 0 || n > WORD_MAX || text[n] != ' ')
		return err_set(e, ERR_INVALID, "%s: its manifest names no version", path);
	*out = arena_dup_n(a, text, n);
	return true;
}

static bool accept(struct ctl *c, const struct line *line, struct err *e)
{
	const char *path = line->args[0], *version = NULL;
	char *text = arena_alloc(&c->arena, MANIFEST_MAX + 2);
	unsigned char hash[CRYPTO_HASH_SIZE];
	char id[2 * CRYPTO_HASH_SIZE + 1];
	struct value *body;
	size_t size = 0;

	if (!package_read(path, text, &size, e))
		return false;
	if (size == 0)
		return err_set(e, ERR_INVALID,
			       "%s: has no /" MANIFEST
			       ": it is not the client's package, or one made by hand",
			       path);
	text[size] = '\0';
	if (!version_read(&c->arena, path, text, &version, e) ||
	    !command_body(c, line, NULL, &body, e))
		return false;
	crypto_sha256(text, size, hash);
	text_hex(hash, sizeof(hash), id);
	value_add(body, "id", value_text(&c->arena, id));
	value_add(body, "version", value_text(&c->arena, version));
	return command_send(c, line, line->command->path, value_write(&c->arena, &body->json), e);
}

enum ctl_status build_accept_run(struct ctl *c, const struct line *line)
{
	struct err e = {0};

	return accept(c, line, &e) ? CTL_GOOD : ctl_complain(&e);
}
