/* Departments and people, in the old dialect. */
#include "dingsim/org.h"

#include "base/text.h"
#include "dingsim/routes.h"

#define ROOT 1
#define PAGE_MAX 100
#define CURSOR_MAX 100000

static bool bad(struct call *c, struct err *e)
{
	return call_errcode(c, e, 40035);
}

/* A department that the app may see. */
static bool visible(struct call *c, int64_t id, struct department **out, struct err *e)
{
	bool within;

	if (!store_department(&c->store, id, out, e))
		return e->code == ERR_NOT_FOUND ? call_errcode(c, e, 60003) : false;
	if (!store_department_within(&c->store, id, c->app->scope, &within, e))
		return false;
	return within || call_errcode(c, e, 50004);
}

static bool children(struct call *c, struct department **out, struct err *e)
{
	struct department *parent;
	int64_t id = ROOT;

	if (!call_param_i64(c, "dept_id", &id))
		return bad(c, e);
	return visible(c, id, &parent, e) && store_departments(&c->store, id, out, e);
}

bool org_departments(struct call *c, struct err *e)
{
	struct department *d;

	if (!children(c, &d, e))
		return false;
	json_array(&c->w, "result");
	for (; d; d = d->next) {
		json_object(&c->w, NULL);
		json_put_i64(&c->w, "dept_id", d->id);
		json_put_text(&c->w, "name", d->name);
		json_put_i64(&c->w, "parent_id", d->parent);
		json_put_bool(&c->w, "create_dept_group", false);
		json_put_bool(&c->w, "auto_add_user", false);
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
	return true;
}

bool org_department_ids(struct call *c, struct err *e)
{
	struct department *d;

	if (!children(c, &d, e))
		return false;
	json_object(&c->w, "result");
	json_array(&c->w, "dept_id_list");
	for (; d; d = d->next)
		json_put_i64(&c->w, NULL, d->id);
	json_array_end(&c->w);
	json_object_end(&c->w);
	return true;
}

bool org_department(struct call *c, struct err *e)
{
	int64_t id = 0;
	struct department *d;

	if (!call_param_i64(c, "dept_id", &id) || !id)
		return bad(c, e);
	if (!visible(c, id, &d, e))
		return false;
	json_object(&c->w, "result");
	json_put_i64(&c->w, "dept_id", d->id);
	json_put_text(&c->w, "name", d->name);
	/* The root has no parent. */
	if (d->parent)
		json_put_i64(&c->w, "parent_id", d->parent);
	json_put_i64(&c->w, "order", d->id);
	json_put_bool(&c->w, "create_dept_group", false);
	json_put_bool(&c->w, "auto_add_user", false);
	json_put_bool(&c->w, "hide_dept", false);
	json_put_bool(&c->w, "outer_dept", false);
	json_array(&c->w, "dept_manager_userid_list");
	json_array_end(&c->w);
	json_put_i64(&c->w, "member_count", d->members);
	json_object_end(&c->w);
	return true;
}

static bool put_user(struct call *c, const struct person *p, struct err *e)
{
	const struct json *departments;

	if (!call_stored(c, p->departments, &departments, e))
		return false;
	json_put_text(&c->w, "userid", p->userid);
	json_put_text(&c->w, "unionid", p->unionid);
	json_put_text(&c->w, "name", p->name);
	json_put_text(&c->w, "avatar", "");
	json_put_text(&c->w, "state_code", "86");
	json_put_text(&c->w, "mobile", p->mobile);
	json_put_bool(&c->w, "hide_mobile", false);
	json_put_text(&c->w, "email", p->email);
	json_put_text(&c->w, "title", p->title);
	json_put_bool(&c->w, "active", !p->inactive);
	json_put_bool(&c->w, "admin", false);
	json_put_bool(&c->w, "boss", false);
	json_put_bool(&c->w, "exclusive_account", false);
	json_put_json(&c->w, "dept_id_list", departments);
	return true;
}

bool org_users(struct call *c, struct err *e)
{
	int64_t id = 0, cursor = 0, size = 0, shown = 0;
	struct department *d;
	struct person *p;

	if (!call_param_i64(c, "dept_id", &id) || !call_param_i64(c, "cursor", &cursor) ||
	    !call_param_i64(c, "size", &size) || !id)
		return bad(c, e);
	if (cursor < 0 || cursor > CURSOR_MAX)
		return call_errcode(c, e, 40068);
	if (size < 1 || size > PAGE_MAX)
		return call_errcode(c, e, 40069);
	if (!visible(c, id, &d, e) || !store_members(&c->store, id, size + 1, cursor, &p, e))
		return false;
	json_object(&c->w, "result");
	json_array(&c->w, "list");
	for (; p && shown < size; p = p->next, shown++) {
		json_object(&c->w, NULL);
		if (!put_user(c, p, e))
			return false;
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
	json_put_bool(&c->w, "has_more", p != NULL);
	if (p)
		json_put_i64(&c->w, "next_cursor", cursor + shown);
	json_object_end(&c->w);
	return true;
}

static void put_flags(struct call *c, const struct json *departments, const struct json *labels)
{
	const struct json *id, *label;

	json_array(&c->w, "leader_in_dept");
	for (id = departments->first; id; id = id->next) {
		json_object(&c->w, NULL);
		json_put_json(&c->w, "dept_id", id);
		json_put_bool(&c->w, "leader", false);
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
	json_array(&c->w, "role_list");
	for (label = labels->first; label; label = label->next) {
		json_object(&c->w, NULL);
		json_put_json(&c->w, "id", json_get(label, "id"));
		json_put_text(&c->w, "name", json_text(label, "name"));
		json_put_text(&c->w, "group_name", "默认");
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
}

bool org_user(struct call *c, struct err *e)
{
	const char *userid = call_param(c, "userid");
	const struct json *departments, *labels;
	struct person *p;
	bool seen;

	if (!userid || text_length(userid) > ORG_USERID_MAX)
		return call_errcode(c, e, 33012);
	if (!store_person(&c->store, userid, &p, e))
		return e->code == ERR_NOT_FOUND ? call_errcode(c, e, 60121) : false;
	if (p->external)
		return call_errcode(c, e, 60121);
	if (!store_person_within(&c->store, userid, c->app->scope, &seen, e))
		return false;
	if (!seen)
		return call_errcode(c, e, 50002);
	if (!call_stored(c, p->departments, &departments, e) ||
	    !call_stored(c, p->labels, &labels, e))
		return false;
	json_object(&c->w, "result");
	if (!put_user(c, p, e))
		return false;
	put_flags(c, departments, labels);
	json_object_end(&c->w);
	return true;
}

static void put_scope(struct call *c, const char *key, const struct json *scope,
		      enum json_type type)
{
	const struct json *item;

	json_array(&c->w, key);
	for (item = scope->first; item; item = item->next)
		if (item->type == type)
			json_put_json(&c->w, NULL, item);
	json_array_end(&c->w);
}

bool org_scopes(struct call *c, struct err *e)
{
	const struct json *scope;

	if (!call_stored(c, c->app->scope, &scope, e))
		return false;
	json_object(&c->w, "auth_org_scopes");
	put_scope(c, "authed_user", scope, JSON_TEXT);
	put_scope(c, "authed_dept", scope, JSON_NUMBER);
	json_object_end(&c->w);
	json_array(&c->w, "auth_user_field");
	json_array_end(&c->w);
	json_array(&c->w, "condition_field");
	json_array_end(&c->w);
	return true;
}
