#include "../unit.h"

#include "base/text.h"
#include "model/doctor.h"

#define PROCESS "PROC-1"

static struct form_field fields[] = {{"reason", "卸载原因"}, {"submitted_at", "时间"}};
static const struct form mapping = {.template = FORM_TEMPLATE,
				    .process_code = PROCESS,
				    .fields = {.items = fields, .count = ARRAY_SIZE(fields)}};

/* A link to which nothing is wrong; each case changes one thing. */
struct world {
	struct doctor_facts facts;
	struct doctor_form form;
	struct doctor_control controls[3];
	struct doctor_known known[1];
};

static const struct doctor_call done = {DOCTOR_DONE, "", "", ""};

static struct doctor_call failed(enum doctor_outcome outcome, const char *code)
{
	return (struct doctor_call){outcome, code, "why", ""};
}

static void make(struct world *w)
{
	*w = (struct world){
	    .facts = {.token = done,
		      .organisation = done,
		      .corp_id = "ding0000",
		      .clock_known = true,
		      .department = done,
		      .members = done,
		      .member = done,
		      .callback = {.url = "https://holdfast.example.com/callback/dingtalk/1/x",
				   .tried = true,
				   .works = true,
				   .text = ""},
		      .quota = {.known = true, .calls = 10, .limit = 5000},
		      .form_count = 1},
	    .form = {.form = &mapping,
		     .schema = done,
		     .name = "终端卸载审批",
		     .status = "PUBLISHED",
		     .control_count = 2,
		     .instances = done,
		     .writing = done,
		     .samples = {{.name = "李华",
				  .forecast = done,
				  .listed = true,
				  .listed_known = true,
				  .others = 1},
				 {.name = "周敏", .forecast = done, .others = 2}},
		     .sample_count = 2,
		     .withdraw_error = "",
		     .event_ms = 1},
	    .controls = {{"c1", "卸载原因", "TextareaField", "", true},
			 {"c2", "时间", "DDDateField", "yyyy-MM-dd HH:mm", false},
			 {"c3", "部门", "TextField", "", true}},
	    .known = {{"卸载原因", "c1"}}};
	w->form.controls = w->controls;
	w->form.known = w->known;
	w->facts.forms = &w->form;
}

static void nothing(struct world *w)
{
	(void)w;
}
static void secret_wrong(struct world *w)
{
	w->facts.token = failed(DOCTOR_CREDENTIALS, "invalidClientIdOrSecret");
}
static void another_organisation(struct world *w)
{
	w->facts.organisation = failed(DOCTOR_REFUSED, "unknownError");
}
static void not_reached(struct world *w)
{
	w->facts.token = failed(DOCTOR_LATER, "");
}
static void month_over(struct world *w)
{
	w->form.schema = failed(DOCTOR_QUOTA, "Forbidden.AccessDenied.ApiCountLimitForOrg");
}
static void address(struct world *w)
{
	w->facts.department = failed(DOCTOR_ADDRESS, "60020");
}
static void token_odd(struct world *w)
{
	w->facts.token = failed(DOCTOR_PERMISSION, "x");
}
static void no_write(struct world *w)
{
	w->form.writing = failed(DOCTOR_PERMISSION, "x");
}
static void no_template_read(struct world *w)
{
	w->form.schema = failed(DOCTOR_PERMISSION, "x");
}
static void limited(struct world *w)
{
	w->facts.contacts_limited = true;
}
static void unseen(struct world *w)
{
	static const char *const departments[] = {"777"};

	w->facts.unseen = departments;
	w->facts.unseen_count = 1;
}
static void clock_behind(struct world *w)
{
	w->facts.clock_ahead_ms = -DOCTOR_CLOCK_OFF_MS - 1;
}
static void plain_http(struct world *w)
{
	w->facts.callback.url = "http://holdfast.example.com/callback/dingtalk/1/x";
}
static void loopback(struct world *w)
{
	w->facts.callback.url = "https://127.0.0.1:8440/callback/dingtalk/1/x";
}
static void silent(struct world *w)
{
	w->facts.callback.works = false;
}
static void stream(struct world *w)
{
	w->facts.callback = (struct doctor_callback){
	    .url = "http://127.0.0.1", .stream = true, .works = true, .text = ""};
}
static void stream_down(struct world *w)
{
	stream(w);
	w->facts.callback.works = false;
}
static void quota_low(struct world *w)
{
	w->facts.quota.calls = 4500;
}
static void quota_unset(struct world *w)
{
	w->facts.quota.known = false;
}
static void no_form(struct world *w)
{
	w->form.schema = failed(DOCTOR_REFUSED, "formNotExist");
}
static void disabled(struct world *w)
{
	w->form.status = "INVALID";
}
static void gone(struct world *w)
{
	w->controls[0].label = "理由";
	w->form.known_count = 0;
}
static void renamed(struct world *w)
{
	w->controls[0].label = "理由";
	w->form.known_count = 1;
}
static void wrong_type(struct world *w)
{
	w->controls[0].type = "NumberField";
}
static void date_without_minutes(struct world *w)
{
	w->controls[1].format = "yyyy-MM-dd";
}
static void one_line(struct world *w)
{
	w->controls[0].type = "TextField";
}
static void unmapped_required(struct world *w)
{
	w->form.control_count = 3;
}
static void one_may_not(struct world *w)
{
	w->form.samples[1].forecast = failed(DOCTOR_REFUSED, "processSetupNoPermission");
}
static void none_may(struct world *w)
{
	w->form.samples[0].forecast = failed(DOCTOR_REFUSED, "processSetupNoPermission");
	w->form.samples[1].forecast = failed(DOCTOR_REFUSED, "needAuth");
}
static void hidden(struct world *w)
{
	w->form.samples[0].listed = false;
}
static void no_sample(struct world *w)
{
	w->form.sample_count = 0;
}
static void odd_forecast(struct world *w)
{
	w->form.samples[0].forecast = failed(DOCTOR_REFUSED, "illegalComponent");
}
static void automatic(struct world *w)
{
	w->form.samples[0].others = 0;
}
static void automatic_accepted(struct world *w)
{
	w->form.samples[0].others = 0;
	w->facts.accept_automatic = true;
}
static void chooses(struct world *w)
{
	w->form.samples[0].chosen = 1;
}
static void not_withdrawn(struct world *w)
{
	w->form.withdraw_error = "internalError";
}
static void no_event(struct world *w)
{
	w->form.event_ms = 0;
}

