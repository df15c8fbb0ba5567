/* The organisation's settings, by name. */
#pragma once

#include "db/db.h"

#define SETTING_LANGUAGE "language" /* of what Holdfast writes into DingTalk: "zh", "en" */
#define SETTING_ORGANISATION "organisation_name" /* as people are shown it */
#define SETTING_RELEASE_THRESHOLD \
	"release_threshold" /* devices that one person may release alone */
/* Whether a second administrator confirms what weakens the policy, and from how many on (model/policy_second.h). */
#define SETTING_POLICY_SECOND "policy.second_person"
#define SETTING_POLICY_THRESHOLD "policy.threshold"
#define SETTING_SILENT_HOURS "silent_hours" /* until a device's silence is an alarm; 0: never */
#define SETTING_VERSION "version"           /* of the settings that administrators change */
#define SETTING_NOTICES_VERSION "notices.version" /* of the notification texts */
#define SETTING_TOTP_ROLES "totp_roles" /* that must have a second factor, spaces between */
/* Networks inside that webhooks may go to, with spaces between (model/webhook.h). */
#define SETTING_WEBHOOK_NETWORKS "webhook_networks"

/* *value is NULL when it was never set. */
[[nodiscard]] bool store_setting_get(struct db *db, struct arena *a, const char *name,
				     const char **value, struct err *e);
/* Of a number: until the unit's end no other unit, on another server either, goes on that asks for it too.
 * One that was never set is 0. */
[[nodiscard]] bool store_setting_lock(struct db *db, const char *name, struct err *e);
[[nodiscard]] bool store_setting_set(struct db *db, const char *name, const char *value,
				     struct err *e);
