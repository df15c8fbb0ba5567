#include "flow/policy_version.h"

#include <string.h>

#include "base/text.h"
#include "flow/snapshots.h"
#include "store/group.h"
#include "store/person.h"
#include "store/workflow.h"

#define SHOWN 5 /* of what is missing, in a sentence */

const char *const flow_policy_whys[] = {"gone", "departed", "broken", NULL};
enum why { GONE, DEPARTED, BROKEN };

bool flow_policy_version(struct flow *f, int64_t version, struct flow_policy_version *out,
			 struct err *e)
{
	*out = (struct flow_policy_version){.row = {.names = ""}};
	if (version == 0) {
		policy_default(&out->policy);
		return true;
	}
	if (!store_policy_get(f->db, f->arena, version, &out->row, e))
		return false;
	if (!policy_read(f->arena, out->row.body, strlen(out->row.body), &out->policy, e))
		return err_add(e, "stored policy %lld", (long long)version);
	out->policy.version = version;
	return true;
}

/* --- names as they were --- */

struct named {
	const char *id, *name;
};

struct names {
	struct json_list items; /* of struct named */
};

static const struct json_field named_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct named, id), .required = true},
    {"name", JSON_FIELD_TEXT, offsetof(struct named, name), .required = true},
    {0}};

#define MAX_NAMES (POLICY_MAX_GROUPS + 2)

static const struct json_field names_json[] = {
    {"names", JSON_FIELD_ARRAY, offsetof(struct names, items), .required = true, .max = MAX_NAMES,
     .fields = named_json, .size = sizeof(struct named)},
    {0}};

static bool workflow_name(struct flow *f, const char *id, const char **name, bool *broken,
			  struct err *e)
{
	struct store_workflow w;

	*name = NULL;
	if (!store_workflow_get(f->db, f->arena, id, &w, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
		return true;
	}
	*name = w.name;
	*broken = text_equal(w.state, "broken");
	return true;
}

bool flow_policy_names(struct flow *f, const struct policy *p, const char **out, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const char *const *groups = p->groups.items;
	const char *const workflows[] = {p->workflow, p->builtin_workflow};
	struct named *all = arena_array(f->arena, p->groups.count + 2, sizeof(*all));
	size_t n = 0;
	bool broken;

	for (size_t i = 0; i < p->groups.count; i++, n++) {
		all[n].id = groups[i];
		if (!store_group_name(f->db, f->arena, groups[i], &all[n].name, e))
			return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(workflows); i++) {
		if (workflows[i] == NULL)
			continue;
		all[n].id = workflows[i];
		if (!workflow_name(f, workflows[i], &all[n++].name, &broken, e))
			return false;
	}
	json_write(&w, NULL, names_json, &(struct names){{all, n}});
	*out = arena_dup_n(f->arena, text.data, text.len);
	return true;
}

static const char *name_then(struct flow *f, const struct flow_policy_version *v, const char *id)
{
	struct names names = {0};
	const struct named *all;
	struct err e = {0};

	/* Ours: what is not read has no names. */
	if (*v->row.names == '\0' ||
	    !json_read_text(f->arena, v->row.names, strlen(v->row.names), names_json, &names, &e))
		return NULL;
	all = names.items.items;
	for (size_t i = 0; i < names.items.count; i++) {
		if (text_equal(all[i].id, id))
			return all[i].name;
	}
	return NULL;
}

/* --- what an id stands for --- */

struct meaning {
	const char *name;   /* NULL: it is not there */
	const char *source; /* of a person */
	bool departed, broken;
};

static bool look_up(struct flow *f, enum policy_kind kind, const char *id, struct meaning *out,
		    struct err *e)
{
	struct store_person p;

	*out = (struct meaning){0};
	if (kind == POLICY_KIND_GROUPS)
		return store_group_name(f->db, f->arena, id, &out->name, e);
	if (kind == POLICY_KIND_WORKFLOW)
		return workflow_name(f, id, &out->name, &out->broken, e);
	if (!store_person_get(f->db, f->arena, id, &p, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
		return true;
	}
	*out = (struct meaning){.name = p.name, .source = p.source_name, .departed = p.departed};
	return true;
}

/* --- what differs --- */

struct naming {
	struct flow *flow;
	const struct flow_policy_version *before, *after;
};

static bool name_value(void *arg, enum policy_kind kind, struct policy_value *v, struct err *e)
{
	struct naming *n = arg;
	struct meaning m;

	if (kind != POLICY_KIND_GROUPS && kind != POLICY_KIND_PEOPLE &&
	    kind != POLICY_KIND_WORKFLOW)
		return true;
	if (!look_up(n->flow, kind, v->value, &m, e))
		return false;
	v->gone = m.name == NULL || m.departed;
	v->name = m.name;
	v->source = m.source;
	if (v->name == NULL)
		v->name = name_then(n->flow, n->after, v->value);
	if (v->name == NULL)
		v->name = name_then(n->flow, n->before, v->value);
	return true;
}

bool flow_policy_diff(struct flow *f, const struct flow_policy_version *before,
		      const struct flow_policy_version *after, struct json_list *out, struct err *e)
{
	struct naming n = {f, before, after};

	*out = policy_diff(f->arena, &before->policy, &after->policy);
	return policy_diff_values(out, name_value, &n, e);
}

/* --- an old one again --- */

static bool has(const struct json_list *list, const char *id)
{
	const char *const *ids = list->items;

	for (size_t i = 0; i < list->count; i++) {
		if (text_equal(ids[i], id))
			return true;
	}
	return false;
}

/* v's against everything that is: what the present policy has may stay in it, whatever became of it. */
struct search {
	struct flow *flow;
	const struct flow_policy_version *version;
	struct policy now;
	struct flow_policy_missing *items;
	size_t count;
};

static bool is_chosen(const struct policy *now, enum policy_kind kind, const char *id)
{
	if (kind == POLICY_KIND_PEOPLE)
		return has(&now->whitelist, id);
	return text_equal(now->workflow, id) || text_equal(now->builtin_workflow, id);
}

static bool look_at(struct search *s, enum policy_kind kind, const char *field, const char *id,
		    struct err *e)
{
	struct meaning m;
	enum why why;

