#include "grant/ledger.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"

#define FIRST_LINE "holdfast-ledger 1 "
#define WORDS_MAX 5
#define LINE_MIN 47 /* the shortest: revoked, an id, a digit */

static const struct {
	const char *name;
	size_t words;
} kinds[] = {
    [LEDGER_CONSUMED] = {"consumed", 5},
    [LEDGER_RESTORED] = {"restored", 5},
    [LEDGER_REVOKED] = {"revoked", 3},
};

/* One field: 1 to max printable ASCII characters, no space. */
static bool is_word(const char *word, size_t max)
{
	size_t n = strlen(word);
	size_t i;

	for (i = 0; i < n; i++)
		if (word[i] <= ' ' || word[i] > '~')
			return false;
	return n && n <= max;
}

/* Cuts a line at its single spaces; the number of words, WORDS_MAX + 1 for more. */
static size_t split(char *line, char *words[static WORDS_MAX])
{
	size_t n = 0;

	while (line && n < WORDS_MAX) {
		words[n++] = line;
		line = strchr(line, ' ');
		if (line)
			*line++ = '\0';
	}
	return line ? WORDS_MAX + 1 : n;
}

static bool read_entry(char *line, struct ledger_entry *out)
{
	char *words[WORDS_MAX] = {0};
	size_t n = split(line, words);
	size_t kind = 0;

	while (kind < ARRAY_SIZE(kinds) && strcmp(kinds[kind].name, words[0]) != 0)
		kind++;
	if (kind == ARRAY_SIZE(kinds) || n != kinds[kind].words || !id_valid(words[1]) ||
	    !text_i64(words[2], 0, INT64_MAX, &out->time_ms))
		return false;
	if (n == WORDS_MAX &&
	    (!is_word(words[3], ID_SIZE - 1) || !is_word(words[4], LEDGER_VERSION_MAX)))
		return false;
	out->kind = (enum ledger_kind)kind;
	out->grant = words[1];
	out->boot = words[3];
	out->version = words[4];
	return true;
}

static size_t count_lines(const char *text, size_t n)
{
	size_t lines = 0;
	size_t i;

	for (i = 0; i < n; i++)
		lines += text[i] == '\n';
	return lines;
}

bool ledger_read(struct arena *a, const char *text, size_t n, struct ledger *out, struct err *e)
{
	struct ledger ledger = {0};
	size_t lines = count_lines(text, n);
	char *line, *end;
	size_t i;

	if (n > LEDGER_MAX)
		return err_set(e, ERR_TOO_LARGE, "ledger: over %d bytes", LEDGER_MAX);
	if (!lines || lines > n / LINE_MIN || memchr(text, '\0', n))
		return err_set(e, ERR_INVALID, "ledger: not a text of lines");
	line = arena_dup_n(a, text, n);
	end = strchr(line, '\n');
	*end = '\0';
	if (!text_starts(line, FIRST_LINE) || !id_valid(line + strlen(FIRST_LINE)))
		return err_set(e, ERR_INVALID, "ledger: line 1 is malformed");
	ledger.id = line + strlen(FIRST_LINE);
	ledger.whole = strlen(line) + 1;
	ledger.entries = arena_array(a, lines, sizeof(*ledger.entries));
	for (i = 2; i <= lines; i++) {
		line = end + 1;
		end = strchr(line, '\n');
		*end = '\0';
		ledger.whole += (size_t)(end - line) + 1;
		if (!read_entry(line, &ledger.entries[ledger.count++]))
			return err_set(e, ERR_INVALID, "ledger: line %zu is malformed", i);
	}
	*out = ledger;
	return true;
}

const char *ledger_first_line(struct arena *a, const char *id)
{
	return arena_printf(a, FIRST_LINE "%s\n", id);
}

const char *ledger_line(struct arena *a, const struct ledger_entry *entry)
{
	if (entry->kind == LEDGER_REVOKED)
		return arena_printf(a, "revoked %s %lld\n", entry->grant,
				    (long long)entry->time_ms);
	return arena_printf(a, "%s %s %lld %s %s\n", kinds[entry->kind].name, entry->grant,
			    (long long)entry->time_ms, entry->boot, entry->version);
}

static bool here_and_now(const struct ledger_entry *entry, const struct ledger_moment *moment)
{
	return !strcmp(entry->boot, moment->boot) && !strcmp(entry->version, moment->version);
}

static bool within_the_hour(int64_t used_ms, const struct ledger_moment *moment)
{
	return used_ms <= moment->now_ms && moment->now_ms - used_ms <= LEDGER_RESTORE_MS;
}

/* What the ledger says about one grant. */
struct history {
	const struct ledger_entry *first_use;
	const struct ledger_entry *last;
	bool revoked;
};

static struct history history(const struct ledger *ledger, const char *grant)
{
	struct history h = {0};
	size_t i;

	for (i = 0; i < ledger->count; i++) {
		const struct ledger_entry *entry = &ledger->entries[i];

		if (strcmp(entry->grant, grant) != 0)
			continue;
		h.last = entry;
		h.revoked = h.revoked || entry->kind == LEDGER_REVOKED;
		if (!h.first_use && entry->kind == LEDGER_CONSUMED)
			h.first_use = entry;
	}
	return h;
}

enum ledger_state ledger_grant_state(const struct ledger *ledger, const char *grant,
				     const struct ledger_moment *moment, int64_t *used_ms)
{
	struct history h = history(ledger, grant);

	if (h.revoked)
		return LEDGER_CANCELLED;
	if (!h.last)
		return LEDGER_UNUSED;
	if (h.last->kind != LEDGER_RESTORED || !h.first_use || !here_and_now(h.last, moment) ||
	    !here_and_now(h.first_use, moment) || !within_the_hour(h.first_use->time_ms, moment))
		return LEDGER_USED;
	if (used_ms)
		*used_ms = h.first_use->time_ms;
	return LEDGER_GIVEN_BACK;
}

const char *ledger_restorable(const struct ledger *ledger, const struct ledger_moment *moment)
{
	size_t i;

	for (i = ledger->count; i; i--) {
		const struct ledger_entry *entry = &ledger->entries[i - 1];
		struct history h;

		if (entry->kind != LEDGER_CONSUMED || !here_and_now(entry, moment))
			continue;
		h = history(ledger, entry->grant);
		if (h.last == entry && !h.revoked && within_the_hour(h.first_use->time_ms, moment))
			return entry->grant;
		return NULL;
	}
	return NULL;
}
