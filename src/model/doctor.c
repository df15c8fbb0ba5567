#include "model/doctor.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

#define PUBLISHED "PUBLISHED"
#define QUOTA_LOW_PERCENT 90

static const char *const severity_names[] = {
    [DOCTOR_OK] = "ok",
    [DOCTOR_UNKNOWN] = "unknown",
    [DOCTOR_ATTENTION] = "attention",
    [DOCTOR_BROKEN] = "broken",
};

const char *doctor_severity_name(enum doctor_severity severity)
{
	return severity_names[severity];
}

const struct doctor_rule *doctor_rule(const char *id)
{
	for (const struct doctor_rule *r = doctor_rules; r->id != NULL; r++) {
		if (text_equal(r->id, id))
			return r;
	}
	return NULL;
}

enum { READY, ATTENTION, BROKEN };
const char *const doctor_states[] = {
    [READY] = "ready", [ATTENTION] = "attention", [BROKEN] = "broken", NULL};

const char *doctor_state(const struct doctor_finding *findings, size_t count)
{
	enum doctor_severity worst = DOCTOR_OK;

	for (size_t i = 0; i < count; i++) {
		const struct doctor_rule *rule = doctor_rule(findings[i].id);

		if (rule != NULL && rule->severity > worst)
			worst = rule->severity;
	}
	if (worst == DOCTOR_BROKEN)
		return doctor_states[BROKEN];
	return doctor_states[worst == DOCTOR_ATTENTION ? ATTENTION : READY];
}

const char *doctor_text(struct arena *a, const char *sentence, const struct doctor_finding *f)
{
	const struct {
		const char *mark, *text;
	} marks[] = {{"{subject}", f->subject}, {"{detail}", f->detail}};
	AUTO(buf_done) struct buf out = {0};
	const char *p = sentence;

	while (*p != '\0') {
		size_t plain = strcspn(p, "{");

		buf_add(&out, p, plain);
		p += plain;
		if (*p == '\0')
			break;
		for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
			if (!text_starts(p, marks[i].mark))
				continue;
			buf_text(&out, marks[i].text);
			p += strlen(marks[i].mark);
			break;
		}
	}
	return arena_dup_n(a, out.data, out.len);
}

/* What has been found so far. */
struct findings {
	struct arena *arena;
	struct doctor_finding *items;
	size_t count;
	const char *form;
};

static void say(struct findings *out, const char *id, const char *subject, const char *detail)
{
	if (out->count < DOCTOR_MAX_FINDINGS)
		out->items[out->count++] = (struct doctor_finding){id, out->form, subject, detail};
}

/* Calls that fail for reasons that have nothing to do with the call; NULL: it was none. */
static const char *common_id(const struct doctor_call *c)
{
	static const char *const ids[] = {[DOCTOR_ADDRESS] = "address-refused",
					  [DOCTOR_CREDENTIALS] = "credentials-refused",
					  [DOCTOR_QUOTA] = "quota-used-up",
					  [DOCTOR_LATER] = "unreachable"};

	return c->outcome < ARRAY_SIZE(ids) ? ids[c->outcome] : NULL;
}

/* Whether it was one, said once. */
static bool is_common(struct findings *out, const struct doctor_call *c)
{
	const char *id = common_id(c);

	if (id == NULL)
		return false;
	for (size_t i = 0; i < out->count; i++) {
		if (text_equal(out->items[i].id, id))
			return true;
	}
	say(out, id, "", c->text);
	return true;
}

/* Fit to be a check's evidence: it was made, and reached what it asks. */
static bool is_answered(const struct doctor_call *c)
{
	return c->outcome == DOCTOR_DONE || c->outcome == DOCTOR_REFUSED;
}

/* Permissions. */

static const char *permission_name(struct arena *a, const struct doctor_permission *p)
{
	return arena_printf(a, "%s %s (%s)", p->name[DOCTOR_ENGLISH], p->name[DOCTOR_CHINESE],
			    p->scope);
}

bool doctor_of_call(struct arena *a, const struct doctor_call *call, struct doctor_finding *out)
{
	const struct doctor_permission *p = doctor_permissions;

	*out = (struct doctor_finding){common_id(call), "", "", call->text};
	if (call->outcome != DOCTOR_PERMISSION)
		return out->id != NULL;
	while (p->scope != NULL && !text_equal(p->scope, call->scopes))
		p++;
	out->id = "permission-missing";
	out->subject = p->scope != NULL ? permission_name(a, p) : call->scopes;
	return true;
}

