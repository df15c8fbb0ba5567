/* The connection test: one workflow at a time, on a thread of its own. */
#include "jobs/doctor.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "dingtalk/callback.h"
#include "dingtalk/org.h"
#include "flow/app.h"
#include "flow/doctor.h"
#include "http/client.h"
#include "model/budget.h"
#include "store/budget.h"
#include "store/stream.h"

#define CALLBACK_TIMEOUT_MS 5000
#define CALLBACK_MAX_ANSWER 16384

bool exam_goes_on(const struct exam *x)
{
	return !x->gone && clock_mono_ms() < x->end_ms &&
	       (x->job == NULL || !ticker_stopping(x->job->ticker));
}

/* Of DINGTALK_PERMISSION: what is lacking. Departments and people out of the app's scope lack nothing. */
static enum doctor_outcome lacking(const char *code)
{
	static const struct {
		const char *code;
		enum doctor_outcome outcome;
	} codes[] = {{"Forbidden.AccessDenied.IpNotInWhiteList", DOCTOR_ADDRESS},
		     {"60020", DOCTOR_ADDRESS},
		     {"50002", DOCTOR_REFUSED},
		     {"50004", DOCTOR_REFUSED}};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		if (text_equal(codes[i].code, code))
			return codes[i].outcome;
	}
	return DOCTOR_PERMISSION;
}

struct doctor_call exam_call(struct exam *x, bool ok, const struct err *e)
{
	static const enum doctor_outcome outcomes[] = {[DINGTALK_RETRY] = DOCTOR_LATER,
						       [DINGTALK_QUOTA] = DOCTOR_QUOTA,
						       [DINGTALK_CREDENTIALS] = DOCTOR_CREDENTIALS,
						       [DINGTALK_PERMISSION] = DOCTOR_PERMISSION,
						       [DINGTALK_REFUSED] = DOCTOR_REFUSED};
	const struct dingtalk_failure *f = dingtalk_failure(x->dingtalk);
	struct doctor_call c = {.outcome = DOCTOR_DONE, .code = "", .text = "", .scopes = ""};

	if (ok)
		return c;
	c.outcome = outcomes[f->class];
	if (c.outcome == DOCTOR_PERMISSION)
		c.outcome = lacking(f->code);
	x->gone = x->gone || c.outcome == DOCTOR_LATER;
	c.code = arena_dup(x->arena, f->code);
	c.scopes = arena_dup(x->arena, f->scopes);
	c.text = *f->message != '\0' ? arena_printf(x->arena, "%s (%s)", f->message, f->code)
				     : arena_dup(x->arena, e->text);
	return c;
}

bool exam_token(struct exam *x)
{
	struct err e = {0};
	bool ok = dingtalk_check(x->dingtalk, &e);

	x->facts.token = exam_call(x, ok, &e);
	if (!ok)
		return false;
	/* Whatever else this says has nothing to do with the calls that requests need. */
	ok = dingtalk_check_organisation(x->dingtalk, &e);
	if (!ok && dingtalk_failure(x->dingtalk)->class != DINGTALK_REFUSED)
		return true;
	x->facts.organisation = exam_call(x, ok, &e);
	x->facts.corp_id = arena_dup(x->arena, dingtalk_corp_id(x->dingtalk));
	return true;
}

void exam_contacts(struct exam *x)
{
	struct dingtalk_department root;
	struct dingtalk_user user;
	struct err e = {0};
	bool ok;

	if (exam_goes_on(x)) {
		ok = dingtalk_department_get(x->dingtalk, DINGTALK_ROOT, x->arena, &root, &e);
		x->facts.department = exam_call(x, ok, &e);
		x->facts.contacts_limited = text_equal(x->facts.department.code, "50004");
	}
	if (exam_goes_on(x)) {
		ok = dingtalk_members_check(x->dingtalk, DINGTALK_ROOT, &e);
		x->facts.members = exam_call(x, ok, &e);
	}
	if (exam_goes_on(x)) {
		ok = dingtalk_user_get(x->dingtalk, DOCTOR_NOBODY, x->arena, &user, &e);
		x->facts.member = exam_call(x, ok, &e);
	}
}

/* Asks the Request URL as DingTalk's console does, with an event that says it is only us. */
static bool ask_callback(struct exam *x, const struct flow_app *app, struct err *e)
{
	const struct dingtalk_keys keys = {.token = app->token,
					   .aes_key = app->aes_key,
					   .client_id = app->client_id,
					   .corp_id = app->corp_id};
	struct http_call call = {.method = HTTP_POST,
				 .headers = {"content-type: application/json; charset=utf-8"},
				 .total_timeout_ms = CALLBACK_TIMEOUT_MS,
				 .max_answer = CALLBACK_MAX_ANSWER};
	struct http_client *http = http_client_new(NULL, e);
	struct http_reply reply = {0};
	const char *query, *body;
	bool ok;

	if (http == NULL)
		return false;
	ok = dingtalk_callback_ask(&keys, x->arena, &query, &body, e);
	if (ok) {
		call.url = arena_printf(x->arena, "%s?%s", x->facts.callback.url, query);
		call.body = body;
		call.body_len = strlen(body);
		ok = http_client_call(http, &call, x->arena, &reply, e);
	}
	http_client_free(http);
	if (!ok)
		return false;
	return (reply.status == 200 &&
		dingtalk_callback_answered(&keys, reply.body, reply.body_len, x->arena)) ||
	       err_set(e, ERR_PEER, "HTTP %d, and not the answer of this server", reply.status);
}

