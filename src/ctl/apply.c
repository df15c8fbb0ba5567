/*
 * Configuration as code: a file says how settings, apps, identity sources, user groups, workflows and the policy are to be.
 * It is checked against what the server says bodies may have, held against what is there, shown, and then
 * done, in the order in which the parts need each other. Files name things; the server knows ids.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "ctl/command.h"
#include "ctl/policy.h"
#include "ctl/schema.h"
#include "ctl/value.h"
#include "ctl/yaml.h"

#define MAX_SECRET 4096

/* Where a body names something else: "forms[].groups[]". Users and departments stay ids in a file: their
 * names are not their own. */
struct reference {
	const char *path, *noun;
};

/* What stands under a word at the top of a file. */
struct part {
	const char *name;       /* in the file */
	const char *collection; /* in the API */
	const char *key;        /* by which an item is known; NULL: there is one only */
	enum http_method change;
	bool prunes;
	struct reference references[8];
	const char *secrets[4]; /* go in, never come out: sent when it is made */
};

static const struct part parts[] = {
    {.name = "settings", .collection = "settings", .change = HTTP_PUT},
    {.name = "apps",
     .collection = "dingtalk-apps",
     .key = "client_id",
     .change = HTTP_PATCH,
     .secrets = {"client_secret", "aes_key", "token"}},
    {.name = "sources",
     .collection = "identity-sources",
     .key = "name",
     .change = HTTP_PUT,
     .references = {{"app", "app"}}},
    {.name = "groups",
     .collection = "user-groups",
     .key = "name",
     .change = HTTP_PUT,
     .prunes = true},
    {.name = "workflows",
     .collection = "workflows",
     .key = "name",
     .change = HTTP_PUT,
     .prunes = true,
     .references = {{"app", "app"},
		    {"forms[].groups[]", "group"},
		    {"approval.levels[].approvers[]", "account"},
		    {"approval.fallback", "account"},
		    {"approval.escalate_to[]", "account"},
		    {"fallback.level.approvers[]", "account"}}},
    {.name = "policy",
     .collection = "policy",
     .change = HTTP_PUT,
     .references = {{"scope.groups[]", "group"},
		    {"filing.workflow", "workflow"},
		    {"filing.builtin_workflow", "workflow"}}},
};

/* One thing that a file wants. */
struct item {
	const struct part *part;
	const char *name;          /* of its key; NULL: the only one */
	const char *id;            /* NULL: it is to be made */
	const struct value *wants; /* as the file says it, NULL: it is to go */
	const struct value *has;   /* in the file's words; NULL: nothing */
	struct item *next;
};

struct plan {
	struct ctl *c;
	const struct line *line;
	struct item *first, **end;
	bool checking; /* a name that the file itself brings along is good */
	bool coming;   /* while checking: such a name was met, that nothing has yet */
	bool waits;    /* something has to be confirmed by a second administrator */
	struct {
		const char *collection;
		const struct json *all;
	} lists[8]; /* what was asked for, until something changes */
};

/* --- names and ids --- */

static bool list_of(struct plan *p, const char *collection, const struct json **out, struct err *e)
{
	size_t i = 0;

	while (p->lists[i].collection != NULL && !text_equal(p->lists[i].collection, collection))
		i++;
	if (p->lists[i].collection == NULL) {
		if (!ctl_get_all(p->c, collection, &p->lists[i].all, e))
			return false;
		p->lists[i].collection = collection;
	}
	*out = p->lists[i].all;
	return true;
}

/* What `from` is in the member `by` of the noun's list, as its member `as`; NULL: nothing. */
static bool look_up(struct plan *p, const char *noun, const char *by, const char *as,
		    const char *from, const char **out, struct err *e)
{
	const struct json *all = NULL;

	*out = NULL;
	if (!list_of(p, noun_find(noun)->collection, &all, e))
		return false;
	for (const struct json *i = all->first; i != NULL; i = i->next) {
		if (text_equal(json_text(i, by), from))
			*out = json_text(i, as);
	}
	return true;
}

enum direction { TO_NAMES, TO_IDS };

