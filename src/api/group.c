/* User groups. */
#include "flow/group_preview.h"
#include "flow/proposal.h"
#include "flow/snapshots.h"
#include "web/request.h"
#include "api/policy.h"
#include "api/routes.h"
#include "web/server.h"
#include "store/group.h"

#define MAX_BODY (1024 * 1024)

struct rule_view {
	struct group_rule rule;
	const char *name, *source; /* of the person or department */
	bool broken;
};

struct view {
	const char *id;
	struct group_body body;
	struct json_list rules; /* of struct rule_view */
	int64_t members, departed, broken, updated_ms;
	bool in_scope;
	const struct policy_proposed *proposal; /* what a change has become, or NULL */
};

static const struct json_field rule_view_json[] = {
    {"subject", JSON_FIELD_TEXT, offsetof(struct rule_view, rule.subject), .words = rule_subjects},
    {"relation", JSON_FIELD_TEXT, offsetof(struct rule_view, rule.relation),
     .words = rule_relations},
    {"value", JSON_FIELD_TEXT, offsetof(struct rule_view, rule.value),
     .doc = "our id of the user or department, or the text",
     .example = "01980c5e-7b1a-7c3d-9a4e-5f60718293a4"},
    {"name", JSON_FIELD_TEXT, offsetof(struct rule_view, name), .nullable = true,
     .doc = "of the user or department", .example = "研发部"},
    {"source", JSON_FIELD_TEXT, offsetof(struct rule_view, source), .nullable = true,
     .doc = "name of its identity source", .example = "示例科技"},
    {"broken", JSON_FIELD_BOOL, offsetof(struct rule_view, broken),
     .doc = "the user has left or the department is gone; it counts as before until the group is "
	    "saved without it"},
    {0}};

static const struct json_field view_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, body.name), .example = "财务"},
    {"description", JSON_FIELD_TEXT, offsetof(struct view, body.description), .example = ""},
    {"rules", JSON_FIELD_ARRAY, offsetof(struct view, rules), .fields = rule_view_json,
     .size = sizeof(struct rule_view), .max = GROUP_MAX_RULES},
    {"members", JSON_FIELD_I64, offsetof(struct view, members), .doc = "how many people it has",
     .example = "12"},
    {"departed", JSON_FIELD_I64, offsetof(struct view, departed),
     .doc = "how many of them have left; their devices stay as protected as before",
     .example = "1"},
    {"broken_rules", JSON_FIELD_I64, offsetof(struct view, broken), .example = "0"},
    {"in_scope", JSON_FIELD_BOOL, offsetof(struct view, in_scope),
     .doc = "the policy covers its members"},
    {"updated_ms", JSON_FIELD_I64, offsetof(struct view, updated_ms), .doc = "as in ETag"},
    {"proposal", JSON_FIELD_POINTER, offsetof(struct view, proposal),
     .fields = policy_proposed_json, .size = sizeof(struct policy_proposed), .omit = true,
     .doc = "the change waits for a second administrator; absent: it does not"},
    {0}};

static void count(struct request *r, const struct group *g, struct view *out)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	struct snapshot_size size = snapshot_set_size(snapshot_set_of(snapshot, r->arena, g));

	out->members = size.people + size.departed;
	out->departed = size.departed;
	out->in_scope = snapshot_in_scope(snapshot, g->id);
	snapshots_give(r->server->snapshots, snapshot);
}

static bool view(struct request *r, const struct group *g, struct view *out, struct err *e)
{
	struct rule_view *rules = arena_array(r->arena, g->rule_count, sizeof(*rules));
	struct flow f = request_flow(r);
	struct store_named *names;
	const struct group_rule *words;

	*out = (struct view){.id = g->id,
			     .body = group_body(r->arena, g),
			     .rules = {rules, g->rule_count},
			     .updated_ms = g->updated_ms};
	words = out->body.rules.items;
	if (!flow_group_names(&f, g, &names, e))
		return false;
	for (size_t i = 0; i < g->rule_count; i++) {
		bool broken = flow_rule_broken(&g->rules[i], &names[i]);

		rules[i] =
		    (struct rule_view){words[i], names[i].name, names[i].source_name, broken};
		out->broken += broken;
	}
	count(r, g, out);
	return true;
}

