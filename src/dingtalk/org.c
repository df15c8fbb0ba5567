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
#define PAUSE_MAX_MS 5000 /* for longer ones the walk is better begun anew */
#define SEEN_SIZE 131072  /* a power of two, over twice the departments */

_Static_assert(SEEN_SIZE > 2 * DINGTALK_MAX_DEPARTMENTS, "the set never fills up");

struct walk {
	struct dingtalk *d;
	const struct dingtalk_visitor *visitor;
	struct dingtalk_walk count;
	int64_t *seen;  /* open addressing; 0 is free */
	int64_t *queue; /* every department once, in the order found */
	size_t queued, next;
};

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

/* When a department is there no more, or was never for us to see, the walk goes on without it. */
static bool skip(struct walk *w, struct err *e)
{
	const char *code = w->d->failure.code;

	if (strcmp(code, "60003") != 0 && strcmp(code, "50004") != 0)
		return false;
	err_clear(e);
	w->count.skipped++;
	return true;
}

/* False when it was there already. */
static bool see(struct walk *w, int64_t id)
{
	size_t i = ((uint64_t)id * 0x9E3779B97F4A7C15U) >> 40 & (SEEN_SIZE - 1);

	while (w->seen[i] && w->seen[i] != id)
		i = (i + 1) & (SEEN_SIZE - 1);
	if (w->seen[i])
		return false;
	w->seen[i] = id;
	return true;
}

static bool visit_department(struct walk *w, const struct dingtalk_department *department,
			     struct err *e)
{
	if (see(w, department->id)) {
		if (w->queued == DINGTALK_MAX_DEPARTMENTS)
			return dingtalk_refuse(w->d, ERR_TOO_LARGE,
					       "the organisation has too many departments", e);
		w->queue[w->queued++] = department->id;
		w->count.departments++;
	}
	return w->visitor->department(w->visitor->arg, department, e);
}

