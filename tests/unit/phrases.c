/*
 * Holds what the sources say against src/model/phrases.zh. Without an argument all of it, else the modules that are
 * named: every text of an error that people read has its Chinese, or is in the table below with a reason; and no row is
 * left whose text nobody writes any more. It reads C as far as it has to: calls, their arguments, string literals.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "model/phrase.h"

/* Whose errors reach somebody who reads answers of /api/v1 or /auth. */
static const char *const modules[] = {"api",   "base",   "crypto", "db",   "dingtalk",
				      "flow",  "grant",  "http",   "jobs", "json",
				      "model", "server", "store",  "web"};

/* Functions that take the text of an error: which argument it is, and where its code is. */
static const struct teller {
	const char *name;
	size_t text;
	int code;   /* -1: none */
	bool added; /* in front of another text, with ": " */
} tellers[] = {
    {"err_set", 2, 1, false},  {"err_add", 1, -1, true},         {"db_one", 4, -1, false},
    {"missing", 1, -1, false}, {"wrong", 2, -1, false},          {"taken", 1, -1, false},
    {"refuse", 2, -1, false},  {"dingtalk_refuse", 2, 1, false},
};

/* What the reader of an answer is never told: "Something failed inside the server" stands for it. */
static const char *const hidden[] = {"ERR_INTERNAL", "ERR_IO", "ERR_CRYPTO"};

/* Files whose errors end elsewhere. */
static const struct {
	const char *path, *why;
} elsewhere[] = {
    {"src/base/fd.c", "files: start-up and commands"},
    {"src/base/err", "the functions themselves"},
    {"src/db/db.c", "start-up; statements are ours"},
    {"src/db/committer.c", "its thread; the two texts that reach a caller have rows"},
    {"src/dingtalk/callback.c", "answered to DingTalk"},
    {"src/dingtalk/event.c", "logged"},
    {"src/dingtalk/frame.c", "a Stream connection: logged, shown by the app's alert as it is"},
    {"src/flow/clone.c", "answered to devices"},
    {"src/flow/receipt.c", "answered to devices"},
    {"src/flow/signer.c", "start-up and commands"},
    {"src/grant/", "what devices read, and commands"},
    {"src/http/listen.c", "start-up"},
    {"src/http/parse.c", "a head that no browser sends"},
    {"src/http/stream.c", "start-up"},
    {"src/http/upgrade.c", "a Stream connection: logged"},
    {"src/http/websocket", "a Stream connection: logged"},
    {"src/http/wire.c", "to a receiver of syslog; shown as it is"},
    {"src/jobs/jobs.c", "logged"},
    {"src/model/enrolment.c", "answered to devices"},
    {"src/model/alarm.c", "answered to devices"},
    {"src/model/proxy.c", "start-up; elsewhere another text takes its place"},
    {"src/model/syslog.c", "start-up"},
    {"src/server/account_command.c", "a command"},
    {"src/server/audit_command.c", "a command"},
    {"src/server/enrolment.c", "answered to devices"},
    {"src/server/main.c", "a command"},
    {"src/server/master.c", "start-up"},
    {"src/server/options.c", "start-up"},
    {"src/server/receipt.c", "answered to devices"},
    {"src/server/session.c", "answered to devices"},
    {"src/server/start.c", "start-up"},
    {"src/server/sync.c", "answered to devices"},
    {"src/store/key.c", "start-up"},
    {"src/store/migrate.c", "start-up"},
};

/* Single texts that need no row. */
static const struct {
	const char *text, *why;
} excused[] = {
    {"%s", "what it says is written, and found, elsewhere"},
    {"%s: %s", "the same, of two"},
    {"The chain has no head.", "it always has"},
    {"stored policy %lld", "what was saved can be read"},
    {"checkpoint %lld", "the same"},
    {"webhook %s", "in front of what is hidden"},
    {"writing the audit record", "in front of what is hidden"},
    {"the record would be over %d bytes", "its parts have smaller maxima"},
    {"the PostgreSQL URL is malformed", "start-up"},
    {"the PostgreSQL database's encoding must be UTF8", "start-up"},
    {"not a URL that begins with ws:// or wss://", "a Stream connection: logged"},
    {"the value %s", "the same, of one"},
};

struct literal {
	const char *path, *text;
	int line;
	const char *format, *sample; /* as rows have it, and filled */
	size_t own;                  /* how much is not a conversion */
};

struct all {
	struct arena arena;
	struct literal *items;
	size_t count, room;
	int bad, rowless;
};

static void complain(struct all *all, const struct literal *l, const char *why)
{
	all->bad++;
	fprintf(stderr, "%s:%d: %s: %s\n", l->path, l->line, why, l->text);
}

/* --- a little C --- */

