/*
 * Telling people in DingTalk: a message to one person is a row of the outbox, written in the same
 * transaction as what it tells. Whether a DingTalk workflow's people are told at all is its
 * switch, notices: DingTalk's own approval tells applicant and approvers by itself. A built-in one's are. Who is shown as having decided what
 * he has not is told in any case. Messages that fail hold up nothing.
 */
#pragma once

#include "flow/flow.h"
#include "model/notice.h"
#include "model/readback.h"
#include "store/instance.h"

#define FLOW_REMIND_MS (INT64_C(24) * 3600 * 1000) /* after the filing, and from one to the next */
#define FLOW_REMINDERS 5
#define FLOW_REMIND_PEOPLE 20 /* whose turn it is, at most so many are reminded */

struct flow_notice {
	enum notice what;
	const char *person; /* to whom, in the directory; NULL: see userid */
	const char
	    *userid;     /* to whom, in the instance's app; "" or no app: nobody, nothing happens */
	const char *who; /* decided it; "" */
	const char *comment; /* "" */
};

/* Whatever the switch says. i is as it is now. */
[[nodiscard]] bool flow_notify(struct flow *f, const struct store_instance *i,
			       const struct flow_notice *notice, struct err *e);

/* Where the switch is on: what became of it, to the applicant, unless he withdrew it in the client. i is
 * as it is now. */
[[nodiscard]] bool flow_notify_result(struct flow *f, const struct store_instance *i,
				      struct err *e);
/* Where the switch is on: userid ("" nobody) decided in DingTalk after the end; he and the applicant are
 * told. */
[[nodiscard]] bool flow_notify_late(struct flow *f, const struct store_instance *i,
				    const char *userid, struct err *e);

/* The time for a reminder has come: who has it in DingTalk is looked up, by a row of the outbox; who has it
 * here is reminded. Nothing more when it is final or the switch is off. */
[[nodiscard]] bool flow_remind_due(struct flow *f, const char *instance, struct err *e);
/* Who has it has been read: each is reminded. */
[[nodiscard]] bool flow_remind(struct flow *f, const char *instance, const struct oa_seen *seen,
			       struct err *e);

/* Where the switch is on, or DingTalk does not have what should have gone there: who is asked in Holdfast
 * is told. */
[[nodiscard]] bool flow_notify_approvers(struct flow *f, const struct store_instance *i, bool *on,
					 struct err *e);

/* A text for people of the organisation, in its language. */
[[nodiscard]] bool flow_words(struct flow *f, const struct store_instance *i,
			      const struct flow_notice *notice, const char **out, struct err *e);
