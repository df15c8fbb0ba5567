/* A device out of a row, for store/device.c and store/device_list.c. */
#pragma once

#include "store/device.h"

/* Of devices d, p its owner, o the owner's source, h whom it is held for. */
#define DEVICE_COLUMNS                                                                            \
	"d.id, d.name, d.os, d.macs, d.client_version, d.owner, p.name, d.state, d.key, "         \
	"d.enrolled_ms, d.last_seen_ms, d.statement_counter, d.held_counter, d.held_basis, "      \
	"d.held_for, h.name, d.held_ms, d.held_refused_ms, d.session_end, d.session_ended_ms, "   \
	"d.hardware, d.enrolment_token, d.cloned_ms, d.clone_of, d.version, d.left_ms, "          \
	"p.source, o.name, p.departed, d.run, d.build, d.boot, (SELECT COUNT(*) FROM alarms x "   \
	"WHERE x.device = d.id AND x.closed_ms IS NULL), (SELECT w.name FROM memberships m JOIN " \
	"departments w ON w.id = m.department WHERE m.person = d.owner ORDER BY m.position, "     \
	"m.department LIMIT 1) "
#define DEVICE_JOINS                                                                             \
	" JOIN people p ON p.id = d.owner JOIN identity_sources o ON o.id = p.source LEFT JOIN " \
	"people h ON h.id = d.held_for "

struct store_device device_row(const struct db_rows *rows, struct arena *a);