static const char *skip_blank(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

/* p is at the quote; adds what stands in it as the program sees it. */
static const char *read_quoted(const char *p, struct buf *out)
{
	for (p++; *p != '"' && *p != '\0'; p++) {
		if (*p == '\\')
			p++;
		buf_char(out, *p);
	}
	return p + (*p != '\0');
}

/* Adjacent ones are one. */
static const char *read_literal(struct all *all, const char *p, const char **text)
{
	AUTO(buf_done) struct buf out = {0};

	while (*p == '"')
		p = skip_blank(read_quoted(p, &out));
	*text = arena_dup_n(&all->arena, out.data, out.len);
	return p;
}

/* Behind a literal, a comment or one character of anything else. */
static const char *skip_token(const char *p)
{
	const char *end;

	if (p[0] == '/' && p[1] == '*') {
		end = strstr(p, "*/");
		return end != NULL ? end + 2 : p + strlen(p);
	}
	if (p[0] == '\'') {
		p += p[1] == '\\' ? 3 : 2;
		return *p == '\'' ? p + 1 : p;
	}
	if (*p == '"') {
		AUTO(buf_done) struct buf out = {0};

		return read_quoted(p, &out);
	}
	return p + 1;
}

/* Where the argument ends: at its comma or at the last parenthesis. */
static const char *argument_end(const char *p)
{
	int depth = 0;

	while (*p != '\0' && !(depth == 0 && (*p == ',' || *p == ')'))) {
		depth += *p == '(' || *p == '{' || *p == '[';
		depth -= *p == ')' || *p == '}' || *p == ']';
		p = skip_token(p);
	}
	return p;
}

static int line_of(const char *begin, const char *p)
{
	int line = 1;

	for (; begin < p; begin++)
		line += *begin == '\n';
	return line;
}

/* --- what is said --- */

/* "%.40s" and "%s", "%zu" and "%d" are the same to a row. */
static const char *plain(struct arena *a, const char *text, const char *number, const char *other)
{
	AUTO(buf_done) struct buf out = {0};

	while (*text != '\0') {
		size_t n = strcspn(text, "%");

		buf_add(&out, text, n);
		text += n;
		if (*text == '\0')
			break;
		text += 1 + strspn(text + 1, ".0123456789lz");
		if (text[0] == '[')
			text = strchr(text, ']');
		buf_text(&out, *text == 'd' || *text == 'u' ? number : other);
		text++;
	}
	return arena_dup_n(a, out.data, out.len);
}

static bool has_row(struct arena *a, const char *kind, const char *text)
{
	const char *format = plain(a, text, "%d", "%s");

	for (const struct phrase_row *row = phrase_rows; row->kind != NULL; row++) {
		if (text_equal(row->kind, kind) &&
		    text_equal(plain(a, row->en, "%d", "%s"), format))
			return true;
	}
	return false;
}

/* A path to a member is said as it is. */
static bool is_path(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.[]") == strlen(text);
}

static bool added_is_said(struct arena *a, const char *text)
{
	return is_path(plain(a, text, "7", "x")) || has_row(a, "word", text) ||
	       has_row(a, "error", arena_printf(a, "%s: %%s", text));
}

/* As a whole, or "member: what is wrong with it". */
static bool is_said(struct arena *a, const char *text)
{
	const char *rest = strstr(text, ": ");

	return has_row(a, "error", text) ||
	       (rest != NULL && added_is_said(a, arena_dup_n(a, text, (size_t)(rest - text))) &&
		is_said(a, rest + 2));
}

/* A count, or a sum, always has a row. */
static bool is_excused(const char *text)
{
	if (text_starts(text, "no ") || (text_starts(text, "No ") && strlen(text) < 20))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(excused); i++) {
		if (text_equal(excused[i].text, text))
			return true;
	}
	return false;
}

static void judge(struct all *all, const struct teller *teller, const struct literal *l)
{
	if (is_excused(l->text) ||
	    (teller->added ? added_is_said(&all->arena, l->text) : is_said(&all->arena, l->text)))
		return;
	all->rowless++;
	complain(all, l, "no Chinese");
}

static bool is_hidden(const char *code, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++) {
		if (n == strlen(hidden[i]) && strncmp(code, hidden[i], n) == 0)
			return true;
	}
	return false;
}

/* p is behind the parenthesis. */
static void read_call(struct all *all, const struct teller *teller, const char *path,
		      const char *begin, const char *p)
{
	for (size_t i = 0; i <= teller->text; i++) {
		const char *end;

		p = skip_blank(p);
		end = argument_end(p);
		if (teller->code == (int)i && is_hidden(p, (size_t)(end - p)))
			return;
		while (i == teller->text && p < end) {
			struct literal l = {.path = path, .line = line_of(begin, p)};

			if (*p != '"') {
				p = skip_token(p);
				continue;
			}
			p = read_literal(all, p, &l.text);
			if (*l.text != '\0')
				judge(all, teller, &l);
		}
		if (*end != ',')
			return;
		p = end + 1;
	}
}

static const struct teller *teller_at(const char *begin, const char *p)
{
	if (p > begin && (isalnum((unsigned char)p[-1]) || p[-1] == '_'))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(tellers); i++) {
		size_t n = strlen(tellers[i].name);

		if (strncmp(p, tellers[i].name, n) == 0 && p[n] == '(')
			return &tellers[i];
	}
	return NULL;
}

static bool ends_elsewhere(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++) {
		if (text_starts(path, elsewhere[i].path))
			return true;
	}
	return false;
}

