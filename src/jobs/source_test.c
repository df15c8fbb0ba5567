#include "jobs/source_test.h"

#include "base/clock.h"
#include "base/text.h"
#include "dingtalk/org.h"
#include "jobs/doctor.h"
#include "jobs/organisation.h"

#define LONGEST_MS 30000

/* Whatever else is wrong is said by the other findings. */
static void look_at_chosen(struct exam *x, const struct store_source *s)
{
	const char **unseen = arena_array(x->arena, s->department_count, sizeof(*unseen));
	size_t n = 0;

	for (size_t i = 0; i < s->department_count && exam_goes_on(x); i++) {
		struct dingtalk_department d;
		struct err e = {0};

		if (!dingtalk_department_get(x->dingtalk, organisation_number(s->departments[i]),
					     x->arena, &d, &e) &&
		    dingtalk_unseen(x->dingtalk))
			unseen[n++] = s->departments[i];
	}
	x->facts.unseen = unseen;
	x->facts.unseen_count = n;
}

/* Of a whole app, what concerns forms and work notices is none of a source's. */
static bool concerns(const struct doctor_finding *f)
{
	static const char *const ids[] = {
	    "credentials-ok", "credentials-refused", "organisation-ok",  "organisation-other",
	    "unreachable",    "quota-used-up",       "address-refused",  "call-refused",
	    "clock-ok",       "clock-off",           "contacts-limited", "department-unseen"};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		if (text_equal(f->id, ids[i]))
			return true;
	}
	return (text_equal(f->id, "permission-ok") || text_equal(f->id, "permission-missing")) &&
	       !text_starts(f->subject, "Workflow");
}

static void gather(struct exam *x, struct source_test *out)
{
	const struct doctor_finding *all;
	struct doctor_finding *ours;
	size_t count, n = 0;

	doctor_examine(x->arena, &x->facts, &all, &count);
	ours = arena_array(x->arena, count, sizeof(*ours));
	for (size_t i = 0; i < count; i++) {
		if (concerns(&all[i]))
			ours[n++] = all[i];
	}
	*out = (struct source_test){ours, n};
}

bool source_test(struct links *links, struct db *db, struct arena *a, const struct store_source *s,
		 struct source_test *out, struct err *e)
{
	AUTO(line_close) struct line line = {0};
	struct exam x = {.arena = a, .end_ms = clock_mono_ms() + LONGEST_MS};

	if (!line_open(&line, links, db, &(struct line_to){s->app, DINGTALK_FOR_DOCTOR},
		       &x.dingtalk, e))
		return false;
	if (exam_token(&x)) {
		exam_contacts(&x);
		look_at_chosen(&x, s);
	}
	x.facts.clock_known = dingtalk_clock_ahead(x.dingtalk, &x.facts.clock_ahead_ms);
	gather(&x, out);
	return true;
}
