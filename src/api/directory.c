/* Departments and people, as the directory has them; those of local sources are kept through it. */
#include "base/id.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/local.h"
#include "flow/person_link.h"
#include "model/signin.h"
#include "web/request.h"
#include "api/account.h"
#include "api/routes.h"
#include "web/server.h"

#include <string.h>

#define MAX_SEARCH 100
#define MAX_BODY 16384

/* What is shown, as a number that changes with it: sources are read, not edited, so they count no versions. */
static int64_t version_of(const char *const *texts, size_t count)
{
	AUTO(buf_done) struct buf all = {0};
	unsigned char hash[CRYPTO_HASH_SIZE];
	int64_t version = 0;

	for (size_t i = 0; i < count; i++)
		buf_printf(&all, "%s\n", texts[i] != NULL ? texts[i] : "");
	crypto_sha256(all.data, all.len, hash);
	for (size_t i = 0; i < 6; i++)
		version = version << 8 | hash[i];
	return version;
}

/* --- departments --- */

static const struct json_field department_query[] = {
    {"source", JSON_FIELD_TEXT, offsetof(struct store_department_filter, source), .format = JSON_ID,
     .doc = "of one identity source"},
    {"parent", JSON_FIELD_TEXT, offsetof(struct store_department_filter, parent), .format = JSON_ID,
     .doc = "directly below this one"},
    {"top", JSON_FIELD_BOOL, offsetof(struct store_department_filter, top),
     .doc = "only those that are below none that is there"},
    {"search", JSON_FIELD_TEXT, offsetof(struct store_department_filter, search), .max = MAX_SEARCH,
     .doc = "part of the name"},
    {0}};

struct department {
	struct store_department stored;
	const char *path;
};

static const struct json_field department_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct department, stored.id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct department, stored.name), .example = "研发部"},
    {"path", JSON_FIELD_TEXT, offsetof(struct department, path),
     .doc = "behind the names of those that it is below", .example = "总部/研发部"},
    {"parent", JSON_FIELD_TEXT, offsetof(struct department, stored.parent), .format = JSON_ID,
     .nullable = true},
    {"source", JSON_FIELD_TEXT, offsetof(struct department, stored.source), .format = JSON_ID},
    {"source_name", JSON_FIELD_TEXT, offsetof(struct department, stored.source_name),
     .example = "示例科技"},
    {"external_id", JSON_FIELD_TEXT, offsetof(struct department, stored.external_id),
     .doc = "in its source: DingTalk's dept_id", .example = "2"},
    {"has_below", JSON_FIELD_BOOL, offsetof(struct department, stored.has_below),
     .doc = "there are departments below it"},
    {0}};

struct department_input {
	const char *source, *name, *parent;
};

#define DEPARTMENT_SETTINGS(needed)                                                         \
	{"name",                                                                            \
	 JSON_FIELD_TEXT,                                                                   \
	 offsetof(struct department_input, name),                                           \
	 .required = (needed),                                                              \
	 .min = 1,                                                                          \
	 .max = LOCAL_MAX_NAME,                                                             \
	 .example = "研发部"},                                                              \
	{                                                                                   \
		"parent", JSON_FIELD_TEXT, offsetof(struct department_input, parent),       \
		    .max = ID_SIZE - 1, .doc = "id of what it is below; empty: at the top", \
		    .example = ""                                                           \
	}

static const struct json_field department_create_json[] = {
    {"source", JSON_FIELD_TEXT, offsetof(struct department_input, source), .required = true,
     .format = JSON_ID, .doc = "a local identity source"},
    DEPARTMENT_SETTINGS(true),
    {0}};
static const struct json_field department_change_json[] = {DEPARTMENT_SETTINGS(false), {0}};

static int64_t department_version(const struct store_department *d)
{
	const char *const texts[] = {d->id, d->name, d->parent};

	return version_of(texts, ARRAY_SIZE(texts));
}

