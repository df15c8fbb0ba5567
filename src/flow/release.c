#include "flow/release.h"

#include <stdlib.h>
#include <string.h>

#include "base/failpoint.h"
#include "base/id.h"
#include "base/text.h"
#include "flow/grant.h"
#include "flow/instance.h"
#include "flow/record.h"
#include "flow/request.h"
#include "flow/snapshots.h"
#include "model/device.h"
#include "model/form.h"
#include "model/instance.h"
#include "model/party.h"
#include "store/applicant.h"
#include "store/department.h"
#include "store/device.h"
#include "store/grant.h"
#include "store/instance.h"
#include "store/rows.h"
#include "store/setting.h"
#include "store/taken.h"

#define CHANNEL "release"
#define HOURS_A_DAY 24

/* --- choosing --- */

struct search {
	struct flow *flow;
	const struct flow_release_order *order;
	struct snapshot_set *scope;       /* NULL: everybody's devices */
	struct snapshot_set *departments; /* of the filter; NULL: none given */
	struct flow_release_choice *out;
	const char *creator; /* person */
};

static bool in_groups(const struct search *s, const char *person)
{
	const struct json_list *groups = &s->order->filter->groups;
	const char *const *ids = groups->items;

	for (size_t i = 0; i < groups->count; i++) {
		if (snapshot_in_group(s->flow->snapshot, ids[i], person))
			return true;
	}
	return groups->count == 0;
}

static bool fits_filter(const struct search *s, const struct store_release_candidate *c)
{
	const struct release_candidate plain = {
	    .name = c->name,
	    .os = c->os,
	    .client_version = c->client_version,
	    .owner = c->owner,
	    .presence = device_presence(c->last_seen_ms, s->flow->now_ms, s->order->online_ms)};

	return release_filter_fits(s->order->filter, &plain) &&
	       (s->departments == NULL || snapshot_set_has(s->departments, c->owner)) &&
	       in_groups(s, c->owner);
}

static void keep(struct search *s, const struct store_release_candidate *c)
{
	struct arena *a = s->flow->arena;
	struct flow_release_choice *out = s->out;

	out->devices = rows_grow(a, out->devices, out->count, sizeof(*out->devices));
	out->devices[out->count++] = (struct flow_release_chosen){
	    .id = arena_dup(a, c->id),
	    .name = arena_dup(a, c->name),
	    .owner = arena_dup(a, c->owner),
	    .owner_name = arena_dup(a, c->owner_name),
	    .why = release_refusal(a, &(struct release_subject){.state = c->state,
								.owner = c->owner,
								.selected_owner = c->owner,
								.creator = s->creator})};
}

static void see(void *arg, const struct store_release_candidate *c)
{
	struct search *s = arg;

	if (s->scope != NULL && !snapshot_set_has(s->scope, c->owner))
		return;
	if (s->order->csv != NULL) {
		if (device_list_see(&s->out->list, &(struct device_named){c->id, c->name, c->macs}))
			keep(s, c);
		return;
	}
	if (s->order->filter != NULL && !fits_filter(s, c))
		return;
	if (s->order->filter != NULL && !text_equal(c->state, STORE_DEVICE_ACTIVE))
		s->out->unfit++;
	else
		keep(s, c);
}

static int compare_devices(const void *x, const void *y)
{
	const struct flow_release_chosen *a = x, *b = y;

	return strcmp(a->id, b->id);
}

/* Of all that a line fits only those that one line alone means. They were seen in the order of their
 * ids. */
static void end_list(struct search *s)
{
	struct flow_release_choice *out = s->out;
	struct device_list *list = &out->list;
	const char **ids = arena_array(s->flow->arena, list->count, sizeof(*ids));
	size_t n = device_list_end(s->flow->arena, list, ids);
	struct flow_release_chosen *devices = arena_array(s->flow->arena, n, sizeof(*out->devices));

	for (size_t i = 0; i < n; i++)
		devices[i] = *(struct flow_release_chosen *)bsearch(
		    &(struct flow_release_chosen){.id = ids[i]}, out->devices, out->count,
		    sizeof(*out->devices), compare_devices);
	for (size_t i = 0; i < list->count; i++)
		out->left_out += list->lines[i].end != DEVICE_LINE_FOUND &&
				 list->lines[i].end != DEVICE_LINE_REPEATED;
	out->devices = devices;
	out->count = n;
}

/* Everybody in these departments or below. */
static struct snapshot_set *people_of(struct flow *f, const char *const *departments, size_t count)
{
	struct rule *rules = arena_array(f->arena, count, sizeof(*rules));