static bool visit_user(struct walk *w, const struct json *item, struct arena *a, struct err *e)
{
	struct dingtalk_user user;

	if (!dingtalk_parse_user(item, a, &user))
		return dingtalk_nonsense(w->d, e);
	if (w->count.people == DINGTALK_MAX_PEOPLE)
		return dingtalk_refuse(w->d, ERR_TOO_LARGE, "the organisation has too many people",
				       e);
	w->count.people++;
	return w->visitor->user(w->visitor->arg, &user, e);
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

/* One page of a department's direct members; *cursor becomes the next one, or -1 after the last. */
static bool visit_page(struct walk *w, int64_t department, int64_t *cursor, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const struct json *answer, *result, *list, *item;
	int64_t next;
	bool more = false;

	if (!list_members(w->d, &(struct members){department, *cursor, PAGE}, &a, &answer, e))
		return false;
	result = json_get(answer, "result");
	list = json_get(result, "list");
	if (!json_bool(result, "has_more", &more) || (list && list->type != JSON_ARRAY))
		return dingtalk_nonsense(w->d, e);
	for (item = list ? list->first : NULL; item; item = item->next)
		if (!visit_user(w, item, &a, e))
			return false;
	if (!more) {
		*cursor = -1;
		return true;
	}
	/* A cursor that does not move would never end. */
	if (!dingtalk_number(result, "next_cursor", &next) || next <= *cursor)
		return dingtalk_nonsense(w->d, e);
	*cursor = next;
	return true;
}

static bool visit_members(struct walk *w, int64_t department, struct err *e)
{
	int64_t cursor = 0;

	while (cursor >= 0)
		if (!visit_page(w, department, &cursor, e))
			return false;
	return true;
}

static bool visit_children(struct walk *w, int64_t parent, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf body = {0};
	struct dingtalk_call call = {
	    .dialect = DINGTALK_OAPI, .path = "/topapi/v2/department/listsub", .arena = &a};
	const struct json *answer, *result, *item;

	department_body(&body, parent);
	call.body = body.data;
	if (!read_again(w->d, &call, &answer, e))
		return false;
	result = json_get(answer, "result");
	if (!result || result->type != JSON_ARRAY)
		return dingtalk_nonsense(w->d, e);
	for (item = result->first; item; item = item->next) {
		struct dingtalk_department department;

		if (!dingtalk_parse_department(item, &department))
			return dingtalk_nonsense(w->d, e);
		department.parent = parent;
		if (department.id < 1)
			w->count.skipped++;
		else if (!visit_department(w, &department, e))
			return false;
	}
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

/* A department the walk starts from; its parent, if any, is out of sight. */
static bool start_at(struct walk *w, int64_t id, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct dingtalk_department department;

	if (!dingtalk_department_get(w->d, id, &a, &department, e))
		return false;
	department.parent = 0;
	return visit_department(w, &department, e);
}

static bool start_at_departments(struct walk *w, const struct json *list, struct err *e)
{
	const struct json *item;
	int64_t id;

	for (item = list ? list->first : NULL; item; item = item->next) {
		if (item->type != JSON_NUMBER || !text_i64(item->text, 1, INT64_MAX, &id))
			return dingtalk_nonsense(w->d, e);
		if (start_at(w, id, e))
			continue;
		if (!skip(w, e))
			return false;
	}
	return true;
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

static bool visit_people(struct walk *w, const struct json *list, struct err *e)
{
	const struct json *item;

	for (item = list ? list->first : NULL; item; item = item->next) {
		AUTO(arena_done) struct arena a = {0};
		const struct json *user;

		if (item->type != JSON_TEXT)
			return dingtalk_nonsense(w->d, e);
		if (get_user(w->d, item->text, &a, &user, e)) {
			if (!visit_user(w, user, &a, e))
				return false;
		} else if (e->code == ERR_NOT_FOUND) {
			err_clear(e);
		} else {
			return false;
		}
	}
	return true;
}

static bool start_at_scope(struct walk *w, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const struct dingtalk_call call = {
	    .dialect = DINGTALK_OAPI, .path = "/auth/scopes", .arena = &a};
	const struct json *answer, *scopes;

	w->count.limited = true;
	if (!read_again(w->d, &call, &answer, e))
		return false;
	scopes = json_get(answer, "auth_org_scopes");
	if (!scopes || scopes->type != JSON_OBJECT)
		return dingtalk_nonsense(w->d, e);
	return start_at_departments(w, json_get(scopes, "authed_dept"), e) &&
	       visit_people(w, json_get(scopes, "authed_user"), e);
}

static bool start(struct walk *w, struct err *e)
{
	if (start_at(w, DINGTALK_ROOT, e))
		return true;
	if (strcmp(w->d->failure.code, "50004") != 0)
		return false;
	err_clear(e);
	return start_at_scope(w, e);
}

static bool visit_all(struct walk *w, struct err *e)
{
	while (w->next < w->queued) {
		int64_t id = w->queue[w->next++];

		if (visit_members(w, id, e) && visit_children(w, id, e))
			continue;
		if (!skip(w, e))
			return false;
	}
	return true;
}

bool dingtalk_org_walk(struct dingtalk *d, const struct dingtalk_visitor *visitor,
		       struct dingtalk_walk *out, struct err *e)
{
	AUTO(mem_freep) int64_t *seen = mem_array(SEEN_SIZE, sizeof(*seen));
	AUTO(mem_freep) int64_t *queue = mem_array(DINGTALK_MAX_DEPARTMENTS, sizeof(*queue));
	struct walk w = {.d = d, .visitor = visitor, .seen = seen, .queue = queue};

	if (!start(&w, e) || !visit_all(&w, e))
		return false;
	*out = w.count;
	return true;
}

bool dingtalk_user_get(struct dingtalk *d, const char *userid, struct arena *a,
		       struct dingtalk_user *out, struct err *e)
{
	const struct json *user;

	if (!get_user(d, userid, a, &user, e))
		return false;
	return dingtalk_parse_user(user, a, out) || dingtalk_nonsense(d, e);
}