/* Whether the file makes it. */
static bool is_coming(const struct plan *p, const struct noun *noun, const char *name)
{
	for (const struct item *i = p->first; i != NULL && p->checking; i = i->next) {
		if (i->wants != NULL && text_equal(i->part->collection, noun->collection) &&
		    text_equal(i->name, name))
			return true;
	}
	return false;
}

static bool translate_one(struct plan *p, const struct reference *r, enum direction way,
			  struct value *v, struct err *e)
{
	const struct noun *noun = noun_find(r->noun);
	const char *found, *from = v->json.text;

	if (v->json.type != JSON_TEXT || *from == '\0')
		return true;
	if (!look_up(p, r->noun, way == TO_IDS ? noun->key : "id", way == TO_IDS ? "id" : noun->key,
		     from, &found, e))
		return false;
	p->coming |= found == NULL && way == TO_IDS;
	if (found == NULL && way == TO_IDS && !is_coming(p, noun, from))
		return err_set(e, ERR_NOT_FOUND, "line %d: there is no %s %s", v->line, r->noun,
			       from);
	v->json.text = found != NULL ? found : from;
	return true;
}

/* Every value at the path; "[]" is each item of an array. */
static bool translate(struct plan *p, const struct reference *r, const char *path,
		      enum direction way, struct value *v, struct err *e)
{
	size_t n = strcspn(path, ".[");
	const char *name = arena_dup_n(&p->c->arena, path, n), *rest = path + n;
	const struct json *inner = n == 0 ? &v->json : json_get(&v->json, name);

	if (inner == NULL)
		return true;
	if (*rest == '\0')
		return translate_one(p, r, way, value_of(inner), e);
	if (*rest == '.')
		return translate(p, r, rest + 1, way, value_of(inner), e);
	rest += strlen("[]");
	for (const struct json *i = inner->first; i != NULL; i = i->next) {
		if (*rest == '\0' ? !translate_one(p, r, way, value_of(i), e)
				  : !translate(p, r, rest + 1, way, value_of(i), e))
			return false;
	}
	return true;
}

static bool translate_all(struct plan *p, const struct part *part, enum direction way,
			  struct value *v, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(part->references); i++) {
		if (part->references[i].path != NULL &&
		    !translate(p, &part->references[i], part->references[i].path, way, v, e))
			return false;
	}
	return true;
}

/* --- secrets --- */

/* {env: NAME} or {file: PATH}; anything else would be a secret in a file that others read. */
static bool secret_open(struct ctl *c, const struct value *v, const char *name, struct value **out,
			struct err *e)
{
	const char *env = json_text(&v->json, "env"), *path = json_text(&v->json, "file");
	char *text = NULL;

	if (v->json.type != JSON_OBJECT || v->json.count != 1 || (env == NULL && path == NULL))
		return err_set(e, ERR_INVALID,
			       "line %d: %s: say where it is: {env: NAME} or {file: PATH}", v->line,
			       name);
	if (env != NULL && (text = getenv(env)) == NULL)
		return err_set(e, ERR_INVALID, "line %d: %s: %s is not set", v->line, name, env);
	if (env == NULL && !file_read(&c->arena, path, MAX_SECRET, &text, NULL, e))
		return err_add(e, "line %d: %s", v->line, name);
	text = arena_dup(&c->arena, text);
	text[strcspn(text, "\r\n")] = '\0';
	*out = value_text(&c->arena, text);
	return true;
}

static bool is_secret(const struct part *part, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(part->secrets); i++) {
		if (part->secrets[i] != NULL && text_equal(part->secrets[i], name))
			return true;
	}
	return false;
}

static struct value *without_secrets(struct arena *a, const struct part *part,
				     const struct json *wants)
{
	struct value *rest = value_new(a, JSON_OBJECT);

	for (const struct json *m = wants->first; m != NULL; m = m->next) {
		if (!is_secret(part, m->key))
			value_add(rest, m->key, value_clone(a, value_of(m)));
	}
	return rest;
}