	for (size_t i = 0; i < count; i++)
		rules[i] = (struct rule){RULE_DEPARTMENT, RULE_EQUAL, departments[i]};
	return snapshot_set_new(f->snapshot, f->arena,
				&(struct group){.rules = rules, .rule_count = count});
}

static bool check_filter(struct flow *f, const struct release_filter *filter, struct err *e)
{
	const char *const *departments = filter->departments.items;
	const char *const *groups = filter->groups.items;
	bool known;

	if (release_filter_empty(filter))
		return err_set(e, ERR_UNPROCESSABLE,
			       "filter: needs a condition; without one it would be every device.");
	for (size_t i = 0; i < filter->departments.count; i++) {
		if (!store_department_exists(f->db, departments[i], &known, e))
			return false;
		if (!known)
			return err_set(e, ERR_UNPROCESSABLE,
				       "filter.departments[%zu]: there is no such department.", i);
	}
	for (size_t i = 0; i < filter->groups.count; i++) {
		if (snapshot_members(f->snapshot, groups[i]) < 0)
			return err_set(e, ERR_UNPROCESSABLE,
				       "filter.groups[%zu]: there is no such user group.", i);
	}
	return true;
}

static bool check_order(struct flow *f, const struct flow_release_order *o, struct err *e)
{
	const char *package = o->package == NULL ? POLICY_CLIENT : o->package;
	const char *reason;

	if ((o->device != NULL) + (o->filter != NULL) + (o->csv != NULL) != 1)
		return err_set(e, ERR_UNPROCESSABLE,
			       "One of device, filter and csv says which devices.");
	if (o->days < RELEASE_MIN_DAYS || o->days > RELEASE_MAX_DAYS)
		return err_set(e, ERR_UNPROCESSABLE, "days: must be from %d to %d.",
			       RELEASE_MIN_DAYS, RELEASE_MAX_DAYS);
	if (!reason_check(arena_dup(f->arena, o->reason), &reason, e))
		return false;
	if (!policy_protects(snapshot_policy(f->snapshot), package))
		return err_set(e, ERR_UNPROCESSABLE, "The package %s is not protected.", package);
	return o->filter == NULL || check_filter(f, o->filter, e);
}

static const char *creator_of(const struct flow_releaser *by)
{
	return by->account != NULL ? by->account : by->token;
}

static bool needs_second(struct flow *f, const struct flow_releaser *by,
			 struct flow_release_choice *c, struct err *e)
{
	int64_t since_ms = f->now_ms - RELEASE_ALONE_MS, before, taken;

	if (!flow_release_threshold(f, &c->threshold, e) ||
	    !store_release_alone(f->db, by->account, since_ms, &before, e) ||
	    !store_taken_alone(f->db, by->account, "", since_ms, &taken, e))
		return false;
	c->second = before + taken + (int64_t)c->count > c->threshold;
	return true;
}

static bool check_count(const struct flow_release_order *o, const struct flow_release_choice *c,
			struct err *e)
{
	if (c->count == 0 && o->csv != NULL)
		return true;
	if (c->count == 0)
		return err_set(e, ERR_UNPROCESSABLE,
			       o->device != NULL ? "device: there is no device with this id."
						 : "filter: no device fits.");
	if (c->count > RELEASE_MAX_DEVICES)
		return err_set(e, ERR_UNPROCESSABLE,
			       "These are %zu devices; a release has at most %d.", c->count,
			       RELEASE_MAX_DEVICES);
	return true;
}

bool flow_release_choose(struct flow *f, const struct flow_releaser *by,
			 const struct flow_release_order *o, struct flow_release_choice *out,
			 struct err *e)
{
	struct search s = {.flow = f, .order = o, .out = out, .creator = by->person};

	*out = (struct flow_release_choice){0};
	if (!check_order(f, o, e) ||
	    (o->csv != NULL && !device_list_read(f->arena, o->csv, &out->list, e)))
		return false;
	if (by->department_count > 0)
		s.scope = people_of(f, by->departments, by->department_count);
	if (o->filter != NULL && o->filter->departments.count > 0)
		s.departments =
		    people_of(f, o->filter->departments.items, o->filter->departments.count);
	if (!store_release_each(f->db, o->device, see, &s, e))
		return false;
	if (o->csv != NULL)
		end_list(&s);
	return check_count(o, out, e) && needs_second(f, by, out, e);
}

/* --- beginning --- */

