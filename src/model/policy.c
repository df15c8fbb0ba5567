#include "model/policy.h"

#include <string.h>

#include "base/text.h"
#include "model/policy_second.h"

#define MAX_CONTACT 300
#define MAX_PACKAGE 128
#define MAX_PENDING_DAYS 365
#define MAX_GRANT_HOURS 8760

const char *const policy_modes[] = {
    [POLICY_OFF] = "off", [POLICY_AUDIT] = "audit", [POLICY_BLOCK] = "block", NULL};

const char *policy_mode_name(enum policy_mode mode)
{
	return policy_modes[mode];
}

void policy_default(struct policy *out)
{
	*out = (struct policy){
	    .mode = POLICY_OFF,
	    .filing_allowed = true,
	    .contact = "",
	    .pending_days = 15,
	    .grant_hours = 72,
	    .zh = prompt_default_zh,
	    .en = prompt_default_en,
	};
}

#define AT(member) offsetof(struct policy_body, policy.member)

static const struct json_field scope_json[] = {
    {"everyone", JSON_FIELD_BOOL, AT(everyone), .required = true},
    {"groups", JSON_FIELD_ARRAY, AT(groups), .required = true, .max = POLICY_MAX_GROUPS,
     .format = JSON_ID, .doc = "user groups; none of them and not everyone covers nobody"},
    {0},
};

static const struct json_field filing_json[] = {
    {"allowed", JSON_FIELD_BOOL, AT(filing_allowed), .required = true},
    {"workflow", JSON_FIELD_TEXT, AT(workflow), .format = JSON_ID, .nullable = true},
    {"builtin_workflow", JSON_FIELD_TEXT, AT(builtin_workflow), .format = JSON_ID, .nullable = true,
     .doc = "a built-in one, for people whom the other cannot serve"},
    {0},
};

#define PROMPT_FIELDS(language)                                                              \
	{                                                                                    \
		{"title", JSON_FIELD_TEXT, AT(language.title), .required = true,             \
		 .max = PROMPT_MAX_TITLE},                                                   \
		    {"content", JSON_FIELD_TEXT, AT(language.content), .required = true,     \
		     .max = PROMPT_MAX_CONTENT},                                             \
		    {"primary", JSON_FIELD_TEXT, AT(language.primary), .required = true,     \
		     .max = PROMPT_MAX_BUTTON},                                              \
		    {"secondary", JSON_FIELD_TEXT, AT(language.secondary), .required = true, \
		     .max = PROMPT_MAX_BUTTON},                                              \
		    {0},                                                                     \
	}
static const struct json_field zh_json[] = PROMPT_FIELDS(zh);
static const struct json_field en_json[] = PROMPT_FIELDS(en);

static const struct json_field prompt_json[] = {
    {"zh", JSON_FIELD_OBJECT, .required = true, .fields = zh_json},
    {"en", JSON_FIELD_OBJECT, .required = true, .fields = en_json},
    {0},
};

#define POLICY_FIELDS                                                                               \
	{"mode", JSON_FIELD_TEXT, offsetof(struct policy_body, mode), .required = true,             \
	 .words = policy_modes},                                                                    \
	    {"anti_logoff", JSON_FIELD_BOOL, AT(anti_logoff), .required = true,                     \
	     .doc = "the client starts with the system and cannot be quit or signed out of"},       \
	    {"scope", JSON_FIELD_OBJECT, .required = true, .fields = scope_json},                   \
	    {"whitelist",                                                                           \
	     JSON_FIELD_ARRAY,                                                                      \
	     AT(whitelist),                                                                         \
	     .required = true,                                                                      \
	     .max = POLICY_MAX_WHITELIST,                                                           \
	     .format = JSON_ID,                                                                     \
	     .doc = "users, looked at first"},                                                      \
	    {"filing", JSON_FIELD_OBJECT, .required = true, .fields = filing_json},                 \
	    {"contact",        JSON_FIELD_TEXT,    AT(contact),                                     \
	     .required = true, .max = MAX_CONTACT, .doc = "for people whom no workflow can serve"}, \
	    {"packages",                                                                            \
	     JSON_FIELD_ARRAY,                                                                      \
	     AT(packages),                                                                          \
	     .required = true,                                                                      \
	     .max = POLICY_MAX_PACKAGES,                                                            \
	     .doc = "protected beside " POLICY_CLIENT,                                              \
	     .example = "example-vpn"},                                                             \
	    {"pending_days", JSON_FIELD_I64,          AT(pending_days), .required = true,           \
	     .min = 1,       .max = MAX_PENDING_DAYS, .example = "15"},                             \
	    {"grant_hours", JSON_FIELD_I64,         AT(grant_hours),        .required = true,       \
	     .min = 0,      .max = MAX_GRANT_HOURS, .doc = "0: until used", .example = "72"},       \
	{                                                                                           \
		"prompt", JSON_FIELD_OBJECT, .required = true, .fields = prompt_json                \
	}

const struct json_field policy_json[] = {POLICY_FIELDS, {0}};

const struct json_field policy_proposed_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct policy_proposed, id), .format = JSON_ID},
    {"expires_ms", JSON_FIELD_I64, offsetof(struct policy_proposed, expires_ms)},
    {"second_person", JSON_FIELD_ARRAY, offsetof(struct policy_proposed, whys),
     .max = POLICY_SECOND_MAX_WHYS, .words = policy_second_whys, .doc = "why"},
    {0}};

