#include "flow/file.h"

#include "base/failpoint.h"
#include "base/id.h"
#include "base/text.h"
#include "flow/approval.h"
#include "flow/delivery.h"
#include "flow/device_admin.h"
#include "flow/instance.h"
#include "flow/notify.h"
#include "flow/ownership.h"
#include "flow/record.h"
#include "flow/request.h"
#include "flow/snapshots.h"
#include "store/note.h"
#include "store/outbox.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct member {
	const struct snapshot *snapshot;
	const char *person;
};

static bool is_member(const void *arg, const char *group)
{
	const struct member *m = arg;

	return snapshot_in_group(m->snapshot, group, m->person);
}

bool flow_ground_serves(struct flow *f, struct flow_ground *g, const char **why, struct err *e)
{
	struct json_list forms = {0};

	*why = NULL;
	g->form = NULL;
	if (text_equal(g->workflow.type, WORKFLOW_BUILTIN))
		return true;
	if (!text_equal(g->who.app, g->workflow.app)) {
		*why = "The approval workflow belongs to another DingTalk organisation.";
		return true;
	}
	if (!forms_read(f->arena, g->workflow.forms, &forms, e))
		return false;
	g->form = form_choose(&forms, is_member, &(struct member){f->snapshot, g->who.person});
	if (g->form == NULL)
		*why = "No approval form is meant for you.";
	return true;
}

static bool try_workflow(struct flow *f, struct flow_ground *g, const char *id, const char **why,
			 struct err *e)
{
	if (store_workflow_get(f->db, f->arena, id, &g->workflow, e))
		return flow_ground_serves(f, g, why, e);
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	*why = "The approval workflow is gone.";
	return true;
}

bool flow_ground_choose(struct flow *f, struct flow_ground *g, struct err *e)
{
	const char *const choices[] = {g->policy.workflow, g->policy.builtin_workflow};
	const char *why, *first = NULL;

	if (!g->policy.filing_allowed)
		return err_set(e, ERR_FORBIDDEN, "Filing is not allowed by your organisation.");
	if (g->who.departed)
		return err_set(e, ERR_FORBIDDEN,
			       "The owner of this device has left the organisation.");
	for (size_t k = 0; k < ARRAY_SIZE(choices); k++) {
		if (choices[k] == NULL)
			continue;
		if (!try_workflow(f, g, choices[k], &why, e))
			return false;
		if (why == NULL)
			return true;
		first = first == NULL ? why : first;
	}
	return err_set(e, ERR_FORBIDDEN, "%s",
		       first == NULL ? "No approval workflow has been set up." : first);
}

static void fill(struct flow *f, const struct flow_ground *g, const struct store_instance *i,
		 struct form_values *out)
{
	char *number = arena_alloc(f->arena, INSTANCE_NUMBER_SIZE);
	struct form_facts facts = {.text = {[FORM_REASON] = g->reason,
					    [FORM_APPLICANT_NAME] = g->who.name,
					    [FORM_APPLICANT_DEPARTMENT] = g->who.department_name,
					    [FORM_DEVICE_NAME] = g->who.device_name,
					    [FORM_DEVICE_ID] = g->who.device,
					    [FORM_OS] = g->who.os,
					    [FORM_MAC] = g->who.macs,
					    [FORM_PACKAGE] = g->package,
					    [FORM_CLIENT_VERSION] = g->who.client_version,
					    [FORM_SUBMITTED_AT] = form_time(f->arena, f->now_ms),
					    [FORM_NUMBER] = number}};

	instance_number(i->number, number);
	form_fill(f->arena, g->form, &facts, out);
}

/* Everything but what only DingTalk needs. */
static struct store_instance request_of(const struct flow *f, const struct flow_ground *g,
					bool by_root)
{
	return (struct store_instance){.template = FORM_TEMPLATE,
				       .workflow = g->workflow.id,
				       .workflow_name = g->workflow.name,
				       .version = g->workflow.version,
				       .process_code = "",
				       .sent = "[]",
				       .person = g->who.person,
				       .person_name = g->who.name,
				       .department = g->who.department_name,
				       .originator = "",
				       .originator_department = "",
				       .device = g->who.device,
				       .device_name = g->who.device_name,
				       .device_os = g->who.os,
				       .device_macs = g->who.macs,
				       .package = g->package,
				       .reason = g->reason,
				       .by_root = by_root,
				       .status = instance_status_name(INSTANCE_PENDING),
				       .note = "",
				       .delivery = delivery_name(DELIVERY_NONE),
				       .business_id = "",
				       .pending_with = "",
				       .grant_hours = g->policy.grant_hours,
				       .created_ms = f->now_ms,
				       .expires_ms = f->now_ms + g->policy.pending_days * DAY_MS};
}

static void address_to_dingtalk(struct flow *f, const struct flow_ground *g,
				struct store_instance *i)
{
	struct form_values values;

	i->template = g->form->template;
	i->app = g->workflow.app;
	i->process_code = g->form->process_code;
	i->originator = g->who.userid;
	i->originator_department = g->who.department;
	i->delivery = delivery_name(DELIVERY_QUEUED);
	i->remind_ms = g->workflow.notices ? f->now_ms + FLOW_REMIND_MS : 0;
	fill(f, g, i, &values);
	i->sent = form_values_write(f->arena, &values);
}

