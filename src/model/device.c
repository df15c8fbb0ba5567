#include "model/device.h"

#include "base/text.h"

#define TAKEN_OUT (DEVICE_RESET | DEVICE_DISOWN)

/* A lost device stays one whatever it reports, until somebody of ours says otherwise. */
static const struct device_step steps[DEVICE_STATE_COUNT][DEVICE_EVENT_COUNT] =
    {
	[DEVICE_ACTIVE] =
	    {
		[DEVICE_UNBIND] = {DEVICE_UNBOUND, TAKEN_OUT},
		[DEVICE_LOSE] = {DEVICE_LOST, DEVICE_RESET},
		[DEVICE_FIND] = {DEVICE_ACTIVE, DEVICE_REFUSE},
		[DEVICE_DELETE] = {DEVICE_DELETED, TAKEN_OUT},
		[DEVICE_ENROL] = {DEVICE_ACTIVE, 0},
		[DEVICE_GOODBYE] = {DEVICE_UNINSTALLED, 0},
		[DEVICE_FORCED] = {DEVICE_REMOVED, 0},
		[DEVICE_ROLLBACK] = {DEVICE_ACTIVE, 0},
	    },
	[DEVICE_LOST] =
	    {
		[DEVICE_UNBIND] = {DEVICE_UNBOUND, TAKEN_OUT},
		[DEVICE_LOSE] = {DEVICE_LOST, DEVICE_REFUSE},
		[DEVICE_FIND] = {DEVICE_ACTIVE, 0},
		[DEVICE_DELETE] = {DEVICE_DELETED, TAKEN_OUT},
		[DEVICE_ENROL] = {DEVICE_LOST, DEVICE_REFUSE},
		[DEVICE_GOODBYE] = {DEVICE_LOST, 0},
		[DEVICE_FORCED] = {DEVICE_LOST, 0},
		[DEVICE_ROLLBACK] = {DEVICE_LOST, 0},
	    },
	[DEVICE_UNBOUND] =
	    {
		[DEVICE_UNBIND] = {DEVICE_UNBOUND, DEVICE_REFUSE},
		[DEVICE_LOSE] = {DEVICE_UNBOUND, DEVICE_REFUSE},
		[DEVICE_FIND] = {DEVICE_UNBOUND, DEVICE_REFUSE},
		[DEVICE_DELETE] = {DEVICE_DELETED, TAKEN_OUT},
		[DEVICE_ENROL] = {DEVICE_ACTIVE, 0},
		[DEVICE_GOODBYE] = {DEVICE_UNINSTALLED, 0},
		[DEVICE_FORCED] = {DEVICE_UNINSTALLED, 0},
		[DEVICE_ROLLBACK] = {DEVICE_UNBOUND, 0},
	    },
	[DEVICE_UNINSTALLED] =
	    {
		[DEVICE_UNBIND] = {DEVICE_UNINSTALLED, DEVICE_REFUSE},
		[DEVICE_LOSE] = {DEVICE_UNINSTALLED, DEVICE_REFUSE},
		[DEVICE_FIND] = {DEVICE_UNINSTALLED, DEVICE_REFUSE},
		[DEVICE_DELETE] = {DEVICE_DELETED, TAKEN_OUT},
		[DEVICE_ENROL] = {DEVICE_ACTIVE, 0},
		[DEVICE_GOODBYE] = {DEVICE_UNINSTALLED, 0},
		[DEVICE_FORCED] = {DEVICE_REMOVED, 0},
		[DEVICE_ROLLBACK] = {DEVICE_ACTIVE, 0},
	    },
	[DEVICE_REMOVED] =
	    {
		[DEVICE_UNBIND] = {DEVICE_UNBOUND, TAKEN_OUT},
		[DEVICE_LOSE] = {DEVICE_LOST, DEVICE_RESET},
		[DEVICE_FIND] = {DEVICE_REMOVED, DEVICE_REFUSE},
		[DEVICE_DELETE] = {DEVICE_DELETED, TAKEN_OUT},
		[DEVICE_ENROL] = {DEVICE_ACTIVE, 0},
		[DEVICE_GOODBYE] = {DEVICE_UNINSTALLED, 0},
		[DEVICE_FORCED] = {DEVICE_REMOVED, 0},
		[DEVICE_ROLLBACK] = {DEVICE_ACTIVE, 0},
	    },
	[DEVICE_DELETED] =
	    {
		[DEVICE_UNBIND] = {DEVICE_DELETED, DEVICE_REFUSE},
		[DEVICE_LOSE] = {DEVICE_DELETED, DEVICE_REFUSE},
		[DEVICE_FIND] = {DEVICE_DELETED, DEVICE_REFUSE},
		[DEVICE_DELETE] = {DEVICE_DELETED, DEVICE_REFUSE},
		[DEVICE_ENROL] = {DEVICE_DELETED, DEVICE_REFUSE},
		[DEVICE_GOODBYE] = {DEVICE_DELETED, 0},
		[DEVICE_FORCED] = {DEVICE_DELETED, 0},
		[DEVICE_ROLLBACK] = {DEVICE_DELETED, 0},
	    },
};

static const char *const names[DEVICE_STATE_COUNT] = {
    [DEVICE_ACTIVE] = "active",
    [DEVICE_LOST] = "lost",
    [DEVICE_UNBOUND] = "unbound",
    [DEVICE_UNINSTALLED] = "uninstalled",
    [DEVICE_REMOVED] = "removed-without-grant",
    [DEVICE_DELETED] = "deleted",
};

struct device_step device_step(enum device_state from, enum device_event event)
{
	return steps[from][event];
}

const char *device_state_name(enum device_state state)
{
	return names[state];
}

bool device_state_from(const char *name, enum device_state *out)
{
	for (enum device_state s = 0; s < DEVICE_STATE_COUNT; s++) {
		if (text_equal(names[s], name)) {
			*out = s;
			return true;
		}
	}
	return false;
}

const char *const device_presences[] = {"online", "offline", "long-offline", NULL};

const char *device_presence(int64_t last_ms, int64_t now_ms, int64_t online_ms)
{
	if (now_ms - last_ms < online_ms)
		return device_presences[0];
	return device_presences[now_ms - last_ms < DEVICE_LONG_OFFLINE_MS ? 1 : 2];
}