static bool answer(struct request *r, const struct group *g, struct err *e)
{
	struct view v;

	if (!view(r, g, &v, e))
		return false;
	request_etag(r, g->updated_ms);
	request_answer(r, &v);
	return true;
}

static bool read_group(struct request *r, struct group *out, struct err *e)
{
	struct group_body body = {0};

	return request_read(r, &body, e) && group_check(r->arena, &body, out, e);
}

/* What is to be changed or removed, if it is what the caller saw. */
static bool present(struct request *r, struct group *out, struct err *e)
{
	return store_group_get(r->db, r->arena, r->args[0], out, e) &&
	       request_if_match(r, out->updated_ms, e);
}

static bool group_create(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct group g;

	if (!read_group(r, &g, e) || !flow_group_save(&f, NULL, &g, e))
		return false;
	r->status = 201;
	return answer(r, &g, e);
}

/* 202 and the group as it is, with what waits. */
static bool answer_proposed(struct request *r, const struct group *g, const char *proposal,
			    struct err *e)
{
	struct view v;

	if (!view(r, g, &v, e) || !policy_proposed(r, proposal, &v.proposal, e))
		return false;
	request_etag(r, g->updated_ms);
	request_answer(r, &v);
	return true;
}

static bool group_change(struct request *r, struct err *e)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	const struct party by = {r->caller.account, r->caller.person};
	struct flow f = request_flow(r);
	const char *proposal = NULL;
	struct group g, was;
	bool ok;

	f.snapshot = snapshot;
	ok = read_group(r, &g, e) && present(r, &was, e) &&
	     flow_group_change(&f, &by, &was, &g, &proposal, e);
	snapshots_give(r->server->snapshots, snapshot);
	if (!ok)
		return false;
	return proposal != NULL ? answer_proposed(r, &was, proposal, e) : answer(r, &g, e);
}

static bool group_get(struct request *r, struct err *e)
{
	struct group g;

	return store_group_get(r->db, r->arena, r->args[0], &g, e) && answer(r, &g, e);
}

static bool group_remove(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct group g;

	r->status = 204;
	return present(r, &g, e) && flow_group_remove(&f, &g, e);
}

static bool group_list(struct request *r, struct err *e)
{
	struct store_page page;
	struct store_group_list list;
	struct view *views;

	if (!request_page(r, &page, e) || !store_group_list(r->db, r->arena, &page, &list, e))
		return false;
	views = arena_array(r->arena, list.count, sizeof(*views));
	for (size_t i = 0; i < list.count; i++) {
		if (!view(r, &list.items[i], &views[i], e))
			return false;
	}
	if (list.rest)
		page.limit = (int64_t)list.count;
	request_list(r, views, list.count, sizeof(*views), &page);
	return true;
}

/* --- all of them in short, to pick from --- */

#define SUMMARY_PAGE 50

static const struct json_field summary_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, body.name), .example = "财务"},
    {"description", JSON_FIELD_TEXT, offsetof(struct view, body.description), .example = ""},
    {"members", JSON_FIELD_I64, offsetof(struct view, members), .doc = "how many people it has",
     .example = "12"},
    {"departed", JSON_FIELD_I64, offsetof(struct view, departed),
     .doc = "how many of them have left", .example = "1"},
    {"in_scope", JSON_FIELD_BOOL, offsetof(struct view, in_scope),
     .doc = "the policy covers its members"},
    {0}};

/* Rules are long, and only counted. */
static bool add_summaries(struct request *r, struct store_page *page, struct json_list *out,
			  bool *more, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct store_group_list list;
	struct view *all = out->items;

	if (!store_group_list(r->db, &a, page, &list, e))
		return false;
	for (size_t i = 0; i < list.count && out->count < GROUP_MAX_GROUPS; i++) {
		const struct group *g = &list.items[i];
		struct view *v = &all[out->count++];

		*v = (struct view){.id = arena_dup(r->arena, g->id),
				   .body = {.name = arena_dup(r->arena, g->name),
					    .description = arena_dup(r->arena, g->description)}};
		count(r, g, v);
		page->cursor = v->id;
	}
	*more = list.count > 0 && out->count < GROUP_MAX_GROUPS &&
		(list.rest || (int64_t)list.count == page->limit);
	return true;
}

