#include "dingsim/seed.h"

#include <string.h>

#include "base/text.h"
#include "dingsim/admin.h"
#include "dingsim/flow.h"
#include "dingsim/form.h"
#include "dingsim/org.h"

#define PEOPLE_MAX 100000
#define DEPARTMENTS_MAX 20000
#define APPS_MAX 50
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
	const char *userid, *unionid, *name, *mobile, *email, *title;
	bool external;
	const struct json *departments;
};

struct seed_form {
	const char *process_code, *name;
	bool allow_withdraw;
	const struct json *components, *approvers;
};

struct seed {
	struct seed_corp corp;
	struct json_list apps, departments, people, forms;
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
#define LIST(key, member, of, item, high, must)                                                 \
	{                                                                                       \
		.name = key, .kind = JSON_FIELD_ARRAY, .offset = offsetof(struct seed, member), \
		.required = must, .fields = of, .size = sizeof(struct item), .max = high        \
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
    ANY(seed_person, "departments", departments, false),
    {0}};

static const struct json_field form_fields[] = {
    TEXT(seed_form, "processCode", process_code, 1, 64, true),
    TEXT(seed_form, "name", name, 1, 200, true),
    BOOL(seed_form, "allowWithdraw", allow_withdraw),
    ANY(seed_form, "components", components, true),
    ANY(seed_form, "approvers", approvers, true),
    {0}};

static const struct json_field seed_fields[] = {
    {.name = "corp",
     .kind = JSON_FIELD_OBJECT,
     .offset = offsetof(struct seed, corp),
     .required = true,
     .fields = corp_fields},
    LIST("apps", apps, app_fields, seed_app, APPS_MAX, true),
    LIST("departments", departments, department_fields, seed_department, DEPARTMENTS_MAX, false),
    LIST("people", people, person_fields, seed_person, PEOPLE_MAX, true),
    LIST("forms", forms, form_fields, seed_form, 200, false),
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

static bool add_app(struct store *s, const struct seed_app *in, struct err *e)
{
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

	if (in->contact_scope && !ids_only(in->contact_scope))
		return err_set(e, ERR_INVALID, "contactScope: must be department ids");
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

/* Parents may come after their children in the file, but must lead to the root. */
static bool check_tree(struct store *s, const struct json_list *departments, struct err *e)
{
	const struct seed_department *d = departments->items;
	size_t i;
	bool rooted;

	for (i = 0; i < departments->count; i++) {
		if (!store_department_within(s, d[i].id, "[1]", &rooted, e))
			return false;
		if (!rooted)
			return err_set(e, ERR_INVALID,
				       "departments[%zu]: its parents do not lead to department 1",
				       i);
	}
	return true;
}

static bool add_departments(struct store *s, const struct seed *seed, struct err *e)
{
	const struct seed_department *d = seed->departments.items;
	struct department root = {.id = ROOT, .parent = 0, .name = seed->corp.name};
	size_t i;

	if (!store_department_add(s, &root, e))
		return false;
	for (i = 0; i < seed->departments.count; i++) {
		struct department department = {
		    .id = d[i].id, .parent = d[i].parent, .name = d[i].name};

		if (!store_department_add(s, &department, e))
			return err_add(e, "departments[%zu]", i);
	}
	return check_tree(s, &seed->departments, e);
}

static bool add_person(struct store *s, const struct seed_person *in, struct err *e)
{
	struct person person = {.userid = in->userid,
				.unionid = in->unionid,
				.name = in->name,
				.mobile = in->mobile ? in->mobile : "",
				.email = in->email ? in->email : "",
				.title = in->title ? in->title : "",
				.external = in->external};
	const struct json *id;
	int64_t department = 0;

	if (in->departments && !ids_only(in->departments))
		return err_set(e, ERR_INVALID, "departments: must be department ids");
	if (!in->external && (!in->departments || !in->departments->count))
		return err_set(e, ERR_INVALID, "departments: a member of the organisation has one");
	if (!store_person_add(s, &person, e))
		return false;
	for (id = in->departments ? in->departments->first : NULL; id; id = id->next)
		if (!text_i64(id->text, 1, INT64_MAX, &department) ||
		    !store_member_add(s, department, in->userid, e))
			return err_add(e, "departments");
	return true;
}

static bool add_form(struct store *s, const struct seed_form *in, int64_t now_ms, struct err *e)
{
	struct form form = {.process_code = in->process_code,
			    .name = in->name,
			    .description = "",
			    .category = "",
			    .status = "PUBLISHED",
			    .initiators = "[]",
			    .initiator_departments = "[]",
			    .managers = "[]",
			    .cc = "[]",
			    .cc_position = "",
			    .allow_withdraw = in->allow_withdraw,
			    .components = written(s->arena, in->components, ""),
			    .approvers = written(s->arena, in->approvers, ""),
			    .created_ms = now_ms};
	struct control *controls;

	return form_controls(s->arena, in->components, &controls, e) &&
	       flow_check(s, in->approvers, e) && store_form_add(s, &form, e);
}

bool seed_read(struct store *s, const char *text, size_t n, int64_t now_ms, struct err *e)
{
	struct seed seed = {0};
	size_t i;

	if (!json_read_text(s->arena, text, n, seed_fields, &seed, e) ||
	    !store_corp_add(s, seed.corp.corp_id, seed.corp.name, e) ||
	    !add_departments(s, &seed, e))
		return false;
	for (i = 0; i < seed.apps.count; i++)
		if (!add_app(s, (const struct seed_app *)seed.apps.items + i, e))
			return err_add(e, "apps[%zu]", i);
	for (i = 0; i < seed.people.count; i++)
		if (!add_person(s, (const struct seed_person *)seed.people.items + i, e))
			return err_add(e, "people[%zu]", i);
	for (i = 0; i < seed.forms.count; i++)
		if (!add_form(s, (const struct seed_form *)seed.forms.items + i, now_ms, e))
			return err_add(e, "forms[%zu]", i);
	return true;
}
