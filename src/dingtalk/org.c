#include "dingtalk/org.h"

#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "dingtalk/call.h"
#include "dingtalk/parse.h"

#define PAGE 100
#define TRIES 3
#define PAUSE_MS 500
#define PAUSE_MAX_MS 5000 /* for longer ones it is better to come back later */

/* {"dept_id":…} with what else the call needs. */
static void department_body(struct buf *body, int64_t id)
{
	struct json_writer w = {.out = body};

	buf_reset(body);
	json_object(&w, NULL);
	json_put_i64(&w, "dept_id", id);
	json_object_end(&w);
}

static void pause_ms(int64_t ms)
{
	const int64_t sleep_ms = clock_wait_ms(ms);
	const struct timespec time = {sleep_ms / 1000, sleep_ms % 1000 * 1000000};

	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

/* A call that only reads, so that it can be repeated whatever became of it. */
static bool read_again(struct dingtalk *d, const struct dingtalk_call *call,
		       const struct json **out, struct err *e)
{
	int64_t wait = PAUSE_MS;
	int tries;

	for (tries = 1; !dingtalk_call(d, call, out, e); tries++) {
		int64_t asked = d->failure.wait_ms;

		if (d->failure.class != DINGTALK_RETRY || asked > PAUSE_MAX_MS || tries == TRIES)
			return false;
		pause_ms(asked > wait ? asked : wait);
		wait *= 2;
	}
	return true;
}

bool dingtalk_unseen(const struct dingtalk *d)
{
	return strcmp(d->failure.code, "60003") == 0 || strcmp(d->failure.code, "50004") == 0;
}

bool dingtalk_hidden(const struct dingtalk *d)
{
	return strcmp(d->failure.code, "50002") == 0 || strcmp(d->failure.code, "50004") == 0;
}

/* Direct members of a department, from a cursor. */
struct members {
	int64_t department, cursor, size;
};

static bool list_members(struct dingtalk *d, const struct members *of, struct arena *a,
			 const struct json **answer, struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer writer = {.out = &body};
	struct dingtalk_call call = {
	    .dialect = DINGTALK_OAPI, .path = "/topapi/v2/user/list", .arena = a};

	json_object(&writer, NULL);
	json_put_i64(&writer, "cursor", of->cursor);
	json_put_i64(&writer, "dept_id", of->department);
	json_put_i64(&writer, "size", of->size);
	json_object_end(&writer);
	call.body = body.data;
	return read_again(d, &call, answer, e);
}

bool dingtalk_members_check(struct dingtalk *d, int64_t department, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const struct json *answer;

	return list_members(d, &(struct members){department, 0, 1}, &a, &answer, e);
}

static bool parse_members(struct dingtalk *d, const struct json *list, struct arena *a,
			  struct dingtalk_members *out, struct err *e)
{
	struct dingtalk_user *users = arena_array(a, list->count, sizeof(*users));

	for (const struct json *item = list->first; item; item = item->next) {
		if (!dingtalk_parse_user(item, a, &users[out->count++]))
			return dingtalk_nonsense(d, e);
	}
	out->users = users;
	return true;
}

bool dingtalk_members_get(struct dingtalk *d, int64_t department, int64_t cursor, struct arena *a,
			  struct dingtalk_members *out, struct err *e)
{
	const struct json *answer, *result, *list;
	bool more = false;

	*out = (struct dingtalk_members){.next = -1};
	if (!list_members(d, &(struct members){department, cursor, PAGE}, a, &answer, e))
		return false;
	result = json_get(answer, "result");
	list = json_get(result, "list");
	if (!json_bool(result, "has_more", &more) || (list && list->type != JSON_ARRAY))
		return dingtalk_nonsense(d, e);
	if (list && !parse_members(d, list, a, out, e))
		return false;
	/* A cursor that does not move would never end. */
	if (more && (!dingtalk_number(result, "next_cursor", &out->next) || out->next <= cursor))
		return dingtalk_nonsense(d, e);
	return true;
}

bool dingtalk_children_get(struct dingtalk *d, int64_t parent, struct arena *a,
			   struct dingtalk_departments *out, struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct dingtalk_call call = {
	    .dialect = DINGTALK_OAPI, .path = "/topapi/v2/department/listsub", .arena = a};
	const struct json *answer, *result;
	struct dingtalk_department *items;

	*out = (struct dingtalk_departments){0};
	department_body(&body, parent);
	call.body = body.data;
	if (!read_again(d, &call, &answer, e))
		return false;
	result = json_get(answer, "result");
	if (!result || result->type != JSON_ARRAY)
		return dingtalk_nonsense(d, e);
	items = arena_array(a, result->count, sizeof(*items));
	for (const struct json *item = result->first; item; item = item->next) {
		struct dingtalk_department *department = &items[out->count];

		if (!dingtalk_parse_department(item, department))
			return dingtalk_nonsense(d, e);
		department->parent = parent;
		/* The pseudo departments of schools have no members to read. */
		out->count += department->id > 0;
	}
	out->items = items;
	return true;
}

bool dingtalk_department_get(struct dingtalk *d, int64_t id, struct arena *a,
			     struct dingtalk_department *out, struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct dingtalk_call call = {
	    .dialect = DINGTALK_OAPI, .path = "/topapi/v2/department/get", .arena = a};
	const struct json *answer;

	department_body(&body, id);
	call.body = body.data;
	if (!read_again(d, &call, &answer, e))
		return false;
	return (dingtalk_parse_department(json_get(answer, "result"), out) && out->id == id) ||
	       dingtalk_nonsense(d, e);
}

static bool get_user(struct dingtalk *d, const char *userid, struct arena *a,
		     const struct json **out, struct err *e)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};
	struct dingtalk_call call = {
	    .dialect = DINGTALK_OAPI, .path = "/topapi/v2/user/get", .arena = a};
	const struct json *answer;

	json_object(&w, NULL);
	json_put_text(&w, "userid", userid);
	json_object_end(&w);
	call.body = body.data;
	if (!read_again(d, &call, &answer, e)) {
		if (strcmp(d->failure.code, "50002") == 0)
			e->code = ERR_NOT_FOUND;
		return false;
	}
	*out = json_get(answer, "result");
	return true;
}

