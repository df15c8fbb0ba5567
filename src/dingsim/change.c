#include "dingsim/change.h"

#include <string.h>

#include "base/text.h"
#include "dingsim/event.h"
#include "dingsim/flow.h"
#include "dingsim/format.h"
#include "dingsim/instance.h"
#include "dingsim/org.h"
#include "dingsim/routes.h"

#define ROOT 1
#define NAME_MAX_LENGTH 64
#define DEPARTMENTS_MAX 100 /* of one person */
#define GIVEN_ID_SIZE 21
#define LABELS_MAX 100 /* of one person */

static bool department_there(struct store *s, int64_t id, struct err *e)
{
	struct department *d;

	if (store_department(s, id, &d, e))
		return true;
	if (e->code == ERR_NOT_FOUND)
		(void)err_set(e, ERR_INVALID, "there is no department %lld", (long long)id);
	return false;
}

bool change_department_add(struct call *c, struct department *d, struct err *e)
{
	return department_there(&c->store, d->parent, e) &&
	       (d->id || store_department_new_id(&c->store, &d->id, e)) &&
	       store_department_add(&c->store, d, e) &&
	       event_department(c, "org_dept_create", d->id, e);
}

bool change_department_set(struct call *c, const struct department *d, struct err *e)
{
	const char *self = arena_printf(c->store.arena, "[%lld]", (long long)d->id);
	bool below = false;

	if (d->id != ROOT) {
		if (!department_there(&c->store, d->parent, e) ||
		    !store_department_within(&c->store, d->parent, self, &below, e))
			return false;
		if (below)
			return err_set(e, ERR_INVALID,
				       "parent: a department cannot be below itself");
	}
	return store_department_set(&c->store, d, e) &&
	       event_department(c, "org_dept_modify", d->id, e);
}

bool change_department_remove(struct call *c, int64_t id, struct err *e)
{
	struct department *d, *below;

	if (!store_department(&c->store, id, &d, e) || !store_departments(&c->store, id, &below, e))
		return false;
	if (id == ROOT)
		return err_set(e, ERR_CONFLICT, "the root department stays");
	if (d->members || below)
		return err_set(e, ERR_CONFLICT, "the department has %s",
			       below ? "departments below it" : "members");
	return store_department_remove(&c->store, id, e) &&
	       event_department(c, "org_dept_remove", id, e);
}

static bool departments_fit(struct call *c, const struct person *p, const struct json **out,
			    struct err *e)
{
	const struct json *id;
	int64_t value;

	if (!json_parse(c->store.arena, p->departments, strlen(p->departments), out, e))
		return false;
	if ((*out)->type != JSON_ARRAY || (*out)->count > DEPARTMENTS_MAX)
		return err_set(e, ERR_INVALID, "departments: must be at most %d ids",
			       DEPARTMENTS_MAX);
	if (!p->external && !(*out)->count)
		return err_set(e, ERR_INVALID, "departments: a member of the organisation has one");
	if (!p->external && p->corp && *p->corp)
		return err_set(e, ERR_INVALID, "corpId: is for people who are external");
	for (id = (*out)->first; id; id = id->next) {
		if (id->type != JSON_NUMBER || !text_i64(id->text, 1, INT64_MAX, &value))
			return err_set(e, ERR_INVALID, "departments: must be department ids");
		if (!department_there(&c->store, value, e))
			return err_add(e, "departments");
	}
	return true;
}

static bool add_members(struct store *s, const char *userid, const struct json *departments,
			struct err *e)
{
	const struct json *id;
	int64_t value = 0;

	for (id = departments->first; id; id = id->next)
		if (!text_i64(id->text, 1, INT64_MAX, &value) ||
		    !store_member_add(s, value, userid, e))
			return err_add(e, "departments");
	return true;
}

static const char *given_id(struct call *c)
{
	char id[GIVEN_ID_SIZE];

	format_nonce(id, sizeof(id));
	return arena_dup(c->store.arena, id);
}

