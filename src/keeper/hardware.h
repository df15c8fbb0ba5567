/*
 * What a machine is recognised by after its disk was wiped: the mainboard's UUID and serial number, else a
 * serial number of the device tree, else the operating system's own id (docs/decisions/0003).
 */
#pragma once

#include "keeper/paths.h"

#define HARDWARE_SIZE 44 /* base64url of a SHA-256, and NUL */

/* What the firmware says, each "" when it says nothing. */
struct hardware_facts {
	const char *uuid, *board_serial, *product_serial, *tree_serial, *machine_id;
	bool container; /* the firmware is the host's */
};

/* "" when nothing of it tells one machine from another: what makers leave unfilled is no name. */
void hardware_name(const struct hardware_facts *facts, char out[static HARDWARE_SIZE]);

void hardware_read(const struct paths *paths, char out[static HARDWARE_SIZE]);
