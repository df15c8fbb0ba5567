#include "dingsim/seed.h"

#include <string.h>

#include "base/text.h"
#include "dingsim/admin.h"
#include "dingsim/flow.h"
#include "dingsim/form.h"
#include "dingsim/inject.h"
#include "dingsim/org.h"
#include "dingsim/walk.h"

#define PEOPLE_MAX 100000
#define DEPARTMENTS_MAX 20000
#define APPS_MAX 50
#define FORMS_MAX 200
#define NAME_SHOWN 40 /* bytes of a name that is not known */
#define ROOT 1

struct seed_corp {
	const char *corp_id, *name;
};

struct seed_app {
	const char *client_id, *client_secret, *name;
	int64_t agent_id;
	struct json_list redirect_urls;
	const struct json *contact_scope;
};

struct seed_department {
	int64_t id, parent;
	const char *name;
};

struct seed_person {
	const char *userid, *unionid, *name, *mobile, *email, *title, *corp_id;
	bool external;
	const struct json *departments;
};

struct seed_form {
	const char *process_code, *name, *description, *category, *cc_position;
	bool allow_withdraw, allow_revoke, hidden, disabled;
	const struct json *initiators, *initiator_departments, *managers, *cc;
	const struct json *components, *approvers;
};

struct seeding {
	struct store s; /* its arena is of one element */
	int64_t now_ms;
};

#define TEXT(type, key, member, low, high, must)                                               \
	{                                                                                      \
		.name = key, .kind = JSON_FIELD_TEXT, .offset = offsetof(struct type, member), \
		.required = must, .min = low, .max = high                                      \
	}
#define I64(type, key, member, low, must)                                                     \
	{                                                                                     \
		.name = key, .kind = JSON_FIELD_I64, .offset = offsetof(struct type, member), \
		.required = must, .min = low, .max = INT64_MAX / 2                            \
	}
#define ANY(type, key, member, must)                                                          \
	{                                                                                     \
		.name = key, .kind = JSON_FIELD_ANY, .offset = offsetof(struct type, member), \
		.required = must                                                              \
	}
#define BOOL(type, key, member)                                                               \
	{                                                                                     \
		.name = key, .kind = JSON_FIELD_BOOL, .offset = offsetof(struct type, member) \
	}

static const struct json_field corp_fields[] = {TEXT(seed_corp, "corpId", corp_id, 1, 64, true),
						TEXT(seed_corp, "name", name, 1, 100, true),
						{0}};

static const struct json_field app_fields[] = {
    TEXT(seed_app, "clientId", client_id, 1, 64, true),
    TEXT(seed_app, "clientSecret", client_secret, 1, 128, true),
    TEXT(seed_app, "name", name, 1, 100, true),
    I64(seed_app, "agentId", agent_id, 1, true),
    {.name = "redirectUrls",
     .kind = JSON_FIELD_ARRAY,
     .offset = offsetof(struct seed_app, redirect_urls)},
    ANY(seed_app, "contactScope", contact_scope, false),
    {0}};

static const struct json_field department_fields[] = {
    I64(seed_department, "id", id, 1, true),
    I64(seed_department, "parent", parent, 0, true),
    TEXT(seed_department, "name", name, 1, 64, true),
    {0}};

static const struct json_field person_fields[] = {
    TEXT(seed_person, "userid", userid, 1, ORG_USERID_MAX, true),
    TEXT(seed_person, "unionid", unionid, 1, 64, true),
    TEXT(seed_person, "name", name, 1, 64, true),
    TEXT(seed_person, "mobile", mobile, 0, 32, false),
    TEXT(seed_person, "email", email, 0, 128, false),
    TEXT(seed_person, "title", title, 0, 64, false),
    BOOL(seed_person, "external", external),
    TEXT(seed_person, "corpId", corp_id, 0, 64, false),
    ANY(seed_person, "departments", departments, false),
    {0}};

static const char *const cc_positions[] = {"START", "FINISH", "START_FINISH", NULL};