static const char *json_of(struct flow *f, const struct json_field *fields, const void *in)
{
	AUTO(buf_done) struct buf b = {0};
	struct json_writer w = {.out = &b};

	json_write(&w, NULL, fields, in);
	return arena_dup_n(f->arena, b.data, b.len);
}

struct release_lines flow_release_left_out(struct arena *a, const struct flow_release_choice *c)
{
	struct release_line *lines = arena_array(a, c->list.count, sizeof(*lines));
	size_t n = 0;

	for (size_t i = 0; i < c->list.count; i++) {
		const struct device_line *l = &c->list.lines[i];

		if (l->end != DEVICE_LINE_FOUND)
			lines[n++] =
			    (struct release_line){l->line, l->text, device_line_end_name(l->end)};
	}
	return (struct release_lines){{lines, n}};
}

static bool record(struct flow *f, const char *kind, const char *id, const char *text,
		   struct err *e)
{
	return flow_event(
	    f,
	    &(struct flow_event){.kind = kind, .object = "release", .object_id = id, .text = text},
	    e);
}

static bool add(struct flow *f, const struct flow_releaser *by, const struct flow_release_order *o,
		const struct flow_release_choice *c, struct store_release *r, struct err *e)
{
	const char **ids = arena_array(f->arena, c->count, sizeof(*ids));
	const struct release_selection selection = {.by = o->device != NULL   ? "device"
							  : o->filter != NULL ? "filter"
									      : "list",
						    .filter = o->filter};
	const struct release_lines left_out = flow_release_left_out(f->arena, c);

	for (size_t i = 0; i < c->count; i++)
		ids[i] = c->devices[i].id;
	*r = (struct store_release){
	    .id = r->id,
	    .state = release_state_name(c->second ? RELEASE_UNCONFIRMED : RELEASE_ISSUING),
	    .package = o->package == NULL ? POLICY_CLIENT : o->package,
	    .days = o->days,
	    .selection = json_of(f, release_selection_json, &selection),
	    .left_out = json_of(f, release_lines_json, &left_out),
	    .created_ms = f->now_ms,
	    .created_by = by->name,
	    .creator = creator_of(by),
	    .creator_account = by->account,
	    .creator_person = by->person,
	    .expires_ms = c->second ? f->now_ms + RELEASE_CONFIRM_MS : 0};
	return reason_check(arena_dup(f->arena, o->reason), &r->reason, e) &&
	       store_release_add(f->db, r, e) &&
	       store_release_select(f->db, r->id, ids, c->count, &r->total, e);
}

bool flow_release_add(struct flow *f, const struct flow_releaser *by,
		      const struct flow_release_order *o, const char **id, struct err *e)
{
	char *fresh = arena_alloc(f->arena, ID_SIZE);
	struct store_release r = {.id = fresh};
	struct flow_release_choice c;

	id_new(fresh);
	if (!store_release_one_by_one(f->db, e) || !flow_release_choose(f, by, o, &c, e))
		return false;
	if (c.left_out > 0 && !o->without_left_out)
		return err_set(e, ERR_UNPROCESSABLE,
			       "csv: %zu lines name no device, or more than one; the preview says "
			       "which. Correct them, or ask for the release without them.",
			       c.left_out);
	if (c.count == 0)
		return err_set(e, ERR_UNPROCESSABLE, "csv: no line names a device.");
	if (!add(f, by, o, &c, &r, e))
		return false;
	failpoint("release-added");
	*id = r.id;
	return flow_event(
	    f,
	    &(struct flow_event){
		.kind = "release-created",
		.object = "release",
		.object_id = r.id,
		.detail = r.selection,
		.text =
		    arena_printf(f->arena, "%s of %lld devices for %lld days%s: %s", r.package,
				 (long long)r.total, (long long)r.days,
				 c.second ? ", to be confirmed by a second person" : "", r.reason)},
	    e);
}

bool flow_release_threshold(struct flow *f, int64_t *out, struct err *e)
{
	const char *text;

	*out = RELEASE_THRESHOLD;
	if (!store_setting_get(f->db, f->arena, SETTING_RELEASE_THRESHOLD, &text, e))
		return false;
	if (text != NULL && !text_i64(text, 0, RELEASE_MAX_THRESHOLD, out))
		return err_set(e, ERR_INTERNAL, "the setting %s is not a number",
			       SETTING_RELEASE_THRESHOLD);
	return true;
}

/* --- what happens to it --- */