static bool department_answer(struct request *r, const char *id, struct err *e)
{
	struct department d;

	if (!store_department_get(r->db, r->arena, id, &d.stored, e) ||
	    !store_department_path(r->db, r->arena, id, &d.path, e))
		return false;
	if (d.stored.gone)
		return err_set(e, ERR_NOT_FOUND, "This department is gone.");
	request_etag(r, department_version(&d.stored));
	request_answer(r, &d);
	return true;
}

static bool department_list(struct request *r, struct err *e)
{
	struct store_department_filter filter = {0};
	struct store_department_list list;
	struct department *answer;
	struct store_page page;

	if (!request_page(r, &page, e) || !request_query(r, &filter, e) ||
	    !store_department_list(r->db, r->arena, &filter, &page, &list, e))
		return false;
	answer = arena_array(r->arena, list.count, sizeof(*answer));
	for (size_t i = 0; i < list.count; i++) {
		answer[i].stored = list.items[i];
		if (!store_department_path(r->db, r->arena, list.items[i].id, &answer[i].path, e))
			return false;
	}
	request_list(r, answer, list.count, sizeof(*answer), &page);
	return true;
}

static bool department_get(struct request *r, struct err *e)
{
	return department_answer(r, r->args[0], e);
}

static bool department_create(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct department_input in = {0};
	struct store_department d;
	struct store_source source;

	if (!request_read(r, &in, e) || !flow_local_source(&f, in.source, &source, e))
		return false;
	d = (struct store_department){
	    .source = in.source, .name = in.name, .parent = text_some(in.parent)};
	if (!flow_local_room(&f, in.source, 0, 1, e) || !flow_local_department_add(&f, &d, e))
		return false;
	r->status = 201;
	return department_answer(r, d.id, e);
}

static bool department_present(struct request *r, struct flow *f, struct store_department *out,
			       struct err *e)
{
	return flow_local_department_get(f, r->args[0], out, e) &&
	       request_if_match(r, department_version(out), e);
}

static bool department_change(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_department was, d = {0};
	struct department_input in;

	if (!department_present(r, &f, &was, e))
		return false;
	in = (struct department_input){.name = was.name, .parent = was.parent};
	if (!request_read(r, &in, e))
		return false;
	d.name = in.name;
	d.parent = text_some(in.parent);
	return flow_local_department_change(&f, &was, &d, e) && department_answer(r, was.id, e);
}

static bool department_remove(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_department d;

	r->status = 204;
	return department_present(r, &f, &d, e) && flow_local_department_remove(&f, &d, e);
}

/* --- people --- */

static const char *const states[] = {"active", "departed", NULL};

static const struct json_field user_query[] = {
    {"search", JSON_FIELD_TEXT, offsetof(struct store_person_filter, search), .max = MAX_SEARCH,
     .doc = "part of name, email address or external_id"},
    {"source", JSON_FIELD_TEXT, offsetof(struct store_person_filter, source), .format = JSON_ID,
     .doc = "of one identity source"},
    {"department", JSON_FIELD_TEXT, offsetof(struct store_person_filter, department),
     .format = JSON_ID, .doc = "and those below it"},
    {"state", JSON_FIELD_TEXT, offsetof(struct store_person_filter, state), .words = states},
    {0}};

struct user {
	struct store_person stored;
	const char *email, *telephone, *state;
	struct json_list departments;
};

static const struct json_field user_department_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct store_department, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct store_department, name), .example = "研发部"},
    {0}};

#define REACH_DOC "null for approvers: who only decides need not know"

