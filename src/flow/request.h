/*
 * The life of a request: filed, decided (here, in DingTalk, by the applicant or by time), brought to
 * the same end on both sides. The first decision that is committed wins; see model/instance.h.
 */
#pragma once

#include "flow/flow.h"
#include "model/readback.h"
#include "model/role.h"
#include "store/instance.h"

struct flow_filing {
	const char *device;
	const char *reason;  /* as typed */
	const char *package; /* NULL: the client itself */
	bool by_root;        /* root did it in the owner's name */
};

/*
 * Files for the device's owner. out->id is the request's; existed: one is pending already and that is
 * it. Needs the snapshot. ERR_UNPROCESSABLE: reason or package. ERR_FORBIDDEN: filing is not allowed,
 * or nobody can serve this person. ERR_TOO_MANY: FILINGS_A_DAY.
 */
struct flow_filed {
	const char *id;
	bool existed;
};
[[nodiscard]] bool flow_file(struct flow *f, const struct flow_filing *filing,
			     struct flow_filed *out, struct err *e);

/* By the applicant in the client. ERR_NOT_FOUND: not this device's. ERR_CONFLICT: final already. */
[[nodiscard]] bool flow_withdraw(struct flow *f, const char *device, const char *instance,
				 struct err *e);

/* As what somebody decides. */
enum flow_as {
	FLOW_AS_FITS,         /* an approver whose turn it is, else an administrator */
	FLOW_AS_APPROVER,     /* his level's answer, or that of whom he stands in for */
	FLOW_AS_ADMINISTRATOR /* the whole request, whatever level it is in */
};

struct flow_decider {
	const char *account; /* NULL: a token that belongs to nobody */
	const char *person;  /* whom the account is in the directory; NULL: not linked */
	enum role role;
	enum flow_as as;
};

struct flow_decision {
	const char *by;      /* in a reader's words */
	const char *channel; /* console, api, dingtalk, client, system */
	const char *comment; /* "" when there is none */
	struct flow_decider who;
};

/* Whoever is linked to nobody, and signs in with the applicant's email address of the directory, is the
 * applicant: person becomes that. */
[[nodiscard]] bool flow_decider_find(struct flow *f, const struct store_instance *i,
				     struct flow_decider *who, struct err *e);

/*
 * By somebody in Holdfast; what of the applicant's department he may see is the caller's to check. Needs
 * the signer. A level that is passed opens the next one: the request may be pending still.
 * ERR_CONFLICT: final already. ERR_FORBIDDEN, in words: it is his own request, not his turn, not his role.
 */
[[nodiscard]] bool flow_decide(struct flow *f, const char *instance, bool approve,
			       const struct flow_decision *d, struct err *e);

/* Who can be asked has changed: a level may be passed by that, or somebody else asked. Needs the signer. */
[[nodiscard]] bool flow_review(struct flow *f, const char *instance, struct err *e);
/* The deadline of its level has come: it is escalated, or DingTalk does not have it in time. */
[[nodiscard]] bool flow_level_overdue(struct flow *f, const char *instance, struct err *e);

/* By an administrator in the applicant's place; the comment says why. ERR_CONFLICT: final already. */
[[nodiscard]] bool flow_withdraw_for(struct flow *f, const char *instance,
				     const struct flow_decision *d, struct err *e);

/* What somebody may do with the request now, after flow_decider_find. turn: a task of the level that is asked waits for him. */
struct flow_rights {
	bool decide;
	bool as_approver; /* his level, not the whole */
	bool withdraw;
};
struct flow_rights flow_rights(const struct store_instance *i, bool turn,
			       const struct flow_decider *who);

/* Waited too long; nothing happens when it is final. */
[[nodiscard]] bool flow_time_out(struct flow *f, const char *instance, struct err *e);

/* Nobody has to be asked any more, and why; nothing happens when it is final. */
[[nodiscard]] bool flow_unneeded(struct flow *f, const char *instance, const char *why,
				 struct err *e);

/* What was read from DingTalk; claimed_ms is the claim it was read under (store/instance.h), or
 * FLOW_BESIDE: it came about by itself, and when it is read next stays as it was. Needs the signer. */
#define FLOW_BESIDE (-1)
[[nodiscard]] bool flow_read_back(struct flow *f, const char *instance, int64_t claimed_ms,
				  const struct oa_seen *seen, struct err *e);
/* DingTalk could not be asked, or does not know the instance any more. */
[[nodiscard]] bool flow_read_failed(struct flow *f, const char *instance, int64_t claimed_ms,
				    const struct err *why, struct err *e);

/* The device changes hands or must not be trusted: its waiting requests are revoked, its live grants
 * called back. why is for the record. */
[[nodiscard]] bool flow_device_reset(struct flow *f, const char *device, const char *why,
				     struct err *e);

/* Only the grants: enrolled anew, the device may have forgotten which it has used. */
[[nodiscard]] bool flow_device_grants_cancel(struct flow *f, const char *device, const char *why,
					     struct err *e);
