/* What the policy decides about a device, as a table: mode, whitelist, scope, an owner who waits for an administrator, people
 * who have left and departments that are gone. */
#include "../unit.h"

#include "base/text.h"
#include "flow/statement.h"
#include "store/device.h"

/* in is in the group's department, out is in another one; left has left the first, lost is below a department that is gone. */
static const struct roster_department_source departments[] = {{"d-top", NULL},
							      {"d-in", "d-top"},
							      {"d-out", "d-top"},
							      {"d-gone", NULL, .gone = true},
							      {"d-below", "d-gone"}};
static const char *const in_in[] = {"d-in"}, *const in_out[] = {"d-out"},
			 *const in_gone[] = {"d-below"};
static const struct roster_person_source people[] = {
    {"in", "", "", in_in, 1},     {"left", "", "", in_in, 1, .departed = true},
    {"lost", "", "", in_gone, 1}, {"out", "", "", in_out, 1},
    {"white", "", "", in_in, 1},
};

enum scope { EVERYONE, GROUP, BOTH_GROUPS, EMPTY, GHOST };

static const struct {
	enum scope scope;
	const char *owner, *held_for, *state;
	bool covered;
	const char *why;
} table[] = {
    /* scope: everybody, a group, several, nobody, a group that is not there */
    {EVERYONE, "in", NULL, "active", true, "everyone"},
    {EVERYONE, "out", NULL, "active", true, "everyone"},
    {GROUP, "in", NULL, "active", true, "group one"},
    {GROUP, "out", NULL, "active", false, "out of scope"},
    {BOTH_GROUPS, "in", NULL, "active", true, "group one"},
    {BOTH_GROUPS, "out", NULL, "active", true, "group two"},
    {EMPTY, "in", NULL, "active", false, "out of scope"},
    {GHOST, "in", NULL, "active", false, "out of scope"},
    /* the whitelist comes first */
    {EVERYONE, "white", NULL, "active", false, "whitelist"},
    {GROUP, "white", NULL, "active", false, "whitelist"},
    {EMPTY, "white", NULL, "active", false, "whitelist"},
    /* who left, and a department that is gone, count as before */
    {EVERYONE, "left", NULL, "active", true, "everyone"},
    {GROUP, "left", NULL, "active", true, "group one"},
    {EMPTY, "left", NULL, "active", false, "out of scope"},
    {GROUP, "lost", NULL, "active", true, "group one"},
    /* a new owner takes nothing away until an administrator says so */
    {GROUP, "out", "in", "active", true, "group one"},
    {GROUP, "white", "in", "active", true, "group one"},
    {GROUP, "white", "left", "active", true, "group one"},
    {GROUP, "in", "out", "active", true, "group one"},
    {GROUP, "out", "white", "active", false, "whitelist"},
    {EVERYONE, "white", "out", "active", true, "everyone"},
    {EMPTY, "out", "in", "active", false, "out of scope"},
    /* whom nobody knows, maybe because he is newer than the snapshot */
    {EVERYONE, "stranger", NULL, "active", false, "unknown person"},
    {GROUP, "stranger", "in", "active", true, "group one"},
    /* a device that is lost stays protected; one that was taken out does not */
    {GROUP, "in", NULL, STORE_DEVICE_LOST, true, "group one"},
    {EVERYONE, "in", NULL, STORE_DEVICE_UNBOUND, false, "unbound"},
    {EVERYONE, "out", "in", STORE_DEVICE_UNBOUND, false, "unbound"},
};

static void decisions_equal_the_table(void **state)
{
	static const struct rule one[] = {{RULE_DEPARTMENT, RULE_EQUAL, "d-in"},
					  {RULE_DEPARTMENT, RULE_EQUAL, "d-gone"}};
	static const struct rule two = {RULE_DEPARTMENT, RULE_EQUAL, "d-top"};
	static const struct group groups[] = {{"g1", "one", "", one, 2},
					      {"g2", "two", "", &two, 1}};
	static const char *g1[] = {"g1"}, *both[] = {"g1", "g2"}, *ghost[] = {"g9"},
			  *white[] = {"white"};
	static const struct json_list scopes[] = {
	    [GROUP] = {g1, 1}, [BOTH_GROUPS] = {both, 2}, [GHOST] = {ghost, 1}};

	(void)state;
	for (size_t i = 0; i < 3 * ARRAY_SIZE(table); i++) {
		size_t row = i / 3;
		const struct store_device d = {.owner = table[row].owner,
					       .held_for = table[row].held_for,
					       .state = table[row].state};
		struct policy policy;
		struct snapshot *s;
		struct coverage got;

		policy_default(&policy);
		policy.mode = (enum policy_mode)(i % 3); /* who is covered does not hang on it */
		policy.everyone = table[row].scope == EVERYONE;
		policy.whitelist = (struct json_list){white, 1};
		if (table[row].scope < ARRAY_SIZE(scopes))
			policy.groups = scopes[table[row].scope];
		s = snapshot_new(
		    &(struct snapshot_source){.departments = departments,
					      .department_count = ARRAY_SIZE(departments),
					      .people = people,
					      .person_count = ARRAY_SIZE(people),
					      .groups = groups,
					      .group_count = ARRAY_SIZE(groups),
					      .policy = &policy});
		got = flow_device_coverage(s, &d);
		if (got.covered != table[row].covered || !text_equal(got.why, table[row].why))
			fail_msg("row %zu: %d, %s", row, got.covered, got.why);
		snapshot_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(decisions_equal_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
