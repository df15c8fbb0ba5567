#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/id.h"
#include "base/text.h"
#include "ctl/command.h"
#include "ctl/policy.h"
#include "ctl/value.h"
#include "ctl/yaml.h"

#define MAX_PAGES 100000
#define MAX_INPUT (8 * 1024 * 1024)

const char *command_option(const struct line *line, const char *name)
{
	for (size_t i = line->given_count; i > 0; i--) {
		if (text_equal(line->given[i - 1].option->name, name))
			return line->given[i - 1].value;
	}
	return NULL;
}

bool command_ask(struct ctl *c, const struct line *line, const char *question, struct err *e)
{
	char answer[16] = "";

	if (line->yes)
		return true;
	if (!isatty(STDIN_FILENO))
		return err_set(e, ERR_INVALID, "%s",
			       ctl_say(c, "nobody is there to ask; say --yes",
				       "没有可以确认的人，请使用 --yes"));
	(void)fprintf(stderr, "%s [y/N] ", question);
	if (fgets(answer, sizeof(answer), stdin) != NULL && (*answer == 'y' || *answer == 'Y'))
		return true;
	return err_set(e, ERR_INVALID, "%s", ctl_say(c, "nothing was done", "未做任何更改"));
}

/* --- what an option's word means --- */

static bool read_input(struct ctl *c, const char *path, char **out, struct err *e)
{
	AUTO(buf_wipe) struct buf all = {.max = MAX_INPUT};
	char piece[4096];
	size_t n;

	if (strcmp(path, "-") != 0)
		return file_read(&c->arena, path, MAX_INPUT, out, NULL, e);
	while ((n = fread(piece, 1, sizeof(piece), stdin)) > 0)
		buf_add(&all, piece, n);
	if (all.overflow)
		return err_set(e, ERR_TOO_LARGE, "standard input: over %d bytes", MAX_INPUT);
	*out = arena_dup_n(&c->arena, all.data != NULL ? all.data : "", all.len);
	return true;
}

static bool number(const struct given *g, int64_t *out, struct err *e)
{
	return text_i64(g->value, INT64_MIN, INT64_MAX, out) ||
	       err_set(e, ERR_INVALID, "--%s: %s", g->option->name, "not a whole number");
}

/* Times of a person are those of where they are. */
static bool moment(const struct given *g, int64_t *out, struct err *e)
{
	static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
					    "%Y-%m-%d"};

	if (text_i64(g->value, 0, INT64_MAX, out) && *out > 100000000)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct tm tm = {.tm_isdst = -1};
		const char *end = strptime(g->value, forms[i], &tm);

		if (end == NULL || *end != '\0')
			continue;
		*out = (int64_t)mktime(&tm) * 1000;
		return true;
	}
	return err_set(e, ERR_INVALID, "--%s: a time is like 2026-11-22 or 2026-11-22T08:30",
		       g->option->name);
}

static bool truth(const struct given *g, bool *out, struct err *e)
{
	*out = g->option->kind == OPTION_SWITCH || text_equal(g->value, "true");
	return *out || text_equal(g->value, "false") ||
	       err_set(e, ERR_INVALID, "--%s: true or false", g->option->name);
}

static bool is_of(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (; *words != '\0'; words += strspn(words, " ")) {
		size_t length = strcspn(words, " ");

		if (length == n && memcmp(words, word, n) == 0)
			return true;
		words += length;
	}
	return false;
}

static bool words_check(const struct given *g, const char *word, struct err *e)
{
	return g->option->words == NULL || is_of(g->option->words, word) ||
	       err_set(e, ERR_INVALID, "--%s: one of %s", g->option->name, g->option->words);
}

static bool word_value(struct ctl *c, const struct given *g, const char *word, struct value **out,
		       struct err *e)
{
	if (!words_check(g, word, e))
		return false;
	if (g->option->noun != NULL &&
	    !command_resolve(c, noun_find(g->option->noun), word, &word, e))
		return err_add(e, "--%s", g->option->name);
	*out = value_text(&c->arena, word);
	return true;
}

