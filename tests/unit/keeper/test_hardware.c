#include "../unit.h"

#include "crypto/crypto.h"
#include "keeper/hardware.h"

static const struct hardware_facts laptop = {.uuid = "4C4C4544-0051-3610-8052-B4C04F4D5931",
					     .board_serial = "/5Q6RMY1/CNWS2000AL0123/",
					     .product_serial = "5Q6RMY1",
					     .tree_serial = "",
					     .machine_id = "0123456789abcdef0123456789abcdef"};

static void a_machine_is_recognised_after_its_system_is_installed_anew(void **state)
{
	struct hardware_facts again = laptop, other = laptop;
	char first[HARDWARE_SIZE], second[HARDWARE_SIZE];

	(void)state;
	again.machine_id = "fedcba9876543210fedcba9876543210";
	again.uuid = "4c4c4544-0051-3610-8052-b4c04f4d5931";
	hardware_name(&laptop, first);
	hardware_name(&again, second);
	assert_int_equal(strlen(first), HARDWARE_SIZE - 1);
	assert_string_equal(first, second);
	other.uuid = "4C4C4544-0051-3610-8052-B4C04F4D5932";
	hardware_name(&other, second);
	assert_string_not_equal(first, second);
	/* Boards that share a UUID differ in their serial number. */
	other = laptop;
	other.board_serial = "/5Q6RMY1/CNWS2000AL0124/";
	hardware_name(&other, second);
	assert_string_not_equal(first, second);
}

static void what_makers_left_unfilled_is_no_name(void **state)
{
	static const struct hardware_facts rows[] = {
	    {"00000000-0000-0000-0000-000000000000", "", "", "", ""},
	    {"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "Default string", "", "", ""},
	    {"03000200-0400-0500-0006-000700080009", "To be filled by O.E.M.", "None", "", ""},
	    {"not a uuid", "0000000000", "System Serial Number", "", "short"},
	    {"", "", "", "", "00000000000000000000000000000000"},
	};
	char name[HARDWARE_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		hardware_name(&rows[i], name);
		assert_string_equal(name, "");
	}
}

/* Containers see the firmware of their host, all of them the same. */
static void a_container_is_not_its_host(void **state)
{
	struct hardware_facts container = laptop;
	char host[HARDWARE_SIZE], name[HARDWARE_SIZE];

	(void)state;
	hardware_name(&laptop, host);
	container.container = true;
	hardware_name(&container, name);
	assert_string_not_equal(host, name);
	container.machine_id = "";
	hardware_name(&container, name);
	assert_string_equal(name, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_machine_is_recognised_after_its_system_is_installed_anew),
	    cmocka_unit_test(what_makers_left_unfilled_is_no_name),
	    cmocka_unit_test(a_container_is_not_its_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