static bool with_secrets(struct ctl *c, const struct part *part, struct value *body,
			 const struct json *wants, struct err *e)
{
	struct value *secret = NULL;

	for (const struct json *m = wants->first; m != NULL; m = m->next) {
		if (!is_secret(part, m->key))
			continue;
		if (!secret_open(c, value_of(m), m->key, &secret, e))
			return false;
		value_put(body, m->key, secret);
	}
	return true;
}

/* --- what is wanted, and what is there --- */

static const char *path_of(struct ctl *c, const struct part *part, const char *id)
{
	return id == NULL ? part->collection
			  : arena_printf(&c->arena, "%s/%s", part->collection,
					 text_percent(&c->arena, id));
}

static bool schema_for(struct ctl *c, const struct part *part, bool create,
		       const struct json **schema, struct err *e)
{
	return schema_of_body(c, create ? HTTP_POST : part->change,
			      create || part->key == NULL
				  ? part->collection
				  : arena_printf(&c->arena, "%s/x", part->collection),
			      schema, e);
}

/* In the words of a file: what a body may have, names instead of ids. */
static bool in_words(struct plan *p, const struct part *part, const struct json *thing,
		     struct value **out, struct err *e)
{
	const struct json *schema;

	if (!schema_for(p->c, part, part->key != NULL, &schema, e))
		return false;
	*out = schema_keep(&p->c->arena, schema, thing);
	for (size_t i = 0; i < ARRAY_SIZE(part->secrets); i++) {
		if (part->secrets[i] != NULL)
			value_drop(*out, part->secrets[i]);
	}
	return translate_all(p, part, TO_NAMES, *out, e);
}

static bool find_present(struct plan *p, struct item *item, struct err *e)
{
	const struct json *all, *found = NULL;
	struct value *has;

	if (item->part->key == NULL) {
		if (!ctl_get(p->c, item->part->collection, &found, e))
			return false;
	} else {
		if (!list_of(p, item->part->collection, &all, e))
			return false;
		for (const struct json *i = all->first; i != NULL; i = i->next) {
			if (text_equal(json_text(i, item->part->key), item->name))
				found = i;
		}
	}
	if (found == NULL)
		return true;
	item->id = json_text(found, "id");
	if (!in_words(p, item->part, found, &has, e))
		return false;
	item->has = has;
	return true;
}

static bool add_item(struct plan *p, const struct part *part, const struct json *wants,
		     struct err *e)
{
	struct item *item = arena_new(&p->c->arena, struct item);

	item->part = part;
	item->wants = value_of(wants);
	item->name = part->key != NULL ? json_text(wants, part->key) : NULL;
	if (part->key != NULL && item->name == NULL)
		return err_set(e, ERR_INVALID, "line %d: %s: %s is missing", value_line(wants),
			       part->name, part->key);
	for (const struct item *i = p->first; i != NULL; i = i->next) {
		if (i->part == part && text_equal(i->name, item->name))
			return err_set(e, ERR_INVALID, "line %d: %s: %s stands here twice",
				       value_line(wants), part->name, item->name);
	}
	*p->end = item;
	p->end = &item->next;
	return find_present(p, item, e);
}

/* Secrets are objects in a file and texts for the server. */
static bool check_item(struct plan *p, const struct part *part, const struct json *wants,
		       struct err *e)
{
	const struct json *schema, *members;

	if (!schema_for(p->c, part, part->key != NULL, &schema, e))
		return false;
	if (wants->type != JSON_OBJECT)
		return err_set(e, ERR_INVALID, "line %d: %s: must be an object", value_line(wants),
			       part->name);
	members = json_get(schema, "properties");
	for (const struct json *m = wants->first; m != NULL; m = m->next) {
		if (is_secret(part, m->key) && json_get(members, m->key) != NULL)
			continue;
		if (json_get(members, m->key) == NULL)
			return err_set(e, ERR_INVALID, "line %d: %s.%s: is not known",
				       value_line(m), part->name, m->key);
		if (!schema_check(json_get(members, m->key), m,
				  arena_printf(&p->c->arena, "%s.%s", part->name, m->key), e))
			return false;
	}
	return true;
}