bool change_person_add(struct call *c, struct person *p, struct err *e)
{
	const struct json *departments;

	if (!*p->userid)
		p->userid = given_id(c);
	if (!*p->unionid)
		p->unionid = given_id(c);
	if (!departments_fit(c, p, &departments, e) || !store_person_add(&c->store, p, e) ||
	    !add_members(&c->store, p->userid, departments, e))
		return false;
	return p->external || event_person(c, "user_add_org", p->userid, NULL, e);
}

/* The members of diffInfo that differ, of one side. */
static void put_side(struct json_writer *w, const char *key, const struct person *p,
		     const struct person *other)
{
	json_object(w, key);
	if (!text_equal(p->name, other->name))
		json_put_text(w, "name", p->name);
	if (!text_equal(p->mobile, other->mobile))
		json_put_text(w, "mobile", p->mobile);
	if (!text_equal(p->email, other->email))
		json_put_text(w, "email", p->email);
	if (!text_equal(p->title, other->title))
		json_put_text(w, "position", p->title);
	if (!text_equal(p->departments, other->departments))
		json_put_text(w, "department", p->departments);
	json_object_end(w);
}

static bool tell_change(struct call *c, const struct person *was, const struct person *is,
			struct err *e)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	const struct json *diff;

	if (was->external || is->external) {
		if (was->external && is->external)
			return true;
		return event_person(c, is->external ? "user_leave_org" : "user_add_org", is->userid,
				    NULL, e);
	}
	json_object(&w, NULL);
	put_side(&w, "prev", was, is);
	put_side(&w, "curr", is, was);
	json_put_text(&w, "userid", is->userid);
	json_object_end(&w);
	return call_stored(c, arena_dup(c->store.arena, out.data), &diff, e) &&
	       event_person(c, "user_modify_org", is->userid, diff, e);
}

bool change_person_set(struct call *c, const struct person *p, struct err *e)
{
	const struct json *departments;
	struct person *was;

	return store_person(&c->store, p->userid, &was, e) &&
	       departments_fit(c, p, &departments, e) && store_person_set(&c->store, p, e) &&
	       store_members_clear(&c->store, p->userid, e) &&
	       add_members(&c->store, p->userid, departments, e) && tell_change(c, was, p, e) &&
	       (was->external || !p->external || instance_person_left(c, p->userid, e));
}

bool change_person_active(struct call *c, struct person *p, struct err *e)
{
	if (!p->inactive)
		return true;
	p->inactive = false;
	return store_person_marks(&c->store, p, e) &&
	       event_person(c, "user_active_org", p->userid, NULL, e);
}

static bool has_label(const struct json *labels, const struct json *label)
{
	const struct json *other = labels->first;

	while (other && !text_equal(json_get(other, "id")->text, json_get(label, "id")->text))
		other = other->next;
	return other != NULL;
}

/* Tells of those in these that are not in the others. */
static bool tell_labels(struct call *c, const char *userid, const char *action,
			const struct json *these, const struct json *others, struct err *e)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	const struct json *label, *list;

	json_array(&w, NULL);
	for (label = these->first; label; label = label->next)
		if (!has_label(others, label))
			json_put_json(&w, NULL, label);
	json_array_end(&w);
	if (!call_stored(c, arena_dup(c->store.arena, out.data), &list, e))
		return false;
	return !list->count || event_labels(c, userid, action, list, e);
}

static bool set_labels(struct call *c, struct person *p, const struct json *labels, struct err *e)
{
	const struct json *was;

	if (!call_stored(c, p->labels, &was, e))
		return false;
	p->labels = call_written(c, labels);
	return store_person_marks(&c->store, p, e) &&
	       tell_labels(c, p->userid, "remove", was, labels, e) &&
	       tell_labels(c, p->userid, "add", labels, was, e);
}

bool change_person_remove(struct call *c, const char *userid, struct err *e)
{
	struct person *p;

	if (!store_person(&c->store, userid, &p, e) ||
	    !store_credentials_of(&c->store, userid, e) ||
	    !store_person_remove(&c->store, userid, e))
		return false;
	return p->external || (event_person(c, "user_leave_org", userid, NULL, e) &&
			       instance_person_left(c, userid, e));
}

