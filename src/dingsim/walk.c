#include "dingsim/walk.h"

#include <string.h>

static bool wrong(const struct walk *w, const char *what, struct err *e)
{
	return err_set(e, ERR_INVALID, "byte %zu: %s", (size_t)(w->at - w->start), what);
}

static void skip_space(struct walk *w)
{
	while (w->at < w->end && *w->at && strchr(" \t\r\n", *w->at))
		w->at++;
}

static bool is(const struct walk *w, char c)
{
	return w->at < w->end && *w->at == c;
}

bool walk_begin(struct walk *w, const char *text, size_t n, char open, struct err *e)
{
	*w = (struct walk){.start = text, .at = text, .end = text + n};
	w->close = open == '{' ? '}' : ']';
	skip_space(w);
	if (!is(w, open))
		return wrong(w, open == '{' ? "must be an object" : "must be a list", e);
	w->at++;
	return true;
}

/* From one quote to behind the other. */
static bool skip_text(struct walk *w)
{
	for (w->at++; w->at < w->end; w->at++) {
		if (*w->at == '"') {
			w->at++;
			return true;
		}
		if (*w->at == '\\')
			w->at++;
	}
	w->at = w->end;
	return false;
}

/* To behind the brackets that begin here. Which kind closes which is for the reader of the span. */
static bool skip_brackets(struct walk *w)
{
	size_t depth = 0;

	while (w->at < w->end) {
		char c = *w->at;

		if (c == '"') {
			if (!skip_text(w))
				return false;
			continue;
		}
		w->at++;
		if (c == '{' || c == '[')
			depth++;
		if ((c == '}' || c == ']') && !--depth)
			return true;
	}
	return false;
}

static void skip_word(struct walk *w)
{
	while (w->at < w->end && *w->at && !strchr(" \t\r\n,]}", *w->at))
		w->at++;
}

static bool value(struct walk *w, struct walk_item *out, struct err *e)
{
	bool ok = true;

	skip_space(w);
	out->value = w->at;
	if (is(w, '"'))
		ok = skip_text(w);
	else if (is(w, '{') || is(w, '['))
		ok = skip_brackets(w);
	else
		skip_word(w);
	out->value_len = (size_t)(w->at - out->value);
	if (!ok)
		return wrong(w, "the text ends too early", e);
	return out->value_len > 0 || wrong(w, "a value is missing", e);
}

static bool key(struct walk *w, struct walk_item *out, struct err *e)
{
	skip_space(w);
	if (!is(w, '"'))
		return wrong(w, "a member's name is missing", e);
	out->key = w->at + 1;
	if (!skip_text(w))
		return wrong(w, "the text ends too early", e);
	out->key_len = (size_t)(w->at - out->key) - 1;
	skip_space(w);
	if (!is(w, ':'))
		return wrong(w, "a ':' is missing", e);
	w->at++;
	return true;
}

static bool finish(struct walk *w, bool *more, struct err *e)
{
	*more = false;
	w->at++;
	skip_space(w);
	return w->at == w->end || wrong(w, "there is more behind the end", e);
}

bool walk_next(struct walk *w, struct walk_item *out, bool *more, struct err *e)
{
	*out = (struct walk_item){0};
	*more = true;
	skip_space(w);
	if (is(w, w->close))
		return finish(w, more, e);
	if (w->begun) {
		if (!is(w, ','))
			return wrong(w, "a ',' is missing", e);
		w->at++;
	}
	w->begun = true;
	if (w->close == '}' && !key(w, out, e))
		return false;
	return value(w, out, e);
}
