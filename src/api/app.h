/* What an app is made of, for the two bodies that make one: the app's own and the workflow's. */
#pragma once

#include "flow/app.h"
#include "web/request.h"

/* For json_read of struct flow_app. */
extern const struct json_field app_credentials_json[];

/* What the table cannot say. ERR_INVALID names the member, never its value. */
[[nodiscard]] bool app_credentials_valid(const struct flow_app *in, struct err *e);

/* What DingTalk is given. */
const char *app_request_url(struct request *r, const char *id, const char *secret);