/* The call that tells whether a permission is there; NULL: none does. */
static const struct doctor_call *witness(const struct doctor_facts *f, const char *scope)
{
	const struct doctor_form *form = f->form_count > 0 ? f->forms : NULL;
	const struct {
		const char *scope;
		const struct doctor_call *call;
	} calls[] = {
	    {"qyapi_get_department_list", &f->department},
	    {"qyapi_get_department_member", &f->members},
	    {"qyapi_get_member", &f->member},
	    {"Workflow.Instance.Read", form != NULL ? &form->instances : NULL},
	    {"Workflow.Form.Read", form != NULL ? &form->schema : NULL},
	    {"Workflow.Instance.Write", form != NULL ? &form->writing : NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		if (text_equal(calls[i].scope, scope))
			return calls[i].call;
	}
	return NULL;
}

static void examine_permission(struct findings *out, const struct doctor_facts *f,
			       const struct doctor_permission *p)
{
	const struct doctor_call *c = witness(f, p->scope);
	const char *name = permission_name(out->arena, p);

	if (p->need == DOCTOR_UNUSED)
		say(out, "permission-unused", name, "");
	else if (c == NULL)
		say(out, "permission-unchecked", name, "");
	else if (is_answered(c))
		say(out, "permission-ok", name, "");
	else if (c->outcome == DOCTOR_PERMISSION)
		say(out, p->need == DOCTOR_WANTED ? "permission-wanted" : "permission-missing",
		    name, c->text);
	else
		(void)is_common(out, c);
}

static void examine_permissions(struct findings *out, const struct doctor_facts *f)
{
	for (const struct doctor_permission *p = doctor_permissions; p->scope != NULL; p++)
		examine_permission(out, f, p);
	if (f->contacts_limited)
		say(out, "contacts-limited", "", "");
	for (size_t i = 0; i < f->unseen_count; i++)
		say(out, "department-unseen", f->unseen[i], "");
}

/* The link as a whole. */

static void examine_clock(struct findings *out, const struct doctor_facts *f)
{
	int64_t ms = f->clock_ahead_ms < 0 ? -f->clock_ahead_ms : f->clock_ahead_ms;

	if (!f->clock_known)
		return;
	if (ms <= DOCTOR_CLOCK_OFF_MS)
		say(out, "clock-ok", "", "");
	else
		say(out, "clock-off", "",
		    arena_printf(out->arena, "%lld s", (long long)(ms / 1000)));
}

/* Names and addresses that lead nowhere from outside. */
static bool is_private(const char *url)
{
	static const char *const starts[] = {
	    "localhost", "127.",    "10.",     "192.168.", "169.254.", "172.16.", "172.17.",
	    "172.18.",   "172.19.", "172.20.", "172.21.",  "172.22.",  "172.23.", "172.24.",
	    "172.25.",   "172.26.", "172.27.", "172.28.",  "172.29.",  "172.30.", "172.31.",
	    "0.",        "[::1]",   "[fc",     "[fd",      "[fe80"};
	const char *host = strstr(url, "://");

	for (size_t i = 0; host != NULL && i < ARRAY_SIZE(starts); i++) {
		if (text_starts(host + 3, starts[i]))
			return true;
	}
	return host == NULL;
}

static void examine_callback(struct findings *out, const struct doctor_callback *c)
{
	if (c->url == NULL)
		return;
	if (c->stream) {
		say(out, c->works ? "stream-ok" : "stream-down", "", c->text);
		return;
	}
	if (is_private(c->url))
		say(out, "callback-private", c->url, "");
	else if (!text_starts(c->url, "https://"))
		say(out, "callback-plain", c->url, "");
	if (c->tried && c->works)
		say(out, "callback-ok", c->url, "");
	else if (c->tried)
		say(out, "callback-silent", c->url, c->text);
}

static void examine_quota(struct findings *out, const struct doctor_quota *q)
{
	const char *figures;

	if (!q->known) {
		say(out, "quota-unset", "", "");
		return;
	}
	figures = arena_printf(out->arena, "%lld / %lld", (long long)q->calls, (long long)q->limit);
	say(out, q->calls * 100 >= q->limit * QUOTA_LOW_PERCENT ? "quota-low" : "quota-ok", "",
	    figures);
}

/* The mapping. */

static const struct doctor_control *control_titled(const struct doctor_form *f, const char *label)
{
	for (size_t i = 0; i < f->control_count; i++) {
		if (text_equal(f->controls[i].label, label))
			return &f->controls[i];
	}
	return NULL;
}

/* The new title of a control that had this one when the mapping last fitted; NULL: it is gone. */
static const char *new_title(const struct doctor_form *f, const char *label)
{
	for (size_t k = 0; k < f->known_count; k++) {
		if (!text_equal(f->known[k].label, label))
			continue;
		for (size_t i = 0; i < f->control_count; i++) {
			if (text_equal(f->controls[i].id, f->known[k].id))
				return f->controls[i].label;
		}
	}
	return NULL;
}

static bool takes_field(const struct doctor_control *c, const char *system)
{
	if (text_equal(c->type, "TextField") || text_equal(c->type, "TextareaField"))
		return true;
	return text_equal(system, "submitted_at") && text_equal(c->type, "DDDateField") &&
	       strstr(c->format, "HH:mm") != NULL;
}

static void examine_field(struct findings *out, const struct doctor_form *f,
			  const struct form_field *field)
{
	const struct doctor_control *c = control_titled(f, field->component);
	const char *title;

	if (c == NULL) {
		title = new_title(f, field->component);
		if (title != NULL)
			say(out, "control-renamed", field->component, title);
		else
			say(out, "control-missing", field->component, "");
		return;
	}
	if (!takes_field(c, field->system))
		say(out, "control-type", c->label,
		    arena_printf(out->arena, "%s ← %s", c->type, field->system));
	else if (text_equal(field->system, "reason") && text_equal(c->type, "TextField"))
		say(out, "control-short", c->label, "");
}

static bool is_mapped(const struct form *form, const char *label)
{
	const struct form_field *fields = form->fields.items;

	for (size_t i = 0; i < form->fields.count; i++) {
		if (text_equal(fields[i].component, label))
			return true;
	}
	return false;
}

/* Whether a control that is mapped under its old title would be demanded: said already. */
static bool is_renamed(const struct doctor_form *f, const char *label)
{
	const struct form_field *fields = f->form->fields.items;

	for (size_t i = 0; i < f->form->fields.count; i++) {
		if (control_titled(f, fields[i].component) == NULL &&
		    text_equal(new_title(f, fields[i].component), label))
			return true;
	}
	return false;
}

static void examine_mapping(struct findings *out, const struct doctor_form *f)
{
	const struct form_field *fields = f->form->fields.items;
	size_t before = out->count;

	for (size_t i = 0; i < f->form->fields.count; i++)
		examine_field(out, f, &fields[i]);
	for (size_t i = 0; i < f->control_count; i++) {
		const struct doctor_control *c = &f->controls[i];

		if (c->required && !is_mapped(f->form, c->label) && !is_renamed(f, c->label))
			say(out, "control-required", c->label, "");
	}
	if (out->count == before)
		say(out, "mapping-ok", "", "");
}

/* False: there is nothing more to say about this form. */
static bool examine_schema(struct findings *out, const struct doctor_form *f)
{
	static const char *const missing[] = {"formNotExist", "processCodeError",
					      "aflowProcessCodeIsError", "invalidParameter"};

	if (f->schema.outcome == DOCTOR_UNTRIED || is_common(out, &f->schema))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
		if (f->schema.outcome == DOCTOR_REFUSED && text_equal(f->schema.code, missing[i])) {
			say(out, "form-missing", "", f->schema.text);
			return false;
		}
	}
	if (f->schema.outcome != DOCTOR_DONE) {
		say(out, "form-unread", "", f->schema.text);
		return true;
	}
	if (!text_equal(f->status, PUBLISHED)) {
		say(out, "form-unpublished", f->name, f->status);
		return false;
	}
	say(out, "form-ok", f->name, "");
	examine_mapping(out, f);
	return true;
}