static const struct json_field user_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct user, stored.id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct user, stored.name), .example = "李华"},
    {"title", JSON_FIELD_TEXT, offsetof(struct user, stored.title), .example = "工程师"},
    {"source", JSON_FIELD_TEXT, offsetof(struct user, stored.source), .format = JSON_ID},
    {"source_name", JSON_FIELD_TEXT, offsetof(struct user, stored.source_name),
     .example = "示例科技"},
    {"external_id", JSON_FIELD_TEXT, offsetof(struct user, stored.external_id),
     .doc = "in its source: DingTalk's userid, an employee number", .example = "lihua"},
    {"email", JSON_FIELD_TEXT, offsetof(struct user, email), .nullable = true, .doc = REACH_DOC,
     .example = "li.hua@example.com"},
    {"telephone", JSON_FIELD_TEXT, offsetof(struct user, telephone), .nullable = true,
     .doc = REACH_DOC, .example = "13800000001"},
    {"departments", JSON_FIELD_ARRAY, offsetof(struct user, departments),
     .fields = user_department_json, .size = sizeof(struct store_department)},
    {"state", JSON_FIELD_TEXT, offsetof(struct user, state), .words = states,
     .doc = "nobody is deleted; who left keeps the departments they had"},
    {"has_password", JSON_FIELD_BOOL, offsetof(struct user, stored.has_password),
     .doc = "of a local source: has set one, and can sign in"},
    {0}};

struct user_input {
	const char *source;
	struct local_person is;
	struct json_list departments;
};

#define USER_SETTINGS(needed)                                                               \
	{"name",                                                                            \
	 JSON_FIELD_TEXT,                                                                   \
	 offsetof(struct user_input, is.name),                                              \
	 .required = (needed),                                                              \
	 .min = 1,                                                                          \
	 .max = LOCAL_MAX_NAME,                                                             \
	 .example = "李华"},                                                                \
	    {"external_id",                                                                 \
	     JSON_FIELD_TEXT,                                                               \
	     offsetof(struct user_input, is.external_id),                                   \
	     .max = LOCAL_MAX_EXTERNAL_ID,                                                  \
	     .doc = "an employee number of your own, without @; the id when there is none", \
	     .example = "E-1042"},                                                          \
	    {"email",                                                                       \
	     JSON_FIELD_TEXT,                                                               \
	     offsetof(struct user_input, is.email),                                         \
	     .max = EMAIL_MAX,                                                              \
	     .doc = "one person's of the source; signs in with it or with the external_id", \
	     .example = "li.hua@example.com"},                                              \
	    {"telephone", JSON_FIELD_TEXT, offsetof(struct user_input, is.telephone),       \
	     .max = LOCAL_MAX_TELEPHONE, .example = "13800000001"},                         \
	    {"title", JSON_FIELD_TEXT, offsetof(struct user_input, is.title),               \
	     .max = LOCAL_MAX_TITLE, .example = "工程师"},                                  \
	{                                                                                   \
		"departments", JSON_FIELD_ARRAY, offsetof(struct user_input, departments),  \
		    .max = LOCAL_MAX_DEPARTMENTS_EACH, .format = JSON_ID,                   \
		    .doc = "the main one first"                                             \
	}

static const struct json_field user_create_json[] = {
    {"source", JSON_FIELD_TEXT, offsetof(struct user_input, source), .required = true,
     .format = JSON_ID, .doc = "a local identity source"},
    USER_SETTINGS(true),
    {0}};
static const struct json_field user_change_json[] = {USER_SETTINGS(false), {0}};

static bool view(struct request *r, const struct store_person *p, struct user *out, struct err *e)
{
	struct store_department_list list;
	bool reach = r->caller.role != ROLE_APPROVER;

	if (!store_person_departments(r->db, r->arena, p->id, &list, e))
		return false;
	*out = (struct user){.stored = *p,
			     .email = reach ? p->email : NULL,
			     .telephone = reach ? p->telephone : NULL,
			     .state = states[p->departed],
			     .departments = {list.items, list.count}};
	return true;
}