/* Each part between commas. */
static bool list_add(struct ctl *c, const struct given *g, struct value *list, struct err *e)
{
	const char *at = g->value;
	struct value *v;

	while (*at != '\0') {
		size_t n = strcspn(at, ",");

		if (!word_value(c, g, arena_dup_n(&c->arena, at, n), &v, e))
			return false;
		value_add(list, NULL, v);
		at += n + (at[n] == ',');
	}
	return true;
}

static bool text_input(struct ctl *c, const struct given *g, struct value **out, struct err *e)
{
	char *text;

	if (!read_input(c, g->value, &text, e))
		return err_add(e, "--%s", g->option->name);
	if (g->option->kind == OPTION_SECRET)
		text[strcspn(text, "\r\n")] = '\0';
	*out = value_text(&c->arena, text);
	return true;
}

static bool given_value(struct ctl *c, const struct given *g, struct value **out, struct err *e)
{
	int64_t n;
	bool yes;

	switch (g->option->kind) {
	case OPTION_NUMBER:
	case OPTION_TIME:
		if (!(g->option->kind == OPTION_TIME ? moment : number)(g, &n, e))
			return false;
		*out = value_number(&c->arena, n);
		return true;
	case OPTION_SWITCH:
	case OPTION_TRUTH:
		if (!truth(g, &yes, e))
			return false;
		*out = value_bool(&c->arena, yes);
		return true;
	case OPTION_LIST:
		*out = value_new(&c->arena, JSON_ARRAY);
		return list_add(c, g, *out, e);
	case OPTION_FILE:
	case OPTION_SECRET:
		return text_input(c, g, out, e);
	case OPTION_TEXT:
		return word_value(c, g, g->value, out, e);
	}
	return err_set(e, ERR_INTERNAL, "--%s is of an unknown kind", g->option->name);
}

static const char *member_of(const struct option *o)
{
	return o->member != NULL ? o->member : o->name;
}

/* --- the question --- */

static bool file_body(struct ctl *c, const char *path, struct value **out, struct err *e)
{
	char *text;

	if (!read_input(c, path, &text, e))
		return err_add(e, "--file");
	if (!yaml_read(&c->arena, text, strlen(text), out, e))
		return err_add(e, "%s", path);
	return (*out)->json.type == JSON_OBJECT ||
	       err_set(e, ERR_INVALID, "%s: must be an object", path);
}

/* A list option that stands there twice goes on where it ended. */
static bool option_add(struct ctl *c, const struct line *line, size_t i, struct value *body,
		       struct err *e)
{
	const struct given *g = &line->given[i];
	const char *path = member_of(g->option);
	struct value *v;

	for (size_t k = 0; k < i && g->option->kind == OPTION_LIST; k++) {
		if (line->given[k].option == g->option)
			return list_add(c, g, value_of(value_at(&body->json, path)), e);
	}
	if (!given_value(c, g, &v, e))
		return false;
	return value_set(&c->arena, body, path, v) ||
	       err_set(e, ERR_INVALID, "--%s: %s is not an object", g->option->name, path);
}

bool command_body(struct ctl *c, const struct line *line, struct value *base, struct value **out,
		  struct err *e)
{
	struct value *body = base != NULL ? base : value_new(&c->arena, JSON_OBJECT), *file;

	if (line->file != NULL) {
		if (!file_body(c, line->file, &file, e))
			return false;
		value_merge(body, file);
	}
	for (size_t i = 0; i < line->given_count; i++) {
		if (!option_add(c, line, i, body, e))
			return false;
	}
	*out = body;
	return true;
}

static const char *query_text(struct ctl *c, const struct json *v)
{
	const char *all = "";

	if (v->type == JSON_BOOL)
		return v->truth ? "true" : "false";
	if (v->type != JSON_ARRAY)
		return v->text;
	for (const struct json *item = v->first; item != NULL; item = item->next)
		all = arena_printf(&c->arena, "%s%s%s", all, *all == '\0' ? "" : ",", item->text);
	return all;
}

