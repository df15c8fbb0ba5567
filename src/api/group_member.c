/* Who is in a user group, which groups somebody is in, and by which rules. */
#include <string.h>

#include "flow/group.h"
#include "flow/snapshots.h"
#include "model/membership.h"
#include "web/request.h"
#include "api/routes.h"
#include "web/server.h"
#include "store/group.h"
#include "store/person.h"

#define MAX_RULES 5 /* of one member */

/* A rule that has him. */
struct reason {
	int64_t position;
	struct group_rule rule;
	const char *name;
};

static const struct json_field reason_json[] = {
    {"position", JSON_FIELD_I64, offsetof(struct reason, position), .doc = "in rules, from 0",
     .example = "0"},
    {"subject", JSON_FIELD_TEXT, offsetof(struct reason, rule.subject), .words = rule_subjects},
    {"relation", JSON_FIELD_TEXT, offsetof(struct reason, rule.relation), .words = rule_relations},
    {"value", JSON_FIELD_TEXT, offsetof(struct reason, rule.value),
     .example = "01980c5e-7b1a-7c3d-9a4e-5f60718293a4"},
    {"name", JSON_FIELD_TEXT, offsetof(struct reason, name),
     .doc = "of the user or department; of an address, itself", .example = "研发部"},
    {0}};

#define REASONS(at)                                                                                \
	{                                                                                          \
		"rules", JSON_FIELD_ARRAY, (at), .fields = reason_json,                            \
						 .size = sizeof(struct reason), .max = MAX_RULES,  \
						 .doc = "that have this person: the first of them" \
	}

/* --- reasons --- */

/* The rules of the group that have the person, with the names of what they name. */
static bool reasons_of(struct request *r, const struct roster *roster, const struct group *g,
		       const uint32_t *found, const char *person, struct json_list *out,
		       struct err *e)
{
	struct flow f = request_flow(r);
	struct reason *all = arena_array(r->arena, MAX_RULES, sizeof(*all));
	struct rule *rules = arena_array(r->arena, MAX_RULES, sizeof(*rules));
	struct group few = {.rules = rules};
	uint32_t place = roster_person(roster, person);
	struct store_named *names;

	for (size_t i = 0; i < g->rule_count && few.rule_count < MAX_RULES; i++) {
		const struct rule *rule = &g->rules[i];

		if (place == ROSTER_NONE || !membership_has(roster, rule, found[i], place))
			continue;
		all[few.rule_count] = (struct reason){(int64_t)i,
						      {rule_subject_name(rule->subject),
						       rule_relation_name(rule->relation),
						       arena_dup(r->arena, rule->value)},
						      NULL};
		rules[few.rule_count++] = *rule;
	}
	if (!flow_group_names(&f, &few, &names, e))
		return false;
	for (size_t i = 0; i < few.rule_count; i++)
		all[i].name = names[i].name != NULL ? names[i].name : all[i].rule.value;
	*out = json_list_of(all, few.rule_count);
	return true;
}

/* --- members --- */

#define MAX_SEARCH 100
#define SEARCH_STEP 200 /* people looked at in one query */

struct member_query {
	const char *search;
};

static const struct json_field member_query[] = {
    {"search", JSON_FIELD_TEXT, offsetof(struct member_query, search), .max = MAX_SEARCH,
     .doc = "part of name, email address or external_id"},
    {0}};

static const char *const states[] = {"active", "departed", NULL};

struct member {
	struct store_person stored;
	const char *state;
	struct json_list departments, reasons;
};

static const struct json_field department_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct store_department, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct store_department, name), .example = "研发部"},
    {0}};

static const struct json_field member_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct member, stored.id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct member, stored.name), .example = "李华"},
    {"source", JSON_FIELD_TEXT, offsetof(struct member, stored.source_name),
     .doc = "name of the identity source", .example = "示例科技"},
    {"departments", JSON_FIELD_ARRAY, offsetof(struct member, departments),
     .fields = department_json, .size = sizeof(struct store_department)},
    {"state", JSON_FIELD_TEXT, offsetof(struct member, state), .words = states},
    REASONS(offsetof(struct member, reasons)),
    {0}};

static bool member(struct request *r, const char *id, struct member *out, struct err *e)
{
	struct store_department_list departments;

	if (!store_person_get(r->db, r->arena, id, &out->stored, e) ||
	    !store_person_departments(r->db, r->arena, id, &departments, e))
		return false;
	out->state = states[out->stored.departed];
	out->departments = json_list_of(departments.items, departments.count);
	return true;
}

/* The people of set after the cursor whom the text finds. */
static bool find_members(struct request *r, const struct snapshot_set *set, const char *search,
			 const struct store_page *page, const char **ids, size_t *count,
			 struct err *e)
{
	struct store_person_filter filter = {
	    .search = search, .after = page->cursor, .max = SEARCH_STEP};
	size_t got = SEARCH_STEP;