/* Who may start it, and who would decide. */

static const char *joined(struct arena *a, const char *list, const char *name)
{
	return *list == '\0' ? name : arena_printf(a, "%s, %s", list, name);
}

static bool may_not_start(const struct doctor_sample *s)
{
	return s->forecast.outcome == DOCTOR_REFUSED &&
	       (text_equal(s->forecast.code, "processSetupNoPermission") ||
		text_equal(s->forecast.code, "needAuth"));
}

static void examine_initiators(struct findings *out, const struct doctor_form *f)
{
	const char *may = "", *may_not = "", *hidden = "";

	for (size_t i = 0; i < f->sample_count; i++) {
		const struct doctor_sample *s = &f->samples[i];

		if (may_not_start(s))
			may_not = joined(out->arena, may_not, s->name);
		else if (s->forecast.outcome == DOCTOR_DONE && s->listed_known && !s->listed)
			hidden = joined(out->arena, hidden, s->name);
		else if (s->forecast.outcome == DOCTOR_DONE)
			may = joined(out->arena, may, s->name);
	}
	if (f->sample_count == 0)
		say(out, "initiate-unknown", "", "");
	if (*may_not != '\0')
		say(out, *may != '\0' || *hidden != '\0' ? "initiate-some" : "initiate-none",
		    may_not, "");
	else if (*may != '\0')
		say(out, "initiate-ok", may, "");
	if (*hidden != '\0')
		say(out, "initiate-hidden", hidden, "");
}