static const struct json_field form_fields[] = {
    TEXT(seed_form, "processCode", process_code, 1, 64, true),
    TEXT(seed_form, "name", name, 1, 200, true),
    TEXT(seed_form, "description", description, 0, 300, false),
    TEXT(seed_form, "category", category, 0, 100, false),
    BOOL(seed_form, "disabled", disabled),
    BOOL(seed_form, "hidden", hidden),
    BOOL(seed_form, "allowWithdraw", allow_withdraw),
    BOOL(seed_form, "allowRevoke", allow_revoke),
    ANY(seed_form, "initiators", initiators, false),
    ANY(seed_form, "initiatorDepartments", initiator_departments, false),
    ANY(seed_form, "managers", managers, false),
    ANY(seed_form, "ccList", cc, false),
    {.name = "ccPosition",
     .kind = JSON_FIELD_TEXT,
     .offset = offsetof(struct seed_form, cc_position),
     .words = cc_positions},
    ANY(seed_form, "components", components, true),
    ANY(seed_form, "approvers", approvers, true),
    {0}};

static const char *written(struct arena *a, const struct json *value, const char *absent)
{
	struct buf out = {0};
	struct json_writer w = {.out = &out};
	const char *text = absent;

	if (value) {
		json_put_json(&w, NULL, value);
		text = arena_dup(a, out.data);
	}
	buf_done(&out);
	return text;
}

static bool ids_only(const struct json *list)
{
	const struct json *item;
	int64_t id;

	if (!list || list->type != JSON_ARRAY)
		return false;
	for (item = list->first; item; item = item->next)
		if (item->type != JSON_NUMBER || !text_i64(item->text, 1, INT64_MAX, &id))
			return false;
	return true;
}

bool seed_scope_check(const struct json *list, struct err *e)
{
	const struct json *item = list->type == JSON_ARRAY ? list->first : NULL;
	int64_t id;

	for (; item; item = item->next)
		if (item->type != JSON_TEXT &&
		    (item->type != JSON_NUMBER || !text_i64(item->text, 1, INT64_MAX, &id)))
			break;
	return (list->type == JSON_ARRAY && !item) ||
	       err_set(e, ERR_INVALID, "contactScope: must be department ids and user ids");
}

static bool add_app(struct seeding *g, const void *element, struct err *e)
{
	const struct seed_app *in = element;
	struct store *s = &g->s;
	struct buf out = {0};
	struct json_writer w = {.out = &out};
	struct app app = {.client_id = in->client_id,
			  .client_secret = in->client_secret,
			  .name = in->name,
			  .description = "",
			  .icon = "",
			  .denied = "[]",
			  .agent_id = in->agent_id};
	size_t i;
	bool ok = true;

	if (in->contact_scope && !seed_scope_check(in->contact_scope, e))
		return false;
	json_array(&w, NULL);
	for (i = 0; i < in->redirect_urls.count && ok; i++) {
		const char *url = ((const char **)in->redirect_urls.items)[i];

		ok = admin_url_check(url, e);
		json_put_text(&w, NULL, url);
	}
	json_array_end(&w);
	app.redirect_urls = arena_dup(s->arena, out.data);
	app.scope = written(s->arena, in->contact_scope, "[1]");
	buf_done(&out);
	return ok && store_app_add(s, &app, e);
}

static bool add_corp(struct seeding *g, const void *element, struct err *e)
{
	const struct seed_corp *in = element;
	struct department root = {.id = ROOT, .parent = 0, .name = in->name};

	return store_corp_add(&g->s, in->corp_id, in->name, e) &&
	       store_department_add(&g->s, &root, e);
}

static bool add_department(struct seeding *g, const void *element, struct err *e)
{
	const struct seed_department *in = element;
	struct department department = {.id = in->id, .parent = in->parent, .name = in->name};

	return store_department_add(&g->s, &department, e);
}

/* Parents may come after their children in the file, but must lead to the root. */
static bool check_department(struct seeding *g, const void *element, struct err *e)
{
	const struct seed_department *in = element;
	bool rooted;

	if (!store_department_within(&g->s, in->id, "[1]", &rooted, e))
		return false;
	return rooted || err_set(e, ERR_INVALID, "its parents do not lead to department 1");
}