/* --- the calls -------------------------------------------------------------------------------- */

struct department_body {
	int64_t id, parent;
	const char *name;
};

static const struct json_field department_fields[] = {
    {.name = "id",
     .kind = JSON_FIELD_I64,
     .offset = offsetof(struct department_body, id),
     .min = 1,
     .max = INT64_MAX / 2},
    {.name = "parent",
     .kind = JSON_FIELD_I64,
     .offset = offsetof(struct department_body, parent),
     .min = 1,
     .max = INT64_MAX / 2},
    {.name = "name",
     .kind = JSON_FIELD_TEXT,
     .offset = offsetof(struct department_body, name),
     .min = 1,
     .max = NAME_MAX_LENGTH},
    {0}};

/* The id in the path. */
static bool path_department(struct call *c, struct department **out, struct err *e)
{
	int64_t id;

	if (!text_i64(c->r->args[0], 1, INT64_MAX, &id))
		return err_set(e, ERR_NOT_FOUND, "there is no such department");
	return store_department(&c->store, id, out, e);
}

static bool read_in(struct call *c, const struct json_field *fields, void *out, struct err *e)
{
	if (!c->in)
		return err_set(e, ERR_INVALID, "a JSON object is missing");
	return json_read(c->store.arena, c->in, fields, out, e);
}

bool change_departments(struct call *c, struct err *e)
{
	struct department *d;

	if (!store_departments_all(&c->store, &d, e))
		return false;
	json_array(&c->w, "items");
	for (; d; d = d->next) {
		json_object(&c->w, NULL);
		json_put_i64(&c->w, "id", d->id);
		json_put_i64(&c->w, "parent", d->parent);
		json_put_text(&c->w, "name", d->name);
		json_put_i64(&c->w, "members", d->members);
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
	return true;
}

bool change_add_department(struct call *c, struct err *e)
{
	struct department_body body = {.parent = ROOT};
	struct department d;

	if (!read_in(c, department_fields, &body, e))
		return false;
	if (!body.name)
		return err_set(e, ERR_INVALID, "name: missing");
	d = (struct department){.id = body.id, .parent = body.parent, .name = body.name};
	if (!change_department_add(c, &d, e))
		return false;
	json_put_i64(&c->w, "id", d.id);
	return true;
}

bool change_set_department(struct call *c, struct err *e)
{
	struct department_body body = {0};
	struct department *d;

	if (!path_department(c, &d, e))
		return false;
	body = (struct department_body){.id = d->id, .parent = d->parent, .name = d->name};
	if (!read_in(c, department_fields, &body, e))
		return false;
	if (body.id != d->id)
		return err_set(e, ERR_INVALID, "id: it cannot change");
	d->parent = body.parent;
	d->name = body.name;
	return change_department_set(c, d, e);
}

bool change_remove_department(struct call *c, struct err *e)
{
	struct department *d;

	return path_department(c, &d, e) && change_department_remove(c, d->id, e);
}

struct person_body {
	const char *userid, *unionid, *name, *mobile, *email, *title;
	const char *agent, *corp;
	bool external, active;
	const struct json *departments, *labels;
};

#define TEXT(key, member, low, high)                                                    \
	{                                                                               \
		.name = key, .kind = JSON_FIELD_TEXT,                                   \
		.offset = offsetof(struct person_body, member), .min = low, .max = high \
	}

static const struct json_field person_fields[] = {
    TEXT("userid", userid, 1, ORG_USERID_MAX),
    TEXT("unionid", unionid, 1, 64),
    TEXT("name", name, 1, NAME_MAX_LENGTH),
    TEXT("mobile", mobile, 0, 32),
    TEXT("email", email, 0, 128),
    TEXT("title", title, 0, 64),
    {.name = "external", .kind = JSON_FIELD_BOOL, .offset = offsetof(struct person_body, external)},
    TEXT("corpId", corp, 0, 64),
    {.name = "departments",
     .kind = JSON_FIELD_ANY,
     .offset = offsetof(struct person_body, departments)},
    TEXT("agent", agent, 0, ORG_USERID_MAX),
    {.name = "active", .kind = JSON_FIELD_BOOL, .offset = offsetof(struct person_body, active)},
    {.name = "labels", .kind = JSON_FIELD_ANY, .offset = offsetof(struct person_body, labels)},
    {0}};

/* [{id,name}], an id once. */
static bool labels_fit(const struct json *labels, struct err *e)
{
	const struct json *label, *other;
	int64_t id;

	if (labels->type != JSON_ARRAY || labels->count > LABELS_MAX)
		return err_set(e, ERR_INVALID, "labels: must be at most %d of {id, name}",
			       LABELS_MAX);
	for (label = labels->first; label; label = label->next) {
		if (!json_i64(label, "id", &id) || id < 1 || !json_text(label, "name"))
			return err_set(e, ERR_INVALID, "labels: each is {id, name}");
		for (other = labels->first; other != label; other = other->next)
			if (text_equal(json_get(other, "id")->text, json_get(label, "id")->text))
				return err_set(e, ERR_INVALID, "labels: %lld is there twice",
					       (long long)id);
	}
	return true;
}

/* What of the body is no part of the person's own data. */
static bool set_marks(struct call *c, const struct person_body *body, struct person *p,
		      struct err *e)
{
	struct person *agent;

	if (*body->agent && !flow_employed(&c->store, body->agent, &agent, e))
		return false;
	if (*body->agent && (!agent || text_equal(body->agent, p->userid)))
		return err_set(e, ERR_INVALID, "agent: must be somebody else of the organisation");
	p->agent = body->agent;
	if (!body->active)
		p->inactive = true;
	if (!store_person_marks(&c->store, p, e) ||
	    (body->active && !change_person_active(c, p, e)))
		return false;
	return !body->labels || (labels_fit(body->labels, e) && set_labels(c, p, body->labels, e));
}

/* body over p, which has what is not in it. */
static void overlay(struct call *c, const struct person_body *body, struct person *p)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	p->userid = body->userid;
	p->unionid = body->unionid;
	p->name = body->name;
	p->mobile = body->mobile;
	p->email = body->email;
	p->title = body->title;
	p->external = body->external;
	p->corp = body->corp;
	if (!body->departments)
		return;
	json_put_json(&w, NULL, body->departments);
	p->departments = arena_dup(c->store.arena, out.data);
}

