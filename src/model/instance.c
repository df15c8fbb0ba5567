#include "model/instance.h"

#include <stdio.h>

#include "base/text.h"

/* Nothing leaves a final status: what people ask for is refused, what DingTalk tells is kept. */
#define FINAL(status, revoked)                                                                    \
	{                                                                                         \
		[INSTANCE_APPROVE] = {status, EFFECT_REFUSE},                                     \
		[INSTANCE_REJECT] = {status, EFFECT_REFUSE},                                      \
		[INSTANCE_WITHDRAW] = {status, EFFECT_REFUSE}, [INSTANCE_UNNEEDED] = {status, 0}, \
		[INSTANCE_TIME_OUT] = {status, 0},                                                \
		[INSTANCE_OA_AGREED] = {status, EFFECT_LATE | EFFECT_OA_ENDED},                   \
		[INSTANCE_OA_ALONE] = {status, EFFECT_LATE | EFFECT_OA_ENDED},                    \
		[INSTANCE_OA_MISMATCH] = {status, EFFECT_LATE | EFFECT_OA_ENDED},                 \
		[INSTANCE_OA_REFUSED] = {status, EFFECT_LATE | EFFECT_OA_ENDED},                  \
		[INSTANCE_OA_TERMINATED] = {status, EFFECT_OA_ENDED},                             \
		[INSTANCE_OA_REVOKED] = {status, EFFECT_OA_ENDED | (revoked)},                    \
	}

/* What belongs to every end: of ours, and of DingTalk's. */
#define ENDS_HERE (EFFECT_CLOSE_TASKS | EFFECT_CLOSE_OA)
#define ENDS_THERE (EFFECT_CLOSE_TASKS | EFFECT_OA_ENDED)

static const struct instance_step steps[INSTANCE_STATUS_COUNT][INSTANCE_EVENT_COUNT] = {
    [INSTANCE_PENDING] =
	{
	    [INSTANCE_APPROVE] = {INSTANCE_APPROVED, EFFECT_DECIDE | EFFECT_GRANT | ENDS_HERE},
	    [INSTANCE_REJECT] = {INSTANCE_REJECTED, EFFECT_DECIDE | ENDS_HERE},
	    [INSTANCE_WITHDRAW] = {INSTANCE_REVOKED, EFFECT_DECIDE | ENDS_HERE},
	    [INSTANCE_UNNEEDED] = {INSTANCE_REVOKED, EFFECT_DECIDE | ENDS_HERE},
	    [INSTANCE_TIME_OUT] = {INSTANCE_EXPIRED, ENDS_HERE},
	    [INSTANCE_OA_AGREED] = {INSTANCE_APPROVED, EFFECT_DECIDE | EFFECT_GRANT | ENDS_THERE},
	    [INSTANCE_OA_ALONE] = {INSTANCE_PENDING, EFFECT_NOTE | EFFECT_OA_ENDED},
	    [INSTANCE_OA_MISMATCH] = {INSTANCE_PENDING, EFFECT_NOTE | EFFECT_OA_ENDED},
	    [INSTANCE_OA_REFUSED] = {INSTANCE_REJECTED, EFFECT_DECIDE | ENDS_THERE},
	    [INSTANCE_OA_TERMINATED] = {INSTANCE_REVOKED, EFFECT_DECIDE | ENDS_THERE},
	    [INSTANCE_OA_REVOKED] = {INSTANCE_REVOKED, EFFECT_DECIDE | ENDS_THERE},
	},
    [INSTANCE_APPROVED] = FINAL(INSTANCE_APPROVED, EFFECT_CALL_BACK),
    [INSTANCE_REJECTED] = FINAL(INSTANCE_REJECTED, 0),
    [INSTANCE_REVOKED] = FINAL(INSTANCE_REVOKED, 0),
    [INSTANCE_EXPIRED] = FINAL(INSTANCE_EXPIRED, 0),
};

