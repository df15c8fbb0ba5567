#include "model/group.h"

#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/text.h"

const char *const rule_subjects[] = {[RULE_USER] = "user",
				     [RULE_DEPARTMENT] = "department",
				     [RULE_EMAIL] = "email",
				     [RULE_TELEPHONE] = "telephone",
				     NULL};
const char *const rule_relations[] = {[RULE_EQUAL] = "equal", [RULE_UNEQUAL] = "unequal", NULL};

const char *rule_subject_name(enum rule_subject subject)
{
	return rule_subjects[subject];
}

const char *rule_relation_name(enum rule_relation relation)
{
	return rule_relations[relation];
}

static bool word_index(const char *const *words, const char *word, unsigned *out)
{
	for (unsigned i = 0; words[i] != NULL; i++) {
		if (text_equal(words[i], word)) {
			*out = i;
			return true;
		}
	}
	return false;
}

bool rule_from_names(const char *subject, const char *relation, struct rule *out)
{
	unsigned s, r;

	if (!word_index(rule_subjects, subject, &s) || !word_index(rule_relations, relation, &r))
		return false;
	out->subject = (enum rule_subject)s;
	out->relation = (enum rule_relation)r;
	return true;
}

const struct json_field group_rule_json[] = {
    {"subject", JSON_FIELD_TEXT, offsetof(struct group_rule, subject), .required = true,
     .words = rule_subjects},
    {"relation", JSON_FIELD_TEXT, offsetof(struct group_rule, relation), .required = true,
     .words = rule_relations},
    {"value", JSON_FIELD_TEXT, offsetof(struct group_rule, value), .required = true, .min = 1,
     .max = GROUP_MAX_VALUE, .doc = "our id of the user or department, or the text",
     .example = "01980c5e-7b1a-7c3d-9a4e-5f60718293a4"},
    {0},
};

const struct json_field group_json[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct group_body, name), .required = true, .min = 1,
     .max = GROUP_MAX_NAME, .example = "财务"},
    {"description", JSON_FIELD_TEXT, offsetof(struct group_body, description),
     .max = GROUP_MAX_DESCRIPTION},
    {"rules", JSON_FIELD_ARRAY, offsetof(struct group_body, rules), .required = true,
     .max = GROUP_MAX_RULES, .fields = group_rule_json, .size = sizeof(struct group_rule),
     .doc = "joined by OR; a department has everything below it"},
    {0},
};

static bool read_rules(struct arena *a, const struct json_list *list, struct group *out,
		       struct err *e)
{
	const struct group_rule *forms = list->items;
	struct rule *rules = arena_array(a, list->count, sizeof(*rules));

	for (size_t i = 0; i < list->count; i++) {
		struct rule *rule = &rules[i];

		if (!rule_from_names(forms[i].subject, forms[i].relation, rule))
			return err_set(e, ERR_INVALID, "rules[%zu]: is not a rule", i);
		rule->value = forms[i].value;
		if ((rule->subject == RULE_USER || rule->subject == RULE_DEPARTMENT) &&
		    !id_valid(rule->value))
			return err_set(e, ERR_INVALID, "rules[%zu].value: must be an id", i);
		if (!text_printable(rule->value, false))
			return err_set(e, ERR_INVALID,
				       "rules[%zu].value: must not hold control characters", i);
	}
	out->rules = rules;
	out->rule_count = list->count;
	return true;
}

bool group_check(struct arena *a, const struct group_body *in, struct group *out, struct err *e)
{
	*out = (struct group){.name = text_trim(arena_dup(a, in->name)),
			      .description = in->description == NULL ? "" : in->description};
	if (out->name[0] == '\0')
		return err_set(e, ERR_INVALID, "name: must not be empty");
	if (!text_printable(out->name, false) || !text_printable(out->description, true))
		return err_set(e, ERR_INVALID,
			       "name and description must not hold control characters");
	return read_rules(a, &in->rules, out, e);
}

bool group_read(struct arena *a, const char *text, size_t n, struct group *out, struct err *e)
{
	struct group_body body = {0};

	return json_read_text(a, text, n, group_json, &body, e) && group_check(a, &body, out, e);
}

struct group_body group_body(struct arena *a, const struct group *g)
{
	struct group_rule *rules = arena_array(a, g->rule_count, sizeof(*rules));

	for (size_t i = 0; i < g->rule_count; i++)
		rules[i] =
		    (struct group_rule){rule_subjects[g->rules[i].subject],
					rule_relations[g->rules[i].relation], g->rules[i].value};
	return (struct group_body){g->name, g->description, {rules, g->rule_count}};
}

bool rule_equal(const struct rule *a, const struct rule *b)
{
	return a->subject == b->subject && a->relation == b->relation &&
	       text_equal(a->value, b->value);
}

/* --- as they are stored --- */

char *group_rules_write(struct arena *a, const struct group *g)
{
	AUTO(buf_done) struct buf out = {0};

	for (size_t i = 0; i < g->rule_count; i++)
		buf_printf(&out, "%s %s %s\n", rule_subjects[g->rules[i].subject],
			   rule_relations[g->rules[i].relation], g->rules[i].value);
	return arena_dup_n(a, out.data, out.len);
}

/* The word that the text begins with, a space behind it; *text moves on behind both. */
static bool take_word(const char *const *words, char **text, unsigned *out)
{
	for (unsigned i = 0; words[i] != NULL; i++) {
		size_t n = strlen(words[i]);

		if (strncmp(*text, words[i], n) == 0 && (*text)[n] == ' ') {
			*text += n + 1;
			*out = i;
			return true;
		}
	}
	return false;
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		count++;
	return count;
}

bool group_rules_read(struct arena *a, char *text, struct group *g, struct err *e)
{
	size_t count = count_lines(text);
	struct rule *rules = arena_array(a, count, sizeof(*rules));

	for (size_t i = 0; i < count; i++) {
		char *end = strchr(text, '\n');
		unsigned subject, relation;

		if (!take_word(rule_subjects, &text, &subject) ||
		    !take_word(rule_relations, &text, &relation))
			return err_set(e, ERR_INTERNAL, "group %s: rule %zu is not a rule", g->id,
				       i);
		*end = '\0';
		rules[i] = (struct rule){subject, relation, text};
		text = end + 1;
	}
	g->rules = rules;
	g->rule_count = count;
	return true;
}
