#include "model/phrase.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "model/doctor.h"

#define MAX_DEPTH 4   /* of sentences in sentences */
#define MAX_LOOKS 100 /* at the whole table for one text, however it was made to fit many rows */

/* Kinds of events whose text says how a request ended. */
static const char *const results[] = {"approved", "rejected", "revoked",         "expired",
				      "late",     "mismatch", "no-second-person"};

/* --- does it fit --- */

/* A conversion at *at, which is moved behind it. */
struct conversion {
	size_t order; /* 0: the next one */
	char letter;
	char stop; /* x of %[^x], else NUL */
};

static struct conversion conversion_read(const char **at)
{
	struct conversion c = {0};
	const char *p = *at + 1;

	if (*p >= '1' && *p <= '9' && p[1] == '$') {
		c.order = (size_t)(*p - '0');
		p += 2;
	}
	p += strspn(p, ".0123456789lz");
	c.letter = *p;
	if (text_starts(p, "[^") && p[2] != '\0') {
		c.stop = p[2];
		p += strlen("[^)");
	}
	*at = p + (*p != '\0');
	return c;
}

static bool is_number(char letter)
{
	return letter == 'd' || letter == 'u';
}

/* Where one part of a text ends and the format goes on. */
struct walk {
	const char *en, *text;
	size_t count;
	struct phrase_part *parts;
};

static bool part_add(struct walk *w, size_t size)
{
	if (size == 0 || w->count == PHRASE_MAX_PARTS)
		return false;
	w->parts[w->count++] = (struct phrase_part){w->text, size};
	w->text += size;
	return true;
}

static size_t number_size(const char *text)
{
	size_t sign = *text == '-', digits = strspn(text + sign, "0123456789");

	return digits > 0 ? sign + digits : 0;
}

/* Up to the next part whose end is not known, or to the end of both. */
static bool walk_fixed(struct walk *w)
{
	for (;;) {
		size_t n = strcspn(w->en, "%");
		const char *next = w->en + n;

		if (strncmp(w->en, w->text, n) != 0)
			return false;
		w->text += n;
		w->en = next;
		if (*next == '\0')
			return *w->text == '\0';
		if (!is_number(conversion_read(&next).letter))
			return true;
		if (!part_add(w, number_size(w->text)))
			return false;
		w->en = next;
	}
}

/* The part ends where what follows fits first. That finds a way whenever there is one, without ever going back: a
 * longer part would leave less for what follows. */
static bool walk_open(struct walk *w)
{
	struct conversion c = conversion_read(&w->en);
	const char *begin = w->text;

	for (size_t size = 1;
	     begin[size - 1] != '\0' && (c.stop == '\0' || begin[size - 1] != c.stop); size++) {
		struct walk ahead = *w;

		if (*w->en == '\0')
			size =
			    c.stop == '\0' ? strlen(begin) : strcspn(begin, (char[]){c.stop, '\0'});
		ahead.text = begin;
		if (!part_add(&ahead, size))
			return false;
		if (walk_fixed(&ahead)) {
			*w = ahead;
			return true;
		}
		if (*w->en == '\0')
			return false;
	}
	return false;
}

bool phrase_fits(const char *en, const char *text,
		 struct phrase_part parts[static PHRASE_MAX_PARTS])
{
	struct walk w = {.en = en, .text = text, .parts = parts};

	if (!walk_fixed(&w))
		return false;
	while (*w.en != '\0') {
		if (!walk_open(&w))
			return false;
	}
	return true;
}

/* How much of a row is its own text. */
static size_t weight(const char *en)
{
	size_t n = 0;

	while (*en != '\0') {
		size_t own = strcspn(en, "%");

		n += own;
		en += own;
		if (*en != '\0')
			(void)conversion_read(&en);
	}
	return n;
}

/* --- in Chinese --- */

struct look {
	struct arena *arena;
	int depth, left;
};

static const char *find(struct look *l, const char *kind, const char *text);

static const char *part_said(struct look *l, char letter, const struct phrase_part *p)
{
	const char *text = arena_dup_n(l->arena, p->text, p->size);
	const char *said = text;

	if (letter == 't')
		return find(l, "error", text);
	if (letter == 'w')
		said = find(l, "word", text);
	if (letter == 'w' && said == NULL)
		said = find(l, "error", text);
	return said != NULL ? said : text;
}

