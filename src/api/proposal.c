/* Changes of the policy, or of what it rests on, that a second administrator confirms. */
#include "flow/proposal.h"

#include <string.h>

#include "base/text.h"
#include "flow/group_preview.h"
#include "flow/policy_preview.h"
#include "flow/policy_version.h"
#include "flow/snapshots.h"
#include "web/request.h"
#include "api/policy.h"
#include "api/routes.h"
#include "store/group.h"
#include "store/proposal.h"
#include "web/server.h"

#define MAX_BODY 8192
#define READERS (ROLES_CHANGE | ROLE_AUDITOR)

static const char *const subjects[] = {PROPOSAL_POLICY, PROPOSAL_GROUP, PROPOSAL_SETTINGS, NULL};
static const char *const states[] = {PROPOSAL_OPEN,
				     PROPOSAL_CONFIRMED,
				     PROPOSAL_REFUSED,
				     PROPOSAL_WITHDRAWN,
				     PROPOSAL_EXPIRED,
				     PROPOSAL_STALE,
				     NULL};

struct ended {
	const char *by, *comment;
	int64_t at_ms;
};

static const struct json_field ended_json[] = {
    {"by", JSON_FIELD_TEXT, offsetof(struct ended, by), .example = "孙立"},
    {"at_ms", JSON_FIELD_I64, offsetof(struct ended, at_ms)},
    {"comment", JSON_FIELD_TEXT, offsetof(struct ended, comment), .example = "Not before Monday"},
    {0}};

struct view {
	struct store_proposal stored;
	struct json_list changed, whys;
	const struct ended *ended;
	bool may_decide;
	/* Of one alone. */
	const struct policy_body *policy;
	struct json_list changes;
	const struct flow_policy_preview *preview;
	const struct group_body *group;
	const struct flow_group_preview *group_preview;
	const struct flow_guard *settings, *settings_now;
	const char *obstacle;
};

#define VIEW(member) offsetof(struct view, member)

#define SHORT_VIEW                                                                                 \
	{"id", JSON_FIELD_TEXT, VIEW(stored.id), .format = JSON_ID},                               \
	    {"state", JSON_FIELD_TEXT, VIEW(stored.state), .words = states,                        \
	     .doc = "expired: nobody confirmed it within 7 days; stale: the policy changed "       \
		    "meanwhile, or the user group or the settings that it is about"},              \
	    {"subject", JSON_FIELD_TEXT, VIEW(stored.subject), .words = subjects,                  \
	     .doc = "what it changes"},                                                            \
	    {"user_group", JSON_FIELD_TEXT, VIEW(stored.group), .format = JSON_ID,                 \
	     .nullable = true},                                                                    \
	    {"base", JSON_FIELD_I64, VIEW(stored.base),                                            \
	     .doc =                                                                                \
		 "the version of the policy that it was made from, or updated_ms of the group; "   \
		 "0 for settings",                                                                 \
	     .example = "6"},                                                                      \
	    {"changed",                                                                            \
	     JSON_FIELD_ARRAY,                                                                     \
	     VIEW(changed),                                                                        \
	     .max = POLICY_MAX_CHANGES,                                                            \
	     .words = policy_fields,                                                               \
	     .doc = "fields"},                                                                     \
	    {"second_person",                                                                      \
	     JSON_FIELD_ARRAY,                                                                     \
	     VIEW(whys),                                                                           \
	     .max = POLICY_SECOND_MAX_WHYS,                                                        \
	     .words = policy_second_whys,                                                          \
	     .doc = "why it has to be confirmed"},                                                 \
	    {"restored_from",                                                                      \
	     JSON_FIELD_I64,                                                                       \
	     VIEW(stored.restored_from),                                                           \
	     .nullable = true,                                                                     \
	     .doc = "the version that it repeats",                                                 \
	     .example = "3"},                                                                      \
	    {"created_by", JSON_FIELD_TEXT, VIEW(stored.created_by), .example = "陈安"},           \
	    {"created_ms", JSON_FIELD_I64, VIEW(stored.created_ms)},                               \
	    {"expires_ms", JSON_FIELD_I64, VIEW(stored.expires_ms)},                               \
	    {"may_decide", JSON_FIELD_BOOL, VIEW(may_decide),                                      \
	     .doc = "it is open, and who asks may confirm or refuse it"},                          \
	    {"ended",                                                                              \
	     JSON_FIELD_POINTER,                                                                   \
	     VIEW(ended),                                                                          \
	     .fields = ended_json,                                                                 \
	     .size = sizeof(struct ended),                                                         \
	     .nullable = true},                                                                    \
	{                                                                                          \
		"version", JSON_FIELD_I64, VIEW(stored.version),                                   \
		    .nullable = true, .doc = "of the policy, once it is confirmed", .example = "7" \
	}

