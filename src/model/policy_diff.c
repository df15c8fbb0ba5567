#include "model/policy_diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* In the order in which people read a policy. */
static const struct {
	enum policy_kind kind;
	size_t offset;
} fields[] = {
    {POLICY_KIND_WORD, offsetof(struct policy, mode)},
    {POLICY_KIND_TRUTH, offsetof(struct policy, anti_logoff)},
    {POLICY_KIND_TRUTH, offsetof(struct policy, everyone)},
    {POLICY_KIND_GROUPS, offsetof(struct policy, groups)},
    {POLICY_KIND_PEOPLE, offsetof(struct policy, whitelist)},
    {POLICY_KIND_TRUTH, offsetof(struct policy, filing_allowed)},
    {POLICY_KIND_WORKFLOW, offsetof(struct policy, workflow)},
    {POLICY_KIND_WORKFLOW, offsetof(struct policy, builtin_workflow)},
    {POLICY_KIND_TEXT, offsetof(struct policy, contact)},
    {POLICY_KIND_PACKAGES, offsetof(struct policy, packages)},
    {POLICY_KIND_NUMBER, offsetof(struct policy, pending_days)},
    {POLICY_KIND_NUMBER, offsetof(struct policy, grant_hours)},
    {POLICY_KIND_TEXT, offsetof(struct policy, zh.title)},
    {POLICY_KIND_TEXT, offsetof(struct policy, zh.content)},
    {POLICY_KIND_TEXT, offsetof(struct policy, zh.primary)},
    {POLICY_KIND_TEXT, offsetof(struct policy, zh.secondary)},
    {POLICY_KIND_TEXT, offsetof(struct policy, en.title)},
    {POLICY_KIND_TEXT, offsetof(struct policy, en.content)},
    {POLICY_KIND_TEXT, offsetof(struct policy, en.primary)},
    {POLICY_KIND_TEXT, offsetof(struct policy, en.secondary)},
};

const char *const policy_fields[] = {"mode",
				     "anti_logoff",
				     "scope.everyone",
				     "scope.groups",
				     "whitelist",
				     "filing.allowed",
				     "filing.workflow",
				     "filing.builtin_workflow",
				     "contact",
				     "packages",
				     "pending_days",
				     "grant_hours",
				     "prompt.zh.title",
				     "prompt.zh.content",
				     "prompt.zh.primary",
				     "prompt.zh.secondary",
				     "prompt.en.title",
				     "prompt.en.content",
				     "prompt.en.primary",
				     "prompt.en.secondary",
				     NULL};
_Static_assert(ARRAY_SIZE(policy_fields) == ARRAY_SIZE(fields) + 1, "a path for each field");
_Static_assert(ARRAY_SIZE(fields) <= POLICY_MAX_CHANGES, "room for all");

const char *const policy_kinds[] = {
    [POLICY_KIND_WORD] = "word",         [POLICY_KIND_TRUTH] = "truth",
    [POLICY_KIND_NUMBER] = "number",     [POLICY_KIND_TEXT] = "text",
    [POLICY_KIND_WORKFLOW] = "workflow", [POLICY_KIND_GROUPS] = "groups",
    [POLICY_KIND_PEOPLE] = "people",     [POLICY_KIND_PACKAGES] = "packages",
    [POLICY_KIND_COUNT] = NULL};

#define VALUE(member) offsetof(struct policy_value, member)

static const struct json_field value_json[] = {
    {"value", JSON_FIELD_TEXT, VALUE(value), .example = "block"},
    {"name", JSON_FIELD_TEXT, VALUE(name), .nullable = true,
     .doc = "of what an id stands for; null when it is no id, or nobody knows", .example = "研发"},
    {"source", JSON_FIELD_TEXT, VALUE(source), .nullable = true,
     .doc = "of a person: the identity source's name", .example = "示例科技"},
    {"gone", JSON_FIELD_BOOL, VALUE(gone),
     .doc = "what the id stands for is not there any more, or the person has left"},
    {0}};

#define CHANGE(member) offsetof(struct policy_change, member)

const struct json_field policy_change_json[] = {
    {"field", JSON_FIELD_TEXT, CHANGE(field), .words = policy_fields},
    {"kind", JSON_FIELD_TEXT, CHANGE(kind), .words = policy_kinds},
    {"before", JSON_FIELD_POINTER, CHANGE(before), .fields = value_json,
     .size = sizeof(struct policy_value), .nullable = true, .doc = "null of lists, and for none"},
    {"after", JSON_FIELD_POINTER, CHANGE(after), .fields = value_json,
     .size = sizeof(struct policy_value), .nullable = true},
    {"removed", JSON_FIELD_ARRAY, CHANGE(removed), .fields = value_json,
     .size = sizeof(struct policy_value), .doc = "of a list"},
    {"added", JSON_FIELD_ARRAY, CHANGE(added), .fields = value_json,
     .size = sizeof(struct policy_value)},
    {"moved", JSON_FIELD_BOOL, CHANGE(moved), .doc = "of a list only the order is another"},
    {0}};

