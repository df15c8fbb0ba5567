/*
 * Messages to one person: a work notice or one of the app's robot (protocol §7.1, §7.2). A work notice
 * that says the same as another one of the day, and what is over a day's limit, is answered as sent and
 * not delivered: texts have to differ.
 */
#pragma once

#include "dingtalk/app.h"

#define DINGTALK_NOTICE_MAX 2048 /* bytes of a work notice's JSON; longer texts are cut */

enum dingtalk_channel {
	DINGTALK_WORK_NOTICE, /* needs the app's agent id */
	DINGTALK_ROBOT
};

/* ERR_UNPROCESSABLE: a work notice without an agent id. ERR_NOT_FOUND: the robot does not reach this
 * person. ERR_UNAVAILABLE also: DingTalk holds the robot back for now. */
[[nodiscard]] bool dingtalk_notice_send(struct dingtalk *d, enum dingtalk_channel channel,
					const char *userid, const char *text, struct err *e);