static const struct {
	void (*change)(struct world *w);
	const char *id, *state, *subject;
} cases[] = {
    {nothing, "credentials-ok", "ready", NULL},
    {nothing, "organisation-ok", "ready", "ding0000"},
    {nothing, "permission-ok", "ready",
     "Workflow Instance Write 工作流实例写权限 (Workflow.Instance.Write)"},
    {nothing, "permission-unchecked", "ready", NULL},
    {nothing, "permission-unused", "ready", NULL},
    {nothing, "clock-ok", "ready", NULL},
    {nothing, "callback-ok", "ready", NULL},
    {nothing, "quota-ok", "ready", NULL},
    {nothing, "form-ok", "ready", "终端卸载审批"},
    {nothing, "mapping-ok", "ready", NULL},
    {nothing, "initiate-ok", "ready", "李华, 周敏"},
    {nothing, "approver-ok", "ready", NULL},
    {nothing, "withdraw-unknown", "ready", NULL},
    {nothing, "events-seen", "ready", NULL},
    {secret_wrong, "credentials-refused", "broken", NULL},
    {another_organisation, "organisation-other", "attention", "ding0000"},
    {not_reached, "unreachable", "attention", NULL},
    {month_over, "quota-used-up", "attention", NULL},
    {address, "address-refused", "broken", NULL},
    {token_odd, "call-refused", "attention", NULL},
    {no_write, "permission-missing", "broken",
     "Workflow Instance Write 工作流实例写权限 (Workflow.Instance.Write)"},
    {no_template_read, "permission-wanted", "attention",
     "Workflow Template Read 工作流模板读权限 (Workflow.Form.Read)"},
    {no_template_read, "form-unread", "attention", NULL},
    {limited, "contacts-limited", "attention", NULL},
    {unseen, "department-unseen", "broken", "777"},
    {clock_behind, "clock-off", "attention", NULL},
    {plain_http, "callback-plain", "attention", NULL},
    {loopback, "callback-private", "attention", NULL},
    {silent, "callback-silent", "attention", NULL},
    {stream, "stream-ok", "ready", NULL},
    {stream_down, "stream-down", "attention", NULL},
    {quota_low, "quota-low", "attention", NULL},
    {quota_unset, "quota-unset", "ready", NULL},
    {no_form, "form-missing", "broken", NULL},
    {disabled, "form-unpublished", "broken", "终端卸载审批"},
    {gone, "control-missing", "broken", "卸载原因"},
    {gone, "control-required", "broken", "理由"},
    {renamed, "control-renamed", "broken", "卸载原因"},
    {wrong_type, "control-type", "broken", "卸载原因"},
    {date_without_minutes, "control-type", "broken", "时间"},
    {one_line, "control-short", "attention", "卸载原因"},
    {unmapped_required, "control-required", "broken", "部门"},
    {one_may_not, "initiate-some", "attention", "周敏"},
    {none_may, "initiate-none", "broken", "李华, 周敏"},
    {hidden, "initiate-hidden", "attention", "李华"},
    {no_sample, "initiate-unknown", "ready", NULL},
    {odd_forecast, "forecast-refused", "attention", "李华"},
    {automatic, "approver-none", "attention", "李华"},
    {automatic_accepted, "approver-automatic", "attention", "李华"},
    {chooses, "approver-chosen", "broken", NULL},
    {not_withdrawn, "withdraw-refused", "attention", NULL},
    {no_event, "events-none", "attention",
     "/v1.0/event/bpms_instance_change/processCode/PROC-1/type/*"},
};