/* "path?a=1&b=2" */
static bool with_query(struct ctl *c, const struct line *line, const char **path, struct err *e)
{
	const char *mark = strchr(*path, '?') == NULL ? "?" : "&";
	struct value *all;

	if (!command_body(c, line, NULL, &all, e))
		return false;
	for (const struct json *m = all->json.first; m != NULL; m = m->next) {
		*path = arena_printf(&c->arena, "%s%s%s=%s", *path, mark, m->key,
				     text_percent(&c->arena, query_text(c, m)));
		mark = "&";
	}
	return true;
}

/* --- names in the place of ids --- */

static bool one_match(struct ctl *c, const struct noun *noun, const struct json *items,
		      const char *word, const char **id, struct err *e)
{
	for (const struct json *i = items->first; i != NULL; i = i->next) {
		if (!text_equal(json_text(i, noun->key), word) &&
		    (noun->also == NULL || !text_equal(json_text(i, noun->also), word)))
			continue;
		if (*id != NULL)
			return err_set(
			    e, ERR_INVALID, "%s (holdfastctl %s list)",
			    ctl_put(c,
				    ctl_say(c, "{1} is the name of several: say which with its id",
					    "有多个名为 {1} 的对象，请使用 ID"),
				    word),
			    noun->name);
		*id = json_text(i, "id");
	}
	return true;
}

bool command_resolve(struct ctl *c, const struct noun *noun, const char *word, const char **id,
		     struct err *e)
{
	const char *path, *next;
	const struct json *answer;

	*id = word;
	if (id_valid(word) || *word == '\0' || noun == NULL || noun->key == NULL)
		return true;
	*id = NULL;
	path = arena_printf(&c->arena, "%s?limit=200", noun->collection);
	if (noun->search != NULL)
		path = arena_printf(&c->arena, "%s&%s=%s", path, noun->search,
				    text_percent(&c->arena, word));
	for (const char *page = path; page != NULL;) {
		if (!ctl_get(c, page, &answer, e) ||
		    !one_match(c, noun, json_get(answer, "items"), word, id, e))
			return false;
		next = json_text(answer, "next");
		page = next == NULL ? NULL
				    : arena_printf(&c->arena, "%s&cursor=%s", path,
						   text_percent(&c->arena, next));
	}
	return *id != NULL ||
	       err_set(
		   e, ERR_NOT_FOUND, "%s (holdfastctl %s list)",
		   ctl_put(c, ctl_say(c, "there is none called {1}", "没有名为 {1} 的对象"), word),
		   noun->name);
}

/* The path with its {1}, {2}; the first may be a name. */
static bool fill_path(struct ctl *c, const struct line *line, const char *first, const char **out,
		      struct err *e)
{
	const char *path = line->command->path;

	if (first != NULL) {
		if (!command_resolve(c, noun_find(line->command->noun), first, &first, e))
			return false;
		path = ctl_put(c, path, text_percent(&c->arena, first));
	}
	if (line->arg_count > 1 && strstr(path, "{2}") != NULL) {
		const char *at = strstr(path, "{2}");

		path = arena_printf(&c->arena, "%.*s%s%s", (int)(at - path), path,
				    text_percent(&c->arena, line->args[1]), at + 3);
	}
	*out = path;
	return true;
}

/* --- the answer --- */

static void print_sections(struct ctl *c, const struct json *answer, const struct section *s)
{
	for (; s != NULL && s->path != NULL; s++) {
		const struct json *list = value_at(answer, s->path);
		struct table t = {.columns = s->columns};

		if (list == NULL || list->count == 0)
			continue;
		(void)printf("\n%s\n", s->title[c->language]);
		for (const struct json *row = list->first; row != NULL; row = row->next)
			table_add(c, &t, row);
		table_print(c, &t, true);
	}
}

static void print_one(struct ctl *c, const struct line *line, const struct json *answer)
{
	if (answer != NULL && line->command->method != HTTP_GET &&
	    policy_print_proposal(c, answer)) {
		c->waits = true;
		return;
	}
	if (c->json || answer == NULL)
		return;
	if (line->command->columns == NULL && line->command->sections == NULL)
		(void)puts(value_write(&c->arena, answer));
	if (line->ids)
		(void)puts(json_text(answer, "id") != NULL ? json_text(answer, "id") : "-");
	else if (line->command->columns != NULL)
		table_print_one(c, answer, line->command->columns);
	if (!line->ids)
		print_sections(c, answer, line->command->sections);
}