	*count = 0;
	while (got == SEARCH_STEP && *count < (size_t)page->limit) {
		AUTO(arena_done) struct arena scratch = {0};
		struct store_person *people;

		if (!store_person_list(r->db, &scratch, &filter, &people, &got, e))
			return false;
		for (size_t i = 0; i < got && *count < (size_t)page->limit; i++) {
			if (snapshot_set_has(set, people[i].id))
				ids[(*count)++] = arena_dup(r->arena, people[i].id);
		}
		if (got > 0)
			filter.after = arena_dup(r->arena, people[got - 1].id);
	}
	return true;
}

static bool list_members(struct request *r, const struct snapshot *s, const struct group *g,
			 const char *search, const struct store_page *page, struct err *e)
{
	const struct roster *roster = snapshot_roster(s);
	const uint32_t *found = membership_find(roster, r->arena, g);
	const struct snapshot_set *set = snapshot_set_of(s, r->arena, g);
	const char **ids = arena_array(r->arena, (size_t)page->limit, sizeof(*ids));
	struct member *all;
	size_t count = 0;

	if (search[0] == '\0')
		count = snapshot_set_page(set, NULL, page->cursor, (size_t)page->limit, ids);
	else if (!find_members(r, set, search, page, ids, &count, e))
		return false;
	all = arena_array(r->arena, count, sizeof(*all));
	for (size_t i = 0; i < count; i++) {
		if (!member(r, ids[i], &all[i], e) ||
		    !reasons_of(r, roster, g, found, ids[i], &all[i].reasons, e))
			return false;
	}
	request_list(r, all, count, sizeof(*all), page);
	return true;
}

static bool member_list(struct request *r, struct err *e)
{
	struct member_query query = {.search = ""};
	const struct snapshot *s;
	struct store_page page;
	struct group g;
	bool ok;

	if (!request_unlimited(r, e) || !request_page(r, &page, e) ||
	    !request_query(r, &query, e) || !store_group_get(r->db, r->arena, r->args[0], &g, e))
		return false;
	s = snapshots_take(r->server->snapshots);
	ok = list_members(r, s, &g, query.search, &page, e);
	snapshots_give(r->server->snapshots, s);
	return ok;
}

/* --- groups of a person --- */

struct membership {
	const char *id, *name;
	bool in_scope;
	struct json_list reasons;
};

static const struct json_field membership_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct membership, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct membership, name), .example = "财务"},
    {"in_scope", JSON_FIELD_BOOL, offsetof(struct membership, in_scope),
     .doc = "the policy covers its members"},
    REASONS(offsetof(struct membership, reasons)),
    {0}};

/* A group that was removed a moment ago is left out: *out has no id. */
static bool membership_of(struct request *r, const struct snapshot *s, const char *id,
			  struct membership *out, struct err *e)
{
	AUTO(arena_done) struct arena scratch = {0};
	struct err why = {0};
	struct group g;

	if (!store_group_get(r->db, &scratch, id, &g, &why)) {
		if (why.code == ERR_NOT_FOUND)
			return true;
		*e = why;
		return false;
	}
	*out = (struct membership){
	    .id = id, .name = arena_dup(r->arena, g.name), .in_scope = snapshot_in_scope(s, id)};
	return reasons_of(r, snapshot_roster(s), &g,
			  membership_find(snapshot_roster(s), &scratch, &g), r->args[0],
			  &out->reasons, e);
}

/* Groups were given to the snapshot by id. */
static bool list_groups(struct request *r, const struct snapshot *s, const struct store_page *page,
			struct err *e)
{
	const char *const *ids;
	size_t count = snapshot_groups_of(s, r->args[0], r->arena, &ids), n = 0;
	struct membership *all = arena_array(r->arena, (size_t)page->limit, sizeof(*all));

	for (size_t i = 0; i < count && n < (size_t)page->limit; i++) {
		if (strcmp(ids[i], page->cursor) <= 0)
			continue;
		if (!membership_of(r, s, arena_dup(r->arena, ids[i]), &all[n], e))
			return false;
		n += all[n].id != NULL;
	}
	request_list(r, all, n, sizeof(*all), page);
	return true;
}

static bool group_list(struct request *r, struct err *e)
{
	struct store_person person;
	const struct snapshot *s;
	struct store_page page;
	bool ok;

	if (!request_unlimited(r, e) || !request_page(r, &page, e) ||
	    !store_person_get(r->db, r->arena, r->args[0], &person, e))
		return false;
	s = snapshots_take(r->server->snapshots);
	ok = list_groups(r, s, &page, e);
	snapshots_give(r->server->snapshots, s);
	return ok;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/user-groups/{id}/members",
     ROUTE(ROLES_ALL, ROUTE_WORK, member_list,
	   DOC("listUserGroupMembers", "Who is in a user group, and by which rules",
	       .query = member_query, .out = member_json, .noun = "UserGroupMember",
	       .list = true))},
    {HTTP_GET, "/api/v1/users/{id}/groups",
     ROUTE(ROLES_ALL, ROUTE_WORK, group_list,
	   DOC("listGroupsOfUser", "The user groups that somebody is in, and by which rules",
	       .out = membership_json, .noun = "GroupOfUser", .list = true))},
};

const struct route_table group_member_routes = ROUTE_TABLE(routes);