static const struct doctor_finding *finding(const struct doctor_finding *f, size_t count,
					    const char *id, const char *subject)
{
	for (size_t i = 0; i < count; i++) {
		if (text_equal(f[i].id, id) &&
		    (subject == NULL || text_equal(f[i].subject, subject)))
			return &f[i];
	}
	return NULL;
}

static void each_problem_is_found_and_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(arena_done) struct arena a = {0};
		const struct doctor_finding *findings;
		struct world w;
		size_t count;

		make(&w);
		cases[i].change(&w);
		doctor_examine(&a, &w.facts, &findings, &count);
		if (finding(findings, count, cases[i].id, cases[i].subject) == NULL)
			fail_msg("%s is not found", cases[i].id);
		if (!text_equal(doctor_state(findings, count), cases[i].state))
			fail_msg("%s makes it %s", cases[i].id, doctor_state(findings, count));
		for (size_t k = 0; k < count; k++)
			assert_non_null(doctor_rule(findings[k].id));
	}
}

static void no_rule_is_without_a_case(void **state)
{
	(void)state;
	for (const struct doctor_rule *r = doctor_rules; r->id != NULL; r++) {
		/* test_doctor_levels.c; what only reading a whole source finds */
		bool there = doctor_of_levels(r->id) || text_equal(r->id, "contacts-empty");

		for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
			there = there || text_equal(cases[i].id, r->id);
		if (!there)
			fail_msg("%s is never found", r->id);
		assert_ptr_equal(doctor_rule(r->id), r);
	}
}

/* What is wrong says what to do, in both languages, and what is well asks for nothing. */
static void every_problem_has_a_remedy(void **state)
{
	(void)state;
	for (const struct doctor_rule *r = doctor_rules; r->id != NULL; r++) {
		for (size_t l = 0; l < DOCTOR_LANGUAGES; l++) {
			assert_true(strlen(r->what[l]) > 0);
			assert_true(text_utf8_valid(r->what[l], strlen(r->what[l])));
			if ((r->severity == DOCTOR_OK) != (*r->remedy[l] == '\0'))
				fail_msg("%s: remedy", r->id);
		}
	}
}

static void one_cause_is_said_once(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	const struct doctor_finding *findings;
	struct world w;
	size_t count, said = 0;

	(void)state;
	make(&w);
	w.facts.department = w.facts.members = w.facts.member = w.form.writing = w.form.instances =
	    w.form.schema = failed(DOCTOR_ADDRESS, "60020");
	doctor_examine(&a, &w.facts, &findings, &count);
	for (size_t i = 0; i < count; i++)
		said += text_equal(findings[i].id, "address-refused");
	assert_int_equal(said, 1);
	assert_null(finding(findings, count, "form-ok", NULL));
}

static void a_control_with_a_new_title_is_not_called_unmapped(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	const struct doctor_finding *findings, *f;
	struct world w;
	size_t count;

	(void)state;
	make(&w);
	renamed(&w);
	doctor_examine(&a, &w.facts, &findings, &count);
	f = finding(findings, count, "control-renamed", NULL);
	assert_string_equal(f->detail, "理由");
	assert_string_equal(f->form, PROCESS);
	assert_null(finding(findings, count, "control-required", NULL));
	assert_string_equal(doctor_text(&a, doctor_rule(f->id)->what[DOCTOR_ENGLISH], f),
			    "The control 卸载原因 is now titled 理由.");
}

static void a_failed_call_says_what_to_do_unless_it_is_its_own_fault(void **state)
{
	static const struct doctor_call permission = {DOCTOR_PERMISSION, "60011", "no", "x, y"};
	AUTO(arena_done) struct arena a = {0};
	struct doctor_call call = failed(DOCTOR_CREDENTIALS, "invalidClient");
	struct doctor_finding f;

	(void)state;
	assert_true(doctor_of_call(&a, &call, &f));
	assert_string_equal(f.id, "credentials-refused");
	assert_string_equal(f.detail, "why");
	assert_true(doctor_of_call(&a, &permission, &f));
	assert_string_equal(f.id, "permission-missing");
	assert_string_equal(f.subject, "x, y");
	call.outcome = DOCTOR_REFUSED;
	assert_false(doctor_of_call(&a, &call, &f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_problem_is_found_and_judged),
	    cmocka_unit_test(no_rule_is_without_a_case),
	    cmocka_unit_test(every_problem_has_a_remedy),
	    cmocka_unit_test(one_cause_is_said_once),
	    cmocka_unit_test(a_failed_call_says_what_to_do_unless_it_is_its_own_fault),
	    cmocka_unit_test(a_control_with_a_new_title_is_not_called_unmapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