static int64_t print_page(struct ctl *c, const struct line *line, const struct json *answer,
			  bool first, int64_t left)
{
	const struct json *items = json_get(answer, "items");
	struct table t = {.columns = line->command->columns};
	int64_t n = 0;

	for (const struct json *i = items != NULL ? items->first : NULL; i != NULL && n < left;
	     i = i->next, n++) {
		if (line->ids && json_text(i, "id") != NULL)
			(void)puts(json_text(i, "id"));
		else if (!line->ids)
			table_add(c, &t, i);
	}
	if (!line->ids)
		table_print(c, &t, first);
	return n;
}

static size_t items_of(const struct json *answer)
{
	const struct json *items = json_get(answer, "items");

	return items != NULL ? items->count : 0;
}

/* A page's nodes go when it is printed: a list may be longer than memory. */
static bool one_page(struct ctl *c, const struct line *line, const char **path, const char *base,
		     int64_t *left, struct err *e)
{
	struct arena kept = c->arena;
	const struct json *answer;
	const char *next;
	bool first = *path == base, ok;

	c->arena = (struct arena){0};
	ok = ctl_call(c, HTTP_GET, *path, NULL, &answer, e);
	if (ok)
		*left -=
		    c->json ? (int64_t)items_of(answer) : print_page(c, line, answer, first, *left);
	next = ok ? arena_dup(&kept, json_text(answer, "next")) : NULL;
	arena_done(&c->arena);
	c->arena = kept;
	*path = next == NULL || *left <= 0 ? NULL
					   : arena_printf(&c->arena, "%s%scursor=%s", base,
							  strchr(base, '?') == NULL ? "?" : "&",
							  text_percent(&c->arena, next));
	return ok;
}

static bool run_list(struct ctl *c, const struct line *line, const char *base, struct err *e)
{
	int64_t left = line->limit > 0 ? line->limit : INT64_MAX;
	const char *path;

	base = arena_printf(&c->arena, "%s%slimit=%d", base, strchr(base, '?') == NULL ? "?" : "&",
			    left < 200 ? (int)left : 200);
	path = base;
	for (int pages = 0; path != NULL && pages < MAX_PAGES; pages++) {
		if (!one_page(c, line, &path, base, &left, e))
			return false;
	}
	return true;
}

static bool to_stream(void *arg, const char *bytes, size_t n)
{
	return fwrite(bytes, 1, n, arg) == n;
}

/* A file that was not whole would be taken for one that is: it gets its name at the end. */
static bool to_file(struct ctl *c, const char *name, const char *path, struct err *e)
{
	const char *part = arena_printf(&c->arena, "%s.part", name);
	AUTO(fd_closep) int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	bool ok;

	if (file == NULL)
		return err_errno(e, "%s", part);
	fd = -1; /* file's */
	ok = ctl_call_raw(c, path, &(struct http_sink){to_stream, file}, e);
	if (fclose(file) != 0 && ok)
		ok = err_errno(e, "%s", part);
	if (ok && rename(part, name) != 0)
		ok = err_errno(e, "%s", name);
	if (!ok)
		(void)unlink(part);
	return ok;
}

static bool print_raw(struct ctl *c, const struct line *line, const char *path, struct err *e)
{
	if (line->output != NULL)
		return to_file(c, line->output, path, e);
	if (!ctl_call_raw(c, path, &(struct http_sink){to_stream, stdout}, e))
		return false;
	return fflush(stdout) == 0 || err_errno(e, "%s", ctl_say(c, "standard output", "标准输出"));
}

/* --- one command --- */

/* What is sent: the options; for an edit over what is there, as far as it may be sent back. */
static bool make_body(struct ctl *c, const struct line *line, const char *path, const char **out,
		      struct err *e)
{
	struct value *base = NULL, *body;
	const char *etag = NULL;

	if ((line->command->how & HOW_EDIT) != 0) {
		if (!ctl_read_for_edit(c, path, &base, e))
			return false;
		etag = c->etag;
	}
	if (!command_body(c, line, base, &body, e))
		return false;
	c->etag = etag;
	*out = value_write(&c->arena, &body->json);
	return true;
}