static void judge_file(struct all *all, const char *path, const char *text)
{
	const char *p = text;

	while (*p != '\0' && !ends_elsewhere(path)) {
		const struct teller *teller = teller_at(text, p);

		if (teller != NULL)
			read_call(all, teller, path, text, p + strlen(teller->name) + 1);
		p = skip_token(p);
	}
}

static size_t own(struct arena *a, const char *format)
{
	return strlen(plain(a, format, "", ""));
}

static void collect(struct all *all, const char *path, const char *text)
{
	for (const char *p = text; *p != '\0';) {
		struct literal *l;

		if (*p != '"') {
			p = skip_token(p);
			continue;
		}
		if (all->count == all->room) {
			all->room = all->room * 2 + 4096;
			all->items = realloc(all->items, all->room * sizeof(*all->items));
			if (all->items == NULL)
				abort();
		}
		l = &all->items[all->count++];
		*l = (struct literal){.path = path};
		p = read_literal(all, p, &l->text);
		l->format = plain(&all->arena, l->text, "%d", "%s");
		l->sample = plain(&all->arena, l->text, "7", "x");
		l->own = own(&all->arena, l->text);
	}
}

/* --- rows that nobody writes --- */

/* "must be one of: " and "%s" after it, or what is put in front of another text. */
static bool begins(const char *en, const char *text)
{
	size_t n = strlen(text);

	return strncmp(en, text, n) == 0 &&
	       (text_equal(en + n, ": %s") ||
		(text_equal(en + n, "%s") && n > 2 && en[n - 2] == ':'));
}

/* A word is written as it is, perhaps at the end of a path. A sentence stands in a format, or could have come of one.
 * A line of the record may be put together of several. */
static bool written_as(const struct phrase_row *row, const char *en, size_t own_en,
		       const struct literal *l)
{
	struct phrase_part parts[PHRASE_MAX_PARTS];
	const char *last = strrchr(en, '.');

	if (text_equal(row->kind, "word"))
		return text_equal(en, l->text) || (last != NULL && text_equal(last + 1, l->text));
	if (strstr(l->format, en) != NULL || begins(en, l->format) ||
	    (l->own >= 8 && phrase_fits(l->text, row->en, parts)) ||
	    (own_en >= 8 && phrase_fits(en, l->sample, parts)))
		return true;
	return !text_equal(row->kind, "error") && l->own >= 6 && strstr(en, l->format) != NULL;
}

static void look_for_old(struct all *all)
{
	for (const struct phrase_row *row = phrase_rows; row->kind != NULL; row++) {
		const char *en = plain(&all->arena, row->en, "%d", "%s");
		size_t own_en = own(&all->arena, en);
		bool found = false;

		for (size_t i = 0; i < all->count && !found; i++)
			found = *all->items[i].text != '\0' &&
				written_as(row, en, own_en, &all->items[i]);
		if (!found)
			complain(all,
				 &(struct literal){.path = "src/model/phrases.zh", .text = row->en},
				 "nobody writes this any more");
	}
}

/* --- files --- */

static char *read_file(struct arena *a, const char *path)
{
	AUTO(buf_done) struct buf text = {0};
	FILE *f = fopen(path, "r");
	char piece[4096];
	size_t n;

	if (f == NULL) {
		perror(path);
		exit(2);
	}
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&text, piece, n);
	(void)fclose(f);
	return arena_dup_n(a, text.data, text.len);
}

static void each_file(struct all *all, const char *module,
		      void (*fn)(struct all *all, const char *path, const char *text))
{
	const char *folder = arena_printf(&all->arena, "src/%s", module);
	struct dirent **names;
	int count = scandir(arena_printf(&all->arena, "%s/%s", SOURCE_ROOT, folder), &names, NULL,
			    alphasort);

	for (int i = 0; i < count; i++) {
		const char *name = names[i]->d_name, *end = strrchr(name, '.');
		const char *path = arena_printf(&all->arena, "%s/%s", folder, name);

		if (text_equal(end, ".c") || text_equal(end, ".h"))
			fn(all, path,
			   read_file(&all->arena,
				     arena_printf(&all->arena, "%s/%s", SOURCE_ROOT, path)));
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

int main(int count, char **names)
{
	struct all all = {0};

	for (int i = 1; i < count; i++)
		each_file(&all, names[i], judge_file);
	for (size_t i = 0; count == 1 && i < ARRAY_SIZE(modules); i++) {
		each_file(&all, modules[i], judge_file);
		each_file(&all, modules[i], collect);
	}
	if (count == 1)
		look_for_old(&all);
	if (all.rowless > 0)
		fprintf(stderr,
			"\nThese errors are read in Chinese too. Add two lines to [error] in "
			"src/model/phrases.zh:\nthe English format as it stands in the source, and "
			"behind a tab its Chinese, with %%s for what is in it.\nOf \"member: what "
			"is wrong with it\" only what is wrong. src/model/phrase.h has the "
			"rules;\nwhat nobody reads is excused in tests/unit/phrases.c.\n");
	arena_done(&all.arena);
	free(all.items);
	return all.bad > 0;
}