/* NULL: a sentence in it is none of ours. */
static const char *fill(struct look *l, const char *zh, const struct phrase_part *parts)
{
	AUTO(buf_done) struct buf out = {0};
	size_t next = 0;

	while (*zh != '\0') {
		size_t own = strcspn(zh, "%");
		struct conversion c;
		const char *said;

		buf_add(&out, zh, own);
		zh += own;
		if (*zh == '\0')
			break;
		c = conversion_read(&zh);
		said = part_said(l, c.letter, &parts[c.order != 0 ? c.order - 1 : next++]);
		if (said == NULL)
			return NULL;
		buf_text(&out, said);
	}
	return arena_dup_n(l->arena, out.data, out.len);
}

/* The row that fits with the most text of its own, of those with less than that, or as much and further down. */
static const struct phrase_row *heaviest(const char *kind, const char *text, size_t below,
					 const struct phrase_row *after, size_t *found)
{
	struct phrase_part parts[PHRASE_MAX_PARTS];
	const struct phrase_row *best = NULL;

	for (const struct phrase_row *row = phrase_rows; row->kind != NULL; row++) {
		size_t own;

		if (!text_starts(kind, row->kind) || !phrase_fits(row->en, text, parts))
			continue;
		own = weight(row->en);
		if ((own < below || (own == below && row > after)) &&
		    (best == NULL || own > *found)) {
			best = row;
			*found = own;
		}
	}
	return best;
}

/* --- findings of connection tests, whose own table has both languages --- */

#define MIN_OWN 8 /* a sentence that is all variables would be any text */

/* "{subject} is …" as a format; of[i]: the first letter of its i-th variable. */
static void rule_format(const char *sentence, struct buf *format, char of[static PHRASE_MAX_PARTS])
{
	for (size_t count = 0; *sentence != '\0' && count < PHRASE_MAX_PARTS;) {
		size_t own = strcspn(sentence, "{");

		buf_add(format, sentence, own);
		sentence += own;
		if (*sentence == '\0')
			return;
		of[count++] = sentence[1];
		buf_text(format, "%s");
		sentence += strcspn(sentence, "}");
		sentence += *sentence == '}';
	}
}

static const char *finding_said(struct look *l, const char *text)
{
	for (const struct doctor_rule *rule = doctor_rules; rule->id != NULL; rule++) {
		struct doctor_finding finding = {rule->id, "", "", ""};
		struct phrase_part parts[PHRASE_MAX_PARTS] = {0};
		AUTO(buf_done) struct buf format = {0};
		char of[PHRASE_MAX_PARTS];

		rule_format(rule->what[DOCTOR_ENGLISH], &format, of);
		if (weight(format.data) < MIN_OWN || !phrase_fits(format.data, text, parts))
			continue;
		for (size_t i = 0; i < PHRASE_MAX_PARTS && parts[i].text != NULL; i++) {
			const char *part = arena_dup_n(l->arena, parts[i].text, parts[i].size);

			if (of[i] == 's')
				finding.subject = part;
			else
				finding.detail = part;
		}
		return doctor_text(l->arena, rule->what[DOCTOR_CHINESE], &finding);
	}
	return NULL;
}

static const char *find(struct look *l, const char *kind, const char *text)
{
	struct phrase_part parts[PHRASE_MAX_PARTS];
	const struct phrase_row *row = NULL;
	const char *said = NULL;
	size_t own = SIZE_MAX;

	if (l->depth == MAX_DEPTH)
		return NULL;
	l->depth++;
	while (said == NULL && l->left-- > 0) {
		row = heaviest(kind, text, own, row, &own);
		if (row == NULL || !phrase_fits(row->en, text, parts))
			break;
		said = fill(l, row->zh, parts);
	}
	if (said == NULL && l->left-- > 0 && text_equal(kind, "error"))
		said = finding_said(l, text);
	l->depth--;
	return said;
}

const char *phrase_find(struct arena *a, const char *kind, const char *text)
{
	struct look l = {.arena = a, .left = MAX_LOOKS};

	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		if (text_equal(kind, results[i]))
			kind = "result";
	}
	if (text == NULL || *text == '\0' || strlen(text) > PHRASE_MAX_TEXT)
		return NULL;
	return find(&l, kind, text);
}

const char *phrase_chinese(struct arena *a, const char *kind, const char *text)
{
	const char *said = phrase_find(a, kind, text);

	return said != NULL ? said : text;
}