	if (id == NULL)
		return true;
	if (!look_up(s->flow, kind, id, &m, e))
		return false;
	why = m.name == NULL ? GONE : m.departed ? DEPARTED : BROKEN;
	if (m.name != NULL && ((!m.departed && !m.broken) || is_chosen(&s->now, kind, id)))
		return true;
	s->items[s->count++] = (struct flow_policy_missing){
	    .field = field,
	    .id = id,
	    .name = m.name != NULL ? m.name : name_then(s->flow, s->version, id),
	    .why = flow_policy_whys[why]};
	return true;
}

static bool look_at_list(struct search *s, enum policy_kind kind, const char *field,
			 const struct json_list *list, struct err *e)
{
	const char *const *ids = list->items;

	for (size_t i = 0; i < list->count; i++) {
		if (!look_at(s, kind, field, ids[i], e))
			return false;
	}
	return true;
}

bool flow_policy_missing(struct flow *f, const struct flow_policy_version *v, struct json_list *out,
			 struct err *e)
{
	const struct policy *p = &v->policy;
	struct search s = {.flow = f, .version = v};

	s.items = arena_array(f->arena, p->groups.count + p->whitelist.count + 2, sizeof(*s.items));
	if (!flow_policy_get(f->db, f->arena, &s.now, e) ||
	    !look_at_list(&s, POLICY_KIND_GROUPS, "scope.groups", &p->groups, e) ||
	    !look_at_list(&s, POLICY_KIND_PEOPLE, "whitelist", &p->whitelist, e) ||
	    !look_at(&s, POLICY_KIND_WORKFLOW, "filing.workflow", p->workflow, e) ||
	    !look_at(&s, POLICY_KIND_WORKFLOW, "filing.builtin_workflow", p->builtin_workflow, e))
		return false;
	*out = (struct json_list){s.items, s.count};
	return true;
}

/* "scope.groups: 财务 (gone), whitelist: 李华 (departed)". */
static const char *sentence(struct arena *a, const struct json_list *missing)
{
	const struct flow_policy_missing *all = missing->items;
	const char *out = "";

	for (size_t i = 0; i < missing->count && i < SHOWN; i++)
		out = arena_printf(a, "%s%s%s: %s (%s)", out, i > 0 ? ", " : "", all[i].field,
				   all[i].name != NULL ? all[i].name : all[i].id, all[i].why);
	if (missing->count > SHOWN)
		out = arena_printf(a, "%s and %zu more", out, missing->count - SHOWN);
	return out;
}

static struct json_list those_left(struct arena *a, const struct json_list *from,
				   const struct json_list *missing)
{
	const struct flow_policy_missing *all = missing->items;
	const char *const *ids = from->items;
	const char **left = arena_array(a, from->count, sizeof(*left));
	size_t n = 0;

	for (size_t i = 0; i < from->count; i++) {
		size_t k = 0;

		while (k < missing->count && !text_equal(all[k].id, ids[i]))
			k++;
		if (k == missing->count)
			left[n++] = ids[i];
	}
	return (struct json_list){left, n};
}

static void leave_out(struct arena *a, const struct json_list *missing, struct policy *p)
{
	const struct flow_policy_missing *all = missing->items;

	p->groups = those_left(a, &p->groups, missing);
	p->whitelist = those_left(a, &p->whitelist, missing);
	for (size_t i = 0; i < missing->count; i++) {
		if (text_equal(all[i].id, p->workflow))
			p->workflow = NULL;
		if (text_equal(all[i].id, p->builtin_workflow))
			p->builtin_workflow = NULL;
	}
}

bool flow_policy_again(struct flow *f, const struct flow_policy_version *v, bool without,
		       struct policy *out, struct err *e)
{
	struct json_list missing;

	if (!flow_policy_missing(f, v, &missing, e))
		return false;
	*out = v->policy;
	if (missing.count == 0)
		return true;
	if (!without)
		return err_set(e, ERR_UNPROCESSABLE,
			       "Version %lld names what cannot be chosen now: %s. It can be "
			       "restored without them.",
			       (long long)v->row.version, sentence(f->arena, &missing));
	leave_out(f->arena, &missing, out);
	return out->everyone || out->groups.count > 0 || v->policy.groups.count == 0 ||
	       err_set(e, ERR_UNPROCESSABLE,
		       "None of the user groups of version %lld is there any more: without them "
		       "nobody would be covered.",
		       (long long)v->row.version);
}