static bool group_summaries(struct request *r, struct err *e)
{
	struct json_list out = {arena_array(r->arena, GROUP_MAX_GROUPS, sizeof(struct view)), 0};
	struct store_page page = {"", SUMMARY_PAGE};
	bool more = true;

	while (more) {
		if (!add_summaries(r, &page, &out, &more, e))
			return false;
	}
	request_list(r, out.items, out.count, sizeof(struct view), NULL);
	return true;
}

/* --- what would this change? --- */

struct preview_input {
	const char *group;
	struct group_body body;
};

static const struct json_field preview_input_json[] = {
    {"group", JSON_FIELD_TEXT, offsetof(struct preview_input, group), .format = JSON_ID,
     .doc = "the group that would be saved so; without it, a new one"},
    {"name", JSON_FIELD_TEXT, offsetof(struct preview_input, body.name), .max = GROUP_MAX_NAME,
     .example = "财务"},
    {"description", JSON_FIELD_TEXT, offsetof(struct preview_input, body.description),
     .max = GROUP_MAX_DESCRIPTION},
    {"rules", JSON_FIELD_ARRAY, offsetof(struct preview_input, body.rules), .required = true,
     .max = GROUP_MAX_RULES, .fields = group_rule_json, .size = sizeof(struct group_rule)},
    {0}};

static const struct json_field finding_rule_json[] = {
    {"position", JSON_FIELD_I64, offsetof(struct group_finding_rule, position),
     .doc = "in rules, from 0", .example = "0"},
    {"value", JSON_FIELD_TEXT, offsetof(struct group_finding_rule, value),
     .example = "li.hua@example.com"},
    {0}};

static const struct json_field person_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct flow_group_preview_one, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct flow_group_preview_one, name), .example = "李华"},
    {"source", JSON_FIELD_TEXT, offsetof(struct flow_group_preview_one, source),
     .doc = "name of the identity source", .example = "示例科技"},
    {"rules", JSON_FIELD_ARRAY, offsetof(struct flow_group_preview_one, rules),
     .fields = finding_rule_json, .size = sizeof(struct group_finding_rule),
     .max = FLOW_GROUP_PREVIEW_RULES, .doc = "that have this person: the first of them"},
    {0}};

static const struct json_field text_json[] = {
    {"en", JSON_FIELD_TEXT, offsetof(struct group_finding, en), .example = "The group has nobody."},
    {"zh", JSON_FIELD_TEXT, offsetof(struct group_finding, zh), .example = "用户组中没有任何人。"},
    {0}};

static const struct json_field finding_json[] = {
    {"code", JSON_FIELD_TEXT, offsetof(struct group_finding, code), .words = group_finding_codes},
    {"text", JSON_FIELD_OBJECT, .fields = text_json},
    {"rules", JSON_FIELD_I64, offsetof(struct group_finding, rules),
     .doc = "how many it is about; 0: the group as a whole", .example = "0"},
    {"first", JSON_FIELD_ARRAY, offsetof(struct group_finding, first), .fields = finding_rule_json,
     .size = sizeof(struct group_finding_rule), .max = GROUP_FINDING_SAMPLE,
     .doc = "the first of them"},
    {0}};

#define PREVIEW(member) offsetof(struct flow_group_preview, member)

