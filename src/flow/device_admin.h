/* What administrators do with a device, and what follows for its requests and grants (model/device.h). Each inside a
 * unit. */
#pragma once

#include "flow/flow.h"
#include "model/device.h"
#include "store/device.h"

struct flow_device_act {
	const char *device;
	enum device_event event; /* DEVICE_UNBIND to DEVICE_DELETE */
	const char *reason;      /* as typed */
	int64_t seen_ms;         /* when this server heard it last; 0: not lately */
	int64_t version;         /* that was looked at; 0: whatever there is */
};

/* Only who is not there can be deleted, and so long after it was heard last: another server may not have written yet
 * that it is. */
#define FLOW_DEVICE_DELETE_MS 90000
#define FLOW_DEVICE_DELETE_STORED_MS 150000

/* ERR_NOT_FOUND. ERR_UNPROCESSABLE: the reason. ERR_STALE: another version. ERR_CONFLICT, in words: not in this state;
 * deleting one that is online; somebody else was quicker; unbinding more than one person may (flow/taken.h). Unbinding
 * needs the snapshot. */
[[nodiscard]] bool flow_device_act(struct flow *f, const struct flow_device_act *act,
				   struct err *e);

/* What a device reports moves it on. */
[[nodiscard]] bool flow_device_reported(struct flow *f, const struct store_device *d,
					enum device_event event, const char *why, struct err *e);

/* Whether anything can be filed on it, or granted to it, until the end of the unit. ERR_FORBIDDEN, in words for who
 * uses it: it is lost or unbound. */
[[nodiscard]] bool flow_device_in_use(struct flow *f, const char *device, struct err *e);

/* Devices that have been silent for 30 days become long-offline in the record, those that are back stop being it: at
 * most FLOW_DEVICE_SILENT_MAX, *count of them. */
#define FLOW_DEVICE_SILENT_MAX 200
[[nodiscard]] bool flow_device_silent(struct flow *f, size_t *count, struct err *e);