/* r has who and when already. *moved false: nothing happened. */
static bool happen(struct flow *f, struct store_release *r, enum release_event event, bool *moved,
		   struct err *e)
{
	const char *before = r->state;
	enum release_state from;
	struct release_step step;

	*moved = false;
	if (!release_state_from(r->state, &from))
		return err_set(e, ERR_INTERNAL, "release %s has the unknown state %s", r->id,
			       r->state);
	step = release_step(from, event);
	if ((step.effects & RELEASE_REFUSE) != 0)
		return err_set(e, ERR_CONFLICT, "It is too late: the release is %s.", r->state);
	if (step.to == from)
		return true;
	r->state = release_state_name(step.to);
	if (!store_release_change(f->db, r, before, moved, e))
		return false;
	if (!*moved)
		return err_set(e, ERR_CONFLICT, "Somebody else was first: ask for it again.");
	failpoint("release-moved");
	return (step.effects & RELEASE_SKIP) == 0 || store_release_skip(f->db, r->id, e);
}

bool flow_release_confirm(struct flow *f, const struct flow_releaser *by, const char *id,
			  struct err *e)
{
	struct store_release r;
	const char *refusal;
	bool moved;

	if (!store_release_get(f->db, f->arena, id, &r, e))
		return false;
	refusal = party_refusal(&(struct party){by->account, by->person},
				&(struct party){r.creator_account, r.creator_person});
	if (refusal != NULL)
		return err_set(e, ERR_FORBIDDEN, "%s", refusal);
	if (by->department_count > 0)
		return err_set(
		    e, ERR_FORBIDDEN,
		    "An account that is limited to departments cannot confirm a release.");
	if (r.expires_ms != 0 && r.expires_ms <= f->now_ms)
		return err_set(e, ERR_CONFLICT, "It is too late: nobody confirmed it in time.");
	r.confirmed_ms = f->now_ms;
	r.confirmed_by = by->name;
	r.confirmer_person = by->person;
	return happen(f, &r, RELEASE_CONFIRM, &moved, e) &&
	       record(f, "release-confirmed", r.id,
		      arena_printf(f->arena, "%lld devices of %s: %s", (long long)r.total,
				   r.created_by, r.reason),
		      e);
}

bool flow_release_stop(struct flow *f, const struct flow_releaser *by, const char *id,
		       const char *reason, struct err *e)
{
	struct store_release r;
	bool moved;

	if (!store_release_get(f->db, f->arena, id, &r, e) ||
	    !reason_check(arena_dup(f->arena, reason), &reason, e))
		return false;
	if (r.stopped_ms == 0) {
		r.stopped_ms = f->now_ms;
		r.stopped_by = by->name;
		r.stop_reason = reason;
	}
	return happen(f, &r, RELEASE_STOP, &moved, e) &&
	       (!moved || record(f, "release-stopped", r.id, reason, e));
}

bool flow_release_time_out(struct flow *f, const char *id, struct err *e)
{
	struct store_release r;
	bool moved;

	return store_release_get(f->db, f->arena, id, &r, e) &&
	       happen(f, &r, RELEASE_TIME_OUT, &moved, e) &&
	       (!moved || record(f, "release-expired", r.id, "nobody confirmed it in time", e));
}

/* --- its devices, one after another --- */

static bool fill(struct flow *f, const struct store_release *r, const struct store_applicant *who,
		 struct store_instance *i, struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);

	id_new(id);
	*i = (struct store_instance){.id = id,
				     .template = FORM_TEMPLATE,
				     .workflow = "",
				     .workflow_name = "",
				     .process_code = "",
				     .sent = "[]",
				     .person = who->person,
				     .person_name = who->name,
				     .department = who->department_name,
				     .originator = "",
				     .originator_department = "",
				     .device = who->device,
				     .device_name = who->device_name,
				     .device_os = who->os,
				     .device_macs = who->macs,
				     .package = r->package,
				     .reason = r->reason,
				     .status = instance_status_name(INSTANCE_PENDING),
				     .delivery = delivery_name(DELIVERY_NONE),
				     .grant_hours = r->days * HOURS_A_DAY,
				     .created_ms = f->now_ms,
				     .expires_ms = f->now_ms,
				     .release = r->id};
	return store_instance_number(f->db, &i->number, e);
}