static bool user_list(struct request *r, struct err *e)
{
	struct store_person_filter filter = {0};
	struct store_person *all;
	struct store_page page;
	struct user *answer;
	size_t count;

	if (!request_page(r, &page, e) || !request_query(r, &filter, e))
		return false;
	filter.after = page.cursor;
	filter.max = page.limit;
	if (!store_person_list(r->db, r->arena, &filter, &all, &count, e))
		return false;
	answer = arena_array(r->arena, count, sizeof(*answer));
	for (size_t i = 0; i < count; i++) {
		if (!view(r, &all[i], &answer[i], e))
			return false;
	}
	request_list(r, answer, count, sizeof(*answer), &page);
	return true;
}

/* Of all that is shown, so that it also tells one reader's view from another's. */
static int64_t user_version(struct request *r, const struct user *u)
{
	const struct store_department *in = u->departments.items;
	const char **texts = arena_array(r->arena, 10 + 2 * u->departments.count, sizeof(*texts));
	const char *const own[] = {u->stored.id,
				   u->stored.name,
				   u->stored.title,
				   u->stored.source_name,
				   u->stored.external_id,
				   u->email,
				   u->telephone,
				   u->state,
				   u->stored.has_password ? "password" : ""};
	size_t n = ARRAY_SIZE(own);

	memcpy(texts, own, sizeof(own));
	for (size_t i = 0; i < u->departments.count; i++) {
		texts[n++] = in[i].id;
		texts[n++] = in[i].name;
	}
	return version_of(texts, n);
}

static bool user_view(struct request *r, const char *id, struct user *out, struct err *e)
{
	struct store_person p;

	return store_person_get(r->db, r->arena, id, &p, e) && view(r, &p, out, e);
}

static bool user_answer(struct request *r, const char *id, struct err *e)
{
	struct user u;

	if (!user_view(r, id, &u, e))
		return false;
	request_etag(r, user_version(r, &u));
	request_answer(r, &u);
	return true;
}

static bool user_get(struct request *r, struct err *e)
{
	return user_answer(r, r->args[0], e);
}

static bool user_create(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct user_input in = {0};
	struct flow_local_person p;
	struct store_source source;

	if (!request_read(r, &in, e) || !flow_local_source(&f, in.source, &source, e) ||
	    !flow_local_room(&f, in.source, 1, 0, e))
		return false;
	p = (struct flow_local_person){.source = in.source,
				       .is = in.is,
				       .departments = in.departments.items,
				       .department_count = in.departments.count};
	if (!flow_local_person_add(&f, &p, e))
		return false;
	r->status = 201;
	return user_answer(r, p.id, e);
}

/* Of a local source, and as the caller saw it. */
static bool user_present(struct request *r, struct flow *f, struct flow_local_person *out,
			 struct err *e)
{
	struct user u;

	return user_view(r, r->args[0], &u, e) && flow_local_person_get(f, r->args[0], out, e) &&
	       request_if_match(r, user_version(r, &u), e);
}

static bool user_change(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct flow_local_person was, p;
	struct user_input in;

	if (!user_present(r, &f, &was, e))
		return false;
	in = (struct user_input){.is = was.is,
				 .departments = {(void *)was.departments, was.department_count}};
	if (!request_read(r, &in, e))
		return false;
	p = was;
	p.is = in.is;
	p.departments = in.departments.items;
	p.department_count = in.departments.count;
	return flow_local_person_change(&f, &was, &p, e) && user_answer(r, was.id, e);
}

static bool set_departed(struct request *r, bool departed, struct err *e)
{
	struct flow f = request_flow(r);
	struct flow_local_person was, p;

	if (!user_present(r, &f, &was, e))
		return false;
	p = was;
	p.departed = departed;
	return flow_local_person_change(&f, &was, &p, e) && user_answer(r, was.id, e);
}

static bool user_depart(struct request *r, struct err *e)
{
	return set_departed(r, true, e);
}

static bool user_restore(struct request *r, struct err *e)
{
	return set_departed(r, false, e);
}