static bool read_part(struct plan *p, const struct part *part, const struct json *wants,
		      struct err *e)
{
	if (part->key == NULL)
		return check_item(p, part, wants, e) && add_item(p, part, wants, e);
	if (wants->type != JSON_ARRAY)
		return wants->type == JSON_NULL ||
		       err_set(e, ERR_INVALID, "line %d: %s: must be a list", value_line(wants),
			       part->name);
	for (const struct json *i = wants->first; i != NULL; i = i->next) {
		if (!check_item(p, part, i, e) || !add_item(p, part, i, e))
			return false;
	}
	return true;
}

static bool is_wanted(const struct plan *p, const struct part *part, const char *name)
{
	for (const struct item *i = p->first; i != NULL; i = i->next) {
		if (i->part == part && text_equal(i->name, name))
			return true;
	}
	return false;
}

/* What the file does not name, of the parts that it has. */
static bool prune_part(struct plan *p, const struct part *part, struct err *e)
{
	const struct json *all;

	if (!list_of(p, part->collection, &all, e))
		return false;
	for (const struct json *i = all->first; i != NULL; i = i->next) {
		struct item *item;

		if (is_wanted(p, part, json_text(i, part->key)))
			continue;
		item = arena_new(&p->c->arena, struct item);
		*item = (struct item){
		    .part = part, .name = json_text(i, part->key), .id = json_text(i, "id")};
		*p->end = item;
		p->end = &item->next;
	}
	return true;
}

static bool read_file(struct plan *p, const char *path, struct value **out, struct err *e)
{
	char *text;
	size_t n;

	if (text_equal(path, "-"))
		path = "/dev/stdin";
	if (text_equal(path, "/dev/stdin")) {
		AUTO(buf_wipe) struct buf all = {.max = YAML_MAX_FILE};
		char piece[4096];

		while ((n = fread(piece, 1, sizeof(piece), stdin)) > 0)
			buf_add(&all, piece, n);
		text = arena_dup_n(&p->c->arena, all.data != NULL ? all.data : "", all.len);
		n = all.len;
	} else if (!file_read(&p->c->arena, path, YAML_MAX_FILE, &text, &n, e)) {
		return false;
	}
	return yaml_read(&p->c->arena, text, n, out, e) || err_add(e, "%s", path);
}

static bool known(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (text_equal(parts[i].name, name))
			return true;
	}
	return false;
}

static bool make_plan(struct plan *p, struct err *e)
{
	struct value *file;

	if (!read_file(p, p->line->file, &file, e))
		return false;
	if (file->json.type != JSON_OBJECT)
		return err_set(e, ERR_INVALID, "%s: there is nothing in it", p->line->file);
	for (const struct json *m = file->json.first; m != NULL; m = m->next) {
		if (!known(m->key))
			return err_set(e, ERR_INVALID, "%s: line %d: %s is not known",
				       p->line->file, value_line(m), m->key);
	}
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const struct json *wants = json_get(&file->json, parts[i].name);

		if (wants != NULL && !read_part(p, &parts[i], wants, e))
			return err_add(e, "%s", p->line->file);
	}
	/* From the last to the first: what needs others goes before them. */
	for (size_t i = ARRAY_SIZE(parts); i > 0 && p->line->prune; i--) {
		if (parts[i - 1].prunes && json_get(&file->json, parts[i - 1].name) != NULL &&
		    !prune_part(p, &parts[i - 1], e))
			return false;
	}
	return true;
}

/* --- the difference --- */

static bool is_change(struct plan *p, const struct item *i)
{
	const struct value *wants;

	if (i->wants == NULL || i->has == NULL)
		return true;
	wants = without_secrets(&p->c->arena, i->part, &i->wants->json);
	return !value_covers(&wants->json, &i->has->json);
}

static const char *short_text(struct ctl *c, const struct json *v)
{
	return v == NULL ? "-" : table_clean(&c->arena, value_write(&c->arena, v));
}