bool command_send(struct ctl *c, const struct line *line, const char *path, const char *body,
		  struct err *e)
{
	const struct json *answer;

	if (!ctl_call(c, line->command->method, path, body, &answer, e))
		return false;
	print_one(c, line, answer);
	return true;
}

static bool run_change(struct ctl *c, const struct line *line, const char *path, struct err *e)
{
	const struct command *command = line->command;
	const char *body = NULL;

	if (command->method != HTTP_DELETE && !make_body(c, line, path, &body, e))
		return false;
	if ((command->how & HOW_MATCH) != 0 && !ctl_read_etag(c, path, e))
		return false;
	return command_send(c, line, path, body, e);
}

static bool run_once(struct ctl *c, const struct line *line, const char *first, struct err *e)
{
	const struct command *command = line->command;
	const struct json *answer;
	const char *path;

	c->etag = NULL;
	if (!fill_path(c, line, first, &path, e))
		return false;
	if (command->method != HTTP_GET)
		return run_change(c, line, path, e);
	if (!with_query(c, line, &path, e))
		return false;
	if ((command->how & HOW_RAW) != 0)
		return print_raw(c, line, path, e);
	if ((command->how & HOW_LIST) != 0)
		return run_list(c, line, path, e);
	if (!ctl_call(c, HTTP_GET, path, NULL, &answer, e))
		return false;
	print_one(c, line, answer);
	return true;
}

/* --- several --- */

static bool ids_read(struct ctl *c, const char ***out, size_t *count, struct err *e)
{
	const char **ids = arena_array(&c->arena, COMMAND_MAX_IDS, sizeof(*ids));
	char word[256];

	*out = ids;
	while (scanf("%255s", word) == 1) {
		if (*count == COMMAND_MAX_IDS)
			return err_set(e, ERR_TOO_LARGE, "more than %d ids", COMMAND_MAX_IDS);
		ids[(*count)++] = arena_dup(&c->arena, word);
	}
	return true;
}

/* Each by itself: one that is refused stops no other. */
static enum ctl_status run_many(struct ctl *c, const struct line *line, const char *const *ids,
				size_t count)
{
	struct line one = *line;
	size_t failed = 0;

	one.ids = !c->json;
	for (size_t i = 0; i < count; i++) {
		struct err e = {0};

		if (run_once(c, &one, ids[i], &e))
			continue;
		failed++;
		(void)fprintf(stderr, "holdfastctl: %s: %s\n", ids[i], e.text);
	}
	if (failed == 0)
		return CTL_GOOD;
	return failed < count ? CTL_ATTENTION : CTL_FAILED;
}

static const char *question_of(struct ctl *c, const struct line *line, size_t count)
{
	const char *what =
	    arena_printf(&c->arena, "%s %s", line->command->noun, line->command->verb);

	if (count == 1 && line->arg_count > 0)
		what = arena_printf(&c->arena, "%s %s", what, line->args[0]);
	else if (count > 1)
		what = arena_printf(&c->arena, "%s (%zu)", what, count);
	return ctl_put(c, ctl_say(c, "Really do this: {1}?", "确定要执行：{1} 吗？"), what);
}

enum ctl_status command_run(struct ctl *c, const struct line *line)
{
	const struct command *command = line->command;
	const char **ids = line->args;
	size_t count = line->arg_count;
	bool many = (command->how & HOW_MANY) != 0;
	struct err e = {0};

	if (command->run != NULL)
		return command->run(c, line);
	if (many && count == 1 && strcmp(line->args[0], "-") == 0) {
		count = 0;
		if (!ids_read(c, &ids, &count, &e))
			return ctl_complain(&e);
	}
	if ((command->how & HOW_ASK) != 0 &&
	    !command_ask(c, line, question_of(c, line, many ? count : 1), &e))
		return ctl_complain(&e);
	if (many && (count != 1 || ids != line->args))
		return run_many(c, line, ids, count);
	if (!run_once(c, line, line->arg_count > 0 ? line->args[0] : NULL, &e))
		return ctl_complain(&e);
	return c->waits ? CTL_ATTENTION : CTL_GOOD;
}
