/* Alarms are raised, closed and acknowledged (model/alarm.h has the kinds). Each inside a unit. What raises or closes
 * one is recorded by its own event: these write none, but for the acknowledgement. */
#pragma once

#include "flow/flow.h"
#include "model/alarm.h"
#include "store/alarm.h"

/* device NULL: of the organisation. subject "": the kind says all. *fresh (or NULL): it was not open. */
struct flow_alarm {
	const char *device;
	enum alarm_kind kind;
	const char *subject, *evidence;
};
[[nodiscard]] bool flow_alarm_raise(struct flow *f, const struct flow_alarm *alarm, bool *fresh,
				    struct err *e);

/* Its cause has ended. subject NULL: whatever it is about. *any (or NULL): one was open. */
[[nodiscard]] bool flow_alarm_close(struct flow *f, const char *device, enum alarm_kind kind,
				    const char *subject, const char *why, bool *any, struct err *e);
/* The device is another from now on, or none: its alarms end, and what it says of its build is heard anew. */
[[nodiscard]] bool flow_alarm_close_device(struct flow *f, const char *device, const char *why,
					   struct err *e);

#define FLOW_ALARM_MAX_NOTE 500 /* code points */

/* Somebody has seen to it: note, trimmed, may be empty. Again: his word takes the place of the one before. It stays
 * open until its cause ends. ERR_NOT_FOUND; scope as store_alarm_get has it. */
[[nodiscard]] bool flow_alarm_acknowledge(struct flow *f, const char *id, const char *scope,
					  const char *note, struct err *e);