static const struct json_field short_json[] = {SHORT_VIEW, {0}};
static const struct json_field view_json[] = {
    SHORT_VIEW,
    {"policy", JSON_FIELD_POINTER, VIEW(policy), .fields = policy_json,
     .size = sizeof(struct policy_body), .nullable = true,
     .doc = "as it would be; null: it is about something else"},
    {"changes", JSON_FIELD_ARRAY, VIEW(changes), .fields = policy_change_json,
     .size = sizeof(struct policy_change), .doc = "against the version that it was made from"},
    {"preview", JSON_FIELD_POINTER, VIEW(preview), .fields = policy_preview_json,
     .size = sizeof(struct flow_policy_preview), .nullable = true,
     .doc = "what it would change now; null once it has ended, or of another subject"},
    {"group", JSON_FIELD_POINTER, VIEW(group), .fields = group_json,
     .size = sizeof(struct group_body), .nullable = true, .doc = "as it would be"},
    {"group_preview", JSON_FIELD_POINTER, VIEW(group_preview), .fields = group_preview_json,
     .size = sizeof(struct flow_group_preview), .nullable = true,
     .doc = "what that would change now; null once it has ended"},
    {"settings", JSON_FIELD_POINTER, VIEW(settings), .fields = flow_guard_json,
     .size = sizeof(struct flow_guard), .nullable = true, .doc = "as they would be"},
    {"settings_now", JSON_FIELD_POINTER, VIEW(settings_now), .fields = flow_guard_json,
     .size = sizeof(struct flow_guard), .nullable = true, .doc = "null once it has ended"},
    {"obstacle", JSON_FIELD_TEXT, VIEW(obstacle), .nullable = true, .says = "error",
     .doc = "why it could not be saved now, whoever confirms it",
     .example = "scope.groups[0]: is not there (any more)"},
    {0}};

static struct party party_of(const struct request *r)
{
	return (struct party){r->caller.account, r->caller.person};
}

static bool is_open(const struct store_proposal *p)
{
	return text_equal(p->state, PROPOSAL_OPEN);
}

static struct view view_of(struct request *r, const struct store_proposal *p)
{
	const struct party by = party_of(r), maker = {p->creator_account, p->creator_person};
	struct ended *ended = is_open(p) ? NULL : arena_new(r->arena, struct ended);

	if (ended != NULL)
		*ended = (struct ended){p->ended_by, p->comment, p->ended_ms};
	return (struct view){.stored = *p,
			     .changed = request_split(r, p->changed, " "),
			     .whys = request_split(r, p->whys, " "),
			     .ended = ended,
			     .may_decide = is_open(p) && (r->caller.role & ROLES_CHANGE) != 0 &&
					   party_refusal(&by, &maker) == NULL};
}

struct query {
	const char *state;
};

static const struct json_field list_query[] = {
    {"state", JSON_FIELD_TEXT, offsetof(struct query, state), .words = states}, {0}};

static bool proposal_list(struct request *r, struct err *e)
{
	struct query q = {0};
	struct store_proposal *rows;
	struct store_page page;
	struct view *views;
	size_t count;

	if (!request_unlimited(r, e) || !request_query(r, &q, e) || !request_page(r, &page, e) ||
	    !store_proposal_list(r->db, r->arena,
				 &(struct store_proposal_filter){q.state, page.cursor, page.limit},
				 &rows, &count, e))
		return false;
	views = arena_array(r->arena, count, sizeof(*views));
	for (size_t i = 0; i < count; i++)
		views[i] = view_of(r, &rows[i]);
	request_list(r, views, count, sizeof(*views), &page);
	return true;
}

/* Whether it can be saved may have changed since it was made. */
static bool obstacle(struct flow *f, struct view *v, struct err *e)
{
	if (e->code != ERR_UNPROCESSABLE && e->code != ERR_NOT_FOUND)
		return false;
	v->obstacle = arena_dup(f->arena, e->text);
	err_clear(e);
	return true;
}

static bool fill_policy(struct flow *f, struct view *v, struct err *e)
{
	struct flow_policy_preview *preview = arena_new(f->arena, struct flow_policy_preview);
	struct flow_policy_version before, after = {.row = {.names = v->stored.names}};
	struct policy_body *body = arena_new(f->arena, struct policy_body);

	if (!flow_policy_version(f, v->stored.base, &before, e) ||
	    !policy_read(f->arena, v->stored.body, strlen(v->stored.body), &after.policy, e) ||
	    !flow_policy_diff(f, &before, &after, &v->changes, e))
		return false;
	*body = policy_body(&after.policy);
	v->policy = body;
	if (!is_open(&v->stored))
		return true;
	if (!flow_policy_preview(f, &body->policy, preview, e))
		return obstacle(f, v, e);
	v->preview = preview;
	return true;
}

static bool fill_group(struct flow *f, struct view *v, struct err *e)
{
	struct flow_group_preview *preview = arena_new(f->arena, struct flow_group_preview);
	struct group_body *body = arena_new(f->arena, struct group_body);
	struct group was, g;

	if (!group_read(f->arena, v->stored.body, strlen(v->stored.body), &g, e))
		return false;
	g.id = v->stored.group;
	*body = group_body(f->arena, &g);
	v->group = body;
	if (!is_open(&v->stored))
		return true;
	if (!store_group_get(f->db, f->arena, g.id, &was, e) ||
	    !flow_group_preview(f, &was, &g, preview, e))
		return obstacle(f, v, e);
	v->group_preview = preview;
	return true;
}