const struct json_field group_preview_json[] = {
    {"people", JSON_FIELD_I64, PREVIEW(people), .doc = "whom it would have, departed ones apart",
     .example = "12"},
    {"departed", JSON_FIELD_I64, PREVIEW(departed), .doc = "who have left, beside them",
     .example = "0"},
    {"all", JSON_FIELD_I64, PREVIEW(all), .doc = "people there are at all", .example = "300"},
    {"sample", JSON_FIELD_ARRAY, PREVIEW(sample), .fields = person_json,
     .size = sizeof(struct flow_group_preview_one), .max = POLICY_AHEAD_SAMPLE,
     .doc = "the first of its members"},
    {"joined", JSON_FIELD_OBJECT, PREVIEW(joined), .fields = policy_ahead_people_json,
     .doc = "would be members, and are not"},
    {"left", JSON_FIELD_OBJECT, PREVIEW(left), .fields = policy_ahead_people_json,
     .doc = "are members, and would not be"},
    {"in_scope", JSON_FIELD_BOOL, PREVIEW(in_scope), .doc = "the policy covers its members"},
    {"covered", JSON_FIELD_OBJECT, PREVIEW(covered), .fields = policy_ahead_json,
     .doc = "by scope and whitelist of the policy as it is, whatever its mode"},
    {"second_person", JSON_FIELD_ARRAY, PREVIEW(second_whys), .max = POLICY_SECOND_MAX_WHYS,
     .words = policy_second_whys,
     .doc = "why a second administrator would have to confirm it; empty: nobody has to"},
    {"warnings", JSON_FIELD_ARRAY, PREVIEW(findings), .fields = finding_json,
     .size = sizeof(struct group_finding)},
    {0}};

static bool read_preview(struct request *r, struct group *was, struct group *out, bool *changes,
			 struct err *e)
{
	struct preview_input in = {.body = {.name = "preview"}};

	if (!request_read(r, &in, e))
		return false;
	if (in.body.name[0] == '\0')
		in.body.name = "preview";
	if (!group_check(r->arena, &in.body, out, e))
		return false;
	*changes = in.group != NULL;
	if (*changes && !store_group_get(r->db, r->arena, in.group, was, e))
		return false;
	out->id = in.group;
	return true;
}

static bool group_preview(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct flow_group_preview preview;
	struct group was, g;
	bool changes, ok;

	if (!request_unlimited(r, e) || !read_preview(r, &was, &g, &changes, e))
		return false;
	f.snapshot = snapshots_take(r->server->snapshots);
	ok = flow_group_preview(&f, changes ? &was : NULL, &g, &preview, e);
	snapshots_give(r->server->snapshots, f.snapshot);
	if (ok)
		request_answer(r, &preview);
	return ok;
}

#define NOUN .out = view_json, .noun = "UserGroup"

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/user-groups", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, group_create,
	   DOC("createUserGroup", "Make a user group", NOUN, .in = group_json, .status = 201,
	       .etag = true, .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_GET, "/api/v1/user-groups",
     ROUTE(ROLES_ALL, ROUTE_WORK, group_list,
	   DOC("listUserGroups", "User groups", NOUN, .list = true,
	       .text = "A page has fewer than `limit` when their rules are long; `next` says "
		       "whether there are more."))},
    {HTTP_GET, "/api/v1/user-groups/summaries",
     ROUTE(ROLES_ALL, ROUTE_WORK, group_summaries,
	   DOC("listUserGroupSummaries", "All user groups in short, to pick from",
	       .out = summary_json, .noun = "UserGroupSummary", .list = true, .unpaged = true))},
    {HTTP_POST, "/api/v1/user-groups/preview", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WORK, group_preview,
	   DOC("previewUserGroup", "Whom a user group would have, before it is saved",
	       .in = preview_input_json, .out = group_preview_json, .noun = "UserGroupPreview",
	       .text = "What saving would refuse is refused. Counted now, over everybody and every "
		       "device that is there. Samples have the first 20.",
	       .errors = ERROR(ERR_UNPROCESSABLE) | ERROR(ERR_NOT_FOUND)))},
    {HTTP_GET, "/api/v1/user-groups/{id}",
     ROUTE(ROLES_ALL, ROUTE_WORK, group_get,
	   DOC("getUserGroup", "One user group", NOUN, .etag = true, .live = true))},
    {HTTP_PUT, "/api/v1/user-groups/{id}", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, group_change,
	   DOC("changeUserGroup", "Change a user group", NOUN, .in = group_json, .etag = true,
	       .waits = "A second administrator has to confirm it: `proposal`; the group is as it "
			"was",
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_DELETE, "/api/v1/user-groups/{id}",
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, group_remove,
	   DOC("removeUserGroup", "Remove a user group that nothing names", .status = 204,
	       .etag = true, .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table group_routes = ROUTE_TABLE(routes);