static bool is_list(enum policy_kind kind)
{
	return kind == POLICY_KIND_GROUPS || kind == POLICY_KIND_PEOPLE ||
	       kind == POLICY_KIND_PACKAGES;
}

static const void *member(const struct policy *p, size_t field)
{
	return (const char *)p + fields[field].offset;
}

/* As a text; NULL: none. */
static const char *text_of(struct arena *a, const struct policy *p, size_t field)
{
	const void *at = member(p, field);

	switch (fields[field].kind) {
	case POLICY_KIND_WORD:
		return policy_mode_name(*(const enum policy_mode *)at);
	case POLICY_KIND_TRUTH:
		return *(const bool *)at ? "true" : "false";
	case POLICY_KIND_NUMBER:
		return arena_printf(a, "%lld", (long long)*(const int64_t *)at);
	case POLICY_KIND_TEXT:
	case POLICY_KIND_WORKFLOW:
		return *(const char *const *)at;
	case POLICY_KIND_GROUPS:
	case POLICY_KIND_PEOPLE:
	case POLICY_KIND_PACKAGES:
	case POLICY_KIND_COUNT:
		break;
	}
	return NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What of one list is not in the other. */
static struct json_list missing(struct arena *a, const struct json_list *of,
				const struct json_list *in)
{
	const char *const *items = of->items;
	const char **sorted = arena_array(a, in->count, sizeof(*sorted));
	struct policy_value *out = arena_array(a, of->count, sizeof(*out));
	size_t n = 0;

	if (in->count > 0) {
		memcpy(sorted, in->items, in->count * sizeof(*sorted));
		qsort(sorted, in->count, sizeof(*sorted), by_text);
	}
	for (size_t i = 0; i < of->count; i++) {
		if (in->count == 0 ||
		    bsearch(&items[i], sorted, in->count, sizeof(*sorted), by_text) == NULL)
			out[n++].value = items[i];
	}
	return (struct json_list){out, n};
}

static bool same_order(const struct json_list *a, const struct json_list *b)
{
	const char *const *x = a->items, *const *y = b->items;

	for (size_t i = 0; i < a->count; i++) {
		if (!text_equal(x[i], y[i]))
			return false;
	}
	return true;
}

static bool compare_lists(struct arena *a, const struct json_list *before,
			  const struct json_list *after, struct policy_change *out)
{
	out->removed = missing(a, before, after);
	out->added = missing(a, after, before);
	out->moved = out->removed.count + out->added.count == 0 && before->count == after->count &&
		     !same_order(before, after);
	return out->moved || out->removed.count + out->added.count > 0;
}

static struct policy_value *value_of(struct arena *a, const char *text)
{
	struct policy_value *v = text != NULL ? arena_new(a, struct policy_value) : NULL;

	if (v != NULL)
		v->value = text;
	return v;
}

static bool compare(struct arena *a, const struct policy *before, const struct policy *after,
		    size_t field, struct policy_change *out)
{
	const char *was, *is;

	if (is_list(fields[field].kind))
		return compare_lists(a, member(before, field), member(after, field), out);
	was = text_of(a, before, field);
	is = text_of(a, after, field);
	out->before = value_of(a, was);
	out->after = value_of(a, is);
	return was == NULL || is == NULL ? was != is : !text_equal(was, is);
}

struct json_list policy_diff(struct arena *a, const struct policy *before,
			     const struct policy *after)
{
	struct policy_change *all = arena_array(a, ARRAY_SIZE(fields), sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		struct policy_change c = {.field = policy_fields[i],
					  .kind = policy_kinds[fields[i].kind]};

		if (compare(a, before, after, i, &c))
			all[n++] = c;
	}
	return (struct json_list){all, n};
}

const char *policy_changed(struct arena *a, const struct json_list *changes)
{
	const struct policy_change *all = changes->items;
	const char *out = "";

	for (size_t i = 0; i < changes->count; i++)
		out = arena_printf(a, "%s%s%s", out, i > 0 ? " " : "", all[i].field);
	return out;
}

static bool see_list(const struct json_list *list, enum policy_kind kind, policy_value_fn *see,
		     void *arg, struct err *e)
{
	struct policy_value *values = list->items;

	for (size_t i = 0; i < list->count; i++) {
		if (!see(arg, kind, &values[i], e))
			return false;
	}
	return true;
}

bool policy_diff_values(const struct json_list *changes, policy_value_fn *see, void *arg,
			struct err *e)
{
	const struct policy_change *c = changes->items;

	for (size_t i = 0; i < changes->count; i++, c++) {
		enum policy_kind kind = POLICY_KIND_WORD;

		while (!text_equal(policy_kinds[kind], c->kind))
			kind++;
		if ((c->before != NULL && !see(arg, kind, c->before, e)) ||
		    (c->after != NULL && !see(arg, kind, c->after, e)) ||
		    !see_list(&c->removed, kind, see, arg, e) ||
		    !see_list(&c->added, kind, see, arg, e))
			return false;
	}
	return true;
}