const struct json_field policy_shown_json[] = {
    {"version", JSON_FIELD_I64, AT(version), .doc = "0: nobody has saved one; as in ETag",
     .example = "1"},
    POLICY_FIELDS,
    {"proposal", JSON_FIELD_POINTER, offsetof(struct policy_body, proposal),
     .fields = policy_proposed_json, .size = sizeof(struct policy_proposed), .omit = true,
     .doc = "the change waits for a second administrator; absent: it does not"},
    {0}};

static bool once_each(const struct json_list *list, const char *what, struct err *e)
{
	const char *const *ids = list->items;

	for (size_t i = 0; i < list->count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (text_equal(ids[i], ids[k]))
				return err_set(e, ERR_INVALID, "%s[%zu]: is there twice", what, i);
		}
	}
	return true;
}

/* What dpkg and rpm allow as a name. */
static bool package_valid(const char *name)
{
	size_t n =
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-._");

	return n > 0 && n <= MAX_PACKAGE && name[n] == '\0' && strchr("+-._", name[0]) == NULL;
}

static bool check_packages(const struct json_list *list, struct err *e)
{
	const char *const *names = list->items;

	for (size_t i = 0; i < list->count; i++) {
		if (!package_valid(names[i]))
			return err_set(e, ERR_INVALID, "packages[%zu]: must be a package's name",
				       i);
	}
	return true;
}

bool policy_check(const struct policy_body *in, struct policy *out, struct err *e)
{
	*out = in->policy;
	out->mode = POLICY_OFF;
	while (!text_equal(policy_modes[out->mode], in->mode))
		out->mode++;
	if (!once_each(&out->groups, "scope.groups", e) ||
	    !once_each(&out->whitelist, "whitelist", e) || !check_packages(&out->packages, e))
		return false;
	if (!prompt_check("prompt.zh", &out->zh, e) || !prompt_check("prompt.en", &out->en, e))
		return false;
	return text_printable(out->contact, true) ||
	       err_set(e, ERR_INVALID, "contact: must not hold control characters");
}

bool policy_read(struct arena *a, const char *text, size_t n, struct policy *out, struct err *e)
{
	struct policy_body body = {0};

	return json_read_text(a, text, n, policy_json, &body, e) && policy_check(&body, out, e);
}

struct policy_body policy_body(const struct policy *p)
{
	return (struct policy_body){.policy = *p, .mode = policy_modes[p->mode]};
}

void policy_write(struct json_writer *w, const struct policy *p)
{
	const struct policy_body body = policy_body(p);

	json_write(w, NULL, policy_json, &body);
}

static struct policy_prompt shown(const struct policy_prompt *own,
				  const struct policy_prompt *other,
				  const struct policy_prompt *builtin)
{
	enum prompt_from from;

	return (struct policy_prompt){
	    .title = prompt_pick(own, other, builtin, PROMPT_TITLE, &from),
	    .content = prompt_pick(own, other, builtin, PROMPT_CONTENT, &from),
	    .primary = prompt_pick(own, other, builtin, PROMPT_PRIMARY, &from),
	    .secondary = prompt_pick(own, other, builtin, PROMPT_SECONDARY, &from),
	};
}

void policy_prompts(const struct policy *p, struct policy_prompt *zh, struct policy_prompt *en)
{
	*zh = shown(&p->zh, &p->en, &prompt_default_zh);
	*en = shown(&p->en, &p->zh, &prompt_default_en);
}

static struct json_list copy_list(struct arena *a, const struct json_list *list)
{
	const char *const *from = list->items;
	const char **to = arena_array(a, list->count, sizeof(*to));

	for (size_t i = 0; i < list->count; i++)
		to[i] = arena_dup(a, from[i]);
	return (struct json_list){.items = to, .count = list->count};
}

static struct policy_prompt copy_prompt(struct arena *a, const struct policy_prompt *p)
{
	return (struct policy_prompt){
	    .title = arena_dup(a, p->title),
	    .content = arena_dup(a, p->content),
	    .primary = arena_dup(a, p->primary),
	    .secondary = arena_dup(a, p->secondary),
	};
}

void policy_copy(struct arena *a, const struct policy *from, struct policy *out)
{
	*out = *from;
	out->groups = copy_list(a, &from->groups);
	out->whitelist = copy_list(a, &from->whitelist);
	out->packages = copy_list(a, &from->packages);
	out->workflow = arena_dup(a, from->workflow);
	out->builtin_workflow = arena_dup(a, from->builtin_workflow);
	out->contact = arena_dup(a, from->contact);
	out->zh = copy_prompt(a, &from->zh);
	out->en = copy_prompt(a, &from->en);
}

bool policy_names_group(const struct policy *p, const char *id)
{
	const char *const *groups = p->groups.items;

	for (size_t i = 0; i < p->groups.count; i++) {
		if (text_equal(groups[i], id))
			return true;
	}
	return false;
}

bool policy_protects(const struct policy *p, const char *package)
{
	const char *const *names = p->packages.items;

	for (size_t i = 0; i < p->packages.count; i++) {
		if (text_equal(names[i], package))
			return true;
	}
	return text_equal(package, POLICY_CLIENT);
}
