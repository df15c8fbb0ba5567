#include "../unit.h"

#include "base/text.h"
#include "model/device.h"
#include "model/party.h"
#include "model/release.h"

/* What docs/releases.md promises, written down apart from the table: rows are states, columns confirm, stop,
 * time out, nothing left. "!" is refused, "+" means work for the job, "-" that the rest gets no grants. */
static const char *const promised[RELEASE_STATE_COUNT][RELEASE_EVENT_COUNT + 1] = {
    {"unconfirmed", "issuing+", "stopped-", "expired-", "unconfirmed"},
    {"issuing", "issuing!", "stopping+-", "issuing", "issued"},
    {"issued", "issued!", "stopping+", "issued", "issued"},
    {"stopping", "stopping!", "stopping", "stopping", "stopped"},
    {"stopped", "stopped!", "stopped", "stopped", "stopped"},
    {"expired", "expired!", "expired!", "expired", "expired"},
};

static void every_event_in_every_state(void **state)
{
	(void)state;
	for (int from = 0; from < RELEASE_STATE_COUNT; from++) {
		enum release_state named;

		assert_true(release_state_from(promised[from][0], &named));
		assert_int_equal(named, from);
		for (int event = 0; event < RELEASE_EVENT_COUNT; event++) {
			struct release_step s =
			    release_step((enum release_state)from, (enum release_event)event);
			const char *want = promised[from][event + 1];
			const char *name = release_state_name(s.to);

			assert_memory_equal(want, name, strlen(name));
			assert_int_equal(strspn(want + strlen(name), "!+-"),
					 strlen(want + strlen(name)));
			assert_int_equal((s.effects & RELEASE_REFUSE) != 0,
					 strchr(want, '!') != NULL);
			assert_int_equal((s.effects & RELEASE_WORK) != 0,
					 strchr(want, '+') != NULL);
			assert_int_equal((s.effects & RELEASE_SKIP) != 0,
					 strchr(want, '-') != NULL);
		}
	}
}

/* Whatever happens: what was stopped or expired issues nothing any more, and only a confirmation begins. */
static void nothing_is_issued_after_a_stop(void **state)
{
	(void)state;
	for (int from = 0; from < RELEASE_STATE_COUNT; from++) {
		for (int event = 0; event < RELEASE_EVENT_COUNT; event++) {
			struct release_step s =
			    release_step((enum release_state)from, (enum release_event)event);
			bool begins = from != RELEASE_ISSUING && s.to == RELEASE_ISSUING;

			assert_int_equal(begins,
					 from == RELEASE_UNCONFIRMED && event == RELEASE_CONFIRM);
			assert_true((s.effects & RELEASE_REFUSE) == 0 || (int)s.to == from);
		}
	}
}

static void progress_is_told_by_device_and_grant(void **state)
{
	static const struct {
		const char *device, *grant, *want;
	} cases[] = {
	    {"queued", NULL, "queued"},
	    {"issued", "unused", "waiting"},
	    {"issued", "delivered", "fetched"},
	    {"issued", "used", "used"},
	    {"issued", "lapsed", "lapsed"},
	    {"issued", "cancelled", "cancelled"},
	    {"skipped", NULL, "cancelled"},
	    {"failed", NULL, "failed"},
	    {"", NULL, "failed"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum release_progress p = release_progress_of(cases[i].device, cases[i].grant);
		enum release_progress named;
		const char *device, *grant;

		assert_string_equal(release_progress_name(p), cases[i].want);
		assert_true(release_progress_from(cases[i].want, &named));
		assert_int_equal(named, p);
		/* A list of those finds it. */
		release_progress_words(p, &device, &grant);
		assert_true(i == ARRAY_SIZE(cases) - 1 || text_equal(device, cases[i].device) ||
			    (grant != NULL && text_equal(grant, cases[i].grant)));
	}
	assert_false(release_progress_from("", &(enum release_progress){0}));
	assert_false(release_state_from("done", &(enum release_state){0}));
}

static void two_people_release_many(void **state)
{
	static const struct {
		struct party by, creator;
		bool may;
	} cases[] = {
	    {{"b", NULL}, {"a", NULL}, true},    {{"b", "q"}, {"a", "p"}, true},
	    {{"b", "q"}, {NULL, NULL}, true},    {{"a", NULL}, {"a", NULL}, false},
	    {{"b", "p"}, {"a", "p"}, false},     {{NULL, NULL}, {"a", NULL}, false},
	    {{NULL, NULL}, {NULL, NULL}, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(party_refusal(&cases[i].by, &cases[i].creator) == NULL,
				 cases[i].may);
}

static void a_device_is_refused_with_a_reason(void **state)
{
	static const struct {
		struct release_subject subject;
		const char *want;
	} cases[] = {
	    {{"active", "p", "p", NULL, NULL}, NULL},
	    {{"active", "p", "p", "q", "r"}, NULL},
	    {{"uninstalled", "p", "p", NULL, NULL}, "the device is uninstalled"},
	    {{"active", "q", "p", NULL, NULL},
	     "the device has another owner since it was selected"},
	    {{"active", "p", "p", "p", NULL}, "it belongs to the person who made the release"},
	    {{"active", "p", "p", "q", "p"}, "it belongs to the person who confirmed the release"},
	};
	AUTO(arena_done) struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *why = release_refusal(&a, &cases[i].subject);

		assert_true(text_equal(why, cases[i].want));
	}
}

static void all_conditions_of_a_filter_hold(void **state)
{
	const struct release_candidate c = {.name = "Laptop-42",
					    .os = "Debian GNU/Linux 12",
					    .client_version = "0.1.0",
					    .owner = "p",
					    .presence = "offline"};
	static const struct {
		struct release_filter filter;
		bool fits;
	} cases[] = {
	    {{.name = NULL}, true},
	    {{.name = "laptop"}, true},
	    {{.name = "laptop-42x"}, false},
	    {{.name = "42"}, true},
	    {{.os = "gnu/linux"}, true},
	    {{.os = "Windows"}, false},
	    {{.client_version = "0.1.0"}, true},
	    {{.client_version = "0.1"}, false},
	    {{.owner = "q"}, false},
	    {{.state = "offline", .owner = "p", .name = "LAP"}, true},
	    {{.state = "online", .owner = "p"}, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(release_filter_fits(&cases[i].filter, &c), cases[i].fits);
		assert_int_equal(release_filter_empty(&cases[i].filter), i == 0);
	}
}

static void a_device_is_online_until_it_is_not_heard(void **state)
{
	(void)state;
	assert_string_equal(device_presence(1000, 1089, 90), "online");
	assert_string_equal(device_presence(1000, 1090, 90), "offline");
	assert_string_equal(device_presence(0, DEVICE_LONG_OFFLINE_MS - 1, 90), "offline");
	assert_string_equal(device_presence(0, DEVICE_LONG_OFFLINE_MS, 90), "long-offline");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_event_in_every_state),
	    cmocka_unit_test(nothing_is_issued_after_a_stop),
	    cmocka_unit_test(progress_is_told_by_device_and_grant),
	    cmocka_unit_test(two_people_release_many),
	    cmocka_unit_test(a_device_is_refused_with_a_reason),
	    cmocka_unit_test(all_conditions_of_a_filter_hold),
	    cmocka_unit_test(a_device_is_online_until_it_is_not_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
