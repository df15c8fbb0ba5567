/* Whose turn it is. */
#include "api/task.h"

#include "base/text.h"
#include "flow/approval.h"
#include "api/routes.h"

static const char *const task_states[] = {"open",    "approved", "rejected",
					  "skipped", "closed",   NULL};
static const char *const task_kinds[] = {"approver", "fallback", "escalation", "administrator",
					 NULL};
static const char *const level_states[] = {"waiting", "open", "passed", "rejected", "closed", NULL};
static const char *const modes[] = {APPROVAL_ANY, APPROVAL_ALL, NULL};

/* A task as it is shown. */
struct shown {
	struct store_task task;
	const char *acted_by;
};

#define TASK(member) offsetof(struct shown, task.member)

#define TASK_FIELDS                                                                              \
	{"id", JSON_FIELD_TEXT, TASK(id), .format = JSON_ID},                                    \
	    {"kind", JSON_FIELD_TEXT, TASK(kind), .words = task_kinds,                           \
	     .doc = "why this account is asked; the answer of any but an approver is for the "   \
		    "level as a whole"},                                                         \
	    {"account", JSON_FIELD_TEXT, TASK(account), .format = JSON_ID,                       \
	     .doc = "whose turn it is"},                                                         \
	    {"name", JSON_FIELD_TEXT, TASK(name), .example = "王芳"},                            \
	    {"state", JSON_FIELD_TEXT, TASK(state), .words = task_states},                       \
	    {"acted_by",       JSON_FIELD_TEXT,   offsetof(struct shown, acted_by),              \
	     .nullable = true, .example = "赵磊", .doc = "who answered in the account's place"}, \
	    {"comment", JSON_FIELD_TEXT, TASK(comment)},                                         \
	    {"opened_ms", JSON_FIELD_I64, TASK(opened_ms)},                                      \
	{                                                                                        \
		"at_ms", JSON_FIELD_I64, TASK(ended_ms),                                         \
		    .nullable = true, .doc = "when it came to its state; null: open"             \
	}

static const struct json_field task_json[] = {TASK_FIELDS, {0}};

const struct json_field task_level_json[] = {
    {"level", JSON_FIELD_I64, offsetof(struct task_level, level), .example = "1"},
    {"name", JSON_FIELD_TEXT, offsetof(struct task_level, name), .nullable = true,
     .example = "Team lead"},
    {"mode", JSON_FIELD_TEXT, offsetof(struct task_level, mode), .words = modes},
    {"state", JSON_FIELD_TEXT, offsetof(struct task_level, state), .words = level_states},
    {"tasks", JSON_FIELD_ARRAY, offsetof(struct task_level, tasks), .fields = task_json,
     .size = sizeof(struct shown)},
    {0}};

static struct shown show(const struct store_task *t)
{
	return (struct shown){*t, t->acted_by == NULL ? NULL : t->acted_name};
}

/* --- of one request --- */

static struct json_list tasks_of(struct request *r, const struct flow_approval *p, int64_t level)
{
	struct shown *items = arena_array(r->arena, p->tasks.count, sizeof(*items));
	size_t n = 0;

	for (size_t i = 0; i < p->tasks.count; i++) {
		if (p->tasks.items[i].level == level)
			items[n++] = show(&p->tasks.items[i]);
	}
	return (struct json_list){items, n};
}

bool task_levels(struct request *r, const struct store_instance *i, struct json_list *out,
		 bool *mine, struct err *e)
{
	bool pending = text_equal(i->status, instance_status_name(INSTANCE_PENDING));
	struct flow f = request_flow(r);
	const struct approval_level *levels;
	struct flow_approval p;
	struct task_level *items;

	*out = (struct json_list){0};
	*mine = false;
	if (!flow_approval_load(&f, i, &p, e))
		return false;
	if (!flow_approval_asks(&p))
		return true;
	levels = p.levels.levels.items;
	items = arena_array(r->arena, p.levels.levels.count, sizeof(*items));
	for (size_t k = 0; k < p.levels.levels.count; k++) {
		int64_t level = (int64_t)k + 1;

		items[k] = (struct task_level){
		    .level = level,
		    .name = levels[k].name,
		    .mode = levels[k].mode,
		    .state = level_state_name(approval_level_state(&p.rules, level, pending)),
		    .tasks = tasks_of(r, &p, level)};
	}
	*out = (struct json_list){items, p.levels.levels.count};
	*mine =
	    pending && r->caller.account != NULL && approval_waits_for(&p.rules, r->caller.account);
	return true;
}

/* --- lists --- */

/* A task with what has to be known to answer it. */
struct turn {
	struct shown shown;
	struct store_turn stored;
	const char *number, *level_name, *act_for;
	int64_t level;
};

#define TURN(member) offsetof(struct turn, stored.member)

static const struct json_field applicant_json[] = {
    {"id", JSON_FIELD_TEXT, TURN(person), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, TURN(person_name), .example = "李华"},
    {"department", JSON_FIELD_TEXT, TURN(department), .example = "客户端组"},
    {0}};

static const struct json_field device_json[] = {
    {"id", JSON_FIELD_TEXT, TURN(device), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, TURN(device_name), .example = "hua-laptop"},
    {0}};