static bool fill_settings(struct flow *f, struct view *v, struct err *e)
{
	struct flow_guard *now = arena_new(f->arena, struct flow_guard);
	struct flow_guard *to = arena_new(f->arena, struct flow_guard);

	if (!json_read_text(f->arena, v->stored.body, strlen(v->stored.body), flow_guard_json, to,
			    e) ||
	    !flow_guard_get(f, now, e))
		return false;
	v->settings = to;
	v->settings_now = is_open(&v->stored) ? now : NULL;
	return true;
}

static bool fill(struct flow *f, struct view *v, struct err *e)
{
	if (text_equal(v->stored.subject, PROPOSAL_GROUP))
		return fill_group(f, v, e);
	return text_equal(v->stored.subject, PROPOSAL_SETTINGS) ? fill_settings(f, v, e)
								: fill_policy(f, v, e);
}

static int64_t version_of(const struct store_proposal *p)
{
	return is_open(p) ? 1 : 2;
}

static bool proposal_read(struct request *r, struct err *e)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	struct flow f = request_flow(r);
	struct store_proposal p;
	struct view v;
	bool ok;

	f.snapshot = snapshot;
	ok = request_unlimited(r, e) && store_proposal_get(r->db, r->arena, r->args[0], &p, e);
	if (ok) {
		v = view_of(r, &p);
		ok = fill(&f, &v, e);
	}
	snapshots_give(r->server->snapshots, snapshot);
	if (!ok)
		return false;
	request_etag(r, version_of(&p));
	request_answer(r, &v);
	return true;
}

static bool match(struct request *r, struct err *e)
{
	struct store_proposal p;

	return store_proposal_get(r->db, r->arena, r->args[0], &p, e) &&
	       request_if_match(r, version_of(&p), e);
}

static bool answer(struct request *r, struct err *e)
{
	struct store_proposal p;
	struct view v;

	if (!store_proposal_get(r->db, r->arena, r->args[0], &p, e))
		return false;
	v = view_of(r, &p);
	request_etag(r, version_of(&p));
	request_answer(r, &v);
	return true;
}

static bool proposal_confirm(struct request *r, struct err *e)
{
	const struct party by = party_of(r);
	struct flow f = request_flow(r);

	return match(r, e) && flow_proposal_confirm(&f, &by, r->args[0], e) && answer(r, e);
}

struct refusal {
	const char *comment;
};

static const struct json_field refusal_json[] = {
    {"comment", JSON_FIELD_TEXT, offsetof(struct refusal, comment),
     .max = FLOW_PROPOSAL_MAX_COMMENT, .doc = "for who made it", .example = "Not before Monday"},
    {0}};

static bool proposal_refuse(struct request *r, struct err *e)
{
	const struct party by = party_of(r);
	struct refusal in = {.comment = ""};
	struct flow f = request_flow(r);

	if (!request_read(r, &in, e))
		return false;
	if (!text_printable(in.comment, true))
		return err_set(e, ERR_INVALID, "comment: must not hold control characters");
	return match(r, e) && flow_proposal_refuse(&f, &by, r->args[0], in.comment, e) &&
	       answer(r, e);
}

static bool proposal_withdraw(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);

	return match(r, e) && flow_proposal_withdraw(&f, r->args[0], e) && answer(r, e);
}

#define ENDS .out = short_json, .noun = "PolicyProposalSummary", .etag = true

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/policy/proposals",
     ROUTE(
	 READERS, ROUTE_READ, proposal_list,
	 DOC("listPolicyProposals",
	     "Changes that two people make, of the policy or of what it rests on, the newest first",
	     .query = list_query, .out = short_json, .noun = "PolicyProposalSummary",
	     .list = true))},
    {HTTP_GET, "/api/v1/policy/proposals/{id}",
     ROUTE(READERS, ROUTE_WORK, proposal_read,
	   DOC("getPolicyProposal", "One of them, and what it would change", .out = view_json,
	       .noun = "PolicyProposal", .etag = true, .live = true))},
    {HTTP_POST, "/api/v1/policy/proposals/{id}/confirm", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, proposal_confirm,
	   DOC("confirmPolicyProposal", "Save it, as the second person", ENDS,
	       .text = "Not by the account that made it, nor by its tokens.",
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_POST, "/api/v1/policy/proposals/{id}/refuse", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, proposal_refuse,
	   DOC("refusePolicyProposal", "Refuse it, as the second person", ENDS, .in = refusal_json,
	       .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_POST, "/api/v1/policy/proposals/{id}/withdraw", MAX_BODY,
     ROUTE(
	 ROLES_CHANGE, ROUTE_WRITE, proposal_withdraw,
	 DOC("withdrawPolicyProposal", "Withdraw one's own", ENDS, .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table proposal_routes = ROUTE_TABLE(routes);