struct store_instance flow_ground_request(struct flow *f, const struct flow_ground *g,
					  int64_t number, bool by_root)
{
	struct store_instance i = request_of(f, g, by_root);

	i.number = number;
	if (g->form != NULL)
		address_to_dingtalk(f, g, &i);
	return i;
}

static bool add_instance(struct flow *f, const struct flow_ground *g, bool by_root,
			 struct store_instance *i, struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);
	int64_t number;

	id_new(id);
	if (!store_instance_number(f->db, &number, e))
		return false;
	failpoint("file-numbered");
	*i = flow_ground_request(f, g, number, by_root);
	i->id = id;
	return flow_instance_add(f, i, e);
}

static bool send(struct flow *f, const struct store_instance *i, struct err *e)
{
	char *row = arena_alloc(f->arena, ID_SIZE);

	id_new(row);
	return store_outbox_add(f->db,
				&(struct store_outbox){.id = row,
						       .app = i->app,
						       .instance = i->id,
						       .kind = OUTBOX_CREATE,
						       .userid = "",
						       .text = "",
						       .due_ms = f->now_ms,
						       .created_ms = f->now_ms},
				e);
}

/* Who is asked: DingTalk, perhaps with a level behind it, or the levels. */
static bool ask(struct flow *f, const struct flow_ground *g, const struct store_instance *i,
		struct err *e)
{
	if (i->app == NULL)
		return flow_approval_begin(f, i, g->workflow.levels, e);
	if (!send(f, i, e))
		return false;
	failpoint("file-outbox-added");
	return g->workflow.levels == NULL || flow_approval_prepare(f, i, g->workflow.levels, e);
}

static bool file_new(struct flow *f, struct flow_ground *g, bool by_root, struct flow_filed *out,
		     struct err *e)
{
	struct store_instance i;
	int64_t today;

	if (!store_instance_filings(f->db, g->who.device, f->now_ms - DAY_MS, &today, e))
		return false;
	if (today >= FILINGS_A_DAY)
		return err_set(e, ERR_TOO_MANY,
			       "This device has filed %d requests in a day already.",
			       FILINGS_A_DAY);
	if (!flow_ground_choose(f, g, e) || !add_instance(f, g, by_root, &i, e))
		return false;
	failpoint("file-instance-added");
	db_note(f->db, NOTE_CLOCK, i.id);
	out->id = i.id;
	if (!flow_record(f, &i, "filed",
			 by_root ? arena_printf(f->arena, "root for %s", g->who.name) : g->who.name,
			 g->reason, e))
		return false;
	failpoint("file-recorded");
	return ask(f, g, &i, e);
}

static bool is_signed_in(const struct flow_ground *g, struct err *e)
{
	const char *words = flow_session_words(g->who.session_end);

	return words == NULL || err_set(e, ERR_FORBIDDEN, "%s", words);
}

bool flow_file(struct flow *f, const struct flow_filing *filing, struct flow_filed *out,
	       struct err *e)
{
	struct flow_ground g = {.package =
				    filing->package == NULL ? POLICY_CLIENT : filing->package};
	struct store_instance pending;

	*out = (struct flow_filed){0};
	failpoint("file-begun");
	if (!reason_check(arena_dup(f->arena, filing->reason), &g.reason, e) ||
	    !flow_policy_get(f->db, f->arena, &g.policy, e))
		return false;
	if (!policy_protects(&g.policy, g.package))
		return err_set(e, ERR_UNPROCESSABLE, "The package %s is not protected.", g.package);
	/* Held first: whose it is, and who is signed in, may change in this moment. */
	if (!flow_device_in_use(f, filing->device, e) ||
	    !store_applicant_get(f->db, f->arena, filing->device, &g.who, e) ||
	    !is_signed_in(&g, e) ||
	    !store_instance_pending(f->db, f->arena,
				    &(struct store_filing){g.who.person, g.who.device, g.package},
				    &pending, e))
		return false;
	if (pending.id == NULL)
		return file_new(f, &g, filing->by_root, out, e);
	*out = (struct flow_filed){.id = pending.id, .existed = true};
	return true;
}

bool flow_second(struct flow *f, const struct store_instance *i, struct store_workflow *out,
		 struct err *e)
{
	struct store_approval asked;
	struct policy policy;

	*out = (struct store_workflow){0};
	if (!store_approval_lock(f->db, i->id, e) ||
	    !store_approval_get(f->db, f->arena, i->id, &asked, e) ||
	    !flow_policy_get(f->db, f->arena, &policy, e))
		return false;
	if (asked.level > 0 || policy.builtin_workflow == NULL ||
	    store_workflow_get(f->db, f->arena, policy.builtin_workflow, out, e))
		return true;
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	return true;
}

bool flow_move(struct flow *f, const struct store_instance *i, const struct store_workflow *to,
	       struct err *e)
{
	struct store_instance moved;

	moved = *i;
	moved.workflow = to->id;
	moved.workflow_name = to->name;
	moved.version = to->version;
	return store_instance_move(f->db, &moved, e) &&
	       store_instance_get(f->db, f->arena, i->id, &moved, e) &&
	       flow_record(f, &moved, "moved", "",
			   arena_printf(f->arena,
					"DingTalk does not let the applicant start the form: %s "
					"takes it over",
					to->name),
			   e) &&
	       flow_approval_begin(f, &moved, to->levels, e);
}
