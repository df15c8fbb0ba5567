#include "dingsim/rule.h"

#include <string.h>

#include "base/text.h"

bool rule_check(const char *rule, struct err *e)
{
	bool inside = false;
	const char *p;

	if (!*rule || strlen(rule) > RULE_MAX)
		return err_set(e, ERR_INVALID, "a rule has 1 to %d bytes", RULE_MAX);
	if (!text_printable(rule, false))
		return err_set(e, ERR_INVALID, "a rule has no control characters");
	for (p = rule; *p; p++) {
		if (*p == '{' && inside)
			return err_set(e, ERR_INVALID, "braces in a rule cannot be nested");
		if (*p == '}' && !inside)
			return err_set(e, ERR_INVALID, "a '}' in the rule has no '{'");
		if (*p == '*' && inside)
			return err_set(e, ERR_INVALID, "a '*' cannot stand inside braces");
		if (*p == '{' || *p == '}')
			inside = *p == '{';
	}
	if (inside)
		return err_set(e, ERR_INVALID, "a '{' in the rule has no '}'");
	return true;
}

/* at[i]: the rule read so far can end before byte i of the resource. */
struct reach {
	const char *text;
	size_t n;
	bool at[RULE_RESOURCE_MAX + 1];
};

static void take_any(struct reach *r, bool across)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->at[i] && (across || r->text[i] != '/'))
			r->at[i + 1] = true;
}

static void take_text(struct reach *to, const struct reach *from, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i + n <= from->n; i++)
		if (from->at[i] && !memcmp(from->text + i, text, n))
			to->at[i + n] = true;
}

/* The alternatives after '{'; returns the byte after '}'. */
static const char *take_braces(struct reach *r, const char *p)
{
	struct reach from = *r;

	memset(r->at, 0, sizeof(r->at));
	for (;;) {
		size_t n = strcspn(p, ",}");

		take_text(r, &from, p, n);
		p += n;
		if (*p != ',')
			return *p ? p + 1 : p;
		p++;
	}
}

static const char *take_literal(struct reach *r, const char *p)
{
	struct reach from = *r;
	size_t n = strcspn(p, "*{");

	memset(r->at, 0, sizeof(r->at));
	take_text(r, &from, p, n);
	return p + n;
}

bool rule_matches(const char *rule, const char *resource)
{
	struct reach r = {.text = resource, .n = strlen(resource)};
	const char *p = rule;

	if (r.n > RULE_RESOURCE_MAX)
		return false;
	r.at[0] = true;
	while (*p) {
		if (*p == '*') {
			take_any(&r, p[1] == '*');
			p += p[1] == '*' ? 2 : 1;
		} else if (*p == '{') {
			p = take_braces(&r, p + 1);
		} else {
			p = take_literal(&r, p);
		}
	}
	return r.at[r.n];
}
