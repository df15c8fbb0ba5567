/*
 * docs/states.md is written from the tables of model/: run with --write it makes the file anew, else it fails when the file
 * is not what the tables say.
 */
#include "../unit.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/text.h"
#include "model/approval.h"
#include "model/device.h"
#include "model/instance.h"
#include "model/release.h"

#define PAGE SOURCE_ROOT "/docs/states.md"

/* What a machine says of one state and event. */
struct answer {
	int to;
	unsigned effects;
};

struct machine {
	const char *title, *text;
	int states, events;
	const char *(*state)(int);
	const char *const *event;  /* in words */
	const char *const *effect; /* bit after bit, in words; NULL: it has none */
	size_t effect_count;
	struct answer (*step)(int from, int event);
};

/* --- requests --- */

static const char *const instance_events[] = {
    [INSTANCE_APPROVE] = "approved here",
    [INSTANCE_REJECT] = "rejected here",
    [INSTANCE_WITHDRAW] = "withdrawn by the applicant",
    [INSTANCE_UNNEEDED] = "needed no more",
    [INSTANCE_TIME_OUT] = "waited too long",
    [INSTANCE_OA_AGREED] = "agreed in DingTalk",
    [INSTANCE_OA_ALONE] = "agreed in DingTalk by nobody else",
    [INSTANCE_OA_MISMATCH] = "DingTalk holds something else",
    [INSTANCE_OA_REFUSED] = "refused in DingTalk",
    [INSTANCE_OA_TERMINATED] = "withdrawn in DingTalk",
    [INSTANCE_OA_REVOKED] = "agreed and revoked in DingTalk",
};
_Static_assert(ARRAY_SIZE(instance_events) == INSTANCE_EVENT_COUNT, "a word for every event");

static const char *const instance_effects[] = {
    "decision written",
    "grant issued",
    "DingTalk brought to an end",
    "DingTalk is at its end",
    "note",
    "late, for the record",
    "refused",
    "grant called back",
    "tasks closed",
};
_Static_assert(ARRAY_SIZE(instance_effects) == INSTANCE_EFFECT_COUNT, "a word for every effect");

static const char *instance_state(int state)
{
	return instance_status_name((enum instance_status)state);
}

static struct answer instance_answer(int from, int event)
{
	struct instance_step s =
	    instance_step((enum instance_status)from, (enum instance_event)event);

	return (struct answer){(int)s.to, s.effects};
}

/* --- grants --- */

static const char *const grant_events[] = {
    [GRANT_FETCHED] = "the device has it",
    [GRANT_CONSUMED] = "the device used it",
    [GRANT_RUN_OUT] = "its time is over",
    [GRANT_CALL_BACK] = "called back",
};
_Static_assert(ARRAY_SIZE(grant_events) == GRANT_EVENT_COUNT, "a word for every event");

static const char *grant_state(int state)
{
	return grant_state_name((enum grant_state)state);
}

static struct answer grant_answer(int from, int event)
{
	return (struct answer){(int)grant_step((enum grant_state)from, (enum grant_event)event), 0};
}

/* --- tasks --- */

static const char *const task_events[] = {
    [TASK_APPROVE] = "approved",
    [TASK_REJECT] = "rejected",
    [TASK_LEAVE] = "its owner cannot be asked",
    [TASK_RETURN] = "its owner can be asked again",
    [TASK_OVER] = "level passed or request final",
};
_Static_assert(ARRAY_SIZE(task_events) == TASK_EVENT_COUNT, "a word for every event");

static const char *task_state(int state)
{
	return task_state_name((enum task_state)state);
}

static struct answer task_answer(int from, int event)
{
	return (struct answer){(int)task_step((enum task_state)from, (enum task_event)event), 0};
}

/* --- releases --- */

static const char *const release_events[] = {
    [RELEASE_CONFIRM] = "confirmed by a second person",
    [RELEASE_STOP] = "stopped",
    [RELEASE_TIME_OUT] = "nobody confirmed in time",
    [RELEASE_NOTHING_LEFT] = "the list is done",
};
_Static_assert(ARRAY_SIZE(release_events) == RELEASE_EVENT_COUNT, "a word for every event");

static const char *const release_effects[] = {"work for the job", "no grant for the rest",
					      "refused"};

static const char *release_state(int state)
{
	return release_state_name((enum release_state)state);
}

static struct answer release_answer(int from, int event)
{
	struct release_step s = release_step((enum release_state)from, (enum release_event)event);

	return (struct answer){(int)s.to, s.effects};
}

/* --- devices --- */

static const char *const device_events[] = {
    [DEVICE_UNBIND] = "unbound by an administrator",
    [DEVICE_LOSE] = "reported lost",
    [DEVICE_FIND] = "found again",
    [DEVICE_DELETE] = "deleted",
    [DEVICE_ENROL] = "somebody signs in on it anew",
    [DEVICE_GOODBYE] = "uninstalled on a ground",
    [DEVICE_FORCED] = "removed without a grant",
    [DEVICE_ROLLBACK] = "the removal was rolled back",
    [DEVICE_VANISH] = "silent with an unused grant",
    [DEVICE_HEARD] = "heard again",
};
_Static_assert(ARRAY_SIZE(device_events) == DEVICE_EVENT_COUNT, "a word for every event");

static const char *const device_effects[] = {"refused", "requests and grants ended",
					     "nobody's any more"};