static void examine_approvers(struct findings *out, const struct doctor_form *f, bool accepted)
{
	const char *alone = "";
	bool chosen = false, asked = false;

	for (size_t i = 0; i < f->sample_count; i++) {
		const struct doctor_sample *s = &f->samples[i];

		if (s->forecast.outcome == DOCTOR_REFUSED && !may_not_start(s))
			say(out, "forecast-refused", s->name, s->forecast.text);
		if (s->forecast.outcome != DOCTOR_DONE)
			continue;
		asked = true;
		chosen = chosen || s->chosen > 0;
		if (s->others == 0 && s->chosen == 0)
			alone = joined(out->arena, alone, s->name);
	}
	if (chosen)
		say(out, "approver-chosen", "", "");
	if (*alone != '\0')
		say(out, accepted ? "approver-automatic" : "approver-none", alone, "");
	if (asked && !chosen && *alone == '\0')
		say(out, "approver-ok", "", "");
}

static void examine_form(struct findings *out, const struct doctor_form *f, bool accept_automatic)
{
	char time[CLOCK_TEXT_SIZE];

	out->form = f->form->process_code;
	if (!examine_schema(out, f))
		return;
	examine_initiators(out, f);
	examine_approvers(out, f, accept_automatic);
	say(out, *f->withdraw_error == '\0' ? "withdraw-unknown" : "withdraw-refused", "",
	    f->withdraw_error);
	if (f->event_ms > 0) {
		clock_text(f->event_ms, time);
		say(out, "events-seen", "", arena_dup(out->arena, time));
	} else {
		say(out, "events-none",
		    arena_printf(out->arena,
				 "/v1.0/event/bpms_instance_change/processCode/%s/type/*",
				 out->form),
		    "");
	}
}

void doctor_examine(struct arena *a, const struct doctor_facts *facts,
		    const struct doctor_finding **findings, size_t *count)
{
	struct findings out = {
	    .arena = a,
	    .items = arena_array(a, DOCTOR_MAX_FINDINGS, sizeof(struct doctor_finding)),
	    .form = ""};

	if (!is_common(&out, &facts->token))
		say(&out, is_answered(&facts->token) ? "credentials-ok" : "call-refused",
		    "accessToken", facts->token.text);
	if (facts->organisation.outcome != DOCTOR_UNTRIED)
		say(&out,
		    facts->organisation.outcome == DOCTOR_DONE ? "organisation-ok"
							       : "organisation-other",
		    facts->corp_id, facts->organisation.text);
	examine_clock(&out, facts);
	examine_callback(&out, &facts->callback);
	examine_quota(&out, &facts->quota);
	if (facts->token.outcome == DOCTOR_DONE) {
		examine_permissions(&out, facts);
		for (size_t i = 0; i < facts->form_count; i++)
			examine_form(&out, &facts->forms[i], facts->accept_automatic);
	}
	*findings = out.items;
	*count = out.count;
}