static bool user_link(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	char secret[FLOW_LINK_SIZE];
	struct account_link answer = {.expires_ms = r->now_ms + FLOW_LINK_INVITATION_MS};

	if (!flow_person_link_make(&f, r->args[0], FLOW_LINK_INVITATION_MS, secret, e))
		return false;
	answer.link = arena_printf(r->arena, "%s/auth/password?secret=%s",
				   r->server->options.public_url, secret);
	r->status = 201;
	request_answer(r, &answer);
	crypto_wipe(secret, sizeof(secret));
	return true;
}

static const struct json_field user_link_json[] = {
    {"link", JSON_FIELD_TEXT, offsetof(struct account_link, link), .format = "uri",
     .doc = "shown once, good once; for this person alone",
     .example = "https://holdfast.example.com/auth/"
		"password?secret=kJ4l0WZc0rGv0ZpQy3yB9mW3m0o1f2J3k4l5m6n7o8p"},
    {"expires_ms", JSON_FIELD_I64, offsetof(struct account_link, expires_ms)},
    {0}};

#define DEPARTMENT .out = department_json, .noun = "Department"
#define USER .out = user_json, .noun = "User"
#define REFUSED .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/departments",
     ROUTE(ROLES_ALL, ROUTE_READ, department_list,
	   DOC("listDepartments", "Departments, as the directory has them", DEPARTMENT,
	       .query = department_query, .list = true))},
    {HTTP_POST, "/api/v1/departments", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, department_create,
	   DOC("createDepartment", "Add a department to a local identity source", DEPARTMENT,
	       .in = department_create_json, .status = 201, .etag = true, REFUSED))},
    {HTTP_GET, "/api/v1/departments/{id}",
     ROUTE(ROLES_ALL, ROUTE_READ, department_get,
	   DOC("getDepartment", "One department", DEPARTMENT, .etag = true, .live = true))},
    {HTTP_PUT, "/api/v1/departments/{id}", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, department_change,
	   DOC("changeDepartment", "Rename or move a department of a local source", DEPARTMENT,
	       .text = "What is below it moves along. Absent members stay as they are.",
	       .in = department_change_json, .etag = true, REFUSED))},
    {HTTP_DELETE, "/api/v1/departments/{id}",
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, department_remove,
	   DOC("removeDepartment", "Remove an empty department of a local source",
	       .text = "What names it stays, and is told that it is gone.", .status = 204,
	       .etag = true, .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_GET, "/api/v1/users",
     ROUTE(ROLES_ALL, ROUTE_READ, user_list,
	   DOC("listUsers", "People, as the directory has them", USER, .query = user_query,
	       .list = true))},
    {HTTP_POST, "/api/v1/users", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, user_create,
	   DOC("createUser", "Add a person to a local identity source", USER,
	       .in = user_create_json, .status = 201, .etag = true, REFUSED))},
    {HTTP_GET, "/api/v1/users/{id}",
     ROUTE(ROLES_ALL, ROUTE_READ, user_get, DOC("getUser", "One person", USER, .etag = true))},
    {HTTP_PUT, "/api/v1/users/{id}", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, user_change,
	   DOC("changeUser", "Change a person of a local source", USER,
	       .text = "Absent members stay as they are.", .in = user_change_json, .etag = true,
	       REFUSED))},
    {HTTP_POST, "/api/v1/users/{id}/depart", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, user_depart,
	   DOC("departUser", "A person of a local source has left", USER,
	       .text = "Ends what that person is signed in to. Departments stay, and devices stay "
		       "as protected as before.",
	       .etag = true, .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_POST, "/api/v1/users/{id}/restore", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, user_restore,
	   DOC("restoreUser", "A person of a local source is back", USER, .etag = true,
	       .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_POST, "/api/v1/users/{id}/password-link", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, user_link,
	   DOC("makeUserPasswordLink",
	       "A one-time link with which a person of a local source sets a password",
	       .out = user_link_json, .noun = "UserPasswordLink", .status = 201,
	       .text = "Good for 7 days. An earlier one ends.", .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table directory_routes = ROUTE_TABLE(routes);