/* A line for each member that would be another. */
static void show_members(struct ctl *c, const char *path, const struct json *wants,
			 const struct json *has)
{
	for (const struct json *m = wants->first; m != NULL; m = m->next) {
		const struct json *old = has != NULL ? json_get(has, m->key) : NULL;
		const char *name =
		    *path == '\0' ? m->key : arena_printf(&c->arena, "%s.%s", path, m->key);

		if (old != NULL && value_covers(m, old))
			continue;
		if (m->type == JSON_OBJECT)
			show_members(c, name, m, old);
		else if (has == NULL)
			(void)printf("    %s: %s\n", name, short_text(c, m));
		else
			(void)printf("    %s: %s → %s\n", name, short_text(c, old),
				     short_text(c, m));
	}
}

static void show_item(struct plan *p, const struct item *i)
{
	char mark = i->wants == NULL ? '-' : i->has == NULL ? '+' : '~';

	(void)printf("%c %s%s%s\n", mark, i->part->name, i->name != NULL ? " " : "",
		     i->name != NULL ? table_clean(&p->c->arena, i->name) : "");
	if (i->wants != NULL) {
		const struct value *wants = without_secrets(&p->c->arena, i->part, &i->wants->json);

		show_members(p->c, "", &wants->json, i->has != NULL ? &i->has->json : NULL);
	}
}

static size_t show_plan(struct plan *p)
{
	size_t changes = 0;

	for (const struct item *i = p->first; i != NULL; i = i->next) {
		if (!is_change(p, i))
			continue;
		changes++;
		show_item(p, i);
	}
	if (changes == 0)
		(void)puts(ctl_say(p->c, "no changes", "没有变化"));
	return changes;
}

/* Whatever is named is there, or will be: else nothing is begun. */
static bool names_check(struct plan *p, struct err *e)
{
	bool ok = true;

	p->checking = true;
	for (const struct item *i = p->first; i != NULL && ok; i = i->next) {
		struct value *wants;

		if (i->wants == NULL)
			continue;
		wants = without_secrets(&p->c->arena, i->part, &i->wants->json);
		ok = translate_all(p, i->part, TO_IDS, wants, e);
	}
	p->checking = false;
	return ok || err_add(e, "%s", p->line->file);
}

/* --- doing it --- */

/* Over what is there, as far as it may be sent back; a new one as the file says it. */
static bool body_of(struct plan *p, const struct item *i, const char *path, struct value **out,
		    struct err *e)
{
	struct value *wants = without_secrets(&p->c->arena, i->part, &i->wants->json), *base;
	const char *etag;

	if (!translate_all(p, i->part, TO_IDS, wants, e))
		return false;
	*out = wants;
	if (i->has == NULL)
		return with_secrets(p->c, i->part, *out, &i->wants->json, e);
	if (i->part->change == HTTP_PATCH) {
		if (!ctl_read_etag(p->c, path, e))
			return false;
		etag = p->c->etag;
	} else {
		if (!ctl_read_for_edit(p->c, path, &base, e))
			return false;
		etag = p->c->etag;
		value_merge(base, wants);
		*out = base;
	}
	p->c->etag = etag;
	return true;
}

/* What the policy would change, as far as all that it names is there already. */
static bool look_ahead(struct plan *p, const struct item *i, struct err *e)
{
	const struct json *preview;
	struct value *body;
	bool ok;

	p->coming = false;
	p->checking = true;
	ok = body_of(p, i, path_of(p->c, i->part, i->id), &body, e);
	p->checking = false;
	if (!ok || p->coming)
		return ok;
	if (!policy_preview(p->c, &body->json, &preview, e)) {
		(void)err_add(e, "%s", i->part->name);
		if (!p->line->dry_run)
			return false;
		/* Who may look at what would change need not be who may change it. */
		(void)fprintf(stderr, "holdfastctl: %s\n", e->text);
		err_clear(e);
		return true;
	}
	policy_print_preview(p->c, preview);
	return true;
}

static bool look_ahead_all(struct plan *p, struct err *e)
{
	for (const struct item *i = p->first; i != NULL; i = i->next) {
		if (text_equal(i->part->name, "policy") && is_change(p, i) && !look_ahead(p, i, e))
			return false;
	}
	return true;
}