static const enum grant_state grant_steps[GRANT_STATE_COUNT][GRANT_EVENT_COUNT] = {
    [GRANT_UNUSED] = {GRANT_DELIVERED, GRANT_USED, GRANT_LAPSED, GRANT_CANCELLED},
    [GRANT_DELIVERED] = {GRANT_DELIVERED, GRANT_USED, GRANT_LAPSED, GRANT_CANCELLED},
    [GRANT_USED] = {GRANT_USED, GRANT_USED, GRANT_USED, GRANT_USED},
    [GRANT_LAPSED] = {GRANT_LAPSED, GRANT_USED, GRANT_LAPSED, GRANT_LAPSED},
    [GRANT_CANCELLED] = {GRANT_CANCELLED, GRANT_USED, GRANT_CANCELLED, GRANT_CANCELLED},
};

static const char *const status_names[INSTANCE_STATUS_COUNT] = {"pending", "approved", "rejected",
								"revoked", "expired"};
static const char *const grant_names[GRANT_STATE_COUNT] = {"unused", "delivered", "used", "lapsed",
							   "cancelled"};
static const char *const delivery_names[DELIVERY_COUNT] = {"none",   "queued",  "submitted",
							   "failed", "closing", "closed"};

struct instance_step instance_step(enum instance_status from, enum instance_event event)
{
	return steps[from][event];
}

enum grant_state grant_step(enum grant_state from, enum grant_event event)
{
	return grant_steps[from][event];
}

const char *instance_status_name(enum instance_status status)
{
	return status_names[status];
}

const char *grant_state_name(enum grant_state state)
{
	return grant_names[state];
}

const char *delivery_name(enum delivery d)
{
	return delivery_names[d];
}

bool instance_status_from(const char *name, enum instance_status *out)
{
	for (size_t i = 0; i < INSTANCE_STATUS_COUNT; i++) {
		if (text_equal(status_names[i], name)) {
			*out = (enum instance_status)i;
			return true;
		}
	}
	return false;
}

bool grant_state_from(const char *name, enum grant_state *out)
{
	for (size_t i = 0; i < GRANT_STATE_COUNT; i++) {
		if (text_equal(grant_names[i], name)) {
			*out = (enum grant_state)i;
			return true;
		}
	}
	return false;
}

const char *grant_state_shown(const char *state, bool confirmed)
{
	if (!text_equal(state, grant_names[GRANT_CANCELLED]))
		return state;
	return confirmed ? "revoked" : "revoking";
}

const char *grant_revoke_refusal(enum grant_state state)
{
	static const char *const refusals[GRANT_STATE_COUNT] = {
	    [GRANT_USED] = "It is too late: the grant was used.",
	    [GRANT_LAPSED] = "There is nothing to revoke: the grant was not used in time.",
	};

	return refusals[state];
}

const char *instance_effect_name(const char *grant_state)
{
	if (grant_state == NULL)
		return "none";
	return text_equal(grant_state, "delivered") ? "unused" : grant_state;
}

void instance_number(int64_t n, char out[static INSTANCE_NUMBER_SIZE])
{
	(void)snprintf(out, INSTANCE_NUMBER_SIZE, "HF-%06lld", (long long)n);
}

bool reason_check(char *reason, const char **out, struct err *e)
{
	char *trimmed = text_trim(reason);

	if (*trimmed == '\0')
		return err_set(e, ERR_UNPROCESSABLE, "A reason is needed.");
	if (text_length(trimmed) > REASON_MAX)
		return err_set(e, ERR_UNPROCESSABLE, "The reason is longer than %d characters.",
			       REASON_MAX);
	if (!text_printable(trimmed, true))
		return err_set(e, ERR_UNPROCESSABLE,
			       "The reason has characters that cannot be shown.");
	*out = trimmed;
	return true;
}

int64_t retry_delay_ms(int64_t attempts, bool slow, uint32_t chance)
{
	const int64_t most = slow ? 6 * 3600000 : 120000;
	int64_t range = slow ? 900000 : 500;
	int64_t least;

	for (int64_t i = slow ? 1 : 0; i < attempts && range < most; i++)
		range *= 2;
	if (range > most)
		range = most;
	least = slow ? range / 3 : 250;
	return least + (int64_t)((uint64_t)(range - least) * chance / UINT32_MAX);
}
