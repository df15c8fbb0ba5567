/* The life of a device as data, and what is said of it by when it was heard last. */
#pragma once

#include "base/base.h"

enum device_state {
	DEVICE_ACTIVE,
	DEVICE_LOST,        /* protected as before; nothing can be filed on it */
	DEVICE_UNBOUND,     /* taken out: nobody's, not covered */
	DEVICE_UNINSTALLED, /* its client said goodbye */
	DEVICE_REMOVED,     /* its client was removed without a grant */
	DEVICE_PRESUMED, /* fell silent with an unused grant: uninstalled, as far as can be told */
	DEVICE_DELETED,  /* only what names it is left */
	DEVICE_STATE_COUNT
};

enum device_event {
	DEVICE_UNBIND, /* these four by an administrator */
	DEVICE_LOSE,
	DEVICE_FIND,
	DEVICE_DELETE,
	DEVICE_ENROL,    /* somebody signed in on it anew */
	DEVICE_GOODBYE,  /* these by its reports: removed on a ground, */
	DEVICE_FORCED,   /* on none, */
	DEVICE_ROLLBACK, /* put back by the package manager; */
	DEVICE_VANISH,   /* these by when it is heard: silent with an unused grant, */
	DEVICE_HEARD,    /* and there again */
	DEVICE_EVENT_COUNT
};

enum device_effect {
	DEVICE_REFUSE = 1 << 0, /* tell the caller that it is too late, or too early */
	DEVICE_RESET = 1 << 1,  /* waiting requests are revoked, live grants called back */
	DEVICE_DISOWN = 1 << 2  /* it is nobody's from then on */
};

struct device_step {
	enum device_state to;
	unsigned effects; /* of enum device_effect */
};

/* Total: every state has an answer to every event. */
struct device_step device_step(enum device_state from, enum device_event event);

/* "removed-without-grant"; what is stored and typed. */
const char *device_state_name(enum device_state state);
[[nodiscard]] bool device_state_from(const char *name, enum device_state *out);

#define DEVICE_LONG_OFFLINE_MS (INT64_C(30) * 24 * 3600 * 1000)

/* A device that was heard so lately is in use: its entry is nobody else's. What is stored may be a minute
 * behind a poll that may wait for another. */
#define DEVICE_ALIVE_MS (INT64_C(150) * 1000)

/* "online", "offline" or "long-offline"; heard within online_ms it is online. */
const char *device_presence(int64_t last_ms, int64_t now_ms, int64_t online_ms);
/* All three, NULL-terminated. */
extern const char *const device_presences[];
