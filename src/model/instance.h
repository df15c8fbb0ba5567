/*
 * The life of an approval instance and of its grant, as data: what each event does to each status.
 * Nothing leaves a final status; what arrives late is kept in the record and changes nothing.
 */
#pragma once

#include "base/err.h"

enum instance_status {
	INSTANCE_PENDING,
	INSTANCE_APPROVED,
	INSTANCE_REJECTED,
	INSTANCE_REVOKED,
	INSTANCE_EXPIRED,
	INSTANCE_STATUS_COUNT
};

enum instance_event {
	INSTANCE_APPROVE,       /* the last level of approvers, or an administrator */
	INSTANCE_REJECT,        /* any approver, or an administrator */
	INSTANCE_WITHDRAW,      /* the applicant, in the client */
	INSTANCE_UNNEEDED,      /* the system: the owner changed, the policy no longer asks */
	INSTANCE_TIME_OUT,      /* it waited too long */
	INSTANCE_OA_AGREED,     /* DingTalk, read back and matching what was sent */
	INSTANCE_OA_ALONE,      /* agreed there, but by nobody other than the applicant */
	INSTANCE_OA_MISMATCH,   /* what DingTalk holds is not what was sent */
	INSTANCE_OA_REFUSED,    /* DingTalk, read back */
	INSTANCE_OA_TERMINATED, /* withdrawn in DingTalk, read back */
	INSTANCE_OA_REVOKED,    /* agreed there, and withdrawn after that */
	INSTANCE_EVENT_COUNT
};

enum instance_effect {
	EFFECT_DECIDE = 1 << 0,     /* write down who decided, when, by which channel */
	EFFECT_GRANT = 1 << 1,      /* issue the grant */
	EFFECT_CLOSE_OA = 1 << 2,   /* bring DingTalk to an end */
	EFFECT_OA_ENDED = 1 << 3,   /* DingTalk has come to an end by itself */
	EFFECT_NOTE = 1 << 4,       /* mark the instance for an administrator */
	EFFECT_LATE = 1 << 5,       /* only for the record */
	EFFECT_REFUSE = 1 << 6,     /* tell the caller that it is final already */
	EFFECT_CALL_BACK = 1 << 7,  /* call the grant back */
	EFFECT_CLOSE_TASKS = 1 << 8 /* nobody's turn any more */
};
#define INSTANCE_EFFECT_COUNT 9

struct instance_step {
	enum instance_status to;
	unsigned effects; /* of enum instance_effect */
};

/* Total: every status has an answer to every event. */
struct instance_step instance_step(enum instance_status from, enum instance_event event);

const char *instance_status_name(enum instance_status status);
/* What is left of "pending" and so on; false for any other text. */
[[nodiscard]] bool instance_status_from(const char *name, enum instance_status *out);

/* Grants: one an instance, usable once. */
enum grant_state {
	GRANT_UNUSED,
	GRANT_DELIVERED,
	GRANT_USED,
	GRANT_LAPSED,
	GRANT_CANCELLED,
	GRANT_STATE_COUNT
};

enum grant_event {
	GRANT_FETCHED,   /* the device says that it holds it */
	GRANT_CONSUMED,  /* the device says that it let a removal through with it */
	GRANT_RUN_OUT,   /* its time is over */
	GRANT_CALL_BACK, /* taken back */
	GRANT_EVENT_COUNT
};

/* The device is the one who knows: consumption counts also when it is heard of after the lapse or
 * the call-back. */
enum grant_state grant_step(enum grant_state from, enum grant_event event);

const char *grant_state_name(enum grant_state state);
[[nodiscard]] bool grant_state_from(const char *name, enum grant_state *out);
/* As people are told: a grant that was called back is "revoking" until its device has said that it will not use
 * it, then "revoked". */
const char *grant_state_shown(const char *state, bool confirmed);
/* Why it cannot be revoked any more, in words; NULL: it can, or it is already. */
const char *grant_revoke_refusal(enum grant_state state);
/* "none | unused | used | lapsed | cancelled": what came of an instance. state NULL: no grant. */
const char *instance_effect_name(const char *grant_state);

/* Delivery to DingTalk, apart from the status. */
enum delivery {
	DELIVERY_NONE,      /* never had to go, or settled without going */
	DELIVERY_QUEUED,    /* waits to be sent */
	DELIVERY_SUBMITTED, /* DingTalk has it and it is open there */
	DELIVERY_FAILED,    /* DingTalk or the configuration refuses it; tried again slowly */
	DELIVERY_CLOSING,   /* final here, not yet there */
	DELIVERY_CLOSED,    /* final on both sides */
	DELIVERY_COUNT
};
const char *delivery_name(enum delivery d);

/* Filing. */
#define REASON_MAX 500          /* code points after trimming */
#define FILINGS_A_DAY 5         /* a device, in any 24 hours */
#define INSTANCE_NUMBER_SIZE 24 /* "HF-000123" with room */

void instance_number(int64_t n, char out[static INSTANCE_NUMBER_SIZE]);

/* Trims in place; ERR_UNPROCESSABLE, in the reader's words, when nothing or too much is left. */
[[nodiscard]] bool reason_check(char *reason, const char **out, struct err *e);

/* Waiting time before try number attempts + 1 (full jitter: chance is a random number, all 32 bits
 * used): up to half a second at first, two minutes in the end. Slow, after a refusal that only a person
 * can mend: 5 to 15 minutes at first, 2 to 6 hours in the end. */
int64_t retry_delay_ms(int64_t attempts, bool slow, uint32_t chance);