bool change_add_person(struct call *c, struct err *e)
{
	struct person_body body = {.userid = "",
				   .unionid = "",
				   .mobile = "",
				   .email = "",
				   .title = "",
				   .agent = "",
				   .corp = "",
				   .active = true};
	struct person p = {.departments = "[]", .labels = "[]"};

	if (!read_in(c, person_fields, &body, e))
		return false;
	if (!body.name)
		return err_set(e, ERR_INVALID, "name: missing");
	overlay(c, &body, &p);
	if (!change_person_add(c, &p, e) || !set_marks(c, &body, &p, e))
		return false;
	json_put_text(&c->w, "userid", p.userid);
	json_put_text(&c->w, "unionid", p.unionid);
	return true;
}

bool change_set_person(struct call *c, struct err *e)
{
	struct person_body body = {0};
	struct person *p;

	if (!store_person(&c->store, c->r->args[0], &p, e))
		return false;
	body = (struct person_body){.userid = p->userid,
				    .unionid = p->unionid,
				    .name = p->name,
				    .mobile = p->mobile,
				    .email = p->email,
				    .title = p->title,
				    .agent = p->agent,
				    .corp = p->corp,
				    .active = !p->inactive,
				    .external = p->external};
	if (!read_in(c, person_fields, &body, e))
		return false;
	if (!text_equal(body.userid, p->userid) || !text_equal(body.unionid, p->unionid))
		return err_set(e, ERR_INVALID, "userid, unionid: they cannot change");
	overlay(c, &body, p);
	return change_person_set(c, p, e) && set_marks(c, &body, p, e);
}

bool change_remove_person(struct call *c, struct err *e)
{
	return change_person_remove(c, c->r->args[0], e);
}
