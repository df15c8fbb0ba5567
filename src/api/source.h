/* How an identity source is shown. */
#pragma once

#include "web/request.h"

extern const struct json_field api_source_json[];

/* Reads it and answers with it. */
[[nodiscard]] bool api_source_answer(struct request *r, const char *id, int status, struct err *e);