static bool approve(struct flow *f, const struct store_release *r, const struct store_instance *i,
		    const char *comment, struct err *e)
{
	return flow_record(f, i, "released", r->created_by, r->reason, e) &&
	       flow_decide(f, i->id, true,
			   &(struct flow_decision){.by = r->created_by,
						   .channel = CHANNEL,
						   .comment = comment,
						   .who = {.account = r->creator_account,
							   .person = r->creator_person,
							   .role = ROLE_SECURITY_ADMIN,
							   .as = FLOW_AS_ADMINISTRATOR}},
			   e) &&
	       store_release_device_end(f->db, r->id, i->device, i->id, "", e);
}

static bool let_go(struct flow *f, const struct store_release *r, const struct store_applicant *who,
		   struct err *e)
{
	struct store_instance i;

	if (!store_instance_pending(f->db, f->arena,
				    &(struct store_filing){who->person, who->device, r->package},
				    &i, e))
		return false;
	if (i.id != NULL)
		return store_instance_release(f->db, i.id, r->id, r->days * HOURS_A_DAY, e) &&
		       approve(f, r, &i, r->reason, e);
	return fill(f, r, who, &i, e) && flow_instance_add(f, &i, e) && approve(f, r, &i, "", e);
}

static bool issue_one(struct flow *f, const struct store_release *r,
		      const struct store_release_device *d, struct err *e)
{
	struct store_applicant who;
	struct store_device device;
	const char *why;

	if (!store_device_get(f->db, f->arena, d->device, &device, e) ||
	    !store_applicant_get(f->db, f->arena, d->device, &who, e))
		return false;
	why =
	    release_refusal(f->arena, &(struct release_subject){.state = device.state,
								.owner = who.person,
								.selected_owner = d->owner,
								.creator = r->creator_person,
								.confirmer = r->confirmer_person});
	failpoint("release-device-begun");
	return why == NULL ? let_go(f, r, &who, e)
			   : store_release_device_end(f->db, r->id, d->device, NULL, why, e);
}

/* Whoever made the release is who lets each device go. */
static bool issue_some(struct flow *f, const struct store_release *r,
		       const struct flow_release_turn *t, size_t *count, struct err *e)
{
	struct flow as_creator = *f;
	struct store_release_device *devices;

	as_creator.actor = flow_somebody(f, r->creator_account == NULL ? "token" : "account",
					 r->creator, r->created_by);
	if (!store_release_queued(f->db, f->arena, r->id, t->limit, &devices, count, e))
		return false;
	if (t->broken != NULL && *count > 0)
		return store_release_device_end(f->db, r->id, devices[0].device, NULL, t->broken,
						e);
	for (size_t i = 0; i < *count; i++) {
		if (!issue_one(&as_creator, r, &devices[i], e))
			return false;
	}
	return true;
}

static bool call_back_some(struct flow *f, const struct store_release *r, int64_t limit,
			   size_t *count, struct err *e)
{
	const char *why =
	    arena_printf(f->arena, "%s stopped the release: %s", r->stopped_by, r->stop_reason);
	const char *const *instances;
	struct store_grant g;

	if (!store_release_live(f->db, f->arena, r->id, limit, &instances, count, e))
		return false;
	for (size_t i = 0; i < *count; i++) {
		if (!store_grant_of_instance(f->db, f->arena, instances[i], &g, e) ||
		    !flow_grant_cancel(f, &g, why, e))
			return false;
	}
	return true;
}

static bool finish(struct flow *f, struct store_release *r, struct err *e)
{
	bool issued = text_equal(r->state, release_state_name(RELEASE_ISSUING));
	bool moved;

	return happen(f, r, RELEASE_NOTHING_LEFT, &moved, e) &&
	       (!moved || record(f, issued ? "release-issued" : "release-called-back", r->id,
				 issued ? "every device has its grant or a reason why not"
					: "no grant of it is left unused",
				 e));
}

bool flow_release_continue(struct flow *f, struct flow_release_turn *t, struct err *e)
{
	const struct store_release_lease lease = {t->node, f->now_ms,
						  f->now_ms + FLOW_RELEASE_LEASE_MS};
	struct store_release r;
	size_t count = 0;
	bool won, ok;

	t->more = false;
	if (!store_release_claim(f->db, t->release, &lease, &won, e))
		return false;
	if (!won)
		return true;
	failpoint("release-claimed");
	if (!store_release_get(f->db, f->arena, t->release, &r, e))
		return false;
	ok = text_equal(r.state, release_state_name(RELEASE_ISSUING))
		 ? issue_some(f, &r, t, &count, e)
		 : call_back_some(f, &r, t->limit, &count, e);
	if (!ok)
		return false;
	failpoint("release-batch-ended");
	t->more = (int64_t)count == t->limit;
	return t->more || finish(f, &r, e);
}