static void told(struct plan *p, const struct item *i, const struct json *answer)
{
	bool waits = policy_print_proposal(p->c, answer);

	p->waits |= waits;
	(void)printf("%s%s%s: %s\n", i->part->name, i->name != NULL ? " " : "",
		     i->name != NULL ? table_clean(&p->c->arena, i->name) : "",
		     waits
			 ? ctl_say(p->c, "waits for a second administrator", "等待第二位管理员确认")
			 : ctl_say(p->c, "done", "完成"));
}

static bool carry_out(struct plan *p, const struct item *i, struct err *e)
{
	const char *path = path_of(p->c, i->part, i->id);
	const struct json *answer;
	struct value *body;
	enum http_method method = i->wants == NULL ? HTTP_DELETE
				  : i->has == NULL ? HTTP_POST
						   : i->part->change;

	p->c->etag = NULL;
	if (method == HTTP_DELETE) {
		if (!ctl_read_etag(p->c, path, e) ||
		    !ctl_call(p->c, method, path, NULL, &answer, e))
			return false;
		told(p, i, NULL);
		return true;
	}
	if (!body_of(p, i, path, &body, e) ||
	    !ctl_call(p->c, method, path, value_write(&p->c->arena, &body->json), &answer, e))
		return false;
	told(p, i, answer);
	/* What follows may name what was made. */
	memset(p->lists, 0, sizeof(p->lists));
	return true;
}

static bool carry_out_all(struct plan *p, struct err *e)
{
	for (const struct item *i = p->first; i != NULL; i = i->next) {
		if (!is_change(p, i))
			continue;
		if (!carry_out(p, i, e))
			return err_add(e, "%s%s%s", i->part->name, i->name != NULL ? " " : "",
				       i->name != NULL ? i->name : "");
	}
	return true;
}

enum ctl_status apply_run(struct ctl *c, const struct line *line)
{
	struct plan p = {.c = c, .line = line};
	struct err e = {0};

	c->json = false;
	p.end = &p.first;
	if (line->file == NULL) {
		(void)err_set(&e, ERR_INVALID, "%s",
			      ctl_put(c, ctl_say(c, "{1} is missing", "缺少 {1}"), "--file"));
		return ctl_complain(&e);
	}
	if (!make_plan(&p, &e) || !names_check(&p, &e))
		return ctl_complain(&e);
	if (show_plan(&p) == 0)
		return CTL_GOOD;
	if (!look_ahead_all(&p, &e))
		return ctl_complain(&e);
	if (line->dry_run)
		return CTL_ATTENTION;
	if (!command_ask(c, line, ctl_say(c, "Apply these changes?", "执行以上更改？"), &e) ||
	    !carry_out_all(&p, &e))
		return ctl_complain(&e);
	return p.waits ? CTL_ATTENTION : CTL_GOOD;
}

/* --- such a file of a server --- */

static bool export_part(struct plan *p, const struct part *part, struct value *out, struct err *e)
{
	const struct json *all;
	struct value *v, *list;

	if (part->key == NULL) {
		if (!ctl_get(p->c, part->collection, &all, e) || !in_words(p, part, all, &v, e))
			return false;
		value_add(out, part->name, v);
		return true;
	}
	list = value_new(&p->c->arena, JSON_ARRAY);
	if (!list_of(p, part->collection, &all, e))
		return false;
	for (const struct json *i = all->first; i != NULL; i = i->next) {
		if (!in_words(p, part, i, &v, e))
			return false;
		value_add(list, NULL, v);
	}
	value_add(out, part->name, list);
	return true;
}

enum ctl_status apply_export(struct ctl *c, const struct line *line)
{
	AUTO(buf_done) struct buf text = {0};
	struct plan p = {.c = c, .line = line};
	struct value *all = value_new(&c->arena, JSON_OBJECT);
	struct err e = {0};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!export_part(&p, &parts[i], all, &e))
			return ctl_complain(&e);
	}
	if (!yaml_write(&text, &all->json, &e))
		return ctl_complain(&e);
	if (line->output != NULL)
		return file_replace(line->output, text.data, text.len, 0600, &e) ? CTL_GOOD
										 : ctl_complain(&e);
	(void)fputs(text.data, stdout);
	return CTL_GOOD;
}
