#include "conf/conf.h"

#include <assert.h>
#include <ini.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"

struct reading {
	struct arena *arena;
	const char *path;
	const struct conf_key *keys;
	bool *given; /* a flag for each key */
	void *out;
	const char *rest; /* of the file's text */
	int line;         /* number of the line handed out last */
	bool failed;
	struct err *e;
};

static bool bool_read(const char *text, bool *out)
{
	*out = text_equal(text, "yes") || text_equal(text, "true");
	return *out || text_equal(text, "no") || text_equal(text, "false");
}

static bool value_read(struct arena *a, const struct conf_key *key, const char *text, void *out,
		       struct err *e)
{
	void *slot = (char *)out + key->offset;

	switch (key->kind) {
	case CONF_TEXT:
		*(const char **)slot = arena_dup(a, text);
		return true;
	case CONF_I64:
		if (text && text_i64(text, key->min, key->max, slot))
			return true;
		return err_set(e, ERR_INVALID, "%s must be a whole number from %lld to %lld",
			       key->name, (long long)key->min, (long long)key->max);
	case CONF_BOOL:
		if (text && bool_read(text, slot))
			return true;
		return err_set(e, ERR_INVALID, "%s must be yes or no", key->name);
	}
	return err_set(e, ERR_INTERNAL, "unknown kind of key");
}

void conf_defaults(struct arena *a, const struct conf_key *keys, void *out)
{
	struct err e;

	for (; keys->name; keys++)
		if (!value_read(a, keys, keys->fallback, out, &e))
			assert(!"a default is of the wrong form");
}

/* The first failure counts; its line goes in front. */
static int fail(struct reading *r)
{
	if (!r->failed)
		(void)err_add(r->e, "%s:%d", r->path, r->line);
	r->failed = true;
	return 0;
}

static int on_value(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *r = arg;
	size_t i;

	if (r->failed)
		return 0;
	for (i = 0; r->keys[i].name; i++)
		if (text_equal(r->keys[i].section, section) && text_equal(r->keys[i].name, name))
			break;
	if (!r->keys[i].name && !*section)
		(void)err_set(r->e, ERR_INVALID, "\"%s\" stands before any [section]", name);
	else if (!r->keys[i].name)
		(void)err_set(r->e, ERR_INVALID, "there is no key \"%s\" in [%s]", name, section);
	else if (r->given[i])
		(void)err_set(r->e, ERR_INVALID, "%s is given twice", name);
	else if (value_read(r->arena, &r->keys[i], value, r->out, r->e)) {
		r->given[i] = true;
		return 1;
	}
	return fail(r);
}

/* libinih's fgets. A line that does not fit would silently become two, so it ends the reading. */
static char *next_line(char *out, int size, void *arg)
{
	struct reading *r = arg;
	size_t n = strcspn(r->rest, "\n");

	if (!*r->rest || r->failed)
		return NULL;
	r->line++;
	if (n > CONF_MAX_LINE || n + 2 > (size_t)size) {
		(void)err_set(r->e, ERR_INVALID, "the line is longer than %d bytes", CONF_MAX_LINE);
		(void)fail(r);
		return NULL;
	}
	memcpy(out, r->rest, n);
	out[n] = '\0';
	r->rest += n + (r->rest[n] == '\n');
	return out;
}

bool conf_read(struct arena *a, const char *path, const struct conf_key *keys, void *out,
	       struct err *e)
{
	struct reading r = {.arena = a, .path = path, .keys = keys, .out = out, .e = e};
	size_t n, count = 0;
	char *text;
	int bad_line;

	conf_defaults(a, keys, out);
	if (!file_read(a, path, CONF_MAX_FILE, &text, &n, e))
		return false;
	if (strlen(text) != n || !text_utf8_valid(text, n))
		return err_set(e, ERR_INVALID, "%s: is not UTF-8 text", path);
	while (keys[count].name)
		count++;
	r.given = arena_array(a, count, sizeof(*r.given));
	r.rest = text;
	bad_line = ini_parse_stream(next_line, &r, on_value, &r);
	if (r.failed)
		return false;
	if (bad_line)
		return err_set(e, ERR_INVALID, "%s:%d: neither [section] nor key = value", path,
			       bad_line);
	return true;
}