static const char *device_state(int state)
{
	return device_state_name((enum device_state)state);
}

static struct answer device_answer(int from, int event)
{
	struct device_step s = device_step((enum device_state)from, (enum device_event)event);

	return (struct answer){(int)s.to, s.effects};
}

static const struct machine machines[] = {
    {.title = "Requests",
     .text =
	 "Nothing leaves a final status; what comes late is kept in the record. \"Approved here\" "
	 "is the last level of a built-in approval, or an administrator.",
     .states = INSTANCE_STATUS_COUNT,
     .events = INSTANCE_EVENT_COUNT,
     .state = instance_state,
     .event = instance_events,
     .effect = instance_effects,
     .effect_count = ARRAY_SIZE(instance_effects),
     .step = instance_answer},
    {.title = "Grants",
     .text = "The device is the one who knows: that it was used counts also after the lapse or the "
	     "call-back.",
     .states = GRANT_STATE_COUNT,
     .events = GRANT_EVENT_COUNT,
     .state = grant_state,
     .event = grant_events,
     .step = grant_answer},
    {.title = "Tasks of a built-in approval",
     .text = "One approver's turn in one level ([approval.md](approval.md)).",
     .states = TASK_STATE_COUNT,
     .events = TASK_EVENT_COUNT,
     .state = task_state,
     .event = task_events,
     .step = task_answer},
    {.title = "Releases",
     .text =
	 "Devices let go without a filing ([releases.md](releases.md)). One that needs no second "
	 "person begins as issuing.",
     .states = RELEASE_STATE_COUNT,
     .events = RELEASE_EVENT_COUNT,
     .state = release_state,
     .event = release_events,
     .effect = release_effects,
     .effect_count = ARRAY_SIZE(release_effects),
     .step = release_answer},
    {.title = "Devices",
     .text = "An active device is shown as online, offline or long-offline "
	     "([device.md](device.md)). A lost one stays protected, and lost, whatever it reports.",
     .states = DEVICE_STATE_COUNT,
     .events = DEVICE_EVENT_COUNT,
     .state = device_state,
     .event = device_events,
     .effect = device_effects,
     .effect_count = ARRAY_SIZE(device_effects),
     .step = device_answer},
};

/* --- the page --- */

/* Arrows between two states, with everything that goes that way. */
static void draw(struct buf *out, const struct machine *m)
{
	buf_printf(out, "```mermaid\nstateDiagram-v2\n    [*] --> %s\n", m->state(0));
	for (int from = 0; from < m->states; from++) {
		for (int to = 0; to < m->states; to++) {
			bool any = false;

			for (int event = 0; event < m->events && from != to; event++) {
				if (m->step(from, event).to != to)
					continue;
				if (!any)
					buf_printf(out, "    %s --> %s: ", m->state(from),
						   m->state(to));
				buf_printf(out, "%s%s", any ? "<br/>" : "", m->event[event]);
				any = true;
			}
			buf_text(out, any ? "\n" : "");
		}
	}
	buf_text(out, "```\n\n");
}

static void put_effects(struct buf *out, const struct machine *m, unsigned effects)
{
	for (size_t i = 0; i < m->effect_count; i++) {
		if ((effects & 1U << i) != 0)
			buf_printf(out, "; %s", m->effect[i]);
	}
}

static void tabulate(struct buf *out, const struct machine *m)
{
	buf_text(out, "| what happens |");
	for (int state = 0; state < m->states; state++)
		buf_printf(out, " %s |", m->state(state));
	buf_text(out, "\n|---|");
	for (int state = 0; state < m->states; state++)
		buf_text(out, "---|");
	for (int event = 0; event < m->events; event++) {
		buf_printf(out, "\n| %s |", m->event[event]);
		for (int from = 0; from < m->states; from++) {
			struct answer a = m->step(from, event);

			buf_printf(out, " %s", a.to == from ? "–" : m->state(a.to));
			put_effects(out, m, a.effects);
			buf_text(out, " |");
		}
	}
	buf_text(out, "\n\n");
}

static void write_page(struct buf *out)
{
	buf_text(out, "# States\n\nMade from the tables of `src/model/` by `unit-model-test_states "
		      "--write`; the test fails when this page is not what they say.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		const struct machine *m = &machines[i];

		buf_printf(out, "## %s\n\n%s\n\n", m->title, m->text);
		draw(out, m);
		tabulate(out, m);
	}
	out->len--; /* the last empty line */
}

static void the_page_is_what_the_tables_say(void **state)
{
	AUTO(buf_done) struct buf want = {0}, is = {0};
	char part[4096];
	FILE *file = fopen(PAGE, "r");
	size_t n;

	(void)state;
	assert_non_null(file);
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		buf_add(&is, part, n);
	assert_int_equal(fclose(file), 0);
	write_page(&want);
	if (is.len != want.len || memcmp(is.data, want.data, is.len) != 0)
		fail_msg("docs/states.md is stale: run this program with --write");
}

static int make_page(void)
{
	AUTO(buf_done) struct buf page = {0};
	FILE *file = fopen(PAGE, "w");
	bool ok;

	if (file == NULL)
		return 1;
	write_page(&page);
	ok = fwrite(page.data, 1, page.len, file) == page.len;
	return fclose(file) == 0 && ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_page_is_what_the_tables_say),
	};

	if (argc == 2 && strcmp(argv[1], "--write") == 0)
		return make_page();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
