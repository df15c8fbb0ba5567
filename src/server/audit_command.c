/* holdfast-server audit: the record out of the database, and its proof anywhere. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "flow/audit.h"
#include "grant/audit.h"
#include "server/command.h"
#include "server/options.h"
#include "server/start.h"

#define CHUNK (1 << 20)
#define MAX_SHOWN 100 /* findings that are printed */

/* --- export --- */

static void signer_freep(struct signer **s)
{
	signer_free(*s);
}

static bool time_option(const char *name, const char *text, int64_t *out, struct err *e)
{
	struct tm day = {0};
	const char *end;

	if (text == NULL || text_i64(text, 0, INT64_MAX, out))
		return true;
	end = strptime(text, "%Y-%m-%d", &day);
	if (end == NULL || *end != '\0' || strlen(text) != strlen("2026-11-22"))
		return err_set(e, ERR_INVALID,
			       "--%s must be a day like 2026-11-22 or milliseconds, both in UTC",
			       name);
	*out = (int64_t)timegm(&day) * 1000;
	return true;
}

#define MAX_CHECKPOINTS 100 /* others may go on writing meanwhile */

/* Up to this moment: what is not bound yet gets its checkpoint. */
static bool bind_all(struct flow *f, struct err *e)
{
	bool more = true;

	for (int i = 0; more && i < MAX_CHECKPOINTS; i++) {
		bool ok;

		if (!db_begin(f->db, e))
			return false;
		ok = flow_checkpoint(f, &more, e);
		if (!ok) {
			db_rollback(f->db);
			return false;
		}
		if (!db_commit(f->db, e))
			return false;
	}
	return true;
}

static bool write_out(FILE *out, const struct buf *text, struct err *e)
{
	return text->len == 0 || fwrite(text->data, 1, text->len, out) == text->len ||
	       err_errno(e, "writing the export");
}

static bool export_to(struct flow *f, int64_t from_ms, int64_t to_ms, FILE *out, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct flow_export x;

	if (!bind_all(f, e) || !flow_export_begin(f, from_ms, to_ms, &x, e))
		return false;
	do {
		buf_reset(&text);
		if (!flow_export_more(f, &x, &text, CHUNK, e) || !write_out(out, &text, e))
			return false;
	} while (!flow_export_over(&x));
	return fflush(out) == 0 || err_errno(e, "writing the export");
}

static bool open_signer(struct db *db, const unsigned char *master, struct signer **out,
			struct err *e)
{
	if (!db_begin(db, e))
		return false;
	if (!signer_open(db, master, clock_utc_ms(), out, e)) {
		db_rollback(db);
		return false;
	}
	return db_commit(db, e);
}

static bool export_file(struct flow *f, int64_t from_ms, int64_t to_ms, const char *path,
			struct err *e)
{
	FILE *out = path == NULL ? stdout : fopen(path, "we");
	bool ok;

	if (out == NULL)
		return err_errno(e, "%s", path);
	ok = export_to(f, from_ms, to_ms, out, e);
	if (path != NULL && fclose(out) != 0 && ok)
		ok = err_errno(e, "%s", path);
	return ok;
}

bool command_audit_export(char **arguments, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_closep) struct db *db = NULL;
	AUTO(signer_freep) struct signer *signer = NULL;
	const char *from = NULL, *to = NULL, *path = NULL;
	const struct option_extra extra[] = {{"from", &from}, {"to", &to}, {"out", &path}, {0}};
	unsigned char master[CRYPTO_SEAL_KEY_SIZE];
	struct server_options options;
	int64_t from_ms = 0, to_ms = 0;
	char node[ID_SIZE];
	struct flow f;
	bool ok;

	if (!options_read(&a, arguments, extra, &options, e) ||
	    !time_option("from", from, &from_ms, e) || !time_option("to", to, &to_ms, e))
		return false;
	db = server_database(&options, false, master, e);
	if (db == NULL)
		return false;
	ok = server_flow(&options, db, &a, node, &f, e) && open_signer(db, master, &signer, e);
	crypto_wipe(master, sizeof(master));
	f.signer = signer;
	return ok && export_file(&f, from_ms, to_ms, path, e);
}