static bool add_person(struct seeding *g, const void *element, struct err *e)
{
	const struct seed_person *in = element;
	struct store *s = &g->s;
	struct person person = {.userid = in->userid,
				.unionid = in->unionid,
				.name = in->name,
				.mobile = in->mobile ? in->mobile : "",
				.email = in->email ? in->email : "",
				.title = in->title ? in->title : "",
				.external = in->external,
				.corp = in->corp_id};
	const struct json *id;
	int64_t department = 0;

	if (in->departments && !ids_only(in->departments))
		return err_set(e, ERR_INVALID, "departments: must be department ids");
	if (!in->external && (!in->departments || !in->departments->count))
		return err_set(e, ERR_INVALID, "departments: a member of the organisation has one");
	if (in->corp_id && *in->corp_id && !in->external)
		return err_set(e, ERR_INVALID, "corpId: is for people who are external");
	if (!store_person_add(s, &person, e))
		return false;
	for (id = in->departments ? in->departments->first : NULL; id; id = id->next)
		if (!text_i64(id->text, 1, INT64_MAX, &department) ||
		    !store_member_add(s, department, in->userid, e))
			return err_add(e, "departments");
	return true;
}

static bool people_only(struct store *s, const struct json *list, struct err *e)
{
	const struct json *item;
	struct person *person;

	if (!list)
		return true;
	if (list->type != JSON_ARRAY)
		return err_set(e, ERR_INVALID, "must be user ids");
	for (item = list->first; item; item = item->next) {
		if (item->type != JSON_TEXT)
			return err_set(e, ERR_INVALID, "must be user ids");
		if (!store_person(s, item->text, &person, e))
			return err_add(e, "%.64s", item->text);
	}
	return true;
}

static bool form_people_fit(struct store *s, const struct seed_form *in, struct err *e)
{
	if (!people_only(s, in->initiators, e))
		return err_add(e, "initiators");
	if (!people_only(s, in->managers, e))
		return err_add(e, "managers");
	if (!people_only(s, in->cc, e))
		return err_add(e, "ccList");
	if (in->initiator_departments && !ids_only(in->initiator_departments))
		return err_set(e, ERR_INVALID, "initiatorDepartments: must be department ids");
	return true;
}

static bool add_form(struct seeding *g, const void *element, struct err *e)
{
	const struct seed_form *in = element;
	struct store *s = &g->s;
	const char *cc_position = in->cc_position ? in->cc_position : "FINISH";
	struct form form = {.process_code = in->process_code,
			    .name = in->name,
			    .description = in->description ? in->description : "",
			    .category = in->category ? in->category : "",
			    .status = in->disabled ? "INVALID" : "PUBLISHED",
			    .initiators = written(s->arena, in->initiators, "[]"),
			    .initiator_departments =
				written(s->arena, in->initiator_departments, "[]"),
			    .managers = written(s->arena, in->managers, "[]"),
			    .cc = written(s->arena, in->cc, "[]"),
			    .cc_position = in->cc ? cc_position : "",
			    .allow_withdraw = in->allow_withdraw,
			    .allow_revoke = in->allow_revoke,
			    .hidden = in->hidden,
			    .components = written(s->arena, in->components, ""),
			    .approvers = written(s->arena, in->approvers, ""),
			    .created_ms = g->now_ms};
	struct control *controls;

	return form_controls(s->arena, in->components, &controls, e) && form_people_fit(s, in, e) &&
	       flow_check_form(s, in->approvers, e) &&
	       flow_check_branches(in->approvers, controls, e) && store_form_add(s, &form, e);
}

static bool add_fault(struct seeding *g, const void *element, struct err *e)
{
	const struct json *const *in = element;
	int64_t id;

	return inject_add(&g->s, *in, &id, e);
}