static const struct json_field instance_json[] = {
    {"id", JSON_FIELD_TEXT, TURN(task.instance), .format = JSON_ID},
    {"number", JSON_FIELD_TEXT, offsetof(struct turn, number), .example = "HF-000123"},
    {"applicant", JSON_FIELD_OBJECT, .fields = applicant_json},
    {"device", JSON_FIELD_OBJECT, .fields = device_json},
    {"package", JSON_FIELD_TEXT, TURN(package), .example = "holdfast-client"},
    {"reason", JSON_FIELD_TEXT, TURN(reason), .example = "旧电脑报废"},
    {"created_ms", JSON_FIELD_I64, TURN(created_ms)},
    {"expires_ms", JSON_FIELD_I64, TURN(expires_ms)},
    {0}};

static const struct json_field turn_json[] = {
    TASK_FIELDS,
    {"level", JSON_FIELD_I64, offsetof(struct turn, level), .example = "1"},
    {"level_name", JSON_FIELD_TEXT, offsetof(struct turn, level_name), .nullable = true},
    {"for", JSON_FIELD_TEXT, offsetof(struct turn, act_for), .nullable = true, .example = "王芳",
     .doc = "in whose place the caller may answer; null: his own turn, or none of his"},
    {"instance", JSON_FIELD_OBJECT, .fields = instance_json},
    {0}};

struct query {
	const char *state;
	bool mine;
};

static const struct json_field query_json[] = {
    {"mine", JSON_FIELD_BOOL, offsetof(struct query, mine),
     .doc = "what waits for the caller, as a delegate too, or was answered by him; an approver "
	    "sees no others"},
    {"state", JSON_FIELD_TEXT, offsetof(struct query, state), .words = task_states,
     .nullable = true},
    {0}};

/* Whether the caller may answer it, and for whom. */
static bool may_answer(const struct request *r, struct flow_approval *people,
		       const struct store_turn *t, const char **act_for)
{
	const char *chain[APPROVAL_MAX_CHAIN];
	size_t n;

	*act_for = NULL;
	if (r->caller.account == NULL || !text_equal(t->task.state, task_state_name(TASK_OPEN)))
		return false;
	people->rules.applicant = t->person;
	n = approval_actors(&people->rules, t->task.account, chain);
	for (size_t i = 0; i < n; i++) {
		if (text_equal(chain[i], r->caller.account)) {
			*act_for = i == 0 ? NULL : t->task.name;
			return true;
		}
	}
	return false;
}

static bool name_level(struct request *r, const struct store_turn *t, const char **out,
		       struct err *e)
{
	const struct approval_level *levels;
	struct approval_levels all;

	if (!approval_read(r->arena, t->levels, &all, e))
		return false;
	levels = all.levels.items;
	*out = levels[t->task.level - 1].name;
	return true;
}

static bool write_turn(struct request *r, const struct store_turn *t, const char *act_for,
		       struct err *e)
{
	char *number = arena_alloc(r->arena, INSTANCE_NUMBER_SIZE);
	struct turn turn = {.shown = show(&t->task),
			    .stored = *t,
			    .number = number,
			    .act_for = act_for,
			    .level = t->task.level};

	instance_number(t->number, number);
	if (!name_level(r, t, &turn.level_name, e))
		return false;
	json_write(&r->json, NULL, turn_json, &turn);
	return true;
}

static bool task_list(struct request *r, struct err *e)
{
	struct query q = {0};
	struct flow f = request_flow(r);
	struct store_turn_filter filter = {.now_ms = r->now_ms};
	struct flow_approval people;
	struct store_turn *turns;
	struct store_page page;
	size_t count;

	if (!request_query(r, &q, e) || !request_page(r, &page, e))
		return false;
	q.mine |= r->caller.role == ROLE_APPROVER || r->caller.department_count > 0;
	/* A token of nobody has no turn. */
	if (q.mine)
		filter.account = r->caller.account == NULL ? "" : r->caller.account;
	filter.state = q.state;
	filter.before = page.cursor;
	filter.limit = page.limit;
	if (!store_turn_list(r->db, r->arena, &filter, &turns, &count, e) ||
	    !flow_approval_people(&f, &people, e))
		return false;
	request_items(r);
	for (size_t i = 0; i < count; i++) {
		const char *act_for;
		bool may = may_answer(r, &people, &turns[i], &act_for);
		bool open = text_equal(turns[i].task.state, task_state_name(TASK_OPEN));

		if (q.mine && open && !may)
			continue;
		if (!write_turn(r, &turns[i], act_for, e))
			return false;
	}
	request_items_end(r, &page, count, count > 0 ? turns[count - 1].task.id : NULL);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/tasks",
     ROUTE(ROLES_ALL, ROUTE_READ, task_list,
	   DOC("listTasks", "Turns of approvers, the newest first",
	       .text = "Of requests that are asked about level by level. A page may be short and "
		       "still have a `next`.",
	       .query = query_json, .out = turn_json, .noun = "Task", .list = true))},
};

const struct route_table task_routes = ROUTE_TABLE(routes);