/* Those that are there and seen; their parents are out of sight. */
static bool get_departments(struct dingtalk *d, const int64_t *ids, size_t count, struct arena *a,
			    struct dingtalk_departments *out, struct err *e)
{
	struct dingtalk_department *items = arena_array(a, count, sizeof(*items));

	*out = (struct dingtalk_departments){.items = items};
	for (size_t i = 0; i < count; i++) {
		if (dingtalk_department_get(d, ids[i], a, &items[out->count], e)) {
			items[out->count++].parent = 0;
			continue;
		}
		if (!dingtalk_unseen(d))
			return false;
		err_clear(e);
	}
	return true;
}

static bool read_ids(struct dingtalk *d, const struct json *list, struct arena *a, int64_t **out,
		     size_t *count, struct err *e)
{
	*count = 0;
	*out = arena_array(a, list ? list->count : 0, sizeof(**out));
	for (const struct json *item = list ? list->first : NULL; item; item = item->next) {
		if (item->type != JSON_NUMBER ||
		    !text_i64(item->text, 1, INT64_MAX, &(*out)[(*count)++]))
			return dingtalk_nonsense(d, e);
	}
	return true;
}

static bool read_userids(struct dingtalk *d, const struct json *list, struct arena *a,
			 struct dingtalk_scope *out, struct err *e)
{
	const char **ids = arena_array(a, list ? list->count : 0, sizeof(*ids));

	for (const struct json *item = list ? list->first : NULL; item; item = item->next) {
		if (item->type != JSON_TEXT)
			return dingtalk_nonsense(d, e);
		ids[out->userid_count++] = item->text;
	}
	out->userids = ids;
	return true;
}

static bool get_limited(struct dingtalk *d, struct arena *a, struct dingtalk_scope *out,
			struct err *e)
{
	const struct dingtalk_call call = {
	    .dialect = DINGTALK_OAPI, .path = "/auth/scopes", .arena = a};
	const struct json *answer, *scopes;
	int64_t *ids;
	size_t count;

	out->limited = true;
	if (!read_again(d, &call, &answer, e))
		return false;
	scopes = json_get(answer, "auth_org_scopes");
	if (!scopes || scopes->type != JSON_OBJECT)
		return dingtalk_nonsense(d, e);
	return read_ids(d, json_get(scopes, "authed_dept"), a, &ids, &count, e) &&
	       get_departments(d, ids, count, a, &out->departments, e) &&
	       read_userids(d, json_get(scopes, "authed_user"), a, out, e);
}

bool dingtalk_scope_get(struct dingtalk *d, const int64_t *chosen, size_t count, struct arena *a,
			struct dingtalk_scope *out, struct err *e)
{
	static const int64_t root = DINGTALK_ROOT;

	*out = (struct dingtalk_scope){0};
	if (count > 0)
		return get_departments(d, chosen, count, a, &out->departments, e);
	if (!get_departments(d, &root, 1, a, &out->departments, e))
		return false;
	return out->departments.count == 1 || get_limited(d, a, out, e);
}

bool dingtalk_user_get(struct dingtalk *d, const char *userid, struct arena *a,
		       struct dingtalk_user *out, struct err *e)
{
	const struct json *user;

	if (!get_user(d, userid, a, &user, e))
		return false;
	return dingtalk_parse_user(user, a, out) || dingtalk_nonsense(d, e);
}