/* What a seed has, in the order in which it is read, whatever the order of the text. */
static const struct part {
	const char *name;
	bool required, single;
	const struct json_field *fields; /* NULL: a const struct json * */
	size_t size, max;
	bool (*add)(struct seeding *g, const void *element, struct err *e);
	bool (*check)(struct seeding *g, const void *element,
		      struct err *e); /* when all are there */
} parts[] = {
    {"corp", true, true, corp_fields, sizeof(struct seed_corp), 1, add_corp, NULL},
    {"departments", false, false, department_fields, sizeof(struct seed_department),
     DEPARTMENTS_MAX, add_department, check_department},
    {"apps", true, false, app_fields, sizeof(struct seed_app), APPS_MAX, add_app, NULL},
    {"people", true, false, person_fields, sizeof(struct seed_person), PEOPLE_MAX, add_person,
     NULL},
    {"forms", false, false, form_fields, sizeof(struct seed_form), FORMS_MAX, add_form, NULL},
    {"faults", false, false, NULL, sizeof(const struct json *), INJECT_MAX, add_fault, NULL},
};

typedef bool take_fn(struct seeding *g, const void *element, struct err *e);

static bool take(struct seeding *g, const struct part *part, take_fn *fn,
		 const struct walk_item *item, struct err *e)
{
	struct arena arena = {0};
	void *element = arena_alloc(&arena, part->size);
	bool ok;

	g->s.arena = &arena;
	if (part->fields)
		ok = json_read_text(&arena, item->value, item->value_len, part->fields, element, e);
	else
		ok = json_parse(&arena, item->value, item->value_len, element, e);
	ok = ok && fn(g, element, e);
	arena_done(&arena);
	return ok;
}

static bool take_all(struct seeding *g, const struct part *part, take_fn *fn,
		     const struct walk_item *list, struct err *e)
{
	struct walk_item item;
	struct walk w;
	size_t i;
	bool more;

	if (!walk_begin(&w, list->value, list->value_len, '[', e))
		return err_add(e, "%s", part->name);
	for (i = 0; walk_next(&w, &item, &more, e); i++) {
		if (!more)
			return true;
		if (i == part->max)
			return err_set(e, ERR_TOO_LARGE, "%s: at most %zu", part->name, part->max);
		if (!take(g, part, fn, &item, e))
			return err_add(e, "%s[%zu]", part->name, i);
	}
	return err_add(e, "%s", part->name);
}

static bool take_part(struct seeding *g, const struct part *part, const struct walk_item *item,
		      struct err *e)
{
	if (part->single)
		return take(g, part, part->add, item, e) || err_add(e, "%s", part->name);
	return take_all(g, part, part->add, item, e) &&
	       (!part->check || take_all(g, part, part->check, item, e));
}

/* The part that a member is, once. */
static bool find_part(const struct walk_item *member, struct walk_item found[], struct err *e)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		if (strlen(parts[i].name) != member->key_len ||
		    memcmp(parts[i].name, member->key, member->key_len) != 0)
			continue;
		if (found[i].key)
			return err_set(e, ERR_INVALID, "%s: is there twice", parts[i].name);
		found[i] = *member;
		return true;
	}
	return err_set(e, ERR_INVALID, "%.*s: is not known",
		       (int)(member->key_len < NAME_SHOWN ? member->key_len : NAME_SHOWN),
		       member->key);
}

bool seed_read(struct store *s, const char *text, size_t n, int64_t now_ms, struct err *e)
{
	struct seeding g = {.s = *s, .now_ms = now_ms};
	struct walk_item found[ARRAY_SIZE(parts)] = {0};
	struct walk_item member;
	struct walk w;
	bool more;
	size_t i;

	if (!text_utf8_valid(text, n))
		return err_set(e, ERR_INVALID, "the seed is not UTF-8");
	if (!walk_begin(&w, text, n, '{', e) || !walk_next(&w, &member, &more, e))
		return false;
	while (more)
		if (!find_part(&member, found, e) || !walk_next(&w, &member, &more, e))
			return false;
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!found[i].key && parts[i].required)
			return err_set(e, ERR_INVALID, "%s: is missing", parts[i].name);
		if (found[i].key && !take_part(&g, &parts[i], &found[i], e))
			return false;
	}
	return true;
}