static bool look_at_quota(struct exam *x, const char *corp_id, struct err *e)
{
	struct store_organisation organisation;

	if (!store_budget_get(x->job->db, x->arena, corp_id, budget_month(clock_utc_ms(), 0),
			      &organisation, e))
		return false;
	x->facts.quota = (struct doctor_quota){.known = organisation.entered,
					       .calls = organisation.calls,
					       .limit = organisation.figure};
	return true;
}

static bool look_at_stream(struct exam *x, struct err *e)
{
	struct store_stream_view view;

	if (!store_stream_view(x->job->db, x->arena, x->workflow->app, clock_utc_ms(), &view, e))
		return false;
	x->facts.callback.works = view.connections > 0;
	x->facts.callback.text = view.error == NULL ? "" : view.error;
	return true;
}

static bool look_at_app(struct exam *x, struct err *e)
{
	AUTO(flow_app_wipe) struct flow_app app = {0};
	struct doctor_callback *c = &x->facts.callback;
	struct err failure = {0};

	if (!flow_app_open(x->job->db, x->arena, x->job->config->master_key, x->workflow->app, &app,
			   e))
		return false;
	c->url = arena_printf(x->arena, "%s/callback/dingtalk/%s/%s", x->job->config->public_url,
			      app.id, app.path_secret);
	c->text = "";
	if (!look_at_quota(x, app.corp_id, e))
		return false;
	c->stream = text_equal(app.row->ingress, STORE_INGRESS_STREAM);
	if (c->stream)
		return look_at_stream(x, e);
	c->tried = true;
	c->works = ask_callback(x, &app, &failure);
	if (!c->works)
		c->text = arena_dup(x->arena, failure.text);
	/* Whoever knows the whole address could try to send to it; the log and the list need less. */
	c->url =
	    arena_printf(x->arena, "%s/callback/dingtalk/%s/…", x->job->config->public_url, app.id);
	return true;
}

/* False: our own database, or a secret that does not open. What DingTalk says is a fact. */
static bool examine(struct exam *x, struct err *e)
{
	const struct line_to to = {x->workflow->app, DINGTALK_FOR_DOCTOR};
	bool ok = true;

	x->end_ms = clock_mono_ms() + DOCTOR_LONGEST_MS;
	if (!look_at_app(x, e) ||
	    !line_open(&x->job->line, x->job->config->links, x->job->db, &to, &x->dingtalk, e))
		return false;
	x->facts.accept_automatic = x->workflow->accept_automatic;
	if (exam_token(x)) {
		exam_contacts(x);
		ok = exam_forms(x, e);
	}
	x->facts.clock_known = dingtalk_clock_ahead(x->dingtalk, &x->facts.clock_ahead_ms);
	return ok;
}

/* The mapped controls that are there, to know them again by their ids. */
static void known_controls(struct exam *x, struct flow_doctor_result *out)
{
	struct store_control *items = arena_array(x->arena, x->facts.form_count * FORM_SYSTEM_COUNT,
						  sizeof(struct store_control));

	for (size_t i = 0; i < x->facts.form_count; i++) {
		const struct doctor_form *f = &x->facts.forms[i];
		const struct form_field *fields = f->form->fields.items;

		for (size_t k = 0; k < f->form->fields.count; k++) {
			for (size_t n = 0; n < f->control_count; n++) {
				if (!text_equal(f->controls[n].label, fields[k].component))
					continue;
				items[out->control_count++] = (struct store_control){
				    f->form->process_code, f->controls[n].label, f->controls[n].id};
				break;
			}
		}
	}
	out->controls = items;
}

static bool begin(struct flow *f, void *arg, struct err *e)
{
	return flow_doctor_begin(f, arg, e);
}

struct ending {
	const struct flow_doctor *test;
	struct flow_doctor_result result;
};

static bool end(struct flow *f, void *arg, struct err *e)
{
	struct ending *x = arg;

	return flow_doctor_end(f, x->test, &x->result, e);
}

static void test_one(struct exam *x, struct ending *out)
{
	struct err e = {0};

	if (!examine(x, &e)) {
		log_err(LOG_LEVEL_ERROR, "connection test", &e);
		x->facts = (struct doctor_facts){.token = {.outcome = DOCTOR_LATER,
							   .code = "",
							   .text = arena_dup(x->arena, e.text),
							   .scopes = ""},
						 .callback = x->facts.callback};
	}
	doctor_examine(x->arena, &x->facts, &out->result.findings, &out->result.count);
	known_controls(x, &out->result);
}

int64_t doctor_round(void *arg)
{
	AUTO(arena_done) struct arena a = {0};
	struct job *j = arg;
	struct flow_doctor test;
	struct ending ending = {.test = &test};
	struct exam x = {.job = j, .arena = &a, .workflow = &test.workflow};
	struct err e = {0};
	int64_t due;

	if (!job_open(j, &e) || !store_doctor_due(j->db, &due, &e))
		return job_failed("connection tests", &e);
	if (job_wait(due) > 0)
		return job_wait(due);
	if (!job_unit(j, &a, begin, &test, &e))
		return job_failed("connection tests", &e);
	if (test.workflow.id == NULL)
		return JOB_TAKEN_MS;
	test_one(&x, &ending);
	if (ticker_stopping(j->ticker))
		return 0; /* cut short: it is due again at the next start */
	return job_unit(j, &a, end, &ending, &e) ? 0 : job_failed("connection tests", &e);
}