/* --- verify --- */

static void show(void *arg, const char *text)
{
	int64_t *shown = arg;

	if ((*shown)++ < MAX_SHOWN)
		printf("%s\n", text);
}

/* A last line without its newline was cut. */
static bool each_line(FILE *file, struct audit_verifier *v, bool *whole, struct err *e)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	*whole = true;
	while (*whole && (n = getline(&line, &size, file)) > 0) {
		if (line[n - 1] != '\n')
			break;
		*whole = audit_verifier_line(v, line, (size_t)n - 1);
	}
	free(line);
	return !ferror(file) || err_errno(e, "reading the export");
}

static void print_time(const char *what, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(ms, text);
	printf("%s%s", what, ms == 0 ? "nothing" : text);
}

static void print_summary(const struct audit_summary *s, bool pinned)
{
	char hash[CRYPTO_THUMBPRINT_SIZE];

	text_base64url(s->last_hash, sizeof(s->last_hash), hash);
	printf("organisation  %s\n", s->org);
	printf("root key      %s%s\n", s->root,
	       pinned ? "" : " (as the export says it: compare it, or give it with --root)");
	printf("records       %lld of %lld servers\n", (long long)s->records, (long long)s->nodes);
	print_time("time          ", s->from_ms);
	print_time(" to ", s->to_ms);
	printf("\ncheckpoints   %lld, up to number %lld, %s\n", (long long)s->checkpoints,
	       (long long)s->last, hash);
	for (size_t i = 0; i < s->kid_count; i++)
		printf("signed by     %s\n", s->kids[i]);
}

static bool verify_file(FILE *file, const unsigned char *root, const unsigned char *seen,
			struct err *e)
{
	int64_t shown = 0;
	struct audit_verifier *v = audit_verifier_new(root, show, &shown);
	struct audit_summary s;
	bool whole, ok;

	if (seen != NULL)
		audit_verifier_expect(v, seen);
	ok = each_line(file, v, &whole, e);
	if (ok && whole)
		audit_verifier_end(v);
	audit_verifier_summary(v, &s);
	if (ok)
		print_summary(&s, root != NULL);
	audit_verifier_free(v);
	if (!ok)
		return false;
	if (s.findings == 0) {
		printf("Nothing was changed, removed, swapped, added or cut.\n");
		return true;
	}
	return err_set(e, ERR_CRYPTO, "%lld findings: this is not the record as it was written",
		       (long long)s.findings);
}

/* A key or a hash: both are 32 bytes. */
static bool bytes_option(const char *name, const char *text,
			 unsigned char out[static CRYPTO_HASH_SIZE], struct err *e)
{
	size_t n = CRYPTO_HASH_SIZE;

	return text == NULL ||
	       (text_unbase64url(text, strlen(text), out, &n) && n == CRYPTO_HASH_SIZE) ||
	       err_set(e, ERR_INVALID, "--%s must be 43 characters of base64url", name);
}

bool command_audit_verify(char **arguments, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	unsigned char key[CRYPTO_PUBLIC_SIZE], hash[CRYPTO_HASH_SIZE];
	struct server_options options;
	const char *root = NULL, *seen = NULL;
	const struct option_extra extra[] = {{"root", &root}, {"seen", &seen}, {0}};
	FILE *file;
	bool ok;

	if (arguments[0] == NULL || text_starts(arguments[0], "--"))
		return err_set(e, ERR_INVALID, "audit verify needs the file to look at");
	if (!options_read(&a, arguments + 1, extra, &options, e) || !crypto_start(e) ||
	    !bytes_option("root", root, key, e) || !bytes_option("seen", seen, hash, e))
		return false;
	file = text_equal(arguments[0], "-") ? stdin : fopen(arguments[0], "re");
	if (file == NULL)
		return err_errno(e, "%s", arguments[0]);
	ok = verify_file(file, root != NULL ? key : NULL, seen != NULL ? hash : NULL, e);
	if (file != stdin)
		(void)fclose(file);
	return ok;
}
